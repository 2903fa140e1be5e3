"""A data package says what is in it, passes the validation of Frictionless, and is the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import pytest

from events.log import PositionAboveHead
from projections.answering import Asked
from projections.answers import encode
from projections.codebook import codebook
from services.operations.wiring import Service
from services.outlets.extras import ExtraMissing
from services.outlets.files import OutputRefused
from services.outlets.package import write_package


def descriptor(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((package / "datapackage.json").read_bytes())
    return found


def test_it_passes_the_validation_of_frictionless(package: Path) -> None:
    report = frictionless.validate(package / "datapackage.json", type="package")
    assert report.valid, report.flatten(["name", "type", "message"])
    assert {task.name for task in report.tasks if task.type == "table"} == {
        "acts", "sources", "measures", "state", "deadlines", "changes", "actions", "periods",
    }  # fmt: skip
    assert not [task.name for task in report.tasks if task.warnings]


def test_a_byte_that_was_changed_is_found(package: Path, tmp_path: Path) -> None:
    for each in package.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    changed = (tmp_path / "log.jsonl").read_bytes().replace(b"2019", b"2018", 1)
    (tmp_path / "log.jsonl").write_bytes(changed)
    report = frictionless.validate(tmp_path / "datapackage.json", type="package")
    assert [task.name for task in report.tasks if not task.valid] == ["log"]


def test_the_types_of_the_schemas_are_those_of_the_cells(package: Path) -> None:
    found = frictionless.Package(package / "datapackage.json")
    state = found.get_resource("state").read_rows()
    assert {type(row["as_of"]) for row in state} == {date}
    assert {type(row["inherited"]) for row in state} == {bool}
    assert {row["recorded_at"].isoformat() for row in state} == {
        descriptor(package)["dateline"]["recorded_at"].replace("Z", "+00:00")
    }
    assert {type(row["entry_position"]) for row in found.get_resource("actions").read_rows()} == {int}


def test_it_names_its_position_days_rules_and_licence(record: Service, package: Path) -> None:
    head, moment = record.log.head()
    assert moment is not None
    told = descriptor(package)
    about = told["dateline"]
    assert (about["position"], about["rules"], about["as_of"], about["known_on"]) == (
        head,
        "1",
        "2026-11-24",
        "2026-11-24",
    )
    assert about["citation"] == (
        "Dateline, data package as of 2026-11-24, as known on 2026-11-24, "
        f"record position {head} (2026-11-24), rules 1; data CC BY 4.0"
    )
    assert told["licenses"][0]["name"] == "CC-BY-4.0"
    assert told["created"] == about["recorded_at"] == moment.isoformat().replace("+00:00", "Z")
    assert (package / "codebook.json").read_bytes() == encode(codebook()) + b"\n"
    assert all(field["description"] for each in told["resources"] for field in each.get("schema", {}).get("fields", ()))


def test_its_checksums_are_those_of_its_files(package: Path) -> None:
    lines = (package / "SHA256SUMS").read_text("utf-8").splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert told == {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in package.iterdir()
        if each.name != "SHA256SUMS"
    }
    for resource in descriptor(package)["resources"]:
        assert resource["hash"] == f"sha256:{told[resource['path']]}"
        assert resource["bytes"] == (package / resource["path"]).stat().st_size


def test_an_earlier_position_is_packed_as_it_was(record: Service, package: Path, tmp_path: Path) -> None:
    position = next(iter(record.log.at([1]))).edition
    written = write_package(record.exporting, tmp_path / "then", Asked(position), as_of=date(2020, 1, 1))
    told = descriptor(tmp_path / "then")
    assert (told["dateline"]["position"], told["dateline"]["as_of"]) == (position, "2020-01-01")
    assert len((tmp_path / "then" / "log.jsonl").read_bytes().splitlines()) == position
    assert written.files["log.jsonl"] != json.loads(json.dumps(descriptor(package)["resources"]))[10]["hash"]
    assert frictionless.validate(tmp_path / "then" / "datapackage.json", type="package").valid


def test_nothing_is_written_where_something_is_or_where_it_cannot_be_made(
    record: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").touch()
    with pytest.raises(OutputRefused):
        write_package(record.exporting, tmp_path / "there")
    with pytest.raises(PositionAboveHead):
        write_package(record.exporting, tmp_path / "new", Asked(10**6))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ExtraMissing):
        write_package(record.exporting, tmp_path / "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["there"]


def test_another_licence_is_named_as_it_is_called(
    record: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record.answering, "licence", "Ours, all rights reserved")
    write_package(record.exporting, tmp_path / "ours", Asked(0), as_of=date(2020, 1, 1))
    assert descriptor(tmp_path / "ours")["licenses"] == [
        {"name": "Ours-all-rights-reserved", "title": "Ours, all rights reserved"}
    ]
    assert "Ours, all rights reserved" in (tmp_path / "ours" / "README.md").read_text("utf-8")
