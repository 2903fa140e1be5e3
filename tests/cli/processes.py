"""`dateline` as a process of its own, as a shell starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

TOP = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "services.cli.main"]


class Started:
    """A command under way. What it says on standard error goes into a file, so that it never waits for a reader."""

    def __init__(self, process: subprocess.Popen[str], told: Path) -> None:
        self.process = process
        self._told = told

    @property
    def errors(self) -> str:
        """What it has said on standard error so far."""
        return self._told.read_text("utf-8")

    def line(self) -> str:
        """The next line that it prints; empty where it prints no more."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def rest(self) -> str:
        """Everything else that it prints, once it has ended."""
        return self.process.communicate(timeout=120)[0]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends it a signal, and waits for its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


class Serving(Started):
    """`dateline serve`, once it has said where."""

    def __init__(self, process: subprocess.Popen[str], told: Path) -> None:
        super().__init__(process, told)
        words = self.line().split()
        assert words[:2] == ["Serving", "on"], self.errors
        self.base = words[2].removesuffix("/v1/jurisdictions")


def surroundings(settings: dict[str, str]) -> dict[str, str]:
    """The environment with these settings in it; an empty one is as good as unset."""
    return {**os.environ, **settings}


def done(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that has ended."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=TOP,
        env=surroundings(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def started(*arguments: str, **settings: str) -> Iterator[Started]:
    """A command under way; killed at the end, with all that it started, where it has not ended by then."""
    with _running(arguments, settings) as (process, told):
        yield Started(process, told)


@contextmanager
def serving(*arguments: str, **settings: str) -> Iterator[Serving]:
    """`dateline serve` on a port that is free; killed at the end as `started` is."""
    with _running(["serve", "--port", "0", *arguments], settings) as (process, told):
        yield Serving(process, told)


@contextmanager
def _running(
    arguments: tuple[str, ...] | list[str], settings: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    with (
        tempfile.NamedTemporaryFile("w", prefix="dateline-told-") as told,
        subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=TOP,
            env=surroundings(settings),
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        ) as process,
    ):
        try:
            yield process, Path(told.name)
        finally:
            left = []
            with suppress(psutil.NoSuchProcess):
                left = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for child in left:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
