"""One diary of several jurisdictions: the same rows, in order, page by page."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.actions import AnyAction
from projections.changes import diary
from projections.diaries import CursorUnreadable, Place, may_change, nearby, page_of, place_of
from projections.fold import MeasureFold
from projections.state import Filters
from tests.projections.test_changes_properties import ANY, DAY, LAST, History, fold_of
from tests.projections.test_reading_against_oracle import actions_of

D = date.fromisoformat


def measure(name: str, *told: tuple[str, str, dict[str, Any]]) -> MeasureFold:
    """A measure of acts that each do one thing: (announced_on, type, fields)."""
    fixed = {"authority": "Board", "instrument": "rule", "title": "Act", "sources": [{"name": "Gazette"}]}
    return MeasureFold(
        name,
        [
            msgspec.convert(
                {
                    "measure": name,
                    "act": fixed | {"act": f"{name.lower().replace('/', '-')}-{day}", "announced_on": day},
                    "place": 0,
                    "type": kind,
                    **fields,
                },
                AnyAction,
            )
            for day, kind, fields in told
        ],
    )


LICENCE = measure(
    "XA/licence",
    ("2020-01-10", "adopted", {"effects": ["prohibits"], "subjects": ["Brask"], "effective_on": "2020-01-10"}),
    ("2020-03-01", "amended", {"subjects": ["Foxline"]}),
    ("2020-04-01", "ended", {}),
)
RULE = measure(
    "XA-NB/rule", ("2020-01-10", "proposed", {"effects": ["restricts"], "scope": ["core"]}), ("2020-03-01", "noted", {})
)
PLAN = measure("XB/plan", ("2020-03-01", "announced", {"effects": ["prohibits"], "subjects": ["Brask"]}))
WORLD = [PLAN, RULE, LICENCE]


def rows(limit: int = 100, after: Place | None = None, **asked: Any) -> tuple[list[str], Place | None]:
    """`on measure what` of the rows of a page."""
    window = {"from_": D("2020-01-01"), "to": D("2020-12-31"), "known_on": D("2020-12-31")} | asked
    page = page_of(WORLD, limit=limit, after=after, **window)
    return [f"{row.on} {row.measure} {row.what}" for row in page.changes], page.next


ALL = [
    "2020-01-10 XA/licence adopted",
    "2020-01-10 XA/licence took_effect",
    "2020-01-10 XA-NB/rule proposed",
    "2020-03-01 XA/licence amended",
    "2020-03-01 XA-NB/rule noted",
    "2020-03-01 XB/plan announced",
    "2020-04-01 XA/licence ended",
]


def test_rows_stand_in_the_order_of_day_then_jurisdiction() -> None:
    assert rows() == (ALL, None)


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_neither_repeat_nor_lose_a_row(limit: int) -> None:
    found: list[str] = []
    after: Place | None = None
    while True:
        page, after = rows(limit, None if after is None else place_of(str(after)))
        found += page
        if after is None:
            break
        assert len(page) == limit
    assert found == ALL


def test_a_window_has_both_of_its_days() -> None:
    assert rows(from_=D("2020-01-11"), to=D("2020-03-01"))[0] == ALL[3:6]
    assert rows(from_=D("2020-03-02"), to=D("2020-03-31"))[0] == []
    assert rows(from_=D("2020-04-01"), to=D("2020-04-01"))[0] == ALL[6:]


def test_a_filter_finds_what_any_act_said_of_the_measure_also_the_row_that_takes_it_away() -> None:
    assert rows(filters=Filters(subjects=("Brask",)))[0] == [row for row in ALL if "rule" not in row]
    assert rows(filters=Filters(subjects=("Foxline",)))[0] == [row for row in ALL if "licence" in row]
    assert rows(filters=Filters(effects=("restricts",), scopes=("core",)))[0] == [row for row in ALL if "rule" in row]
    assert rows(filters=Filters(effects=("prohibits",), scopes=("core",)))[0] == []


def test_a_filter_knows_only_what_was_announced_by_then() -> None:
    early = {"known_on": D("2020-02-01"), "to": D("2020-02-01")}
    assert rows(filters=Filters(subjects=("Brask",)), **early)[0] == ALL[:2]
    assert rows(filters=Filters(subjects=("Foxline",)), **early)[0] == []


@pytest.mark.parametrize("text", ["", "2020-01-10", "2020-02-31/XA/law/0", "2020-01-10/XA/law/x", "2020-01-10/law/0"])
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(CursorUnreadable):
        place_of(text)


@settings(max_examples=150)
@given(history=ANY, days=st.lists(DAY, min_size=2, max_size=2), known_on=DAY)
def test_a_measure_that_may_not_change_in_a_window_has_no_row_there(
    history: History, days: list[int], known_on: int
) -> None:
    fold, (first, last) = fold_of(history), sorted(days)
    for known in (known_on, LAST):
        found = [row for row in diary(fold, known) if first <= row.day <= last]
        assert may_change(fold, first, last) or not found


def around(day: str, most: int = 2, known_on: str = "2020-12-31", **filters: Any) -> tuple[list[str], list[str]]:
    """`on measure what` of the rows before and after a day."""
    found = nearby(WORLD, D(day), known_on=D(known_on), most=most, filters=Filters(**filters))
    before, after = ([f"{row.on} {row.measure} {row.what}" for row in rows] for rows in found)
    return before, after


def test_around_a_day_stand_the_last_rows_up_to_it_and_the_first_after_it() -> None:
    assert around("2020-03-01") == (ALL[4:6], ALL[6:])
    assert around("2020-02-29") == (ALL[1:3], ALL[3:5])
    assert around("2020-01-09", most=4) == ([], ALL[:4])
    assert around("2020-12-31", most=100) == (ALL, [])


def test_around_a_day_the_filters_and_the_eyes_hold() -> None:
    assert around("2020-02-01", subjects=("Foxline",)) == (ALL[:2], [ALL[3], ALL[6]])
    assert around("2020-02-01", known_on="2020-02-01") == (ALL[1:3], [])


@settings(max_examples=150)
@given(histories=st.lists(ANY, min_size=1, max_size=3), day=DAY, known_on=DAY, most=st.integers(1, 6))
def test_around_a_day_nothing_is_left_out_that_the_diary_has(
    histories: list[History], day: int, known_on: int, most: int
) -> None:
    folds = [MeasureFold(f"XA/measure-{at}", actions_of(each)) for at, each in enumerate(histories)]
    for known in (known_on, LAST):
        rows = [(row.day, fold.measure, row.change) for fold in folds for row in diary(fold, known)]
        rows.sort(key=lambda row: row[:2])
        found = nearby(folds, date.fromordinal(day), known_on=date.fromordinal(known), most=most)
        assert list(found.before) == [change for on, _, change in rows if on <= day][-most:]
        assert list(found.after) == [change for on, _, change in rows if on > day][:most]


@settings(max_examples=150)
@given(
    histories=st.lists(ANY, min_size=1, max_size=3),
    days=st.lists(DAY, min_size=2, max_size=2),
    known_on=DAY,
    limit=st.integers(1, 6),
)
def test_pages_have_every_row_of_the_diaries_in_a_window_once_and_in_order(
    histories: list[History], days: list[int], known_on: int, limit: int
) -> None:
    folds = [MeasureFold(f"XA/measure-{at}", actions_of(each)) for at, each in enumerate(histories)]
    first, last = sorted(days)
    window = {"from_": date.fromordinal(first), "to": date.fromordinal(last)}
    for known in (known_on, LAST):
        rows = [(row.day, fold.measure, row.change) for fold in folds for row in diary(fold, known)]
        rows = sorted((row for row in rows if first <= row[0] <= last), key=lambda row: row[:2])
        found, after = [], None
        while True:
            page = page_of(folds, limit=limit, after=after, known_on=date.fromordinal(known), **window)
            found += page.changes
            if (after := page.next) is None:
                break
        assert found == [change for _, _, change in rows]


def test_a_page_writes_no_more_diaries_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def counted(fold: MeasureFold, known_on: int) -> list[Any]:
        written.append(fold.measure)
        return diary(fold, known_on)

    monkeypatch.setattr("projections.diaries.diary", counted)
    rows(limit=1)
    assert written == ["XA/licence"]
