"""All that is compared says the same as the oracle, on a small world; who does not is named."""

from __future__ import annotations

import argparse
import json
from datetime import date, timedelta
from pathlib import Path
from time import sleep

import pytest

from bench.__main__ import events_of
from bench.agreement import WrongAnswer, check_states, check_worlds
from bench.compared import Compared, recorded_world
from bench.comparing import compare_states, compare_worlds, some_questions
from bench.figures import Figures
from bench.oracle import Archive
from bench.rounds import Contender, in_turns
from bench.server import Place
from bench.workload import workload
from tests.bench.conftest import CODES, EVENTS, MEASURES, SEED


def test_the_world_is_lawful_and_all_of_it_is_on_record(compared: Compared) -> None:
    assert compared.recorded.events == len(list(workload(EVENTS, SEED, CODES, MEASURES)))


def test_dateline_and_every_peer_say_what_the_oracle_says(compared: Compared) -> None:
    systems = [compared.ours, *compared.tables, compared.by_measure, compared.by_ranges, *compared.aggregates]
    check_states(systems, compared.archive, some_questions(CODES, 60, SEED))
    tables = [compared.ours, *compared.tables, compared.by_measure, compared.by_ranges]
    check_worlds(tables, compared.archive, [day for _, day in some_questions(CODES, 15, SEED)])


class DayLate:
    """A system that answers for the day before."""

    name = "a peer that is a day late"

    def __init__(self, right: Compared) -> None:
        self._right = right.ours

    def state(self, jurisdiction: str, day: date) -> bytes:
        return self._right.state(jurisdiction, day - timedelta(days=1))

    def world(self, day: date) -> bytes:
        return self._right.world(day - timedelta(days=1))


class Forgetful(DayLate):
    """A system that leaves the last measure, or jurisdiction, out."""

    name = "a peer that forgets"

    def state(self, jurisdiction: str, day: date) -> bytes:
        answer = json.loads(self._right.state(jurisdiction, day))
        return json.dumps({"measures": answer["measures"][:-1]}).encode()

    def world(self, day: date) -> bytes:
        answer = json.loads(self._right.world(day))
        return json.dumps({"jurisdictions": answer["jurisdictions"][:-1]}).encode()


@pytest.mark.parametrize("wrong", [DayLate, Forgetful])
def test_a_peer_that_says_otherwise_stops_the_run_and_is_named(compared: Compared, wrong: type[DayLate]) -> None:
    asked = some_questions(CODES, 60, SEED)
    with pytest.raises(WrongAnswer, match=f"{wrong.name} is wrong about (NL|US|VN) on 20"):
        check_states([compared.ours, wrong(compared)], compared.archive, asked)
    with pytest.raises(WrongAnswer, match=f"{wrong.name} is wrong about the world on 20"):
        check_worlds([compared.ours, wrong(compared)], compared.archive, [day for _, day in asked])


@pytest.mark.parametrize("large", [True, False])
def test_each_is_timed_and_shown_beside_what_is_wanted_of_a_large_world(
    compared: Compared, postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    figures = Figures()
    monkeypatch.setattr("bench.comparing.LARGE", EVENTS // 2 if large else EVENTS * 2)
    place = Place(postgres_server, tmp_path)
    with recorded_world(place, 100, SEED, CODES, MEASURES) as small:
        compare_states(compared, small, figures, questions=40, seed=SEED)
    compare_worlds(compared, figures, questions=20, seed=SEED)
    told = {figure.what: figure for figure in figures.all}  # of the world, where both have it
    for name in ("Dateline", "PostgreSQL, covering B-tree", "DuckDB", "SQLite", "eventsourcing, folded"):
        assert told[f"{name}, ms (median)"].value > 0
        assert told[f"{name}, ms (99th percentile)"].value >= told[f"{name}, ms (median)"].value
    slow, fast = (told[f"{name}, ms (median)"].value for name in ("DuckDB", "Dateline"))
    assert told["DuckDB / Dateline, times as long"].value == pytest.approx(slow / fast)
    ratios = [figure for figure in figures.all if figure.what.startswith("PostgreSQL, covering B-tree /")]
    assert [figure.at_least for figure in ratios] == ([4, 5] if large else [None, None])
    (growth,) = [figure for figure in figures.all if "growth" in figure.what]
    assert growth.at_most == 2


def test_systems_are_asked_in_turns_and_the_slow_ones_less() -> None:
    asked: list[str] = []
    contenders = [
        Contender("fast", lambda number: asked.append(f"fast {number}")),
        Contender("slow", lambda number: asked.append(f"slow {number}"), share=0.1),
    ]
    taken = in_turns(contenders, [(0,), (1,), (2,), (3,), (4,), (5,)], rounds=2)
    assert asked == ["fast 0", "fast 1", "slow 0", "fast 2", "fast 3", "slow 2", "fast 4", "fast 5", "slow 4"]
    assert set(taken) == {"fast", "slow"}


def test_the_round_that_warms_up_does_not_count() -> None:
    (taken,) = in_turns([Contender("sleeper", sleep)], [(0.1,), (0,), (0,)], rounds=2).values()
    assert taken.last_percent < 50


def test_the_archive_files_lines_under_their_jurisdiction(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "lines")
    lines = list(workload(100, SEED, CODES, MEASURES))
    assert [json.loads(text) for text in archive.keep(lines)] == lines
    assert archive.codes() == CODES
    assert list(archive.lines("US")) == [line for line in lines if line["jurisdiction"] == "US"]


@pytest.mark.parametrize(("text", "events"), [("10k", 10_000), ("1m", 1_000_000), ("1M", 1_000_000), ("250", 250)])
def test_a_number_of_events_may_be_written_short(text: str, events: int) -> None:
    assert events_of(text) == events


@pytest.mark.parametrize("text", ["", "k", "1g", "-5", "0", "many"])
def test_what_is_no_number_of_events_is_refused(text: str) -> None:
    with pytest.raises((ValueError, argparse.ArgumentTypeError)):
        events_of(text)
