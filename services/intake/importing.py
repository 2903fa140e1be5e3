"""Importing: files are read and judged whole, then recorded in appends that are lawful by themselves."""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct
from events.dates import span
from events.decisions import content_of
from events.errors import Refusal
from events.recorder import LogBusy
from projections.folding import Folder, folder
from services.intake.files import Reading, read
from services.recording import Judged, Recording

CHUNK = 1000
"""Commands of one append at most, which bounds the time that the log is held; more only where less is not lawful."""

FOLDED_APART = 2000
"""Commands from which on an import has its measures folded by a process of its own, which takes a moment to start."""

MOST_STEPS = 3
"""In how many appends of an import a measure may be told for all of them to be decided beforehand."""

Progress = Callable[[int, int], None]


class ReplayInFuture(Refusal):
    """A replay reaches up to the present at most."""

    type = "replay-in-future"


class Imported(Struct, frozen=True):
    """
    What an import came to. `events` is 0 where all of it was on record; `batch` is then None.

    `positions` are the first and the last position that it recorded; other writers' may lie between.
    """

    batch: str | None
    files: tuple[str, ...]
    commands: int
    events: int
    positions: tuple[int, int] | None
    dry_run: bool = False


def _silent(done: int, total: int) -> None:
    """Shows nothing."""


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """
    Keeps Python's cycle collector from walking through all that an import holds, again and again: a third of the time.

    What an import makes has no cycles and is freed by its reference counts.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_collector_at_rest()
def import_files(
    recording: Recording,
    paths: Sequence[Path],
    *,
    recorded_by: str,
    clock: Callable[[], datetime],
    replay: bool = False,
    dry_run: bool = False,
    progress: Progress = _silent,
) -> Imported:
    """
    Records files and folders; all of them are right and lawful, or nothing is recorded.

    Repeats come to nothing, so an import that was cut off goes on when it is run again. `progress` hears how many of
    the commands are done. Raises InvalidRecord for what is wrong in the files, other refusals for what is unlawful.
    """
    reading = read(paths, replay=replay)
    return import_read(
        recording, reading, recorded_by=recorded_by, clock=clock, replay=replay, dry_run=dry_run, progress=progress
    )


@_collector_at_rest()
def import_read(
    recording: Recording,
    reading: Reading,
    *,
    recorded_by: str,
    clock: Callable[[], datetime],
    replay: bool = False,
    dry_run: bool = False,
    progress: Progress = _silent,
) -> Imported:
    """Records what was read, as `import_files` does."""
    total = len(reading.commands)
    if replay:
        _not_ahead(reading.commands, clock())
    steps = list(_steps(reading.commands, replay))
    with _judged_ahead(recording, steps, replay, dry_run) as ahead:
        events = total
        if ahead:
            events = ahead.events()
        elif dry_run or replay or len(steps) > 1:  # a single append is judged when it is made
            events = recording.judge(reading.commands, replay=replay)
        if dry_run or events == 0:
            return Imported(None, reading.files, total, events, None, dry_run)
        batch = f"import-{uuid4()}"
        recorded, first, last, done = 0, 0, 0, 0
        waiting: list[AnyCommand] = []
        for number, step in enumerate(steps, 1):
            waiting.extend(step)
            moment = waiting[-1].recorded_at if replay else None
            judged = ahead.next()
            try:
                appended = recording.record(
                    waiting, recorded_by=recorded_by, batch=batch, recorded_at=moment, replay=replay, judged=judged
                )
            except LogBusy:
                raise
            except Refusal:
                if number == len(steps) or replay:
                    raise
                ahead.forget()  # another writer came between
                continue  # lawful only together with what follows
            if judged is not None and not judged.came_true(appended):
                ahead.forget()  # another writer came between
            done += len(waiting)
            waiting = []
            if appended:
                recorded += len(appended)
                first = first or appended[0].position
                last = appended[-1].position
            progress(done, total)
    return Imported(batch if recorded else None, reading.files, total, recorded, (first, last) if recorded else None)


class _Ahead:
    """What was judged of the steps to come, folded meanwhile by another process if there is one."""

    def __init__(self, folder: Folder | None = None) -> None:
        self._folder = folder
        self._judged: deque[Judged] = deque()

    def __bool__(self) -> bool:
        return bool(self._judged)

    def judge(self, steps: Iterable[Judged]) -> None:
        """Keeps what is found of the steps, each to be folded from then on."""
        for judged in steps:
            self._judged.append(judged)
            if self._folder is not None:
                self._folder.start(judged.ordered)

    def events(self) -> int:
        """How many events they come to."""
        return sum(len(judged.decided) for judged in self._judged)

    def next(self) -> Judged | None:
        """What was judged of the next step, if it still holds."""
        if not self._judged:
            return None
        judged = self._judged.popleft()
        return judged if self._folder is None else replace(judged, folded=self._folder.take())

    def forget(self) -> None:
        """None of it holds any more."""
        self._judged.clear()


@contextmanager
def _judged_ahead(
    recording: Recording, steps: Sequence[Sequence[AnyCommand]], replay: bool, dry_run: bool
) -> Iterator[_Ahead]:
    """What the steps come to, one by one; nothing where they are to be judged as a whole."""
    told = Counter(measure for step in steps for measure in _measures(step))
    if replay or len(steps) == 1 or max(told.values(), default=0) > MOST_STEPS:
        yield _Ahead()  # better to go on with measures kept folded than to order them anew
        return
    apart = not dry_run and sum(map(len, steps)) >= FOLDED_APART
    with folder() if apart else nullcontext() as started:
        ahead = _Ahead(started)
        try:
            ahead.judge(recording.judge_ahead(steps))
        except Refusal:
            ahead.forget()  # lawful only together, or not at all
        yield ahead


def _measures(step: Sequence[AnyCommand]) -> set[str]:
    return {
        action.measure for command in step if isinstance(command, RecordAct | CorrectAct) for action in command.actions
    }


def _steps(commands: Sequence[AnyCommand], replay: bool) -> Iterator[list[AnyCommand]]:
    """
    The commands in the appends that they are recorded in.

    A replay keeps the commands of one moment together. Otherwise a run of acts, of corrections, of retractions is one
    append, or several where it is long, each lawful upon the one before. Where an act goes there and back (retracted
    and recorded again, corrected to the same twice), all of it is one append: by themselves the later steps would look
    like repeats of the earlier ones.
    """
    if replay:
        for _, moment in groupby(commands, key=_moment):
            yield list(moment)
        return
    if _goes_back(commands):
        yield list(commands)
        return
    for kind, group in groupby(commands, key=type):
        run = list(group)
        if kind is RecordAct and len(run) > CHUNK:
            yield from _chunks(run)
            continue
        for at in range(0, len(run), CHUNK):
            yield run[at : at + CHUNK]


def _chunks(run: Sequence[AnyCommand]) -> Iterator[list[AnyCommand]]:
    """
    Acts in appends of CHUNK at most. What belongs together is told whole, so that each measure is folded once.

    Only what by itself is more than a chunk is told in several, in the order of announcement.
    """
    chunk: list[AnyCommand] = []
    for together in _together(run):
        if len(chunk) + len(together) > CHUNK and chunk:
            yield chunk
            chunk = []
        if len(together) > CHUNK:
            together.sort(key=_announced)
            for at in range(0, len(together), CHUNK):
                yield together[at : at + CHUNK]
        else:
            chunk += together
    if chunk:
        yield chunk


def _together(run: Sequence[AnyCommand]) -> list[list[AnyCommand]]:
    """Acts by what joins them, a measure, a slug or an `after`, each group in the order of the run."""
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        path = []
        while (above := joined.setdefault(name, name)) != name:
            path.append(name)
            name = above
        for each in path:
            joined[each] = name
        return name

    for command in run:
        assert isinstance(command, RecordAct)
        first = root(command.act.act)
        for name in (*(action.measure for action in command.actions), *filter(None, [command.act.after])):
            joined[root(name)] = first
    groups: dict[str, list[AnyCommand]] = {}
    for command in run:
        assert isinstance(command, RecordAct)
        groups.setdefault(root(command.act.act), []).append(command)
    return list(groups.values())


def _goes_back(commands: Sequence[AnyCommand]) -> bool:
    """Whether an act is retracted and then recorded again, or one correction or retraction of it comes twice."""
    retracted: set[str] = set()
    corrected: set[tuple[str, bytes]] = set()
    for command in commands:
        match command:
            case RecordAct() if command.again and command.act.act in retracted:
                return True
            case RetractAct():
                if command.act in retracted:
                    return True
                retracted.add(command.act)
            case CorrectAct():
                told = command.replacement.act, content_of(command.replacement, command.actions)
                if told in corrected:
                    return True
                corrected.add(told)
    return False


def _moment(command: AnyCommand) -> datetime | None:
    return command.recorded_at


def _announced(command: AnyCommand) -> tuple[int, int]:
    assert isinstance(command, RecordAct)
    announced = span(command.act.announced_on)
    return announced.first.toordinal(), announced.last.toordinal()


def _not_ahead(commands: Sequence[AnyCommand], present: datetime) -> None:
    latest = commands[-1].recorded_at if commands else None
    if latest is not None and latest > present:
        raise ReplayInFuture(
            f"{commands[-1].origin}: recorded_at {latest.astimezone(UTC).isoformat()} lies in the future. "
            "A replay reaches up to the present at most; nothing was recorded.",
            recorded_at=latest.isoformat(),
        )
