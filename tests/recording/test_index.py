"""What is kept in memory goes on with what is recorded, and says what a service says that has just been started."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.commands import ReviewJurisdiction
from events.errors import Refusal
from projections import index
from projections.answering import Answering, Asked
from projections.answers import encode
from projections.index import Index
from services.operations.wiring import Service
from tests.recording.telling import act, by, correct, did, retract, verify

MAY = date(2020, 5, 1)
FRESH = count(1)


def started(opened: Service) -> Answering:
    """The answers of a service that keeps nothing yet."""
    return Answering(opened.pool, opened.log, Index(), opened.clock)


def told(answering: Answering, code: str, position: int) -> list[bytes]:
    """What is said of a jurisdiction and of the world at a position."""
    asked = Asked(position=position)
    return [encode(answering.state(code, as_of=MAY, asked=asked)), encode(answering.world(as_of=MAY, asked=asked))]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The measures of the actions that were read from the tables for the index, and how many of each."""
    read: Counter[str] = Counter()
    decode = index.decode_action

    def counted(data: str) -> Any:
        action = decode(data)
        read[action.measure] += 1
        return action

    monkeypatch.setattr(index, "decode_action", counted)
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
    head = opened.log.head().position
    for code in ("XA", "XB"):
        assert told(opened.answering, code, head) == told(started(opened), code, head)
