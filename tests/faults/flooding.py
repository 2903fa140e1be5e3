"""Clients that mean no good, on the loopback address, and what the others notice of it. All of it ends by itself."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil

from tests.cli.processes import started
from tests.faults.serving import Served

MOST_MEMORY = 300_000_000
"""Bytes of memory that the server process may hold under any of it."""

ASKED = "/v1/jurisdictions/XA/state"


class Felt(NamedTuple):
    """What was felt of a flood: memory of the server at its highest (bytes), and p99 of others before and under it."""

    what: str
    memory: int
    before: float
    under: float

    def __str__(self) -> str:
        return (
            f"{self.what}; {self.memory / 1e6:.0f} MB at most; p99 of another client {self.before * 1000:.1f} ms "
            f"before, {self.under * 1000:.1f} ms meanwhile ({self.under / self.before:.1f} times)"
        )


def felt(served: Served, flood: Callable[[Served], str], questions: int) -> Felt:
    """
    What a flood does to the memory of the server and to a client that asks an ordinary question meanwhile.

    It asks at least so many times before; during the flood, for as long as that lasts, and as often at least.
    """
    server = psutil.Process(served.process.pid)
    with httpx.Client(base_url=served.base, timeout=60) as client:
        _ask(client, 20)
        before = _p99(_ask(client, questions))
        result: list[str] = []
        thread = threading.Thread(target=lambda: result.append(flood(served)))
        with _highest(server) as memory:
            thread.start()
            times: list[float] = []
            while thread.is_alive() or len(times) < questions:
                times += _ask(client, 10)
            thread.join()
    assert result, "the flood did not go as it was meant to"
    return Felt(result[0], max(memory), before, _p99(times))


def _ask(client: httpx.Client, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        begun = monotonic()
        answer = client.get(ASKED)
        taken.append(monotonic() - begun)
        assert answer.status_code == 200, answer.text
        sleep(0.002)
    return taken


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99) - 1]


@contextmanager
def _highest(process: psutil.Process) -> Iterator[list[int]]:
    """The memory of a process, looked at again and again while the block lasts."""
    seen, over = [process.memory_info().rss], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            seen.append(process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


# Floods: each gives a sentence on what was sent and how it was refused.


def expanding_upload(served: Served, expanded: int) -> str:
    """A body that would expand to so many bytes if anybody expanded it."""
    member = gzip.compress(bytes(100_000_000), 9)
    body = member * (expanded // 100_000_000)
    statuses = set()
    with served.client(120) as client:
        for kind in ("application/json", "application/yaml"):
            headers = {"Content-Encoding": "gzip", "Content-Type": kind}
            statuses.add(client.post("/v1/acts", content=body, headers=headers).status_code)
    assert statuses <= {413, 415, 422}, statuses
    return f"{len(body) / 1e6:.1f} MB that expand to {expanded / 1e9:g} GB: refused with {_words(statuses)}"


def endless_upload(served: Served, most: int) -> str:
    """A body in chunks, without end: sent until the server hangs up, at most so many bytes."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    head = (
        f"POST /v1/acts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.key}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    sent = 0
    with _connected(served) as connection:
        connection.sendall(head)
        with suppress(OSError):
            while sent < most:
                connection.sendall(chunk)
                sent += 0x10000
        status = _status(connection)
    assert sent < most, "it was read to the end"
    assert status in (413, 0), status  # 0: the server had hung up before the answer was read
    return f"an upload without end: refused and cut off after {sent / 1e6:.1f} MB"


def half_open(served: Served, connections: int, seconds: float) -> str:
    """So many connections that begin a request and do not go on, for so long."""
    with ExitStack() as held:
        opened = []
        for _ in range(connections):
            connection = held.enter_context(_connected(served))
            connection.sendall(b"POST /v1/acts HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            opened.append(connection)
        sleep(seconds)
    return f"{len(opened)} connections half open for {seconds:g} s"


def header_flood(served: Served, requests: int) -> str:
    """So many requests one after the other whose headers have no end, each sent until the server hangs up."""
    line = b"X-Header: " + b"x" * 1000 + b"\r\n"
    worst, statuses = 0, set()
    for _ in range(requests):
        with _connected(served) as connection:
            sent = connection.send(b"GET /v1/jurisdictions HTTP/1.1\r\nHost: x\r\n")
            with suppress(OSError):
                while sent < 50_000_000:
                    connection.sendall(line * 16)
                    sent += len(line) * 16
            worst = max(worst, sent)
            statuses.add(_status(connection))
    assert worst < 50_000_000
    assert statuses <= {400, 431, 0}, statuses
    return f"{requests} requests with headers without end: refused, the longest after {worst / 1e3:.0f} kB"


def alias_bomb(folder: Path, **settings: str) -> tuple[str, int]:
    """A YAML file of a few lines that stands for 10^9 words, given to `dateline import`. Its refusal, its memory."""
    path = folder / "bomb.yaml"
    lines = ["a0: &a0 [bomb, bomb, bomb, bomb, bomb, bomb, bomb, bomb, bomb, bomb]"]
    for depth in range(1, 9):
        lines.append(f"a{depth}: &a{depth} [" + ", ".join([f"*a{depth - 1}"] * 10) + "]")
    path.write_text("\n".join([*lines, "jurisdiction: XA", "acts: *a8", ""]))
    memory = 0
    with started("import", str(path), **settings) as importing:
        process = psutil.Process(importing.process.pid)
        while importing.process.poll() is None:
            with suppress(psutil.Error):
                memory = max(memory, process.memory_info().rss)
            sleep(0.005)
        told = importing.rest() + importing.errors
    assert importing.process.returncode == 2, told
    assert "is an alias: write out what it stands for" in told
    assert "Traceback" not in told
    return told, memory


@contextmanager
def _connected(served: Served) -> Iterator[socket.socket]:
    address = urlsplit(served.base)
    with socket.create_connection((address.hostname, address.port or 80), timeout=30) as connection:
        yield connection


def _status(connection: socket.socket) -> int:
    """The status of the answer; 0 where the connection was reset before it could be read."""
    with suppress(OSError):
        connection.settimeout(10)
        answer = connection.recv(4096)
        if answer.startswith(b"HTTP/1.1 "):
            return int(answer[9:12])
    return 0


def _words(statuses: set[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))
