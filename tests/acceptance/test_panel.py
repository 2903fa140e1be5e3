"""A daily panel that later snapshots correct, fill and withdraw: every cell of every snapshot comes back."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

from projections.answering import Answering, Asked
from services.intake.importing import import_files
from services.operations.wiring import service
from tests.acceptance.panel import DAY, FIRST, Cells, panel

SEED = 20191120


def read(answering: Answering, country: str, asked: Asked, known_on: date, days: int) -> Cells:
    """The levels of a country from FIRST on, as an edition has them under some eyes."""
    cells: Cells = [None] * days
    answer = answering.measure(f"{country}/indicator", as_of=known_on, known_on=known_on, asked=asked)
    for run in answer.profile:
        first = (date.fromisoformat(run.from_) - FIRST).days
        end = days if run.to is None else (date.fromisoformat(run.to) - FIRST).days + 1
        for day in range(max(first, 0), min(end, days)):
            cells[day] = run.values["level"]  # type: ignore[assignment]
    return cells


def test_every_cell_of_every_snapshot_comes_back(database_url: str, tmp_path: Path) -> None:
    hold_panel(database_url, tmp_path, countries=40)


def hold_panel(database_url: str, tmp_path: Path, countries: int) -> None:
    """Replays the snapshots of so many countries over 400 days, twelve of them, and asks for every cell of each."""
    told = panel(SEED, countries=countries, days=400, snapshots=12)
    lines = told.write(tmp_path / "panel.jsonl")
    chance = random.Random(SEED)
    cells_in_all = sum(len(of) for cells in told.cells for of in cells.values())
    assert cells_in_all == countries * sum(400 * number // 12 for number in range(1, 13))
    with service(database_url) as opened:
        imported = import_files(opened.recording, [tmp_path], recorded_by="panel", clock=opened.clock, replay=True)
        assert imported.commands == imported.events == lines
        answering = opened.answering
        for moment, cells in zip(told.moments, told.cells, strict=True):
            asked = Asked(recorded_at=moment)
            for country in told.countries:
                expected = cells[country]
                days = len(expected)
                hindsight = FIRST + (days + 1000) * DAY
                assert read(answering, country, asked, hindsight, days) == expected, (moment, country)
                if chance.random() > 0.3:
                    continue
                # Under the eyes of a day, all days up to it, that day itself among them.
                day = chance.randrange(days)
                assert read(answering, country, asked, FIRST + day * DAY, day + 1) == expected[: day + 1]
                # And asked plainly: what were the rules on that day, as known then?
                day = chance.randrange(days)
                state = answering.state(country, as_of=FIRST + day * DAY, asked=asked)
                assert [measure.values for measure in state.measures] == [{"level": expected[day]}]
        repeated = import_files(opened.recording, [tmp_path], recorded_by="panel", clock=opened.clock, replay=True)
        assert repeated.events == 0
