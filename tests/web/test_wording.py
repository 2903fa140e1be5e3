"""Facts in words: what an act did, what a measure says, whose eyes these are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from msgspec import UNSET

from events.actions import ActionType
from services.wording import as_known, clock, did, field_in_words, some, terms
from tests.projections.test_reading import act, does, measure, state

DID = {
    "proposed": ({}, "Proposed"),
    "announced": (
        {"effects": ["urges_others"], "targets": ["NL"]},
        "Announced: urges others; aimed at Netherlands (NL)",
    ),
    "adopted": (
        {"effects": ["prohibits"], "subjects": ["Brask", "Foxline"], "scope": ["core"], "values": {"level": 2},
         "effective_on": "2020-03-01", "expires_on": "2020-12-31", "retroactive": True},
        "Adopted: prohibits; on Brask, Foxline; scope core; level 2; in force from 2020-03-01; to 2020-12-31, its last "
        "day; reaching back",
    ),
    "amended": (
        {"effects": [], "applies_on": "2020-03", "applies_until": "2020-05-01"},
        "Amended: no effect; from 2020-03; until 2020-05-01",
    ),
    "rescheduled": (
        {"effective_on": None, "expires_on": "2021-01-01"},
        "Rescheduled: entry into force put off without a date; last day in force moved to 2021-01-01",
    ),
    "extended": ({"expires_on": "2021-01-01", "effective_on": "2020-06-01"}, "Extended to 2021-01-01: from 2020-06-01"),
    "suspended": ({"effective_on": "2020-03-01", "until": "2020-04-01"}, "Suspended from 2020-03-01 until 2020-04-01"),
    "reinstated": ({"lifts": "xa-stay"}, "Reinstated: what act xa-stay stopped"),
    "ended": ({"effective_on": "2020-03-01", "manner": "repealed"}, "Ended (repealed) from 2020-03-01"),
    "deadline_set": (
        {"deadline": "rules", "due": None, "obliged": "addressees"},
        "Set the deadline rules: without a date; for those addressed",
    ),
    "deadline_moved": ({"deadline": "rules", "due": "2020-05-01"}, "Moved the deadline rules to 2020-05-01"),
    "deadline_met": ({"deadline": "rules", "met_on": "2020-05-01"}, "Met the deadline rules on 2020-05-01"),
    "noted": ({}, "Noted"),
}  # fmt: skip


@pytest.mark.parametrize("kind", get_args(ActionType))
def test_every_action_is_told_in_words(kind: str) -> None:
    fields, said = DID[kind]
    assert did({"type": kind, **fields}) == said


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"type": "adopted"}, "Adopted: in force from a day that is not told"),
        ({"type": "extended", "expires_on": None}, "Extended without an end"),
        ({"type": "rescheduled", "effective_on": "2020-05-01"}, "Rescheduled: entry into force moved to 2020-05-01"),
        ({"type": "rescheduled", "expires_on": None}, "Rescheduled: no last day in force any more"),
        ({"type": "deadline_moved", "deadline": "rules", "due": None}, "Moved the deadline rules without a new date"),
        ({"type": "ended"}, "Ended"),
    ],
)
def test_what_was_not_given_is_said_to_be_missing_where_that_matters(action: dict[str, Any], said: str) -> None:
    assert did(action) == said


def test_a_measure_says_its_terms_and_how_long_it_holds() -> None:
    law = measure(
        act("bill", "2020-01-10", does("proposed", effects=["restricts"], subjects=["A", "B", "C", "D", "E"])),
        act("enact", "2020-02-01", does("adopted", effective_on="2020-03-01", expires_on="2020-12-31")),
        act("stay", "2020-06-01", does("suspended", until="2020-06-30")),
    )
    assert list(terms(state(law, "2020-01-10"))) == [
        "restricts",
        "on A, B, C, D and 1 other",
        "proposed since 2020-01-10",
    ]
    assert list(terms(state(law, "2020-02-01")))[2:] == [
        "adopted since 2020-02-01",
        "in force from 2020-03-01",
        "last day in force 2020-12-31",
    ]
    assert list(terms(state(law, "2020-03-01")))[2:] == ["in force since 2020-03-01", "last day in force 2020-12-31"]
    assert list(terms(state(law, "2020-07-01")))[2:4] == ["in force since 2020-07-01", "first day in force 2020-03-01"]
    undated = measure(act("enact", "2020-02-01", does("adopted", effects=["none"], scope=["existing_networks"])))
    assert list(terms(state(undated, "2020-02-01"))) == [
        "no effect of its own",
        "scope existing networks",
        "adopted since 2020-02-01",
        "the first day in force is not known",
    ]


def test_the_eyes_are_named_after_the_day() -> None:
    day = date(2020, 3, 1)
    assert as_known(day, day) == "as known the same day"
    assert as_known(day, date(2021, 1, 1)) == "as known on 2021-01-01, in hindsight"
    assert as_known(day, date(2019, 1, 1)) == "as known beforehand, on 2019-01-01"


def test_a_field_that_was_not_given_is_told_from_one_that_was_given_as_nothing() -> None:
    assert (field_in_words(UNSET), field_in_words(None), field_in_words(["a", "b"])) == ("not given", "none", "a, b")


def test_the_first_names_are_told_and_the_others_counted() -> None:
    assert (some(["a", "b"], 2), some(["a", "b", "c"], 2), some([], 2)) == ("a, b", "a, b and 1 other", "")


def test_a_moment_is_told_to_the_second_in_utc() -> None:
    assert clock(datetime(2026, 11, 29, 1, 21, 47, 990223, tzinfo=UTC)) == "2026-11-29 01:21:47 UTC"
