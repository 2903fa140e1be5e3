"""The embedded PostgreSQL where the machine gives little: no disk, no namespaces, and others who would like in."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from services.operations.embedded import EmbeddedServer, ServerDidNotStart, embedded_server
from tests.faults.disk import small_disk

# Says what account the server runs as, then what it answers.
USER = """
import sys
import psutil, psycopg
from pathlib import Path
from services.operations.embedded import EmbeddedServer, embedded_server
with embedded_server(Path(sys.argv[1])) as url:
    print(psutil.Process(EmbeddedServer(Path(sys.argv[1])).pid()).uids().real)
    print(psycopg.connect(url).execute("SELECT 42").fetchone()[0])
"""

REFUSED = """
import sys
from pathlib import Path
from events.errors import Refusal
from services.operations.embedded import embedded_server
try:
    with embedded_server(Path(sys.argv[1])):
        print("started")
except Refusal as refusal:
    print(refusal.type, refusal.message)
"""


def answers(data_dir: Path) -> bool:
    with embedded_server(data_dir) as url, psycopg.connect(url) as connection:
        return connection.execute("SELECT 42").fetchone() == (42,)


@pytest.mark.parametrize("megabytes", [2, 30], ids=["not even the first files fit", "the first files fit, no more"])
def test_a_disk_that_is_full_at_the_start_is_told_and_nothing_is_in_the_way_once_there_is_room(
    tmp_path: Path, megabytes: int
) -> None:
    with small_disk(tmp_path / "disk", megabytes) as disk:
        if disk is not None:
            with pytest.raises(ServerDidNotStart, match="No space left on device"):
                EmbeddedServer(disk.folder / "data").enter()
            disk.grow(300)
            assert answers(disk.folder / "data")
            return
    told = with_files_up_to(megabytes, tmp_path / "data")  # the nearest to it where nothing can be mounted
    assert told.startswith("server-did-not-start")
    assert "File too large" in told
    assert answers(tmp_path / "data")


def with_files_up_to(megabytes: int, data_dir: Path) -> str:
    """What a user is told whose files may be no larger than a third of this."""
    most = megabytes * 1_000_000 // 3
    told = subprocess.run(
        [sys.executable, "-c", REFUSED, str(data_dir)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    return told.stdout


def test_where_files_may_not_grow_the_start_is_refused_in_the_words_of_the_system(tmp_path: Path) -> None:
    told = with_files_up_to(2, tmp_path / "data")
    assert told.startswith("server-did-not-start")
    assert "File too large" in told
    assert answers(tmp_path / "data")


def test_a_disk_that_fills_up_before_a_restart_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 300) as disk:
        data_dir = tmp_path / "data" if disk is None else disk.folder / "data"
        with embedded_server(data_dir) as url, psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        if disk is not None:
            disk.fill()
            with pytest.raises(ServerDidNotStart, match="No space left on device"):
                EmbeddedServer(data_dir).enter()
            disk.grow(400)
        with embedded_server(data_dir) as url, psycopg.connect(url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def may_make_namespaces() -> bool:
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "--user", "true"], check=False).returncode == 0


def test_where_the_kernel_forbids_namespaces_root_gets_a_server_all_the_same(tmp_path: Path) -> None:
    # A name of its own: the account's own place for the cluster is found by it, and outlives the folder.
    data_dir = tmp_path / uuid4().hex
    if os.geteuid() != 0 or not may_make_namespaces():  # an ordinary user asks for none; or it is forbidden already
        assert answers(data_dir)
        return
    # A namespace of all accounts, in which no further one may be made: forbidden by the kernel, not by a stub.
    forbidding = 'echo 0 > /proc/sys/user/max_user_namespaces; ! unshare --user true && exec "$@"'
    mapped = ["sh", "-c", 'read -r mapped; exec "$@"', "sh", "sh", "-c", forbidding, "sh"]
    process = subprocess.Popen(
        ["unshare", "--user", *mapped, sys.executable, "-c", USER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    own = Path("/proc/self/ns/user").readlink()
    ends = time.monotonic() + 30
    while Path(f"/proc/{process.pid}/ns/user").readlink() == own:
        assert time.monotonic() < ends
        time.sleep(0.01)
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{process.pid}/{name}").write_text("0 0 65536\n")
    output, told = process.communicate("mapped\n", timeout=120)
    assert process.returncode == 0, told
    account, answer = output.split()
    assert (int(account) != 0, answer) == (True, "42")


def test_another_account_of_the_machine_cannot_connect_not_even_with_the_password(tmp_path: Path) -> None:
    with embedded_server(tmp_path / "data") as url:
        socket_dir = EmbeddedServer(tmp_path / "data")._socket_dir()
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((socket_dir / ".s.PGSQL.5432").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data" / "postgres").stat().st_mode) == 0o700
        if os.geteuid() == 0:  # who may become somebody else, and is turned away as that
            with pytest.raises(psycopg.OperationalError, match="Permission denied"):
                as_nobody(lambda: psycopg.connect(url))
            with pytest.raises(PermissionError):
                as_nobody((tmp_path / "data" / "postgres" / "password").read_text)


def as_nobody(done: object) -> None:
    assert callable(done)
    os.seteuid(65534)
    try:
        done()
    finally:
        os.seteuid(0)
