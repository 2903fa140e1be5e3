"""The page of numbers through time: how many jurisdictions did what at the end of each month, quarter or year."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from events.vocabulary import STRICTNESS
from projections.answers import Point, Series
from projections.codebook import codebook
from projections.jurisdictions import code_of, name_of
from projections.series import COUNTED, NO_HEADLINE, STEPS, Step
from services.api.parameters import Day, FilteredBy, Number, Text
from services.operations.wiring import Service
from services.web.address import TIMES, Address, address_of
from services.web.drawing import chart
from services.web.kept import Kept
from services.web.layout import page
from services.web.paging import paged
from services.web.times import GivenTimes, Times
from services.wording import count, words

MOST_SERIES = 32
"""Series kept, the least used dropped first."""

YEARS = 10
"""How far back a series goes, unless asked otherwise."""

FILTERS = ("subject", "effect", "scope", "classes", "verified", "status")

LABELS = {
    "prohibits": "prohibit",
    "restricts": "restrict",
    "requires_approval": "require approval",
    "requires_security_measures": "require security",
    "permits_temporarily": "permit for a time",
    "declares_no_ban": "declared no ban",
    "none": "no effect of its own",
    NO_HEADLINE: "nothing in force",
}
"""What jurisdictions do, of several of them."""


class Group(Struct, frozen=True):
    """Jurisdictions that count as the same at a point."""

    effect: str
    codes: tuple[str, ...]


def series(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)
    ask = service.answering
    kept: Kept[Series] = Kept(MOST_SERIES)

    @router.get("/series")
    def shown(
        request: Request,
        given: GivenTimes,
        filters: FilteredBy,
        from_: Annotated[Day | None, Query(alias="from")] = None,
        to: Annotated[Day | None, Query()] = None,
        step: Annotated[Step, Query()] = "quarter",
        jurisdiction: Annotated[list[Text], Query(max_length=300)] = [],  # noqa: B006
        on: Annotated[Day | None, Query()] = None,
        number: Annotated[Number, Query(alias="page", ge=1, le=1000)] = 1,
    ) -> Response:
        """The chart with the table behind it, and the jurisdictions of one point."""
        times, address = given.on(ask.today()), address_of(request)
        to = to or times.as_of
        from_ = from_ or date(max(to.year - YEARS, 1), 1, 1)
        reversed_ = to < from_
        if reversed_:
            from_, to = to, from_
        codes = tuple(code_of(each) for each in jurisdiction)
        pinned = ask.pinned(times.asked)

        def work_out() -> Series:
            return ask.series(
                from_=from_, to=to, step=step, known_on=times.eyes, jurisdictions=codes, asked=pinned, filters=filters
            )

        answer = kept.of((pinned.position, from_, to, step, times.eyes, codes, filters), work_out)
        point = _chosen(answer, on)
        bands = [
            chart.Band(each, LABELS[each])
            for each in STRICTNESS
            if any(point.counts.get(each) for point in answer.points)
        ]
        drawings: dict[str, Any] = {
            "columns": [_column(each, bands, address) for each in answer.points],
            "bands": bands,
            "title": _title(answer),
            "here": point.on,
        }
        return page(
            request,
            "series.html",
            times=times,
            answer=answer,
            filters=filters,
            codebook=codebook(),
            from_=from_,
            to=to,
            step=step,
            steps=STEPS,
            codes=codes,
            reversed=reversed_,
            wide=chart.drawn(**drawings, prefix="wide"),
            narrow=chart.drawn(**drawings, prefix="narrow", width=380, height=300, labelled=False),
            bands=bands,
            labels=LABELS,
            columns=[each for each in COUNTED if each == NO_HEADLINE or each in {band.name for band in bands}],
            table=paged(answer.points[::-1], number),
            point=point,
            groups=[Group(each, point.codes[each]) for each in COUNTED if each in point.codes],
            world=lambda day: _world(address, times, day),
            name_of=name_of,
            summary=_summary(answer),
            pinned=_pinned(address, answer),
        )

    return router


def _chosen(answer: Series, on: date | None) -> Point:
    """The point of a day: the first on it or after; the last one by default."""
    if on is not None:
        for point in answer.points:
            if point.on >= on.isoformat():
                return point
    return answer.points[-1]


def _column(point: Point, bands: list[chart.Band], address: Address) -> chart.Column:
    numbers = [f"{point.counts[band.name]} {band.label}" for band in reversed(bands) if point.counts[band.name]]
    return chart.Column(
        point.on,
        point.counts,
        f"{point.on}: {', '.join(numbers) or 'none'}",
        f"{address.here(on=point.on)}#point",
    )


def _world(address: Address, times: Times, day: str) -> str:
    """The page of the world on a day, by the same eyes and with the same filters."""
    kept = {name: address.values(name) for name in FILTERS if address.values(name)}
    away = dict.fromkeys(TIMES)
    eyes = {"known": "on", "known_on": times.known_on} if times.eyes is not None else {}
    edition = {name: address.values(name) for name in ("position", "recorded_at") if address.values(name)}
    return address.to("/", **{**away, "as_of": day, **eyes, **edition, **kept})


def _pinned(address: Address, answer: Series) -> str:
    eyes = {"known": None if answer.known_on is None else "on", "known_on": answer.known_on}
    window = {"from": answer.from_, "to": answer.to, "step": answer.step, "as_of": None}
    return address.here(**window, **eyes, position=answer.position, recorded_at=None)


def _title(answer: Series) -> str:
    eyes = "as people knew it then" if answer.known_on is None else f"as known on {answer.known_on}"
    return f"Jurisdictions by headline from {answer.from_} to {answer.to}, by {answer.step}, {eyes}"


def _summary(answer: Series) -> str:
    """The first point and the last in a sentence."""
    first, last = answer.points[0], answer.points[-1]
    told = []
    for effect in STRICTNESS:
        before, after = first.counts[effect], last.counts[effect]
        if before or after:
            told.append(f"{words(LABELS[effect])} {before} → {after}")
    if not told:
        return f"No jurisdiction has a headline between {first.on} and {last.on}."
    return f"From {first.on} to {last.on}, of {count(last.jurisdictions, 'jurisdiction')}: {', '.join(told)}."
