"""Importers killed at any moment lose nothing. Two hundred times: tests/reliability."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.faults.killed_import import ACTS, acknowledged, importer, kill_importers, lines, settled


def test_an_importer_killed_six_times_loses_nothing_and_records_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    print(kill_importers(database_url, tmp_path, kills=6))


def test_an_importer_killed_between_the_insert_and_the_commit_leaves_only_what_it_acknowledged(
    database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "acts.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines(0)))
    said = acknowledged(importer(path, database_url, "--die-uncommitted", "3"))
    assert said == ["10", "20"]
    head, slugs = settled(database_url)
    assert head == 20
    assert acknowledged(importer(path, database_url))[-1:] == ["done"]
    _, slugs = settled(database_url)
    assert Counter(slugs) == Counter(f"act-0-{at}" for at in range(ACTS))
