"""
What of a jurisdiction's measures makes its headline, and what would raise it (design, section 4).

Where a measure stands among headlines is two numbers, so that the strictest of thousands is found by comparing them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import compress
from typing import Protocol

from msgspec import UnsetType

from events.vocabulary import STRICTNESS, Status
from projections.answers import Headline


class Outlined(Protocol):
    """A measure on a day as far as headlines and filters look at it."""

    @property
    def measure(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def possible(self) -> tuple[Status, ...] | UnsetType: ...
    @property
    def effects(self) -> tuple[str, ...]: ...
    @property
    def subjects(self) -> tuple[str, ...]: ...
    @property
    def scope(self) -> tuple[str, ...]: ...
    @property
    def targets(self) -> tuple[str, ...]: ...


Place = bytes
"""
Where a measure stands: a byte for its place among those in force or declared, one for that among those to come.

The less, the stricter. A few dozen places are all there are.
"""

_RANK: dict[str, int] = {effect: rank for rank, effect in enumerate(STRICTNESS)}
_DECLARED = len(STRICTNESS)
"""Announced, and it declares that there is no ban: a headline where nothing is in force."""
_NOWHERE = 99
_COMING: tuple[Status, ...] = ("adopted", "proposed", "announced")
"""Among equals to come the status named first."""

NO_PLACE: Place = bytes([_NOWHERE, _NOWHERE])


@cache
def _place(now: int, coming: int) -> Place:
    """Each place once, so that those of thousands of lines lie close together in memory."""
    return bytes([now, coming])


def place_of(status: Status, effects: Iterable[str], targets: Sequence[str]) -> Place:
    """Where a measure stands with a status and effects, measures aimed at others aside."""
    ranks = [_RANK[effect] for effect in effects if effect in _RANK]
    if targets or not ranks:
        return NO_PLACE
    if status == "in_force":
        return _place(min(ranks), _NOWHERE)
    if status in _COMING:
        declares = status == "announced" and _RANK["declares_no_ban"] in ranks
        return _place(_DECLARED if declares else _NOWHERE, min(ranks) * len(_COMING) + _COMING.index(status))
    return NO_PLACE


def headlines_at(places: Iterable[Place], measures: Sequence[str]) -> tuple[Headline | None, Headline | None]:
    """The headline of some measures, by their places, and what would raise it. The order of measures is kept."""
    together = b"".join(places)
    return headlines_of(together[::2], together[1::2], measures)


def headlines_of(nows: bytes, comings: bytes, measures: Sequence[str]) -> tuple[Headline | None, Headline | None]:
    """The same by the two numbers of each measure, a byte each."""
    now, coming = min(nows, default=_NOWHERE), min(comings, default=_NOWHERE)
    headline = upcoming = None
    if now != _NOWHERE:
        declared = now == _DECLARED
        effect = "declares_no_ban" if declared else STRICTNESS[now]
        headline = Headline(effect, "announced" if declared else "in_force", _where(nows, now, measures))
    if coming != _NOWHERE:
        rank, status = divmod(coming, len(_COMING))
        raises = STRICTNESS[rank] != "none" if headline is None else rank < _RANK[headline.effect]
        if raises:
            upcoming = Headline(STRICTNESS[rank], _COMING[status], _where(comings, coming, measures))
    return headline, upcoming


def _where(numbers: bytes, number: int, measures: Sequence[str]) -> tuple[str, ...]:
    return tuple(compress(measures, map(number.__eq__, numbers)))


def headlines(lines: Sequence[Outlined]) -> tuple[Headline | None, Headline | None]:
    """The headline of some lines, and what would raise it."""
    places = [place_of(line.status, line.effects, line.targets) for line in lines]
    return headlines_at(places, [line.measure for line in lines])
