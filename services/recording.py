"""Recording: the one way in. A command is decided under the lock, appended, and projected in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from msgspec import Struct

from events.commands import AnyCommand
from events.decisions import Decided, decide
from events.log import Entry, Log, Recorded
from events.order import Ordered, Walk
from events.recorder import Connection, Pool, RecordedBackwards
from projections.known import known_for
from projections.live import Live, LiveMeasure
from projections.project import project


class Judged(Struct, frozen=True):
    """
    What some commands come to upon a position of the log: true for as long as nobody else records.

    `ordered` are the measures that they touch, afterwards.
    """

    after: int
    decided: list[Decided]
    ordered: dict[str, Ordered]

    def came_true(self, recorded: Sequence[Recorded]) -> bool:
        """Whether just this was recorded, so that what was judged upon it holds as well."""
        return len(recorded) == len(self.decided) and all(each.position > self.after for each in recorded[:1])


class Recording:
    """Records commands. Everything that a record refuses is raised as events.errors.Refusal, and nothing is written."""

    def __init__(self, log: Log, pool: Pool) -> None:
        self._log = log
        self._pool = pool
        self._live = Live()

    def judge(self, commands: Sequence[AnyCommand], *, replay: bool = False) -> int:
        """
        How many events the commands would come to now, recording nothing. Raises what `record` would.

        A replay may be of many moments, in their order; each is judged upon the ones before, as it will be recorded.
        Raises RecordedBackwards where it begins before the head.
        """
        with self._pool.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            known = known_for(connection, commands)
            if not replay:
                return len(decide(commands, known))
            moments = groupby(commands, key=_moment)
            decided = [each for _, lines in moments for each in decide(list(lines), known, replay=True)]
            if decided:
                self._check_backwards(connection, decided[0])
            return len(decided)

    def judge_ahead(self, steps: Sequence[Sequence[AnyCommand]]) -> list[Judged]:
        """
        What appends in these steps would come to now, each upon the ones before, recording nothing.

        Raises what `record` would, of the first step that is refused.
        """
        judged = []
        with self._pool.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            after, _ = self._log.head(connection=connection)
            known = known_for(connection, [command for step in steps for command in step])
            for step in steps:
                known.ordered = {}
                decided = decide(step, known)
                judged.append(Judged(after, decided, known.ordered))
                after += len(decided)
        return judged

    def _check_backwards(self, connection: Connection, first: Decided) -> None:
        head, moment = self._log.head(connection=connection)
        if first.recorded_at is not None and moment is not None and first.recorded_at < moment:
            raise RecordedBackwards(
                f"The replay goes on at {first.recorded_at.isoformat()}, before {moment.isoformat()}, the moment of "
                f"position {head}. A replay goes into a log that ends before it begins; nothing was recorded.",
                recorded_at=first.recorded_at,
                head=head,
                head_recorded_at=moment,
            )

    def record(
        self,
        commands: Sequence[AnyCommand],
        *,
        recorded_by: str,
        batch: str | None = None,
        recorded_at: datetime | None = None,
        replay: bool = False,
        judged: Judged | None = None,
    ) -> list[Recorded]:
        """
        Records commands as a whole: all of them, in one append, or none.

        Gives the events as stored; none where everything is a repeat. What is acknowledged can be read. In a replay
        the commands of one append are of one moment, `recorded_at`. `judged` is what was found of just these commands
        beforehand: where the log has gone on since, they are decided anew.
        """

        taken: dict[str, LiveMeasure] = {}
        kept: dict[str, LiveMeasure] = {}
        ordered: dict[str, Ordered] = {}

        def walks(connection: Connection, on_record: Collection[str]) -> dict[str, Walk]:
            taken.update(self._live.take(connection, commands, on_record))
            return {measure: live.walk for measure, live in taken.items()}

        def told(connection: Connection) -> list[Entry]:
            if judged is not None and judged.after == self._log.head(connection=connection).position:
                decided = judged.decided
                ordered.update(judged.ordered)
            else:
                known = known_for(connection, commands, partial(walks, connection))
                decided = decide(commands, known, replay=replay)
                ordered.update(known.ordered)
            return [Entry(each.event, each.recorded_by) for each in decided]

        def alongside(connection: Connection, recorded: Sequence[Recorded]) -> None:
            kept.update(project(connection, recorded, taken, ordered))

        recorded = self._log.append(
            told, recorded_by=recorded_by, batch=batch, recorded_at=recorded_at, alongside=alongside
        )
        self._live.keep(kept if recorded else taken)
        return recorded


def _moment(command: AnyCommand) -> datetime | None:
    return command.recorded_at
