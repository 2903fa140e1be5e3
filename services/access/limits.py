"""How much is let in: limits by time, counted in the memory of this process."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import ceil, floor

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.storage.base import SlidingWindowCounterSupport
from limits.strategies import SlidingWindowCounterRateLimiter
from msgspec import Struct

from events.errors import Refusal

LIMIT_RULE = "give a number per second, minute, hour or day, as in 600/minute, or off"
MOST_COUNTERS = 100_000
"""How many callers are counted at once; past that, those who asked longest ago are forgotten."""

_WRITTEN = re.compile(r"[1-9]\d{0,8}/(second|minute|hour|day)", re.ASCII)


class Standing(Struct, frozen=True):
    """Where somebody stands with a limit: what is left of it, and in how many seconds all of it is there again."""

    name: str
    quota: int
    window: int
    left: int
    seconds: int


class TooManyRequests(Refusal):
    """Everybody may ask so much in a time and no more, so that there is something left for others."""

    type = "too-many-requests"

    def __init__(self, sentence: str, standing: Standing, seconds: int) -> None:
        again = "1 second" if seconds == 1 else f"{seconds} seconds"
        super().__init__(
            f"{sentence} Ask again in {again}.",
            limit=standing.name,
            quota=standing.quota,
            window_seconds=standing.window,
            retry_after=seconds,
        )
        self.standing = standing


def limit_of(text: str) -> RateLimitItem | None:
    """`600/minute`; None for `off`. Raises ValueError."""
    if text == "off":
        return None
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"'{text}' is not a limit: {LIMIT_RULE}")
    return parse(text)


class Counters(Storage, SlidingWindowCounterSupport):
    """
    The counts of two windows for everybody: the one that runs and the one before it.

    For one thread. The library's own memory starts a thread at every hit, which walks through everybody; this one
    forgets as it goes, is bounded, and reads the clock of the service.
    """

    def __init__(self, clock: Callable[[], datetime], most: int = MOST_COUNTERS) -> None:
        super().__init__()
        self._clock = clock
        self._most = most
        self._counts: dict[str, tuple[int, int, int]] = {}  # the number of a window, its count, the count before

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The count before with the seconds for which it still weighs, and the count now with its own."""
        now = self._clock().timestamp()
        into = now % expiry
        _, current, previous = self._at(key, int(now // expiry))
        return previous, expiry - into if previous else 0.0, current, 2 * expiry - into

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Whether an amount is let in; if so it is counted."""
        previous, weighing, current, _ = self.get_sliding_window(key, expiry)
        if floor(previous * weighing / expiry + current) + amount > limit:
            return False
        window, current, previous = self._at(key, int(self._clock().timestamp() // expiry))
        self._counts.pop(key, None)  # so that the order is the one of asking
        self._counts[key] = window, current + amount, previous
        if len(self._counts) > self._most:
            del self._counts[next(iter(self._counts))]
        return True

    def _at(self, key: str, window: int) -> tuple[int, int, int]:
        then, current, previous = self._counts.get(key, (window, 0, 0))
        if then == window:
            return then, current, previous
        return window, 0, current if then == window - 1 else 0

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        self._counts.pop(key, None)

    # What other strategies than the sliding window would need of a storage.

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        number = len(self._counts)
        self._counts.clear()
        return number

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)


class Limit:
    """One limit, which is counted for each who asks. `None` limits nothing."""

    def __init__(self, name: str, item: RateLimitItem | None, clock: Callable[[], datetime], sentence: str) -> None:
        self.name = name
        self._item = item
        self._sentence = sentence
        self._counters = Counters(clock)
        self._strategy = SlidingWindowCounterRateLimiter(self._counters)

    def take(self, who: str, cost: int = 1) -> Standing | None:
        """Counts what somebody asks. Raises TooManyRequests, which counts nothing."""
        if self._item is None:
            return None
        # What costs more than there ever is would never be let in: it takes all of it.
        if not self._strategy.hit(self._item, who, cost=min(cost, self._item.amount)):
            raise self._refusal(who, self._item, cost)
        return self._standing(who, self._item)

    def check(self, who: str) -> None:
        """Raises TooManyRequests where nothing is left; counts nothing."""
        if self._item is not None and not self._strategy.test(self._item, who):
            raise self._refusal(who, self._item, 1)

    def _standing(self, who: str, item: RateLimitItem) -> Standing:
        window = item.get_expiry()
        previous, weighing, current, until = self._counters.get_sliding_window(item.key_for(who), window)
        left = max(0, item.amount - floor(previous * weighing / window + current))
        return Standing(self.name, item.amount, window, left, ceil(until if current else weighing))

    def _refusal(self, who: str, item: RateLimitItem, cost: int) -> TooManyRequests:
        standing = self._standing(who, item)
        window = item.get_expiry()
        previous, weighing, current, until = self._counters.get_sliding_window(item.key_for(who), window)
        seconds = _seconds_until(min(cost, item.amount), item.amount, window, previous, weighing, current, until)
        return TooManyRequests(self._sentence, standing, seconds)


def _seconds_until(
    cost: int, quota: int, window: int, previous: int, weighing: float, current: int, until: float
) -> int:
    """In how many whole seconds a cost is let in, if nothing else is asked meanwhile."""
    room = quota - cost + 1  # the weighted count has to fall below this
    if current < room:  # while the count before loses its weight
        return max(1, floor(weighing - (room - current) * window / max(previous, 1)) + 1)
    # The count now becomes the count before, and loses its weight in turn.
    return max(1, floor(until - room * window / current) + 1)
