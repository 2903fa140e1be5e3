"""
Days that are not known exactly, and the readings that they allow (record format, rule 7).

The lifecycle is written as if every day were known. A partial day is a `Day` object that compares like a number; where
its span leaves a comparison open, both outcomes are tried: one run of the lifecycle for each consistent set of
outcomes. Each outcome narrows what later comparisons may say, so every run stands for at least one way of choosing all
the days, and every way of choosing them is covered by a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

R = TypeVar("R")


class Contradiction(Exception):
    """The outcomes tried so far exclude each other; the run counts for nothing."""


class Day:
    """A partial day within one run: some day from `low` to `high`, both inclusive ordinals."""

    __slots__ = ("after", "before", "choices", "high", "low")

    def __init__(self, choices: Choices, low: int, high: int) -> None:
        self.choices = choices
        self.low = low
        self.high = high
        self.after: list[tuple[Day, int]] = []  # (other, gap): self + gap <= other
        self.before: list[tuple[Day, int]] = []  # (other, gap): other + gap <= self

    def __le__(self, other: Any) -> bool:
        return self.choices.not_after(self, other)

    def __lt__(self, other: Any) -> bool:
        return not self.choices.not_after(other, self)

    def __ge__(self, other: Any) -> bool:
        return self.choices.not_after(other, self)

    def __gt__(self, other: Any) -> bool:
        return not self.choices.not_after(self, other)


AnyDay = int | Day


class Choices:
    """The outcomes of one run, tried in a fixed order so that the next run can differ in the last open one."""

    def __init__(self, script: list[bool]) -> None:
        self.script = script
        self.taken = 0

    def not_after(self, a: AnyDay, b: AnyDay) -> bool:
        """Whether a <= b; where both are possible, the outcome that this run tries."""
        if a is b:
            return True
        low_a, high_a = (a, a) if isinstance(a, int) else (a.low, a.high)
        low_b, high_b = (b, b) if isinstance(b, int) else (b.low, b.high)
        if high_a <= low_b:
            return True
        if low_a > high_b:
            return False
        if self.taken == len(self.script):
            self.script.append(True)
        outcome = self.script[self.taken]
        self.taken += 1
        if outcome:
            require(a, b, 0)
        else:
            require(b, a, 1)
        return outcome


def earliest(day: AnyDay) -> int:
    """The first day that it may be."""
    return day if isinstance(day, int) else day.low


def latest(day: AnyDay) -> int:
    """The last day that it may be."""
    return day if isinstance(day, int) else day.high


def surely_by(a: AnyDay, b: AnyDay) -> bool:
    """Whether a <= b in every reading; nothing is tried."""
    return latest(a) <= earliest(b)


def require(a: AnyDay, b: AnyDay, gap: int) -> None:
    """Narrows both days to a + gap <= b. Raises Contradiction where nothing remains."""
    if isinstance(a, Day) and isinstance(b, Day):
        if _reaches(b, a, gap):
            raise Contradiction
        a.after.append((b, gap))
        b.before.append((a, gap))
    if isinstance(a, Day):
        _lower_high(a, (b if isinstance(b, int) else b.high) - gap)
    if isinstance(b, Day):
        _raise_low(b, (a if isinstance(a, int) else a.low) + gap)


def _reaches(start: Day, goal: Day, gap: int) -> bool:
    """Whether what is required already says start + n <= goal with n + gap > 0: one more would close a circle."""
    stack: list[tuple[Day, int]] = [(start, 0)]
    best: dict[int, int] = {}
    while stack:
        node, n = stack.pop()
        if node is goal and n + gap > 0:
            return True
        if best.get(id(node), -1) >= n:
            continue
        best[id(node)] = n
        stack.extend((other, n + more) for other, more in node.after)
    return False


def _lower_high(day: Day, high: int) -> None:
    if high < day.high:
        day.high = high
        if day.low > high:
            raise Contradiction
        for other, gap in day.before:
            _lower_high(other, high - gap)


def _raise_low(day: Day, low: int) -> None:
    if low > day.low:
        day.low = low
        if low > day.high:
            raise Contradiction
        for other, gap in day.after:
            _raise_low(other, low + gap)


def runs(run: Callable[[Choices], R]) -> Iterator[R]:
    """Every consistent run, each result once per set of outcomes. `run` makes its days anew from the given choices."""
    script: list[bool] = []
    while True:
        choices = Choices(script)
        try:
            yield run(choices)
        except Contradiction:
            pass
        del script[choices.taken :]
        while script and not script[-1]:
            script.pop()
        if not script:
            return
        script[-1] = False
