"""Parquet files: typed columns in groups of rows, written as the rows come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from services.outlets.columns import Cell, Column, Kind, Row
from services.outlets.extras import extra

GROUP = 5_000
"""Rows of one group, which is what is held at once; fewer where there are many columns."""

MOST_CELLS = 500_000
"""Cells of one group at most."""


def parquet_there() -> None:
    """Raises ExtraMissing where Parquet files cannot be written."""
    with extra("parquet", "Parquet files"):
        import pyarrow.parquet  # noqa: F401


def parquet(columns: Sequence[Column], rows: Iterable[Row], recorded_at: datetime | None) -> Iterator[bytes]:
    """
    A Parquet file. Days are date32, moments UTC in microseconds, lists are lists, JSON is text.

    The same rows give the same bytes from the same version of pyarrow, whose name and version the file has.
    """
    with extra("parquet", "Parquet files"):
        import pyarrow as arrow
        import pyarrow.parquet as files
    types = _types(arrow)
    schema = arrow.schema(
        [arrow.field(each.name, types[each.kind], metadata={"description": each.says}) for each in columns]
    )
    place = _Place()
    coming = iter(rows)
    group = max(1, min(GROUP, MOST_CELLS // len(columns)))
    with files.ParquetWriter(place, schema, compression="zstd", write_statistics=True) as writer:
        while part := list(islice(coming, group)):
            cells = [
                arrow.array([_cell(column.kind, row[at]) for row in part], type=types[column.kind])
                for at, column in enumerate(columns)
            ]
            writer.write_table(arrow.Table.from_arrays(cells, schema=schema), row_group_size=group)
            yield place.taken()
    yield place.taken()


def _cell(kind: Kind, value: Cell) -> Cell:
    if value is None:
        return None
    if kind == "json":
        return msgspec.json.encode(value).decode()
    if kind == "list":
        return list(value)  # type: ignore[call-overload]
    return value


def _types(arrow: Any) -> Mapping[Kind, Any]:
    return {
        "text": arrow.string(),
        "json": arrow.string(),
        "number": arrow.int64(),
        "yes_no": arrow.bool_(),
        "day": arrow.date32(),
        "moment": arrow.timestamp("us", tz="UTC"),
        "list": arrow.list_(arrow.string()),
    }


class _Place:
    """What the writer takes for a file: what was written is taken from here and not kept."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def taken(self) -> bytes:
        """What was written since this was asked last."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
