"""What an event costs in rows, bytes and messages, whatever the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.generating import many_measures, one_measure, write
from projections.database import Writer
from projections.project import Rows, close_rows
from services.intake import importing as chunks
from services.intake.importing import import_files
from services.operations.wiring import Service
from tests.recording.conftest import Clock


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """Four hundred acts of one action each, on forty measures."""
    return write(many_measures(400, seed=7), tmp_path / "generated.jsonl")


def test_an_event_is_one_row_a_table_and_at_most_two_and_a_half_periods(
    opened: Service, clock: Clock, generated: Path
) -> None:
    import_files(opened.recording, [generated], recorded_by="ada", clock=clock)
    with opened.pool.connection() as connection:
        found = {
            table: connection.execute(f"select count(*), sum(pg_column_size(t.*)) from dateline.{table} t").fetchone()
            for table in ("event", "entry", "action", "act", "period")
        }
    rows = {table: row[0] / 400 for table, row in found.items() if row is not None}
    size = {table: row[1] / 400 for table, row in found.items() if row is not None}
    assert rows | {"period": 0} == {"event": 1, "entry": 1, "action": 1, "act": 1, "period": 0}
    assert 1 < rows["period"] <= 2.5
    assert size["event"] < 800
    assert sum(size.values()) < 2600


@pytest.mark.parametrize("apart", [False, True])
def test_an_append_of_an_import_is_as_many_messages_whatever_its_size(
    opened: Service, clock: Clock, generated: Path, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "PREPARED_APART", 1 if apart else 1000)
    messages: list[str] = []
    execute, copy = psycopg.Cursor.execute, psycopg.Cursor.copy

    def executing(cursor: psycopg.Cursor[Any], query: Any, *given: Any, **named: Any) -> Any:
        messages.append(str(query))
        return execute(cursor, query, *given, **named)

    def copying(cursor: psycopg.Cursor[Any], statement: Any, *given: Any, **named: Any) -> Any:
        messages.append(str(statement))
        return copy(cursor, statement, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", executing)
    monkeypatch.setattr(psycopg.Cursor, "copy", copying)
    monkeypatch.setattr(chunks, "CHUNK", 200)
    progressed: list[int] = []

    def progress(done: int, total: int) -> None:
        progressed.append(len(messages))

    import_files(opened.recording, [generated], recorded_by="ada", clock=clock, progress=progress)
    assert len(progressed) == 2
    assert progressed[1] - progressed[0] <= 11


def test_corrections_of_a_long_measure_are_closed_act_by_act_before_anybody_looked_at_the_tables(
    opened: Service, clock: Clock, tmp_path: Path
) -> None:
    path = write(one_measure(600), tmp_path / "long.jsonl")
    import_files(opened.recording, [path], recorded_by="ada", clock=clock)
    closed = [("US/long-measure", f"long-{number:06}", 601) for number in range(200)]
    with opened.pool.connection() as connection:
        with Writer(connection) as writer:
            close_rows(writer, Rows([], closed, [], [], {}, [], []))
            statement = writer.left()
        plan = connection.execute(f"explain (analyze, format json) {statement}".encode()).fetchone()
        connection.rollback()
    assert plan is not None
    seen = {each["Node Type"]: each["Actual Rows"] * each["Actual Loops"] for each in _nodes(plan[0][0]["Plan"])}
    assert 200 <= max(seen.values()) <= 1200, seen


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)
