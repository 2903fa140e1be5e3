"""The page of an act: what it is, what it did, and every edition of our record of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from services.web import act as act_page
from tests.web.decree import HOSTILE, served_record
from tests.web.shown import Element, refused, shown


@pytest.fixture(scope="module")
def pages(postgres_server: str) -> Iterator[httpx.Client]:
    with served_record(postgres_server) as record:
        yield record.client


def facts(page: Element) -> dict[str, str]:
    told = page.one("dl", class_="facts")
    return dict(zip((each.text for each in told.all("dt")), (each.text for each in told.all("dd")), strict=True))


def editions(page: Element) -> list[list[str]]:
    return [[cell.text for cell in row.all("td")] for row in page.one(id="editions").one("tbody").all("tr")]


def test_an_act_is_told_with_its_authority_its_days_and_its_sources(pages: httpx.Client) -> None:
    page = shown(pages, "/acts/nl-decree", as_of="2020-06-01")
    assert page.one("h1").text == "Decree on networks"
    assert facts(page) == {
        "Authority": "Minister of Economic Affairs",
        "Instrument": "rule",
        "Announced on": "2019-11-28",
        "Published on": "2019-11-29",
        "Citation": "Gazette 2019, 457",
        "Verified": "official document",
    }
    sources = page.all("li", class_="source")
    assert [each.text for each in sources] == [
        "State gazette 2019, 457 (2019-11-28)",
        "Minutes, not published",
        "A trap",
    ]
    assert [each.links() for each in sources] == [{"State gazette 2019, 457": "https://gazette.example/457"}, {}, {}]


def test_what_it_did_is_told_in_words_on_each_measure(pages: httpx.Client) -> None:
    page = shown(pages, "/acts/nl-letter", as_of="2020-06-01")
    assert [each.text for each in page.all("li", class_="holding")] == [
        "Telecom decree NL/decree Announced: requires security measures titled “Telecom decree”",
        "Telecom decree NL/decree Set the deadline rules: due 2020-01-31; for the authority itself",
    ]
    corrected = shown(pages, "/acts/nl-decree", as_of="2020-06-01")
    (did,) = corrected.all("li", class_="holding")
    assert "in force from 2020-03-01" in did.text
    assert did.links()["Telecom decree"] == "/measures/NL/decree?as_of=2020-06-01"


def test_every_edition_is_told_with_who_when_and_what_changed(pages: httpx.Client) -> None:
    page = shown(pages, "/acts/nl-decree")
    rows = editions(page)
    assert [(row[0], row[1].split()[0], row[3]) for row in rows] == [
        ("3", "Recorded", "ada"),
        ("4", "Corrected", "ada"),
        ("5", "Verified:", "ben"),
    ]
    assert rows[1][1] == (
        "Corrected (wrong date) the gazette says March actions[0].effective_on 2020-05-01 → became 2020-03-01"
    )
    assert page.one(id="editions").links()["read here"] == "https://gazette.example/read"
    assert all(row[2].endswith(" UTC") for row in rows)


def test_an_edition_leads_to_the_act_as_it_read_then(pages: httpx.Client) -> None:
    link = shown(pages, "/acts/nl-decree").one(id="editions").links()["3"]
    then = shown(pages, link)
    assert "in force from 2020-05-01" in then.all("li", class_="holding")[0].text
    assert len(editions(then)) == 1
    assert "Our record as it stood at position 3" in then.text


def test_a_retracted_act_says_so_and_is_struck(pages: httpx.Client) -> None:
    page = shown(pages, "/acts/nl-rumour")
    assert page.one("h1").one("del").text == "A leak"
    warning = page.one(id="retracted").text
    assert "(unfounded): it should not have been recorded. it was another decree" in warning
    assert HOSTILE in page.text
    assert [row[1].split()[0] for row in editions(page)] == ["Recorded", "Retracted"]


def test_links_to_measures_are_told(pages: httpx.Client) -> None:
    page = shown(pages, "/acts/nl-stricter")
    assert facts(page)["Implements"] == "EU/toolbox"
    assert page.one("dl", class_="facts").links()["EU/toolbox"] == "/measures/EU/toolbox"


def test_of_very_many_actions_the_first_are_told_and_the_others_counted(
    pages: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act_page, "ACTIONS", 1)
    page = shown(pages, "/acts/nl-letter", as_of="2020-06-01")
    assert len(page.all("li", class_="holding")) == 1
    assert "1 more action: JSON" in page.text


def test_an_act_that_there_is_not_is_refused_as_a_page(pages: httpx.Client) -> None:
    assert refused(pages, "/acts/nl-nothing", 404).startswith(
        "There is no act nl-nothing in this edition of the record."
    )
    assert refused(pages, "/acts/nl-decree?position=2", 404).startswith("There is no act nl-decree")


def test_its_answer_downloads(pages: httpx.Client) -> None:
    links = shown(pages, "/acts/nl-decree").one("section", class_="cite").links()
    assert "CSV" not in links
    assert len(pages.get(links["JSON"]).json()["editions"]) == 3
