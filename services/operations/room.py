"""Room on the disk of the embedded PostgreSQL: while there is little left, nothing more is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from events.errors import Refusal

RESERVE_BYTES = 64_000_000
"""
How much of the disk is left for PostgreSQL itself.

Where its write-ahead log, which grows by 16 MiB at once, finds no room, PostgreSQL ends, and does not start again
before there is some: then nothing can be read either.
"""


class StorageFull(Refusal):
    """A write is taken only while there is room on the disk of the database. Reading goes on without."""

    type = "storage-full"

    @classmethod
    def now(cls) -> StorageFull:
        return cls(
            "The disk of the database is full: nothing was recorded. Questions are answered all the same. "
            "Make room on it, then ask again."
        )


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Room:
    """The disk on which a folder lies. Called before an append; raises StorageFull where too little of it is free."""

    def __init__(self, folder: Path, free: Callable[[Path], int] = _free) -> None:
        self._folder = folder
        self._free = free

    def __call__(self) -> None:
        if self._free(self._folder) < RESERVE_BYTES:
            raise StorageFull.now()
