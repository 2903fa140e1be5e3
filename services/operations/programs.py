"""Running the programs of PostgreSQL: a base backup, a dump, a load."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator

from psycopg.conninfo import conninfo_to_dict, make_conninfo


def run_program(command: list[str]) -> tuple[int, str]:
    """Runs a program of PostgreSQL and hears what it says."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode(errors="replace")


@contextlib.contextmanager
def without_password(url: str) -> Iterator[str]:
    """What a program of PostgreSQL connects with, its password in a file: a command line can be read by everybody."""
    given = conninfo_to_dict(url)
    password = given.pop("password", None)
    if password is None:
        yield make_conninfo("", **given)
        return
    written = str(password).replace("\\", "\\\\").replace(":", "\\:")
    with tempfile.NamedTemporaryFile("w", prefix="dateline-", encoding="utf-8") as file:  # its owner's alone
        file.write(f"*:*:*:*:{written}\n")
        file.flush()
        yield make_conninfo("", **given, passfile=file.name)


def first_lines(said: str) -> str:
    """The first lines of what a program said, on one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " / ".join(lines[:3]) or "it said nothing"
