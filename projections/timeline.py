"""The headlines of the world through time, and the days on which anything changes: what a map steps through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from projections.answers import RULES, Edition, Headline, Headlines, MeasureLine, Timeline
from projections.fold import MeasureFold
from projections.headlines import headlines
from projections.state import EVERYTHING, Filters, line_on


class Neighbours(NamedTuple):
    """The last day before a day, and the first after it, from which something reads otherwise; None for none."""

    before: date | None
    after: date | None
    measures: tuple[MeasureFold, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """All days, in order and as often as there are measures, on which the reading of a measure may change."""
        return tuple(map(date.fromordinal, sorted(day for fold in self.measures for day in fold.boundaries)))


def timeline_of(
    folds: Mapping[str, Sequence[MeasureFold]],
    *,
    known_on: date | None,
    edition: Edition,
    filters: Filters = EVERYTHING,
) -> Timeline:
    """
    The headlines of jurisdictions through time, each row from its day on until the next.

    Without `known_on`, each day is read by the eyes of that day. With a filter, a jurisdiction has a headline while a
    measure of it matches all of it, as in the world matrix. Measures by jurisdiction, those without any left out.
    """
    days: set[int] = set()
    rows: dict[str, tuple[Headlines, ...]] = {}
    for code in sorted(folds):
        turns = [list(_turns(fold, known_on)) for fold in folds[code]]
        rows[code] = tuple(_rows(turns, filters))
        for each in turns:
            days.update(day for day, line in each[:1] if _chosen(filters, line))
            days.update(day for (_, before), (day, line) in pairwise(each) if _chosen(filters, before, line))
    changes = sorted(days)
    return Timeline(
        known_on=None if known_on is None else known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        changes=tuple(date.fromordinal(day).isoformat() for day in changes),
        jurisdictions=rows,
    )


def neighbours(
    folds: Iterable[MeasureFold], as_of: date, *, known_on: date | None, filters: Filters = EVERYTHING
) -> Neighbours:
    """
    The days next to a day on which a measure that is asked for reads otherwise than the day before.

    Looks no further than it must: from boundary to boundary, the nearest first. Without `known_on`, by the eyes of
    each day.
    """
    measures = tuple(folds)
    return Neighbours(
        _nearest(measures, as_of.toordinal(), known_on, filters, -1),
        _nearest(measures, as_of.toordinal(), known_on, filters, 1),
        measures,
    )


def _nearest(
    folds: Sequence[MeasureFold], from_: int, known_on: date | None, filters: Filters, step: int
) -> date | None:
    """The nearest day of change, backward or forward of a day."""
    queue: list[tuple[int, int, int]] = []
    for number, fold in enumerate(folds):
        days = fold.boundaries
        at = bisect_right(days, from_) if step > 0 else bisect_left(days, from_) - 1
        if 0 <= at < len(days):
            queue.append((step * days[at], number, at))
    heapify(queue)
    while queue:
        signed, number, at = heappop(queue)
        fold, day = folds[number], step * signed
        if _reads_otherwise(fold, day, known_on, filters):
            return date.fromordinal(day)
        at += step
        if 0 <= at < len(fold.boundaries):
            heappush(queue, (step * fold.boundaries[at], number, at))
    return None


def _reads_otherwise(fold: MeasureFold, day: int, known_on: date | None, filters: Filters) -> bool:
    """Whether a measure that is asked for reads otherwise on a day than the day before."""
    if day <= date.min.toordinal():
        return False
    before, after = (line_on(fold, each, each if known_on is None else known_on.toordinal()) for each in (day - 1, day))
    return _chosen(filters, before, after) and _shown(before) != _shown(after)


def _turns(fold: MeasureFold, known_on: date | None) -> Iterator[tuple[int, MeasureLine]]:
    """A measure from each of the days on which it begins to read otherwise, in order."""
    last: object = None
    for day in fold.boundaries:
        line = line_on(fold, day, day if known_on is None else known_on.toordinal())
        shown = _shown(line)
        if shown != last and (last is not None or line.status != "absent" or line.certainty != "certain"):
            last = shown
            yield day, line


def _shown(line: MeasureLine) -> object:
    """What of a line is seen: its status, its terms, its dates and what became of its deadlines."""
    deadlines = tuple((each.deadline, each.due, each.status) for each in line.deadlines)
    return (
        line.status, line.possible or (), line.effects, line.subjects, line.scope, line.targets, line.values or {},
        line.effective_on, line.expires_on, deadlines,
    )  # fmt: skip


def _chosen(filters: Filters, *lines: MeasureLine) -> bool:
    return any(filters.accept(line) for line in lines)


def _rows(turns: Sequence[Sequence[tuple[int, MeasureLine]]], filters: Filters) -> Iterator[Headlines]:
    """The headlines of one jurisdiction, by the turns of its measures."""
    lines: dict[str, MeasureLine] = {}
    last: tuple[object, ...] | None = None
    moves = sorted((day, line.measure, line) for each in turns for day, line in each)
    for at, (day, measure, line) in enumerate(moves):
        lines[measure] = line
        if at + 1 < len(moves) and moves[at + 1][0] == day:
            continue
        present = list(lines.values())
        headline, upcoming = headlines(present) if not filters or filters.chosen(present) else (None, None)
        shown = (*_named(headline), *_named(upcoming))
        if shown != last and (last is not None or any(shown)):
            last = shown
            yield Headlines(date.fromordinal(day).isoformat(), *shown)


def _named(headline: Headline | None) -> tuple[str | None, str | None]:
    return (None, None) if headline is None else (headline.effect, headline.status)
