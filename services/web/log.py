"""The pages of the log: what was recorded, the newest first, followed as it grows; and one event as it is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from events.actions import ENTRY_TYPES, Source
from events.vocabulary import jurisdiction_of
from projections.answers import EntryAnswer, LogPage
from projections.entries import LogFilters
from services.api.parameters import LARGEST, LogFilteredBy, Number
from services.api.problems import NotFound
from services.operations.wiring import Service
from services.web.address import TIMES, Address, address_of
from services.web.layout import page
from services.web.times import GivenTimes, Times

EVENTS = 100
"""Events of one page, unless asked otherwise."""

MOST_EVENTS = 200

MOST_FOLLOWED = 500
"""Events that a page which follows the log shows at once; of more, the oldest leave it."""

FILTERS = ("jurisdiction", "measure", "act", "type", "recorded_by", "batch")


class Line(NamedTuple):
    """An event in a row of the table: `about` is the title of its act, or why it was corrected, or to which level."""

    position: int
    recorded_at: datetime
    what: str
    jurisdiction: str
    measure: str | None
    act: str | None
    announced_on: str | None
    about: str
    recorded_by: str
    batch: str | None


def log(service: Service) -> APIRouter:
    """The routes of the log."""
    router = APIRouter(include_in_schema=False)
    ask = service.answering

    @router.get("/log")
    def shown(
        request: Request,
        given: GivenTimes,
        filters: LogFilteredBy,
        before: Annotated[Number | None, Query(ge=1, le=LARGEST)] = None,
        after: Annotated[Number | None, Query(ge=0, le=LARGEST)] = None,
        limit: Annotated[Number, Query(ge=1, le=MOST_EVENTS)] = EVENTS,
    ) -> Response:
        """The events before a position, or to the end, the newest first; or those after one, the oldest first."""
        times, address = given.on(ask.today()), address_of(request)
        if after is None:
            answer = ask.last_of_log(before=before, limit=limit, filters=filters, asked=times.asked)
        else:
            answer = ask.log(after=after, limit=limit, filters=filters, asked=times.asked)
        lines = [line_of(event) for event in answer.events]
        is_newest = before is None and after is None
        return page(
            request,
            "log.html",
            times=times,
            answer=answer,
            filters=filters,
            types=ENTRY_TYPES,
            lines=lines if after is not None else lines[::-1],
            is_forward=after is not None,
            is_newest=is_newest,
            newer=address.here(before=None, after=answer.position),
            next=_next(address, answer, is_forward=after is not None),
            stream=_stream(answer, filters) if is_newest and not _is_earlier(times) else None,
            kept=_kept(address),
            most=MOST_FOLLOWED,
            pinned=address.here(
                before=answer.position + 1 if is_newest else before, position=answer.position, recorded_at=None
            ),
        )

    @router.get("/log/{at}")
    def entry(request: Request, given: GivenTimes, at: Annotated[Number, Path(ge=1, le=LARGEST)]) -> Response:
        """One event as it is stored."""
        times = given.on(ask.today())
        answer = ask.entry(at, asked=times.asked)
        if answer is None:
            raise NotFound(f"There is no event {at} in this edition of the record. The log lists those that there are.")
        return page(
            request,
            "entry.html",
            times=times,
            answer=answer,
            line=line_of(answer.entry),
            stored=_pretty(answer),
            sources=_sources(answer),
        )

    return router


def line_of(event: dict[str, Any]) -> Line:
    """A row of the table, from an event as the log gives it."""
    told = event["event"]
    act = told.get("replacement") or told.get("act")
    whole = act if isinstance(act, dict) else {}
    stream = event["stream"]
    return Line(
        position=event["position"],
        recorded_at=event["recorded_at"],
        what=event["name"],
        jurisdiction=jurisdiction_of(stream),
        measure=stream if "/" in stream else None,
        act=act if isinstance(act, str) else whole.get("act"),
        announced_on=whole.get("announced_on"),
        about=_about(event["name"], told, whole),
        recorded_by=event["recorded_by"],
        batch=event["batch"],
    )


def _about(name: str, told: dict[str, Any], act: dict[str, Any]) -> str:
    note = f": {told['note']}" if told.get("note") else ""
    match name:
        case "corrected" | "retracted":
            return f"{told['reason'].replace('_', ' ')}{note}"
        case "verified":
            return f"{told['level'].replace('_', ' ')}{note}"
        case "reviewed":
            return f"looked through on {told['reviewed_on']}{note}"
        case _:
            return str(act.get("title", ""))


def _next(address: Address, answer: LogPage, *, is_forward: bool) -> str | None:
    """The link to the page that follows in the direction of this one."""
    if answer.next is None:
        return None
    return address.here(after=answer.next) if is_forward else address.here(before=answer.next)


def _is_earlier(times: Times) -> bool:
    """Whether the page shows an edition that was named, which does not grow."""
    return times.asked.position is not None or times.asked.recorded_at is not None


def _stream(answer: LogPage, filters: LogFilters) -> str:
    """Where a page that follows the log hears of what is recorded after it."""
    pairs = [(name, each) for name, values in filters.parameters().items() for each in values]
    return f"/v1/log/stream?{urlencode([*pairs, ('after', answer.position)])}"


def _kept(address: Address) -> str:
    """What links of the page take along, for those that are made in the browser."""
    return urlencode([(name, value) for name, value in address.given if name in TIMES])


def _pretty(answer: EntryAnswer) -> str:
    return msgspec.json.format(answer.stored, indent=2)


def _sources(answer: EntryAnswer) -> list[Source]:
    """The sources that the event names."""
    told = answer.entry["event"]
    act = told.get("replacement") or told.get("act")
    return msgspec.convert(act.get("sources", []), list[Source]) if isinstance(act, dict) else []
