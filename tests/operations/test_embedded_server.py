"""The embedded PostgreSQL, tested as by one who kills processes and gives their numbers to strangers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from services.operations import embedded
from services.operations.embedded import (
    DataDirectoryRefused,
    DataInUse,
    DataOfAnotherVersion,
    EmbeddedServer,
    NoEmbeddedPostgres,
    ServerDidNotStart,
    embedded_server,
)
from services.operations.files import try_lock

# A user of the server in a process of its own: says its URL, stays until its input ends.
USER = """
import sys
from pathlib import Path
from services.operations.embedded import embedded_server
with embedded_server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def users(project: Path) -> Iterator[Callable[[Path], tuple[subprocess.Popen[str], str]]]:
    """Start users in processes of their own; whoever is left over at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the user did not get a server"
        return process, url

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


Users = Callable[[Path], tuple[subprocess.Popen[str], str]]


def server_of(data_dir: Path) -> psutil.Process:
    pid = EmbeddedServer(data_dir).pid()
    assert pid is not None
    return psutil.Process(pid)


def has_ended(process: psutil.Process, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def test_a_fresh_directory_that_only_its_owner_can_reach_gets_a_durable_server(tmp_path: Path) -> None:
    data_dir = tmp_path / "private"
    data_dir.mkdir(mode=0o700)
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT current_database()") == "dateline"
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert one(url, f"SELECT current_setting('{setting}')") == "on", setting
        assert one(url, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'dateline'") == "UTF8"
        server = server_of(data_dir)
        password = data_dir / "postgres" / "password"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        socket_dir = EmbeddedServer(data_dir)._recorded()
        assert socket_dir is not None
        assert stat.S_IMODE(socket_dir.socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert has_ended(server)
    assert not socket_dir.socket_dir.exists()


def test_nothing_listens_on_the_network(data_dir: Path) -> None:
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT current_setting('listen_addresses')") == ""
        server = server_of(data_dir)
        for process in [server, *server.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # workers come and go
                assert not process.net_connections(kind="inet")


def test_the_socket_opens_to_nobody_without_the_password(data_dir: Path) -> None:
    with embedded_server(data_dir) as url:
        stranger = url.replace((data_dir / "postgres" / "password").read_text().strip(), "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger)


def test_a_path_of_150_characters_works(tmp_path: Path) -> None:
    data_dir = tmp_path / ("p" * 150)
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT 1") == 1


def test_what_was_written_is_there_after_a_restart(data_dir: Path) -> None:
    with embedded_server(data_dir) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT answer FROM kept") == 42


def test_two_processes_share_one_server_and_the_last_stops_it(data_dir: Path, users: Users) -> None:
    first, first_url = users(data_dir)
    second, second_url = users(data_dir)
    assert first_url == second_url
    server = server_of(data_dir)
    first.communicate("")
    assert first.returncode == 0
    assert one(second_url, "SELECT 1") == 1
    assert server.is_running()
    second.communicate("")
    assert second.returncode == 0
    assert has_ended(server)


def test_eight_processes_that_start_at_once_share_one_server(tmp_path: Path, project: Path) -> None:
    command = [sys.executable, "-c", USER, str(tmp_path)]
    started = [
        subprocess.Popen(command, cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    urls = {process.stdout.readline() for process in started if process.stdout}
    assert len(urls) == 1
    server = server_of(tmp_path)
    for process in started:
        process.communicate("")
        assert process.returncode == 0
    assert has_ended(server)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_last_user_leaves_no_orphan(data_dir: Path, users: Users, number: signal.Signals) -> None:
    user, _ = users(data_dir)
    server = server_of(data_dir)
    user.send_signal(number)
    user.wait(10)
    assert has_ended(server)


# A web server that handles signals itself, and raises them again when it has ended.
WEB_SERVER = """
import sys
from pathlib import Path
import uvicorn
from services.operations.embedded import embedded_server

async def app(scope, receive, send):
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.complete"})
    print("up", flush=True)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})

with embedded_server(Path(sys.argv[1])):
    uvicorn.run(app, port=0, log_level="warning", lifespan="on")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_web_server_that_is_told_to_end_leaves_no_orphan(
    data_dir: Path, project: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", WEB_SERVER, str(data_dir)]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as serving:
        assert serving.stdout is not None
        assert serving.stdout.readline() == "up\n"
        server = server_of(data_dir)
        time.sleep(0.2)
        serving.send_signal(number)
        serving.wait(60)
    assert has_ended(server)


def test_ctrl_c_in_the_terminal_does_not_reach_the_server_before_its_user(data_dir: Path) -> None:
    with embedded_server(data_dir):
        assert os.getsid(server_of(data_dir).pid) != os.getsid(0)


def test_a_server_that_was_killed_is_started_by_the_next_user_where_the_others_look_for_it(
    data_dir: Path, users: Users
) -> None:
    user, url = users(data_dir)
    server = server_of(data_dir)
    server.kill()
    assert has_ended(server)
    with embedded_server(data_dir) as again:
        assert again == url
        assert one(url, "SELECT 1") == 1
    assert one(url, "SELECT 1") == 1
    user.communicate("")
    assert EmbeddedServer(data_dir).pid() is None


def test_a_server_that_was_killed_is_brought_back_by_who_uses_it(data_dir: Path) -> None:
    told: list[str] = []
    with embedded_server(data_dir, say=told.append) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        for _ in range(2):
            killed = server_of(data_dir)
            killed.kill()
            answers_again(url)
            assert one(url, "SELECT answer FROM kept") == 42
            assert server_of(data_dir).pid != killed.pid
        server = server_of(data_dir)
    assert has_ended(server)
    assert told.count("The embedded PostgreSQL has ended: starting it again.") == 2


def test_users_of_a_killed_server_bring_back_one(data_dir: Path, users: Users) -> None:
    one_user, url = users(data_dir)
    other, _ = users(data_dir)
    server_of(data_dir).kill()
    answers_again(url)
    server = server_of(data_dir)
    other.communicate("")
    assert one(url, "SELECT 1") == 1
    assert server_of(data_dir).pid == server.pid
    one_user.communicate("")
    assert has_ended(server)


def test_a_user_leaves_at_once_while_a_server_that_cannot_start_is_to_be_brought_back(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with embedded_server(data_dir, say=told.append):
        server = server_of(data_dir)
        monkeypatch.setattr(EmbeddedServer, "_postmaster_lines", lambda _: [])  # it will never seem ready
        server.kill()
        ends = time.monotonic() + 30
        while not told or "starting it again" not in told[-1]:
            assert time.monotonic() < ends
            time.sleep(0.02)
        begun = time.monotonic()
    assert time.monotonic() - begun < 30
    monkeypatch.undo()
    assert EmbeddedServer(data_dir).pid() is None


def answers_again(url: str, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            assert time.monotonic() < ends
            time.sleep(0.02)


def test_a_socket_directory_that_was_cleaned_away_is_made_again(data_dir: Path, users: Users) -> None:
    user, url = users(data_dir)
    user.kill()
    user.wait()
    recorded = EmbeddedServer(data_dir)._recorded()
    assert recorded is not None
    shutil.rmtree(recorded.socket_dir)
    with embedded_server(data_dir) as again:
        assert again != url
        assert one(again, "SELECT 1") == 1


def test_a_killed_user_is_forgotten_and_the_next_one_stops_the_server(data_dir: Path, users: Users) -> None:
    user, url = users(data_dir)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server = server_of(data_dir)
    user.kill()
    user.wait()
    with embedded_server(data_dir) as again:
        assert again == url
        assert server_of(data_dir).pid == server.pid
        assert one(again, "SELECT answer FROM kept") == 42
    assert has_ended(server)


def test_a_killed_server_and_user_are_followed_by_a_recovery(data_dir: Path, users: Users) -> None:
    user, url = users(data_dir)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server = server_of(data_dir)
    user.kill()
    server.kill()
    user.wait()
    assert has_ended(server)
    with embedded_server(data_dir) as again:
        assert one(again, "SELECT answer FROM kept") == 42
    assert "automatic recovery in progress" in (data_dir / "postgres" / "server.log").read_text()


def test_a_recovery_that_takes_long_is_waited_for_and_told(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, told = EmbeddedServer._postmaster_lines, list[str]()

    def not_ready_until_told(server: EmbeddedServer) -> list[str]:
        return read(server) if any("recovering" in word for word in told) else read(server)[:7]

    monkeypatch.setattr(EmbeddedServer, "_postmaster_lines", not_ready_until_told)
    with embedded_server(data_dir, say=told.append, patience=60) as url:
        assert one(url, "SELECT 1") == 1
    assert "recovering from its write-ahead log" in told[-1]


def test_a_server_that_does_not_start_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(ServerDidNotStart, match="shared_buffers"):
        EmbeddedServer(tmp_path, settings={"shared_buffers": "much"}).enter()
    with embedded_server(tmp_path) as url:
        assert one(url, "SELECT 1") == 1


def test_a_stranger_with_the_number_of_a_dead_server_is_left_alone(data_dir: Path, users: Users) -> None:
    user, _ = users(data_dir)
    server = server_of(data_dir)
    user.kill()
    server.kill()
    user.wait()
    assert has_ended(server)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        cluster = EmbeddedServer(data_dir).cluster
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        lines[0], lines[2] = str(stranger.pid), str(int(psutil.Process(stranger.pid).create_time()))
        (cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
        record = data_dir / "postgres" / "server.json"
        facts = json.loads(record.read_text())
        record.write_text(json.dumps(facts | {"pid": stranger.pid}))
        assert EmbeddedServer(data_dir).pid() is None
        with embedded_server(data_dir) as url:
            assert one(url, "SELECT 1") == 1
            assert server_of(data_dir).pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_number_of_another_process_with_this_command_line_is_not_believed(data_dir: Path) -> None:
    with embedded_server(data_dir):
        pass
    cluster = EmbeddedServer(data_dir).cluster
    sleeper = "import time; time.sleep(60)"
    double = subprocess.Popen([sys.executable, "-c", sleeper, "-D", str(cluster)])
    try:
        record = {"pid": double.pid, "started": "another boot:1", "socket": "/nowhere"}
        (data_dir / "postgres" / "server.json").write_text(json.dumps(record))
        with embedded_server(data_dir) as url:
            assert one(url, "SELECT 1") == 1
        assert double.poll() is None
    finally:
        double.kill()
        double.wait()


def test_an_interrupted_preparation_is_begun_again(tmp_path: Path) -> None:
    leftover = tmp_path / "postgres" / "server" / "cluster.new"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("18\n")
    with embedded_server(tmp_path) as url:
        assert one(url, "SELECT 1") == 1
    assert not leftover.exists()


def test_a_cluster_of_another_version_is_refused(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "server" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(DataOfAnotherVersion, match="of PostgreSQL 16; the embedded one is 18"):
        EmbeddedServer(tmp_path).enter()


def test_a_cluster_of_a_newer_version_is_refused_and_left_alone(data_dir: Path) -> None:
    with embedded_server(data_dir, settings={"fsync": "off"}):
        pass
    version = EmbeddedServer(data_dir).cluster / "PG_VERSION"
    version.write_text("19\n")
    with pytest.raises(DataOfAnotherVersion, match="of PostgreSQL 19; the embedded one is 18"):
        EmbeddedServer(data_dir).enter()
    version.write_text("18\n")
    with embedded_server(data_dir) as url:
        assert one(url, "SELECT 1") == 1


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryRefused, match="DATELINE_DATA_DIR"):
        EmbeddedServer(tmp_path / "file").enter()


def test_a_lost_password_file_is_told(data_dir: Path) -> None:
    with embedded_server(data_dir):
        pass
    (data_dir / "postgres" / "password").unlink()
    with pytest.raises(DataDirectoryRefused, match="password file"):
        EmbeddedServer(data_dir).enter()


def test_a_cluster_held_by_processes_that_are_not_known_is_not_started_twice(data_dir: Path) -> None:
    with embedded_server(data_dir):
        pass
    holder = EmbeddedServer(data_dir)._open_lock("server.lock")
    try:
        assert try_lock(holder)
        with pytest.raises(DataInUse, match="perhaps in another container"):
            EmbeddedServer(data_dir, patience=0.3).enter()
    finally:
        os.close(holder)


def test_a_platform_without_the_wheel_is_told_to_name_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NoEmbeddedPostgres, match="Set DATELINE_DATABASE_URL"):
        EmbeddedServer(tmp_path).enter()
