"""Requests a second over HTTP: Dateline's server beside other applications on the same server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from bench.agreement import check_states
from bench.compared import Compared, say
from bench.comparing import CHECKED, LARGE, Asking, some_questions
from bench.figures import Figures
from bench.load import load

NAMES = {
    "dateline": "Dateline",
    "table": "FastAPI over PostgreSQL",
    "constant": "FastAPI, the same bytes",
    "bare": "bare ASGI, the same bytes",
}
CONNECTIONS = 32
HOT = 1_000
"""Addresses that are asked again and again."""

TURNS = 5

_ROOT = Path(__file__).resolve().parents[1]


class _Turn(NamedTuple):
    requests_a_second: float
    last_percent: float
    clients_share: float


def compare_requests(compared: Compared, figures: Figures, *, seconds: float, turns: int = TURNS, seed: int) -> None:
    """States asked over 32 connections: of ever other days, and of a thousand addresses. In turns of some seconds."""
    codes = compared.archive.codes()
    sizes = [len(compared.ours.state(*question)) for question in some_questions(codes, 200, seed)]
    given = {"url": compared.recorded.built.url, "table": compared.url, "size": int(median(sizes))}
    with _served(given) as ports:
        say("checking what is served against the oracle")
        served = [_Served(NAMES[kind], ports[kind]) for kind in ("dateline", "table")]
        check_states(served, compared.archive, some_questions(codes, CHECKED // 3, seed))
        for port in ports.values():
            load(port, [_address(code, day) for code, day in some_questions(codes, 4 * len(codes), seed + 2)], 4, None)
        hot = some_questions(codes, HOT, seed + 1)
        say("timing requests")
        for mix, asked in (("any day", _ever_other(codes, seed + 3)), (f"{HOT:,} addresses", _again(hot))):
            found: dict[str, list[_Turn]] = {kind: [] for kind in NAMES}
            for turn in range(turns + 1):  # the first warms up
                for kind, port in ports.items():
                    took = _turn(port, next(asked), seconds)
                    if turn:
                        found[kind].append(took)
            _show(figures, f"HTTP, {mix}", found, large=compared.recorded.events >= LARGE)


def _ever_other(codes: Sequence[str], seed: int) -> Iterator[list[str]]:
    """Addresses that have not been asked, nearly all of them."""
    while True:
        seed += 1
        yield [_address(*question) for question in some_questions(codes, 50_000, seed)]


def _again(questions: Sequence[Asking]) -> Iterator[list[str]]:
    while True:
        yield [_address(*question) for question in questions]


def _address(code: str, day: date) -> str:
    return f"/v1/jurisdictions/{code}/state?as_of={day}"


class _Served:
    """What a server answers, as a system that is asked; each time over a connection of its own."""

    def __init__(self, name: str, port: int) -> None:
        self.name = f"{name} over HTTP"
        self._port = port

    def state(self, jurisdiction: str, day: date) -> bytes:
        """The body of the answer."""
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request("GET", _address(jurisdiction, day))
            return connection.getresponse().read()


@contextmanager
def _served(given: Mapping[str, object]) -> Iterator[dict[str, int]]:
    """Each application served by a process of its own, on the port that is given; they end with the block."""
    with ExitStack() as stack:
        started: dict[str, subprocess.Popen[str]] = {}
        for kind in NAMES:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.peers.served", kind],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            started[kind] = stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdin is not None
            process.stdin.write(json.dumps(given))  # not as an argument: it has the password of the server
            process.stdin.close()
        yield {kind: _port_of(process, NAMES[kind]) for kind, process in started.items()}


def _port_of(process: subprocess.Popen[str], name: str) -> int:
    assert process.stdout is not None
    port = process.stdout.readline()
    if not port.strip():
        raise RuntimeError(f"{name} was not served: see above")
    return int(port)


def _turn(port: int, targets: Sequence[str], seconds: float) -> _Turn:
    """Some seconds of load by a process of its own."""
    order = {"port": port, "targets": targets, "connections": CONNECTIONS, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=_ROOT,
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return _Turn(
        len(told["took"]) / told["seconds"],
        quantiles(told["took"], n=100, method="inclusive")[98] * 1000,
        told["used"] / told["seconds"],
    )


def _show(figures: Figures, group: str, found: Mapping[str, Sequence[_Turn]], *, large: bool) -> None:
    rates = {kind: [turn.requests_a_second for turn in turns] for kind, turns in found.items()}
    for kind, turns in found.items():
        name = NAMES[kind]
        figures.add(group, f"{name}, requests/s (median)", median(rates[kind]))
        figures.add(group, f"{name}, requests/s (slowest turn)", min(rates[kind]))
        figures.add(group, f"{name}, requests/s (fastest turn)", max(rates[kind]))
        figures.add(group, f"{name}, ms (99th percentile)", median(turn.last_percent for turn in turns))
        share = median(turn.clients_share for turn in turns)
        figures.add(group, f"{name}, the client's share of a core, %", share * 100)
    ours = median(rates["dateline"])
    for kind, least in (("table", 3.0), ("constant", None), ("bare", 0.7)):
        what = f"Dateline / {NAMES[kind]}, requests/s, times"
        figures.add(group, what, ours / median(rates[kind]), at_least=least if large else None)
