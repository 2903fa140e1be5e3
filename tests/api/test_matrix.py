"""Every route with every caller: who may, and who is refused. The routes are the application's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from msgspec.structs import fields

from services.access.admission import Admission, Reading
from services.access.keys import Keys
from services.access.roles import ROLES, Role
from services.api.app import create_app
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_access import bearer
from tests.conftest import TEMPLATE, fresh_database

Least = Literal["unasked", "anyone", "reader", "recorder", "reviewer", "admin"]

DECISIONS: dict[str, Least] = {
    "GET /health/live": "unasked",
    "GET /health/ready": "unasked",
    "GET /metrics": "admin",
    "GET /v1/openapi.json": "anyone",
    "GET /docs": "anyone",
    "GET /docs/dateline.css": "anyone",
    "GET /problems": "anyone",
    "GET /problems/{word}": "anyone",
    "GET /assets/{name}": "anyone",
    "GET /": "reader",
    "GET /timeline": "reader",
    "GET /jurisdictions": "reader",
    "GET /jurisdictions/{code}": "reader",
    "GET /jurisdictions/{code}/changes": "reader",
    "GET /measures/{code}/{slug}": "reader",
    "GET /acts/{act}": "reader",
    "GET /about": "reader",
    "GET /search": "reader",
    "GET /codebook": "reader",
    "GET /compare": "reader",
    "GET /deadlines": "reader",
    "GET /series": "reader",
    "GET /log": "reader",
    "GET /log/{at}": "reader",
    "GET /v1/jurisdictions": "reader",
    "GET /v1/jurisdictions/{code}/state": "reader",
    "GET /v1/jurisdictions/{code}/changes": "reader",
    "GET /v1/jurisdictions/{code}/pressure": "reader",
    "GET /v1/jurisdictions/{code}/report": "reader",
    "GET /v1/state": "reader",
    "GET /v1/series": "reader",
    "GET /v1/deadlines": "reader",
    "GET /v1/measures/{code}/{slug}": "reader",
    "GET /v1/measures/{code}/{slug}/history": "reader",
    "GET /v1/log": "reader",
    "GET /v1/log/stream": "reader",
    "GET /v1/changes": "reader",
    "GET /v1/acts/{act}": "reader",
    "GET /v1/jurisdictions/{code}/restatement": "reader",
    "GET /v1/restatement": "reader",
    "GET /v1/comparison": "reader",
    "GET /v1/jurisdictions/{code}/comparison": "reader",
    "GET /v1/codebook": "reader",
    "GET /v1/exports/{what}": "reader",
    "GET /v1/search": "reader",
    "GET /v1/feed.atom": "reader",
    "GET /v1/calendar.ics": "reader",
    "GET /v1/news": "reader",
    "POST /v1/acts": "recorder",
    "POST /v1/acts/{act}/corrections": "recorder",
    "POST /v1/acts/{act}/retraction": "recorder",
    "POST /v1/acts/{act}/verification": "reviewer",
    "POST /v1/jurisdictions/{code}/reviews": "recorder",
    "POST /v1/batches/{batch}/retraction": "admin",
    "GET /sign-in": "anyone",
    "POST /sign-in": "anyone",
    "POST /sign-out": "anyone",
    "GET /record": "reader",
    "GET /record/go": "reader",
    "GET /record/review": "reader",
    "GET /record/act": "recorder",
    "POST /record/act": "recorder",
    "GET /record/acts/{act}/correction": "recorder",
    "POST /record/acts/{act}/correction": "recorder",
    "GET /record/acts/{act}/retraction": "recorder",
    "POST /record/acts/{act}/retraction": "recorder",
    "GET /record/acts/{act}/verification": "reviewer",
    "POST /record/acts/{act}/verification": "reviewer",
    "GET /record/jurisdictions/{code}/review": "recorder",
    "POST /record/jurisdictions/{code}/review": "recorder",
}
"""
The least role that may ask each route.

`unasked`: nobody is asked for a key, and none that is sent is looked at, for what says how the service is.
`anyone`: also without a key where reading is closed, for what tells nothing of the record (services/api/access.py).
`reader`: without a key where reading is open. What records is for a recorder or above, what judges the recording of
others for a reviewer or above.
"""

MISSING = (
    "{route} has no decision on who may ask it: write the least role into DECISIONS of tests/api/test_matrix.py,"
    " and let the route take the parameter that says so (Recorder, Reviewer or Admin of services/api/access.py; one"
    " that asks needs none)."
)
VALUES = {
    "name": "site.css",
    "code": "NL",
    "slug": "decree",
    "act": "nl-letter",
    "batch": "import-1",
    "at": "1",
    "what": "state",
}


def routes() -> list[str]:
    """`GET /v1/state` of every route that the application has, whatever kind of route it is."""
    nothing: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)
    app = create_app(Service(**nothing))
    found = []
    for each in iter_route_contexts(app.routes):
        assert each.path is not None, f"{each.route} has no path: a route of this kind cannot be decided upon"
        assert each.methods, f"{each.path} has no methods: a route of this kind cannot be decided upon"
        found += [f"{method} {each.path}" for method in sorted(each.methods) if method != "HEAD"]
    return found


ROUTES = routes()


class Asked(NamedTuple):
    """The API with one kind of reading, and the headers of every kind of caller."""

    reading: Reading
    client: httpx.Client
    callers: dict[str, dict[str, str]]


@pytest.fixture(scope="module", params=["open", "closed"])
def asked(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[Asked]:
    reading: Reading = request.param
    with (
        fresh_database(postgres_server, TEMPLATE) as url,
        service(url, admission=Admission(reading=reading)) as opened,
        served(opened) as base,
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        keys = Keys(opened.pool, opened.clock)
        callers = {role.word: bearer(keys.make("ada", role).token) for role in Role}
        revoked = keys.make("ada", Role.ADMIN)
        keys.revoke(revoked.key.id)
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        past = Keys(opened.pool, lambda: opened.clock() - timedelta(days=9))
        expired = past.make("ada", Role.ADMIN, yesterday)
        yield Asked(
            reading,
            client,
            callers
            | {
                "nobody": {},
                "revoked": bearer(revoked.token),
                "expired": bearer(expired.token),
                "wrong": bearer(f"dateline_{'0' * 12}_{'x' * 43}"),
            },
        )


def status(asked: Asked, route: str, caller: str) -> int:
    """The status of the answer; streams are not read."""
    method, path = route.split(" ")
    address = re.sub(r"{(\w+)(:\w+)?}", lambda found: VALUES.get(found[1], "x"), path)
    body = {} if method == "GET" else {"content": b"{}"}
    with asked.client.stream(method, address, headers=asked.callers[caller], **body) as answer:
        return answer.status_code


def expected(reading: Reading, least: Least, caller: str) -> int | None:
    """401 or 403, or None where the caller is let in."""
    if least == "unasked":
        return None
    if caller in ("revoked", "expired", "wrong"):
        return 401
    if least == "anyone" or (least == "reader" and reading == "open"):
        return None
    if caller == "nobody":
        return 401
    return None if ROLES[caller] >= ROLES[least] else 403


@pytest.mark.parametrize("route", ROUTES)
def test_every_caller_is_let_in_or_refused_as_it_was_decided_for_the_route(asked: Asked, route: str) -> None:
    assert route in DECISIONS, MISSING.format(route=route)
    found = {caller: status(asked, route, caller) for caller in asked.callers}
    refused = {caller: each if each in (401, 403) else None for caller, each in found.items()}
    assert refused == {caller: expected(asked.reading, DECISIONS[route], caller) for caller in asked.callers}
    assert max(found.values()) < 500, found


def test_every_decision_is_on_a_route_that_exists() -> None:
    assert sorted(set(DECISIONS) - set(ROUTES)) == []


def test_to_ask_for_the_headers_alone_takes_the_same_role(asked: Asked) -> None:
    for route in (each for each in ROUTES if each.startswith("GET ")):
        head = route.replace("GET ", "HEAD ")
        assert (status(asked, head, "nobody") == 401) is (status(asked, route, "nobody") == 401), route


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nowhere", "/v1/state/", "/v1//state", "/V1/state", "/v1/%73tate"])
def test_where_reading_is_closed_nothing_is_told_of_what_is_not_there(asked: Asked, path: str) -> None:
    if asked.reading == "closed":
        assert asked.client.get(path).status_code == 401
    assert asked.client.get(path, headers=asked.callers["wrong"]).status_code == 401
    assert asked.client.get(path, headers=asked.callers["reader"]).status_code in (200, 307, 404)


def test_the_description_says_of_every_route_whether_it_needs_a_key(asked: Asked) -> None:
    document = asked.client.get("/v1/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            least = DECISIONS[f"{method.upper()} {path}"]
            without = least in ("unasked", "anyone") or (least == "reader" and asked.reading == "open")
            named = operation.get("security", [{}])
            if least == "unasked":
                assert named == [{}]
                assert not {"401", "403", "429"} & set(operation["responses"]), path
                continue
            assert ({} in named) is without, (method, path)
            assert least == "anyone" or {"key": []} in named, (method, path)
            assert {"401", "429"} <= set(operation["responses"]), (method, path)
            assert ("403" in operation["responses"]) is (least not in ("anyone", "reader")), (method, path)
