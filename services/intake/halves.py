"""
A large file of JSON Lines, read by two processes: this one reads the first half, another the second meanwhile.

What the other reads goes into a file without a name that both see, and is taken from there when the first half is read,
while the other may still add to it: the same commands and the same problems, in the order of the lines. The other ends
with the reading, however that ends; if it ends before it is done, the rest of its half is read here.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

import msgspec

from events.actions import AnyAction
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction
from services.intake import jsonlines
from services.intake.problems import Problem, Problems

LARGE = 16 * 1024 * 1024
"""Bytes from which on it is worth while to start another process."""

HERE = 0.44
"""How much of it is read here: what the other process reads is to be taken here as well."""

PROGRAM = "from services.intake.halves import run; run()"
"""What the other process does."""

_AT_ONCE = 1000
_BLOCK = 1 << 20
_SIZE = 8
"""Bytes in which the size of a message is told."""

_KINDS: tuple[type[AnyCommand], ...] = (RecordAct, CorrectAct, RetractAct, ReviewJurisdiction)
_acts = msgspec.msgpack.Decoder(list[tuple[tuple[AnyAction, ...], bool, str | None]])
_others: list[msgspec.msgpack.Decoder[Any]] = [msgspec.msgpack.Decoder(list[kind]) for kind in _KINDS]  # type: ignore[valid-type]
_problems = msgspec.msgpack.Decoder(tuple[list[Problem], int])


def commands(path: Path, name: str, problems: Problems) -> Iterator[AnyCommand]:
    """What `jsonlines.commands` gives of the file, which is no replay. Raises OSError."""
    with path.open("rb") as here, _shared_file() as file:
        middle, lines = _middle(here) if file is not None else (0, 0)
        if file is None or middle == 0:
            yield from jsonlines.commands(here, name, problems, None)
            return
        told = json.dumps([os.fspath(path), _which(here), name, middle, lines]).encode()
        command = [sys.executable, "-P", "-c", PROGRAM, str(file.fileno())]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[file.fileno()]
        ) as process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                with suppress(BrokenPipeError):  # it ended at once
                    process.stdin.write(told + b"\n")
                    process.stdin.close()
                yield from jsonlines.commands(here, name, problems, None, until=middle)
                number, done = yield from _taken(file, process.stdout, problems)
            finally:
                process.kill()
        if not done:
            here.seek(middle)
            yield from islice(jsonlines.commands(here, name, problems, None, after=lines), number, None)


def _shared_file() -> AbstractContextManager[IO[bytes] | None]:
    """A file without a name for two processes; None where no folder for temporary files can be written to."""
    try:
        return TemporaryFile()
    except OSError:
        return nullcontext()


def _which(file: IO[bytes]) -> list[int]:
    """What tells a file from another that comes to have its name."""
    told = os.fstat(file.fileno())
    return [told.st_dev, told.st_ino]


def _middle(file: IO[bytes]) -> tuple[int, int]:
    """
    Where the first line of the second half begins, and how many lines come before it. The file is at its begin again.

    Zeros where there is no such line within what may be one.
    """
    file.seek(int(os.fstat(file.fileno()).st_size * HERE))
    begins = file.readline(jsonlines.LONGEST_LINE + 1).endswith(b"\n")
    middle = file.tell()
    file.seek(0)
    if not begins:
        return 0, 0
    lines, left = 0, middle
    while left and (block := file.read(min(left, _BLOCK))):
        lines += block.count(b"\n")
        left -= len(block)
    file.seek(0)
    return middle, lines


def _taken(file: IO[bytes], sizes: IO[bytes], problems: Problems) -> Generator[AnyCommand, None, tuple[int, bool]]:
    """
    What the other process writes, message by message as it tells their sizes; how many commands that were, and whether
    it was all of them. Its problems come last.
    """
    number = at = 0
    while len(size := sizes.read(_SIZE)) == _SIZE:
        message = os.pread(file.fileno(), int.from_bytes(size, "big"), at)  # both have one place in the file: its own
        at += len(message)
        kind, raw = message[0], memoryview(message)[1:]
        if kind == len(_KINDS):
            problems.more(*_problems.decode(raw))
            return number, True
        if kind == 0:
            acts = _acts.decode(raw)
            for actions, again, origin in acts:
                act = actions[0].act
                shared = actions
                if len(actions) > 1:
                    shared = (actions[0], *[msgspec.structs.replace(action, act=act) for action in actions[1:]])
                yield RecordAct(act=act, actions=shared, again=again, origin=origin)
            number += len(acts)
        else:
            others = _others[kind].decode(raw)
            yield from others
            number += len(others)
    return number, False


def _written(found: Iterable[AnyCommand]) -> Iterator[bytes]:
    """Commands as the other process writes them: many of a kind at once, acts with their actions alone."""
    for kind, run in groupby(found, key=type):
        while some := list(islice(run, _AT_ONCE)):
            told: list[Any] = some
            if kind is RecordAct:
                told = [(each.actions, each.again, each.origin) for each in some if isinstance(each, RecordAct)]
            yield _message(_KINDS.index(kind), told)


def _message(kind: int, told: object) -> bytes:
    return bytes([kind]) + msgspec.msgpack.encode(told)


def run() -> None:
    """Reads a second half."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked, whose end ends this
    gc.disable()  # what is read has no cycles
    path, which, name, middle, lines = json.loads(sys.stdin.buffer.readline())
    problems = Problems()
    try:
        with Path(path).open("rb") as file:
            if _which(file) != which:
                sys.exit(1)  # another file has its name by now
            _read(file, name, middle, lines, problems)
    except OSError:
        sys.exit(1)  # no room, nothing to read, or nobody to be told: whoever asked reads it, and tells


def _read(file: BinaryIO, name: str, middle: int, lines: int, problems: Problems) -> None:
    with os.fdopen(int(sys.argv[1]), "wb", buffering=0) as into:

        def write(message: bytes) -> None:
            """Its size is told when all of it is there."""
            rest = memoryview(message)
            while rest:
                rest = rest[into.write(rest) :]
            os.write(sys.stdout.fileno(), len(message).to_bytes(_SIZE, "big"))

        file.seek(middle)
        for message in _written(jsonlines.commands(file, name, problems, None, after=lines)):
            write(message)
        write(_message(len(_KINDS), (list(problems.kept), problems.count)))
