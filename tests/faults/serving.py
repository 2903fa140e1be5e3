"""`dateline serve` as a process of its own upon an embedded PostgreSQL of its own, and a client that holds a key."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from services.operations.embedded import EmbeddedServer

TOP = Path(__file__).resolve().parents[2]


class Serving(NamedTuple):
    """The process that serves, its address, a key of a recorder, and what it said on standard error."""

    process: subprocess.Popen[str]
    base: str
    key: str
    data_dir: Path
    said: list[str]

    def client(self, seconds: float = 60) -> httpx.Client:
        """A client with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=seconds)

    def postgres(self) -> psutil.Process | None:
        """The PostgreSQL that runs for it now."""
        pid = EmbeddedServer(self.data_dir).pid()
        return None if pid is None else psutil.Process(pid)


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[Serving]:
    """`dateline serve` for as long as the block lasts; it has to end in order, with code 0."""
    environment = os.environ | {"DATELINE_DATA_DIR": str(data_dir), "DATELINE_PORT": "0"} | settings
    environment.pop("DATELINE_DATABASE_URL", None)
    command = [sys.executable, "-m", "services.cli.main"]
    made = subprocess.run(
        [*command, "keys", "make", "--name", "ada", "--role", "recorder"],
        env=environment,
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    process = subprocess.Popen(
        [*command, "serve"], env=environment, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said: list[str] = []
    listening = threading.Thread(target=_listen, args=(process, said))
    listening.start()
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+?(?=/v1)", process.stdout.readline())
        assert found, said
        yield Serving(process, found[0], made.stdout.strip().splitlines()[-1], data_dir, said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0, said
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        listening.join()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def _listen(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stderr is not None
    said.extend(line.rstrip() for line in process.stderr)
