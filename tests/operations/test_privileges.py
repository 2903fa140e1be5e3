"""What each role may do is tried, statement by statement and table by table, on every PostgreSQL that is promised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, RestrictViolation

from projections.rebuild import rebuild
from services.access.keys import Keys
from services.access.roles import Role
from services.intake.importing import import_files
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.writing import entry, told
from tests.operations.servers import Deployment, deployed
from tests.recording.test_two_services import tables

RECORD = {"event", "migration", "api_key"}
"""Tables that cannot be made again. What the application may write of them is said here; all others it keeps."""

READ = {
    "SELECT count(*) FROM {table}": set[str](),
    "COPY (SELECT * FROM {table} LIMIT 0) TO STDOUT": set(),
}
WRITE = {  # each with the tables on which it is refused
    "INSERT INTO {table} SELECT * FROM {table} WHERE false": RECORD - {"event"},
    "COPY {table} FROM STDIN": RECORD - {"event"},
    "UPDATE {table} SET {column} = {column} WHERE false": RECORD,
    "DELETE FROM {table} WHERE false": RECORD,
    "MERGE INTO {table} USING (SELECT 1) AS one ON false WHEN MATCHED THEN DELETE": RECORD,
    "SELECT 1 FROM {table} FOR UPDATE": RECORD,
    "SELECT 1 FROM {table} FOR KEY SHARE": RECORD,
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE": RECORD,
}
NEVER = [  # on no table
    "TRUNCATE {table}",
    "DROP TABLE {table}",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "ALTER TABLE {table} ADD COLUMN more int",
    "ALTER TABLE {table} DROP COLUMN {column}",
    "ALTER TABLE {table} RENAME TO renamed",
    "ALTER TABLE {table} SET SCHEMA public",
    "ALTER TABLE {table} SET UNLOGGED",
    "ALTER TABLE {table} OWNER TO dateline_app",
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY hidden ON {table} USING (false)",
    "CREATE RULE never AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE TRIGGER t AFTER INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE INDEX more ON {table} ({column})",
    "COMMENT ON TABLE {table} IS 'mine'",
    "REINDEX TABLE {table}",
    "CLUSTER {table}",
    "COPY {table} TO '/tmp/dateline-copy'",
    "COPY {table} TO PROGRAM 'true'",
    "COPY {table} FROM '/etc/passwd'",
]
ELSEWHERE = [
    "SET ROLE dateline_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION dateline_owner",
    "SET session_replication_role = replica",
    "SET log_statement = 'none'",
    "SET lo_compat_privileges = on",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "ALTER ROLE dateline_app SUPERUSER",
    "ALTER ROLE dateline_app CREATEROLE",
    "ALTER ROLE dateline_owner PASSWORD 'mine'",
    "ALTER ROLE dateline_owner SET session_replication_role = replica",
    "GRANT dateline_owner TO dateline_app",
    "CREATE ROLE another",
    "CREATE SCHEMA another",
    "CREATE TABLE dateline.another (id int)",
    "CREATE TABLE public.another (id int)",
    "CREATE TEMP TABLE another (id int)",
    "CREATE VIEW dateline.another AS SELECT 1 AS one",
    "CREATE SEQUENCE dateline.another",
    "CREATE TYPE dateline.another AS (id int)",
    "CREATE FUNCTION dateline.another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION dateline.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'",
    "DROP FUNCTION dateline.refuse_change() CASCADE",
    "ALTER FUNCTION dateline.refuse_change() SECURITY DEFINER",
    "DROP SCHEMA dateline CASCADE",
    "ALTER SCHEMA dateline RENAME TO mine",
    "ALTER SCHEMA dateline OWNER TO dateline_app",
    "DROP OWNED BY dateline_owner",
    "REASSIGN OWNED BY dateline_owner TO dateline_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE dateline_owner GRANT ALL ON TABLES TO dateline_app",
    "SELECT dateline.grant_application_rights()",
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION dateline.refuse_change()",
    "CREATE PUBLICATION another FOR ALL TABLES",
    "CREATE FOREIGN DATA WRAPPER another",
    "CREATE EXTENSION vector SCHEMA dateline",
    "CREATE LANGUAGE another HANDLER plpgsql_call_handler",
    "LOAD 'auto_explain'",
    "UPDATE pg_catalog.pg_class SET relname = relname",
    "SELECT * FROM pg_catalog.pg_authid",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid()",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/dateline-export')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
]
OUTSIDE = ["ALTER SYSTEM SET fsync = off", "CREATE DATABASE another", "DROP DATABASE dateline", "CHECKPOINT"]
NEEDED = [
    "SELECT pg_advisory_xact_lock(1)",
    "SET LOCAL lock_timeout = '30s'",
    "LISTEN dateline_event",
    "SELECT pg_notify('dateline_event', '1')",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SELECT dateline.batch_of('{}')",
]


@pytest.fixture(scope="module", params=[16, 18], ids=["PostgreSQL 16", "PostgreSQL 18"])
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server with something on record, told by the application."""
    with deployed(tmp_path_factory.mktemp("deployed"), request.param) as urls:
        with psycopg.connect(urls.superuser) as connection:
            assert connection.info.server_version // 10_000 == request.param
        with service(urls.owner) as opened:
            token = Keys(opened.pool, opened.clock).make("ada", Role.ADMIN).token
        with service(urls.application) as opened, served(opened) as base:
            headers = {"Authorization": f"Bearer {token}"}
            assert httpx.post(f"{base}/v1/acts", json=entry(told()), headers=headers).status_code == 201
        yield urls


def test_of_all_statements_on_all_tables_the_application_may_do_what_it_needs_and_nothing_else(
    deployment: Deployment,
) -> None:
    with psycopg.connect(deployment.application, autocommit=True) as connection:
        columns = dict(
            connection.execute(
                "SELECT relname, min(attname) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
                " WHERE relnamespace = 'dateline'::regnamespace AND relkind = 'r' AND attnum = 1 GROUP BY 1"
            ).fetchall()
        )
        assert columns.keys() > RECORD | {"action", "act", "period", "entry"}
        before = rights(connection)
        wrong, tried = [], 0
        for table, column in columns.items():
            expected = {pattern: table in refused_on for pattern, refused_on in (READ | WRITE).items()}
            expected |= dict.fromkeys(NEVER, True)
            for pattern, refused in expected.items():
                statement = pattern.format(table=f"dateline.{table}", column=column)
                tried += 1
                if is_refused(connection, statement) != refused:
                    wrong.append(statement)
            for giving in (f"GRANT ALL ON dateline.{table} TO PUBLIC", f"REVOKE ALL ON dateline.{table} FROM PUBLIC"):
                connection.execute(giving.encode())  # told with a warning; it gives what one may give: nothing
                tried += 1
        for statement in ELSEWHERE:
            tried += 1
            if not is_refused(connection, statement):
                wrong.append(statement)
        for statement in OUTSIDE:
            tried += 1
            try:
                connection.execute(statement.encode())
                wrong.append(statement)
            except InsufficientPrivilege:
                pass
        for statement in NEEDED:
            tried += 1
            if is_refused(connection, statement):
                wrong.append(statement)
        assert wrong == []
        assert rights(connection) == before
        print(f"{tried} statements tried as dateline_app on {connection.info.server_version}, 0 went another way")


def is_refused(connection: psycopg.Connection, statement: str) -> bool:
    """Whether the rights of the role forbid a statement; it is taken back where they do not."""
    try:
        with connection.transaction(force_rollback=True):
            if " STDOUT" in statement or " STDIN" in statement:
                with connection.cursor().copy(statement.encode()) as copy:
                    if " STDOUT" in statement:
                        list(copy)
            else:
                connection.execute(statement.encode())
    except InsufficientPrivilege:
        return True
    return False


def rights(connection: psycopg.Connection) -> object:
    return connection.execute(
        "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'dateline'::regnamespace ORDER BY 1"
    ).fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dateline.event SET topic = topic",
        "UPDATE dateline.event SET topic = topic WHERE false",
        "DELETE FROM dateline.event",
        "DELETE FROM ONLY dateline.event WHERE position < 0",
        "TRUNCATE dateline.event",
        "MERGE INTO dateline.event USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
        "INSERT INTO dateline.event SELECT * FROM dateline.event ON CONFLICT (position) DO UPDATE SET topic = 'x'",
    ],
)
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_the_log_is_not_changed_even_by_its_owner_or_a_superuser(
    deployment: Deployment, statement: str, role: str
) -> None:
    with psycopg.connect(getattr(deployment, role)) as connection:
        if role == "superuser":  # whose triggers sleep, but for those that never do
            connection.execute("SET session_replication_role = replica")
        with pytest.raises(RestrictViolation, match="append-only"):
            connection.execute(statement.encode())


def test_the_owner_cannot_put_triggers_to_sleep_for_a_session(deployment: Deployment) -> None:
    with psycopg.connect(deployment.owner) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(sql.SQL("SET session_replication_role = replica"))


def test_all_of_dateline_works_with_the_roles_apart(deployment: Deployment, project: Path) -> None:
    with service(deployment.application) as opened:
        done = import_files(opened.recording, [project / "dossier"], recorded_by="ada", clock=opened.clock)
        assert done.events > 300
        world = opened.answering.jurisdictions()
        before = tables(deployment.owner)
        with service(deployment.owner) as owned:
            rebuild(owned.pool, owned.log)
        assert tables(deployment.owner) == before
        assert opened.answering.jurisdictions() == world
        again = import_files(opened.recording, [project / "dossier"], recorded_by="ada", clock=opened.clock)
        assert again.events == 0
    with service(deployment.application) as opened:  # with the tables that the rebuild made
        assert opened.answering.jurisdictions() == world
