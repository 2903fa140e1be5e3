"""News as an Atom feed (RFC 4287), in archived pages (RFC 5005), with tombstones (RFC 6721)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote, urlencode
from uuid import uuid5
from xml.etree import ElementTree as ET

from events.actions import Source
from events.vocabulary import jurisdiction_of, stream_id
from projections.news import Page
from projections.news_items import Item
from projections.topics import Topic
from services import wording

MEDIA = "application/atom+xml"
PATH = "/v1/feed.atom"

_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"

for _prefix, _namespace in (("", _ATOM), ("fh", _HISTORY), ("at", _TOMBSTONES)):
    ET.register_namespace(_prefix, _namespace)

_NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without anything in it was updated."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can have."""


def atom_of(page: Page, base: str, licence: str) -> bytes:
    """
    A page of a feed, the same bytes for the same page. `base` is the address of the service, without a slash.

    What was taken back is a tombstone. Identities do not depend on `base`.
    """
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", f"urn:uuid:{uuid5(stream_id('feed'), address_of(page.topic))}")
    _add(feed, "title", f"Dateline: {wording.topic(page.topic)}")
    updated = max((item.updated for item in page.items), default=_NOTHING_YET)
    _add(feed, "updated", wording.moment(updated))
    _add(_add(feed, "author"), "name", "Dateline")
    _add(feed, "rights", licence)
    _link(feed, "self", base + address_of(page.topic, page.through), MEDIA)
    _link(feed, "alternate", base + page_of(page.topic), "text/html")
    if page.through is not None:
        ET.SubElement(feed, f"{{{_HISTORY}}}archive")
        _link(feed, "current", base + address_of(page.topic), MEDIA)
    if page.earlier is not None:
        for relation in ("prev-archive", "next"):
            _link(feed, relation, base + address_of(page.topic, page.earlier), MEDIA)
    for item in page.items:
        if item.what == "retracted":
            _tombstone(feed, item)
        else:
            _entry(feed, item, base)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def address_of(topic: Topic, through: str | None = None, path: str = PATH) -> str:
    """Where a feed is, or a page of it, or what else there is of a topic, within the service."""
    asked: Mapping[str, object] = {**topic.parameters(), **({} if through is None else {"through": through})}
    query = urlencode(asked, doseq=True, quote_via=quote)
    return f"{path}?{query}" if query else path


def page_of(topic: Topic) -> str:
    """The page for people that shows most of a topic, within the service."""
    if len(topic.measures) == 1:
        return f"/measures/{topic.measures[0]}"
    if len(topic.jurisdictions) == 1 and not topic.measures:
        return f"/jurisdictions/{topic.jurisdictions[0]}"
    return "/"


def _entry(feed: ET.Element, item: Item, base: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", f"urn:uuid:{item.id}")
    _add(entry, "title", wording.news_title(item))
    _add(entry, "published", wording.moment(item.published))
    _add(entry, "updated", wording.moment(item.updated))
    _link(entry, "alternate", f"{base}/measures/{item.measure}", "text/html")
    _link(entry, "related", f"{base}/acts/{item.act.act}", "text/html", title=f"The act {item.act.act}")
    if item.position is not None:
        _link(entry, "via", f"{base}/log/{item.position}", "text/html", title=f"Position {item.position} of the log")
    for source in item.act.sources:
        if source.url is not None:
            _link(entry, "related", source.url, title=source.name)
    code = jurisdiction_of(item.measure)
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=code, label=wording.called(code))
    kind = item.change.what if item.change is not None else type(item.action).type if item.action is not None else ""
    ET.SubElement(entry, f"{{{_ATOM}}}category", term=kind, label=wording.words(kind))
    where = "" if item.position is None else f", position {item.position} of the log"
    lines = [*wording.news(item), f"Measure {item.measure}, act {item.act.act}{where}."]
    told = [*map(escape, lines[:-1]), *map(_source, item.act.sources), escape(lines[-1])]
    content = _add(entry, "content", "\n".join(f"<p>{line}</p>" for line in told))
    content.set("type", "html")


def _source(source: Source) -> str:
    """A source in HTML."""
    name = escape(source.name)
    return f"Source: {name}" if source.url is None else f'Source: <a href="{escape(source.url)}">{name}</a>'


def _tombstone(feed: ET.Element, item: Item) -> None:
    """RFC 6721, 3: whoever keeps the entry removes it."""
    deleted = ET.SubElement(
        feed,
        f"{{{_TOMBSTONES}}}deleted-entry",
        ref=f"urn:uuid:{item.id}",
        when=wording.moment(item.updated),
    )
    comment = ET.SubElement(deleted, f"{{{_TOMBSTONES}}}comment")
    comment.text = _plain(wording.news_withdrawn(item))


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = None if text is None else _plain(text)
    return element


def _link(parent: ET.Element, relation: str, href: str, media: str | None = None, title: str | None = None) -> None:
    told = {"rel": relation, "href": _plain(href)}
    told |= {} if media is None else {"type": media}
    told |= {} if title is None else {"title": _plain(title)}
    ET.SubElement(parent, f"{{{_ATOM}}}link", told)


def _plain(text: str) -> str:
    """A text without what XML cannot have, which leaves a mark."""
    return _NO_XML.sub("\ufffd", text)
