"""Writes that share a transaction: those that wait while another is under way, and do not concern one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock
from typing import Any

from msgspec import Struct

from events.commands import AnyCommand, RecordAct
from events.log import Recorded
from events.recorder import LOCK_TIMEOUT, LogBusy
from projections.known import wanted

MOST = 32
"""Writes that share a transaction at most, which bounds the time that the lock is held."""


class Condition(Struct, frozen=True):
    """What must hold of the database when something is recorded: `check` raises where the rows of the query say no."""

    query: str
    check: Callable[[Sequence[Sequence[Any]]], None]


class Write:
    """
    A write that waits to be made: what is asked, by whom, and afterwards what was recorded, or the error.

    `concerned` are the acts and measures that it reads or changes. It can be `shared` where it only records acts: what
    a correction or a retraction concerns is known only from the record.
    """

    def __init__(
        self,
        commands: Sequence[AnyCommand],
        *,
        recorded_by: str,
        batch: str | None,
        expected: Mapping[str, int],
        condition: Condition | None,
    ) -> None:
        self.commands = commands
        self.recorded_by = recorded_by
        self.batch = batch
        self.expected = expected
        self.condition = condition
        self.wanted = wanted(commands)
        self.concerned = {*self.wanted.slugs, *self.wanted.after, *self.wanted.measures, *expected}
        self.shared = all(isinstance(command, RecordAct) for command in commands)
        self.made = Event()
        self.recorded: list[Recorded] = []
        self.error: BaseException | None = None

    def outcome(self) -> list[Recorded]:
        """What was recorded. Raises the error where it was not."""
        if self.error is not None:
            raise self.error
        return self.recorded


class Queue:
    """The writes that wait for the lock of the log, in the order in which they came. Safe to share between threads."""

    def __init__(self) -> None:
        self._waiting: list[Write] = []
        self._lock = Lock()

    def put(self, write: Write) -> None:
        """One write more."""
        with self._lock:
            self._waiting.append(write)

    def take(self) -> list[Write]:
        """
        The write that has waited longest, with those that can share its transaction; none of them waits any more.

        None of these goes before one that it might concern: where what one concerns is not known, none goes before it.
        """
        with self._lock:
            first, *others = self._waiting
            found = [first]
            concerned = set(first.concerned)
            for other in others if first.shared else ():
                if not other.shared or len(found) == MOST:
                    break
                if concerned.isdisjoint(other.concerned):
                    found.append(other)
                concerned |= other.concerned
            self._waiting = [each for each in self._waiting if each not in found]
            return found

    def withdraw(self, write: Write) -> bool:
        """Says that a write waits no longer; whether it still did."""
        with self._lock:
            if write not in self._waiting:
                return False
            self._waiting.remove(write)
            return True


def busy() -> LogBusy:
    """The refusal of what waited for too long."""
    return LogBusy(
        f"Other appends have held the log for {LOCK_TIMEOUT} seconds; nothing was written: try again.",
        waited_seconds=LOCK_TIMEOUT,
    )
