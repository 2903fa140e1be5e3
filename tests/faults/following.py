"""Readers and followers beside many writers, one append of whom is held open after its insert."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep
from typing import Any

import httpx
import psycopg
import pytest

import services.recording as recording
from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.writing import did, entry, told
from tests.recording import telling

LOOKING = 3
"""How many read page by page, and how many follow the stream."""


def write_while_one_is_held(url: str, *, writers: int, each: int, holds: int) -> str:
    """
    Has writers write so many acts each over HTTP, while an append of another service is held open, so many times.

    Raises AssertionError where a reader or a follower sees anything but every position once, in order.
    """
    expected = writers * each * holds + holds
    with service(url) as opened, service(url) as other, served(opened) as base:
        key = {"Authorization": f"Bearer {Keys(opened.pool, opened.clock).make('ada', Role.RECORDER).token}"}

        def write(writer: int, number: int) -> None:
            with httpx.Client(base_url=base, headers=key, timeout=120) as client:
                for at in range(each):
                    slug = f"xa-{writer}-{number}-{at}"
                    body = entry(told(slug, did("adopted", f"law-{writer}-{number}-{at}")))
                    while (answer := client.post("/v1/acts", json=body)).status_code != 201:
                        assert answer.status_code == 503, answer.text
                        sleep(0.05)

        def read() -> list[int]:
            seen: list[int] = []
            with httpx.Client(base_url=base, timeout=120) as client:
                while len(seen) < expected:
                    page = client.get("/v1/log", params={"after": seen[-1] if seen else 0}).json()
                    seen += [event["position"] for event in page["events"]]
            return seen

        def follow() -> list[int]:
            seen: list[int] = []
            with (
                httpx.Client(base_url=base, timeout=120) as client,
                client.stream("GET", "/v1/log/stream", params={"after": 0}) as stream,
            ):
                place = 0
                for line in stream.iter_lines():
                    if line.startswith("id: "):
                        place = int(line[4:])
                    elif line.startswith("data: "):
                        seen.append(place)
                    if len(seen) >= expected:
                        break
            return seen

        with ThreadPoolExecutor(writers + 2 * LOOKING + 1) as pool:
            looking = [pool.submit(look) for look in [read, follow] * LOOKING]
            for number in range(holds):
                with held_open(other, f"xa-held-{number}") as hold:
                    holding = pool.submit(hold)
                    _until(lambda: _holds_the_log(url))
                    before = opened.log.head().position
                    writing = [pool.submit(write, writer, number) for writer in range(writers)]
                    sleep(0.3)  # what is written meanwhile waits, and nothing of it shows
                    assert opened.log.head().position == before
                holding.result()
                for done in writing:
                    done.result()
            seen = [look.result() for look in looking]
    wanted = list(range(1, expected + 1))
    assert all(each_seen == wanted for each_seen in seen)
    return (
        f"{writers} writers, {holds} appends held open, {expected} events: {LOOKING} readers and {LOOKING} followers "
        "skipped 0, saw 0 twice, 0 out of order"
    )


@contextmanager
def held_open(other: Service, slug: str) -> Iterator[Callable[[], object]]:
    """Gives what records an act whose append stays open, after its insert, until the block ends."""
    let_go, project = Event(), recording.project

    def held(connection: Any, recorded: Any, *given: Any) -> Any:
        done = project(connection, recorded, *given)
        if any(getattr(getattr(each.event, "act", None), "act", None) == slug for each in recorded):
            assert let_go.wait(60)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "project", held)
        command = telling.act(slug, "2020-01-01", telling.did("adopted", f"XB/{slug}"))
        try:
            yield lambda: other.recording.record([command], recorded_by="ben")
        finally:
            let_go.set()


def _holds_the_log(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and granted and database ="
            " (select oid from pg_database where datname = current_database())"
            " and pid in (select pid from pg_stat_activity where state = 'idle in transaction')"
        ).fetchone()
    return row is not None and row[0] > 0


def _until(is_so: Callable[[], bool]) -> None:
    ends = monotonic() + 60
    while not is_so():
        assert monotonic() < ends
        sleep(0.01)
