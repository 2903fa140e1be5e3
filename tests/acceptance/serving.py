"""A service upon a database, asked over real HTTP."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.cli.serving import server_of
from services.operations.wiring import Service

HERE = Path(__file__).resolve().parent
LAW = HERE / "law"


@contextmanager
def served(service: Service) -> Iterator[str]:
    """The address at which the API of a service answers for as long as the block lasts."""
    # Named as TCP, or the server would not switch off Nagle's algorithm: forty milliseconds an answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = server_of(service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def held(base: str, questions: Path) -> tuple[int, int, str]:
    """How many of the questions hold, of how many, and what ask.py says of them."""
    asked = subprocess.run(
        [sys.executable, str(HERE / "ask.py"), base, str(questions)], capture_output=True, text=True, check=False
    )
    said = asked.stdout + asked.stderr
    counts = re.search(r"^(\d+) of (\d+) hold", asked.stdout, re.MULTILINE)
    assert counts is not None, said
    return int(counts[1]), int(counts[2]), said
