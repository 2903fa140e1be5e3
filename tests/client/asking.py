"""Either client asked in the same words; and a tiny server that answers as it is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import Any, NamedTuple

from dateline_client import AsyncClient, Client


class Either:
    """
    A client of either kind, made anew for each question: `either.state("NL")` is the answer.

    Of what has no end, as many as `first` says are taken.
    """

    def __init__(self, kind: str, url: str, **options: Any) -> None:
        self._kind, self._url, self._options = kind, url, options

    def __getattr__(self, name: str) -> Any:
        def asked(*args: Any, first: int | None = None, **kwargs: Any) -> Any:
            if self._kind == "Client":
                with Client(self._url, **self._options) as client:
                    answer = getattr(client, name)(*args, **kwargs)
                    return list(islice(answer, first)) if isinstance(answer, Iterator) else answer
            return asyncio.run(self._awaited(name, args, kwargs, first))

        return asked

    async def _awaited(self, name: str, args: Any, kwargs: Any, first: int | None) -> Any:
        async with AsyncClient(self._url, **self._options) as client:
            answer = getattr(client, name)(*args, **kwargs)
            if not isinstance(answer, AsyncIterator):
                return await answer
            found = []
            async for each in answer:
                found.append(each)
                if len(found) == first:
                    break
            await answer.aclose()
            return found


class Told(NamedTuple):
    """An answer of the tiny server. One that is `cut` breaks off: it says that more would come."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = {}  # noqa: RUF012
    cut: bool = False


class Tiny(NamedTuple):
    """Where the tiny server is, and what it was asked: method, address, headers."""

    url: str
    asked: list[tuple[str, str, dict[str, str]]]


@contextmanager
def tiny(*answers: Told) -> Iterator[Tiny]:
    """A server that gives these answers, one after the other, and the last one ever after."""
    asked: list[tuple[str, str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
            told = answers[min(len(asked), len(answers)) - 1]
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body) + told.cut))
            self.end_headers()
            self.wfile.write(told.body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Tiny(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
