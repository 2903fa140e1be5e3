"""The pages of the log, as their HTML says it: the newest events first, and one as it is stored."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import httpx
import pytest

from events.actions import Source
from events.commands import ReviewJurisdiction
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, by, correct, did, retract, verify
from tests.web.reading import Page, shown

HOSTILE = '<script>alert(1)</script> & "Law"'
LAW = act("nl-law", "2020-03-01", did("adopted", "NL/law", effects=["prohibits"]), title=HOSTILE)
AMENDED = act("nl-law", "2020-03-02", did("adopted", "NL/law", effects=["restricts"]))


@pytest.fixture(scope="module")
def log(postgres_server: str) -> Iterator[httpx.Client]:
    """Positions: 1 the law, 2 to 13 notes in one append, 14 corrected, 15 verified, 16 retracted, 17 reviewed."""
    notes = [act(f"se-{number}", "2020-01-01", did("noted", f"SE/m{number}")) for number in range(12)]
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        record = opened.recording.record
        record([LAW], recorded_by="ada")
        record(notes, recorded_by="ben", batch="import-1")
        record([correct(AMENDED, note="the <b>journal</b> says so")], recorded_by="ben")
        record([by("cy", verify("nl-law"))], recorded_by="cy")
        record([retract("se-0", note="twice")], recorded_by="ada")
        record([ReviewJurisdiction(jurisdiction="HR", reviewed_on="2026-11-20")], recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            yield client


def positions(page: Page) -> list[int]:
    return [int(row[0]) for row in page.tables[0][1:]]


def test_the_newest_events_stand_first_each_with_what_it_says_about_what_and_by_whom(log: httpx.Client) -> None:
    page = shown(log, "/log")
    assert positions(page) == list(range(17, 0, -1))
    assert page.row("17")[2:] == ["reviewed", "Croatia (HR)", "looked through on 2026-11-20", "ada"]
    assert page.row("16")[2:5] == ["retracted", "Sweden (SE) SE/m0", "se-0 duplicate: twice"]
    assert page.row("15")[2:] == ["verified", "Netherlands (NL) NL/law", "nl-law official document", "cy"]
    assert page.row("14")[4] == "nl-law of 2020-03-02 wrong date: the <b>journal</b> says so"
    assert page.row("2 ")[5] == "ben batch import-1"
    assert page.row("1 ")[2:5] == ["adopted", "Netherlands (NL) NL/law", f"nl-law of 2020-03-01 {HOSTILE}"]
    assert {"/log/14", "/acts/nl-law", "/measures/NL/law", "/jurisdictions/HR", "/log?batch=import-1"} <= {
        href for href, _ in page.links
    }


def test_the_log_is_read_back_page_by_page_to_where_it_begins(log: httpx.Client) -> None:
    address, read = "/log?limit=5", []
    for _ in range(4):
        page = shown(log, address)
        read += positions(page)
        address = next((href for href, text in page.links if text == "Older ›"), "")
    assert (read, address) == (list(range(17, 0, -1)), "")
    assert "This is where the log begins" in page.text
    (newest,) = [href for href, text in page.links if text == "The newest events"]
    assert newest == "/log?limit=5"


def test_the_log_is_read_forward_from_a_position_to_its_end(log: httpx.Client) -> None:
    first = shown(log, "/log?after=10&limit=5")
    assert positions(first) == [11, 12, 13, 14, 15]
    (following,) = [href for href, text in first.links if text == "Newer ›"]
    last = shown(log, following)
    assert positions(last) == [16, 17]
    assert "This is the end of the log" in last.text


def test_without_a_script_a_link_leads_to_what_was_recorded_since(log: httpx.Client) -> None:
    (newer,) = [href for href, text in shown(log, "/log").links if text == "Newer events"]
    assert newer == "/log?after=17"
    assert "Nothing was recorded after this position." in shown(log, newer).text


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("jurisdiction=netherlands", [15, 14, 1]),
        ("measure=SE/m0", [16, 2]),
        ("act=nl-law", [15, 14, 1]),
        ("type=reviewed", [17]),
        ("recorded_by=ada", [17, 16, 1]),
        ("batch=import-1&limit=3", [13, 12, 11]),
        ("recorded_by=ada&type=retracted", [16]),
        ("batch=import-2", []),
    ],
)
def test_a_filter_leaves_what_matches_on_the_page_and_in_the_files(
    log: httpx.Client, filters: str, found: list[int]
) -> None:
    page = shown(log, f"/log?{filters}")
    assert positions(page) == found if found else "Nothing that matches is recorded" in page.text
    links = {text: href for href, text in page.links}
    rows = csv.DictReader(io.StringIO(log.get(links["CSV"]).text))
    assert [int(row["entry_position"]) for row in rows] == found[::-1]
    assert [each["position"] for each in log.get(links["JSON"]).json()["events"]] == found[::-1]
    assert links["Without filters"].split("&")[0].startswith("/log")


def test_only_the_newest_page_of_the_present_record_follows_the_log(log: httpx.Client) -> None:
    page = shown(log, "/log?jurisdiction=NL&type=adopted&as_of=2020-01-01")
    follow = page.by_id("follow")
    assert follow["data-stream"] == "/v1/log/stream?jurisdiction=NL&type=adopted&after=17"
    assert follow["data-kept"] == "as_of=2020-01-01"
    assert page.by_id("following")["aria-live"] == "polite"
    assert "hidden" in page.by_id("pause")
    with log.stream("GET", follow["data-stream"].replace("after=17", "after=0")) as told:
        lines = told.iter_lines()
        assert next(line for line in lines if line.startswith("data: ")).startswith('data: {"position":1,')
    (source,) = page.told("script", "src")
    assert source.startswith("/assets/log.js")
    for other in ("/log?before=10", "/log?after=3", "/log?position=17"):
        still = shown(log, other)
        assert "data-stream" not in still.by_id("follow")
        assert "script" not in {tag for tag, _ in still.elements}


def test_the_script_of_the_log_makes_elements_and_never_reads_them_from_text(log: httpx.Client) -> None:
    (source,) = [told["src"] for tag, told in shown(log, "/log").elements if tag == "script"]
    script = log.get(source).text
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
        assert word not in script


def test_an_earlier_edition_of_the_log_ends_where_it_ended(log: httpx.Client) -> None:
    page = shown(log, "/log?position=14&limit=3")
    assert positions(page) == [14, 13, 12]
    assert "Our record as it stood at position 14" in page.text
    assert positions(shown(log, "/log?position=5")) == [1]  # the append of 2 to 13 appears as a whole
    pinned = next(href for href, text in shown(log, "/log?limit=4").links if "same for ever" in text)
    assert positions(shown(log, pinned)) == [17, 16, 15, 14]


def test_an_event_opens_as_it_is_stored_with_where_it_stands(log: httpx.Client) -> None:
    page = shown(log, "/log/1")
    assert "Event 1: adopted NL/law" in page.text
    for said in ("Position 1", "Stream NL/law, revision 1", "Stored as measure.adopted", "by ada"):
        assert said in page.text
    stored = page.text.partition("As it is stored ")[2].partition(" This event:")[0]
    told = json.loads(stored)
    assert (told["v"], told["recorded_by"], told["batch"], told["type"]) == (1, "ada", None, "adopted")
    assert told["act"]["title"] == HOSTILE
    links = {text.strip(): href for href, text in page.links}
    assert (links["nl-law"], links["NL/law"]) == ("/acts/nl-law", "/measures/NL/law")
    assert links["the one after, 14"] == "/log/14"
    assert links["next event: 2 ›"] == "/log/2"
    assert "‹ the first" in page.text
    assert "corrected, retracted or said anew in the edition 14" in page.text
    assert [each["position"] for each in log.get(links["JSON"]).json()["events"]] == [1]


def test_an_event_of_a_larger_append_says_at_which_edition_it_appears(log: httpx.Client) -> None:
    page = shown(log, "/log/3")
    assert "Position 3, of an append that appears at 13" in page.text
    assert "Batch import-1" in page.text
    last = shown(log, "/log/17")
    assert "the last ›" in last.text
    assert "About looked through on 2026-11-20" in last.text
    assert "corrected, retracted" not in last.text


def test_the_sources_of_an_event_are_links_only_where_they_lie_on_the_web(postgres_server: str) -> None:
    sources = (Source("Gazette", "https://gazette.example/1", "2020-03-01"), Source("Paper"))
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record([act("nl-law", "2020-03-01", sources=sources)], recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            page = shown(client, "/log/1")
            assert "Sources Gazette (2020-03-01); Paper" in page.text
            assert ("https://gazette.example/1", "Gazette") in page.links


@pytest.mark.parametrize("address", ["/log/18", "/log/3?position=5", "/log/9007199254740991"])
def test_an_event_that_the_edition_does_not_have_is_not_found(log: httpx.Client, address: str) -> None:
    assert "There is no event" in shown(log, address, 404).text


@pytest.mark.parametrize(
    "address", ["/log/0", "/log/x", "/log?before=0", "/log?limit=201", "/log?type=guessed", "/log?measure=x"]
)
def test_what_cannot_be_an_event_or_a_filter_is_refused(log: httpx.Client, address: str) -> None:
    assert "This page cannot be shown" in shown(log, address, 422).text
