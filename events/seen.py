"""How far the log has been seen, by a process and by those that answer beside it on the same address."""

from __future__ import annotations

from collections.abc import MutableSequence
from threading import Lock


class Seen:
    """
    The highest position of the log that anybody has seen of those who share this. What is shown was seen before.

    Safe to share between threads, and between processes by `places`, memory that all of them see. Each writes into a
    place of its own and waits for nobody: one that is killed leaves no lock behind.
    """

    def __init__(self, places: MutableSequence[int] | None = None, place: int = 0) -> None:
        self._places = [0] if places is None else places
        self._place = place
        self._lock = Lock()

    def note(self, position: int) -> None:
        """A position was seen: it is in the log."""
        with self._lock:
            if position > self._places[self._place]:
                self._places[self._place] = position

    def highest(self) -> int:
        """The highest position that was seen; 0 where none was."""
        return max(self._places)
