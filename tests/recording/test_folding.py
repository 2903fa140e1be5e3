"""Measures folded by a second process are what they would have been here, and the process outlives nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
import pytest

from bench.generating import many_measures, write
from events.actions import AnyAction
from events.commands import AnyCommand, RecordAct
from events.order import Ordered, in_order
from projections import folding
from projections.folding import folder
from projections.periods import boxes_of
from projections.reading import MeasureFold
from projections.rebuild import rebuild
from projections.rows import as_text, key_of, rows_of_periods
from services.intake import importing as chunks
from services.intake.files import read
from services.intake.importing import import_files
from services.operations.wiring import Service
from tests.recording.conftest import Clock
from tests.recording.telling import act, did


def measures_of(commands: Sequence[AnyCommand]) -> dict[str, Ordered]:
    """Every measure of some acts, in the order of its acts."""
    told: dict[str, list[AnyAction]] = {}
    for command in commands:
        assert isinstance(command, RecordAct)
        for action in command.actions:
            told.setdefault(action.measure, []).append(action)
    return {measure: in_order(actions) for measure, actions in told.items()}


def periods(opened: Service) -> list[tuple[str]]:
    """The rows of the table."""
    with opened.pool.connection() as connection:
        return connection.execute("select p::text from dateline.period p order by 1").fetchall()


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """Four hundred acts of forty measures, in no particular order."""
    return write(many_measures(400, seed=7), tmp_path / "generated.jsonl")


def test_rows_of_the_process_are_those_that_folding_here_gives(project: Path) -> None:
    ordered = measures_of(read([project / "dossier"]).commands)
    with folder() as started:
        started.start(ordered)
        rows = started.take()
    here = {measure: boxes_of(MeasureFold(measure, each.actions)) for measure, each in ordered.items()}
    assert rows == {
        measure: as_text(rows_of_periods([key_of(measure, box) for box in boxes])) for measure, boxes in here.items()
    }


def test_an_import_of_several_appends_leaves_the_periods_that_a_rebuild_makes(
    opened: Service, clock: Clock, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots: list[int] = []

    class Counting(folding.Folder):
        def take(self) -> dict[str, str]:
            rows = super().take()
            lots.append(len(rows))
            return rows

    monkeypatch.setattr(folding, "Folder", Counting)
    monkeypatch.setattr(chunks, "CHUNK", 40)
    monkeypatch.setattr(chunks, "FOLDED_APART", 400)
    import_files(opened.recording, [generated], recorded_by="ada", clock=clock)
    assert lots == [4] * 10
    grown = periods(opened)
    assert len(grown) > 400
    rebuild(opened.pool, opened.log)
    assert periods(opened) == grown


def test_more_lots_may_wait_than_a_pipe_holds_and_come_in_the_order_of_asking() -> None:
    names = [f"XA/law-{number}" for number in range(60)]
    with folder() as started:
        for number, name in enumerate(names):
            long = act(f"xa-{number}", "2020-03-01", did("adopted", name, values={"text": "x" * 50_000}))
            started.start(measures_of([long]))
        assert [list(started.take()) for _ in names] == [[name] for name in names]
        assert started.take() == {}


def test_an_import_goes_on_where_the_process_ends_in_its_midst(
    opened: Service, clock: Clock, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots: list[int] = []

    class Dying(folding.Folder):
        def start(self, measures: Mapping[str, Ordered]) -> None:
            if self._asked == 5:
                self._process.kill()
                self._process.wait()
            super().start(measures)

        def take(self) -> dict[str, str]:
            rows = super().take()
            lots.append(len(rows))
            return rows

    monkeypatch.setattr(folding, "Folder", Dying)
    monkeypatch.setattr(chunks, "CHUNK", 40)
    monkeypatch.setattr(chunks, "FOLDED_APART", 400)
    assert import_files(opened.recording, [generated], recorded_by="ada", clock=clock).events == 400
    assert lots[5:] == [0] * 5
    grown = periods(opened)
    rebuild(opened.pool, opened.log)
    assert periods(opened) == grown


def test_a_folder_named_like_one_of_the_projects_where_the_user_stands_is_not_taken_for_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "projections").mkdir()
    (tmp_path / "projections" / "__init__.py").write_text("raise SystemExit('a stranger')", "utf-8")
    norway = measures_of(read([project / "dossier" / "NO.yaml"]).commands)
    monkeypatch.chdir(tmp_path)
    with folder() as started:
        started.start(norway)
        assert started.take().keys() == norway.keys()


def test_the_process_ends_when_whoever_asked_is_killed() -> None:
    asking = "from projections.folding import folder\nwith folder() as f:\n print(f._process.pid, flush=True)\n input()"
    command = [sys.executable, "-c", asking]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=30)
    assert (len(gone), alive) == (1, [])
