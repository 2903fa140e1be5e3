"""How much is let in: requests by time, costly questions of those without a key, refused keys, and bodies."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from msgspec.structs import fields

from services.access.addresses import networks
from services.access.admission import Admission
from services.access.keys import Keys
from services.access.limits import limit_of
from services.access.roles import Role
from services.api import bodies
from services.api.access import Decisions
from services.api.app import create_app
from services.api.costs import COSTS
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_access import bearer
from tests.api.test_problems import problem
from tests.conftest import TEMPLATE, fresh_database

ASKED = "/v1/jurisdictions/NL/state"


ORDINARY = {
    "/acts/{act}",
    "/codebook",
    "/measures/{code}/{slug}",
    "/log/{at}",
    "/v1/acts/{act}",
    "/v1/codebook",
    "/v1/jurisdictions/{code}/state",
    "/v1/log/stream",
    "/v1/measures/{code}/{slug}",
    "/v1/measures/{code}/{slug}/history",
    "/record",
    "/record/go",
    "/record/review",
}
"""Questions about one act, one measure or one jurisdiction on a day, which cost no units."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def asking(url: str, admission: Admission) -> Iterator[tuple[Service, httpx.Client, Clock]]:
    clock = Clock()
    with (
        service(url, clock, admission=admission) as opened,
        served(opened) as base,
        httpx.Client(base_url=base) as client,
    ):
        yield opened, client, clock


@pytest.fixture(scope="module")
def counted(postgres_server: str) -> Iterator[tuple[Service, httpx.Client, Clock]]:
    """A service that counts what is costly, for all who ask one question of it and then let two minutes pass."""
    admission = Admission(compute=limit_of("200/minute"))
    with fresh_database(postgres_server, TEMPLATE) as url, asking(url, admission) as all_of_it:
        yield all_of_it


def key(opened: Service, role: Role = Role.READER) -> dict[str, str]:
    return bearer(Keys(opened.pool, opened.clock).make("ada", role).token)


def test_too_many_requests_are_refused_until_it_is_said_that_they_may_be_asked_again(database_url: str) -> None:
    with asking(database_url, Admission(requests=limit_of("3/minute"))) as (_, client, clock):
        answers = [client.get(ASKED) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 200]
        assert [each.headers["ratelimit"].split(";")[1] for each in answers] == ["r=2", "r=1", "r=0"]
        assert answers[0].headers["ratelimit-policy"] == '"requests";q=3;w=60'
        refused = client.get(ASKED)
        document = problem(refused, 429, "too-many-requests")
        assert (document["limit"], document["quota"], document["window_seconds"]) == ("requests", 3, 60)
        assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
        seconds = int(refused.headers["retry-after"])
        assert seconds == document["retry_after"]
        clock.now += timedelta(seconds=seconds)
        assert client.get(ASKED).status_code == 200


def test_a_request_is_counted_for_its_key_and_without_one_for_its_address(database_url: str) -> None:
    with asking(database_url, Admission(requests=limit_of("2/minute"))) as (opened, client, _):
        ada, ben = key(opened), key(opened)
        for headers in ({}, ada, ben):
            assert [client.get(ASKED, headers=headers).status_code for _ in range(3)] == [200, 200, 429], headers


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/nowhere", "/v1/jurisdictions/Atlantis/state"])
def test_every_request_is_counted_whatever_its_answer(database_url: str, path: str) -> None:
    with asking(database_url, Admission(requests=limit_of("1/minute"))) as (_, client, _):
        client.get(path)
        problem(client.get(ASKED), 429, "too-many-requests")


@pytest.mark.parametrize(
    ("path", "params", "units"),
    [
        ("/v1/state", {}, 10),
        ("/v1/state", {"position": "0"}, 30),
        ("/v1/jurisdictions/CN/pressure", {}, 2),
        ("/v1/jurisdictions/NL/report", {}, 10),
        ("/v1/jurisdictions/NL/report", {"format": "pdf"}, 100),
        ("/v1/series", {"from": "2020-01-01", "to": "2020-12-31"}, 11),
        ("/v1/series", {"from": "2020-01-01", "to": "2020-12-31", "step": "quarter"}, 10),
        ("/v1/series", {"from": "2013-01-01", "to": "2026-12-31", "position": "0"}, 78),
        ("/v1/series", {"from": "1900-01-01", "to": "2200-12-31", "step": "year"}, 40),
        ("/v1/series", {"from": "1900-01-01", "to": "2200-12-31"}, 70),
        ("/v1/series", {"from": "2100-01-01", "to": "2000-12-31"}, 10),
        ("/v1/series", {"from": "x", "to": "y"}, 70),
        ("/v1/series", {"from": "2020-01-01", "to": "2020-12-31", "step": "day"}, 11),
        ("/v1/jurisdictions/NL/changes", {"from": "1900-01-01", "to": "2200-12-31"}, 10),
        ("/v1/jurisdictions/NL/changes", {"from": "2000-01-01"}, 1),
        ("/v1/jurisdictions/NL/changes", {"from": "2019-01-01", "to": "2020-12-31"}, 0),
        ("/v1/jurisdictions/NL/changes", {"from": "x", "to": "y"}, 10),
        ("/v1/changes", {"from": "2019-01-01", "to": "2020-12-31"}, 10),
        ("/v1/changes", {"from": "1900-01-01", "to": "2200-12-31"}, 110),
        ("/v1/jurisdictions/NL/restatement", {"from_position": "0", "to_position": "0"}, 10),
        ("/v1/restatement", {"from_position": "0", "to_position": "0"}, 30),
        ("/v1/comparison", {"from": "2020-01-01"}, 20),
        ("/v1/comparison", {"from": "2020-01-01", "position": "0"}, 60),
        ("/v1/jurisdictions/NL/comparison", {"from": "2019-01-01", "to": "2020-12-31"}, 0),
        ("/v1/jurisdictions/NL/comparison", {"from": "1900-01-01", "to": "2200-12-31"}, 10),
        ("/compare", {}, 40),
        ("/deadlines", {}, 3),
        ("/series", {}, 14),
        ("/series", {"from": "2000-01-01", "to": "2019-12-31", "step": "month"}, 34),
        ("/series", {"from": "2019-12-31", "to": "2000-01-01", "step": "month"}, 34),
        ("/series", {"from": "x"}, 70),
        ("/log", {"limit": "200"}, 1),
        ("/log", {}, 0),
        ("/log/1", {}, 0),
        ("/v1/jurisdictions", {}, 3),
        ("/v1/deadlines", {}, 2),
        ("/v1/log", {"limit": "1000"}, 9),
        ("/v1/log", {"limit": "100"}, 0),
        ("/v1/log", {"limit": "1e3"}, 0),
        ("/v1/log", {}, 0),
        ("/v1/exports/acts", {}, 100),
        ("/v1/jurisdictions/NL/state", {}, 0),
    ],
)
def test_what_costs_much_to_work_out_is_counted_by_its_cost_without_a_key(
    counted: tuple[Service, httpx.Client, Clock], path: str, params: dict[str, str], units: int
) -> None:
    opened, client, clock = counted
    clock.now += timedelta(minutes=2)
    told = client.get(path, params=params).headers.get("ratelimit", '"compute";r=200').split(";")
    assert told[:2] == ['"compute"', f"r={200 - units}"]
    assert "ratelimit" not in client.get(path, params=params, headers=key(opened)).headers


def test_every_question_has_a_cost_or_is_an_ordinary_one() -> None:
    nothing: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)
    table = Decisions(create_app(Service(**nothing)).routes).table()
    asking = {path for (method, path), least in table.items() if method == "GET" and least is Role.READER}
    assert sorted(asking - set(COSTS) - ORDINARY) == [], (
        "Decide what it costs to work out: give it units in COSTS of services/api/costs.py, and in docs/operations.md, "
        "or write it into ORDINARY of tests/api/test_limits.py."
    )
    assert sorted((set(COSTS) | ORDINARY) - asking) == []


def test_one_who_worked_out_too_much_may_still_ask_ordinary_questions(database_url: str) -> None:
    with asking(database_url, Admission(compute=limit_of("20/minute"))) as (opened, client, _):
        assert [client.get("/v1/state").status_code for _ in range(3)] == [200, 200, 429]
        assert problem(client.get("/v1/state"), 429, "too-many-requests")["limit"] == "compute"
        assert client.get(ASKED).status_code == 200
        assert client.get("/v1/state", headers=key(opened)).status_code == 200


def test_refused_keys_are_counted_and_then_no_key_from_there_is_looked_up(database_url: str) -> None:
    with asking(database_url, Admission(failures=limit_of("3/minute"))) as (opened, client, clock):
        good = key(opened)
        assert client.get(ASKED, headers=good).status_code == 200
        for wrong in (bearer("x"), bearer(f"dateline_{'0' * 12}_{'x' * 43}"), {"Authorization": "Basic eA=="}):
            problem(client.get(ASKED, headers=wrong), 401, "key-refused")
        refused = client.get(ASKED, headers=bearer("x"))
        document = problem(refused, 429, "too-many-requests")
        assert document["limit"] == "failures"
        assert client.get(ASKED, headers=good).content == refused.content
        assert client.get(ASKED).status_code == 200
        clock.now += timedelta(seconds=int(refused.headers["retry-after"]))
        assert client.get(ASKED, headers=good).status_code == 200


def test_what_a_client_says_of_its_address_is_not_believed(database_url: str) -> None:
    with asking(database_url, Admission(requests=limit_of("2/minute"))) as (_, client, _):
        made_up = [
            {},
            {"X-Forwarded-For": "198.51.100.1"},
            {"X-Forwarded-For": "198.51.100.2"},
            {"Forwarded": "for=198.51.100.3"},
            {"X-Real-IP": "198.51.100.4"},
        ]
        assert [client.get(ASKED, headers=each).status_code for each in made_up] == [200, 200, 429, 429, 429]


def test_what_a_trusted_proxy_says_is_believed(database_url: str) -> None:
    admission = Admission(requests=limit_of("1/minute"), trusted_proxies=networks("127.0.0.0/8"))
    with asking(database_url, admission) as (_, client, _):

        def asked(forwarded: str) -> int:
            return client.get(ASKED, headers={"X-Forwarded-For": forwarded}).status_code

        assert [asked("198.51.100.1"), asked("198.51.100.2"), asked("198.51.100.1")] == [200, 200, 429]
        assert [asked("6.6.6.6, 198.51.100.1"), asked("198.51.100.1, 6.6.6.6")] == [429, 200]


# Bodies


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_body_is_bounded_also_in_chunks_without_a_length(database_url: str, method: str) -> None:
    with asking(database_url, Admission(body_bytes=100_000)) as (opened, client, _):
        headers = key(opened, Role.ADMIN)

        def chunks(count: int) -> Iterator[bytes]:
            yield from [b"x" * 10_000] * count

        for too_much in (b"x" * 100_001, chunks(11)):
            refused = client.request(method, ASKED, headers=headers, content=too_much)
            assert problem(refused, 413, "body-too-large")["most_bytes"] == 100_000
        expected = 200 if method == "GET" else 405
        for enough in (b"x" * 100_000, chunks(10)):
            assert client.request(method, ASKED, headers=headers, content=enough).status_code == expected
        assert client.get(ASKED).status_code == 200


def sent(base: str, request: bytes) -> bytes:
    """What the service says to bytes, until it has nothing more to say."""
    parts = urlsplit(base)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        connection.sendall(request)
        said = b""
        try:
            while b"\r\n\r\n" not in said and (more := connection.recv(65536)):
                said += more
        except ConnectionResetError:
            pass
        return said


def test_a_body_that_is_declared_too_large_is_refused_before_it_is_sent(database_url: str) -> None:
    with asking(database_url, Admission(body_bytes=100_000)) as (_, client, _):
        head = f"GET {ASKED} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        said = sent(str(client.base_url), f"{head}Content-Length: 100001\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 413 ")


def test_a_body_of_one_who_is_not_let_in_is_not_asked_for(database_url: str) -> None:
    with asking(database_url, Admission(reading="closed")) as (_, client, _):
        head = f"GET {ASKED} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        said = sent(str(client.base_url), f"{head}Content-Length: 10\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 401 ")


def test_a_body_that_does_not_arrive_is_not_waited_for_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    with asking(database_url, Admission()) as (_, client, _):
        said = sent(str(client.base_url), f"GET {ASKED} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx".encode())
        assert said.startswith(b"HTTP/1.1 408 ")


def test_a_body_without_end_is_not_read_on_once_it_is_refused(database_url: str) -> None:
    with service(database_url) as opened, served(opened) as base:
        for headers in ({}, {"Authorization": "Bearer nothing"}):
            sent = 0

            def endless() -> Iterator[bytes]:
                nonlocal sent
                while sent < 500_000_000:
                    yield b" " * 100_000
                    sent += 100_000

            answer = httpx.post(f"{base}/v1/acts", content=endless(), headers=headers, timeout=60)
            assert answer.status_code == 401
            assert answer.headers["connection"] == "close"
            assert sent < 500_000_000
