"""How fast an import is, beside the fastest that PostgreSQL could take the same events in."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from bench.figures import Figures
from bench.generating import many_measures, write
from bench.server import Place, fresh_service, timed_import
from services.intake.files import read
from services.operations.wiring import Service


def bulk(place: Place, figures: Figures, *, events: int, seed: int, repeat: int) -> None:
    """Imports generated events through validation, append and projection; then copies their rows into a bare table."""
    path = write(many_measures(events, seed), place.folder / "bulk.jsonl")
    imports, copies, readings, judgings = [], [], [], []
    for _ in range(repeat):
        started = perf_counter()
        commands = read([path]).commands
        readings.append(perf_counter() - started)
        with fresh_service(place) as built:
            started = perf_counter()
            built.recording.judge(commands)
            judgings.append(perf_counter() - started)
            imported, seconds = timed_import(built, path)
            assert imported.events == events, f"{imported.events} events instead of {events}"
            imports.append(seconds)
            copies.append(_bare_copy(built))
    seconds, copied = median(imports), median(copies)
    figures.add("bulk", "events imported", events)
    figures.add("bulk", "import, events/s", events / seconds, at_least=5000)
    figures.add("bulk", "import, s (slowest)", max(imports))
    figures.add("bulk", "of it reading and validating the file, s", median(readings))
    figures.add("bulk", "of it judging the whole beforehand, s", median(judgings))
    figures.add("bulk", "bare COPY of the same rows, events/s", events / copied)
    figures.add("bulk", "import / bare COPY, times as long", seconds / copied)


def _bare_copy(built: Service) -> float:
    columns = "position, edition, recorded_at, originator_id, originator_version, topic, state"
    with built.pool.connection() as connection:
        rows = connection.execute(f"select {columns} from dateline.event order by position").fetchall()
        connection.execute("create table bare as select * from dateline.event with no data")
        connection.commit()
        started = perf_counter()
        with connection.cursor().copy(f"copy bare ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        return perf_counter() - started
