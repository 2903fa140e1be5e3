"""What every page has in common: its policy, how it is kept and compressed, what it loads, how it is refused."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from tests.web.reading import BROWSER, shown

PAGES = [
    "/?as_of=2020-04-01",
    "/jurisdictions",
    "/jurisdictions/NL?as_of=2020-04-01",
    "/measures/NL/decree?as_of=2020-04-01",
    "/acts/nl-decree",
    "/compare?from=2019-12-01&to=2020-04-01",
    "/compare?by=editions&as_of=2020-04-01&earlier=7&jurisdiction=NL",
    "/deadlines?as_of=2020-04-01",
    "/series?from=2019-01-01&to=2020-04-01",
    "/log",
    "/log/1",
    "/search?q=decree",
    "/search",
    "/codebook",
    "/about",
]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_runs_only_the_files_of_its_host_and_nothing_inline(api: httpx.Client, address: str) -> None:
    policy = api.get(address, headers=BROWSER).headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in " ".join(policy)
    page = shown(api, address)
    assert [told for tag, told in page.elements if tag == "script" and "src" not in told] == []
    assert not [tag for tag, _ in page.elements if tag in ("style", "iframe", "object", "embed", "base")]
    assert not [name for _, told in page.elements for name in told if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("address", PAGES)
def test_whatever_a_page_loads_is_there_and_may_be_kept_for_ever_under_its_version(
    api: httpx.Client, address: str
) -> None:
    page = shown(api, address)
    linked = [told["href"] for tag, told in page.elements if tag == "link" and told["rel"] != "alternate"]
    loaded = [each for each in linked + page.told("script", "src") if not each.startswith("data:")]
    assert "/assets/site.css" in {each.partition("?")[0] for each in loaded}
    for each in loaded:
        answer = api.get(each)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert api.get(each.partition("?")[0]).headers["cache-control"] == "no-cache"


def test_an_asset_that_there_is_not_is_not_found(api: httpx.Client) -> None:
    assert api.get("/assets/nothing.css").status_code == 404
    assert api.get("/assets/..%2flayout.py").status_code in (404, 422)


def test_a_page_is_compressed_for_whoever_takes_that(api: httpx.Client) -> None:
    address = PAGES[0]
    packed = api.get(address, headers={**BROWSER, "Accept-Encoding": "br, gzip;q=0.5"})
    plain = api.get(address, headers={**BROWSER, "Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in packed.headers["vary"]
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 5, mtime=0))


def test_a_page_that_the_browser_has_is_not_sent_again(api: httpx.Client) -> None:
    first = api.get(PAGES[0], headers=BROWSER)
    again = api.get(PAGES[0], headers={**BROWSER, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/?as_of=2020-13-01", 422, "2020-13-01"),
        ("/?as_off=2020-01-01", 422, "Did you mean 'as_of'?"),
        ("/?known=on", 422, "Give the day by whose eyes"),
        ("/?position=99", 404, "99"),
        ("/jurisdictions?name=Atlantis", 404, "Atlantis"),
        ("/no-such-page", 404, "/no-such-page"),
        ("/?region=%3Cscript%3E", 422, "region"),
    ],
)
def test_a_page_that_cannot_be_shown_says_why_as_a_page(
    api: httpx.Client, address: str, status: int, said: str
) -> None:
    page = shown(api, address, status)
    assert said in page.text
    assert [href for href, _ in page.links if href.startswith("/problems/")] != []
    assert "script" not in {tag for tag, _ in page.elements}
    told = api.get(address, headers={"Accept": "application/json"})
    assert told.headers["content-type"] == "application/problem+json"
    assert told.status_code == status


def test_the_api_answers_a_browser_with_its_problem_document(api: httpx.Client) -> None:
    answer = api.get("/v1/jurisdictions/Atlantis/state", headers=BROWSER)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_field_of_a_form_was_not_filled_in(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01&known=then&known_on=&subject=&effect=&scope=+&verified=")
    assert page.text == shown(api, "/?as_of=2020-04-01&known=then").text


def test_the_api_does_not_pass_over_an_empty_parameter(api: httpx.Client) -> None:
    assert api.get("/v1/state?subject=").status_code == 422


def test_every_link_of_a_page_keeps_its_times(api: httpx.Client) -> None:
    times = "as_of=2020-04-01&known=on&known_on=2020-04-02&position=7"
    page = shown(api, f"/?{times}")
    kept = [href for href, _ in page.links if re.match(r"/(jurisdictions|measures)/", href)]
    assert kept
    for href in kept:
        assert set(times.split("&")) <= set(href.partition("?")[2].split("&"))


def test_a_page_of_an_earlier_edition_says_so_and_leads_to_the_present_one(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01&position=7")
    assert "Our record as it stood at position 7" in page.text
    (now,) = [href for href, text in page.links if text == "See it as it stands now"]
    assert "position" not in now
    assert "Our record as it stood" not in shown(api, now).text


def test_a_page_is_cited_with_a_link_that_shows_it_the_same_for_ever(api: httpx.Client) -> None:
    page = shown(api, "/?as_of=2020-04-01")
    (link,) = [href for href, text in page.links if "the same for ever" in text]
    assert "as_of=2020-04-01&known=on&known_on=2020-04-01&position=8" in link
    assert "as of 2020-04-01, as known on 2020-04-01, record position 8" in page.text
