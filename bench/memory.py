"""What memory a process had at most."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

_UNIT = 1 if sys.platform == "darwin" else 1024
"""The bytes in which the system tells what a process had at most."""

MEGA = 1_000_000


def peak() -> float:
    """
    The most that this process had, in MB.

    Not by `ru_maxrss` where the system tells it otherwise: that begins with what the process had that started this one.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _UNIT / MEGA
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / MEGA


def peak_of_others() -> float:
    """The most that a process had which this one started and which has ended, in MB; or this one, where it had more."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _UNIT / MEGA
