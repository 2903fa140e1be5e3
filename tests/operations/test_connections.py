"""Clients that do not ask, do not read, or do not let go: none of them holds a connection for long, or the stop up."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from services.access.admission import Admission
from services.access.keys import Keys
from services.access.roles import Role
from services.cli import connections
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.test_access import bearer
from tests.api.test_problems import problem
from tests.api.test_streams import following
from tests.cli.processes import serving
from tests.recording.telling import act, did

HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"


def connected(base: str) -> socket.socket:
    parts = urlsplit(base)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def said(connection: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    told = b""
    try:
        while part := connection.recv(65536):
            told += part
    except ConnectionResetError:
        pass
    return told


def comes_true(question: Callable[[], bool], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.02)
    return False


@contextmanager
def base_of(url: str, most: int = 2000) -> Iterator[str]:
    with service(url, admission=Admission(connections=most)) as opened, served(opened) as base:
        yield base


def test_one_who_connects_and_asks_nothing_is_cut_off(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    with base_of(database_url) as base, connected(base) as silent:
        assert said(silent) == b""


@pytest.mark.parametrize("first", [b"", HEAD + b"\r\n"], ids=["at once", "after a request"])
def test_headers_that_come_a_letter_at_a_time_are_cut_off(
    database_url: str, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    with base_of(database_url) as base, connected(base) as slow:
        if first:
            slow.sendall(first)
            assert slow.recv(65536).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        is_cut = False
        while not is_cut and time.monotonic() - begun < 30:
            try:
                slow.sendall(b"X")
                time.sleep(0.02)
            except OSError:
                is_cut = True
        assert is_cut
        assert httpx.get(f"{base}/health/live").status_code == 200


def test_one_whose_headers_are_too_slow_is_told_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    with base_of(database_url) as base, connected(base) as slow:
        slow.sendall(HEAD)
        assert said(slow).startswith(b"HTTP/1.1 408 ")


def test_a_request_that_takes_long_is_not_taken_for_slow_headers(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)
    with base_of(database_url) as base, following(base) as (_, place):
        time.sleep(0.6)
        assert place["id"] == 0
        assert httpx.get(f"{base}/v1/codebook").status_code == 200


def test_one_who_does_not_read_a_long_answer_is_given_up(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READING_SECONDS", 0.3)
    lost = threading.Event()
    ending = connections.Guarded.connection_lost

    def ended(connection: connections.Guarded, why: Exception | None) -> None:
        ending(connection, why)
        lost.set()

    monkeypatch.setattr(connections.Guarded, "connection_lost", ended)
    with service(database_url) as opened:
        for number in range(40):
            told = act(f"xa-{number}", "2020-03-01", did("adopted", f"XA/m{number}"))
            opened.recording.record([told], recorded_by="a" * 50)
        with served(opened) as base, ExitStack() as stack:
            asked = b"GET /v1/log?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" * 400
            deaf = stack.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            parts = urlsplit(base)
            deaf.connect((parts.hostname, parts.port))
            deaf.settimeout(30)
            threading.Thread(target=_sent, args=(deaf, asked), daemon=True).start()
            assert lost.wait(30)
            assert httpx.get(f"{base}/health/live").status_code == 200


def _sent(connection: socket.socket, told: bytes) -> None:
    try:
        connection.sendall(told)
    except OSError:
        pass


def test_where_all_connections_are_taken_the_one_that_asked_nothing_longest_makes_room(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 1000)
    with base_of(database_url, most=10) as base, ExitStack() as stack:
        idle = [stack.enter_context(connected(base)) for _ in range(30)]
        assert [httpx.get(f"{base}/health/live").status_code for _ in range(5)] == [200] * 5
        assert said(idle[0]) == b""


def test_where_all_connections_are_at_work_one_more_is_told_to_come_back(database_url: str) -> None:
    with base_of(database_url, most=10) as base, ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(following(base))
        refused = httpx.get(f"{base}/v1/codebook")
        document = problem(refused, 503, "too-many-connections")
        assert document["most"] == 10
        assert refused.headers["retry-after"] == "5"
        assert refused.headers["connection"] == "close"
        stack.close()
        assert comes_true(lambda: httpx.get(f"{base}/v1/codebook").status_code == 200)


def test_a_thousand_connections_that_ask_nothing_leave_room_for_those_who_ask(database_url: str) -> None:
    with base_of(database_url, most=200) as base, ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(connected(base))
        begun = time.monotonic()
        assert [httpx.get(f"{base}/health/live").status_code for _ in range(20)] == [200] * 20
        assert time.monotonic() - begun < 10


def test_headers_without_an_end_are_refused(database_url: str) -> None:
    with base_of(database_url) as base, connected(base) as flooding:
        flooding.sendall(HEAD)
        _sent(flooding, b"X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 2000)
        told = said(flooding)
        assert told == b"" or told.startswith(b"HTTP/1.1 400 ")
        assert httpx.get(f"{base}/health/live").status_code == 200


def test_a_stop_takes_less_than_five_seconds_with_many_streams_and_a_slow_body_under_way(database_url: str) -> None:
    with service(database_url) as opened:
        key = bearer(Keys(opened.pool, opened.clock).make("ada", Role.RECORDER).token)["Authorization"]
    with serving(DATELINE_DATABASE_URL=database_url) as stopping:
        with ExitStack() as stack:
            streams = [stack.enter_context(following(stopping.base)) for _ in range(18)]
            slow = stack.enter_context(connected(stopping.base))
            slow.sendall(
                b"POST /v1/acts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
                + f"Authorization: {key}\r\n\r\n{{".encode()
            )
            stack.enter_context(connected(stopping.base)).sendall(HEAD)  # headers under way
            assert httpx.get(f"{stopping.base}/health/ready", timeout=30).status_code == 200
            stopping.process.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            assert [list(events) for events, _ in streams] == [[]] * len(streams)  # ended in order
            assert stopping.process.wait(timeout=30) == 0
            assert time.monotonic() - asked < 5
            told = said(slow)
            assert told.startswith(b"HTTP/1.1 503 ")
            assert b"/problems/service-ending" in told
        assert "Traceback" not in stopping.errors
