"""Keeping something running: looked at often, brought back where it has ended, for as long as somebody needs it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

LOOK_SECONDS = 0.2
"""How often it is looked at."""

AGAIN_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""How long to wait after the first, second, third attempt that failed; the last for every one after it."""


class Keeper:
    """
    Looks in a thread of its own whether something is there, and brings it back where it is not.

    `bring_back` may take long and may fail: it is tried again until it succeeds or the keeper is closed, and has to
    give up soon once `closing` is set. `failed` hears why, once for each reason. Nothing is raised.
    """

    def __init__(
        self, is_there: Callable[[], bool], bring_back: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        self._is_there = is_there
        self._bring_back = bring_back
        self._failed = failed
        self.closing = Event()
        self._thread = Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Looks no more. Comes back when what was under way is over."""
        self.closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        attempts = 0
        told = ""
        while not self.closing.wait(AGAIN_SECONDS[min(attempts, len(AGAIN_SECONDS)) - 1] if attempts else LOOK_SECONDS):
            try:
                if not self._is_there():
                    self._bring_back()
                attempts, told = 0, ""
            except Exception as error:
                attempts += 1
                if str(error) != told and not self.closing.is_set():
                    told = str(error)
                    self._failed(error)
