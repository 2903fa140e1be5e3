"""What is at hand and asked by nobody in particular takes the shortest way, and nobody can tell by the answer."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from projections.encoding import Encoding
from projections.following import Follower
from services.access.admission import Admission
from services.access.limits import limit_of
from services.api.lane import Lane
from services.cli import connections
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.conftest import COMMANDS
from tests.api.test_problems import problem
from tests.conftest import TEMPLATE, fresh_database
from tests.operations.test_connections import connected, said, statuses
from tests.operations.test_logs import lines, log  # noqa: F401  # a fixture
from tests.waiting import comes_true

NL = "/v1/jurisdictions/NL/state?as_of=2020-04-01"
WORLD = "/v1/state?as_of=2020-04-01"
LIMITED = Admission(requests=limit_of("900/minute"), compute=limit_of("900/minute"))
LONG_WAY: list[dict[str, str]] = [
    {"X-Request-ID": "mine"},
    {"X-Forwarded-For": "192.0.2.1"},
    {"Cookie": "theme=dark"},
    {"Accept": "application/json;q=0.9"},
    {"Content-Length": "0"},
    {"Connection": "close"},
]


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(COMMANDS, recorded_by="ada")
        yield url


@contextmanager
def asking(url: str, admission: Admission = Admission()) -> Iterator[tuple[httpx.Client, Service]]:
    """A client of a server that follows the log and has the two answers at hand."""
    with service(url, admission=admission) as opened:
        follower = Follower(url)
        with opened.encoding.following(follower), served(opened) as base, httpx.Client(base_url=base) as client:
            assert comes_true(lambda: follower.is_awake)
            for address in (NL, WORLD):
                client.get(address, headers={"X-Request-ID": "first"})
            yield client, opened


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each request that got so far: whether it took the shortest way."""
    taken: list[bool] = []
    answering = Lane.answer

    def answer(lane: Lane, scope: Any) -> tuple[int, list[bytes]] | None:
        given = answering(lane, scope)
        taken.append(given is not None)
        return given

    monkeypatch.setattr(Lane, "answer", answer)
    return taken


def told(answer: httpx.Response) -> tuple[int, bytes, set[tuple[str, str]]]:
    own = ("date", "x-request-id", "ratelimit", "connection")
    return answer.status_code, answer.content, {each for each in answer.headers.items() if each[0] not in own}


def test_the_shortest_way_writes_its_line_in_the_log(
    url: str,
    taken: list[bool],
    log: io.StringIO,  # noqa: F811  # the fixture
) -> None:
    with asking(url) as (client, opened):
        name = client.get(NL).headers["X-Request-ID"]
        told = lines(log, 3)[2]  # two had been asked before
        position = opened.log.head().position
    assert taken[-1]
    assert (told["path"], told["status"], told["request"]) == ("/v1/jurisdictions/NL/state", 200, name)
    assert (told["caller"], told["position"]) == ("anyone", position)


def test_the_date_of_an_answer_goes_on_from_second_to_second(url: str, taken: list[bool]) -> None:
    with asking(url) as (client, _):
        before = client.get(NL).headers["Date"]
        assert comes_true(lambda: client.get(NL).headers["Date"] > before)
    assert taken[-1]


@pytest.mark.parametrize("address", [NL, WORLD])
@pytest.mark.parametrize("admission", [Admission(), LIMITED])
def test_both_ways_lead_to_the_same_answer(url: str, taken: list[bool], address: str, admission: Admission) -> None:
    with asking(url, admission) as (client, _):
        taken.clear()
        short = client.get(address)
        assert short.status_code == 200
        again = {"If-None-Match": short.headers["ETag"]}
        held = client.get(address, headers=again)
        assert (held.status_code, held.content) == (304, b"")
        for headers in LONG_WAY:
            assert told(client.get(address, headers=headers)) == told(short)
            assert told(client.get(address, headers=again | headers)) == told(held)
    assert all(taken[:2])
    assert not any(taken[2:])


def test_what_goes_wrong_on_the_shortest_way_takes_the_long_one(
    url: str, taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    with asking(url) as (client, _):
        before = client.get(NL)
        monkeypatch.setattr(Encoding, "at_hand", fails)
        assert told(client.get(NL)) == told(before)
    assert taken[-2:] == [True, False]


def test_every_request_counts_whichever_way_it_takes(url: str, taken: list[bool]) -> None:
    with asking(url, Admission(requests=limit_of("6/hour"))) as (client, _):  # two of which were asked before
        left = []
        for headers in ({}, {"X-Request-ID": "a"}, {}, {"X-Request-ID": "b"}):
            left.append(int(re.findall(r"r=(\d+)", client.get(NL, headers=headers).headers["ratelimit"])[0]))
        assert left == [3, 2, 1, 0]
        problem(client.get(NL), 429, "too-many-requests")
        assert taken[-5:] == [True, False, True, False, False]


def test_what_the_world_costs_is_counted_on_the_shortest_way(url: str, taken: list[bool]) -> None:
    with asking(url, Admission(compute=limit_of("30/hour"))) as (client, _):  # ten of which were asked before
        assert [client.get(WORLD).status_code for _ in range(3)] == [200, 200, 429]
        assert taken[-3:] == [True, True, False]


def test_where_reading_is_closed_nothing_takes_the_shortest_way(url: str, taken: list[bool]) -> None:
    with service(url, admission=Admission(reading="closed")) as opened:
        follower = Follower(url)
        with opened.encoding.following(follower), served(opened) as base:
            assert comes_true(lambda: follower.is_awake)
            opened.encoding.state("NL")
            problem(httpx.get(f"{base}{NL}"), 401, "key-needed")
    assert taken == [False]


def test_a_key_that_is_wrong_is_refused_also_where_the_answer_is_at_hand(url: str, taken: list[bool]) -> None:
    with asking(url) as (client, _):
        problem(client.get(NL, headers={"Authorization": "Bearer wrong"}), 401, "key-refused")
    assert not taken[-1]


def test_a_request_is_counted_and_timed_on_the_shortest_way(url: str, taken: list[bool]) -> None:
    def counted(opened: Service) -> list[float]:
        asked = r'^dateline_request{}{{.*route="/v1/jurisdictions/\{{code\}}/state".*}} (\S+)$'
        return [
            sum(float(each) for each in re.findall(asked.format(name), opened.metrics.text().decode(), re.MULTILINE))
            for name in ("s_total", "_seconds_count")
        ]

    with asking(url) as (client, opened):
        before = counted(opened)
        for _ in range(3):
            client.get(NL)
        assert counted(opened) == [each + 3 for each in before]
    assert taken[-3:] == [True] * 3


def test_requests_at_once_are_answered_in_their_order_on_either_way(url: str, taken: list[bool]) -> None:
    head = b" HTTP/1.1\r\nHost: x\r\n"
    short, long = b"GET %b%b\r\n" % (NL.encode(), head), b"GET /v1/nothing%b\r\n" % head
    with asking(url) as (client, _), connected(str(client.base_url)) as asked:
        asked.sendall((short + long + short) * 100 + b"GET /v1/nothing%bConnection: close\r\n\r\n" % head)
        assert statuses(said(asked)) == [200, 404, 200] * 100 + [404]
    assert taken.count(True) >= 100  # where the client reads slowly, some wait


def test_after_an_answer_at_once_a_connection_is_given_as_long_as_after_any_other(
    url: str, taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    asked = f"GET {NL} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with asking(url) as (client, _), connected(str(client.base_url)) as idle, connected(str(client.base_url)) as slow:
        for connection in (idle, slow):
            connection.sendall(asked)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert taken[-2:] == [True, True]
        slow.sendall(asked[:20])
        slow.settimeout(20)
        assert said(slow) == b""  # cut off, while the other
        idle.settimeout(0.5)
        with pytest.raises(TimeoutError):
            idle.recv(1)  # may still ask
        idle.settimeout(20)
        idle.sendall(asked)
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_one_who_does_not_read_what_is_at_hand_does_not_fill_the_memory(url: str, taken: list[bool]) -> None:
    asked = f"GET {WORLD} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with asking(url) as (client, _), socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((client.base_url.host, client.base_url.port or 0))
        deaf.setblocking(False)
        sent, idle = 0, 0
        while idle < 20 and sent < 100_000_000:
            try:
                sent += deaf.send(asked * 1000)
            except BlockingIOError:
                idle += 1
                client.get(NL)  # others are answered
        answered = taken.count(True)
    assert sent < 100_000_000
    assert answered < 5000
