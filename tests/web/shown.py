"""A page as whoever reads it finds it: its texts and links, by the ids of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
APART = {"p", "li", "td", "th", "dd", "dt", "title"}
"""Elements that stand apart from the text around them."""
VOID = {"meta", "link", "br", "input"}


class Element:
    """An element with its attributes and what is in it."""

    def __init__(self, tag: str, attributes: dict[str, Any]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.inside: list[Element | str] = []

    @property
    def text(self) -> str:
        """All of its text, each run of spaces as one."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                apart = " " if each.tag in APART else ""
                yield apart
                yield from each._texts()
                yield apart

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """The elements in it, at any depth, with that tag and these attributes (`class_` holds the word)."""
        found = []
        for each in self.inside:
            if isinstance(each, Element):
                if (not tag or each.tag == tag) and each.has(attributes):
                    found.append(each)
                found += each.all(tag, **attributes)
        return found

    def has(self, attributes: dict[str, str]) -> bool:
        """Whether it has these attributes; of `class_` the word."""
        for name, value in attributes.items():
            if name == "class_":
                if value not in (self.attributes.get("class") or "").split():
                    return False
            elif self.attributes.get(name.replace("_", "-")) != value:
                return False
        return True

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The one element in it that is like this."""
        (found,) = self.all(tag, **attributes)
        return found

    def links(self) -> dict[str, str]:
        """Its links by their text."""
        return {each.text: each.attributes["href"] for each in self.all("a") if "href" in each.attributes}


class Parsed(HTMLParser):
    """A page; whoever writes it closes every element in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(text)
        assert self._open == [self.root], [each.tag for each in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def shown(client: httpx.Client, path: str, **parameters: Any) -> Element:
    """A page that can be shown: nothing in it runs but files of this host, and every element is closed."""
    answer = client.get(path, params=parameters or None, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), answer.text
    page = Parsed(answer.text).root
    for each in page.all():
        assert not [name for name in each.attributes if name == "style" or name.startswith("on")], each.attributes
    assert all(each.attributes["src"].startswith("/assets/") and not each.text for each in page.all("script"))
    return page


def refused(client: httpx.Client, path: str, status: int) -> str:
    """What the page says of that which cannot be shown."""
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    return Parsed(answer.text).root.one("p", class_="detail").text
