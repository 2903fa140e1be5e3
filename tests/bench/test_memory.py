"""What is told of the memory of a process is its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.memory import peak, peak_of_others

ROOT = Path(__file__).resolve().parents[2]
LARGE = 150_000_000


def test_what_a_process_had_does_not_count_for_one_that_it_starts() -> None:
    held = b"x" * LARGE
    command = [sys.executable, "-c", "from bench.memory import peak; print(peak())"]
    told = float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert len(held) / 1e6 < peak()
    assert 1 < told < 100 < peak_of_others()
