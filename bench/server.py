"""A temporary server of the benchmarks' own, and a fresh database for each of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from projections.database import migrate
from services.intake.importing import Imported, import_files
from services.operations.embedded import embedded_server
from services.operations.wiring import Service, present, service

MEMORY = 4_000_000_000
"""What a service may keep in memory, in bytes: as much as a million events come to, as the tables of others have."""


class Place(NamedTuple):
    """The server's URL, and a folder for files that goes when the benchmarks end."""

    url: str
    folder: Path


@contextmanager
def temporary_place() -> Iterator[Place]:
    """An embedded PostgreSQL with the settings of everyday use: what is acknowledged is on the disk."""
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as name, embedded_server(Path(name) / "data") as url:
        yield Place(url, Path(name))


@contextmanager
def fresh_database(place: Place) -> Iterator[str]:
    """The URL of an empty database, dropped at the end."""
    name = f"bench_{uuid4().hex[:12]}"
    with psycopg.connect(make_conninfo(place.url, dbname="postgres"), autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield make_conninfo(place.url, dbname=name)
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def fresh_service(place: Place) -> Iterator[Service]:
    """A service upon an empty database, dropped at the end."""
    with fresh_database(place) as url:
        migrate(url)
        with service(url, memory=MEMORY) as built:
            yield built


@contextmanager
def restarted(built: Service) -> Iterator[Service]:
    """The same database in the hands of a service that remembers nothing yet."""
    with service(built.url, memory=MEMORY) as again:
        yield again


def bring_to_rest(url: str) -> None:
    """Has the server do what it does by itself within minutes of many writes, so that nobody pays for it who reads."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def timed_import(built: Service, path: Path) -> tuple[Imported, float]:
    """What an import came to, and the seconds it took, from opening the file to the last commit."""
    started = perf_counter()
    imported = import_files(built.recording, [path], recorded_by="bench", clock=present)
    return imported, perf_counter() - started
