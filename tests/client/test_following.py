"""The log followed: each event once and in order, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dateline_client import AsyncClient, Client, Problem, Unreachable
from tests.client.asking import Either, Told, tiny
from tests.client.conftest import Dossier

Asking = Callable[..., Either]


def block(position: int, title: str = "") -> bytes:
    """An event as the service sends it."""
    event: dict[str, Any] = {
        "position": position, "edition": position, "recorded_at": "2026-11-24T08:00:00Z", "recorded_by": "ada",
        "batch": None, "stream": "XA/order", "revision": 1, "name": "adopted", "event": {"title": title},
    }  # fmt: skip
    return b"id: %d\nevent: adopted\ndata: %s\n\n" % (position, msgspec.json.encode(event))


HELLO = b"retry: 10\nid: 6\n\n"
SSE = {"Content-Type": "text/event-stream"}


def test_what_is_on_record_comes_and_then_what_is_recorded(dossier: Dossier) -> None:
    with Client(dossier.url, key=dossier.keys["recorder"]) as client:
        head = client.jurisdictions().position
        following = client.follow(after=head - 1)
        assert next(following).position == head
        client.review("XQ", reviewed_on="2026-11-20")
        event = next(following)
        following.close()
    assert (event.position, event.name, event.recorded_by) == (head + 1, "reviewed", "the-recorder")


def test_what_is_recorded_comes_to_those_who_await_it(dossier: Dossier) -> None:
    async def follow() -> tuple[int, Any]:
        async with AsyncClient(dossier.url, key=dossier.keys["recorder"]) as client:
            head = (await client.jurisdictions()).position
            following = client.follow(jurisdictions="XR", after=0)
            coming = asyncio.ensure_future(anext(following))
            await client.review("XQ", reviewed_on="2026-11-21")
            await client.review("XR", reviewed_on="2026-11-21")
            event = await asyncio.wait_for(coming, 10)
            await following.aclose()
            return head, event

    head, event = asyncio.run(follow())
    assert (event.position, event.event["jurisdiction"]) == (head + 2, "XR")


def test_a_stream_that_is_cut_off_goes_on_after_the_last_event(either: Asking) -> None:
    answers = [
        Told(body=HELLO + block(7) + block(8) + b"id: 9\nevent: adopted\nda", headers=SSE, cut=True),
        Told(503, b"", {"Retry-After": "0"}),
        Told(body=b": still here\nid: 11\n\n", headers=SSE),
        Told(body=block(12) + block(13), headers=SSE),
    ]
    with tiny(*answers) as server:
        events = either(server.url).follow(after=6, act="xa-order", first=4)
    assert [event.position for event in events] == [7, 8, 12, 13]
    assert {path for _, path, _ in server.asked} == {"/v1/log/stream?after=6&act=xa-order"}
    assert [headers.get("last-event-id") for _, _, headers in server.asked] == [None, "8", "8", "11"]


def test_only_a_line_feed_ends_a_line(either: Asking) -> None:
    title = "a\u2028b\u0085c\x0bd"
    with tiny(Told(body=HELLO + block(7, title), headers=SSE)) as server:
        (event,) = either(server.url).follow(first=1)
    assert event.event["title"] == title


def test_lines_may_end_as_those_of_other_servers(either: Asking) -> None:
    with tiny(Told(body=(HELLO + block(7)).replace(b"\n", b"\r\n"), headers=SSE)) as server:
        (event,) = either(server.url).follow(first=1)
    assert event.position == 7


def test_a_stream_that_is_refused_is_a_problem_at_once(dossier: Dossier, either: Asking) -> None:
    with pytest.raises(Problem, match="key-refused"):
        either(dossier.url, key="dateline_no_such_key").follow(first=1)
    with pytest.raises(Problem, match="position-above-head"):
        either(dossier.url).follow(after=10**9, first=1)


def test_a_service_that_does_not_come_back_is_given_up(either: Asking) -> None:
    with tiny(Told(body=HELLO + block(7), headers=SSE), Told(body=b"", headers=SSE)) as server:
        with pytest.raises(Unreachable, match="did not come back"):
            either(server.url, patience=0.1).follow(first=2)
        assert len(server.asked) > 2
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            either(f"http://127.0.0.1:{free.getsockname()[1]}", patience=0.1).follow(first=1)


def test_who_stops_reading_lets_go_of_the_connection(dossier: Dossier) -> None:
    with Client(dossier.url) as client:
        following = client.follow(after=365)
        next(following)
        following.close()
        threads = threading.active_count()
        assert client.state("NL").jurisdiction == "NL"
        assert threading.active_count() <= threads  # the server, which is in this process, ends one of its own as well
