"""Snapshots of a panel as their publisher has them, tables, imported with their moments: every cell comes back."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from time import perf_counter

from projections.answering import Asked as AskedOf
from projections.answering import UnknownMeasure
from projections.standing import standing_acts
from services.intake.files import Reading
from services.intake.importing import Imported, import_read
from services.intake.sources import Asked, commands_of, mapped
from services.operations.wiring import Service, service
from tests.acceptance.panel import DAY, FIRST, Cells, panel

MAPPING = """\
measure: stance
title: Stance towards suppliers
authority: Panel
source: {name: Panel}
levels:
  '0': {effects: [none]}
  '1': {effects: [requires_security_measures]}
  '2': {effects: [requires_approval]}
  '3': {effects: [restricts]}
  '4': {effects: [prohibits]}
"""


def test_every_cell_of_every_snapshot_of_a_table_comes_back(database_url: str, tmp_path: Path) -> None:
    hold_snapshots(database_url, tmp_path, countries=12, days=300, snapshots=8)


def hold_snapshots(database_url: str, tmp_path: Path, countries: int, days: int, snapshots: int) -> float:
    """Imports so many snapshots as a replay, asks for every cell of each, and says how long the import took."""
    told = panel(20190515, countries=countries, days=days, snapshots=snapshots)
    files = [_write(tmp_path, moment, cells) for moment, cells in zip(told.moments, told.cells, strict=True)]
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    with service(database_url) as opened:
        begun = perf_counter()
        imported = _import(opened, files)
        took = perf_counter() - begun
        print(f"{imported.events} events of {countries} x {days} x {snapshots} in {took:.0f} seconds")
        assert imported.events > countries * 2
        for moment, cells in zip(told.moments, told.cells, strict=True):
            asked = AskedOf(recorded_at=moment)
            for country, expected in cells.items():
                assert _read(opened, country, asked, len(expected)) == expected, (moment, country)
        assert _import(opened, files).events == 0
        return took


def _import(opened: Service, files: list[Path]) -> Imported:
    asked = Asked(files=tuple(files), mapping=files[0].parent / "mapping.yaml", removes_at_most=100, replay=True)
    with opened.pool.connection() as connection:
        found = mapped("panel", asked, lambda beginning: standing_acts(connection, beginning))
    reading = Reading(commands_of(found, replay=True), tuple(map(str, files)))
    return import_read(opened.recording, reading, recorded_by="panel", clock=opened.clock, replay=True)


def _write(folder: Path, moment: datetime, cells: dict[str, Cells]) -> Path:
    path = folder / f"panel-{moment:%Y-%m-%dT%H%M%S}Z.csv"
    with path.open("w", newline="") as out:
        table = csv.writer(out)
        length = max(len(of) for of in cells.values())
        table.writerow(["jurisdiction", *((FIRST + at * DAY).isoformat() for at in range(length))])
        for country, of in cells.items():
            table.writerow([country, *("" if level is None else level for level in of)])
    return path


def _read(opened: Service, country: str, asked: AskedOf, days: int) -> Cells:
    """The levels of a country from FIRST on, as an edition has them in hindsight."""
    cells: Cells = [None] * days
    hindsight = FIRST + (days + 1000) * DAY
    try:
        answer = opened.answering.measure(f"{country}/stance", as_of=hindsight, known_on=hindsight, asked=asked)
    except UnknownMeasure:
        return cells  # there was no level yet
    for run in answer.profile:
        first = (datetime.fromisoformat(run.from_).date() - FIRST).days
        end = days if run.to is None else (datetime.fromisoformat(run.to).date() - FIRST).days + 1
        for day in range(max(first, 0), min(end, days)):
            cells[day] = run.values.get("level")  # type: ignore[assignment]
    return cells
