"""Editions of the record: what a position and a moment mean, atomic appends, writers at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from events.errors import OtherContent, Refusal
from events.log import MomentInFuture, PositionAboveHead
from projections.answering import Asked, BothEditions, UnknownMeasure
from services.operations.wiring import Service
from tests.recording.conftest import NOON, Clock
from tests.recording.telling import act, correct, did, retract

LAW = act("xa-law", "2020-03-01")
LATER = act("xa-law", "2020-03-05")
OTHER = act("xa-other", "2020-03-02", did("adopted", "XA/other"), did("adopted", "XB/other"))
AMENDMENT = act("xa-amendment", "2020-04-01", did("amended", effects=["restricts"]))
SECOND = timedelta(seconds=1)
APRIL = date(2020, 4, 15)


def shown(opened: Service, asked: Asked) -> list[str]:
    """The measures of XA on a day of April, with the day since when, at an edition."""
    state = opened.answering.state("XA", as_of=APRIL, asked=asked)
    return [f"{measure.measure} since {measure.since}" for measure in state.measures]


def test_a_moment_means_exactly_one_position(opened: Service, clock: Clock) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    clock.moment = NOON + 2 * SECOND
    opened.recording.record([OTHER], recorded_by="ada")
    clock.moment = NOON + 4 * SECOND
    asked = {
        second: opened.answering.state("XA", asked=Asked(recorded_at=NOON + second * SECOND)).position
        for second in range(-1, 5)
    }
    assert asked == {-1: 0, 0: 1, 1: 1, 2: 3, 3: 3, 4: 3}


def test_several_appends_of_one_moment_are_told_apart_by_position_and_the_moment_means_the_last(
    opened: Service,
) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    opened.recording.record([correct(LATER)], recorded_by="ada")
    assert shown(opened, Asked(position=1)) == ["XA/law since 2020-03-01"]
    assert shown(opened, Asked(recorded_at=NOON)) == ["XA/law since 2020-03-05"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda answering, asked: answering.state("XA", asked=asked),
        lambda answering, asked: answering.world(asked=asked),
        lambda answering, asked: answering.changes("XA", from_=APRIL, asked=asked),
        lambda answering, asked: answering.deadlines(asked=asked),
        lambda answering, asked: answering.measure("XA/law", asked=asked),
        lambda answering, asked: answering.history("XA/law", asked=asked),
        lambda answering, asked: answering.log(asked=asked),
        lambda answering, asked: answering.jurisdictions(asked=asked),
    ],
    ids=["state", "world", "changes", "deadlines", "measure", "history", "log", "jurisdictions"],
)
def test_no_question_is_answered_for_an_edition_that_is_not_there_yet(
    opened: Service, ask: Callable[..., object]
) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    with pytest.raises(PositionAboveHead):
        ask(opened.answering, Asked(position=2))
    with pytest.raises(MomentInFuture):
        ask(opened.answering, Asked(recorded_at=NOON + SECOND))


def test_an_edition_is_named_by_position_or_by_moment_not_by_both() -> None:
    with pytest.raises(BothEditions):
        Asked(position=1, recorded_at=NOON)


def test_an_earlier_position_inside_an_append_shows_nothing_of_it(opened: Service) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    opened.recording.record([OTHER, correct(LATER), AMENDMENT], recorded_by="ada")
    assert opened.log.head().position == 5
    for position in (1, 2, 3, 4):
        asked = Asked(position=position)
        assert shown(opened, asked) == ["XA/law since 2020-03-01"]
        assert [row.jurisdiction for row in opened.answering.world(as_of=APRIL, asked=asked).jurisdictions] == ["XA"]
        assert [row.acts for row in opened.answering.jurisdictions(asked=asked).jurisdictions] == [1]
        assert opened.answering.measure("XA/law", as_of=APRIL, asked=asked).profile[0].from_ == "2020-03-01"
        assert len(opened.answering.changes("XA", from_=date(2020, 3, 1), to=APRIL, asked=asked).changes) == 1
        assert [each["position"] for each in opened.answering.log(asked=asked).events] == [1]
        assert opened.answering.log(asked=asked).next is None
        assert [each["position"] for each in opened.answering.history("XA/law", asked=asked).entries] == [1]
        with pytest.raises(UnknownMeasure):
            opened.answering.measure("XA/other", asked=asked)
        with pytest.raises(UnknownMeasure):
            opened.answering.history("XA/other", asked=asked)
    assert shown(opened, Asked(position=5)) == ["XA/law since 2020-03-05", "XA/other since 2020-03-02"]


def test_an_edition_stays_as_it_was_when_its_acts_are_corrected_and_retracted(opened: Service) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    opened.recording.record([correct(LATER)], recorded_by="ada")
    opened.recording.record([retract("xa-law")], recorded_by="ada")
    found = [shown(opened, Asked(position=position)) for position in range(4)]
    assert found == [[], ["XA/law since 2020-03-01"], ["XA/law since 2020-03-05"], []]


def test_what_is_refused_writes_nothing(opened: Service) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    with pytest.raises(Refusal):
        opened.recording.record([OTHER, retract("xa-nothing")], recorded_by="ada")
    assert opened.log.head().position == 1
    assert shown(opened, Asked()) == ["XA/law since 2020-03-01"]


def together(opened: Service, *commands: object) -> list[object]:
    """Records each command in a thread of its own, all at once: the number of events, or the refusal."""
    ready = threading.Barrier(len(commands))

    def write(command: object) -> object:
        ready.wait()
        try:
            return len(opened.recording.record([command], recorded_by="ada"))  # type: ignore[list-item]
        except Refusal as refusal:
            return type(refusal)

    with ThreadPoolExecutor(len(commands)) as writers:
        return list(writers.map(write, commands))


def test_of_writers_of_one_slug_with_different_content_exactly_one_wins(opened: Service) -> None:
    found = together(opened, *(act("xa-law", f"2020-03-{day:02}") for day in range(1, 7)))
    assert sorted(map(str, found)) == sorted(map(str, [1] + [OtherContent] * 5))
    assert opened.log.head().position == 1


def test_writers_of_one_slug_with_the_same_content_record_one_event(opened: Service) -> None:
    found = together(opened, *[LAW] * 6)
    assert sorted(found, key=str) == [0, 0, 0, 0, 0, 1]
    assert opened.log.head().position == 1


def test_two_corrections_at_once_are_both_kept_one_after_the_other(opened: Service) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    assert together(opened, correct(LATER), correct(act("xa-law", "2020-03-09"))) == [1, 1]
    assert opened.log.head().position == 3
