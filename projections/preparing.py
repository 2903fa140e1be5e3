"""
Preparing appends in a process of its own: an import has them made on a second core while it judges and writes.

Bytes go in, each lot behind its length; what it comes to goes into a file without a name that both see, and where it
stands there is said. So neither side waits for the other, and what is ready fills the disk and not the memory; what was
taken leaves its place to what follows.

The process ends when its input does, so that it never outlives the import, however that ends; what it was asked for and
did not answer is done by whoever asked.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec
from msgspec import Struct

from events.actions import AnyAction
from events.log import Recorded
from events.order import Ordered
from events.ready import Ready, ReadyRows
from events.stored import Envelope, encode
from events.vocabulary import stream_id
from projections.database import Writer
from projections.fold import MeasureFold
from projections.periods import boxes_of
from projections.project import rows_of, write
from projections.rows import as_text, rows_of_boxes

Row = Sequence[str | None]


class Import(Struct, frozen=True):
    """What all appends of an import share. `told_at` stands for the moment of each until it is known."""

    recorded_by: str
    batch: str
    told_at: datetime


class Lot(Struct, frozen=True):
    """
    Actions that one append is to record, upon a position, in their order.

    `measures` are those that it begins: which of the actions are theirs in the order of acts, and what these need.
    `whole`: it begins all of its measures, so that nothing else is to be known.
    """

    after: int
    actions: tuple[AnyAction, ...]
    measures: dict[str, tuple[tuple[int, ...], tuple[tuple[str, str], ...]]]
    whole: bool


class Step(Struct, frozen=True):
    """Something to be written: rows of a table as `as_text` has them, or a statement with rows as its values."""

    into: str
    text: bytes = b""
    rows: tuple[Row, ...] = ()


class Append(Struct, frozen=True):
    """
    All that an append writes but periods, if it comes to be made upon this position and on this day.

    `rows` are those that tell no moment, `steps` all others.
    """

    after: int
    told_at: datetime
    events: Ready
    rows: tuple[Step, ...]
    steps: tuple[Step, ...]

    def begin(self, writer: Writer) -> None:
        """Writes what is the same whenever the append is made."""
        for step in self.rows:
            writer.copy(step.into, step.text)

    def project(self, writer: Writer, moment: datetime) -> None:
        """Writes what else goes with the events, for the moment at which these are recorded."""
        for step in self.steps:
            if step.rows:
                writer.do(step.into, step.rows)
            else:
                writer.copy(step.into, step.text.replace(_said(self.told_at), _said(moment)))


def _said(moment: datetime) -> bytes:
    return moment.isoformat().encode()


class Prepared(Struct, frozen=True):
    """What was made of a lot: rows of `period` by measure, and the append; nothing of it where the process ended."""

    periods: dict[str, bytes] = {}
    append: Append | None = None


NOTHING = Prepared()

_LATER = 10
"""How nice it is to other processes."""

_COUNT = 8
"""Bytes of the number of answers that were taken."""

_SPARE = 8
"""A place has an eighth of what it is made for to spare: answers are about as long as one another."""

_lots = msgspec.msgpack.Decoder(Lot)
_imports = msgspec.msgpack.Decoder(Import)
_prepared = msgspec.msgpack.Decoder(Prepared)


def lot_of(
    after: int,
    actions: Sequence[AnyAction],
    ordered: Mapping[str, Ordered],
    *,
    whole: bool,
) -> Lot:
    """Actions as they were decided; `ordered` are the measures that they begin."""
    places = {id(action): place for place, action in enumerate(actions)}
    measures = {
        measure: (tuple([places[id(action)] for action in each.actions]), each.needs)
        for measure, each in ordered.items()
    }
    return Lot(after, tuple(actions), measures, whole)


class Preparer:
    """A process that prepares appends: `start` as many lots as there are, `take` them later in the same order."""

    def __init__(self, process: subprocess.Popen[bytes], file: IO[bytes], sending: ThreadPoolExecutor) -> None:
        self._process = process
        self._file = file
        self._sending = sending
        self._asked = 0
        self._taken = 0

    def start(self, lot: Callable[[], Lot]) -> None:
        """Asks for a lot, which is made when the process can take it: those that wait are not to lie in memory."""
        self._sending.submit(self._send, lot)
        self._asked += 1

    def take(self) -> Prepared:
        """Waits for the next lot."""
        if not self._asked:
            return NOTHING
        self._asked -= 1
        assert self._process.stdout is not None
        place = self._process.stdout.read(16)
        if len(place) < 16:
            return NOTHING
        offset, size = int.from_bytes(place[:8], "big"), int.from_bytes(place[8:], "big")
        told = os.pread(self._file.fileno(), size, offset)
        self._taken += 1
        os.pwrite(self._file.fileno(), self._taken.to_bytes(_COUNT, "big"), 0)
        return _prepared.decode(told)

    def _send(self, make: Callable[[], Lot]) -> None:
        assert self._process.stdin is not None
        try:
            _send(self._process.stdin, msgspec.msgpack.encode(make()))
        except BaseException:
            self._process.kill()  # or its answer would be waited for; without it all is done here, and told
            raise


@contextmanager
def preparer(of: Import) -> Iterator[Preparer | None]:
    """
    A process for an import, which ends with the block. Nothing but this program's own rooms is found by it (-P).

    None where no folder for temporary files can be written to: the import does it all itself.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(TemporaryFile())
        except OSError:
            yield None
            return
        command = [sys.executable, "-P", "-m", "projections.preparing", str(file.fileno())]
        with (
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[file.fileno()],
                start_new_session=True,
            ) as process,
            ThreadPoolExecutor(1) as sending,
        ):
            try:
                assert process.stdin is not None
                _send(process.stdin, msgspec.msgpack.encode(of))
                yield Preparer(process, file, sending)
            finally:
                process.kill()
                sending.shutdown(wait=False, cancel_futures=True)


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


class _Noted(Writer):
    """Notes what it is asked to write: as rows, or as a step where it tells a moment or looks at what is there."""

    def __init__(self, told_at: datetime) -> None:
        self._told_at = _said(told_at)
        self.rows: list[Step] = []
        self.steps: list[Step] = []

    def do(self, statement: str, rows: Iterable[Row]) -> None:
        if told := tuple(rows):
            self.steps.append(Step(statement, rows=told))

    def add(self, into: str, rows: Iterable[Row]) -> None:
        if text := as_text(rows):
            (self.steps if self._told_at in text else self.rows).append(Step(into, text))


def prepared(lot: Lot, of: Import) -> Prepared:
    """What a lot comes to, from its actions alone."""
    periods = {}
    for measure, (places, needs) in lot.measures.items():
        ordered = Ordered(tuple([lot.actions[place] for place in places]), needs, (), None)
        periods[measure] = rows_of_boxes(measure, boxes_of(MeasureFold(measure, ordered)))
    return Prepared(periods, _append(lot, of) if lot.whole else None)


def _append(lot: Lot, of: Import) -> Append:
    revisions = {measure: count(1) for measure in lot.measures}
    streams = {measure: stream_id(measure) for measure in lot.measures}
    edition = lot.after + len(lot.actions)
    recorded = []
    for position, action in enumerate(lot.actions, lot.after + 1):
        measure = action.measure
        revision = next(revisions[measure])
        recorded.append(Recorded(position, of.told_at, revision, measure, action, of.recorded_by, of.batch, edition))
    rows = rows_of(recorded)
    events = ReadyRows()
    for entry, row in zip(recorded, rows.actions, strict=True):  # every event is an action, whose JSON both tables have
        topic, state = encode(Envelope(entry.event, of.recorded_by, of.batch), row.data.encode())
        events.add(entry.position, edition, streams[entry.stream], entry.revision, topic, state)
    noted = _Noted(of.told_at)
    write(noted, recorded, rows)
    return Append(lot.after, of.told_at, events.done(), tuple(noted.rows), tuple(noted.steps))


def run() -> None:
    """Answers messages until there are no more."""
    _give_way()
    gc.disable()
    gc.freeze()
    of = None
    with os.fdopen(int(sys.argv[1]), "r+b", buffering=0) as file:
        places = _Places(file.fileno())
        while (told := _receive(sys.stdin.buffer)) is not None:
            if of is None:
                of = _imports.decode(told)
                continue
            answer = msgspec.msgpack.encode(prepared(_lots.decode(told), of))
            offset = places.next(len(answer))
            try:
                _write(file.fileno(), answer, offset)
            except OSError:
                return  # no room: whoever asked does it without
            gc.collect(0)  # lives of measures are cycles; little else is new and kept
            try:
                os.write(sys.stdout.fileno(), offset.to_bytes(8, "big") + len(answer).to_bytes(8, "big"))
            except BrokenPipeError:
                return  # whoever asked has ended


def _give_way() -> None:
    """
    Lets the database go first: what is ready is to be written, or at the end only the database has work.

    Where the scheduler shares the processor out among sessions (Linux, by default), it is the session that is told.
    """
    os.nice(_LATER)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_LATER), "ascii")


class _Places:
    """Where answers go in the file, which begins with the number of those that were taken."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._end = _COUNT
        self._taken = 0
        self._waiting: deque[tuple[int, int]] = deque()
        self._free: list[tuple[int, int]] = []

    def next(self, size: int) -> int:
        """Where an answer of some bytes goes: to the place of one that was taken, if there is a large enough one."""
        taken = int.from_bytes(os.pread(self._file, _COUNT, 0), "big")
        while self._taken < taken:
            self._free.append(self._waiting.popleft())
            self._taken += 1
        place = next((each for each in self._free if each[1] >= size), None)
        if place is None:
            place = self._end, size + size // _SPARE
            self._end += place[1]
        else:
            self._free.remove(place)
        self._waiting.append(place)
        return place[0]


def _write(file: int, answer: bytes, offset: int) -> None:
    rest = memoryview(answer)
    while rest:
        written = os.pwrite(file, rest, offset)
        rest, offset = rest[written:], offset + written


if __name__ == "__main__":
    run()
