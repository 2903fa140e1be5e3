"""Importing: files are read and judged whole, then recorded in appends that are lawful by themselves."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from events.actions import Action
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct
from events.dates import span
from events.decisions import content_of
from events.errors import Refusal
from events.recorder import LogBusy
from projections.known import wanted
from projections.preparing import Append, Import, Lot, Preparer, lot_of, preparer
from services.intake.files import Reading, read
from services.judging import Judged, Meanwhile
from services.recording import Recording

CHUNK = 1000
"""Commands of one append at most, which bounds the time that the log is held; more only where less is not lawful."""

PREPARED_APART = 2000
"""Commands from which on an import has its appends prepared by another process, which takes a moment to start."""

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

    It looks through what is new alone, seldom: lives of measures are cycles, and soon gone.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000_000)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


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
    steps, are_apart = _steps(reading.commands, replay)
    batch = f"import-{uuid4()}"
    of = None if dry_run or replay else Import(recorded_by, batch, clock().astimezone(UTC))
    with _judged_ahead(recording, steps, of, replay=replay, are_apart=are_apart) as ahead:
        events = total
        if ahead:
            events = ahead.events()
        elif dry_run or replay or len(steps) > 1:  # a single append is judged when it is made
            events = recording.judging.judge(reading.commands, replay=replay)
        if dry_run or events == 0:
            return Imported(None, reading.files, total, events, None, dry_run)
        recorded, first, last, done = 0, 0, 0, 0
        waiting: list[AnyCommand] = []
        with _told_of_trouble(lambda: (recorded, first), batch):
            for number, step in enumerate(steps, 1):
                waiting.extend(step)
                moment = waiting[-1].recorded_at if replay else None
                judged, append = ahead.next()
                if append is not None:
                    waiting = []
                    recorded += append.events.number
                    first = first or append.after + 1
                    last = ahead.meanwhile.reached = append.after + append.events.number
                    done += len(step)
                    progress(done, total)
                    continue
                try:
                    appended = recording.record(
                        waiting,
                        recorded_by=recorded_by,
                        batch=batch,
                        recorded_at=moment,
                        replay=replay,
                        judged=judged,
                        meanwhile=ahead.meanwhile,
                    )
                except LogBusy:
                    raise
                except Refusal:
                    if number == len(steps) or replay:
                        raise
                    ahead.forget()  # another writer's acts came between
                    continue  # lawful only together with what follows
                if judged is not None and not ahead.meanwhile.held:
                    ahead.forget()  # another writer's acts came between
                done += len(waiting)
                waiting = []
                if appended:
                    recorded += len(appended)
                    first = first or appended[0].position
                    last = ahead.meanwhile.reached = appended[-1].position
                progress(done, total)
    return Imported(batch if recorded else None, reading.files, total, recorded, (first, last) if recorded else None)


@contextmanager
def _told_of_trouble(so_far: Callable[[], tuple[int, int]], batch: str) -> Iterator[None]:
    """Has whatever breaks an import off say what it had recorded: how many events, from which position on."""
    try:
        yield
    except BaseException as trouble:
        recorded, first = so_far()
        if recorded:
            trouble.add_note(
                f"Before that this import had recorded {recorded} events or more, from position {first} on, as batch"
                f" {batch}. Import the same again to go on, or take them back with 'dateline undo {batch}'."
            )
        raise


class _Begun(NamedTuple):
    """An append that was prepared and has begun: what records it, and what ends it."""

    append: Append
    record: Callable[[], bool]
    ending: ExitStack

    def recorded(self) -> bool:
        """
        Records it, if it can be, and ends it; for the thread that does, which alone may then end it.

        Whoever waits for the thread may be interrupted: a transaction that was rolled back under its hands would go on
        as another one, without the lock.
        """
        with self.ending:
            return self.record()


class _Ahead:
    """
    What was judged of the steps to come, prepared meanwhile by another process if there is one.

    While an append is made by a thread, the rows of the next one that need no place in the log are written here.
    """

    def __init__(self, recording: Recording, preparer: Preparer | None = None) -> None:
        self._recording = recording
        self._preparer = preparer
        self._judged: deque[tuple[Judged, bool]] = deque()
        self._appending = ThreadPoolExecutor(1)
        self._next: tuple[Judged, _Begun | None] | None = None
        self._as_prepared = True
        """Whether all so far was recorded as it was prepared; after that nothing is: it was for other positions."""
        self.meanwhile = Meanwhile(0)

    def __bool__(self) -> bool:
        return bool(self._judged or self._next)

    def judge(self, steps: Iterable[tuple[Sequence[AnyCommand], Judged]]) -> None:
        """Keeps what is found of the steps, each to be prepared from then on."""
        for step, judged in steps:
            if not self._judged:
                self.meanwhile = Meanwhile(judged.after)
            asked = bool(judged.begun) and all(isinstance(command, RecordAct) for command in step)
            if self._preparer is not None and asked:
                # Of what is prepared the lives are not needed any more, which are most of it.
                bare = {measure: replace(each, life=None) for measure, each in judged.ordered.items()}
                judged = replace(judged, ordered=judged.ordered | {each: bare[each] for each in judged.begun})
                self._preparer.start(partial(_lot, step, judged))
            self._judged.append((judged, asked))

    def events(self) -> int:
        """How many events they come to."""
        return sum(len(judged.decided) for judged, _ in self._judged)

    def next(self) -> tuple[Judged | None, Append | None]:
        """What was judged of the next step, if it still holds; and its append, if it was prepared and is recorded."""
        one = self._taken() if self._next is None else self._next
        self._next = None
        if one is None:
            return None, None
        judged, begun = one
        if begun is None:
            return judged, None
        recorded = self._appending.submit(begun.recorded)
        try:
            self._next = self._taken()
        finally:
            self._as_prepared = recorded.result()
        if self._as_prepared:
            return judged, begun.append
        self._end_next()
        return judged, None

    def _end_next(self) -> None:
        """The append that has begun is not recorded as it is; what was judged of it is kept."""
        if self._next is not None:
            judged, begun = self._next
            if begun is not None:
                begun.ending.close()
            self._next = judged, None

    def _taken(self) -> tuple[Judged, _Begun | None] | None:
        """The next step; its append begun if there is one."""
        if not self._judged:
            return None
        judged, asked = self._judged.popleft()
        if self._preparer is None or not asked:
            return judged, None
        prepared = self._preparer.take()
        judged = replace(judged, folded=prepared.periods)
        if prepared.append is None or not self._as_prepared:
            return judged, None
        ending = ExitStack()
        record = ending.enter_context(self._recording.prepared(prepared.append, judged.folded))
        return judged, _Begun(prepared.append, record, ending)

    def forget(self) -> None:
        """None of it holds any more."""
        self._judged.clear()
        self._end_next()
        self._next = None

    def close(self) -> None:
        """Nothing more is recorded."""
        self.forget()
        self._appending.shutdown()


def _lot(step: Sequence[AnyCommand], judged: Judged) -> Lot:
    """What a step of acts records, to be prepared; as a whole, if all of its measures begin with it."""
    actions = [decided.event for decided in judged.decided if isinstance(decided.event, Action)]
    mine = all(command.recorded_by is None for command in step)
    return lot_of(
        judged.after,
        actions,
        {measure: judged.ordered[measure] for measure in judged.begun},
        whole=mine and len(judged.begun) == len(judged.ordered),
    )


@contextmanager
def _judged_ahead(
    recording: Recording,
    steps: Sequence[Sequence[AnyCommand]],
    of: Import | None,
    *,
    replay: bool,
    are_apart: bool,
) -> Iterator[_Ahead]:
    """What the steps come to, one by one; nothing where they are to be judged as a whole."""
    concerned = None if are_apart else list(map(wanted, steps))
    told = Counter(chain.from_iterable([each.measures for each in concerned or ()]))
    if replay or len(steps) == 1 or max(told.values(), default=0) > MOST_STEPS:
        yield _Ahead(recording)  # better to go on with measures kept folded than to order them anew
        return
    apart = of is not None and sum(map(len, steps)) >= PREPARED_APART
    with (
        preparer(of) if of is not None and apart else nullcontext() as started,
        closing(_Ahead(recording, started)) as ahead,
    ):
        try:
            ahead.judge(zip(steps, recording.judging.ahead(steps, concerned), strict=True))
        except Refusal:
            ahead.forget()  # lawful only together, or not at all
        yield ahead


def _steps(commands: Sequence[AnyCommand], replay: bool) -> tuple[list[list[AnyCommand]], bool]:
    """
    The commands in the appends that they are recorded in; whether no two of these name the same act or measure.

    A replay keeps the commands of one moment together. Otherwise a run of acts, of corrections, of retractions is one
    append, or several where it is long, each lawful upon the one before. Where an act goes there and back (retracted
    and recorded again, corrected to the same twice), all of it is one append: by themselves the later steps would look
    like repeats of the earlier ones.
    """
    if replay:
        return [list(moment) for _, moment in groupby(commands, key=_moment)], False
    if _goes_back(commands):
        return [list(commands)], False
    runs = [list(run) for _, run in groupby(commands, key=type)]
    steps: list[list[AnyCommand]] = []
    are_apart = len(runs) == 1
    for run in runs:
        if isinstance(run[0], RecordAct) and len(run) > CHUNK:
            groups = _together(run)
            steps += _chunks(groups)
            are_apart = are_apart and max(map(len, groups)) <= CHUNK
        else:
            steps += _cut(run)
            are_apart = are_apart and len(steps) == 1
    return steps, are_apart


def _cut(run: Sequence[AnyCommand]) -> Iterator[list[AnyCommand]]:
    for at in range(0, len(run), CHUNK):
        yield list(run[at : at + CHUNK])


def _chunks(groups: Iterable[list[AnyCommand]]) -> Iterator[list[AnyCommand]]:
    """
    Groups of acts in appends of CHUNK at most. Each is told whole, so that each measure is folded once.

    Only what by itself is more than a chunk is told in several, in the order of announcement.
    """
    chunk: list[AnyCommand] = []
    for together in groups:
        if len(chunk) + len(together) > CHUNK and chunk:
            yield chunk
            chunk = []
        if len(together) > CHUNK:
            yield from _cut(sorted(together, key=_announced))
        else:
            chunk += together
    if chunk:
        yield chunk


def _together(run: Sequence[AnyCommand]) -> list[list[AnyCommand]]:
    """Acts by what joins them, a measure, a slug or an `after`, each group in the order of the run."""
    acts = [command for command in run if isinstance(command, RecordAct)]
    joining = [each for each in acts if len(each.actions) > 1]  # most acts join nothing
    after = [each.act.after for each in acts if each.act.after is not None]
    named: Counter[str] = Counter()
    if after or len({each.act.act for each in acts}) < len(acts):
        named.update([*(each.act.act for each in acts), *after])
        joining = acts
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        path = []
        while (above := joined.get(name, name)) != name:
            path.append(name)
            name = above
        for each in path:
            joined[each] = name
        return name

    for each in joining:
        act = each.act
        names = [action.measure for action in each.actions]
        if named[act.act] > 1:
            names.append(act.act)
        if act.after is not None:
            names.append(act.after)
        for name in names[1:]:
            joined[root(name)] = root(names[0])
    groups: defaultdict[str, list[AnyCommand]] = defaultdict(list)
    for each in acts:
        measure = each.actions[0].measure
        groups[root(measure) if joined else measure].append(each)
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
