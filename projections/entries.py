"""Finding events of the log by where, who and what: a row an event, beside the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Composable

from events.actions import ACTIONS, KINDS, ActCorrected, ActRetracted, ActVerified, JurisdictionReviewed
from events.log import Recorded
from events.vocabulary import jurisdiction_of, stream_id
from projections.database import Writer

COLUMNS = "position, edition, jurisdiction, act, type, recorded_by, batch"


class LogFilters(Struct, frozen=True):
    """
    What of the log is asked for. Within one filter any value matches; an event must match every filter given.

    `measures` are names (`US/slug`), `types` what histories call an event: proposed, corrected, reviewed.
    """

    jurisdictions: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    recorded_by: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)

    def parameters(self) -> dict[str, Sequence[str]]:
        """The filters by the names under which they are asked for, as a citation repeats them."""
        return {
            "jurisdiction": self.jurisdictions,
            "measure": self.measures,
            "act": self.acts,
            "type": self.types,
            "recorded_by": self.recorded_by,
            "batch": self.batches,
        }


def positions(
    connection: psycopg.Connection, filters: LogFilters, *, after: int, up_to: int, limit: int | None = None
) -> list[int]:
    """
    The positions of the events that match, after one position and of editions up to another, in order, at most `limit`.

    Read from an index: events that do not match are passed over without being looked at one by one, but for what
    several filters leave of the best of them.
    """
    return _found(connection, filters, "position > %(bound)s", "order by position", after, up_to, limit)


def last_positions(
    connection: psycopg.Connection, filters: LogFilters, *, before: int, up_to: int, limit: int
) -> list[int]:
    """The positions of the last events that match before one position, of editions up to another, the last first."""
    return _found(connection, filters, "position < %(bound)s", "order by position desc", before, up_to, limit)


def _found(
    connection: psycopg.Connection,
    filters: LogFilters,
    beyond: LiteralString,
    order: LiteralString,
    bound: int,
    up_to: int,
    limit: int | None,
) -> list[int]:
    # An event is never past its edition: what comes after is not walked through to be left out.
    conditions: list[Composable] = [SQL(beyond), SQL("position <= %(up_to)s and edition <= %(up_to)s")]
    values: dict[str, Any] = {"bound": bound, "up_to": up_to, "limit": limit}
    for column, name in _COLUMNS.items():
        if asked := getattr(filters, name):
            # A single value is compared, so that its index gives the order as well.
            conditions.append(SQL(f"{column} = %({name})s" if len(asked) == 1 else f"{column} = any(%({name})s)"))
            values[name] = asked[0] if len(asked) == 1 else list(asked)
    source: Composable = SQL("dateline.entry")
    if filters.measures:
        # One stream, or a few, are read as a whole: by position, the planner might walk the log to find them.
        source = SQL(
            "(select e.* from dateline.entry e join (select position from dateline.event where originator_id = any("
            "%(streams)s) and {} offset 0) s using (position)) as found"
        ).format(SQL(beyond))
        values["streams"] = [stream_id(measure) for measure in filters.measures]
    statement = SQL("select position from {} where {} {}{}").format(
        source, SQL(" and ").join(conditions), SQL(order), SQL("" if limit is None else " limit %(limit)s")
    )
    return [position for (position,) in connection.execute(statement, values)]


def revisions_of(connection: psycopg.Connection, stream: str, revisions: Sequence[int], up_to: int) -> dict[int, int]:
    """The positions of some events of a stream by their revisions, as far as an edition has them."""
    rows = connection.execute(
        "select originator_version, position from dateline.event where originator_id = %s"
        " and originator_version = any(%s) and edition <= %s",
        [stream_id(stream), list(revisions), up_to],
    )
    return dict(rows.fetchall())


def superseded_by(connection: psycopg.Connection, position: int, up_to: int) -> int | None:
    """The edition, up to another, in which what an event said was corrected or retracted; None while it stands."""
    row = connection.execute(
        "select max(recorded_to) from (select recorded_to from dateline.action where position = %(position)s"
        " union all select recorded_to from dateline.verification where position = %(position)s) as said"
        " where recorded_to <= %(up_to)s",
        {"position": position, "up_to": up_to},
    ).fetchone()
    return None if row is None else row[0]


_COLUMNS = {
    "jurisdiction": "jurisdictions",
    "act": "acts",
    "type": "types",
    "recorded_by": "recorded_by",
    "batch": "batches",
}


def add_entries(writer: Writer, recorded: Iterable[Recorded], schema: str = "dateline") -> None:
    """The rows of an append, or of several."""
    writer.add(
        f"{schema}.entry ({COLUMNS})",
        (
            (
                str(entry.position),
                str(entry.edition),
                jurisdiction_of(entry.stream),
                act_of(entry),
                type_of(entry),
                entry.recorded_by,
                entry.batch,
            )
            for entry in recorded
        ),
    )


def act_of(recorded: Recorded) -> str | None:
    """The act that an event is about; None for a review."""
    event = recorded.event
    if type(event) not in ACTIONS:
        match event:
            case ActCorrected():
                return event.replacement.act
            case ActRetracted() | ActVerified():
                return event.act
            case JurisdictionReviewed():
                return None
    return event.act.act  # type: ignore[union-attr]


def type_of(recorded: Recorded) -> str:
    """The type of an event in one word, as histories and filters call it."""
    return _TYPES[type(recorded.event)]


_TYPES: dict[type, str] = {
    **{kind: kind.type for kind in KINDS},
    ActCorrected: "corrected",
    ActRetracted: "retracted",
    ActVerified: "verified",
    JurisdictionReviewed: "reviewed",
}
