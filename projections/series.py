"""How many jurisdictions did what, point by point through a window: the world matrix counted, day after day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import is_
from typing import Literal, NamedTuple, get_args

from msgspec import UNSET

from events.errors import Refusal
from events.vocabulary import STRICTNESS
from projections.answers import RULES, Edition, MeasureLine, Point, Series
from projections.citing import address
from projections.fold import MeasureFold
from projections.state import EVERYTHING, Filters, Passing, line_on

Step = Literal["month", "quarter", "year"]

STEPS: tuple[Step, ...] = get_args(Step)
MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "year": 12}

MOST_POINTS = 600
"""Points of one series: fifty years by month."""

NO_HEADLINE = "no_headline"
COUNTED = (*STRICTNESS, NO_HEADLINE)
"""What a jurisdiction counts as, the strictest first."""


class TooManyPoints(Refusal):
    """A series has at most so many points."""

    type = "too-many-points"


def number_of_points(from_: date, to: date, step: str) -> int:
    """How many points a window has: one for each month, quarter or year of the calendar that it touches."""
    return _period(to, step) - _period(from_, step) + 1


def days_of_points(from_: date, to: date, step: str) -> list[date]:
    """
    The days of the points of a window: the last day of each period that it touches, `to` for the last of them.

    Both days of the window are inclusive, `to` not before `from_`. Raises TooManyPoints.
    """
    number = number_of_points(from_, to, step)
    if number > MOST_POINTS:
        raise TooManyPoints(
            f"From {from_} to {to} by {step} are {number} points, and a series has at most {MOST_POINTS}: "
            "shorten the window, or take a longer step.",
            points=number,
            most=MOST_POINTS,
        )
    first = _period(from_, step)
    return [min(_last_day(period, step), to) for period in range(first, first + number)]


def _period(day: date, step: str) -> int:
    return (day.year * 12 + day.month - 1) // MONTHS[step]


def _last_day(period: int, step: str) -> date:
    year, month = divmod((period + 1) * MONTHS[step], 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def series_between(
    folds: Mapping[str, Sequence[MeasureFold]],
    *,
    from_: date,
    to: date,
    step: Step,
    known_on: date | None,
    edition: Edition,
    jurisdictions: Sequence[str] = (),
    filters: Filters = EVERYTHING,
) -> Series:
    """
    The world matrix of each point, counted: every jurisdiction of a row once, as `counted_as` says of it.

    Without `known_on`, each point is read by the eyes of its own day. `folds` are the measures by jurisdiction, of
    those asked for where any are; `no_record` names those of them that have none. Raises TooManyPoints.
    """
    days = days_of_points(from_, to, step)
    grouped: list[dict[str, list[str]]] = [{each: [] for each in COUNTED} for _ in days]
    through: list[list[str]] = [[] for _ in days]
    passing = Passing(filters)
    for code in sorted(folds):
        measures = list(passing.by(folds[code]))
        for at, counted in enumerate(_counted_on(measures, days, known_on, filters)):
            if counted is not None:
                grouped[at][counted.as_].append(code)
                if counted.through_alone:
                    through[at].append(code)
    points = (
        _point(day, known_on or day, edition, groups, alone, filters)
        for day, groups, alone in zip(days, grouped, through, strict=True)
    )
    missing = sorted({code for code in jurisdictions if not folds.get(code)})
    return Series(
        from_=from_.isoformat(),
        to=to.isoformat(),
        step=step,
        known_on=None if known_on is None else known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        points=tuple(points),
        no_record=tuple(missing) if missing else UNSET,
        unknown=passing.unknown() or UNSET,
    )


def _point(
    on: date,
    known_on: date,
    edition: Edition,
    groups: Mapping[str, Sequence[str]],
    through: Sequence[str],
    filters: Filters,
) -> Point:
    times = {"as_of": on.isoformat(), "known_on": known_on.isoformat(), "position": str(edition.position)}
    return Point(
        on=on.isoformat(),
        known_on=known_on.isoformat(),
        jurisdictions=sum(map(len, groups.values())),
        counts={each: len(codes) for each, codes in groups.items()},
        codes={each: tuple(codes) for each, codes in groups.items() if codes},
        matched=tuple(through) if through else UNSET,
        state=address("/v1/state", times, filters.parameters()),
    )


def counted_as(lines: Iterable[MeasureLine], filters: Filters = EVERYTHING) -> str:
    """
    What a jurisdiction counts as, by those of its measures that match the filters; without any it is its headline.

    The strictest effect in force, measures aimed at others aside; if there is none, a declared position that stands.
    Where the filters name statuses, the strictest effect of all measures that match, whichever of these they have.
    Where they name effects, no other effect counts.
    """
    own = [line for line in lines if not line.targets]
    effects = {effect for line in own if filters.statuses or line.status == "in_force" for effect in line.effects}
    if not effects.intersection(STRICTNESS):
        effects = {
            "declares_no_ban" for line in own if line.status == "announced" and "declares_no_ban" in line.effects
        }
    if filters.effects:
        effects.intersection_update(filters.effects)
    return next((effect for effect in STRICTNESS if effect in effects), NO_HEADLINE)


class _Counted(NamedTuple):
    """A jurisdiction on a day: what it counts as, and whether all that matches does so through a class."""

    as_: str
    through_alone: bool


def _counted_on(
    measures: Sequence[MeasureFold], days: Sequence[date], known_on: date | None, filters: Filters
) -> Iterator[_Counted | None]:
    """A jurisdiction on each of the days, None where nothing matches; counted anew where a measure reads otherwise."""
    before: tuple[MeasureLine, ...] = ()
    counted: _Counted | None = None
    for lines in zip(*(_lines(fold, days, known_on) for fold in measures), strict=True):
        if not before or not all(map(is_, lines, before)):
            before, chosen = lines, filters.chosen(lines)
            counted = None
            if chosen or not filters:
                counted = _Counted(counted_as(chosen, filters), bool(chosen) and all(line.matched for line in chosen))
        yield counted


def _lines(fold: MeasureFold, days: Sequence[date], known_on: date | None) -> Iterator[MeasureLine]:
    """
    A measure on each of the days, which rise; what of a line counts down the days (`days_overdue`) is not kept up.

    No reading changes between two boundaries, neither by the day nor by the eyes, which are the day's own or stay.
    """
    within: int | None = None
    line: MeasureLine | None = None
    for day in days:
        now = bisect_right(fold.boundaries, day.toordinal())
        if line is None or now != within:
            within, line = now, line_on(fold, day.toordinal(), (known_on or day).toordinal())
        yield line
