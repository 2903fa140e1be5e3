"""
The formats of exports: rows become the bytes of a file, piece by piece.

The same rows give the same bytes: no file says when or by whom it was written. CSV is RFC 4180 in UTF-8, safe to open
in a spreadsheet; JSON Lines has an object a line; both are made here, the others in rooms of their own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

import msgspec

from services.outlets.columns import Cell, Column, Kind, Row
from services.outlets.parquet import parquet, parquet_there
from services.outlets.tables import cell, harmless
from services.outlets.workbook import workbook, workbook_there

FormatName = Literal["csv", "jsonl", "xlsx", "parquet"]

FORMATS: tuple[FormatName, ...] = get_args(FormatName)

PIECE = 1 << 16
"""Bytes of text that are gathered before they are given on."""

Writes = Callable[[Sequence[Column], Iterable[Row], datetime | None], Iterator[bytes]]
"""Makes a file of rows under their columns; the moment is that of their edition, for formats that have to name one."""


class Format(NamedTuple):
    """A format: its media type, whether it is text, how it is made, and what raises ExtraMissing where it cannot be."""

    name: FormatName
    media: str
    is_text: bool
    write: Writes
    check: Callable[[], None]


def csv_of(columns: Sequence[Column], rows: Iterable[Row], recorded_at: datetime | None) -> Iterator[bytes]:
    """CSV with a header row. Lists are joined with '; '."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    kinds = [_CSV[column.kind] for column in columns]
    for row in rows:
        writer.writerow([as_cell(value) for as_cell, value in zip(kinds, row, strict=True)])
        if written.tell() >= PIECE:
            yield written.getvalue().encode()
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode()


def jsonl_of(columns: Sequence[Column], rows: Iterable[Row], recorded_at: datetime | None) -> Iterator[bytes]:
    """JSON Lines: every column is a member of every object, null where there is nothing."""
    names = [column.name for column in columns]
    encoder = msgspec.json.Encoder()
    lines = bytearray()
    for row in rows:
        lines += encoder.encode(dict(zip(names, row, strict=True)))
        lines += b"\n"
        if len(lines) >= PIECE:
            yield bytes(lines)
            lines.clear()
    yield bytes(lines)


def _text(value: Cell) -> str:
    return "" if value is None else harmless(value)  # type: ignore[arg-type]


def _as_it_is(value: Cell) -> Cell:
    """A number or a day, which `csv` writes as it reads; nothing for None."""
    return value


def _json(value: Cell) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


_CSV: Mapping[Kind, Callable[[Cell], object]] = {
    "text": _text,
    "number": _as_it_is,
    "day": _as_it_is,
    "json": _json,
    "yes_no": cell,
    "moment": cell,
    "list": cell,
}


def _nothing() -> None:
    """Needs nothing that might be missing."""


FORMAT: Mapping[FormatName, Format] = {
    each.name: each
    for each in (
        Format("csv", "text/csv", True, csv_of, _nothing),
        Format("jsonl", "application/x-ndjson", True, jsonl_of, _nothing),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            False,
            workbook,
            workbook_there,
        ),
        Format("parquet", "application/vnd.apache.parquet", False, parquet, parquet_there),
    )
}
