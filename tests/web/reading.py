"""A page as a reader of its HTML sees it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
_VOID = {"meta", "link", "br", "input", "hr", "img", "wbr", "col"}
_HIDDEN = {"head", "script", "style", "option"}


class Page(HTMLParser):
    """A page: its elements with their attributes, the text of its body, its tables. Every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.tables: list[list[list[str]]] = []
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if _HIDDEN.intersection(self._open):
            return
        self.text += data
        if self.tables and {"td", "th"}.intersection(self._open):
            self.tables[-1][-1][-1] += " ".join(data.split()) + " " if data.strip() else ""
        if "a" in self._open and self.links:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)

    def told(self, tag: str, attribute: str) -> list[str]:
        """The values of an attribute on all elements of a kind that have it."""
        return [told[attribute] for name, told in self.elements if name == tag and attribute in told]

    def by_id(self, name: str) -> dict[str, Any]:
        """The attributes of the element with an id."""
        (found,) = [told for _, told in self.elements if told.get("id") == name]
        return found

    def row(self, first: str) -> list[str]:
        """The cells of the row of a table that begins with a text."""
        (found,) = [row for table in self.tables for row in table if row and row[0].startswith(first)]
        return [cell.strip() for cell in found]


def shown(client: httpx.Client, address: str, status: int = 200) -> Page:
    """The page at an address, as a browser asks for it."""
    answer = client.get(address, headers=BROWSER)
    assert answer.status_code == status, answer.text[:2000]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)
