"""Whoever subscribes: a service with a clock that is set, and a reader of its feed that polls it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import feedparser
import httpx

from events.commands import AnyCommand
from services.operations.wiring import Service, service
from tests.acceptance.serving import served


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def set(self, day: str, hour: int = 12) -> None:
        self.moment = datetime.combine(date.fromisoformat(day), time(hour), UTC)


class Publisher(NamedTuple):
    """A service that is served, its clock, and a client of it."""

    service: Service
    clock: Clock
    client: httpx.Client

    def record(self, day: str, *commands: AnyCommand, hour: int = 12) -> None:
        """Records on a day."""
        self.clock.set(day, hour)
        self.service.recording.record(list(commands), recorded_by="ada")

    def feed(self, **asked: Any) -> Any:
        """The feed as a library reads it, which must find nothing wrong."""
        answer = self.client.get("/v1/feed.atom", params=asked)
        assert answer.status_code == 200, answer.text
        return parsed(answer)


def parsed(answer: httpx.Response) -> Any:
    """A feed as a library reads it, which must find nothing wrong."""
    read = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    return read


@contextmanager
def publishing(url: str, day: str = "2026-01-01") -> Iterator[Publisher]:
    """A service upon a database of the test's own, on a day at noon."""
    clock = Clock(datetime.combine(date.fromisoformat(day), time(12), UTC))
    with service(url, clock) as opened, served(opened) as base, httpx.Client(base_url=base) as client:
        yield Publisher(opened, clock, client)


class Poll(NamedTuple):
    """What a poll brought: its status, and the entries that the reader had not seen, or not like this."""

    day: date
    status: int
    new: list[Any]


class Reader:
    """A feed reader: it asks with the ETag that it has, and knows an entry by its identity and when it was updated."""

    def __init__(self, client: httpx.Client, **asked: Any) -> None:
        self._client = client
        self._asked = asked
        self._etag = ""
        self._seen: set[tuple[str, str]] = set()

    def poll(self, day: date) -> Poll:
        """Asks once."""
        answer = self._client.get("/v1/feed.atom", params=self._asked, headers={"If-None-Match": self._etag})
        if answer.status_code == 304:
            assert answer.content == b""
            return Poll(day, 304, [])
        self._etag = answer.headers["etag"]
        entries = parsed(answer).entries
        new = [each for each in entries if (each.id, each.updated) not in self._seen]
        self._seen.update((each.id, each.updated) for each in new)
        return Poll(day, answer.status_code, new)

    def poll_daily(self, publisher: Publisher, first: str, last: str, diary: dict[str, list[AnyCommand]]) -> list[Poll]:
        """Asks every morning from a day to a day; at noon somebody may record what the diary has for the day."""
        polls = []
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            publisher.clock.set(day.isoformat(), 6)
            polls.append(self.poll(day))
            if day.isoformat() in diary:
                publisher.record(day.isoformat(), *diary[day.isoformat()])
            day += timedelta(days=1)
        return polls
