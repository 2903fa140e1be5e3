"""Files and folders that appear whole or not at all: written beside their place, and put there at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from events.errors import Refusal


class OutputRefused(Refusal):
    """A file or a folder is written where there is a place for it."""

    type = "output-refused"

    @classmethod
    def of(cls, path: Path, reason: str) -> OutputRefused:
        return cls(f"{path} cannot be written: {reason}. Nothing was written.", path=str(path))


def write_file(pieces: Iterable[bytes], path: Path) -> int:
    """
    Writes a file, in place of one that is there, and gives its size in bytes.

    Raises OutputRefused; whatever else is raised on the way leaves what was there.
    """
    if path.is_dir():
        raise OutputRefused.of(path, "it is a folder")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OutputRefused.of(path, error.strerror or str(error)) from None
    staging = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        staging.chmod(0o666 & ~_umask())
        staging.replace(path)
    except OSError as error:
        raise OutputRefused.of(path, error.strerror or str(error)) from None
    finally:
        with suppress(FileNotFoundError):
            staging.unlink()
    return size


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """
    A folder to be filled, which is put in its place once the block ends well.

    In its place there is none, or an empty one. Raises OutputRefused.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputRefused.of(path, "there is something already; name a folder that is new or empty")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise OutputRefused.of(path, error.strerror or str(error)) from None
    try:
        yield staging
        staging.chmod(0o777 & ~_umask())
        staging.replace(path)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _umask() -> int:
    """What the account takes from the rights of new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
