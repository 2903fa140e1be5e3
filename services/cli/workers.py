"""
Serving by several processes on one address.

Whoever was asked to serve holds the address and the database, starts the workers, starts another in the place of one
that ends, and ends them all. A worker ends with it, however it ends: it reads a pipe that only its death closes.

All of them know how far any has seen the log: while the database is away, none answers from a memory that is behind.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import MutableSequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING

from events.errors import Refusal
from events.seen import Seen
from services.cli.serving import GRACE_SECONDS, addresses_of, end_on_sigterm, serve
from services.operations import logs

if TYPE_CHECKING:
    from services.operations.settings import Settings

PAUSE_SECONDS = 1.0
"""How long a place stays empty after a worker ended in it, so that one that cannot serve is not started in a hurry."""

_spawn = get_context("spawn")


class WorkersNotStarted(Refusal):
    """Every worker serves, or nobody does."""

    type = "workers-not-started"


class _Worker:
    """A process that serves, in its place among others, and the end of the pipe on which it says that it does."""

    def __init__(self, listener: socket.socket, known: Settings, seen: MutableSequence[int], place: int) -> None:
        self.line, theirs = _spawn.Pipe()
        self.process: SpawnProcess = _spawn.Process(
            target=_work, args=(listener, known, theirs, seen, place), name="dateline worker"
        )
        self.process.start()
        theirs.close()

    def has_begun(self) -> bool:
        """Waits until it serves; whether it does, or has ended before it did."""
        try:
            return bool(self.line.recv())
        except EOFError:
            return False

    def end(self) -> None:
        """Has it end in order, or at once where it does not."""
        self.process.terminate()
        self.process.join(GRACE_SECONDS + 5)
        self.process.kill()
        self.process.join()
        self.line.close()


def serve_by(number: int, listener: socket.socket, known: Settings) -> None:
    """
    Serves until SIGTERM or Ctrl-C. The database of the settings is open for as long, and up to date.

    Raises WorkersNotStarted where a worker ends before all of them serve.
    """
    end_on_sigterm()
    log = logs.logger("dateline.workers")
    seen = _spawn.RawArray("q", number)
    workers: list[_Worker] = []
    try:
        workers += [_Worker(listener, known, seen, place) for place in range(number)]
        if not all(worker.has_begun() for worker in workers):
            raise WorkersNotStarted("A worker ended before it served: what it said stands above.", workers=number)
        listing = ", ".join(str(worker.process.pid) for worker in workers)
        print(f"Serving on {addresses_of(listener)} by {number} workers ({listing}; Ctrl-C ends it).", flush=True)
        while True:
            wait([worker.process.sentinel for worker in workers])
            time.sleep(PAUSE_SECONDS)
            for place, worker in enumerate(workers):
                if not worker.process.is_alive():
                    worker.end()
                    another = workers[place] = _Worker(listener, known, seen, place)
                    log.warning("a worker has ended", worker=worker.process.pid, another=another.process.pid)
    finally:
        for worker in workers:
            worker.process.terminate()  # all at once; then each is waited for
        for worker in workers:
            worker.end()


def _work(listener: socket.socket, known: Settings, line: Connection, seen: MutableSequence[int], place: int) -> None:
    """What a worker does: it serves, as long as whoever started it lives."""
    from services.cli.failing import tell_refusal, tell_unforeseen
    from services.cli.opening import opened

    logs.configure(known.log_level, known.log_format)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody at once: it is for whoever started this
    end_on_sigterm()
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()
    try:
        with opened(known, Seen(seen, place)) as service:
            serve(service, listener, begun=lambda: line.send(True))
    except Refusal as refusal:
        sys.exit(tell_refusal(refusal))
    except Exception as error:
        sys.exit(tell_unforeseen(error))


def _end_with(line: Connection) -> None:
    try:
        line.recv()  # nothing is ever said: it waits for the end
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
