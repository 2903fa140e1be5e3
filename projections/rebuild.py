"""Rebuilding: the read model made anew from the log, beside the live tables, and put in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from events.log import Log, Recorded
from projections.database import Writer, read_model_sql
from projections.period_rows import change_periods, folds_of, refreshed_periods
from projections.present import Present
from projections.project import rows_of, write
from projections.reading import MeasureFold
from projections.search import fill

SHADOW = "dateline_rebuild"
"""The schema in which the new tables grow. What a crash leaves there is dropped by the next rebuild."""

TABLES = ("action", "act", "verification", "period", "review", "jurisdiction", "entry", "search", "ahead", "named")
PAGE = 5000
"""Events projected in one transaction, more where one append is longer."""
MEASURES = 200
"""Measures folded in one transaction."""

Progress = Callable[[int, int], None]


class Rebuilt(Struct, frozen=True):
    """How many events were projected again, and how many measures they came to."""

    events: int
    measures: int


def _silent(done: int, total: int) -> None:
    """Shows nothing."""


def rebuild(pool: ConnectionPool[psycopg.Connection], log: Log, *, progress: Progress = _silent) -> Rebuilt:
    """
    Makes the tables of the read model anew and swaps them in, in one transaction.

    Reading and writing go on meanwhile; only the last step takes the lock of the log, to catch up with what was
    appended since and to swap. The live tables are as they were until then. Needs the rights of their owner.
    """
    with pool.connection() as connection:
        connection.execute(f"drop schema if exists {SHADOW} cascade")
        connection.execute(f"create schema {SHADOW}")
        connection.execute(f"set local search_path = {SHADOW}")
        connection.execute(read_model_sql())
    head, _ = log.head()
    done = 0
    for append in _appends(log, up_to=head):
        with pool.connection() as connection, Writer(connection) as writer:
            write(writer, append, rows_of(append), SHADOW)
        done = append[-1].position
        progress(done, head)
    with pool.connection() as connection:
        found = connection.execute(f"select distinct measure from {SHADOW}.action order by measure").fetchall()
    measures = [measure for (measure,) in found]
    for at in range(0, len(measures), MEASURES):
        with pool.connection() as connection:
            _refresh(connection, measures[at : at + MEASURES])
    _make_searchable(pool)
    with pool.connection() as connection:
        log.lock(connection)
        late = list(log.walk(done, connection=connection))
        project_whole(connection, late, SHADOW)
        for table in TABLES:
            connection.execute(f"drop table dateline.{table}")
            connection.execute(f"alter table {SHADOW}.{table} set schema dateline")
        connection.execute(f"drop schema {SHADOW}")
        _grant(connection)
        events = late[-1].position if late else done
        counted = connection.execute("select count(distinct measure) from dateline.action").fetchone()
    progress(events, events)
    return Rebuilt(events, counted[0] if counted else 0)


def project_whole(
    connection: psycopg.Connection, appends: Sequence[Recorded], schema: str = "dateline"
) -> list[MeasureFold]:
    """
    Brings tables up to date by events of whole appends, which were not decided here, in their order.

    The measures that they touch are folded from the tables, and given as they are now.
    """
    rows = rows_of(appends)
    with Writer(connection) as writer:
        write(writer, appends, rows, schema)
    return _refresh(connection, rows.measures(), schema)


def _refresh(connection: psycopg.Connection, measures: Sequence[str], schema: str = SHADOW) -> list[MeasureFold]:
    """Folds measures of the tables into their periods there."""
    present = Present(connection, schema=schema)
    folds = list(folds_of(present, measures).values())
    anew = refreshed_periods(present, folds)
    with Writer(connection) as writer:
        change_periods(writer, anew.gone, anew.new, schema)
    return folds


def _make_searchable(pool: ConnectionPool[psycopg.Connection]) -> None:
    """Reads what the new tables have into the new index; what comes later is read by who searches."""
    while True:
        with pool.connection() as connection:
            if fill(connection, SHADOW) is None:
                return


def _appends(log: Log, up_to: int) -> Iterator[list[Recorded]]:
    """The log in pages of whole appends."""
    page: list[Recorded] = []
    for entry in log.walk(up_to=up_to):
        if len(page) >= PAGE and entry.edition != page[-1].edition:
            yield page
            page = []
        page.append(entry)
    if page:
        yield page


def _grant(connection: psycopg.Connection) -> None:
    """New tables are nobody's but the owner's: the application's rights are given again, where there is such a role."""
    found = connection.execute("select to_regprocedure('dateline.grant_application_rights()')").fetchone()
    if found is not None and found[0] is not None:
        connection.execute("select dateline.grant_application_rights()")
