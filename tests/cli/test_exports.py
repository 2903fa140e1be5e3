"""`dateline export` and `dateline import --log`, as their user sees them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from services.operations.wiring import Service
from services.outlets.exports import Wanted, export_of
from services.outlets.files import write_file
from services.outlets.formats import FORMAT
from tests.cli.running import Dateline


def test_an_export_goes_to_standard_output_as_text(ask: Dateline) -> None:
    ended = ask("export", "state", "--as-of", "2019-11-20", "--jurisdiction", "Norway", "--position", "366")
    assert (ended.code, ended.errors) == (0, "")
    rows = list(csv.DictReader(io.StringIO(ended.text, newline="")))
    assert [(row["measure"], row["status"]) for row in rows] == [("NO/declared-position", "announced")]
    ended = ask("export", "panel", "--from", "2019-11-20", "--to", "2019-11-21", "--format", "jsonl", "--shape", "wide")
    assert [json.loads(line)["as_of"] for line in ended.text.splitlines()] == ["2019-11-20", "2019-11-21"]


def test_an_export_goes_to_a_file_in_the_format_of_its_ending(ask: Dateline, tmp_path: Path) -> None:
    path = tmp_path / "acts.parquet"
    ended = ask("export", "acts", "--output", str(path), "--position", "366")
    assert (ended.code, ended.output) == (0, b"")
    assert "Dateline, export of acts, record position 366" in ended.errors
    assert pq.read_table(path).num_rows == 273
    ended = ask("export", "acts", "--output", str(tmp_path / "acts.dat"), "--format", "xlsx")
    assert (tmp_path / "acts.dat").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Say what to export"),
        (("everything",), "none of state, panel"),
        (("state", "--format", "parquet"), "--output FILE"),
        (("state", "--output", "x.docx"), "no ending of a format"),
        (("state", "--from", "2020-01-01"), "does not depend on 'from'"),
        (("panel",), "give its first day as 'from'"),
        (("state", "--output", "/nowhere/at/all.csv"), "cannot be written"),
        (("state", "--position", "1", "--recorded-at", "2026-11-24T08:00:00Z"), "not both"),
        (("--package", "there", "--of", "measure"), "A package is all of it"),
        (("--package", "/proc/nowhere/new"), "cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_words(ask: Dateline, arguments: tuple[str, ...], sentence: str) -> None:
    ended = ask("export", *arguments)
    assert (ended.code, ended.output) == (2, b"")
    assert sentence in " ".join(ended.errors.split())


def test_a_package_is_written_into_a_new_folder(ask: Dateline, tmp_path: Path) -> None:
    folder = tmp_path / "dateline"
    ended = ask("export", "--package", str(folder), "--position", "366", "--as-of", "2026-11-24")
    assert ended.code == 0, ended.errors
    assert "14 files. Dateline, data package as of 2026-11-24" in ended.errors
    assert json.loads((folder / "datapackage.json").read_bytes())["dateline"]["position"] == 366
    again = ask("export", "--package", str(folder))
    assert (again.code, "something already" in again.errors) == (2, True)


@pytest.fixture
def log(dossier_service: Service, tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    export = export_of(dossier_service.exporting, Wanted("log"))
    write_file(FORMAT["jsonl"].write(export.columns, export.rows(), None), path)
    return path


def test_a_log_is_brought_back(dateline: Dateline, log: Path) -> None:
    dry = dateline("import", "--log", str(log), "--dry-run")
    assert dry.text == "Read a log of 366 events: 366 would be recorded. Nothing was recorded (dry run).\n"
    ended = dateline("import", "--log", str(log))
    assert (ended.code, ended.text) == (0, "Read a log of 366 events: recorded 366, as they were.\n")
    again = dateline("import", "--log", str(log))
    assert again.text == "Read a log of 366 events: all of it was on record already, nothing new was recorded.\n"
    told = dateline("import", "--log", str(log), "--json")
    assert json.loads(told.text) == {"events": 366, "recorded": 0, "dry_run": False}


def test_a_log_is_brought_back_alone_and_into_nothing_else(dateline: Dateline, log: Path, tmp_path: Path) -> None:
    for more in (["--replay"], ["--recorded-by", "ada"], [str(tmp_path)]):
        ended = dateline("import", "--log", str(log), *more)
        assert (ended.code, "give it alone" in ended.errors) == (2, True)
    assert dateline("review", "NL", "--on", "2026-11-20").code == 0
    ended = dateline("import", "--log", str(log))
    assert (ended.code, "brought back into an empty one" in " ".join(ended.errors.split())) == (2, True)
    log.write_text("{}\n", "utf-8")
    ended = dateline("import", "--log", str(log))
    assert ended.code == 2
    assert "log.jsonl, line 1: this is no line of" in ended.errors
