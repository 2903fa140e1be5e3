"""Answers as bytes, and a memory of them: what was asked once of an edition is the same whenever it is asked again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from hashlib import sha256
from threading import Lock

from projections.answers import Edition

_OF_BODY = 500
"""What a body takes in memory beside its bytes."""


class Body:
    """An answer as JSON of an edition; `url` is the address at which it stays so, `licence` that of its data."""

    def __init__(self, content: bytes, edition: Edition, url: str, licence: str) -> None:
        self.content = content
        self.position = edition.position
        self.url = url
        self._told_by = f"{url} {edition.recorded_at} {licence}"
        self.headers: dict[bool, bytes] = {}
        """What whoever sends it has made of it, to send it again."""

    @cached_property
    def digest(self) -> str:
        """
        What tells these bytes from all others, in 32 hexadecimal digits.

        Of one log the address does, at which they stay the same for ever: so thousands of bytes need not be hashed.
        Another log has another moment at the position.
        """
        return sha256(self._told_by.encode()).hexdigest()[:32]


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
