"""Lanes: what a bar and a diamond look like, and where they stand."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from projections.lanes import DeadlineLane, Due, Lane, Run
from services.web.drawing import lanes
from services.web.drawing.lanes import Scale
from tests.web.shown import Element, Parsed

D = date.fromisoformat
SCALE = Scale(D("2020-01-01"), D("2020-12-30"))
"""365 days: a day is 0.27 percent of the width."""


def lane(*runs: Run, deadlines: tuple[DeadlineLane, ...] = (), unsure: tuple[tuple[date, date], ...] = ()) -> Lane:
    return Lane("XA/law", runs, unsure, deadlines)


def run(first: str, last: str | None, status: Any, *effects: Any) -> Run:
    return Run(D(first), None if last is None else D(last), status, effects)


def drawn(of: Lane) -> Element:
    return Parsed(str(lanes.drawn(of, SCALE))).root


def places(shapes: list[Element]) -> list[tuple[str, str]]:
    return [(each.attributes["x"], each.attributes["width"]) for each in shapes]


def test_what_is_in_force_is_a_bar_in_the_pattern_of_its_strictest_effect() -> None:
    picture = drawn(lane(run("2020-03-14", "2020-05-25", "in_force", "requires_approval", "prohibits")))
    (bar,) = picture.all("rect")
    assert bar.attributes["fill"] == "url(#lane-prohibits)"
    assert places([bar]) == [("20.0%", "20.00%")]
    assert picture.one("title").text == "in force (requires approval, prohibits), 2020-03-14 to 2020-05-25"


def test_what_is_not_yet_in_force_is_hatched_and_framed_by_how_far_it_is() -> None:
    for status in ("announced", "proposed", "adopted"):
        picture = drawn(lane(run("2020-03-14", None, status, "restricts")))
        hatch, foot, frame = picture.all("rect")
        assert hatch.attributes["fill"] == "url(#lane-upcoming)"
        assert (foot.attributes["fill"], foot.attributes["height"]) == ("url(#lane-restricts)", "4")
        assert frame.attributes["class"] == f"frame {status}"
        assert places([hatch, frame]) == [("20.0%", "80.00%")] * 2


def test_what_is_suspended_is_striped() -> None:
    fills = [
        each.attributes.get("fill")
        for each in drawn(lane(run("2020-03-14", None, "suspended", "restricts"))).all("rect")
    ]
    assert fills == ["url(#lane-restricts)", "url(#lane-suspended)", None]


@pytest.mark.parametrize("status", ["expired", "ended"])
def test_what_is_over_stops_with_a_line_and_has_no_bar(status: str) -> None:
    picture = drawn(lane(run("2020-01-01", "2020-03-13", "in_force", "restricts"), run("2020-03-14", None, status)))
    assert len(picture.all("rect")) == 1
    stop = picture.one("line", class_="stop")
    assert stop.attributes["x1"] == "20.0%"
    assert stop.one("title").text == f"{status}, 2020-03-14 onwards"
    assert drawn(lane(run("2020-03-14", None, status))).all("line") == []


def test_a_single_day_can_be_seen() -> None:
    (bar,) = drawn(lane(run("2020-03-14", "2020-03-14", "in_force", "restricts"))).all("rect")
    assert bar.attributes["width"] == "0.30%"


def test_what_is_only_said_to_others_has_no_effect_to_show() -> None:
    (bar,) = drawn(lane(run("2020-03-14", None, "in_force", "urges_others"))).all("rect")
    assert "fill" not in bar.attributes
    assert lanes.strictest(["urges_others", "declares_no_ban"]) == "declares_no_ban"


def test_what_lies_outside_the_scale_is_not_drawn() -> None:
    picture = drawn(
        lane(run("2019-01-01", "2019-12-31", "in_force", "restricts"), run("2021-01-01", None, "suspended"))
    )
    assert picture.all("rect") == []
    (bar,) = drawn(lane(run("2019-01-01", None, "in_force", "restricts"))).all("rect")
    assert places([bar]) == [("0%", "100.00%")]


def deadline(*dues: str | None, status: Any = "open", met_on: str | None = None, name: str = "rules") -> DeadlineLane:
    told = tuple(Due("2020-01-01", due, None if due is None else D(due), "xa-law") for due in dues)
    return DeadlineLane(name, "authority", status, told, met_on, None if met_on is None else "xa-done")


def diamonds(of: DeadlineLane) -> tuple[list[str], list[str], list[str]]:
    """(the diamonds, the arcs, the signs beside them)"""
    picture = drawn(lane(deadlines=(of,)))
    return (
        [f"{each.attributes['class']} {each.attributes['x']}" for each in picture.all("use")],
        [each.attributes["class"] for each in picture.all("path")],
        [each.text for each in picture.all("text")],
    )


def test_a_deadline_that_slipped_is_hollow_where_it_was_and_solid_where_it_is_joined_by_an_arc() -> None:
    found = diamonds(deadline("2020-03-14", "2020-05-26", "2020-08-07"))
    assert found == (["due moved 20.0%", "due moved 40.0%", "due open 60.0%"], ["slip", "slip"], [])


def test_what_became_of_a_deadline_is_told_by_a_sign_besides_the_colour() -> None:
    assert diamonds(deadline("2020-03-14", status="overdue")) == (["due overdue 20.0%"], [], ["!"])
    assert diamonds(deadline("2020-03-14", status="met", met_on="2020-03-01")) == (["due met 20.0%"], [], ["✓"])
    assert diamonds(deadline("2020-03-14", status="void")) == (["due void 20.0%"], [], ["×"])
    # Late: from the day on which it was due to the one on which it was met.
    assert diamonds(deadline("2020-03-14", status="met", met_on="2020-05-26"))[1] == ["late"]
    assert diamonds(deadline("2020-03-14", status="overdue", met_on="2020-05-26")) == (
        ["due overdue 20.0%"],
        ["late"],
        ["!", "✓"],
    )
    assert diamonds(deadline("2020-03-14", None, status="postponed")) == (["due moved 20.0%"], [], ["?"])
    assert diamonds(deadline("2020-03-14", status=None))[0] == ["due later 20.0%"]


def test_deadlines_that_would_lie_upon_each_other_stand_in_rows_of_their_own() -> None:
    def rows(*dues: str) -> list[str]:
        each = tuple(deadline(due, name=f"d{at}") for at, due in enumerate(dues))
        return [use.attributes["y"] for use in drawn(lane(deadlines=each)).all("use")]

    assert len(set(rows("2020-03-01", "2020-03-02", "2020-03-03"))) == 3
    assert len(set(rows("2020-03-01", "2020-06-01", "2020-09-01"))) == 1
    assert len(set(rows(*[f"2020-03-{day:02}" for day in range(1, 12)]))) == lanes.MOST_TRACKS


def test_days_known_in_part_are_bracketed() -> None:
    (bracket,) = drawn(lane(unsure=((D("2020-03-14"), D("2020-05-25")),))).all("rect", class_="unsure")
    assert places([bracket]) == [("20.0%", "20.00%")]
    assert bracket.one("title").text == "known in part: on a day from 2020-03-14 to 2020-05-25"


def test_what_was_recorded_is_text_in_a_picture_too() -> None:
    hostile = deadline("2020-03-14", name='"><script>')
    assert "<script>" not in str(lanes.drawn(lane(deadlines=(hostile,)), SCALE))
    assert "<script>" not in str(lanes.acts_alone([(D("2020-03-14"), "<script>")], SCALE))


def test_the_scale_shows_whole_years_and_not_what_is_too_far_away() -> None:
    assert lanes.scale_of([D("2019-11-20"), D("2021-07-01")], as_of=D("2020-06-01")) == (
        D("2019-01-01"),
        D("2021-12-31"),
    )
    assert lanes.scale_of([D("2012-01-02"), D("2150-12-31")], as_of=D("2020-06-01")).last == D("2030-12-31")
    assert lanes.scale_of([], as_of=D("2020-06-01")) == (D("2020-01-01"), D("2020-12-31"))
    assert lanes.scale_of([D("2019-05-05")], as_of=D("2024-06-01")).last == D("2024-12-31")


@pytest.mark.parametrize(("first", "last"), [(2020, 2020), (2012, 2026), (2000, 2030), (1900, 2200)])
def test_years_are_named_as_far_as_there_is_room(first: int, last: int) -> None:
    named = lanes.years(Scale(date(first, 1, 1), date(last, 12, 31)))
    assert 1 <= len(named) <= lanes.LABELS + 1
    assert 1 <= sum(few for _, few in named) <= 5
    assert all(first <= year <= last for year, _ in named)


def test_the_day_of_the_page_is_a_line_and_what_was_not_yet_seen_is_shaded() -> None:
    behind = Parsed(str(lanes.defs(SCALE, as_of=D("2020-03-14"), known_on=D("2020-05-25")))).root
    assert behind.one(id="lane-now").one("line", class_="here").attributes["x1"] == "20.0%"
    grid = behind.one(id="lane-grid")
    assert places(grid.all("rect", class_="unseen-yet")) == [("40.0%", "60.0%")]
    assert [each.attributes["x1"] for each in grid.all("line", class_="eyes")] == ["40.0%"]
    same = Parsed(str(lanes.defs(SCALE, as_of=D("2020-03-14"), known_on=D("2020-03-14")))).root
    assert same.one(id="lane-grid").all("line", class_="eyes") == []
    later = Parsed(str(lanes.defs(SCALE, as_of=D("2020-03-14"), known_on=D("2024-01-01")))).root
    assert later.one(id="lane-grid").all("rect", class_="unseen-yet") == []
    ruler = Parsed(str(lanes.ruler(SCALE, as_of=D("2020-12-29")))).root
    day = ruler.one("text", class_="day")
    assert (day.text, day.attributes["text-anchor"]) == ("2020-12-29", "end")


def test_every_pattern_that_a_lane_uses_is_there() -> None:
    there = set(re.findall(r'id="([\w-]+)"', str(lanes.defs(SCALE, as_of=SCALE.first, known_on=SCALE.last))))
    effects = ("prohibits", "restricts", "requires_approval", "requires_security_measures", "permits_temporarily")
    used = "".join(
        str(lanes.drawn(lane(run("2020-01-01", None, status, effect), deadlines=(deadline("2020-03-14"),)), SCALE))
        for status in ("announced", "in_force", "suspended")
        for effect in (*effects, "declares_no_ban", "none")
    )
    used += str(lanes.BEHIND + lanes.BEFORE) + str(lanes.acts_alone([(SCALE.first, "")], SCALE))
    assert set(re.findall(r"#([\w-]+)", used)) <= there
