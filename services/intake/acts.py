"""Acts, corrections, retractions and reviews, as both forms of files hold them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast, get_args

from msgspec import Struct

from events.actions import Act, AnyAction, Link, Source
from events.vocabulary import Confidence, CorrectionReason, Instrument, LinkType, RetractionReason, Verification
from services.intake.actions import Draft, action
from services.intake.fields import (
    LONGEST_NAME,
    Kind,
    choice,
    day,
    flag,
    jurisdiction,
    list_of,
    measure,
    optional,
    record,
    sha256,
    slug,
    text,
    texts,
    url,
)
from services.intake.problems import Finding

MOST_ACTIONS = 10_000
MOST_SOURCES = 200

_words = optional(text(blank=True))


class Told(Struct, frozen=True):
    """An act as a file tells it, with its actions, ready to be recorded."""

    act: Act
    actions: tuple[AnyAction, ...]
    again: bool = False


source = record(
    "a source",
    {
        "name": text(),
        "url": optional(url),
        "date": optional(day),
        "basis": _words,
        "passage": _words,
        "archived_url": optional(url),
        "sha256": optional(sha256),
        "kept": texts,
    },
    required=("name",),
    build=lambda clean: Source(**clean),
)


@lru_cache(maxsize=1024)
def act(home: str | None) -> Kind:
    """An act of `home` to be recorded, as Told."""
    return record("an act", {**_act(home), "again": flag}, required=_ACT_NEEDS, together=_not_after_itself, build=_told)


@lru_cache(maxsize=1024)
def replacement(home: str | None) -> Kind:
    """An act of `home` as it should have read, as Told."""
    return record("a replacement", _act(home), required=_ACT_NEEDS, together=_not_after_itself, build=_told)


def correction(home: str | None) -> dict[str, Kind]:
    """The fields of a correction, besides the slug of the act, which each form of file names in its own way."""
    return {
        "reason": choice(get_args(CorrectionReason)),
        "replacement": replacement(home),
        "note": _words,
    }


def same_act(name: str, clean: Mapping[str, Any]) -> list[Finding]:
    """A correction keeps the slug of the act; `name` is the field that names it."""
    told = clean.get("replacement")
    slug_of_act = clean.get(name)
    if told is None or slug_of_act is None or told.act.act == slug_of_act:
        return []
    sentence = f"'{told.act.act}' is another act than the corrected one, '{slug_of_act}': a correction keeps the slug"
    return [Finding(("replacement", "act"), sentence)]


RETRACTION: dict[str, Kind] = {"reason": choice(get_args(RetractionReason)), "note": _words}
"""The fields of a retraction, besides the slug of the act."""

VERIFICATION: dict[str, Kind] = {"level": choice(get_args(Verification)), "note": _words, "url": optional(url)}
"""The fields of a verification, besides the slug of the act."""

REVIEW: dict[str, Kind] = {"jurisdiction": jurisdiction, "reviewed_on": day, "note": _words}
"""The fields of a review."""


_ACT_NEEDS = ("act", "announced_on", "authority", "instrument", "title", "sources", "actions")


def _act(home: str | None) -> dict[str, Kind]:
    link = record(
        "a link",
        {"type": choice(get_args(LinkType)), "to": measure(home, foreign=True)},
        required=("type", "to"),
        build=lambda clean: Link(**clean),
    )
    return {
        "act": slug,
        "announced_on": day,
        "published_on": optional(day),
        "authority": text(LONGEST_NAME),
        "instrument": choice(get_args(Instrument)),
        "citation": _words,
        "title": text(),
        "summary": _words,
        "confidence": optional(choice(get_args(Confidence))),
        "sources": list_of(source, least=1, most=MOST_SOURCES, what="at least one source with a name"),
        "links": list_of(link),
        "after": optional(slug),
        "note": _words,
        "actions": list_of(action(home), least=1, most=MOST_ACTIONS, what="at least one action"),
    }


def _not_after_itself(clean: Mapping[str, Any]) -> list[Finding]:
    if clean.get("after") is None or clean["after"] != clean.get("act"):
        return []
    return [Finding(("after",), "names the act itself: name another act, or leave it out")]


def _told(clean: dict[str, Any]) -> Told:
    drafts: tuple[Draft, ...] = clean.pop("actions")
    again = clean.pop("again", False)
    told = Act(**clean)
    made = tuple([event(act=told, place=place, **fields) for place, (event, fields) in enumerate(drafts)])
    return Told(told, cast("tuple[AnyAction, ...]", made), again)
