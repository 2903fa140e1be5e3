"""Following the log: whoever waits is told when it has grown. What is new they read themselves, from their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Lock, Thread
from time import monotonic, sleep

import psycopg

from events.recorder import CHANNEL

ASLEEP_SECONDS = 0.5
"""A follower that has not looked for so long is not one to rely on: whoever must know asks the database."""

POLL_SECONDS = 0.1
"""How often the head is looked at. A notification comes sooner, but may be missed between two looks; a look is not."""

AGAIN_SECONDS = 1.0
"""After how long the database is asked again where it did not answer."""

Told = Callable[[int], None]
"""What is done with a new head. It is called in the follower's own thread and returns at once."""


class Follower:
    """
    Watches the head of one log for any number of those who wait, by one thread with a connection of its own.

    Both are there only while anybody waits. A follower never ends by an error: it asks again until it is answered.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[int, Told] = {}
        self._count = 0
        self._lock = Lock()
        self._thread: Thread | None = None
        self._looked = -inf
        """When the head was looked at last and was no other than was told."""

    @property
    def is_awake(self) -> bool:
        """Whether all that was appended up to a moment ago was told."""
        return monotonic() - self._looked < ASLEEP_SECONDS

    @contextmanager
    def telling(self, told: Told) -> Iterator[None]:
        """
        Calls `told` with every new head for as long as the block lasts.

        Subscribe first and read then: whatever is appended after the reading is told.
        """
        with self._lock:
            self._count += 1
            key = self._count
            self._waiting[key] = told
            if self._thread is None:
                self._thread = Thread(target=self._follow, name="follower", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[key]

    def _follow(self) -> None:
        last = -1
        while True:
            try:
                with psycopg.connect(self._url, autocommit=True, application_name="dateline follower") as connection:
                    if not _is_replica(connection):  # there it is refused, and nothing is told: a look has to do
                        connection.execute(f"listen {CHANNEL}")
                    while self._goes_on():
                        looked = monotonic()
                        head = _head(connection)
                        if head != last:
                            last = head
                            self._tell(head)
                        self._looked = looked
                        for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
                    return
            except psycopg.Error:
                self._looked = -inf
                sleep(AGAIN_SECONDS)
                if not self._goes_on():
                    return

    def _goes_on(self) -> bool:
        """Whether anybody waits. If nobody does, the thread is given up, and the next to wait starts another."""
        with self._lock:
            if not self._waiting:
                self._thread = None
            return bool(self._waiting)

    def _tell(self, head: int) -> None:
        with self._lock:
            waiting = list(self._waiting.values())
        for told in waiting:
            told(head)


def _is_replica(connection: psycopg.Connection) -> bool:
    return connection.execute("select pg_is_in_recovery()").fetchone() == (True,)


def _head(connection: psycopg.Connection) -> int:
    row = connection.execute("select position from dateline.event order by position desc limit 1").fetchone()
    return 0 if row is None else int(row[0])
