"""
What a measure's life consists of (record format, rules 3 to 6): adoptions with their days of validity, proposals and
announcements, stays and ends, amendments, deadlines.

Each remembers what it was told and answers for a day. Days are ordinals, or partial days of one run (events.partial);
the code compares them and never computes with them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, islice
from typing import Generic, TypeVar

from events.actions import Act, DeadlineSet, MeasureAdopted, MeasureAnnounced, MeasureProposed
from events.dates import NEVER
from events.partial import AnyDay, earliest, latest

Terms = dict[str, tuple[object, str]]
"""Field (`title`, `effects`, `subjects`, `scope`, `targets`, `values.NAME`) → value and the act that gave it."""


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
            last = stay.until if stay.lifted is None else min(stay.until, latest(stay.lifted) - 1)
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
        self._days.append(NEVER if day is None else earliest(day))
        self._earliest.append(NEVER)
        self._settle(len(self._days) - 1)

    def drop(self) -> None:
        """The last thing goes."""
        self._days.pop()
        self._earliest.pop()
        self._settle(len(self._days) - 1)

    def redate(self, day: AnyDay | None) -> None:
        """The last thing has another first day, or the same."""
        if self._days[-1] != (NEVER if day is None else earliest(day)):
            self.drop()
            self.add(day)

    def bring_forward(self, at: int, day: AnyDay | None) -> None:
        """A thing may have begun by an earlier day than it was said."""
        if day is not None and earliest(day) < self._days[at]:
            self._days[at] = earliest(day)
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
