"""A jurisdiction in brief: it says what the state says, in groups and pages, with the acts on which it rests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections import brief as brief_room
from projections.answers import Edition
from projections.brief import Brief, brief_as_of
from projections.fold import MeasureFold
from projections.state import Filters, line_on, outline_on, state_as_of
from tests.projections.test_changes_properties import ANY, DAY, LAST, History
from tests.projections.test_diaries import measure
from tests.projections.test_reading_against_oracle import actions_of

D = date.fromisoformat
EDITION = Edition(7, None)

BAN = measure("NL/ban", ("2020-01-10", "adopted", {"effects": ["prohibits"], "effective_on": "2020-01-10"}))
MILD = measure("NL/a-rule", ("2020-01-11", "adopted", {"effects": ["restricts"], "effective_on": "2020-01-11"}))
BILL = measure("NL/bill", ("2020-01-12", "proposed", {"effects": ["prohibits"], "subjects": ["Brask"]}))
LETTER = measure("NL/letter", ("2020-01-13", "announced", {"effects": ["requires_approval"]}))
POSITION = measure("NL/position", ("2020-01-14", "announced", {"effects": ["declares_no_ban"]}))
OLD = measure(
    "NL/old",
    ("2020-01-05", "adopted", {"effects": ["restricts"], "effective_on": "2020-01-05"}),
    ("2020-01-20", "ended", {}),
)
PERHAPS = measure("NL/perhaps", ("2020-03", "announced", {"effects": ["restricts"]}))
TOOLBOX = measure("EU/toolbox", ("2020-01-29", "adopted", {"effects": ["restricts"], "effective_on": "2020-01-29"}))
NATION = [PERHAPS, OLD, POSITION, LETTER, BILL, MILD, BAN]


def brief(
    on: str = "2020-03-15", page: int = 1, jurisdiction: str = "NL", known_on: str | None = None, **filters: Any
) -> Brief:
    return brief_as_of(
        jurisdiction, NATION, [TOOLBOX], as_of=D(on), known_on=D(known_on or "2020-03-31"),
        edition=EDITION, reviewed_on=None, filters=Filters(**filters), page=page,
    )  # fmt: skip


def groups(found: Brief) -> list[str]:
    return [f"{each.group} {each.line.measure}" for each in found.measures]


def test_measures_stand_in_groups_the_strictest_first() -> None:
    assert groups(brief()) == [
        "in_force NL/ban",
        "in_force NL/a-rule",
        "proposed NL/bill",
        "announced NL/letter",
        "declared NL/position",
        "ended NL/old",
        "perhaps NL/perhaps",
    ]
    assert brief().counts == {"in_force": 2, "proposed": 1, "announced": 1, "declared": 1, "ended": 1, "perhaps": 1}


def test_of_a_member_the_measures_of_the_union_stand_apart() -> None:
    assert [each.line.measure for each in brief().inherited] == ["EU/toolbox"]
    assert (brief().inherited_count, brief(jurisdiction="US").inherited) == (1, ())
    assert brief(subjects=("Brask",)).inherited == ()


def test_every_act_on_which_a_line_rests_is_there_with_its_sources() -> None:
    found = brief()
    for each in (*found.measures, *found.inherited):
        assert each.line.acts
        for act in each.line.acts:
            assert found.acts[act].sources
    assert "nl-old-2020-01-20" in found.acts
    assert "nl-old-2020-01-20" not in brief("2020-01-15", known_on="2020-01-15").acts


def test_deadlines_that_are_overdue_or_ahead_are_told_in_the_order_of_their_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def due(name: str, day: str | None, obliged: str = "authority") -> tuple[str, str, dict[str, Any]]:
        return ("2020-01-11", "deadline_set", {"deadline": name, "due": day, "obliged": obliged})

    def ahead(**filters: Any) -> tuple[list[str], int, list[str], int]:
        folds = [
            measure("NL/a", ("2020-01-10", "adopted", {"effects": ["restricts"]}), due("later", "2020-09-30")),
            measure("NL/b", ("2020-01-10", "adopted", {"effects": ["prohibits"]}), due("soon", "2020-04-01")),
            measure("NL/c", ("2020-01-10", "adopted", {"effects": ["prohibits"]}), due("someday", None)),
            measure("NL/d", ("2020-01-10", "adopted", {"effects": ["prohibits"]}), due("late", "2020-02-01")),
            measure("NL/e", ("2020-01-10", "adopted", {"effects": ["restricts"]}), due("later-still", "2020-03-01")),
            measure("NL/f", ("2020-01-10", "adopted", {"effects": ["prohibits"]}), due("gone", "2020-01-31", "nobody")),
        ]
        found = brief_as_of(
            "NL", folds, [TOOLBOX], as_of=D("2020-03-15"), known_on=D("2020-03-31"), edition=EDITION, reviewed_on=None,
            filters=Filters(**filters),
        )  # fmt: skip
        names = [[line.deadline for line in each.first] for each in (found.overdue, found.due)]
        assert all(act in found.acts for line in found.overdue.first for act in line.acts)
        return names[0], found.overdue.count, names[1], found.due.count

    assert ahead() == (["late", "later-still"], 2, ["soon", "later", "someday"], 3)
    assert ahead(effects=("restricts",)) == (["later-still"], 1, ["later"], 1)
    monkeypatch.setattr(brief_room, "DEADLINES", 1)
    assert ahead() == (["late"], 2, ["soon"], 3)


def test_each_measure_has_its_lane() -> None:
    lanes = {each.line.measure: [run.status for run in each.lane.runs] for each in brief().measures}
    assert lanes["NL/old"] == ["in_force", "ended"]


def test_the_record_of_the_jurisdiction_is_counted_whatever_is_asked_for() -> None:
    for found in (brief(), brief(subjects=("Brask",)), brief("2019-01-01", known_on="2019-01-01")):
        assert (found.measures_on_record, found.acts_on_record, found.last_act) == (7, 8, "2020-03")
        assert (found.first, found.last) == (D("2020-01-05"), D("2020-03-31"))
    nothing = brief_as_of(
        "NL", [], [], as_of=D("2020-01-01"), known_on=D("2020-01-01"), edition=EDITION, reviewed_on="2020-01-01"
    )
    assert (nothing.measures_on_record, nothing.last_act, nothing.first, nothing.pages) == (0, None, None, 1)
    assert (nothing.reviewed_on, nothing.count) == ("2020-01-01", 0)


def test_pages_neither_repeat_nor_lose_a_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = groups(brief())
    monkeypatch.setattr(brief_room, "MEASURES", 3)
    pages = [brief(page=page) for page in (1, 2, 3, 4)]
    assert [groups(each) for each in pages] == [whole[:3], whole[3:6], whole[6:], []]
    assert [each.pages for each in pages] == [3, 3, 3, 3]
    assert [each.counts for each in pages] == [brief().counts] * 4


def test_a_word_that_is_nowhere_on_record_is_told() -> None:
    (word,) = brief(subjects=("Brassk",)).unknown or ()
    assert word.given == "Brassk"


FILTERS = [
    Filters(),
    Filters(effects=("prohibits",)),
    Filters(subjects=("Foxline",)),
    Filters(scopes=("core",), statuses=("in_force", "announced")),
    Filters(statuses=("absent",)),
    Filters(verified="single_press"),
]


@settings(max_examples=100)
@given(histories=st.lists(ANY, min_size=1, max_size=4), day=DAY, known_on=DAY, filters=st.sampled_from(FILTERS))
def test_a_brief_says_what_the_state_says(histories: list[History], day: int, known_on: int, filters: Filters) -> None:
    folds = [
        MeasureFold(f"NL/measure-{at}", actions_of(each), {"a-act": "single_press", "b-act": "official_document"})
        for at, each in enumerate(histories)
    ]
    for known in (known_on, LAST):
        asked: dict[str, Any] = {
            "as_of": date.fromordinal(day), "known_on": date.fromordinal(known), "edition": EDITION,
            "reviewed_on": None, "filters": filters,
        }  # fmt: skip
        found, state = (
            brief_as_of("NL", folds[1:], folds[:1], **asked),
            state_as_of("NL", folds[1:], folds[:1], **asked),
        )
        assert (found.headline, found.upcoming) == (state.headline, state.upcoming)
        assert sorted([each.line for each in found.measures], key=_name) == list(state.measures)
        assert [each.line for each in found.inherited] == list(state.inherited)
        assert found.count == len(state.measures)


@settings(max_examples=100)
@given(history=ANY, day=DAY, known_on=DAY)
def test_an_outline_is_what_the_line_says(history: History, day: int, known_on: int) -> None:
    fold = MeasureFold("XA/measure", actions_of(history))
    for known in (known_on, LAST):
        outline, line = outline_on(fold, day, known), line_on(fold, day, known)
        for field in ("measure", "status", "possible", "effects", "subjects", "scope", "targets"):
            assert getattr(outline, field) == getattr(line, field), field


def _name(line: Any) -> str:
    return str(line.measure)
