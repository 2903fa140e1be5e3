"""
The diary of a measure: what happened on which day, as it could be seen then (record format, rule 8).

It walks through time once, in the earliest reading: what is announced on a day is told to the lifecycle, and what was
put on the agenda for a day is looked at when that day comes, with what is known by then. Nothing told later removes or
moves a row.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import cast

from msgspec import UNSET, Struct, UnsetType

from events.actions import (
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAdopted,
    MeasureAmended,
    MeasureEnded,
    MeasureExtended,
    MeasureNoted,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
)
from events.dates import NEVER, Span, last_day, span
from events.lifecycle import Lifecycle
from events.lives import Adoption, Amendment, Cycle, End, Stay
from projections.answers import RULES, Change, Changes, Edition
from projections.fold import STOPPING, MeasureFold, earliest_day, latest_day
from projections.reading import IN_FORCE, OVER, Standing, deadline_on, entered_on, standing_on, terms_on

PHRASES = {
    "proposed": "proposed",
    "announced": "announced",
    "adopted": "adopted",
    "took_effect": "took effect",
    "amended": "amended",
    "rescheduled": "rescheduled",
    "terms_changed": "terms changed",
    "extended": "extended",
    "expired": "last day in force",
    "suspended": "suspended",
    "reinstated": "reinstated",
    "ended": "ended",
    "noted": "noted",
}

STATUS_CHANGES = frozenset({"took_effect", "expired", "suspended", "reinstated", "ended"})
"""What changes the status of a measure on another day than the one on which it is told."""

Facts = dict[str, object]


class Row(Struct, frozen=True):
    """
    A row of the diary. `day` is the ordinal it stands on, the first possible one of a partial day; `on` its text.

    `place` is that of its action in its act.
    """

    day: int
    on: str
    change: Change
    place: int


class _Item(Struct):
    """Something to look at once `due` has come: `look` gives its row, or None where it did not come true."""

    due: int
    look: Callable[[bool], Row | None]


def changes_between(
    jurisdiction: str,
    folds: Iterable[MeasureFold],
    *,
    from_: date,
    to: date,
    known_on: date,
    edition: Edition,
) -> Changes:
    """
    The changes of a jurisdiction from a day to a day, both inclusive, in the order of their day.

    A row up to `known_on` is judged by what was known on its own day, a later one is expected, by what was known on
    `known_on`. Adjacent windows never repeat or lose a row.
    """
    first, last = from_.toordinal(), to.toordinal()
    rows = [row for fold in folds for row in diary(fold, known_on.toordinal()) if first <= row.day <= last]
    rows.sort(key=_by_day)
    return Changes(
        jurisdiction=jurisdiction,
        from_=from_.isoformat(),
        to=to.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        changes=tuple(row.change for row in rows),
    )


def _by_day(row: Row) -> tuple[int, str]:
    return row.day, row.change.measure


def diary(fold: MeasureFold, known_on: int) -> list[Row]:
    """
    Every row of a measure, in the order of days; rows after `known_on` (an ordinal) are expected.

    It is written in the earliest reading. Where the status changes in the latest by what the earliest has not, that row
    stands as well, on the day of the latest; a deadline or terms that only the latest has changed leave none.
    """
    rows = _Diary(fold, known_on).rows()
    if not fold.partial:
        return rows
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        seen.setdefault(_cause(row), row.day)
    latest = (row for row in _Diary(fold, known_on, latest=True).rows() if row.change.what in STATUS_CHANGES)
    late = [row for row in latest if seen.get(_cause(row), NEVER) > row.day]
    return sorted([*rows, *late], key=lambda row: row.day) if late else rows


def rows_of_days(fold: MeasureFold, days: Collection[int]) -> list[Row]:
    """
    The rows of the diary on some days (ordinals) that no act had to bring, each judged by what was known on its day.

    The same as among the rows of the whole diary, known whenever later, without making those of all other days.
    """
    rows = diary(fold, NEVER) if fold.partial else _Diary(fold, NEVER, only=frozenset(days)).rows()
    return [row for row in rows if row.day in days and row.change.by is None]


def _cause(row: Row) -> tuple[object, ...]:
    return row.change.what, row.change.acts, row.place


class _Diary:
    def __init__(
        self, fold: MeasureFold, known_on: int, *, latest: bool = False, only: frozenset[int] | None = None
    ) -> None:
        self.only = only
        """The days of which rows are wanted, and of these only what no act brought; None: all rows."""
        self.fold = fold
        self.known_on = known_on
        self.day_of = latest_day if latest else earliest_day
        self.days = fold.last_days if latest else fold.first_days
        self.life = Lifecycle(self.day_of)
        self.life.exact = True
        self.agenda: list[tuple[int, int, _Item]] = []
        self.count = 0
        self.seen: set[tuple[object, ...]] = set()

    def rows(self) -> list[Row]:
        return sorted(self._walk(), key=lambda row: row.day)

    def _walk(self) -> Iterator[Row]:
        told = sorted(self.fold.ordered.actions, key=self._announced)
        for day, actions in groupby(told, key=self._announced):
            if day > self.known_on:
                break
            yield from self._come_true(before=day)
            for action in actions:
                yield from self._told(action, day)
        yield from self._come_true(before=NEVER + 2)

    def _announced(self, action: AnyAction) -> int:
        return self.days[action.act.act]

    def _come_true(self, before: int) -> Iterator[Row]:
        while self.agenda and self.agenda[0][0] < before:
            due, _, item = heapq.heappop(self.agenda)
            row = item.look(due > self.known_on)
            if row is not None:
                yield row

    def _put(self, due: int, look: Callable[[bool], Row | None]) -> None:
        self.count += 1
        heapq.heappush(self.agenda, (due, self.count, _Item(due, look)))

    # What is told

    def _told(self, action: AnyAction, day: int) -> Iterator[Row]:
        life = self.life
        if self.only is not None and type(action) not in STOPPING:
            life.apply(action, day)
            if isinstance(action, DeadlineMet):
                self._plan_met(action, day)
            self._plan(action, day)
            return
        before = standing_on(life, day)
        facts_before = self._facts(action, before, day)
        life.apply(action, day)
        after = standing_on(life, day)
        facts_after = self._facts(action, after, day)
        kind = type(action).type
        retroactive = self._reaches_back(action, day)
        match action:
            case MeasureSuspended():
                yield from self._stopped(action, cast("Stay", life.stays.newest), day)
            case MeasureEnded():
                yield from self._stopped(action, cast("End", life.lives[-1].ends.newest), day)
            case MeasureReinstated():
                yield from self._reinstated(action, before, after, day)
            case DeadlineMet():
                yield from self._met(action, facts_before, day)
            case _:
                if isinstance(action, MeasureAdopted) and before.status not in IN_FORCE and after.status in IN_FORCE:
                    facts_after["status"] = "adopted"
                yield self._row(action, kind, day, facts_before, facts_after, retroactive=retroactive)
        self._plan(action, day)

    def _facts(self, action: AnyAction, standing: Standing, day: int) -> Facts:
        match action:
            case DeadlineSet() | DeadlineMoved() | DeadlineMet():
                found = deadline_on(self.life, action.deadline, day)
                return {} if found is None else {"due": found.due, "status": found.status}
            case MeasureAmended():
                return {"status": standing.status} | {
                    field: value for field, (value, _) in terms_on(standing, day).items()
                }
            case MeasureExtended() | MeasureRescheduled():
                dated = self.life.latest_adoption
                dates: Facts = {}
                if dated is not None:
                    dates = {"effective_on": dated.effective_on, "expires_on": dated.expires_on}
                return {"status": standing.status} | dates
            case _:
                return {"status": standing.status}

    def _reaches_back(self, action: AnyAction, day: int) -> bool:
        match action:
            case MeasureAmended() if action.applies_on is not None:
                return self.day_of(action.applies_on, False) < day and span(action.applies_on).exact
            case MeasureExtended() if action.effective_on is not None:
                return self.day_of(action.effective_on, False) < day and span(action.effective_on).exact
            case _:
                return False

    def _stopped(self, action: MeasureSuspended | MeasureEnded, stay: Stay, day: int) -> Iterator[Row]:
        kind = type(action).type
        start = cast("int", stay.start)
        if start > day:
            yield self._row(action, "scheduled", day, {}, {kind: action.effective_on})
            self._put(start, lambda expected: self._stops(action, stay, start, expected))
        else:
            before = standing_on(self.life, start - 1).status
            after = standing_on(self.life, day).status
            yield self._row(
                action,
                kind,
                day,
                {"status": before},
                {"status": after},
                retroactive=start < day,
                text=action.effective_on,
            )
        if stay.until != NEVER:
            self._put(stay.until + 1, lambda expected: self._runs_out(action, stay, expected))

    def _stops(self, action: MeasureSuspended | MeasureEnded, stay: Stay, day: int, expected: bool) -> Row | None:
        if not stay.holds(day):
            return None
        before = standing_on(self.life, day - 1)
        after = standing_on(self.life, day)
        if isinstance(stay, End):
            if stay.void or before.status == "ended" or (before.status == after.status == "expired"):
                return None
        elif after.status in OVER or not _concerns(stay, after):
            return None
        return self._row(
            action,
            type(action).type,
            day,
            {"status": before.status},
            {"status": after.status},
            passed=True,
            expected=expected,
            text=action.effective_on,
        )

    def _runs_out(self, action: AnyAction, stay: Stay, expected: bool) -> Row | None:
        """The last day of a stay has passed."""
        if not stay.holds(stay.until):
            return None
        before, after = standing_on(self.life, stay.until), standing_on(self.life, stay.until + 1)
        if after.status in (*OVER, "suspended") or not _concerns(stay, after):
            return None
        return self._row(
            action,
            "reinstated",
            stay.until + 1,
            {"status": before.status},
            {"status": after.status},
            passed=True,
            expected=expected,
        )

    def _reinstated(self, action: MeasureReinstated, before: Standing, after: Standing, day: int) -> Iterator[Row]:
        start = day if action.effective_on is None else max(self.day_of(action.effective_on, False), 0)
        if start <= day:
            yield self._row(
                action,
                "reinstated",
                day,
                {"status": before.status},
                {"status": after.status},
                retroactive=start < day and action.effective_on is not None and span(action.effective_on).exact,
                text=action.effective_on,
            )
        else:
            self._put(start, lambda expected: self._resumes(action, start, expected))

    def _resumes(self, action: MeasureReinstated, day: int, expected: bool) -> Row | None:
        before, after = standing_on(self.life, day - 1), standing_on(self.life, day)
        if after.status in OVER and after.status == before.status:
            return None
        return self._row(
            action,
            "reinstated",
            day,
            {"status": before.status},
            {"status": after.status},
            passed=True,
            expected=expected,
            text=action.effective_on,
        )

    def _met(self, action: DeadlineMet, before: Facts, day: int) -> Iterator[Row]:
        met = self.day_of(action.met_on, False)
        if met <= day:
            after = self._facts(action, standing_on(self.life, day), day)
            yield self._row(action, "deadline_met", day, before, after, retroactive=last_day(action.met_on) < day)
        else:
            self._plan_met(action, day)

    def _plan_met(self, action: DeadlineMet, day: int) -> None:
        met = self.day_of(action.met_on, False)
        if met > day:
            self._put(met, lambda expected: self._is_met(action, met, expected))

    def _is_met(self, action: DeadlineMet, day: int, expected: bool) -> Row | None:
        seen_on = last_day(action.met_on)
        found = deadline_on(self.life, action.deadline, seen_on)
        if found is None or found.status != "met" or action.act.act not in found.acts:
            return None
        before = deadline_on(self.life, action.deadline, day - 1)
        return self._row(
            action,
            "deadline_met",
            day,
            {} if before is None else {"due": before.due, "status": before.status},
            {"due": found.due, "status": "met"},
            passed=True,
            expected=expected,
            text=action.met_on,
        )

    # What is put on the agenda

    def _plan(self, action: AnyAction, day: int) -> None:
        match action:
            case MeasureAdopted() | MeasureExtended() | MeasureRescheduled():
                if self.life.latest_adoption is not None:
                    self._plan_validity(action, self.life.latest_adoption, day)
            case MeasureAmended():
                self._plan_terms(action, day)
            case DeadlineSet() | DeadlineMoved():
                if action.due is not None and (self.only is None or last_day(action.due) in self.only):
                    self._plan_due(action, self.life.deadlines[action.deadline][-1], last_day(action.due), day)
            case _:
                pass

    def _plan_validity(
        self, action: MeasureAdopted | MeasureExtended | MeasureRescheduled, adoption: Adoption, day: int
    ) -> None:
        entry = adoption.entry
        dates_entry = isinstance(action, MeasureAdopted) or (
            not isinstance(action.effective_on, UnsetType) and adoption.dated_by.get("effective_on") == action.act.act
        )
        if entry is not None and dates_entry:
            start = cast("int", entry)
            self._put(max(start, day), lambda expected: self._enters(action, adoption, start, day, expected))
        late, last = adoption.pieces[-1]
        if isinstance(action, MeasureExtended) and late is not None and cast("int", late) > day:
            start_again = cast("int", late)
            self._put(start_again, lambda expected: self._enters(action, adoption, start_again, day, expected))
        if last != NEVER:
            self._plan_expiry(action, adoption, last, last, day)
            if late is not None and cast("int", late) > last + 1:
                # It is over before its entry: what was in force goes on until then.
                self._plan_expiry(action, adoption, last, cast("int", late) - 1, day)

    def _enters(
        self,
        action: MeasureAdopted | MeasureExtended | MeasureRescheduled,
        adoption: Adoption,
        start: int,
        told: int,
        expected: bool,
    ) -> Row | None:
        mark = ("took_effect", id(adoption), start)
        if mark in self.seen or not _begins_on(adoption, start):
            return None
        life = self.life.lives[adoption.life]
        entered = entered_on(life, start)
        if entered is None or entered[0] is not adoption or life.ends.on(start) is not None:
            return None
        self.seen.add(mark)
        day = max(start, told)
        before = standing_on(self.life, start - 1).status
        after = standing_on(self.life, day).status
        if before == "absent" or start < told:
            before = "adopted"
        text = action.effective_on if isinstance(action.effective_on, str) else None
        return self._row(
            action,
            "took_effect",
            day,
            {"status": before},
            {"status": after},
            passed=start > told,
            expected=expected,
            retroactive=start < told,
            text=text,
        )

    def _plan_expiry(self, action: AnyAction, adoption: Adoption, last: int, over: int, day: int) -> None:
        self._put(max(over, day), lambda expected: self._expires(action, adoption, last, over, day, expected))

    def _expires(
        self, action: AnyAction, adoption: Adoption, last: int, over: int, told: int, expected: bool
    ) -> Row | None:
        mark = ("expired", id(adoption), last)
        if mark in self.seen or not adoption.ends_on(last):
            return None
        before, after = standing_on(self.life, over), standing_on(self.life, over + 1)
        if before.status in OVER or after.status in (*IN_FORCE, "ended"):
            return None
        # Of two adoptions with the same last day the one that stands says so.
        if before.dated is not adoption and (
            after.dated is not adoption or (before.dated is not None and before.dated.ends_on(last))
        ):
            return None
        if before.status not in IN_FORCE and after.status == before.status:
            return None
        self.seen.add(mark)
        text = adoption.expires_on
        return self._row(
            action,
            "expired",
            max(over, told),
            {"status": before.status},
            {"status": after.status},
            passed=over >= told,
            expected=expected,
            retroactive=over < told,
            text=text if text is not None and over >= told and last_day(text) == over else None,
        )

    def _plan_terms(self, action: MeasureAmended, day: int) -> None:
        amendment = cast("Amendment", self.life.lives[-1].newest_amendment)
        applies = cast("int", amendment.applies)
        if applies > day:
            self._put(applies, lambda expected: self._terms_change(action, amendment, applies, expected))
        if amendment.until != NEVER and amendment.until >= day:
            after = amendment.until + 1
            self._put(after, lambda expected: self._terms_change(action, amendment, after, expected))

    def _terms_change(self, action: MeasureAmended, amendment: Amendment, day: int, expected: bool) -> Row | None:
        before, after = standing_on(self.life, day - 1), standing_on(self.life, day)
        if after.status in OVER or after.base is None or after.base.order > amendment.order or after.life is None:
            return None
        if self.life.lives[amendment.life] is not after.life or amendment.applies > amendment.until:
            return None
        old = {field: value for field, (value, _) in terms_on(before, day - 1).items()}
        new = {field: value for field, (value, _) in terms_on(after, day).items()}
        return self._row(
            action,
            "terms_changed",
            day,
            old,
            new,
            passed=True,
            expected=expected,
            text=action.applies_on if day == amendment.applies else None,
        )

    def _plan_due(self, action: DeadlineSet | DeadlineMoved, cycle: Cycle, due: int, day: int) -> None:
        judged = max(due + 1, day)
        self._put(judged, lambda expected: self._passes(action, cycle, due, judged, day, expected))

    def _passes(
        self, action: DeadlineSet | DeadlineMoved, cycle: Cycle, due: int, judged: int, told: int, expected: bool
    ) -> Row | None:
        mark = ("deadline_passed", id(cycle), due)
        found = deadline_on(self.life, action.deadline, judged)
        if found is None or found.status not in ("overdue", "passed", "closed") or mark in self.seen:
            return None
        if found.due is None or last_day(found.due) != due or self.life.deadlines[action.deadline][-1] is not cycle:
            return None
        self.seen.add(mark)
        return self._row(
            action,
            "deadline_passed",
            max(due, told),
            {"due": action.due, "status": "open"},
            {"due": action.due, "status": found.status},
            passed=due >= told,
            expected=expected,
            retroactive=due < told,
            text=action.due if due >= told else None,
        )

    # The row

    def _row(
        self,
        action: AnyAction,
        what: str,
        day: int,
        before: Facts,
        after: Facts,
        *,
        passed: bool = False,
        expected: bool = False,
        retroactive: bool = False,
        text: str | None = None,
    ) -> Row:
        """`passed`: a day passed, no act was needed. `text` is the recorded date behind the day, where there is one."""
        on = _written(day, text, action.act.announced_on)
        changed = {field for field in before.keys() | after.keys() if before.get(field) != after.get(field)} | (
            {"status"} & before.keys() & after.keys()
        )
        deadline: str | UnsetType = getattr(action, "deadline", UNSET)
        return Row(
            day,
            on,
            Change(
                on=on,
                measure=self.fold.measure,
                what=what,
                by=None if passed else action.act.act,
                before=_nested({field: value for field, value in before.items() if field in changed}),
                after=_nested({field: value for field, value in after.items() if field in changed}),
                summary=self._summary(action, what, after, deadline),
                acts=(action.act.act,),
                deadline=deadline,
                expected=expected,
                retroactive=retroactive,
            ),
            action.place,
        )

    def _summary(self, action: AnyAction, what: str, after: Facts, deadline: str | UnsetType) -> str:
        if deadline is not UNSET:
            due = after.get("due")
            until = "without a date" if due is None else f"due {due}"
            words = {"deadline_set": "set", "deadline_moved": "moved", "deadline_met": "met"}.get(what, "passed")
            return f"Deadline {deadline} {words}, {until}"
        if what == "scheduled":
            kind, day = next(iter(after.items()))
            return f"To be {kind} from {day}: {action.act.title}"
        if isinstance(action, MeasureNoted) and action.note:
            return f"Noted: {action.note}"
        phrase = PHRASES[what]
        expires = after.get("expires_on") if what == "extended" else None
        phrase = f"{phrase} to {expires}" if expires else phrase
        return f"{phrase[0].upper()}{phrase[1:]}: {action.act.title}"


def _begins_on(adoption: Adoption, start: int) -> bool:
    """Whether one of its periods in force begins on the day."""
    piece = adoption.piece_on(start)
    return piece is not None and piece[0] == start


def _concerns(stay: Stay, standing: Standing) -> bool:
    """Whether the stay stops the measure as it stands, or will from its entry on; adopting again lifts a stay."""
    return standing.base is not None and standing.base.order < stay.order


def _written(day: int, *texts: str | None) -> str:
    """The day as recorded where a recorded date is partial and contains it, the longest; as an exact day otherwise."""
    reads = [span(text) for text in texts if text is not None]
    held = [read for read in reads if not read.exact and read.first.toordinal() <= day <= read.last.toordinal()]
    return max(held, key=_last_of).text if held else date.fromordinal(day).isoformat()


def _last_of(read: Span) -> date:
    return read.last


def _nested(facts: Facts) -> Facts:
    """Terms as answers give them: `values.level` stands under `values`."""
    plain: Facts = {}
    for field, value in sorted(facts.items()):
        if field.startswith("values."):
            cast("Facts", plain.setdefault("values", {}))[field.removeprefix("values.")] = value
        else:
            plain[field] = value
    return plain
