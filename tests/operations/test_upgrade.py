"""Upgrading a data directory of PostgreSQL 16, a real one, to the present version."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from services.access.keys import Keys
from services.access.roles import Role
from services.cli.main import run
from services.operations import upgrade as upgrading
from services.operations import wiring
from services.operations.doctor import diagnose_embedded
from services.operations.embedded import DataDirectoryRefused, DataOfAnotherVersion, EmbeddedServer, embedded_server
from services.operations.fingerprint import Fingerprint
from services.operations.upgrade import UpgradeFailed, UpgradeRefused, upgrade
from services.operations.wiring import present
from tests.operations.recording import FAST, fingerprint_of, record


def quiet(_: str) -> None:
    pass


@contextmanager
def of_16(data_dir: Path) -> Iterator[str]:
    """The URL of an embedded database as the Dateline of PostgreSQL 16 would have had it."""
    server = EmbeddedServer(data_dir, settings=FAST, major=16)
    try:
        yield server.enter()
    finally:
        server.leave()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fingerprint, str]:
    """A data directory of PostgreSQL 16 with a record, a key and a role; it is copied, and not used itself."""
    data_dir = tmp_path_factory.mktemp("sixteen") / "data"
    with of_16(data_dir) as url:
        record(url, 12)
        with psycopg.connect(url) as connection:
            assert connection.info.server_version // 10_000 == 16
            connection.execute("create role reporter login password 'x'; grant usage on schema dateline to reporter")
            connection.execute("grant select on dateline.action to reporter")
        with wiring.service(url, connections=1) as service:
            key = Keys(service.pool, service.clock).make("ada", Role.RECORDER).key.id
        return data_dir, fingerprint_of(url), key


@pytest.fixture
def data_dir(written: tuple[Path, Fingerprint, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(written[0], tmp_path / "data", symlinks=True))


def test_a_database_of_postgresql_16_is_upgraded_with_everything_that_is_in_it(
    written: tuple[Path, Fingerprint, str], data_dir: Path
) -> None:
    _, log, key = written
    with pytest.raises(
        DataOfAnotherVersion, match=r"of PostgreSQL 16; the embedded one is 18\. Run 'dateline upgrade'"
    ):
        EmbeddedServer(data_dir).enter()
    done = upgrade(data_dir, quiet)
    assert done is not None
    assert (done.before, done.after, done.log) == (16, 18, log)
    with embedded_server(data_dir) as url:
        assert fingerprint_of(url) == log
        with psycopg.connect(url) as connection:
            assert connection.info.server_version // 10_000 == 18
            rights = (
                "select has_table_privilege('reporter', 'dateline.action', 'SELECT'), count(*) from dateline.action"
            )
            assert connection.execute(rights).fetchone() == (True, 12)
        with wiring.service(url, connections=2) as service:
            assert [each.id for each in Keys(service.pool, service.clock).all()] == [key]
        record(url, 2, "afterwards")
    diagnosis = diagnose_embedded(data_dir, present, quiet)
    assert [each.check for each in diagnosis.findings if each.state != "ok"] == ["protection"]
    assert (done.kept / "PG_VERSION").read_text() == "16\n"
    assert {path.name for path in (data_dir / "postgres" / "server").iterdir()} == {"cluster", "cluster-16"}
    assert upgrade(data_dir, quiet) is None


def test_what_goes_wrong_on_the_way_leaves_the_old_database_as_it_was(
    written: tuple[Path, Fingerprint, str], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lossy(source: str, target: str) -> None:
        loaded(source, target)
        with psycopg.connect(target) as connection:
            connection.execute("set local session_replication_role = replica")
            connection.execute("alter table dateline.event disable trigger append_only")
            connection.execute("delete from dateline.event where position = 3")

    loaded = upgrading._load_database
    monkeypatch.setattr(upgrading, "_load_database", lossy)
    with pytest.raises(UpgradeFailed, match="The database is as it was"):
        upgrade(data_dir, quiet)
    assert [path.name for path in (data_dir / "postgres" / "server").iterdir()] == ["cluster"]
    with of_16(data_dir) as url:
        assert fingerprint_of(url) == written[1]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create database another")
    with pytest.raises(UpgradeRefused, match="has other databases than Dateline's: another"):
        upgrade(data_dir, quiet)


def test_an_upgrade_that_was_cut_off_between_two_names_is_told_and_begun_again(
    written: tuple[Path, Fingerprint, str], data_dir: Path
) -> None:
    home = data_dir / "postgres" / "server"
    (home / "cluster").rename(home / "cluster-16")
    (home / "upgrading" / "postgres").mkdir(parents=True)
    with pytest.raises(DataDirectoryRefused, match=r"was cut off; nothing is lost\. Run 'dateline upgrade' again"):
        EmbeddedServer(data_dir).enter()
    done = upgrade(data_dir, quiet)
    assert done is not None
    assert done.log == written[1]


def test_what_cannot_be_upgraded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UpgradeRefused, match="no database in"):
        upgrade(tmp_path / "none", quiet)
    assert not (tmp_path / "none").exists()
    cluster = tmp_path / "postgres" / "server" / "cluster"
    cluster.mkdir(parents=True)
    for version, told in (("19", "which this Dateline does not have"), ("15", "which this Dateline does not have")):
        (cluster / "PG_VERSION").write_text(f"{version}\n")
        with pytest.raises(DataOfAnotherVersion, match=f"of PostgreSQL {version}, {told}"):
            upgrade(tmp_path, quiet)
    (cluster / "PG_VERSION").write_text("19\n")
    with pytest.raises(DataOfAnotherVersion, match="Use the newer Dateline that wrote it"):
        EmbeddedServer(tmp_path).enter()
    (cluster / "PG_VERSION").write_text("16\n")
    (cluster.parent / "cluster-16").mkdir()
    with pytest.raises(UpgradeRefused, match="is kept from an earlier upgrade"):
        upgrade(tmp_path, quiet)
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://nobody@/dateline")
    with pytest.raises(SystemExit) as ended:
        run(["upgrade"])
    assert ended.value.code == 2
    assert "is upgraded with its own means" in capsys.readouterr().err
