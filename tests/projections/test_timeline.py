"""The world through time: on every day it is the world matrix of that day, and all days of change are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from projections.answers import Timeline
from projections.fold import MeasureFold
from projections.state import Filters, line_on, matrix_as_of
from projections.timeline import neighbours, timeline_of
from tests.projections.test_changes_properties import ANY, History, fold_of
from tests.projections.test_series import EDITION, WORLD, D, measure

SEEN = (
    "status",
    "possible",
    "effects",
    "subjects",
    "scope",
    "targets",
    "values",
    "effective_on",
    "expires_on",
)
"""What of a line a page shows, its deadlines aside."""


def told(known_on: str | None = None, **filters: tuple[str, ...]) -> Timeline:
    eyes = None if known_on is None else D(known_on)
    return timeline_of(WORLD, known_on=eyes, edition=EDITION, filters=Filters(**filters))  # type: ignore[arg-type]


def test_a_row_begins_on_the_day_on_which_the_headline_or_what_is_on_its_way_changes() -> None:
    assert told().jurisdictions["XA"] == (
        ("2020-01-10", None, None, "prohibits", "announced"),
        ("2020-01-31", "restricts", "in_force", "prohibits", "announced"),
        ("2020-02-10", "restricts", "in_force", "prohibits", "adopted"),
        ("2020-03-01", "prohibits", "in_force", None, None),
        ("2020-04-30", "restricts", "in_force", None, None),
    )
    assert told().jurisdictions["XB"] == (("2020-02-29", "declares_no_ban", "announced", None, None),)


def test_hindsight_shows_nothing_that_was_announced_after_its_day() -> None:
    rows = told("2020-02-09").jurisdictions["XA"]
    assert [row[1] for row in rows] == [None, "restricts"]
    assert rows[-1][3:] == ("prohibits", "announced")


def test_a_filter_leaves_the_days_on_which_nothing_matches_without_a_headline() -> None:
    answer = told(scopes=("core",))
    assert answer.jurisdictions["XB"] == ()
    assert answer.jurisdictions["XA"][0].on == "2020-01-10"
    assert answer.changes == ("2020-01-10", "2020-01-31")


def test_the_days_of_change_are_those_on_which_a_measure_reads_otherwise() -> None:
    expected = ("2020-01-10", "2020-01-31", "2020-02-10", "2020-02-29", "2020-03-01", "2020-04-30")
    assert told().changes == expected


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2020-01-09", None, "2020-01-10"),
        ("2020-01-10", None, "2020-01-31"),
        ("2020-02-10", "2020-01-31", "2020-02-29"),
        ("2020-02-20", "2020-02-10", "2020-02-29"),
        ("2020-04-30", "2020-03-01", None),
        ("2021-01-01", "2020-04-30", None),
    ],
)
def test_the_neighbours_of_a_day_are_the_last_change_before_it_and_the_first_after_it(
    day: str, before: str | None, after: str | None
) -> None:
    found = neighbours([fold for each in WORLD.values() for fold in each], D(day), known_on=None)
    assert (found.before, found.after) == (before and D(before), after and D(after))


def test_a_deadline_that_passes_is_a_change() -> None:
    rules = measure(
        "XC/rules",
        ("2020-01-10", "announced", {"effects": ["restricts"]}),
        ("2020-02-01", "deadline_set", {"deadline": "rules", "due": "2020-03-31", "obliged": "authority"}),
    )
    assert neighbours([rules], D("2020-02-01"), known_on=None).after == D("2020-04-01")
    assert timeline_of({"XC": [rules]}, known_on=None, edition=EDITION).changes[-1] == "2020-04-01"


@settings(max_examples=60)
@given(ANY)
def test_on_every_day_the_timeline_is_the_world_matrix_and_its_days_of_change_are_all_there_are(
    history: History,
) -> None:
    fold = fold_of(history)
    for known_on in (None, date.fromordinal(fold.boundaries[-1]) if fold.boundaries else D("2020-01-01")):
        answer = timeline_of({"XA": [fold]}, known_on=known_on, edition=EDITION)
        days = _around(fold.boundaries)
        for day in days:
            matrix = matrix_as_of({"XA": [fold]}, as_of=day, known_on=known_on or day, edition=EDITION)
            (row,) = matrix.jurisdictions
            told = [row.headline and row.headline.effect, row.headline and row.headline.status]
            told += [row.upcoming and row.upcoming.effect, row.upcoming and row.upcoming.status]
            held = [each for each in answer.jurisdictions["XA"] if each.on <= day.isoformat()]
            assert list(held[-1][1:] if held else (None,) * 4) == told, day
        changed = [day for day in days[1:] if _seen(fold, day, known_on) != _seen(fold, day - timedelta(1), known_on)]
        assert [D(day) for day in answer.changes] == changed
        for day in days:
            found = neighbours([fold], day, known_on=known_on)
            assert found.before == max((each for each in changed if each < day), default=None)
            assert found.after == min((each for each in changed if each > day), default=None)


def _around(boundaries: Sequence[int]) -> list[date]:
    """Every boundary with the day before it and the day after."""
    return [date.fromordinal(day) for day in sorted({day + by for day in boundaries for by in (-1, 0, 1)})]


def _seen(fold: MeasureFold, day: date, known_on: date | None) -> object:
    line = line_on(fold, day.toordinal(), (known_on or day).toordinal())
    deadlines = [(each.deadline, each.due, each.status) for each in line.deadlines]
    return [getattr(line, name) for name in SEEN], deadlines
