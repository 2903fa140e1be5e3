"""
A function of valid days that is told day after day, and the boxes of what it was: valid days × known days.

It knows nothing of measures: a value is what the periods (periods.py) say of a day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from events.dates import NEVER


class Box(Struct, frozen=True, gc=False):
    """One box: half-open ordinals, NEVER for no end; `valid_from` 0 and `valid_to` NEVER for all days."""

    kind: str
    name: str
    valid_from: int
    valid_to: int
    known_from: int
    known_to: int
    status: str | None
    exact: bool
    value: bytes


Value = tuple[str | None, bool, bytes]
"""(status, exact, JSON); None where there is nothing."""

Step = tuple[int, Value | None, int]
"""(day, value from that day on, known since)"""

_NOTHING: Step = (0, None, 0)
"""What is before the first step of all."""

_BEYOND = NEVER + 1
"""Where the last step of all ends; one may begin on NEVER."""


class Steps:
    """
    A function of the valid day under today's eyes, and the boxes of what it was under earlier ones.

    What is told on one day counts as told at once: whatever stands in the evening as it stood in the morning has not
    changed, however many acts of the day went to and fro.
    """

    def __init__(self, kind: str, name: str, told_from: int | None = None) -> None:
        """`told_from` is 0 where nobody was told of any of them: then all are new when `difference` is asked first."""
        self.kind = kind
        self.name = name
        self.steps: list[Step] = []
        self._today = 0
        self._morning: list[Step] = []
        """The steps as they were before today, from `_from` on, which is as far back as today has reached."""
        self._from = _BEYOND
        self._ended: list[Box] = []
        """The boxes of what stood in the morning and does not any more."""
        self._told: list[Box] = []
        """The boxes from the step of `_told_from` on as `difference` gave them last, those closed today included."""
        self._told_from = told_from
        self._closed: list[Box] = []
        """Those closed on the days before, and not given yet."""

    def resume(self, boxes: Sequence[Box], today: int) -> None:
        """
        Goes on from rows of the table: the open boxes, and those closed on the day told last, which may go on.

        Needs to know the day only to tell what stands since its morning from what came and went in it.
        """
        opened = [(box, box.known_from) for box in boxes if box.known_to == NEVER]
        for step in _as_steps(opened):
            if self.steps or step[1] is not None:
                self.steps.append(step)
        closed = [box for box in boxes if box.known_to == today]
        if closed or any(since == today for _, since in opened):
            stood = [(box, since) for box, since in opened if since < today]
            self._today, self._from = today, 0
            self._morning = _as_steps(stood + [(box, box.known_from) for box in closed])
            self._lay([(day, value) for day, value, _ in self._take(0)], bisect_left(self._morning, (1,)) - 1)
            self._told = list(self._ended)

    def replace(self, low: int, tail: Sequence[tuple[int, Value | None]], known: int) -> None:
        """From `low` on the function is `tail` (its first step begins at `low`), as known from a day on."""
        if self._told_from != 0:
            self._remember(low)
        taken = self._take(low)
        if known != self._today:
            self._closed += self._ended
            self._today, self._morning, self._from, self._ended = known, taken, low, []
            self._lay(tail, 0)
            return
        if low < self._from:
            self._morning[:0] = [step for step in taken if step[0] < self._from]
            self._from = low
        while self._ended and self._ended[-1].valid_to > low:
            ended = self._ended.pop()
            if ended.valid_from < low:
                self._ended.append(msgspec.structs.replace(ended, valid_to=low))
        self._lay(tail, bisect_left(self._morning, (low + 1,)) - 1)

    def difference(self) -> tuple[list[Box], list[Box]]:
        """The boxes that are gone and those that are new since this was asked last."""
        if self._told_from is None:
            return [], []
        now = [*self._closed, *self._ended, *self._open(self._told_from)]
        gone, new = _without(self._told, now), _without(now, self._told)
        self._told, self._told_from, self._closed = list(self._ended), None, []
        return gone, new

    def _remember(self, low: int) -> None:
        """Keeps the open boxes that a change from `low` on may touch, as they were given last."""
        at = max(bisect_left(self.steps, (low,)) - 1, 0)  # the step before may come to reach further
        first = min(low, self.steps[at][0]) if at < len(self.steps) else low
        if self._told_from is None:
            self._told += self._open(first)
            self._told_from = first
        elif first < self._told_from:
            self._told += self._open(first, self._told_from)
            self._told_from = first

    def _take(self, low: int) -> list[Step]:
        """Takes away the steps of the days from `low` on, and gives them, the first cut to begin there."""
        steps = self.steps
        at = bisect_left(steps, (low,))
        taken = steps[at:]
        if not taken or taken[0][0] != low:
            _, value, since = steps[at - 1] if at else _NOTHING
            taken.insert(0, (low, value, since))
        del steps[at:]
        return taken

    def _lay(self, tail: Sequence[tuple[int, Value | None]], at: int) -> None:
        """
        Goes on with `tail`: what is as it was in the morning stays, what was otherwise has ended.

        In the morning the first day of it was part of the step at that place.
        """
        steps, morning, today = self.steps, self._morning, self._today
        _, last, last_since = steps[-1] if steps else _NOTHING
        _, before, since = morning[at]
        at += 1
        turn = morning[at][0] if at < len(morning) else _BEYOND
        for place, (day, after) in enumerate(tail, 1):
            end = tail[place][0] if place < len(tail) else _BEYOND
            while day < end:
                until = turn if turn < end else end
                known = since
                if before != after:
                    known = today
                    if before is not None:
                        self._end(day, until if until < NEVER else NEVER, before, since)
                if after != last or (known != last_since and after is not None):
                    steps.append((day, after, known))
                    last, last_since = after, known
                day = until
                if day == turn and at < len(morning):
                    _, before, since = morning[at]
                    at += 1
                    turn = morning[at][0] if at < len(morning) else _BEYOND

    def _end(self, day: int, until: int, value: Value, since: int) -> None:
        """What stood on these days in the morning does not any more; the days come in order."""
        if self._ended:
            last = self._ended[-1]
            if last.valid_to == day and last.known_from == since and _of(last) == value:
                day = self._ended.pop().valid_from
        status, exact, told = value
        self._ended.append(Box(self.kind, self.name, day, until, since, self._today, status, exact, told))

    def _open(self, low: int, before: int = _BEYOND) -> list[Box]:
        """The open boxes that begin on a day or later, and before another if given."""
        first, last = bisect_left(self.steps, (low,)), bisect_left(self.steps, (before,))
        ends = [*[day for day, _, _ in self.steps[first + 1 : last + 1]], NEVER]
        return [
            Box(self.kind, self.name, day, end, since, NEVER, *value)
            for (day, value, since), end in zip(self.steps[first:last], ends, strict=False)
            if value is not None
        ]


def _as_steps(boxes: Iterable[tuple[Box, int]]) -> list[Step]:
    """Boxes that share no day, each with the day it is known since, as steps of all days."""
    steps: list[Step] = []
    until = 0
    for box, since in sorted(boxes, key=lambda each: each[0].valid_from):
        if box.valid_from > until:
            steps.append((until, None, 0))
        steps.append((box.valid_from, _of(box), since))
        until = box.valid_to
    return steps if until == NEVER else [*steps, (until, None, 0)]


def _of(box: Box) -> Value:
    return box.status, box.exact, box.value


def _without(boxes: Sequence[Box], others: Sequence[Box]) -> list[Box]:
    if not boxes or not others:
        return list(boxes)
    there = set(others)
    return [box for box in boxes if box not in there]
