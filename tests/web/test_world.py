"""The page of the world, as its HTML says it: the map, the table, the steps, the filters, what can be downloaded."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pytest

from tests.web.reading import shown


def test_the_table_has_a_row_for_every_jurisdiction_on_record_with_its_headline(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01")
    assert page.row("Netherlands")[:3] == ["Netherlands NL", "requires security measures in force", ""]
    assert page.row("Norway")[:2] == ["Norway NO", "declares no ban announced"]
    assert page.row("European Union")[:2] == ["European Union EU", "restricts in force"]
    assert (
        "1 jurisdiction restricts, 1 jurisdiction requires security measures and 1 jurisdiction declares" in page.text
    )


def test_what_is_announced_and_not_in_force_is_on_its_way(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2019-11-20")
    assert page.row("Netherlands")[:3] == ["Netherlands NL", "nothing", "requires security measures announced"]
    netherlands = next(told for _, told in page.elements if told.get("data-code") == "NL")
    assert netherlands["href"] == "/jurisdictions/NL?as_of=2019-11-20"


def test_the_map_has_a_link_for_every_jurisdiction_that_has_a_place_and_names_the_others(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01")
    assert sorted(told["data-code"] for _, told in page.elements if "data-code" in told) == ["NL", "NO"]
    assert "On record and not on the map: European Union (EU)" in page.text
    assert "Netherlands: requires security measures, in force" in page.text
    assert "Boundaries and names on the map imply no position" in page.text


def test_an_earlier_edition_still_says_what_it_said(api: httpx.Client) -> None:
    """Position 7 has the decree in force from May; it was corrected to March at position 8."""
    assert shown(api, "/?as_of=2020-04-01&position=7").row("Netherlands")[1] == "nothing"
    assert "in force" in shown(api, "/?as_of=2020-04-01&position=8").row("Netherlands")[1]


def test_hindsight_is_the_eyes_of_another_day(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2019-11-22&known=on&known_on=2019-11-19")
    assert page.row("Netherlands")[:3] == ["Netherlands NL", "nothing", ""]
    assert page.by_id("known_on")["value"] == "2019-11-19"


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2019-11-20", "2019-09-26", "2019-11-28"),
        ("2019-12-25", "2019-11-28", "2020-01-29"),
        ("2020-02-29", "2020-02-01", "2020-03-01"),
    ],
)
def test_the_steps_lead_to_the_change_before_and_the_change_after(
    api: httpx.Client, day: str, before: str, after: str
) -> None:
    page = shown(api, f"/?as_of={day}&known=then&region=europe")
    assert page.by_id("before")["href"] == f"/?known=then&region=europe&as_of={before}"
    assert page.by_id("after")["href"] == f"/?known=then&region=europe&as_of={after}"


def test_where_nothing_changes_any_more_there_is_no_step(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2021-01-01")
    assert "no change after" in page.text
    assert "after" not in {told.get("id") for _, told in page.elements}


def test_a_filter_leaves_what_matches_and_shows_that_it_is_on(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01&subject=Brask")
    assert [row[0].strip() for row in page.tables[0][1:]] == ["Netherlands NL"]
    assert "Filters (on)" in page.text
    assert any(told.get("value") == "Brask" and "selected" in told for _, told in page.elements)


def test_a_subject_that_nobody_has_is_said_to_be_unknown(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01&subject=Huawai")
    assert (
        "The subject “Huawai” is neither in the code book nor anywhere on record here. Did you mean Huawei" in page.text
    )
    assert "No jurisdiction on record matches on this day." in page.text


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "European Union"),
        ("headline", "European Union"),
        ("code", "European Union"),
        ("upcoming", "European Union"),
        ("in_force", "European Union"),
        ("on_the_way", "Norway"),
    ],
)
def test_the_table_is_sorted_by_a_column(api: httpx.Client, sort: str, first: str) -> None:
    page = shown(api, f"/?as_of=2020-04-01&sort={sort}")
    assert page.tables[0][1][0].startswith(first)


def test_the_table_can_be_had_as_a_file_of_exactly_what_is_seen(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01&subject=Brask")
    links = {text: href for href, text in page.links if text in ("CSV", "JSON")}
    table = api.get(links["CSV"])
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["content-disposition"] == 'attachment; filename="dateline-state-2020-04-01.csv"'
    assert [row["jurisdiction"] for row in csv.DictReader(io.StringIO(table.text))] == ["NL"]
    document = json.loads(api.get(links["JSON"]).content)
    assert (document["position"], [row["jurisdiction"] for row in document["jurisdictions"]]) == (8, ["NL"])


def test_the_timeline_of_the_slider_is_that_of_the_page(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01&region=europe&sort=code&position=7&effect=requires_security_measures")
    (address,) = page.told("figure", "data-timeline")
    assert address == "/timeline?position=7&effect=requires_security_measures"
    timeline = api.get(address).json()
    assert timeline["position"] == 7
    assert timeline["jurisdictions"]["NL"][-1] == ["2020-05-01", "requires_security_measures", "in_force", None, None]
    assert timeline["jurisdictions"]["EU"] == []


def test_a_country_is_found_by_name_or_code_in_any_letters(api: httpx.Client) -> None:
    for name in ("netherlands", "nl"):
        answer = api.get("/jurisdictions", params={"name": name, "as_of": "2020-04-01"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/jurisdictions/NL?as_of=2020-04-01")


def test_the_jurisdictions_on_record_are_listed_with_how_far_the_record_reaches(api: httpx.Client) -> None:
    page = shown(api, "/jurisdictions")
    assert page.row("Netherlands")[1:4] == ["1", "2", "2019-11-28"]
    assert page.row("Croatia")[-1] == "2026-11-21"
