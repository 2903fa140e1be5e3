"""What means no good is refused, in bounded memory, while others are served. The long versions: tests/reliability."""

from __future__ import annotations

from pathlib import Path

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
from tests.faults.serving import served_alone


def test_uploads_connections_and_headers_without_end_are_refused_in_bounded_memory(data_dir: Path) -> None:
    with served_alone(data_dir) as served:
        with served.client() as client:
            assert client.post("/v1/acts", json=entry(told())).status_code == 201
        for flood in (
            lambda served: expanding_upload(served, 1_000_000_000),
            lambda served: endless_upload(served, 10_000_000_000),
            lambda served: half_open(served, 200, seconds=0.5),
            lambda served: header_flood(served, 5),
        ):
            noticed = felt(served, flood, questions=50)
            print(noticed)
            assert noticed.memory < MOST_MEMORY


def test_a_yaml_alias_bomb_is_refused_with_its_line_in_bounded_memory(database_url: str, tmp_path: Path) -> None:
    said, memory = alias_bomb(tmp_path, DATELINE_DATABASE_URL=database_url)
    assert "bomb.yaml" in said
    assert memory < MOST_MEMORY
    print(f"an alias bomb of 10^9 words: refused by name and line, in {memory / 1e6:.0f} MB")
