"""The page that explains shows the three times on the record itself, and how far the record reaches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from events.commands import AnyCommand
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, correct, did
from tests.web.reading import Page, shown

DECREE = "NL/telecom-supplier-decree"
LETTER = act("nl-letter", "2019-07-01", did("announced", DECREE, effects=["requires_security_measures"]))
ADOPTED = act("nl-besluit", "2019-11-28", did("adopted", DECREE, effective_on="2020-03-01"))
MISTAKEN = act("nl-besluit", "2019-11-28", did("adopted", DECREE, effective_on="2020-05-01"))
ADDRESS = "/about?known_on=2026-11-24"


@contextmanager
def upon(server: str, *steps: AnyCommand) -> Iterator[httpx.Client]:
    """The pages upon a record that was made step by step."""
    with fresh_database(server, TEMPLATE) as url, service(url) as opened:
        for step in steps:
            opened.recording.record([step], recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
            yield client


def example(page: Page) -> dict[str, list[str]]:
    """The rows of the example by what they ask."""
    (table,) = [table for table in page.tables if table[0][0].strip() == "Question"]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in table[1:]}


def test_the_example_is_answered_by_the_record_itself(postgres_server: str) -> None:
    with upon(postgres_server, LETTER, ADOPTED) as client:
        page = shown(client, ADDRESS)
        rows = example(page)
        assert rows["As people knew it then"] == [
            "2019-11-20",
            "2019-11-20",
            "2",
            "announced No day of entry into force.",
        ]
        assert rows["The same day in hindsight"] == [
            "2019-11-20",
            "2026-11-24",
            "2",
            "announced In force from 2020-03-01 .",
        ]
        assert rows["Later, as our record reads now"][3] == "in force In force from 2020-03-01 ."
        assert rows["The same, before we recorded it"][2:] == ["0", "Nothing: our record did not have it yet."]
        assert "Hindsight adds that it took force on 2020-03-01" in page.text
        links = [href for href, _ in page.links if href.startswith(f"/measures/{DECREE}?as_of=")]
        assert links[:2] == [
            f"/measures/{DECREE}?as_of=2019-11-20&known=on&known_on=2019-11-20&position=2",
            f"/measures/{DECREE}?as_of=2019-11-20&known=on&known_on=2026-11-24&position=2",
        ]


def test_where_it_was_corrected_the_earlier_position_still_says_what_was_recorded_then(postgres_server: str) -> None:
    with upon(postgres_server, LETTER, MISTAKEN, correct(ADOPTED)) as client:
        rows = example(shown(client, ADDRESS))
        assert rows["Later, as our record reads now"] == [
            "2020-04-01",
            "2026-11-24",
            "3",
            "in force In force from 2020-03-01 .",
        ]
        assert rows["The same, before our last correction"] == [
            "2020-04-01",
            "2026-11-24",
            "2",
            "adopted In force from 2020-05-01 .",
        ]
        earlier = example(shown(client, f"{ADDRESS}&position=2"))
        assert earlier["Later, as our record reads now"][3] == "adopted In force from 2020-05-01 ."


def test_without_the_decree_on_record_the_example_is_told_in_words(api: httpx.Client) -> None:
    page = shown(api, ADDRESS)
    assert "which is not on record here" in page.text
    assert "hindsight shows that it took force on 2020-03-01" in page.text


def test_the_page_says_how_far_the_record_reaches(api: httpx.Client) -> None:
    page = shown(api, ADDRESS)
    assert "4 acts upon 3 measures of 4 jurisdictions, in 8 entries, the last recorded on" in page.text
    assert page.row("Netherlands (NL)")[1:4] == ["1", "2", "2019-11-28"]
    assert page.row("Netherlands (NL)")[5] == "never"
    assert page.row("Norway (NO)")[3] == "2019-09-26"
    assert page.row("Norway (NO)")[5] == "2026-11-20"
    assert page.row("Croatia (HR)")[1:4] == ["0", "0", ""]
    assert "CC BY 4.0" in page.text


def test_an_earlier_edition_reaches_less_far_and_says_so(api: httpx.Client) -> None:
    page = shown(api, f"{ADDRESS}&position=0")
    assert "Our record as it stood at position 0" in page.text
    assert "Nothing is recorded yet." in page.text


def test_every_link_within_the_page_leads_to_a_place_of_it_and_what_it_names_is_there(api: httpx.Client) -> None:
    page = shown(api, ADDRESS)
    places = {told["id"] for _, told in page.elements if "id" in told}
    assert {href[1:] for href, _ in page.links if href.startswith("#")} <= places
    book = shown(api, "/codebook")
    anchors = {told["id"] for _, told in book.elements if "id" in told}
    named = {href.partition("#")[2] for href, _ in page.links if href.startswith("/codebook") and "#" in href}
    assert "effect-prohibits" in named
    assert named <= anchors
    for href in ("/docs", "/problems", "/v1/openapi.json"):
        assert href in [each for each, _ in page.links]
        assert api.get(href).status_code == 200


@pytest.mark.parametrize("word", ["“Possible”", "“No record”", "Boundaries", "hatched", "Three times", "How to cite"])
def test_what_readers_ask_is_explained(api: httpx.Client, word: str) -> None:
    assert word in shown(api, ADDRESS).text
