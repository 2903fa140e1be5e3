"""The recorder against a real server: the library's own cases, the lock, the append-only table, the lost answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Notification, StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from eventsourcing.utils import get_topic, register_topic
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from events.recorder import (
    COPY_ABOVE,
    Connection,
    Head,
    Locked,
    LogBusy,
    LogRecorder,
    Pool,
    PoolDatastore,
    RecordedBackwards,
    RecordedEvent,
    RecordedInFuture,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BOTH_WAYS = pytest.mark.parametrize("number", [COPY_ABOVE, COPY_ABOVE + 1], ids=["by INSERT", "by COPY"])


def now() -> datetime:
    return datetime.now(UTC)


def some_events(number: int, state: bytes = b"{}") -> list[StoredEvent]:
    stream = uuid4()
    return [StoredEvent(stream, revision, "topic", state) for revision in range(1, number + 1)]


@pytest.fixture
def pool(database_url: str) -> Iterator[Pool]:
    with ConnectionPool(database_url, min_size=1, max_size=16, open=True) as pool:
        yield pool


@pytest.fixture
def recorder(pool: Pool) -> LogRecorder:
    return LogRecorder(PoolDatastore(pool), clock=now)


def positions(recorder: LogRecorder) -> list[int]:
    return [notification.id for notification in recorder.select_notifications(None, 100_000)]


# The library's shipped cases. Not taken over, because they do not apply:
# - ProcessRecorderTestCase, TrackingRecorderTestCase: no events are processed into tracked views by the library here;
# - InfrastructureFactoryTestCase: its mappers, ciphers and tracking recorders are not used (the one way through the
#   library's factory that matters is tested below);
# - from AggregateRecorderTestCase, that insert_events gives None: like every application recorder it gives positions.
# - test_performance and test_concurrent_throughput run, but assert nothing beyond success.


class TestAsApplicationRecorder(ApplicationRecorderTestCase[LogRecorder]):
    @pytest.fixture(autouse=True)
    def use(self, recorder: LogRecorder) -> None:
        self.recorder = recorder

    def create_recorder(self) -> LogRecorder:
        return self.recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class WithoutPositions(LogRecorder):
    """Gives no positions, as the case for aggregate recorders demands."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Any:
        super().insert_events(stored_events, **kwargs)


class TestAsAggregateRecorder(AggregateRecorderTestCase):
    @pytest.fixture(autouse=True)
    def use(self, pool: Pool) -> None:
        self.recorder = WithoutPositions(PoolDatastore(pool), clock=now)

    def create_recorder(self) -> LogRecorder:
        return self.recorder


class TestNonInterleavingPositions(NonInterleavingNotificationIDsBaseCase):
    @pytest.fixture(autouse=True)
    def use(self, recorder: LogRecorder) -> None:
        self.recorder = recorder

    def create_recorder(self) -> LogRecorder:
        return self.recorder


class FromTheFactory(LogRecorder):
    """A recorder with a clock of its own: the library's factory has none to give."""

    def __init__(self, datastore: Any, *, events_table_name: str) -> None:
        super().__init__(datastore, events_table_name=events_table_name, clock=now)


def test_the_librarys_factory_builds_the_recorder_on_a_pool_of_its_own(database_url: str) -> None:
    register_topic("from-the-factory", FromTheFactory)
    address = conninfo_to_dict(database_url)
    factory: InfrastructureFactory[Any] = InfrastructureFactory.construct(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(address["dbname"]),
            "POSTGRES_HOST": str(address["host"]),
            "POSTGRES_PORT": str(address.get("port", "5432")),
            "POSTGRES_USER": str(address["user"]),
            "POSTGRES_PASSWORD": str(address.get("password", "")),
            "POSTGRES_LOCK_TIMEOUT": "7",
            "APPLICATION_RECORDER_TOPIC": get_topic(FromTheFactory),
        }
    )
    with factory:
        recorder = factory.application_recorder()
        assert isinstance(recorder, FromTheFactory)
        assert recorder.lock_timeout == 7
        events = some_events(COPY_ABOVE + 1)
        assert recorder.insert_events(events[:1]) == [1]
        assert recorder.insert_events(events[1:]) == list(range(2, COPY_ABOVE + 2))
        assert recorder.select_events(events[0].originator_id) == events
        assert recorder.max_notification_id() == COPY_ABOVE + 1


# Late positions.


class WithoutLock(LogRecorder):
    """The lock taken out: two appends at once see the same head."""

    def lock(self, connection: Connection, questions: Sequence[str] = ()) -> Locked:
        connection.execute("begin")
        return Locked(connection, self.head(connection))


class WithoutLockFromSequence(WithoutLock):
    """The lock taken out, and positions from a sequence: the library's way with its database functions."""

    def head(self, connection: Connection) -> Head:
        row = connection.execute("select nextval('dateline.late')").fetchone()
        assert row is not None
        return Head(row[0] - 1, None)


class Tail:
    """A reader that polls for what comes after the last position it has seen."""

    def __init__(self, recorder: LogRecorder) -> None:
        self.recorder = recorder
        self.seen: list[int] = []

    def poll(self) -> None:
        after = self.seen[-1] if self.seen else 0
        for row in self.recorder.select_notifications(after, 7, inclusive_of_start=False):
            self.seen.append(row.id)


def troubles_of_two_appends_at_once(pool: Pool, recorder: LogRecorder) -> set[str]:
    """
    Holds one append open between its insert and its commit, starts another, and reads all along.

    What happens next is waited for and read from the server, never guessed from a time: the second append either ends
    or waits for a lock that the first one holds.
    """
    inserted, go_on = threading.Event(), threading.Event()

    def hold(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        inserted.set()
        assert go_on.wait(timeout=60)

    def second_waits() -> bool:
        with pool.connection() as connection:
            rows = connection.execute(
                "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            ).fetchall()
            return bool(rows)

    recorder.append(lambda _: some_events(1))
    tail = Tail(recorder)
    with ThreadPoolExecutor(2) as writers:
        first: Future[list[RecordedEvent]] = writers.submit(recorder.append, lambda _: some_events(1), hold)
        assert inserted.wait(timeout=60)
        second: Future[list[RecordedEvent]] = writers.submit(recorder.append, lambda _: some_events(1))
        while not second.done() and not second_waits():
            pass
        tail.poll()
        go_on.set()
        refused = [writer for writer in (first, second) if writer.exception(timeout=60) is not None]
    tail.poll()
    tail.poll()
    troubles = set()
    if refused:
        troubles.add("an append was refused")
    if tail.seen != positions(recorder):
        troubles.add("a reader skipped a position")
    return troubles


def test_a_position_is_never_visible_before_a_smaller_one(pool: Pool, recorder: LogRecorder) -> None:
    assert troubles_of_two_appends_at_once(pool, recorder) == set()


def test_a_connection_that_would_keep_to_an_old_snapshot_appends_like_any_other(database_url: str) -> None:
    def keep_to_a_snapshot(connection: Connection) -> None:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    with ConnectionPool(database_url, min_size=1, max_size=8, configure=keep_to_a_snapshot, open=True) as pool:
        assert troubles_of_two_appends_at_once(pool, LogRecorder(PoolDatastore(pool), clock=now)) == set()


def test_with_the_lock_taken_out_an_append_at_the_same_time_is_refused(pool: Pool) -> None:
    recorder = WithoutLock(PoolDatastore(pool), clock=now)
    assert troubles_of_two_appends_at_once(pool, recorder) == {"an append was refused"}


def test_with_the_lock_taken_out_and_positions_from_a_sequence_a_reader_skips_one(pool: Pool) -> None:
    with pool.connection() as connection:
        connection.execute("create sequence dateline.late")
    recorder = WithoutLockFromSequence(PoolDatastore(pool), clock=now)
    assert troubles_of_two_appends_at_once(pool, recorder) == {"a reader skipped a position"}


def test_readers_beside_many_writers_see_every_position_in_order(pool: Pool, recorder: LogRecorder) -> None:
    written = threading.Event()
    tails = [Tail(recorder), Tail(recorder)]

    def follow(tail: Tail) -> None:
        while not written.is_set():
            tail.poll()

    with ThreadPoolExecutor(6) as threads:
        following = [threads.submit(follow, tail) for tail in tails]
        writing = [
            threads.submit(recorder.insert_events, some_events(number))
            for number in [1, 3, 2, COPY_ABOVE + 1, 1, 5] * 10
        ]
        errors = [future.exception() for future in writing]
        written.set()
        errors += [future.exception() for future in following]
    assert errors == [None] * len(errors)
    total = 10 * (12 + COPY_ABOVE + 1)
    for tail in tails:
        while len(tail.seen) < total:
            tail.poll()
        assert tail.seen == list(range(1, total + 1))


# Refused and failed appends.


@BOTH_WAYS
def test_a_refused_append_leaves_no_hole(recorder: LogRecorder, number: int) -> None:
    first = some_events(1)
    recorder.insert_events(first)
    with pytest.raises(IntegrityError):
        recorder.insert_events([*some_events(number - 1), *first])
    assert recorder.insert_events(some_events(number)) == list(range(2, number + 2))
    assert positions(recorder) == list(range(1, number + 2))


@BOTH_WAYS
def test_what_fails_alongside_takes_the_append_with_it(pool: Pool, recorder: LogRecorder, number: int) -> None:
    def fail(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        connection.execute("create table dateline.alongside ()")
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        recorder.append(lambda _: some_events(number), fail)
    assert positions(recorder) == []
    with pool.connection() as connection:
        assert connection.execute("select to_regclass('dateline.alongside')").fetchone() == (None,)
    assert recorder.insert_events(some_events(1)) == [1]


@BOTH_WAYS
def test_what_is_done_alongside_is_told_the_events_at_their_places(pool: Pool, number: int) -> None:
    seen: list[RecordedEvent] = []

    def look(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        seen.extend(rows)

    recorder = LogRecorder(PoolDatastore(pool), clock=lambda: NOON, alongside=look)
    events = some_events(number)
    recorder.insert_events(events)
    assert [row.id for row in seen] == list(range(1, number + 1))
    assert {row.recorded_at for row in seen} == {NOON}
    assert [StoredEvent(r.originator_id, r.originator_version, r.topic, r.state) for r in seen] == events
    assert seen == recorder.select_notifications(None, number)


def test_an_append_waits_for_another_only_so_long(pool: Pool) -> None:
    patient = LogRecorder(PoolDatastore(pool), clock=now)
    hasty = LogRecorder(PoolDatastore(pool, lock_timeout=1), clock=now)
    with pool.connection() as connection, connection.transaction():
        patient.lock(connection)
        with pytest.raises(LogBusy) as told:
            hasty.insert_events(some_events(1))
    assert told.value.facts == {"waited_seconds": 1}
    assert hasty.insert_events(some_events(1)) == [1]


def test_a_bulk_of_events_above_a_megabyte_does_not_hang(recorder: LogRecorder) -> None:
    events = some_events(5000, state=b'{"text":"' + b"x" * 600 + b'"}')
    assert recorder.insert_events(events) == list(range(1, 5001))
    assert recorder.select_events(events[0].originator_id) == events


def test_a_single_event_above_a_megabyte_does_not_hang(recorder: LogRecorder) -> None:
    events = some_events(3, state=b'"' + b"x" * 3_000_000 + b'"')
    assert recorder.insert_events(events) == [1, 2, 3]
    assert recorder.select_events(events[0].originator_id) == events


# The lost answer.


class Forgetful(psycopg.Connection[Any]):
    """A connection that can break after the server has committed and before its answer arrives."""

    breaks = False
    broken = 0

    def execute(self, query: Any, *given: Any, **options: Any) -> psycopg.Cursor[Any]:
        cursor = super().execute(query, *given, **options)
        if self.breaks and isinstance(query, bytes) and query.endswith(b"commit"):
            type(self).broken += 1
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return cursor


def test_an_append_whose_answer_was_lost_is_found_in_the_log_and_counts_once(database_url: str) -> None:
    def break_after_the_commit(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        connection.breaks = True  # type: ignore[attr-defined]

    with ConnectionPool(database_url, connection_class=Forgetful, min_size=1, max_size=2, open=True) as pool:
        recorder = LogRecorder(PoolDatastore(cast(Pool, pool)), clock=now, alongside=break_after_the_commit)
        assert recorder.insert_events(some_events(2)) == [1, 2]
        assert recorder.insert_events(some_events(COPY_ABOVE + 1))[0] == 3
        assert positions(recorder) == list(range(1, COPY_ABOVE + 4))
    assert Forgetful.broken == 2


def test_an_append_cut_off_before_its_commit_is_an_error_and_not_tried_again(pool: Pool, recorder: LogRecorder) -> None:
    attempts = 0

    def die(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        nonlocal attempts
        attempts += 1
        with pool.connection() as other:
            other.execute("select pg_terminate_backend(%s, 60000)", [connection.info.backend_pid])

    with pytest.raises(psycopg.OperationalError):
        recorder.append(lambda _: some_events(2), die)
    assert attempts == 1
    assert positions(recorder) == []


def test_a_commit_that_would_roll_back_is_never_taken_for_an_append(recorder: LogRecorder) -> None:
    def swallow(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        with suppress(psycopg.Error):
            connection.execute("select 1 / 0")

    def lose(connection: Connection, rows: Sequence[RecordedEvent]) -> None:
        connection.close()

    for break_silently in (swallow, lose):
        with pytest.raises(psycopg.OperationalError, match="over before its commit"):
            recorder.append(lambda _: some_events(2), break_silently)
    assert positions(recorder) == []


# The moment of recording.


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def timed(pool: Pool, clock: Clock) -> LogRecorder:
    return LogRecorder(PoolDatastore(pool), clock=clock)


def moments(recorder: LogRecorder) -> list[datetime]:
    rows: Sequence[Notification] = recorder.select_notifications(None, 1000)
    return [row.recorded_at for row in rows if isinstance(row, RecordedEvent)]


def test_recorded_at_stands_still_while_the_clock_has_jumped_back(timed: LogRecorder, clock: Clock) -> None:
    timed.insert_events(some_events(1))
    clock.moment = NOON - timedelta(hours=1)
    timed.insert_events(some_events(1))
    clock.moment = NOON + timedelta(microseconds=1)
    timed.insert_events(some_events(1))
    assert moments(timed) == [NOON, NOON, NOON + timedelta(microseconds=1)]


def test_a_replay_keeps_its_moments(timed: LogRecorder) -> None:
    for day in (9, 5, 5, 0):
        timed.insert_events(some_events(1), recorded_at=NOON - timedelta(days=day))
    assert moments(timed) == [NOON - timedelta(days=day) for day in (9, 5, 5, 0)]


def test_a_replay_does_not_run_backwards_against_the_log(timed: LogRecorder) -> None:
    timed.insert_events(some_events(1), recorded_at=NOON - timedelta(days=5))
    with pytest.raises(RecordedBackwards) as told:
        timed.insert_events(some_events(1), recorded_at=NOON - timedelta(days=6))
    assert told.value.facts == {
        "recorded_at": NOON - timedelta(days=6),
        "head": 1,
        "head_recorded_at": NOON - timedelta(days=5),
    }
    assert positions(timed) == [1]


def test_nothing_is_recorded_in_the_future(timed: LogRecorder) -> None:
    with pytest.raises(RecordedInFuture):
        timed.insert_events(some_events(1), recorded_at=NOON + timedelta(microseconds=1))
    assert positions(timed) == []


def test_a_moment_without_a_time_zone_is_a_mistake_of_the_caller(timed: LogRecorder) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        timed.insert_events(some_events(1), recorded_at=NOON.replace(tzinfo=None))


# The table.


@pytest.mark.parametrize(
    "change",
    [
        "update dateline.event set topic = 'other'",
        "update dateline.event set topic = 'other' where false",
        "delete from dateline.event",
        "truncate dateline.event",
        "insert into dateline.event select * from dateline.event on conflict (position) do update set topic = 'other'",
    ],
)
@pytest.mark.parametrize("replica", [False, True], ids=["as usual", "as a replica"])
def test_the_log_is_never_changed_by_sql_not_even_by_its_owner(
    database_url: str, recorder: LogRecorder, change: str, replica: bool
) -> None:
    recorder.insert_events(some_events(2))
    with psycopg.connect(database_url) as owner:
        if replica:
            owner.execute("set session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            owner.execute(change.encode())
    assert [row.topic for row in recorder.select_notifications(None, 10)] == ["topic", "topic"]


def test_a_role_that_may_only_select_and_insert_appends_and_changes_nothing(database_url: str) -> None:
    role = f"appender_{uuid4().hex}"
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(f"create role {role}".encode())
        owner.execute(f"grant usage on schema dateline to {role}".encode())
        owner.execute(f"grant select, insert on dateline.event to {role}".encode())

        def become(connection: Connection) -> None:
            connection.execute(f"set role {role}".encode())
            connection.commit()

        try:
            with ConnectionPool(database_url, min_size=1, max_size=2, configure=become, open=True) as pool:
                recorder = LogRecorder(PoolDatastore(pool), clock=now)
                assert recorder.insert_events(some_events(1)) == [1]
                assert recorder.insert_events(some_events(COPY_ABOVE + 1))[-1] == COPY_ABOVE + 2
                with pool.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("delete from dateline.event")
        finally:
            owner.execute(f"drop owned by {role}".encode())
            owner.execute(f"drop role {role}".encode())


def test_each_append_announces_the_new_head(database_url: str, recorder: LogRecorder) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen dateline_event")
        recorder.insert_events(some_events(2))
        recorder.insert_events(some_events(COPY_ABOVE + 1))
        told = [notice.payload for notice in listener.notifies(timeout=60, stop_after=2)]
    assert told == ["2", str(COPY_ABOVE + 3)]


def test_the_pool_is_given_back_as_it_was(pool: Pool, recorder: LogRecorder) -> None:
    recorder.insert_events(some_events(1))
    recorder.select_events(UUID(int=0))
    with pytest.raises(IntegrityError), recorder.datastore.get_connection() as connection:
        connection.execute("insert into dateline.event select * from dateline.event")
    recorder.datastore.close()
    with pool.connection() as connection:
        assert connection.autocommit is False
        assert connection.execute("select 1").fetchone() == (1,)
