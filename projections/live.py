"""
Measures kept folded between appends, so that one more act costs what it changes and not what went before.

Only measures whose days are all exact are kept, and only later acts go on with them; everything else is folded anew.
What is kept is checked against the log, by the revision of its stream, each time it is used; it is taken out while an
append is under way and put back when it is committed, so that a failed append leaves nothing of it behind. What is not
kept, or was added to by others, is resumed from the tables.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock

from msgspec import Struct

from events.actions import Act
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct
from events.order import Walk
from projections.period_rows import folds_of, resumed_periods
from projections.periods import Periods
from projections.present import Present

MOST_ACTIONS = 30_000
"""Actions of the measures kept, some six kilobytes each; the least used are dropped first."""


class LiveMeasure(Struct):
    """A measure at a revision of its stream, verifications aside: the order of its acts, and its periods."""

    revision: int
    actions: int
    walk: Walk
    periods: Periods


class Live:
    """Live measures by name. Safe to share between threads."""

    def __init__(self, most: int = MOST_ACTIONS) -> None:
        self._kept: OrderedDict[str, LiveMeasure] = OrderedDict()
        self._actions = 0
        self._most = most
        self._lock = Lock()

    def counts(self) -> tuple[int, int]:
        """How many measures are kept, and of how many actions."""
        with self._lock:
            return len(self._kept), self._actions

    def missing(self, commands: Sequence[AnyCommand], measures: Iterable[str]) -> list[str]:
        """Those of the measures that commands name which are not kept, or not so that the commands go on with them."""
        new = _added(commands)
        with self._lock:
            return [
                measure
                for measure in measures
                if measure not in self._kept
                or not all(self._kept[measure].walk.leads_to(act) for act in new.get(measure, ()))
            ]

    def take(
        self,
        present: Present,
        commands: Sequence[AnyCommand],
        on_record: Collection[str],
        revisions: Mapping[str, int],
    ) -> dict[str, LiveMeasure]:
        """
        Takes out the measures that these commands only go on with; `on_record` are slugs that were ever recorded,
        `revisions` those of the measures that have begun.

        The caller holds the lock of the log, so that the revisions stay as they are until the append.
        """
        if any(isinstance(command, CorrectAct | RetractAct) for command in commands):
            return {}
        new = _added(commands)
        barred = {measure for measure, acts in new.items() if any(act.act in on_record for act in acts)}
        with self._lock:
            taken = {measure: self._pop(measure) for measure in new if measure in self._kept}
        taken = {measure: live for measure, live in taken.items() if revisions.get(measure) == live.revision}
        cold = [measure for measure in new if measure in revisions and measure not in taken and measure not in barred]
        taken |= _resumed(present, {measure: revisions[measure] for measure in cold})
        return {
            measure: live
            for measure, live in taken.items()
            if measure not in barred and all(live.walk.leads_to(act) for act in new[measure])
        }

    def keep(self, measures: Mapping[str, LiveMeasure]) -> None:
        """Puts measures back, or in, once what they were told is committed."""
        with self._lock:
            for measure, live in measures.items():
                if measure in self._kept:
                    self._pop(measure)
                self._kept[measure] = live
                self._actions += live.actions
            while self._actions > self._most and self._kept:
                self._pop(next(iter(self._kept)))

    def _pop(self, measure: str) -> LiveMeasure:
        live = self._kept.pop(measure)
        self._actions -= live.actions
        return live


def _added(commands: Sequence[AnyCommand]) -> dict[str, list[Act]]:
    """The acts that are to be recorded, by the measures that they touch."""
    new: dict[str, list[Act]] = {}
    for command in commands:
        if isinstance(command, RecordAct):
            for measure in {action.measure for action in command.actions}:
                new.setdefault(measure, []).append(command.act)
    return new


def live_measure(periods: Periods, revision: int) -> LiveMeasure | None:
    """Periods as a live measure, or None where they cannot be gone on with."""
    fold = periods.fold
    if fold.partial or not fold.ordered.actions or fold.ordered.life is None:
        return None
    return LiveMeasure(revision, len(fold.ordered.actions), Walk(fold.ordered), periods)


def _resumed(present: Present, revisions: Mapping[str, int]) -> dict[str, LiveMeasure]:
    """Measures as the tables have them, at these revisions."""
    periods = resumed_periods(present, folds_of(present, revisions).values())
    found = {measure: live_measure(each, revisions[measure]) for measure, each in periods.items()}
    return {measure: live for measure, live in found.items() if live is not None}
