"""Disks that fill up to the last byte, under a service and under PostgreSQL itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.disk import small_disk
from tests.faults.full_disk import end_postgres_for_want_of_disk, fill_and_grow


@pytest.mark.slow
def test_while_the_disk_is_full_reads_go_on_and_nothing_is_lost_when_it_grows(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 300) as disk:
        assert disk is not None, "this needs an account that may mount a file system in memory"
        print(fill_and_grow(disk, rounds=10))


@pytest.mark.slow
def test_a_postgresql_that_ends_for_want_of_disk_comes_back_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 300) as disk:
        assert disk is not None, "this needs an account that may mount a file system in memory"
        print(end_postgres_for_want_of_disk(disk))
