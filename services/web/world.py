"""The page of the world: a map and a table of all jurisdictions on record on a day, and what it steps through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from msgspec import Struct

from events.vocabulary import STRICTNESS
from projections.answers import Matrix, MatrixRow, encode
from projections.codebook import codebook
from projections.jurisdictions import code_of, name_of
from services.api.parameters import FilteredBy, Text
from services.api.responses import JSON
from services.operations.wiring import Service
from services.web.address import Address, address_of
from services.web.drawing import strip, world_map
from services.web.kept import Kept
from services.web.layout import page, sent
from services.web.times import GivenTimes, Times
from services.wording import count, listed, words

Region = Literal["world", "europe", "middle-east", "south-and-east-asia", "africa", "americas", "caribbean", "oceania"]
Sort = Literal["name", "code", "headline", "upcoming", "in_force", "on_the_way"]

MOST_TIMELINES = 16
"""Timelines that are kept."""


class Line(Struct, frozen=True):
    """A row of the table: a jurisdiction with how many measures it has in force, and how many on their way."""

    row: MatrixRow
    link: str
    in_force: int
    on_the_way: int


class Span(Struct, frozen=True):
    """The days between which the slider goes, both inclusive."""

    first: date
    last: date


def world(service: Service) -> APIRouter:
    """The routes of the world."""
    router = APIRouter(include_in_schema=False)
    ask = service.answering
    timelines: Kept[bytes] = Kept(MOST_TIMELINES)

    @router.get("/")
    def shown(
        request: Request,
        given: GivenTimes,
        filters: FilteredBy,
        region: Annotated[Region, Query()] = "world",
        sort: Annotated[Sort, Query()] = "name",
    ) -> Response:
        """The map of a day, with the table behind it."""
        times, address = given.on(ask.today()), address_of(request)
        matrix = ask.world(as_of=times.as_of, known_on=times.known_on, asked=times.asked, filters=filters)
        pinned = times.asked.at(matrix.position)
        everyone = matrix if not filters else ask.world(as_of=times.as_of, known_on=times.known_on, asked=pinned)
        near = ask.neighbours(times.as_of, known_on=times.eyes, asked=pinned, filters=filters)
        days = near.days
        span = span_of(days, times)
        lines = sorted((_line(row, address) for row in matrix.jurisdictions), key=_ORDERS[sort])
        return page(
            request,
            "world.html",
            times=times,
            answer=matrix,
            filters=filters,
            lines=lines,
            map=world_map.drawn(_places(everyone, matrix, address), region=region, title=_title(times)),
            apart=[row for row in everyone.jurisdictions if not world_map.has_place(row.jurisdiction)],
            region=region,
            regions=list(world_map.world_map().views),
            sort=sort,
            span=span,
            strip=strip.drawn(days, first=span.first, last=span.last, as_of=times.as_of),
            near=near,
            counts=Counter(row.headline.effect if row.headline else "no_headline" for row in matrix.jurisdictions),
            upcoming=sum(row.upcoming is not None for row in matrix.jurisdictions),
            effects=STRICTNESS,
            summary=summary(matrix),
            names=[name_of(row.jurisdiction) for row in everyone.jurisdictions],
            codebook=codebook(),
        )

    @router.get("/timeline")
    def timeline(request: Request, given: GivenTimes, filters: FilteredBy) -> Response:
        """The headlines of all days, for the slider."""
        times = given.on(ask.today())
        asked = ask.pinned(times.asked)
        body = timelines.of(
            (asked.position, times.eyes, filters),
            lambda: encode(ask.timeline(known_on=times.eyes, asked=asked, filters=filters)),
        )
        return sent(request, body, JSON, {"Cache-Control": "no-cache"})

    @router.get("/jurisdictions")
    def jurisdictions(request: Request, given: GivenTimes, name: Annotated[Text | None, Query()] = None) -> Response:
        """All jurisdictions on record; with a name or a code, the page of that one."""
        if name is not None:
            address = Address("/jurisdictions", address_of(request).given)
            return RedirectResponse(address.to(f"/jurisdictions/{code_of(name)}"), 303)
        times = given.on(ask.today())
        return page(request, "jurisdictions.html", times=times, answer=ask.jurisdictions(asked=times.asked))

    return router


def span_of(days: Sequence[date], times: Times) -> Span:
    """The days between which a slider goes: all on which anything may change, today, and the day of the page."""
    first = min([*days[:1], times.as_of, times.today])
    return Span(date(first.year, 1, 1), max([*days[-1:], times.as_of, times.today]))


def summary(matrix: Matrix) -> str:
    """The matrix in a sentence."""
    counts = Counter(row.headline.effect for row in matrix.jurisdictions if row.headline is not None)
    parts = [
        f"{count(counts[effect], 'jurisdiction')} {_VERBS[effect][counts[effect] != 1]}"
        for effect in STRICTNESS
        if counts[effect] and effect in _VERBS
    ]
    if not parts:
        return "No jurisdiction on record has a headline on this day."
    return f"{', '.join(parts[:-1])}{' and ' if len(parts) > 1 else ''}{parts[-1]}."


_VERBS = {
    "prohibits": ("prohibits", "prohibit"),
    "restricts": ("restricts", "restrict"),
    "requires_approval": ("requires approval", "require approval"),
    "requires_security_measures": ("requires security measures", "require security measures"),
    "permits_temporarily": ("permits for a time", "permit for a time"),
    "declares_no_ban": ("declares that there is no ban", "declare that there is no ban"),
}


def _title(times: Times) -> str:
    return f"Map of the world on {times.as_of}, as known on {times.known_on}"


def _line(row: MatrixRow, address: Address) -> Line:
    way = sum(row.counts.get(status, 0) for status in ("proposed", "announced", "adopted"))
    return Line(row, address.to(f"/jurisdictions/{row.jurisdiction}"), row.counts.get("in_force", 0), way)


def _places(everyone: Matrix, matrix: Matrix, address: Address) -> list[world_map.Shown]:
    matching = {row.jurisdiction for row in matrix.jurisdictions}
    return [
        world_map.Shown(
            row.jurisdiction,
            told(row),
            None if row.headline is None else row.headline.effect,
            row.upcoming is not None,
            address.to(f"/jurisdictions/{row.jurisdiction}"),
            row.jurisdiction in matching,
        )
        for row in sorted(everyone.jurisdictions, key=_by_name)
    ]


def told(row: MatrixRow) -> str:
    """A jurisdiction in a few words: `Netherlands: restricts, in force; on its way: prohibits (adopted)`."""
    headline = "nothing in force" if row.headline is None else listed([row.headline.effect, row.headline.status])
    way = "" if row.upcoming is None else f"; on its way: {words(row.upcoming.effect)} ({words(row.upcoming.status)})"
    return f"{row.name}: {headline}{way}"


def _by_name(row: MatrixRow) -> str:
    return row.name.casefold()


def _rank(effect: str | None) -> int:
    return len(STRICTNESS) if effect is None else STRICTNESS.index(effect)


_ORDERS = {
    "name": lambda line: line.row.name.casefold(),
    "code": lambda line: line.row.jurisdiction,
    "headline": lambda line: (_rank(line.row.headline and line.row.headline.effect), line.row.name.casefold()),
    "upcoming": lambda line: (_rank(line.row.upcoming and line.row.upcoming.effect), line.row.name.casefold()),
    "in_force": lambda line: (-line.in_force, line.row.name.casefold()),
    "on_the_way": lambda line: (-line.on_the_way, line.row.name.casefold()),
}
