"""The page of the search shows what was found with its words marked, and says what it does not show."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from markupsafe import Markup

from projections.answers import Excerpt
from services.operations.wiring import Service, service
from services.web import search
from services.web.search import marked
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, correct, did
from tests.web.reading import Page, shown

DECREE = did("adopted", "NL/decree", title="Decree on <trusted> suppliers", subjects=["Huawei"], effects=["restricts"])
RECORD = [
    act("nl-decree", "2019-11-28", DECREE, title="Besluit", authority="Ministry & Co", citation="Stb. 2019, 457"),
    act("us-order", "2019-05-15", did("adopted", "US/listing", subjects=["华为"]), title="Order on suppliers"),
    act("us-note", "2020-01-10", did("noted", "US/listing"), title="Hearing on suppliers"),
]


@pytest.fixture(scope="module")
def opened(postgres_server: str) -> Iterator[Service]:
    """Positions: 1 the decree, 2 the order, 3 the note; 4 corrects the note."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        for command in RECORD:
            opened.recording.record([command], recorded_by="ada")
        righted = act("us-note", "2020-01-10", did("noted", "US/listing"), title="Hearing on vendors")
        opened.recording.record([correct(righted)], recorded_by="ben")
        yield opened


@pytest.fixture(scope="module")
def site(opened: Service) -> Iterator[httpx.Client]:
    with served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        yield client


def marks(client: httpx.Client, address: str) -> list[str]:
    """The texts that are marked on a page."""
    return re.findall("<mark>(.*?)</mark>", client.get(address, headers={"Accept": "text/html"}).text)


def found(page: Page) -> list[str]:
    """Where the results of a page lead, in their order."""
    return [href.partition("?")[0] for href, _ in page.links if re.match("/(measures|acts|jurisdictions)/.", href)]


def test_what_was_found_is_listed_by_kind_with_its_words_marked_and_where_it_leads(site: httpx.Client) -> None:
    page = shown(site, "/search?q=suppliers")
    assert "2 measures and 2 acts." in page.text
    assert found(page) == [
        "/measures/NL/decree",
        "/acts/nl-decree",
        "/measures/US/listing",
        "/acts/us-order",
        "/acts/nl-decree",
        "/acts/us-order",
    ]
    assert set(marks(site, "/search?q=suppliers")) == {"suppliers"}
    assert "Decree on <trusted> suppliers" in page.text
    assert "Netherlands (NL)" in page.text
    assert "2019-11-28" in page.text
    assert "Ministry & Co" in page.text


def test_what_is_named_itself_comes_first_whatever_its_kind(site: httpx.Client) -> None:
    assert found(shown(site, "/search?q=nl-decree"))[0] == "/acts/nl-decree"
    assert found(shown(site, "/search?q=NL"))[0] == "/jurisdictions/NL"
    assert found(shown(site, "/search?q=NL%2Fdecree"))[0] == "/measures/NL/decree"


def test_a_company_is_found_under_its_other_names_and_the_page_says_so(site: httpx.Client) -> None:
    page = shown(site, "/search?q=%E5%8D%8E%E4%B8%BA&as_of=2020-02-01")
    assert {"/measures/NL/decree", "/measures/US/listing"} <= set(found(page))
    assert "“华为” is the subject Huawei, found under all its names." in page.text
    (world,) = [href for href, text in page.links if text == "The world, filtered by it"]
    assert world == "/?as_of=2020-02-01&subject=Huawei"
    (word,) = [href for href, text in page.links if text == "Huawei" and "codebook" in href]
    anchor = word.partition("#")[2]
    assert shown(site, word).by_id(anchor)


def test_a_country_without_a_record_is_told_as_that(site: httpx.Client) -> None:
    page = shown(site, "/search?q=Bangladesh")
    assert "No record, which is no statement that there is no ban." in page.text
    assert found(page) == ["/jurisdictions/BD"]


def test_nothing_found_is_said_with_what_to_do(site: httpx.Client) -> None:
    page = shown(site, "/search?q=zzzz&jurisdiction=Netherlands")
    assert "Nothing on record of Netherlands has these words." in page.text
    assert "A word less, or the beginning of one, finds more." in page.text


def test_without_words_the_page_says_how_to_search_and_every_example_can_be_searched(site: httpx.Client) -> None:
    page = shown(site, "/search")
    examples = [href for href, _ in page.links if href.startswith("/search?")]
    assert len(examples) == len(search.EXAMPLES)
    for each in examples:
        shown(site, each)


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("%3F%3F", "'??' has no word to look for"),
        ("-Huawei", "only says what to leave out"),
        ("x" * 201, "in at most 200 signs; these are 201"),
        ("%22%22", "has no word to look for"),
    ],
)
def test_what_cannot_be_searched_is_said_beside_the_form_that_still_has_it(
    site: httpx.Client, q: str, said: str
) -> None:
    page = shown(site, f"/search?q={q}", 422)
    assert said in page.text
    words = page.by_id("words")
    assert (words["aria-invalid"], words["aria-describedby"]) == ("true", "wrong")
    assert words["value"] == str(httpx.URL(f"/?q={q}").params["q"])


@pytest.mark.parametrize("q", ["a%00b", "decree&kind=law", "decree&jurisdiction=Atlantis", "decree&as_off=2020"])
def test_what_the_page_does_not_take_is_refused_as_a_page(site: httpx.Client, q: str) -> None:
    answer = site.get(f"/search?q={q}", headers={"Accept": "text/html"})
    assert answer.status_code in (404, 422)
    assert "This page cannot be shown" in answer.text


def test_the_search_box_of_every_page_keeps_the_query_and_the_times(site: httpx.Client) -> None:
    page = shown(site, "/search?q=suppliers&as_of=2020-02-01&known=today&position=3")
    assert page.by_id("q")["value"] == "suppliers"
    hidden = [(told["name"], told["value"]) for tag, told in page.elements if told.get("type") == "hidden"]
    assert {("as_of", "2020-02-01"), ("known", "today"), ("position", "3")} <= set(hidden)
    assert shown(site, "/about").by_id("q")["value"] == ""


def test_links_of_results_keep_the_times(site: httpx.Client) -> None:
    page = shown(site, "/search?q=suppliers&as_of=2020-02-01&known=on&known_on=2021-01-01&position=3")
    results = [href for href, _ in page.links if href.startswith(("/measures/", "/acts/"))]
    assert len(results) > 3
    for href in results:
        assert href.endswith("?as_of=2020-02-01&known=on&known_on=2021-01-01&position=3")


def test_an_earlier_edition_is_searched_as_it_stood_and_says_so(site: httpx.Client) -> None:
    now, then = shown(site, "/search?q=hearing"), shown(site, "/search?q=hearing&position=3")
    assert ("vendors" in now.text, "vendors" in then.text) == (True, False)
    assert "Our record as it stood at position 3" in then.text
    assert "Our record as it stood" not in now.text
    assert found(shown(site, "/search?q=hearing&position=2")) == []


def test_the_page_is_cited_and_its_results_are_had_as_they_are_shown(site: httpx.Client) -> None:
    page = shown(site, "/search?q=suppliers&kind=act")
    (link,) = [href for href, text in page.links if "the same for ever" in text]
    assert found(shown(site, link)) == found(page)
    assert "position=4" in link
    (table,) = [href for href, text in page.links if text == "CSV"]
    rows = site.get(table).text.splitlines()[1:]
    assert [row.split(",")[5] for row in rows] == ["nl-decree", "us-order"]


def test_more_than_fit_are_reached_by_links(site: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "OF_EACH", 1)
    monkeypatch.setattr(search, "OF_ONE", 1)
    page = shown(site, "/search?q=suppliers")
    (every,) = [href for href, text in page.links if text == "All 2 acts"]
    first = shown(site, every)
    (following,) = [href for href, text in first.links if text.startswith("Next")]
    second = shown(site, following)
    assert (found(first), found(second)) == (["/acts/nl-decree"], ["/acts/us-order"])
    (back,) = [href for href, text in second.links if "Previous" in text]
    assert found(shown(site, back)) == ["/acts/nl-decree"]
    assert not [text for _, text in second.links if text.startswith("Next")]


def test_a_search_that_is_behind_says_how_far_it_has_read(
    site: httpx.Client, opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(shown(site, "/search?q=hearing"))
    opened.recording.record([act("us-late", "2021-01-01", title="Late hearing")], recorded_by="ada")
    with monkeypatch.context() as patch:
        patch.setattr(opened.searching, "catch_up", lambda patience, told: False)
        page = shown(site, "/search?q=hearing")
        assert "The search has read our record up to position 4 of 5 so far" in page.text
        assert "/acts/us-late" not in found(page)
        refused = shown(site, "/search?q=hearing&position=5", 503)
        assert "up to position 4, not yet up to 5" in refused.text
    page = shown(site, "/search?q=hearing")
    assert "The search has read" not in page.text
    assert "/acts/us-late" in found(page)


def test_a_text_with_marks_is_text_and_never_an_element() -> None:
    text = "<script>alert('Huawei')</script> & <b>"
    start = text.index("Huawei")
    shown_as = marked(Excerpt(field="title", text=text, marks=((0, 8), (start, start + 6))))
    assert isinstance(shown_as, Markup)
    assert re.sub("</?mark>", "", shown_as) == str(Markup.escape(text))
    assert shown_as.striptags() == str(Markup(shown_as).striptags())
    assert shown_as.startswith("<mark>&lt;script&gt;</mark>alert(")


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }} javascript:x"])
def test_what_was_looked_for_is_shown_as_text(site: httpx.Client, q: str) -> None:
    answer = site.get("/search", params={"q": q}, headers={"Accept": "text/html"})
    page = Page(answer.text)
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert page.by_id("words")["value"] == q
