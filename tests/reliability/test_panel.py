"""The daily panel in full: two hundred countries, four hundred days, twelve snapshots."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.test_panel import hold_panel


def test_every_cell_of_every_snapshot_of_two_hundred_countries_comes_back(database_url: str, tmp_path: Path) -> None:
    hold_panel(database_url, tmp_path, countries=200)
