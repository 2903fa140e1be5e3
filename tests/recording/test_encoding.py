"""
What leaves as bytes is what the same answer is written as in full, whatever is recorded, asked and dropped in between;
who follows the log need not ask the database, and nothing acknowledged is missing all the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import mock

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.commands import AnyCommand, ReviewJurisdiction
from events.dates import NEVER, span
from events.errors import Refusal
from events.lifecycle import Lifecycle
from events.log import PositionAboveHead
from projections import following, index, sheets
from projections.answering import HEAD, Answering, Asked
from projections.answers import Edition, MeasureLine, encode
from projections.encoding import Encoding
from projections.fold import MeasureFold
from projections.following import Follower
from projections.index import Index
from projections.sheets import Sheet, Track
from services.operations.wiring import MEMORY, Service, service
from tests.oracle import histories
from tests.recording.telling import act, by, correct, did, retract, verify
from tests.recording.test_periods_grow import acts_of
from tests.waiting import comes_true

MAY, LATER = date(2020, 5, 1), date(2199, 1, 1)
FRESH = count(1)
CODES = ("XA", "EU", "SE", "XB")


def encoding_of(opened: Service, memory: int = MEMORY) -> Encoding:
    """The bytes of a service that keeps nothing yet, and no more than so many of them."""
    kept = Index(memory)
    return Encoding(Answering(opened.pool, opened.log, kept, opened.clock), opened.log, kept, memory)


def check(opened: Service, encoding: Encoding, as_of: date, known_on: date, asked: Asked = HEAD) -> None:
    """Everything that leaves as bytes is what it is in full."""
    for code in CODES:
        told = opened.answering.state(code, as_of=as_of, known_on=known_on, asked=asked)
        body = encoding.state(code, as_of=as_of, known_on=known_on, asked=asked)
        assert body.content == encode(told)
        assert told.cite
        assert (body.position, body.url) == (told.position, told.cite.url)
    world = opened.answering.world(as_of=as_of, known_on=known_on, asked=asked)
    assert encoding.world(as_of=as_of, known_on=known_on, asked=asked).content == encode(world)


def days_of(commands: list[Any]) -> list[int]:
    """The days around all that acts name, as ordinals."""
    named = {
        day.toordinal()
        for command in commands
        for text in [command.act.announced_on, *(getattr(a, "effective_on", None) for a in command.actions)]
        if isinstance(text, str)
        for day in (span(text).first, span(text).last)
    }
    return sorted({day + shift for day in named for shift in (-1, 0, 1, 40)})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(histories.exact(strange=True), histories.partial(strange=True)), st.integers(0, 10**6))
def test_an_answer_in_bytes_is_the_answer_in_full(opened: Service, history: list[dict[str, Any]], seed: int) -> None:
    run, chance = next(FRESH), random.Random(seed)
    large, small = encoding_of(opened), encoding_of(opened, 5_000)
    commands = [each for code in ("XA", "EU") for each in acts_of(history, f"{code}/m{run}")]
    days = [date.fromordinal(day) for day in days_of(commands)]
    positions = [opened.log.head().position]
    steps: list[list[AnyCommand]] = [commands[:1], commands[1:], [by("ben", verify(commands[0].act.act))]]
    steps += [[ReviewJurisdiction(jurisdiction="XA", reviewed_on=f"2021-01-{run % 28 + 1:02}")]]
    steps += [[retract(commands[-1].act.act)]]
    for step in steps:
        try:
            opened.recording.record(step, recorded_by="ada")
        except Refusal:
            continue
        positions.append(opened.log.head().position)
        with mock.patch.object(sheets, "MANY", 0):
            large.read_on()
        for _ in range(3):
            as_of = chance.choice(days)
            known_on = chance.choice([as_of, as_of, chance.choice(days), LATER])
            check(opened, large, as_of, known_on)
            check(opened, small, as_of, known_on)
            check(opened, large, as_of, known_on, Asked(chance.choice(positions)))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(700_000, 700_200), unique=True, min_size=5), min_size=1, max_size=5))
def test_a_day_is_found_among_the_stretches_of_its_era(days: list[list[int]]) -> None:
    sheet = Sheet(1, None, [f"XA/m{number}" for number, _ in enumerate(days)], {})
    sheet.tracks[False] = [_track(sorted(each)) for each in days]
    asked = [1, *{day + shift for each in days for day in each for shift in (-1, 0, 1)}, 700_300, NEVER]
    straight = [sheet.on(day, hindsight=False) for day in asked]
    for track, *numbers in zip(sheet.tracks[False], *straight, strict=True):
        assert numbers == [sum(day <= at for day in track.days) for at in asked]
    with mock.patch.object(sheets, "MANY", 0):
        sheet.lay_out()
    assert sheet._eras
    assert [sheet.on(day, hindsight=False) for day in asked] == straight
    sheet.tracks[False] = [_track([1, *range(700_000, 700_040)])]  # nobody counts eras through the centuries
    sheet.lay_out()
    assert not sheet._eras


def _track(days: list[int]) -> Any:
    """A track whose stretches are told apart by their numbers."""
    return SimpleNamespace(days=days, stretches=range(len(days) + 1))


LAW = act("xa-law", "2020-03-01", did("adopted", effects=["prohibits"], effective_on="2020-04-01"))
LAWS = [LAW, *(act(f"xa-{name}", "2020-03-01", did("adopted", f"XA/{name}")) for name in ("a", "b"))]


def test_days_overdue_are_counted_on_within_a_stretch(opened: Service) -> None:
    late = did("deadline_set", deadline="rules", due="2020-03-31", obliged="authority")
    late_too = did("deadline_set", deadline="list", due="2020-04-02", obliged="authority")
    opened.recording.record([act("xa-law", "2020-03-01", did("adopted"), late, late_too)], recorded_by="ada")
    encoding = encoding_of(opened)
    for day in (date(2020, 3, 31), date(2020, 4, 1), date(2020, 4, 2), date(2020, 4, 3), date(2021, 4, 3)):
        check(opened, encoding, day, day)
        check(opened, encoding, day, date(2022, 1, 1))
    assert b'"days_overdue":368,' in encoding.state("XA", as_of=date(2021, 4, 3)).content


def test_a_state_that_was_read_before_reads_no_action_again(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    encoding = encoding_of(opened)
    encoding.state("XA", as_of=MAY)
    monkeypatch.setattr(index, "decode_actions", None)
    encoding.state("XA", as_of=date(2020, 5, 2))
    encoding.state("XA", as_of=date(2020, 6, 2))


def test_the_world_reads_no_action_at_all(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    monkeypatch.setattr(index, "decode_actions", None)
    told = encoding_of(opened).world(as_of=MAY).content
    assert b'"counts":{"adopted":2,"in_force":1}' in told


def test_a_measure_that_the_table_has_nothing_of_on_a_day_is_absent_from_the_world(opened: Service) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    with opened.pool.connection() as connection:  # by no history that is known, but the table could say so
        connection.execute("update dateline.period set valid = daterange(lower(valid), '2020-04-10'), known = '(,)'")
    encoding = encoding_of(opened)
    told = {day: encoding.world(as_of=date(2020, 4, day)).content for day in (9, 10)}
    assert [b'"counts":{"in_force":1}' in told[day] for day in (9, 10)] == [True, False]


def test_no_more_is_kept_than_the_memory_allows_and_the_answers_are_the_same(opened: Service) -> None:
    codes = [f"X{letter}" for letter in "ABCDEFGH"]
    laws = [act(f"{code.lower()}-law", "2020-03-01", did("adopted", f"{code}/law")) for code in codes]
    opened.recording.record(laws, recorded_by="ada")
    encoding = encoding_of(opened, 6_000)
    sizes = []
    for day in (date(2020, 3, 2), MAY, date(2020, 3, 2)):
        for code in codes:
            assert encoding.state(code, as_of=day).content == encode(opened.answering.state(code, as_of=day))
            sizes.append(encoding.kept()[2])
    assert max(sizes) <= 6_000
    assert 0 < encoding.kept()[0] < len(codes)
    large = encoding_of(opened)
    for code in codes:
        large.state(code, as_of=MAY)
    assert large.kept()[:2] == (len(codes), len(codes))


@contextmanager
def followed(opened: Service, url: str) -> Iterator[Encoding]:
    """Bytes of a service that follows its log."""
    encoding, follower = encoding_of(opened), Follower(url)
    with encoding.following(follower):
        assert comes_true(lambda: follower.is_awake)
        yield encoding


class Asks:
    """Counts the connections that are taken from a pool."""

    def __init__(self, opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        connection = opened.pool.connection

        def counted(*given: Any, **named: Any) -> Any:
            self.count += 1
            return connection(*given, **named)

        monkeypatch.setattr(opened.pool, "connection", counted)


def test_while_the_log_is_followed_what_was_read_before_is_answered_without_the_database(
    opened: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    with followed(opened, database_url) as encoding:
        position = encoding.state("XA", as_of=MAY).position
        encoding.world(as_of=MAY)
        asks = Asks(opened, monkeypatch)
        for day in (MAY, date(2020, 6, 1)):
            assert encoding.at_hand("XA", as_of=day) is not None
            assert encoding.at_hand(None, as_of=day) is not None
            encoding.state("XA", as_of=day, asked=Asked(position))
            encoding.world(as_of=day)
        assert asks.count == 0
        assert encoding.at_hand("XB", as_of=MAY) is not None  # that nothing is on record is known, too
        assert encoding.at_hand("XA", as_of=MAY, known_on=LATER) is None  # not read before
        assert encoding.at_hand("XA", as_of=MAY, asked=Asked(position - 1)) is None
        assert encoding.at_hand("XA", as_of=MAY, asked=Asked(position + 1)) is None
        assert asks.count == 0


def test_nobody_who_does_not_follow_the_log_has_an_answer_at_hand(opened: Service) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    encoding = encoding_of(opened)
    encoding.state("XA", as_of=MAY)
    assert encoding.at_hand("XA", as_of=MAY) is None


def test_what_was_acknowledged_here_is_in_the_next_answer_before_the_follower_is_told(
    opened: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with followed(opened, database_url) as encoding:
        encoding.state("XA", as_of=MAY)
        monkeypatch.setattr(Follower, "_tell", lambda self, head: None)
        for number, command in enumerate(LAWS, 1):
            opened.recording.record([command], recorded_by="ada")
            assert encoding.at_hand("XA", as_of=MAY) is None
            assert encoding.state("XA", as_of=MAY).position == number
            check(opened, encoding, MAY, MAY)


def test_what_another_service_recorded_is_answered_as_soon_as_the_follower_was_told(
    opened: Service, database_url: str
) -> None:
    with followed(opened, database_url) as encoding, service(database_url) as another:
        encoding.state("XA", as_of=MAY)
        another.recording.record(LAWS, recorded_by="ada")
        assert comes_true(lambda: encoding.state("XA", as_of=MAY).position == len(LAWS))
        check(opened, encoding, MAY, MAY)
        other = correct(act("xa-a", "2020-03-02", did("adopted", "XA/a")))
        another.recording.record([other], recorded_by="ada")
        assert encoding.state("XA", as_of=MAY, asked=Asked(len(LAWS) + 1)).position == len(LAWS) + 1
        check(opened, encoding, MAY, MAY)


def test_a_follower_that_does_not_look_is_not_relied_on(
    opened: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    with followed(opened, database_url) as encoding:
        encoding.state("XA", as_of=MAY)
        assert encoding.at_hand("XA", as_of=MAY) is not None
        monkeypatch.setattr(following, "ASLEEP_SECONDS", 0.0)
        assert encoding.at_hand("XA", as_of=MAY) is None
        with psycopg.connect(database_url) as connection:
            connection.execute("select 1")
        with service(database_url) as another:
            another.recording.record([retract("xa-a")], recorded_by="ada")
        assert encoding.state("XA", as_of=MAY).position == len(LAWS) + 1


def test_of_an_edition_that_is_known_to_be_past_the_database_is_asked_over_one_connection(
    opened: Service, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    then = Asked(opened.log.head().position)
    opened.recording.record(LAWS[1:], recorded_by="ada")
    with followed(opened, database_url) as encoding:
        encoding.state("SE", as_of=MAY)
        asks = Asks(opened, monkeypatch)
        body = encoding.state("XA", as_of=MAY, asked=then)
        assert asks.count == 1
    assert body.content == encode(opened.answering.state("XA", as_of=MAY, asked=then))


def test_a_position_above_the_head_is_refused(opened: Service, database_url: str) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    with followed(opened, database_url) as encoding:
        for _ in range(2):
            with pytest.raises(PositionAboveHead):
                encoding.state("XA", as_of=MAY, asked=Asked(len(LAWS) + 1))


def test_while_nobody_asks_the_other_days_are_read_ahead(opened: Service, database_url: str) -> None:
    days = [date.fromordinal(date(2020, 3, 1).toordinal() + 10 * number) for number in range(40)]
    amended = [act(f"xa-{day}", day.isoformat(), did("amended", values={"level": day.day})) for day in days[1:]]
    opened.recording.record([LAW, *amended], recorded_by="ada")
    with followed(opened, database_url) as encoding:
        encoding.state("XA", as_of=days[20])
        assert encoding.at_hand("XA", as_of=days[39]) is None
        assert comes_true(lambda: encoding.at_hand("XA", as_of=days[39]) is not None, every=0.3)
        for day in days:
            body = encoding.at_hand("XA", as_of=day)
            assert body is not None
            assert body.content == encode(opened.answering.state("XA", as_of=day))


def test_who_asks_first_waits_for_one_line_a_measure(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    amended = [act(f"xa-{day:02}", f"2020-05-{day:02}", did("amended", values={"level": day})) for day in range(1, 29)]
    opened.recording.record([*LAWS, *amended], recorded_by="ada")
    encoding = encoding_of(opened)
    lines: list[int] = []
    reading = sheets.read_line

    def counted(fold: MeasureFold, as_of: int, known_on: int, life: Lifecycle | None = None) -> MeasureLine:
        lines.append(as_of)
        return reading(fold, as_of, known_on, life)

    monkeypatch.setattr(sheets, "read_line", counted)
    encoding.state("XA", as_of=date(2020, 5, 20))
    assert len(lines) == len(LAWS)
    encoding.state("XA", as_of=date(2020, 5, 21))
    assert len(lines) > len(LAWS) + 1
    check(opened, encoding, date(2020, 5, 21), date(2020, 5, 21))


def test_nothing_is_read_ahead_of_what_was_recorded_upon_nor_where_there_is_no_room(opened: Service) -> None:
    amended = [act(f"xa-{day:02}", f"2020-05-{day:02}", did("amended", values={"level": day})) for day in range(1, 29)]
    opened.recording.record([LAW, *amended], recorded_by="ada")
    large, small = encoding_of(opened), encoding_of(opened, 1_000)
    for encoding in (large, small):
        assert encoding.read_on() is False  # nobody has asked about anything
        encoding.state("XA", as_of=MAY)
    assert small.read_on() is False
    opened.recording.record([retract("xa-28")], recorded_by="ada")
    assert (large.read_on(), large.kept()[0]) == (True, 0)
    assert large.read_on() is False
    check(opened, large, date(2020, 5, 28), date(2020, 5, 28))
    while large.read_on():
        pass
    size = large.kept()[2]
    for day in range(1, 29):
        check(opened, large, date(2020, 5, day), date(2020, 5, day))
    assert large.kept()[2] > size  # by the answers alone


def test_many_may_read_ahead_at_once(opened: Service) -> None:
    amended = [act(f"xa-{day:02}", f"2020-05-{day:02}", did("amended", values={"level": day})) for day in range(1, 29)]
    opened.recording.record([*LAWS, *amended], recorded_by="ada")
    for _ in range(5):
        encoding = encoding_of(opened)
        encoding.state("XA", as_of=MAY)

        def read_all(encoding: Encoding = encoding) -> int:
            return sum(1 for _ in iter(encoding.read_on, False))

        with ThreadPoolExecutor(4) as pool:
            assert sum(each.result(60) for each in [pool.submit(read_all) for _ in range(4)]) > 0
        for day in range(1, 29):
            check(opened, encoding, date(2020, 5, day), date(2020, 5, day))


def test_what_says_that_it_is_not_all_read_and_is_gives_up(opened: Service) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    with opened.pool.connection() as connection:
        fold = Index(MEMORY).of_all(connection, Edition(*opened.log.head()), ["XA"])["XA"].folds["XA/law"]
    track = Track(fold, None)
    while track.unread:
        track.read_on(fold)
    track.unread = 3  # as one says who counted before another had read
    track.read_on(fold)
    assert track.unread == 0
