"""
The one automaton of a measure's life (record format, "What is refused" and rules 3 to 6).

It takes the actions of a measure in the order of acts and remembers what a reading needs: lives, adoptions with their
days of validity, stays, ends, amendments and deadlines. Deciding uses it to refuse, folding to remember. Days are
ordinals, or partial days of one run (events.partial); the code compares them and never computes with them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from msgspec import UNSET

from events.actions import (
    Act,
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
from events.dates import LATEST, Span, span
from events.errors import (
    AfterTheEnd,
    DeadlineNotSet,
    EntryHasHappened,
    ExpiresBeforeEffective,
    NoSuchStay,
    NotBegun,
    Refusal,
)
from events.partial import AnyDay

NEVER = LATEST.toordinal() + 1
"""The last day of what has none."""

RANK = {"announced": 1, "proposed": 2, "adopted": 3}

Terms = dict[str, tuple[object, str]]
"""Field (`title`, `effects`, `subjects`, `scope`, `targets`, `values.NAME`) → value and the act that gave it."""

DayOf = Callable[[str, bool], AnyDay]
"""Gives the day of a recorded date; the flag says that the last possible day is meant (rule 7)."""


@lru_cache(maxsize=65536)
def last_day(text: str) -> int:
    """The last possible day of a recorded date, as an ordinal."""
    return span(text).last.toordinal()


@lru_cache(maxsize=65536)
def ordinals(text: str) -> tuple[int, int]:
    """The first and the last possible day of a recorded date, as ordinals."""
    read = span(text)
    return read.first.toordinal(), read.last.toordinal()


class Adoption:
    """An adoption and its days of validity, as known from the acts taken so far."""

    __slots__ = (
        "action",
        "dated_by",
        "day",
        "effective_on",
        "expires_on",
        "life",
        "order",
        "over",
        "pieces",
        "replaced",
        "terms",
    )

    def __init__(self, action: MeasureAdopted, order: int, day: AnyDay, terms: Terms, life: int) -> None:
        self.action = action
        self.life = life
        """The place of its life among those of the measure. Not the life itself, which would never be let go of."""
        self.order = order
        self.day = day
        self.terms = terms
        self.effective_on = action.effective_on
        self.expires_on = action.expires_on
        self.over: int | None = None
        """The day after the last one in force, as the lifecycle noted it among its over_days."""
        self.dated_by: dict[str, str] = {}
        """The acts that gave the present effective_on and expires_on, where not the adoption itself."""
        self.pieces: list[tuple[AnyDay | None, int]] = []
        """Periods in force as (first day, last day), in order, disjoint; a first day of None: entry without a date."""
        self.replaced: Adoption | None = None
        """The adoption whose dates this one replaced before its entry; the measure was adopted since that one's day."""

    @property
    def entry(self) -> AnyDay | None:
        """The first day in force, or None while there is none."""
        return self.pieces[0][0]

    @property
    def last(self) -> int:
        """The last day in force; NEVER for a permanent adoption."""
        return self.pieces[-1][1]

    def piece_on(self, day: int) -> tuple[AnyDay, int] | None:
        """The period in force that contains the day, stays and ends aside."""
        at = 0 if day <= self.pieces[0][1] else bisect_left(self.pieces, day, key=_piece_last)
        if at < len(self.pieces):
            first, last = self.pieces[at]
            if first is not None and first <= day:
                return first, last
        return None

    def last_before(self, day: int) -> int | None:
        """The last day of the latest period in force that is over before the day."""
        at = bisect_left(self.pieces, day, key=_piece_last)
        return self.pieces[at - 1][1] if at else None

    def ends_on(self, last: int) -> bool:
        """Whether one of its periods in force has this last day."""
        at = bisect_left(self.pieces, last, key=_piece_last)
        return at < len(self.pieces) and self.pieces[at][1] == last

    def extend(self, announced: AnyDay, start: AnyDay | None, last: int) -> None:
        """Rule 4: continues to the new last day, leaving a gap where the extension came too late to bridge it."""
        first, known_last = self.pieces[-1]
        if start is None and known_last != NEVER and first is not None and announced > known_last:
            start = announced
        if start is None:
            self.pieces[-1] = (first, last)
        else:
            self._continue_from(start, last)
        while len(self.pieces) > 1 and self.pieces[-1][0] is not None and self.pieces[-1][0] > last:
            self.pieces.pop()
            first, known_last = self.pieces[-1]
            self.pieces[-1] = (first, min(known_last, last))

    def _continue_from(self, start: AnyDay, last: int) -> None:
        while self.pieces:
            first, known_last = self.pieces[-1]
            if first is None:
                self.pieces.pop()
            elif start <= first:
                if len(self.pieces) == 1:
                    self.pieces[0] = (first, last)
                    return
                self.pieces.pop()
            elif start <= known_last + 1:
                self.pieces[-1] = (first, last)
                return
            else:
                break
        self.pieces.append((start, last))


def _piece_last(piece: tuple[AnyDay | None, int]) -> int:
    return piece[1]


class Start:
    """A proposal or announcement: known, without dates."""

    __slots__ = ("action", "day", "order", "proposed", "terms")

    def __init__(
        self, action: MeasureProposed | MeasureAnnounced, order: int, day: AnyDay, terms: Terms, proposed: bool
    ) -> None:
        self.action = action
        self.proposed = proposed
        """Whether it or one before it in this life is a proposal."""
        self.order = order
        self.day = day
        self.terms = terms


class Stay:
    """The measure is stopped from `start` to `until` (NEVER: open); from the day `lifted` on it no longer is."""

    __slots__ = ("act", "lifted", "lifted_by", "order", "start", "until")

    def __init__(self, act: str, order: int, start: AnyDay, until: int) -> None:
        self.act = act
        self.order = order
        self.start = start
        self.until = until
        self.lifted: AnyDay | None = None
        self.lifted_by: str | None = None

    def holds(self, day: int) -> bool:
        """Whether the stay stands on that day."""
        return self.start <= day and day <= self.until and (self.lifted is None or self.lifted > day)

    def lift(self, day: AnyDay, act: str) -> None:
        """Lifts from that day on; the earlier of two liftings holds."""
        if self.lifted is None or self.lifted > day:
            self.lifted = day
            self.lifted_by = act


class End(Stay):
    """The measure no longer holds from `start` on; `until` is NEVER. `void`: another end came before it could."""

    __slots__ = ("void",)

    def __init__(self, act: str, order: int, start: AnyDay) -> None:
        super().__init__(act, order, start, NEVER)
        self.void = False


def _order(stay: Stay) -> int:
    return stay.order


AnyStay = TypeVar("AnyStay", bound=Stay)


class Stays(Generic[AnyStay]):
    """
    The stays of a measure, or the ends of a life. A stay concerns the adoptions before it in the order of acts.

    Those that are past are kept by their first day with the furthest last day so far, so that neither a lifting nor a
    question walks through all of them.
    """

    def __init__(self) -> None:
        self.current: list[AnyStay] = []
        self.past: list[AnyStay] = []
        self.newest: AnyStay | None = None
        self.by_act: dict[str, list[AnyStay]] = {}
        self._furthest: list[int] = []
        self._look_at = 8
        """How long `current` may grow before what is past is looked for: no step walks through it in vain."""

    def add(self, stay: AnyStay, announced: AnyDay) -> None:
        """Takes the next stay in the order of acts, announced on that day."""
        self.newest = stay
        self.by_act.setdefault(stay.act, []).append(stay)
        self.current.append(stay)
        if isinstance(announced, int) and len(self.current) > self._look_at:
            self._retire(announced)
            self._look_at = 2 * len(self.current) + 8

    def lift(self, lifts: str | None, start: AnyDay, act: str) -> None:
        """Lifts the stays of one act, or all, from `start` on."""
        if lifts is not None:
            for stay in self.by_act[lifts]:
                stay.lift(start, act)
            return
        for stay in self.current:
            stay.lift(start, act)
        for at in self._past_reaching(start):
            self.past[at].lift(start, act)

    def on(self, day: int, after: int = -1) -> AnyStay | None:
        """A stay that holds on the day and concerns an adoption of the order `after`; None if there is none."""
        if self.newest is None:
            return None
        for stay in islice(self.current, bisect_right(self.current, after, key=_order), None):
            if stay.holds(day):
                return stay
        for at in self._past_reaching(day):
            if self.past[at].order > after and self.past[at].holds(day):
                return self.past[at]
        return None

    def lifting(self, day: int, after: int = -1) -> str | None:
        """The act that lifted the newest of those that would hold on the day otherwise; None if none would."""
        for stay in chain(reversed(self.current), reversed(self.past)):
            if stay.order > after and stay.start <= day and day <= stay.until and not stay.holds(day):
                return stay.lifted_by
        return None

    def _past_reaching(self, day: AnyDay) -> Iterator[int]:
        at = len(self.past) - 1
        while at >= 0 and self._furthest[at] >= day:
            yield at
            at -= 1

    def _retire(self, announced: int) -> None:
        kept: list[AnyStay] = []
        for stay in self.current:
            if not isinstance(stay.start, int):
                kept.append(stay)
                continue
            last = stay.until if stay.lifted is None else min(stay.until, _ordinal(stay.lifted) - 1)
            if last >= announced:
                kept.append(stay)
                continue
            self.past.append(stay)
            self._furthest.append(max(last, self._furthest[-1] if self._furthest else 0))
        self.current = kept


class Amendment:
    """Terms that hold from `applies` to `until`, both inclusive."""

    __slots__ = ("act", "applies", "life", "order", "terms", "until")

    def __init__(self, act: str, order: int, applies: AnyDay, until: int, terms: Terms, life: int) -> None:
        self.act = act
        self.life = life
        """The place of its life among those of the measure."""
        self.order = order
        self.applies = applies
        self.until = until
        self.terms = terms


class Amendments:
    """The amendments of one term in the order in which they apply: by the day they begin, then by order of acts."""

    def __init__(self) -> None:
        self.listed: list[Amendment] = []
        self._begins: list[AnyDay] = []
        """The days from which they apply."""
        self._newest: list[int] = []
        """The greatest order of an amendment and those before it."""
        self._furthest: list[int] = []
        """The last day of an amendment and those before it."""

    def add(self, amendment: Amendment) -> None:
        """Takes the next amendment in the order of acts."""
        at = bisect_right(self._begins, amendment.applies)
        self.listed.insert(at, amendment)
        self._begins.insert(at, amendment.applies)
        self._newest[at:] = [amendment.order] * (len(self._newest) - at + 1)
        self._furthest.insert(at, max(amendment.until, self._furthest[at - 1] if at else 0))
        for later in range(at + 1, len(self._furthest)):
            if self._furthest[later] >= amendment.until:
                break
            self._furthest[later] = amendment.until

    def on(self, day: int, after: int) -> Amendment | None:
        """The amendment that gives the term on that day to a base of the order `after`, or None."""
        at = bisect_right(self._begins, day)
        while at and self._newest[at - 1] > after and self._furthest[at - 1] >= day:
            at -= 1
            if self.listed[at].order > after and self.listed[at].until >= day:
                return self.listed[at]
        return None


class Beginnings:
    """
    The first days of things in the order of acts, to find the last of them that may have begun by a day.

    A first day may lie before those of earlier things. A partial day counts as its first possible one.
    """

    def __init__(self) -> None:
        self._days: list[int] = []
        self._earliest: list[int] = []
        """The first day of a thing and those after it."""

    def add(self, day: AnyDay | None) -> None:
        """One thing more; None: it has no first day."""
        self._days.append(NEVER if day is None else _earliest(day))
        self._earliest.append(NEVER)
        self._settle(len(self._days) - 1)

    def drop(self) -> None:
        """The last thing goes."""
        self._days.pop()
        self._earliest.pop()
        self._settle(len(self._days) - 1)

    def redate(self, day: AnyDay | None) -> None:
        """The last thing has another first day, or the same."""
        if self._days[-1] != (NEVER if day is None else _earliest(day)):
            self.drop()
            self.add(day)

    def bring_forward(self, at: int, day: AnyDay | None) -> None:
        """A thing may have begun by an earlier day than it was said."""
        if day is not None and _earliest(day) < self._days[at]:
            self._days[at] = _earliest(day)
            self._settle(at)

    def by(self, day: int) -> range:
        """The places of the things that may have begun by the day, the last first."""
        return range(bisect_right(self._earliest, day) - 1, -1, -1)

    def _settle(self, at: int) -> None:
        while at >= 0:
            day = min(self._days[at], self._earliest[at + 1]) if at + 1 < len(self._days) else self._days[at]
            if self._earliest[at] == day:
                break
            self._earliest[at] = day
            at -= 1


class Life:
    """One life of a measure: from a beginning to its end or expiry."""

    __slots__ = (
        "adoptions",
        "amendments",
        "draft",
        "drafted",
        "ends",
        "entries",
        "newest_amendment",
        "opener",
        "standing",
        "starts",
        "starts_in_turn",
    )

    def __init__(self, opener: str) -> None:
        self.opener = opener
        """The act without which nothing of this life could follow: after an end it began again, after an expiry not."""
        self.starts: list[Start] = []
        """Proposals and announcements, in order; without those surely told after the first adoption."""
        self.adoptions: list[Adoption] = []
        self.standing: list[Adoption] = []
        """The adoptions not replaced before their entry; each is cut off by the entry of the next."""
        self.entries = Beginnings()
        """Of the standing adoptions."""
        self.ends: Stays[End] = Stays()
        self.amendments: dict[str, Amendments] = {}
        """Term → its amendments."""
        self.newest_amendment: Amendment | None = None
        self.starts_in_turn = True
        """Whether no start was told before the one that stands before it."""
        self.draft: Terms = {}
        self.drafted: list[Amendment] = []
        """Amendments for good of the proposal or announcement that stands, in order of acts."""

    def kept(self) -> Terms:
        """What a coming beginning keeps where it says nothing."""
        kept = self.draft
        for amendment in sorted(self.drafted, key=lambda amendment: amendment.applies):
            kept = kept | amendment.terms
        return kept

    def begin(self, terms: Terms) -> Terms:
        """The terms of the next beginning, which is to be kept by the one after."""
        self.draft = self.kept() | terms
        self.drafted = []
        return self.draft

    def standing_end(self) -> bool:
        """Whether an end stands, come or still to come."""
        return any(end.lifted is None for end in self.ends.current)

    def is_over(self, day: AnyDay) -> bool:
        """Whether something that begins on that day begins a new life."""
        if self.standing_end():
            return True
        return bool(self.standing) and self.standing[-1].last < day


class Cycle:
    """A deadline from its setting to the next: what was due from when on, and when it was met."""

    __slots__ = ("act", "day", "dues", "in_turn", "met", "obliged", "order")

    def __init__(self, action: DeadlineSet, order: int, day: AnyDay) -> None:
        self.act = action.act.act
        self.order = order
        self.day = day
        self.obliged = action.obliged
        self.dues: list[tuple[AnyDay, str | None, Act]] = [(day, action.due, action.act)]
        """(announced, due as recorded, act), the setting first, then the moves in order."""
        self.in_turn = True
        """Whether no move was told before the one that stands before it."""
        self.met: tuple[AnyDay, str, str] | None = None
        """(day met, as recorded, act)"""


class Lifecycle:
    """
    A measure's life so far. `refusal` judges an action, `apply` remembers it; both expect the order of acts.

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

    def refusal(self, action: AnyAction) -> Refusal | None:
        """The rule that forbids this action as the next one, or None. Nothing is remembered."""
        rule = _RULES.get(type(action))
        return None if rule is None else rule(self, action)

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
        cycle.in_turn = cycle.in_turn and _surely_by(cycle.dues[-1][0], day)
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
            if _surely_by(life.adoptions[0].day, day):
                return
            terms = (life.starts[-1].terms if life.starts else {}) | terms_of(action)
        if life.starts and not _surely_by(life.starts[-1].day, day):
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
            if day is not None and _earliest(day) < self.looked_to:
                self.looked_to = _earliest(day)
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
        last = min(last, min(_ordinal(start) for start in starts) - 1)
    return last


def _surely_by(a: AnyDay, b: AnyDay) -> bool:
    """Whether a <= b in every reading; nothing is tried."""
    return (a if isinstance(a, int) else a.high) <= (b if isinstance(b, int) else b.low)


def _earliest(day: AnyDay) -> int:
    return day if isinstance(day, int) else day.low


def _ordinal(day: AnyDay) -> int:
    return day if isinstance(day, int) else day.high


def _last(text: str | None) -> int:
    return NEVER if text is None else last_day(text)


def _entered(adoption: Adoption, entered: Span) -> date:
    if entered.exact or adoption.action.retroactive:
        return entered.last
    return max(entered.last, span(adoption.action.act.announced_on).last)


def _expiry_refusal(
    action: Action,
    effective: str | None,
    expires: str | None,
    first_field: str = "effective_on",
    last_field: str = "expires_on",
) -> Refusal | None:
    if effective is None or expires is None or span(effective).first <= span(expires).last:
        return None
    return ExpiresBeforeEffective.of(action, first_field, effective, last_field, expires)


def _of_adopted(_: Lifecycle, action: MeasureAdopted) -> Refusal | None:
    return _expiry_refusal(action, action.effective_on, action.expires_on)


def _of_change(lifecycle: Lifecycle, action: Action) -> Refusal | None:
    return None if lifecycle.lives else NotBegun.of(action)


def _of_going_on(lifecycle: Lifecycle, action: Action) -> Refusal | None:
    if lifecycle.lives and lifecycle.lives[-1].standing_end():
        return AfterTheEnd.of(action)
    return _of_change(lifecycle, action)


def _of_amended(lifecycle: Lifecycle, action: MeasureAmended) -> Refusal | None:
    return _of_going_on(lifecycle, action) or _expiry_refusal(
        action, action.applies_on, action.applies_until, "applies_on", "applies_until"
    )


def _of_suspended(lifecycle: Lifecycle, action: MeasureSuspended) -> Refusal | None:
    return _of_going_on(lifecycle, action) or _expiry_refusal(
        action, action.effective_on, action.until, "effective_on", "until"
    )


def _of_extended(lifecycle: Lifecycle, action: MeasureExtended) -> Refusal | None:
    return _of_going_on(lifecycle, action) or _expiry_refusal(action, action.effective_on, action.expires_on)


def _of_rescheduled(lifecycle: Lifecycle, action: MeasureRescheduled) -> Refusal | None:
    if not lifecycle.lives:
        return NotBegun.of(action)
    adoption = lifecycle.latest_adoption
    if action.effective_on is not UNSET and adoption is not None and adoption.effective_on is not None:
        entered = span(adoption.effective_on)
        if _entered(adoption, entered) < span(action.act.announced_on).first:
            return EntryHasHappened.of(action, adoption.effective_on)
    effective = None if action.effective_on is UNSET else action.effective_on
    expires = None if action.expires_on is UNSET else action.expires_on
    return _expiry_refusal(action, effective, expires)


def _of_reinstated(lifecycle: Lifecycle, action: MeasureReinstated) -> Refusal | None:
    if lifecycle.lives and action.lifts is not None and action.lifts not in lifecycle.stays.by_act:
        return NoSuchStay.of(action, action.lifts)
    return _of_change(lifecycle, action)


def _of_setting(lifecycle: Lifecycle, action: DeadlineSet) -> Refusal | None:
    return NotBegun.of(action) if lifecycle.count == 0 else None


def _of_deadline(lifecycle: Lifecycle, action: DeadlineMoved | DeadlineMet) -> Refusal | None:
    return None if action.deadline in lifecycle.deadlines else DeadlineNotSet.of(action, action.deadline)


_RULES: dict[type[Action], Callable[[Lifecycle, Any], Refusal | None]] = {
    MeasureAdopted: _of_adopted,
    MeasureAmended: _of_amended,
    MeasureRescheduled: _of_rescheduled,
    MeasureExtended: _of_extended,
    MeasureSuspended: _of_suspended,
    MeasureReinstated: _of_reinstated,
    MeasureEnded: _of_change,
    DeadlineSet: _of_setting,
    DeadlineMoved: _of_deadline,
    DeadlineMet: _of_deadline,
}
"""What may forbid an action, by its type; types that are missing are always lawful. A look-up is far quicker than a
match, which asks of one type after the other."""
