"""How fast an import and a rebuild are, in processes of their own, and the log alone beside bare tables."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

import psycopg

from bench.figures import Figures
from bench.generating import write_many_measures
from bench.server import Place, bring_to_rest, fresh_service
from events.ready import ReadyRows
from events.recorder import LogRecorder, PoolDatastore
from services.operations.wiring import Service, present

MOST_MEGABYTES = 1536
"""What any process of a rebuild takes at most."""

LOT = 10_000
"""Events of one append to the log alone, and of one COPY into a bare table."""

BARE = {"keyed": "a bare table of the same keys", "heap": "a table without keys"}
"""What the log is compared with: tables of the same columns, without the recorder, its lock and what it tells."""

Row = tuple[int, int, datetime, UUID, int, str, bytes]

_IMPORT = """
from pathlib import Path
from services.intake.importing import import_files
def measured(opened):
    return import_files(opened.recording, [Path(sys.argv[2])], recorded_by="bench", clock=opened.clock).events
"""
_REBUILD = """
from projections.rebuild import rebuild
def measured(opened):
    return rebuild(opened.pool, opened.log).in_place_after
"""
_MEASURED = """
import sys
from time import perf_counter
from bench.memory import peak, peak_of_others
from services.operations.wiring import service
{}
with service(sys.argv[1]) as opened:
    started = perf_counter()
    told = measured(opened)
    seconds = perf_counter() - started
print(told, seconds, peak(), peak_of_others())
"""


def bulk(place: Place, figures: Figures, *, events: int, seed: int, repeat: int) -> None:
    """
    Imports generated events through validation, append and projection, and rebuilds the tables from them, once the
    server is at rest.

    Then, in turns, appends the same events to another log without projecting them, and copies them into bare tables.
    """
    path = write_many_measures(events, seed, place.folder / "bulk.jsonl")
    imports, rebuilds, alone, copies = [], [], [], []
    disk: dict[str, int] = {}
    for _ in range(repeat):
        with fresh_service(place) as built:
            imports.append(_by_itself(_IMPORT, built.url, str(path)))
            assert imports[-1][0] == events, f"{imports[-1][0]} events instead of {events}"
            bring_to_rest(built.url)
            rebuilds.append(_by_itself(_REBUILD, built.url))
            disk = _on_disk(built)
            rows = _rows(built)
        with fresh_service(place) as built:
            mine, *others = _in_turns(built, rows)
            alone.append(mine)
            copies.append(others)
    seconds = median([each[1] for each in imports])
    figures.add("bulk", "events imported", events)
    figures.add("bulk", "import, events/s", events / seconds, at_least=15_000)
    figures.add("bulk", "import, s (slowest)", max(each[1] for each in imports))
    figures.add("bulk", "import, peak memory of any process, MB", max(max(each[2:]) for each in imports))
    figures.add("bulk", "on disk without words, bytes an event", (sum(disk.values()) - disk["search"]) / events)
    figures.add("bulk", "on disk, the log alone, bytes an event", disk["event"] / events)
    figures.add("bulk", "on disk, words to search in, bytes an event", disk["search"] / events)
    in_place, whole = (median([each[at] for each in rebuilds]) for at in (0, 1))
    figures.add("bulk", "rebuild until the tables are in place, events/s", events / in_place, at_least=30_000)
    figures.add("bulk", "rebuild with the index of words, events/s", events / whole)
    memory = max(max(each[2:]) for each in rebuilds)
    figures.add("bulk", "rebuild, peak memory of any process, MB", memory, at_most=MOST_MEGABYTES)
    figures.add("bulk", "the log alone, events/s", events / median(alone))
    for number, (table, wanted) in enumerate({"keyed": 0.7, "heap": None}.items()):
        what = BARE[table]
        took = median(each[number] for each in copies)
        figures.add("bulk", f"COPY of the same rows into {what}, events/s", events / took)
        ratio = median([bare[number] / log for bare, log in zip(copies, alone, strict=True)])
        figures.add("bulk", f"the log alone / COPY into {what}, its rate", ratio, at_least=wanted)


def _by_itself(what: str, *arguments: str) -> list[float]:
    """What a process of its own tells, the seconds that it takes, its memory and that of those it starts (MB)."""
    command = [sys.executable, "-c", _MEASURED.format(what), *arguments]
    here = Path(__file__).resolve().parents[1]
    told = subprocess.run(command, cwd=here, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [float(each) for each in told.split()]


def _on_disk(built: Service) -> dict[str, int]:
    """The bytes of each table with its indexes, as a rebuild leaves them."""
    with built.pool.connection() as connection:
        found = connection.execute(
            "select tablename, pg_total_relation_size(('dateline.' || tablename)::regclass) from pg_tables"
            " where schemaname = 'dateline'"
        )
        return dict(found.fetchall())


def _rows(built: Service) -> list[Row]:
    with built.pool.connection() as connection:
        found = connection.execute(f"select {_COLUMNS} from dateline.event order by position")
        return [(position, edition, moment.astimezone(UTC), *rest) for position, edition, moment, *rest in found]


def _in_turns(built: Service, rows: Sequence[Row]) -> list[float]:
    """The seconds that the log takes for rows, and those that each bare table does: lot by lot, one after the other."""
    recorder = LogRecorder(PoolDatastore(built.pool), clock=present)
    seconds = [0.0] * (1 + len(BARE))
    with built.pool.connection() as connection:
        connection.execute("create table keyed (like dateline.event including indexes including constraints)")
        connection.execute("create table heap (like dateline.event)")
        connection.commit()
        for at in range(0, len(rows), LOT):
            lot = rows[at : at + LOT]
            seconds[0] += _timed(partial(_append, recorder, lot, at))
            for number, table in enumerate(BARE, 1):
                seconds[number] += _timed(partial(_copy, connection, table, lot))
    return seconds


def _append(recorder: LogRecorder, rows: Sequence[Row], after: int) -> None:
    """Appends rows as an import does, which makes them ready first."""
    ready = ReadyRows()
    for position, (_, _, _, stream, revision, topic, state) in enumerate(rows, after + 1):
        ready.add(position, after + len(rows), stream, revision, topic, state)
    with recorder.begun(lambda _: None) as connection:
        assert recorder.append_ready(connection, after, ready.done(), lambda _: True)


def _copy(connection: psycopg.Connection, table: str, rows: Sequence[Row]) -> None:
    with connection.cursor().copy(f"copy {table} ({_COLUMNS}) from stdin (format binary)".encode()) as copy:
        copy.set_types(["int8", "int8", "timestamptz", "uuid", "int8", "text", "bytea"])
        for row in rows:
            copy.write_row(row)
    connection.commit()


def _timed(done: Callable[[], object]) -> float:
    started = perf_counter()
    done()
    return perf_counter() - started


_COLUMNS = "position, edition, recorded_at, originator_id, originator_version, topic, state"
