"""How measures stand to one another: which are aimed at a jurisdiction by others, and which are linked, either way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from events.vocabulary import LinkType, jurisdiction_of
from projections.answers import MeasureLine
from projections.fold import MeasureFold
from projections.state import line_if_there, line_on


class Relation(Struct, frozen=True):
    """
    A link between the measure asked about and another, and the acts that tell it.

    `is_told_here`: it is acts of the measure asked about that say so, of the other; else the other way round. `line` is
    the other measure on the day asked about; None where it is not there, or not on record.
    """

    type: LinkType
    measure: str
    acts: tuple[str, ...]
    is_told_here: bool
    line: MeasureLine | None


class Relations(Struct, frozen=True):
    """The first links of a measure in their order, and how many more there are."""

    told: tuple[Relation, ...]
    more: int


MOST_RELATIONS = 100
"""So many links of a measure are told; the others are counted."""


def aimed_at(
    jurisdiction: str, folds: Iterable[MeasureFold], *, as_of: date, known_on: date
) -> tuple[MeasureLine, ...]:
    """The measures of others that on a day name a jurisdiction among their targets, as known on another, by name."""
    lines = (
        line_on(fold, as_of.toordinal(), known_on.toordinal())
        for fold in folds
        if jurisdiction in fold.named and jurisdiction_of(fold.measure) != jurisdiction
    )
    return tuple(sorted((line for line in lines if jurisdiction in line.targets), key=_measure))


def relations_of(measure: str, folds: Mapping[str, MeasureFold], *, as_of: date, known_on: date) -> Relations:
    """
    The links of a measure to others and of others to it, told by acts announced by `known_on`.

    Those that it tells stand first, each list in the order of names; links to itself are left out. `folds` are all
    measures on record, by name.
    """
    own = folds.get(measure)
    told: dict[tuple[bool, str, LinkType], list[str]] = {}
    for kind, to, act in () if own is None else _links(own, known_on):
        if to != measure:
            told.setdefault((False, to, kind), []).append(act)
    for other in folds.values():
        if measure in other.named and other.measure != measure:
            for kind, to, act in _links(other, known_on):
                if to == measure:
                    told.setdefault((True, other.measure, kind), []).append(act)
    return Relations(
        tuple(
            Relation(kind, other, tuple(acts), not is_told_there, _line(folds.get(other), as_of, known_on))
            for (is_told_there, other, kind), acts in sorted(told.items())[:MOST_RELATIONS]
        ),
        max(0, len(told) - MOST_RELATIONS),
    )


def _links(fold: MeasureFold, known_on: date) -> list[tuple[LinkType, str, str]]:
    """The links that the acts of a measure told by a day, each once, in the order of acts."""
    links = {
        (link.type, link.to, action.act.act): None
        for action in fold.ordered.actions
        if fold.last_days[action.act.act] <= known_on.toordinal()
        for link in action.act.links
    }
    return list(links)


def _line(fold: MeasureFold | None, as_of: date, known_on: date) -> MeasureLine | None:
    return None if fold is None else line_if_there(fold, as_of.toordinal(), known_on.toordinal())


def _measure(line: MeasureLine) -> str:
    return line.measure
