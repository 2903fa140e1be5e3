"""A series: on which days its points stand, what a jurisdiction counts as, and that it is the matrix of each day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.errors import Refusal
from projections import series as series_room
from projections.answers import Edition, Series
from projections.fold import MeasureFold
from projections.series import TooManyPoints, days_of_points, series_between
from projections.state import Filters, line_on, matrix_as_of
from tests.oracle import histories
from tests.projections.test_changes_properties import ANY, History, fold_of
from tests.projections.test_reading import act, does

D = date.fromisoformat
EDITION = Edition(7, None)


def measure(name: str, *told: tuple[str, str, dict[str, Any]]) -> MeasureFold:
    """A measure of acts that each do one thing: (announced_on, type, fields)."""
    slug = name.lower().replace("/", "-")
    return MeasureFold(name, [a for on, kind, fields in told for a in act(f"{slug}-{on}", on, does(kind, **fields))])


BAN = measure(
    "XA/ban",
    ("2020-01-10", "announced", {"effects": ["prohibits"], "subjects": ["Brask"]}),
    ("2020-02-10", "adopted", {"effective_on": "2020-03-01", "expires_on": "2020-04-29"}),
)
RULE = measure(
    "XA/rule", ("2020-01-10", "adopted", {"effects": ["restricts"], "scope": ["core"], "effective_on": "2020-01-31"})
)
POSITION = measure("XB/position", ("2020-02-29", "announced", {"effects": ["declares_no_ban"], "subjects": ["Brask"]}))
CALL = measure(
    "XB/call",
    ("2020-01-10", "adopted", {"effects": ["prohibits"], "targets": ["XA"], "effective_on": "2020-01-10"}),
)
WORLD = {"XB": [POSITION, CALL], "XA": [BAN, RULE]}


def told(
    from_: str = "2020-01-01", to: str = "2020-05-15", step: Any = "month", known_on: str | None = None, **filters: Any
) -> Series:
    eyes = None if known_on is None else D(known_on)
    return series_between(
        WORLD, from_=D(from_), to=D(to), step=step, known_on=eyes, edition=EDITION, filters=Filters(**filters)
    )


def named(answer: Series) -> list[str]:
    """`prohibits XA, no_headline XB` of each point."""
    return [", ".join(f"{each} {' '.join(codes)}" for each, codes in point.codes.items()) for point in answer.points]


@pytest.mark.parametrize(
    ("from_", "to", "step", "days"),
    [
        ("2020-01-15", "2020-04-10", "month", ["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-10"]),
        ("2019-11-30", "2020-01-31", "month", ["2019-11-30", "2019-12-31", "2020-01-31"]),
        ("2020-01-15", "2020-01-15", "month", ["2020-01-15"]),
        ("2020-02-01", "2020-11-01", "quarter", ["2020-03-31", "2020-06-30", "2020-09-30", "2020-11-01"]),
        ("2018-12-31", "2020-01-01", "year", ["2018-12-31", "2019-12-31", "2020-01-01"]),
        ("2200-11-01", "2200-12-31", "month", ["2200-11-30", "2200-12-31"]),
    ],
)
def test_a_point_stands_on_the_last_day_of_its_period_and_the_last_one_on_the_last_day_of_the_window(
    from_: str, to: str, step: str, days: list[str]
) -> None:
    assert [day.isoformat() for day in days_of_points(D(from_), D(to), step)] == days


def test_fifty_years_by_month_are_a_series_and_a_day_more_is_refused() -> None:
    assert len(days_of_points(D("1970-01-01"), D("2019-12-31"), "month")) == 600
    with pytest.raises(TooManyPoints, match="601 points, and a series has at most 600") as refused:
        days_of_points(D("1970-01-01"), D("2020-01-01"), "month")
    assert refused.value.facts == {"points": 601, "most": 600}
    assert isinstance(refused.value, Refusal)
    assert len(days_of_points(D("1900-01-01"), D("2200-12-31"), "year")) == 301


def test_a_jurisdiction_counts_once_as_its_headline() -> None:
    answer = told()
    assert named(answer) == [
        "restricts XA, no_headline XB",
        "restricts XA, declares_no_ban XB",
        "prohibits XA, declares_no_ban XB",
        "restricts XA, declares_no_ban XB",
        "restricts XA, declares_no_ban XB",
    ]
    assert [point.counts["prohibits"] for point in answer.points] == [0, 0, 1, 0, 0]
    assert {point.jurisdictions for point in answer.points} == {2}
    assert {sum(point.counts.values()) for point in answer.points} == {2}


def test_a_point_is_read_by_the_eyes_of_its_day_or_all_by_those_of_one() -> None:
    assert [point.known_on for point in told().points] == [point.on for point in told().points]
    early = told(known_on="2020-01-31")
    assert (early.known_on, {point.known_on for point in early.points}) == ("2020-01-31", {"2020-01-31"})
    assert named(early) == ["restricts XA, no_headline XB"] * 5
    assert named(told(known_on="2020-01-09")) == ["no_headline XA XB"] * 5


def test_with_a_filter_only_what_matches_counts() -> None:
    assert named(told(subjects=("Brask",))) == [
        "no_headline XA",
        "declares_no_ban XB, no_headline XA",
        "prohibits XA, declares_no_ban XB",
        "declares_no_ban XB, no_headline XA",
        "declares_no_ban XB, no_headline XA",
    ]
    assert named(told(scopes=("core",))) == ["restricts XA"] * 5
    assert named(told(subjects=("Foxline",))) == [""] * 5


def test_with_an_effect_only_that_effect_counts_whatever_is_stricter() -> None:
    both = measure(
        "XA/both", ("2020-01-10", "adopted", {"effects": ["restricts", "prohibits"], "effective_on": "2020-01-10"})
    )
    window: Any = {"from_": D("2020-03-31"), "to": D("2020-03-31"), "step": "month", "known_on": None}
    (point,) = series_between({"XA": [BAN, both]}, **window, edition=EDITION).points
    assert point.codes == {"prohibits": ("XA",)}
    asked = Filters(effects=("restricts",))
    (point,) = series_between({"XA": [BAN, both]}, **window, edition=EDITION, filters=asked).points
    assert point.codes == {"restricts": ("XA",)}


def test_with_a_status_what_has_it_counts_in_place_of_what_is_in_force() -> None:
    assert named(told(statuses=("adopted",))) == ["", "prohibits XA", "", "", ""]
    assert named(told(statuses=("announced",))) == ["prohibits XA", *["declares_no_ban XB"] * 4]
    assert named(told(statuses=("in_force",))) == [
        "restricts XA, no_headline XB",
        "restricts XA, no_headline XB",
        "prohibits XA, no_headline XB",
        "restricts XA, no_headline XB",
        "restricts XA, no_headline XB",
    ]


def test_a_point_names_the_matrix_that_it_counts() -> None:
    (point,) = told(from_="2020-03-01", to="2020-03-31", known_on="2020-06-01", subjects=("Brask",)).points
    assert point.state == "/v1/state?as_of=2020-03-31&known_on=2020-06-01&position=7&rules=1&subject=Brask"


def test_what_is_asked_for_and_not_on_record_is_named() -> None:
    answer = series_between(
        {"XA": [RULE]}, from_=D("2020-03-01"), to=D("2020-03-31"), step="month", known_on=None, edition=EDITION,
        jurisdictions=["XC", "XA"], filters=Filters(subjects=("Bark",)),
    )  # fmt: skip
    assert answer.no_record == ("XC",)
    assert [(each.parameter, each.given) for each in answer.unknown or ()] == [("subject", "Bark")]
    assert (told().no_record or (), told().unknown or ()) == ((), ())


DAYS = st.lists(
    st.integers(-6, histories.WINDOW + 6).map(lambda n: histories.FIRST + timedelta(days=n)), min_size=1, max_size=8
).map(sorted)


@settings(max_examples=150)
@given(st.lists(ANY, min_size=1, max_size=3), DAYS, st.none() | DAYS.map(lambda days: days[0]), st.booleans())
def test_a_series_is_the_matrix_of_each_day_counted(
    made: list[History], days: list[date], known_on: date | None, only_in_force: bool
) -> None:
    """On any days, also with partial dates and many boundaries between two of them, or none."""
    folds = {f"X{letter}": [fold_of(history)] for letter, history in zip("ABC", made, strict=False)}
    filters = Filters(statuses=("in_force",)) if only_in_force else Filters()
    with standing_on_the(days):
        answer = series_between(
            folds, from_=days[0], to=days[-1], step="month", known_on=known_on, edition=EDITION, filters=filters
        )
    assert [point.on for point in answer.points] == [day.isoformat() for day in days]
    for day, point in zip(days, answer.points, strict=True):
        matrix = matrix_as_of(folds, as_of=day, known_on=known_on or day, edition=EDITION, filters=filters)
        assert point.jurisdictions == len(matrix.jurisdictions)
        assert {code for codes in point.codes.values() for code in codes} == {
            row.jurisdiction for row in matrix.jurisdictions
        }
        if not filters:
            headlines = {
                r.jurisdiction: r.headline.effect if r.headline else "no_headline" for r in matrix.jurisdictions
            }
            assert {code: each for each, codes in point.codes.items() for code in codes} == headlines


@contextmanager
def standing_on_the(days: list[date]) -> Iterator[None]:
    """The points of a series stand on these days."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(series_room, "days_of_points", lambda *_: days)
        yield


def test_a_measure_is_read_as_often_as_it_may_have_changed_however_many_points_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def reading(fold: MeasureFold, as_of: int, known_on: int) -> Any:
        read.append(fold.measure)
        return line_on(fold, as_of, known_on)

    monkeypatch.setattr(series_room, "line_on", reading)
    assert len(told(from_="1980-01-01", to="2029-12-31").points) == 600
    turns = sum(len(fold.boundaries) for folds in WORLD.values() for fold in folds)
    assert len(read) <= turns + len(WORLD) * 2
