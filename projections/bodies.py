"""Answers as bytes, and a memory of them: what was asked once of an edition is the same whenever it is asked again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from threading import Lock
from typing import NamedTuple

from projections.answers import RULES, Edition
from projections.citing import address

_OF_BODY = 500
"""What a body takes in memory beside its bytes."""


class Question(NamedTuple):
    """A question without filters: which jurisdiction it is about, the world where that is None, and its days."""

    jurisdiction: str | None
    as_of: date
    known_on: date

    @property
    def path(self) -> str:
        """The path of its address."""
        return "/v1/state" if self.jurisdiction is None else f"/v1/jurisdictions/{self.jurisdiction}/state"

    def url(self, position: int) -> str:
        """The address of its answer by an edition."""
        times = {"as_of": str(self.as_of), "known_on": str(self.known_on), "position": str(position)}
        return address(self.path, times, {})


class Body:
    """The answer to a question as JSON of an edition; `licence` is that of its data."""

    def __init__(self, question: Question, content: bytes, edition: Edition, licence: str) -> None:
        self.content = content
        self.position = edition.position
        self._question = question
        self._recorded_at = edition.recorded_at
        self._licence = licence
        self.headers: dict[bool, tuple[bytes, bytes]] = {}
        """What whoever sends it has made of it, to send it again."""

    @cached_property
    def url(self) -> str:
        """The address at which it stays so."""
        return self._question.url(self.position)

    @cached_property
    def digest(self) -> str:
        """
        What tells these bytes from all others, in 32 hexadecimal digits.

        Of one log the address does, at which they stay the same for ever: so thousands of bytes need not be hashed.
        Another log has another moment at the position.
        """
        asked = self._question
        mark = _mark(asked.path, self.position, self._recorded_at, self._licence)
        return f"{mark}{asked.as_of.toordinal():06x}{asked.known_on.toordinal():06x}"


@lru_cache(maxsize=10_000)
def _mark(path: str, position: int, recorded_at: datetime, licence: str) -> str:
    """What tells an edition at an address from all others, in 20 hexadecimal digits: the same for all days."""
    return sha256(f"{path} {position} {RULES} {recorded_at} {licence}".encode()).hexdigest()[:20]


class Bodies:
    """Bodies by what was asked, within a number of bytes, the least used dropped first. Safe to share by threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Body] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def counts(self) -> tuple[int, int]:
        """How many bodies are kept, and how many bytes they take, about."""
        with self._lock:
            return len(self._kept), self._total

    def of(self, asked: Hashable) -> Body | None:
        """The body of what is asked, if it is kept."""
        with self._lock:
            found = self._kept.get(asked)
            if found is not None:
                self._kept.move_to_end(asked)
            return found

    def keep(self, asked: Hashable, body: Body) -> None:
        """Keeps a body; one that takes a tenth of all the room is not kept."""
        if (len(body.content) + _OF_BODY) * 10 > self._most:
            return
        with self._lock:
            if asked not in self._kept:
                self._kept[asked] = body
                self._total += len(body.content) + _OF_BODY
            while self._total > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._total -= len(dropped.content) + _OF_BODY
