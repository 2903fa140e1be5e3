"""The log as server-sent events: every event once, in order, as soon as it is recorded, while a client reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from events.errors import Refusal
from projections.answers import LogPage
from projections.following import Follower
from services.api.problems import response_to
from services.operations.wiring import is_unavailable

MOST_STREAMS = 100
"""Streams that are open at once; one more is refused."""

HEARTBEAT_SECONDS = 15.0
"""After how long without an event a stream says that it is still there."""

PATIENCE_SECONDS = 60.0
"""How long a client may take to read what was sent before it is given up."""

AGAIN_SECONDS = 1.0
"""After how long a stream asks the database again where it did not answer. Until then nothing is sent."""

RETRY_MILLISECONDS = 1000
"""After how long a client that was cut off is asked to come back."""

Read = Callable[[int], LogPage]


class TooManyStreams(Refusal):
    """So many streams of the log are open at once and no more."""

    type = "too-many-streams"


class Waiting:
    """One stream that waits for the log to grow. Told in any thread, heard in the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._grown = asyncio.Event()
        self._ended = asyncio.Event()
        self._head = 0

    def told(self, head: int) -> None:
        """The log has grown to here."""
        try:
            self._loop.call_soon_threadsafe(self._tell, head)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    def _tell(self, head: int) -> None:
        self._head = max(self._head, head)
        self._grown.set()

    def end(self) -> None:
        """Ends the waiting."""
        self._grown.set()
        self._ended.set()

    async def until_ended(self, seconds: float) -> None:
        """Waits for the end, at most for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            pass

    async def beyond(self, position: int, seconds: float) -> bool:
        """Waits until the log is longer, at most for so long; whether there is a reason to look."""
        self._grown.clear()
        if self._head > position:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._grown.wait()
        except TimeoutError:
            return False
        return True


class Streams:
    """The open streams of one application. Used in its event loop alone."""

    def __init__(self, url: str, most: int = MOST_STREAMS, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._follower = Follower(url)
        self._open: set[Waiting] = set()
        self._most = most
        self.heartbeat = heartbeat
        self.closing = False

    def close(self) -> None:
        """Ends all streams, in order: their clients come back to whoever serves next."""
        self.closing = True
        for waiting in self._open:
            waiting.end()

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    @contextmanager
    def opened(self) -> Iterator[Waiting]:
        """A place among the streams. Raises TooManyStreams."""
        if len(self._open) >= self._most:
            raise TooManyStreams(
                f"{self._most} streams of the log are open, and no more are served at once: come back in a moment, or "
                "read GET /v1/log page by page.",
                most=self._most,
            )
        waiting = Waiting()
        self._open.add(waiting)
        try:
            with self._follower.telling(waiting.told):
                yield waiting
        finally:
            self._open.discard(waiting)


def of_streams(streams: Streams) -> Iterator[tuple[str, str, str, float]]:
    """What is measured of the streams of an application."""
    yield "gauge", "open_streams", "Streams of the log that are open.", streams.count


class LogStream(Response):
    """
    Events as they are recorded, from the one after `start`; `read` gives a page of them after a position.

    Each has its position as `id`, its type as `event` and its JSON as `data`. An `id` without data moves the place to
    come back to on, past events that do not match. Between pages nothing is held but memory: no connection, no thread.
    """

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, read: Read, start: int) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._streams = streams
        self._read = read
        self._start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._streams.opened() as waiting:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                sending = asyncio.create_task(self._send(send, waiting))
                leaving = asyncio.create_task(left(receive))
                try:
                    await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in (sending, leaving):
                        task.cancel()
                    await asyncio.gather(sending, leaving, return_exceptions=True)
        except TooManyStreams as refusal:
            await response_to(refusal)(scope, receive, send)

    async def _send(self, send: Send, waiting: Waiting) -> None:
        async def chunk(text: bytes, *, more: bool = True) -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send({"type": "http.response.body", "body": text, "more_body": more})

        after = self._start
        await chunk(b"retry: %d\nid: %d\n\n" % (RETRY_MILLISECONDS, after))
        while not self._streams.closing:
            try:
                page = await run_in_threadpool(self._read, after)
                if page.events:
                    await chunk(b"".join(map(_block, page.events)))
                after = max(after, page.position if page.next is None else page.next)
                if page.next is None and not await waiting.beyond(after, self._streams.heartbeat):
                    await chunk(b": still here\nid: %d\n\n" % after)
            except Exception as error:
                # Of the database, which comes back, or of the entrance that asks it whether the key is still good: what
                # was to be sent was not, and is read again.
                if not is_unavailable(error):
                    raise
                await waiting.until_ended(AGAIN_SECONDS)
        await chunk(b"", more=False)


async def left(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _block(event: dict[str, object]) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (
        str(event["position"]).encode(),
        str(event["name"]).encode(),
        msgspec.json.encode(event),
    )
