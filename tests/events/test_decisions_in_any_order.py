"""Whatever the order in which acts are recorded, the present is the same; and within one import any order is lawful."""

from __future__ import annotations

import copy
from itertools import groupby
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.actions import AnyAction
from events.commands import AnyCommand, RecordAct
from events.dates import span
from events.decisions import Known, decide
from events.errors import Refusal
from projections.fold import MeasureFold
from projections.state import line_on
from tests.oracle import histories

MEASURE = "XA/measure"
OF_ACT = ("act", "announced_on", "after")


def commands(history: list[dict[str, Any]]) -> list[AnyCommand]:
    """The acts of a history, which are in the order of their actions."""
    told: list[AnyCommand] = []
    for _, group in groupby(history, key=lambda action: action["act"]):
        actions = [_action(each) for each in group]
        told.append(RecordAct(act=actions[0].act, actions=tuple(actions)))
    return told


def _action(told: dict[str, Any]) -> AnyAction:
    act = {name: told[name] for name in OF_ACT if told.get(name) is not None}
    act |= {"authority": "Board", "instrument": "rule", "title": told["act"], "sources": [{"name": "Gazette"}]}
    own = {name: value for name, value in told.items() if name not in OF_ACT}
    return msgspec.convert({**own, "measure": MEASURE, "act": act}, AnyAction)


def present(known: Known, days: list[int]) -> list[object]:
    """What the record says: the order of its actions, and its lines on some days under some eyes."""
    fold = MeasureFold(MEASURE, [action for each in known.standing[MEASURE].values() for action in each])
    lines = [line_on(fold, as_of, known_on) for as_of in days for known_on in (as_of, days[-1])]
    return [fold.ordered.actions, fold.ordered.needs, lines]


def days_of(history: list[dict[str, Any]]) -> list[int]:
    """The days of announcement, and the days after."""
    days = {span(each["announced_on"]).last.toordinal() + more for each in history for more in (0, 1, 9)}
    return sorted(days)


HISTORIES = st.one_of(histories.exact(), histories.partial())


@settings(max_examples=120, deadline=None)
@given(history=HISTORIES, data=st.data())
def test_within_one_import_acts_are_lawful_in_any_order_and_come_to_the_same(
    history: list[dict[str, Any]], data: st.DataObject
) -> None:
    told = commands(history)
    one, other = Known({}, {}), Known({}, {})
    events = decide(told, one)
    shuffled = decide(data.draw(st.permutations(told)), other)
    assert len(events) == len(shuffled) == len(history)
    days = days_of(history)
    assert present(one, days) == present(other, days)


@settings(max_examples=120, deadline=None)
@given(history=HISTORIES, data=st.data())
def test_the_order_in_which_single_acts_are_recorded_does_not_matter_to_the_present(
    history: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Acts that are refused because their base is not there yet are tried again after the others."""
    told = commands(history)
    together = Known({}, {})
    decide(told, together)
    singly = Known({}, {})
    waiting = list(data.draw(st.permutations(told)))
    while waiting:
        refused = []
        for command in waiting:
            tried = copy.deepcopy(singly)
            try:
                decide([command], tried)
            except Refusal:
                refused.append(command)
            else:
                singly = tried
        assume(len(refused) < len(waiting))  # else this order leads nowhere; none was found that does
        waiting = refused
    days = days_of(history)
    assert present(singly, days) == present(together, days)


@settings(max_examples=120, deadline=None)
@given(history=HISTORIES)
def test_in_the_order_of_acts_every_act_is_accepted_by_itself(history: list[dict[str, Any]]) -> None:
    told = commands(history)
    fold = MeasureFold(MEASURE, [_action(each) for each in history])
    places = {slug: place for place, slug in enumerate(dict.fromkeys(each.act.act for each in fold.ordered.actions))}
    known = Known({}, {})
    for command in sorted(told, key=lambda each: places[each.act.act]):  # type: ignore[union-attr]
        decide([command], known)
    together = Known({}, {})
    decide(told, together)
    days = days_of(history)
    assert present(known, days) == present(together, days)


@settings(max_examples=60, deadline=None)
@given(history=HISTORIES, data=st.data())
def test_what_was_recorded_is_repeated_without_an_event(history: list[dict[str, Any]], data: st.DataObject) -> None:
    told = commands(history)
    known = Known({}, {})
    decide(told, known)
    assert decide(data.draw(st.lists(st.sampled_from(told))), known) == []
