"""
The questions, asked of one edition of the record: what command line and HTTP have in common.

Every answer names its three times. `as_of` defaults to today (UTC), `known_on` to `as_of`, the edition to the head.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypeVar

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from events.errors import Refusal
from events.log import Log
from events.vocabulary import jurisdiction_of
from projections.answers import (
    RULES,
    Changes,
    Deadlines,
    Edition,
    EntryAnswer,
    History,
    Jurisdiction,
    Jurisdictions,
    LogPage,
    Matrix,
    MeasureAnswer,
    Pressure,
    Report,
    Series,
    State,
    Timeline,
)
from projections.changes import changes_between
from projections.citing import LICENCE, cited
from projections.database import is_lost
from projections.deadlines import DeadlineFilters, deadlines_as_of
from projections.entries import LogFilters, last_positions, positions, revisions_of, superseded_by
from projections.fold import MeasureFold
from projections.history import history_of, log_entry
from projections.index import Index, OnRecord
from projections.jurisdictions import code_and_name, name_of
from projections.measure import measure_as_of
from projections.pointing import pointing_at
from projections.relations import aimed_at
from projections.reporting import report_of
from projections.series import Step, series_between
from projections.state import UNION, Filters, matrix_as_of, state_as_of
from projections.timeline import Neighbours, neighbours, timeline_of

Answer = TypeVar("Answer", bound=Struct)


class BothEditions(Refusal):
    """An edition is named by its position or by a moment, not by both."""

    type = "both-editions"


class UnknownMeasure(Refusal):
    """A measure that is not on record at the edition asked about."""

    type = "unknown-measure"

    @classmethod
    def of(cls, measure: str) -> UnknownMeasure:
        """The refusal of a measure by its name."""
        return cls(
            f"There is no measure {measure} in this edition of the record. Its jurisdiction's state lists what there "
            "is.",
            measure=measure,
        )


class WindowReversed(Refusal):
    """A window ends on or after the day on which it begins."""

    type = "window-reversed"


def check_window(from_: date, to: date, name: str = "from") -> None:
    """Raises WindowReversed, which tells under which name the first day is given."""
    if to < from_:
        raise WindowReversed(
            f"The window ends on {to} before it begins on {from_}: give the earlier day as '{name}'.",
            **{"from": from_.isoformat(), "to": to.isoformat()},
        )


class OtherRules(Refusal):
    """An answer is read under the present rules: an address that names others is not answered by them."""

    type = "other-rules"


class Asked:
    """
    Which edition is asked: by position, by moment (aware), or the head; and the rules it is to be read under.

    Whoever gives `from_memory` takes an answer from memory while the database is away, and is told of it by that call.
    """

    def __init__(
        self,
        position: int | None = None,
        recorded_at: datetime | None = None,
        rules: str | None = None,
        from_memory: Callable[[], None] | None = None,
    ) -> None:
        if rules is not None and rules != RULES:
            raise OtherRules(
                f"This service reads under rules {RULES}, not {rules}: leave 'rules' out for the answer under these.",
                asked=rules,
                present=RULES,
            )
        if position is not None and recorded_at is not None:
            raise BothEditions("Give position or recorded_at, not both: each names an edition of the record.")
        self.position = position
        self.recorded_at = recorded_at
        self.from_memory = from_memory

    def at(self, position: int) -> Asked:
        """The same of the edition at a position, for another question upon an answer."""
        return Asked(position, from_memory=self.from_memory)


HEAD = Asked()

PAGE = 100
"""How many events a page of the log has, unless asked otherwise."""


class Answering:
    """Answers questions from memory and PostgreSQL. Safe to share between threads; the pool belongs to wiring."""

    def __init__(
        self,
        pool: ConnectionPool[psycopg.Connection],
        log: Log,
        index: Index,
        clock: Callable[[], datetime],
        licence: str = LICENCE,
    ) -> None:
        self._pool = pool
        self._log = log
        self._index = index
        self._clock = clock
        self.licence = licence

    def today(self) -> date:
        """The present day (UTC)."""
        return self._clock().date()

    def state(
        self,
        jurisdiction: str,
        *,
        as_of: date | None = None,
        known_on: date | None = None,
        asked: Asked = HEAD,
        filters: Filters = Filters(),
    ) -> State:
        """The rules of a jurisdiction on a day."""
        as_of, known_on = self._days(as_of, known_on)
        eyes = date.max if filters.given else known_on  # words of filters may be known from any day
        edition, found = self.read(asked, {jurisdiction, UNION}, known_on=eyes)
        state = state_as_of(
            jurisdiction,
            found[jurisdiction].folds.values(),
            found[UNION].folds.values() if jurisdiction != UNION else (),
            as_of=as_of,
            known_on=known_on,
            edition=edition,
            reviewed_on=found[jurisdiction].reviewed_on,
            filters=filters,
        )
        path = f"/v1/jurisdictions/{jurisdiction}/state"
        return self._cited(state, f"state of {code_and_name(jurisdiction)}", path, filters.parameters())

    def report(
        self,
        jurisdiction: str,
        *,
        as_of: date | None = None,
        known_on: date | None = None,
        since: date | None = None,
        asked: Asked = HEAD,
    ) -> Report:
        """A jurisdiction on a day as a report tells it; `since`, inclusive, for its diary. Raises WindowReversed."""
        as_of, known_on = self._days(as_of, known_on)
        if since is not None:
            check_window(since, as_of, "since")
        edition, found = self.read(asked, {jurisdiction, UNION})
        own = list(found[jurisdiction].folds.values())
        union = list(found[UNION].folds.values()) if jurisdiction != UNION else []
        state = state_as_of(
            jurisdiction,
            own,
            union,
            as_of=as_of,
            known_on=known_on,
            edition=edition,
            reviewed_on=found[jurisdiction].reviewed_on,
        )
        report = report_of(state, own, union, since=since, edition=edition)
        path = f"/v1/jurisdictions/{jurisdiction}/report"
        return self._cited(report, f"report on {code_and_name(jurisdiction)}", path, {"since": report.since})

    def pressure(
        self, jurisdiction: str, *, as_of: date | None = None, known_on: date | None = None, asked: Asked = HEAD
    ) -> Pressure:
        """The measures of others that are aimed at a jurisdiction on a day."""
        as_of, known_on = self._days(as_of, known_on)
        edition, found = self.read(asked, (), pointing_at_one_of=[jurisdiction])
        folds = [fold for reading in found.values() for fold in reading.folds.values()]
        answer = Pressure(
            jurisdiction=jurisdiction,
            as_of=as_of.isoformat(),
            known_on=known_on.isoformat(),
            position=edition.position,
            recorded_at=edition.recorded_at,
            rules=RULES,
            measures=aimed_at(jurisdiction, folds, as_of=as_of, known_on=known_on),
        )
        path = f"/v1/jurisdictions/{jurisdiction}/pressure"
        return self._cited(answer, f"measures aimed at {code_and_name(jurisdiction)}", path)

    def world(
        self,
        *,
        as_of: date | None = None,
        known_on: date | None = None,
        asked: Asked = HEAD,
        filters: Filters = Filters(),
    ) -> Matrix:
        """The rules of the world on a day, one row a recorded jurisdiction."""
        as_of, known_on = self._days(as_of, known_on)
        edition, found = self.read(asked)
        matrix = matrix_as_of(_lists(found), as_of=as_of, known_on=known_on, edition=edition, filters=filters)
        return self._cited(matrix, "state of the world", "/v1/state", filters.parameters())

    def series(
        self,
        *,
        from_: date,
        to: date | None = None,
        step: Step = "month",
        known_on: date | None = None,
        jurisdictions: Sequence[str] = (),
        asked: Asked = HEAD,
        filters: Filters = Filters(),
    ) -> Series:
        """
        The jurisdictions counted by what they do, point by point; both days inclusive, `to` defaults to today.

        Without `known_on`, each point is read by the eyes of its own day. Raises WindowReversed and TooManyPoints.
        """
        to = self.today() if to is None else to
        check_window(from_, to)
        edition, found = self.read(asked, jurisdictions or None)
        series = series_between(
            _lists(found),
            from_=from_,
            to=to,
            step=step,
            known_on=known_on,
            edition=edition,
            jurisdictions=jurisdictions,
            filters=filters,
        )
        what = f"series of {', '.join(jurisdictions) or 'the world'} by {step}"
        what += " as people knew it then" if known_on is None else ""
        given = {
            **filters.parameters(),
            "jurisdiction": tuple(jurisdictions),
            "step": None if step == "month" else step,
        }
        return self._cited(series, what, "/v1/series", given)

    def timeline(self, *, known_on: date | None = None, asked: Asked = HEAD, filters: Filters = Filters()) -> Timeline:
        """The headlines of the world through time; without `known_on`, each day by the eyes of that day."""
        edition, found = self.read(asked)
        return timeline_of(_lists(found), known_on=known_on, edition=edition, filters=filters)

    def neighbours(
        self,
        as_of: date,
        *,
        jurisdictions: Sequence[str] = (),
        known_on: date | None = None,
        asked: Asked = HEAD,
        filters: Filters = Filters(),
    ) -> Neighbours:
        """The days before and after a day on which something changes, of some jurisdictions, or of the world."""
        _, found = self.read(asked, jurisdictions or None)
        measures = [fold for each in found.values() for fold in each.folds.values()]
        return neighbours(measures, as_of, known_on=known_on, filters=filters)

    def changes(
        self,
        jurisdiction: str,
        *,
        from_: date,
        to: date | None = None,
        known_on: date | None = None,
        asked: Asked = HEAD,
    ) -> Changes:
        """The diary of a jurisdiction, both days inclusive; `to` defaults to today, `known_on` to `to`."""
        to = self.today() if to is None else to
        check_window(from_, to)
        edition, found = self.read(asked, [jurisdiction])
        folds = found[jurisdiction].folds.values()
        diary = changes_between(jurisdiction, folds, from_=from_, to=to, known_on=known_on or to, edition=edition)
        path = f"/v1/jurisdictions/{jurisdiction}/changes"
        return self._cited(diary, f"changes of {code_and_name(jurisdiction)}", path)

    def deadlines(
        self,
        *,
        jurisdictions: Sequence[str] = (),
        as_of: date | None = None,
        known_on: date | None = None,
        asked: Asked = HEAD,
        filters: DeadlineFilters = DeadlineFilters(),
    ) -> Deadlines:
        """The deadlines of some jurisdictions, or of the world, on a day."""
        as_of, known_on = self._days(as_of, known_on)
        edition, found = self.read(asked, jurisdictions or None)
        folds = [fold for each in found.values() for fold in each.folds.values()]
        answer = deadlines_as_of(folds, as_of=as_of, known_on=known_on, edition=edition, filters=filters)
        where = ", ".join(jurisdictions) or "the world"
        given = {**filters.parameters(), "jurisdiction": tuple(jurisdictions)}
        return self._cited(answer, f"deadlines of {where}", "/v1/deadlines", given)

    def measure(
        self, measure: str, *, as_of: date | None = None, known_on: date | None = None, asked: Asked = HEAD
    ) -> MeasureAnswer:
        """One measure on a day, with its profile over time. Raises UnknownMeasure."""
        as_of, known_on = self._days(as_of, known_on)
        jurisdiction = jurisdiction_of(measure)
        edition, found = self.read(asked, [jurisdiction])
        fold = found[jurisdiction].folds.get(measure)
        if fold is None:
            raise UnknownMeasure.of(measure)
        revision = found[jurisdiction].revisions[measure]
        answer = measure_as_of(fold, as_of=as_of, known_on=known_on, edition=edition, revision=revision)
        return self._cited(answer, f"measure {measure}", f"/v1/measures/{measure}")

    def history(self, measure: str, *, asked: Asked = HEAD) -> History:
        """Every entry of a measure's stream up to the edition. Raises UnknownMeasure."""
        with self.edition(asked) as (connection, edition):
            told = self._log.stream(measure, edition.position, connection=connection)
            stream = [entry for entry in told if entry.edition <= edition.position]
            if not stream:
                raise UnknownMeasure.of(measure)
            history = history_of(measure, stream, edition)
        return self._cited(history, f"history of {measure}", f"/v1/measures/{measure}/history")

    def log(
        self, *, after: int = 0, limit: int = PAGE, filters: LogFilters = LogFilters(), asked: Asked = HEAD
    ) -> LogPage:
        """The events after a position, in order; `next` is the position to ask after, null at the edition's end."""
        with self.edition(asked) as (connection, edition):
            if filters:
                found = positions(connection, filters, after=after, up_to=edition.position, limit=limit + 1)
                events = self._log.at(found[:limit], connection=connection)
                more = len(found) > limit
            else:
                told = self._log.read(after, limit, up_to=edition.position, connection=connection)
                events = [event for event in told if event.edition <= edition.position]
                more = bool(events) and len(events) == len(told) and events[-1].position < edition.position
            page = LogPage(
                position=edition.position,
                recorded_at=edition.recorded_at,
                rules=RULES,
                events=tuple(log_entry(event) for event in events),
                next=events[-1].position if more else None,
            )
        given = {**filters.parameters(), "after": after or None, "limit": None if limit == PAGE else limit}
        return self._cited(page, f"log after position {after}", "/v1/log", given)

    def last_of_log(
        self, *, before: int | None = None, limit: int = PAGE, filters: LogFilters = LogFilters(), asked: Asked = HEAD
    ) -> LogPage:
        """
        The last events before a position, or of the edition, in order; `next` is the position to ask before.

        `next` is null at the log's beginning. The page is cited as `log` gives it, which is the same but for `next`.
        """
        with self.edition(asked) as (connection, edition):
            bound = edition.position + 1 if before is None else before
            found = last_positions(connection, filters, before=bound, up_to=edition.position, limit=limit + 1)
            chosen = found[:limit]
            events = self._log.at(chosen, connection=connection)
            page = LogPage(
                position=edition.position,
                recorded_at=edition.recorded_at,
                rules=RULES,
                events=tuple(log_entry(event) for event in events),
                next=chosen[-1] if len(found) > limit else None,
            )
        after = chosen[-1] - 1 if chosen else edition.position
        given = {**filters.parameters(), "after": after or None, "limit": max(len(chosen), 1)}
        return self._cited(page, f"log after position {after}", "/v1/log", given)

    def entry(self, at: int, *, asked: Asked = HEAD) -> EntryAnswer | None:
        """The event at a position of the log; None where this edition has none there."""
        with self.edition(asked) as (connection, edition):
            found = self._log.stored(at, connection=connection)
            if found is None or found.recorded.edition > edition.position:
                return None
            stream, revision = found.recorded.stream, found.recorded.revision
            beside = revisions_of(connection, stream, [revision - 1, revision + 1], edition.position)
            following = positions(connection, LogFilters(), after=at, up_to=edition.position, limit=1)
            answer = EntryAnswer(
                position=edition.position,
                recorded_at=edition.recorded_at,
                rules=RULES,
                entry=log_entry(found.recorded),
                topic=found.topic,
                stored=found.state.decode(),
                before=at - 1 or None,
                after=next(iter(following), None),
                before_in_stream=beside.get(revision - 1),
                after_in_stream=beside.get(revision + 1),
                superseded_by=superseded_by(connection, at, edition.position),
            )
        return self._cited(answer, f"event {at} of the log", "/v1/log", {"after": at - 1 or None, "limit": 1})

    def jurisdictions(self, *, asked: Asked = HEAD) -> Jurisdictions:
        """Every jurisdiction on record, and how far the record of it reaches."""
        edition, found = self.read(asked)
        rows = [
            _coverage(code, reading)
            for code, reading in sorted(found.items())
            if reading.folds or reading.reviewed_on is not None
        ]
        answer = Jurisdictions(
            position=edition.position, recorded_at=edition.recorded_at, rules=RULES, jurisdictions=tuple(rows)
        )
        return self._cited(answer, "jurisdictions on record", "/v1/jurisdictions")

    def _cited(self, answer: Answer, what: str, path: str, given: Mapping[str, object] | None = None) -> Answer:
        return cited(answer, what, path, given or {}, self.licence)

    def _days(self, as_of: date | None, known_on: date | None) -> tuple[date, date]:
        as_of = self.today() if as_of is None else as_of
        return as_of, as_of if known_on is None else known_on

    def cited(self, answer: Answer, what: str, path: str, given: Mapping[str, object] | None = None) -> Answer:
        """An answer with its citation; `given` are its filters by the names of the parameters."""
        return self._cited(answer, what, path, given)

    def read(
        self,
        asked: Asked,
        jurisdictions: Collection[str] | None = None,
        *,
        pointing_at_one_of: Collection[str] = (),
        known_on: date = date.max,
    ) -> tuple[Edition, dict[str, OnRecord]]:
        """
        The edition asked about, and what is on record by it of some jurisdictions, or of all.

        Of some, with those whose acts ever named one of these jurisdictions or measures. It is to be read by the eyes
        of no later day than `known_on`. Where the database is away,
        and whoever asks takes that, from memory, if it holds all of it. Raises PositionAboveHead and MomentInFuture,
        and psycopg.OperationalError where there is no answer.
        """
        try:
            with self.edition(asked) as (connection, edition):
                if jurisdictions is None:
                    return edition, self._index.of_all(connection, edition, None, known_on)
                more = pointing_at(connection, pointing_at_one_of, edition.position) if pointing_at_one_of else set()
                return edition, self._index.of_all(connection, edition, {*jurisdictions, *more}, known_on)
        except psycopg.OperationalError as error:
            remembered = self.remembered(asked)
            if asked.from_memory is None or remembered is None or not is_lost(error):
                raise
            # Who points at whom is not held in memory: all jurisdictions have to be, or none may be left out.
            found = self._index.of_all(None, remembered, None if pointing_at_one_of else jurisdictions)
            asked.from_memory()
            return remembered, found

    def pinned(self, asked: Asked) -> Asked:
        """The same of the very edition that is asked about now, for several questions upon it. Raises as `read`."""
        edition, _ = self.read(asked, ())
        return asked.at(edition.position)

    def remembered(self, asked: Asked = HEAD) -> Edition | None:
        """
        The edition asked about, where memory can be asked for it: the last that was seen here; else None.

        It is not the head where a later one was seen, here or by those who answer beside this: what was shown is not
        taken back.
        """
        last = self._index.last
        if last is None or asked.recorded_at is not None:
            return None
        position = self._log.seen.highest() if asked.position is None else asked.position
        return last if last.position == position else None

    @contextmanager
    def edition(self, asked: Asked, *, steady: bool = False) -> Iterator[tuple[psycopg.Connection, Edition]]:
        """
        A connection and the edition asked about, for one question. Raises PositionAboveHead and MomentInFuture.

        A `steady` one sees one state of the database throughout, whatever is appended meanwhile.
        """
        with self._pool.connection() as connection:
            if steady:
                connection.execute("set transaction isolation level repeatable read, read only")
            if asked.recorded_at is not None:
                position = self._log.position_at(asked.recorded_at, connection=connection)
                edition = Edition(position, self._log.moment_of(position, connection=connection))
            elif asked.position is not None:
                edition = Edition(asked.position, self._log.moment_of(asked.position, connection=connection))
            else:
                edition = Edition(*self._log.head(connection=connection))
            self._index.see(connection, edition)
            yield connection, edition


def _lists(found: Mapping[str, OnRecord]) -> dict[str, list[MeasureFold]]:
    return {code: list(reading.folds.values()) for code, reading in found.items() if reading.folds}


def _coverage(code: str, reading: OnRecord) -> Jurisdiction:
    acts = {
        action.act.act: action.act.announced_on for fold in reading.folds.values() for action in fold.ordered.actions
    }
    return Jurisdiction(
        jurisdiction=code,
        name=name_of(code),
        measures=len(reading.folds),
        acts=len(acts),
        last_act=max(acts.items(), key=_announced)[1] if acts else None,
        last_recorded=reading.last_recorded,
        reviewed_on=reading.reviewed_on,
    )


def _announced(act: tuple[str, str]) -> str:
    return act[1].lstrip("[.")
