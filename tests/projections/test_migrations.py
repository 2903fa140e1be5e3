"""Migrations: from every schema that there ever was, with data in it; and tables that are not ours are left alone."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from events.commands import ReviewJurisdiction
from projections import database
from projections.database import SchemaChanged, SchemaNewer, SchemaOlder, check, migrate, migrations
from projections.rebuild import rebuild
from services.access.keys import Keys
from services.access.roles import Role
from services.operations import wiring
from services.operations.agreement import disagreements
from services.operations.fingerprint import fingerprint
from services.operations.settings import Settings
from services.operations.wiring import Service
from tests.acceptance.test_pinned import answers, pins
from tests.conftest import fresh_database
from tests.recording.telling import act, correct, did, retract, verify

WRITTEN = {
    1: "7da4116d004ee2230a7658da040554c16656453d63c1b9b733ec712b4f112480",
    2: "a566b2d5c1544e7e11eeb70cf32ae6d7e27badb4351fe4ee95f6b9bc6e0badc3",
    3: "345c3fb15c328191c16b3a27e22b7a63fe6038ca1ce7eac40bd5f246b13afe38",
    4: "4f8f5f4fc15ecbb7dc7af9757a60ae943f68d1cc53516b39f9f7f98897355dec",
    5: "46f09fccace6d358ebf124c90dbceb9223b210cc43edc328a040be0a6604ea6b",
    6: "5dfb5cb732c1cd1a4ede7762559d64feed5b026b40ef2021343543bfecb00c48",
    7: "80259b52334382f282b5a3c132d8495fcbfd17fd6de3122cae8bb14f7e363074",
    8: "a44bdfe22f12426b41b5dd273b64c3da19375a99330185a3059b12dcc7ff3415",
    9: "5a20b4485956efdfc0b2207155a0c1d7c1fb800c2c9058845b8b2359ef3b17ca",
    10: "72d9a1bd3012acd43ae5cd4fe4927d085dcc7062eb312b57c45a7a9ec27911d3",
    11: "0bf3dd528a7f93318c68b7d8fba3fd036cd6011853ffb284991dde01acebd483",
    12: "80ddaa3b53101eeee982b8d941eead2c8fd7d32600dc5f9b97134bc09953ec45",
    13: "a226e52d3c62371e5a89346b13389ff2f635d4bdec750ad4c6d690f5c649ee52",
    14: "fb34817f999eab9e3dc20e9889e2b2337f4f35b9a0a4d14a8514cd0f7f5fe2df",
    15: "6d20343a3313d9b0b658e37c1706afa59f2d06333578dc382bda2e1464458c20",
}
"""The checksum of every migration as it was first written. A line is added; none is ever changed."""

TABLES = ("event", "action", "act", "period", "review", "jurisdiction", "verification", "entry", "api_key")
VERIFYING = 3
"""The migration before which nothing was verified."""


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """A database without any table of Dateline."""
    with fresh_database(server, "template1") as url:
        yield url


def at_version(monkeypatch: pytest.MonkeyPatch, url: str, version: int) -> None:
    """Makes the tables as the Dateline of that version did."""
    known = migrations()
    with monkeypatch.context() as patched:
        patched.setattr(database, "migrations", lambda: known[:version])
        migrate(url)


def tell(service: Service, *, verifying: bool) -> None:
    """A record with everything in it that was known at the time."""
    for number in range(12):
        named = f"XA/law-{number % 4}" if number % 3 else f"XB/law-{number % 4}"
        kind = "adopted" if number < 8 else "announced"
        told = act(
            f"act-{number}",
            f"2019-0{1 + number % 9}-11",
            did(kind, named, effects=["restricts"]),
            did("deadline_set", named, deadline="report", obliged="authority", due="2020-06-01"),
        )
        service.recording.record([told], recorded_by="ada", batch=f"batch-{number // 4}")
    service.recording.record(
        [correct(act("act-2", "2019-02-01", did("adopted", "XA/law-2", effects=["prohibits"])))], recorded_by="cy"
    )
    service.recording.record([retract("act-5")], recorded_by="cy")
    service.recording.record([ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-01-01")], recorded_by="ben")
    if verifying:
        service.recording.record([verify("act-1"), verify("act-2")], recorded_by="ben")


def copy_rows(from_url: str, to_url: str) -> None:
    """The rows of every table that the older database has, as they were then."""
    with psycopg.connect(from_url) as source, psycopg.connect(to_url) as target:
        for table in TABLES:
            there = target.execute(
                "select column_name from information_schema.columns"
                " where table_schema = 'dateline' and table_name = %s order by ordinal_position",
                [table],
            ).fetchall()
            if not there:
                continue
            columns = sql.SQL(", ").join([sql.Identifier(column) for (column,) in there])
            name = sql.SQL("{} ({})").format(sql.Identifier("dateline", table), columns)
            with (
                source.cursor().copy(sql.SQL("copy {} to stdout").format(name)) as rows,
                target.cursor().copy(sql.SQL("copy {} from stdin").format(name)) as into,
            ):
                for block in rows:
                    into.write(block)


@pytest.mark.parametrize("version", range(1, len(migrations())))
def test_a_database_of_an_older_version_answers_as_a_fresh_one_once_it_is_migrated(
    version: int, postgres_server: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty_database(postgres_server) as older:
        at_version(monkeypatch, older, version)
        with wiring.service(database_url, connections=2) as fresh:
            tell(fresh, verifying=version >= VERIFYING)
            key = Keys(fresh.pool, fresh.clock).make("ada", Role.RECORDER).key.id
            head = fresh.log.head().position
            copy_rows(database_url, older)
            asked = pins(random.Random(version), 30, [f"X{code}/law-{n}" for code in "AB" for n in range(4)], head)
            expected = answers(fresh, asked)
            searched = fresh.searching.search("act law")
            assert searched.counts == {"jurisdiction": 0, "measure": 8, "act": 11}
        with pytest.raises(SchemaOlder, match="Run 'dateline migrate'"):
            check(older)
        settings = Settings(DATELINE_DATABASE_URL=older)
        with wiring.database(settings) as url, wiring.service(url, connections=2) as migrated:
            check(url)
            if version == 1:  # a log alone, from before there were tables to read
                rebuild(migrated.pool, migrated.log)
            assert answers(migrated, asked) == expected
            assert migrated.searching.search("act law") == searched
            with migrated.pool.connection() as connection:
                assert list(disagreements(connection)) == []
                now = fingerprint(connection)
            with psycopg.connect(database_url) as connection:
                assert now == fingerprint(connection)
            found = [each.id for each in Keys(migrated.pool, migrated.clock).all()]
            assert found == ([key] if version >= 4 else [])
            migrated.recording.record([act("act-late", "2020-02-02")], recorded_by="ada")
            assert migrated.log.head().position > head


def test_no_migration_is_edited_after_it_was_written() -> None:
    assert {number: database._checksum(statements) for number, _, statements in migrations()} == WRITTEN


@contextmanager
def changed(url: str, statement: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
        before = connection.execute("select * from dateline.migration order by number").fetchall()
        yield
        assert connection.execute("select * from dateline.migration order by number").fetchall() == before


def test_tables_of_a_newer_dateline_are_refused_and_left_alone(database_url: str) -> None:
    settings = Settings(DATELINE_DATABASE_URL=database_url)
    with changed(database_url, "insert into dateline.migration values (99, 'of the future', 'x')"):
        for refused in (
            lambda: check(database_url),
            lambda: migrate(database_url),
            wiring.database(settings).__enter__,
        ):
            with pytest.raises(SchemaNewer, match=r"newer Dateline \(migration 99, of the future\)\. Use that one"):
                refused()


def test_tables_made_by_an_edited_migration_are_refused_and_left_alone(database_url: str) -> None:
    settings = Settings(DATELINE_DATABASE_URL=database_url)
    with changed(database_url, "update dateline.migration set checksum = 'x' where number = 2"):
        for refused in (
            lambda: check(database_url),
            lambda: migrate(database_url),
            wiring.database(settings).__enter__,
        ):
            with pytest.raises(SchemaChanged, match=r"Migration 2 \(read model\) is not the one that was applied"):
                refused()


def test_a_role_that_may_not_migrate_is_told_who_may(database_url: str) -> None:
    role = f"reader_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "create role {0} login password 'x'; grant usage on schema dateline to {0};"
                " grant select on all tables in schema dateline to {0};"
                " drop table dateline.entry; delete from dateline.migration where number = 6"
            ).format(sql.Identifier(role))
        )
        try:
            url = make_conninfo(database_url, user=role, password="x")
            with pytest.raises(SchemaOlder, match="with the owner's rights"):
                wiring.database(Settings.model_construct(DATELINE_DATABASE_URL=url)).__enter__()
        finally:
            connection.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(role)))
