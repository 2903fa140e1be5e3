"""The log: deciding under the lock, places, moments, editions, histories."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import EventStore, StoredEvent
from msgspec.json import encode as as_json
from psycopg_pool import ConnectionPool

from events.actions import Act, Event, JurisdictionReviewed, MeasureNoted, Source
from events.log import Entry, Log, LogMapper, MomentInFuture, Placed, PositionAboveHead, Recorded
from events.recorder import (
    COPY_ABOVE,
    Connection,
    Locked,
    LogRecorder,
    Pool,
    PoolDatastore,
    RecordedBackwards,
    RecordedInFuture,
)
from events.seen import Seen
from events.stored import Envelope, UnreadableEvent, UnstorableEvent
from events.vocabulary import stream_id

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
LETTER = Act("xa-letter", "2020-02-01", "Regulator", "letter_statement", "A letter", (Source("Press release"),))


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def pool(database_url: str) -> Iterator[Pool]:
    with ConnectionPool(database_url, min_size=1, max_size=8, open=True) as pool:
        yield pool


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def log(pool: Pool, clock: Clock) -> Log:
    return Log(pool, clock)


def noted(measure: str, note: str = "") -> MeasureNoted:
    return MeasureNoted(measure=measure, act=LETTER, place=0, note=note)


def record(log: Log, *events: Event, recorded_at: datetime | None = None) -> list[Recorded]:
    return log.append(lambda _: [Entry(event) for event in events], recorded_by="ada", recorded_at=recorded_at)


def places(recorded: Sequence[Recorded]) -> list[tuple[int, str, int]]:
    return [(r.position, r.stream, r.revision) for r in recorded]


def test_an_empty_log_has_its_head_at_zero(log: Log) -> None:
    assert log.head() == (0, None)
    assert log.read() == []
    assert log.stream("XA/ban") == []
    assert log.moment_of(0) is None
    assert log.position_at(NOON) == 0


def test_what_is_appended_is_given_back_as_it_is_read_later(log: Log) -> None:
    review = JurisdictionReviewed(jurisdiction="XA", reviewed_on="2026-11-01")
    recorded = log.append(
        lambda _: [Entry(noted("XA/ban")), Entry(review, recorded_by="grace")], recorded_by="ada", batch="b1"
    )
    assert recorded == [
        Recorded(1, NOON, 1, "XA/ban", noted("XA/ban"), "ada", "b1", 2, as_json(noted("XA/ban"))),
        Recorded(2, NOON, 1, "XA", review, "grace", "b1", 2, b'{"jurisdiction":"XA","reviewed_on":"2026-11-01"}'),
    ]
    assert log.read() == recorded
    assert log.head() == (2, NOON)


def test_positions_count_through_the_log_and_revisions_through_each_stream(log: Log) -> None:
    record(log, noted("XA/ban"), noted("XA/list"), noted("XA/ban"))
    record(log, noted("XA/list"), noted("XB/ban"), noted("XA/list"))
    assert places(log.read()) == [
        (1, "XA/ban", 1),
        (2, "XA/list", 1),
        (3, "XA/ban", 2),
        (4, "XA/list", 2),
        (5, "XB/ban", 1),
        (6, "XA/list", 3),
    ]


def test_a_bulk_counts_as_an_append_of_one_does(log: Log) -> None:
    record(log, noted("XA/m1"))
    record(log, *[noted(f"XA/m{number % 7}", str(number)) for number in range(5000)])
    recorded = log.read(limit=10_000)
    assert [r.position for r in recorded] == list(range(1, 5002))
    for number in range(7):
        stream = log.stream(f"XA/m{number}")
        assert [r.revision for r in stream] == list(range(1, len(stream) + 1))
        assert stream == [r for r in recorded if r.stream == f"XA/m{number}"]


def test_an_append_that_decides_nothing_writes_nothing(log: Log) -> None:
    called: list[str] = []
    assert log.append(lambda _: [], recorded_by="ada", alongside=lambda *_: called.append("alongside")) == []
    assert called == []
    assert log.head() == (0, None)
    assert places(record(log, noted("XA/ban"))) == [(1, "XA/ban", 1)]


def test_deciding_sees_what_every_append_before_it_has_stored(log: Log) -> None:
    def once_more(locked: Locked) -> list[Entry]:
        history = log.stream("XA/ban", connection=locked.connection)
        return [Entry(noted("XA/ban", f"after {len(history)}"))]

    with ThreadPoolExecutor(6) as writers:
        for writing in [writers.submit(log.append, once_more, recorded_by="ada") for _ in range(60)]:
            writing.result()
    assert [r.event for r in log.stream("XA/ban")] == [noted("XA/ban", f"after {number}") for number in range(60)]


def test_a_refusal_while_deciding_leaves_no_hole(log: Log) -> None:
    def refuse(locked: Locked) -> list[Entry]:
        raise ArithmeticError

    record(log, noted("XA/ban"))
    with pytest.raises(ArithmeticError):
        log.append(refuse, recorded_by="ada")
    assert places(record(log, noted("XA/ban"))) == [(2, "XA/ban", 2)]


def test_an_event_that_cannot_be_stored_is_refused_with_all_that_came_with_it(log: Log) -> None:
    with pytest.raises(UnstorableEvent):
        record(log, noted("XA/ban"), noted("XA/ban", "\x00"))
    assert log.head() == (0, None)


@pytest.mark.parametrize("number", [1, COPY_ABOVE + 1])
def test_what_is_done_alongside_is_one_transaction_with_the_append(pool: Pool, clock: Clock, number: int) -> None:
    seen: list[tuple[str, list[Recorded]]] = []

    def project(connection: Connection, recorded: Sequence[Recorded]) -> str:
        connection.execute("insert into projected values (0)")
        seen.append(("log", list(recorded)))
        return "insert into projected select count(*) from dateline.event"

    def remember(connection: Connection, recorded: Sequence[Recorded]) -> None:
        seen.append(("append", list(recorded)))

    def fail(connection: Connection, recorded: Sequence[Recorded]) -> None:
        raise ArithmeticError

    def projected() -> list[tuple[Any, ...]]:
        with pool.connection() as connection:
            return connection.execute("select * from projected").fetchall()

    with pool.connection() as connection:
        connection.execute("create table projected (rows bigint)")
    log = Log(pool, clock, alongside=project)
    events = [Entry(noted("XA/ban", str(place))) for place in range(number)]
    with pytest.raises(ArithmeticError):
        log.append(lambda _: events, recorded_by="ada", alongside=fail)
    assert (log.head(), projected()) == ((0, None), [])
    seen.clear()
    recorded = log.append(lambda _: events, recorded_by="ada", alongside=remember)
    assert seen == [("log", recorded), ("append", recorded)]
    assert projected() == [(0,), (number,)]
    assert log.read(limit=number) == recorded


def test_an_append_by_way_of_the_library_is_projected_as_well(pool: Pool, clock: Clock) -> None:
    seen: list[Recorded] = []
    log = Log(pool, clock, alongside=lambda _, recorded: seen.extend(recorded))
    store = EventStore[UUID](log._mapper, log._recorder)
    placed = Placed(stream_id("XA/ban"), 1, Envelope(noted("XA/ban"), "ada", None))
    assert [recording.notification.id for recording in store.put([placed])] == [1]
    assert list(store.get(placed.originator_id)) == [placed]
    event = noted("XA/ban")
    assert seen == log.read() == [Recorded(1, NOON, 1, "XA/ban", event, "ada", None, 1, as_json(event))]


def test_a_log_is_read_in_pages_and_between_positions(log: Log) -> None:
    recorded = record(log, *[noted("XA/ban", str(number)) for number in range(25)])
    assert log.read(limit=10) == recorded[:10]
    assert log.read(after=10, limit=10) == recorded[10:20]
    assert log.read(after=20, up_to=22) == recorded[20:22]
    assert log.read(after=25) == []
    assert list(log.walk(page=7)) == recorded
    assert list(log.walk(after=5, up_to=20, page=7)) == recorded[5:20]


def test_a_stream_is_read_up_to_a_position(log: Log) -> None:
    record(log, noted("XA/ban"), noted("XA/list"), noted("XA/ban"))
    assert places(log.stream("XA/ban", 2)) == [(1, "XA/ban", 1)]
    assert places(log.stream("XA/ban", 3)) == [(1, "XA/ban", 1), (3, "XA/ban", 2)]
    several = log.streams(["XA/ban", "XA/list", "XA/none"], 2)
    assert {name: places(stream) for name, stream in several.items()} == {
        "XA/ban": [(1, "XA/ban", 1)],
        "XA/list": [(2, "XA/list", 1)],
        "XA/none": [],
    }


def test_a_stored_event_that_cannot_be_read_is_said_with_its_position(pool: Pool, log: Log) -> None:
    stranger = StoredEvent(stream_id("XA/ban"), 1, "measure.forgotten", b"{}")
    LogRecorder(PoolDatastore(pool), clock=lambda: NOON).insert_events([stranger])
    with pytest.raises(UnreadableEvent) as told:
        log.read()
    assert told.value.__notes__ == ["at position 1 of the log"]


def test_what_could_not_be_read_again_is_refused_before_it_is_stored(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def misspell(mapper: LogMapper, placed: Placed) -> StoredEvent:
        return StoredEvent(placed.originator_id, placed.originator_version, "measure.noted", b'{"v":1}')

    monkeypatch.setattr(LogMapper, "to_stored_event", misspell)
    with pytest.raises(UnreadableEvent):
        record(log, noted("XA/ban"))
    assert log.head() == (0, None)


# Moments.


def test_a_moment_means_the_last_position_recorded_at_or_before_it(log: Log, clock: Clock) -> None:
    record(log, noted("XA/ban"), noted("XA/ban"))
    clock.moment = NOON + HOUR
    record(log, noted("XA/ban"))
    clock.moment = NOON + 2 * HOUR
    assert [log.position_at(NOON + hours * HOUR) for hours in (-1, 0, 0.5, 1, 2)] == [0, 2, 2, 3, 3]
    assert log.position_at(NOON - INSTANT) == 0
    assert [log.moment_of(position) for position in (1, 2, 3)] == [NOON, NOON, NOON + HOUR]


def test_a_moment_in_another_time_zone_means_the_same_position(log: Log, clock: Clock) -> None:
    record(log, noted("XA/ban"))
    tokyo = NOON.astimezone(timezone(9 * HOUR))
    assert log.position_at(tokyo) == 1
    with pytest.raises(ValueError, match="no time zone"):
        log.position_at(NOON.replace(tzinfo=None))


def test_a_moment_that_has_not_come_is_refused(log: Log) -> None:
    record(log, noted("XA/ban"))
    with pytest.raises(MomentInFuture) as told:
        log.position_at(NOON + INSTANT)
    assert told.value.facts == {"moment": NOON + INSTANT, "present": NOON}


def test_a_moment_that_was_recorded_has_come_even_if_the_clock_has_jumped_back(log: Log, clock: Clock) -> None:
    record(log, noted("XA/ban"))
    clock.moment = NOON - HOUR
    assert log.position_at(NOON) == 1
    assert record(log, noted("XA/ban"))[0].recorded_at == NOON
    with pytest.raises(MomentInFuture):
        log.position_at(NOON + INSTANT)


def test_a_position_above_the_head_is_refused(log: Log) -> None:
    record(log, noted("XA/ban"), noted("XA/ban"))
    with pytest.raises(PositionAboveHead) as told:
        log.moment_of(3)
    assert told.value.facts == {"position": 3, "head": 2}


def test_a_replay_keeps_its_moments_and_never_runs_backwards_or_ahead(log: Log) -> None:
    record(log, noted("XA/ban"), recorded_at=NOON - 2 * HOUR)
    record(log, noted("XA/ban"), recorded_at=NOON - 2 * HOUR)
    with pytest.raises(RecordedBackwards):
        record(log, noted("XA/ban"), recorded_at=NOON - 3 * HOUR)
    with pytest.raises(RecordedInFuture):
        record(log, noted("XA/ban"), recorded_at=NOON + INSTANT)
    record(log, noted("XA/ban"), recorded_at=NOON)
    assert [r.recorded_at for r in log.read()] == [NOON - 2 * HOUR, NOON - 2 * HOUR, NOON]


# Writers and readers at once.


class WithoutLock(LogRecorder):
    """The lock taken out."""

    def lock(self, connection: Connection, questions: Sequence[str] = ()) -> Locked:
        connection.execute("begin")
        return Locked(connection, self.head(connection))


def heads_decided_on(pool: Pool, log: Log) -> list[int]:
    """Where the log ended for each of two appends that decide at the same time, if the lock lets them."""
    heads: list[int] = []

    def another_waits_for_the_lock() -> bool:
        with pool.connection() as connection:
            waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            return connection.execute(waiting).fetchone() is not None

    def decide(locked: Locked) -> list[Entry]:
        heads.append(locked.head.position)
        while len(heads) < 2 and not another_waits_for_the_lock():
            pass
        return [Entry(noted("XA/ban"))]

    with ThreadPoolExecutor(2) as threads:
        for append in [threads.submit(log.append, decide, recorded_by="ada") for _ in range(2)]:
            append.exception()
    return heads


def test_two_appends_at_once_are_decided_one_after_the_other(pool: Pool, log: Log) -> None:
    assert heads_decided_on(pool, log) == [0, 1]


def test_with_the_lock_taken_out_two_appends_decide_on_the_same_head(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.log.LogRecorder", WithoutLock)
    assert heads_decided_on(pool, Log(pool, lambda: NOON)) == [0, 0]


def test_readers_beside_many_writers_never_skip_a_position(pool: Pool) -> None:
    log = Log(pool, lambda: datetime.now(UTC))
    done = threading.Event()

    def follow(read: Callable[[int], Sequence[Recorded]]) -> list[Recorded]:
        seen: list[Recorded] = []
        while not done.is_set() or read(len(seen)):
            seen.extend(read(seen[-1].position if seen else 0))
        return seen

    with ThreadPoolExecutor(6) as threads:
        following = [threads.submit(follow, lambda after: log.read(after, limit=3)) for _ in range(2)]
        writing = [
            threads.submit(record, log, *[noted(f"XA/m{writer % 5}", str(place)) for place in range(1 + writer % 4)])
            for writer in range(80)
        ]
        acknowledged = [r for write in writing for r in write.result()]
        done.set()
        everything = log.read(limit=1000)
        assert [r.position for r in everything] == list(range(1, 201))
        assert sorted(acknowledged, key=lambda r: r.position) == everything
        assert [r.recorded_at for r in everything] == sorted(r.recorded_at for r in everything)
        for reader in following:
            assert reader.result() == everything


def test_a_log_knows_how_far_it_was_seen_also_by_those_who_share_it(pool: Pool, clock: Clock) -> None:
    places = [0, 0]
    one, other = (Log(pool, clock, seen=Seen(places, place)) for place in (0, 1))
    stranger = Log(pool, clock)
    record(stranger, noted("XA/ban"), noted("XA/ban"))
    assert one.seen.highest() == 0
    one.moment_of(1)
    assert (one.seen.highest(), other.seen.highest()) == (1, 1)
    other.head()
    assert one.seen.highest() == 2
    record(stranger, noted("XA/ban"))
    with pytest.raises(PositionAboveHead):
        one.moment_of(9)  # which names the head
    assert other.seen.highest() == 3
    record(one, noted("XA/ban"), noted("XA/ban"))
    assert other.seen.highest() == 5
    other.moment_of(1)
    assert (other.seen.highest(), places) == (5, [5, 2])


def test_what_was_not_committed_was_not_seen_and_what_a_refusal_rests_on_was(pool: Pool, clock: Clock) -> None:
    def fail(connection: Connection, recorded: Sequence[Recorded]) -> None:
        raise ArithmeticError

    log = Log(pool, clock)
    record(Log(pool, clock), noted("XA/ban"))
    with pytest.raises(ArithmeticError):
        log.append(lambda _: [Entry(noted("XA/ban"))], recorded_by="ada", alongside=fail)
    assert log.seen.highest() == 1
