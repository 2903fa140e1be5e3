"""No page does anything that its own form, sent from this host by whom it was made for, does not ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from msgspec.structs import fields

from services.access.roles import Role
from services.access.sessions import cookie_of, token_of
from services.api.access import API, Decisions
from services.api.app import create_app
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_access import bearer
from tests.api.test_problems import problem
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, did
from tests.web.browsing import Browser, key_of

NOTHING: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)
TABLE = Decisions(create_app(Service(**NOTHING)).routes).table()
POSTED = sorted(path for method, path in TABLE if method == "POST" and not path.startswith(API))
GUARDED = [path for path in POSTED if path != "/sign-in"]
RECORDING = [path for path in POSTED if path.startswith("/record")]
VALUES = {"act": "xa-decree", "code": "XA"}
FIELDS = {
    "do": "record",
    "reason": "duplicate",
    "level": "official_document",
    "reviewed_on": "2020-03-01",
    "jurisdiction": "XA",
    "act.act": "xa-other",
    "act.announced_on": "2020-03-01",
    "act.authority": "Ministry",
    "act.instrument": "rule",
    "act.title": "Other",
    "act.sources[0].name": "Gazette",
    "act.actions[0].type": "noted",
    "act.actions[0].measure": "decree",
}
"""A form that each page would take, of an act, a retraction, a verification or a review."""


class Guarded:
    """A service with one act, and two who are signed in."""

    def __init__(self, opened: Service, base: str) -> None:
        self.opened = opened
        self.base = base
        self.ben, self.eve = (key_of(opened, name, Role.ADMIN) for name in ("ben", "eve"))

    def post(self, path: str, form: dict[str, str], key: str | None = None, **headers: str) -> httpx.Response:
        """Sends a form; as who is signed in with a key, if one is given."""
        if key is not None:
            headers["Cookie"] = f"dateline_key={cookie_of(key, self.opened.clock())}"
        address = re.sub(r"{(\w+)}", lambda found: VALUES[found[1]], path)
        return Browser(self.base).post(address, form, **{"Accept": "application/problem+json", **headers})

    def head(self) -> int:
        return self.opened.log.head().position


@pytest.fixture(scope="module")
def at(postgres_server: str) -> Iterator[Guarded]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        decree = act("xa-decree", "2020-03-01", did("adopted", "XA/decree", effects=["restricts"]))
        opened.recording.record([decree], recorded_by="ada")
        with served(opened) as base:
            yield Guarded(opened, base)


def test_there_are_pages_to_be_guarded() -> None:
    assert {"/sign-in", "/sign-out", "/record/act", "/record/acts/{act}/correction"} <= set(POSTED)


@pytest.mark.parametrize("path", GUARDED)
def test_a_form_without_the_token_does_nothing(at: Guarded, path: str) -> None:
    before = at.head()
    for form in (FIELDS, FIELDS | {"token": ""}, FIELDS | {"token": "x" * 64}, FIELDS | {"token": at.ben}):
        refused = at.post(path, form, at.ben)
        problem(refused, 403, "foreign-form")
        assert "set-cookie" not in refused.headers
    assert at.head() == before


@pytest.mark.parametrize("path", GUARDED)
def test_a_form_with_the_token_of_somebody_else_does_nothing(at: Guarded, path: str) -> None:
    before = at.head()
    problem(at.post(path, FIELDS | {"token": token_of(at.eve)}, at.ben), 403, "foreign-form")
    assert at.head() == before


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    "told",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:8321"},
        {"Origin": "http://evil.example/127.0.0.1"},
        {"Origin": "file://"},
        {"Origin": "", "Referer": "http://evil.example/"},
    ],
    ids=str,
)
def test_a_form_from_another_host_does_nothing(at: Guarded, path: str, told: dict[str, str]) -> None:
    before = at.head()
    form = FIELDS | {"token": token_of(at.ben), "key": at.ben}
    refused = at.post(path, form, at.ben, **told)
    problem(refused, 403, "foreign-form")
    assert "set-cookie" not in refused.headers
    assert at.head() == before


@pytest.mark.parametrize("path", POSTED)
def test_where_no_origin_is_told_the_referer_counts(at: Guarded, path: str) -> None:
    form = FIELDS | {"token": token_of(at.ben), "key": at.ben, "do": "edit"}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/problem+json"}
    headers["Cookie"] = f"dateline_key={cookie_of(at.ben, at.opened.clock())}"
    address = at.base + re.sub(r"{(\w+)}", lambda found: VALUES[found[1]], path)
    refused = httpx.post(address, data=form, headers=headers | {"Referer": "https://evil.example/page"})
    problem(refused, 403, "foreign-form")
    for told in ({}, {"Referer": f"{at.base}/record"}):
        assert httpx.post(address, data=form, headers=headers | told).status_code in (200, 303)


@pytest.mark.parametrize("path", RECORDING)
def test_who_is_not_signed_in_records_nothing(at: Guarded, path: str) -> None:
    before = at.head()
    problem(at.post(path, FIELDS | {"token": token_of(at.ben)}), 401, "key-needed")
    assert at.head() == before


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("media", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_what_is_not_sent_as_a_form_does_nothing(at: Guarded, path: str, media: str) -> None:
    before = at.head()
    form = FIELDS | {"token": token_of(at.ben), "key": at.ben}
    problem(at.post(path, form, at.ben, **{"Content-Type": media}), 415, "unsupported-media-type")
    assert at.head() == before


@pytest.mark.parametrize("route", [f"{method} {path}" for method, path in sorted(TABLE) if path.startswith(API)])
def test_a_cookie_opens_of_the_api_what_pages_let_download_and_no_more(at: Guarded, route: str) -> None:
    method, path = route.split(" ")
    values = {"slug": "decree", "batch": "x", "what": "acts", **VALUES}
    address = at.base + re.sub(r"{(\w+)}", lambda found: values[found[1]], path)
    cookie = {"Cookie": f"dateline_key={cookie_of(at.ben, at.opened.clock())}"}
    with httpx.stream(method, address, headers=cookie) as told, httpx.stream(method, address) as without:
        if method == "GET" and path.startswith("/v1/"):
            assert told.status_code != 401
        else:
            assert told.status_code == without.status_code
            assert TABLE[method, path] in (None, Role.READER) or told.status_code == 401


def test_a_cookie_writes_nothing_over_the_api(at: Guarded) -> None:
    cookie = {"Cookie": f"dateline_key={cookie_of(at.ben, at.opened.clock())}"}
    body: dict[str, Any] = {"reason": "duplicate"}
    problem(httpx.post(f"{at.base}/v1/acts/xa-decree/retraction", json=body, headers=cookie), 401, "key-needed")
    told = httpx.post(f"{at.base}/v1/acts/xa-decree/retraction?dry_run=true", json=body, headers=bearer(at.ben))
    assert told.status_code == 200


@pytest.mark.parametrize("path", RECORDING)
def test_the_same_form_from_its_page_is_taken(at: Guarded, path: str) -> None:
    form = FIELDS | {"token": token_of(at.ben), "do": "edit"}
    told = at.post(path, form, at.ben, Accept="text/html")
    assert (told.status_code, told.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_form_of_very_many_fields_is_refused(at: Guarded) -> None:
    form = [("token", token_of(at.ben)), *(("act.title", "x") for _ in range(10_000))]
    headers = {"Cookie": f"dateline_key={cookie_of(at.ben, at.opened.clock())}", "Accept": "application/problem+json"}
    refused = Browser(at.base).post("/record/act", form, **headers)
    assert problem(refused, 413, "body-too-large")["most_fields"] == 10_000


@pytest.mark.parametrize("body", [b"token=%ff", b"token=\xc3\xa9", b"token=%ED%A0%80"])
def test_a_form_that_is_not_utf_8_is_refused(at: Guarded, body: bytes) -> None:
    headers = {"Cookie": f"dateline_key={cookie_of(at.ben, at.opened.clock())}", "Accept": "application/problem+json"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    problem(httpx.post(f"{at.base}/record/act", content=body, headers=headers), 422, "invalid-body")


@pytest.mark.parametrize("do", ["less", "more", "more act", "more act.title", "less act.actions[99999]", "x" * 5000])
def test_a_button_that_there_is_not_does_no_harm(at: Guarded, do: str) -> None:
    before = at.head()
    told = at.post("/record/act", FIELDS | {"token": token_of(at.ben), "do": do}, at.ben, Accept="text/html")
    assert told.status_code == 200
    assert at.head() == before
