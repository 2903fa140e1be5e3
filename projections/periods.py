"""
The periods of a measure: the fold's result at the head, box by box as the table `period` has it (rows.py).

Boxes of valid days × known days. A box of kind `measure` has one status and one set of terms; it names the adoption
that dates it, whose days of validity are boxes of kind `validity` (over known days alone: every extension would
otherwise touch every box of the measure). Deadlines have boxes of their own. What a new act tells changes only the
tail of days that it reaches, so boxes grow with the number of actions, not with its square.

Status and terms are those of the latest reading; `exact` is false where a partial day may leave another status
possible, which the answers then tell.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

import msgspec

from events.actions import (
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAdopted,
    MeasureAmended,
    MeasureExtended,
    MeasureNoted,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
)
from events.dates import NEVER, last_day, ordinals, span
from events.lifecycle import Lifecycle
from events.lives import Adoption, Amendment, Cycle
from projections.boxes import Box, Steps, Value
from projections.fold import MeasureFold, days_named, texts_of_beginning
from projections.reading import Standing, amended, amending_on, in_cycle, standing_on, void_from

MOST_TRIED = 200
"""Actions of a measure with partial days up to which every reading is tried; beyond, all later days count as open."""


def boxes_of(fold: MeasureFold) -> list[Box]:
    """The boxes of a measure, folded from all its standing actions."""
    return Periods(fold).difference()[1]


class _Inexact:
    """The days on which a partial day leaves the reading open: spans, and the tails of acts that may not be known."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._furthest: list[int] = []
        self.pending: dict[str, tuple[int, int]] = {}
        """Acts within whose days of announcement we are: (the first day they may touch, their last possible day)."""

    def add(self, first: int, last: int) -> None:
        """The days from `first` to the one before `last` are open: from `last` on the day has certainly come."""
        at = bisect_right(self._starts, first)
        self._starts.insert(at, first)
        self._furthest.insert(at, last)
        for place in range(at, len(self._furthest)):
            furthest = max(self._furthest[place], self._furthest[place - 1] if place else 0, last)
            if place > at and furthest == self._furthest[place]:
                break
            self._furthest[place] = furthest

    def since(self) -> int:
        """The first day of them all."""
        return self._starts[0] if self._starts else NEVER

    def on(self, day: int) -> bool:
        """Whether the reading may be open on a day."""
        if any(low <= day for low, _ in self.pending.values()):
            return True
        at = bisect_right(self._starts, day)
        return bool(at) and self._furthest[at - 1] > day


class Periods:
    """
    The boxes of a measure, built as its acts are told.

    With exact days alone, later acts may be told to it; `difference` gives what that changes. Given the open boxes of
    the table, and those closed on the day told last, it goes on from there and `difference` has nothing at first.
    """

    def __init__(self, fold: MeasureFold, boxes: Sequence[Box] | None = None) -> None:
        self.fold = fold
        self.life = Lifecycle()
        self._told_from = 0 if boxes is None else None
        self.measure = Steps("measure", "", self._told_from)
        self.deadlines: dict[str, Steps] = {}
        self.changed: dict[tuple[str, str], Steps] = {}
        self.validity: dict[int, Steps] = {}
        self._dates: dict[int, tuple[str | None, str | None]] = {}
        """The dates of each adoption, by its order, that its steps have now."""
        self._profiles: dict[tuple[object, ...], bytes] = {}
        """What was read of the life, by what it rested on: a day told again mostly reads as it did."""
        self.days: list[int] = []
        self.deadline_days: dict[str, list[int]] = {}
        self.settled: list[tuple[int, str]] = []
        """(the day from which a deadline is past, its name), in order; some were moved or met since."""
        self.inexact = _Inexact()
        self.known = 0
        lasts = (fold.last_days[action.act.act] for action in fold.ordered.actions)
        self.monotone = not fold.partial or all(a <= b for a, b in pairwise(lasts))
        """Whether no act is known before one that stands before it: the order of acts follows exact days."""
        if boxes is None:
            self._build()
            self._told_from = None
        else:
            self._resume(boxes)

    def _resume(self, boxes: Sequence[Box]) -> None:
        fold = self.fold
        assert self.monotone
        for action in fold.ordered.actions:
            self.known = fold.last_days[action.act.act]
            if isinstance(action, DeadlineSet | DeadlineMoved | DeadlineMet):
                self._note_deadline(action, self.known)
            self.life.apply(action, self.known)
        self.days = list(fold.turns)
        latest = self.life.latest_adoption  # the dates of those before it are settled
        for (kind, name), group in groupby(sorted(boxes, key=_kind_and_name), key=_kind_and_name):
            steps = None
            if kind == "measure":
                steps = self.measure
            elif kind == "deadline":
                steps = self.deadlines[name] = Steps(kind, name)
            elif latest is not None and latest.action.act.act == name:
                steps = self.validity[latest.order] = Steps(kind, name)
            if steps is not None:
                steps.resume(list(group), self.known)

    def _build(self) -> None:
        fold = self.fold
        told: dict[int, list[AnyAction]] = {}
        for action in fold.ordered.actions:
            told.setdefault(fold.last_days[action.act.act], []).append(action)
            if fold.partial:
                self._note_spans(action)
        openings = self._openings() if fold.partial else []
        for known in told if self.monotone else sorted(told):
            while openings and openings[0][0] < known:
                self._open(*openings.pop(0))
            self._epoch(known, told[known])

    def tell(self, actions: Iterable[AnyAction]) -> None:
        """Later acts, of exact days, in the order of acts."""
        for known, group in groupby(actions, key=lambda action: last_day(action.act.announced_on)):
            self._epoch(known, list(group))

    def difference(self) -> tuple[list[Box], list[Box]]:
        """The boxes that are gone and those that are new since this was asked last."""
        gone, new = self.measure.difference()
        for steps in self.changed.values():
            less, more = steps.difference()
            gone += less
            new += more
        self.changed = {}
        return gone, new

    # Partial days

    def _note_spans(self, action: AnyAction) -> None:
        if isinstance(action, MeasureNoted | DeadlineSet | DeadlineMoved | DeadlineMet):
            return
        for text in (action.act.announced_on, *texts_of_beginning(action)):
            if not span(text).exact:
                self.inexact.add(span(text).first.toordinal(), span(text).last.toordinal())

    def _openings(self) -> list[tuple[int, str, int, int]]:
        """(first possible day, act, first day it may touch, last possible day) of acts of partial announcement."""
        found: dict[str, tuple[int, str, int, int]] = {}
        for action in self.fold.ordered.actions:
            slug = action.act.act
            first, last = self.fold.first_days[slug], self.fold.last_days[slug]
            if first == last or isinstance(action, MeasureNoted | DeadlineSet | DeadlineMoved | DeadlineMet):
                continue
            low = min([first, *(span(text).first.toordinal() for text in texts_of_beginning(action))])
            if slug in found:
                low = min(low, found[slug][2])
            found[slug] = (first, slug, low, last)
        return sorted(found.values())

    def _open(self, known: int, act: str, low: int, last: int) -> None:
        """We enter the days on which an act may have been announced: from `low` on the reading is open."""
        adoption = self.life.latest_adoption
        if adoption is not None:  # what the act does may concern its days of validity
            low = min([low, adoption.last + 1, *([adoption.entry] if isinstance(adoption.entry, int) else [])])
        self._mark([low, *(read for read in self._span_days(act) if read >= low)])
        self.known = known
        self.inexact.pending[act] = (low, last)
        self._reread(low, known)

    def _span_days(self, act: str) -> Iterator[int]:
        for action in self.fold.ordered.actions:
            if action.act.act == act:
                for text in (action.act.announced_on, *texts_of_beginning(action)):
                    yield span(text).first.toordinal()
                    yield span(text).last.toordinal()

    # One epoch

    def _epoch(self, known: int, actions: Sequence[AnyAction]) -> None:
        self.known = known
        low = NEVER
        if self.inexact.pending:
            for act in {action.act.act for action in actions} & self.inexact.pending.keys():
                low = min(low, self.inexact.pending.pop(act)[0])
        touched: dict[str, int] = {}
        changes_status = ends = False
        dated: dict[int, Adoption] = {}
        for action in actions:
            kind = type(action)
            if kind in _OF_DEADLINES:
                first = self._note_deadline(action, known)  # type: ignore[arg-type]
                touched[action.deadline] = min(touched.get(action.deadline, NEVER), first)  # type: ignore[union-attr]
            elif kind is not MeasureNoted:
                changes_status = True
                ends = ends or (kind not in _ENDING_NOTHING and (kind is not MeasureReinstated or self.life.ended))
                low = min(low, self._reach(action, known))
            if self.monotone:
                self.life.apply(action, known)
                if kind in _DATING and self.life.latest_adoption is not None:
                    dated[self.life.latest_adoption.order] = self.life.latest_adoption
        if not self.monotone:
            self.life = self.fold.life(known)
            self._profiles = {}
            self._dates = {}
            low = min([low, *self.days[:1], known])
            for life in self.life.lives:
                dated.update({adoption.order: adoption for adoption in life.adoptions})
        if changes_status or low < NEVER:
            self._reread(low, known)
        if self.settled and (ends or not self.monotone or self.fold.partial):
            for name in sorted({name for _, name in self.settled[bisect_left(self.settled, (low, "")) :]}):
                if name in touched or self._may_become_void(name, low):
                    touched[name] = min(touched.get(name, NEVER), low)
        for name, first in touched.items():
            self._reread_deadline(name, first, known)
        for adoption in dated.values():
            self._redate(adoption, known)

    def _reach(self, action: AnyAction, known: int) -> int:
        """The first day whose reading an action may change; its days become marks."""
        kind = type(action)
        days = [known, *days_named(action)]
        adoption = self.life.latest_adoption
        if adoption is not None and kind in _DATING:
            if adoption.last != NEVER:
                if isinstance(action, MeasureExtended) and action.effective_on is None and known <= adoption.last:
                    del days[0]  # the days up to the last one stay as they are
                days.append(adoption.last + 1)
            if kind is MeasureRescheduled and isinstance(adoption.entry, int):
                days.append(adoption.entry)
        if self.fold.partial:
            days += known, *ordinals(action.act.announced_on)
        self._mark(days)
        return min(days)

    def _mark(self, days: Iterable[int]) -> None:
        marks = self.days
        for day in days:
            at = bisect_left(marks, day)
            if at == len(marks) or marks[at] != day:
                marks.insert(at, day)

    def _reread(self, low: int, known: int) -> None:
        tail = [(low, self._value(low))]
        for day in self.days[bisect_right(self.days, low) :]:
            value = self._value(day)
            if value != tail[-1][1]:
                tail.append((day, value))
        self.measure.replace(low, tail, known)

    def _is_open(self, day: int) -> bool:
        """Whether a partial day may leave another status possible: within its span, or by what it decides later on."""
        if self.inexact.on(day):
            return True
        if len(self.fold.ordered.actions) > MOST_TRIED:
            return self.inexact.since() <= day
        return len(self.fold.possible(day, self.known)) > 1

    def _value(self, day: int) -> Value | None:
        standing = standing_on(self.life, day)
        inexact = self.fold.partial and self._is_open(day)
        if standing.base is None:
            return ("absent", False, b"{}") if inexact else None
        amending = amending_on(standing, day)
        key = (standing.base, standing.dated, *amending.values())
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = _profile(standing, amending)
        return standing.status, not inexact, profile

    def _redate(self, adoption: Adoption, known: int) -> None:
        dates = adoption.effective_on, adoption.expires_on
        if self._dates.get(adoption.order) == dates:
            return
        self._dates[adoption.order] = dates
        value: Value = (None, True, _encode({"effective_on": dates[0], "expires_on": dates[1]}))
        steps = self.validity.get(adoption.order)
        if steps is None:
            steps = self.validity[adoption.order] = Steps("validity", adoption.action.act.act, self._told_from)
        if steps.steps and steps.steps[-1][1] == value:
            return
        steps.replace(0, [(0, value)], known)
        self.changed["validity", str(adoption.order)] = steps

    # Deadlines

    def _note_deadline(self, action: DeadlineSet | DeadlineMoved | DeadlineMet, known: int) -> int:
        """Marks the days of what is told of a deadline, and gives the first that it may change."""
        days = self.deadline_days.setdefault(action.deadline, [])
        insort(days, known)
        if isinstance(action, DeadlineMet):
            met = last_day(action.met_on)
            insort(days, met)
            return min(known, met)
        if action.due is None:
            insort(self.settled, (NEVER, action.deadline))
        else:
            insort(days, last_day(action.due) + 1)
            insort(self.settled, (last_day(action.due) + 1, action.deadline))
        return known

    def _may_become_void(self, name: str, low: int) -> bool:
        cycle = self.life.deadlines[name][-1]
        if cycle.met is not None and cycle.met[0] < low:
            return False
        due = cycle.dues[-1][1]
        return due is None or last_day(due) >= low - 1

    def _reread_deadline(self, name: str, low: int, known: int) -> None:
        steps = self.deadlines.get(name)
        if steps is None:
            steps = self.deadlines[name] = Steps("deadline", name, told_from=self._told_from)
        days = self.deadline_days[name]
        cycles = self.life.deadlines[name]
        marks = {low, *days[bisect_right(days, low) :]}
        told: list[tuple[Cycle, int | None]] = []
        for cycle in cycles[max(bisect_right(cycles, low, key=_set_on) - 1, 0) :]:
            void = void_from(self.life, cycle, NEVER)
            told.append((cycle, void))
            if void is not None and void > low:
                marks.add(void)
        tail: list[tuple[int, Value | None]] = []
        for day in sorted(marks):
            value = self._deadline(name, told, day)
            if not tail or tail[-1][1] != value:
                tail.append((day, value))
        steps.replace(low, tail, known)
        self.changed["deadline", name] = steps

    def _deadline(self, name: str, told: Sequence[tuple[Cycle, int | None]], day: int) -> Value | None:
        """What a deadline is on a day by its cycles, each with the day from which it is void; None before the first."""
        for cycle, void in reversed(told):
            if cycle.day <= day:
                found = in_cycle(name, cycle, day, void if void is not None and void <= day else None)
                value = {"acts": found.acts, "due": found.due, "met_on": found.met_on, "obliged": found.obliged}
                return found.status, True, _encode(value)
        return None


_encode = msgspec.json.Encoder().encode
"""The names of a value stand in their order, in which it is also compared with what the table has."""


def _profile(standing: Standing, amending: Mapping[str, Amendment]) -> bytes:
    """The terms of a standing with what amends them, and the acts that they come from, as JSON."""
    assert standing.base is not None
    act = standing.base.action.act
    values: dict[str, object] = {}
    value: dict[str, object] = {
        "act": act.act,
        "authority": act.authority,
        "dated": None if standing.dated is None else standing.dated.action.act.act,
        "effects": (),
        "instrument": act.instrument,
        "scope": (),
        "subjects": (),
        "targets": (),
        "title": act.title,
    }
    for field, (each, _) in amended(standing.base.terms, amending).items():
        if field.startswith("values."):
            values[field.removeprefix("values.")] = each
        else:
            value[field] = each
    value["values"] = {name: values[name] for name in sorted(values)} if len(values) > 1 else values
    return _encode(value)


def _kind_and_name(box: Box) -> tuple[str, str]:
    return box.kind, box.name


def _set_on(cycle: Cycle) -> int:
    assert isinstance(cycle.day, int)
    return cycle.day


_OF_DEADLINES = frozenset({DeadlineSet, DeadlineMoved, DeadlineMet})
_DATING = frozenset({MeasureAdopted, MeasureExtended, MeasureRescheduled})
"""Actions that begin an adoption or give it other dates."""

_ENDING_NOTHING = frozenset({MeasureAmended, MeasureSuspended})
"""Actions by which no measure is over, or over on another day; nor is one by the lifting of a mere stay."""
