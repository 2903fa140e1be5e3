"""One PostgreSQL for the whole test session, shared by its workers; a fresh database for every test, by cloning."""

from __future__ import annotations

import functools
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastapi._compat.v2
import httpx
import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import TypeAdapter

from projections import following
from projections.database import migrate
from services.operations.embedded import embedded_server

# The same examples for everybody; `--hypothesis-profile=search` looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("search", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("same")

# A client of HTTP waits for a loaded machine unless it says otherwise, and they all share one set of certificates,
# which none of them needs.
for times in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, times, 60.0)
ssl.create_default_context = functools.cache(ssl.create_default_context)

# Hundreds of tests have an application of their own: what is made of a parameter is the same in all of them. A function
# is told by its address, which stays its own, since what was made holds on to it.
_adapters: dict[str, TypeAdapter[Any]] = {}


def _adapter(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
    told = f"{annotated!r} {config!r}"
    if told not in _adapters:
        _adapters[told] = TypeAdapter(annotated, config=config)
    return _adapters[told]


setattr(fastapi._compat.v2, "TypeAdapter", _adapter)  # noqa: B010

# A follower on a loaded machine is not asleep: what is answered without the database is so in every run.
following.ASLEEP_SECONDS = 60.0

TEMPLATE = "dateline_template"

# Nothing here outlives the session, so nothing needs to survive a power cut, or a thief of passwords.
_FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "scram_iterations": "1",
}


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of the session's PostgreSQL (its database is nobody's: use `database_url`). The last worker stops it."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    with embedded_server(shared / "postgres", settings=_FLEETING) as url:
        make_template(url)
        yield url


@pytest.fixture
def database_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty, migrated database of this test alone."""
    with fresh_database(postgres_server, TEMPLATE) as url:
        yield url


@pytest.fixture(scope="session")
def _used_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("used") / "data"
    with embedded_server(folder, settings=_FLEETING) as url:
        migrate(url)
    return folder


@pytest.fixture
def data_dir(_used_data_dir: Path, tmp_path: Path) -> Path:
    """A data directory as an earlier use left it: its server has ended, its database is empty and migrated."""
    folder = tmp_path / "data"
    if not (_used_data_dir / "postgres" / "elsewhere").exists():  # else what is in it cannot be had by copying
        subprocess.run(["cp", "-a", str(_used_data_dir), str(folder)], check=True)
    return folder


@contextmanager
def fresh_database(server: str, template: str) -> Iterator[str]:
    """A database cloned from a template for as long as the block lasts; connections left open do not keep it."""
    name = f"test_{uuid.uuid4().hex[:16]}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy").format(**names))
        try:
            yield url_of(server, name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names))


def url_of(url: str, database: str) -> str:
    """The same server, another database."""
    head, tail = url.split("?", 1)
    return f"{head.rpartition('/')[0]}/{database}?{tail}"


def make_template(url: str) -> None:
    """Once a session: whoever holds the advisory lock first makes it under another name and renames it when whole."""
    draft = TEMPLATE + "_draft"
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(8321)")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone():
            return
        given = conninfo_to_dict(url)  # the password again, hashed in fewer rounds: each connection goes through them
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(given["user"]), sql.Literal(given["password"]))
        )
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
        migrate(url_of(url, draft))
        # Pools that were left open would keep the template from being cloned.
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (draft,))
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(TEMPLATE))
        )


@pytest.fixture(scope="session")
def project() -> Path:
    """The top folder of the project."""
    return Path(__file__).resolve().parent.parent
