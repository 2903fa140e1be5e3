"""The log followed over real HTTP: nothing lost, nothing twice, nothing late, and everything given back at the end."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from projections import following as following_log
from services.api import streams
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_problems import problem
from tests.cli.processes import serving, started
from tests.recording.telling import act, did, retract
from tests.waiting import comes_true

STREAM = "/v1/log/stream"


class Event(NamedTuple):
    """A server-sent event with data."""

    id: int
    type: str
    data: dict[str, Any]


@contextmanager
def following(base: str, last: int | None = None, **asked: Any) -> Iterator[tuple[Iterator[Event], dict[str, int]]]:
    """The events of a stream, and the place to come back to, as an EventSource would keep it."""
    place = {"id": -1}
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with httpx.stream("GET", f"{base}{STREAM}", params=asked, headers=headers, timeout=20) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        lines = response.iter_lines()
        blocks = _events(lines, place)
        while place["id"] < 0:
            next(blocks)  # the first block tells where the stream begins
        yield (event for event in blocks if event is not None), place


def _events(lines: Iterator[str], place: dict[str, int]) -> Iterator[Event | None]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "id" in fields:
            place["id"] = int(fields["id"])
        if "data" in fields:
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
        else:
            yield None
        fields = {}


def adopt(opened: Service, slug: str, measure: str = "XA/law", by: str = "ada") -> int:
    return opened.recording.record([act(slug, "2020-03-01", did("adopted", measure))], recorded_by=by)[-1].position


@pytest.fixture
def opened(database_url: str) -> Iterator[Service]:
    with service(database_url) as opened:
        yield opened


@pytest.fixture
def base(opened: Service) -> Iterator[str]:
    with served(opened) as base:
        yield base


def test_what_is_recorded_comes_when_it_is_announced_and_not_at_the_next_look(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following_log, "POLL_SECONDS", 600)
    with served(opened) as base, following(base) as (events, _):
        for number in range(10):
            position = adopt(opened, f"xa-{number}", f"XA/m{number}")
            event = next(events)
            assert (event.id, event.type, event.data["event"]["act"]["act"]) == (position, "adopted", f"xa-{number}")
            assert event.data == httpx.get(f"{base}/v1/log", params={"after": position - 1}).json()["events"][0]


def test_a_stream_begins_after_the_head_or_after_the_place_that_is_named(opened: Service, base: str) -> None:
    adopt(opened, "xa-1", "XA/m1")
    adopt(opened, "xa-2", "XA/m2")
    with following(base) as (events, place):
        assert place["id"] == 2
        adopt(opened, "xa-3", "XA/m3")
        assert next(events).id == 3
    with following(base, after=0) as (events, _):
        assert [next(events).id for _ in range(3)] == [1, 2, 3]
    with following(base, last=2, after=0) as (events, _):
        assert next(events).id == 3


def test_a_stream_is_filtered_and_its_place_moves_on_past_what_does_not_match(opened: Service, base: str) -> None:
    with following(base, recorded_by="ben", type="adopted") as (events, place):
        for number in range(5):
            adopt(opened, f"xa-{number}", f"XA/m{number}")
        opened.recording.record([retract("xa-0")], recorded_by="ben")
        adopt(opened, "xa-9", "XA/m9", by="ben")
        assert next(events).data["recorded_by"] == "ben"
        assert place["id"] == 7


def test_four_writers_lose_nothing_and_repeat_nothing_over_reconnections(opened: Service, base: str) -> None:
    each, writers = 25, 4
    found: list[int] = []

    def write(writer: int) -> None:
        for number in range(each):
            actions = [did("adopted", f"XA/m{writer}-{number}-{at}") for at in range(1 + number % 3)]
            opened.recording.record([act(f"xa-{writer}-{number}", "2020-03-01", *actions)], recorded_by="ada")

    with ThreadPoolExecutor(writers) as pool:
        writing = [pool.submit(write, writer) for writer in range(writers)]
        total = writers * sum(1 + number % 3 for number in range(each))
        last = 0
        while len(found) < total:
            with following(base, last=last) as (events, _):
                for event in events:
                    found.append(event.id)
                    last = event.id
                    if len(found) % 40 == 0 or len(found) == total:
                        break  # cut off in the middle of whatever comes
        for each_writer in writing:
            each_writer.result()
    assert found == list(range(1, total + 1))
    assert opened.log.head().position == total


@pytest.mark.parametrize(
    ("headers", "params"),
    [({"Last-Event-ID": "x"}, {}), ({"Last-Event-ID": "-1"}, {}), ({}, {"after": "-1"}), ({}, {"type": "guessed"})],
)
def test_a_place_that_is_none_is_refused(base: str, headers: dict[str, str], params: dict[str, str]) -> None:
    problem(httpx.get(f"{base}{STREAM}", params=params, headers=headers), 422, "invalid-parameters")


def test_a_place_that_has_not_come_yet_is_refused(opened: Service, base: str) -> None:
    adopt(opened, "xa-1")
    problem(httpx.get(f"{base}{STREAM}", params={"after": 2}), 404, "position-above-head")


def test_the_headers_of_a_stream_can_be_asked_alone(base: str) -> None:
    answer = httpx.head(f"{base}{STREAM}", timeout=5)
    assert (answer.status_code, answer.headers["content-type"][:17]) == (200, "text/event-stream")


def backends(url: str) -> int:
    """The connections of the follower."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where application_name = 'dateline follower'"
            " and datname = current_database()"
        ).fetchone()
    return 0 if row is None else int(row[0])


def test_streams_hold_no_connection_of_the_pool_and_give_everything_back(opened: Service, base: str) -> None:
    more_than_connections = 12
    held = [following(base) for _ in range(more_than_connections)]
    opened_streams = [each.__enter__() for each in held]
    assert backends(opened.url) == 1
    assert comes_true(lambda: opened.pool.get_stats()["pool_available"] == opened.pool.get_stats()["pool_size"])
    adopt(opened, "xa-1")
    assert [next(events).id for events, _ in opened_streams] == [1] * more_than_connections
    for each in held:
        each.__exit__(None, None, None)
    assert comes_true(lambda: backends(opened.url) == 0)
    assert comes_true(lambda: not any(thread.name == "follower" for thread in threading.enumerate()))


def test_one_stream_too_many_is_refused_and_let_in_when_another_has_gone(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.Streams.__init__, "__defaults__", (1, 0.1))
    with served(opened) as base:
        with following(base):
            refused = httpx.get(f"{base}{STREAM}")
            problem(refused, 503, "too-many-streams")
            assert refused.headers["retry-after"]

        def let_in() -> bool:
            with httpx.stream("GET", f"{base}{STREAM}") as answer:
                return answer.status_code == 200

        assert comes_true(let_in)


def test_a_stream_says_that_it_is_still_there(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.Streams.__init__, "__defaults__", (5, 0.05))
    with served(opened) as base, httpx.stream("GET", f"{base}{STREAM}", timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith(":")) == ": still here"


def test_a_service_with_open_streams_ends_in_time(database_url: str) -> None:
    with serving(DATELINE_DATABASE_URL=database_url) as served:
        with following(served.base) as (events, _), following(served.base):
            served.process.send_signal(signal.SIGTERM)
            assert list(events) == []  # ended in order, not cut off
            assert served.process.wait(timeout=30) == 0
        assert "Traceback" not in served.errors


def test_the_command_line_follows_as_well(database_url: str, opened: Service) -> None:
    adopt(opened, "xa-0", "XA/m0")
    followed = ["log", "--follow", "--after", "0", "--type", "adopted", "--json"]
    with started(*followed, DATELINE_DATABASE_URL=database_url) as reading:
        assert json.loads(reading.line())["position"] == 1
        adopt(opened, "xa-1", "XA/m1")
        assert json.loads(reading.line())["position"] == 2
        assert reading.end(signal.SIGINT) == 130
