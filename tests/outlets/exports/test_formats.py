"""Each format has the same rows, typed as it can; the same rows are the same bytes; nothing in them is run."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from projections.answering import HEAD
from services.operations.wiring import Service
from services.outlets import workbook
from services.outlets.columns import Column, Row
from services.outlets.exports import Wanted, export_of
from services.outlets.extras import ExtraMissing
from services.outlets.files import OutputRefused, new_folder, write_file
from services.outlets.formats import FORMAT, FORMATS, FormatName
from services.outlets.parquet import GROUP

MOMENT = datetime(2026, 11, 24, 8, 0, 0, 250000, tzinfo=UTC)
COLUMNS = (
    Column("name", "text", "A text."),
    Column("number", "number", "A number."),
    Column("holds", "yes_no", "Whether."),
    Column("on", "day", "A day."),
    Column("at", "moment", "A moment."),
    Column("words", "list", "Texts."),
    Column("said", "json", "Anything."),
)
ROWS: list[Row] = [
    ["=1+1", 7, True, date(2019, 11, 20), MOMENT, ("Huawei", "+1"), {"level": 2, "x": [None]}],
    ["naïve 华为\r\nin two lines, \"told\"", 0, False, date(1900, 1, 1), MOMENT, (), []],
    [None, None, None, None, None, None, None],
]  # fmt: skip


def written(name: FormatName, rows: list[Row] = ROWS) -> bytes:
    return b"".join(FORMAT[name].write(COLUMNS, rows, MOMENT))


def test_csv_is_typed_by_its_texts_and_no_cell_is_a_formula() -> None:
    assert written("csv").decode() == (
        "name,number,holds,on,at,words,said\r\n"
        '\'=1+1,7,yes,2019-11-20,2026-11-24T08:00:00.250000Z,Huawei; \'+1,"{""level"":2,""x"":[null]}"\r\n'
        '"naïve 华为\r\nin two lines, ""told""",0,no,1900-01-01,2026-11-24T08:00:00.250000Z,,[]\r\n'
        ",,,,,,\r\n"
    )


def test_json_lines_have_every_column_in_every_object() -> None:
    first, second, third = map(json.loads, written("jsonl").decode().splitlines())
    assert first == {
        "name": "=1+1", "number": 7, "holds": True, "on": "2019-11-20", "at": "2026-11-24T08:00:00.250000Z",
        "words": ["Huawei", "+1"], "said": {"level": 2, "x": [None]},
    }  # fmt: skip
    assert (second["name"], second["said"]) == ('naïve 华为\r\nin two lines, "told"', [])
    assert third == dict.fromkeys(first)


def test_parquet_has_types() -> None:
    table = pq.read_table(io.BytesIO(written("parquet")))
    assert [str(field.type) for field in table.schema] == [
        "string", "int64", "bool", "date32[day]", "timestamp[us, tz=UTC]", "list<element: string>", "string",
    ]  # fmt: skip
    assert table.schema.field("on").metadata[b"description"] == b"A day."
    first, second, third = table.to_pylist()
    assert first == {
        "name": "=1+1", "number": 7, "holds": True, "on": date(2019, 11, 20), "at": MOMENT,
        "words": ["Huawei", "+1"], "said": '{"level":2,"x":[null]}',
    }  # fmt: skip
    assert (second["words"], second["said"]) == ([], "[]")
    assert set(third.values()) == {None}


def test_a_workbook_has_dates_and_texts_and_no_formula() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx"))).active
    assert sheet is not None
    header, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert header == [column.name for column in COLUMNS]
    assert first[:3] == ["=1+1", 7, True]
    assert first[3:] == [
        datetime(2019, 11, 20), datetime(2026, 11, 24, 8, 0, 0, 250000), "Huawei; +1", '{"level":2,"x":[null]}'  # noqa: DTZ001
    ]  # fmt: skip
    assert sheet["A2"].data_type == "s"
    assert second[0] == 'naïve 华为_x000D_\nin two lines, "told"'  # as Excel writes a carriage return


def test_a_sheet_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    rows: list[Row] = [[str(number), *[None] * 6] for number in range(5)]
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", rows)))
    assert [[row[0] for row in sheet.values] for sheet in book] == [
        ["name", "0", "1"], ["name", "2", "3"], ["name", "4"],
    ]  # fmt: skip


def test_what_is_too_long_for_a_cell_of_a_sheet_is_cut_and_says_so() -> None:
    rows: list[Row] = [["x" * 40_000, *[None] * 6]]
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx", rows))).active
    assert sheet is not None
    assert sheet["A2"].value == "x" * 32_766 + "…"
    assert len(json.loads(written("jsonl", rows))["name"]) == 40_000


@pytest.mark.parametrize("name", FORMATS)
def test_a_table_without_rows_has_its_columns(name: FormatName) -> None:
    empty = b"".join(FORMAT[name].write(COLUMNS, [], None))
    if name == "csv":
        assert empty == b"name,number,holds,on,at,words,said\r\n"
    elif name == "jsonl":
        assert empty == b""
    elif name == "parquet":
        table = pq.read_table(io.BytesIO(empty))
        assert (table.num_rows, table.column_names) == (0, [column.name for column in COLUMNS])
    else:
        assert [row[0].value for row in openpyxl.load_workbook(io.BytesIO(empty)).active.rows] == ["name"]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_rows_are_the_same_bytes_whenever_they_are_written(name: FormatName, time_machine: Any) -> None:
    time_machine.move_to(datetime(2031, 5, 6, 7, tzinfo=UTC))
    first = written(name)
    time_machine.move_to(datetime(2042, 1, 1, tzinfo=UTC))
    assert written(name) == first
    for said in (b"2031", b"2042"):
        assert said not in first
    if name == "xlsx":
        inside = zipfile.ZipFile(io.BytesIO(first))
        assert b"2026-11-24T08:00:00Z" in inside.read("docProps/core.xml")
        assert {each.date_time[0] for each in inside.infolist()} == {1980}


@pytest.mark.parametrize("name", ["csv", "jsonl", "parquet"])
def test_rows_are_taken_as_they_are_written_and_not_before(name: FormatName) -> None:
    """What is held is a piece of text, or a group of rows, however many there are."""
    taken = count()
    at = 0

    def endless() -> Iterator[Row]:
        nonlocal at
        for at in taken:
            yield ["x" * 100, at, True, date(2020, 1, 1), MOMENT, ("a",), {}]

    pieces = FORMAT[name].write(COLUMNS, endless(), MOMENT)
    for _ in range(4):
        assert next(pieces) != b""
        assert at <= 5 * max(GROUP, 1000)
    pieces.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "library", "extra"), [("parquet", "pyarrow.parquet", "parquet"), ("xlsx", "xlsxwriter", "xlsx")]
)
def test_a_missing_library_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: FormatName, library: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ExtraMissing, match=rf"dateline\[{extra}\]"):
        FORMAT[name].check()
    with pytest.raises(ExtraMissing):
        next(FORMAT[name].write(COLUMNS, ROWS, MOMENT))


@pytest.mark.parametrize("name", FORMATS)
def test_every_export_can_be_had_in_every_format(record: Service, name: FormatName) -> None:
    for what in ("state", "acts", "sources", "periods", "log"):
        export = export_of(record.exporting, Wanted(what), HEAD)
        assert b"".join(FORMAT[name].write(export.columns, export.rows(), export.edition.recorded_at))


# Files


def test_a_file_is_written_whole_or_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert write_file([b"one", b"two"], path) == 6

    def breaking() -> Iterator[bytes]:
        yield b"three"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        write_file(breaking(), path)
    assert path.read_bytes() == b"onetwo"
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match="No such file"):
        write_file([b"x"], tmp_path / "nowhere" / "out.csv")
    with pytest.raises(OutputRefused, match="folder"):
        write_file([b"x"], tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    with pytest.raises(OutputRefused, match="something already"), new_folder(tmp_path / "full"):
        pass


def test_a_folder_appears_once_it_is_filled(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "in" / "new") as place:
        (place / "a").write_bytes(b"x" * (1 // 0))
    assert list((tmp_path / "in").iterdir()) == []
    with new_folder(tmp_path / "in" / "new") as place:
        (place / "a").touch()
        assert not (tmp_path / "in" / "new").exists()
    assert (tmp_path / "in" / "new" / "a").exists()
