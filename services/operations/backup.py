"""
Backups: PostgreSQL's own base backup, whole or not at all, and verified before it is called one.

A backup is a folder:

    backup.json   what it is: when it was made, of which PostgreSQL, and the fingerprint of the log
    cluster/      the base backup, with the write-ahead log that it needs and PostgreSQL's manifest of its files
    password      of the embedded database, for the owner's eyes; not in the backup of a server

The fingerprint is of the log as it was when the backup began: everything acknowledged before is in it. What is recorded
while it is taken may be in it as well.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec
import psycopg
from msgspec import Struct

from events.errors import Refusal
from services.operations.embedded import MAJOR, EmbeddedServer, binaries, embedded_server
from services.operations.files import sync
from services.operations.fingerprint import Fingerprint, fingerprint, has_log
from services.operations.manifest import damages
from services.operations.programs import first_lines, run_program, without_password
from services.operations.signals import signals_that_unwind

Say = Callable[[str], None]
Kind = Literal["embedded", "server"]

FORMAT = 1
DESCRIPTION = "backup.json"
CLUSTER = "cluster"
PASSWORD = "password"
TOLD = 5
"""Damages of a backup that are told one by one."""


class BackupRefused(Refusal):
    """A backup is made of data that there is, in a new or empty directory outside of that data."""

    type = "backup-refused"


class ReplicationNeeded(Refusal):
    """A base backup of a server is given to a role that may replicate and may read the log."""

    type = "replication-needed"


class BackupDamaged(Refusal):
    """A backup is restored only where it is whole, file by file, and holds the log that it says it holds."""

    type = "backup-damaged"


class Description(Struct, frozen=True):
    """What a backup is. `made_at` is when it began (UTC), `postgres` a major version."""

    format: int
    kind: Kind
    made_at: datetime
    dateline: str
    postgres: int
    log: Fingerprint


class Backup(Struct, frozen=True):
    """A backup that was made and verified, and how many bytes it takes."""

    folder: Path
    description: Description
    size: int


def back_up_embedded(data_dir: Path, folder: Path, clock: Callable[[], datetime], say: Say) -> Backup:
    """
    Backs up the embedded database into a folder, while others use it or on its own.

    Raises BackupRefused, BackupDamaged, and the refusals of the embedded server.
    """
    server = EmbeddedServer(data_dir)
    if not server.cluster.exists():
        raise BackupRefused(
            f"There is no database in {server.data_dir} to back up. Set DATELINE_DATA_DIR to where the data is, "
            "or DATELINE_DATABASE_URL to the server that has it."
        )
    _see_that_it_is_elsewhere(folder, server)
    with _staged(folder) as staging, embedded_server(data_dir, say=say) as url:
        shutil.copyfile(server.room / "password", staging / PASSWORD)
        (staging / PASSWORD).chmod(0o600)
        description = _take(url, staging, folder, "embedded", clock, say)
        return _finished(staging, folder, description)


def back_up_server(url: str, folder: Path, clock: Callable[[], datetime], say: Say) -> Backup:
    """
    Backs up the whole PostgreSQL server behind a URL into a folder of this machine.

    Its role needs REPLICATION, a line for replication in the server's pg_hba.conf, and SELECT on the log. Raises
    BackupRefused, ReplicationNeeded, BackupDamaged, and psycopg's errors where the server does not answer.
    """
    with signals_that_unwind(), _staged(folder) as staging:
        return _finished(staging, folder, _take(url, staging, folder, "server", clock, say))


def describe(folder: Path) -> Description:
    """What the backup in a folder is. Raises BackupRefused where there is none, or one of a newer Dateline."""
    try:
        written = (folder / DESCRIPTION).read_bytes()
    except OSError as error:
        raise BackupRefused(
            f"{folder} is not a backup of Dateline: its {DESCRIPTION} cannot be read ({error.strerror}). "
            "Name the folder that 'dateline backup' made."
        ) from None
    try:
        if msgspec.json.decode(written, type=_Format).format != FORMAT:
            raise BackupRefused(f"The backup in {folder} was made by a newer Dateline. Restore it with that one.")
        return msgspec.json.decode(written, type=Description)
    except msgspec.DecodeError as error:
        raise BackupDamaged(f"The backup in {folder} is damaged: {DESCRIPTION}: {error}. Take another.") from None


class _Format(Struct):
    format: int


def verify(folder: Path, description: Description, name: Path | None = None) -> None:
    """
    Holds every file of a backup against PostgreSQL's manifest, and reads its write-ahead log. Raises BackupDamaged.

    The log of a PostgreSQL that there is no reader for here (17) is not read. `name` is what the backup is called.
    """
    reader = binaries(description.postgres) / "pg_waldump" if description.postgres in (16, MAJOR) else None
    found = list(islice(damages(folder / CLUSTER, reader), TOLD + 1))
    if description.kind == "embedded" and not (folder / PASSWORD).is_file():
        found.append(f"{PASSWORD} is gone")
    if found:
        told = "; ".join(found[:TOLD]) + ("; and more" if len(found) > TOLD else "")
        raise BackupDamaged(
            f"The backup in {name or folder} is damaged and was not used: {told}. Take another.",
            backup=str(name or folder),
        )


def _see_that_it_is_elsewhere(folder: Path, server: EmbeddedServer) -> None:
    target = folder.expanduser().resolve()
    for taken in (server.data_dir, server.home.resolve()):
        if target == taken or taken in target.parents:
            raise BackupRefused(
                f"{folder} is inside the data directory {taken}, and would be lost with it. Name a place elsewhere, "
                "best on another disk."
            )


@contextlib.contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is wanted, to be renamed when the backup is whole; removed where it is not."""
    target = folder.expanduser().absolute()
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise BackupRefused(f"{folder} is a file or a link: name a new or empty directory for the backup.")
        if target.is_dir() and any(target.iterdir()):
            raise BackupRefused(
                f"{folder} is not empty, and nothing is written over: name a new or empty directory for the backup."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    except OSError as error:
        raise BackupRefused(
            f"{folder} cannot be written by this account ({error.strerror}): name a new or empty directory, in a place "
            "that is yours."
        ) from None
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _take(url: str, staging: Path, folder: Path, kind: Kind, clock: Callable[[], datetime], say: Say) -> Description:
    with psycopg.connect(url, autocommit=True) as connection:
        major = connection.info.server_version // 10_000
        role = connection.info.user
        _see_that_it_can_be_taken(connection, major)
        made_at = clock()
        try:
            if not has_log(connection):
                raise BackupRefused(
                    "The database has no log of Dateline: there is nothing to back up. See that the settings name the "
                    "database that you mean."
                )
            log = fingerprint(connection)
        except psycopg.errors.InsufficientPrivilege:
            raise ReplicationNeeded(
                f"The role {role} may not read the log, which the backup is compared with: as the owner, "
                f"GRANT USAGE ON SCHEMA dateline TO {role}; GRANT SELECT ON dateline.event TO {role};",
                role=role,
            ) from None
    say("Taking a base backup.")
    with without_password(url) as connecting:
        command = [
            *(str(binaries() / "pg_basebackup"), "--dbname", connecting, "--pgdata", str(staging / CLUSTER)),
            *("--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256", "--label=dateline"),
            "--no-password",
        ]
        code, said = run_program(command)
    if code != 0:
        if "pg_hba.conf" in said:
            raise _replication_needed(str(role), first_lines(said))
        raise BackupRefused(f"PostgreSQL did not give a base backup: {first_lines(said)}. Nothing was kept.")
    description = Description(FORMAT, kind, made_at, _version(), major, log)
    (staging / DESCRIPTION).write_bytes(msgspec.json.format(msgspec.json.encode(description)) + b"\n")
    say("Verifying the backup.")
    verify(staging, description, folder)
    return description


def _see_that_it_can_be_taken(connection: psycopg.Connection, major: int) -> None:
    if major > MAJOR:
        raise BackupRefused(
            f"The server is PostgreSQL {major}, newer than the pg_basebackup of Dateline ({MAJOR}). "
            "Use that of the server."
        )
    found = connection.execute(
        "select rolname, rolreplication or rolsuper, (select count(*) from pg_tablespace where oid >= 16384)"
        "  from pg_roles where rolname = current_user"
    ).fetchone()
    assert found is not None
    role, may, tablespaces = found
    if not may:
        raise _replication_needed(role, "it has no right to replicate")
    if tablespaces:
        raise BackupRefused(
            "The server has tablespaces of its own, whose places must be chosen: use its pg_basebackup with "
            "--tablespace-mapping."
        )


def _replication_needed(role: str, reason: str) -> ReplicationNeeded:
    return ReplicationNeeded(
        f"The role {role} of DATELINE_DATABASE_URL may not take a base backup ({reason}). As a superuser: "
        f"ALTER ROLE {role} REPLICATION; and in pg_hba.conf of the server a line such as "
        f"'host replication {role} ADDRESS scram-sha-256', then SELECT pg_reload_conf();",
        role=role,
    )


def _finished(staging: Path, folder: Path, description: Description) -> Backup:
    target = folder.expanduser().absolute()
    size = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
    sync(staging / DESCRIPTION)
    if (staging / PASSWORD).exists():
        sync(staging / PASSWORD)
    sync(staging)
    try:
        staging.rename(target)
    except OSError as error:
        raise BackupRefused(
            f"The backup could not be given the name {folder} ({error.strerror}): name a new directory, inside the one "
            "that was named if that is a mounted disk."
        ) from None
    sync(target.parent)
    return Backup(target, description, size)


def _version() -> str:
    try:
        return version("dateline")
    except PackageNotFoundError:
        return "from its source"
