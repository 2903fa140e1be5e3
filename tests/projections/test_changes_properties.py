"""What the diary promises (record format, rule 8), and what eyes and order may not change, on random histories."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import span
from projections.changes import Row, diary, rows_of_days
from projections.fold import MeasureFold, since
from projections.reading import standing_on
from projections.state import line_on
from tests.oracle import histories
from tests.projections.test_reading_against_oracle import FIRST_DAY, LAST_DAY, actions_of, outline, telling_days

History = list[dict[str, Any]]

ANY = histories.exact() | histories.exact(strange=True) | histories.partial() | histories.partial(strange=True)
NOT_TOO_STRANGE = histories.exact() | histories.exact(strange=True) | histories.partial()
EXACT = histories.exact() | histories.exact(strange=True)
DAY = st.integers(-6, histories.WINDOW + 6).map(lambda n: (histories.FIRST + timedelta(days=n)).toordinal())

FIRST, LAST = FIRST_DAY.toordinal(), LAST_DAY.toordinal()
CHANGES_NO_STATUS = {"noted", "amended", "terms_changed", "scheduled", "deadline_set", "deadline_moved", "deadline_met"}
ON_THE_LAST_DAY = {"expired", "deadline_passed"}


def fold_of(history: History) -> MeasureFold:
    """The measure of a history."""
    return MeasureFold("XA/measure", actions_of(history))


def window(fold: MeasureFold, first: int, last: int, known_on: int) -> list[Row]:
    """The rows from a day to a day, both inclusive."""
    return [row for row in diary(fold, known_on) if first <= row.day <= last]


def vouched_days(row: Row) -> Iterator[int]:
    """The days for whose change of status a row speaks: its own, and every day that its partial day may mean."""
    read = span(row.change.on)
    later = 1 if row.change.what in ON_THE_LAST_DAY else 0
    yield from range(read.first.toordinal() + later, read.last.toordinal() + later + 1)


def unexplained(fold: MeasureFold, known_on: int | None) -> Iterator[tuple[int, str, str]]:
    """(day, status before, status) of each change of status from day to day for which no row speaks."""
    vouched = {day for row in diary(fold, known_on or LAST) if says_why(row) for day in vouched_days(row)}
    before = "absent"
    for day in range(FIRST, LAST):
        status = standing_on(fold.life(day), day).status
        if status != before:
            rows = vouched
            if known_on is None:
                rows = {each for row in diary(fold, day) if says_why(row) for each in vouched_days(row)}
            if day not in rows:
                yield day, before, status
        before = status


def says_why(row: Row) -> bool:
    """Whether a row is of a kind that changes a status."""
    return row.change.what not in CHANGES_NO_STATUS


@settings(max_examples=100, deadline=None)
@given(NOT_TOO_STRANGE)
def test_no_status_differs_between_neighbours_without_a_row_in_a_wide_window(history: History) -> None:
    """The diary known long after speaks for every change that could be seen from one day to the next."""
    assert list(unexplained(fold_of(history), LAST)) == []


@settings(max_examples=60, deadline=None)
@given(NOT_TOO_STRANGE)
def test_no_status_differs_between_neighbours_without_a_row_known_on_that_day(history: History) -> None:
    """The diary of the two days alone, known on the second, speaks for it as well."""
    assert list(unexplained(fold_of(history), None)) == []


@settings(max_examples=100, deadline=None)
@given(ANY, DAY, DAY, DAY, DAY)
def test_adjacent_windows_neither_repeat_nor_lose_a_row(history: History, a: int, b: int, c: int, known: int) -> None:
    """Under the same eyes two windows side by side are the one that spans them."""
    fold = fold_of(history)
    first, middle, last = sorted((a, b, c))
    both = window(fold, first, middle, known) + window(fold, middle + 1, last, known)
    assert both == window(fold, first, last, known)


@settings(max_examples=100, deadline=None)
@given(ANY, DAY, DAY)
def test_nothing_told_later_removes_or_moves_a_row(history: History, a: int, b: int) -> None:
    """What a day's own eyes saw stands in every later diary, and nothing else is added up to that day."""
    fold = fold_of(history)
    early, late = sorted((a, b))
    seen = [row for row in window(fold, FIRST, early, early) if not row.change.expected]
    later = window(fold, FIRST, early, late)
    # A deadline due on the last day is judged on the day after, so its own day cannot have seen it.
    passed_at_last = [row for row in later if row.change.what == "deadline_passed" and row.day == early]
    assert [row for row in later if row not in passed_at_last or row in seen] == seen
    assert not [row for row in later if row.change.expected and row not in passed_at_last]


@settings(max_examples=100, deadline=None)
@given(ANY, DAY)
def test_a_row_is_expected_only_after_the_day_known(history: History, known: int) -> None:
    """Up to known_on everything was seen, but for a deadline that is due on known_on itself."""
    for row in diary(fold_of(history), known):
        if row.change.expected:
            assert row.day > known or (row.change.what == "deadline_passed" and row.day == known)
        elif row.day > known:
            read = span(row.change.on)
            assert not read.exact or row.change.what in ON_THE_LAST_DAY


@settings(max_examples=100, deadline=None)
@given(EXACT, DAY)
def test_no_act_announced_later_changes_an_answer(history: History, known: int) -> None:
    """Reading with the eyes of a day is reading the history as it was told by that day."""
    by_then = [action for action in history if span(action["announced_on"]).last.toordinal() <= known]
    full, cut = fold_of(history), fold_of(by_then)
    assert diary(full, known) == diary(cut, known)
    for as_of in telling_days(history):
        assert line_on(full, as_of.toordinal(), known) == line_on(cut, as_of.toordinal(), known)


@settings(max_examples=100, deadline=None)
@given(ANY, st.integers(0, 2**32), DAY, DAY)
def test_the_order_in_which_actions_are_given_does_not_matter(
    history: History, seed: int, as_of: int, known: int
) -> None:
    """The order of acts comes from the acts alone, never from the order of recording."""
    shuffled = list(history)
    Random(seed).shuffle(shuffled)
    one, other = fold_of(history), fold_of(shuffled)
    assert one.ordered.actions == other.ordered.actions
    assert line_on(one, as_of, known) == line_on(other, as_of, known)
    assert diary(one, known) == diary(other, known)


@settings(max_examples=100, deadline=None)
@given(ANY, DAY)
def test_since_is_the_first_day_of_the_unbroken_run(history: History, known: int) -> None:
    """On every day from `since` on the status is the same; on the day before it is another."""
    fold = fold_of(history)
    life = fold.life(known)
    run = FIRST
    for day in range(FIRST, LAST):
        status = standing_on(life, day).status
        if status != standing_on(life, day - 1).status:
            run = day
        assert since(fold, life, day) == (None if status == "absent" else run)


@settings(max_examples=100, deadline=None)
@given(ANY, DAY, DAY)
def test_next_change_is_the_first_later_day_that_differs(history: History, as_of: int, known: int) -> None:
    """The next day on which status, terms or a deadline differ, under the same eyes; none where none does."""
    fold = fold_of(history)
    if standing_on(fold.life(known), as_of).status == "absent":
        return
    line = line_on(fold, as_of, known)
    later = (day for day in range(as_of + 1, LAST) if _told(fold, day, known) != _told(fold, as_of, known))
    found = next(later, None)
    assert line.next_change == (None if found is None else histories.date.fromordinal(found).isoformat())


def _told(fold: MeasureFold, day: int, known: int) -> Any:
    told = outline(line_on(fold, day, known))
    status = told["status"]
    terms = (
        None if status == "absent" else [told[name] for name in ("effects", "subjects", "scope", "targets", "values")]
    )
    return status, terms, {name: (each["due"], each["status"]) for name, each in told["deadlines"].items()}


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_the_rows_of_some_days_are_those_that_the_whole_diary_has_of_them(history: History) -> None:
    fold = fold_of(history)
    rows = [row for row in diary(fold, LAST) if row.change.by is None]
    days = sorted({row.day for row in rows})
    for chosen in (days, days[::2], *([day] for day in days)):
        assert rows_of_days(fold, frozenset(chosen)) == [row for row in rows if row.day in chosen]
