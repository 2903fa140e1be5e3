"""The page of the search: jurisdictions, measures and acts whose words were looked for, with the words marked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup, escape
from msgspec import Struct

from projections.answers import Excerpt, Found, Search
from projections.jurisdictions import code_of, name_of
from projections.searching import KINDS, Kind
from projections.sought import LONGEST, WordsNeeded
from services.api.parameters import Number, Text
from services.operations.wiring import Service
from services.web.address import Address, address_of
from services.web.layout import page
from services.web.times import GivenTimes
from services.wording import count, words

OF_EACH, OF_ONE = 10, 50
"""How many of each kind are shown together, and how many of one kind on a page of its own."""

TITLES: dict[Kind, str] = {"jurisdiction": "Jurisdictions", "measure": "Measures", "act": "Acts"}
EXAMPLES = (
    ("Commerce Department", "all words, in any order"),
    ('"general licence"', "words that stand together"),
    ("84 FR 22961", "a citation"),
    ("telecom", "the beginning of a word"),
    ("华为", "a company, under any of its names"),
    ("5G -Huawei", "without a word"),
    ("Netherlands decree", "words on a country"),
    ("NL/telecom-supplier-decree", "the name of a measure or an act"),
)
PATHS = {"jurisdiction": "/jurisdictions/", "measure": "/measures/", "act": "/acts/"}


class Result(Struct, frozen=True):
    """What was found as it is shown: where it leads, its title and other places with the words marked."""

    found: Found
    link: str
    title: Markup
    excerpts: tuple[tuple[str, Markup], ...]


class Group(Struct, frozen=True):
    """What was found of a kind; `all` leads to the rest of it."""

    kind: str
    title: str
    count: int
    results: tuple[Result, ...]
    all: str | None


def search(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/search")
    def found(
        request: Request,
        given: GivenTimes,
        q: Annotated[str, Query(max_length=2000)] = "",
        kind: Annotated[Kind | None, Query()] = None,
        jurisdiction: Annotated[Text | None, Query()] = None,
        after: Annotated[Number, Query(ge=0, le=10_000)] = 0,
    ) -> Response:
        """What has the words of `q`; without them, how to search."""
        times, address = given.on(service.answering.today()), address_of(request)
        code = None if jurisdiction is None else code_of(jurisdiction)
        shown = partial(
            page, request, "search.html", times=times, q=q, kind=kind, kinds=TITLES, code=code, most=LONGEST
        )
        if not q or len(q) > LONGEST:
            return shown(answer=None, wrong=_too_long(q), examples=EXAMPLES, status=422 if q else 200)
        try:
            answer = service.searching.search(
                q,
                kind=kind,
                jurisdictions=[] if code is None else [code],
                limit=OF_EACH if kind is None else OF_ONE,
                after=after,
                asked=times.asked,
            )
        except WordsNeeded as refused:
            return shown(answer=None, wrong=refused.message, examples=EXAMPLES, status=422)
        is_present = times.asked.position is None and times.asked.recorded_at is None
        return shown(
            answer=answer,
            wrong="",
            groups=list(_groups(answer, address, kind)),
            before=None if kind is None or not after else max(0, after - OF_ONE),
            head=service.log.head().position if is_present else answer.position,
            total=_total(answer),
            place=None if code is None else name_of(code),
        )

    return router


def _too_long(q: str) -> str:
    return f"Give the words to look for in at most {LONGEST} signs; these are {len(q)}." if q else ""


def _total(answer: Search) -> str:
    """How much was found: `9 measures and 19 acts`."""
    counts = [count(answer.counts[kind], kind) for kind in KINDS if answer.counts[kind]]
    return " and ".join([", ".join(counts[:-1]), *counts[-1:]] if len(counts) > 1 else counts)


def _groups(answer: Search, address: Address, only: Kind | None) -> Iterator[Group]:
    """What was found by kind, the kind of what is named exactly first."""
    first = {found.kind for found in answer.results if found.exact}
    for kind in sorted(KINDS, key=lambda kind: kind not in first):
        results = tuple(_result(found, address) for found in answer.results if found.kind == kind)
        if results:
            more = only is None and answer.counts[kind] > len(results)
            link = address.here(kind=kind, after=None) if more else None
            yield Group(kind, TITLES[kind], answer.counts[kind], results, link)


def _result(found: Found, address: Address) -> Result:
    titles = [marked(each) for each in found.excerpts if each.field == "title"]
    shown = [each for each in found.excerpts if each.field != "title"]
    return Result(
        found,
        address.to(f"{PATHS[found.kind]}{found.name}"),
        titles[0] if titles else escape(found.title),
        tuple((_FIELDS.get(each.field, words(each.field)), marked(each)) for each in shown),
    )


_FIELDS = {"act": "by the act", "url": "address of a source", "name": "measure"}
"""What fields are called where their own names would not tell."""


def marked(excerpt: Excerpt) -> Markup:
    """A text with what was found in it marked."""
    parts, at = Markup(), 0
    for start, end in excerpt.marks:
        parts += escape(excerpt.text[at:start]) + Markup("<mark>{}</mark>").format(excerpt.text[start:end])
        at = end
    return parts + escape(excerpt.text[at:])
