"""The importer killed two hundred times, and PostgreSQL a hundred, at random moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.killed_import import kill_importers
from tests.faults.killed_server import kill_postgres


@pytest.mark.slow
def test_an_importer_killed_two_hundred_times_loses_nothing_and_records_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    print(kill_importers(database_url, tmp_path, kills=200))


@pytest.mark.slow
def test_a_postgresql_killed_a_hundred_times_comes_back_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    print(kill_postgres(tmp_path / "data", kills=100, seed=100))
