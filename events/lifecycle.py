"""
The one automaton of a measure's life (record format, rules 3 to 6).

It takes the actions of a measure in the order of acts and remembers what a reading needs, and what the rules of what
comes next look at. Deciding and folding use the same. Days are ordinals, or partial days of one run (events.partial);
the code compares them and never computes with them.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import UNSET

from events.actions import (
    Action,
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAdopted,
    MeasureAmended,
    MeasureAnnounced,
    MeasureEnded,
    MeasureExtended,
    MeasureNoted,
    MeasureProposed,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
    Termed,
)
from events.dates import NEVER, last_day, span
from events.lives import Adoption, Amendment, Amendments, Beginnings, Cycle, End, Life, Start, Stay, Stays, Terms
from events.partial import AnyDay, earliest, latest, surely_by

DayOf = Callable[[str, bool], AnyDay]
"""Gives the day of a recorded date; the flag says that the last possible day is meant (rule 7)."""


class Lifecycle:
    """
    A measure's life so far. `apply` remembers an action; it expects the order of acts, and lawful ones (events.lawful).

    `exact` says that all days are ordinals, so that lists of days may be searched by halving.
    """

    def __init__(self, day_of: DayOf | None = None) -> None:
        self._day_of = day_of
        self.exact = day_of is None
        self.lives: list[Life] = []
        self.beginnings = Beginnings()
        """Of the lives."""
        self.stays: Stays[Stay] = Stays()
        self.over_days: list[int] = []
        """Days on which the measure may become ended or expired, in order."""
        self.came_true: list[int] = []
        """Those before `looked_to` on which it does become so, as a reading found when it looked."""
        self.looked_to = 0
        self._reach: list[int] = []
        """For each life but the current one: the last day on which it or one before it may run."""
        self.deadlines: dict[str, list[Cycle]] = {}
        self.latest_adoption: Adoption | None = None
        self.ended = False
        """Whether an end was ever told."""
        self.count = 0
        self.noted = 0

    @property
    def life(self) -> Life | None:
        """The current life."""
        return self.lives[-1] if self.lives else None

    def apply(self, action: AnyAction, announced: AnyDay | None = None) -> None:
        """Remembers a lawful action as the next one. `announced` is the day of its act (default: the last possible)."""
        day = self._day(action.act.announced_on, True) if announced is None else announced
        order = self.count
        self.count += 1
        _APPLIED[type(action)](self, action, order, day)

    def _note(self, action: MeasureNoted, order: int, day: AnyDay) -> None:
        self.noted += 1

    def _set(self, action: DeadlineSet, order: int, day: AnyDay) -> None:
        self.deadlines.setdefault(action.deadline, []).append(Cycle(action, order, day))

    def _move(self, action: DeadlineMoved, order: int, day: AnyDay) -> None:
        cycle = self.deadlines[action.deadline][-1]
        cycle.in_turn = cycle.in_turn and surely_by(cycle.dues[-1][0], day)
        cycle.dues.append((day, action.due, action.act))

    def _meet(self, action: DeadlineMet, order: int, day: AnyDay) -> None:
        cycle = self.deadlines[action.deadline][-1]
        if cycle.met is None:
            cycle.met = (self._day(action.met_on, True), action.met_on, action.act.act)

    def _amend(self, action: MeasureAmended, order: int, day: AnyDay) -> None:
        life = self.lives[-1]
        applies = self._from(action.applies_on, day)
        until = _last(action.applies_until)
        amendment = Amendment(action.act.act, order, applies, until, terms_of(action), len(self.lives) - 1)
        life.newest_amendment = amendment
        for field in amendment.terms:
            life.amendments.setdefault(field, Amendments()).add(amendment)
        if not life.adoptions and action.applies_until is None:
            life.drafted.append(amendment)

    def _extend(self, action: MeasureExtended, order: int, day: AnyDay) -> None:
        adoption = self.latest_adoption
        if adoption is None:
            return
        act = action.act.act
        self._touch(day, adoption.last + 1)
        start = None
        if action.effective_on is not None:
            start = self._from(action.effective_on, day)
        if start is not None and adoption.entry is None:
            adoption.effective_on = action.effective_on
            adoption.dated_by["effective_on"] = act
        adoption.extend(day, start, _last(action.expires_on))
        adoption.expires_on = action.expires_on
        adoption.dated_by["expires_on"] = act
        self._redated(adoption)
        self._touch(start, adoption.last + 1)

    def _suspend(self, action: MeasureSuspended, order: int, day: AnyDay) -> None:
        start = self._from(action.effective_on, day)
        self._touch(day, start)
        self.stays.add(Stay(action.act.act, order, start, _last(action.until)), day)

    def _reinstate(self, action: MeasureReinstated, order: int, day: AnyDay) -> None:
        start = self._from(action.effective_on, day)
        self._touch(day, start)
        life = self.lives[-1]
        act = action.act.act
        if life.standing_end():
            for end in life.ends.current:
                if end.lifted is None:
                    end.lift(start, act)
                    if isinstance(start, int) and isinstance(end.start, int) and start <= end.start:
                        self._not_over_from(end.start)
            return
        self.stays.lift(action.lifts, start, act)

    def _end(self, action: MeasureEnded, order: int, day: AnyDay) -> None:
        life = self.lives[-1]
        new = End(action.act.act, order, self._from(action.effective_on, day))
        self.ended = True
        self._touch(day, new.start)
        replaced = [end for end in life.ends.current if end.lifted is None and end.start > day]
        for end in replaced:
            self._avoid(end)
        if any(end.lifted is None and not end.void for end in life.ends.current):
            new.void = new.start > day
        for each in self.lives_running(new.start if not replaced else replaced[0].start):
            for end in each.ends.current:
                if end.lifted is None and not end.void and end.start > day and end.start > new.start:
                    self._avoid(end)
            each.ends.current = [end for end in each.ends.current if not end.void]
            each.ends.add(new, day)
        self._may_be_over_from(new.start)

    def _avoid(self, end: End) -> None:
        end.void = True
        self._not_over_from(end.start)

    def _start(self, action: MeasureProposed | MeasureAnnounced, order: int, day: AnyDay) -> None:
        life = self._life_for(action, day)
        self._touch(day)
        terms = life.begin(terms_of(action))
        if life.adoptions:
            if surely_by(life.adoptions[0].day, day):
                return
            terms = (life.starts[-1].terms if life.starts else {}) | terms_of(action)
        if life.starts and not surely_by(life.starts[-1].day, day):
            life.starts_in_turn = False
        proposed = isinstance(action, MeasureProposed) or (bool(life.starts) and life.starts[-1].proposed)
        life.starts.append(Start(action, order, day, terms, proposed))

    def _adopt(self, action: MeasureAdopted, order: int, day: AnyDay) -> None:
        life = self._life_for(action, day)
        adoption = Adoption(action, order, day, life.begin(terms_of(action)), len(self.lives) - 1)
        entry = None
        if action.effective_on is not None:
            entry = self._from(action.effective_on, day, retroactive=action.retroactive)
        adoption.pieces.append((entry, _last(action.expires_on)))
        self._touch(day, entry)
        replacing = adoption
        while life.standing and (life.standing[-1].entry is None or life.standing[-1].entry > day):
            while replacing.replaced is not None:
                replacing = replacing.replaced
            replacing.replaced = life.standing.pop()
            life.entries.drop()
            self._not_over_from(replacing.replaced.over)
        life.adoptions.append(adoption)
        life.standing.append(adoption)
        life.entries.add(entry)
        self.beginnings.bring_forward(len(self.lives) - 1, entry)
        self.latest_adoption = adoption
        self._redated(adoption)

    def _life_for(self, action: Termed, day: AnyDay) -> Life:
        life = self.life
        if life is None or life.is_over(day):
            if life is not None:
                self._reach.append(max(_runs_until(life), self._reach[-1] if self._reach else 0))
            opener = action.act.act if life is None or life.standing_end() else life.opener
            life = Life(opener)
            self.lives.append(life)
            self.beginnings.add(day)
        else:
            self.beginnings.bring_forward(len(self.lives) - 1, day)
        return life

    def adoption_before(self, adoption: Adoption) -> Adoption | None:
        """The adoption that comes before one in the order of acts, be it replaced by that or of an earlier life."""
        before = (each for at in range(adoption.life, -1, -1) for each in reversed(self.lives[at].adoptions))
        return next((each for each in before if each.order < adoption.order), None)

    def lives_running(self, day: AnyDay) -> Iterator[Life]:
        """The current life, then the earlier ones that may still run on the day, the latest first."""
        for at in range(len(self.lives) - 1, -1, -1):
            if at < len(self._reach) and self.exact and self._reach[at] < day:
                return
            yield self.lives[at]

    def reach_before(self, at: int) -> int:
        """The last day on which a life before the one at this index may run; exact days only."""
        return self._reach[at - 1] if 0 < at <= len(self._reach) else (NEVER if at else 0)

    def _redated(self, adoption: Adoption) -> None:
        at = adoption.life
        life = self.lives[at]
        life.entries.redate(adoption.entry)
        self.beginnings.bring_forward(at, adoption.entry)
        over = None if adoption.last == NEVER else adoption.last + 1
        if over != adoption.over:
            if adoption.over is not None and not adoption.ends_on(adoption.over - 1):
                self._not_over_from(adoption.over)
            if over is not None:
                self._may_be_over_from(over)
            adoption.over = over
        if at < len(self.lives) - 1:
            del self._reach[at:]
            for earlier in self.lives[at:-1]:
                self._reach.append(max(_runs_until(earlier), self._reach[-1] if self._reach else 0))

    def _touch(self, *days: AnyDay | None) -> None:
        """The status of these days and later ones is no longer what it was found to be."""
        if self.looked_to == 0:
            return
        for day in days:
            if day is not None and earliest(day) < self.looked_to:
                self.looked_to = earliest(day)
                del self.came_true[bisect_left(self.came_true, self.looked_to) :]

    def _may_be_over_from(self, day: AnyDay) -> None:
        if isinstance(day, int):
            insort(self.over_days, day)

    def _not_over_from(self, day: AnyDay | None) -> None:
        if isinstance(day, int):
            at = bisect_left(self.over_days, day)
            if self.over_days[at : at + 1] == [day]:
                del self.over_days[at]

    def _reschedule(self, action: MeasureRescheduled, order: int, day: AnyDay) -> None:
        adoption = self.latest_adoption
        if adoption is None:
            return
        self._touch(day, adoption.entry, adoption.last + 1)
        if action.effective_on is not UNSET:
            entry = None
            if action.effective_on is not None:
                entry = self._from(action.effective_on, day, retroactive=adoption.action.retroactive)
            adoption.pieces = [(entry, adoption.last)]
            adoption.effective_on = action.effective_on
            adoption.dated_by["effective_on"] = action.act.act
        if action.expires_on is not UNSET:
            adoption.extend(day, None, _last(action.expires_on))
            adoption.expires_on = action.expires_on
            adoption.dated_by["expires_on"] = action.act.act
        self._redated(adoption)
        self._touch(adoption.entry, adoption.last + 1)

    def _from(self, text: str | None, announced: AnyDay, *, retroactive: bool = False) -> AnyDay:
        """Rule 7: a first day of low precision does not reach before its own announcement, which None stands for."""
        if text is None:
            return announced
        day = self._day(text, False)
        if retroactive or span(text).exact or day >= announced:
            return day
        return announced

    def _day(self, text: str, last: bool) -> AnyDay:
        return last_day(text) if self._day_of is None else self._day_of(text, last)


_APPLIED: dict[type[Action], Callable[[Lifecycle, Any, int, AnyDay], None]] = {
    MeasureProposed: Lifecycle._start,
    MeasureAnnounced: Lifecycle._start,
    MeasureAdopted: Lifecycle._adopt,
    MeasureAmended: Lifecycle._amend,
    MeasureRescheduled: Lifecycle._reschedule,
    MeasureExtended: Lifecycle._extend,
    MeasureSuspended: Lifecycle._suspend,
    MeasureReinstated: Lifecycle._reinstate,
    MeasureEnded: Lifecycle._end,
    DeadlineSet: Lifecycle._set,
    DeadlineMoved: Lifecycle._move,
    DeadlineMet: Lifecycle._meet,
    MeasureNoted: Lifecycle._note,
}
"""How each type of action is remembered; asking an action for one type after another would take longer."""


def terms_of(action: Termed) -> Terms:
    """The terms that an action gives, each with its act; what it leaves out is missing."""
    act = action.act.act
    terms: Terms = {}
    if action.title is not None:
        terms["title"] = (action.title, act)
    for field in ("effects", "subjects", "scope", "targets"):
        value = getattr(action, field)
        if value is not UNSET:
            terms[field] = (value, act)
    if action.values is not UNSET:
        for name, value in action.values.items():
            terms[f"values.{name}"] = (value, act)
    return terms


def _runs_until(life: Life) -> int:
    """The last day on which an earlier life may run; NEVER where a partial day leaves it open."""
    last = max((adoption.last for adoption in life.standing), default=NEVER)
    starts = [end.start for end in life.ends.current if end.lifted is None]
    if starts and all(isinstance(start, int) for start in starts):
        last = min(last, min(latest(start) for start in starts) - 1)
    return last


def _last(text: str | None) -> int:
    return NEVER if text is None else last_day(text)
