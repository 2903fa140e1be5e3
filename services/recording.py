"""Recording: the one way in. A command is decided under the lock, appended, and projected in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from events.commands import AnyCommand
from events.decisions import Decided, decide
from events.log import Entry, Log, Recorded
from events.order import Walk
from events.recorder import Connection, Pool, RecordedBackwards
from projections.known import known_for
from projections.live import Live, LiveMeasure
from projections.project import project


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
    ) -> list[Recorded]:
        """
        Records commands as a whole: all of them, in one append, or none.

        Gives the events as stored; none where everything is a repeat. What is acknowledged can be read. In a replay
        the commands of one append are of one moment, `recorded_at`.
        """

        taken: dict[str, LiveMeasure] = {}
        kept: dict[str, LiveMeasure] = {}

        def walks(connection: Connection, on_record: Collection[str]) -> dict[str, Walk]:
            taken.update(self._live.take(connection, commands, on_record))
            return {measure: live.walk for measure, live in taken.items()}

        def told(connection: Connection) -> list[Entry]:
            known = known_for(connection, commands, partial(walks, connection))
            decided = decide(commands, known, replay=replay)
            return [Entry(each.event, each.recorded_by) for each in decided]

        def alongside(connection: Connection, recorded: Sequence[Recorded]) -> None:
            kept.update(project(connection, recorded, taken))

        recorded = self._log.append(
            told, recorded_by=recorded_by, batch=batch, recorded_at=recorded_at, alongside=alongside
        )
        self._live.keep(kept if recorded else taken)
        return recorded


def _moment(command: AnyCommand) -> datetime | None:
    return command.recorded_at
