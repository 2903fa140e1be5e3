"""
The database goes away under a service and comes back: in between, memory answers what it holds, all else is 503 and
never 500; and no restart afterwards.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from events.commands import ReviewJurisdiction
from events.seen import Seen
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
from tests.cli.processes import serving
from tests.recording.telling import act, by, correct, did, verify
from tests.waiting import comes_true
from tests.web.reading import BROWSER, shown

GOES_ON = ("/v1/codebook", "/docs", "/docs/dateline.css", "/problems", "/problems/unforeseen", "/v1/openapi.json")
"""What needs no database."""
OF_MEMORY = {
    "/v1/jurisdictions",
    "/v1/jurisdictions/XA/state",
    "/v1/jurisdictions/XA/changes?from=2019-01-01",
    "/v1/state",
    "/v1/series?from=2019-01-01&to=2020-12-31",
    "/v1/deadlines",
    "/v1/measures/XA/xa-1",
    "/v1/comparison",
    "/v1/jurisdictions/XA/comparison",
    "/v1/jurisdictions/XA/pressure",
    "/v1/jurisdictions/XA/report",
    "/v1/changes?from=2019-01-01",
}
"""What memory can answer for a while, if it holds all of it. All else is read from the database each time."""
SAID_SO = "memory; reason=database-unavailable"
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


def addresses() -> list[str]:
    """A request for every route that is asked and that needs the database."""
    found = []
    for route in DECISIONS:
        method, path = route.split(" ")
        if method == "GET" and path.startswith("/v1/"):
            for name, value in {**VALUES, "what": "acts", "slug": "xa-1", "act": "xa-1", "code": "XA"}.items():
                path = path.replace(f"{{{name}}}", value)
            if path.endswith("changes"):
                path += "?from=2019-01-01"
            elif path.endswith("restatement"):
                path += "?from_position=0"
            elif path.endswith("series"):
                path += "?from=2019-01-01&to=2020-12-31"
            elif path.endswith("search"):
                path += "?q=law"
            elif path.endswith("news"):
                path += "?since=0"
            found.append(path)
    return [path for path in found if path not in GOES_ON]


class Told:
    """What some clients were answered at once: the statuses, and the highest position that any of them was shown."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.shown = 0
        self.from_memory = 0
        self._lock = threading.Lock()

    def hear(self, answer: httpx.Response, shown: int, path: str = "") -> None:
        """An answer to what was asked after `shown` was: it is not from before that, wherever it comes from."""
        with self._lock:
            self.statuses.append(answer.status_code)
            if answer.is_success and answer.headers["content-type"] == "application/json":
                found = answer.json()
                position = next(found[name] for name in ("position", "edition", "to_position") if name in found)
                assert position >= shown
                self.shown = max(self.shown, position)
            if "answered-from" in answer.headers:
                self.from_memory += 1
                assert path in OF_MEMORY


@contextmanager
def hammered(base: str, key: dict[str, str]) -> Iterator[Told]:
    """Everything is asked, over and over, by four at once, and something is recorded in between."""
    told = Told()
    over = threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=base, timeout=60) as client:
            while not over.is_set():
                for at, path in enumerate(addresses()):
                    if "stream" not in path and at % 4 == number:
                        shown = told.shown
                        told.hear(client.get(path), shown, path)
                slug = f"xa-{number}-{len(told.statuses)}"
                told.hear(client.post("/v1/acts", json=body(slug), headers=key), 0)

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
            assert comes_true(lambda: len(told.statuses) > 40)
            first = next(events).id
            database.kill()
            for path in addresses():
                shown = told.shown
                answer = client.get(path)
                if path in OF_MEMORY and answer.status_code == 200:
                    assert answer.headers["answered-from"] == SAID_SO
                    assert answer.json()["position"] >= shown
                else:
                    problem(answer, 503, "database-unavailable")
                    assert answer.headers["retry-after"] == "5"
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
            after = len(told.statuses)
            assert comes_true(lambda: len(told.statuses) > after + 40)
        assert set(told.statuses) <= {200, 201, 503}
        assert 503 in told.statuses
        assert set(told.statuses[-20:]) <= {200, 201}
        assert client.get("/health/ready").json()["position"] == opened.log.head().position


def test_while_the_database_is_away_many_who_ask_at_once_are_told_so_without_waiting(database: Database) -> None:
    with service(database.url) as opened, served(opened) as base:
        database.kill()
        with httpx.Client(base_url=base, timeout=60) as client, ThreadPoolExecutor(60) as pool:
            assert comes_true(lambda: client.get("/v1/log").status_code == 503)
            begun = time.monotonic()
            asked = list(pool.map(lambda _: client.get("/v1/log").status_code, range(120)))
            assert asked == [503] * 120
            assert client.get("/v1/codebook").status_code == 200
            assert time.monotonic() - begun < 60  # of waiting for connections, it would be thirty seconds thrice


RECORD = [
    act("xa-1", "2019-11-28", did("adopted", "XA/xa-1", effects=["restricts"], subjects=["Brask"])),
    act("eu-1", "2020-01-29", did("adopted", "EU/toolbox", effects=["restricts"])),
    act(
        "nl-1",
        "2019-11-20",
        did("announced", "NL/decree", effects=["requires_security_measures"]),
        did("deadline_set", "NL/decree", deadline="rules", due="2020-01-31", obliged="authority"),
    ),
    act("nl-2", "2019-11-28", did("adopted", "NL/decree", effective_on="2020-05-01")),
    ReviewJurisdiction(jurisdiction="HR", reviewed_on="2020-06-01"),
]
LATER = [
    correct(act("nl-2", "2019-11-28", did("adopted", "NL/decree", effective_on="2020-03-01"))),
    by("ben", verify("xa-1")),
    ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-06-02"),
]
EVERYTHING = [
    "/v1/jurisdictions",
    "/v1/jurisdictions/NL/state?as_of=2020-02-01&known_on=2020-06-01",
    "/v1/jurisdictions/XA/state?as_of=2020-02-01",
    "/v1/jurisdictions/HR/state?as_of=2020-02-01",
    "/v1/jurisdictions/SE/state?as_of=2020-02-01",
    "/v1/jurisdictions/NL/changes?from=2019-01-01&to=2020-12-31",
    "/v1/state?as_of=2020-02-01&subject=Brask",
    "/v1/series?from=2019-01-01&to=2020-12-31",
    "/v1/series?from=2019-01-01&to=2020-12-31&jurisdiction=NL&jurisdiction=SE",
    "/v1/deadlines?as_of=2020-02-01",
    "/v1/deadlines?as_of=2020-02-01&jurisdiction=NL",
    "/v1/measures/NL/decree?as_of=2020-02-01",
    "/v1/measures/XA/xa-1?as_of=2020-02-01",
    "/v1/measures/XA/nothing?as_of=2020-02-01",
    "/v1/changes?from=2019-01-01&to=2020-12-31&limit=3",
]
"""Every question that memory can answer, with whatever the answer depends on beside the record."""


def at(path: str, edition: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{edition}"


def test_while_the_database_is_away_memory_answers_what_the_database_did(database: Database) -> None:
    with service(database.url) as opened, served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        key = bearer(Keys(opened.pool, opened.clock).make("ada", Role.ADMIN).token)
        opened.recording.record(RECORD, recorded_by="ada")
        for path in EVERYTHING:
            client.get(path)  # so that what is kept has to go on
        opened.recording.record(LATER, recorded_by="ada")
        head = opened.log.head().position
        before = {path: client.get(path) for path in EVERYTHING}
        assert Counter(answer.status_code for answer in before.values()) == {200: len(EVERYTHING) - 1, 404: 1}
        assert not any("answered-from" in answer.headers for answer in before.values())
        moment = before["/v1/jurisdictions"].json()["recorded_at"]
        database.kill()
        for path, told in before.items():
            for asked in (path, at(path, f"position={head}")):
                answer = client.get(asked)
                assert (answer.status_code, answer.content) == (told.status_code, told.content), asked
                assert (answer.headers["answered-from"], answer.headers["cache-control"]) == (SAID_SO, "no-store")
                assert client.head(asked).headers["answered-from"] == SAID_SO
            if told.status_code == 200:
                assert (answer.json()["position"], answer.json()["recorded_at"]) == (head, moment)
                held = client.get(path, headers={"If-None-Match": told.headers["etag"]})
                assert (held.status_code, held.headers["answered-from"]) == (304, SAID_SO)
                pinned = client.get(told.headers["content-location"])
                assert (pinned.content, pinned.headers["cache-control"]) == (told.content, "no-store")
            for edition in (f"position={head - 1}", f"position={head + 1}", f"recorded_at={moment}"):
                problem(client.get(at(path, edition)), 503, "database-unavailable")
            problem(client.get(path, headers=key), 503, "database-unavailable")  # keys are looked up
        not_ready = problem(client.get("/health/ready"), 503, "database-unavailable")
        assert not_ready["from_memory"] == {"position": head, "recorded_at": moment}
        database.start()
        assert comes_true(lambda: client.get("/health/ready").status_code == 200)
        for path, told in before.items():
            answer = client.get(path)
            assert (answer.status_code, answer.content) == (told.status_code, told.content)
            assert "answered-from" not in answer.headers
            assert answer.headers["cache-control"] == told.headers["cache-control"]
        counted = client.get("/metrics", headers=key).text
        assert 'dateline_requests_from_memory_total{process="' in counted


def test_while_the_database_is_away_pages_are_read_from_memory_and_say_so(database: Database) -> None:
    with service(database.url) as opened, served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        opened.recording.record(RECORD, recorded_by="ada")
        paths = (
            "/?as_of=2020-02-01",
            "/?as_of=2020-02-01&subject=Brask",
            "/jurisdictions?as_of=2020-02-01",
            "/jurisdictions/XA?as_of=2020-02-01",
            "/deadlines?as_of=2020-02-01",
            "/series?from=2019-01-01&to=2020-12-31",
            "/compare?from=2019-01-01&to=2020-12-31",
            "/compare?from=2019-01-01&to=2020-12-31&jurisdiction=XA",
        )
        before = {path: shown(client, path) for path in paths}
        timeline = client.get("/timeline").content
        database.kill()
        for path, page in before.items():
            now = shown(client, path)
            assert now.tables == page.tables
            said = "The database is away at the moment. This page is read from memory: our record as it stood at"
            assert (f"{said} position 6" in now.text, "away" in page.text) == (True, False)
            answer = client.get(path)
            assert (answer.headers["answered-from"], answer.headers["cache-control"]) == (SAID_SO, "no-store")
        answer = client.get("/timeline")
        assert (answer.content, answer.headers["answered-from"]) == (timeline, SAID_SO)
        assert client.get("/?as_of=2020-02-01&position=5", headers=BROWSER).status_code == 503


def test_what_memory_holds_only_in_part_is_not_answered_from_it(database: Database) -> None:
    with service(database.url) as opened, served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        opened.recording.record(RECORD, recorded_by="ada")
        client.get("/v1/jurisdictions/XA/state")
        database.kill()
        for path in ("/v1/jurisdictions/XA/state", "/v1/measures/XA/xa-1", "/v1/deadlines?jurisdiction=XA"):
            assert client.get(path).headers["answered-from"] == SAID_SO
        for path in (
            "/v1/jurisdictions/NL/state",
            "/v1/jurisdictions/HR/state",
            "/v1/measures/NL/decree",
            "/v1/deadlines?jurisdiction=XA&jurisdiction=NL",
            "/v1/deadlines",
            "/v1/jurisdictions",
            "/v1/state",
            "/v1/series?from=2019-01-01",
            "/v1/changes?from=2019-01-01",
        ):
            refused = client.get(path)
            problem(refused, 503, "database-unavailable")
            assert refused.headers["retry-after"] == "5"
            assert "answered-from" not in refused.headers


def test_what_was_acknowledged_is_never_missing_from_an_answer_of_memory(database: Database) -> None:
    with service(database.url) as opened, served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        key = bearer(Keys(opened.pool, opened.clock).make("ada", Role.RECORDER).token)
        opened.recording.record(RECORD, recorded_by="ada")
        before = {path: client.get(path) for path in EVERYTHING}
        position = before["/v1/jurisdictions"].json()["position"]
        assert client.post("/v1/acts", json=body("xa-2"), headers=key).status_code == 201  # and nobody asks again
        database.kill()
        for path, told in before.items():
            problem(client.get(path), 503, "database-unavailable")
            assert client.get(at(path, f"position={position}")).content == told.content
        assert problem(client.get("/health/ready"), 503, "database-unavailable")["from_memory"] is None


def test_a_service_that_is_behind_what_another_on_its_address_has_seen_does_not_answer(database: Database) -> None:
    places = [0, 0]
    with (
        service(database.url, seen=Seen(places, 0)) as behind,
        service(database.url, seen=Seen(places, 1)) as ahead,
        served(behind) as base,
        served(ahead) as other,
    ):
        ahead.recording.record(RECORD, recorded_by="ada")
        path = "/v1/jurisdictions/NL/state"
        assert httpx.get(base + path).json()["position"] == 6
        ahead.recording.record([act("xa-2", "2020-03-01", did("amended", "XA/xa-1"))], recorded_by="ada")
        assert httpx.get(other + path).json()["position"] == 7
        database.kill()
        problem(httpx.get(base + path), 503, "database-unavailable")
        assert httpx.get(at(base + path, "position=6")).json()["position"] == 6
        assert httpx.get(other + path).json()["position"] == 7


def test_no_worker_answers_from_a_memory_that_is_behind_what_another_has_shown(database: Database) -> None:
    path = "/v1/jurisdictions/XA/state"
    each_anew = httpx.Limits(max_keepalive_connections=0)  # so that each request may meet another worker
    with service(database.url) as built:
        key = bearer(Keys(built.pool, built.clock).make("ada", Role.RECORDER).token)
    with (
        serving("--workers", "3", DATELINE_DATABASE_URL=database.url) as served,
        httpx.Client(base_url=served.base, timeout=60, limits=each_anew) as client,
        ThreadPoolExecutor(8) as pool,
    ):

        def ask(times: int) -> set[tuple[int, int | None]]:
            answers = list(pool.map(lambda _: client.get(path), range(times)))
            return {(answer.status_code, answer.json().get("position")) for answer in answers}

        assert client.post("/v1/acts", json=body("xa-1"), headers=key).status_code == 201
        assert ask(80) == {(200, 1)}  # all remember the first
        assert client.post("/v1/acts", json=body("xa-2"), headers=key).status_code == 201
        assert ask(1) == {(200, 2)}  # one remembers the second
        database.kill()
        heard = set()

        def both() -> bool:
            heard.update(ask(8))
            return len(heard) > 1

        assert comes_true(both)
        assert heard == {(200, 2), (503, None)}
        database.start()
        assert comes_true(lambda: ask(20) == {(200, 2)})
