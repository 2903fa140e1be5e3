"""
A log brought back: the lines of `dateline export log --format jsonl` become the log that they were, event by event.

All lines are read and held against each other before anything is recorded. Nothing is decided again: positions,
moments, names and bytes stay as they were. What was cut off goes on when it is asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Raw, Struct

from events.actions import stream_of
from events.log import Log, Recorded, Stored
from events.recorder import LogNotEmpty
from events.stored import UnreadableEvent, UnstorableEvent, decode, encode, read
from services.intake.importing import Progress
from services.intake.problems import Problem, Problems
from services.recording import Recording

CHUNK = 2000
"""Events of one transaction; more only where one append was more."""

LONGEST_LINE = 16 * 1024 * 1024
"""How many bytes a line may have."""


class Line(Struct, frozen=True):
    """A line of the export; what it has beside is passed over."""

    position: int
    entry_position: int
    entry_edition: int
    entry_recorded_at: datetime
    entry_recorded_by: str
    entry_batch: str | None
    entry_stream: str
    entry_revision: int
    topic: str
    stored: Raw


class Replayed(Struct, frozen=True):
    """What bringing back a log came to: how many events it has, and how many of them were recorded now."""

    events: int
    recorded: int
    dry_run: bool = False


_line = msgspec.json.Decoder(Line).decode


def _silent(done: int, total: int) -> None:
    """Shows nothing."""


def replay_log(
    recording: Recording,
    log: Log,
    path: Path,
    *,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    progress: Progress = _silent,
) -> Replayed:
    """
    Brings a log back into an empty one, or goes on where that was cut off.

    Raises InvalidRecord for lines that are no log, LogNotEmpty where something else is on record, and RefusedTogether
    for events that cannot stand: what came before their chunk stays.
    """
    problems = Problems()
    total = _check(path, problems, clock())
    problems.refuse()
    head, _ = log.head()
    _check_beginning(path, log, head)
    waiting: list[Stored] = []
    for event in _events(path):
        if event.recorded.position <= head:
            continue
        if len(waiting) >= CHUNK and event.recorded.edition != waiting[-1].recorded.edition:
            _restore(recording, waiting, dry_run)
            progress(waiting[-1].recorded.position, total)
            waiting = []
        waiting.append(event)
    if waiting:
        _restore(recording, waiting, dry_run)
        progress(total, total)
    return Replayed(total, total - head, dry_run)


def _restore(recording: Recording, events: list[Stored], dry_run: bool) -> None:
    if not dry_run:
        recording.restore(events)


def _check_beginning(path: Path, log: Log, head: int) -> None:
    """Whether what is on record is how the file begins. Raises LogNotEmpty."""
    there = log.walk_stored(up_to=head)
    given = (event for event in _events(path) if event.recorded.position <= head)
    for one, other in zip_longest(there, given):
        if one != other:
            at = (one or other).recorded.position
            raise LogNotEmpty(
                f"A log is brought back into an empty one. Here {head} events are on record, and at position {at} they "
                f"are not those of {path}. Nothing was recorded: use another database or data directory.",
                head=head,
                position=at,
            )


def _events(path: Path) -> Iterator[Stored]:
    """The events of a file that was checked."""
    with path.open("rb") as file:
        for _, raw in _lines(file):
            assert raw is not None
            yield _stored(_line(raw))


def _stored(line: Line) -> Stored:
    state = bytes(line.stored)
    envelope, said = read(line.topic, state)
    recorded = Recorded(
        position=line.entry_position,
        recorded_at=line.entry_recorded_at.astimezone(UTC),
        revision=line.entry_revision,
        stream=line.entry_stream,
        event=envelope.event,
        recorded_by=envelope.recorded_by,
        batch=envelope.batch,
        edition=line.entry_edition,
        said=said,
    )
    return Stored(recorded, line.topic, state)


def _check(path: Path, problems: Problems, present: datetime) -> int:
    """Reads all lines, noting what is wrong with them by themselves and in their order; how many events there are."""
    name = str(path)
    last: Line | None = None
    revisions = Counter[str]()
    try:
        with path.open("rb") as file:
            for number, raw in _lines(file):
                line = None
                for sentence in _wrong(raw, last, revisions, present):
                    if isinstance(sentence, Line):
                        line = sentence
                    else:
                        problems.add(Problem(name, number, "", sentence))
                if line is None:
                    return 0  # of what follows a line that cannot be read, nothing can be said
                last = line
                revisions[line.entry_stream] += 1
    except OSError as error:
        problems.add(Problem(name, None, "", f"cannot be read: {error.strerror}"))
        return 0
    if last is None:
        problems.add(Problem(name, 1, "", "the file is empty: export a log with 'export log --format jsonl'"))
        return 0
    if last.entry_position != last.position:
        sentence = f"the file ends at event {last.entry_position} of {last.position}: the rest of it is missing"
        problems.add(Problem(name, last.entry_position, "", sentence))
    return last.entry_position


def _wrong(raw: bytes | None, last: Line | None, revisions: Counter[str], present: datetime) -> Iterator[str | Line]:
    """What is wrong with a line, and the line, if it can be read."""
    if raw is None:
        yield f"the line is longer than {LONGEST_LINE} bytes: it is none of an exported log"
        return
    try:
        line = _line(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        yield f"this is no line of 'export log --format jsonl': {error}"
        return
    yield line
    yield from _out_of_order(line, last)
    if line.entry_recorded_at.tzinfo is None:
        yield "entry_recorded_at has no time zone"
    elif line.entry_recorded_at > present:
        yield f"entry_recorded_at {line.entry_recorded_at.isoformat()} lies in the future"
    if line.entry_revision != revisions[line.entry_stream] + 1:
        yield (
            f"entry_revision {line.entry_revision} of {line.entry_stream} follows {revisions[line.entry_stream]}: "
            "an event is missing, or told twice"
        )
    state = bytes(line.stored)
    try:
        envelope = decode(line.topic, state)
        topic, written = encode(envelope)
    except (UnreadableEvent, UnstorableEvent) as error:
        yield f"stored: {error}"
        return
    if topic == line.topic and written != state:
        yield "stored is not as it was written: the same content, but other bytes; use the file as it was exported"
    if (envelope.recorded_by, envelope.batch) != (line.entry_recorded_by, line.entry_batch):
        yield "stored was recorded by another, or in another batch, than the line says"
    if stream_of(envelope.event) != line.entry_stream:
        yield f"stored is of {stream_of(envelope.event)}, and the line of {line.entry_stream}"


def _out_of_order(line: Line, last: Line | None) -> Iterator[str]:
    before = 0 if last is None else last.entry_position
    if line.entry_position != before + 1:
        yield f"entry_position {line.entry_position} follows {before}: lines are missing, or not in their order"
    if line.entry_edition < line.entry_position:
        yield f"entry_edition {line.entry_edition} lies before entry_position {line.entry_position}"
    if last is None:
        return
    if last.entry_edition > last.entry_position:
        if line.entry_edition != last.entry_edition:
            yield f"entry_edition {line.entry_edition} begins within the append that ends at {last.entry_edition}"
        elif line.entry_recorded_at != last.entry_recorded_at:
            yield "entry_recorded_at is another than that of the line before, which is of the same append"
    elif line.entry_edition == last.entry_edition:
        yield f"entry_edition {line.entry_edition} goes on after its end"
    if _aware(line) and _aware(last) and line.entry_recorded_at < last.entry_recorded_at:
        yield "entry_recorded_at runs backwards: the line before was recorded later"
    if line.position != last.position:
        yield f"position {line.position} is another than that of the line before: lines of two exports are mixed"


def _aware(line: Line) -> bool:
    return line.entry_recorded_at.tzinfo is not None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number; None for one that is too long, which is the last."""
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            yield number, None
            return
        if not raw.isspace():
            yield number, raw
