"""The series, asked over HTTP: which points it has, what it refuses, whom it names."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.test_problems import problem


def codes(api: httpx.Client, **params: Any) -> dict[str, dict[str, list[str]]]:
    asked = {"from": "2019-11-01", "to": "2020-03-10", **params}
    return {each["on"]: each["codes"] for each in api.get("/v1/series", params=asked).json()["points"]}


def test_each_point_names_the_jurisdictions_behind_its_numbers(api: httpx.Client) -> None:
    """The decree is in force from 1 March 2020, the toolbox from 29 January; Norway only said that it bans nobody."""
    assert codes(api) == {
        "2019-11-30": {"declares_no_ban": ["NO"], "no_headline": ["EU", "NL"]},
        "2019-12-31": {"declares_no_ban": ["NO"], "no_headline": ["EU", "NL"]},
        "2020-01-31": {"restricts": ["EU"], "declares_no_ban": ["NO"], "no_headline": ["NL"]},
        "2020-02-29": {"restricts": ["EU"], "declares_no_ban": ["NO"], "no_headline": ["NL"]},
        "2020-03-10": {"restricts": ["EU"], "requires_security_measures": ["NL"], "declares_no_ban": ["NO"]},
    }


def test_an_earlier_edition_and_other_eyes_count_otherwise(api: httpx.Client) -> None:
    """Position 7 had the decree in force from 1 May 2020; on 31 January 2020 only what was announced by then counts."""
    assert codes(api, position=7, step="year")["2020-03-10"]["no_headline"] == ["NL"]
    early = codes(api, known_on="2019-11-20")
    assert {tuple(each) for each in early.values()} == {("declares_no_ban", "no_headline")}
    assert codes(api, known_on="2020-06-01") == codes(api)


def test_a_series_is_of_some_jurisdictions_and_of_the_measures_that_match(api: httpx.Client) -> None:
    assert codes(api, step="year", jurisdiction=["Netherlands", "NO"]) == {
        "2019-12-31": {"declares_no_ban": ["NO"], "no_headline": ["NL"]},
        "2020-03-10": {"requires_security_measures": ["NL"], "declares_no_ban": ["NO"]},
    }
    assert codes(api, step="year", subject="Brask") == {
        "2019-12-31": {"no_headline": ["NL"]},
        "2020-03-10": {"requires_security_measures": ["NL"]},
    }
    answer = api.get("/v1/series", params={"from": "2020-01-01", "subject": "Barsk", "jurisdiction": ["HR", "NL"]})
    assert answer.json()["no_record"] == ["HR"]
    assert [each["given"] for each in answer.json()["unknown"]] == ["Barsk"]
    assert {each["jurisdictions"] for each in answer.json()["points"]} == {0}


def test_the_window_ends_today_unless_it_is_said(api: httpx.Client) -> None:
    answer = api.get("/v1/series", params={"from": "2020-01-01", "step": "year"}).json()
    today = api.get("/v1/state").json()["as_of"]
    assert answer["to"] == answer["points"][-1]["on"] == answer["points"][-1]["known_on"] == today


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"from": "2020-02-01", "to": "2020-01-31"}, "window-reversed"),
        ({"from": "1970-01-01", "to": "2020-01-01"}, "too-many-points"),
        ({}, "invalid-parameters"),
        ({"from": "2020-01-01", "step": "day"}, "invalid-parameters"),
        ({"from": "1899-12-31"}, "invalid-parameters"),
        ({"from": "2020-01-01", "to": "2201-01-01"}, "invalid-parameters"),
        ({"from": "2020-01-01", "as_of": "2020-01-01"}, "invalid-parameters"),
    ],
)
def test_a_window_that_is_no_series_is_refused(api: httpx.Client, params: dict[str, str], kind: str) -> None:
    document = problem(api.get("/v1/series", params=params), 422, kind)
    if kind == "too-many-points":
        assert (document["points"], document["most"]) == (601, 600)
