"""SQLite: the bitemporal table in a file, with a covering index for states and an R-tree for the world."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import msgspec

from bench.boxes import COLUMNS
from bench.peers.system import matrix_query, matrix_row, state_document

_DAYS = ("known_from", "known_to", "valid_from", "valid_to")
_STATE = (
    "select line from line where jurisdiction = :jurisdiction and known_from <= :day and known_to > :day"
    " and valid_from <= :day and valid_to > :day order by measure"
)
_WORLD = matrix_query(
    "known_from <= :day and known_last >= :day and valid_from <= :day and valid_last >= :day",
    table="box join summary using (id)",
)
_INDEXES = f"""
create index covering on line (jurisdiction, {", ".join(_DAYS)}, measure, line);
create table summary as select rowid as id, jurisdiction, status, strictness from line;
create unique index summary_id on summary (id, jurisdiction, status, strictness);
create virtual table box using rtree_i32 (id, known_from, known_last, valid_from, valid_last);
insert into box select rowid, known_from, known_to - 1, valid_from, valid_to - 1 from line;
analyze;
"""
"""The R-tree keeps the last days within: its boxes are closed."""


class Lite:
    """The table over one connection. Days are numbers."""

    name = "SQLite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def state(self, jurisdiction: str, day: date) -> bytes:
        """The state, from the covering index alone."""
        asked = {"jurisdiction": jurisdiction, "day": day.toordinal()}
        return state_document(jurisdiction, day, [line for (line,) in self._connection.execute(_STATE, asked)])

    def world(self, day: date) -> bytes:
        """The matrix, of the boxes that the R-tree finds."""
        rows = self._connection.execute(_WORLD, {"day": day.toordinal()})
        return msgspec.json.encode({"as_of": day, "jurisdictions": [matrix_row(row) for row in rows]})


@contextmanager
def opened(path: Path, boxes: Path) -> Iterator[Lite]:
    """The rows of a CSV file in a new file; closed at the end."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma cache_size = -262144")  # a quarter of a gigabyte, in KiB
        connection.execute("pragma mmap_size = 4294967296")
        columns = ", ".join(f"{name} {'integer' if name in (*_DAYS, 'strictness') else 'text'}" for name in COLUMNS)
        connection.execute(f"create table line ({columns})")
        with boxes.open(encoding="utf-8", newline="") as file:
            rows = map(_numbered, csv.reader(file))
            connection.executemany(f"insert into line values ({', '.join('?' * len(COLUMNS))})", rows)
        connection.executescript(_INDEXES)
        connection.commit()
        yield Lite(connection)


def _numbered(row: list[str]) -> list[str | int]:
    """The row with its days as numbers."""
    return [
        date.fromisoformat(value).toordinal() if name in _DAYS else value
        for name, value in zip(COLUMNS, row, strict=True)
    ]
