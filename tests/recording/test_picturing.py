"""What pages show, asked of a real record: parts of a history, a measure with its life, a brief at an edition."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from events.actions import Link
from events.commands import ReviewJurisdiction
from projections.answering import Asked, UnknownMeasure
from projections.picturing import Country, Portrait
from services.operations.wiring import Service
from tests.recording.telling import ADOPTED, act, by, correct, did, retract, verify

LAW = act(
    "xa-law", "2020-03-01", ADOPTED, did("deadline_set", deadline="report", due="2020-06-30", obliged="authority")
)
LETTER = act("xb-letter", "2020-03-02", did("announced", "XB/letter", effects=["urges_others"], targets=["XA"]))
LINKS = (Link("responds_to", "XA/law"),)
MAY = date(2020, 5, 1)


def told(opened: Service) -> int:
    """A measure that was amended, corrected, verified and partly retracted; the head."""
    steps = [
        LAW,
        *(act(f"xa-note-{at}", f"2020-03-{at + 2:02}", did("noted", note=f"note {at}")) for at in range(6)),
        correct(act("xa-note-1", "2020-03-04", did("noted", note="read again")), "typo"),
        by("ben", verify("xa-note-0")),
        act("xa-amendment", "2020-04-01", did("amended", subjects=["Brask"])),
        retract("xa-note-2"),
        by("ben", verify("xa-note-1", "single_press")),
        LETTER,
        correct(act("xa-note-1", "2020-03-04", did("noted", note="read once more")), "typo"),
        ReviewJurisdiction(jurisdiction="XA", reviewed_on="2020-05-02"),
    ]
    for step in steps:
        assert opened.recording.record([step], recorded_by="ada")
    return opened.log.head().position


def portrait(opened: Service, measure: str = "XA/law", **asked: Any) -> Portrait:
    """A measure in May, by the eyes of that day, with all of its entries."""
    times = {"as_of": MAY, "known_on": MAY, "eyes": None, "revisions": range(1, 100)}
    return opened.picturing.measure(measure, **(times | asked))


def country(opened: Service, jurisdiction: str = "XA", **asked: Any) -> Country:
    """A jurisdiction in May, by the eyes of that day."""
    return opened.picturing.country(jurisdiction, **({"as_of": MAY, "known_on": MAY, "eyes": None} | asked))


def test_a_part_of_a_history_has_each_entry_as_the_whole_has_it(opened: Service) -> None:
    head = told(opened)
    for position in range(2, head + 1):
        asked = Asked(position)
        whole = opened.answering.history("XA/law", asked=asked)
        for first in (1, 4, whole.revision):
            for stop in (first + 1, first + 5, whole.revision + 10):
                part, types = portrait(opened, revisions=range(first, stop), asked=asked).part
                assert part.entries == whole.entries[first - 1 : stop - 1]
                assert (part.revision, part.cite) == (whole.revision, whole.cite)
                told_of = {entry["superseded_by"] for entry in part.entries} - {None}
                assert {at: types[at] for at in told_of} == {
                    entry["position"]: entry["type"] for entry in whole.entries if entry["position"] in told_of
                }
    assert portrait(opened, revisions=range(100, 200)).part.history.entries == ()


def test_a_measure_that_there_is_not_is_refused(opened: Service) -> None:
    told(opened)
    with pytest.raises(UnknownMeasure):
        portrait(opened, "XA/other")
    with pytest.raises(UnknownMeasure):
        portrait(opened, "XB/letter", asked=Asked(3))


def test_a_measure_with_its_life_says_what_the_measure_says(opened: Service) -> None:
    told(opened)
    for known_on in (MAY, MAY - timedelta(days=40), date(2019, 1, 1)):
        life = portrait(opened, known_on=known_on).life
        answer = opened.answering.measure("XA/law", as_of=MAY, known_on=known_on)
        assert (life.line, life.runs, life.revision, life.cite) == (
            answer.line,
            answer.profile,
            answer.revision,
            answer.cite,
        )
        assert life.runs_are_all
        assert set(life.acts) == set(answer.line.acts if answer.line else ())
    life = portrait(opened).life
    assert [(str(mark.on), mark.act.act, mark.did) for mark in life.marks][:2] == [
        ("2020-03-01", "xa-law", ("adopted", "deadline_set")),
        ("2020-03-02", "xa-note-0", ("noted",)),
    ]
    assert "xa-note-2" not in {mark.act.act for mark in life.marks}  # it was retracted
    assert len(life.days) == len(life.marks) == 7


def test_of_a_measure_that_was_retracted_whole_the_history_is_left(opened: Service) -> None:
    told(opened)
    opened.recording.record([retract("xb-letter")], recorded_by="ada")
    found = portrait(opened, "XB/letter")
    assert (found.life.line, found.life.runs, found.life.marks, found.life.lane.runs) == (None, (), (), ())
    assert (found.life.revision, found.near.before, found.near.after) == (2, None, None)
    assert [entry["type"] for entry in found.part.history.entries] == ["announced", "retracted"]


def test_the_steps_of_a_measure_are_the_days_on_which_it_changes(opened: Service) -> None:
    told(opened)
    near = portrait(opened).near
    assert (str(near.before), str(near.after)) == ("2020-04-01", "2020-07-01")


def test_a_brief_is_cited_as_the_state_that_it_shows(opened: Service) -> None:
    head = told(opened)
    brief = country(opened).brief
    state = opened.answering.state("XA", as_of=MAY, known_on=MAY)
    assert brief.cite == state.cite
    assert (brief.reviewed_on, brief.position) == ("2020-05-02", head)
    assert [each.line for each in brief.measures] == list(state.measures)
    early = country(opened, asked=Asked(2)).brief
    assert (early.reviewed_on, early.acts_on_record) == (None, 1)


def test_what_stands_around_a_country_is_that_of_the_edition(opened: Service) -> None:
    told(opened)
    found = country(opened)
    assert [line.measure for line in found.pressure] == ["XB/letter"]
    assert (found.pressure_count, "xb-letter" in found.acts, "xa-amendment" in found.acts) == (1, True, True)
    assert country(opened, asked=Asked(4)).pressure == ()
    assert [(row.on, row.what) for row in found.around.after] == [("2020-06-30", "deadline_passed")]
    assert [(row.on, row.what) for row in found.around.before][-1] == ("2020-04-01", "amended")
    assert (str(found.near.before), str(found.near.after)) == ("2020-04-01", "2020-07-01")


def test_lines_are_those_of_measures_that_are_on_record(opened: Service) -> None:
    told(opened)
    lines = opened.picturing.lines(["XA/law", "XB/letter", "XC/nothing"], as_of=MAY, known_on=MAY)
    assert {name: line.status for name, line in lines.items()} == {"XA/law": "adopted", "XB/letter": "announced"}


def test_a_link_is_found_from_its_other_end(opened: Service) -> None:
    told(opened)
    linked = act("xb-reply", "2020-04-05", did("amended", "XB/letter", subjects=["Brask"]), links=LINKS)
    opened.recording.record([linked], recorded_by="ada")
    (relation,) = portrait(opened).relations.told
    assert (relation.type, relation.measure, relation.is_told_here) == ("responds_to", "XB/letter", False)
