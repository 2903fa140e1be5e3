"""
A jurisdiction on a day in brief: its measures counted by where they stand, a page of them in full.

It says what the state says (projections/state.py); measures on other pages are read no further than to be counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from heapq import nsmallest
from typing import Literal, NamedTuple, Protocol, get_args

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from events.actions import Act
from events.dates import NEVER, last_day
from events.vocabulary import STRICTNESS, DeadlineStatus
from projections.answers import RULES, Cite, Edition, Headline, MeasureLine, UnknownWord, WorldDeadline
from projections.deadlines import world_deadline
from projections.fold import MeasureFold
from projections.headlines import Outlined, headlines
from projections.jurisdictions import is_member
from projections.lanes import Lane, lane_of
from projections.reading import DeadlineOn, deadlines_on
from projections.state import EVERYTHING, Filters, Outline, line_on, outline_on, title_of

MEASURES = 100
"""So many measures stand on a page."""

DEADLINES = 10
"""So many deadlines of a kind are told; all are counted."""

Group = Literal["in_force", "suspended", "adopted", "proposed", "announced", "declared", "expired", "ended", "perhaps"]
"""
Where a measure stands, in the order of a brief: its status; `declared` of what is announced and will not be in force (a
declared position, what is said to others), `perhaps` of what may not be there yet.
"""

GROUPS: tuple[Group, ...] = get_args(Group)

WORDS_ALONE = frozenset({"declares_no_ban", "urges_others", "none"})
"""Effects of what is said: an announcement of nothing else is not to enter into force."""


class Shown(Struct, frozen=True):
    """A measure in full: where it stands, its line on the day, and its life through time."""

    group: Group
    line: MeasureLine
    lane: Lane


class DeadlinesAhead(Struct, frozen=True):
    """The first deadlines of some statuses, by their due day and those without a date last, and how many there are."""

    first: tuple[WorldDeadline, ...]
    count: int


class Brief(Struct, frozen=True, kw_only=True):
    """
    The rules of a jurisdiction on a day, as known on another.

    `counts` are its own measures that are asked for, by group; `measures` those of the page, in the order of groups,
    the strictest first; `inherited` the first of the EU, `inherited_count` all of them. `acts` are the acts on which
    the lines rest, as they stand. `overdue` and `due` are deadlines of its own measures that are asked for. `first` and
    `last` are the days between which any of its own measures may change. `cite` is that of the state.
    """

    jurisdiction: str
    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    headline: Headline | None
    upcoming: Headline | None
    counts: dict[Group, int]
    page: int
    pages: int
    measures: tuple[Shown, ...]
    inherited: tuple[Shown, ...]
    inherited_count: int
    overdue: DeadlinesAhead
    due: DeadlinesAhead
    acts: dict[str, Act]
    measures_on_record: int
    acts_on_record: int
    last_act: str | None
    first: date | None
    last: date | None
    reviewed_on: str | None
    unknown: tuple[UnknownWord, ...] | UnsetType = UNSET

    @property
    def count(self) -> int:
        """How many of its own measures are asked for."""
        return sum(self.counts.values())


def brief_as_of(
    jurisdiction: str,
    folds: Iterable[MeasureFold],
    union: Iterable[MeasureFold],
    *,
    as_of: date,
    known_on: date,
    edition: Edition,
    reviewed_on: str | None,
    filters: Filters = EVERYTHING,
    page: int = 1,
) -> Brief:
    """A page of a brief, from 1 on; one that is beyond the last has no measures. `union` are the measures of the EU."""
    folds = sorted(folds, key=_name)
    union = list(union) if is_member(jurisdiction, as_of) else []
    reading = _Reading(as_of, known_on, filters)
    outlines = reading.outlines(folds)
    headline, upcoming = headlines([outline for outline, _ in outlines])
    chosen, inherited = reading.chosen(outlines), reading.chosen(reading.outlines(union))
    own = [reading.shown(each) for each in chosen[(page - 1) * MEASURES : page * MEASURES]]
    theirs = [reading.shown(each) for each in inherited[:MEASURES]]
    deadlines = reading.deadlines(chosen)
    overdue, due = _ahead(deadlines, "overdue"), _ahead(deadlines, "open", "postponed")
    counts = Counter(each.group for each in chosen)
    days = [day for fold in folds for day in (fold.boundaries[0], fold.boundaries[-1])]
    return Brief(
        jurisdiction=jurisdiction,
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        headline=headline,
        upcoming=upcoming,
        counts={group: counts[group] for group in GROUPS if counts[group]},
        page=page,
        pages=max(1, -(-len(chosen) // MEASURES)),
        measures=tuple(own),
        inherited=tuple(theirs),
        inherited_count=len(inherited),
        overdue=overdue,
        due=due,
        acts=acts_of([*folds, *union], [*(each.line for each in (*own, *theirs)), *overdue.first, *due.first]),
        measures_on_record=len(folds),
        acts_on_record=len(set().union(*(fold.places for fold in folds))),
        last_act=_last_act(folds),
        first=date.fromordinal(min(days)) if days else None,
        last=date.fromordinal(max(days)) if days else None,
        reviewed_on=reviewed_on,
        unknown=filters.unknown([*folds, *union]) or UNSET,
    )


class _Chosen(NamedTuple):
    """A measure that is asked for: where it stands, and its place in a brief."""

    place: tuple[int, int, str]
    group: Group
    fold: MeasureFold
    outline: Outline


class _Due(NamedTuple):
    """A deadline of a measure that is asked for, and its place among others."""

    place: tuple[int, str, str]
    deadline: DeadlineOn
    of: _Chosen


class _Reading:
    """Reads measures on a day, as known on another."""

    def __init__(self, as_of: date, known_on: date, filters: Filters) -> None:
        self._as_of = as_of
        self._known_on = known_on
        self._filters = filters

    def outlines(self, folds: Iterable[MeasureFold]) -> list[tuple[Outline, MeasureFold]]:
        day, known = self._as_of.toordinal(), self._known_on.toordinal()
        return [(outline_on(fold, day, known), fold) for fold in folds]

    def chosen(self, outlines: Iterable[tuple[Outline, MeasureFold]]) -> list[_Chosen]:
        """Those that are asked for, in the order of a brief."""
        return sorted(_placed(outline, fold) for outline, fold in outlines if self._accepts(outline, fold))

    def shown(self, chosen: _Chosen) -> Shown:
        line = self._line(chosen.fold)
        through = self._filters.through(line.subjects)
        lane = lane_of(chosen.fold, as_of=self._as_of, known_on=self._known_on)
        return Shown(chosen.group, replace(line, matched=through) if through else line, lane)

    def deadlines(self, chosen: Iterable[_Chosen]) -> dict[DeadlineStatus, list[_Due]]:
        """The deadlines of some measures by their status, in order."""
        day = self._as_of.toordinal()
        found: dict[DeadlineStatus, list[_Due]] = {}
        for each in chosen:
            for deadline in deadlines_on(each.outline.life, day) if each.outline.life.deadlines else ():
                due = NEVER if deadline.due is None else last_day(deadline.due)
                place = (due, each.fold.measure, deadline.deadline)
                found.setdefault(deadline.status, []).append(_Due(place, deadline, each))
        return found

    def _accepts(self, outline: Outline, fold: MeasureFold) -> bool:
        if not self._filters.accept_unverified(outline):
            return False
        return self._filters.verified is None or self._filters.accept(self._line(fold))

    def _line(self, fold: MeasureFold) -> MeasureLine:
        return line_on(fold, self._as_of.toordinal(), self._known_on.toordinal())


def _ahead(deadlines: Mapping[DeadlineStatus, list[_Due]], *statuses: DeadlineStatus) -> DeadlinesAhead:
    found = [each for status in statuses for each in deadlines.get(status, ())]
    first = nsmallest(DEADLINES, found, key=lambda each: each.place)
    return DeadlinesAhead(tuple(map(_told, first)), len(found))


def _told(due: _Due) -> WorldDeadline:
    fold, outline = due.of.fold, due.of.outline
    return world_deadline(fold, due.deadline, title_of(outline.described, outline.terms) or fold.measure)


def group_of(line: Outlined) -> Group:
    """Where a measure stands."""
    if line.status == "absent":
        return "perhaps"
    if line.status == "announced" and line.effects and WORDS_ALONE.issuperset(line.effects):
        return "declared"
    return line.status


def _placed(outline: Outline, fold: MeasureFold) -> _Chosen:
    group = group_of(outline)
    ranks = [STRICTNESS.index(effect) for effect in outline.effects if effect in STRICTNESS]
    return _Chosen((GROUPS.index(group), min(ranks, default=len(STRICTNESS)), outline.measure), group, fold, outline)


class Resting(Protocol):
    """What is said of a measure, and the acts on which it rests."""

    @property
    def measure(self) -> str: ...
    @property
    def acts(self) -> tuple[str, ...]: ...


def acts_of(folds: Iterable[MeasureFold], said: Iterable[Resting]) -> dict[str, Act]:
    """The acts on which rests what is said of some measures, as they stand, by slug."""
    wanted: dict[str, set[str]] = {}
    for each in said:
        wanted.setdefault(each.measure, set()).update(each.acts)
    return {
        action.act.act: action.act
        for fold in folds
        if fold.measure in wanted
        for action in fold.ordered.actions
        if action.act.act in wanted[fold.measure]
    }


def _last_act(folds: Sequence[MeasureFold]) -> str | None:
    """The day of the last act on record, as recorded."""
    if not folds:
        return None
    fold = max(folds, key=lambda fold: fold.last_announced)
    return next(
        action.act.announced_on
        for action in fold.ordered.actions
        if fold.last_days[action.act.act] == fold.last_announced
    )


def _name(fold: MeasureFold) -> str:
    return fold.measure
