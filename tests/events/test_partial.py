"""Days that are not known exactly, and the outcomes they allow (record format, rule 7)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.partial import AnyDay, Choices, Contradiction, Day, require, runs

SPAN = st.tuples(st.integers(0, 6), st.integers(0, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))
COMPARISONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("<≤>≥")), max_size=6)

OUTCOMES = {
    "<": lambda a, b: a < b,
    "≤": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "≥": lambda a, b: a >= b,
}


def days_of(choices: Choices, spans: list[tuple[int, int]]) -> list[AnyDay]:
    """A day of one run for each span; an ordinal where only one is possible."""
    return [low if low == high else Day(choices, low, high) for low, high in spans]


@settings(max_examples=300, deadline=None)
@given(st.lists(SPAN, min_size=4, max_size=4), COMPARISONS)
def test_the_runs_are_the_outcomes_of_all_choices_and_each_comes_once(
    spans: list[tuple[int, int]], asked: list[tuple[int, int, str]]
) -> None:
    def run(choices: Choices) -> tuple[bool, ...]:
        days = days_of(choices, spans)
        return tuple(bool(OUTCOMES[sign](days[a], days[b])) for a, b, sign in asked)

    found = list(runs(run))
    chosen = product(*(range(low, high + 1) for low, high in spans))
    assert set(found) == {tuple(bool(OUTCOMES[sign](day[a], day[b])) for a, b, sign in asked) for day in chosen}
    assert len(found) == len(set(found))


@settings(max_examples=200, deadline=None)
@given(st.lists(SPAN, min_size=4, max_size=4), COMPARISONS, st.integers(0, 3), st.integers(0, 3))
def test_what_is_required_beforehand_holds_in_every_run(
    spans: list[tuple[int, int]], asked: list[tuple[int, int, str]], first: int, then: int
) -> None:
    def run(choices: Choices) -> tuple[bool, ...]:
        days = days_of(choices, spans)
        if isinstance(days[first], int) and isinstance(days[then], int):
            if days[first] > days[then]:
                raise Contradiction
        else:
            require(days[first], days[then], 0)
        return tuple(bool(OUTCOMES[sign](days[a], days[b])) for a, b, sign in asked)

    chosen = [day for day in product(*(range(low, high + 1) for low, high in spans)) if day[first] <= day[then]]
    assert set(runs(run)) == {tuple(bool(OUTCOMES[sign](day[a], day[b])) for a, b, sign in asked) for day in chosen}


def test_a_day_is_not_before_and_not_after_itself() -> None:
    day = Day(Choices([]), 1, 5)
    assert (day <= day, day < day, day >= day, day > day) == (True, False, True, False)


def test_days_that_exclude_each_other_are_a_contradiction() -> None:
    choices = Choices([])
    early, late = Day(choices, 1, 5), Day(choices, 6, 9)
    with pytest.raises(Contradiction):
        require(late, early, 0)
