"""What it costs to correct the oldest action of a measure: every later box may change."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from statistics import median
from time import perf_counter

import psycopg
from psycopg_pool import ConnectionPool

from bench.figures import Figures
from bench.generating import one_measure, write
from bench.server import Place, fresh_service, timed_import
from services.intake.files import read

ACTIONS = 125


def correcting(place: Place, figures: Figures, *, repeat: int) -> None:
    """Corrects the oldest act again and again, and asks what holds; each supersedes one row and adds one."""
    lines = one_measure(ACTIONS)
    with fresh_service(place) as built:
        timed_import(built, write(lines, place.folder / "correcting.jsonl"))
        before = _rows(built.pool)
        took = []
        for turn in range(repeat):
            act = deepcopy(lines[0]["act"])
            act["actions"][0]["effective_on"] = f"1995-02-{turn + 1:02}"
            correction = {"jurisdiction": "US", "correct": act["act"], "reason": "wrong_date", "replacement": act}
            commands = read([write([correction], place.folder / "correction.jsonl")]).commands
            started = perf_counter()
            built.recording.record(commands, recorded_by="bench")
            built.answering.state("US", as_of=date(2026, 1, 1))
            took.append((perf_counter() - started) * 1000)
        after = _rows(built.pool)
    figures.add("correction", f"of the oldest of {ACTIONS} actions, ms (first)", took[0])
    figures.add("correction", f"of the oldest of {ACTIONS} actions, ms (median)", median(took), at_most=50)
    figures.add("correction", "rows of action that one correction adds", (after["action"] - before["action"]) / repeat)
    figures.add("correction", "rows of period before", before["period"])
    figures.add("correction", "rows of period after", after["period"])


def _rows(pool: ConnectionPool[psycopg.Connection]) -> dict[str, int]:
    with pool.connection() as connection:
        counts = {}
        for table in ("action", "period"):
            row = connection.execute(f"select count(*) from dateline.{table}").fetchone()
            assert row is not None
            counts[table] = int(row[0])
        return counts
