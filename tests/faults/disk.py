"""Disks that are small: a file system of so many megabytes, which can be filled and made larger."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CAN_MOUNT = os.geteuid() == 0 and shutil.which("mount") is not None
"""Whether this account may mount one, unless the system forbids it all the same."""


class SmallDisk:
    """A file system in memory, mounted at a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @property
    def free(self) -> int:
        """Bytes."""
        return shutil.disk_usage(self.folder).free

    def fill(self, but: int = 0) -> None:
        """Fills it with somebody else's data, but for so many bytes."""
        with self._filler.open("ab") as filler:
            try:
                while (room := self.free - but) > 0:
                    filler.write(bytes(min(room, 1 << 20)))
                    filler.flush()
            except OSError:
                pass

    def grow(self, megabytes: int) -> None:
        """Makes it so large."""
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(self.folder)], check=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """A small disk at a new folder, or None where none can be mounted."""
    folder.mkdir(mode=0o700)
    if not CAN_MOUNT or not _mounted(folder, megabytes):
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mounted(folder: Path, megabytes: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
