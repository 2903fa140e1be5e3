"""How fast the actions of a large record are exported, and how much memory the process that exports them takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from bench.figures import Figures
from bench.generating import many_measures, write
from bench.server import Place, fresh_service, timed_import
from services.operations.wiring import Service

MOST_MEGABYTES = 300
"""The memory that an export takes at most, whatever is exported."""

IMPORTED = 10_000
"""Actions that are imported; the others are copies of their rows, under other names."""

_COPIES = """
insert into dateline.event (position, edition, recorded_at, originator_id, originator_version, topic, state)
select position + copy * %(size)s, edition + copy * %(size)s, last.recorded_at,
       md5(originator_id::text || copy)::uuid, originator_version, topic, state
  from dateline.event, generate_series(1, %(copies)s) as copy,
       (select max(recorded_at) as recorded_at from dateline.event) as last;
insert into dateline.entry (position, edition, jurisdiction, act, type, recorded_by, batch)
select position + copy * %(size)s, edition + copy * %(size)s, jurisdiction, act || '-' || copy, type, recorded_by, batch
  from dateline.entry, generate_series(1, %(copies)s) as copy;
insert into dateline.action (position, place, jurisdiction, measure, act, type, recorded_from, recorded_to,
                             announced_from, data)
select position + copy * %(size)s, place, jurisdiction, measure || '-' || copy, act || '-' || copy, type,
       recorded_from + copy * %(size)s, null, announced_from,
       jsonb_set(jsonb_set(data::jsonb, '{measure}', to_jsonb(measure || '-' || copy)),
                 '{act,act}', to_jsonb(act || '-' || copy))::json
  from dateline.action, generate_series(1, %(copies)s) as copy;
update dateline.jurisdiction set edition = (select max(position) from dateline.event);
"""
"""The rows that an export reads, multiplied: what they say is made up, their number and their size are not."""

_EXPORT = """
import sys
from pathlib import Path
from bench.memory import peak
from services.operations.wiring import service
from services.outlets.exports import Wanted, export_of
from services.outlets.files import write_file
from services.outlets.formats import FORMAT
url, what, name, path = sys.argv[1:]
with service(url) as opened:
    export = export_of(opened.exporting, Wanted(what))
    write_file(FORMAT[name].write(export.columns, export.rows(), export.edition.recorded_at), Path(path))
print(peak())
"""


def exporting(place: Place, figures: Figures, *, actions: int, seed: int) -> None:
    """Exports so many actions as CSV and as Parquet, and the periods they come to, each by a process of its own."""
    with fresh_service(place) as built:
        imported = min(IMPORTED, actions)
        timed_import(built, write(many_measures(imported, seed), place.folder / "exported.jsonl"))
        _multiply(built, actions // imported - 1)
        figures.add("export", "actions exported", built.log.head().position)
        for what, name in (("actions", "csv"), ("actions", "parquet"), ("periods", "parquet")):
            _measure(built.url, figures, what, name, place.folder / f"{what}.{name}")


def _multiply(built: Service, copies: int) -> None:
    size = built.log.head().position
    with built.pool.connection() as connection:
        for statement in _COPIES.split(";\n"):
            if copies and statement.strip():
                connection.execute(statement.encode(), {"size": size, "copies": copies})
        connection.execute("analyze")


def _measure(url: str, figures: Figures, what: str, name: str, path: Path) -> None:
    started = perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", _EXPORT, url, what, name, str(path)],
        cwd=Path(__file__).resolve().parents[1],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seconds = perf_counter() - started
    rows = _rows(path, name)
    figures.add("export", f"{what} as {name}, rows/s", rows / seconds)
    figures.add("export", f"{what} as {name}, MB", path.stat().st_size / 1e6)
    figures.add("export", f"{what} as {name}, peak memory, MB", float(told), at_most=MOST_MEGABYTES)


def _rows(path: Path, name: str) -> int:
    import pyarrow.parquet

    if name == "parquet":
        return int(pyarrow.parquet.read_metadata(path).num_rows)
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1
