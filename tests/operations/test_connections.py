"""Clients that do not ask, do not read, or do not let go: none of them holds a connection for long, or the stop up."""

from __future__ import annotations

import re
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
from tests.conftest import TEMPLATE, fresh_database
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


def statuses(told: bytes) -> list[int]:
    """The statuses of all answers, in their order."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", told)]


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
        assert told == b"" or told.startswith(b"HTTP/1.1 431 ")
        assert httpx.get(f"{base}/health/live").status_code == 200


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 431)], ids=["as many as are taken", "one more"])
def test_a_request_has_so_many_headers_and_no_more(database_url: str, more: int, status: int) -> None:
    others = b"".join(b"X-%d: a\r\n" % number for number in range(connections.MOST_HEADERS - 2 + more))
    with base_of(database_url) as base, connected(base) as asking:
        asking.sendall(HEAD + others + b"Connection: close\r\n\r\n")
        assert said(asking).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 431)], ids=["as many as are taken", "one more"])
def test_a_head_has_so_many_bytes_and_no_more(database_url: str, more: int, status: int) -> None:
    end = b"Connection: close\r\n\r\n"
    filling = connections.MOST_HEAD - len(HEAD + end + b"X: \r\n") + more
    with base_of(database_url) as base, connected(base) as asking:
        asking.sendall(HEAD + b"X: " + b"a" * filling + b"\r\n" + end)
        assert said(asking).startswith(b"HTTP/1.1 %d " % status)


SMUGGLED = b"GET /v1/codebook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
"""What would be answered if it were taken for a request."""

CHUNKED = b"0\r\n\r\n"

UNCLEAR = {
    "a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + CHUNKED,
    "two lengths": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length twice": b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": b"Content-Length: 2, 2\r\n\r\n{}",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a length without end": b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKED,
    "an encoding that is not known": b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKED,
    "an encoding beside chunks": b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED,
    "chunks that are not the last encoding": b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED,
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "a chunk of no size": b"Transfer-Encoding: chunked\r\n\r\nz\r\n\r\n" + CHUNKED,
    "lines that end otherwise": b"Transfer-Encoding: chunked\n\n" + CHUNKED,
    "chunks that end otherwise": b"Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
    "a header on two lines": b"X-Long: a\r\n b\r\n\r\n",
    "a header with a zero": b"X-Zero: a\0b\r\n\r\n",
    "two hosts": b"Host: y\r\n\r\n",
}


@pytest.fixture(scope="module")
def open_base(postgres_server: str) -> Iterator[str]:
    """The base of a server upon an empty record, for those who leave it as it is."""
    with fresh_database(postgres_server, TEMPLATE) as url, base_of(url) as base:
        yield base


@pytest.mark.parametrize("unclear", UNCLEAR.values(), ids=list(UNCLEAR))
def test_what_may_be_read_in_two_ways_is_refused_and_nothing_after_it_is_a_request(
    open_base: str, unclear: bytes
) -> None:
    with connected(open_base) as asking:
        asking.sendall(b"POST /v1/acts HTTP/1.1\r\nHost: x\r\n" + unclear + SMUGGLED)
        told = said(asking)
    assert statuses(told) in ([400], [501])
    assert b"connection: close" in told


@pytest.mark.parametrize(
    "unclear",
    [
        b"GET /health/live\r\n\r\n",
        b"GET /health/live HTTP/0.9\r\nHost: x\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\n\r\n",
        b"GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /v1/acts HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    ],
)
def test_what_is_not_a_request_of_this_protocol_is_refused(open_base: str, unclear: bytes) -> None:
    with connected(open_base) as asking:
        asking.sendall(unclear + SMUGGLED)
        told = said(asking)
    assert statuses(told) == [400]


AT_ONCE = (
    b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    b"HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    b"GET /v1/codebook HTTP/1.1\r\nHost: x\r\nContent-Length: 35\r\n\r\n\r\n\r\nGET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n"
    b"GET /v1/codebook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    b"\r\nGET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
)
ANSWERED = [200, 200, 200, 200, 404, 200]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 100_000])
def test_requests_that_are_sent_at_once_are_answered_in_their_order_however_they_are_cut(
    open_base: str, size: int
) -> None:
    with connected(open_base) as asking:
        asking.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(AT_ONCE), size):
            asking.sendall(AT_ONCE[at : at + size])
            time.sleep(0 if size > 7 else 0.001)
        told = said(asking)
    assert statuses(told) == ANSWERED


def test_of_requests_that_are_sent_at_once_one_is_begun_at_a_time(
    open_base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = []
    beginning = connections.Guarded.on_message_begin

    def begun(connection: connections.Guarded) -> None:
        waiting.append(len(connection.pipeline) + connection._is_answering())
        beginning(connection)

    monkeypatch.setattr(connections.Guarded, "on_message_begin", begun)
    asked = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
    with connected(open_base) as asking:
        asking.sendall((asked + b"\r\n") * 500 + asked + b"Connection: close\r\n\r\n")
        assert said(asking).count(b"HTTP/1.1 200 ") == 501
    assert waiting == [0] * 501


def test_what_cannot_be_understood_after_a_request_does_not_spoil_its_answer(open_base: str) -> None:
    with connected(open_base) as asking:
        asking.sendall(b"GET /v1/codebook HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n")
        told = said(asking)
    head, _, rest = told.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head)[1])  # type: ignore[index]
    assert head.startswith(b"HTTP/1.1 200 ")
    assert rest[length:].startswith(b"HTTP/1.1 400 ")


def test_a_request_to_go_on_in_another_protocol_is_answered_in_this_one(open_base: str) -> None:
    with connected(open_base) as asking:
        asking.sendall(HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAA\r\n\r\n")
        asking.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert said(asking).count(b"HTTP/1.1 200 ") == 2


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
