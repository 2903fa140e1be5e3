"""
Folding in a process of its own: a bulk import has its measures folded on a second core while it writes.

Bytes go in and bytes come out, each message behind its length. The process ends when its input does, so that it never
outlives the import, however that ends; what it was asked for and did not answer is folded by whoever asked.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import msgspec

from events.actions import AnyAction
from events.order import Ordered
from projections.period_rows import key_of, rows_of_periods
from projections.periods import Periods
from projections.reading import MeasureFold

PIPE_BYTES = 1 << 20
"""What a pipe holds, where the platform lets it be said, so that neither side waits for the other to read."""

_actions = msgspec.msgpack.Decoder(dict[str, tuple[AnyAction, ...]])
_rows = msgspec.msgpack.Decoder(dict[str, str])


class Folder:
    """A process that folds measures. Asked for one lot at a time: `start`, other work, `take`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._is_asked = False

    def start(self, measures: Mapping[str, Ordered]) -> None:
        """Asks for measures that have no periods yet, to be taken later."""
        told = {measure: ordered.actions for measure, ordered in measures.items()}
        assert self._process.stdin is not None
        self._is_asked = _send(self._process.stdin, msgspec.msgpack.encode(told))

    def take(self) -> dict[str, str]:
        """Waits for what was asked for: rows of `period`, as COPY reads them, by measure; no measure if it ended."""
        if not self._is_asked:
            return {}
        self._is_asked = False
        assert self._process.stdout is not None
        told = _receive(self._process.stdout)
        return {} if told is None else _rows.decode(told)


@contextmanager
def folder() -> Iterator[Folder]:
    """A process for folding, which ends with the block. Nothing but this program's own rooms is found by it (-P)."""
    command = [sys.executable, "-P", "-m", "projections.folding"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=PIPE_BYTES) as process:
        try:
            yield Folder(process)
        finally:
            process.kill()


def _send(stream: IO[bytes], message: bytes) -> bool:
    """Sends a message; whether anybody was there to read it."""
    try:
        stream.write(len(message).to_bytes(8, "big") + message)
        stream.flush()
    except BrokenPipeError:
        return False
    return True


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the other side ended, be it in the middle of one."""
    size = int.from_bytes(stream.read(8), "big")
    message = stream.read(size)
    return message if size and len(message) == size else None


def _folded(told: bytes) -> bytes:
    rows = {}
    for measure, actions in _actions.decode(told).items():
        boxes = Periods(MeasureFold(measure, actions)).difference()[1]
        rows[measure] = rows_of_periods([key_of(measure, box) for box in boxes])
    return msgspec.msgpack.encode(rows)


def run() -> None:
    """Answers messages until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the import, whose end ends this
    while (told := _receive(sys.stdin.buffer)) is not None and _send(sys.stdout.buffer, _folded(told)):
        pass


if __name__ == "__main__":
    run()
