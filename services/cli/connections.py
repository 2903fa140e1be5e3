"""
The connections of the server: bounded in number, and none held for long by one who does not ask, or does not read.

The server's own protocol waits for the headers of a request, and for a client to read an answer, for as long as the
client likes; it takes headers of any size, and works ahead through all the requests that a client sends at once. This
one does not. What cannot be understood in one way alone, such as two lengths of a body, is refused, and the connection
ends with it: nothing that follows is taken for a request.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, NoReturn

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

HEADER_SECONDS = 10.0
"""How long the headers of a request may take to arrive, from the connection or from the first of them on."""

READING_SECONDS = 60.0
"""How long a client may take to read some of what waits for it."""

LEAST_READ = 60_000
"""How many bytes of it in this time."""

MOST_HEAD = 65_536
"""How many bytes a request line and its headers may have."""

MOST_HEADERS = 200
"""How many headers."""

_END = b"\r\n\r\n"
"""What every head ends with, and every body in chunks."""

_LEAST_OF_CHUNKS = 512
"""Bytes of a body in chunks that are read at once, at least."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


Application = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


AtOnce = Callable[[Any], "tuple[int, list[bytes]] | None"]
"""
The status of an answer to the scope of a request, and all of it after the headers of the server, in pieces, where it
can be given at once; else None.
"""


def _never(scope: Any) -> None:
    """Nothing is answered at once."""


class Connections:
    """The connections of one server. Used in its event loop alone."""

    def __init__(self, most: int, full: Application, at_once: AtOnce = _never) -> None:
        """`full` answers those for whom there is no room."""
        self.most = most
        self.full = full
        self.at_once = at_once
        self._open: set[Guarded] = set()
        self._waiting: dict[Guarded, None] = {}
        self._headers: list[tuple[bytes, bytes]] = []
        self._as_lines = b""

    def protocol(self, **given: Any) -> Guarded:
        """A connection, as the server makes one."""
        return Guarded(self, **given)

    def opened(self, connection: Guarded) -> bool:
        """
        Takes a connection in; whether there is room for what it asks.

        Where all are taken, that which has waited longest without asking anything is closed for it.
        """
        if len(self._open) >= self.most and self._waiting:
            idle = next(iter(self._waiting))
            self.closed(idle)
            idle.transport.abort()
        has_room = len(self._open) < self.most
        self._open.add(connection)
        return has_room

    def closed(self, connection: Guarded) -> None:
        """Forgets a connection."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def headers(self, told: list[tuple[bytes, bytes]]) -> bytes:
        """The headers of the server as lines, made once for a list of them: there is a new one each second."""
        if told is not self._headers:
            self._headers, self._as_lines = told, b"".join([b"%b: %b\r\n" % header for header in told])
        return self._as_lines

    def waits(self, connection: Guarded) -> None:
        """A connection asks nothing at present."""
        if connection in self._open:
            self._waiting[connection] = None

    def asks(self, connection: Guarded) -> None:
        """A request of a connection is under way."""
        self._waiting.pop(connection, None)


class _Refusal(NamedTuple):
    """How what came is refused: with which status, and why."""

    status: int
    sentence: str


_MALFORMED = _Refusal(
    400, "This is not a request of HTTP/1.1, by a method that is known, which can be read in one way alone."
)
_NO_HOST = _Refusal(400, "A request names its host (Host), once.")
_CODED = _Refusal(501, "Of transfer encodings chunked is taken, alone.")
_TOO_LARGE = _Refusal(
    431, f"A request line and its headers have at most {MOST_HEAD} bytes, and {MOST_HEADERS} headers."
)


class _NotTaken(Exception):
    """Raised to the parser of a request, which hands it on as an error in what came."""


class Guarded(HttpToolsProtocol):
    """
    A connection whose client is waited for, and not for ever.

    Requests are read one at a time: what comes after one that is whole waits, unread, until that is answered.
    """

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._all = connections
        self._asking: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._has_begun = False
        self._has_asked = False
        self._unread = 0
        self._head = 0
        """Bytes of a head of which the end has not come yet."""
        self._is_in_body = False
        self._left: int | None = None
        """Bytes of the body that have not come yet; None where it tells its end itself."""
        self._held = b""
        self._refusal = _MALFORMED
        self._is_deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self._all.opened(self):
            self.app = self._all.full
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.closed(self)
        self._stop_awaiting_headers()
        self._stop_awaiting_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        if self._is_busy():
            self._hold(data)
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        """Reads up to the end of one request, in pieces that have no more than this in them, and holds what follows."""
        at = 0
        while at < len(data) and not self._is_deaf:
            if self._is_busy():
                self._hold(data[at:])
                break
            end = self._end_of_piece(data, at)
            if self._is_in_body:
                if self._left is not None:
                    self._left -= end - at
            else:
                self._head += end - at
                if self._head > MOST_HEAD:
                    self._refusal = _TOO_LARGE
                    self.send_400_response("")
                    return
            super().data_received(data[at:end])
            at = end
        if self._is_answering():
            self._all.asks(self)
            self._has_asked = True
            self._stop_awaiting_headers()
        elif self._head == 0:  # the last request was answered at once
            self._has_asked = True
            self._stop_awaiting_headers()
        elif not self.transport.is_closing():
            self._await_headers()  # from the first byte on, not from each
            self._has_begun = True

    def _end_of_piece(self, data: bytes, at: int) -> int:
        if self._is_in_body and self._left is not None:
            return min(len(data), at + self._left)
        end = data.find(_END, at + _LEAST_OF_CHUNKS if self._is_in_body else at)
        return len(data) if end < 0 else end + len(_END)

    def _hold(self, data: bytes) -> None:
        self._held += data
        self.flow.pause_reading()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS:
            self._refuse(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._head = 0
        length: int | None = 0
        hosts = 0
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            elif name == b"content-length":  # digits, and once: the parser has seen to that
                length = int(value)
            elif name == b"transfer-encoding":
                length = None
                if value.lower() != b"chunked":
                    self._refuse(_CODED)
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0") or (length is None and version == "1.0"):
            self._refuse(_MALFORMED)
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            self._refuse(_NO_HOST)
        self._is_in_body = length != 0
        self._left = length
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        is_plain = not self._is_in_body and cycle.keep_alive and not self.flow.write_paused
        answer = self._all.at_once(cycle.scope) if is_plain and app is self.config.loaded_app else None
        if answer is None:
            super()._start_asgi_task(cycle, app)
            return
        status, told = answer
        cycle.response_started = cycle.response_complete = True
        self.transport.write(b"".join([STATUS_LINE[status], self._all.headers(cycle.default_headers), *told]))
        cycle.on_response()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()

    def _refuse(self, refusal: _Refusal) -> NoReturn:
        self._refusal = refusal
        raise _NotTaken

    def send_400_response(self, msg: str) -> None:
        """What cannot be read on with is refused, or, where an answer is under way, ends the connection after that."""
        self._is_deaf = True
        if self._is_answering() and (self.cycle.response_started or not self.cycle.more_body):
            self.cycle.keep_alive = False
            return
        body = f"{self._refusal.sentence}\n".encode()
        self.transport.write(
            STATUS_LINE[self._refusal.status]
            + b"connection: close\r\ncontent-type: text/plain; charset=utf-8\r\n"
            + f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        self.transport.close()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_answering() or self.transport.is_closing():
            return
        if self._held:
            held, self._held = self._held, b""
            self._take(held)
        else:
            self._all.waits(self)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(READING_SECONDS, self.transport.abort)  # where the end of the answer is never read

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_awaiting_reader()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_busy(self) -> bool:
        """Whether a request that came whole is being answered."""
        return not self._is_in_body and self._is_answering()

    def _await_headers(self) -> None:
        if self._asking is None:
            self._all.waits(self)
            self._asking = self.loop.call_later(HEADER_SECONDS, self._give_up_asking)

    def _stop_awaiting_headers(self) -> None:
        self._has_begun = False
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _give_up_asking(self) -> None:
        if not self.transport.is_closing():
            if self._has_begun and not self._has_asked:
                self.transport.write(_TOO_SLOW)
            self.transport.close()
            self.loop.call_later(1, self.transport.abort)

    def _await_reader(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(READING_SECONDS, self._look_at_reader)

    def _stop_awaiting_reader(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _look_at_reader(self) -> None:
        if self._unread - self.transport.get_write_buffer_size() < LEAST_READ:
            self.transport.abort()
        else:
            self._await_reader()


def openable(most: int) -> int:
    """
    How many connections this process may hold, of `most` that it is to hold, beside its other files.

    Raises the soft limit of open files as far as the hard one allows.
    """
    if sys.platform == "win32":  # there is no such limit
        return most
    import resource

    others = 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + others
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return most if soft == resource.RLIM_INFINITY else max(1, min(most, soft - others))
