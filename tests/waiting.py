"""Waiting for what is bound to happen, as long as a loaded machine may need for it."""

from __future__ import annotations

import time
from collections.abc import Callable


def comes_true(question: Callable[[], bool], seconds: float = 60, every: float = 0.02) -> bool:
    """Whether the answer to a question, asked anew after a while, becomes yes in so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(every)
    return False
