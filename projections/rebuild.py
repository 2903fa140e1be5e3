"""Rebuilding: the read model made anew from the log, beside the live tables, and put in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from events.errors import Refusal
from events.log import Log, Recorded
from projections import search, shadow
from projections.builders import Build, builders, processors
from projections.database import Writer
from projections.fold import MeasureFold
from projections.parts import appends, bounds, plan_of_periods, settle
from projections.period_rows import change_periods, folds_of, refreshed_periods
from projections.present import Present
from projections.project import rows_of, write
from projections.shadow import REPLACED, SHADOW, WORDS, Made, Stage

TABLES = (
    "action",
    "act",
    "verification",
    "period",
    "review",
    "jurisdiction",
    "entry",
    "search",
    "ahead",
    "named",
    "pointing",
)

INDEXED_LATER = tuple([table for table in TABLES if table != "period"])
"""Tables that get their indexes when all rows are there. Periods come in order of theirs, which then costs little."""

PAGE = 10_000
"""Events projected in one transaction, and actions folded in one; more where one append, or one measure, is longer."""

ALONE = 20_000
"""Events up to which a rebuild is done by this process: others take a moment to start."""

LOCK = 0x646174656C7262
"""The key of the advisory lock of whoever rebuilds: another waits, and then begins anew."""

SHARES: dict[Stage, float] = {"rows": 0.3, "periods": 0.4, "words": 0.3}
"""Of the whole, for how much of the way a stage counts."""

Progress = Callable[[int, int], None]


class TablesDependedOn(Refusal):
    """Tables are replaced only if nothing that others made would go with them."""

    type = "tables-depended-on"


class NoRoomToRebuild(Refusal):
    """A rebuild leaves the disk the room that recording needs: where there is no more than that, it ends."""

    type = "no-room-to-rebuild"


class Rebuilt(Struct, frozen=True):
    """
    How many events were projected again, how many measures they came to; whether a rebuild broken off went on.

    `in_place_after` are the seconds until the tables were in their place; the index of words took what followed.
    """

    events: int
    measures: int
    resumed: bool
    in_place_after: float


def _silent(done: int, total: int) -> None:
    """Shows nothing."""


def _unasked() -> None:
    """There is room."""


def rebuild(
    pool: ConnectionPool[psycopg.Connection],
    log: Log,
    *,
    progress: Progress = _silent,
    may_write: Callable[[], None] = _unasked,
) -> Rebuilt:
    """
    Makes the tables of the read model anew and swaps them in, in one transaction; the index of words after that.

    On all processors, in memory that does not grow with the log. Reading and writing go on meanwhile; only the swap
    takes the lock of the log, to catch up with what was appended last. The live tables are as they were until then.
    Broken off, it goes on where it was when it is asked for again, unless the code is another by then, or the log.
    `progress` hears how far it is, in events. `may_write` is called after each part, and raises a Refusal where the
    disk has no room for more: then what was made is dropped, for nobody could record. Needs the rights of the tables'
    owner. Raises TablesDependedOn, NoRoomToRebuild.
    """
    with pool.connection() as guarding, _alone(guarding):
        with pool.connection() as connection:
            for schema in ("dateline", REPLACED):
                _check_nothing_depends(connection, schema)
            shadow.drop_replaced(connection, TABLES)
            made = shadow.found(connection)
            resumed = made is not None
            if made is None:
                head, _ = log.head(connection=connection)
                made = shadow.begin(connection, INDEXED_LATER, head, bounds(log, connection, head, PAGE))
        try:
            with builders(pool, log, processors() if made.head > ALONE else 0) as build:
                return _Rebuilding(pool, log, made, build, progress, may_write).run(resumed)
        except (NoRoomToRebuild, psycopg.errors.DiskFull) as error:
            with pool.connection() as connection:
                shadow.drop(connection)
            raise NoRoomToRebuild(
                "The disk of the database is full: what was made and not in its place yet was dropped, and questions"
                " are answered all the same. A rebuild needs room for a second copy of the tables: make room, then run"
                " 'dateline rebuild' again."
            ) from error


def _check_nothing_depends(connection: psycopg.Connection, schema: str) -> None:
    if found := shadow.depending(connection, schema, TABLES):
        raise TablesDependedOn(
            f"The tables cannot be replaced while something else needs them: {', '.join(found)}. The tables that answer"
            " are as they were. Drop what is named, run 'dateline rebuild' again, and make it anew.",
            depending=found,
        )


@contextmanager
def _alone(connection: psycopg.Connection) -> Iterator[None]:
    """Keeps other rebuilds of the same database waiting."""
    connection.execute("select pg_advisory_lock(%s)", [LOCK])
    connection.commit()
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [LOCK])


class _Rebuilding:
    def __init__(
        self,
        pool: ConnectionPool[psycopg.Connection],
        log: Log,
        made: Made,
        build: Build,
        progress: Progress,
        may_write: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._log = log
        self._head = made.head
        self._reached = made.reached
        self._stage: Stage = made.stage
        self._build = build
        self._progress = progress
        self._may_write = may_write
        self._began = monotonic()
        self._in_place_after = 0.0

    def run(self, resumed: bool) -> Rebuilt:
        """Goes through the stages from the one that it is at."""
        first = [table for table in TABLES if table != WORDS]

        def settled(connection: psycopg.Connection) -> None:
            settle(connection)
            shadow.plan_statements(connection, "indexes", [plan_of_periods(PAGE)])
            shadow.plan_indexes(connection, "indexes", [table for table in first if table in INDEXED_LATER])

        self._do("rows", "indexes", settled)
        self._do("indexes", "periods")
        self._do("periods", "swap")
        if self._stage == "swap":
            self._catch_up()
            self._send_vacuum_away(first)
            self._swap(first)
            self._in_place_after = monotonic() - self._began
            with self._pool.connection() as connection:
                connection.execute("analyze dateline.period")  # after a crash here, by the server within minutes
            with self._pool.connection() as connection:
                shadow.drop_replaced(connection, TABLES)  # after a crash here, by the next rebuild
        self._do("words", "word index", lambda at: shadow.plan_indexes(at, "word index", [WORDS]))
        self._do("word index", "end")
        self._send_vacuum_away([WORDS])
        self._swap_words()
        with self._pool.connection() as connection:
            counted = connection.execute("select count(distinct measure) from dateline.action").fetchone()
        self._progress(self._reached, self._reached)
        return Rebuilt(self._reached, counted[0] if counted else 0, resumed, self._in_place_after)

    def _do(
        self, stage: Stage, following: Stage, prepare: Callable[[psycopg.Connection], object] = lambda _: None
    ) -> None:
        """Has a stage done, if it is that stage's turn, and prepares the following one."""
        if self._stage != stage:
            return
        with self._pool.connection() as connection:
            done, whole = shadow.weights(connection, stage)

        def told(weight: int) -> None:
            nonlocal done
            done += weight
            self._show(stage, done / whole if whole else 1.0)
            try:
                self._may_write()
            except Refusal as refusal:
                raise NoRoomToRebuild(refusal.message) from refusal

        self._build(stage, told)
        with self._pool.connection() as connection:
            connection.execute("set local synchronous_commit = off")  # as the parts: after a crash, it is done again
            prepare(connection)
            shadow.enter(connection, following)
        self._stage = following

    def _show(self, stage: Stage, share: float) -> None:
        before = sum(SHARES[each] for each in list(SHARES)[: list(SHARES).index(stage)]) if stage in SHARES else 0.0
        if stage in SHARES:
            self._progress(int(self._head * (before + SHARES[stage] * share)), self._head)

    def _catch_up(self) -> None:
        """Projects what was appended meanwhile, until so little is left that the lock may be held for it."""
        while len(append := next(appends(self._log, self._reached, page=PAGE), [])) >= PAGE:
            with self._pool.connection() as connection:
                project_whole(connection, append, SHADOW)
                shadow.reach(connection, append[-1].position)
            self._reached = append[-1].position

    def _send_vacuum_away(self, tables: Sequence[str]) -> None:
        """
        Ends what the server vacuums of the old tables; it takes a while to come back.

        A vacuum gives way when whoever waits for it looks for a deadlock: after a second, in which nobody could record
        if the swap had to wait for it. Here nobody else waits, and it is looked for sooner where that may be said.
        """
        for table in tables:
            with self._pool.connection() as connection:
                connection.execute(
                    "select set_config('deadlock_timeout', '10ms', true)"
                    " where has_parameter_privilege('deadlock_timeout', 'set')"
                )
                connection.execute(f"lock table dateline.{table} in share update exclusive mode".encode())

    def _swap(self, tables: Sequence[str]) -> None:
        """Puts the tables in their place, but for the words, which follow."""
        with self._pool.connection() as connection:
            self._log.lock(connection)
            late = list(self._log.walk(self._reached, connection=connection))
            project_whole(connection, late, SHADOW)
            _put_in_place(connection, tables)
            reached = late[-1].position if late else self._reached
            shadow.reach(connection, reached)
            shadow.plan_positions(connection, "words", bounds(self._log, connection, reached, PAGE))
            shadow.enter(connection, "words")
        self._reached, self._stage = reached, "words"

    def _swap_words(self) -> None:
        """Puts the index of words in its place; what was appended since is read into it by who searches."""
        with self._pool.connection() as connection:
            search.lock(connection)
            _put_in_place(connection, [WORDS])
            shadow.drop_replaced(connection, [WORDS])
            connection.execute(f"drop schema {REPLACED}; drop schema {SHADOW} cascade")


def _put_in_place(connection: psycopg.Connection, tables: Sequence[str]) -> None:
    for table in tables:
        shadow.put_in_place(connection, table)
    _check_nothing_depends(connection, REPLACED)  # they are locked: nobody makes anything of them any more


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
    present = Present(connection, schema=schema)
    folds = list(folds_of(present, rows.measures()).values())
    anew = refreshed_periods(present, folds)
    with Writer(connection) as writer:
        change_periods(writer, anew.gone, anew.new, schema)
    return folds
