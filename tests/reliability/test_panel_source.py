"""Snapshots of a panel in full: two hundred countries, eleven hundred days, a hundred snapshots, in five minutes."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.test_panel_source import hold_snapshots

MOST_SECONDS = 300


def test_a_hundred_snapshots_of_two_hundred_countries_are_imported_in_five_minutes_and_every_cell_comes_back(
    database_url: str, tmp_path: Path
) -> None:
    took = hold_snapshots(database_url, tmp_path, countries=200, days=1100, snapshots=100)
    print(f"imported in {took:.0f} seconds")
    assert took < MOST_SECONDS
