"""
The recorder: the table of the log, and the one way into it.

Under one transaction lock an append reads the head, takes the positions after it and a moment not before it, inserts,
and lets others write alongside; the commit makes all of it visible at once. Hence positions have no holes, appear in
their order, and a reader that has seen position n never finds a smaller one later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import eventsourcing.persistence
import psycopg
from eventsourcing.persistence import Notification, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.errors import LockNotAvailable, ReadOnlySqlTransaction
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL
from psycopg_pool import ConnectionPool

from events.errors import Refusal
from events.ready import Ready, microseconds, packed, whole
from events.seen import Seen

Connection = psycopg.Connection
Pool = ConnectionPool[psycopg.Connection]
Clock = Callable[[], datetime]

Unavailable = psycopg.OperationalError
"""What is raised where the database is away, busy or out of room: what was asked is not the reason."""

LOCK = 0x646174656C696E65
"""The key of the advisory lock that every append to the log of a database takes; a rebuild takes it to catch up."""

BEGUN_LOCK = 0x646174656C62
"""
The key of the advisory lock that appends share which write before they take LOCK. Who changes tables under LOCK takes
this one first, alone: the two would wait for each other otherwise, for the lock and for the table.
"""

CHANNEL = "dateline_event"
"""Where each append announces the new head, by NOTIFY with the position as payload."""

LOCK_TIMEOUT = 30
"""Seconds that an append waits for another before it is refused."""

COPY_ABOVE = 200
"""Rows up to which an append is one INSERT. The library's own insert hangs from about a megabyte on: no pipeline."""

SCHEMA_SQL = """
create schema if not exists dateline;

create table dateline.event (
    position           bigint      primary key check (position > 0),
    edition            bigint      not null check (edition >= position),
    recorded_at        timestamptz not null,
    originator_id      uuid        not null,
    originator_version bigint      not null check (originator_version >= 0),
    topic              text        not null,
    state              bytea       not null,
    unique (originator_id, originator_version)
);

create index event_recorded_at on dateline.event (recorded_at, position);

comment on table dateline.event is
    'The log. Append-only. A stream is originator_id, its revision originator_version; state is JSON in UTF-8.';
comment on column dateline.event.edition is 'The last position of the append: all of it appears there.';

create function dateline.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
        using errcode = 'restrict_violation', hint = 'Record a correction or a retraction instead.';
end
$$;

create trigger append_only before update or delete or truncate on dateline.event
    for each statement execute function dateline.refuse_change();
alter table dateline.event enable always trigger append_only;

create function dateline.announce_head() returns trigger language plpgsql as $$
begin
    perform pg_notify('dateline_event', max(position)::text) from dateline.event;
    return null;
end
$$;

create trigger announce_head after insert on dateline.event
    for each statement execute function dateline.announce_head();
"""
"""The table of the log, made once by the first migration. To append, a role needs SELECT and INSERT on it, no more."""

BATCHES_SQL = """
create function dateline.batch_of(state bytea) returns text
    language sql immutable strict parallel safe
    as $$ select convert_from(state, 'UTF8')::jsonb ->> 'batch' $$;

comment on function dateline.batch_of is 'The batch that an event came with. All events of an append have the same.';

create index event_batch on dateline.event (dateline.batch_of(state)) where position = edition;
"""
"""The appends of a batch, found by the last event of each: one entry an append. Made by a later migration."""

ANY_STATE_SQL = """
create or replace function dateline.batch_of(state bytea) returns text
    language sql immutable strict parallel safe
    as $$ select case when state is json object then convert_from(state, 'UTF8')::jsonb ->> 'batch' end $$;
"""
"""An index never refuses an append: a state that is no JSON has no batch. Made by a later migration still."""


MOMENTS_SQL = """
drop index event_recorded_at;
create index event_moment on dateline.event (recorded_at, position) where position = edition;
"""
"""The moments of appends, by the last event of each: one entry an append. Made by a later migration."""


class LogBusy(Refusal):
    """One append writes at a time; one that waits for longer than the lock timeout is refused and writes nothing."""

    type = "log-busy"


class LogReadOnly(Refusal):
    """Acts are recorded in the database that takes writes; those that follow it answer questions."""

    type = "read-only"

    @classmethod
    def now(cls) -> LogReadOnly:
        return cls(
            "This database takes no writes: it follows another server, or was set so. Nothing was changed. "
            "Write through the service of the server that it follows; questions are answered here."
        )


class RecordedBackwards(Refusal):
    """`recorded_at` never runs backwards against the positions."""

    type = "recorded-backwards"


class RecordedInFuture(Refusal):
    """`recorded_at` is never later than the present."""

    type = "recorded-in-future"


class LogNotEmpty(Refusal):
    """A log is brought back into an empty one."""

    type = "log-not-empty"


class Head(NamedTuple):
    """The last position and its moment; 0 and None for an empty log."""

    position: int
    recorded_at: datetime | None


@dataclass(frozen=True)
class RecordedEvent(Notification):
    """
    A stored event at its place in the log (`id` is the position), with the moment of its recording in UTC.

    `edition` is the last position of its append, the one at which all of the append appears.
    """

    recorded_at: datetime
    edition: int


@dataclass(frozen=True)
class Locked:
    """
    The log in the hands of one append: the connection of its transaction, and the head, which stays where it is.

    `found` are the rows of what was asked together with the lock, a list a query. Whoever reads `revisions` of streams
    on the way puts them here, and they are not read again.
    """

    connection: Connection
    head: Head
    found: Sequence[list[tuple[Any, ...]]] = ()
    revisions: dict[UUID, int] = field(default_factory=dict)


Row = tuple[UUID, int, str, bytes, int, datetime, int]
"""An event of the table: stream, revision, topic, state, position, the moment in some time zone, edition."""

Asking = Callable[[Connection], Sequence[str]]
"""Gives queries to be asked together with the lock, in its message; the connection is there to write literals for."""

Prepare = Callable[[Locked], Sequence[StoredEvent]]

Alongside = Callable[[Connection, Sequence[RecordedEvent]], object]
"""
Does what goes with some events in their transaction, before they are inserted.

A text that it gives are statements still to be done: they go in one message with the events and the commit.
"""


def as_events(rows: Iterable[Row]) -> list[RecordedEvent]:
    """Rows of the table as the library has events."""
    return [
        RecordedEvent(stream, revision, topic, state, position, recorded_at.astimezone(UTC), edition)
        for stream, revision, topic, state, position, recorded_at, edition in rows
    ]


class PoolDatastore(PostgresDatastore):
    """Lets the library's own reading run on a pool that belongs to somebody else, who also closes it."""

    def __init__(self, pool: Pool, *, lock_timeout: int = LOCK_TIMEOUT) -> None:
        super().__init__(
            dbname="", host="", port="", user="", password="", schema="dateline", lock_timeout=lock_timeout
        )
        self.pool = cast(Any, pool)

    @contextmanager
    def get_connection(self) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection as the library expects it, in autocommit and with rows as dicts; given back as it was."""
        with super().get_connection() as connection:
            autocommit, row_factory = connection.autocommit, connection.row_factory
            connection.autocommit, connection.row_factory = True, dict_row
            try:
                yield connection
            finally:
                connection.row_factory = row_factory
                if not connection.closed:
                    connection.autocommit = autocommit

    def register_type_adapters(self) -> None:
        """Nothing to do: the composite types of the library are not used."""

    def close(self) -> None:
        """Leaves the pool open: it is not ours."""


class LogRecorder(PostgresApplicationRecorder):
    """
    Appends to `dateline.event` and reads it, whatever table name the library's factory derives.

    `clock` gives the present, aware. `alongside` is done in the transaction of an `insert_events`, after the insert.
    `seen` is told of every head that is read, and of what was appended. The table is made by the migrations
    (SCHEMA_SQL); `create_table` makes nothing.
    """

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str = "event",
        clock: Clock,
        alongside: Alongside | None = None,
        seen: Seen | None = None,
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self.clock = clock
        self.seen = Seen() if seen is None else seen
        self.alongside = alongside
        self.lock_timeout = datastore.lock_timeout or LOCK_TIMEOUT
        self.channel_name = CHANNEL
        self.sql_create_statements = []
        self.select_events_statement = SQL(
            "select originator_id, originator_version, topic, state from dateline.event where originator_id = %s"
        ).format()
        self.max_notification_id_statement = SQL("select max(position) from dateline.event").format()

    def append(
        self,
        prepare: Prepare,
        alongside: Alongside | None = None,
        *,
        recorded_at: datetime | None = None,
        asking: Asking | None = None,
    ) -> list[RecordedEvent]:
        """
        Takes the lock, asks `prepare` for the events, has done what is to be done alongside, inserts, and commits.

        An append of a few events is two messages: one that locks and reads, one that writes and commits. If either
        callable raises, or `prepare` has no events, nothing is written and no position is used up. `recorded_at` is for
        a replay. Never retried: where the connection breaks at the commit, the log is read again, and the error is
        raised unless the events are there. Raises LogBusy, LogReadOnly, RecordedBackwards, RecordedInFuture and
        psycopg's errors.
        """

        return self.append_together(lambda locked: [prepare(locked)], alongside, recorded_at=recorded_at, asking=asking)

    def append_together(
        self,
        prepare: Callable[[Locked], Sequence[Sequence[StoredEvent]]],
        alongside: Alongside | None = None,
        *,
        recorded_at: datetime | None = None,
        asking: Asking | None = None,
    ) -> list[RecordedEvent]:
        """The same for several appends that share a transaction: each has an edition of its own, all one moment."""

        def place(locked: Locked) -> list[RecordedEvent]:
            appends = [each for each in prepare(locked) if each]
            return self._place(appends, locked.head, recorded_at) if appends else []

        return self._write(place, alongside, asking)

    @contextmanager
    def begun(self, beforehand: Callable[[Connection], object]) -> Iterator[Connection]:
        """
        The transaction of an append to come, with `beforehand` done: what goes with it, for whom nobody need wait.

        The lock is not taken, so that another append is made meanwhile. Rolled back at the end of the block, unless
        `append_ready` committed it.
        """
        self.datastore.pool.open()
        with self._transaction() as connection:
            self._take(connection, [f"select pg_advisory_xact_lock_shared({BEGUN_LOCK})"])
            beforehand(connection)
            yield connection
            connection.rollback()

    def append_ready(
        self, connection: Connection, after: int, ready: Ready, alongside: Callable[[datetime], bool]
    ) -> bool:
        """
        Appends events that were made ready upon a position, if the log still ends there; says whether it did.

        `connection` is that of a transaction that was `begun`, which is over afterwards. `alongside` is told the
        moment, does what goes with the events, and may decline: then nothing is written. Raises what `append` raises.
        """
        committing = False
        try:
            head = self.lock(connection).head
            moment = self._present(head)
            if head.position != after or not alongside(moment):
                connection.rollback()
                return False
            if connection.info.transaction_status != TransactionStatus.INTRANS:
                raise _over()
            with connection.cursor().copy(f"copy dateline.event ({_COLUMNS}) from stdin (format binary)") as copy:
                copy.write(ready.at(moment))
            committing = True
            connection.execute(b"commit", prepare=False)
        except psycopg.OperationalError:
            if not committing or not self._ends(after + ready.number, ready.last):
                raise
        self.seen.note(after + ready.number)
        return True

    def restore(self, rows: Sequence[RecordedEvent], alongside: Alongside | None = None) -> None:
        """
        Inserts events as another log has them, whole appends in their order, in one transaction.

        They keep their positions, editions, moments and bytes, and go on where this log ends. Raises LogNotEmpty where
        it ends elsewhere, and what `append` raises.
        """

        def place(locked: Locked) -> list[RecordedEvent]:
            position, moment = locked.head
            if rows and rows[0].id != position + 1:
                raise LogNotEmpty(
                    f"The log ends at position {position}, and what is to follow is of position {rows[0].id}: a log is "
                    "brought back into an empty one, into which nobody else writes meanwhile.",
                    head=position,
                    position=rows[0].id,
                )
            if rows and moment is not None and rows[0].recorded_at < moment:
                raise _backwards(rows[0].recorded_at, locked.head)
            if rows and rows[-1].recorded_at > (present := _in_utc(self.clock())):
                raise _in_future(rows[-1].recorded_at, present)
            return list(rows)

        self._write(place, alongside)

    def _write(
        self,
        place: Callable[[Locked], list[RecordedEvent]],
        alongside: Alongside | None,
        asking: Asking | None = None,
    ) -> list[RecordedEvent]:
        """Takes the lock, asks for rows that go on from the head, and writes them with what goes alongside."""
        rows: list[RecordedEvent] = []
        committing = False
        self.datastore.pool.open()
        try:
            with self._transaction() as connection:
                locked = self.lock(connection, () if asking is None else asking(connection))
                rows = place(locked)
                if not rows:
                    return []
                rest = None if alongside is None else alongside(connection, rows)
                if connection.info.transaction_status != TransactionStatus.INTRANS:
                    raise _over()
                insert = self._insert(connection, rows)
                committing = True
                last = [insert, *([rest] if isinstance(rest, str) else []), "commit"]
                connection.execute("; ".join(filter(None, last)).encode(connection.info.encoding), prepare=False)
        except ReadOnlySqlTransaction:
            raise LogReadOnly.now() from None
        except psycopg.OperationalError:
            if not committing or not self._holds(rows):
                raise
        self.seen.note(rows[-1].id)
        return rows

    def lock(self, connection: Connection, questions: Sequence[str] = (), *, alone: bool = False) -> Locked:
        """
        Takes the lock of the log until the end of the transaction, waiting at most for the lock timeout, and reads the
        head, which stays where it is until then.

        What this transaction reads from here on includes everything appended before it, as do the questions, which go
        in the same message. On a connection in autocommit the transaction begins with this, unless it has. `alone`: no
        append has begun either. Raises LogBusy.
        """
        locks = [f"select pg_advisory_xact_lock({each})" for each in ([BEGUN_LOCK, LOCK] if alone else [LOCK])]
        cursor = self._take(connection, [*locks, _HEAD, *questions])
        for _ in locks:
            cursor.nextset()
        head = self._head(cursor.fetchone())
        found = []
        while cursor.nextset():
            found.append(cursor.fetchall())
        return Locked(connection, head, found)

    def _take(self, connection: Connection, locks: Sequence[str]) -> psycopg.Cursor[Any]:
        """Takes locks in one message, with whatever is to be asked; what the first of these gave is read next."""
        is_begun = not connection.autocommit or connection.info.transaction_status == TransactionStatus.INTRANS
        statements = [
            _READ_COMMITTED if is_begun else "begin isolation level read committed",
            f"set local lock_timeout = '{self.lock_timeout}s'",
            *locks,
        ]
        cursor = connection.cursor(row_factory=tuple_row)
        try:
            cursor.execute("; ".join(statements).encode(connection.info.encoding), prepare=False)
        except LockNotAvailable:
            raise LogBusy(
                f"Another append has held the log for {self.lock_timeout} seconds; nothing was written: try again.",
                waited_seconds=self.lock_timeout,
            ) from None
        for _ in range(2):  # past the beginning and the timeout
            cursor.nextset()
        return cursor

    def head(self, connection: Connection) -> Head:
        """The last position and its moment."""
        return self._head(connection.cursor(row_factory=tuple_row).execute(_HEAD).fetchone())

    def position_at(self, connection: Connection, moment: datetime) -> int:
        """The last position recorded at or before the moment, 0 if there is none."""
        cursor = connection.cursor(row_factory=tuple_row)
        row = cursor.execute(
            "select position from dateline.event where recorded_at <= %s and position = edition"
            " order by recorded_at desc, position desc limit 1",
            [moment],
        ).fetchone()
        return 0 if row is None else int(row[0])

    def revisions(
        self, connection: Connection, streams: Sequence[UUID], *, up_to: int | None = None
    ) -> dict[UUID, int]:
        """The last revision of each stream, 0 for one that has not begun; as of an edition if given."""
        cursor = connection.cursor(row_factory=tuple_row)
        if up_to is None:
            cursor.execute(
                "select stream.id, coalesce((select max(originator_version) from dateline.event"
                " where originator_id = stream.id), 0) from unnest(%s::uuid[]) as stream (id)",
                ["{" + ",".join(map(str, streams)) + "}"],
            )
        else:
            cursor.execute(
                "select stream.id, coalesce((select originator_version from dateline.event"
                " where originator_id = stream.id and edition <= %s order by originator_version desc limit 1), 0)"
                " from unnest(%s::uuid[]) as stream (id)",
                [up_to, list(streams)],
            )
        return dict(cursor.fetchall())

    def editions_of(self, connection: Connection, batch: str) -> list[int]:
        """The editions of the appends of a batch, in order."""
        cursor = connection.cursor(row_factory=tuple_row)
        cursor.execute(
            "select edition from dateline.event where position = edition and dateline.batch_of(state) = %s"
            " order by edition",
            [batch],
        )
        return [edition for (edition,) in cursor]

    def rows(
        self,
        connection: Connection,
        *,
        after: int = 0,
        up_to: int | None = None,
        streams: Sequence[UUID] | None = None,
        revisions: range | None = None,
        editions: Sequence[int] | None = None,
        positions: Sequence[int] | None = None,
        topics: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[Row]:
        """
        The events after one position, up to and including another, of some streams, revisions, editions, positions or
        topics only.

        In order of position; of streams, each stream by itself in order of revision.
        """
        conditions = [SQL("true")]
        values: list[object] = []
        for condition, value in (
            ("position > %s", after or None),
            ("position <= %s", up_to),
            ("originator_id = any(%s)", None if streams is None else list(streams)),
            ("originator_version >= %s", None if revisions is None else revisions.start),
            ("originator_version < %s", None if revisions is None else revisions.stop),
            ("edition = any(%s)", None if editions is None else list(editions)),
            ("position = any(%s)", None if positions is None else list(positions)),
            ("topic = any(%s)", list(topics) or None),
        ):
            if value is not None:
                conditions.append(SQL(condition))
                values.append(value)
        statement = SQL(
            "select originator_id, originator_version, topic, state, position, recorded_at, edition from dateline.event"
            " where {} order by {}"
        ).format(
            SQL(" and ").join(conditions),
            SQL("position") if streams is None else SQL("originator_id, originator_version"),
        )
        if limit is not None:
            statement += SQL(" limit %s")
            values.append(limit)
        cursor = connection.cursor(row_factory=tuple_row, binary=True)
        return cast(list[Row], cursor.execute(statement, values).fetchall())

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The library's way in: the positions of the events, or one of the library's errors. Never retried."""
        try:
            rows = self.append(lambda _: stored_events, self.alongside, recorded_at=kwargs.get("recorded_at"))
        except psycopg.Error as error:
            raise _as_the_library_has_it(error) from error
        return [row.id for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[RecordedEvent]:
        """The library's way of reading in order of position; each notification also knows its moment."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        with self.datastore.get_connection() as connection:
            reading = cast(Connection, connection)
            return as_events(self.rows(reading, after=after, up_to=stop, topics=topics, limit=limit))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A connection for a transaction that `lock` begins: committed at the end, or rolled back."""
        with self.datastore.pool.connection() as pooled:
            connection = cast(Connection, pooled)
            connection.autocommit = True
            try:
                yield connection
                connection.commit()
            except BaseException:
                with suppress(psycopg.Error):  # of a connection that is lost, where nothing is left to be rolled back
                    connection.rollback()
                if connection.info.transaction_status != TransactionStatus.IDLE:
                    connection.close()  # interrupted in the middle of a message: the server rolls back
                raise
            finally:
                if not connection.closed:
                    connection.autocommit = False

    def _place(
        self, appends: Sequence[Sequence[StoredEvent]], head: Head, recorded_at: datetime | None
    ) -> list[RecordedEvent]:
        present = self._present(head)
        moment = present if recorded_at is None else _in_utc(recorded_at)
        if head.recorded_at is not None and moment < head.recorded_at:
            raise _backwards(moment, head)
        if moment > present:
            raise _in_future(moment, present)
        placed: list[RecordedEvent] = []
        for events in appends:
            after = head.position + len(placed)
            edition = after + len(events)
            placed += [
                RecordedEvent(
                    event.originator_id, event.originator_version, event.topic, event.state, position, moment, edition
                )
                for position, event in enumerate(events, after + 1)
            ]
        return placed

    def _present(self, head: Head) -> datetime:
        # Under the lock: the head cannot move, and the clock is read after every moment that is already recorded.
        present = _in_utc(self.clock())
        return present if head.recorded_at is None else max(present, head.recorded_at)

    def _insert(self, connection: Connection, rows: Sequence[RecordedEvent]) -> str | None:
        """Inserts many rows; of a few, gives the statement that does."""
        if len(rows) <= COPY_ABOVE:
            literal = literals(connection)
            values = (
                f"({r.id}, {r.edition}, '{r.recorded_at.isoformat()}', '{r.originator_id}', {r.originator_version},"
                f" {literal(r.topic)}, decode('{r.state.hex()}', 'hex'))"
                for r in rows
            )
            return f"insert into dateline.event ({_COLUMNS}) values {', '.join(values)}"
        with connection.cursor().copy(f"copy dateline.event ({_COLUMNS}) from stdin (format binary)") as copy:
            moments = {moment: microseconds(moment) for moment in {r.recorded_at for r in rows}}
            told: list[bytes] = []
            for r in rows:
                stream = cast(UUID, r.originator_id)
                told += packed(r.id, r.edition, moments[r.recorded_at], stream, r.originator_version, r.topic, r.state)
            copy.write(whole(b"".join(told)))
        return None

    def _head(self, row: tuple[int, datetime] | None) -> Head:
        if row is None:
            return Head(0, None)
        self.seen.note(row[0])
        return Head(row[0], row[1].astimezone(UTC))

    def _holds(self, rows: Sequence[RecordedEvent]) -> bool:
        # The server may still be working on the commit whose answer was lost: the lock waits until that has ended.
        with self.datastore.pool.connection() as pooled, pooled.transaction():
            connection = cast(Connection, pooled)
            self.lock(connection)
            there = self.rows(connection, after=rows[0].id - 1, up_to=rows[-1].id)
            return as_events(there) == list(rows)

    def _ends(self, position: int, state: bytes) -> bool:
        """Whether an append of which the last event has this state is there after all."""
        with self.datastore.pool.connection() as pooled, pooled.transaction():
            connection = cast(Connection, pooled)
            self.lock(connection)
            return [row[3] for row in self.rows(connection, positions=[position])] == [state]


def literals(connection: Connection) -> Callable[[str | None], str]:
    """Writes texts as literals in SQL, quoted by PostgreSQL's own library as this connection needs it."""
    escape, encoding = psycopg.pq.Escaping(connection.pgconn).escape_literal, connection.info.encoding

    def literal(text: str | None) -> str:
        return "null" if text is None else bytes(escape(text.encode(encoding))).decode(encoding)

    return literal


_COLUMNS = "position, edition, recorded_at, originator_id, originator_version, topic, state"
_READ_COMMITTED = "set transaction isolation level read committed"
_HEAD = "select position, recorded_at from dateline.event order by position desc limit 1"


def _over() -> Unavailable:
    """An error was swallowed, or the connection lost. The commit would roll back, without a word."""
    return psycopg.OperationalError("the transaction of the append was over before its commit")


def _backwards(moment: datetime, head: Head) -> RecordedBackwards:
    assert head.recorded_at is not None
    return RecordedBackwards(
        f"{moment.isoformat()} lies before {head.recorded_at.isoformat()},"
        f" the moment of position {head.position}: a replay goes into a log that ends before it begins.",
        recorded_at=moment,
        head=head.position,
        head_recorded_at=head.recorded_at,
    )


def _in_future(moment: datetime, present: datetime) -> RecordedInFuture:
    return RecordedInFuture(
        f"{moment.isoformat()} lies in the future: nothing is recorded before it happens.",
        recorded_at=moment,
        present=present,
    )


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


def _as_the_library_has_it(error: psycopg.Error) -> PersistenceError:
    for ancestor in type(error).__mro__:
        if counterpart := getattr(eventsourcing.persistence, ancestor.__name__, None):
            return cast(PersistenceError, counterpart(str(error)))
    return PersistenceError(str(error))
