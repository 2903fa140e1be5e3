"""
The connections of the server: bounded in number, and none held for long by one who does not ask, or does not read.

The server's own protocol waits for the headers of a request, and for a client to read an answer, for as long as the
client likes. This one does not.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""How long the headers of a request may take to arrive, from the connection or from the first of them on."""

READING_SECONDS = 60.0
"""How long a client may take to read some of what waits for it."""

LEAST_READ = 60_000
"""How many bytes of it in this time."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


Refusing = Callable[[Any, Any, Any], Awaitable[None]]
"""The ASGI application that answers those for whom there is no room."""


class Connections:
    """The connections of one server. Used in its event loop alone."""

    def __init__(self, most: int, full: Refusing) -> None:
        self.most = most
        self.full = full
        self._open: set[Guarded] = set()
        self._waiting: dict[Guarded, None] = {}

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

    def waits(self, connection: Guarded) -> None:
        """A connection asks nothing at present."""
        if connection in self._open:
            self._waiting[connection] = None

    def asks(self, connection: Guarded) -> None:
        """A request of a connection is under way."""
        self._waiting.pop(connection, None)


class Guarded(H11Protocol):
    """A connection whose client is waited for, and not for ever."""

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._all = connections
        self._asking: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._has_begun = False
        self._has_asked = False
        self._unread = 0

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
        if not self._is_answering():
            self._await_headers()  # from the first byte on, not from each
            self._has_begun = True
        super().data_received(data)
        if self._is_answering():
            self._all.asks(self)
            self._has_asked = True
            self._stop_awaiting_headers()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_answering():
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
