"""
The record as a data package (Frictionless Data Package): tables with their schemas, the code book, the log, checksums.

The same position, days and rules give the same bytes of every file, wherever and whenever it is written; of Parquet
from the same version of its library. A log that is brought back elsewhere gives the same package.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from events.dates import EARLIEST
from projections.answering import HEAD, Asked
from projections.answers import RULES, Edition, encode
from projections.codebook import codebook
from projections.exporting import Exporting
from services.outlets.columns import Column, Kind
from services.outlets.exports import Export, Wanted, export_of
from services.outlets.files import new_folder
from services.outlets.formats import FORMAT, FormatName

DESCRIPTOR = "datapackage.json"
CHECKSUMS = "SHA256SUMS"


class Written(NamedTuple):
    """A package that was written: its files with their checksums (SHA-256), and how it is quoted."""

    files: Mapping[str, str]
    citation: str


class _Table(NamedTuple):
    """A table of the package."""

    name: str
    title: str
    wanted: Wanted
    format: FormatName = "csv"
    key: tuple[str, ...] = ()
    refers: tuple[str, str] | None = None
    """A column that names a row of another table, and that table."""


def write_package(
    exporting: Exporting,
    folder: Path,
    asked: Asked = HEAD,
    *,
    as_of: date | None = None,
    known_on: date | None = None,
) -> Written:
    """
    Writes a package into a folder that is new or empty, whole or not at all.

    `as_of` defaults to the day on which the edition was recorded (UTC), `known_on` to `as_of`: nothing depends on the
    clock. Raises OutputRefused, ExtraMissing, and what naming an edition raises.
    """
    FORMAT["parquet"].check()
    edition = exporting.edition(asked)
    if as_of is None:
        as_of = exporting.today() if edition.recorded_at is None else edition.recorded_at.date()
    known_on = known_on or as_of
    files: dict[str, str] = {}
    with new_folder(folder) as place:
        resources = []
        for table in _tables(as_of, known_on):
            export = export_of(exporting, table.wanted, asked.at(edition.position))
            resources.append(_add_table(place, table, export, files))
        book = [encode(codebook()) + b"\n"]
        title = "The code book: what the words of the record mean, which names mean the same"
        resources.append(_add(place, files, "codebook", "codebook.json", "application/json", title, book))
        state = export_of(exporting, Wanted("state", as_of=as_of, known_on=known_on), asked.at(edition.position))
        descriptor = _descriptor(edition, as_of, known_on, state, resources)
        _write(place / "README.md", [_readme(descriptor, state).encode()], files)
        _write(place / DESCRIPTOR, [msgspec.json.format(msgspec.json.encode(descriptor)) + b"\n"], files)
        sums = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
        _write(place / CHECKSUMS, [sums.encode()], {})
    return Written(files, descriptor["dateline"]["citation"])


def _tables(as_of: date, known_on: date) -> Iterator[_Table]:
    days: dict[str, Any] = {"as_of": as_of, "known_on": known_on}
    yield _Table("acts", "The acts that stand, with what they do and where", Wanted("acts"), key=("act",))
    yield _Table("sources", "Where each act was read", Wanted("sources"), key=("act", "number"), refers=("act", "acts"))
    yield _Table(
        "measures", "Every measure on record, as it was on the day", Wanted("measures", **days), key=("measure",)
    )
    yield _Table("state", "What the rules were on the day", Wanted("state", **days), key=("jurisdiction", "measure"))
    yield _Table("deadlines", "The deadlines on the day", Wanted("deadlines", **days), key=("measure", "deadline"))
    yield _Table(
        "changes",
        "What changed up to the day, each on the day on which it could be seen",
        Wanted("changes", from_=EARLIEST, to=as_of, known_on=known_on),
    )
    key = ("entry_position", "place")
    yield _Table("actions", "Every action as recorded, superseded ones included", Wanted("actions"), key=key)
    yield _Table("periods", "Boxes of valid days and known days in which nothing changes", Wanted("periods"))
    yield _Table("actions-parquet", "The table of actions as Parquet", Wanted("actions"), "parquet")
    yield _Table("periods-parquet", "The table of periods as Parquet", Wanted("periods"), "parquet")
    yield _Table("log", "The log itself: it can be brought back into an empty Dateline", Wanted("log"), "jsonl")


def _add_table(place: Path, table: _Table, export: Export, files: dict[str, str]) -> dict[str, Any]:
    format_ = FORMAT[table.format]
    path = f"{export.what}.{table.format}"
    pieces = format_.write(export.columns, export.rows(), export.edition.recorded_at)
    resource = _add(place, files, table.name, path, format_.media, table.title, pieces)
    resource["description"] = f"Rows in the order of {export.order}."
    if table.format == "csv":
        schema: dict[str, Any] = {"fields": [_field(column) for column in export.columns], "missingValues": [""]}
        if table.key:
            schema["primaryKey"] = list(table.key)
        if table.refers is not None:
            column, other = table.refers
            schema["foreignKeys"] = [{"fields": [column], "reference": {"resource": other, "fields": [column]}}]
        resource |= {"profile": "tabular-data-resource", "type": "table", "encoding": "utf-8"}
        resource |= {"dialect": {"lineTerminator": "\r\n"}, "schema": schema}
    else:
        resource["columns"] = [_field(column) for column in export.columns]
    return resource


_TYPES: Mapping[Kind, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "yes_no": {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]},
    "day": {"type": "date"},
    "moment": {"type": "datetime", "format": "any"},
    "list": {"type": "string"},
    "json": {"type": "string"},
}
_SAID: Mapping[Kind, str] = {"list": " A list, joined with '; '.", "json": " As JSON."}


def _field(column: Column) -> dict[str, Any]:
    return {"name": column.name, **_TYPES[column.kind], "description": column.says + _SAID.get(column.kind, "")}


def _add(
    place: Path, files: dict[str, str], name: str, path: str, media: str, title: str, pieces: Iterable[bytes]
) -> dict[str, Any]:
    size = _write(place / path, pieces, files)
    return {
        "name": name,
        "path": path,
        "title": title,
        "profile": "data-resource",
        "type": "file",
        "format": path.rpartition(".")[2],
        "mediatype": media,
        "bytes": size,
        "hash": f"sha256:{files[path]}",
    }


def _write(path: Path, pieces: Iterable[bytes], files: dict[str, str]) -> int:
    """Writes a file, notes its checksum, and gives its size."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
        size = file.tell()
    files[path.name] = digest.hexdigest()
    return size


def _descriptor(
    edition: Edition, as_of: date, known_on: date, state: Export, resources: list[dict[str, Any]]
) -> dict[str, Any]:
    moment = None if edition.recorded_at is None else edition.recorded_at.isoformat().replace("+00:00", "Z")
    about = {
        "position": edition.position,
        "recorded_at": moment,
        "rules": RULES,
        "as_of": as_of.isoformat(),
        "known_on": known_on.isoformat(),
        "citation": state.citation.replace("export of state", "data package"),
    }
    descriptor = {
        "profile": "data-package",
        "name": "dateline",
        "title": "Dateline: what the rules were",
        "description": "What authorities did, act by act with its sources, and what held by that on a day. "
        "README.md says what is in it.",
        "version": f"{edition.position}",
        "licenses": [_licence(state.licence)],
        "dateline": about,
        "resources": resources,
    }
    if moment is not None:
        descriptor["created"] = moment
    return descriptor


_CC_BY = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}


def _licence(text: str) -> dict[str, str]:
    """A licence as the specification has it: named as the Open Definition does, or by what it is called."""
    if text == "CC BY 4.0":
        return _CC_BY
    return {"name": re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-") or "licence", "title": text}


def _readme(descriptor: Mapping[str, Any], state: Export) -> str:
    about = descriptor["dateline"]
    lines = [
        f"- `{each['path']}`: {each['title']}. {each.get('description', '')}".rstrip()
        for each in descriptor["resources"]
    ]
    return "\n".join(
        [
            "# Dateline: what the rules were",
            "",
            f"The record at position {about['position']} of its log ({about['recorded_at']}), read under rules "
            f"{about['rules']}, as of {about['as_of']}, as known on {about['known_on']}.",
            "",
            f"Quote it as: {about['citation']}.",
            "",
            f"The data are under {state.licence}. They are descriptive, and no legal advice.",
            "",
            "## Files",
            "",
            *lines,
            f"- `{DESCRIPTOR}`: what each table and each column is, with the size and the checksum of each file.",
            f"- `{CHECKSUMS}`: the checksums of all files: `sha256sum --check {CHECKSUMS}`.",
            "",
            "Every row names its position, when that was recorded, and the rules; readings also the day that they are "
            "about (`as_of`) and the day by whose eyes (`known_on`).",
            "",
            "In CSV, a text that a spreadsheet would run as a formula has an apostrophe before it. Parquet and JSON "
            "Lines have texts as they are.",
            "",
            "The same position, days and rules give the same bytes of every file. `log.jsonl` brought back into an "
            "empty Dateline (`dateline import --log log.jsonl`) gives the same package.",
            "",
        ]
    )
