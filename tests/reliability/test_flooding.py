"""Floods at their full size, and what they take of memory and of the time of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.writing import entry, told
from tests.faults.flooding import (
    MOST_MEMORY,
    alias_bomb,
    endless_upload,
    expanding_upload,
    felt,
    half_open,
    header_flood,
)
from tests.faults.serving import Served, served_alone

FLOODS: dict[str, Callable[[Served], str]] = {
    "an upload that expands to 10 GB": lambda served: expanding_upload(served, 10_000_000_000),
    "an upload of 10 GB in chunks": lambda served: endless_upload(served, 10_000_000_000),
    "1,000 half-open connections": lambda served: half_open(served, 1000, seconds=10),
    "a flood of headers": lambda served: header_flood(served, 200),
}


@pytest.mark.slow
@pytest.mark.parametrize("flood", FLOODS.values(), ids=list(FLOODS))
def test_what_means_no_good_is_refused_in_bounded_memory_while_others_are_served(
    tmp_path: Path, flood: Callable[[Served], str]
) -> None:
    with served_alone(tmp_path / "data") as served:
        with served.client() as client:
            assert client.post("/v1/acts", json=entry(told())).status_code == 201
        noticed = felt(served, flood, questions=1000)
        print(noticed)
        assert noticed.memory < MOST_MEMORY


@pytest.mark.slow
def test_a_yaml_alias_bomb_is_refused_in_bounded_memory(database_url: str, tmp_path: Path) -> None:
    _, memory = alias_bomb(tmp_path, DATELINE_DATABASE_URL=database_url)
    assert memory < MOST_MEMORY
    print(f"an alias bomb of 10^9 words: refused by name and line, in {memory / 1e6:.0f} MB")
