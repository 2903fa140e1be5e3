"""DuckDB: the bitemporal table in a file of its own, sorted as it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import msgspec

from bench.boxes import COLUMNS
from bench.peers.system import matrix_query, matrix_row, state_document

_HOLDS = "known_from <= $day and known_to > $day and valid_from <= $day and valid_to > $day"
_STATE = f"select string_agg(line, ',' order by measure) from line where jurisdiction = $jurisdiction and {_HOLDS}"
_WORLD = matrix_query(_HOLDS)
_TYPES = dict.fromkeys(COLUMNS, "VARCHAR") | {"strictness": "TINYINT"}
_TYPES |= dict.fromkeys(("known_from", "known_to", "valid_from", "valid_to"), "DATE")


class Duck:
    """The table over one connection; all cores are its own while it answers."""

    name = "DuckDB"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def state(self, jurisdiction: str, day: date) -> bytes:
        """The state, joined by DuckDB."""
        row = self._connection.execute(_STATE, {"jurisdiction": jurisdiction, "day": day}).fetchone()
        return state_document(jurisdiction, day, () if row is None or row[0] is None else row)

    def world(self, day: date) -> bytes:
        """The matrix, grouped by DuckDB."""
        rows = self._connection.execute(_WORLD, {"day": day}).fetchall()
        return msgspec.json.encode({"as_of": day, "jurisdictions": [matrix_row(row) for row in rows]})


@contextmanager
def opened(path: Path, boxes: Path) -> Iterator[Duck]:
    """The rows of a CSV file in a new file, by jurisdiction and day; closed at the end."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"create table line as select * from read_csv(?, header = false, quote = '\"', columns = {_TYPES})"
            " order by jurisdiction, known_from",
            [str(boxes)],
        )
        connection.execute("checkpoint")
        yield Duck(connection)
