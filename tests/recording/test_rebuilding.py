"""Rebuilding in parts, by several processes: broken off and gone on with, killed, and beside live writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import msgspec
import psycopg
import pytest

from bench.generating import many_measures, write
from events.commands import AnyCommand, RecordAct, ReviewJurisdiction
from projections import builders, parts, shadow
from projections import rebuild as rebuilding
from projections.rebuild import TABLES, NoRoomToRebuild, TablesDependedOn, rebuild
from services.intake.files import read
from services.operations.agreement import disagreements
from services.operations.room import StorageFull
from services.operations.wiring import Service, service
from tests.recording.telling import act, by, correct, did, retract, verify
from tests.waiting import comes_true


def tables(opened: Service) -> dict[str, list[str]]:
    """Every row of every table of the read model, the words of the last actions read into it."""
    opened.searching.catch_up()
    with opened.pool.connection() as connection:
        return {
            table: [row for (row,) in connection.execute(f"select t::text from dateline.{table} t order by 1")]
            for table in TABLES
        }


def tell(opened: Service, commands: list[AnyCommand], number: int = 10) -> None:
    """Records commands, so many in an append."""
    for at in range(0, len(commands), number):
        opened.recording.record(commands[at : at + number], recorded_by="ada")


@pytest.fixture
def told(opened: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """
    A log of 148 events in some thirty appends: later ones correct, retract and verify what earlier ones
    said, one act is on two measures, and parts are so small that there are many of them.
    """
    acts = read([write(many_measures(120, seed=3), tmp_path / "acts.jsonl")]).commands
    acts.sort(key=lambda each: each.act.act if isinstance(each, RecordAct) else "")
    tell(opened, acts)
    both = act("xa-both", "2020-03-01", did("adopted", "XA/one"), did("adopted", "XA/other"))
    tell(opened, [both, act("xa-later", "2021-01-01", did("noted", "XA/one"))], 1)
    last = [each for each in acts if isinstance(each, RecordAct) and each.act.act.endswith(("-5", "-8"))]
    righted = [_titled(each, "as it should have read") for each in last[:12]]
    tell(opened, [correct(each) for each in righted], 4)
    tell(opened, [retract(each.act.act) for each in last[12:20] if each.act.act.endswith("-8")], 2)
    tell(opened, [by("ben", verify(each.act.act)) for each in last[:4]], 1)
    tell(opened, [correct(_titled(both, "once more")), correct(_titled(righted[0], "and again"))], 1)
    tell(opened, [ReviewJurisdiction(jurisdiction="XA", reviewed_on="2026-11-20")])
    tell(
        opened, [act("xa-ahead", "2026-01-01", did("adopted", "XA/ahead", effective_on="2030-01-01", subjects=("A",)))]
    )
    assert opened.log.head().position == 148
    monkeypatch.setattr(rebuilding, "PAGE", 7)
    monkeypatch.setattr(rebuilding, "ALONE", 0)
    monkeypatch.setattr(parts, "LOT", 3)
    monkeypatch.setattr(rebuilding, "processors", lambda: 2)
    return opened


def _titled(command: RecordAct, title: str) -> RecordAct:
    titled = msgspec.structs.replace(command.act, title=title)
    actions = tuple(msgspec.structs.replace(action, act=titled) for action in command.actions)
    return RecordAct(act=titled, actions=actions)


@pytest.mark.parametrize(
    ("page", "lot"),
    [
        pytest.param(7, 3, id="corrections are of other parts than what they correct"),
        pytest.param(1000, 1, id="they are of other lots of the same part"),
        pytest.param(1000, 1000, id="they are of the same lot"),
    ],
)
def test_several_processes_leave_every_table_as_the_appends_did(
    told: Service, monkeypatch: pytest.MonkeyPatch, page: int, lot: int
) -> None:
    monkeypatch.setattr(rebuilding, "PAGE", page)
    monkeypatch.setattr(parts, "LOT", lot)
    live = tables(told)
    rebuilt = rebuild(told.pool, told.log)
    assert (rebuilt.events, rebuilt.measures, rebuilt.resumed) == (told.log.head().position, 15, False)
    assert tables(told) == live
    with told.pool.connection() as connection:
        assert list(disagreements(connection)) == []
        assert connection.execute("select to_regnamespace('dateline_rebuild')").fetchone() == (None,)


def test_the_indexes_are_those_of_the_migrations(told: Service) -> None:
    query = "select tablename, indexdef from pg_indexes where schemaname = 'dateline' order by 1, 2"
    with told.pool.connection() as connection:
        before = connection.execute(query).fetchall()
    rebuild(told.pool, told.log)
    with told.pool.connection() as connection:
        assert connection.execute(query).fetchall() == before


def test_the_new_tables_are_as_open_and_as_well_kept_as_the_old_ones(told: Service, reader: str) -> None:
    query = (
        "select relname, relowner, relacl::text, reloptions, (select array_agg(attacl::text order by attnum)"
        " from pg_attribute where attrelid = pg_class.oid) from pg_class where relnamespace = 'dateline'::regnamespace"
    )
    with told.pool.connection() as connection:
        connection.execute("grant select on dateline.period, dateline.search to public")
        connection.execute(f"grant select, update on dateline.act to {reader} with grant option".encode())
        connection.execute(f"grant select (measure), update (act) on dateline.action to {reader}".encode())
        connection.execute(f"alter table dateline.review owner to {reader}".encode())
        before = {name: rest for name, *rest in connection.execute(query).fetchall()}
        assert before["period"] != before["act"] != before["entry"]
    rebuild(told.pool, told.log)
    with told.pool.connection() as connection:
        after = {name: rest for name, *rest in connection.execute(query).fetchall()}
        assert {table: after[table] for table in TABLES} == {table: before[table] for table in TABLES}


def test_no_table_that_grows_is_vacuumed(told: Service) -> None:
    seen: set[str] = set()

    def progress(done: int, total: int) -> None:
        if done < total:
            with told.pool.connection() as connection:
                growing = connection.execute(
                    "select relname, reloptions from pg_class where relkind = 'r'"
                    " and relnamespace = 'dateline_rebuild'::regnamespace and relname = any(%s)",
                    [list(TABLES)],
                ).fetchall()
            assert all(options == ["autovacuum_enabled=false"] for _, options in growing)
            seen.update(name for name, _ in growing)

    rebuild(told.pool, told.log, progress=progress)
    assert seen == set(TABLES)


def test_acts_are_recorded_while_the_swap_waits_for_a_vacuum(told: Service) -> None:
    with ThreadPoolExecutor(1) as others, told.pool.connection() as vacuuming:
        vacuuming.execute("lock table dateline.period in share update exclusive mode")
        rebuilt = others.submit(rebuild, told.pool, told.log)
        try:
            assert comes_true(lambda: _is_waited_for(told, "dateline.period"))
            told.recording.record([act("xc-law", "2022-01-01", did("adopted", "XC/law"))], recorded_by="ada")
        finally:
            vacuuming.rollback()
        rebuilt.result()
    beside = tables(told)
    assert "xc-law" in _slugs(told)
    rebuild(told.pool, told.log)
    assert tables(told) == beside


def _is_waited_for(opened: Service, table: str) -> bool:
    with opened.pool.connection() as connection:
        found = connection.execute(
            "select count(*) from pg_locks where relation = %s::regclass and not granted", [table]
        ).fetchone()
        return found != (0,)


@pytest.fixture
def reader(told: Service) -> Iterator[str]:
    """A role of the server, for this test alone."""
    role = f"reader_{uuid4().hex}"
    with told.pool.connection() as connection:
        connection.execute(f"create role {role}".encode())
    yield role
    with told.pool.connection() as connection:
        connection.execute(f"drop owned by {role}; drop role {role}".encode())


def test_what_others_made_of_the_tables_is_not_dropped_but_named(told: Service) -> None:
    with told.pool.connection() as connection:
        connection.execute("create schema bans; create view bans.now as select measure from dateline.period")
        connection.execute("create materialized view bans.acts as select act from dateline.act")
        connection.execute("create table bans.kept (one dateline.action, many dateline.act[])")
        connection.execute("create function bans.of(dateline.period) returns text language sql as 'select $1.measure'")
    named = [
        "column many of table bans.kept",
        "column one of table bans.kept",
        "function bans.of(period)",
        "materialized view bans.acts",
        "view bans.now",
    ]
    with pytest.raises(TablesDependedOn, match=r"function bans.of.*, view bans.now\.") as refused:
        rebuild(told.pool, told.log)
    assert refused.value.facts["depending"] == named
    with told.pool.connection() as connection:
        assert connection.execute("select count(*) > 0 from bans.now").fetchone() == (True,)
        assert connection.execute("select to_regnamespace('dateline_rebuild')").fetchone() == (None,), (
            "nothing was begun"
        )
        connection.execute("drop schema bans cascade")


@pytest.mark.parametrize("table", ["period", "search"])
def test_what_others_make_of_the_tables_meanwhile_is_named_as_well(told: Service, table: str) -> None:
    live = tables(told)
    made: list[str] = []

    def progress(done: int, total: int) -> None:
        if not made:
            made.append(f"create schema bans; create view bans.now as select * from dateline.{table}")
            with told.pool.connection() as connection:
                connection.execute(made[0].encode())

    with pytest.raises(TablesDependedOn, match=r"view bans.now\."):
        rebuild(told.pool, told.log, progress=progress)
    assert tables(told) == live
    with told.pool.connection() as connection:
        assert connection.execute("select count(*) > 0 from bans.now").fetchone() == (True,)
        connection.execute("drop schema bans cascade")
    assert rebuild(told.pool, told.log).resumed
    assert tables(told) == live


def test_old_tables_that_a_crash_left_are_dropped_by_the_next_rebuild(
    told: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = tables(told)

    def crashing(connection: psycopg.Connection, _: object) -> None:
        if connection.execute("select to_regclass('dateline_replaced.action') is null").fetchone() == (False,):
            raise BrokenOff

    for finished in (True, False):
        with monkeypatch.context() as patch:
            patch.setattr(shadow, "drop_replaced", crashing)
            with pytest.raises(BrokenOff):
                rebuild(told.pool, told.log)
        assert tables(told) == live
        with told.pool.connection() as connection:
            assert connection.execute("select to_regclass('dateline_replaced.action') is null").fetchone() == (False,)
            if not finished:  # by other code, say
                connection.execute(f"update {shadow.SHADOW}.made set code = 'another'")
        assert rebuild(told.pool, told.log).resumed == finished
        assert tables(told) == live
        with told.pool.connection() as connection:
            assert connection.execute("select to_regnamespace('dateline_replaced')").fetchone() == (None,)


class BrokenOff(Exception):
    """Somebody lost patience."""


FULL = [StorageFull.now(), psycopg.errors.DiskFull("could not extend file")]


@pytest.mark.parametrize("full", FULL, ids=["little is left", "nothing is left"])
@pytest.mark.parametrize("parts", [1, 30, 75])
def test_where_the_disk_becomes_full_what_was_made_is_dropped_and_the_tables_answer_as_before(
    told: Service, parts: int, full: Exception
) -> None:
    live = tables(told)
    left = [parts]

    def may_write() -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise full

    with pytest.raises(NoRoomToRebuild, match="make room"):
        rebuild(told.pool, told.log, may_write=may_write)
    assert left[0] <= 0
    with told.pool.connection() as connection:
        assert connection.execute("select to_regnamespace('dateline_rebuild')").fetchone() == (None,)
    assert tables(told) == live
    assert not rebuild(told.pool, told.log).resumed
    assert tables(told) == live


def breaking_off(after: int) -> Callable[[int, int], None]:
    """Hears progress so many times, and then breaks off."""
    left = [after]

    def progress(done: int, total: int) -> None:
        assert 0 <= done <= total
        left[0] -= 1
        if left[0] == 0:
            raise BrokenOff

    return progress


def listener() -> tuple[list[int], Callable[[int, int], None]]:
    """How far it was each time that progress was heard, and who hears it."""
    heard: list[int] = []
    return heard, lambda done, total: heard.append(done)


@pytest.mark.parametrize("processes", [0, 2])
def test_broken_off_at_any_part_it_goes_on_and_does_nothing_twice(
    told: Service, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "processors", lambda: processes)
    live = tables(told)
    calls, listening = listener()
    rebuild(told.pool, told.log, progress=listening)
    assert len(calls) > 40, "there are many parts"
    for after in (1, 20, 35, len(calls) - 8, len(calls) - 2):
        with pytest.raises(BrokenOff):
            rebuild(told.pool, told.log, progress=breaking_off(after))
        assert tables(told) == live
        heard, listening = listener()
        assert rebuild(told.pool, told.log, progress=listening).resumed
        assert len(heard) <= len(calls) - after + 1 + processes
        assert tables(told) == live


@pytest.mark.parametrize("what", ["code", "log"])
def test_what_other_code_or_another_log_began_is_not_gone_on_with(told: Service, what: str) -> None:
    live = tables(told)
    with pytest.raises(BrokenOff):
        rebuild(told.pool, told.log, progress=breaking_off(12))
    with told.pool.connection() as connection:
        connection.execute(f"update {shadow.SHADOW}.made set {what} = 'another'")
        connection.execute(f"delete from {shadow.SHADOW}.entry")
    assert not rebuild(told.pool, told.log).resumed
    assert tables(told) == live


def test_what_a_killed_process_leaves_is_done_by_the_others(told: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "processors", lambda: 3)
    live = tables(told)
    started: list[subprocess.Popen[str]] = []
    tell_it = builders._tell

    def noting(process: subprocess.Popen[str], line: str) -> None:
        if process not in started:
            started.append(process)
        tell_it(process, line)

    monkeypatch.setattr(builders, "_tell", noting)
    calls: list[int] = []

    def progress(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) in (5, 40):
            os.kill(started[len(calls) // 40].pid, signal.SIGKILL)

    rebuild(told.pool, told.log, progress=progress)
    assert [process.poll() for process in started] == [-signal.SIGKILL] * 2
    assert tables(told) == live


@pytest.mark.parametrize("trouble", ["nobody listens", "the tables are gone"])
def test_what_a_process_cannot_go_on_with_is_told_by_whoever_started_it(told: Service, trouble: str) -> None:
    with pytest.raises(BrokenOff):
        rebuild(told.pool, told.log, progress=breaking_off(1))
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "projections.builders"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        if trouble == "nobody listens":
            process.stdout.close()
        else:
            with told.pool.connection() as connection:
                connection.execute(f"drop schema {shadow.SHADOW} cascade")
        process.stdin.write(json.dumps([told.pool.conninfo, told.pool.kwargs]) + "\nrows\n")
        process.stdin.close()
        assert process.stderr.read() == ""
        assert process.wait() == (0 if trouble == "nobody listens" else 1)


def test_what_is_recorded_meanwhile_is_in_the_new_tables(told: Service) -> None:
    recorded: list[str] = []

    def progress(done: int, total: int) -> None:
        slug = f"xb-{len(recorded)}"
        if done < total:
            first = act(slug, "2022-01-01", did("adopted", "XB/law")) if not recorded else None
            told.recording.record([first or act(slug, "2022-02-01", did("noted", "XB/law"))], recorded_by="ada")
            recorded.append(slug)

    rebuild(told.pool, told.log, progress=progress)
    assert len(recorded) > 40
    beside = tables(told)
    assert {f"xb-{number}" for number in range(len(recorded))} <= _slugs(told)
    rebuild(told.pool, told.log)
    assert tables(told) == beside


def _slugs(opened: Service) -> set[str]:
    with opened.pool.connection() as connection:
        return {slug for (slug,) in connection.execute("select act from dateline.action where recorded_to is null")}


def test_a_second_rebuild_waits_for_the_first(told: Service) -> None:
    with told.pool.connection() as connection:
        connection.execute("select pg_advisory_lock(%s)", [rebuilding.LOCK])
        connection.commit()
        with told.pool.connection() as other:
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"), rebuilding._alone(other):
                pass
        connection.execute("select pg_advisory_unlock(%s)", [rebuilding.LOCK])


def test_a_server_that_isolates_transactions_more_is_rebuilt_on_as_well(told: Service) -> None:
    before = tables(told)
    with told.pool.connection() as connection:
        name = connection.execute("select quote_ident(current_database())").fetchone()
        assert name is not None
        connection.execute(f"alter database {name[0]} set default_transaction_isolation = 'repeatable read'".encode())
    with service(told.url) as opened:
        rebuild(opened.pool, opened.log)
        assert tables(opened) == before
