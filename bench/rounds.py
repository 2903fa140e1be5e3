"""Asking systems in turns, so that what disturbs the machine disturbs all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple, TypeVar

from bench.figures import Figures

Question = TypeVar("Question")


class Contender(NamedTuple):
    """One that is asked: by its name, and how many of each round's questions."""

    name: str
    ask: Callable[..., object]
    share: float = 1


class Taken(NamedTuple):
    """What the answers of one system took, in milliseconds."""

    median: float
    last_percent: float
    lower: float
    upper: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Taken:
        """The summary of single times."""
        took = [each * 1000 for each in seconds]
        lower, _, upper = quantiles(took, n=4, method="inclusive")
        return cls(median(took), quantiles(took, n=100, method="inclusive")[98], lower, upper)

    def show(self, figures: Figures, group: str, name: str) -> None:
        """Adds the figures."""
        figures.add(group, f"{name}, ms (median)", self.median)
        figures.add(group, f"{name}, ms (99th percentile)", self.last_percent)
        figures.add(group, f"{name}, ms (between the quartiles)", self.upper - self.lower)


def in_turns(
    contenders: Sequence[Contender], questions: Sequence[tuple[object, ...]], *, rounds: int
) -> Mapping[str, Taken]:
    """
    Asks each contender the same questions, a part of them in every round: a, b, c, a, b, c …

    One with a share below 1 is asked the first of each part only, at least one. One more round comes first and does
    not count: it warms up, with questions of its own, lest an answer be kept.
    """
    took: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    size = -(-len(questions) // (rounds + 1))
    for turn in range(rounds + 1):
        part = questions[turn * size :][:size]
        for contender in contenders:
            for question in islice(part, max(round(len(part) * contender.share), 1)):
                started = perf_counter()
                contender.ask(*question)
                seconds = perf_counter() - started
                if turn:
                    took[contender.name].append(seconds)
    return {name: Taken.of(seconds) for name, seconds in took.items()}


def ratio(taken: Mapping[str, Taken], slow: str, fast: str) -> float:
    """How many times as long the one took, by the medians."""
    return taken[slow].median / taken[fast].median
