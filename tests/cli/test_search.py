"""Searching the dossier on the command line: what an analyst would look for is found, and reads well."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from services.operations.wiring import Service
from tests.acceptance.serving import served
from tests.cli.running import Dateline


@pytest.fixture(scope="module")
def api(dossier_service: Service) -> Iterator[httpx.Client]:
    """A client of the API upon the dossier."""
    with served(dossier_service) as base, httpx.Client(base_url=base, timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("84 FR 22961", "us-entity-list-huawei-2019-05"),
        ('"84 FR 22961"', "us-entity-list-huawei-2019-05"),
        ("Besluit veiligheid", "nl-besluit-2019-11-28"),
        ("besluit VEILIGHEID", "nl-besluit-2019-11-28"),
        ('Commerce Department "general licence"', "us-tgl-expiry-2020-08"),
        ("rip and replace -congress", "us-fcc-rr-funds-2025-04"),
        ("sejm", "pl-ksc-sejm-2026-01"),
        ("nl-besluit-2019-11-28", "nl-besluit-2019-11-28"),
    ],
)
def test_the_act_that_is_meant_comes_first(ask: Dateline, q: str, first: str) -> None:
    answer = json.loads(ask("search", q, "--kind", "act", "--json").output)
    assert answer["results"][0]["name"] == first


def test_a_company_is_found_under_every_name_of_it(ask: Dateline) -> None:
    found = [
        [each["name"] for each in json.loads(ask("search", q, "--json", "--limit", "100").output)["results"]]
        for q in ("华为", "huawei technologies co., ltd.", "HUAWEI")
    ]
    assert found[0] == found[1]
    assert set(found[0]) == set(found[2])


def test_the_command_line_prints_the_bytes_of_the_api(ask: Dateline, api: httpx.Client) -> None:
    asked = {"q": "huawei order", "kind": "act", "jurisdiction": "US", "limit": "3", "after": "2", "position": "366"}
    options = [each for name, value in asked.items() if name != "q" for each in (f"--{name}", value)]
    for form, media in (("--json", "application/json"), ("--csv", "text/csv")):
        told = api.get("/v1/search", params=asked, headers={"Accept": media})
        assert ask("search", "huawei order", *options, form).output.rstrip() == told.content.rstrip()
        assert len(told.content) > 500


def test_a_page_of_results_says_what_was_found_where_and_how_to_go_on(ask: Dateline) -> None:
    page = ask("search", "华为 Commerce revoked", "--limit", "1").text
    assert "“华为” is also the subject Huawei, under all its names." in page
    assert "summary: Commerce withdrew certain licences for chip sales to Huawei" in page
    assert "More: " not in page
    more = ask("search", "华为 Commerce", "--limit", "1").text
    assert 'search "华为 Commerce" --after 1 --limit 1 --position 366' in more
    assert "Nothing on record has these words." in ask("search", "zzzz").text
    bangladesh = ask("search", "Bangladesh").text
    assert "Bangladesh (BD)  (no record, which is no statement that there is no ban)" in bangladesh


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "give words to look for, in at most 200 signs"),
        (["x" * 201], "give words to look for, in at most 200 signs"),
        (["?!"], "'?!' has no word to look for"),
        (["--", "-huawei"], "only says what to leave out"),
        (["huawei", "--limit", "0"], "'0' is not a whole number from 1 to 100"),
        (["huawei", "--kind", "law"], "'law' is none of jurisdiction, measure, act"),
        (["huawei", "--jurisdiction", "Atlantis"], "'Atlantis' is neither the code nor the English name"),
        (["huawei", "--position", "9999"], "9999"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(ask: Dateline, arguments: list[str], said: str) -> None:
    ended = ask("search", *arguments)
    assert (ended.code, ended.output) == (2, b"")
    assert said in ended.errors
