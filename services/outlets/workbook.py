"""Workbooks (XLSX): a sheet of rows under their columns, and another where one is full."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from services.outlets.columns import Cell, Column, Kind, Row
from services.outlets.extras import extra

MOST_ROWS = 1_048_576
"""Rows of a sheet, its header included."""

LONGEST = 32_767
"""Characters that a cell may have; what is longer is cut, and ends with '…'."""

PIECE = 1 << 18


def workbook_there() -> None:
    """Raises ExtraMissing where workbooks cannot be written."""
    with extra("xlsx", "Workbooks (XLSX)"):
        import xlsxwriter  # noqa: F401


def workbook(columns: Sequence[Column], rows: Iterable[Row], recorded_at: datetime | None) -> Iterator[bytes]:
    """
    A workbook. Days and moments (UTC) are dates, lists are joined with '; ', JSON is text; no text is a formula.

    It is made on the disk, row by row, and given once it is whole. Its properties name the moment of the edition, so
    that the same rows give the same bytes from the same version of xlsxwriter.
    """
    with extra("xlsx", "Workbooks (XLSX)"):
        import xlsxwriter
    with tempfile.TemporaryDirectory(prefix="dateline-") as folder:
        path = Path(folder) / "export.xlsx"
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"title": "Dateline", "created": (recorded_at or _NEVER).replace(tzinfo=None)})
        formats = {
            "bold": book.add_format({"bold": True}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        sheet, at = None, MOST_ROWS
        for row in rows:
            if at == MOST_ROWS:
                sheet, at = _sheet(book, columns, formats), 1
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, at, place, column.kind, value, formats)
            at += 1
        if sheet is None:
            _sheet(book, columns, formats)
        book.close()
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


_NEVER = datetime(1980, 1, 1)  # noqa: DTZ001


def _sheet(book: Any, columns: Sequence[Column], formats: dict[str, Any]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name, formats["bold"])
    return sheet


def _write(sheet: Any, row: int, place: int, kind: Kind, value: Cell, formats: dict[str, Any]) -> None:
    if value is None:
        return
    match kind:
        case "number":
            sheet.write_number(row, place, value)
        case "yes_no":
            sheet.write_boolean(row, place, value)
        case "day":
            sheet.write_datetime(row, place, value, formats["day"])
        case "moment":
            sheet.write_datetime(row, place, value.replace(tzinfo=None), formats["moment"])  # type: ignore[attr-defined]
        case "list":
            _text(sheet, row, place, "; ".join(value))  # type: ignore[arg-type]
        case "json":
            _text(sheet, row, place, msgspec.json.encode(value).decode())
        case _:
            _text(sheet, row, place, str(value))


def _text(sheet: Any, row: int, place: int, text: str) -> None:
    if text:
        sheet.write_string(row, place, text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
