"""A process that serves keeps the index of words up with the log, so that nobody who searches has to wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import psycopg

from events.errors import Refusal
from services.operations.wiring import Service

QUIET_SECONDS = 1.0
"""How often the log is looked at, and for how long it has to stay as it is: who writes is left the processor."""

BEHIND_SECONDS = 10.0
"""How long it is waited for such a moment. Then some of the log is read all the same, for a second."""

AGAIN_SECONDS = 5.0
"""After how long it is tried again where nothing could be read or written."""

READ_ONLY_SECONDS = 60.0
"""After how long where the database follows another, which keeps the index; it may take its place one day."""

WAY_SECONDS = 0.5
"""How long those who ask are left the processor between two steps, of about a tenth of a second each."""

LOOK_SECONDS = 0.02
"""How often it is looked whether they still ask."""


@contextmanager
def indexing(service: Service) -> Iterator[None]:
    """Reads the log into the index as it grows, as long as the block lasts."""
    ended = Event()
    thread = Thread(target=_follow, args=(service, ended), name="indexing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(service: Service, ended: Event) -> None:
    """
    Looks at the head now and then. A notification of each append would wake this process while it still answers it.
    """
    seen, reached, reached_at = -1, -1, monotonic()
    pause = 0.0
    while not ended.wait(pause):
        pause = QUIET_SECONDS
        try:
            head = service.log.head().position
            is_quiet, seen = head == seen, head
            if head == reached:
                reached_at = monotonic()
            elif is_quiet or monotonic() - reached_at > BEHIND_SECONDS:
                if _read(service, ended, None if is_quiet else QUIET_SECONDS):
                    reached = head
                reached_at = monotonic()
        except psycopg.errors.ReadOnlySqlTransaction:
            pause = READ_ONLY_SECONDS
        except (Refusal, psycopg.Error):
            pause = AGAIN_SECONDS


def _read(service: Service, ended: Event, seconds: float | None) -> bool:
    """Reads the log into the index, for so long at most; whether it is at the head."""
    begun = monotonic()
    while not ended.is_set():
        if service.searching.catch_up(0):
            return True
        if seconds is not None and monotonic() - begun > seconds:
            return False
        _make_way(service, ended)
    return False


def _make_way(service: Service, ended: Event) -> None:
    """Waits while others ask, but not for ever: who searches waits for the index, too."""
    until = monotonic() + WAY_SECONDS
    while not service.encoding.is_quiet and monotonic() < until and not ended.wait(LOOK_SECONDS):
        pass
