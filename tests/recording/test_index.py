"""
What is kept in memory goes on with what is recorded, and says what a service says that has just been started; without
the database it says the same or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import psycopg
import psycopg_pool
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.actions import Link
from events.commands import ReviewJurisdiction
from events.errors import Refusal
from projections import index
from projections.answering import HEAD, Answering, Asked
from projections.answers import Edition, encode
from projections.index import Index, NotInMemory
from services.operations.wiring import MEMORY, Service, service
from tests.recording.conftest import Clock
from tests.recording.telling import act, by, correct, did, retract, verify

MARCH, MAY = date(2020, 3, 1), date(2020, 5, 1)
FRESH = count(1)


def started(opened: Service) -> Answering:
    """The answers of a service that keeps nothing yet."""
    return Answering(opened.pool, opened.log, Index(MEMORY), opened.clock)


class Away:
    """A pool whose database is away, or fails as it is told."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def connection(self) -> None:
        raise self._error


GONE = psycopg.OperationalError("the database cannot be reached")


def without_database(opened: Service, index: Index, error: Exception = GONE) -> Answering:
    """The answers of a service that keeps what an index holds, and whose database is away."""
    away: Any = Away(error)
    return Answering(away, opened.log, index, opened.clock)


def keeping(opened: Service) -> tuple[Answering, Index]:
    """The answers of a service that keeps nothing yet, and what it will keep."""
    index = Index(MEMORY)
    return Answering(opened.pool, opened.log, index, opened.clock), index


def remembering(position: int | None = None) -> Asked:
    """Asked so that an answer from memory is taken."""
    return Asked(position, from_memory=lambda: None)


def everything(answering: Answering, asked: Callable[[], Asked]) -> list[bytes | None]:
    """What is said to each question that memory can answer; None where it cannot."""
    questions: list[Callable[[], Any]] = [
        *(lambda code=code: answering.state(code, as_of=MAY, asked=asked()) for code in ("XA", "XB", "EU", "SE")),
        *(lambda code=code: answering.changes(code, from_=MARCH, to=MAY, asked=asked()) for code in ("XA", "XB")),
        lambda: answering.world(as_of=MAY, asked=asked()),
        lambda: answering.series(from_=MARCH, to=MAY, asked=asked()),
        lambda: answering.deadlines(as_of=MAY, asked=asked()),
        lambda: answering.jurisdictions(asked=asked()),
    ]
    return [said(question) for question in questions]


def said(question: Callable[[], Any]) -> bytes | None:
    try:
        return encode(question())
    except psycopg.OperationalError:
        return None


def told(answering: Answering, code: str, position: int) -> list[bytes]:
    """What is said of a jurisdiction and of the world at a position."""
    asked = Asked(position=position)
    return [encode(answering.state(code, as_of=MAY, asked=asked)), encode(answering.world(as_of=MAY, asked=asked))]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The measures of the actions that were read from the tables for the index, and how many of each."""
    read: Counter[str] = Counter()
    decode = index.decode_actions

    def counted(data: str) -> Any:
        actions = decode(data)
        read.update(action.measure for action in actions)
        return actions

    monkeypatch.setattr(index, "decode_actions", counted)
    return read


LAWS = [act(f"xa-{name}", "2020-03-01", did("adopted", f"XA/{name}")) for name in ("a", "b", "c")]
ELSEWHERE = act("nl-law", "2020-03-01", did("adopted", "NL/law"))


def test_only_measures_that_were_told_of_since_are_read_again(opened: Service, read: Counter[str]) -> None:
    opened.recording.record([*LAWS, ELSEWHERE], recorded_by="ada")
    opened.answering.world(as_of=MAY)
    read.clear()
    opened.recording.record([act("xa-more", "2020-04-01", did("amended", "XA/b", scope=["core"]))], recorded_by="ada")
    assert opened.answering.measure("XA/b", as_of=MAY).line.scope == ("core",)  # type: ignore[union-attr]
    opened.answering.world(as_of=MAY)
    assert read == {"XA/b": 2}


def test_a_verification_or_a_review_reads_no_action_again(opened: Service, read: Counter[str]) -> None:
    opened.recording.record([*LAWS, ELSEWHERE], recorded_by="ada")
    before = opened.answering.state("XA", as_of=MAY)
    read.clear()
    opened.recording.record([by("ben", verify("xa-b"))], recorded_by="ben")
    opened.recording.record([ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-05-01")], recorded_by="ben")
    levels = {line.measure: line.verified for line in opened.answering.state("XA", as_of=MAY).measures}
    assert levels == {"XA/a": None, "XA/b": "official_document", "XA/c": None}
    assert read == {}
    assert opened.answering.state("XA", as_of=MAY, known_on=MAY, asked=Asked(before.position)) == before


def test_memory_says_nothing_of_an_edition_after_which_a_jurisdiction_was_touched(opened: Service) -> None:
    opened.recording.record([ELSEWHERE], recorded_by="ada")
    before = Edition(*opened.log.head())
    opened.recording.record(LAWS, recorded_by="ada")
    head = Edition(*opened.log.head())
    index = Index(MEMORY)
    with opened.pool.connection() as connection:
        index.see(connection, head)
    assert index.latest(head) == {"NL": before.position, "XA": head.position}
    assert index.latest(before, ["NL", "EU"]) == {"NL": before.position}
    assert index.is_past(before.position, ["NL", "XA"])
    assert not index.is_past(before.position, ["NL", "EU"])
    assert not index.is_past(head.position, ["NL", "XA"])
    for asked in (["XA"], ["NL", "XA"], None):
        with pytest.raises(NotInMemory):
            index.latest(before, asked)


AIMED = act("us-list", "2020-03-01", did("adopted", "US/list", targets=["CN"]), links=(Link("responds_to", "XA/a"),))


def test_who_is_aimed_at_is_answered_without_those_who_aim_at_nobody(opened: Service, read: Counter[str]) -> None:
    aimed = act("nl-list", "2020-03-01", did("adopted", "NL/list", targets=["CN"]))
    opened.recording.record([*LAWS, ELSEWHERE, AIMED, aimed], recorded_by="ada")
    opened.recording.record([correct(act("nl-list", "2020-03-01", did("adopted", "NL/list")))], recorded_by="ada")
    told = opened.answering.pressure("CN", as_of=MAY)
    assert [line.measure for line in told.measures] == ["US/list"]
    assert set(read) == {"US/list", "NL/list", "NL/law"}
    earlier = opened.answering.pressure("CN", as_of=MAY, asked=Asked(told.position - 1))
    assert [line.measure for line in earlier.measures] == ["NL/list", "US/list"]
    read.clear()
    assert opened.answering.pressure("XB", as_of=MAY).measures == ()
    country = opened.picturing.country("CN", as_of=MAY, known_on=MAY, eyes=None)
    assert ([line.measure for line in country.pressure], country.pressure_count) == (["US/list"], 1)
    assert "XA/a" not in read


def test_a_measure_is_told_with_those_it_is_linked_to_and_no_others(opened: Service, read: Counter[str]) -> None:
    opened.recording.record([*LAWS, ELSEWHERE, AIMED], recorded_by="ada")
    for measure, other, is_told_here in (("US/list", "XA/a", True), ("XA/a", "US/list", False)):
        found = opened.picturing.measure(measure, as_of=MAY, known_on=MAY, eyes=None, revisions=range(1, 10))
        ((told,), more) = found.relations.told, found.relations.more
        assert (told.measure, told.is_told_here, more) == (other, is_told_here, 0)
        assert told.line is not None
    assert "NL/law" not in read


def test_a_measure_that_an_act_leaves_is_gone(opened: Service) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    opened.answering.state("XA", as_of=MAY)
    opened.recording.record([correct(act("xa-b", "2020-03-01", did("adopted", "XA/d")))], recorded_by="ada")
    state = opened.answering.state("XA", as_of=MAY)
    assert [line.measure for line in state.measures] == ["XA/a", "XA/c", "XA/d"]
    opened.recording.record([retract("xa-a")], recorded_by="ada")
    assert [line.measure for line in opened.answering.state("XA", as_of=MAY).measures] == ["XA/c", "XA/d"]


def test_what_is_asked_at_a_position_within_an_append_goes_on_with_all_of_it(opened: Service) -> None:
    both = act("xa-both", "2020-03-01", did("adopted", "XA/a"), did("adopted", "XA/b"))
    opened.recording.record([both], recorded_by="ada")
    opened.recording.record([by("ben", verify("xa-both"))], recorded_by="ben")
    for position in (2, 3):
        state = opened.answering.state("XA", as_of=MAY, asked=Asked(position))
        assert {line.verified for line in state.measures} == {None}
    levels = {line.measure: line.verified for line in opened.answering.state("XA", as_of=MAY).measures}
    assert levels == {"XA/a": "official_document", "XA/b": "official_document"}


def test_what_has_not_been_asked_for_long_is_folded_anew(
    opened: Service, read: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MOST_SINCE", 3)
    opened.recording.record(LAWS, recorded_by="ada")
    opened.answering.state("XA", as_of=MAY)
    for day in range(1, 5):
        opened.recording.record([ReviewJurisdiction(jurisdiction="NL", reviewed_on=f"2020-05-0{day}")], recorded_by="a")
    opened.recording.record([by("ben", verify("xa-b"))], recorded_by="ben")
    read.clear()
    opened.answering.state("XA", as_of=MAY)
    assert sum(read.values()) == 3
    read.clear()
    for day in range(5, 9):
        opened.recording.record([ReviewJurisdiction(jurisdiction="NL", reviewed_on=f"2020-05-0{day}")], recorded_by="a")
        opened.answering.state("XA", as_of=MAY)
    opened.recording.record([by("ben", verify("xa-c"))], recorded_by="ben")
    opened.answering.state("XA", as_of=MAY)
    assert read == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_recorded_and_asked_in_between_the_answers_are_those_of_a_fresh_start(
    opened: Service, data: st.DataObject
) -> None:
    run = next(FRESH)
    measures = [f"{code}/m{run}-{name}" for code in ("XA", "XB") for name in "ab"]
    slugs = [f"act-{run}-{number}" for number in range(3)]
    slug = st.sampled_from(slugs)
    some = st.lists(st.sampled_from(measures), min_size=1, max_size=2, unique=True)

    def content(named: str, day: int, places: list[str], again: bool) -> Any:
        return act(named, f"2020-03-{day:02}", *(did("adopted", place) for place in places), again=again)

    day = st.integers(min_value=1, max_value=28)
    commands = st.one_of(
        st.builds(content, slug, day, some, st.just(True)),
        st.builds(content, slug, day, some, st.just(True)),
        st.builds(lambda named, day, places: correct(content(named, day, places, False)), slug, day, some),
        st.builds(retract, slug),
        st.builds(lambda named, level: by("ben", verify(named, level)), slug, st.sampled_from(["single_press"])),
    )
    asked = st.builds(lambda code, back: (code, back), st.sampled_from(["XA", "XB"]), st.integers(0, 4))
    answering, index = keeping(opened)
    away = without_database(opened, index)
    for append, ask in data.draw(
        st.lists(st.tuples(st.lists(commands, min_size=1, max_size=2), st.none() | asked), min_size=3, max_size=12)
    ):
        try:
            opened.recording.record(append, recorded_by="ada")
        except Refusal:
            continue
        if ask is not None:
            code, back = ask
            position = max(0, opened.log.head().position - back)
            assert told(opened.answering, code, position) == told(started(opened), code, position)
            assert told(answering, code, position) == told(started(opened), code, position)
        from_memory = everything(away, remembering)
        if any(from_memory):
            fresh = everything(started(opened), lambda: HEAD)
            assert all(one in (None, other) for one, other in zip(from_memory, fresh, strict=True))
    head = opened.log.head().position
    for code in ("XA", "XB"):
        assert told(opened.answering, code, head) == told(started(opened), code, head)
    everything(answering, lambda: HEAD)
    assert everything(away, remembering) == everything(started(opened), lambda: HEAD)


def test_what_is_kept_of_a_measure_and_of_a_jurisdiction_goes_on_to_the_last_verification_and_review(
    opened: Service,
) -> None:
    opened.recording.record([*LAWS, ELSEWHERE], recorded_by="ada")
    answering, index = keeping(opened)
    answering.world(as_of=MAY)
    opened.recording.record([by("ben", verify("xa-b"))], recorded_by="ben")
    opened.recording.record([ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-05-01")], recorded_by="ben")
    answering.state("XA", as_of=MAY)
    away = without_database(opened, index)
    measure = away.measure("XA/b", as_of=MAY, asked=remembering())
    assert (measure.revision, measure.position) == (2, 6)
    assert away.state("XA", as_of=MAY, asked=remembering()).reviewed_on == "2020-05-01"
    rows = {row.jurisdiction: row for row in away.jurisdictions(asked=remembering()).jurisdictions}
    assert (rows["XA"].reviewed_on, rows["NL"].reviewed_on) == ("2020-05-01", None)
    earlier = answering.state("XA", as_of=MAY, asked=Asked(5))  # before the review
    assert (earlier.reviewed_on, answering.measure("XA/b", as_of=MAY, asked=Asked(4)).revision) == (None, 1)
    opened.recording.record([by("ben", verify("xa-c"))], recorded_by="ben")
    assert answering.state("XA", as_of=MAY, asked=Asked(6)).reviewed_on == "2020-05-01"


def test_only_who_takes_an_answer_from_memory_gets_one_and_is_told_of_it(opened: Service) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    answering, index = keeping(opened)
    before = answering.state("XA", as_of=MAY)
    away = without_database(opened, index)
    with pytest.raises(psycopg.OperationalError, match="cannot be reached"):
        away.state("XA", as_of=MAY)
    noted = []
    assert away.state("XA", as_of=MAY, asked=Asked(from_memory=lambda: noted.append("so"))) == before
    assert noted == ["so"]
    answering.state("XA", as_of=MAY, asked=Asked(from_memory=lambda: noted.append("from the database")))
    assert noted == ["so"]


@pytest.mark.parametrize(
    "error",
    [
        psycopg_pool.PoolTimeout("busy"),
        psycopg_pool.PoolClosed("ended"),
        psycopg.errors.DiskFull("full"),
        psycopg.errors.QueryCanceled("too long"),
    ],
)
def test_a_database_that_is_busy_or_in_trouble_is_not_away(opened: Service, error: Exception) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    answering, index = keeping(opened)
    answering.state("XA", as_of=MAY)
    with pytest.raises(type(error)):
        without_database(opened, index, error).state("XA", as_of=MAY, asked=remembering())


@pytest.mark.parametrize(
    "error", [GONE, psycopg.errors.AdminShutdown("ends"), psycopg.errors.ConnectionFailure("cut off")]
)
def test_a_database_that_ends_a_connection_or_cannot_be_reached_is_away(opened: Service, error: Exception) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    answering, index = keeping(opened)
    before = answering.state("XA", as_of=MAY)
    assert without_database(opened, index, error).state("XA", as_of=MAY, asked=remembering()) == before


def test_a_service_that_has_asked_nothing_yet_answers_nothing_from_memory(opened: Service) -> None:
    answering, index = keeping(opened)
    assert set(everything(without_database(opened, index), remembering)) == {None}
    answering.log()  # which tells it that nothing is on record
    assert None not in everything(without_database(opened, index), remembering)


def test_an_append_that_overtakes_a_reading_is_not_taken_for_a_part_of_it(opened: Service, database_url: str) -> None:
    opened.recording.record([*LAWS, ELSEWHERE], recorded_by="ada")
    answering, index = keeping(opened)
    answering.world(as_of=MAY)
    with service(database_url) as another, another.pool.connection() as connection:
        another.recording.record([act("xa-more", "2020-04-01", did("amended", "XA/b"))], recorded_by="ada")
        edition = Edition(4, None)
        answering_late = index.of_all(connection, edition)  # the head was read before that append, the rest after it
        assert len(answering_late["XA"].folds["XA/b"].ordered.actions) == 1
    away = without_database(opened, index)
    assert away.state("NL", as_of=MAY, asked=remembering()).position == 4
    with pytest.raises(NotInMemory):
        away.state("XA", as_of=MAY, asked=remembering())


def test_a_reading_that_ends_late_takes_nothing_back(opened: Service) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    answering, index = keeping(opened)
    first = Edition(*opened.log.head())
    answering.state("XA", as_of=MAY)
    opened.recording.record([act("xa-more", "2020-04-01", did("amended", "XA/b"))], recorded_by="ada")
    after = answering.state("XA", as_of=MAY)
    with opened.pool.connection() as connection:
        index.of_all(connection, first)  # asked at the first edition, and answered after the second was
    away = without_database(opened, index)
    assert away.state("XA", as_of=MAY, asked=remembering()) == after
    assert away.remembered() == Edition(after.position, after.recorded_at)


def test_what_was_recorded_here_is_known_to_be_missing_from_memory(opened: Service) -> None:
    opened.recording.record(LAWS, recorded_by="ada")
    answering, index = keeping(opened)
    before = answering.state("XA", as_of=MAY)
    opened.recording.record([ELSEWHERE], recorded_by="ada")
    away = without_database(opened, index)
    assert away.remembered() is None
    with pytest.raises(psycopg.OperationalError):
        away.state("XA", as_of=MAY, asked=remembering())
    assert away.state("XA", as_of=MAY, asked=remembering(before.position)) == before
    assert answering.log().position == 4  # whoever is told of the head tells the index which jurisdictions it touched
    assert away.state("XA", as_of=MAY, asked=remembering()).measures == before.measures
    with pytest.raises(NotInMemory):
        away.state("NL", as_of=MAY, asked=remembering())


def test_when_something_was_last_recorded_of_a_jurisdiction_is_told_by_its_actions_alone(
    opened: Service, clock: Clock
) -> None:
    """Reviews, verifications and retractions come after it, and a correction that leaves nothing there."""
    both = act("xa-2", "2020-01-02", did("adopted", "XA/two"), did("adopted", "XB/other"))
    commands = [
        act("xa-1", "2020-01-01", did("adopted", "XA/one")),
        both,
        correct(act("xa-2", "2020-01-02", did("adopted", "XB/other"))),
        by("ben", verify("xa-1")),
        ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-02-01"),
        retract("xa-1"),
    ]
    moments = []
    for command in commands:
        clock.moment += timedelta(days=1)
        opened.recording.record([command], recorded_by="ada")
        moments.append(clock.moment)
    for position, expected in ((1, moments[0]), (opened.log.head().position, moments[1])):
        with opened.pool.connection() as connection:
            assert [last for _, _, last in index._last_days(connection, ["XA"], position)] == [expected]
