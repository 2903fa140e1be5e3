"""A database with a record in it, and what is asked of one before and after it was moved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import psycopg

from projections.database import migrate
from services.operations import wiring
from services.operations.fingerprint import Fingerprint, fingerprint
from tests.recording.telling import act

FAST = {"fsync": "off", "synchronous_commit": "off"}
"""For servers that a test throws away; never for one whose backup is restored."""


def record(url: str, acts: int, prefix: str = "law") -> None:
    """Migrates, and records so many acts of XA, one append each."""
    migrate(url)
    with wiring.service(url, connections=2) as service:
        for number in range(acts):
            _record_one(service, f"{prefix}-{number}", number)


def _record_one(service: wiring.Service, slug: str, number: int) -> None:
    day = (date(2019, 1, 1) + timedelta(days=number % 2000)).isoformat()
    service.recording.record([act(slug, day)], recorded_by="ada")


@contextmanager
def load(url: str) -> Iterator[list[int]]:
    """Somebody who records all the time; the positions that were acknowledged so far."""
    acknowledged: list[int] = []
    enough = threading.Event()
    failed: list[Exception] = []

    def go_on() -> None:
        try:
            with wiring.service(url, connections=2) as service:
                for number in range(1_000_000):
                    if enough.is_set():
                        return
                    _record_one(service, f"load-{number}", number)
                    acknowledged.append(service.log.head().position)
        except Exception as error:
            failed.append(error)

    recording = threading.Thread(target=go_on)
    recording.start()
    try:
        yield acknowledged
    finally:
        enough.set()
        recording.join()
    assert not failed, failed


def fingerprint_of(url: str, up_to: int | None = None) -> Fingerprint:
    """The fingerprint of the log of a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        return fingerprint(connection, up_to)
