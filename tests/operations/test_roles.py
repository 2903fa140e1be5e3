"""What the owner and the application may do with a database on a server: roles.sql, run for real."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from projections.database import migrations
from services.operations.embedded import embedded_server
from services.operations.migrate import migrate_and_grant

OWNER = uuid.uuid4().hex
APP = uuid.uuid4().hex
TABLES = """
    SET search_path = dateline;
    CREATE TABLE event (position bigint PRIMARY KEY, state bytea);
    CREATE TABLE action (id bigint PRIMARY KEY, note text);
    CREATE TABLE period (id bigint PRIMARY KEY, note text);
    CREATE TABLE jurisdiction (id bigint PRIMARY KEY, note text);
    CREATE TABLE migration (number int PRIMARY KEY);
    INSERT INTO event VALUES (1, 'x');
    INSERT INTO action VALUES (1, 'x');
"""


def run_roles(url: str, project: Path, *, owner: str = OWNER, app: str = APP) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('dateline.owner_password', %s, false), set_config('dateline.app_password', %s, false)",
            (owner, app),
        )
        connection.execute((project / "services/operations/roles.sql").read_bytes())


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[str]:
    """A server of its own: roles belong to a whole server, not to one database."""
    with embedded_server(tmp_path_factory.mktemp("roles"), settings={"fsync": "off"}) as url:
        run_roles(url, project)
        with psycopg.connect(make_conninfo(url, user="dateline_owner", password=OWNER)) as owner:
            owner.execute(TABLES.encode())
            owner.execute("SELECT dateline.grant_application_rights()")
        yield url


@pytest.fixture
def application(prepared: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(make_conninfo(prepared, user="dateline_app", password=APP), autocommit=True) as connection:
        yield connection


def test_the_application_reads_the_log_and_adds_to_it(application: psycopg.Connection) -> None:
    with application.transaction(force_rollback=True):
        application.execute("SELECT pg_advisory_xact_lock(1)")
        application.execute("INSERT INTO dateline.event VALUES (2, 'y')")
        with application.cursor().copy("COPY dateline.event FROM STDIN") as copy:
            copy.write_row((3, "\\x00"))
        assert application.execute("SELECT count(*) FROM dateline.event").fetchone() == (3,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dateline.event SET state = 'y'",
        "DELETE FROM dateline.event",
        "TRUNCATE dateline.event",
        "INSERT INTO dateline.event VALUES (1, 'y') ON CONFLICT (position) DO UPDATE SET state = 'y'",
        "SELECT 1 FROM dateline.event FOR UPDATE",
        "LOCK TABLE dateline.event IN EXCLUSIVE MODE",
        "DROP TABLE dateline.event",
        "ALTER TABLE dateline.event DISABLE TRIGGER ALL",
        "CREATE TRIGGER t AFTER INSERT ON dateline.event EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "TRUNCATE dateline.action",
        "INSERT INTO dateline.migration VALUES (1)",
        "CREATE TABLE dateline.other (id int)",
        "CREATE TABLE public.other (id int)",
        "CREATE TEMP TABLE other (id int)",
        "CREATE SCHEMA other",
        "SELECT dateline.grant_application_rights()",
        "SET ROLE dateline_owner",
    ],
)
def test_the_application_may_not(application: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
        application.execute(statement.encode())


@pytest.mark.parametrize("table", ["action", "period", "jurisdiction"])
def test_the_application_keeps_the_read_model(application: psycopg.Connection, table: str) -> None:
    with application.transaction(force_rollback=True):
        application.execute(f"INSERT INTO dateline.{table} VALUES (2, 'y')".encode())
        application.execute(f"UPDATE dateline.{table} SET note = 'z' WHERE id = 2".encode())
        application.execute(f"DELETE FROM dateline.{table} WHERE id = 2".encode())


def test_a_table_added_later_can_be_read_and_that_is_all(prepared: str, application: psycopg.Connection) -> None:
    with psycopg.connect(make_conninfo(prepared, user="dateline_owner", password=OWNER)) as owner:
        owner.execute("CREATE TABLE dateline.later (id int)")
    application.execute("SELECT * FROM dateline.later")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute("INSERT INTO dateline.later VALUES (1)")


def test_tables_swapped_in_by_a_rebuild_get_their_rights_in_its_transaction(
    prepared: str, application: psycopg.Connection
) -> None:
    with psycopg.connect(make_conninfo(prepared, user="dateline_owner", password=OWNER)) as owner:
        owner.execute("CREATE TABLE dateline.period_new (LIKE dateline.period INCLUDING ALL)")
        owner.execute("DROP TABLE dateline.period")
        owner.execute("ALTER TABLE dateline.period_new RENAME TO period")
        owner.execute("SELECT dateline.grant_application_rights()")
    application.execute("DELETE FROM dateline.period")


def test_running_it_again_changes_nothing_but_a_password_that_is_given(prepared: str, project: Path) -> None:
    def rights() -> object:
        with psycopg.connect(prepared) as connection:
            return connection.execute(
                "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'dateline'::regnamespace ORDER BY 1"
            ).fetchall()

    before = rights()
    run_roles(prepared, project, owner="", app="")
    run_roles(prepared, project)
    assert rights() == before


def test_a_role_without_a_password_is_not_made(tmp_path: Path, project: Path) -> None:
    with (
        embedded_server(tmp_path, settings={"fsync": "off"}) as url,
        pytest.raises(psycopg.errors.RaiseException, match="needs a password"),
    ):
        run_roles(url, project, owner="")


def test_the_tables_that_are_really_made_give_the_application_no_more_than_that(tmp_path: Path, project: Path) -> None:
    with embedded_server(tmp_path, settings={"fsync": "off"}) as url:
        run_roles(url, project)
        migrate_and_grant(make_conninfo(url, user="dateline_owner", password=OWNER))
        with psycopg.connect(make_conninfo(url, user="dateline_app", password=APP)) as connection:
            rights = {
                str(table): {privilege for privilege in PRIVILEGES if allowed(connection, str(table), privilege)}
                for (table,) in connection.execute(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'dateline'::regnamespace AND relkind = 'r'"
                )
            }
    assert rights.pop("event") == {"SELECT", "INSERT"}
    assert rights.pop("migration") == {"SELECT"}
    assert rights.pop("api_key") == {"SELECT"}
    assert {"action", "period", "jurisdiction"} <= set(rights)
    for table, held in rights.items():
        assert held == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table


def test_a_server_that_was_set_up_before_there_were_keys_lets_the_application_make_none(
    tmp_path: Path, project: Path
) -> None:
    now = (project / "services/operations/roles.sql").read_text("utf-8")
    before = now.replace("name NOT IN ('migration', 'api_key')", "name <> 'migration'")
    assert before != now
    with embedded_server(tmp_path, settings={"fsync": "off"}) as url:
        run_roles(url, project)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(before.encode())
        migrate_and_grant(make_conninfo(url, user="dateline_owner", password=OWNER))
        with psycopg.connect(make_conninfo(url, user="dateline_app", password=APP)) as connection:
            assert {each for each in PRIVILEGES if allowed(connection, "api_key", each)} == {"SELECT"}
            assert allowed(connection, "action", "INSERT")
        with psycopg.connect(url) as connection:
            connection.execute(now.encode())
            function = "select prosrc from pg_proc where proname = 'grant_application_rights'"
            of_roles = connection.execute(function).fetchone()
    assert of_roles is not None
    assert of_roles[0].strip() in read_keys_sql()


def read_keys_sql() -> str:
    (statements,) = [statements for _, name, statements in migrations() if name == "keys"]
    return statements


PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]


def allowed(connection: psycopg.Connection, table: str, privilege: str) -> bool:
    found = connection.execute("SELECT has_table_privilege('dateline.' || %s, %s)", (table, privilege)).fetchone()
    return found is not None and bool(found[0])
