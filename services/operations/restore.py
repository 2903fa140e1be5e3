"""Restoring a backup into an empty data directory: verified before, its log compared after, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
from msgspec import Struct

from events.errors import Refusal
from services.operations.backup import (
    CLUSTER,
    PASSWORD,
    BackupDamaged,
    Description,
    Say,
    describe,
    verify,
)
from services.operations.embedded import MAJOR, DataInUse, EmbeddedServer, embedded_server
from services.operations.files import sync, try_lock
from services.operations.fingerprint import Fingerprint, fingerprint, has_log

_STAGING = "restoring"
"""Where the database grows and is looked at, within the data directory, until it gets its place there."""


class RestoreRefused(Refusal):
    """A backup is restored into a data directory that is new or empty, and the backup of a server into a server."""

    type = "restore-refused"


class Restored(Struct, frozen=True):
    """What was restored, and the head of its log: of the backup, or later where events came while it was taken."""

    data_dir: Path
    description: Description
    head: int


def restore(folder: Path, data_dir: Path, say: Say) -> Restored:
    """
    Restores the backup of an embedded database into a data directory, starts it there once, and compares its log.

    Raises RestoreRefused, BackupRefused (there is no backup), BackupDamaged, and the refusals of the embedded server.
    """
    description = describe(folder)
    if description.kind == "server":
        raise RestoreRefused(
            f"{folder} is the backup of a PostgreSQL {description.postgres} server, with its roles, and is restored "
            f"into one: verify it with 'dateline backup --check {folder}', stop the server, copy {folder / CLUSTER} "
            "to its empty data directory, for the owner that it had and with mode 0700, and start it. "
            "docs/operations.md has the commands."
        )
    if description.postgres != MAJOR:
        raise RestoreRefused(
            f"{folder} is a backup of PostgreSQL {description.postgres}; the embedded one is {MAJOR}. Restore it with "
            "the Dateline that made it."
        )
    with _claimed(data_dir) as claimed:
        say("Verifying the backup.")
        verify(folder, description)
        staged = claimed / _STAGING
        try:
            _clear(staged)
            say("Copying it and recovering.")
            EmbeddedServer(staged).adopt(folder / CLUSTER, folder / PASSWORD)
            head = _compared(folder, description, staged, say)
            (staged / "postgres").rename(claimed / "postgres")
        finally:
            _clear(staged)
        sync(claimed)
    return Restored(claimed, description, head)


def check(folder: Path, say: Say) -> Description:
    """Verifies every file of a backup, without restoring it. Raises BackupRefused (there is none) and BackupDamaged."""
    description = describe(folder)
    say("Verifying the backup.")
    verify(folder, description)
    return description


@contextlib.contextmanager
def _claimed(data_dir: Path) -> Iterator[Path]:
    """The data directory, made if need be, empty, and nobody else's meanwhile."""
    target = data_dir.expanduser().resolve()
    made = not target.exists()
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise RestoreRefused(
            f"The data directory {target} cannot be written by this account ({error.strerror}). Set DATELINE_DATA_DIR "
            "to a directory of your own."
        ) from None
    try:
        if not try_lock(holder):
            raise DataInUse(f"Another restore into {target} is under way. Let it end.")
        if any(entry.name != _STAGING for entry in target.iterdir()):
            raise RestoreRefused(
                f"The data directory {target} is not empty, and nothing is written over. Move it away, or set "
                "DATELINE_DATA_DIR to a new directory."
            )
        yield target
        made = False
    finally:
        os.close(holder)
        if made:
            with contextlib.suppress(OSError):
                target.rmdir()


def _clear(staged: Path) -> None:
    """Takes away what a restore left that was killed, its server first."""
    if not staged.exists():
        return
    left = EmbeddedServer(staged)
    if left.pid() is not None:
        left.enter()
        left.leave()
    if left.home.parent != left.room:
        shutil.rmtree(left.home, ignore_errors=True)
    shutil.rmtree(staged)


def _compared(folder: Path, description: Description, staged: Path, say: Say) -> int:
    """Starts what was copied and holds its log against the description. The head; raises BackupDamaged."""
    with embedded_server(staged, say=say) as url, psycopg.connect(url, autocommit=True) as connection:
        found = fingerprint(connection, description.log.position) if has_log(connection) else Fingerprint(0, "")
        if found != description.log:
            raise BackupDamaged(
                f"The log in the backup {folder} is not the one that it was made of: up to position "
                f"{description.log.position} it hashes to {found.sha256 or 'nothing'}, not {description.log.sha256}. "
                "Nothing was restored. Take another backup.",
                backup=str(folder),
            )
        head = connection.execute("select coalesce(max(position), 0) from dateline.event").fetchone()
        assert head is not None
        return int(head[0])
