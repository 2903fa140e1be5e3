"""
A panel: what every measure, or every jurisdiction, was on each day of a window.

Nothing is folded day by day. The boxes of a measure (periods.py) say from which day to which it stays as it is, by the
eyes of one day as by those of each day, and there are as many of them as actions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from events.vocabulary import Status
from projections.fold import MeasureFold
from projections.headlines import headlines
from projections.periods import boxes_of
from projections.state import outline_on


class MeasureRun(NamedTuple):
    """A measure from a day up to the one before another, both ordinals; `possible` where other statuses may be."""

    from_: int
    to: int
    status: Status
    is_possible: bool
    effects: tuple[str, ...]
    targets: tuple[str, ...]


class HeadlineRun(NamedTuple):
    """The headline of a jurisdiction and what would raise it, effects and statuses, from a day up to another."""

    from_: int
    to: int
    effect: str | None
    status: str | None
    upcoming_effect: str | None
    upcoming_status: str | None


class _Terms(Struct, frozen=True):
    effects: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


class _Kind(NamedTuple):
    """What headlines look at, in the shape in which they take a measure: many measures of a kind count as one."""

    measure: str
    status: Status
    possible: UnsetType
    effects: tuple[str, ...]
    subjects: tuple[str, ...]
    scope: tuple[str, ...]
    targets: tuple[str, ...]


_terms = msgspec.json.Decoder(_Terms).decode


def measure_runs(fold: MeasureFold, first: int, last: int, known_on: int | None) -> list[MeasureRun]:
    """
    A measure through the days from `first` to `last`, both ordinals and inclusive: every day in one run, in order.

    By the eyes of one day, or, without `known_on`, each day by its own.
    """
    runs: list[MeasureRun] = []
    day = first
    for from_, to, status, exact, value in sorted(_seen(fold, first, last, known_on)):
        if day < from_:
            runs.append(MeasureRun(day, from_, "absent", False, (), ()))
        if exact:
            terms = _terms(value)
            runs.append(MeasureRun(from_, to, status, False, terms.effects, terms.targets))
        else:
            runs += _open_runs(fold, from_, to, known_on)
        day = to
    if day <= last:
        runs.append(MeasureRun(day, last + 1, "absent", False, (), ()))
    return list(_joined(runs))


def headline_runs(folds: Iterable[MeasureFold], first: int, last: int, known_on: int | None) -> list[HeadlineRun]:
    """The headline of a jurisdiction through the same days, by its measures, which are taken one by one."""
    moves: list[tuple[int, int, _Kind]] = []
    kinds: dict[_Kind, _Kind] = {}
    for fold in folds:
        before: _Kind | None = None
        for run in measure_runs(fold, first, last, known_on):
            kind = _Kind("", run.status, UNSET, run.effects, (), (), run.targets)
            kind = kinds.setdefault(kind, kind)
            if before is not None:
                moves.append((run.from_, -1, before))
            moves.append((run.from_, 1, kind))
            before = kind
    moves.sort(key=_day)
    there: Counter[_Kind] = Counter()
    found: list[HeadlineRun] = []
    for at, (day, number, kind) in enumerate(moves):
        there[kind] += number
        if at + 1 < len(moves) and moves[at + 1][0] == day:
            continue
        present = [each for each, many in there.items() if many]
        headline, upcoming = headlines(present)
        shown = (
            None if headline is None else headline.effect,
            None if headline is None else headline.status,
            None if upcoming is None else upcoming.effect,
            None if upcoming is None else upcoming.status,
        )
        if found and found[-1][2:] == shown:
            continue
        if found:
            found[-1] = found[-1]._replace(to=day)
        found.append(HeadlineRun(day, last + 1, *shown))
    return found or [HeadlineRun(first, last + 1, None, None, None, None)]


def _day(move: tuple[int, int, _Kind]) -> int:
    return move[0]


def _seen(
    fold: MeasureFold, first: int, last: int, known_on: int | None
) -> Iterator[tuple[int, int, Status, bool, bytes]]:
    """The boxes of a measure as they are met on the days: on one line of known days, or on the diagonal."""
    for box in boxes_of(fold):
        if box.kind != "measure":
            continue
        low, high = max(box.valid_from, first), min(box.valid_to, last + 1)
        if known_on is None:
            low, high = max(low, box.known_from), min(high, box.known_to)
        elif not box.known_from <= known_on < box.known_to:
            continue
        if low < high:
            yield low, high, box.status or "absent", box.exact, box.value  # type: ignore[misc]


def _open_runs(fold: MeasureFold, from_: int, to: int, known_on: int | None) -> Iterator[MeasureRun]:
    """Days on which a partial day may leave another status possible: whether it does, from boundary to boundary."""
    days = [from_, *(day for day in fold.boundaries if from_ < day < to), to]
    for day, until in pairwise(days):
        read = outline_on(fold, day, day if known_on is None else known_on)
        yield MeasureRun(day, until, read.status, read.possible is not UNSET, read.effects, read.targets)


def _joined(runs: Iterable[MeasureRun]) -> Iterator[MeasureRun]:
    last: MeasureRun | None = None
    for run in runs:
        if last is not None and last[2:] == run[2:]:
            last = last._replace(to=run.to)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last
