"""The page of a measure: where it stands on a day, its life as a picture and as tables, every entry of its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from events.vocabulary import LinkType
from projections.codebook import codebook
from projections.jurisdictions import code_of
from projections.lanes import MOST_DEADLINES
from projections.life import Life, Mark
from projections.relations import Relation
from services.api.parameters import Code, Number, Slug
from services.api.problems import NotFound
from services.operations.wiring import Service
from services.web.address import Address, address_of
from services.web.drawing import lanes
from services.web.entries import entries_of
from services.web.jurisdiction import Telling
from services.web.layout import page
from services.web.times import GivenTimes
from services.wording import listed, words

ENTRIES = 100
"""So many entries of the history stand on a page."""

BAR = 22
"""The height of the bar, in pixels."""

_PASSIVE: Mapping[LinkType, str] = {
    "implements": "implemented by",
    "exempts_from": "exempted from by",
    "replaces": "replaced by",
    "reverses": "reversed by",
    "responds_to": "responded to by",
    "follows": "followed by",
    "upholds": "upheld by",
    "amends": "amended by",
    "part_of": "has as its part",
}
"""A link as the measure tells it to which another links."""


def measure(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)
    picture = service.picturing

    @router.get("/measures/{code}/{slug}")
    def shown(
        request: Request,
        code: Code,
        slug: Slug,
        given: GivenTimes,
        number: Annotated[Number, Query(alias="page", ge=1, le=1_000_000)] = 1,
    ) -> Response:
        """A measure on a day. One of a jurisdiction that is given by its name is found under the code."""
        times, address = given.on(service.answering.today()), address_of(request)
        if (exact := code_of(code)) != code:
            return RedirectResponse(Address(f"/measures/{exact}/{slug}", address.given).here(), 303)
        name = f"{code}/{slug}"
        revisions = range((number - 1) * ENTRIES + 1, number * ENTRIES + 1)
        found = picture.measure(
            name,
            as_of=times.as_of,
            known_on=times.known_on,
            eyes=times.eyes,
            revisions=revisions,
            asked=times.asked,
        )
        life = found.life
        pages = -(-life.revision // ENTRIES)
        if number > pages:
            raise NotFound(f"There is no page {number} of this history: there {_are(pages)}.", pages=pages)
        scale = lanes.scale_of(_days(life), as_of=times.as_of)
        return page(
            request,
            "measure.html",
            times=times,
            answer=life,
            has_table=False,
            code=code,
            slug=slug,
            title=title(life),
            why=Telling(life.acts).why(life.line.acts if life.line else ()),
            most_deadlines=MOST_DEADLINES,
            history=found.part.history,
            entries=entries_of(found.part),
            page=number,
            last_page=pages,
            relations=found.relations,
            relation=relation,
            near=found.near,
            scale=scale,
            bar=lanes.drawn(life.lane, scale, bar=BAR, deadlines=False),
            marks=lanes.acts_alone([(mark.on, _told(mark)) for mark in life.marks], scale),
            lanes=lanes,
            codebook=codebook(),
        )

    return router


def title(life: Life) -> str:
    """What a measure is called on the day; else as its last act is, and by its name where nothing of it stands."""
    if life.line is not None:
        return life.line.title
    return life.marks[-1].act.title if life.marks else life.measure


def relation(each: Relation) -> str:
    """How another measure stands to this one: `implements`, `implemented by`."""
    return words(each.type) if each.is_told_here else _PASSIVE[each.type]


def _days(life: Life) -> Iterator[date | None]:
    """The days that the picture is to show."""
    yield from life.days[:1] + life.days[-1:]
    for run in life.lane.runs:
        yield run.from_
        yield run.to
    for deadline in life.lane.deadlines:
        yield from (due.day for due in deadline.dues)


def _told(mark: Mark) -> str:
    """An act in a few words: `2020-03-01: Decree on suppliers (adopted)`."""
    return f"{mark.act.announced_on}: {mark.act.title} ({listed(mark.did)})"


def _are(pages: int) -> str:
    return "is one" if pages == 1 else f"are {pages}"
