"""The server of everyday use, in a process of its own or in a thread, and a client that costs little beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from psycopg.conninfo import conninfo_to_dict

from services.cli.serving import collect_seldom, server_of
from services.operations.wiring import Service

Address = tuple[str, int]

_NO_LIMITS = {"DATELINE_RATE_LIMIT": "off", "DATELINE_COMPUTE_LIMIT": "off", "DATELINE_FAILURE_LIMIT": "off"}


@contextmanager
def served_apart(url: str, log: Path) -> Iterator[Address]:
    """`dateline serve` upon a database, in a process of its own and without limits; gives its address."""
    parameters = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    surroundings = {**os.environ, **_NO_LIMITS, "DATELINE_DATABASE_URL": f"postgresql:///?{urlencode(parameters)}"}
    command = [sys.executable, "-m", "services.cli.main", "serve", "--port", "0"]
    with (
        log.open("wb") as told,
        subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=told, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            if words[:2] != ["Serving", "on"]:
                raise RuntimeError(f"the server did not begin: {log.read_text('utf-8')[-2000:]}")
            place = urlsplit(words[2])
            yield place.hostname or "", place.port or 0
        finally:
            process.terminate()


@contextmanager
def served(built: Service) -> Iterator[Address]:
    """The service behind the server that it has in everyday use, in a thread of this process; gives its address."""
    collect_seldom()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = server_of(built)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join()


class Client:
    """
    One connection that is kept open, read no further into than the length of an answer.

    A client that parses answers takes as long as the server does; what is measured is the server.
    """

    def __init__(self, address: Address) -> None:
        self._socket = socket.create_connection(address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{address[0]}:{address[1]}"

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()

    def post(self, path: str, body: bytes, key: str) -> int:
        """Posts a body of JSON with a key; the status of the answer, once all of it is here."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self._asked(head.encode() + body)

    def get(self, path: str) -> int:
        """Asks for a path without a key; the status of the answer, once all of it is here."""
        return self._asked(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def _asked(self, request: bytes) -> int:
        self._socket.sendall(request)
        answer = bytearray()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = answer.lower().find(b"\r\ncontent-length:", 0, end)
        if length < 0:
            raise RuntimeError(f"an answer without a length: {bytes(answer[:end])!r}")
        whole = end + 4 + int(answer[length + 17 : answer.find(b"\r\n", length + 2)])
        while len(answer) < whole:
            answer += self._more()
        return int(answer[9:12])

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise RuntimeError("the server ended the connection within an answer")
        return part
