"""The compared world in the hands of all that is compared: recorded, written as rows, filled in."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg

from bench.boxes import boxes
from bench.oracle import Archive
from bench.peers import aggregates, duck, lite, postgres
from bench.peers.ours import Ours, following
from bench.peers.system import System, WorldSystem
from bench.server import Place, fresh_database, fresh_service
from bench.workload import MEASURES, workload
from services.intake.importing import import_files
from services.operations.wiring import Service, present

OURS, COVERING = "Dateline", "PostgreSQL, covering B-tree"
BY_MEASURE, BY_RANGES = "PostgreSQL, a look-up a measure", "PostgreSQL, ranges in GiST"

_BY_POSTGRES = {
    COVERING: (postgres.BY_COVERING_INDEX, postgres.WORLD_BY_COVERING_INDEX),
    BY_MEASURE: (postgres.BY_MEASURE, postgres.WORLD_BY_RANGES),
    BY_RANGES: (postgres.BY_MEASURE, postgres.WORLD_BY_RANGES),
}

TOGETHER = 20
"""Jurisdictions that are recorded in one import, which bounds its memory."""

MOST_AGGREGATED = 25_000
"""Events that the aggregates are filled with, more or less: the library saves them slowly, and one answers like all."""


class Recorded(NamedTuple):
    """A world on record, and what was recorded of it."""

    built: Service
    archive: Archive
    events: int


class Compared(NamedTuple):
    """One world in all hands. `tables` are asked about both, each other PostgreSQL about what its index is for."""

    recorded: Recorded
    ours: Ours
    tables: Sequence[WorldSystem]
    by_measure: System
    by_ranges: WorldSystem
    aggregates: Sequence[System]
    aggregated: Sequence[str]
    """The jurisdictions that the aggregates know."""
    rows: int
    url: str
    """Of the filled PostgreSQL."""

    @property
    def archive(self) -> Archive:
        """What was recorded, for the oracle."""
        return self.recorded.archive


@contextmanager
def recorded_world(
    place: Place, events: int, seed: int, codes: Sequence[str], measures: int = MEASURES
) -> Iterator[Recorded]:
    """A world of about so many events on record, in a database that has been vacuumed; dropped at the end."""
    with TemporaryDirectory(dir=place.folder) as name, fresh_service(place) as built:
        archive = Archive(Path(name) / "lines")
        count = 0
        for piece in _pieces(archive, events, seed, codes, measures, Path(name)):
            count += import_files(built.recording, [piece], recorded_by="bench", clock=present).events
            piece.unlink()
            say(f"{count:,} events imported")
        with psycopg.connect(built.url, autocommit=True) as connection:
            connection.execute("vacuum (analyze)")
        with following(built):
            yield Recorded(built, archive, count)


@contextmanager
def compared_world(
    place: Place, events: int, seed: int, codes: Sequence[str], measures: int = MEASURES, *, in_all_hands: bool = True
) -> Iterator[Compared]:
    """The same world in all hands, or in Dateline's and PostgreSQL's; in databases and files that go at the end."""
    with ExitStack() as stack:
        recorded = stack.enter_context(recorded_world(place, events, seed, codes, measures))
        folder = Path(stack.enter_context(TemporaryDirectory(dir=place.folder)))
        table = folder / "boxes.csv"
        rows = _write_boxes(recorded.archive, table)
        say(f"{rows:,} rows of the bitemporal table written; filling PostgreSQL")
        url = stack.enter_context(fresh_database(place))
        postgres.fill(url, table)
        opened = [stack.enter_context(postgres.opened(url, name, *queries)) for name, queries in _BY_POSTGRES.items()]
        covering, by_measure, by_ranges = opened
        tables: list[WorldSystem] = [covering]
        folded: Sequence[System] = ()
        aggregated: list[str] = []
        if in_all_hands:
            say("filling DuckDB and SQLite")
            tables.append(stack.enter_context(duck.opened(folder / "peer.duckdb", table)))
            tables.append(stack.enter_context(lite.opened(folder / "peer.sqlite", table)))
            aggregated = list(codes)[: max(len(codes) * MOST_AGGREGATED // max(events, MOST_AGGREGATED), 1)]
            say(f"filling the aggregates of {len(aggregated)} jurisdictions")
            events_url = stack.enter_context(fresh_database(place))
            folded = stack.enter_context(aggregates.opened(events_url, recorded.archive, aggregated))
        table.unlink()
        ours = Ours(recorded.built, OURS)
        yield Compared(recorded, ours, tables, by_measure, by_ranges, folded, aggregated, rows, url)


def say(what: str) -> None:
    """Tells on standard error what is under way."""
    print(f"  {what}", file=sys.stderr, flush=True)


def _pieces(
    archive: Archive, events: int, seed: int, codes: Sequence[str], measures: int, folder: Path
) -> Iterator[Path]:
    """The lines in files, each of some jurisdictions and given once it is whole."""
    path = folder / "piece.jsonl"
    for at in range(0, len(codes), TOGETHER):
        some = codes[at : at + TOGETHER]
        share = events * (at + len(some)) // len(codes) - events * at // len(codes)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(archive.keep(workload(share, seed, some, measures)))
        yield path


def _write_boxes(archive: Archive, path: Path) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        return sum(1 for box in boxes(archive, archive.codes()) if writer.writerow(box))
