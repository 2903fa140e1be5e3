"""Appends prepared by a second process are what they would have been here, and the process outlives nobody."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from time import sleep
from typing import Any

import msgspec
import psutil
import pytest

from bench.generating import many_measures, write
from bench.workload import workload
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct
from events.decisions import Decided, Known, decide
from events.recorder import Connection, LogRecorder
from projections import database, preparing
from projections.database import Writer
from projections.fold import MeasureFold
from projections.known import wanted
from projections.period_rows import columns_of_periods
from projections.periods import boxes_of
from projections.preparing import Append, Import, Lot, Prepared, lot_of, prepared, preparer
from projections.rebuild import TABLES, rebuild
from projections.rows import as_text, key_of, rows_of_periods
from services import judging, recording
from services.intake import importing as chunks
from services.intake.files import read
from services.intake.importing import _lot, import_files
from services.operations.wiring import Service, service
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.conftest import NOON, Clock
from tests.recording.telling import act, by, did, retract, verify

BY_ADA = Import("ada", "import-1", NOON)


def lot(commands: Sequence[AnyCommand]) -> Lot:
    """All of some acts, upon an empty record."""
    known = Known({}, {})
    decided = decide(commands, known)
    acts = [each.event for each in decided]
    return lot_of(0, acts, known.ordered, whole=True)  # type: ignore[arg-type]


def tables(opened: Service) -> dict[str, list[str]]:
    """Every row of the log and of the read model."""
    with opened.pool.connection() as connection:
        return {
            table: [row for (row,) in connection.execute(f"select t::text from dateline.{table} t order by 1")]
            for table in ("event", *TABLES)
        }


def periods(opened: Service) -> list[str]:
    """The rows of the table."""
    return tables(opened)["period"]


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """Four hundred acts of forty measures, in no particular order."""
    return write(many_measures(400, seed=7), tmp_path / "generated.jsonl")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty acts an append, and a process of its own for as few as there are."""
    monkeypatch.setattr(chunks, "CHUNK", 40)
    monkeypatch.setattr(chunks, "PREPARED_APART", 400)


@pytest.fixture
def prepared_appends(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each append that was prepared could be made as it was."""
    said: list[bool] = []
    append_ready = LogRecorder.append_ready

    def noting(recorder: LogRecorder, *given: Any) -> bool:
        said.append(append_ready(recorder, *given))
        return said[-1]

    monkeypatch.setattr(LogRecorder, "append_ready", noting)
    return said


def test_periods_of_the_process_are_those_that_folding_here_gives(opened: Service, project: Path) -> None:
    dossier = lot(read([project / "dossier"]).commands)
    with preparer(BY_ADA) as started:
        started.start(lambda: dossier)
        rows = started.take().periods
    assert len(rows) > 100
    folds = {
        measure: MeasureFold(measure, [dossier.actions[place] for place in places])
        for measure, (places, _) in dossier.measures.items()
    }
    assert rows.keys() == folds.keys()
    for measure, fold in folds.items():
        with opened.pool.connection() as connection, Writer(connection) as writer:
            writer.copy(columns_of_periods(), rows[measure], binary=True)
        prepared = periods(opened)
        with opened.pool.connection() as connection, Writer(connection) as writer:
            connection.execute("delete from dateline.period")
            told = rows_of_periods([key_of(measure, box) for box in boxes_of(fold)])
            writer.copy(columns_of_periods(), as_text(told))
        assert periods(opened) == prepared, measure
        with opened.pool.connection() as connection:
            connection.execute("delete from dateline.period")


@pytest.mark.usefixtures("small")
def test_an_import_prepared_apart_leaves_the_log_and_the_tables_of_one_that_is_not(
    opened: Service,
    clock: Clock,
    generated: Path,
    monkeypatch: pytest.MonkeyPatch,
    prepared_appends: list[bool],
    postgres_server: str,
) -> None:
    imported = import_files(opened.recording, [generated], recorded_by="ada", clock=clock)
    assert prepared_appends == [True] * 10
    assert (imported.commands, imported.events, imported.positions) == (400, 400, (1, 400))
    monkeypatch.setattr(chunks, "PREPARED_APART", 1000)
    with fresh_database(postgres_server, TEMPLATE) as url, service(url, clock) as beside:
        other = import_files(beside.recording, [generated], recorded_by="ada", clock=clock)
        assert len(prepared_appends) == 10, "nothing was prepared"
        assert imported.batch is not None
        assert other.batch is not None
        there = {
            table: [row.replace(other.batch, imported.batch) for row in rows] for table, rows in tables(beside).items()
        }
        assert _without_states(tables(opened)) == _without_states(there)
        assert _states(opened, imported.batch) == _states(beside, other.batch)


def _without_states(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return found | {"event": [row.rpartition(",")[0] for row in found["event"]]}


def _states(opened: Service, batch: str) -> list[str]:
    with opened.pool.connection() as connection:
        rows = connection.execute("select convert_from(state, 'UTF8') from dateline.event order by position").fetchall()
    return [state.replace(batch, "") for (state,) in rows]


@pytest.mark.usefixtures("small")
def test_an_import_of_several_appends_leaves_the_periods_that_a_rebuild_makes(
    opened: Service, clock: Clock, generated: Path
) -> None:
    import_files(opened.recording, [generated], recorded_by="ada", clock=clock)
    grown = tables(opened)
    assert len(grown["period"]) > 400
    rebuild(opened.pool, opened.log)
    rebuilt = tables(opened)
    assert rebuilt | {"search": []} == grown


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("concerned", [False, True])
def test_what_others_record_meanwhile_moves_the_appends_and_is_judged_with_them(
    opened: Service,
    clock: Clock,
    generated: Path,
    concerned: bool,
    prepared_appends: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [each.actions[0].measure for each in read([generated]).commands if isinstance(each, RecordAct)]
    last = list(dict.fromkeys(told))[-1]
    noted = act("xa-noted", "2030-01-01", did("noted", last if concerned else "XA/law"))
    decided: list[int] = []

    def counting(commands: Sequence[AnyCommand], *given: Any, **named: Any) -> list[Decided]:
        decided.append(len(commands))
        return decide(commands, *given, **named)

    monkeypatch.setattr(judging, "decide", counting)
    monkeypatch.setattr(recording, "decide", counting)

    def progress(done: int, total: int) -> None:
        if done == 80:
            opened.recording.record([noted], recorded_by="ben")

    imported = import_files(opened.recording, [generated], recorded_by="ada", clock=clock, progress=progress)
    assert prepared_appends == [True, True, False], "the others were prepared for other positions"
    assert decided == [*[40] * 10, 1, *([40] if concerned else [])], "only what is concerned is decided anew"
    assert imported.events == 400
    assert opened.log.head().position == 401
    grown = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown


@pytest.mark.usefixtures("small")
def test_on_another_day_than_it_was_prepared_for_an_append_is_made_anew(
    opened: Service, generated: Path, prepared_appends: list[bool]
) -> None:
    moments = iter([NOON, *[NOON + timedelta(days=1)] * 100])
    clock = Clock(NOON)

    def ticking() -> datetime:
        clock.moment = next(moments)
        return clock.moment

    opened.log._recorder.clock = ticking
    import_files(opened.recording, [generated], recorded_by="ada", clock=lambda: NOON)
    assert prepared_appends == [True, False]
    grown = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown


def test_more_lots_may_wait_than_a_pipe_holds_and_come_in_the_order_of_asking() -> None:
    names = [f"XA/law-{number}" for number in range(60)]
    with preparer(BY_ADA) as started:
        for number, name in enumerate(names):
            long = act(f"xa-{number}", "2020-03-01", did("adopted", name, values={"text": "x" * 50_000}))
            started.start(partial(lot, [long]))
        assert [list(started.take().periods) for _ in names] == [[name] for name in names]
        assert started.take() == Prepared()


def test_what_was_taken_leaves_its_place_in_the_file_to_what_follows_and_nothing_else_does() -> None:
    names = [f"XA/law-{number}" for number in range(60)]
    with preparer(BY_ADA) as started:
        for number, name in enumerate(names):
            long = act(
                f"xa-{number}", "2020-03-01", did("adopted", name, values={"text": name + "x" * (50_000 - number)})
            )
            started.start(partial(lot, [long]))
            if number >= 3:  # three wait at any time
                assert list(started.take().periods) == names[number - 3 : number - 2]
        assert [list(started.take().periods) for _ in range(3)] == [[name] for name in names[-3:]]
        one = len(msgspec.msgpack.encode(prepared(lot([long]), BY_ADA)))
        assert os.fstat(started._file.fileno()).st_size < 8 * one


def test_a_place_in_the_file_is_given_to_one_answer_that_fits_once_the_one_before_was_taken() -> None:
    with TemporaryFile() as file:
        places = preparing._Places(file.fileno())
        first, second = places.next(1000), places.next(1000)
        assert second >= first + 1000
        assert first >= 8, "the number of those taken stands before them"
        third = places.next(900)
        assert third >= second + 1000, "none was taken"
        os.pwrite(file.fileno(), (2).to_bytes(8, "big"), 0)
        assert places.next(5000) >= third + 900, "it does not fit"
        assert places.next(1000) == first
        assert places.next(10) == second
        assert places.next(10) > third, "both are given away again"


@pytest.mark.usefixtures("small")
def test_an_import_goes_on_where_the_process_ends_in_its_midst(
    opened: Service, clock: Clock, generated: Path, monkeypatch: pytest.MonkeyPatch, prepared_appends: list[bool]
) -> None:
    class Dying(preparing.Preparer):
        def start(self, lot: Callable[[], Lot]) -> None:
            if self._asked == 5:
                self._process.kill()
                self._process.wait()
            super().start(lot)

    monkeypatch.setattr(preparing, "Preparer", Dying)
    assert import_files(opened.recording, [generated], recorded_by="ada", clock=clock).events == 400
    assert len(prepared_appends) <= 5
    grown = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown


@pytest.mark.usefixtures("small")
def test_an_import_goes_on_without_the_process_where_something_cannot_be_sent_to_it(
    opened: Service, clock: Clock, generated: Path, monkeypatch: pytest.MonkeyPatch, prepared_appends: list[bool]
) -> None:
    made = []

    def failing(*given: Any) -> Lot:
        made.append(_lot(*given))
        if len(made) == 4:
            raise ZeroDivisionError
        return made[-1]

    monkeypatch.setattr(chunks, "_lot", failing)
    assert import_files(opened.recording, [generated], recorded_by="ada", clock=clock).events == 400
    assert len(prepared_appends) <= 3
    grown = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown


@pytest.mark.usefixtures("small")
def test_an_import_goes_on_without_the_process_where_no_temporary_file_can_be_made(
    opened: Service, clock: Clock, generated: Path, monkeypatch: pytest.MonkeyPatch, prepared_appends: list[bool]
) -> None:
    def nowhere() -> None:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(preparing, "TemporaryFile", nowhere)
    assert import_files(opened.recording, [generated], recorded_by="ada", clock=clock).events == 400
    assert prepared_appends == []


def test_a_folder_named_like_one_of_the_projects_where_the_user_stands_is_not_taken_for_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "projections").mkdir()
    (tmp_path / "projections" / "__init__.py").write_text("raise SystemExit('a stranger')", "utf-8")
    norway = lot(read([project / "dossier" / "NO.yaml"]).commands)
    monkeypatch.chdir(tmp_path)
    with preparer(BY_ADA) as started:
        started.start(lambda: norway)
        assert started.take().periods.keys() == norway.measures.keys()


def test_the_process_ends_when_whoever_asked_is_killed() -> None:
    asking = (
        "from datetime import datetime, UTC\nfrom projections.preparing import Import, preparer\n"
        "with preparer(Import('ada', 'import-1', datetime.now(UTC))) as started:\n"
        " print(started._process.pid, flush=True)\n input()"
    )
    command = [sys.executable, "-c", asking]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=30)
    assert (len(gone), alive) == (1, [])


def test_what_is_let_go_of_while_steps_are_judged_changes_nothing(
    opened: Service, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts in steps of a few, then corrections and retractions of some of them, some upon acts that are on record."""
    monkeypatch.setattr(chunks, "CHUNK", 20)
    lines = list(workload(300, 3, ["NL", "US"], measures=10))
    import_files(opened.recording, [write(lines[:90], tmp_path / "first.jsonl")], recorded_by="ada", clock=clock)
    steps, are_apart = chunks._steps(read([write(lines, tmp_path / "all.jsonl")]).commands, False)
    assert not are_apart, "some name the same acts and measures"
    kinds = {type(command) for step in steps for command in step}
    assert kinds == {RecordAct, CorrectAct, RetractAct}
    let_go = list(opened.recording.judging.ahead(steps, list(map(wanted, steps))))
    monkeypatch.setattr(judging, "_forget", lambda *_: None)
    kept = list(opened.recording.judging.ahead(steps, list(map(wanted, steps))))
    assert [(each.after, each.decided, each.begun) for each in let_go] == [
        (each.after, each.decided, each.begun) for each in kept
    ]
    assert [{name: each.actions for name, each in one.ordered.items()} for one in let_go] == [
        {name: each.actions for name, each in one.ordered.items()} for one in kept
    ]


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ([], True),
        ([act(f"xa-{day}", f"2020-01-{day:02}", did("noted", "XA/long")) for day in range(1, 31)] * 2, False),
        ([act("xa-1", "2020-01-01", did("adopted", "XA/one"), did("adopted", "XA/two"))], True),
        ([act("xa-1", "2020-01-01", did("adopted", "XA/one")), retract("xa-1")], False),
    ],
    ids=["short lives", "a long one", "an act on two measures", "a retraction"],
)
def test_appends_are_apart_where_no_act_and_no_measure_is_named_by_two(
    generated: Path, monkeypatch: pytest.MonkeyPatch, also: list[AnyCommand], expected: bool
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 40)
    steps, are_apart = chunks._steps([*read([generated]).commands, *also], False)
    named = [{*of.slugs, *of.measures, *of.after} for of in map(wanted, steps)]
    assert len(steps) >= 10
    assert are_apart == expected == (sum(map(len, named)) == len(set().union(*named)))


def test_acts_belong_together_that_share_a_slug_or_name_one_another() -> None:
    one, other = (
        act("xa-1", "2020-01-01", did("adopted", "XA/one")),
        act("xa-1", "2020-01-02", did("adopted", "XA/two")),
    )
    later = act("xa-2", "2020-01-03", did("adopted", "XA/three"), after="xa-3")
    first = act("xa-3", "2020-01-02", did("adopted", "XA/four"))
    alone = act("xa-4", "2020-01-02", did("adopted", "XA/five"))
    assert chunks._together([one, alone, other]) == [[one, other], [alone]]
    assert chunks._together([later, alone, first]) == [[later, first], [alone]]


def test_steps_are_judged_by_what_is_on_record_of_all_that_they_name(opened: Service) -> None:
    first = act("xa-0", "2020-01-01", did("adopted", "XA/zero"))
    opened.recording.record([first, act("xa-1", "2020-01-01", did("adopted", "XA/one"))], recorded_by="ada")
    steps: list[list[AnyCommand]] = [
        [act("xa-2", "2020-02-01", did("adopted", "XA/two"), after="xa-0")],
        [by("ben", verify("xa-1"))],
        [act("xa-1", "2020-01-01", did("adopted", "XA/one"))],
    ]
    judged = list(opened.recording.judging.ahead(steps, list(map(wanted, steps))))
    assert [len(each.decided) for each in judged] == [1, 1, 0]


@pytest.mark.parametrize("unaware", [False, True])
def test_what_is_let_go_of_is_most_of_what_was_judged(
    opened: Service, generated: Path, monkeypatch: pytest.MonkeyPatch, unaware: bool
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 40)
    left: list[int] = []
    forget = judging._forget

    def noting(known: Known, last: Mapping[str, int], number: int) -> None:
        forget(known, last, number)
        left.append(len(known.editions) + len(known.standing) + len(known.unread))

    monkeypatch.setattr(judging, "_forget", noting)
    steps, are_apart = chunks._steps(read([generated]).commands, False)
    assert are_apart
    judged = opened.recording.judging.ahead(steps, None if unaware else list(map(wanted, steps)))
    assert sum(len(each.decided) for each in judged) == 400
    assert left == [0] * 10


def _ready(opened: Service, measure: str) -> tuple[Append, dict[str, bytes]]:
    """An append of one act that begins a measure, prepared upon where the log ends."""
    adopted = act(f"{measure.lower().replace('/', '-')}-1", "2020-03-01", did("adopted", measure))
    ready = lot([adopted])
    done = prepared(Lot(opened.log.head().position, ready.actions, ready.measures, ready.whole), BY_ADA)
    assert done.append is not None
    return done.append, done.periods


def test_while_an_append_that_was_prepared_has_begun_others_append_and_it_is_declined_and_leaves_nothing(
    opened: Service,
) -> None:
    append, rows = _ready(opened, "XA/law")
    with opened.recording.prepared(append, rows) as record:
        opened.recording.record([act("xa-other", "2020-01-01", did("adopted", "XA/other"))], recorded_by="ben")
        there = tables(opened)
        assert record() is False
        assert tables(opened) == there


def test_an_append_that_has_begun_and_is_not_recorded_leaves_nothing(opened: Service) -> None:
    append, rows = _ready(opened, "XA/law")
    there = tables(opened)
    with opened.recording.prepared(append, rows):
        pass
    assert tables(opened) == there
    with pytest.raises(ZeroDivisionError), opened.recording.prepared(append, rows):
        raise ZeroDivisionError
    assert tables(opened) == there
    assert opened.log.head().position == 0


def test_the_next_append_begins_while_one_that_has_begun_is_not_recorded_yet(opened: Service) -> None:
    first, rows = _ready(opened, "XA/law")
    with opened.recording.prepared(first, rows) as record_first:
        other = act("xb-law-1", "2020-03-01", did("adopted", "XB/law"))
        ready = lot([other])
        second = prepared(Lot(1, ready.actions, ready.measures, ready.whole), BY_ADA)
        assert second.append is not None
        with opened.recording.prepared(second.append, second.periods) as record_second:
            assert record_first() is True
            assert record_second() is True
    grown = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown


@pytest.mark.parametrize("replacing", ["rebuild", "migrate"])
def test_who_replaces_tables_waits_for_an_append_that_has_begun(
    opened: Service, replacing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.recording.record([act("xa-other", "2020-01-01", did("adopted", "XA/other"))], recorded_by="ben")
    append, rows = _ready(opened, "XA/law")
    if replacing == "migrate":
        altering = "alter table dateline.period alter column name set default ''"
        known = [*database.migrations(), (999, "altering", altering)]
        monkeypatch.setattr(database, "migrations", lambda: known)

    def replace() -> object:
        return rebuild(opened.pool, opened.log) if replacing == "rebuild" else database.migrate(opened.url)

    with ThreadPoolExecutor(2) as threads:
        with opened.recording.prepared(append, rows) as record:
            replaced = threads.submit(replace)
            _wait_for_a_waiter(opened)
            beside = act("xb-beside", "2020-01-01", did("adopted", "XB/beside"))
            if replacing == "migrate":  # a writer beside them has the lock of the log, and needs the table
                with pytest.raises(TimeoutError):
                    replaced.result(0.2)
                assert threads.submit(opened.recording.record, [beside], recorded_by="ben").result(20)
                assert record() is False
            else:
                assert record() is True
        replaced.result(20)
    grown = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown | {"search": []}


def _wait_for_a_waiter(opened: Service) -> None:
    """Until somebody waits for a lock of this database."""
    with opened.pool.connection() as connection:
        for _ in range(400):
            waiting = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchone()
            if waiting != (0,):
                return
            sleep(0.05)
            connection.rollback()
    raise AssertionError("nobody waits")


def test_an_append_that_is_interrupted_in_the_middle_of_a_message_ends_with_that_and_the_next_one_is_made(
    opened: Service,
) -> None:
    def interrupted(connection: Connection) -> None:
        connection.pgconn.send_query(b"select 1")
        raise KeyboardInterrupt

    for _ in range(10):  # more often than there are connections
        with pytest.raises(KeyboardInterrupt), opened.log.begun(interrupted):
            pass
    assert opened.recording.record([act("xa-1", "2020-01-01", did("adopted", "XA/law"))], recorded_by="ada")


def _sessions(opened: Service) -> list[str]:
    """What other sessions of this database are at in the middle of a transaction."""
    with opened.pool.connection() as connection:
        rows = connection.execute(
            "select state from pg_stat_activity where datname = current_database() and xact_start is not null"
            " and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        return [state for (state,) in rows]


@pytest.mark.usefixtures("small")
def test_an_import_that_fails_in_its_midst_leaves_whole_appends_and_nothing_that_has_begun(
    opened: Service, clock: Clock, generated: Path
) -> None:
    def progress(done: int, total: int) -> None:
        if done == 120:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        import_files(opened.recording, [generated], recorded_by="ada", clock=clock, progress=progress)
    assert _sessions(opened) == []
    grown = tables(opened)
    assert len(grown["event"]) == 120
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_import_that_is_interrupted_while_an_append_is_made_leaves_whole_appends(
    opened: Service, clock: Clock, generated: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Ctrl-C reaches whoever waits for the thread that makes it, not the thread."""
    project = Append.project
    made: list[int] = []

    def interrupted(append: Append, *given: Any) -> None:
        made.append(append.after)
        if len(made) == 4 and moment == "before":
            os.kill(os.getpid(), signal.SIGINT)
            sleep(0.3)  # until whoever waits has let go of what it holds
        project(append, *given)
        if len(made) == 4 and moment == "after":
            os.kill(os.getpid(), signal.SIGINT)
            sleep(0.3)

    monkeypatch.setattr(Append, "project", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()  # what others do when it collects (hypothesis looks at the clock) would swallow the interrupt
    try:
        with pytest.raises(KeyboardInterrupt):
            import_files(opened.recording, [generated], recorded_by="ada", clock=clock)
    finally:
        gc.enable()
        signal.signal(signal.SIGINT, before)
    assert _sessions(opened) == []
    grown = tables(opened)
    assert len(grown["event"]) == 160
    rebuild(opened.pool, opened.log)
    assert tables(opened) | {"search": []} == grown
