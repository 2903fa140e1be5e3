"""Plain PostgreSQL: the bitemporal table on the server that Dateline uses, asked over one connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from bench.peers.system import matrix_query, matrix_row, state_document

_TABLE = """
create table line (
    jurisdiction text     collate "C" not null,
    measure      text     collate "C" not null,
    known_from   date     not null,
    known_to     date     not null,
    valid_from   date     not null,
    valid_to     date     not null,
    status       text     not null,
    strictness   smallint not null,
    line         text     not null,
    known        daterange generated always as (daterange(known_from, known_to)) stored,
    valid        daterange generated always as (daterange(valid_from, valid_to)) stored
);
"""
_COLUMNS = "jurisdiction, measure, known_from, known_to, valid_from, valid_to, status, strictness, line"

_INDEXES = (
    "create table measure as select distinct jurisdiction, measure from line",
    "alter table measure add primary key (jurisdiction, measure)",
    "create index covering on line (jurisdiction, known_from, known_to, valid_from, valid_to) include (measure, line)",
    "create index of_measure on line (jurisdiction, measure, known_from desc, known_to, valid_from, valid_to)"
    " include (line)",
    "create index of_days on line (known_from, known_to, valid_from, valid_to)"
    " include (jurisdiction, status, strictness)",
    "create index on_day on line using gist (known, valid) include (jurisdiction, status, strictness)",
    "vacuum (analyze) line",
    "vacuum (analyze) measure",
)

BY_COVERING_INDEX = """
select string_agg(line, ',' order by measure) from line
 where jurisdiction = %(jurisdiction)s and known_from <= %(day)s and known_to > %(day)s
   and valid_from <= %(day)s and valid_to > %(day)s
"""
"""One stretch of the covering index: all that was known of the jurisdiction by the day, filtered within the index."""

BY_MEASURE = """
select string_agg(found.line, ',' order by measure.measure)
  from measure, lateral (
       select line from line
        where line.jurisdiction = measure.jurisdiction and line.measure = measure.measure
          and known_from <= %(day)s and known_to > %(day)s and valid_from <= %(day)s and valid_to > %(day)s
        order by known_from desc limit 1
       ) as found
 where measure.jurisdiction = %(jurisdiction)s
"""
"""One look-up for each measure of the jurisdiction, backwards from the day."""

WORLD_BY_COVERING_INDEX = matrix_query(
    "known_from <= %(day)s and known_to > %(day)s and valid_from <= %(day)s and valid_to > %(day)s"
)
"""All that was known by the day, filtered within a covering index of days, or in the table: as the planner likes."""

WORLD_BY_RANGES = matrix_query("known @> %(day)s::date and valid @> %(day)s::date")
"""What holds on the day, found by an index of ranges."""


class Postgres:
    """The table over one connection of its own, asked by these queries; prepared, answered in binary."""

    def __init__(self, connection: psycopg.Connection, name: str, of_state: str, of_world: str) -> None:
        self.name = name
        self._of_state, self._of_world = of_state.encode(), of_world.encode()
        self._cursor = connection.cursor(binary=True)

    def state(self, jurisdiction: str, day: date) -> bytes:
        """The state, joined by the server."""
        asked = {"jurisdiction": jurisdiction, "day": day}
        row = self._cursor.execute(self._of_state, asked, prepare=True).fetchone()
        return state_document(jurisdiction, day, () if row is None or row[0] is None else row)

    def world(self, day: date) -> bytes:
        """The matrix, grouped by the server."""
        rows = self._cursor.execute(self._of_world, {"day": day}, prepare=True).fetchall()
        return msgspec.json.encode({"as_of": day, "jurisdictions": [matrix_row(row) for row in rows]})


def fill(url: str, boxes: Path) -> None:
    """Makes the table in an empty database, copies the rows of a CSV file, indexes and analyses them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLE)
        copied = f"copy line ({_COLUMNS}) from stdin (format csv)".encode()
        with boxes.open("rb") as file, connection.cursor().copy(copied) as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        for statement in _INDEXES:
            connection.execute(sql.SQL(statement))


@contextmanager
def opened(url: str, name: str, of_state: str, of_world: str) -> Iterator[Postgres]:
    """The filled table, asked by these queries, over a connection that is closed at the end."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield Postgres(connection, name, of_state, of_world)
