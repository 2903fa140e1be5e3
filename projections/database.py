"""The tables: numbered migrations with checksums, forward only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from hashlib import sha256
from importlib.resources import files
from itertools import chain, islice
from typing import Any

import psycopg
import psycopg_pool

from events.errors import Refusal
from events.ready import whole
from events.recorder import ANY_STATE_SQL, BATCHES_SQL, BEGUN_LOCK, MOMENTS_SQL, SCHEMA_SQL, literals
from projections.rows import as_text

MIGRATION_LOCK = 0x646174656C6D


class SchemaNewer(Refusal):
    """An application does not touch tables that a newer one has made."""

    type = "schema-newer"


class SchemaChanged(Refusal):
    """A migration that was applied is never edited."""

    type = "schema-changed"


class SchemaOlder(Refusal):
    """Tables are brought up to date before they are used."""

    type = "schema-older"


def _statements(name: str) -> str:
    return (files("projections") / name).read_text("utf-8")


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, SQL) of every migration, in order."""
    return [
        (1, "log", SCHEMA_SQL),
        (2, "read model", _statements("schema.sql")),
        (3, "verification", _statements("verification.sql")),
        (4, "keys", _statements("keys.sql")),
        (5, "batches", BATCHES_SQL),
        (6, "entries", _statements("entries.sql") + _statements("entries_filled.sql")),
        (7, "any state", ANY_STATE_SQL),
        (8, "search", _statements("search.sql")),
        (9, "ahead", _statements("ahead.sql") + _statements("ahead_filled.sql")),
        (10, "pointing", _statements("pointing.sql") + _statements("pointing_filled.sql")),
        (11, "verbatim", _statements("verbatim.sql")),
        (12, "moments", MOMENTS_SQL),
        (13, "announced", _statements("announced_filled.sql")),
        (14, "lookups", _statements("lookups.sql")),
        (15, "places", _statements("places.sql")),
    ]


def read_model_sql() -> str:
    """The statements that make the read model, in the schema that the search path names first."""
    tables = ("schema", "verification", "entries", "search", "ahead", "pointing")
    changes = ("verbatim", "announced", "lookups", "places")
    return "".join(_statements(f"{name}.sql") for name in (*tables, *changes))


def migrate(url: str) -> None:
    """
    Brings the tables up to date, each migration in a transaction of its own; several processes may ask at once.

    Needs the owner's rights where anything is to be done. Raises SchemaNewer and SchemaChanged.
    """
    with psycopg.connect(url, client_encoding="UTF8") as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        applied = _applied(connection)
        for number, name, statements in migrations():
            if number in applied:
                continue
            connection.execute("select pg_advisory_xact_lock(%s)", [BEGUN_LOCK])
            connection.execute("set local search_path = dateline, public")
            connection.execute(statements)
            connection.execute(
                "create table if not exists dateline.migration (number int primary key, name text not null,"
                " checksum text not null, applied_at timestamptz not null default now())"
            )
            connection.execute(
                "insert into dateline.migration (number, name, checksum) values (%s, %s, %s)",
                [number, name, _checksum(statements)],
            )


def check(url: str) -> None:
    """Refuses tables that are not of this application: SchemaOlder, SchemaNewer or SchemaChanged."""
    with psycopg.connect(url) as connection:
        check_tables(connection)


def check_tables(connection: psycopg.Connection) -> None:
    """The same over a connection that is there."""
    applied = _applied(connection)
    if missing := [number for number, _, _ in migrations() if number not in applied]:
        raise SchemaOlder(
            "The tables are older than this application. Run 'dateline migrate' with the owner's rights.",
            missing=missing,
        )


def is_lost(error: psycopg.OperationalError) -> bool:
    """Whether an error says that the database is away: not that it is busy, nor that it refused what was asked."""
    if isinstance(error, (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, psycopg_pool.TooManyRequests)):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_LOST)


_LOST = ("08", "57P")
"""What states of an error begin with that say that a connection ended, or that the server shuts down or starts."""


def answers(connection: psycopg.Connection, questions: Sequence[str]) -> list[list[tuple[Any, ...]]]:
    """The rows of several queries, all asked in one message."""
    cursor = connection.execute("; ".join(questions).encode(connection.info.encoding), prepare=False)
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found


FEW = 50
"""Rows of a table up to which they go as INSERT, in one message with whatever else there is to do."""


class Writer:
    """
    Writes to tables in as few messages as may be: what is short goes as one text of statements, many rows by COPY, in
    UTF-8, which is to be the encoding of the connection.

    In the order of asking, all of it by the end of the block, within which the connection is for nothing else; but for
    what is `left` to somebody else to send. While the server works at the rows of one table those of the next are made
    ready. What is raised in the block leaves it, and nothing was written unless the transaction is committed all the
    same.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._literal = literals(connection)
        self._statements: list[str] = []
        self._under_way = ExitStack()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: Any) -> None:
        with self._under_way:
            if kind is None:
                self._send()

    def do(self, statement: str, rows: Iterable[Sequence[str | None]]) -> None:
        """
        Has a statement done that gives nothing back, or none where there are no rows.

        Its {} stands for the rows, as VALUES of texts.
        """
        literal = self._literal
        if written := ["(" + ", ".join([literal(value) for value in row]) + ")" for row in rows]:
            self._statements.append(statement.format("values " + ", ".join(written)))

    def add(self, into: str, rows: Iterable[Sequence[str | None]]) -> None:
        """Adds rows; `into` is the table with its columns, the values are what PostgreSQL reads as text."""
        coming = iter(rows)
        first = list(islice(coming, FEW + 1))
        if len(first) > FEW:
            self.copy(into, as_text(chain(first, coming)))
        elif first:
            self.do(f"insert into {into} {{}}", first)

    def copy(self, into: str, rows: bytes, *, binary: bool = False) -> None:
        """
        Adds rows, if there are any, as `as_text` writes them, or in the binary format without what stands around them.

        All in one block: told row by row, as much time would go into the telling as into the work of the server.
        """
        if rows:
            self._send()
            cursor = self._under_way.enter_context(self._connection.cursor())
            form = " (format binary)" if binary else ""
            copying = self._under_way.enter_context(cursor.copy(f"copy {into} from stdin{form}"))
            copying.write(whole(rows) if binary else rows)

    def left(self) -> str:
        """The statements that would be sent now, which whoever takes them sends; nothing is under way any more."""
        self._under_way.close()
        statements, self._statements = self._statements, []
        return "; ".join(statements)

    def _send(self) -> None:
        self._under_way.close()
        if self._statements:
            statements, self._statements = self._statements, []
            self._connection.execute("; ".join(statements).encode(self._connection.info.encoding), prepare=False)


def _applied(connection: psycopg.Connection) -> set[int]:
    found = connection.execute("select to_regclass('dateline.migration')").fetchone()
    if found is None or found[0] is None:
        return set()
    known = {number: _checksum(statements) for number, _, statements in migrations()}
    applied = set()
    for number, name, checksum in connection.execute("select number, name, checksum from dateline.migration"):
        if number not in known:
            raise SchemaNewer(
                f"The tables were made by a newer Dateline (migration {number}, {name}). Use that one.", number=number
            )
        if known[number] != checksum:
            raise SchemaChanged(
                f"Migration {number} ({name}) is not the one that was applied to these tables.", number=number
            )
        applied.add(number)
    return applied


def _checksum(statements: str) -> str:
    return sha256(statements.encode()).hexdigest()
