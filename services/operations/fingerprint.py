"""The fingerprint of a log: one number that two logs share only where every event of them is the same."""

from __future__ import annotations

from hashlib import sha256

import psycopg
from msgspec import Struct
from psycopg import sql

_ROWS = """
copy (select position, edition, recorded_at, originator_id, originator_version, topic, state
        from dateline.event where position <= {} order by position)
  to stdout (format binary)
"""
"""What is hashed: the columns of every event as PostgreSQL writes them in binary, the same on every version of it."""


class Fingerprint(Struct, frozen=True):
    """The head of a log (0 where nothing is recorded) and the SHA-256 of everything up to it, in hexadecimal."""

    position: int
    sha256: str


def has_log(connection: psycopg.Connection) -> bool:
    """Whether the database has a log at all, be it empty."""
    found = connection.execute("select to_regclass('dateline.event')").fetchone()
    return found is not None and found[0] is not None


def fingerprint(connection: psycopg.Connection, up_to: int | None = None) -> Fingerprint:
    """
    The fingerprint of the log up to a position, or to its head; the head is told where the log is shorter.

    Reads the log once, in bounded memory; appends go on meanwhile. Needs SELECT on dateline.event.
    """
    query = "select coalesce(max(position), 0) from dateline.event where position <= coalesce(%s, position)"
    found = connection.execute(query, [up_to]).fetchone()
    position = int(found[0]) if found is not None else 0
    digest = sha256()
    with connection.cursor().copy(sql.SQL(_ROWS).format(sql.Literal(position))) as rows:
        for block in rows:
            digest.update(block)
    return Fingerprint(position, digest.hexdigest())
