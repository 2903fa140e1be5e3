"""The state of a jurisdiction: headlines, filters, inheritance (record format, rule 9; design, section 4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from projections.answers import Edition, Headline, State
from projections.fold import MeasureFold
from projections.state import Filters, matrix_as_of, state_as_of
from tests.projections.test_reading import act, does

EDITION = Edition(7, None)


def made(name: str, kind: str, *effects: str, **fields: Any) -> MeasureFold:
    """A measure begun on 10 January 2020."""
    if kind != "noted":
        fields["effects"] = effects
    return MeasureFold(name, act(name.replace("/", "-").lower(), "2020-01-10", does(kind, **fields)))


def state(*folds: MeasureFold, union: tuple[MeasureFold, ...] = (), on: str = "2020-02-01", **filters: Any) -> State:
    """The state of Great Britain on a day."""
    day = date.fromisoformat(on)
    return state_as_of(
        "GB", folds, union, as_of=day, known_on=day, edition=EDITION, reviewed_on=None, filters=Filters(**filters)
    )


IN_FORCE = {"effective_on": "2020-01-10"}


def test_the_headline_is_the_strictest_effect_in_force() -> None:
    answer = state(
        made("GB/b", "adopted", "restricts", "prohibits", **IN_FORCE),
        made("GB/a", "adopted", "prohibits", **IN_FORCE),
        made("GB/c", "adopted", "none", **IN_FORCE),
    )
    assert answer.headline == Headline("prohibits", "in_force", ("GB/a", "GB/b"))
    assert [line.measure for line in answer.measures] == ["GB/a", "GB/b", "GB/c"]


def test_measures_aimed_at_others_do_not_make_a_headline() -> None:
    answer = state(made("GB/a", "adopted", "prohibits", targets=["XB"], **IN_FORCE))
    assert (answer.headline, len(answer.measures)) == (None, 1)


def test_a_declared_position_is_the_headline_where_nothing_is_in_force() -> None:
    declared = made("GB/a", "announced", "declares_no_ban")
    assert state(declared).headline == Headline("declares_no_ban", "announced", ("GB/a",))
    both = state(declared, made("GB/b", "adopted", "none", **IN_FORCE))
    assert both.headline == Headline("none", "in_force", ("GB/b",))


def test_upcoming_is_what_would_raise_the_headline() -> None:
    mild = made("GB/a", "adopted", "restricts", **IN_FORCE)
    assert state(mild, made("GB/b", "proposed", "prohibits")).upcoming == Headline("prohibits", "proposed", ("GB/b",))
    assert state(mild, made("GB/b", "proposed", "restricts")).upcoming is None
    assert state(mild, made("GB/b", "adopted", "none", effective_on="2021-01-01")).upcoming is None


def test_members_of_the_day_inherit_without_a_headline_of_their_own() -> None:
    union = (made("EU/a", "adopted", "prohibits", **IN_FORCE),)
    last, first = state(union=union, on="2020-12-31"), state(union=union, on="2021-01-01")
    assert ([line.measure for line in last.inherited], last.headline) == (["EU/a"], None)
    assert first.inherited == ()


def test_absent_measures_are_left_out_unless_asked_for_or_possible() -> None:
    noted, vague = made("GB/a", "noted"), MeasureFold("GB/b", act("vague", "2020-02", does("announced")))
    assert [line.measure for line in state(noted, vague).measures] == ["GB/b"]
    assert [line.measure for line in state(noted, vague, statuses=("absent",)).measures] == ["GB/a", "GB/b"]
    assert [line.measure for line in state(noted, vague, statuses=("announced",)).measures] == ["GB/b"]


def test_a_measure_matches_every_filter_and_any_value_of_each() -> None:
    answer = state(
        made("GB/a", "adopted", "prohibits", subjects=["Foxline"], scope=["core"], **IN_FORCE),
        made("GB/b", "adopted", "restricts", subjects=["Brask"], scope=["core"], **IN_FORCE),
        made("GB/c", "adopted", "restricts", subjects=["Brask"], scope=["ran"], **IN_FORCE),
        subjects=("Foxline", "Brask"),
        scopes=("core",),
    )
    assert [line.measure for line in answer.measures] == ["GB/a", "GB/b"]
    assert answer.headline == Headline("prohibits", "in_force", ("GB/a",))


def test_a_jurisdiction_without_a_record_says_so() -> None:
    assert (state().coverage, state(made("GB/a", "noted")).coverage) == ("no_record", "recorded")


def test_the_matrix_has_a_row_for_each_jurisdiction_and_with_a_filter_for_each_that_matches() -> None:
    folds = {
        "US": [made("US/a", "adopted", "prohibits", **IN_FORCE), made("US/b", "proposed", "restricts")],
        "GB": [made("GB/a", "announced", "none")],
    }
    days: dict[str, Any] = {"as_of": date(2020, 2, 1), "known_on": date(2020, 2, 1), "edition": EDITION}
    rows = matrix_as_of(folds, **days).jurisdictions
    assert [(row.jurisdiction, row.counts) for row in rows] == [
        ("GB", {"announced": 1}),
        ("US", {"proposed": 1, "in_force": 1}),
    ]
    filtered = matrix_as_of(folds, **days, filters=Filters(effects=("prohibits",), statuses=("proposed",)))
    assert filtered.jurisdictions == ()
