"""
The questions, asked of one edition of the record: what command line and HTTP have in common.

Every answer names its three times. `as_of` defaults to today (UTC), `known_on` to `as_of`, the edition to the head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import TypeVar

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from events.errors import Refusal
from events.log import Log
from projections.answers import (
    RULES,
    Changes,
    Deadlines,
    Edition,
    History,
    Jurisdiction,
    Jurisdictions,
    LogPage,
    Matrix,
    MeasureAnswer,
    Series,
    State,
    Timeline,
)
from projections.changes import changes_between
from projections.citing import LICENCE, cited
from projections.deadlines import DeadlineFilters, deadlines_as_of
from projections.entries import LogFilters, positions
from projections.history import history_of, log_entry
from projections.index import Index
from projections.jurisdictions import code_and_name, name_of
from projections.measure import measure_as_of
from projections.reading import MeasureFold
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


def check_window(from_: date, to: date) -> None:
    """Raises WindowReversed."""
    if to < from_:
        raise WindowReversed(
            f"The window ends on {to} before it begins on {from_}: give the earlier day as 'from'.",
            **{"from": from_.isoformat(), "to": to.isoformat()},
        )


class OtherRules(Refusal):
    """An answer is read under the present rules: an address that names others is not answered by them."""

    type = "other-rules"


class Asked:
    """Which edition is asked: by position, by moment (aware), or the head; and the rules it is to be read under."""

    def __init__(
        self, position: int | None = None, recorded_at: datetime | None = None, rules: str | None = None
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
        self._licence = licence

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
        with self._edition(asked) as (connection, edition):
            codes = list(dict.fromkeys([jurisdiction, UNION]))
            folds = self._index.of_all(connection, edition.position, codes)
            state = state_as_of(
                jurisdiction,
                folds.get(jurisdiction, {}).values(),
                folds.get(UNION, {}).values() if jurisdiction != UNION else (),
                as_of=as_of,
                known_on=known_on,
                edition=edition,
                reviewed_on=reviews_by(connection, edition.position, jurisdiction).get(jurisdiction),
                filters=filters,
            )
        path = f"/v1/jurisdictions/{jurisdiction}/state"
        return self._cited(state, f"state of {code_and_name(jurisdiction)}", path, filters.parameters())

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
        with self._edition(asked) as (connection, edition):
            folds = self._index.of_all(connection, edition.position)
            lists = {code: list(each.values()) for code, each in folds.items() if each}
            matrix = matrix_as_of(lists, as_of=as_of, known_on=known_on, edition=edition, filters=filters)
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
        with self._edition(asked) as (connection, edition):
            folds = self._index.of_all(connection, edition.position, list(jurisdictions) or None)
            series = series_between(
                {code: list(each.values()) for code, each in folds.items() if each},
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
        with self._edition(asked) as (connection, edition):
            folds = self._index.of_all(connection, edition.position)
            lists = {code: list(each.values()) for code, each in folds.items() if each}
            return timeline_of(lists, known_on=known_on, edition=edition, filters=filters)

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
        with self._edition(asked) as (connection, edition):
            folds = self._index.of_all(connection, edition.position, list(jurisdictions) or None)
            measures = [fold for each in folds.values() for fold in each.values()]
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
        with self._edition(asked) as (connection, edition):
            folds = self._index.measures(connection, jurisdiction, edition.position)
            diary = changes_between(
                jurisdiction, folds.values(), from_=from_, to=to, known_on=known_on or to, edition=edition
            )
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
        with self._edition(asked) as (connection, edition):
            found = self._index.of_all(connection, edition.position, list(jurisdictions) or None)
            folds = [fold for each in found.values() for fold in each.values()]
            answer = deadlines_as_of(folds, as_of=as_of, known_on=known_on, edition=edition, filters=filters)
        where = ", ".join(jurisdictions) or "the world"
        given = {**filters.parameters(), "jurisdiction": tuple(jurisdictions)}
        return self._cited(answer, f"deadlines of {where}", "/v1/deadlines", given)

    def measure(
        self, measure: str, *, as_of: date | None = None, known_on: date | None = None, asked: Asked = HEAD
    ) -> MeasureAnswer:
        """One measure on a day, with its profile over time. Raises UnknownMeasure."""
        as_of, known_on = self._days(as_of, known_on)
        with self._edition(asked) as (connection, edition):
            fold = self._fold(connection, measure, edition)
            revision = self._log.revisions([measure], edition.position, connection=connection)[measure]
            answer = measure_as_of(fold, as_of=as_of, known_on=known_on, edition=edition, revision=revision)
        return self._cited(answer, f"measure {measure}", f"/v1/measures/{measure}")

    def history(self, measure: str, *, asked: Asked = HEAD) -> History:
        """Every entry of a measure's stream up to the edition. Raises UnknownMeasure."""
        with self._edition(asked) as (connection, edition):
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
        with self._edition(asked) as (connection, edition):
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

    def jurisdictions(self, *, asked: Asked = HEAD) -> Jurisdictions:
        """Every jurisdiction on record, and how far the record of it reaches."""
        with self._edition(asked) as (connection, edition):
            folds = self._index.of_all(connection, edition.position)
            reviews = reviews_by(connection, edition.position)
            moments = self._last_recorded(connection, edition.position)
            rows = [
                self._coverage(code, folds.get(code, {}), reviews.get(code), moments.get(code))
                for code in sorted({*folds, *reviews})
                if folds.get(code) or code in reviews
            ]
            answer = Jurisdictions(
                position=edition.position, recorded_at=edition.recorded_at, rules=RULES, jurisdictions=tuple(rows)
            )
        return self._cited(answer, "jurisdictions on record", "/v1/jurisdictions")

    def _cited(self, answer: Answer, what: str, path: str, given: Mapping[str, object] | None = None) -> Answer:
        return cited(answer, what, path, given or {}, self._licence)

    def _coverage(
        self, code: str, folds: dict[str, MeasureFold], reviewed_on: str | None, last: datetime | None
    ) -> Jurisdiction:
        acts = {action.act.act: action.act.announced_on for fold in folds.values() for action in fold.ordered.actions}
        return Jurisdiction(
            jurisdiction=code,
            name=name_of(code),
            measures=len(folds),
            acts=len(acts),
            last_act=max(acts.items(), key=_announced)[1] if acts else None,
            last_recorded=last,
            reviewed_on=reviewed_on,
        )

    def _last_recorded(self, connection: psycopg.Connection, position: int) -> dict[str, datetime]:
        rows = connection.execute(
            "select a.jurisdiction, e.recorded_at from (select jurisdiction, max(recorded_from) as edition"
            " from dateline.action where recorded_from <= %s group by jurisdiction) a"
            " join dateline.event e on e.position = a.edition",
            [position],
        )
        return dict(rows.fetchall())

    def _fold(self, connection: psycopg.Connection, measure: str, edition: Edition) -> MeasureFold:
        jurisdiction = measure.partition("/")[0]
        fold = self._index.measures(connection, jurisdiction, edition.position).get(measure)
        if fold is None:
            raise UnknownMeasure.of(measure)
        return fold

    def _days(self, as_of: date | None, known_on: date | None) -> tuple[date, date]:
        as_of = self.today() if as_of is None else as_of
        return as_of, as_of if known_on is None else known_on

    def cited(self, answer: Answer, what: str, path: str, given: Mapping[str, object] | None = None) -> Answer:
        """An answer with its citation; `given` are its filters by the names of the parameters."""
        return self._cited(answer, what, path, given)

    def edition(self, asked: Asked) -> AbstractContextManager[tuple[psycopg.Connection, Edition]]:
        """A connection and the edition asked about, for one question. Raises PositionAboveHead and MomentInFuture."""
        return self._edition(asked)

    @contextmanager
    def _edition(self, asked: Asked) -> Iterator[tuple[psycopg.Connection, Edition]]:
        """A connection and the edition asked about. Raises PositionAboveHead and MomentInFuture."""
        with self._pool.connection() as connection:
            if asked.recorded_at is not None:
                position = self._log.position_at(asked.recorded_at, connection=connection)
                yield connection, Edition(position, self._log.moment_of(position, connection=connection))
            elif asked.position is not None:
                moment = self._log.moment_of(asked.position, connection=connection)
                yield connection, Edition(asked.position, moment)
            else:
                head, moment = self._log.head(connection=connection)
                yield connection, Edition(head, moment)


def _announced(act: tuple[str, str]) -> str:
    return act[1].lstrip("[.")


def reviews_by(connection: psycopg.Connection, position: int, jurisdiction: str | None = None) -> dict[str, str]:
    """The last day on which each jurisdiction was looked through, by an edition."""
    rows = connection.execute(
        "select jurisdiction, max(reviewed_on) from dateline.review where edition <= %(position)s"
        " and (%(code)s::text is null or jurisdiction = %(code)s) group by jurisdiction",
        {"position": position, "code": jurisdiction},
    )
    return dict(rows.fetchall())
