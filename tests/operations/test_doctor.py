"""The doctor: a deployment is broken on purpose in one place, and that is what it finds."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from services.cli.main import run
from services.intake.importing import import_files
from services.operations import doctor, wiring
from services.operations.doctor import Finding, diagnose_embedded, diagnose_server
from services.operations.embedded import embedded_server
from services.operations.migrate import migrate_and_grant
from services.operations.wiring import present
from tests.operations.test_roles import run_roles

PASSWORD = uuid.uuid4().hex


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doctor")


@pytest.fixture(scope="module")
def superuser(data_dir: Path, project: Path) -> Iterator[str]:
    """The URL of a durable server with separate roles and the dossier, as its superuser."""
    with embedded_server(data_dir) as url:
        run_roles(url, project, owner=PASSWORD, app=PASSWORD)
        migrate_and_grant(make_conninfo(url, user="dateline_owner", password=PASSWORD))
        with wiring.service(application(url), connections=2) as service:
            import_files(service.recording, [project / "dossier"], recorded_by="ada", clock=present)
        yield url


def application(superuser: str) -> str:
    return make_conninfo(superuser, user="dateline_app", password=PASSWORD)


def found(url: str) -> dict[str, Finding]:
    return {finding.check: finding for finding in diagnose_server(url, present).findings}


def not_well(url: str) -> dict[str, str]:
    return {name: finding.state for name, finding in found(url).items() if finding.state != "ok"}


@contextmanager
def broken(superuser: str, breaking: str, mending: str) -> Iterator[None]:
    """A database in which something is wrong for as long as the block lasts."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(breaking.encode())
        try:
            yield
        finally:
            connection.execute(mending.encode())


def test_nothing_is_wrong_with_a_server_that_is_set_up_as_documented(superuser: str) -> None:
    diagnosis = diagnose_server(application(superuser), present)
    assert diagnosis.healthy
    assert not_well(application(superuser)) == {}
    assert [finding.check for finding in diagnosis.findings] == [
        *("connection", "durability", "checksums", "clock", "schema", "roles", "append-only", "log", "tables")
    ]


def test_of_the_embedded_database_it_is_said_plainly_what_cannot_be_protected(superuser: str, data_dir: Path) -> None:
    diagnosis = diagnose_embedded(data_dir, present, lambda _: None)
    assert diagnosis.healthy
    told = {finding.check: finding for finding in diagnosis.findings if finding.state != "ok"}
    assert list(told) == ["protection"]
    assert "cannot protect the log against its own operating-system account" in told["protection"].found
    assert "disk" in {finding.check for finding in diagnosis.findings}


UNGUARDED = "alter table dateline.event disable trigger append_only;"
GUARDED = "alter table dateline.event enable always trigger append_only;"
KEPT = "create table if not exists public.kept as"

BROKEN = {
    "the application may change the log": (
        ("roles", "failed"),
        "grant update, truncate on dateline.event to dateline_app",
        "revoke update, truncate on dateline.event from dateline_app",
    ),
    "everybody may delete from the log": (
        ("roles", "failed"),
        "grant delete on dateline.event to public",
        "revoke delete on dateline.event from public",
    ),
    "the application may not keep the read model": (
        ("roles", "failed"),
        "revoke delete on dateline.period from dateline_app",
        "grant delete on dateline.period to dateline_app",
    ),
    "the trigger is off": (("append-only", "failed"), UNGUARDED, GUARDED),
    "the trigger is off for replicas": (
        ("append-only", "failed"),
        "alter table dateline.event enable trigger append_only",
        GUARDED,
    ),
    "the trigger is gone": (
        ("append-only", "failed"),
        "drop trigger append_only on dateline.event",
        "create trigger append_only before update or delete or truncate on dateline.event"
        f" for each statement execute function dateline.refuse_change(); {GUARDED}",
    ),
    "the trigger refuses nothing": (
        ("append-only", "failed"),
        "alter function dateline.refuse_change() rename to refuse_change_kept;"
        " create function dateline.refuse_change() returns trigger language plpgsql as $$ begin return null; end $$;"
        " drop trigger append_only on dateline.event; create trigger append_only before update or delete or truncate on"
        f" dateline.event for each statement execute function dateline.refuse_change(); {GUARDED}",
        "drop trigger append_only on dateline.event; drop function dateline.refuse_change();"
        " alter function dateline.refuse_change_kept() rename to refuse_change;"
        " create trigger append_only before update or delete or truncate on dateline.event"
        f" for each statement execute function dateline.refuse_change(); {GUARDED}",
    ),
    "a migration was edited": (
        ("schema", "failed"),
        "update dateline.migration set checksum = reverse(checksum) where number = 3",
        "update dateline.migration set checksum = reverse(checksum) where number = 3",
    ),
    "the tables are of a newer Dateline": (
        ("schema", "failed"),
        "insert into dateline.migration values (99, 'of the future', 'x')",
        "delete from dateline.migration where number = 99",
    ),
    "the tables are older": (
        ("schema", "failed"),
        f"{KEPT} select * from dateline.migration where number = 7; delete from dateline.migration where number = 7",
        "insert into dateline.migration select * from public.kept; drop table public.kept",
    ),
    "a server that may lose what it acknowledged": (
        ("durability", "failed"),
        "alter role dateline_app set synchronous_commit = off",
        "alter role dateline_app reset all",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_found(what: str, superuser: str) -> None:
    (check, state), breaking, mending = BROKEN[what]
    with broken(superuser, breaking, mending):
        told = not_well(application(superuser))
        assert told.pop(check) == state
        assert told in ({}, {"tables": "warning"})  # those of another version are not looked at
        assert found(application(superuser))[check].what_to_do
    assert not_well(application(superuser)) == {}


TABLES = {
    "entries": ("entry", "position = 5"),
    "actions": ("action", "position = 7"),
    "acts": ("act", "edition = (select min(edition) from dateline.act) and place = 3"),
    "jurisdictions": ("jurisdiction", "jurisdiction = 'NL'"),
    "subjects": ("named", "subject = 'Huawei' and measure = 'US/huawei-entity-listing'"),
    "periods": ("period", "measure = 'NL/telecom-supplier-decree'"),
    "reviews": ("review", "position = (select min(position) from dateline.review)"),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_that_lacks_what_the_log_has_is_found(what: str, superuser: str) -> None:
    table, where = TABLES[what]
    with psycopg.connect(superuser) as connection:
        row = connection.execute(f"select count(*) from dateline.{table} where {where}".encode()).fetchone()
    if row == (0,):
        assert what == "reviews"  # the dossier has none: one too many is found as well
        breaking = "insert into dateline.review values (9, 'NL', '2020', 9)"
        mending = "delete from dateline.review"
    else:
        breaking = f"{KEPT} select * from dateline.{table} where {where}; delete from dateline.{table} where {where}"
        mending = f"insert into dateline.{table} select * from public.kept; drop table public.kept"
    with broken(superuser, breaking, mending):
        assert not_well(application(superuser)) == {"tables": "failed"}
        told = found(application(superuser))["tables"]
        assert f"{what}: 1 not as the log says" in told.found
        assert told.what_to_do == "Run 'dateline rebuild' as the owner."


@pytest.mark.parametrize("table", ["entry", "action"])
def test_a_row_that_is_there_twice_is_found(table: str, superuser: str) -> None:
    twice = f"insert into dateline.{table} select * from dateline.{table} where position = 7"
    once = (
        f"delete from dateline.{table} as one using dateline.{table} as other"
        " where one.position = 7 and other.position = 7 and one.ctid > other.ctid"
    )
    with broken(superuser, twice, once):
        assert not_well(application(superuser)) == {"tables": "failed"}


def test_an_action_that_stands_though_the_log_ended_it_is_found_and_so_is_the_contrary(superuser: str) -> None:
    with broken(
        superuser,
        "update dateline.action set recorded_to = 300 where position = 7",
        "update dateline.action set recorded_to = null where position = 7",
    ):
        told = found(application(superuser))["tables"].found
    assert "ends of actions: 1 not as the log says, first at position 7" in told


def test_a_hole_in_the_log_is_found_and_so_is_a_moment_that_runs_back(superuser: str) -> None:
    with broken(
        superuser,
        f"{KEPT} select * from dateline.event where position = 5; {UNGUARDED}"
        " delete from dateline.event where position = 5",
        f"insert into dateline.event select * from public.kept; drop table public.kept; {GUARDED}",
    ):
        told = found(application(superuser))
        assert (told["log"].state, told["log"].found) == ("failed", "it has 365 events and its head is 366")
        assert "entries: 1 not as the log says, first at position 5" in told["tables"].found
    moved = "update dateline.event set recorded_at = recorded_at {} interval '1 day' where position = 5"
    with broken(superuser, f"{UNGUARDED} {moved.format('-')}", f"{moved.format('+')}; {GUARDED}"):
        assert "runs backwards at 1 places" in found(application(superuser))["log"].found


@pytest.mark.parametrize(("by", "told"), [(-3600, ("warning", "failed")), (3600, ("warning", "ok"))])
def test_clocks_that_are_apart_are_found_and_a_head_in_the_future(
    superuser: str, by: int, told: tuple[str, str]
) -> None:
    def shifted() -> datetime:
        return present() + timedelta(seconds=by)

    findings = {each.check: each for each in diagnose_server(application(superuser), shifted).findings}
    assert (findings["clock"].state, findings["log"].state) == told
    assert "3600 s apart" in findings["clock"].found or "3599 s apart" in findings["clock"].found


def test_the_owner_is_told_that_the_service_should_not_run_so(superuser: str) -> None:
    owner = make_conninfo(superuser, user="dateline_owner", password=PASSWORD)
    assert not_well(owner) == {"roles": "warning"}
    assert not_well(superuser) == {"roles": "warning"}


def test_a_disk_that_fills_up_is_found(superuser: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(data_dir)
    for free, state in ((doctor.SCARCE - 1, "warning"), (doctor.TOO_SCARCE - 1, "failed")):
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        diagnosis = diagnose_embedded(data_dir, present, lambda _: None)
        assert diagnosis.healthy == (state == "warning")
        assert {each.check: each.state for each in diagnosis.findings}["disk"] == state


def test_where_nothing_answers_that_is_what_is_found(tmp_path: Path) -> None:
    assert not_well(f"postgresql://nobody@/dateline?host={tmp_path}") == {"connection": "failed"}
    assert not diagnose_embedded(tmp_path / "none", present, lambda _: None).healthy
    assert not (tmp_path / "none").exists()
    cluster = tmp_path / "postgres" / "server" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    told = {each.check: each for each in diagnose_embedded(tmp_path, present, lambda _: None).findings}
    assert "of PostgreSQL 16" in told["connection"].found


def test_the_command_says_it_in_a_table_and_in_json_and_by_its_exit_code(
    superuser: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(*arguments: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            run(["doctor", *arguments])
        return ended.value.code, capsys.readouterr().out

    monkeypatch.setenv("DATELINE_DATABASE_URL", f"{application_url(superuser)}")
    code, said = asked()
    assert (code, "append-only  ok" in said, "What to do" in said) == (0, True, False)
    with broken(superuser, UNGUARDED, GUARDED):
        code, said = asked()
        assert (code, "append-only  failed" in said, "  append-only: Somebody" in said) == (1, True, True)
        code, said = asked("--json")
    assert code == 1
    diagnosis = json.loads(said)
    assert not diagnosis["healthy"]
    assert {"check": "schema", "state": "ok"}.items() <= diagnosis["findings"][4].items()


def application_url(superuser: str) -> str:
    """The application's URL as it is written in an environment."""
    return f"postgresql://dateline_app:{PASSWORD}@/{superuser.rpartition('@/')[2]}"
