"""Recording: the one way in. A command is decided under the lock, appended, and projected in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from threading import Lock
from types import MappingProxyType
from uuid import uuid4

import msgspec

from events.actions import stream_of
from events.commands import AnyCommand
from events.decisions import Decided, decide
from events.errors import Refusal, RefusedTogether
from events.log import Entries, Entry, Log, Recorded, Stored
from events.order import Ordered, Walk
from events.recorder import LOCK_TIMEOUT, Connection, Locked, LogBusy, Pool, Unavailable
from projections.answers import Edition, Preview, Written
from projections.database import Writer
from projections.index import Timed, untimed
from projections.known import Read, known_for, questions, read, verified_on, wanted
from projections.live import Live, LiveMeasure
from projections.period_rows import columns_of_periods
from projections.preparing import Append
from projections.present import Present
from projections.previewing import preview
from projections.project import NOTHING_FOLDED, project
from projections.rebuild import project_whole
from projections.undoing import Why, undoing
from projections.written import written
from services.judging import Judged, Judging, Meanwhile
from services.sharing import Condition, Queue, Write, busy

NOTHING_EXPECTED: Mapping[str, int] = MappingProxyType({})

MOST_WITH_LOCK = 20
"""Measures of a write whose actions and boxes are read in the message of the lock; others when they are needed."""

Plan = Callable[[Connection], Sequence[AnyCommand]]
"""Says under the lock of the log what is asked of it."""

Rests = Callable[[list[Decided]], list[Decided]]


class RevisionsDiffer(Refusal):
    """A write that rests on revisions of measures is recorded only upon these."""

    type = "revisions-differ"

    @classmethod
    def of(cls, found: Sequence[tuple[str, int, int]]) -> RevisionsDiffer:
        """The refusal for (measure, expected, found)."""
        named = "; ".join(f"{measure} is at revision {now}, not {expected}" for measure, expected, now in found[:10])
        more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
        return cls(
            f"The record has moved on: {named}{more}. Nothing was recorded: read again, and write upon what you find.",
            measures=[{"measure": measure, "expected": expected, "found": now} for measure, expected, now in found],
        )


class Recording:
    """Records commands. Everything that a record refuses is raised as events.errors.Refusal, and nothing is written."""

    def __init__(
        self, log: Log, pool: Pool, timed: Timed = untimed, may_record: Callable[[], None] = lambda: None
    ) -> None:
        """`may_record` is called before every append, and raises a Refusal where there shall be none."""
        self._log = log
        self._pool = pool
        self._timed = timed
        self._may_record = may_record
        self.judging = Judging(log, pool)
        self._live = Live()
        self._turn = Lock()
        self._waiting = Queue()

    def kept(self) -> tuple[int, int]:
        """How many measures are kept folded between appends, and of how many actions."""
        return self._live.counts()

    def record(
        self,
        commands: Sequence[AnyCommand],
        *,
        recorded_by: str,
        batch: str | None = None,
        recorded_at: datetime | None = None,
        replay: bool = False,
        judged: Judged | None = None,
        meanwhile: Meanwhile | None = None,
    ) -> list[Recorded]:
        """
        Records commands as a whole: all of them, in one append, or none.

        Gives the events as stored; none where everything is a repeat. What is acknowledged can be read. In a replay
        the commands of one append are of one moment, `recorded_at`. `judged` is what was found of just these commands
        beforehand: where others recorded `meanwhile` what concerns them, they are decided anew.
        """
        _, recorded = self._append(
            commands,
            recorded_by=recorded_by,
            batch=batch,
            recorded_at=recorded_at,
            replay=replay,
            judged=judged,
            meanwhile=meanwhile,
        )
        return recorded

    @contextmanager
    def prepared(self, append: Append, folded: Mapping[str, bytes]) -> Iterator[Callable[[], bool]]:
        """
        Gives what records an append that was judged and prepared to the last byte, to be called once.

        Most of it is written when the block is entered, while another append may be made. Called, it says whether
        the log still ended where the append was judged upon, and all of it is recorded; where not, nothing is, and it
        is recorded in the ordinary way.
        """

        def beforehand(connection: Connection) -> None:
            with self._timed("projection"), Writer(connection) as writer:
                writer.copy(columns_of_periods(), b"".join(folded.values()), binary=True)
                append.begin(writer)

        def record() -> bool:
            def alongside(moment: datetime) -> bool:
                if moment.date() != append.told_at.date():
                    return False  # what lies ahead was found for another day
                with self._timed("projection"), Writer(connection) as writer:
                    append.project(writer, moment)
                return True

            with self._in_turn(), self._timed("append"):
                return self._log.append_ready(connection, append.after, append.events, alongside)

        self._may_record()
        with self._log.begun(beforehand) as connection:
            yield record

    def write(
        self,
        commands: Sequence[AnyCommand],
        *,
        recorded_by: str,
        expected: Mapping[str, int] = NOTHING_EXPECTED,
        condition: Condition | None = None,
    ) -> Written:
        """
        Records commands as a whole, in a batch of their own, and tells what they came to.

        A condition is asked in the message of the lock, and checked before anything is decided.

        `expected` are revisions of measures: unless they are the present ones, nothing new is recorded. A repeat needs
        none, so that a write whose acknowledgement was lost can be asked again as it was. Raises RevisionsDiffer.
        """
        write = Write(
            commands, recorded_by=recorded_by, batch=f"write-{uuid4()}", expected=expected, condition=condition
        )
        self._may_record()
        self._waiting.put(write)
        if not self._turn.acquire(timeout=LOCK_TIMEOUT):
            if self._waiting.withdraw(write):
                raise busy()
            write.made.wait()
        else:
            try:
                while not write.made.is_set():  # the lock says who goes on, not whose write comes next
                    self._make(self._waiting.take())
            finally:
                self._turn.release()
        return self._written(commands, write.outcome())

    def _make(self, writes: Sequence[Write]) -> None:
        """Makes writes, in one transaction if that succeeds, else each by itself. Who waits for one of them goes on."""
        try:
            try:
                with self._timed("append"):
                    self._record_together(writes)
            except (Unavailable, LogBusy):
                raise
            except Exception:
                if len(writes) == 1:
                    raise
                for write in writes:
                    write.error = None
                    self._make([write])
        except BaseException as error:
            for write in writes:
                write.error = error
        finally:
            for write in writes:
                write.made.set()

    def _record_together(self, writes: Sequence[Write]) -> None:
        """Records writes that do not concern one another, each in an append of its own: each has its own error."""
        commands = [command for write in writes for command in write.commands]
        concerned = wanted(commands)
        conditions = [write for write in writes if write.condition is not None]
        taken: dict[str, LiveMeasure] = {}
        kept: dict[str, LiveMeasure] = {}
        ordered: dict[str, Ordered] = {}
        told: list[tuple[Write, int]] = []
        with_lock: list[str] = []
        given: Read | None = None

        def asking(connection: Connection) -> Sequence[str]:
            with_lock.extend(self._live.missing(commands, concerned.measures))
            del with_lock[MOST_WITH_LOCK * len(writes) :]
            checked = [write.condition.query for write in conditions if write.condition is not None]
            return [*questions(connection, concerned, with_lock), *checked]

        def walks(present: Present, on_record: Collection[str], revisions: Mapping[str, int]) -> dict[str, Walk]:
            taken.update(self._live.take(present, commands, on_record, revisions))
            return {measure: live.walk for measure, live in taken.items()}

        def decided(locked: Locked) -> list[Entries]:
            nonlocal given
            connection = locked.connection
            found = locked.found[: len(locked.found) - len(conditions)]
            for write, rows in zip(conditions, locked.found[len(found) :], strict=True):
                with _refused(write):
                    assert write.condition is not None
                    write.condition.check(rows)
            if all(write.error is not None for write in writes):
                return []
            given = read(connection, found, with_lock)
            locked.revisions.update(given.revisions())
            known = known_for(connection, concerned, walks, given=given)
            appends = []
            for write in writes:
                if write.error is None:
                    known.ordered = {}
                    with _refused(write), self._resting_on(connection, write.expected) as rests:
                        events = rests(decide(write.commands, known, recorded_by=write.recorded_by))
                    if write.error is None:
                        ordered.update(known.ordered)
                        told.append((write, len(events)))
                        entries = [Entry(each.event, each.recorded_by) for each in events]
                        appends.append(Entries(entries, write.recorded_by, write.batch))
                if write.error is not None:
                    for measure in write.wanted.measures:  # after a refusal a walk is of no more use
                        taken.pop(measure, None)
            return appends

        def alongside(connection: Connection, recorded: Sequence[Recorded]) -> str:
            with self._timed("projection"):
                present = None if given is None else given.present
                projected = project(connection, recorded, taken, ordered, NOTHING_FOLDED, present)
            kept.update(projected.kept)
            return projected.left

        recorded = self._log.append_together(decided, alongside=alongside, asking=asking)
        self._live.keep({**taken, **kept})
        for write, number in told:
            write.recorded, recorded = recorded[:number], recorded[number:]

    def restore(self, events: Sequence[Stored]) -> None:
        """
        Brings back whole appends of a log as they were stored, where this one ends, in one transaction.

        They were decided when they were recorded, and are folded here. Raises LogNotEmpty, and RefusedTogether where an
        action cannot stand on its measure.
        """

        def alongside(connection: Connection, recorded: Sequence[Recorded]) -> None:
            with self._timed("projection"):
                folds = project_whole(connection, recorded)
            if refused := [reason for fold in folds for _, reason in fold.ordered.refused]:
                raise RefusedTogether.of(refused)

        self._may_record()
        with self._in_turn(), self._timed("append"):
            self._log.restore(events, alongside=alongside)

    def undo(
        self,
        batch: str,
        why: Why,
        *,
        recorded_by: str,
        expected: Mapping[str, int] = NOTHING_EXPECTED,
    ) -> Written:
        """
        Brings every act of a batch back to where it stood before, in one append that is lawful as a whole.

        Asked again, it tells what was done. Raises UnknownBatch.
        """
        left: list[dict[str, str]] = []

        def plan(connection: Connection) -> Sequence[AnyCommand]:
            found = undoing(connection, self._log, batch, why)
            left.extend(found.left)
            return found.commands

        commands, recorded = self._append(plan, recorded_by=recorded_by, batch=f"undo-{uuid4()}", expected=expected)
        return msgspec.structs.replace(self._written(commands, recorded), left=tuple(left))

    def preview(
        self, commands: Sequence[AnyCommand], *, on: date, expected: Mapping[str, int] = NOTHING_EXPECTED
    ) -> Preview:
        """What `write` would come to now, every measure read on a day (UTC) with the eyes of that day."""
        return self._previewed(lambda _: commands, on, expected)

    def preview_undo(
        self,
        batch: str,
        why: Why,
        *,
        on: date,
        expected: Mapping[str, int] = NOTHING_EXPECTED,
    ) -> Preview:
        """What `undo` would come to now."""
        left: list[dict[str, str]] = []

        def plan(connection: Connection) -> Sequence[AnyCommand]:
            found = undoing(connection, self._log, batch, why)
            left.extend(found.left)
            return found.commands

        return msgspec.structs.replace(self._previewed(plan, on, expected), left=tuple(left))

    def _append(
        self,
        plan: Sequence[AnyCommand] | Plan,
        *,
        recorded_by: str,
        batch: str | None = None,
        recorded_at: datetime | None = None,
        replay: bool = False,
        expected: Mapping[str, int] = NOTHING_EXPECTED,
        judged: Judged | None = None,
        meanwhile: Meanwhile | None = None,
    ) -> tuple[Sequence[AnyCommand], list[Recorded]]:
        """The commands, given or planned under the lock, and what was appended for them."""
        taken: dict[str, LiveMeasure] = {}
        kept: dict[str, LiveMeasure] = {}
        ordered: dict[str, Ordered] = {}
        folded: Mapping[str, bytes] = NOTHING_FOLDED
        commands: Sequence[AnyCommand] = () if callable(plan) else plan
        concerned = wanted(commands)
        with_lock: list[str] = []
        given: Read | None = None

        def asking(connection: Connection) -> Sequence[str]:
            with_lock.extend(self._live.missing(commands, concerned.measures))
            del with_lock[MOST_WITH_LOCK:]
            return questions(connection, concerned, with_lock)

        def walks(present: Present, on_record: Collection[str], revisions: Mapping[str, int]) -> dict[str, Walk]:
            taken.update(self._live.take(present, commands, on_record, revisions))
            return {measure: live.walk for measure, live in taken.items()}

        def told(locked: Locked) -> list[Entry]:
            nonlocal commands, folded, given
            connection = locked.connection
            if callable(plan):
                commands = plan(connection)
            if judged is not None and self.judging.holds(judged, meanwhile, commands, locked):
                decided, folded = judged.decided, judged.folded
                ordered.update(judged.ordered)
            else:
                if locked.found:
                    given = read(connection, locked.found, with_lock)
                    locked.revisions.update(given.revisions())
                with self._resting_on(connection, expected) as rests:
                    known = known_for(connection, wanted(commands), walks, given=given)
                    decided = rests(decide(commands, known, replay=replay, recorded_by=recorded_by))
                ordered.update(known.ordered)
            return [Entry(each.event, each.recorded_by) for each in decided]

        def alongside(connection: Connection, recorded: Sequence[Recorded]) -> str:
            with self._timed("projection"):
                present = None if given is None else given.present
                projected = project(connection, recorded, taken, ordered, folded, present)
            kept.update(projected.kept)
            return projected.left

        self._may_record()
        with self._in_turn(), self._timed("append"):
            recorded = self._log.append(
                told,
                recorded_by=recorded_by,
                batch=batch,
                recorded_at=recorded_at,
                alongside=alongside,
                asking=None if callable(plan) or judged is not None else asking,
            )
        self._live.keep(kept if recorded else taken)
        return commands, recorded

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """
        One append at a time within this process: the others wait here, and leave the pool's connections to readers.

        Raises LogBusy.
        """
        if not self._turn.acquire(timeout=LOCK_TIMEOUT):
            raise busy()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _resting_on(self, connection: Connection, expected: Mapping[str, int]) -> Iterator[Rests]:
        """
        Holds what is decided against the revisions that it rests on.

        Where they differ, that is told before whatever else is refused: the caller has not seen why.
        """
        found = self._log.revisions(list(expected), connection=connection) if expected else {}
        other = [(measure, revision) for measure, revision in expected.items() if found[measure] != revision]
        if not other:
            yield lambda decided: decided
            return
        differ = RevisionsDiffer.of([(measure, revision, found[measure]) for measure, revision in other])

        def rests(decided: list[Decided]) -> list[Decided]:
            if decided:
                raise differ
            return decided

        try:
            yield rests
        except RevisionsDiffer:
            raise
        except Refusal:
            raise differ from None

    def _written(self, commands: Sequence[AnyCommand], recorded: Sequence[Recorded]) -> Written:
        return written(self._pool.connection, self._log, commands, recorded)

    def _previewed(self, plan: Plan, on: date, expected: Mapping[str, int]) -> Preview:
        with self._pool.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            head, moment = self._log.head(connection=connection)
            commands = plan(connection)
            with self._resting_on(connection, expected) as rests:
                known = known_for(connection, wanted(commands), whole=True)
                before = {measure: dict(acts) for measure, acts in known.standing.items()}
                decided = rests(decide(commands, known))
            touched = list(dict.fromkeys(stream_of(each.event) for each in decided))
            revisions = self._log.revisions(touched, connection=connection)
            verified = verified_on(connection, touched)
        edition = Edition(head, moment)
        return preview(decided, before, known.standing, verified, revisions, on=on, edition=edition)


@contextmanager
def _refused(write: Write) -> Iterator[None]:
    """A refusal is the outcome of the write that it refuses."""
    try:
        yield
    except Refusal as refusal:
        write.error = refusal
