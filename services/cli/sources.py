"""The acts that answers rest on, with their sources: read from the histories of the measures."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from events.actions import Source
from projections.answering import Answering, Asked
from projections.answers import MeasureLine


class ActRead(Struct, frozen=True):
    """An act as an edition of the record has it."""

    act: str
    announced_on: str
    title: str
    authority: str
    citation: str | None
    sources: tuple[Source, ...]


Acts = dict[str, ActRead]


def acts_of(answering: Answering, lines: Iterable[MeasureLine], position: int) -> Acts:
    """The acts of measures by their slug, as recorded up to a position, corrections included."""
    found: Acts = {}
    for measure in dict.fromkeys(line.measure for line in lines):
        for entry in answering.history(measure, asked=Asked(position=position)).entries:
            if "announced_on" in entry:  # an action, or the correction that took its place: the later one holds
                found[str(entry["act"])] = act_in(entry)
    return found


def act_in(entry: dict[str, object]) -> ActRead:
    """The act of an entry of a history."""
    citation = entry.get("citation")
    return ActRead(
        act=str(entry["act"]),
        announced_on=str(entry["announced_on"]),
        title=str(entry.get("act_title") or ""),
        authority=str(entry.get("authority") or ""),
        citation=None if citation is None else str(citation),
        sources=msgspec.convert(entry.get("sources") or [], tuple[Source, ...]),
    )
