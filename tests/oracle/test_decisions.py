"""Small histories, worked out by hand, for what the record format leaves to be inferred."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .reading import changes, latest, ordered, possible, reading


def act(number: int, kind: str, slug: str = "", **fields: Any) -> dict[str, Any]:
    """An action told on that day of March 2020; days among its fields are numbers too."""
    named = {name: _day(value) if name in DAYS else value for name, value in fields.items()}
    return {
        "act": slug or f"{kind}-{number}",
        "announced_on": _day(number),
        "after": None,
        "place": 0,
        "type": kind,
    } | named


DAYS = ("announced_on", "effective_on", "expires_on", "applies_on", "applies_until", "until", "due", "met_on")


def _day(value: Any) -> Any:
    if isinstance(value, tuple):
        return f"[{_day(value[0])}..{_day(value[1])}]"
    return f"2020-03-{value:02}" if isinstance(value, int) else value


def runs(actions: list[dict[str, Any]], known: int | None = None, last: int = 31) -> list[tuple[int, str]]:
    """The first day of each run of a status, as known on each day itself or on one day."""
    found: list[tuple[int, str]] = []
    for n in range(1, last + 1):
        status = reading(actions, date(2020, 3, n), date(2020, 3, known or n))["status"]
        if not found or found[-1][1] != status:
            found.append((n, status))
    return found


def rows(actions: list[dict[str, Any]], known: int = 31) -> set[tuple[int, str]]:
    """The rows of the month."""
    found = changes(actions, date(2020, 3, 1), date(2020, 3, 31), date(2020, 3, known))
    return {(int(on[-2:]), what) for on, what in found}


LICENCE = act(2, "adopted", effects=["prohibits"], effective_on=4, expires_on=10)


def test_a_new_adoption_without_a_date_lets_the_old_one_run_out() -> None:
    """The old one goes on until its last day; then the measure is adopted until the new entry."""
    actions = [LICENCE, act(6, "adopted", effects=["restricts"]), act(15, "rescheduled", effective_on=20)]
    assert runs(actions) == [(1, "absent"), (2, "adopted"), (4, "in_force"), (11, "adopted"), (20, "in_force")]
    assert reading(actions, date(2020, 3, 10), date(2020, 3, 10))["effects"] == ["prohibits"]
    assert reading(actions, date(2020, 3, 11), date(2020, 3, 11))["effects"] == ["restricts"]
    assert {(10, "expired"), (20, "took_effect"), (4, "took_effect")} <= rows(actions)


def test_adopting_again_before_the_entry_replaces_the_dates_but_not_what_it_said_then() -> None:
    """In a reading that knows the second adoption the first one's dates are gone, its terms are not."""
    actions = [LICENCE, act(3, "adopted", effects=["restricts"], effective_on=8)]
    assert runs(actions, known=9) == [(1, "absent"), (2, "adopted"), (8, "in_force")]
    before = reading(actions, date(2020, 3, 2), date(2020, 3, 9))
    assert (before["effects"], before["effective_on"], before["expires_on"]) == (["prohibits"], "2020-03-08", None)
    assert not {row for row in rows(actions) if row[1] == "expired"}
    assert {row for row in rows(actions) if row[1] == "took_effect"} == {(8, "took_effect")}


def test_a_new_life_waits_for_the_old_one_unless_in_force_itself() -> None:
    """After an end told for later, a new adoption shows when it enters."""
    actions = [act(1, "adopted", effective_on=1), act(5, "ended", effective_on=20), act(8, "adopted", effective_on=15)]
    assert runs([*actions[:2], act(8, "proposed")]) == [(1, "in_force"), (20, "proposed")]
    stayed = [act(1, "adopted", effective_on=1), act(3, "suspended"), *actions[1:]]
    assert runs(stayed) == [(1, "in_force"), (3, "suspended"), (15, "in_force")]


def test_a_stay_names_what_it_stops() -> None:
    """A stay before the entry holds from it; a lift that names one stay leaves the other."""
    actions = [LICENCE, act(3, "suspended", "s-one"), act(5, "suspended", "s-two", until=8)]
    assert runs(actions) == [(1, "absent"), (2, "adopted"), (4, "suspended"), (11, "expired")]
    actions.append(act(6, "reinstated", lifts="s-one"))
    assert runs(actions) == [(1, "absent"), (2, "adopted"), (4, "suspended"), (9, "in_force"), (11, "expired")]
    assert {(3, "suspended"), (4, "took_effect"), (5, "suspended"), (6, "reinstated"), (9, "reinstated")} <= rows(
        actions
    )


def test_a_standing_end_is_what_reinstated_lifts() -> None:
    """The stay stays; the days between end and lift stay ended."""
    actions = [LICENCE, act(5, "suspended"), act(6, "ended"), act(8, "reinstated")]
    assert runs(actions, known=8)[2:] == [
        (4, "in_force"),
        (5, "suspended"),
        (6, "ended"),
        (8, "suspended"),
        (11, "expired"),
    ]


@pytest.mark.parametrize(
    ("second", "expected", "ended"),
    [
        (act(5, "ended", effective_on=8), 8, {8}),
        (act(7, "ended", effective_on=9), 6, {6}),
        (act(7, "ended", effective_on=5), 5, {6, 7}),
    ],
)
def test_a_second_end(second: dict[str, Any], expected: int, ended: set[int]) -> None:
    """An end that has not happened is replaced; of an end that has, the earlier day holds."""
    actions = [LICENCE, act(4, "ended", effective_on=6), second]
    assert runs(actions, known=20)[-1] == (expected, "ended")
    assert {on for on, what in rows(actions) if what == "ended"} == ended


def test_extensions_and_gaps() -> None:
    """On the last day without a gap; after it from the announcement; later still with an entry of its own."""
    assert runs([LICENCE, act(10, "extended", expires_on=12)])[2:] == [(4, "in_force"), (13, "expired")]
    late = [LICENCE, act(14, "extended", expires_on=16)]
    assert runs(late, known=20)[2:] == [(4, "in_force"), (11, "expired"), (14, "in_force"), (17, "expired")]
    assert (14, "took_effect") not in rows(late)
    later = [LICENCE, act(9, "extended", effective_on=14, expires_on=16)]
    assert runs(later)[2:] == [(4, "in_force"), (11, "expired"), (14, "in_force"), (17, "expired")]
    assert {(10, "expired"), (14, "took_effect"), (16, "expired")} <= rows(later)


def test_a_measure_ended_before_its_entry_never_took_effect() -> None:
    """Also where the end comes on the very day of entry."""
    assert not {w for _, w in rows([LICENCE, act(3, "ended", effective_on=4)])} & {"took_effect", "expired"}
    moved = [LICENCE, act(4, "rescheduled", effective_on=7)]
    assert {row for row in rows(moved) if row[1] == "took_effect"} == {(7, "took_effect")}


def test_what_adopted_leaves_out_it_keeps_from_the_proposal_as_amended() -> None:
    """For-good amendments are kept, temporary ones lapse; at an adoption again all lapse."""
    actions = [
        act(1, "proposed", effects=["prohibits"], subjects=["Foxline"], values={"level": 1, "share": 2}),
        act(2, "amended", subjects=["Brask"], values={"level": None}),
        act(2, "amended", "z-relief", effects=["none"], applies_until=9),
        act(4, "adopted", scope=["core"], effective_on=4),
        act(6, "amended", scope=["ran"]),
        act(8, "adopted", effective_on=10),
    ]
    got = {n: reading(actions, date(2020, 3, n), date(2020, 3, n)) for n in (3, 4, 6, 9, 10)}
    assert (got[3]["effects"], got[3]["subjects"], got[3]["values"]) == (
        ["none"],
        ["Brask"],
        {"level": None, "share": 2},
    )
    assert (got[4]["effects"], got[4]["scope"]) == (["prohibits"], ["core"])
    assert [got[n]["scope"] for n in (6, 9, 10)] == [["ran"], ["ran"], ["core"]]


def test_an_open_deadline_is_void_from_the_end_on() -> None:
    """A passed one keeps its status; one set after the end is open; told back, the end counts from the setting."""
    asked = act(3, "deadline_set", deadline="report", due=9, obliged="authority")
    ends = [LICENCE, asked, act(6, "ended")]
    assert [reading(ends, date(2020, 3, n), date(2020, 3, 20))["deadlines"]["report"]["status"] for n in (5, 6)] == [
        "open",
        "void",
    ]
    assert (9, "deadline_passed") not in rows(ends)
    late = [LICENCE, asked, act(12, "ended")]
    state = reading(late, date(2020, 3, 12), date(2020, 3, 12))["deadlines"]["report"]
    assert (state["status"], state["days_overdue"]) == ("overdue", 3)
    back = [LICENCE, asked, act(12, "ended", effective_on=2)]
    assert reading(back, date(2020, 3, 3), date(2020, 3, 12))["deadlines"]["report"]["status"] == "void"
    after = [LICENCE, act(6, "ended"), act(7, "deadline_set", deadline="report", due=9, obliged="nobody")]
    assert reading(after, date(2020, 3, 8), date(2020, 3, 8))["deadlines"]["report"]["status"] == "open"


def test_a_deadline_that_passes_is_judged_on_the_day_after() -> None:
    """Met by its day and told the next morning, it did not pass; moved to a day gone by, it passes on being told."""
    asked = act(3, "deadline_set", deadline="report", due=9, obliged="authority")
    assert (9, "deadline_passed") not in rows([LICENCE, asked, act(10, "deadline_met", deadline="report", met_on=9)])
    assert (9, "deadline_passed") in rows([LICENCE, asked, act(11, "deadline_met", deadline="report", met_on=9)])
    moved = [LICENCE, asked, act(8, "deadline_moved", deadline="report", due=5)]
    assert {row for row in rows(moved) if row[1] == "deadline_passed"} == {(8, "deadline_passed")}


def test_one_order_and_every_day_tried() -> None:
    """A need caps the day of what it needs; a day of low precision does not reach before its announcement."""
    actions = [
        act(0, "adopted", "z-adopted", announced_on=(3, 8), effective_on=(2, 5)),
        act(6, "suspended", "a-stay"),
    ]
    assert [a["act"] for a in ordered(actions)] == ["z-adopted", "a-stay"]
    march = {n: date(2020, 3, n) for n in range(1, 10)}
    assert possible(actions, march[2], march[9]) == {"absent"}
    assert possible(actions, march[4], march[9]) == {"absent", "adopted", "in_force"}
    assert possible(actions, march[6], march[9]) == {"suspended"}
    assert latest(actions, march[5], march[9])["status"] == "absent"
    assert latest(actions, march[6], march[6])["status"] == "suspended"
