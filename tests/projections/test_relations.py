"""Which measures others aim at a jurisdiction, and which are linked, whichever of the two says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from events.actions import AnyAction
from projections.fold import MeasureFold
from projections.relations import MOST_RELATIONS, aimed_at, relations_of

D = date.fromisoformat


def measure(
    name: str, *told: tuple[str, str, dict[str, Any]], links: list[tuple[str, str]] | None = None
) -> MeasureFold:
    """A measure of acts that each do one thing: (announced_on, type, fields); the links are told by the last."""
    fixed = {"authority": "Board", "instrument": "rule", "title": "Act", "sources": [{"name": "Gazette"}]}
    actions = []
    for number, (day, kind, fields) in enumerate(told, 1):
        act: dict[str, Any] = fixed | {"act": f"{name.lower().replace('/', '-')}-{number}", "announced_on": day}
        if links and number == len(told):
            act["links"] = [{"type": kind, "to": to} for kind, to in links]
        actions.append(msgspec.convert({"measure": name, "act": act, "place": 0, "type": kind, **fields}, AnyAction))
    return MeasureFold(name, actions)


LETTER = measure(
    "XB/letter",
    ("2020-02-01", "announced", {"effects": ["urges_others"], "targets": ["XA", "XC"]}),
    ("2020-06-01", "amended", {"targets": ["XC"]}),
)
OWN = measure("XA/own", ("2020-01-10", "announced", {"effects": ["urges_others"], "targets": ["XA"]}))
BAN = measure("XC/ban", ("2020-03-01", "adopted", {"effects": ["prohibits"], "effective_on": "2020-03-01"}))
WORLD = [BAN, OWN, LETTER]


def aimed(jurisdiction: str, as_of: str, known_on: str | None = None) -> list[str]:
    lines = aimed_at(jurisdiction, WORLD, as_of=D(as_of), known_on=D(known_on or as_of))
    return [line.measure for line in lines]


def test_a_jurisdiction_is_under_pressure_of_what_others_aim_at_it() -> None:
    assert aimed("XA", "2020-02-01") == ["XB/letter"]
    assert aimed("XC", "2020-02-01") == ["XB/letter"]
    assert aimed("XB", "2020-02-01") == []


def test_pressure_counts_from_the_day_on_which_it_could_be_known() -> None:
    assert aimed("XA", "2020-01-31") == []
    assert aimed("XA", "2020-02-01", known_on="2020-01-31") == []


def test_what_is_no_longer_aimed_at_a_jurisdiction_is_no_longer_pressure_on_it() -> None:
    assert aimed("XA", "2020-05-31") == ["XB/letter"]
    assert aimed("XA", "2020-06-01") == []
    assert aimed("XC", "2020-06-01") == ["XB/letter"]


RULE = measure(
    "XA/rule", ("2020-01-10", "proposed", {}), ("2020-03-01", "adopted", {}), links=[("implements", "EU/toolbox")]
)
TOOLBOX = measure("EU/toolbox", ("2020-01-29", "adopted", {"effects": ["restricts"], "effective_on": "2020-01-29"}))
LINKED = {fold.measure: fold for fold in (RULE, TOOLBOX, BAN)}


def related(measure: str, as_of: str, known_on: str | None = None) -> list[str]:
    found = relations_of(measure, LINKED, as_of=D(as_of), known_on=D(known_on or as_of))
    return [
        f"{each.type} {each.measure} ({each.line.status if each.line else 'not there'}) "
        f"{'here' if each.is_told_here else 'there'} by {', '.join(each.acts)}"
        for each in found.told
    ]


def test_a_link_is_told_from_both_ends() -> None:
    assert related("XA/rule", "2020-04-01") == ["implements EU/toolbox (in_force) here by xa-rule-2"]
    assert related("EU/toolbox", "2020-04-01") == ["implements XA/rule (adopted) there by xa-rule-2"]
    assert related("XC/ban", "2020-04-01") == []


def test_a_link_counts_from_the_day_on_which_its_act_could_be_known() -> None:
    assert related("XA/rule", "2020-02-28") == []
    assert related("EU/toolbox", "2020-02-28") == []
    # In hindsight it is known, and the other measure stands as it stood on the day.
    assert related("EU/toolbox", "2020-02-01", known_on="2020-03-01") == [
        "implements XA/rule (proposed) there by xa-rule-2"
    ]
    assert related("XA/rule", "2020-01-28", known_on="2020-03-01") == [
        "implements EU/toolbox (not there) here by xa-rule-2"
    ]


def test_acts_that_tell_the_same_link_stand_together_and_a_link_to_itself_is_left_out() -> None:
    twice = [("exempts_from", "XC/ban"), ("follows", "XA/rule")]
    folds = {"XC/ban": BAN, "XA/rule": measure("XA/rule", ("2020-01-10", "proposed", {}), links=twice)}
    both = [*folds["XA/rule"].ordered.actions]
    again = measure("XA/rule", ("2020-01-10", "noted", {}), ("2020-02-01", "noted", {}), links=twice)
    folds["XA/rule"] = MeasureFold("XA/rule", [*both, again.ordered.actions[1]])
    (found,) = relations_of("XA/rule", folds, as_of=D("2020-04-01"), known_on=D("2020-04-01")).told
    assert (found.type, found.measure, found.acts) == ("exempts_from", "XC/ban", ("xa-rule-1", "xa-rule-2"))


def test_a_link_to_what_is_not_on_record_is_told_all_the_same() -> None:
    alone = {"XA/rule": RULE}
    (found,) = relations_of("XA/rule", alone, as_of=D("2020-04-01"), known_on=D("2020-04-01")).told
    assert (found.measure, found.line) == ("EU/toolbox", None)


def test_of_very_many_links_the_first_are_told_and_the_others_counted() -> None:
    many = {
        fold.measure: fold
        for number in range(MOST_RELATIONS + 3)
        for fold in [
            measure(f"XA/rule-{number:03}", ("2020-03-01", "adopted", {}), links=[("implements", "EU/toolbox")])
        ]
    }
    found = relations_of("EU/toolbox", many, as_of=D("2020-04-01"), known_on=D("2020-04-01"))
    assert (len(found.told), found.more) == (MOST_RELATIONS, 3)
    assert found.told[-1].measure == f"XA/rule-{MOST_RELATIONS - 1:03}"
