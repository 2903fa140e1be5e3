"""The questions of an auditor, asked of one edition of the record: what command line and HTTP have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import psycopg
from msgspec import UNSET

from events.errors import UnknownAct
from events.log import Log
from projections.acts import act_answer
from projections.answering import HEAD, Answering, Asked, check_window
from projections.answers import RULES, ActAnswer, WorldChanges
from projections.diaries import Place, page_of
from projections.entries import LogFilters, positions
from projections.index import Index
from projections.reading import MeasureFold
from projections.state import Filters, Passing

ROWS = 500
"""How many rows a page of the diary of the world has, unless asked otherwise."""

AT_ONCE = 16
"""Jurisdictions that are loaded in one question to the database; a world is never held as a whole."""


class Auditing:
    """Answers an auditor from memory and PostgreSQL. Safe to share between threads; what it is given is not its own."""

    def __init__(self, answering: Answering, log: Log, index: Index) -> None:
        self._answering = answering
        self._log = log
        self._index = index

    def changes(
        self,
        *,
        from_: date,
        to: date | None = None,
        known_on: date | None = None,
        jurisdictions: Sequence[str] = (),
        filters: Filters = Filters(),
        after: Place | None = None,
        limit: int = ROWS,
        asked: Asked = HEAD,
    ) -> WorldChanges:
        """A page of the diary of some jurisdictions, or of the world; `to` defaults to today, `known_on` to `to`."""
        to = self._answering.today() if to is None else to
        check_window(from_, to)
        known_on = to if known_on is None else known_on
        with self._answering.edition(asked) as (connection, edition):
            passing = Passing(filters)
            page = page_of(
                passing.by(self._folds(connection, edition.position, jurisdictions)),
                from_=from_,
                to=to,
                known_on=known_on,
                limit=limit,
                after=after,
                filters=filters,
            )
        diary = WorldChanges(
            from_=from_.isoformat(),
            to=to.isoformat(),
            known_on=known_on.isoformat(),
            position=edition.position,
            recorded_at=edition.recorded_at,
            rules=RULES,
            changes=page.changes,
            next=None if page.next is None else str(page.next),
            unknown=passing.unknown() or UNSET,
        )
        where = ", ".join(jurisdictions) or "the world"
        given = {
            **filters.parameters(),
            "jurisdiction": tuple(jurisdictions),
            "after": None if after is None else str(after),
            "limit": None if limit == ROWS else limit,
        }
        return self._answering.cited(diary, f"changes of {where}", "/v1/changes", given)

    def act(self, act: str, *, asked: Asked = HEAD) -> ActAnswer:
        """Everything that was recorded of an act, by its slug. Raises UnknownAct."""
        with self._answering.edition(asked) as (connection, edition):
            found = positions(connection, LogFilters(acts=(act,)), after=0, up_to=edition.position)
            events = self._log.at(found, connection=connection)
        if not events:
            raise UnknownAct(
                f"There is no act {act} in this edition of the record. The state of a jurisdiction names the acts that "
                "its lines rest on.",
                act=act,
            )
        return self._answering.cited(act_answer(act, events, edition), f"act {act}", f"/v1/acts/{act}")

    def _folds(
        self, connection: psycopg.Connection, position: int, jurisdictions: Sequence[str]
    ) -> Iterator[MeasureFold]:
        """The measures of some jurisdictions, or of all on record, in the order of code, a few at once."""
        for codes in self._codes(connection, jurisdictions):
            loaded = self._index.of_all(connection, position, codes)
            for code in codes:
                yield from loaded.get(code, {}).values()

    def _codes(self, connection: psycopg.Connection, jurisdictions: Sequence[str]) -> Iterator[list[str]]:
        codes = sorted(set(jurisdictions))
        if not codes:
            rows = connection.execute("select jurisdiction from dateline.jurisdiction").fetchall()
            codes = sorted(code for (code,) in rows)
        for at in range(0, len(codes), AT_ONCE):
            yield codes[at : at + AT_ONCE]
