"""The benchmarks still measure, with few of everything; how fast is not a matter of tests."""

from __future__ import annotations

import json
from pathlib import Path

from bench.answers import answering
from bench.bulk import bulk
from bench.correcting import correcting
from bench.exporting import exporting
from bench.figures import Figures
from bench.generating import many_measures
from bench.growth import doubling
from bench.posting import posting
from bench.server import Place


def test_every_part_measures_and_is_written_as_json(postgres_server: str, tmp_path: Path) -> None:
    place, figures = Place(postgres_server, tmp_path), Figures()
    bulk(place, figures, events=100, seed=1, repeat=1)
    doubling(place, figures, actions=40)
    answering(place, figures, questions=10, seed=1)
    correcting(place, figures, repeat=2)
    posting(place, figures, posts=4, seed=1)
    exporting(place, figures, actions=300, seed=1)
    figures.write(tmp_path / "figures.json", seed=1)
    written = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert {figure["group"] for figure in written["figures"]} == {
        "bulk", "one measure", "a panel", "dossier", "correction", "post", "export",
    }  # fmt: skip
    assert all(figure["value"] >= 0 for figure in written["figures"])


def test_a_seed_makes_the_same_history_everywhere() -> None:
    assert many_measures(50, seed=7) == many_measures(50, seed=7)
    assert many_measures(50, seed=7) != many_measures(50, seed=8)
