"""PostgreSQL killed under those who write over HTTP. A hundred times: tests/reliability."""

from __future__ import annotations

from pathlib import Path

from tests.faults.killed_server import kill_postgres


def test_a_postgresql_killed_under_eight_writers_comes_back_and_nothing_acknowledged_is_lost(data_dir: Path) -> None:
    killed = kill_postgres(data_dir, kills=2, seed=8)
    print(killed)
