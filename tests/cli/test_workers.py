"""Serving by several processes: one record, one address, and nobody left over at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import service
from tests.api.writing import did, entry, told
from tests.cli.processes import Serving, done, serving


def workers_of(served: Serving) -> list[psutil.Process]:
    """The processes that hold the address beside the one that was started."""
    found = []
    for child in psutil.Process(served.process.pid).children():
        with suppress(psutil.Error):  # it ends as it is looked at
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Waits until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_no_worker_answers_from_before_a_position_that_another_has_shown(database_url: str) -> None:
    with service(database_url) as built:
        token = Keys(built.pool, lambda: datetime.now(UTC)).make("ada", Role.RECORDER).token
    each_anew = httpx.Limits(max_keepalive_connections=0)  # so that each request may meet another worker
    with (
        serving("--workers", "3", DATELINE_DATABASE_URL=database_url) as served,
        httpx.Client(base_url=served.base, timeout=60, limits=each_anew) as client,
    ):

        def ask(shown: int) -> int:
            answer = client.get("/v1/jurisdictions/XA/state")
            assert answer.status_code == 200
            found = answer.json()
            assert found["position"] >= shown
            assert len(found["measures"]) == found["position"]  # one act is one event is one measure
            return int(found["position"])

        def write(number: int) -> int:
            act = told(f"xa-{number}", did("adopted", f"law-{number}", effects=["restricts"]))
            answer = client.post("/v1/acts", json=entry(act), headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 201
            return int(answer.json()["edition"])

        with ThreadPoolExecutor(4) as clients:
            for number in range(25):
                shown = write(number)
                for _ in range(2):
                    shown = max(clients.map(ask, [shown] * 4))
                assert shown == number + 1


def test_a_worker_that_is_killed_is_replaced_and_the_others_go_on(database_url: str) -> None:
    with serving("--workers", "2", DATELINE_DATABASE_URL=database_url) as served:
        first, second = workers_of(served)
        first.kill()
        for _ in range(5):
            answer = httpx.get(f"{served.base}/v1/jurisdictions", headers={"Connection": "close"}, timeout=60)
            assert answer.status_code == 200
        assert eventually(lambda: len(workers_of(served)) == 2 and first not in workers_of(served))
        assert second in workers_of(served)
        assert eventually(lambda: "a worker has ended" in served.errors)
        said = [json.loads(line) for line in served.errors.splitlines()]
        (ended,) = [line for line in said if line["event"] == "a worker has ended"]
        assert ended["worker"] == first.pid
        assert ended["another"] in {worker.pid for worker in workers_of(served)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_whoever_started_them(data_dir: Path, number: signal.Signals) -> None:
    settings = {"DATELINE_DATA_DIR": str(data_dir), "DATELINE_DATABASE_URL": ""}
    with serving("--workers", "2", **settings) as served:
        assert httpx.get(f"{served.base}/v1/jurisdictions", timeout=60).json()["jurisdictions"] == []
        everybody = psutil.Process(served.process.pid).children(recursive=True)
        assert len(workers_of(served)) == 2
        assert served.end(number) == {signal.SIGTERM: 0, signal.SIGINT: 130}.get(number, -signal.SIGKILL)
        assert eventually(lambda: not any(_runs(each) for each in everybody))
        assert eventually(lambda: not (data_dir / "postgres" / "server.json").exists())


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_number_of_workers_that_cannot_be_is_refused() -> None:
    ended = done("serve", "--port", "0", "--workers", "11")
    assert ended.returncode == 2
    assert "'11' is not a whole number from 1 to 10" in ended.stderr


NOWHERE = """
from services.cli.serving import listening
from services.cli.workers import WorkersNotStarted, serve_by
from services.operations.settings import Settings
if __name__ == "__main__":
    with listening("127.0.0.1", 0) as listener:
        try:
            serve_by(2, listener, Settings(DATELINE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere"))
        except WorkersNotStarted as refusal:
            print(refusal)
"""


def test_where_a_worker_cannot_serve_nobody_does(project: Path, tmp_path: Path) -> None:
    (tmp_path / "nowhere.py").write_text(NOWHERE)
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "nowhere.py")],
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "A worker ended before it served" in ended.stdout
    assert "The PostgreSQL server of DATELINE_DATABASE_URL cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr
