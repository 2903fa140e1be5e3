"""Measures through time, as a picture shows them: the runs of their status, and where their deadlines went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import cast

from msgspec import Struct

from events.dates import NEVER, last_day, span
from events.lifecycle import Lifecycle
from events.lives import Cycle
from events.partial import AnyDay
from events.vocabulary import DeadlineStatus, Effect, Status
from projections.fold import UNMOVING, MeasureFold
from projections.reading import in_cycle, standing_on, terms_on, void_from
from projections.state import listed

MOST_TURNS = 500
"""A measure that may turn on more days is looked at on so many of them, as evenly spread as they come."""

MOST_DEADLINES = 60
"""So many deadlines of a measure are told, those last due next to the day asked about; the others are counted."""


class Run(Struct, frozen=True):
    """Days on which a measure keeps its status and its effects, both inclusive; `to` is None for ever."""

    from_: date
    to: date | None
    status: Status
    effects: tuple[Effect, ...]


class Due(Struct, frozen=True):
    """Told on a day by an act: what is due, as recorded, and the last day that it may mean; None: without a date."""

    told_on: str
    due: str | None
    day: date | None
    act: str


class DeadlineLane(Struct, frozen=True):
    """
    A deadline with every day that it was due, in the order of the acts, and when it was met.

    `status` is that of the day asked about; None where it was set later than that.
    """

    deadline: str
    obliged: str
    status: DeadlineStatus | None
    dues: tuple[Due, ...]
    met_on: str | None
    met_by: str | None


class Lane(Struct, frozen=True):
    """
    A measure through time by the eyes of one day, in the latest reading of what is known in part; absence is no run.

    `unsure` are the days of which it is only known that a turn lies among them, both inclusive. `exact` is False where
    turns were left out; `more_deadlines` were.
    """

    measure: str
    runs: tuple[Run, ...]
    unsure: tuple[tuple[date, date], ...]
    deadlines: tuple[DeadlineLane, ...]
    exact: bool = True
    more_deadlines: int = 0


def lane_of(fold: MeasureFold, *, as_of: date, known_on: date) -> Lane:
    """A measure through time, as known on a day; its deadlines have their status on another."""
    known = known_on.toordinal()
    life = fold.life(known)
    turns = _spread(fold.turns)
    deadlines, more = _deadlines(life, as_of.toordinal())
    return Lane(
        measure=fold.measure,
        runs=tuple(_runs(life, turns)),
        unsure=tuple(_unsure(fold, known)),
        deadlines=tuple(deadlines),
        exact=len(turns) == len(fold.turns),
        more_deadlines=more,
    )


def _spread(turns: Sequence[int]) -> Sequence[int]:
    """The turns, or the first one in each of as many equal stretches of days as there may be."""
    if len(turns) <= MOST_TURNS:
        return turns
    first, days = turns[0], turns[-1] - turns[0] + 1
    kept: dict[int, int] = {}
    for turn in turns:
        kept.setdefault((turn - first) * MOST_TURNS // days, turn)
    return list(kept.values())


def _unsure(fold: MeasureFold, known_on: int) -> Iterator[tuple[date, date]]:
    """The days of announcement and of entry that are known in part, each span once, as may have been told by a day."""
    if not fold.partial:
        return
    spans: dict[tuple[int, int], None] = {}
    for action in fold.ordered.actions:
        slug = action.act.act
        if type(action) in UNMOVING or fold.first_days[slug] > known_on:
            continue
        spans[fold.first_days[slug], fold.last_days[slug]] = None
        effective_on = getattr(action, "effective_on", None)
        if isinstance(effective_on, str):
            read = span(effective_on)
            first = read.first.toordinal()
            if not getattr(action, "retroactive", False):
                first = max(first, fold.first_days[slug])
            spans[first, read.last.toordinal()] = None
    for low, high in sorted(spans):
        if low < high:
            yield date.fromordinal(low), date.fromordinal(high)


def _runs(life: Lifecycle, turns: Iterable[int]) -> list[Run]:
    found: list[Run] = []
    begun: tuple[int, Status, tuple[Effect, ...]] | None = None
    for day in turns:
        standing = standing_on(life, day)
        effects: tuple[Effect, ...] = ()
        if standing.status != "absent":
            effects = listed(terms_on(standing, day), "effects")  # type: ignore[assignment]
        if begun is not None and begun[1:] == (standing.status, effects):
            continue
        _close(found, begun, day - 1)
        begun = (day, standing.status, effects)
    _close(found, begun, None)
    return found


def _close(found: list[Run], begun: tuple[int, Status, tuple[Effect, ...]] | None, last: int | None) -> None:
    if begun is not None and begun[1] != "absent":
        day, status, effects = begun
        found.append(Run(date.fromordinal(day), None if last is None else date.fromordinal(last), status, effects))


def _deadlines(life: Lifecycle, as_of: int) -> tuple[list[DeadlineLane], int]:
    """The deadlines in the order in which they were set, and how many more there are."""
    settings = [
        (name, cycle, NEVER if later is None else cycles[later].day)
        for name, cycles in life.deadlines.items()
        for cycle, later in zip(cycles, [*range(1, len(cycles)), None], strict=True)
    ]
    told = settings
    if len(settings) > MOST_DEADLINES:
        by_distance = sorted(range(len(settings)), key=lambda at: abs(_last_due(settings[at][1]) - as_of))
        told = [settings[at] for at in sorted(by_distance[:MOST_DEADLINES])]
    return [_deadline(life, name, cycle, as_of, anew) for name, cycle, anew in told], len(settings) - len(told)


def _last_due(cycle: Cycle) -> int:
    """The last day on which it was due, or was told to be without a date."""
    told, due, _ = cycle.dues[-1]
    return cast("int", told) if due is None else last_day(due)


def _deadline(life: Lifecycle, name: str, cycle: Cycle, as_of: int, anew: AnyDay) -> DeadlineLane:
    """One setting of a deadline, to the day `anew` on which it is set again."""
    status: DeadlineStatus | None = None
    if cycle.day <= as_of:
        day = max(cast("int", cycle.day), min(as_of, cast("int", anew) - 1))
        status = in_cycle(name, cycle, day, void_from(life, cycle, day)).status
    dues = tuple(
        Due(act.announced_on, due, None if due is None else date.fromordinal(last_day(due)), act.act)
        for _, due, act in cycle.dues
    )
    _, met_on, met_by = (None, None, None) if cycle.met is None else cycle.met
    return DeadlineLane(name, cycle.obliged, status, dues, met_on, met_by)
