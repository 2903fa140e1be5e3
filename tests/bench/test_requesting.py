"""Load over HTTP counts answers that came in full, and each application is asked in its turn."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from bench.compared import Compared
from bench.figures import Figures
from bench.load import Unanswered, load
from bench.peers.served import bare, constant
from bench.requesting import NAMES, compare_requests

LARGE = b"x" * 3_000_000
"""More than one look at a socket gives."""


class Answers(BaseHTTPRequestHandler):
    """Answers `/large`, `/small`, `/last`, `/unknown-length` and nothing else, and counts what was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = {"/large": LARGE, "/small": b"{}", "/last": b"{}"}.get(self.path, b"")
        self.send_response(200 if self.path in ("/large", "/small", "/last", "/unknown-length") else 404)
        if self.path != "/unknown-length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/last"  # without a word, as when a server has waited long enough

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def _answering() -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []
    handler = type("Handler", (Answers,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def test_without_seconds_each_target_is_asked_once_and_read_to_its_end() -> None:
    with _answering() as (port, asked):
        told = load(port, ["/large", "/small", "/small", "/large", "/small"], 2, None)
    assert Counter(asked) == {"/large": 2, "/small": 3}
    assert len(told["took"]) == 5


def test_with_seconds_targets_are_asked_again_until_they_are_over() -> None:
    with _answering() as (port, asked):
        told = load(port, ["/small"], 3, 0.2)
    assert len(asked) == len(told["took"]) > 3
    assert told["seconds"] >= 0.2
    assert told["used"] <= told["seconds"]


def test_what_an_idle_connection_was_closed_upon_is_asked_again_over_another() -> None:
    with _answering() as (port, asked):
        told = load(port, ["/small", "/last", "/small", "/last", "/small"], 1, None)
    assert asked == ["/small", "/last", "/small", "/last", "/small"]
    assert len(told["took"]) == 5


@pytest.mark.parametrize("target", ["/nowhere", "/unknown-length"])
def test_another_answer_than_200_with_a_length_ends_the_load(target: str) -> None:
    with _answering() as (port, _), pytest.raises(Unanswered):
        load(port, ["/small", target], 1, None)


@pytest.mark.parametrize("application", [bare, constant])
def test_what_is_served_beside_has_the_same_bytes(application: Callable[[bytes], Any]) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application(b"x" * 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/v1/jurisdictions/NL/state?as_of=2020-01-01")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.content) == (200, b"x" * 5000)
    assert answer.headers["content-type"] == "application/json"


def test_every_application_is_checked_and_asked_over_http(compared: Compared) -> None:
    figures = Figures()
    compare_requests(compared, figures, seconds=0.1, turns=1, seed=3)
    told = {(figure.group, figure.what): figure.value for figure in figures.all}
    for group in ("HTTP, any day", "HTTP, 1,000 addresses"):
        assert all(told[group, f"{name}, requests/s (median)"] > 0 for name in NAMES.values())
        ours, table = (told[group, f"{NAMES[kind]}, requests/s (median)"] for kind in ("dateline", "table"))
        assert told[group, f"Dateline / {NAMES['table']}, requests/s, times"] == pytest.approx(ours / table)
