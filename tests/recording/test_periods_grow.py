"""The table `period`, grown act by act in any order, is what a bulk import and a rebuild make of the same acts."""

from __future__ import annotations

import random
from itertools import count, groupby
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.actions import AnyAction
from events.commands import RecordAct
from events.errors import Refusal
from projections.fold import MeasureFold
from projections.periods import boxes_of
from projections.reading import deadline_on, standing_on, terms_on
from projections.rebuild import rebuild
from services.operations.wiring import Service
from services.recording import Recording
from tests.oracle import histories

FRESH = count(1)


def acts_of(history: list[dict[str, Any]], measure: str) -> list[RecordAct]:
    """The acts of a history of the oracle, on a measure of their own."""
    acts = []
    for slug, group in groupby(history, key=lambda action: action["act"]):
        actions = list(group)
        act = {
            "act": f"{measure[3:]}-{slug}",
            "announced_on": actions[0]["announced_on"],
            "authority": "Board",
            "instrument": "rule",
            "title": slug,
            "sources": [{"name": "Gazette"}],
        }
        if actions[0].get("after"):
            act["after"] = f"{measure[3:]}-{actions[0]['after']}"
        converted = []
        for action in actions:
            own = {name: value for name, value in action.items() if name not in ("act", "announced_on", "after")}
            if isinstance(own.get("lifts"), str):
                own["lifts"] = f"{measure[3:]}-{own['lifts']}"
            converted.append(msgspec.convert({**own, "measure": measure, "act": act}, AnyAction))
        acts.append(RecordAct(act=converted[0].act, actions=tuple(converted)))
    return acts


def recorded_in_any_order(opened: Service, acts: list[RecordAct], chance: random.Random) -> None:
    """Records acts one by one, drawn at random; one that needs another first is tried again later."""
    left = list(acts)
    while left:
        chance.shuffle(left)
        for act in left:
            try:
                opened.recording.record([act], recorded_by="ada")
            except Refusal:
                continue
            left.remove(act)
            break
        else:
            # Only lawful together, whatever comes first: the rest in one append.
            opened.recording.record(left, recorded_by="ada")
            return


def period_rows(opened: Service, measure: str) -> list[str]:
    """The boxes of a measure, whatever their order and the name that act slugs begin with."""
    with opened.pool.connection() as connection:
        rows = connection.execute(
            "select kind, name, valid, known, status, exact, value from dateline.period where measure = %s", [measure]
        ).fetchall()
    return sorted(repr(row).replace(measure[3:], "measure") for row in rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(histories.exact(strange=True), histories.partial(strange=True)), st.integers(min_value=0, max_value=2**32)
)
def test_periods_grown_act_by_act_are_those_of_a_bulk_import(
    opened: Service, history: list[dict[str, Any]], seed: int
) -> None:
    one, other = (f"XA/grown-{next(FRESH)}" for _ in range(2))
    recorded_in_any_order(opened, acts_of(history, one), random.Random(seed))
    opened.recording.record(acts_of(history, other), recorded_by="ada")
    assert period_rows(opened, one) == period_rows(opened, other)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories.exact(strange=True), st.booleans())
def test_periods_gone_on_with_from_the_table_after_each_act_are_those_of_a_bulk_import(
    opened: Service, history: list[dict[str, Any]], in_turn: bool
) -> None:
    one, other = (f"XA/resumed-{next(FRESH)}" for _ in range(2))
    acts = acts_of(history, one)
    if in_turn:
        acts.sort(key=lambda each: (each.act.announced_on, each.act.act))
    left = list(acts)
    while left:
        for act in left:
            try:
                Recording(opened.log, opened.pool).record([act], recorded_by="ada")  # has nothing folded
            except Refusal:
                continue
            left.remove(act)
            break
        else:
            Recording(opened.log, opened.pool).record(left, recorded_by="ada")
            break
    opened.recording.record(acts_of(history, other), recorded_by="ada")
    assert period_rows(opened, one) == period_rows(opened, other)


ONE_DAY: list[list[dict[str, Any]]] = [
    [{"type": "suspended"}, {"type": "reinstated"}, {"type": "amended", "values": {"level": 2}}],
    [{"type": "amended", "values": {"level": 2}}, {"type": "amended", "values": {"level": 1}}],
    [
        {"type": "deadline_set", "deadline": "d", "due": "2021-01-01", "obliged": "authority"},
        {"type": "deadline_moved", "deadline": "d", "due": "2021-03-01"},
        {"type": "deadline_moved", "deadline": "d", "due": "2021-01-01"},
    ],
    [{"type": "extended", "expires_on": "2023-12-31"}, {"type": "extended", "expires_on": "2022-12-31"}],
    [{"type": "ended"}, {"type": "adopted", "effective_on": "2020-06-01", "values": {"level": 1}}, {"type": "noted"}],
]


@pytest.mark.parametrize("day", ONE_DAY)
def test_what_goes_to_and_fro_within_a_day_in_several_appends_is_what_the_evening_says(
    opened: Service, day: list[dict[str, Any]]
) -> None:
    first = {"type": "adopted", "effective_on": "2020-01-01", "expires_on": "2022-12-31", "values": {"level": 1}}
    told = [("2020-01-01", first), *(("2020-06-01", action) for action in day), ("2020-07-01", {"type": "suspended"})]
    history = [{"act": f"a{n}", "announced_on": on, "place": 0, **action} for n, (on, action) in enumerate(told)]
    for act in acts_of(history, "XA/cold"):
        Recording(opened.log, opened.pool).record([act], recorded_by="ada")  # has nothing folded
    for act in acts_of(history, "XA/warm"):
        opened.recording.record([act], recorded_by="ada")
    opened.recording.record(acts_of(history, "XA/bulk"), recorded_by="ada")
    assert period_rows(opened, "XA/cold") == period_rows(opened, "XA/warm") == period_rows(opened, "XA/bulk")


def ended_and(**action: Any) -> list[dict[str, Any]]:
    """A deadline runs; on one day the measure is said to have ended before, and another act tells of the deadline."""
    told = [
        ("2020-01-01", {"type": "adopted", "effective_on": "2020-01-01"}),
        ("2020-01-02", {"type": "deadline_set", "deadline": "d", "due": "2020-03-01", "obliged": "addressees"}),
        ("2020-02-01", {"type": "ended", "effective_on": "2020-01-20"}),
        ("2020-02-01", {"deadline": "d", **action}),
    ]
    return [{"act": f"a{n}", "announced_on": on, "place": 0, **action} for n, (on, action) in enumerate(told)]


@settings(max_examples=120, deadline=None)
@given(st.one_of(histories.exact(strange=True), histories.partial(strange=True)))
@example(ended_and(type="deadline_set", due="2020-04-01", obliged="addressees"))
@example(ended_and(type="deadline_moved", due="2020-04-01"))
@example(ended_and(type="deadline_met", met_on="2020-01-25"))
def test_a_box_says_what_the_reading_says_of_every_day_in_it(history: list[dict[str, Any]]) -> None:
    fold = MeasureFold("XA/m", [action for act in acts_of(history, "XA/m") for action in act.actions])
    boxes = boxes_of(fold)
    # A row of the table is compared with a box by how its value is written.
    assert all(box.value == msgspec.json.encode(msgspec.json.decode(box.value), order="sorted") for box in boxes)
    days = sorted({day + shift for day in fold.boundaries for shift in (-1, 0, 1)})
    for known_on in days:
        life = fold.life(known_on)
        known = [box for box in boxes if box.known_from <= known_on < box.known_to]
        for day in days:
            here = [box for box in known if box.valid_from <= day < box.valid_to]
            standing = standing_on(life, day)
            measure = [box for box in here if box.kind == "measure"]
            assert len(measure) <= 1
            assert (measure[0].status if measure else "absent") == standing.status
            if len(fold.possible(day, known_on)) > 1:
                assert measure
                assert not measure[0].exact
            if measure and standing.base is not None:
                value = msgspec.json.decode(measure[0].value)
                terms = {field: each for field, (each, _) in terms_on(standing, day).items()}
                assert tuple(value["effects"]) == tuple(terms.get("effects", ()))
                assert tuple(value["subjects"]) == tuple(terms.get("subjects", ()))
            for name in life.deadlines:
                deadline = deadline_on(life, name, day)
                found = [box for box in here if box.kind == "deadline" and box.name == name]
                assert [box.status for box in found] == ([deadline.status] if deadline else [])


@pytest.mark.parametrize("cold", [False, True])
def test_a_long_life_told_in_many_appends_has_the_boxes_of_a_rebuild(
    opened: Service, database_url: str, cold: bool
) -> None:
    chance = random.Random(7)
    acts = []
    for at in range(300):
        year, month, day = 2000 + at // 40, 1 + at % 40 // 4, 1 + at % 4 * 7
        announced = f"{year}-{month:02}-{day:02}"
        kind = (
            "adopted" if at == 0 else chance.choice(["extended", "amended", "suspended", "reinstated", "deadline_set"])
        )
        fields: dict[str, Any] = {
            "adopted": {"effects": ["restricts"], "effective_on": announced, "expires_on": "2030-12-31"},
            "extended": {"expires_on": f"{2030 + chance.randint(0, 9)}-12-31"},
            "amended": {"subjects": [f"vendor-{at}"], "applies_on": f"{year + chance.randint(0, 1)}-12-01"},
            "suspended": {"until": f"{year}-12-31"},
            "reinstated": {},
            "deadline_set": {"deadline": f"d{at % 5}", "due": f"{year + 1}-06-30", "obliged": "authority"},
        }[kind]
        acts.append({"act": f"a{at:03}", "announced_on": announced, "place": 0, "type": kind, **fields})
    told = acts_of(acts, "XA/long")
    at = 0
    while at < len(told):
        size = chance.randint(1, 9)
        recording = Recording(opened.log, opened.pool) if cold else opened.recording
        recording.record(told[at : at + size], recorded_by="ada")
        at += size
    live = period_rows(opened, "XA/long")
    assert len(live) > 300
    rebuild(opened.pool, opened.log)
    assert period_rows(opened, "XA/long") == live
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select count(*) from dateline.period where kind = 'measure' and valid @> date '2005-01-01'"
            " and known @> date '2005-01-01'"
        ).fetchone()
    assert found == (1,)
