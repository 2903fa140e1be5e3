"""The page of a measure: where it stands on a day, its life, its links, and every entry of its history."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from services.web import measure as measure_page
from tests.web.decree import HOSTILE, served_record
from tests.web.shown import BROWSER, Element, refused, shown


@pytest.fixture(scope="module")
def pages(postgres_server: str) -> Iterator[httpx.Client]:
    with served_record(postgres_server) as record:
        yield record.client


def decree(pages: httpx.Client, as_of: str = "2020-06-01", **asked: str) -> Element:
    return shown(pages, "/measures/NL/decree", as_of=as_of, **asked)


def entries(page: Element) -> list[list[str]]:
    """The cells of the history: number, what, act with sources, days, recording."""
    return [[cell.text for cell in row.all("td")] for row in page.one(id="history").one("tbody").all("tr")]


def test_where_it_stands_is_said_in_words(pages: httpx.Client) -> None:
    page = decree(pages)
    assert page.one("h1").text == "Telecom decree, on 2020-06-01, as known the same day"
    assert page.one(id="standing").text == "restricts in force since 2020-03-01"
    facts = page.one("dl", class_="facts")
    told = dict(zip((each.text for each in facts.all("dt")), (each.text for each in facts.all("dd")), strict=True))
    assert told == {
        "Effects": "restricts",
        "On": "Brask",
        "Scope": "core",
        "By": "Minister of Economic Affairs (rule)",
        "First day in force": "2020-03-01",
        "Verified": "not all of its acts are verified",
        "level": "2",
    }
    assert (
        "by act nl-decree of 2019-11-28, Minister of Economic Affairs [Gazette 2019, 457]. Sources: State gazette"
        in (page.text)
    )


def test_a_measure_that_was_not_there_yet_is_said_to_be_absent(pages: httpx.Client) -> None:
    page = decree(pages, "2019-01-01", known_on="2021-06-01")
    assert page.one(id="standing").text == "The measure is not there on this day, as far as was known."
    assert len(entries(page)) == 10
    before = decree(pages, "2019-01-01")
    assert before.one(id="standing").text.startswith(
        "Nothing of this measure stands, as far as was known on 2019-01-01"
    )


def test_a_status_that_may_be_another_is_said_plainly(pages: httpx.Client) -> None:
    page = shown(pages, "/measures/NL/law", as_of="2021-05-10")
    assert "Not certain: a date is known only in part. On this day it may be adopted or in force." in page.text


def test_its_life_is_told_run_by_run(pages: httpx.Client) -> None:
    life = decree(pages, known_on="2021-06-01").one(id="life")
    rows = [[cell.text for cell in row.all("td")][:4] for row in life.all("tbody")[0].all("tr")]
    assert rows == [
        ["2019-11-20", "2019-11-27", "announced", "requires security measures"],
        ["2019-11-28", "2020-02-29", "adopted", "restricts level 2"],
        ["2020-03-01", "2020-08-31", "in force", "restricts level 2"],
        ["2020-09-01", "2020-10-15", "suspended", "restricts level 2"],
        ["2020-10-16", "2021-06-30", "in force", "restricts level 2"],
        ["2021-07-01", "onwards", "in force", "prohibits level 2"],
    ]
    drawn = [each.text for each in life.all("title")]
    assert "2020-09-01: Court stays the decree (suspended)" in drawn
    assert "6 acts" not in life.text
    assert "5 acts" in life.text  # a leak was retracted


def test_a_deadline_is_told_with_its_moves(pages: httpx.Client) -> None:
    (deadline,) = decree(pages).one(id="life").all("tbody")[1].all("tr")
    assert [cell.text for cell in deadline.all() if cell.tag in ("th", "td")] == [
        "rules",
        "2020-04-30",
        "overdue",
        "overdue by 32 days (due 2020-04-30, not met); moved on 2020-01-20 from 2020-01-31 to 2020-04-30 by nl-delay",
        "nl-letter, nl-delay",
    ]


def test_every_entry_is_told_with_its_act_its_days_and_who_recorded_it(pages: httpx.Client) -> None:
    told = entries(decree(pages))
    assert [row[0] for row in told] == [str(number) for number in range(1, 11)]
    _, what, act, days, recorded = told[2]
    assert what.startswith("Adopted: restricts; on Brask; scope core; level 2; in force from 2020-05-01")
    assert act.startswith("nl-decree Decree on networks Minister of Economic Affairs [Gazette 2019, 457]")
    assert "State gazette 2019, 457 (2019-11-28)" in act
    assert days == "announced 2019-11-28 published 2019-11-29 in force 2020-05-01"
    assert "position 3, by ada" in recorded
    assert "Suspended until 2020-10-15" in told[8][1]
    assert (told[8][3], told[9][3]) == (
        "announced 2020-09-01 until 2020-10-15",
        "announced 2021-02-01 applies 2021-07-01",
    )


def test_a_correction_shows_what_was_before_and_what_is_after(pages: httpx.Client) -> None:
    page = decree(pages)
    row = page.one(id="entry-4")
    assert "Corrected (wrong date) the gazette says March" in row.text
    changed = row.one("ul", class_="differences").one("li")
    assert (changed.one("del").text, changed.one("ins").text) == ("2020-05-01", "2020-03-01")
    assert "now: Adopted: restricts; on Brask; scope core; level 2; in force from 2020-03-01" in row.text
    assert "verified: official document, by ben" in row.text
    assert "Corrected at position 4" in page.one(id="entry-3").text


def test_what_was_retracted_is_struck_and_stays_text(pages: httpx.Client) -> None:
    page = decree(pages)
    row = page.one(id="entry-7")
    assert row.one("del").text == "Noted"
    assert HOSTILE in row.text
    assert "Retracted at position 7" in row.text or "Retracted at position 8" in row.text
    assert (
        "Retracted (unfounded): it should not have been recorded it was another decree" in page.one(id="entry-8").text
    )


def test_a_measure_that_was_retracted_whole_keeps_its_history(pages: httpx.Client) -> None:
    page = shown(pages, "/measures/NL/gone", as_of="2020-06-01")
    assert page.one("h1").text.startswith("NL/gone")
    assert page.one(id="standing").text.startswith("Nothing of this measure stands")
    assert [row[1].split()[0] for row in entries(page)] == ["Announced:", "Retracted"]


def test_links_are_told_from_both_ends(pages: httpx.Client) -> None:
    related = decree(pages, "2021-03-01").one(id="related")
    assert related.text == "Related implements eu-toolbox in force by nl-stricter"
    toolbox = shown(pages, "/measures/EU/toolbox", as_of="2021-03-01")
    assert toolbox.one(id="related").text == "Related implemented by Telecom decree in force by nl-stricter"
    assert toolbox.one(id="related").links()["Telecom decree"] == "/measures/NL/decree?as_of=2021-03-01"
    assert not decree(pages, "2020-06-01").all(id="related")


def test_a_long_history_stands_on_pages(pages: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = entries(decree(pages))
    monkeypatch.setattr(measure_page, "ENTRIES", 3)
    parts = [entries(decree(pages, page=str(number))) for number in (1, 2, 3, 4)]
    assert [len(each) for each in parts] == [3, 3, 3, 1]
    assert [row for each in parts for row in each] == whole
    pager = decree(pages, page="2").one("nav", class_="pages")
    assert pager.text.startswith("‹ Previous Page 2 of 4 Next ›")
    assert pager.links()["Last"] == "/measures/NL/decree?as_of=2020-06-01&page=4#history"
    assert refused(pages, "/measures/NL/decree?page=5", 404) == "There is no page 5 of this history: there are 4."


def test_the_steps_are_those_of_the_measure(pages: httpx.Client) -> None:
    page = decree(pages)
    assert page.one(id="before").attributes["href"] == "/measures/NL/decree?as_of=2020-05-01"
    assert page.one(id="after").attributes["href"] == "/measures/NL/decree?as_of=2020-09-01"


def test_what_there_is_not_is_refused_as_a_page(pages: httpx.Client) -> None:
    assert refused(pages, "/measures/NL/nothing", 404).startswith("There is no measure NL/nothing in this edition")
    answer = pages.get("/measures/netherlands/decree?as_of=2020-06-01", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/measures/NL/decree?as_of=2020-06-01")


def test_its_answers_download(pages: httpx.Client) -> None:
    page = decree(pages)
    downloads = page.one(id="history").one("p", class_="downloads").all("a")
    found = [pages.get(each.attributes["href"]) for each in downloads]
    assert [each.headers["content-type"].split(";")[0] for each in found] == ["text/csv"] + ["application/json"] * 2
    assert (len(found[1].json()["entries"]), found[2].json()["line"]["status"]) == (10, "in_force")
    cite = page.one("section", class_="cite")
    assert "CSV" not in cite.links()
    assert shown(pages, cite.one("a", rel="bookmark").attributes["href"]).one(id="standing").text == (
        page.one(id="standing").text
    )
