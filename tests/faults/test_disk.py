"""Disks that fill up, and disks that forget."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from projections.database import migrate
from services.operations.embedded import EmbeddedServer, embedded_server
from services.operations.room import RESERVE_BYTES, Room, StorageFull
from services.operations.wiring import service
from tests.documentation.reading import TOP, blocks
from tests.faults.disk import small_disk
from tests.faults.full_disk import fill_and_grow, flip_a_byte
from tests.recording.telling import act, did


def test_while_the_disk_is_full_reads_go_on_and_nothing_is_lost_when_it_grows(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 300) as disk:
        if disk is not None:
            print(fill_and_grow(disk, rounds=1))
            return
    # Where none can be mounted: a service that finds just too little room, and then just enough.
    left = [RESERVE_BYTES - 1]
    with (
        embedded_server(tmp_path / "data") as url,
        service(url, may_record=Room(tmp_path, free=lambda _: left[0])) as opened,
    ):
        command = act("xa-full", "2020-01-01", did("adopted", "XA/law"))
        with pytest.raises(StorageFull):
            opened.recording.record([command], recorded_by="ada")
        assert opened.answering.jurisdictions().edition.position == 0
        left[0] += 1
        assert len(opened.recording.record([command], recorded_by="ada")) == 1


def test_a_byte_of_the_log_that_was_flipped_on_the_disk_is_told_and_named_by_the_documented_check(
    tmp_path: Path,
) -> None:
    with embedded_server(tmp_path) as url:
        migrate(url)
        with service(url) as opened:
            opened.recording.record([act("xa-first", "2020-01-01", did("adopted", "XA/law"))], recorded_by="ada")
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT pg_relation_filepath('dateline.event')").fetchone()
            assert found is not None
    whole, told = documented_check(tmp_path)
    assert whole == 0, told
    cluster, relation = EmbeddedServer(tmp_path).cluster, Path(found[0])
    flip_a_byte(cluster, relation, at=8192 - 150)
    broken, told = documented_check(tmp_path)
    assert broken != 0
    assert re.search(rf"checksum verification failed in file .*{relation}.*, block 0", told), told
    with (
        embedded_server(tmp_path) as url,
        service(url) as opened,
        pytest.raises(psycopg.errors.DataCorrupted, match=f"invalid page in block 0 of relation .*{relation}"),
    ):
        opened.log.read()
    flip_a_byte(cluster, relation, at=8192 - 150)
    with embedded_server(tmp_path) as url, service(url) as opened:
        assert [event.position for event in opened.log.read()] == [1]


def documented_check(data_dir: Path) -> tuple[int, str]:
    """The check of docs/operations.md, as it stands there, upon a data directory."""
    (check,) = [block.text for block in blocks("docs/operations.md") if "pg_checksums" in block.text]
    done = subprocess.run(
        ["sh", "-c", check],
        cwd=TOP,
        env={"PATH": "/usr/bin:/bin", "DATELINE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
