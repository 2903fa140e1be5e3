"""`python -m services.operations.migrate`: bring a server's tables up to date, as their owner, ahead of the service."""

from __future__ import annotations

import sys

import psycopg

from events.errors import Refusal
from projections.database import migrate
from services.operations.settings import read_settings


def migrate_and_grant(url: str) -> None:
    """
    Migrate, then give the application its rights to what is new (where roles.sql has made the roles).

    The owner's right alone: with the application's URL PostgreSQL refuses.
    """
    migrate(url)
    with psycopg.connect(url) as connection:
        known = connection.execute("SELECT to_regprocedure('dateline.grant_application_rights()')").fetchone()
        if known is not None and known[0] is not None:
            connection.execute("SELECT dateline.grant_application_rights()")


def run() -> int:
    try:
        url = read_settings().database_url
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 2
    if url is None:
        print("Set DATELINE_DATABASE_URL to the server, with the role that owns the tables.", file=sys.stderr)
        return 2
    migrate_and_grant(url)
    return 0


if __name__ == "__main__":
    sys.exit(run())
