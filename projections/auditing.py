"""The questions of an auditor, asked of one edition of the record: what command line and HTTP have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import psycopg
from msgspec import UNSET

from events.errors import UnknownAct
from events.log import Log, Recorded
from projections.acts import act_answer
from projections.answering import HEAD, Answering, Asked, check_window
from projections.answers import RULES, ActAnswer, Edition, Restatement, WorldChanges
from projections.diaries import Place, page_of
from projections.entries import LogFilters, positions
from projections.index import Index
from projections.reading import MeasureFold
from projections.restatement import (
    EditionNeeded,
    EditionsReversed,
    LineThatDiffers,
    Why,
    lines_that_differ,
    restatement,
    why_of,
)
from projections.state import UNION, Filters, Passing

ROWS = 500
"""How many rows a page of the diary of the world has, unless asked otherwise."""


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
        edition, found = self._answering.read(asked, jurisdictions or None)
        passing = Passing(filters)
        page = page_of(
            passing.by(fold for code in sorted(found) for fold in found[code].folds.values()),
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

    def restatement(
        self,
        jurisdiction: str,
        *,
        earlier: Asked,
        later: Asked = HEAD,
        as_of: date | None = None,
        known_on: date | None = None,
    ) -> Restatement:
        """
        What a report on a day said at an earlier edition, what it says at a later one, and why it differs.

        The earlier edition is named; the later one is the head by default. Raises EditionNeeded and EditionsReversed.
        """
        if earlier.position is None and earlier.recorded_at is None:
            raise EditionNeeded(
                "Say with which edition of the record to compare: give from_position, or from_recorded_at, the moment "
                "of the report."
            )
        as_of = self._answering.today() if as_of is None else as_of
        known_on = as_of if known_on is None else known_on
        first, last = self._edition_of(earlier), self._edition_of(later)
        if last.position < first.position:
            raise EditionsReversed(
                f"Position {last.position} comes before position {first.position}: give the earlier edition first.",
                from_position=first.position,
                to_position=last.position,
            )
        then, now = (
            self._answering.state(jurisdiction, as_of=as_of, known_on=known_on, asked=Asked(edition.position))
            for edition in (first, last)
        )
        lines = lines_that_differ(then, now)
        with self._answering.edition(Asked(last.position)) as (connection, _):
            before, after = (self._both(connection, jurisdiction, edition) for edition in (first, last))
            acts = {act for line in lines if line.measure in after for act in after[line.measure].places}
            standing = _standing(connection, acts, first.position)
            known = known_on.toordinal()
            why = [why_of(line, before, after, known_on=known, standing=standing) for line in lines]
            reasons = list(zip(lines, why, strict=True))
            entries = self._between(connection, reasons, first, last)
            if then.reviewed_on != now.reviewed_on:
                entries += self._reviews(connection, jurisdiction, first, last)
        answer = restatement(then, now, reasons, entries, earlier=first, later=last)
        path = f"/v1/jurisdictions/{jurisdiction}/restatement"
        return self._answering.cited(answer, f"restatement of {jurisdiction}", path)

    def _edition_of(self, asked: Asked) -> Edition:
        with self._answering.edition(asked) as (_, edition):
            return edition

    def _both(self, connection: psycopg.Connection, jurisdiction: str, edition: Edition) -> dict[str, MeasureFold]:
        """The measures of a jurisdiction and of the EU, by name."""
        found = self._index.of_all(connection, edition, {jurisdiction, UNION})
        return {measure: fold for reading in found.values() for measure, fold in reading.folds.items()}

    def _between(
        self,
        connection: psycopg.Connection,
        reasons: Sequence[tuple[LineThatDiffers, Why]],
        first: Edition,
        last: Edition,
    ) -> list[Recorded]:
        """What was recorded between two editions of the acts of measures."""
        found: set[int] = set()
        after = _whole(connection, first.position)
        for line, why in reasons:
            asked = LogFilters(measures=(line.measure,), acts=tuple(why))
            if why:
                found.update(positions(connection, asked, after=after, up_to=last.position))
        return self._log.at(sorted(found), connection=connection)

    def _reviews(
        self, connection: psycopg.Connection, jurisdiction: str, first: Edition, last: Edition
    ) -> list[Recorded]:
        asked = LogFilters(jurisdictions=(jurisdiction,), types=("reviewed",))
        found = positions(connection, asked, after=_whole(connection, first.position), up_to=last.position)
        return self._log.at(found, connection=connection)


def _whole(connection: psycopg.Connection, position: int) -> int:
    """The last position up to one at which an append was whole: what that edition shows."""
    row = connection.execute(
        "select position from dateline.entry where position <= %s and edition <= %s order by position desc limit 1",
        [position, position],
    ).fetchone()
    return 0 if row is None else int(row[0])


def _standing(connection: psycopg.Connection, acts: Collection[str], position: int) -> set[str]:
    """Which of some acts stood, on whatever measure, at an edition."""
    rows = connection.execute(
        "select distinct on (act) act, kind from dateline.act where act = any(%s) and edition <= %s"
        " order by act, edition desc, place desc",
        [list(acts), position],
    )
    return {act for act, kind in rows if kind != "retracted"}
