"""What a correction changed, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from projections.answers import FieldChange
from projections.differences import differences

LAW: dict[str, Any] = {
    "announced_on": "2019-11-28",
    "title": "Decree",
    "sources": [{"name": "Journal", "url": "https://a.example/1"}, {"name": "Paper"}],
    "actions": [
        {"type": "adopted", "place": 0, "effective_on": "2020-05-01", "values": {"level": 2, "zone": "core"}},
        {"type": "deadline_set", "place": 1, "deadline": "report", "due": "2020-06-01"},
        {"type": "deadline_set", "place": 2, "deadline": "plan", "due": "2020-07-01"},
    ],
}
REPORT, PLAN = LAW["actions"][1], LAW["actions"][2]


def changed(**fields: Any) -> list[tuple[str, Any, Any]]:
    """What differs once the law is told with other fields."""
    return [(each.field, each.from_, each.to) for each in differences(LAW, LAW | fields)]


def adopted(**fields: Any) -> dict[str, Any]:
    return LAW["actions"][0] | fields


def test_what_is_told_twice_does_not_differ() -> None:
    assert changed() == []


def test_a_wrong_day_is_one_field_of_one_action() -> None:
    actions = [adopted(effective_on="2020-03-01"), REPORT, PLAN]
    assert changed(actions=actions) == [("actions[0].effective_on", "2020-05-01", "2020-03-01")]


def test_fields_of_the_act_are_named_and_those_that_were_not_there_are_null() -> None:
    assert changed(announced_on="2019-11-29", citation="Stb. 457") == [
        ("announced_on", "2019-11-28", "2019-11-29"),
        ("citation", None, "Stb. 457"),
    ]


def test_a_source_is_held_against_the_one_it_stands_for() -> None:
    sources = [{"name": "Paper", "date": "2019-11-29"}, {"name": "Official journal", "url": "https://a.example/1"}]
    assert changed(sources=sources) == [
        ("sources[0].date", None, "2019-11-29"),
        ("sources[1].name", "Journal", "Official journal"),
    ]
    assert changed(sources=LAW["sources"][1:]) == [("sources[0]", LAW["sources"][0], None)]


def test_an_action_that_is_dropped_is_whole_and_its_place_is_that_of_before() -> None:
    actions = [adopted(), PLAN | {"place": 1}]
    assert changed(actions=actions) == [("actions[1]", REPORT, None)]


def test_an_action_that_is_added_is_whole_and_its_place_is_that_of_after() -> None:
    note = {"type": "noted", "place": 0, "note": "late"}
    actions = [note, *(each | {"place": each["place"] + 1} for each in LAW["actions"])]
    assert changed(actions=actions) == [("actions[0]", None, note)]


def test_actions_that_change_places_say_so() -> None:
    actions = [adopted(), PLAN | {"place": 1}, REPORT | {"place": 2}]
    assert changed(actions=actions) == [("actions[1].place", 2, 1), ("actions[2].place", 1, 2)]


def test_an_action_of_another_kind_on_the_same_measure_takes_the_place_of_the_first() -> None:
    actions = [{"type": "announced", "place": 0}, REPORT, PLAN]
    assert changed(actions=actions) == [
        ("actions[0].type", "adopted", "announced"),
        ("actions[0].effective_on", "2020-05-01", None),
        ("actions[0].values", {"level": 2, "zone": "core"}, None),
    ]


def test_an_action_that_moves_to_another_measure_differs_in_its_measure() -> None:
    before = {"actions": [{"measure": "XA/law", "type": "adopted"}, {"measure": "XA/law", "type": "noted"}]}
    after = {"actions": [{"measure": "XA/rule", "type": "adopted"}, {"measure": "XA/law", "type": "noted"}]}
    assert differences(before, after) == [FieldChange("actions[0].measure", "XA/law", "XA/rule")]


def test_a_value_is_a_field_of_its_own() -> None:
    actions = [adopted(values={"level": 3, "zone": "core", "new": True}), REPORT, PLAN]
    assert changed(actions=actions) == [("actions[0].values.level", 2, 3), ("actions[0].values.new", None, True)]
    # What is equal to Python is not the same to the record.
    assert changed(actions=[adopted(values={"level": 2.0, "zone": "core"}), REPORT, PLAN]) == [
        ("actions[0].values.level", 2, 2.0)
    ]


def test_what_was_told_to_be_nothing_differs_from_what_was_not_told() -> None:
    before, after = ({"actions": [{"type": "rescheduled"} | fields]} for fields in ({}, {"effective_on": None}))
    (told,) = differences(before, after)
    assert (told.field, told.to) == ("actions[0].effective_on", None)
    assert told.from_ is not None


@pytest.mark.parametrize("count", [10_000])
def test_an_act_of_many_actions_is_held_against_its_correction_in_time(count: int) -> None:
    before = [{"type": "deadline_set", "deadline": f"d{at}", "due": "2020-01-01", "place": at} for at in range(count)]
    after = [each | {"due": "2020-01-02"} for each in reversed(before)]
    assert len(differences({"actions": before}, {"actions": after})) == count
