"""`dateline serve` as a process of its own upon an embedded PostgreSQL of its own, and a client that holds a key."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from services.operations.embedded import EmbeddedServer
from tests.cli.processes import Serving, done, serving


class Served(NamedTuple):
    """What is served, a key of a recorder, and where its data is."""

    under_way: Serving
    key: str
    data_dir: Path

    @property
    def base(self) -> str:
        return self.under_way.base

    @property
    def process(self) -> subprocess.Popen[str]:
        return self.under_way.process

    @property
    def said(self) -> str:
        """What it said on standard error so far."""
        return self.under_way.errors

    def client(self, seconds: float = 60) -> httpx.Client:
        """A client with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=seconds)

    def postgres(self) -> psutil.Process | None:
        """The PostgreSQL that runs for it now."""
        pid = EmbeddedServer(self.data_dir).pid()
        return None if pid is None else psutil.Process(pid)


@contextmanager
def served_alone(data_dir: Path, **settings: str) -> Iterator[Served]:
    """`dateline serve` upon its own data for as long as the block lasts; it has to end in order, with code 0."""
    settings = {"DATELINE_DATA_DIR": str(data_dir), "DATELINE_DATABASE_URL": ""} | settings
    made = done("keys", "make", "--name", "ada", "--role", "recorder", **settings)
    assert made.returncode == 0, made.stderr
    with serving(**settings) as under_way:
        yield Served(under_way, made.stdout.strip().splitlines()[-1], data_dir)
        under_way.process.send_signal(signal.SIGTERM)
        assert under_way.process.wait(120) == 0, under_way.errors
