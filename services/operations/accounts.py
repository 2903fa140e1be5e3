"""On whose behalf the embedded PostgreSQL runs: PostgreSQL refuses root, which is common in containers."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LINUX: bool = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Account:
    """On whose behalf PostgreSQL runs: our own (nothing set), our own under another number, or another account."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None
    _environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"})

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "env": dict(self._environment)}
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def start(self, command: list[str], *, cwd: Path, output: int, keep: int) -> subprocess.Popen[bytes]:
        """In a session of its own: what the terminal sends to us does not reach it, we stop it ourselves."""
        return subprocess.Popen(
            [*self.prefix, *command],
            cwd=cwd,
            stdout=output,
            stderr=output,
            pass_fds=(keep,),
            start_new_session=True,
            **self._options(),
        )

    def run(self, command: list[str], *, cwd: Path, keep: int | None = None) -> tuple[int, str]:
        try:
            done = subprocess.run(
                [*self.prefix, *command],
                cwd=cwd,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=() if keep is None else (keep,),
                check=False,
                **self._options(),
            )
        except OSError as error:
            return 127, str(error)
        return done.returncode, done.stdout.decode(errors="replace")

    def can_run(self, program: Path) -> bool:
        return self.run([str(program), "--version"], cwd=Path("/"))[0] == 0

    def reaches(self, folder: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)], cwd=Path("/"))[0] == 0

    def own(self, path: Path) -> None:
        if self.uid is not None:
            os.chown(path, self.uid, -1 if self.gid is None else self.gid, follow_symlinks=False)


def root_in_a_namespace() -> Account | None:
    """Root under another number, so that PostgreSQL runs and the files stay root's; None where that is forbidden."""
    if not _LINUX or shutil.which("unshare", path=os.defpath) is None:
        return None
    import pwd

    # initdb asks for the name of its user, so the number must be one that has a name.
    accounts = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not accounts:
        return None
    number = 1000 if 1000 in accounts else min(accounts)
    account = Account(prefix=("unshare", "--user", f"--map-user={number}", f"--map-group={number}"))
    return account if account.run(["true"], cwd=Path("/"))[0] == 0 else None


def unprivileged_account() -> Account | None:
    """An account for root to hand the server to; None where there is none of those that are made for it."""
    import pwd

    for name in ("dateline", "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    return None


def name_of(uid: int) -> str:
    """What an account is called; its number where it has no name."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
