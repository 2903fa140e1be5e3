"""What memory a process had at most."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

KIBI = 1024


def peak() -> float:
    """
    The most that this process had, in MB.

    Not by `ru_maxrss` where the system tells it otherwise: that begins with what the process had that started this one.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / KIBI
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBI


def peak_of_others() -> float:
    """The most that a process had which this one started and which has ended, in MB; or this one, where it had more."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIBI
