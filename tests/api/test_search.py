"""Searching over HTTP: whatever is asked has an answer or a clear refusal; answers are pinned and can be kept."""

from __future__ import annotations

import httpx
import pytest

from tests.api.test_problems import problem


def test_what_has_the_words_is_found_with_its_places(api: httpx.Client) -> None:
    answer = api.get("/v1/search", params={"q": "Netherlands decree"}).json()
    assert answer["counts"] == {"jurisdiction": 0, "measure": 1, "act": 2}
    assert [found["name"] for found in answer["results"]] == ["NL/decree", "nl-decree", "nl-letter"]
    assert answer["understood"] == [{"given": "Netherlands", "parameter": "jurisdiction", "word": "NL"}]
    first = answer["results"][1]
    assert first["excerpts"] == [{"field": "title", "text": "nl-decree", "marks": [[3, 9]]}]


def test_a_correction_is_found_at_the_head_and_not_before(api: httpx.Client) -> None:
    both = [api.get("/v1/search", params={"q": "nl-decree", "position": position}).json() for position in (7, 8)]
    assert [[found["name"] for found in each["results"]] for each in both] == [["nl-decree", "NL/decree"]] * 2 or both
    assert [each["position"] for each in both] == [7, 8]


def test_a_page_links_to_the_next_one_and_its_address_is_pinned(api: httpx.Client) -> None:
    first = api.get("/v1/search", params={"q": "decree", "kind": "act", "limit": 1})
    assert first.json()["next"] == 1
    second = api.get(first.links["next"]["url"])
    assert [each["name"] for each in second.json()["results"]] == ["nl-letter"]
    assert second.json()["next"] is None
    pinned = api.get(second.headers["content-location"])
    assert (pinned.content, pinned.headers["cache-control"]) == (
        second.content,
        "public, max-age=31536000, immutable",
    )


@pytest.mark.parametrize(
    "q", ["'; drop table dateline.event; --", "<script>alert(1)</script>", "' or 1=1", "a:*&b|!c<->d", "%_\\", "é́" * 60]
)
def test_signs_that_mean_something_elsewhere_mean_nothing_here(api: httpx.Client, q: str) -> None:
    answer = api.get("/v1/search", params={"q": q})
    if answer.status_code == 200:
        assert answer.json()["q"] == q
        assert answer.json()["counts"] == {"jurisdiction": 0, "measure": 0, "act": 0}
    else:
        problem(answer, 422, "words-needed")


@pytest.mark.parametrize(
    ("params", "type_", "said"),
    [
        ({}, "invalid-parameters", "'q'"),
        ({"q": ""}, "invalid-parameters", "'q'"),
        ({"q": "x" * 201}, "invalid-parameters", "at most 200"),
        ({"q": "a\0b"}, "invalid-parameters", "NUL"),
        ({"q": "  "}, "words-needed", "has no word to look for"),
        ({"q": "«»—…"}, "words-needed", "has no word to look for"),
        ({"q": "-decree"}, "words-needed", "only says what to leave out"),
        ({"q": "decree", "kind": "law"}, "invalid-parameters", "'kind'"),
        ({"q": "decree", "limit": "101"}, "invalid-parameters", "'limit'"),
        ({"q": "decree", "after": "-1"}, "invalid-parameters", "'after'"),
        ({"q": "decree", "as_of": "2020-01-01"}, "invalid-parameters", "no parameter 'as_of'"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(
    api: httpx.Client, params: dict[str, str], type_: str, said: str
) -> None:
    assert said in problem(api.get("/v1/search", params=params), 422, type_)["detail"]


def test_an_edition_that_there_is_not_is_refused(api: httpx.Client) -> None:
    problem(api.get("/v1/search", params={"q": "decree", "position": 9}), 404, "position-above-head")
    problem(api.get("/v1/search", params={"q": "decree", "jurisdiction": "Atlantis"}), 404, "unknown-jurisdiction")
