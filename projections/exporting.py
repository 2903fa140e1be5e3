"""
One edition of the record as a whole, for who takes it away: read piece by piece, in constant memory.

What an edition says never changes. So nothing is held between two pieces, no connection and no transaction, however
slowly they are taken; and whatever is recorded meanwhile is not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby

from msgspec import Struct

from events.actions import Act, AnyAction
from events.log import Log, Stored
from events.recorder import Connection, Pool
from events.vocabulary import Verification, least_verified
from projections.answering import Answering, Asked
from projections.answers import Edition
from projections.fold import MeasureFold
from projections.index import folds_at
from projections.present import decode_action

PAGE = 5000
"""Actions read at once; more where one measure has more."""

ACTS = 500
"""Acts whose verifications are read at once."""


class ActionOnRecord(Struct, frozen=True):
    """
    An action as it was recorded or corrected, with the editions from which and to which it stands.

    `recorded_to` is None where it stands in the edition asked about, whatever became of it later.
    """

    position: int
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    kind: str
    recorded_from: int
    recorded_to: int | None
    action: AnyAction


class ActOnRecord(Struct, frozen=True):
    """An act that stands, as recorded or as last corrected, from which event on, with its actions on all measures."""

    position: int
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    kind: str
    act: Act
    actions: tuple[AnyAction, ...]
    verified: Verification | None


class Exporting:
    """Reads editions from PostgreSQL. Safe to share between threads; the pool belongs to wiring."""

    def __init__(self, answering: Answering, log: Log, pool: Pool) -> None:
        self._answering = answering
        self._log = log
        self._pool = pool

    def edition(self, asked: Asked) -> Edition:
        """The edition asked about. Raises PositionAboveHead and MomentInFuture."""
        with self._answering.edition(asked) as (_, edition):
            return edition

    def whole(self, edition: Edition) -> Edition:
        """The same by the position of its last event: an append of which it has only a part is not in it."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select position, recorded_at from dateline.event where position <= %(position)s"
                " and edition <= %(position)s order by position desc limit 1",
                {"position": edition.position},
            ).fetchone()
        return Edition(0, None) if row is None else Edition(row[0], row[1].astimezone(UTC))

    def today(self) -> date:
        """The present day (UTC)."""
        return self._answering.today()

    def licence(self) -> str:
        """The licence of the data."""
        return self._answering.licence

    def jurisdictions(self, edition: Edition) -> list[str]:
        """The jurisdictions of which an edition has measures, in order of code."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "select jurisdiction from dateline.jurisdiction as known where exists (select from dateline.action"
                " as found where found.jurisdiction = known.jurisdiction and recorded_from <= %(position)s"
                " and (recorded_to is null or recorded_to > %(position)s))",
                {"position": edition.position},
            )
            return sorted(code for (code,) in rows)

    def measures(self, edition: Edition, jurisdictions: Collection[str] = ()) -> Iterator[str]:
        """The names of the measures of some jurisdictions, or of all, in order of code and name."""
        for code in self._codes(edition, jurisdictions):
            yield from (measure for measure, _ in self._counted(code, edition))

    def folds(self, edition: Edition, jurisdictions: Collection[str] = ()) -> Iterator[MeasureFold]:
        """The measures of some jurisdictions, or of all, in order of code and name, one at a time."""
        for page in self.pages(edition, jurisdictions):
            yield from page

    def pages(self, edition: Edition, jurisdictions: Collection[str] = ()) -> Iterator[list[MeasureFold]]:
        """The same in lists whose measures have no more than PAGE actions together."""
        for code in self._codes(edition, jurisdictions):
            for measures in _in_pages(self._counted(code, edition)):
                with self._pool.connection() as connection:
                    found = folds_at(connection, "measure", measures, edition.position)
                yield [found[measure] for measure in measures]

    def revisions(self, edition: Edition, measures: Sequence[str]) -> Mapping[str, int]:
        """How many events the stream of each measure has in an edition."""
        return self._log.revisions(measures, edition.position)

    def actions(
        self, edition: Edition, jurisdictions: Collection[str] = (), *, standing: bool = False
    ) -> Iterator[ActionOnRecord]:
        """
        Every action that was recorded by an edition, in the order of the log, superseded ones included.

        Only those that stand in it with `standing`; only of some jurisdictions, if any are given.
        """
        given = {"position": edition.position, "codes": list(jurisdictions), "limit": PAGE}
        after = (0, -1)
        statement = (
            "select action.position, place, logged.recorded_at, coalesce(recorded_by, ''), batch, entry.type,"
            " recorded_from, case when recorded_to <= %(position)s then recorded_to end, data::text"
            " from dateline.action join dateline.event as logged using (position)"
            " join dateline.entry using (position)"
            " where (action.position, place) > (%(after)s, %(place)s) and action.position <= %(position)s"
            " and recorded_from <= %(position)s"
        )
        if jurisdictions:
            statement += " and action.jurisdiction = any(%(codes)s)"
        if standing:
            statement += " and (recorded_to is null or recorded_to > %(position)s)"
        statement += " order by action.position, place limit %(limit)s"
        while True:
            with self._pool.connection() as connection:
                bounds = {"after": after[0], "place": after[1]}
                rows = connection.execute(statement.encode(), {**given, **bounds}).fetchall()
            for position, _, recorded_at, by, batch, kind, from_, to, data in rows:
                yield ActionOnRecord(position, recorded_at, by, batch, kind, from_, to, decode_action(data))
            if len(rows) < PAGE:
                return
            after = rows[-1][:2]

    def acts(self, edition: Edition, jurisdictions: Collection[str] = ()) -> Iterator[ActOnRecord]:
        """
        Every act that stands in an edition, in the order in which the log tells it as it stands.

        With jurisdictions, the acts that have actions there, with these actions alone.
        """
        waiting: list[list[ActionOnRecord]] = []
        # All events of an act as it stands are of one command, and stand together.
        for _, told in groupby(self.actions(edition, jurisdictions, standing=True), key=_slug):
            waiting.append(list(told))
            if len(waiting) == ACTS:
                yield from self._verified(waiting, edition)
                waiting = []
        yield from self._verified(waiting, edition)

    def log(self, edition: Edition) -> Iterator[Stored]:
        """The events of the log up to an edition, whole appends alone, as they are stored."""
        for stored in self._log.walk_stored(up_to=edition.position):
            if stored.recorded.edition <= edition.position:
                yield stored

    def _codes(self, edition: Edition, jurisdictions: Collection[str]) -> list[str]:
        return sorted(set(jurisdictions)) if jurisdictions else self.jurisdictions(edition)

    def _counted(self, jurisdiction: str, edition: Edition) -> list[tuple[str, int]]:
        """The measures of a jurisdiction in order of name, each with how many actions stand on it."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "select measure, count(*) from dateline.action where jurisdiction = %(code)s"
                " and recorded_from <= %(position)s and (recorded_to is null or recorded_to > %(position)s)"
                " group by measure",
                {"code": jurisdiction, "position": edition.position},
            )
            return sorted(rows)

    def _verified(self, waiting: Sequence[Sequence[ActionOnRecord]], edition: Edition) -> Iterator[ActOnRecord]:
        slugs = [told[0].action.act.act for told in waiting]
        with self._pool.connection() as connection:
            levels = _levels(connection, slugs, edition.position)
        for told in waiting:
            first, act = told[0], told[0].action.act
            measures = dict.fromkeys(each.action.measure for each in told)
            yield ActOnRecord(
                first.position,
                first.recorded_at,
                first.recorded_by,
                first.batch,
                "corrected" if first.kind == "corrected" else "recorded",
                act,
                tuple(each.action for each in told),
                least_verified(levels.get((act.act, measure)) for measure in measures),
            )


def _slug(told: ActionOnRecord) -> str:
    return told.action.act.act


def _in_pages(counted: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    page: list[str] = []
    actions = 0
    for measure, number in counted:
        if page and actions + number > PAGE:
            yield page
            page, actions = [], 0
        page.append(measure)
        actions += number
    if page:
        yield page


def _levels(connection: Connection, acts: Sequence[str], position: int) -> dict[tuple[str, str], Verification]:
    """To what acts were verified in an edition, by act and measure."""
    rows = connection.execute(
        "select act, measure, level from dateline.verification where act = any(%(acts)s)"
        " and recorded_from <= %(position)s and (recorded_to is null or recorded_to > %(position)s)",
        {"acts": list(acts), "position": position},
    )
    return {(act, measure): level for act, measure, level in rows}
