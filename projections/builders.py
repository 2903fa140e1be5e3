"""
Processes that rebuild: as many as the machine has processors, each with a connection of its own.

One of them is whoever starts the others, and works as they do. Each other is told of a stage in a line, does what parts
of it nobody else has, saying the weight of each in a line, and an empty line when none is left. It ends when its input
does, so that it outlives the rebuild by one part at most. What one that ended did not do is left to the others.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from threading import Lock
from typing import cast

import psycopg
from psycopg_pool import ConnectionPool

from events.log import Log
from events.recorder import Pool
from projections.parts import Told, work
from projections.shadow import Stage

Build = Callable[[Stage, Told], None]


@contextmanager
def builders(pool: Pool, log: Log, processes: int) -> Iterator[Build]:
    """What has the parts of a stage done, by so many processes, of which this is one."""
    with ExitStack() as stack:
        waiting = stack.enter_context(ThreadPoolExecutor(max(processes, 1)))  # until the processes ended
        started = [stack.enter_context(_started(pool)) for _ in range(1, processes)]
        stack.enter_context(_collecting_seldom())
        telling = Lock()

        def build(stage: Stage, told: Told) -> None:
            def tell(weight: int) -> None:
                with telling:
                    told(weight)

            def tell_here(weight: int) -> None:
                tell(weight)
                for each in asked:
                    if each.done():
                        each.result()  # what was raised there is raised here

            asked = [waiting.submit(_ask, process, stage, tell) for process in started]
            work(pool, log, stage, tell_here)
            for each in asked:
                each.result()
            work(pool, log, stage, told)  # what one that ended had taken

        yield build


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Has the collector of cycles look seldom: what is made of a part has next to none."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _started(pool: Pool) -> Iterator[subprocess.Popen[str]]:
    """A process, which ends with the block. Nothing but this program's own rooms is found by it (-P)."""
    command = [sys.executable, "-P", "-m", "projections.builders"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            _tell(process, json.dumps([pool.conninfo, pool.kwargs]))
            yield process
        finally:
            process.kill()
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # what one that ended before was not told any more
                process.stdin.close()


def _ask(process: subprocess.Popen[str], stage: Stage, told: Told) -> None:
    """Waits until a process finds nothing more to do, or ended."""
    _tell(process, stage)
    assert process.stdout is not None
    for line in process.stdout:
        if line == "\n":
            return
        told(int(line))


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def run() -> None:
    """Works at stages until no more are told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the rebuild, whose end ends this
    conninfo, kwargs = json.loads(sys.stdin.readline())
    try:
        with _collecting_seldom(), ConnectionPool(conninfo, kwargs=kwargs, min_size=1, max_size=1, open=True) as pool:
            log = Log(pool, lambda: datetime.now(UTC))
            for line in sys.stdin:
                work(pool, log, cast(Stage, line.strip()), lambda weight: print(weight, flush=True))
                print(flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever asked has ended: nobody is told the rest
    except psycopg.Error:
        sys.exit(1)  # whoever asked takes over, meets the same trouble if it lasts, and tells


if __name__ == "__main__":
    run()
