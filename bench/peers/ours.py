"""Dateline in process, as its server asks it: it follows the log, and answers leave as bytes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from time import monotonic, sleep

from projections.answering import HEAD, Asked
from projections.following import Follower
from services.cli.serving import collect_seldom
from services.operations.wiring import Service

AWHILE = 0.01
"""Seconds after which it is looked again whether it was learned of."""

PATIENCE = 30.0
"""Seconds after which it is not waited for any more."""


class Ours:
    """Answers of a service. They say more than what is compared: acts, titles, since when, what comes next."""

    def __init__(self, built: Service, name: str = "Dateline") -> None:
        self.name = name
        self._built = built

    def state(self, jurisdiction: str, day: date, asked: Asked = HEAD) -> bytes:
        """The state at the head, or at the edition asked."""
        return self._built.encoding.state(jurisdiction, as_of=day, known_on=day, asked=asked).content

    def world(self, day: date) -> bytes:
        """The world matrix at the head."""
        return self._built.encoding.world(as_of=day, known_on=day).content


def read_all(built: Service) -> None:
    """Has everything read that is asked about, as a server that nobody asks for a while does by itself."""
    with built.pool.connection() as connection:
        codes = connection.execute("select jurisdiction from dateline.jurisdiction").fetchall()
    for (code,) in codes:
        built.encoding.state(code)
        while built.encoding.read_on():
            pass


@contextmanager
def as_served() -> Iterator[None]:
    """Python's collector as a server of Dateline has it, as long as the block lasts; for all that is asked in it."""
    thresholds = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@contextmanager
def following(built: Service) -> Iterator[Service]:
    """A service that learns of the head from the log, as long as the block lasts; it has learned of it before."""
    follower = Follower(built.url)
    with built.encoding.following(follower):
        until = monotonic() + PATIENCE
        while not follower.is_awake:
            if monotonic() > until:
                raise TimeoutError(f"the log could not be followed within {PATIENCE} s")
            sleep(AWHILE)
        yield built
