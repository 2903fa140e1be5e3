"""
A client that asks as fast as it is answered, over many connections, and looks at no more than it must.

A program of its own: it takes its order as JSON on standard input and tells what it saw as JSON on standard output.
The order has `port`, `targets` (paths), `connections` and `seconds`; without seconds each target is asked once.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
from itertools import cycle
from time import perf_counter, process_time
from typing import Any

_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"content-length:"
_BLOCK = memoryview(bytearray(1 << 18))
"""What all connections read into: a new block for each read would cost more than all else that the client does."""


class Unanswered(Exception):
    """The server gave another answer than 200 with a length, or none."""


class _GivenUp(Exception):
    """The server closed a connection that it had thought idle, as it may: the request is asked again over another."""


class _Connection:
    """One connection, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.request = b""
        self._asked = 0
        self._head = b""
        self._left = 0

    def ask(self, request: bytes) -> None:
        """Sends a request."""
        self._head, self._left = b"", 0
        self.request = request
        self._asked += 1
        self.began = perf_counter()
        self.socket.sendall(request)

    def take(self) -> bool:
        """Reads some of the answer; whether it is there in full."""
        try:
            count = self.socket.recv_into(_BLOCK)
        except ConnectionResetError:
            count = 0
        if not count and self._asked > 1 and not self._head:
            raise _GivenUp
        if not count:
            raise Unanswered("the server closed the connection")
        if self._left:
            self._left -= count
            return not self._left
        self._head += _BLOCK[:count]
        ends = self._head.find(_HEAD_ENDS)
        if ends < 0:
            return False
        self._left = ends + len(_HEAD_ENDS) + _length(self._head[: ends + 2]) - len(self._head)
        return not self._left


def _length(head: bytes) -> int:
    at = head.lower().find(_LENGTH)
    if head[9:12] != b"200" or at < 0:
        raise Unanswered(head.decode("latin-1"))
    return int(head[at + len(_LENGTH) : head.index(b"\r\n", at)])


def load(port: int, targets: list[str], connections: int, seconds: float | None) -> dict[str, Any]:
    """Asks, and tells how many answers there were, in how many seconds, and what each took. Raises Unanswered."""
    requests = [f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for target in targets]
    order = iter(requests) if seconds is None else cycle(requests)
    selector = selectors.DefaultSelector()
    began, used = perf_counter(), process_time()
    until = float("inf") if seconds is None else began + seconds
    under_way, took = 0, []

    def begin(request: bytes) -> None:
        connection = _Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask(request)

    for _ in range(min(connections, len(requests))):
        begin(next(order))
        under_way += 1
    while under_way:
        for key, _ in selector.select():
            connection = key.data
            try:
                if not connection.take():
                    continue
            except _GivenUp:
                selector.unregister(connection.socket)
                connection.socket.close()
                begin(connection.request)
                continue
            now = perf_counter()
            took.append(now - connection.began)
            request = next(order, None) if now < until else None
            if request is None:
                under_way -= 1
                selector.unregister(connection.socket)
                connection.socket.close()
            else:
                connection.ask(request)
    return {"seconds": perf_counter() - began, "used": process_time() - used, "took": took}


if __name__ == "__main__":
    json.dump(load(**json.load(sys.stdin)), sys.stdout)
