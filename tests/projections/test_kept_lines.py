"""A line that was read before, between the same boundaries, is the line that would be read anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import day
from events.vocabulary import Verification
from projections import state
from projections.fold import MeasureFold
from projections.state import line_on
from tests.projections.test_changes_properties import ANY, DAY, History, fold_of
from tests.projections.test_series import measure

DAYS = st.lists(st.tuples(DAY, DAY | st.none()), min_size=2, max_size=30)


@settings(max_examples=150, deadline=None)
@given(ANY, DAYS)
def test_in_whatever_order_days_are_asked_each_line_is_that_of_a_measure_never_asked_before(
    history: History, days: list[tuple[int, int | None]]
) -> None:
    asked = fold_of(history)
    for as_of, known_on in days:
        eyes = as_of if known_on is None else known_on
        assert line_on(asked, as_of, eyes) == line_on(fold_of(history), as_of, eyes)


def test_a_deadline_is_overdue_for_longer_every_day() -> None:
    fold = measure(
        "XA/rules",
        ("2020-01-10", "announced", {"effects": ["restricts"]}),
        ("2020-02-01", "deadline_set", {"deadline": "rules", "due": "2020-03-31", "obliged": "authority"}),
    )
    told = {}
    for on in ("2020-04-10", "2020-04-01", "2020-04-30"):
        when = day(on).toordinal()
        told[on] = line_on(fold, when, when).deadlines[0].days_overdue
    assert told == {"2020-04-10": 10, "2020-04-01": 1, "2020-04-30": 30}


def test_a_measure_whose_acts_were_verified_meanwhile_is_read_anew() -> None:
    fold = measure("XA/rules", ("2020-01-10", "announced", {"effects": ["restricts"]}))
    when = day("2020-02-01").toordinal()
    assert line_on(fold, when, when).verified is None
    level: Verification = "official_document"
    verified = fold.verified_to({"xa-rules-2020-01-10": level})
    assert line_on(verified, when, when).verified == level
    assert line_on(fold, when, when).verified is None


def test_only_so_many_lines_of_a_measure_are_kept() -> None:
    told = [(f"2020-{month:02}-10", "noted", {}) for month in range(1, 13)]
    fold = measure("XA/rules", ("2019-01-10", "announced", {"effects": ["restricts"]}), *told)
    _ask_all(fold)
    assert 0 < len(fold.kept_lines) <= state.MOST_LINES


def _ask_all(fold: MeasureFold) -> None:
    for boundary in fold.boundaries:
        line_on(fold, boundary, boundary)
