"""
Judging: what commands would come to now, recording nothing; of an import, append by append before the first is made.

What was judged is recorded as it was, unless others have recorded meanwhile what concerns it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from msgspec import Struct

from events.commands import AnyCommand, ReviewJurisdiction
from events.decisions import Decided, Known, decide
from events.log import Log, Recorded
from events.order import Ordered
from events.recorder import Connection, Locked, Pool, RecordedBackwards
from projections.entries import act_of
from projections.known import Wanted, known_for, together, wanted
from projections.project import NOTHING_FOLDED

MOST_MEANWHILE = 2000
"""Events of others between two appends of an import that are looked at; after more, all is judged anew."""


class Judged(Struct, frozen=True):
    """
    What some commands come to upon a position of the log: true for as long as nobody else records what concerns them.

    `ordered` are the measures that they touch, afterwards, and `begun` those of them that begin with this. `folded` are
    periods that were folded beforehand as well.
    """

    after: int
    decided: list[Decided]
    ordered: dict[str, Ordered]
    begun: frozenset[str]
    folded: Mapping[str, bytes] = NOTHING_FOLDED


class Meanwhile:
    """
    What others recorded since something was judged: `reached` is the last position of which that is known.

    `held` says whether what was judged last was recorded as it was judged.
    """

    def __init__(self, reached: int) -> None:
        self.reached = reached
        self.held = True
        self._streams: set[str] = set()
        self._acts: set[str] = set()

    def see(self, recorded: Sequence[Recorded]) -> None:
        """What somebody else recorded."""
        self._streams.update(entry.stream for entry in recorded)
        self._acts.update(filter(None, map(act_of, recorded)))

    def concerns(self, commands: Sequence[AnyCommand], measures: Collection[str]) -> bool:
        """Whether any of it may change what commands come to, which touch some measures."""
        if not self._streams:
            return False
        of = wanted(commands)
        return not (
            self._streams.isdisjoint(measures)
            and self._streams.isdisjoint(of.measures)
            and not any(isinstance(command, ReviewJurisdiction) for command in commands)
            and self._acts.isdisjoint((*of.slugs, *of.verifying, *of.after))
        )


class Judging:
    """Judges commands upon the record as it is."""

    def __init__(self, log: Log, pool: Pool) -> None:
        self._log = log
        self._pool = pool

    def judge(self, commands: Sequence[AnyCommand], *, replay: bool = False) -> int:
        """
        How many events the commands would come to now, recording nothing. Raises what `record` would.

        A replay may be of many moments, in their order; each is judged upon the ones before, as it will be recorded.
        Raises RecordedBackwards where it begins before the head.
        """
        with self._pool.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            known = known_for(connection, wanted(commands))
            if not replay:
                return len(decide(commands, known))
            moments = groupby(commands, key=_moment)
            decided = [each for _, lines in moments for each in decide(list(lines), known, replay=True)]
            if decided:
                self._check_backwards(connection, decided[0])
            return len(decided)

    def ahead(self, steps: Sequence[Sequence[AnyCommand]], concerned: list[Wanted] | None) -> Iterator[Judged]:
        """
        What appends in these steps would come to now, each upon the ones before, recording nothing.

        `concerned` is what each of them concerns, None where no two of them name the same act or measure; the list is
        emptied, for nobody needs it any more. Raises what `record` would, of the first step that is refused.
        """
        with self._pool.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            after, _ = self._log.head(connection=connection)
            last = _last_named(concerned or ())
            known = Known({}, {})
            if after:
                known = known_for(connection, together(map(wanted, steps) if concerned is None else concerned))
            if concerned is not None:
                concerned.clear()
            begun = set(known.begun)
            for number, step in enumerate(steps):
                known.ordered = {}
                decided = decide(step, known)
                yield Judged(after, decided, known.ordered, frozenset(known.ordered.keys() - begun))
                begun.update(known.ordered)
                after += len(decided)
                _forget(known, last, number)

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

    def holds(
        self, judged: Judged, meanwhile: Meanwhile | None, commands: Sequence[AnyCommand], locked: Locked
    ) -> bool:
        """
        Whether commands still come to what was judged: others have recorded nothing since that concerns them.

        Asked under the lock of the log. Without a `meanwhile`, nobody may have recorded anything.
        """
        head = locked.head.position
        if meanwhile is None:
            return judged.after == head
        if head - meanwhile.reached > MOST_MEANWHILE:
            meanwhile.held = False
        else:
            if head > meanwhile.reached:
                found = self._log.read(meanwhile.reached, MOST_MEANWHILE, up_to=head, connection=locked.connection)
                meanwhile.see(found)
            meanwhile.held = not meanwhile.concerns(commands, judged.ordered)
        return meanwhile.held


def _last_named(concerned: Iterable[Wanted]) -> dict[str, int]:
    """The last of some steps that names an act or a measure, by its number. No act is called as a measure is."""
    last: dict[str, int] = {}
    for number, of in enumerate(concerned):
        for names in (of.slugs, of.verifying, of.after, of.measures):
            last.update(dict.fromkeys(names, number))
    return last


def _forget(known: Known, last: Mapping[str, int], number: int) -> None:
    """Lets go of the measures that a step touched, if no later one names them or an act that stands on them."""
    for measure in known.ordered:
        acts = known.standing.get(measure, ())
        if not last or (last.get(measure, 0) <= number and all(last.get(act, 0) <= number for act in acts)):
            known.forget(measure)


def _moment(command: AnyCommand) -> datetime | None:
    return command.recorded_at
