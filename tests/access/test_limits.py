"""Limits by time: so much in any window, and again when it has passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from limits import parse

from services.access.limits import Counters, Limit, TooManyRequests, limit_of

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def limit(text: str, clock: Clock) -> Limit:
    return Limit("requests", limit_of(text), clock, "Too many requests came.")


def test_so_much_is_let_in_and_no_more_and_each_has_their_own() -> None:
    clock = Clock()
    ten = limit("10/minute", clock)
    left = [standing.left for _ in range(10) if (standing := ten.take("ada"))]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    with pytest.raises(TooManyRequests):
        ten.take("ada")
    ben = ten.take("ben")
    assert ben is not None
    assert ben.left == 9


@pytest.mark.parametrize("after", [0.0, 0.5, 17.3, 59.0])
@pytest.mark.parametrize("cost", [1, 3, 10])
def test_a_refusal_says_when_it_will_be_let_in_and_then_it_is(after: float, cost: int) -> None:
    clock = Clock()
    clock.pass_(after)
    ten = limit("10/minute", clock)
    for _ in range(10):
        ten.take("ada")
    with pytest.raises(TooManyRequests) as caught:
        ten.take("ada", cost)
    seconds = caught.value.facts["retry_after"]
    assert isinstance(seconds, int)
    assert 1 <= seconds <= 121
    begun = clock.now
    for early in range(1, seconds - 1):
        clock.now = begun + timedelta(seconds=early)
        with pytest.raises(TooManyRequests):
            ten.take("ada", cost)
    clock.now = begun + timedelta(seconds=seconds)
    ten.take("ada", cost)


@pytest.mark.parametrize(("cost", "seconds"), [(2, 1), (3, 7), (5, 19), (7, 31), (8, 37)])
def test_what_was_asked_in_the_window_before_loses_its_weight(cost: int, seconds: int) -> None:
    clock = Clock()
    ten = limit("10/minute", clock)
    ten.take("ada", 10)
    clock.pass_(78)  # 18 seconds into the next window: the ten before weigh seven
    ten.take("ada", 2)
    with pytest.raises(TooManyRequests) as caught:
        ten.take("ada", cost)
    assert caught.value.facts["retry_after"] == seconds
    clock.pass_(seconds)
    ten.take("ada", cost)


def test_a_standing_says_in_how_many_seconds_all_of_it_is_there_again() -> None:
    clock = Clock()
    ten = limit("10/minute", clock)
    clock.pass_(15)
    standing = ten.take("ada")
    assert standing is not None
    assert standing.seconds == 45 + 60
    clock.pass_(standing.seconds)
    standing = ten.take("ada", 10)
    assert standing is not None
    assert standing.left == 0


def test_in_no_minute_twice_as_much_is_let_in_as_at_the_turn_of_fixed_windows() -> None:
    clock = Clock()
    clock.pass_(59)
    ten = limit("10/minute", clock)
    for _ in range(10):
        ten.take("ada")
    clock.pass_(2)
    with pytest.raises(TooManyRequests):
        ten.take("ada", 2)


def test_after_two_windows_everything_is_there_again() -> None:
    clock = Clock()
    ten = limit("10/minute", clock)
    for _ in range(10):
        ten.take("ada")
    clock.pass_(120)
    standing = ten.take("ada")
    assert standing is not None
    assert (standing.left, standing.quota, standing.window) == (9, 10, 60)


def test_what_is_refused_is_not_counted() -> None:
    clock = Clock()
    ten = limit("10/minute", clock)
    ten.take("ada", 8)
    for _ in range(5):
        with pytest.raises(TooManyRequests):
            ten.take("ada", 3)
    ten.take("ada", 2)


def test_what_costs_more_than_there_ever_is_takes_all_of_it() -> None:
    clock = Clock()
    ten = limit("10/minute", clock)
    standing = ten.take("ada", 30)
    assert standing is not None
    assert standing.left == 0
    with pytest.raises(TooManyRequests):
        ten.take("ada")


def test_to_look_whether_something_is_left_counts_nothing() -> None:
    clock = Clock()
    one = limit("1/minute", clock)
    for _ in range(3):
        one.check("ada")
    one.take("ada")
    with pytest.raises(TooManyRequests):
        one.check("ada")


def test_off_limits_nothing() -> None:
    off = limit("off", Clock())
    assert {off.take("ada") for _ in range(1000)} == {None}
    off.check("ada")


def test_the_memory_of_callers_is_bounded_and_keeps_those_who_asked_last() -> None:
    clock = Clock()
    counters = Counters(clock, most=3)
    item = parse("10/minute")
    for who in ("ada", "ben", "ada", "cem", "dan"):
        counters.acquire_sliding_window_entry(item.key_for(who), 10, 60)
    counts = {who: counters.get_sliding_window(item.key_for(who), 60)[2] for who in ("ada", "ben", "cem", "dan")}
    assert counts == {"ada": 2, "ben": 0, "cem": 1, "dan": 1}


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [("600/minute", 600, 60), ("1/second", 1, 1), ("10/hour", 10, 3600), ("5/day", 5, 86400)],
)
def test_a_limit_is_written_as_a_number_in_a_time(text: str, amount: int, seconds: int) -> None:
    item = limit_of(text)
    assert item is not None
    assert (item.amount, item.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize(
    "text", ["", "600", "0/minute", "-1/minute", "1.5/minute", "600/fortnight", "1/second; 2/minute", "٦/minute", "on"]
)
def test_what_is_not_a_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="600/minute"):
        limit_of(text)
