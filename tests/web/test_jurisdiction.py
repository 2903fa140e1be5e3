"""The page of a jurisdiction: what holds on a day and why, through time, around the day, and what is not on record."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest

from projections import brief as brief_room
from tests.recording.telling import act, did
from tests.web.decree import HOSTILE, Served, served_record
from tests.web.shown import BROWSER, Element, refused, shown


@pytest.fixture(scope="module")
def pages(postgres_server: str) -> Iterator[httpx.Client]:
    with served_record(postgres_server) as record:
        yield record.client


def nl(pages: httpx.Client, as_of: str, **asked: str) -> Element:
    return shown(pages, "/jurisdictions/NL", as_of=as_of, **asked)


def holding(page: Element, title: str) -> Element:
    """What is said of a measure in words."""
    (found,) = [
        each for each in page.all("li", class_="holding") if each.one("p", class_="what").text.startswith(title)
    ]
    return found


def words(page: Element) -> str:
    return page.one(id="words").text


def test_what_holds_is_said_in_words_first(pages: httpx.Client) -> None:
    page = nl(pages, "2019-11-20")
    assert page.one("h1").text == "Netherlands (NL) on 2019-11-20, as known the same day"
    assert page.one(id="summary").text == "1 measure announced and not yet in force, 1 declared."
    found = holding(page, "Telecom decree")
    assert "requires security measures · announced since 2019-11-20" in found.text
    assert "deadline rules: open (due 2020-01-31)" in found.text
    assert words(page).index("Announced, not yet in force") < words(page).index("Declared, without legal force")
    assert words(page).startswith("Announced, not yet in force")


def test_no_answer_stands_without_its_act_and_its_sources(pages: httpx.Client) -> None:
    page = nl(pages, "2020-06-01")
    found = holding(page, "Telecom decree")
    assert "restricts · on Brask · scope core · level 2 · in force since 2020-03-01" in found.text
    assert "by act nl-decree of 2019-11-28, Minister of Economic Affairs [Gazette 2019, 457]." in found.text
    links = found.links()
    assert links["State gazette 2019, 457"] == "https://gazette.example/457"
    assert links["nl-decree"] == "/acts/nl-decree?as_of=2020-06-01"
    assert links["Telecom decree"] == "/measures/NL/decree?as_of=2020-06-01"
    for each in page.all("li", class_="holding"):
        assert re.search(r"by act .+ of \d{4}.+(Sources?: |\(sources above\))", each.text), each.text


def test_an_act_behind_several_lines_has_its_sources_once(pages: httpx.Client) -> None:
    page = nl(pages, "2020-05-10")
    overdue, decree = page.all("li", class_="holding")[:2]
    assert "by act nl-letter of 2019-11-20, Regulator. Source: Gazette" in overdue.text
    assert "by act nl-letter of 2019-11-20 (sources above)" in decree.text
    assert "#act-nl-letter" in [each.attributes["href"] for each in decree.all("a")]
    assert overdue.one(id="act-nl-letter")


def test_what_is_overdue_stands_before_all_else(pages: httpx.Client) -> None:
    page = nl(pages, "2020-05-10")
    assert page.one(id="summary").text == "1 measure in force, 1 declared, 1 deadline overdue."
    assert words(page).startswith("Overdue 1 rules, of Telecom decree")
    told = "overdue by 10 days (due 2020-04-30, not met); moved on 2020-01-20 from 2020-01-31 to 2020-04-30 by nl-delay"
    assert told in words(page)
    assert "by act nl-delay of 2020-01-20, Regulator. Source: Gazette" in words(page)


def test_the_eyes_of_another_day_are_named_and_see_what_they_knew(pages: httpx.Client) -> None:
    hindsight = nl(pages, "2020-09-15", known="on", known_on="2019-12-01")
    assert "as known beforehand, on 2019-12-01" in hindsight.one("h1").text
    assert "in force since 2020-03-01" in holding(hindsight, "Telecom decree").text
    then = nl(pages, "2020-09-15")
    assert words(then).count("Suspended 1") == 1
    assert "as known on 2021-03-01, in hindsight" in nl(pages, "2020-09-15", known_on="2021-03-01").one("h1").text


def test_a_status_that_depends_on_a_day_known_in_part_is_said_to_be_uncertain(pages: httpx.Client) -> None:
    found = holding(nl(pages, "2021-05-10"), "nl-law")
    assert "On this day it may be adopted or in force." in found.text
    assert "Not certain" not in holding(nl(pages, "2021-06-01"), "nl-law").text


def test_what_is_only_declared_is_not_said_to_be_coming(pages: httpx.Client) -> None:
    page = nl(pages, "2019-07-02")
    assert page.one(id="summary").text == "1 measure declared."
    assert "Declared, without legal force of its own 1" in words(page)


def test_a_member_has_the_layer_of_the_union_apart(pages: httpx.Client) -> None:
    page = nl(pages, "2020-06-01")
    assert "EU/toolbox" in page.one(id="inherited").text
    assert "EU/toolbox" not in words(page)
    assert not nl(pages, "2020-01-28").all(id="inherited")
    assert not shown(pages, "/jurisdictions/US", as_of="2020-06-01").all(id="inherited")


def test_what_others_aim_at_it_is_told_as_pressure(pages: httpx.Client) -> None:
    pressure = nl(pages, "2020-06-01").one(id="pressure")
    assert "United States (US): us-letter US/pressure announced" in pressure.text
    assert "aimed at Netherlands (NL)" in pressure.text
    assert "by act us-letter of 2020-01-10, Regulator. Source: Gazette" in pressure.text
    (row,) = csv.DictReader(io.StringIO(pages.get(pressure.links()["CSV"]).text))
    assert (row["jurisdiction"], row["by"], row["measure"], row["as_of"]) == ("NL", "US", "US/pressure", "2020-06-01")
    assert not nl(pages, "2020-01-09").all(id="pressure")
    assert not shown(pages, "/jurisdictions/US", as_of="2020-06-01").all(id="pressure")


def test_the_changes_next_to_the_day_are_told_and_what_is_expected_is_marked(pages: httpx.Client) -> None:
    around = nl(pages, "2020-02-15").one(id="around")
    rows = [each.text for each in around.all("li")]
    here = rows.index("2020-02-15 this day")
    assert rows[here - 1].startswith("2020-01-20 deadline moved Deadline rules moved, due 2020-04-30 NL/decree")
    assert rows[here + 1].startswith("2020-03-01 took effect expected Took effect: Decree on networks NL/decree")
    assert rows[here + 1].endswith("as the day passed, after nl-decree")
    assert len(rows) <= 11


def test_all_changes_have_a_page_of_their_own(pages: httpx.Client) -> None:
    link = nl(pages, "2020-06-01").one(id="around").links()["All changes"]
    page = shown(pages, link)
    rows = [[cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr")]
    assert rows[0][:2] == ["2019-07-01", "announced"]
    assert ["2019-11-28", "adopted", "Adopted: Decree on networks", "NL/decree", "nl-decree"] in rows
    assert not [row for row in rows if row[0] > "2020-06-01" and "expected" not in row[1]]
    part = shown(pages, "/jurisdictions/NL/changes", as_of="2020-06-01", **{"from": "2019-11-21", "to": "2019-12-31"})
    assert [row.all("td")[0].text for row in part.one("tbody").all("tr")] == ["2019-11-28"]


def test_deadlines_ahead_are_told(pages: httpx.Client) -> None:
    due = nl(pages, "2020-03-15").one(id="due")
    assert "2020-04-30 open rules NL/decree moved from 2020-01-31 by nl-delay" in due.text
    assert "No deadline is open on this day" in nl(pages, "2020-05-10").one(id="due").text


def test_the_record_is_told_to_have_gaps_and_when_it_was_looked_through(pages: httpx.Client) -> None:
    told = nl(pages, "2020-03-15").one(id="record").text
    assert "3 measures and 7 acts are on record for Netherlands (NL), the last act of 2021-02-01." in told
    assert "Last looked through on 2026-11-20" in told
    assert (
        "looked through is not on record" in shown(pages, "/jurisdictions/US", as_of="2020-06-01").one(id="record").text
    )


def test_no_record_is_no_statement_that_there_is_no_ban(pages: httpx.Client) -> None:
    page = shown(pages, "/jurisdictions/HR", as_of="2020-06-01")
    assert page.one(id="summary").text == "No measure of Croatia (HR) is on record."
    assert "Nothing is on record of Croatia (HR). That is no statement that there is no ban." in page.text
    assert "EU/toolbox" in page.one(id="inherited").text


def test_the_picture_has_a_table_behind_it_that_says_the_same(pages: httpx.Client) -> None:
    lanes = nl(pages, "2020-06-01", known_on="2021-06-01").one(id="lanes")
    rows = [[cell.text for cell in row.all() if cell.tag in ("td", "th")] for row in lanes.one("tbody").all("tr")]
    assert rows[:7] == [
        ["Telecom decree", "2019-11-20", "2019-11-27", "announced", "requires security measures"],
        ["2019-11-28", "2020-02-29", "adopted", "restricts"],
        ["2020-03-01", "2020-08-31", "in force", "restricts"],
        ["2020-09-01", "2020-10-15", "suspended", "restricts"],
        ["2020-10-16", "2021-06-30", "in force", "restricts"],
        ["2021-07-01", "onwards", "in force", "prohibits"],
        ["2020-01-31 → 2020-04-30", "deadline rules", "overdue"],
    ]
    drawn = [each.text for each in lanes.all("title")]
    assert "suspended (restricts), 2020-09-01 to 2020-10-15" in drawn
    assert "deadline rules: due 2020-01-31, as told on 2019-11-20; moved since" in drawn


def test_the_steps_go_from_change_to_change(pages: httpx.Client) -> None:
    page = nl(pages, "2020-06-01", page="1")
    assert page.one(id="before").attributes["href"] == "/jurisdictions/NL?as_of=2020-05-01"
    assert page.one(id="after").attributes["href"] == "/jurisdictions/NL?as_of=2020-09-01"


def test_a_name_leads_to_the_code_on_the_same_day(pages: httpx.Client) -> None:
    for name in ("netherlands", "nl", "Holland"):
        answer = pages.get(f"/jurisdictions/{name}", params={"as_of": "2020-06-01"}, headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/jurisdictions/NL?as_of=2020-06-01")
    assert "neither the code nor the English name" in refused(pages, "/jurisdictions/Atlantis", 404)
    answer = pages.get("/jurisdictions/netherlands/changes?as_of=2020-06-01", headers=BROWSER)
    assert answer.headers["location"] == "/jurisdictions/NL/changes?as_of=2020-06-01"


def test_filters_leave_out_what_is_not_asked_for_and_tell_of_words_that_nobody_used(pages: httpx.Client) -> None:
    page = nl(pages, "2020-06-01", subject="Brask")
    assert [each.all("a")[0].text for each in page.one(id="words").all("li", class_="holding")] == [
        "Telecom decree",  # its deadline is overdue
        "Telecom decree",
    ]
    assert not page.all(id="inherited")
    assert "The subject “Brassk” is neither" in nl(pages, "2020-06-01", subject="Brassk").text
    assert "No measure of its own matches these filters" in words(nl(pages, "2020-06-01", subject="Brassk"))


def test_many_measures_stand_on_pages_and_are_counted_on_each(
    pages: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief_room, "MEASURES", 1)
    first, second = (nl(pages, "2020-06-01", page=number) for number in ("1", "2"))
    assert first.one(id="summary").text == second.one(id="summary").text
    assert words(first).startswith("Overdue 1")
    assert ("In force 1" in words(first), "Declared" in words(first)) == (True, False)
    assert ("In force" in words(second), "Declared, without legal force of its own 1" in words(second)) == (False, True)
    (pager, _) = first.all("nav", class_="pages")
    assert pager.text.startswith("Page 1 of 2")
    assert pager.links()["Next ›"] == "/jurisdictions/NL?as_of=2020-06-01&page=2#words"
    assert refused(pages, "/jurisdictions/NL?as_of=2020-06-01&page=3", 404) == (
        "There is no page 3: on this day there are 2."
    )


def test_what_was_recorded_is_text_and_only_addresses_of_the_web_are_links(pages: httpx.Client) -> None:
    page = nl(pages, "2020-06-01")
    assert f"Word {HOSTILE}" in page.one(id="words").text
    targets = [each.attributes["href"] for each in page.all("a")]
    assert all(each.startswith(("/", "#", "https://")) for each in targets), targets
    assert "A trap" in words(page)


def test_the_answer_downloads_as_it_is(pages: httpx.Client) -> None:
    links = nl(pages, "2020-06-01").one(id="words").all("p", class_="downloads")[-1].links()
    table = pages.get(links["CSV"])
    assert (table.status_code, table.headers["content-type"].split(";")[0]) == (200, "text/csv")
    assert "NL/decree" in table.text
    state = pages.get(links["JSON"]).json()
    assert (state["jurisdiction"], state["as_of"], state["known_on"]) == ("NL", "2020-06-01", "2020-06-01")


def test_the_pinned_link_shows_the_same_whatever_is_recorded_later(postgres_server: str) -> None:
    with served_record(postgres_server) as record:
        _shows_the_same_later(record)


def _shows_the_same_later(record: Served) -> None:
    pages = record.client
    cite = nl(pages, "2020-06-01").one("section", class_="cite")
    link = cite.one("a", rel="bookmark").attributes["href"]
    assert cite.one("a", rel="bookmark").attributes["data-whole"] == f"{str(pages.base_url).rstrip('/')}{link}"
    assert "Dateline, state of NL (Netherlands) as of 2020-06-01" in cite.text
    before = [part.text for part in shown(pages, link).all("main")]
    late = act("nl-late", "2019-10-01", did("adopted", "NL/late", effects=["prohibits"], effective_on="2019-10-01"))
    record.service.recording.record([late], recorded_by="ada")
    assert [part.text for part in shown(pages, link).all("main")] == before
    assert "nl-late" in words(nl(pages, "2020-06-01"))
    assert "See it as it stands now" in shown(pages, link).text
