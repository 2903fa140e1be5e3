"""Answers as frames: what is a date, what stays text, and what a frame looks like that has no rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import polars
import pytest

from dateline_client import Client, DatelineError, ExtraMissing, to_pandas, to_polars
from dateline_client.answers import Answer, PanelRow
from dateline_client.frames import Framed
from tests.client.conftest import Dossier
from tests.client.test_asking import AT, DECREE, QUESTIONS

FRAMED = [each for each in QUESTIONS if each[0] not in ("act", "codebook")]


@pytest.fixture
def client(dossier: Dossier) -> Iterator[Client]:
    with Client(dossier.url) as opened:
        yield opened


@pytest.mark.parametrize(("name", "args", "kwargs"), FRAMED, ids=lambda each: each if isinstance(each, str) else "")
def test_every_table_is_the_same_frame_for_both(
    client: Client, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    answer = getattr(client, name)(*args, **kwargs)
    assert isinstance(answer, Framed)
    in_pandas, in_polars = answer.to_pandas(), answer.to_polars()
    assert list(in_pandas.columns) == in_polars.columns
    assert len(in_pandas) == in_polars.height == len(answer.table().rows)
    for column in in_polars.columns:
        assert in_pandas[column].isna().sum() == in_polars[column].null_count(), column


def test_every_answer_that_has_rows_is_tried_here() -> None:
    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    framed = {each.__name__ for each in below(Answer) & below(Framed)}
    assert framed == {
        "State", "World", "Pressure", "Changes", "ChangesPage", "Series", "Deadlines", "Measure", "History",
        "Restatement", "WorldRestatement", "Comparison", "WorldComparison", "Search", "Jurisdictions", "LogPage",
    }  # fmt: skip


def test_days_are_dates_and_a_day_known_in_part_stays_text(client: Client) -> None:
    deadlines = client.deadlines(as_of="2026-11-24", **AT)
    partial = [each.due for each in deadlines.deadlines if each.due is not None and len(each.due) == len("2026-12")]
    assert partial, "the dossier has deadlines that are known to the month"
    in_polars, in_pandas = deadlines.to_polars(), deadlines.to_pandas()
    assert in_polars["as_of"].to_list() == [date(2026, 11, 24)] * len(deadlines.deadlines)
    assert set(partial) < set(in_polars["due"].drop_nulls())
    assert set(partial) < set(in_pandas["due"].dropna())
    assert (in_pandas["as_of"] == "2026-11-24").all()


def test_each_kind_of_column_has_its_type(client: Client) -> None:
    state = client.state("NL", as_of="2019-11-20", **AT)
    types = dict(zip(state.to_polars().columns, state.to_polars().dtypes, strict=True))
    expected: dict[str, tuple[Any, str]] = {
        "as_of": (polars.Date, "datetime64[s]"),
        "recorded_at": (polars.Datetime("us", "UTC"), "datetime64[us, UTC]"),
        "position": (polars.Int64, "Int64"),
        "inherited": (polars.Boolean, "boolean"),
        "measure": (polars.String, "string"),
        "since": (polars.Date, "datetime64[s]"),
        "effective_on": (polars.String, "string"),
        "effects": (polars.List(polars.String), "object"),
        "deadlines": (polars.String, "string"),
    }
    assert {name: types[name] for name in expected} == {name: each[0] for name, each in expected.items()}
    found = state.to_pandas().dtypes
    assert {name: str(found[name]) for name in expected} == {name: each[1] for name, each in expected.items()}


def test_a_frame_without_rows_has_the_same_columns(client: Client) -> None:
    some = client.changes("NL", from_="2019-11-21", to="2020-03-31", **AT)
    none = client.changes("NL", from_="1999-01-01", to="1999-12-31", **AT)
    assert some.changes
    assert none.changes == ()
    assert none.to_polars().schema == some.to_polars().schema
    assert none.to_pandas().dtypes.equals(some.to_pandas().dtypes)


def test_an_inherited_measure_is_marked(client: Client) -> None:
    state = client.state("SE", as_of="2026-11-24", **AT)
    frame = state.to_polars()
    assert state.inherited
    assert set(frame.filter(polars.col("inherited"))["measure"]) == {line.measure for line in state.inherited}
    assert frame["jurisdiction"].unique().to_list() == ["SE"]


def test_members_of_a_member_are_columns(client: Client) -> None:
    world = client.world(as_of="2019-10-29", **AT)
    frame = world.to_pandas().set_index("jurisdiction")
    assert frame.loc["US", "headline_effect"] == "prohibits"
    assert "US/huawei-entity-listing" in frame.loc["US", "headline_measures"]
    without = [row.jurisdiction for row in world.jurisdictions if row.headline is None]
    assert frame.loc[without, "headline_effect"].isna().all()
    for status in ("in_force", "announced"):
        assert frame[f"counts_{status}"].sum() == sum(row.counts.get(status, 0) for row in world.jurisdictions)


def test_a_series_is_ready_for_a_chart(client: Client) -> None:
    frame = client.series(from_="2020-01-01", to="2020-12-31", step="year", **AT).to_polars()
    assert frame.select("on", "jurisdictions", "counts_prohibits", "counts_declares_no_ban").rows() == [
        (date(2020, 12, 31), 57, 6, 14)
    ]
    assert len(frame["codes_prohibits"].to_list()[0]) == 6


def test_a_panel_is_pivoted_by_day_and_jurisdiction(client: Client) -> None:
    panel = client.panel(jurisdictions=["NL", "NO"], from_="2020-02-29", to="2020-03-01", **AT)
    wide = panel.to_pandas().pivot(index="as_of", columns="jurisdiction", values="headline_effect")
    assert wide.loc["2020-02-29":"2020-03-01", "NL"].to_list() == ["declares_no_ban", "restricts"]
    assert "measure" not in panel.to_polars().columns
    by_measure = client.panel(jurisdictions="NL", from_="2020-02-29", to="2020-03-01", of="measure", **AT).to_polars()
    assert by_measure.filter(measure=DECREE)["status"].to_list() == ["adopted", "in_force"]
    assert "headline_effect" not in by_measure.columns


def test_rows_that_were_gone_through_one_by_one_are_a_frame_as_well(client: Client) -> None:
    events = list(client.log(after=360, position=366))
    for frame in (to_pandas(events), to_polars(events)):
        assert list(frame["position"]) == [361, 362, 363, 364, 365, 366]
    assert to_polars(events)["recorded_at"].dtype == polars.Datetime("us", "UTC")
    assert to_polars(client.world_changes(from_="1999-01-01", to="1999-12-31")).height == 0


def test_days_at_both_ends_of_what_the_service_knows_are_dates() -> None:
    rows = [
        PanelRow(
            as_of=day, known_on=day, position=1, recorded_at=datetime.fromisoformat(f"{day}T08:00:00Z"), rules="1",
            jurisdiction="NL",
        )
        for day in (date(1900, 1, 1), date(2200, 12, 31))
    ]  # fmt: skip
    assert [each.date() for each in to_pandas(rows)["as_of"]] == [row.as_of for row in rows]
    assert to_polars(rows)["recorded_at"].to_list() == [row.recorded_at for row in rows]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_library_is_told_with_what_to_install(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    state = client.state("NL", **AT)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ExtraMissing, match=rf"pip install 'dateline\[{name}\]'") as missing:
        getattr(state, f"to_{name}")()
    assert isinstance(missing.value, DatelineError)
