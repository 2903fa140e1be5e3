"""Deciding: repeats, other content, corrections, retractions, and what a record refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest

from events.commands import ReviewJurisdiction
from events.decisions import Known, decide
from events.errors import (
    AfterContradicted,
    AfterTheEnd,
    DeadlineNotSet,
    LeavesWithoutBase,
    NotBegun,
    OtherContent,
    RefusedTogether,
    RetractedAct,
    UnknownAct,
)
from tests.recording.telling import Told, act, at, correct, did, retract

LAW = act("xa-law", "2020-03-01")
LATER = act("xa-law", "2020-03-05")
LAST = act("xa-law", "2020-03-09")
AMENDMENT = act("xa-amendment", "2020-04-01", did("amended", effects=["restricts"]))
ELSEWHERE = act("xa-law", "2020-03-01", did("adopted", "XA/other", effects=["prohibits"]))
TWO = act("xa-law", "2020-03-01", did("adopted"), did("noted", "XA/other"))
EXTENSIONS = [
    act(f"xa-extension-{n}", f"2020-0{n + 3}-01", did("extended", expires_on=f"2020-{n + 6:02}-30"))
    for n in range(1, 6)
]
LICENCE = act("xa-licence", "2020-03-01", did("adopted", expires_on="2020-06-30"))
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_act_recorded_twice_is_recorded_once() -> None:
    assert Told(LAW).then() == ["adopted xa-law on XA/law"]
    assert Told(LAW).when(LAW).then() == []
    assert Told().when(LAW, LAW).then() == ["adopted xa-law on XA/law"]


def test_an_act_with_two_actions_is_two_events_in_their_order() -> None:
    assert Told(TWO).then() == ["adopted xa-law on XA/law", "noted xa-law on XA/other"]


def test_a_repeat_of_an_act_as_first_recorded_does_nothing_after_its_correction() -> None:
    corrected = Told(LAW, correct(LATER))
    assert corrected.when(LAW).then() == []
    assert corrected.when(LATER).then() == []
    assert corrected.when(correct(LATER)).then() == []
    assert corrected.when(correct(LATER), LAW, LATER, correct(LATER)).then() == []


def test_a_repeat_does_nothing_after_a_retraction() -> None:
    retracted = Told(LAW, correct(LATER), retract("xa-law"))
    assert retracted.when(LAW).then() == []
    assert retracted.when(LATER).then() == []
    assert retracted.when(correct(LATER)).then() == []
    assert retracted.when(retract("xa-law")).then() == []
    assert retracted.when(retract("xa-law", "unfounded")).then() == []
    assert retracted.acts() == []


def test_other_content_under_a_known_slug_is_refused_naming_what_differs() -> None:
    refusal = Told(LAW).refuses(OtherContent, act("xa-law", "2020-03-02", title="Another title"))
    assert refusal.facts == {"act": "xa-law", "fields": ["announced_on", "title"]}
    assert "(announced_on, title)" in refusal.message


def test_other_actions_under_a_known_slug_are_refused_on_whichever_measure() -> None:
    assert Told(LAW).refuses(OtherContent, ELSEWHERE).facts["fields"] == ["actions"]
    assert Told(LAW).refuses(OtherContent, TWO).facts["fields"] == ["actions"]
    assert Told().refuses(OtherContent, LAW, ELSEWHERE).facts["fields"] == ["actions"]


def test_after_a_correction_other_content_is_held_against_the_act_as_corrected() -> None:
    assert Told(LAW, correct(LATER)).refuses(OtherContent, LAST).facts["fields"] == ["announced_on"]


def test_a_retracted_act_is_recorded_again_only_where_that_is_said() -> None:
    retracted = Told(LAW, retract("xa-law"))
    assert retracted.refuses(RetractedAct, LATER).facts == {"act": "xa-law"}
    again = msgspec.structs.replace(LAW, again=True)
    assert retracted.when(again).then() == ["adopted xa-law on XA/law"]
    assert retracted.when(again).when(again).then() == []
    assert retracted.when(again).acts() == ["xa-law"]
    other = msgspec.structs.replace(LATER, again=True)
    assert retracted.when(other).then() == ["adopted xa-law on XA/law"]


def test_again_does_nothing_for_an_act_that_stands() -> None:
    again = msgspec.structs.replace(LAW, again=True)
    assert Told(LAW).when(again).then() == []
    assert Told(LAW, correct(LATER)).when(again).then() == []
    assert Told(LAW).refuses(OtherContent, msgspec.structs.replace(LATER, again=True)).facts["act"] == "xa-law"


def test_a_story_of_retracting_and_recording_again_told_twice_happens_once() -> None:
    again = msgspec.structs.replace(LAW, again=True)
    story = [LAW, retract("xa-law"), again, retract("xa-law", "unfounded"), again, retract("xa-law")]
    told = Told(story)
    assert len(told.then()) == 6
    assert told.acts() == []
    for length in range(len(story) + 1):
        assert Told(story[:length]).when(*story[:length]).then() == []
        assert Told(story[:length]).when(*story).then() == told.then()[length:]


def test_an_act_retracted_twice_can_be_recorded_a_third_time() -> None:
    again = msgspec.structs.replace(LAW, again=True)
    twice = Told(LAW, retract("xa-law"), again, retract("xa-law", "unfounded"))
    assert twice.when(again).then() == ["adopted xa-law on XA/law"]


def test_a_correction_adds_drops_and_moves_actions_between_measures() -> None:
    added = Told(LAW).when(correct(TWO, "late_discovery"))
    assert added.then() == ["corrected xa-law on XA/law: 1", "corrected xa-law on XA/other: 1"]
    assert (added.acts("XA/law"), added.acts("XA/other")) == (["xa-law"], ["xa-law"])
    dropped = Told(TWO).when(correct(LAW, "misattribution"))
    assert dropped.then() == ["corrected xa-law on XA/law: 1", "corrected xa-law on XA/other: 0"]
    assert (dropped.acts("XA/law"), dropped.acts("XA/other")) == (["xa-law"], [])
    moved = Told(LAW).when(correct(ELSEWHERE, "misattribution"))
    assert moved.then() == ["corrected xa-law on XA/law: 0", "corrected xa-law on XA/other: 1"]
    assert (moved.acts("XA/law"), moved.acts("XA/other")) == ([], ["xa-law"])
    back = moved.when(correct(LAW))
    assert back.then() == ["corrected xa-law on XA/other: 0", "corrected xa-law on XA/law: 1"]


def test_an_act_may_be_corrected_back_to_how_it_was_recorded() -> None:
    there = Told(LAW, correct(LATER))
    assert there.when(correct(LAW)).then() == ["corrected xa-law on XA/law: 1"]
    assert there.when(correct(LAW)).when(correct(LAW)).then() == []
    there_and_back = [correct(LATER), correct(LAW), correct(LATER)]
    assert len(Told(LAW).when(*there_and_back).then()) == 3
    assert Told(LAW, there_and_back).when(LAW, *there_and_back).then() == []


def test_a_correction_that_says_what_is_on_record_does_nothing() -> None:
    assert Told(LAW).when(correct(LAW)).then() == []


def test_what_is_not_on_record_is_neither_corrected_nor_retracted() -> None:
    assert Told().refuses(UnknownAct, correct(LAW)).facts == {"act": "xa-law"}
    assert Told().refuses(UnknownAct, retract("xa-law")).facts == {"act": "xa-law"}
    assert "was retracted" in Told(LAW, retract("xa-law")).refuses(UnknownAct, correct(LATER)).message


def test_a_retraction_with_dependents_is_refused_naming_them() -> None:
    refusal = Told(LAW, AMENDMENT).refuses(LeavesWithoutBase, retract("xa-law"))
    assert refusal.facts["acts"] == ["xa-amendment"]
    assert refusal.facts["measure"] == "XA/law"
    assert Told(LAW, AMENDMENT).when(retract("xa-law"), retract("xa-amendment")).acts() == []


def test_an_adoption_under_five_extensions_is_retracted_with_all_of_them_or_not_at_all() -> None:
    record = Told(LICENCE, *EXTENSIONS)
    refusal = record.refuses(LeavesWithoutBase, retract("xa-licence"))
    assert refusal.facts["acts"] == [each.act.act for each in EXTENSIONS]
    assert all(each.act.act in refusal.message for each in EXTENSIONS)
    four = [retract(each.act.act) for each in EXTENSIONS[:4]]
    assert record.refuses(LeavesWithoutBase, retract("xa-licence"), *four).facts["acts"] == ["xa-extension-5"]
    all_six = record.when(retract("xa-licence"), *(retract(each.act.act) for each in EXTENSIONS))
    assert (len(all_six.then()), all_six.acts()) == (6, [])


def test_a_correction_that_takes_the_base_from_later_acts_is_refused_naming_them() -> None:
    assert Told(LAW, AMENDMENT).refuses(LeavesWithoutBase, correct(ELSEWHERE)).facts["acts"] == ["xa-amendment"]
    too_late = act("xa-law", "2020-04-02")
    assert Told(LAW, AMENDMENT).refuses(LeavesWithoutBase, correct(too_late)).facts["acts"] == ["xa-amendment"]
    noted = act("xa-law", "2020-03-01", did("noted"))
    assert Told(LAW, AMENDMENT).refuses(LeavesWithoutBase, correct(noted)).facts["acts"] == ["xa-amendment"]


def test_a_refused_step_names_the_line_that_took_the_base() -> None:
    taken = msgspec.structs.replace(retract("xa-law"), origin="XA.yaml, line 12")
    assert Told(LAW, AMENDMENT).refuses(LeavesWithoutBase, taken).facts["origin"] == "XA.yaml, line 12"


def test_a_new_act_under_which_recorded_ones_could_not_stand_is_refused_naming_them() -> None:
    ended = act("xa-end", "2020-03-15", did("ended"))
    refusal = Told(LAW, AMENDMENT).refuses(LeavesWithoutBase, ended)
    assert refusal.facts["acts"] == ["xa-amendment"]
    assert "with this before them" in refusal.message


def test_an_act_recorded_before_its_base_is_refused_naming_what_is_missing() -> None:
    refusal = Told().refuses(NotBegun, AMENDMENT)
    assert refusal.facts == {"measure": "XA/law", "act": "xa-amendment", "action": "amended"}
    assert "nothing was proposed, announced or adopted before it" in refusal.message
    met = act("xa-report", "2020-05-01", did("deadline_met", deadline="report", met_on="2020-05-01"))
    assert Told(LAW).refuses(DeadlineNotSet, met).facts["deadline"] == "report"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_acts_recorded_together_are_accepted_in_any_order(order: tuple[int, ...]) -> None:
    acts = [LICENCE, EXTENSIONS[0], EXTENSIONS[1]]
    told = Told().when(*(acts[number] for number in order))
    assert told.acts() == ["xa-licence", "xa-extension-1", "xa-extension-2"]
    assert len(told.then()) == 3


def test_an_act_is_ordered_after_one_that_is_on_record_or_recorded_with_it() -> None:
    second = act("xa-a-second", "2020-03-01", did("amended", effects=[]), after="xa-law")
    assert Told().refuses(UnknownAct, act("xa-a", "2020-03-01", after="xa-law")).facts == {
        "act": "xa-a",
        "after": "xa-law",
    }
    assert Told(LAW).when(second).acts() == ["xa-law", "xa-a-second"]
    assert Told().when(second, LAW).acts() == ["xa-law", "xa-a-second"]
    elsewhere = act("xa-b", "2020-01-01", did("adopted", "XA/other"), after="xa-law")
    assert Told(LAW).when(elsewhere).then() == ["adopted xa-b on XA/other"]
    retracted = Told(LAW, retract("xa-law"))
    assert retracted.refuses(UnknownAct, elsewhere).facts["after"] == "xa-law"
    assert Told(LAW).refuses(UnknownAct, retract("xa-law"), elsewhere).facts["after"] == "xa-law"


def test_an_order_that_the_days_contradict_is_refused() -> None:
    early = act("xa-a", "2020-01-01", after="xa-law")
    assert Told(LAW).refuses(AfterContradicted, early).facts == {"act": "xa-a", "after": "xa-law"}
    one, two = act("xa-a", "2020-01-01", after="xa-b"), act("xa-b", "2020-01-01", after="xa-a")
    assert {type(each) for each in Told().refuses(RefusedTogether, one, two).refusals} == {AfterContradicted}


def test_everything_that_is_refused_is_named_and_nothing_of_it_is_recorded() -> None:
    end = act("xa-end", "2020-03-15", did("ended"))
    late = act("xa-late", "2020-03-20", did("extended", expires_on="2021-01-01"))
    refusal = Told(LAW).refuses(RefusedTogether, ELSEWHERE, retract("xa-none"), end, late)
    assert [type(each) for each in refusal.refusals] == [OtherContent, UnknownAct, AfterTheEnd]


def test_a_review_is_recorded_once_a_day() -> None:
    review = ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-03-01")
    assert Told(review).then() == ["reviewed XA"]
    assert Told(review).when(review).then() == []
    assert Told().when(review, review).then() == ["reviewed XA"]
    assert Told(review).when(msgspec.structs.replace(review, reviewed_on="2020-03-02")).then() == ["reviewed XA"]
    assert Told(review).when(msgspec.structs.replace(review, note="the gazette too")).then() == ["reviewed XA"]


def test_corrections_there_and_back_are_all_kept_in_a_replay_and_once() -> None:
    lines = [
        at(MONDAY, LAW),
        at(MONDAY + DAY, correct(LATER)),
        at(MONDAY + 2 * DAY, correct(LAW)),
        at(MONDAY + 3 * DAY, correct(LATER)),
    ]
    assert len(Told().when(*lines).then()) == 4
    one_by_one = Told(*lines, replay=True)
    assert one_by_one.when(*lines).then() == []
    assert all(one_by_one.when(line).then() == [] for line in lines)
    assert [len(Told(*lines[:n], replay=True).when(lines[n]).then()) for n in range(4)] == [1, 1, 1, 1]


def test_in_a_replay_a_line_repeats_only_what_was_recorded_at_its_moment() -> None:
    again = msgspec.structs.replace(LAW, again=True)
    lines = [
        at(MONDAY, LAW),
        at(MONDAY + DAY, retract("xa-law")),
        at(MONDAY + 2 * DAY, again),
        at(MONDAY + 3 * DAY, retract("xa-law")),
    ]
    told = Told(*lines, replay=True)
    assert told.acts() == []
    assert all(told.when(line).then() == [] for line in lines)
    assert told.when(*lines).then() == []
    later = at(MONDAY + 4 * DAY, again)
    assert told.when(later).then() == ["adopted xa-law on XA/law"]


def test_who_recorded_and_when_is_kept_of_each_command() -> None:
    line = msgspec.structs.replace(LAW, recorded_by="ada", recorded_at=MONDAY)
    (decided,) = decide([line], Known({}, {}), replay=True)
    assert (decided.recorded_by, decided.recorded_at) == ("ada", MONDAY)
