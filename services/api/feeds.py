"""The routes of those who subscribe: what is new, as a feed, as a calendar, and as JSON since a position."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from projections import answers
from projections.answering import Asked
from projections.appointments import KINDS, Kind
from projections.jurisdictions import code_of
from projections.news import LIMIT
from projections.topics import Topic
from services.access.addresses import is_secure
from services.access.admission import Admission
from services.api.parameters import LARGEST, AsOf, Classes, Day, MeasureName, Number, Text
from services.api.responses import answers as told
from services.api.responses import deliver, respond
from services.operations.wiring import Service
from services.outlets import atom, calendar

_HOST = re.compile(r"[A-Za-z0-9.\[\]:_-]{1,255}", re.ASCII)


def sends(media: str, description: str) -> dict[str, Any]:
    """What OpenAPI says of a route whose answer is a document of one media type."""
    content = {media: {"schema": {"type": "string"}}}
    return {"response_class": Response, "responses": {200: {"description": description, "content": content}}}


async def topic(
    jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
    measure: Annotated[
        list[MeasureName], Query(max_length=100, description="Only of these measures (US/eo-13873); may repeat.")
    ] = [],  # noqa: B006
    subject: Annotated[list[Text], Query(max_length=50, description="Any of these subjects, by any name.")] = [],  # noqa: B006
    classes: Classes = "exclude",
) -> Topic:
    """What a request wants news of."""
    codes = tuple(dict.fromkeys(code_of(each) for each in jurisdiction))
    return Topic(codes, tuple(dict.fromkeys(measure)), tuple(dict.fromkeys(subject)), classes == "include")


TopicAsked = Annotated[Topic, Depends(topic)]


def base_of(request: Request, admission: Admission) -> str:
    """The address of the service as it was asked for, through a proxy that is trusted, too: `https://host`."""
    peer = request.client.host if request.client is not None else None
    told = request.headers.getlist("x-forwarded-proto")
    secure = is_secure(request.scope["scheme"], peer, told, admission.trusted_proxies)
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = ":".join(str(part) for part in request.scope["server"])
    return f"{'https' if secure else 'http'}://{host}"


def feeds(service: Service) -> APIRouter:
    """The routes of those who subscribe."""
    router = APIRouter()
    newsroom = service.newsroom

    @router.get(atom.PATH, **sends(atom.MEDIA, "A page of the feed, the newest entry first."))
    def feed(
        request: Request,
        topic: TopicAsked,
        through: Annotated[
            Text | None, Query(description="The page up to this place, as a page links to it. Default: the newest.")
        ] = None,
    ) -> Response:
        """News of the world, of jurisdictions, measures or subjects as an Atom feed: what was recorded, what is due."""
        page = newsroom.page(topic, through)
        body = atom.atom_of(page, base_of(request, service.admission), service.answering.licence)
        return deliver(request, body, atom.MEDIA, for_ever=through is not None)

    @router.get(calendar.PATH, **sends(calendar.MEDIA, "The dates, one event each."))
    def calendar_(
        request: Request,
        topic: TopicAsked,
        dates: Annotated[list[Kind], Query(max_length=3, description="Only these dates; may repeat.")] = [],  # noqa: B006
        from_: Annotated[Day | None, Query(alias="from", description="Without what was over before this day.")] = None,
        position: Annotated[
            Number | None,
            Query(ge=0, le=LARGEST, description="The edition of our record: a place in the log. Default: the head."),
        ] = None,
    ) -> Response:
        """The deadlines, first days in force and last days of a topic as a calendar, those that slipped as updates."""
        found = newsroom.appointments(topic, kinds=dates or KINDS, from_=from_, asked=Asked(position))
        body = calendar.calendar_of(topic, found, base_of(request, service.admission))
        return deliver(request, body, calendar.MEDIA, for_ever=position is not None)

    @router.get("/v1/news", **told(answers.News))
    def news(
        request: Request,
        topic: TopicAsked,
        since: Annotated[Number, Query(ge=0, le=LARGEST, description="What was recorded after this position.")],
        due_after: Annotated[
            Day | None,
            Query(description="Days after this one. Default: the day on which since was recorded."),
        ] = None,
        as_of: AsOf = None,
        limit: Annotated[
            Number, Query(ge=1, le=1000, description="About so many events, and so many days that are due.")
        ] = LIMIT,
    ) -> Response:
        """What reads otherwise since a position, with the entries behind it, and the days that have come since."""
        return respond(request, newsroom.news(topic, since=since, due_after=due_after, as_of=as_of, limit=limit))

    return router
