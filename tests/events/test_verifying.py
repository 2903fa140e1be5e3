"""Deciding on verifications: by whom, of what, and what is left of them afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement

import msgspec
import pytest

from events.decisions import Known, decide
from events.errors import RefusedTogether, SelfVerification, UnknownAct
from events.vocabulary import VERIFICATIONS, is_as_strong, least_verified
from tests.recording.telling import Told, act, at, by, correct, did, retract, verify

LAW = by("ada", act("xa-law", "2020-03-01"))
TWO = by("ada", act("xa-law", "2020-03-01", did("adopted"), did("noted", "XA/other"), did("noted")))
ELSEWHERE = act("xa-law", "2020-03-01", did("adopted", "XA/other"))
LATER = act("xa-law", "2020-03-05")
LAST = act("xa-law", "2020-03-09")
BEN = by("ben", verify("xa-law"))
CARL = by("carl", verify("xa-law"))
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def test_an_act_is_verified_on_each_measure_that_it_touches() -> None:
    assert Told(TWO).when(BEN).then() == [
        "verified xa-law on XA/law: official_document by ben",
        "verified xa-law on XA/other: official_document by ben",
    ]


def test_a_corrected_act_is_verified_where_it_stands_now() -> None:
    moved = Told(LAW, by("ada", correct(ELSEWHERE)))
    assert moved.when(BEN).then() == ["verified xa-law on XA/other: official_document by ben"]


def test_what_is_not_on_record_or_was_retracted_is_not_verified() -> None:
    assert "no act xa-none" in Told(LAW).refuses(UnknownAct, by("ben", verify("xa-none"))).message
    retracted = Told(LAW, retract("xa-law"))
    assert "was retracted" in retracted.refuses(UnknownAct, BEN).message


def test_who_recorded_an_act_does_not_verify_it() -> None:
    refusal = Told(LAW).refuses(SelfVerification, by("ada", verify("xa-law")))
    assert refusal.facts == {"act": "xa-law", "recorded_by": "ada"}
    assert "ada recorded it" in refusal.message


@pytest.mark.parametrize("recorder", ["Ada", "ADA"])
def test_capital_letters_make_nobody_another_person(recorder: str) -> None:
    Told(LAW).refuses(SelfVerification, by(recorder, verify("xa-law")))


def test_neither_who_recorded_an_act_nor_who_corrected_it_last_verifies_it() -> None:
    corrected = Told(LAW, by("ben", correct(LATER)))
    corrected.refuses(SelfVerification, by("ada", verify("xa-law")))
    assert "ben corrected it last" in corrected.refuses(SelfVerification, BEN).message
    assert corrected.when(CARL).then() == ["verified xa-law on XA/law: official_document by carl"]


def test_who_corrected_an_act_earlier_may_verify_what_became_of_it() -> None:
    twice = Told(LAW, by("ben", correct(LATER)), by("carl", correct(LAST)))
    assert twice.when(BEN).then() == ["verified xa-law on XA/law: official_document by ben"]
    twice.refuses(SelfVerification, CARL)


def test_who_corrected_an_act_before_its_retraction_may_verify_it_as_recorded_again() -> None:
    again = msgspec.structs.replace(LAW, again=True, recorded_by="carl")
    story = Told(LAW, by("ben", correct(LATER)), retract("xa-law"), again)
    assert story.when(BEN).then() == ["verified xa-law on XA/law: official_document by ben"]
    assert len(story.when(by("ada", verify("xa-law"))).then()) == 1
    story.refuses(SelfVerification, CARL)


def test_who_records_is_told_by_the_command_or_by_the_whole_append() -> None:
    known = Known({}, {})
    decide([act("xa-law", "2020-03-01")], known, recorded_by="ada")
    with pytest.raises(SelfVerification):
        decide([by("ada", verify("xa-law"))], known, recorded_by="ben")
    assert decide([by("ben", verify("xa-law"))], known, recorded_by="ada")


def test_where_it_is_not_known_who_recorded_an_act_nobody_verifies_it() -> None:
    Told(act("xa-law", "2020-03-01")).refuses(SelfVerification, BEN)


def test_the_same_level_by_the_same_verifier_is_a_repeat() -> None:
    verified = Told(LAW, BEN)
    assert verified.when(BEN).then() == []
    assert verified.when(BEN, BEN).then() == []
    assert verified.when(by("ben", verify("xa-law", note="Read twice"))).then() != []
    assert verified.when(by("ben", verify("xa-law", url="https://gazette.example/1"))).then() != []


def test_another_level_replaces_and_a_retry_of_the_first_does_not_bring_it_back() -> None:
    weaker = by("ben", verify("xa-law", "single_press"))
    verified = Told(LAW, BEN).when(weaker)
    assert verified.then() == ["verified xa-law on XA/law: single_press by ben"]
    assert verified.when(BEN).then() == []


def test_a_second_verifier_who_comes_to_the_same_is_an_entry_of_their_own() -> None:
    assert Told(LAW, BEN).when(CARL).then() == ["verified xa-law on XA/law: official_document by carl"]


def test_what_was_corrected_or_recorded_again_may_be_verified_to_the_same_level_again() -> None:
    corrected = Told(LAW, BEN, by("ada", correct(LATER)))
    assert corrected.when(BEN).then() == ["verified xa-law on XA/law: official_document by ben"]
    again = msgspec.structs.replace(LAW, again=True)
    story = Told(LAW, BEN, retract("xa-law"), again)
    assert story.when(BEN).then() == ["verified xa-law on XA/law: official_document by ben"]


def test_a_repeat_of_the_act_or_of_its_correction_leaves_the_verification() -> None:
    corrected = Told(LAW, by("ada", correct(LATER)), BEN)
    assert corrected.when(LAW, by("ada", correct(LATER)), LATER).then() == []
    assert corrected.when(LAW, by("ada", correct(LATER)), LATER).when(BEN).then() == []


def test_an_act_is_recorded_and_verified_in_one_append() -> None:
    assert Told([LAW, BEN]).then() == [
        "adopted xa-law on XA/law",
        "verified xa-law on XA/law: official_document by ben",
    ]
    refused = Told().refuses(RefusedTogether, LAW, by("ada", verify("xa-law")), by("ben", verify("xa-none")))
    assert [type(each) for each in refused.refusals] == [SelfVerification, UnknownAct]


def test_in_a_replay_the_same_at_another_moment_is_no_repeat() -> None:
    replayed = Told(at(MONDAY, LAW), at(MONDAY, BEN), replay=True)
    assert replayed.when(at(MONDAY, BEN)).then() == []
    assert len(replayed.when(at(MONDAY + timedelta(days=1), BEN)).then()) == 1


def test_the_levels_are_in_order_of_strength() -> None:
    assert VERIFICATIONS == ("official_document", "official_statement", "two_independent", "single_press")
    for strong, weak in combinations_with_replacement(VERIFICATIONS, 2):
        assert is_as_strong(strong, weak)
        assert is_as_strong(weak, strong) == (weak == strong)
        assert least_verified([strong, weak]) == least_verified([weak, strong]) == weak
        assert least_verified([strong, None, weak]) is None
    assert least_verified([]) is None
    assert is_as_strong(None, None)
    assert not is_as_strong(None, "single_press")
