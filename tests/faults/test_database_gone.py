"""The database goes away under a service and comes back: 503 in between and never 500, and no restart afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from services.access.keys import Keys
from services.access.roles import Role
from services.api import streams
from services.operations.embedded import EmbeddedServer
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.test_access import bearer
from tests.api.test_matrix import DECISIONS, VALUES
from tests.api.test_problems import problem
from tests.api.test_streams import following

GOES_ON = ("/v1/codebook", "/docs", "/docs/dateline.css", "/problems", "/problems/unforeseen", "/v1/openapi.json")
"""What needs no database."""
FLEETING = {"fsync": "off", "autovacuum": "off"}


class Database:
    """A PostgreSQL of this test alone, which can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entered = ExitStack()
        self.url = ""

    def start(self) -> None:
        server = EmbeddedServer(
            self._folder, settings=FLEETING
        )  # which nobody keeps: it stays away until it is started
        self.url = server.enter()
        self._entered.callback(server.leave)

    def kill(self) -> None:
        """Ends it as a crash does: every connection is cut in the middle."""
        pid = EmbeddedServer(self._folder).pid()
        assert pid is not None
        server = psutil.Process(pid)
        os.kill(pid, signal.SIGQUIT)
        psutil.wait_procs([server], timeout=30)

    def leave(self) -> None:
        self._entered.close()


@pytest.fixture
def database(data_dir: Path) -> Iterator[Database]:
    database = Database(data_dir)
    database.start()
    try:
        yield database
    finally:
        database.leave()


def body(slug: str) -> dict[str, Any]:
    """An act on a measure of its own."""
    action = {"measure": slug, "type": "announced", "effects": ["restricts"]}
    told = {
        "act": slug,
        "announced_on": "2019-11-28",
        "authority": "Ministry",
        "instrument": "rule",
        "title": "Decree",
        "sources": [{"name": "Journal"}],
        "actions": [action],
    }
    return {"jurisdiction": "XA", "act": told}


def comes_true(question: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.05)
    return False


def addresses() -> list[str]:
    """A request for every route that is asked and that needs the database."""
    found = []
    for route in DECISIONS:
        method, path = route.split(" ")
        if method == "GET" and path.startswith("/v1/"):
            for name, value in {**VALUES, "slug": "xa-1", "act": "xa-1", "code": "XA"}.items():
                path = path.replace(f"{{{name}}}", value)
            if path.endswith("changes"):
                path += "?from=2019-01-01"
            elif path.endswith("restatement"):
                path += "?from_position=0"
            elif path.endswith("series"):
                path += "?from=2019-01-01&to=2020-12-31"
            found.append(path)
    return [path for path in found if path not in GOES_ON]


@contextmanager
def hammered(base: str, key: dict[str, str]) -> Iterator[list[tuple[int, float]]]:
    """Everything is asked, over and over, by four at once; the status of each answer and how long it took."""
    told: list[tuple[int, float]] = []
    over = threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=base, timeout=60) as client:
            while not over.is_set():
                for at, path in enumerate(addresses()):
                    if "stream" in path or at % 4 != number:
                        continue
                    before = time.monotonic()
                    told.append((client.get(path).status_code, time.monotonic() - before))
                told.append(
                    (client.post("/v1/acts", json=body(f"xa-{number}-{len(told)}"), headers=key).status_code, 0)
                )

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, number) for number in range(4)]
        try:
            yield told
        finally:
            over.set()
            for each in asking:
                each.result()


def test_a_database_that_goes_and_comes_back_is_answered_503_in_between_and_needs_no_restart(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.Streams.__init__, "__defaults__", (100, 0.1))  # the stream looks all the time
    with service(database.url) as opened, served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        key = bearer(Keys(opened.pool, opened.clock).make("ada", Role.RECORDER).token)
        assert client.post("/v1/acts", json=body("xa-1"), headers=key).status_code == 201
        before = {path: client.get(path).status_code for path in addresses() if "stream" not in path}
        assert set(before.values()) == {200}, before
        with following(base) as (events, _), hammered(base, key) as told:
            assert comes_true(lambda: len(told) > 40)
            first = next(events).id
            database.kill()
            for path in addresses():
                refused = client.get(path)
                problem(refused, 503, "database-unavailable")
                assert refused.headers["retry-after"] == "5"
            problem(client.post("/v1/acts", json=body("xa-2"), headers=key), 503, "database-unavailable")
            problem(client.get("/health/ready"), 503, "database-unavailable")
            assert client.get("/health/live").json() == {"status": "live"}
            assert client.get("/health/live", headers=key).status_code == 200
            assert {path: client.get(path).status_code for path in GOES_ON} == dict.fromkeys(GOES_ON, 200)
            database.start()
            back = time.monotonic()
            assert comes_true(lambda: client.get("/health/ready").status_code == 200)
            assert comes_true(lambda: client.post("/v1/acts", json=body("xa-3"), headers=key).status_code == 201)
            assert time.monotonic() - back < 15
            position = opened.log.head().position
            followed = [first]
            for event in events:  # the same stream: nothing lost, nothing twice
                followed.append(event.id)
                if event.id >= position:
                    break
            assert followed == list(range(first, followed[-1] + 1))
            after = len(told)
            assert comes_true(lambda: len(told) > after + 40)
        statuses = {status for status, _ in told}
        assert statuses <= {200, 201, 503}
        assert 503 in statuses
        assert {status for status, _ in told[-20:]} <= {200, 201}
        assert client.get("/health/ready").json()["position"] == opened.log.head().position


def test_while_the_database_is_away_many_who_ask_at_once_are_told_so_without_waiting(database: Database) -> None:
    with service(database.url) as opened, served(opened) as base:
        database.kill()
        with httpx.Client(base_url=base, timeout=60) as client, ThreadPoolExecutor(60) as pool:
            assert comes_true(lambda: client.get("/v1/jurisdictions").status_code == 503)
            begun = time.monotonic()
            asked = list(pool.map(lambda _: client.get("/v1/jurisdictions").status_code, range(120)))
            assert asked == [503] * 120
            assert client.get("/v1/codebook").status_code == 200
            assert time.monotonic() - begun < 60  # of waiting for connections, it would be thirty seconds thrice
