"""PostgreSQL killed under writers, any number of times: what came of it."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import NamedTuple

import psutil

from tests.faults.serving import served_alone
from tests.faults.writing import check_record, writing

WRITERS = 8


class Killed(NamedTuple):
    """
    What killing came to. `downtimes` are the seconds from a kill to the next act that was acknowledged, `restarts`
    those until PostgreSQL was there again.
    """

    kills: int
    acknowledged: int
    refused: int
    cut_off: int
    restarts: list[float]
    downtimes: list[float]

    def __str__(self) -> str:
        def figures(seconds: list[float]) -> str:
            return f"{median(seconds):.2f} s median, {max(seconds):.2f} s worst"

        return (
            f"PostgreSQL killed {self.kills} times under {WRITERS} writers: {self.acknowledged} acts acknowledged, "
            f"0 lost, 0 twice; {self.refused} answers 503 meanwhile, 0 others, {self.cut_off} connections cut off; "
            f"PostgreSQL back after {figures(self.restarts)}; writes after {figures(self.downtimes)}"
        )


def kill_postgres(data_dir: Path, kills: int, seed: int) -> Killed:
    """
    Kills the PostgreSQL of a serving process at random moments while eight write.

    Every third time one of its sessions is killed, upon which PostgreSQL restarts itself. Raises AssertionError where
    anything acknowledged is lost or there twice, where an answer is neither a success nor a 503 that says when to
    ask again, and where the service does not go on by itself.
    """
    chance = random.Random(seed)
    restarts, downtimes = [], []
    with served_alone(data_dir) as served:
        with writing(served, WRITERS) as writers:
            writers.wait_for(WRITERS)
            for number in range(kills):
                sleep(chance.random() * 0.3)
                postgres = served.postgres()
                assert postgres is not None
                begun = monotonic()
                victim = _a_session_of(postgres, chance) if number % 3 == 2 else postgres
                os.kill(victim.pid, signal.SIGKILL)
                if victim is postgres:
                    while (there := served.postgres()) is None or there.pid == postgres.pid:
                        assert monotonic() - begun < 120, served.said
                        sleep(0.005)
                    restarts.append(monotonic() - begun)
                writers.wait_for(WRITERS)
                downtimes.append(monotonic() - begun)
            assert served.process.poll() is None
        assert set(writers.statuses) <= {200, 201, 503}, (writers.statuses, writers.types)
        assert writers.without_retry_after == 0
    check_record(served, writers)
    return Killed(kills, writers.count, writers.statuses[503], writers.cut_off, restarts, downtimes)


def _a_session_of(postgres: psutil.Process, chance: random.Random) -> psutil.Process:
    sessions = [child for child in postgres.children() if "dateline" in " ".join(child.cmdline())]
    return chance.choice(sessions)
