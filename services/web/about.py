"""The page that explains: what is recorded, the three times with one example, and how far the record reaches."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Struct

from events.vocabulary import STRICTNESS
from projections.answering import Answering, Asked, UnknownMeasure
from projections.answers import MeasureAnswer
from services.operations.wiring import Service
from services.web.address import Address, address_of
from services.web.layout import page
from services.web.times import GivenTimes, Times

MEASURE = "NL/telecom-supplier-decree"
DAY = date(2019, 11, 20)
"""The day of the example: the decree was announced, and nobody knew when it would take force."""

AFTERWARDS = date(2020, 4, 1)
"""A day on which it was in force."""


class Told(Struct, frozen=True):
    """
    One answer of the example: the three times of it, and what it says; `link` shows it.

    `status` is null where nothing was on record; `in_force_from` is the first day in force, as far as was known.
    """

    as_of: date
    known_on: date
    position: int
    link: str
    status: str | None
    in_force_from: str | None


class Example(Struct, frozen=True):
    """
    The decree as people knew it then and in hindsight; and afterwards, as our record reads now and as it read before.

    `corrected`: before the last correction of it, else before the first entry on it.
    """

    then: Told
    hindsight: Told
    now: Told
    earlier: Told
    corrected: bool


def about(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)
    ask = service.answering

    @router.get("/about")
    def explained(request: Request, given: GivenTimes) -> Response:
        """How to read the pages, and how far the record reaches."""
        times = given.on(ask.today())
        record = ask.jurisdictions(asked=times.asked)
        rows = record.jurisdictions
        return page(
            request,
            "about.html",
            times=times,
            answer=record,
            example=example(ask, times, record.position, address_of(request)),
            measure=MEASURE,
            day=DAY,
            measures=sum(row.measures for row in rows),
            acts=sum(row.acts for row in rows),
            effects=[each for each in STRICTNESS if each != "none"],
        )

    return router


def example(ask: Answering, times: Times, position: int, address: Address) -> Example | None:
    """The example as this edition of the record tells it; None where the decree is not on record."""
    present = Asked(position)
    hindsight = times.known_on if times.known_on > AFTERWARDS else times.today
    days = ((DAY, DAY), (DAY, hindsight), (AFTERWARDS, hindsight))
    try:
        told = [ask.measure(MEASURE, as_of=as_of, known_on=known_on, asked=present) for as_of, known_on in days]
    except UnknownMeasure:
        return None
    entries = ask.history(MEASURE, asked=present).entries
    corrections = [entry for entry in entries if entry["type"] == "corrected"]
    before = int(str((corrections or entries)[-1 if corrections else 0]["position"])) - 1
    try:
        earlier = _told(ask.measure(MEASURE, as_of=AFTERWARDS, known_on=hindsight, asked=Asked(before)), address)
    except UnknownMeasure:
        link = _link(address, AFTERWARDS, hindsight, before)
        earlier = Told(AFTERWARDS, hindsight, before, link, None, None)
    then, later, now = (_told(answer, address) for answer in told)
    return Example(then, later, now, earlier, bool(corrections))


def _told(answer: MeasureAnswer, address: Address) -> Told:
    as_of, known_on = date.fromisoformat(answer.as_of), date.fromisoformat(answer.known_on)
    runs = [run.from_ for run in answer.profile if run.status == "in_force"]
    line = answer.line
    return Told(
        as_of,
        known_on,
        answer.position,
        _link(address, as_of, known_on, answer.position),
        "absent" if line is None else line.status,
        runs[0] if runs else None,
    )


def _link(address: Address, as_of: date, known_on: date, position: int) -> str:
    times = {"as_of": as_of, "known": "on", "known_on": known_on, "position": position, "recorded_at": None}
    return address.to(f"/measures/{MEASURE}", **times)
