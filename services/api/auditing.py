"""The routes of an auditor: what changed anywhere, what became of an act, what a report would say today."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from events.vocabulary import SLUG, Effect
from projections import answers
from projections.answering import Asked
from projections.auditing import ROWS
from projections.diaries import place_of
from projections.jurisdictions import code_of
from projections.state import Filters
from services.api.parameters import (
    LARGEST,
    AskedFor,
    AsOf,
    Classes,
    Code,
    Day,
    Format,
    KnownOn,
    LogFilteredBy,
    Moment,
    Number,
    Rules,
    Text,
)
from services.api.responses import answers as told
from services.api.responses import respond
from services.api.streams import LogStream, Streams
from services.operations.wiring import Service

STREAMED = 200
"""How many events a stream of the log reads at once."""

FOLLOWED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events of the log for as long as the client reads.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
}


async def measure_filters(
    effect: Annotated[list[Effect], Query(max_length=20, description="Any of these effects; may repeat.")] = [],  # noqa: B006
    subject: Annotated[list[Text], Query(max_length=50, description="Any of these subjects, by any name.")] = [],  # noqa: B006
    scope: Annotated[list[Text], Query(max_length=50, description="Any of these scopes, by any name.")] = [],  # noqa: B006
    classes: Classes = "exclude",
) -> Filters:
    """The filters of measures, whatever their status."""
    return Filters((), tuple(effect), tuple(subject), tuple(scope), classes == "include")


async def both_asked(
    from_position: Annotated[
        Number | None, Query(ge=0, le=LARGEST, description="The earlier edition of our record: a place in the log.")
    ] = None,
    from_recorded_at: Annotated[
        Moment | None, Query(description="The earlier edition by a moment. This or from_position is needed.")
    ] = None,
    to_position: Annotated[
        Number | None, Query(ge=0, le=LARGEST, description="The later edition. Default: the head.")
    ] = None,
    to_recorded_at: Annotated[
        Moment | None, Query(description="The later edition by a moment. Not together with to_position.")
    ] = None,
    rules: Rules = None,
    format_: Format = None,
) -> tuple[Asked, Asked]:
    """The two editions that a request asks for. `format` is heard where the answer is sent."""
    return Asked(from_position, from_recorded_at, rules), Asked(to_position, to_recorded_at, rules)


class Days(NamedTuple):
    """The two days that are compared, and the days by whose eyes each is read; None for what they are by default."""

    from_: date | None
    to: date | None
    from_known_on: date | None
    to_known_on: date | None


async def days_compared(
    from_: Annotated[
        Day | None, Query(alias="from", description="The earlier day. Default: the same day as to.")
    ] = None,
    to: Annotated[Day | None, Query(description="The later day. Default: today (UTC).")] = None,
    from_known_on: Annotated[
        Day | None, Query(description="By whose eyes the earlier day is read. Default: those of that day.")
    ] = None,
    to_known_on: Annotated[
        Day | None, Query(description="By whose eyes the later day is read. Default: those of that day.")
    ] = None,
) -> Days:
    """The two days that a request compares."""
    return Days(from_, to, from_known_on, to_known_on)


BothAsked = Annotated[tuple[Asked, Asked], Depends(both_asked)]
DaysCompared = Annotated[Days, Depends(days_compared)]
MeasuresFilteredBy = Annotated[Filters, Depends(measure_filters)]
ActSlug = Annotated[str, Path(pattern=f"^{SLUG}$", description="The slug of the act.")]
Jurisdictions = Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")]


def auditing(service: Service, streams: Streams) -> APIRouter:
    """The routes of an auditor."""
    router = APIRouter()
    audit = service.auditing

    @router.get("/v1/changes", **told(answers.WorldChanges))
    def world_changes(
        request: Request,
        asked: AskedFor,
        filters: MeasuresFilteredBy,
        from_: Annotated[Day, Query(alias="from", description="The first day of the window.")],
        to: Annotated[Day | None, Query(description="The last day of the window. Default: today (UTC).")] = None,
        known_on: Annotated[Day | None, Query(description="Whose eyes. Default: the same day as to.")] = None,
        jurisdiction: Jurisdictions = [],  # noqa: B006
        after: Annotated[Text | None, Query(description="Rows after this one: the next of the page before.")] = None,
        limit: Annotated[Number, Query(ge=1, le=1000, description="At most so many rows.")] = ROWS,
    ) -> Response:
        """The changes of some jurisdictions, or of the world, in a window: one diary in the order of its days."""
        answer = audit.changes(
            from_=from_,
            to=to,
            known_on=known_on,
            jurisdictions=[code_of(each) for each in jurisdiction],
            filters=filters,
            after=None if after is None else place_of(after),
            limit=limit,
            asked=asked,
        )
        return respond(request, answer)

    @router.get("/v1/acts/{act}", **told(answers.ActAnswer))
    def act(request: Request, act: ActSlug, asked: AskedFor) -> Response:
        """Everything that was recorded of an act: whole, with what each correction changed."""
        return respond(request, audit.act(act, asked=asked))

    @router.get("/v1/jurisdictions/{code}/restatement", **told(answers.Restatement))
    def restatement(
        request: Request, code: Code, editions: BothAsked, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """What a report on a day said at an earlier edition of our record, what it says at a later one, and why."""
        earlier, later = editions
        answer = audit.restatement(code_of(code), earlier=earlier, later=later, as_of=as_of, known_on=known_on)
        return respond(request, answer)

    @router.get("/v1/restatement", **told(answers.WorldRestatement))
    def world_restatement(
        request: Request, editions: BothAsked, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """Of which jurisdictions a report on a day says otherwise at a later edition of our record, and why."""
        earlier, later = editions
        answer = audit.world_restatement(earlier=earlier, later=later, as_of=as_of, known_on=known_on)
        return respond(request, answer)

    @router.get("/v1/comparison", **told(answers.WorldComparison))
    def world_comparison(request: Request, days: DaysCompared, asked: AskedFor) -> Response:
        """The jurisdictions that read otherwise on two days, or on one day by the eyes of two."""
        return respond(request, audit.world_comparison(**days._asdict(), asked=asked))

    @router.get("/v1/jurisdictions/{code}/comparison", **told(answers.Comparison))
    def comparison(request: Request, code: Code, days: DaysCompared, asked: AskedFor) -> Response:
        """A jurisdiction on two days, or on one day by the eyes of two: what differs, and its diary in between."""
        return respond(request, audit.comparison(code_of(code), **days._asdict(), asked=asked))

    @router.get("/v1/log/stream", response_class=Response, responses=FOLLOWED)
    async def log_stream(
        filters: LogFilteredBy,
        after: Annotated[
            Number | None, Query(ge=0, le=LARGEST, description="Events after this position. Default: the head.")
        ] = None,
        last_event_id: Annotated[
            Number | None,
            Header(
                ge=0,
                le=LARGEST,
                description="The id of the last event that came: the stream goes on after it.",
            ),
        ] = None,
    ) -> Response:
        """The events as they are recorded, as server-sent events: `id` is the position, `event` the type."""
        asked = after if last_event_id is None else last_event_id
        head = (await run_in_threadpool(service.log.head)).position
        start = head if asked is None else asked
        if start > head:
            await run_in_threadpool(service.log.moment_of, start)  # refuses it, unless it has come by now
        ask = service.answering
        return LogStream(streams, lambda place: ask.log(after=place, limit=STREAMED, filters=filters), start)

    return router
