"""One diary of several jurisdictions: the rows of each, merged in the order of their day, a page at a time."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import heapify, heappop, heappush
from itertools import groupby, islice, takewhile
from typing import NamedTuple

from msgspec.structs import replace

from events.actions import Termed
from events.dates import NEVER
from events.errors import Refusal
from events.vocabulary import MEASURE, jurisdiction_of
from projections.answers import Change, Match
from projections.changes import Row, diary
from projections.fold import MeasureFold
from projections.state import Filters


class CursorUnreadable(Refusal):
    """A page begins at a place that another page names: the `next` of a diary, a link of a feed."""

    type = "cursor-unreadable"


class Place(NamedTuple):
    """The place of a row in the merged diary: its day, its measure, and which of the measure's rows of that day."""

    day: int
    jurisdiction: str
    measure: str
    turn: int

    def __str__(self) -> str:
        return f"{date.fromordinal(self.day).isoformat()}/{self.measure}/{self.turn}"


_PLACE = re.compile(rf"(\d{{4}}-\d\d-\d\d)/({MEASURE})/(\d{{1,9}})", re.ASCII)


def place_of(text: str) -> Place:
    """The place that `next` names. Raises CursorUnreadable."""
    read = _PLACE.fullmatch(text)
    try:
        if read is not None:
            measure = read[2]
            return Place(date.fromisoformat(read[1]).toordinal(), jurisdiction_of(measure), measure, int(read[4]))
    except ValueError:
        pass
    raise CursorUnreadable(
        f"'{text[:100]}' is no place in a diary: give the 'next' of the page before, or leave 'after' out.",
        after=text[:300],
    )


class Page(NamedTuple):
    """Rows in order, and the place of the last where more follow."""

    changes: tuple[Change, ...]
    next: Place | None


def page_of(
    folds: Iterable[MeasureFold],
    *,
    from_: date,
    to: date,
    known_on: date,
    limit: int,
    after: Place | None = None,
    filters: Filters = Filters(),
) -> Page:
    """
    The first rows of the merged diary after a place, both days inclusive; each is as its jurisdiction's diary has it.

    In the order of day, jurisdiction and measure. Filters choose measures: by the effects, subjects and scopes that
    any act announced by `known_on` gave them, so that a row which takes a subject away is found as well; rows of a
    measure that only a class matches are marked. No more diaries are written than the page needs.
    """
    first, last = from_.toordinal(), to.toordinal()
    if after is not None:
        first = max(first, after.day)
    measures = sorted((fold for fold in folds if may_change(fold, first, last)), key=_measure)
    places = [bisect_left(fold.diary_days, (first, 0)) for fold in measures]
    rows = _nearest(measures, places, _Written(known_on.toordinal(), filters), 1)
    within = takewhile(lambda placed: placed[0].day <= last, rows)
    found = list(islice((placed for placed in within if after is None or placed[0] > after), limit + 1))
    more = len(found) > limit
    return Page(tuple(change for _, change in found[:limit]), found[limit - 1][0] if more else None)


class Nearby(NamedTuple):
    """The last rows up to a day, that day included, and the first after it, each list in the order of the diary."""

    before: tuple[Change, ...]
    after: tuple[Change, ...]


def nearby(
    folds: Iterable[MeasureFold], day: date, *, known_on: date, most: int, filters: Filters = Filters()
) -> Nearby:
    """
    At most so many rows of the merged diary on each side of a day, as known on another.

    Writes no more diaries than it must: from day to day on which a row may stand, the nearest first.
    """
    measures = sorted(folds, key=_measure)
    written = _Written(known_on.toordinal(), filters)
    after = (day.toordinal(), NEVER)
    places = [bisect_right(fold.diary_days, after) for fold in measures]
    before = islice(_nearest(measures, [place - 1 for place in places], written, -1), most)
    ahead = islice(_nearest(measures, places, written, 1), most)
    return Nearby(tuple(change for _, change in before)[::-1], tuple(change for _, change in ahead))


class _Written:
    """The diaries that were written so far, by the eyes of one day."""

    def __init__(self, known_on: int, filters: Filters) -> None:
        self.known_on = known_on
        self._filters = filters
        self._written: dict[str, dict[int, list[tuple[Place, Change]]]] = {}

    def of(self, fold: MeasureFold, day: int) -> list[tuple[Place, Change]]:
        """The rows of a measure on a day, none where the filters leave it out; marked where only a class matches."""
        if fold.measure not in self._written:
            rows: dict[int, list[tuple[Place, Change]]] = {}
            for through in _chosen(fold, self.known_on, self._filters):
                for place, row in _placed(fold, self.known_on):
                    change = replace(row.change, matched=through) if through else row.change
                    rows.setdefault(place.day, []).append((place, change))
            self._written[fold.measure] = rows
        return self._written[fold.measure].get(day, [])


def _nearest(
    folds: Sequence[MeasureFold], places: Sequence[int], written: _Written, step: int
) -> Iterator[tuple[Place, Change]]:
    """The rows forward or backward of a place among the days of each measure, in the diary's order, or backward."""
    queue: list[tuple[int, int, int]] = []
    for number, (fold, at) in enumerate(zip(folds, places, strict=True)):
        if (place := _seen(fold, at, step, written.known_on)) is not None:
            queue.append((step * fold.diary_days[place][0], step * number, place))
    heapify(queue)
    while queue:
        signed, turn, at = heappop(queue)
        fold, here = folds[step * turn], step * signed
        yield from written.of(fold, here)[::step]
        if (place := _seen(fold, at + step, step, written.known_on)) is not None:
            heappush(queue, (step * fold.diary_days[place][0], turn, place))


def _seen(fold: MeasureFold, at: int, step: int, known_on: int) -> int | None:
    """The place of the next day, at a place or beyond it, that may be seen by what was known; None if there is none."""
    while 0 <= at < len(fold.diary_days):
        if fold.diary_days[at][1] <= known_on:
            return at
        at += step
    return None


def _measure(fold: MeasureFold) -> tuple[str, str]:
    return jurisdiction_of(fold.measure), fold.measure


def _placed(fold: MeasureFold, known_on: int) -> Iterator[tuple[Place, Row]]:
    jurisdiction = jurisdiction_of(fold.measure)
    for day, rows in groupby(diary(fold, known_on), key=_day):
        for turn, row in enumerate(rows):
            yield Place(day, jurisdiction, fold.measure, turn), row


def _day(row: Row) -> int:
    return row.day


def may_change(fold: MeasureFold, first: int, last: int) -> bool:
    """Whether a row of the measure may stand between two days, both inclusive; told without writing its diary."""
    days = fold.boundaries
    at = bisect_left(days, first)
    # What is over stands on its last day, the day before the boundary.
    return at < len(days) and days[at] <= last + 1


def _chosen(fold: MeasureFold, known_on: int, filters: Filters) -> Iterator[tuple[Match, ...]]:
    """Nothing where the filters leave the measure out; else, once, the classes by which alone they choose it."""
    if not filters:
        yield ()
        return
    said = _said_of(fold, known_on)
    if filters.concern(said["effects"], said["subjects"], said["scope"]):
        yield filters.through(said["subjects"])


def _said_of(fold: MeasureFold, known_on: int) -> Mapping[str, list[str]]:
    """The effects, subjects and scopes that acts announced by a day ever gave a measure."""
    said: dict[str, dict[str, None]] = {"effects": {}, "subjects": {}, "scope": {}}
    for action in fold.ordered.actions:
        if isinstance(action, Termed) and fold.first_days[action.act.act] <= known_on:
            for field, values in said.items():
                given = getattr(action, field)
                if isinstance(given, tuple):
                    values.update(dict.fromkeys(given))
    return {field: list(values) for field, values in said.items()}
