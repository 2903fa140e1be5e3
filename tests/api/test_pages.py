"""The pages for people: problems that explain themselves, and the description of the API. No script, no other host."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from services.api import pages
from services.api.examples import PROBLEMS
from services.api.problems import STATUS
from tests.api.test_examples import OPERATIONS
from tests.api.test_problems import problem

PAGES = ["/docs", "/problems", *(f"/problems/{word}" for word in sorted(PROBLEMS))]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """A page: its elements with their attributes, its text, and whether every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def told(self, tag: str, attribute: str) -> list[str]:
        return [told[attribute] for name, told in self.elements if name == tag and attribute in told]


def page(client: httpx.Client, path: str) -> Page:
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Page(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_nothing_and_loads_nothing_but_its_style(api: httpx.Client, path: str) -> None:
    policy = api.get(path, headers=BROWSER).headers["content-security-policy"]
    assert {"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert "script-src" not in policy
    assert "unsafe" not in policy
    shown = page(api, path)
    assert not {"script", "style", "img", "iframe", "form", "object"} & {tag for tag, _ in shown.elements}
    assert not [name for _, told in shown.elements for name in told if name == "style" or name.startswith("on")]
    assert shown.told("link", "href") == ["data:,", "/docs/dateline.css"]


def test_the_style_names_no_other_address(api: httpx.Client) -> None:
    style = api.get("/docs/dateline.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "url(" not in style.text
    assert "@import" not in style.text


def test_every_link_of_the_pages_leads_somewhere(api: httpx.Client) -> None:
    followed = set()
    for path in PAGES:
        shown = page(api, path)
        places = {told["id"] for _, told in shown.elements if "id" in told}
        for link in shown.told("a", "href"):
            if link.startswith("#"):
                assert link[1:] in places, f"{path}{link}"
            else:
                followed.add(link)
    assert {"/docs", "/problems", "/v1/openapi.json", "/problems/other-content"} <= followed
    for link in followed:
        expected = 401 if link == "/metrics" else 200  # with the key of an administrator
        assert api.get(link, headers={"Accept": "*/*"}).status_code == expected, link


@pytest.mark.parametrize("word", sorted(STATUS))
def test_the_type_of_a_problem_is_the_address_of_its_page(api: httpx.Client, word: str) -> None:
    shown = page(api, f"/problems/{word}")
    kind = PROBLEMS[word]
    assert str(STATUS[word]) in shown.text
    assert kind.what_to_do.replace("`", "") in shown.text
    assert kind.title.replace("`", "") in shown.text
    assert f'"type": "/problems/{word}"' in shown.text
    told = api.get(f"/problems/{word}", headers={"Accept": "application/json"})
    assert (told.headers["content-type"], told.json()["type"]) == ("application/json", f"/problems/{word}")


def test_all_problems_are_listed(api: httpx.Client) -> None:
    links = page(api, "/problems").told("a", "href")
    told = api.get("/problems", headers={"Accept": "application/json"}).json()
    for word in STATUS:
        assert f"/problems/{word}" in links
        assert f"/problems/{word}" in [each["type"] for each in told["problems"]]


def test_a_problem_that_there_is_not_is_not_found(api: httpx.Client) -> None:
    assert "/problems" in problem(api.get("/problems/no-such-thing"), 404, "not-found")["detail"]
    problem(api.get("/problems/schema-older"), 404, "not-found")  # it does not come over HTTP
    problem(api.get("/problems/%3Cb%3E"), 422, "invalid-parameters")


def test_a_page_that_cannot_be_had_as_asked_is_refused(api: httpx.Client) -> None:
    document = problem(api.get("/problems", headers={"Accept": "text/csv"}), 406, "not-acceptable")
    assert document["offered"] == ["text/html", "application/json"]


@pytest.mark.parametrize("path", ["/docs", "/docs/dateline.css", "/problems", "/problems/other-content"])
def test_a_page_has_a_tag_and_a_head(api: httpx.Client, path: str) -> None:
    whole = api.get(path)
    again = api.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = api.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])


def test_the_description_shows_every_route_with_its_parameters_and_examples(api: httpx.Client) -> None:
    answer = api.get("/docs")
    assert Page(answer.text)
    sections = {
        part.partition(">")[0]: Page(part.partition(">")[2].partition("</section>")[0]).text
        for part in answer.text.split("<section id=")[1:]
    }
    told = {text.strip().partition("\n")[0]: text for text in sections.values()}
    for route, operation in OPERATIONS.items():
        section = told[route]
        for parameter in operation.get("parameters", ()):
            assert parameter["name"] in section, (route, parameter["name"])
        for status, response in operation["responses"].items():
            assert status in section or status == "304", (route, status)
            for content in response.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    assert example.get("summary", "") in section, route


def test_what_a_page_shows_is_text_and_never_an_element() -> None:
    hostile = "<script>alert(1)</script> & `<b>`"
    template = "{{ text }}|{{ text | prose }}|{{ value | pretty }}|{{ value | brief }}|{{ schema | kind }}"
    schema = {"enum": [hostile]}
    shown = pages.ENVIRONMENT.from_string(template).render(text=hostile, value={"a": hostile}, schema=schema)
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "<code>&lt;b&gt;</code>" in shown
