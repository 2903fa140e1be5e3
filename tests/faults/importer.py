"""
An importer to be killed: imports one file into the database of DATELINE_DATABASE_URL in small appends.

Writes the head of the log after each append, once it is acknowledged. With `--die-uncommitted N` it kills itself in the
Nth append, after everything is inserted and projected and before the commit; its appends are prepared by a process of
their own.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg

import services.intake.importing as importing
from services.operations.settings import read_settings
from services.operations.wiring import database, service


def _dies_uncommitted(appends: int) -> None:
    execute = psycopg.Connection.execute
    left = [appends]

    def fatal(connection: psycopg.Connection[Any], query: Any, *given: Any, **options: Any) -> Any:
        if isinstance(query, bytes) and query.endswith(b"commit"):
            left[0] -= 1
            if left[0] == 0:
                execute(connection, query.removesuffix(b"commit"), *given, **options)
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(connection, query, *given, **options)

    psycopg.Connection.execute = fatal  # type: ignore[method-assign,assignment]
    importing.PREPARED_APART = 1


def run(path: Path) -> None:
    importing.CHUNK = 10
    with database(read_settings()) as url, service(url, connections=2) as built:
        print("ready", flush=True)

        def acknowledged(done: int, total: int) -> None:
            print(built.log.head()[0], flush=True)

        importing.import_files(built.recording, [path], recorded_by="tester", clock=built.clock, progress=acknowledged)
    print("done", flush=True)


if __name__ == "__main__":
    if "--die-uncommitted" in sys.argv:
        _dies_uncommitted(int(sys.argv[-1]))
    run(Path(sys.argv[1]))
