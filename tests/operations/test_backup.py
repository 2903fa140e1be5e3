"""Backups: taken while somebody records, verified, restored, and told apart from what is not one any more."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from projections.answering import Asked
from projections.answers import encode
from services.access.keys import Keys
from services.access.roles import Role
from services.cli.main import run
from services.operations import backup as backing_up
from services.operations import embedded
from services.operations.backup import (
    BackupDamaged,
    BackupRefused,
    ReplicationNeeded,
    back_up_embedded,
    back_up_server,
    describe,
)
from services.operations.doctor import diagnose_server
from services.operations.embedded import DataDirectoryRefused, DataInUse, EmbeddedServer, embedded_server
from services.operations.files import try_lock
from services.operations.fingerprint import Fingerprint
from services.operations.restore import RestoreRefused, check, restore
from services.operations.wiring import present, service
from tests.acceptance.serving import served
from tests.api.writing import entry
from tests.api.writing import told as an_act
from tests.operations.recording import fingerprint_of, load, record
from tests.operations.servers import deployed, restored, with_a_role_for_backups


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a record."""
    folder = tmp_path_factory.mktemp("backup") / "data"
    with embedded_server(folder) as url:
        record(url, 20)
    return folder


@pytest.fixture(scope="module")
def running(data_dir: Path) -> Iterator[str]:
    """The URL of its server, which somebody uses all the time."""
    with embedded_server(data_dir) as url:
        yield url


@pytest.fixture(scope="module")
def backup(running: str, data_dir: Path) -> Path:
    """A backup that was taken while somebody recorded."""
    folder = data_dir.parent / "backups" / "first"
    with load(running) as acknowledged:
        wait_for(lambda: len(acknowledged) > 5)
        made = back_up_embedded(data_dir, folder, present, quiet)
        after = len(acknowledged)
        wait_for(lambda: len(acknowledged) > after)
    assert made.folder == folder
    assert {path.name for path in folder.iterdir()} == {"backup.json", "cluster", "password"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert made.description.log.position > 25
    assert made.description.log == fingerprint_of(running, made.description.log.position)
    return folder


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_backup_taken_under_load_is_restored_with_the_same_log(backup: Path, running: str, tmp_path: Path) -> None:
    target = tmp_path / "restored"
    restored = restore(backup, target, quiet)
    log = describe(backup).log
    assert restored.head >= log.position
    with embedded_server(target) as url:
        assert fingerprint_of(url, log.position) == log
        assert fingerprint_of(url) == fingerprint_of(running, restored.head)
        record(url, 3, "afterwards")
    assert sorted(path.name for path in target.iterdir()) == ["postgres"]
    assert stat.S_IMODE(target.stat().st_mode) & 0o077 in (0, 0o011)


def test_a_fingerprint_can_be_made_again_with_the_tools_of_everybody(running: str) -> None:
    told = fingerprint_of(running, 10)
    query = (
        "copy (select position, edition, recorded_at, originator_id, originator_version, topic, state"
        " from dateline.event where position <= 10 order by position) to stdout (format binary)"
    )
    with psycopg.connect(running) as connection, connection.cursor().copy(query) as rows:
        written = b"".join(bytes(row) for row in rows)
    assert told == Fingerprint(10, hashlib.sha256(written).hexdigest())
    assert fingerprint_of(running, 11).sha256 != told.sha256


@pytest.fixture(scope="module")
def copy(backup: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the backup, to be damaged in one place and mended again."""
    folder = tmp_path_factory.mktemp("damaged") / "copy"
    shutil.copytree(backup, folder)
    return folder


def _another_byte(written: bytes) -> bytes:
    return written[:40] + bytes([written[40] ^ 1]) + written[41:]


WAL = "cluster/pg_wal/0*"
DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes | None], str]] = {
    "a byte of a table": ("cluster/global/1262", _another_byte, "global/1262 is not as it was written"),
    "a file that is gone": ("cluster/global/1262", lambda _: None, "global/1262 is gone"),
    "a file that is shorter": ("cluster/global/1262", lambda _: b"short", "global/1262 has 5 bytes, not"),
    "a byte of the manifest": ("cluster/backup_manifest", _another_byte, "backup_manifest is not as it was written"),
    "a manifest that is gone": ("cluster/backup_manifest", lambda _: None, "backup_manifest cannot be read"),
    "a byte of the write-ahead log": (WAL, _another_byte, "the write-ahead log from .* cannot be read"),
    "a write-ahead log that is gone": (WAL, lambda _: None, "the write-ahead log from .* cannot be read"),
    "a password that is gone": ("password", lambda _: None, "password is gone"),
    "a description that is cut": ("backup.json", lambda written: written[:-20], r"is damaged: backup\.json"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_backup_is_refused_and_told_by_the_damage(what: str, copy: Path, tmp_path: Path) -> None:
    pattern, damaged, told = DAMAGES[what]
    path = min(copy.glob(pattern))
    written = path.read_bytes()
    path.unlink()
    if (instead := damaged(written)) is not None:
        path.write_bytes(instead)
    try:
        with pytest.raises(BackupDamaged, match=told):
            restore(copy, tmp_path / "restored", quiet)
    finally:
        path.write_bytes(written)
    assert not (tmp_path / "restored").exists()


def test_a_file_that_was_not_part_of_a_backup_is_a_damage(copy: Path) -> None:
    check(copy, quiet)  # as every damage before has been mended
    stranger = copy / "cluster" / "standby.signal"
    stranger.touch()
    with pytest.raises(BackupDamaged, match=r"standby\.signal was not part of it"):
        check(copy, quiet)
    stranger.unlink()


def test_a_backup_whose_log_is_not_the_one_described_is_refused_and_nothing_is_left(copy: Path, tmp_path: Path) -> None:
    written = (copy / "backup.json").read_bytes()
    told = describe(copy)
    other = msgspec.structs.replace(told, log=Fingerprint(told.log.position, "0" * 64))
    (copy / "backup.json").write_bytes(msgspec.json.encode(other))
    try:
        with pytest.raises(BackupDamaged, match=r"hashes to [0-9a-f]{64}, not 000"):
            restore(copy, tmp_path, quiet)
    finally:
        (copy / "backup.json").write_bytes(written)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_a_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"not a backup of Dateline: its backup\.json"):
        restore(tmp_path, tmp_path / "restored", quiet)


def test_a_backup_of_a_newer_dateline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "backup.json").write_text('{"format": 2, "what": "is not known"}')
    with pytest.raises(BackupRefused, match="made by a newer Dateline"):
        describe(tmp_path)


def test_nothing_is_written_over_by_a_backup(running: str, data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    for target, told in (
        ("file", "is a file or a link"),
        ("full", "is not empty"),
        ("file/below", "cannot be written"),
    ):
        with pytest.raises(BackupRefused, match=told):
            back_up_embedded(data_dir, tmp_path / target, present, quiet)
    assert (tmp_path / "full" / "file").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"file", "full"}


def test_a_backup_inside_of_the_data_is_refused(running: str, data_dir: Path) -> None:
    for target in (data_dir, data_dir / "backup", data_dir / "postgres" / ".." / "backup"):
        with pytest.raises(BackupRefused, match="is inside the data directory"):
            back_up_embedded(data_dir, target, present, quiet)


def test_where_there_is_no_data_there_is_no_backup_and_no_data_afterwards(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match=r"no database in .* to back up"):
        back_up_embedded(tmp_path / "data", tmp_path / "backup", present, quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_is_interrupted_leaves_nothing(
    running: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backing_up, "binaries", interrupted)
    with pytest.raises(KeyboardInterrupt):
        back_up_embedded(data_dir, tmp_path / "backup", present, quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_not_restored_over_anything(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(RestoreRefused, match=r"is not empty, and nothing is written over\. Move it away"):
        restore(backup, tmp_path, quiet)
    assert (tmp_path / "mine").read_text() == "mine"
    with pytest.raises(RestoreRefused, match="cannot be written"):
        restore(backup, tmp_path / "mine" / "below", quiet)


def test_what_a_killed_restore_left_is_taken_away_by_the_next(backup: Path, tmp_path: Path) -> None:
    target = tmp_path / "restored"
    staged = target / "restoring"
    EmbeddedServer(staged).adopt(backup / "cluster", backup / "password")
    left = EmbeddedServer(staged)
    left.enter()
    assert left._users is not None
    os.close(left._users)  # as the kernel does for whoever is killed: the server is left running
    left._users = None
    assert EmbeddedServer(staged).pid() is not None
    restore(backup, target, quiet)
    assert [path.name for path in target.iterdir()] == ["postgres"]


def test_two_restores_into_one_directory_do_not_meet(backup: Path, tmp_path: Path) -> None:
    holder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert try_lock(holder)
        with pytest.raises(DataInUse, match="Another restore"):
            restore(backup, tmp_path, quiet)
    finally:
        os.close(holder)


def test_a_cluster_is_not_copied_over_another(backup: Path, data_dir: Path) -> None:
    with pytest.raises(DataDirectoryRefused, match="already"):
        EmbeddedServer(data_dir).adopt(backup / "cluster", backup / "password")


def test_where_namespaces_are_forbidden_the_restored_database_belongs_to_the_account_that_runs_it(
    backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "root_in_a_namespace", lambda: None)
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        restored = restore(backup, folder / "data", quiet)
        with embedded_server(folder / "data") as url:
            assert fingerprint_of(url).position == restored.head
            assert EmbeddedServer(folder / "data").cluster.stat().st_uid != 0
            again = back_up_embedded(folder / "data", folder / "backup", present, quiet)
            assert again.description.log.position == restored.head
    finally:
        shutil.rmtree(folder)


def test_a_server_is_backed_up_by_a_role_that_may_replicate_and_read_the_log(running: str, tmp_path: Path) -> None:
    url = make_conninfo(running, user="keeper", password="it's: a \\ word")
    with psycopg.connect(running, autocommit=True) as connection:
        connection.execute("create role keeper login password 'it''s: a \\ word'")
    with pytest.raises(ReplicationNeeded, match="ALTER ROLE keeper REPLICATION"):
        back_up_server(url, tmp_path / "backup", present, quiet)
    with psycopg.connect(running, autocommit=True) as connection:
        connection.execute("alter role keeper replication")
    with pytest.raises(ReplicationNeeded, match=r"GRANT SELECT ON dateline\.event TO keeper"):
        back_up_server(url, tmp_path / "backup", present, quiet)
    with psycopg.connect(running, autocommit=True) as connection:
        connection.execute("grant usage on schema dateline to keeper; grant select on dateline.event to keeper")
    (tmp_path / "backup").mkdir()
    made = back_up_server(url, tmp_path / "backup", present, quiet)
    assert check(tmp_path / "backup", quiet) == made.description
    assert {path.name for path in (tmp_path / "backup").iterdir()} == {"backup.json", "cluster"}
    with pytest.raises(RestoreRefused, match=r"copy .*backup/cluster to its empty data directory"):
        restore(tmp_path / "backup", tmp_path / "restored", quiet)


@pytest.mark.parametrize("major", [16, 18])
def test_the_backup_of_a_server_is_restored_as_the_documentation_says_and_served_again(
    major: int, tmp_path: Path
) -> None:
    with deployed(tmp_path / "lost", major) as before:
        with service(before.owner) as opened:
            key = {"Authorization": f"Bearer {Keys(opened.pool, opened.clock).make('ada', Role.RECORDER).token}"}
        with load(before.application) as acknowledged:
            wait_for(lambda: len(acknowledged) > 5)
            told = back_up_server(with_a_role_for_backups(before), tmp_path / "backup", present, quiet).description
        with service(before.application) as opened:
            said = encode(opened.answering.state("XA", as_of=date(2020, 5, 1), asked=Asked(told.log.position)))
    assert (told.kind, told.postgres) == ("server", major)
    with restored(tmp_path / "new", major, tmp_path / "backup", before) as after:
        assert fingerprint_of(after.application, told.log.position) == told.log
        with service(after.application) as opened:
            assert opened.log.head().position >= told.log.position
            again = opened.answering.state("XA", as_of=date(2020, 5, 1), asked=Asked(told.log.position))
            assert encode(again) == said
            with served(opened) as base:
                written = httpx.post(f"{base}/v1/acts", json=entry(an_act("xa-after")), headers=key, timeout=60)
            assert written.status_code == 201
        with psycopg.connect(after.superuser) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("update dateline.event set topic = topic")
        found = diagnose_server(after.application, present).findings
        assert {each.check for each in found if each.state == "failed"} == {"durability"}  # as of every server here


def test_the_command_line_backs_up_checks_and_says_where_a_backup_is_not_restored(
    running: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def dateline(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            run(arguments)
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    monkeypatch.setenv("DATELINE_DATABASE_URL", running)
    folder = str(tmp_path / "backup")
    code, said = dateline("backup", folder)
    assert (code, "is made and verified" in said) == (0, True), said
    assert "It holds the keys of the API and the passwords of the roles, as hashes" in said
    code, said = dateline("backup", folder, "--check")
    assert (code, "is whole: a PostgreSQL 18 of" in said) == (0, True), said
    code, said = dateline("restore", folder)
    assert (code, "DATELINE_DATABASE_URL is set: unset it" in said) == (2, True), said
    (tmp_path / "backup" / "cluster" / "PG_VERSION").write_text("19")
    code, said = dateline("backup", folder, "--check")
    assert (code, "PG_VERSION has 2 bytes" in said) == (2, True), said
    monkeypatch.setenv("DATELINE_DATABASE_URL", f"postgresql://nobody@/dateline?host={tmp_path}")
    code, said = dateline("backup", str(tmp_path / "other"))
    assert (code, "cannot be used" in said) == (2, True), said


def test_a_server_that_lets_nobody_replicate_is_told_what_to_do(running: str, data_dir: Path, tmp_path: Path) -> None:
    rules = EmbeddedServer(data_dir).cluster / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text("\n".join(line for line in before.splitlines() if "replication" not in line.split()) + "\n")
        with psycopg.connect(running) as connection:
            connection.execute("select pg_reload_conf()")
            wait_for(lambda: _loaded(connection))
        with pytest.raises(ReplicationNeeded, match=r"in pg_hba\.conf of the server a line"):
            back_up_server(running, tmp_path / "backup", present, quiet)
    finally:
        rules.write_text(before)
        with psycopg.connect(running) as connection:
            connection.execute("select pg_reload_conf()")
    assert list(tmp_path.iterdir()) == []


def _loaded(connection: psycopg.Connection) -> bool:
    found = connection.execute(
        "select count(*) from pg_hba_file_rules where 'replication' = any(database)"
        " or pg_conf_load_time() < clock_timestamp() - interval '1 minute'"
    ).fetchone()
    return found == (0,)
