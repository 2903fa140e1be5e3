"""The page of the code book has every word, each with a place of its own and a link to the world filtered by it."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from projections.codebook import codebook
from services.web.codebook import anchor
from tests.web.reading import Page, shown


@pytest.fixture(scope="module")
def page(api: httpx.Client) -> Page:
    return shown(api, "/codebook?as_of=2020-04-01&position=8")


def test_every_word_stands_in_its_place_with_its_meaning_and_its_names(page: Page) -> None:
    book = codebook()
    kinds = {
        "subject": book.subjects,
        "scope": book.scopes,
        "effect": book.effects,
        "instrument": book.instruments,
        "status": book.statuses,
        "deadline": book.deadline_statuses,
        "obliged": book.obliged,
        "verification": book.verification,
        "confidence": book.confidence,
        "reach": book.reach,
    }
    for kind, words in kinds.items():
        for word in words:
            assert page.by_id(anchor(word.word, kind)) is not None
            assert " ".join(word.definition.split()) in page.text
            for name in getattr(word, "aliases", ()):
                assert name in page.text
    for subject in book.subjects:
        for reach in subject.reaches:
            assert " ".join(reach.basis.split()) in page.text


def test_no_place_is_there_twice_and_every_link_within_the_page_leads_to_one(page: Page) -> None:
    places = Counter(told["id"] for _, told in page.elements if "id" in told)
    assert [place for place, number in places.items() if number > 1] == []
    inside = {href[1:] for href, _ in page.links if href.startswith("#")}
    assert "subject-huawei" in inside
    assert inside - set(places) == set()


def test_each_subject_effect_and_scope_leads_to_the_world_filtered_by_it(api: httpx.Client, page: Page) -> None:
    book = codebook()
    asked = [parse_qs(urlsplit(href).query) for href, _ in page.links if href.startswith("/?")]
    for parameter, words in (("subject", book.subjects), ("scope", book.scopes), ("effect", book.effects)):
        assert {word.word for word in words} == {each[parameter][0] for each in asked if parameter in each}
    assert all((each["as_of"], each["position"]) == (["2020-04-01"], ["8"]) for each in asked)
    for href in (href for href, _ in page.links if href.startswith("/?") and ("Huawei" in href or "effect" in href)):
        shown(api, href)


def test_a_company_is_not_the_classes_that_reach_it_and_they_are_named(page: Page) -> None:
    reaching = [each for each in codebook().subjects if any(reach.subject == "Huawei" for reach in each.reaches)]
    assert f"Reached by {len(reaching)} classes" in page.text
    assert "A class is not a company" in page.text


def test_every_jurisdiction_is_listed_with_the_days_on_which_eu_law_held_there(page: Page) -> None:
    table = page.tables[-1]
    assert len(table) == len(codebook().jurisdictions) + 1
    rows = {row[0].strip(): [cell.strip() for cell in row] for row in table}
    assert rows["NL"] == ["NL", "Netherlands", "Holland, The Netherlands", "1958-01-01 to today"]
    assert rows["GB"][3] == "1973-01-01 to 2020-12-31"
    assert rows["NO"][3] == ""


def test_effects_stand_in_the_order_of_their_strictness(page: Page) -> None:
    (table,) = [table for table in page.tables if table[0][1].strip() == "Strictness"]
    assert [row[1].strip() for row in table[1:]] == ["1", "2", "3", "4", "5", "6", "7", "–"]
    assert table[1][0].startswith("Prohibits")
    assert table[-1][0].startswith("Urges others")
