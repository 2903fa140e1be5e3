"""The page of a jurisdiction: what holds on a day and why, its measures through time, what changes around the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from msgspec import Struct

from events.actions import Act
from events.dates import EARLIEST, LATEST
from projections.answers import Headline, MeasureLine
from projections.brief import GROUPS, Brief, Group, Shown
from projections.citing import address
from projections.codebook import codebook
from projections.diaries import place_of
from projections.jurisdictions import code_of
from projections.lanes import Lane
from services.api.parameters import Code, Day, FilteredBy, Number, Text
from services.api.problems import NotFound
from services.operations.wiring import Service
from services.web.address import Address, address_of
from services.web.drawing import lanes
from services.web.layout import page
from services.web.times import GivenTimes
from services.wording import HEADINGS, called, count

CHANGES = 200
"""So many rows stand on a page of changes."""

PRINTED = 30
"""So many bars are printed with a brief; of more, it prints the words alone, to stay within three pages."""

_COUNTED: Mapping[Group, str] = {
    "in_force": "in force",
    "suspended": "suspended",
    "adopted": "adopted and not yet in force",
    "proposed": "proposed",
    "announced": "announced and not yet in force",
    "declared": "declared",
    "expired": "expired",
    "ended": "ended",
    "perhaps": "perhaps not there yet",
}


class Why(Struct, frozen=True):
    """An act on which a line rests; `is_above` where its sources already stand further up on the page."""

    act: Act
    is_above: bool


class Holding(Struct, frozen=True):
    """A measure as a page tells it: where it stands, its line, why, and its bar through time."""

    group: Group
    line: MeasureLine
    why: tuple[Why, ...]
    bar: Markup
    lane: Lane


def jurisdiction(service: Service) -> APIRouter:
    """The routes of the page, and of its changes."""
    router = APIRouter(include_in_schema=False)
    ask, picture, audit = service.answering, service.picturing, service.auditing

    @router.get("/jurisdictions/{code}")
    def shown(
        request: Request,
        code: Code,
        given: GivenTimes,
        filters: FilteredBy,
        number: Annotated[Number, Query(alias="page", ge=1, le=100_000)] = 1,
    ) -> Response:
        """A jurisdiction on a day. One that is given by its name is found under its code."""
        times, here = given.on(ask.today()), address_of(request)
        if (exact := code_of(code)) != code:
            return RedirectResponse(Address(f"/jurisdictions/{exact}", here.given).here(), 303)
        country = picture.country(
            code,
            as_of=times.as_of,
            known_on=times.known_on,
            eyes=times.eyes,
            filters=filters,
            page=number,
            asked=times.asked,
        )
        brief = country.brief
        if number > brief.pages:
            raise NotFound(f"There is no page {number}: on this day there {_are(brief.pages)}.", pages=brief.pages)
        scale = lanes.scale_of(_span(brief), as_of=times.as_of)
        telling = Telling(country.acts)
        overdue = [(line, telling.why(line.acts)) for line in brief.overdue.first]
        own = [telling.holding(each, scale) for each in brief.measures]
        inherited = [telling.holding(each, scale) for each in brief.inherited]
        return page(
            request,
            "jurisdiction.html",
            times=times,
            answer=brief,
            filters=filters,
            summary=summary(brief),
            headline_titles=_titles(brief, brief.headline),
            upcoming_titles=_titles(brief, brief.upcoming),
            overdue=overdue,
            groups=[(HEADINGS[group], group, list(each)) for group, each in groupby(own, key=_group)],
            holdings=own,
            inherited=inherited,
            lists=_lists(brief),
            pressure=[(line, telling.why(line.acts)) for line in country.pressure],
            pressure_count=country.pressure_count,
            around=country.around,
            near=country.near,
            scale=scale,
            lanes=lanes,
            PRINTED=PRINTED,
            codebook=codebook(),
        )

    @router.get("/jurisdictions/{code}/changes")
    def changes(
        request: Request,
        code: Code,
        given: GivenTimes,
        filters: FilteredBy,
        from_: Annotated[Day, Query(alias="from")] = EARLIEST,
        to: Annotated[Day, Query()] = LATEST,
        after: Annotated[Text | None, Query()] = None,
    ) -> Response:
        """The diary of a jurisdiction by the eyes of the page, a page at a time."""
        times, here = given.on(ask.today()), address_of(request)
        if (exact := code_of(code)) != code:
            return RedirectResponse(Address(f"/jurisdictions/{exact}/changes", here.given).here(), 303)
        diary = audit.changes(
            from_=from_,
            to=to,
            known_on=times.known_on,
            jurisdictions=[code],
            filters=filters,
            after=None if after is None else place_of(after),
            limit=CHANGES,
            asked=times.asked,
        )
        return page(
            request,
            "changes.html",
            times=times,
            answer=diary,
            filters=filters,
            code=code,
            is_whole=(from_, to) == (EARLIEST, LATEST),
            after=after,
            codebook=codebook(),
        )

    return router


class Telling:
    """Tells measures one after the other: the sources of an act stand where it is first told."""

    def __init__(self, acts: Mapping[str, Act]) -> None:
        self._acts = acts
        self._told: set[str] = set()

    def why(self, slugs: Iterable[str]) -> tuple[Why, ...]:
        """The acts behind a line, in order."""
        found = tuple(Why(self._acts[slug], slug in self._told) for slug in slugs if slug in self._acts)
        self._told.update(each.act.act for each in found)
        return found

    def holding(self, shown: Shown, scale: lanes.Scale) -> Holding:
        """A measure as a page tells it."""
        bar = lanes.drawn(shown.lane, scale)
        return Holding(shown.group, shown.line, self.why(shown.line.acts), bar, shown.lane)


def summary(brief: Brief) -> str:
    """A brief in a sentence: `3 measures in force, 2 announced and not yet in force, 1 deadline overdue.`"""
    counted = [(brief.counts[group], _COUNTED[group]) for group in GROUPS if group in brief.counts]
    parts = [f"{count(number, 'measure') if at == 0 else number} {told}" for at, (number, told) in enumerate(counted)]
    if brief.overdue.count:
        parts.append(f"{count(brief.overdue.count, 'deadline')} overdue")
    if not counted:
        where = called(brief.jurisdiction)
        told = "matches on this day" if brief.measures_on_record else "is on record"
        parts.insert(0, f"no measure of {where} {told}")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


class Lists(NamedTuple):
    """The pinned addresses, in the API, of the lists of which a page tells the first, and of a report upon it."""

    overdue: str
    due: str
    pressure: str
    report: str


def _lists(brief: Brief) -> Lists:
    times = {"as_of": brief.as_of, "known_on": brief.known_on, "position": str(brief.position)}
    of = {"jurisdiction": (brief.jurisdiction,)}
    return Lists(
        address("/v1/deadlines", times, {**of, "status": ("overdue",)}),
        address("/v1/deadlines", times, {**of, "status": ("open", "postponed")}),
        address(f"/v1/jurisdictions/{brief.jurisdiction}/pressure", times, {}),
        address(f"/v1/jurisdictions/{brief.jurisdiction}/report", times, {}),
    )


def _span(brief: Brief) -> list[date | None]:
    """The days between which the picture goes: those of its own measures, or of the inherited where it has none."""
    if brief.first is None:
        return [run.from_ for each in brief.inherited for run in each.lane.runs]
    return [brief.first, brief.last]


def _titles(brief: Brief, headline: Headline | None) -> Sequence[tuple[str, str]]:
    """The measures of a headline with their titles, as far as they stand on the page."""
    titles = {each.line.measure: each.line.title for each in brief.measures}
    return [(measure, titles.get(measure, measure)) for measure in (headline.measures if headline else ())]


def _are(pages: int) -> str:
    return "is one" if pages == 1 else f"are {pages}"


def _group(holding: Holding) -> Group:
    return holding.group
