"""Who may ask: keys, roles, reading open and closed, over real HTTP."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from events.commands import ReviewJurisdiction
from services.access.admission import Admission
from services.access.gate import Gate
from services.access.keys import Keys
from services.access.roles import Role
from services.api import access
from services.api.access import Entrance
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_problems import problem

ASKED = "/v1/jurisdictions"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def asking(url: str, admission: Admission) -> Iterator[tuple[Service, httpx.Client]]:
    with service(url, admission=admission) as opened, served(opened) as base, httpx.Client(base_url=base) as client:
        yield opened, client


def keys_of(opened: Service) -> Keys:
    return Keys(opened.pool, opened.clock)


@pytest.fixture
def closed(database_url: str) -> Iterator[tuple[Service, httpx.Client]]:
    """A service whose reading is closed."""
    with asking(database_url, Admission(reading="closed")) as both:
        yield both


@pytest.fixture
def opened(database_url: str) -> Iterator[tuple[Service, httpx.Client]]:
    """A service whose reading is open."""
    with asking(database_url, Admission()) as both:
        yield both


def test_where_reading_is_closed_it_takes_a_key(closed: tuple[Service, httpx.Client]) -> None:
    built, client = closed
    refused = client.get(ASKED)
    document = problem(refused, 401, "key-needed")
    assert (document["role_needed"], refused.headers["www-authenticate"]) == ("reader", "Bearer")
    for role in Role:
        assert client.get(ASKED, headers=bearer(keys_of(built).make("ada", role).token)).status_code == 200


def test_where_reading_is_closed_the_description_of_the_api_is_not(closed: tuple[Service, httpx.Client]) -> None:
    _, client = closed
    document = client.get("/v1/openapi.json").json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["paths"][ASKED]["get"]["security"] == [{"key": []}]


def test_where_reading_is_open_a_key_may_be_given(opened: tuple[Service, httpx.Client]) -> None:
    built, client = opened
    assert client.get(ASKED).status_code == 200
    assert client.get(ASKED, headers=bearer(keys_of(built).make("ada", Role.READER).token)).status_code == 200
    assert client.get("/v1/openapi.json").json()["paths"][ASKED]["get"]["security"] == [{"key": []}, {}]


def test_a_revoked_key_is_refused_from_the_next_request_on(opened: tuple[Service, httpx.Client]) -> None:
    built, client = opened
    made = keys_of(built).make("ada", Role.ADMIN)
    assert client.get(ASKED, headers=bearer(made.token)).status_code == 200
    keys_of(built).revoke(made.key.id)
    problem(client.get(ASKED, headers=bearer(made.token)), 401, "key-refused")


def test_a_refused_key_is_not_told_why(opened: tuple[Service, httpx.Client]) -> None:
    built, client = opened
    keys = keys_of(built)
    revoked = keys.make("ada", Role.ADMIN)
    keys.revoke(revoked.key.id)
    good = keys.make("ada", Role.ADMIN).token
    earlier = Keys(built.pool, lambda: datetime.now(UTC) - timedelta(days=30))
    expired = earlier.make("ada", Role.ADMIN, datetime.now(UTC).date() - timedelta(days=1)).token
    headers: list[Any] = [
        bearer(revoked.token),
        bearer(expired),
        bearer(good[:-1] + ("A" if good[-1] != "A" else "B")),
        bearer(f"dateline_{'0' * 12}_{good[22:]}"),
        bearer("nonsense"),
        {"Authorization": "Bearer"},
        bearer(good + " " + good),
        {"Authorization": b"Bearer \xff\xfe\x80"},
        bearer("x" * 10_000),
        bearer("' or true --"),
        {"Authorization": good},
        {"Authorization": f"Basic {good}"},
        {"Authorization": ""},
        [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")],
    ]
    answers = [client.get(ASKED, headers=each) for each in headers]
    assert {(each.status_code, each.content, each.headers["www-authenticate"]) for each in answers} == {
        (401, answers[0].content, "Bearer")
    }
    problem(answers[0], 401, "key-refused")


def test_a_key_is_taken_from_its_header_alone(closed: tuple[Service, httpx.Client]) -> None:
    built, client = closed
    token = keys_of(built).make("ada", Role.ADMIN).token
    problem(client.get(ASKED, params={"key": token}), 401, "key-needed")
    problem(client.get(ASKED, headers={"X-API-Key": token}), 401, "key-needed")
    problem(client.get(ASKED, headers={"Cookie": f"key={token}"}), 401, "key-needed")


def test_where_reading_is_closed_no_shared_cache_keeps_an_answer(closed: tuple[Service, httpx.Client]) -> None:
    built, client = closed
    key = bearer(keys_of(built).make("ada", Role.READER).token)
    told = client.get("/v1/jurisdictions/NL/state", headers=key)
    assert (told.headers["cache-control"], told.headers["vary"]) == ("no-cache", "Accept, Authorization, Cookie")
    pinned = client.get(told.headers["content-location"], headers=key)
    assert pinned.headers["cache-control"] == "private, max-age=31536000, immutable"


def let_in(opened: Service, app: Any, token: str, received: list[tuple[float, Any]]) -> list[Any]:
    """What an application sends behind the entrance, where the messages of the client take so many seconds each."""
    entrance = Entrance(app, Gate(opened.pool, opened.clock, Admission(reading="closed")), [])
    told: list[Any] = []

    async def receive() -> Any:
        seconds, message = received.pop(0)
        await asyncio.sleep(seconds)
        return message() if callable(message) else message

    async def send(message: Any) -> None:
        told.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"transfer-encoding", b"chunked")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"", "client": None}
    asyncio.run(asyncio.wait_for(entrance(scope, receive, send), 10))
    return told


EVENTS = [(b"content-type", b"text/event-stream")]


@pytest.mark.parametrize("swallows", [False, True])
def test_a_stream_that_is_open_ends_when_its_key_is_revoked(
    opened: tuple[Service, httpx.Client], monkeypatch: pytest.MonkeyPatch, swallows: bool
) -> None:
    built, _ = opened
    monkeypatch.setattr(access, "KNOWN_SECONDS", 0.05)
    made = keys_of(built).make("ada", Role.READER)

    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": EVENTS})
        for number in itertools.count():
            if number == 3:
                keys_of(built).revoke(made.key.id)
            await send({"type": "http.response.body", "body": str(number).encode(), "more_body": True})
            await asyncio.sleep(0.1)

    async def swallowing(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.gather(streaming(scope, receive, send), return_exceptions=True)

    told = let_in(
        built,
        swallowing if swallows else streaming,
        made.token,
        [(0, {"type": "http.request", "body": b"", "more_body": False})],
    )
    assert [each.get("body") for each in told] == [None, b"0", b"1", b"2", b""]
    assert told[-1]["more_body"] is False


def test_a_key_that_is_revoked_while_the_body_arrives_is_refused(
    opened: tuple[Service, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    built, _ = opened
    monkeypatch.setattr(access, "KNOWN_SECONDS", 0.05)
    made = keys_of(built).make("ada", Role.ADMIN)

    async def never(scope: Any, receive: Any, send: Any) -> None:
        pytest.fail("was let in")

    def revoked() -> Any:
        keys_of(built).revoke(made.key.id)
        return {"type": "http.request", "body": b"}", "more_body": False}

    slow = [(0.0, {"type": "http.request", "body": b"{", "more_body": True}), (0.1, revoked)]
    told = let_in(built, never, made.token, slow)
    assert told[0]["status"] == 401


def test_one_who_goes_away_while_the_body_arrives_is_not_answered(opened: tuple[Service, httpx.Client]) -> None:
    built, _ = opened

    async def never(scope: Any, receive: Any, send: Any) -> None:
        pytest.fail("was let in")

    token = keys_of(built).make("ada", Role.ADMIN).token
    assert let_in(built, never, token, [(0, {"type": "http.disconnect"})]) == []


def test_one_caller_holds_only_so_many_streams_open(
    opened: tuple[Service, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    built, _ = opened
    monkeypatch.setattr(access, "MOST_STREAMS", 2)
    ending = asyncio.Event()

    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"1", "more_body": True})
        await ending.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    entrance = Entrance(streaming, Gate(built.pool, built.clock, Admission()), [])

    async def asked(address: str) -> int:
        told: list[Any] = []

        async def send(message: Any) -> None:
            told.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
        await entrance({**scope, "client": (address, 1)}, receive, send)
        return int(told[0]["status"])

    async def all_of_them() -> list[int]:
        open_ = [asyncio.create_task(asked("198.51.100.1")) for _ in range(2)]
        await asyncio.sleep(0)
        third, other = await asked("198.51.100.1"), asyncio.create_task(asked("198.51.100.2"))
        await asyncio.sleep(0)
        ending.set()
        return [third, *[await each for each in (*open_, other)], await asked("198.51.100.1")]

    assert asyncio.run(asyncio.wait_for(all_of_them(), 10)) == [429, 200, 200, 200, 200]


def test_the_stream_of_the_log_tells_nothing_more_to_a_key_that_is_revoked(
    closed: tuple[Service, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    built, client = closed
    monkeypatch.setattr(access, "KNOWN_SECONDS", 0.0)

    def review(code: str) -> None:
        built.recording.record([ReviewJurisdiction(jurisdiction=code, reviewed_on="2026-11-20")], recorded_by="ada")

    revoked, good = (keys_of(built).make("ada", Role.READER) for _ in range(2))
    with (
        client.stream("GET", "/v1/log/stream", headers=bearer(revoked.token), timeout=30) as ending,
        client.stream("GET", "/v1/log/stream", headers=bearer(good.token), timeout=30) as going_on,
    ):
        ended, goes_on = ending.iter_text(), going_on.iter_text()
        assert "retry" in next(ended) + next(goes_on)
        review("NO")
        assert '"NO"' in next(ended)
        assert '"NO"' in next(goes_on)
        keys_of(built).revoke(revoked.key.id)
        review("HR")
        assert '"HR"' in next(goes_on)
        assert "".join(ended) == ""
