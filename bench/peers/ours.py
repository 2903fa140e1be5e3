"""Dateline in process, as its doors ask it."""

from __future__ import annotations

from datetime import date

from projections.answering import HEAD, Asked
from services.operations.wiring import Service


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
