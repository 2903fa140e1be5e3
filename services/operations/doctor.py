"""
The doctor: looks at a deployment and says what is well, what to look at, and what has failed, with what to do.

It changes nothing and tries nothing that would: what a role may do is asked, not done. What it finds of the log and the
tables is of one moment, also while others record.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import psycopg
from msgspec import Struct

from events.errors import Refusal
from events.recorder import SCHEMA_SQL
from projections.database import SchemaChanged, SchemaNewer, SchemaOlder, check
from services.operations.agreement import disagreements
from services.operations.embedded import EmbeddedServer, embedded_server
from services.operations.fingerprint import has_log

State = Literal["ok", "warning", "failed"]
Connection = psycopg.Connection
Clock = Callable[[], datetime]
Say = Callable[[str], None]

OLDEST = 16
"""The oldest major version of PostgreSQL that Dateline runs on."""

APART = timedelta(seconds=2)
"""How far the clocks of the service and the server may be apart."""

SCARCE, TOO_SCARCE = 2_000_000_000, 200_000_000
"""Bytes free on the disk of the data below which it is a warning, and a failure."""

READ_MODEL = (
    "action",
    "act",
    "ahead",
    "entry",
    "jurisdiction",
    "named",
    "period",
    "pointing",
    "review",
    "verification",
)


class Finding(Struct, frozen=True):
    """What one check found, and what to do about it where it is not well."""

    check: str
    state: State
    found: str
    what_to_do: str | None = None


class Diagnosis(Struct, frozen=True):
    """Everything that was found. `healthy` where nothing failed; warnings do not count."""

    healthy: bool
    findings: list[Finding]


def diagnose_embedded(data_dir: Path, clock: Clock, say: Say) -> Diagnosis:
    """Looks at the embedded database of a data directory, which is started if need be, and at its disk."""
    server = EmbeddedServer(data_dir)
    if not server.cluster.exists():
        found = f"there is no database in {server.data_dir}"
        return _diagnosis([Finding("connection", "failed", found, "Set DATELINE_DATA_DIR to where the data is.")])
    try:
        with embedded_server(data_dir, say=say) as url:
            findings = list(_examine(url, clock, embedded=True))
    except Refusal as refusal:
        return _diagnosis([_of_disk(server), Finding("connection", "failed", refusal.message)])
    return _diagnosis(
        [
            *findings,
            _of_disk(server),
            Finding(
                "protection",
                "warning",
                "the embedded database cannot protect the log against its own operating-system account: "
                "who runs Dateline owns the files and the role, and can change or delete what is recorded",
                "If that matters, use a PostgreSQL server with separate roles, and keep backups elsewhere.",
            ),
        ]
    )


def diagnose_server(url: str, clock: Clock) -> Diagnosis:
    """Looks at the database of a server, as the role of the URL sees it."""
    return _diagnosis(list(_examine(url, clock)))


def _diagnosis(findings: list[Finding]) -> Diagnosis:
    return Diagnosis(all(finding.state != "failed" for finding in findings), findings)


def _examine(url: str, clock: Clock, *, embedded: bool = False) -> Iterator[Finding]:
    try:
        connection = psycopg.connect(url)
    except psycopg.OperationalError as error:
        yield Finding(
            "connection",
            "failed",
            _first_line(error),
            "See that the server runs and that DATELINE_DATABASE_URL is right.",
        )
        return
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield _of_version(connection)
        yield from _guarded("replica", _of_replica, connection)
        yield from _guarded("durability", _of_durability, connection)
        yield from _guarded("clock", lambda one: _of_clock(one, clock), connection)
        yield (schema := _of_schema(url))
        if not has_log(connection):
            yield Finding("log", "failed", "there is no log in the database", "Run 'dateline migrate' as the owner.")
            return
        if not embedded:  # its one role owns everything
            yield from _guarded("roles", _of_roles, connection)
        yield from _guarded("append-only", _of_trigger, connection)
        yield from _guarded("log", lambda one: _of_log(one, clock), connection)
        if schema.state == "ok":
            yield from _guarded("tables", _of_tables, connection)
        else:
            yield Finding("tables", "warning", "not looked at, for they are not of this version")


def _guarded(name: str, look: Callable[[Connection], Iterator[Finding]], connection: Connection) -> Iterator[Finding]:
    """The findings of a check; that it could not be made is a finding as well."""
    try:
        with connection.transaction():
            yield from list(look(connection))
    except psycopg.errors.InsufficientPrivilege as error:
        yield Finding(name, "failed", _first_line(error), "Run 'dateline migrate' as the owner: it gives the rights.")
    except psycopg.errors.DataCorrupted as error:
        yield Finding(name, "failed", _first_line(error), "A page on the disk is damaged. Restore a backup.")
    except psycopg.Error as error:
        yield Finding(name, "failed", _first_line(error))


def _of_version(connection: Connection) -> Finding:
    version = connection.info.parameter_status("server_version") or str(connection.info.server_version)
    if connection.info.server_version // 10_000 < OLDEST:
        return Finding("connection", "failed", f"PostgreSQL {version}", f"Upgrade it to {OLDEST} or later.")
    return Finding("connection", "ok", f"PostgreSQL {version}")


def _of_replica(connection: Connection) -> Iterator[Finding]:
    """Nothing of a server that takes writes."""
    row = connection.execute("select pg_is_in_recovery(), pg_get_wal_replay_pause_state() where pg_is_in_recovery()")
    match row.fetchone():
        case (True, "not paused"):
            yield Finding("replica", "ok", "it follows another server: it answers questions and takes no writes")
        case (True, paused):
            yield Finding(
                "replica",
                "warning",
                f"it follows another server, and does not go on ({paused})",
                "SELECT pg_wal_replay_resume();",
            )


def _of_durability(connection: Connection) -> Iterator[Finding]:
    wanted = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    rows = connection.execute(
        "select name, current_setting(name) from unnest(array['fsync', 'full_page_writes', 'synchronous_commit',"
        " 'data_checksums']) as name"
    ).fetchall()
    told: dict[str, str] = dict(rows)
    wrong = [f"{name} = {told[name]}" for name in wanted if told[name] == "off"]
    if wrong:
        yield Finding(
            "durability",
            "failed",
            f"{', '.join(wrong)}: what is acknowledged can be lost",
            f"Set {', '.join(f'{name} = on' for name in wanted if told[name] == 'off')} in postgresql.conf.",
        )
    else:
        yield Finding("durability", "ok", ", ".join(f"{name} = {told[name]}" for name in wanted))
    row = connection.execute("select coalesce(sum(checksum_failures), 0)::bigint from pg_stat_database").fetchone()
    failures = row[0] if row is not None else 0
    if told["data_checksums"] != "on":
        yield Finding(
            "checksums",
            "warning",
            "data_checksums = off: a damaged page is not noticed",
            "Stop the server and run 'pg_checksums --enable' on its data directory.",
        )
    elif failures:
        yield Finding(
            "checksums",
            "failed",
            f"{failures} pages were read that are not as they were written",
            "The disk is failing. Restore a backup onto another one.",
        )
    else:
        yield Finding("checksums", "ok", "data_checksums = on, no page failed")


def _of_clock(connection: Connection, clock: Clock) -> Iterator[Finding]:
    before = clock()
    row = connection.execute("select clock_timestamp()").fetchone()
    after = clock()
    assert row is not None
    server: datetime = row[0].astimezone(UTC)
    apart = max(before - server, server - after, timedelta(0))
    if apart > APART:
        yield Finding(
            "clock",
            "warning",
            f"the server's clock and ours are {apart.total_seconds():.0f} s apart",
            "Let both machines take their time from the network (NTP).",
        )
    else:
        yield Finding("clock", "ok", f"within {APART.total_seconds():.0f} s of the server's")


def _of_schema(url: str) -> Finding:
    try:
        check(url)
    except SchemaOlder as refusal:
        return Finding("schema", "failed", refusal.message, "Run 'dateline migrate' as the owner.")
    except SchemaNewer as refusal:
        return Finding("schema", "failed", refusal.message, "Install the newer Dateline.")
    except SchemaChanged as refusal:
        return Finding("schema", "failed", refusal.message, "Install an unchanged Dateline.")
    except psycopg.Error as error:
        return Finding("schema", "failed", _first_line(error), "Run 'dateline migrate' as the owner.")
    return Finding("schema", "ok", "every migration is applied, as it was written")


def _of_roles(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        "select current_user::text, (select rolsuper from pg_roles where rolname = current_user),"
        "       pg_has_role(current_user, relowner, 'member')"
        "  from pg_class where oid = 'dateline.event'::regclass"
    ).fetchone()
    assert row is not None
    role, superuser, owner = row
    may = {each for each in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE") if _may(connection, "event", each)}
    if superuser or owner:
        yield Finding(
            "roles",
            "warning",
            f"{role} {'is a superuser' if superuser else 'owns the tables'}, and could take the log's protection away",
            "Let the service run as the application's role (dateline_app); the owner's is for migrations and rebuilds.",
        )
        return
    if wrong := sorted(may & {"UPDATE", "DELETE", "TRUNCATE"}):
        yield Finding(
            "roles",
            "failed",
            f"{role} is not the owner, and has the right to {', '.join(wrong)} the log",
            f"As the owner: REVOKE {', '.join(wrong)} ON dateline.event FROM {role}, PUBLIC;",
        )
        return
    missing = [f"{each} on event" for each in ("SELECT", "INSERT") if each not in may]
    missing += [
        f"{each} on {table}"
        for table in READ_MODEL
        for each in ("SELECT", "INSERT", "UPDATE", "DELETE")
        if _exists(connection, table) and not _may(connection, table, each)
    ]
    if missing:
        yield Finding(
            "roles",
            "failed",
            f"{role} lacks rights that the service needs: {', '.join(missing[:4])}{' …' if len(missing) > 4 else ''}",
            "Run 'dateline migrate' as the owner, which gives them.",
        )
    else:
        yield Finding("roles", "ok", f"{role} reads the log and adds to it, and can do nothing else with it")


def _may(connection: Connection, table: str, right: str) -> bool:
    row = connection.execute("select has_table_privilege('dateline.' || %s, %s)", [table, right]).fetchone()
    return row is not None and bool(row[0])


def _exists(connection: Connection, table: str) -> bool:
    row = connection.execute("select to_regclass('dateline.' || %s) is not null", [table]).fetchone()
    return row is not None and bool(row[0])


_BEFORE_ANY_CHANGE = 2 | 8 | 16 | 32  # before; delete, update, truncate; for each statement (PostgreSQL's pg_trigger.h)


def _of_trigger(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        "select tgenabled::text, tgtype, prosrc from pg_trigger join pg_proc on pg_proc.oid = tgfoid"
        " where tgrelid = 'dateline.event'::regclass and tgname = 'append_only'"
    ).fetchone()
    if row is None:
        wrong = "the trigger that refuses changes of the log is gone"
    elif row[0] != "A":
        wrong = "the trigger that refuses changes of the log is not always enabled"
    elif row[1] != _BEFORE_ANY_CHANGE or row[2].strip() not in SCHEMA_SQL:
        wrong = "the trigger that refuses changes of the log is not the one that was made with it"
    else:
        yield Finding("append-only", "ok", "UPDATE, DELETE and TRUNCATE of the log are refused, always")
        return
    yield Finding(
        "append-only",
        "failed",
        wrong,
        "Somebody with the owner's rights did this. Compare the log with a backup, then make the trigger again as it "
        "stands in events/recorder.py.",
    )


def _of_log(connection: Connection, clock: Clock) -> Iterator[Finding]:
    row = connection.execute(
        "select count(*), coalesce(max(position), 0), max(recorded_at),"
        "       count(*) filter (where recorded_at < earlier), count(*) filter (where edition < before)"
        "  from (select position, edition, recorded_at, lag(recorded_at) over (order by position) as earlier,"
        "               lag(edition) over (order by position) as before from dateline.event) as log"
    ).fetchone()
    assert row is not None
    events, head, latest, backwards, disordered = row
    if events != head or disordered:
        yield Finding(
            "log",
            "failed",
            f"it has {events} events and its head is {head}" if events != head else "its editions are out of order",
            "Events were taken from it or put into it by hand. Restore a backup.",
        )
    elif backwards:
        yield Finding(
            "log",
            "failed",
            f"the moment of recording runs backwards at {backwards} places",
            "Events were changed by hand. Restore a backup.",
        )
    elif latest is not None and latest - clock() > APART:
        ahead = (latest - clock()).total_seconds()
        yield Finding(
            "log",
            "failed",
            f"its head was recorded {ahead:.0f} s later than our clock shows",
            "Set the clock of this machine right; until then what is recorded bears the moment of the head.",
        )
    else:
        yield Finding("log", "ok", f"{events} events without a hole" if events else "empty")


def _of_tables(connection: Connection) -> Iterator[Finding]:
    wrong = list(disagreements(connection))
    if wrong:
        yield Finding("tables", "failed", "; ".join(wrong), "Run 'dateline rebuild' as the owner.")
    else:
        yield Finding("tables", "ok", "every event has its rows in the tables")


def _of_disk(server: EmbeddedServer) -> Finding:
    try:
        free = shutil.disk_usage(server.home).free
    except OSError as error:
        return Finding("disk", "failed", f"{server.home} cannot be looked at ({error.strerror})")
    found = f"{free / 1_000_000_000:.1f} GB free in {server.home}"
    if free < SCARCE:
        advice = (
            "Make room, or move the data: nothing can be recorded on a full disk, and nothing that is recorded is lost."
        )
        return Finding("disk", "failed" if free < TOO_SCARCE else "warning", found, advice)
    return Finding("disk", "ok", found)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
