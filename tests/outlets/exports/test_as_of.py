"""The exported periods answer as-of questions with a WHERE clause, in DuckDB, as the service answers them itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from projections.answering import Asked
from services.operations.wiring import Service
from services.outlets.exports import Wanted, export_of
from services.outlets.files import write_file
from services.outlets.formats import FORMAT
from tests.documentation.reading import TOP

DOCUMENT = (TOP / "docs" / "exports.md").read_text("utf-8")
QUERIES = re.findall(r"^```duckdb\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
EARLY = ("proposed", "announced")
"""Statuses of measures whose dates to come the answers know in hindsight, and the periods do not."""

DAYS = [
    (date(2019, 11, 20), date(2019, 11, 20)),
    (date(2019, 11, 20), date(2026, 11, 24)),
    (date(2020, 3, 1), date(2020, 2, 1)),
    (date(2021, 6, 30), date(2021, 6, 30)),
    (date(2030, 1, 1), date(2026, 11, 24)),
]


@pytest.fixture(scope="module")
def asked(record: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in a folder with the exported files."""
    folder = tmp_path_factory.mktemp("exported")
    for what in ("periods", "actions"):
        _export(record, what, folder / f"{what}.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{folder}'")
        yield connection


def _export(record: Service, what: Any, path: Path, asked: Asked | None = None) -> None:
    export = export_of(record.exporting, Wanted(what), asked or Asked())
    write_file(FORMAT["parquet"].write(export.columns, export.rows(), export.edition.recorded_at), path)


def found(connection: duckdb.DuckDBPyConnection, query: str, **given: Any) -> list[dict[str, Any]]:
    rows = connection.execute(query, given)
    names = [each[0] for each in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def query(words: str) -> str:
    """The documented query that begins with these words, its days and its position to be given as parameters."""
    (text,) = [each for each in QUERIES if each.startswith(words)]
    return re.sub(r"(?:date '[\d-]+'|\d+) as (as_of|known_on|at_position)", r"$\1 as \1", text)


def test_every_documented_query_finds_something(asked: duckdb.DuckDBPyConnection) -> None:
    assert len(QUERIES) >= 5
    for each in QUERIES:
        assert found(asked, each), each


def test_what_held_in_a_country_is_a_where_clause(record: Service, asked: duckdb.DuckDBPyConnection) -> None:
    rows = found(asked, next(each for each in QUERIES if "jurisdiction = 'NL'" in each))
    state = record.answering.state("NL", as_of=date(2019, 11, 20))
    assert [(row["measure"], row["status"], row["effects"]) for row in rows] == [
        (line.measure, line.status, list(line.effects)) for line in state.measures
    ]


@pytest.mark.parametrize(("as_of", "known_on"), DAYS)
def test_the_state_of_the_world_is_that_of_the_service(
    record: Service, asked: duckdb.DuckDBPyConnection, as_of: date, known_on: date
) -> None:
    rows = found(asked, query("-- The state of the world"), as_of=as_of, known_on=known_on)
    told = {}
    for each in record.answering.jurisdictions().jurisdictions:
        for line in record.answering.state(each.jurisdiction, as_of=as_of, known_on=known_on).measures:
            if line.status != "absent":
                dates = (line.effective_on, line.expires_on) if line.status not in EARLY else (None, None)
                told[line.measure] = (
                    line.status, line.title, list(line.effects), list(line.subjects), list(line.scope), *dates
                )  # fmt: skip
            if line.certainty == "possible":
                assert [row["exact"] for row in rows if row["measure"] == line.measure] in ([False], [])
    names = ("status", "title", "effects", "subjects", "scope", "effective_on", "expires_on")
    assert {row["measure"]: tuple(row[name] for name in names) for row in rows} == told
    assert len(rows) == len(told) > 50


@pytest.mark.parametrize(("as_of", "known_on"), DAYS)
def test_the_deadlines_are_those_of_the_service(
    record: Service, asked: duckdb.DuckDBPyConnection, as_of: date, known_on: date
) -> None:
    rows = found(asked, query("-- The deadlines"), as_of=as_of, known_on=known_on)
    told = record.answering.deadlines(as_of=as_of, known_on=known_on).deadlines
    assert sorted((row["measure"], row["deadline"], row["status"], row["due"]) for row in rows) == sorted(
        (each.measure, each.deadline, each.status, each.due) for each in told
    )
    assert told


def test_the_actions_that_stood_at_an_earlier_position_are_those_of_that_edition(
    record: Service, asked: duckdb.DuckDBPyConnection
) -> None:
    head = record.log.head().position
    for position in (head, head - 5, head - 12):
        rows = found(asked, query("-- The actions that stood"), at_position=position)
        told = list(record.exporting.actions(record.exporting.edition(Asked(position)), standing=True))
        assert {(row["entry_position"], row["place"]) for row in rows} == {
            (each.position, each.action.place) for each in told
        }


def test_the_periods_of_an_earlier_edition_answer_for_that_edition(record: Service, tmp_path: Path) -> None:
    position = record.log.head().position - 12
    _export(record, "periods", tmp_path / "periods.parquet", Asked(position))
    text = query("-- The state of the world")
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{tmp_path}'")
        rows = found(connection, text, as_of=date(2020, 6, 30), known_on=date(2020, 6, 30))
    state = record.answering.state("US", as_of=date(2020, 6, 30), asked=Asked(position))
    mine = {row["measure"]: (row["status"], row["expires_on"]) for row in rows if row["jurisdiction"] == "US"}
    assert mine == {each.measure: (each.status, each.expires_on) for each in state.measures}
    now = record.answering.state("US", as_of=date(2020, 6, 30))
    assert [each.expires_on for each in now.measures] != [each.expires_on for each in state.measures]
