"""
Measures kept folded between appends, so that one more act costs what it changes and not what went before.

Only measures whose days are all exact are kept, and only later acts go on with them; everything else is folded anew.
What is kept is checked against the log, by the revision of its stream, each time it is used; it is taken out while an
append is under way and put back when it is committed, so that a failed append leaves nothing of it behind. What is not
kept, or was added to by others, is resumed from the tables.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from threading import Lock

import psycopg
from msgspec import Struct

from events.actions import Act
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct
from events.order import Walk
from projections.period_rows import folds_of, resumed_periods
from projections.periods import Periods

MOST_ACTIONS = 200_000
"""Actions of the measures kept; the least used are dropped first."""


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

    def take(
        self,
        connection: psycopg.Connection,
        commands: Sequence[AnyCommand],
        on_record: Collection[str],
        revisions: Mapping[str, int],
    ) -> dict[str, LiveMeasure]:
        """
        Takes out the measures that these commands only go on with; `on_record` are slugs that were ever recorded,
        `revisions` those of the measures that have begun.

        The caller holds the lock of the log, so that the revisions stay as they are until the append.
        """
        new: dict[str, list[Act]] = {}
        barred: set[str] = set()
        for command in commands:
            match command:
                case RecordAct(act=act, actions=actions):
                    for measure in {action.measure for action in actions}:
                        new.setdefault(measure, []).append(act)
                        if act.act in on_record:
                            barred.add(measure)
                case CorrectAct() | RetractAct():
                    return {}
                case _:
                    pass
        with self._lock:
            taken = {measure: self._pop(measure) for measure in new if measure in self._kept}
        taken = {measure: live for measure, live in taken.items() if revisions.get(measure) == live.revision}
        cold = [measure for measure in new if measure in revisions and measure not in taken and measure not in barred]
        taken |= _resumed(connection, {measure: revisions[measure] for measure in cold})
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


def live_measure(periods: Periods, revision: int) -> LiveMeasure | None:
    """Periods as a live measure, or None where they cannot be gone on with."""
    fold = periods.fold
    if fold.partial or not fold.ordered.actions:
        return None
    return LiveMeasure(revision, len(fold.ordered.actions), Walk(fold.ordered), periods)


def _resumed(connection: psycopg.Connection, revisions: Mapping[str, int]) -> dict[str, LiveMeasure]:
    """Measures as the tables have them, at these revisions."""
    if not revisions:
        return {}
    periods = resumed_periods(connection, folds_of(connection, list(revisions)).values())
    found = {measure: live_measure(each, revisions[measure]) for measure, each in periods.items()}
    return {measure: live for measure, live in found.items() if live is not None}
