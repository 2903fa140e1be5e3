"""One measure on a day with all of its life around it: its lane, its runs, its acts. What its page shows."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType

from events.actions import Act
from projections.answers import RULES, Cite, Edition, MeasureLine, Profile
from projections.fold import MeasureFold
from projections.lanes import Lane, lane_of
from projections.measure import profile
from projections.state import line_if_there

MOST_BOUNDARIES = 400
"""A measure that may change on more days is told through time around the day asked about."""

MOST_MARKS = 300
"""So many acts of a measure are named, those announced next to the day asked about; the others are a day each."""


class Mark(Struct, frozen=True):
    """An act on a measure: its first possible day of announcement, and what it did, in the order of its actions."""

    on: date
    act: Act
    did: tuple[str, ...]


class Life(Struct, frozen=True, kw_only=True):
    """
    A measure on a day with all of its life, as known on another.

    `line` is None where it is not there. `runs` is its profile, whole unless `runs_are_all` is False: then only what
    lies around the day. `marks` are its acts, `days` the days of announcement of all of them. `acts` are those on which
    the line rests. `cite` is that of the measure.
    """

    measure: str
    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    revision: int
    cite: Cite | UnsetType = UNSET
    line: MeasureLine | None
    lane: Lane
    runs: tuple[Profile, ...]
    runs_are_all: bool
    marks: tuple[Mark, ...]
    days: tuple[date, ...]
    acts: dict[str, Act]


def life_of(fold: MeasureFold, *, as_of: date, known_on: date, edition: Edition, revision: int) -> Life:
    """One measure with its life."""
    known = known_on.toordinal()
    line = line_if_there(fold, as_of.toordinal(), known)
    runs, runs_are_all = _runs_around(fold, as_of.toordinal(), known)
    told = {slug: day for slug, day in fold.first_days.items() if fold.last_days[slug] <= known}
    acts = {action.act.act: action.act for action in fold.ordered.actions}
    nearest = sorted(told, key=lambda slug: abs(told[slug] - as_of.toordinal()))[:MOST_MARKS]
    did: dict[str, list[str]] = {slug: [] for slug in nearest}
    for action in fold.ordered.actions:
        if action.act.act in did:
            did[action.act.act].append(type(action).type)
    return Life(
        measure=fold.measure,
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        revision=revision,
        line=line,
        lane=lane_of(fold, as_of=as_of, known_on=known_on),
        runs=tuple(runs),
        runs_are_all=runs_are_all,
        marks=tuple(
            Mark(date.fromordinal(told[slug]), acts[slug], tuple(did[slug]))
            for slug in sorted(nearest, key=fold.places.__getitem__)
        ),
        days=tuple(date.fromordinal(day) for day in sorted(told.values())),
        acts={} if line is None else {slug: acts[slug] for slug in line.acts},
    )


def _runs_around(fold: MeasureFold, as_of: int, known_on: int) -> tuple[list[Profile], bool]:
    """The runs of a measure, or those that lie whole around a day; and whether these are all."""
    days = fold.boundaries
    if len(days) <= MOST_BOUNDARIES:
        return list(profile(fold, known_on)), True
    at = bisect_right(days, as_of)
    first, last = max(0, at - MOST_BOUNDARIES // 2), at + MOST_BOUNDARIES // 2
    runs = list(profile(fold, known_on, days[first:last]))
    return runs[1 if first else 0 : None if last >= len(days) else -1], False
