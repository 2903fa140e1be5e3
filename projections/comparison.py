"""Two readings held against each other: of two days, by the eyes of two, or in two editions of the record."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import UNSET, Struct
from msgspec.structs import replace

from projections.answers import (
    Change,
    Headline,
    MatrixRow,
    MeasureCompared,
    MeasureLine,
    RowCompared,
    RowRestated,
)
from projections.changes import diary
from projections.diaries import may_change
from projections.fold import MeasureFold
from projections.jurisdictions import name_of
from projections.restatement import CLASSES, LineThatDiffers, differing, why_of
from projections.state import EVERYTHING, lines_on, matrix_row

Folds = Mapping[str, MeasureFold]
Times = tuple[date, date]
"""A day, and the day by whose eyes it is read."""

MOVING = frozenset(
    {
        "proposed", "announced", "adopted", "took_effect", "amended", "terms_changed", "rescheduled", "extended",
        "expired", "suspended", "reinstated", "ended",
    }
)  # fmt: skip
"""What may move a headline."""

MOST_ROWS = 3
"""Rows of the diary that are told of a jurisdiction, the last ones."""

MOST_MEASURES = 20
"""Measures of one headline whose diaries are looked through for them."""


class Reading(Struct, frozen=True):
    """The lines of a jurisdiction on a day, by the eyes of another; `folds` are its measures in an edition."""

    folds: Folds
    lines: tuple[MeasureLine, ...]
    row: MatrixRow | None
    """Its row in the world matrix; None where nothing of it is on record."""


NOTHING = Reading({}, (), None)
"""How nothing reads."""


def reading_of(jurisdiction: str, folds: Folds, as_of: date, known_on: date) -> Reading:
    """How a jurisdiction reads."""
    lines = lines_on(folds.values(), as_of, known_on)
    return Reading(folds, EVERYTHING.chosen(lines), matrix_row(jurisdiction, lines) if folds else None)


def two_readings(jurisdiction: str, folds: Folds, before: Times, after: Times) -> tuple[Reading, Reading]:
    """
    How a jurisdiction reads on a day by the eyes of another, twice.

    A measure without a boundary between the days, nor between the eyes, is read once.
    """
    first = reading_of(jurisdiction, folds, *before)
    moving = {measure: fold for measure, fold in folds.items() if _may_read_otherwise(fold, before, after)}
    if not moving:
        return first, first
    again = lines_on(moving.values(), *after)
    lines = sorted([*(line for line in first.lines if line.measure not in moving), *again], key=_name)
    return first, Reading(folds, EVERYTHING.chosen(lines), matrix_row(jurisdiction, lines))


def _name(line: MeasureLine) -> str:
    return line.measure


def may_read_otherwise(folds: Folds, before: Times, after: Times) -> bool:
    """Whether any of some measures can read otherwise; told without reading them."""
    return any(_may_read_otherwise(fold, before, after) for fold in folds.values())


def _may_read_otherwise(fold: MeasureFold, before: Times, after: Times) -> bool:
    days = fold.boundaries
    return any(
        bisect_right(days, one.toordinal()) != bisect_right(days, other.toordinal())
        for one, other in zip(before, after, strict=True)
    )


def measures_compared(
    before: Reading, after: Reading, eyes: tuple[date, date], *, inherited: bool = False
) -> Iterator[MeasureCompared]:
    """The measures that read otherwise in another reading of the same edition, in order of name."""
    lines = [{line.measure: line for line in reading.lines} for reading in (before, after)]
    folds = {**before.folds, **after.folds}
    for line in _reading_otherwise(before.lines, after.lines):
        yield MeasureCompared(
            measure=line.measure,
            inherited=inherited,
            before=lines[0].get(line.measure),
            after=lines[1].get(line.measure),
            changed=line.changed,
            acts=_acts_behind(line, folds[line.measure], eyes),
        )


def _reading_otherwise(before: Iterable[MeasureLine], after: Iterable[MeasureLine]) -> Iterator[LineThatDiffers]:
    """The measures whose lines differ by more than what only tells how far it is to another day."""
    return differing(map(_steady, before), map(_steady, after))


def _steady(line: MeasureLine) -> MeasureLine:
    if line.next_change is None and all(each.days_overdue is UNSET for each in line.deadlines):
        return line
    deadlines = tuple(replace(each, days_overdue=UNSET) for each in line.deadlines)
    return replace(line, next_change=None, deadlines=deadlines)


def row_compared(
    jurisdiction: str, before: Reading, after: Reading, *, days: tuple[date, date], eyes: tuple[date, date]
) -> RowCompared | None:
    """
    A jurisdiction in two readings of one edition; None where no line differs.

    The diary between the days is told by the later eyes.
    """
    lines = list(_reading_otherwise(before.lines, after.lines))
    if not lines or before.row is None or after.row is None:
        return None
    moved = _moved(lines, before.row, after.row)
    return RowCompared(
        jurisdiction=jurisdiction,
        name=name_of(jurisdiction),
        before=before.row,
        after=after.row,
        measures=tuple(line.measure for line in lines),
        acts=tuple(dict.fromkeys(act for line in lines for act in _acts_behind(line, after.folds[line.measure], eyes))),
        changes=tuple(_changes([after.folds[measure] for measure in moved], days, eyes[1])),
    )


def _moved(lines: Sequence[LineThatDiffers], before: MatrixRow, after: MatrixRow) -> list[str]:
    """The measures whose lines differ that made a headline, or what was on its way, where that is another now."""
    named: set[str] = set()
    for old, new in ((before.headline, after.headline), (before.upcoming, after.upcoming)):
        if old != new:
            named.update(measure for each in (old, new) if isinstance(each, Headline) for measure in each.measures)
    return [line.measure for line in lines if line.measure in named][:MOST_MEASURES]


def _acts_behind(line: LineThatDiffers, fold: MeasureFold, eyes: tuple[date, date]) -> tuple[str, ...]:
    """
    The acts on which a line rests now and did not before, in the order of acts.

    Where there are none, those of the measure that were announced between the eyes: they date what others said.
    """
    known = () if line.then is None else line.then.acts
    since = [] if line.now is None else [act for act in line.now.acts if act not in known]
    if since:
        return tuple(since)
    first, last = (day.toordinal() for day in eyes)
    return tuple(act for act in sorted(fold.places, key=fold.places.__getitem__) if first < fold.last_days[act] <= last)


def _changes(folds: Iterable[MeasureFold], days: tuple[date, date], known_on: date) -> Iterator[Change]:
    """The last rows of the diary that may have moved a headline between two days, in order."""
    first, last = (day.toordinal() for day in days)
    rows = [
        row
        for fold in folds
        if may_change(fold, first, last)
        for row in diary(fold, known_on.toordinal())
        # A measure expires on its last day: it reads otherwise from the next one on.
        if row.change.what in MOVING and first < row.day + (row.change.what == "expired") <= last
    ]
    rows.sort(key=lambda row: (row.day, row.change.measure))
    return (row.change for row in rows[-MOST_ROWS:])


def lines_restated(then: Reading, now: Reading) -> list[LineThatDiffers]:
    """The lines that differ between two editions; none where nothing was recorded of the jurisdiction in between."""
    return [] if then.folds is now.folds else list(differing(then.lines, now.lines))


def row_restated(
    jurisdiction: str,
    then: Reading,
    now: Reading,
    lines: Sequence[LineThatDiffers],
    *,
    known_on: date,
    standing: Collection[str],
    reviewed: bool,
) -> RowRestated:
    """
    A jurisdiction in two editions, by the lines that differ: none where it was only `reviewed` in between.

    `standing` are the acts that stood anywhere at the earlier edition.
    """
    why = [why_of(line, then.folds, now.folds, known_on=known_on.toordinal(), standing=standing) for line in lines]
    classes = {each for acts in why for became in acts.values() for each in became}
    if reviewed:
        classes.add("reviewed")
    return RowRestated(
        jurisdiction=jurisdiction,
        name=name_of(jurisdiction),
        then=then.row,
        now=now.row,
        measures=tuple(line.measure for line in lines),
        classes=tuple(each for each in CLASSES if each in classes),
        acts=tuple(dict.fromkeys(act for acts in why for act in sorted(acts))),
    )
