"""The one builder: settings in, a service out, with everything that it holds closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from msgspec import Struct, field
from psycopg_pool import ConnectionPool

from events.errors import Refusal
from events.log import Log
from events.seen import Seen
from projections.answering import Answering
from projections.auditing import Auditing
from projections.citing import LICENCE
from projections.database import SchemaOlder, check, migrate
from projections.encoding import Encoding
from projections.exporting import Exporting
from projections.index import Index
from projections.news import Newsroom
from projections.picturing import Picturing
from projections.searching import Searching
from services.access.admission import Admission
from services.operations.embedded import embedded_server
from services.operations.metrics import Metrics, of_database, of_memory
from services.operations.pool import Pool
from services.operations.room import Room
from services.operations.settings import Settings
from services.recording import Recording

Say = Callable[[str], None]

MEMORY = 512_000_000
"""What a process keeps in memory for answers, in bytes, unless a setting says otherwise."""


class DatabaseUnavailable(Refusal):
    """The PostgreSQL server that the settings name answers and lets us in."""

    type = "database-unavailable"


class Service(Struct, frozen=True):
    """What doors are given: one way to ask, one way to record."""

    answering: Answering
    encoding: Encoding
    auditing: Auditing
    searching: Searching
    newsroom: Newsroom
    picturing: Picturing
    exporting: Exporting
    recording: Recording
    log: Log
    pool: ConnectionPool[psycopg.Connection]
    clock: Callable[[], datetime]
    url: str
    admission: Admission = Admission()
    metrics: Metrics = field(default_factory=Metrics)


def present() -> datetime:
    """The one clock (UTC)."""
    return datetime.now(UTC)


def _silent(_: str) -> None:
    """Says nothing."""


@contextmanager
def database(settings: Settings, say: Say = _silent) -> Iterator[str]:
    """The URL of the database, migrated: of the server that the settings name, or of the embedded one, started."""
    server = settings.database_url
    if server is not None:
        try:
            _bring_up_to_date(server)
        except psycopg.OperationalError as error:
            raise _unavailable(error) from None
        yield server
    else:
        with embedded_server(settings.data_dir, say=say) as url:
            migrate(url)
            yield url


@contextmanager
def service(
    url: str,
    clock: Callable[[], datetime] = present,
    *,
    connections: int = 8,
    admission: Admission = Admission(),
    licence: str = LICENCE,
    may_record: Callable[[], None] = lambda: None,
    seen: Seen | None = None,
    memory: int = MEMORY,
) -> Iterator[Service]:
    """
    A service upon a migrated database. Its pool, of so many `connections`, is closed at the end; an import takes two.

    `memory` is what it may keep for answers, in bytes, about: three eighths for what is folded, the rest for answers.

    `may_record` is called before every append, and raises a Refusal where there shall be none. `seen` is shared by
    services that answer on one address.
    """
    pool = Pool(url, most=connections, timeout=30)
    try:
        pool.open()
        try:
            with pool.connection():
                pass
        except psycopg.OperationalError as error:
            raise _unavailable(error) from None
        log = Log(pool, clock, seen=seen)
        metrics = Metrics()
        index = Index(memory * 3 // 8, metrics.timed)
        answering = Answering(pool, log, index, clock, licence)
        encoding = Encoding(answering, log, index, memory * 5 // 8)
        auditing = Auditing(answering, log, index)
        picturing = Picturing(answering, log, index)
        recording = Recording(log, pool, metrics.timed, may_record)
        searching = Searching(answering, pool, may_record)
        newsroom = Newsroom(answering, log)
        metrics.measure("database", lambda: of_database(pool, answering))
        metrics.measure("memory", lambda: of_memory(index, encoding, recording))
        exporting = Exporting(answering, log, pool)
        yield Service(
            answering,
            encoding,
            auditing,
            searching,
            newsroom,
            picturing,
            exporting,
            recording,
            log,
            pool,
            clock,
            url,
            admission,
            metrics,
        )
    finally:
        pool.close()


@contextmanager
def while_it_answers() -> Iterator[None]:
    """Tells the server of the settings from a bug where it does not answer. Raises DatabaseUnavailable."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise _unavailable(error) from None


def room(settings: Settings) -> Callable[[], None]:
    """Whether there is room to record: on the disk of the embedded PostgreSQL. A server has to look after its own."""
    return Room(settings.data_dir) if settings.database_url is None else lambda: None


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk of the database is full."""
    return isinstance(error, psycopg.errors.DiskFull)


def is_read_only(error: BaseException) -> bool:
    """Whether an error says that the database takes no writes."""
    return isinstance(error, psycopg.errors.ReadOnlySqlTransaction)


def is_unavailable(error: BaseException) -> bool:
    """Whether an error says that the database does not answer, which passes."""
    return isinstance(error, psycopg.OperationalError)


def _bring_up_to_date(url: str) -> None:
    try:
        check(url)
    except SchemaOlder as older:
        try:
            migrate(url)
        except psycopg.errors.InsufficientPrivilege:
            raise older from None
        except psycopg.errors.ReadOnlySqlTransaction:
            raise SchemaOlder(
                "The tables are older than this application, and this database takes no writes. Run 'dateline migrate' "
                "upon the server that it follows, with the owner's rights.",
                **older.facts,
            ) from None


def _unavailable(error: Exception) -> DatabaseUnavailable:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
    return DatabaseUnavailable(
        f"The PostgreSQL server of DATELINE_DATABASE_URL cannot be used: {reason}. "
        "See that it runs and that the URL is right, or unset the variable to use the embedded one."
    )
