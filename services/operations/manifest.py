"""
PostgreSQL's manifest of a base backup, and holding a backup against it.

What PostgreSQL's pg_verifybackup does, for backups with SHA-256 in their manifest, done here because the program is not
whole in every wheel: the manifest's own checksum; every file with its size and its checksum; no file beside them; and
every record of the write-ahead log that a recovery needs, read by PostgreSQL's pg_waldump.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct, field

MANIFEST = "backup_manifest"
_WAL = "pg_wal"
_ALGORITHM = "SHA256"


class _File(Struct):
    size: int = field(name="Size")
    checksum: str = field(name="Checksum", default="")
    algorithm: str = field(name="Checksum-Algorithm", default="NONE")
    path: str | None = field(name="Path", default=None)
    encoded: str | None = field(name="Encoded-Path", default=None)

    @property
    def place(self) -> str:
        return (
            self.path if self.path is not None else bytes.fromhex(self.encoded or "").decode(errors="surrogateescape")
        )


class _Range(Struct):
    timeline: int = field(name="Timeline")
    start: str = field(name="Start-LSN")
    end: str = field(name="End-LSN")


class _Manifest(Struct):
    files: list[_File] = field(name="Files")
    ranges: list[_Range] = field(name="WAL-Ranges")


def damages(cluster: Path, pg_waldump: Path | None) -> Iterator[str]:
    """
    What is not as the manifest says, a sentence each; nothing where the backup is whole.

    `pg_waldump` is that of the backup's major version; without one the write-ahead log is not read.
    """
    try:
        written = (cluster / MANIFEST).read_bytes()
        body, line, told = written.rpartition(b'"Manifest-Checksum":')
        if not line or told.strip(b' "\n}').decode() != hashlib.sha256(body).hexdigest():
            yield f"{MANIFEST} is not as it was written"
            return
        manifest = msgspec.json.decode(written, type=_Manifest)
    except OSError as error:
        yield f"{MANIFEST} cannot be read ({error.strerror})"
        return
    except (ValueError, msgspec.DecodeError):
        yield f"{MANIFEST} is not a manifest"
        return
    expected = {MANIFEST}
    for file in manifest.files:
        expected.add(file.place)
        if (damage := _damage(cluster, file)) is not None:
            yield damage
    for path in cluster.rglob("*"):
        place = path.relative_to(cluster)
        if place.as_posix() not in expected and not path.is_dir() and place.parts[0] != _WAL:
            yield f"{place} was not part of it"
    if pg_waldump is not None:
        for each in manifest.ranges:
            yield from _damage_of_log(cluster, each, pg_waldump)


def _damage(cluster: Path, file: _File) -> str | None:
    place = PurePosixPath(file.place)
    if place.is_absolute() or ".." in place.parts:
        return f"{place} is not a place in it"
    path = cluster / place
    try:
        if path.is_symlink() or not path.is_file():
            return f"{place} is gone"
        if path.stat().st_size != file.size:
            return f"{place} has {path.stat().st_size} bytes, not {file.size}"
        if file.algorithm != _ALGORITHM:
            return f"{place} has no checksum of {_ALGORITHM}"
        with path.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.checksum:
                return f"{place} is not as it was written"
    except OSError as error:
        return f"{place} cannot be read ({error.strerror})"
    return None


def _damage_of_log(cluster: Path, needed: _Range, pg_waldump: Path) -> Iterator[str]:
    command = [
        *(str(pg_waldump), "--quiet", f"--path={cluster / _WAL}", f"--timeline={needed.timeline}"),
        *(f"--start={needed.start}", f"--end={needed.end}"),
    ]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split()) or "it said nothing"
        yield f"the write-ahead log from {needed.start} to {needed.end} cannot be read: {said}"
