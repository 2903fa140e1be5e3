"""
Upgrading an embedded database of an older PostgreSQL: dumped, loaded into a new one beside it, compared, exchanged.

The old cluster is not written to, apart from what starting it writes; it stays where it is until the new one is whole,
and is kept after that under another name.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
from msgspec import Struct
from psycopg.conninfo import make_conninfo

from events.errors import Refusal
from services.operations.embedded import (
    DATABASE,
    MAJOR,
    ROLE,
    DataOfAnotherVersion,
    EmbeddedServer,
    NoEmbeddedPostgres,
    binaries,
)
from services.operations.fingerprint import Fingerprint, fingerprint, has_log
from services.operations.programs import first_lines, run_program, without_password
from services.operations.signals import signals_that_unwind

Say = Callable[[str], None]


class UpgradeRefused(Refusal):
    """What is upgraded is an embedded database that there is, with nothing else in its cluster."""

    type = "upgrade-refused"


class UpgradeFailed(Refusal):
    """An upgrade that does not come to the same log leaves the old database as it was."""

    type = "upgrade-failed"


class Upgraded(Struct, frozen=True):
    """From which major version to which; the fingerprint of the log before and after, and where the old cluster is."""

    before: int
    after: int
    log: Fingerprint
    kept: Path


def upgrade(data_dir: Path, say: Say) -> Upgraded | None:
    """
    Brings the embedded database to the present major version; None where it is there already.

    Needs about as much room again as the data takes. Raises UpgradeRefused, UpgradeFailed, DataOfAnotherVersion (it is
    newer, or of a version that the wheel does not have), and the refusals of the embedded server.
    """
    server = EmbeddedServer(data_dir, say=say)
    _put_back(server)
    before = server.version()
    if before is None:
        raise UpgradeRefused(f"There is no database in {server.data_dir} to upgrade. Set DATELINE_DATA_DIR.")
    if before == MAJOR:
        return None
    try:
        binaries(before)
    except NoEmbeddedPostgres:
        raise DataOfAnotherVersion(
            f"The database in {server.home} is of PostgreSQL {before}, which this Dateline does not have beside "
            f"{MAJOR}. Use the Dateline that wrote it.",
            found=str(before),
            needed=str(MAJOR),
        ) from None
    kept = server.home / f"cluster-{before}"
    if kept.exists():
        raise UpgradeRefused(f"{kept} is kept from an earlier upgrade, and would be written over: move it away first.")
    old = EmbeddedServer(data_dir, say=say, major=before)
    with signals_that_unwind():
        _clear(server)
        try:
            log, new = _loaded_beside(old, say)
            server.exchange(new, kept)
        finally:
            _clear(server)
    return Upgraded(before, MAJOR, log, kept)


def _put_back(server: EmbeddedServer) -> None:
    """After an upgrade that was cut off between two names: the old database gets its own again."""
    if not server.cluster.exists():
        for kept in sorted(server.home.glob("cluster-*"))[-1:]:
            kept.rename(server.cluster)


def _clear(server: EmbeddedServer) -> None:
    """Takes away what an upgrade left beside the database, its server first."""
    place = server.home / "upgrading"
    if place.exists():
        left = EmbeddedServer(place)
        if left.pid() is not None:
            left.enter()
            left.leave()
        shutil.rmtree(place)


def _loaded_beside(old: EmbeddedServer, say: Say) -> tuple[Fingerprint, EmbeddedServer]:
    """The log as it was, and the stopped server of a new cluster with the same in it."""
    try:
        source = old.enter()
        before = _looked_at(source, old)
        new = old.beside()
        try:
            target = new.enter()
            say("Loading it into the new one.")
            _load_roles(source, target)
            _load_database(source, target)
            with psycopg.connect(target, autocommit=True) as connection:
                connection.execute("analyze")
                after = fingerprint(connection)
        finally:
            new.leave()
        if after != before:
            raise UpgradeFailed(
                f"The log came to {after.sha256} at position {after.position} instead of {before.sha256} at "
                f"{before.position}. The database is as it was. Please report this as a bug of Dateline."
            )
        return before, new
    finally:
        old.leave()


def _looked_at(url: str, server: EmbeddedServer) -> Fingerprint:
    with psycopg.connect(url, autocommit=True) as connection:
        others = connection.execute(
            "select datname from pg_database where not datistemplate and datname <> all(%s) order by 1",
            [["postgres", DATABASE]],
        ).fetchall()
        if others:
            raise UpgradeRefused(
                f"The cluster in {server.home} has other databases than Dateline's: "
                f"{', '.join(str(name) for (name,) in others)}. Move them elsewhere first."
            )
        if not has_log(connection):
            raise UpgradeRefused(
                f"The database in {server.home} has no log: there is nothing to keep. Move {server.data_dir} away."
            )
        return fingerprint(connection)


def _load_roles(source: str, target: str) -> None:
    with without_password(make_conninfo(source, dbname="postgres")) as connecting:
        code, said = run_program([str(binaries() / "pg_dumpall"), "--roles-only", "--dbname", connecting])
    if code != 0:
        raise _failed(said)
    own = f"CREATE ROLE {ROLE};"  # which the new one begins with
    statements = [line for line in said.splitlines() if line != own and not line.startswith("\\")]
    with psycopg.connect(target) as connection:
        connection.execute("\n".join(statements).encode())


def _load_database(source: str, target: str) -> None:
    with without_password(source) as from_, without_password(target) as into:
        dump = [str(binaries() / "pg_dump"), "--dbname", from_]
        load = [
            *(str(binaries() / "psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            *("--output=/dev/null", "--dbname", into),
        ]
        with subprocess.Popen(dump, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as dumping:
            loaded = subprocess.run(
                load, stdin=dumping.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
            )
            assert dumping.stdout is not None
            dumping.stdout.close()
    if dumping.returncode != 0 or loaded.returncode != 0:
        raise _failed(loaded.stderr.decode(errors="replace"))


def _failed(said: str) -> UpgradeFailed:
    return UpgradeFailed(f"PostgreSQL did not load what it had dumped: {first_lines(said)}. The database is as it was.")
