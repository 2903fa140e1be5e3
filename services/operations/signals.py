"""Signals that end a process: held back while something must not be left half done, or made to unwind what is open."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def signals_held_back() -> Iterator[None]:
    """Signals that end a process wait until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def signals_that_unwind() -> Iterator[None]:
    """
    SIGTERM and SIGHUP end the process by way of its `finally` blocks, as Ctrl-C does.

    Only where nobody else has said what they do, and only in the main thread. A web server that handles them itself
    and then raises them again, as uvicorn does, arrives here in the end.
    """

    def unwind(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    ours: list[signal.Signals] = []
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, unwind)
                ours.append(number)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
