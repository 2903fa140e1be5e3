"""
Folding in a process of its own: a bulk import has its measures folded on a second core while it writes.

Bytes go in and bytes come out, each message behind its length. On both sides a thread sends, so that neither waits for
the other to read. The process ends when its input does, so that it never outlives the import, however that ends; what
it was asked for and did not answer is folded by whoever asked.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO

import msgspec

from events.actions import AnyAction
from events.order import Ordered
from projections.periods import boxes_of
from projections.reading import MeasureFold
from projections.rows import text_of_boxes

_measures = msgspec.msgpack.Decoder(dict[str, tuple[tuple[AnyAction, ...], tuple[tuple[str, str], ...]]])
_rows = msgspec.msgpack.Decoder(dict[str, str])


class Folder:
    """A process that folds measures, lot by lot: `start` as many as there are, `take` them later in the same order."""

    def __init__(self, process: subprocess.Popen[bytes], sending: ThreadPoolExecutor) -> None:
        self._process = process
        self._sending = sending
        self._asked = 0

    def start(self, measures: Mapping[str, Ordered]) -> None:
        """Asks for measures that have no periods yet."""
        told = {measure: (ordered.actions, ordered.needs) for measure, ordered in measures.items()}
        assert self._process.stdin is not None
        self._sending.submit(_send, self._process.stdin, msgspec.msgpack.encode(told))
        self._asked += 1

    def take(self) -> dict[str, str]:
        """Waits for the next lot: rows of `period`, as COPY reads them, by measure; no measure if the process ended."""
        if not self._asked:
            return {}
        self._asked -= 1
        assert self._process.stdout is not None
        told = _receive(self._process.stdout)
        return {} if told is None else _rows.decode(told)


@contextmanager
def folder() -> Iterator[Folder]:
    """A process for folding, which ends with the block. Nothing but this program's own rooms is found by it (-P)."""
    command = [sys.executable, "-P", "-m", "projections.folding"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        ThreadPoolExecutor(1) as sending,
    ):
        try:
            yield Folder(process, sending)
        finally:
            process.kill()


def _send(stream: IO[bytes], message: bytes) -> None:
    """Sends a message, or nothing where nobody is there any more to read it."""
    with suppress(BrokenPipeError):
        stream.write(len(message).to_bytes(8, "big") + message)
        stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the other side ended, be it in the middle of one."""
    size = int.from_bytes(stream.read(8), "big")
    message = stream.read(size)
    return message if size and len(message) == size else None


def _folded(told: bytes) -> bytes:
    rows = {}
    for measure, (actions, needs) in _measures.decode(told).items():
        boxes = boxes_of(MeasureFold(measure, Ordered(actions, needs, (), None)))
        rows[measure] = text_of_boxes(measure, boxes)
    return msgspec.msgpack.encode(rows)


def run() -> None:
    """Answers messages until there are no more."""
    gc.set_threshold(100_000, 20, 100)  # few of the cycles, and of little else that is kept
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the import, whose end ends this
    with ThreadPoolExecutor(1) as sending:
        while (told := _receive(sys.stdin.buffer)) is not None:
            sending.submit(_send, sys.stdout.buffer, _folded(told))


if __name__ == "__main__":
    run()
