"""A process that serves keeps the index of words up with the log, so that nobody who searches has to wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psycopg

from events.errors import Refusal
from projections.following import Follower
from services.operations.wiring import Service

QUIET_SECONDS = 1.0
"""How long the log has to stay as it is first: an import that is under way is left the processor."""

AGAIN_SECONDS = 5.0
"""After how long it is tried again where nothing could be written."""


@contextmanager
def indexing(service: Service) -> Iterator[None]:
    """Reads the log into the index as it grows, as long as the block lasts."""
    grown, ended = Event(), Event()

    def follow() -> None:
        while not ended.is_set():
            grown.wait()
            grown.clear()
            if ended.wait(QUIET_SECONDS) or grown.is_set():
                continue
            try:
                while not (ended.is_set() or grown.is_set() or service.searching.catch_up(0)):
                    pass
            except (Refusal, psycopg.Error):
                if not ended.wait(AGAIN_SECONDS):
                    grown.set()

    thread = Thread(target=follow, name="indexing", daemon=True)
    with Follower(service.url).telling(lambda head: grown.set()):
        thread.start()
        try:
            yield
        finally:
            ended.set()
            grown.set()
            thread.join()
