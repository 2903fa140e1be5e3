"""The routes that ask: one route a question, each answered by the same function as the command line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from projections import answers
from projections.jurisdictions import code_of
from projections.series import Step
from services.api.parameters import (
    LARGEST,
    AskedFor,
    AsOf,
    Code,
    Day,
    DeadlinesFilteredBy,
    FilteredBy,
    KnownOn,
    LogFilteredBy,
    Number,
    Slug,
    Text,
)
from services.api.responses import answers as told
from services.api.responses import respond, respond_with, takes_json
from services.operations.wiring import Service


def questions(service: Service) -> APIRouter:
    """The routes of the questions."""
    router = APIRouter()
    ask, quick = service.answering, service.encoding

    @router.get("/v1/jurisdictions", **told(answers.Jurisdictions))
    def jurisdictions(request: Request, asked: AskedFor) -> Response:
        """Every jurisdiction on record, and how far the record of it reaches."""
        return respond(request, ask.jurisdictions(asked=asked))

    @router.get("/v1/jurisdictions/{code}/state", **told(answers.State))
    def state(
        request: Request, code: Code, asked: AskedFor, filters: FilteredBy, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """The rules of a jurisdiction on a day, as the public knew them on another."""
        if not filters.given and takes_json(request):
            return respond_with(request, quick.state(code_of(code), as_of=as_of, known_on=known_on, asked=asked))
        return respond(request, ask.state(code_of(code), as_of=as_of, known_on=known_on, asked=asked, filters=filters))

    @router.get("/v1/jurisdictions/{code}/pressure", **told(answers.Pressure))
    def pressure(
        request: Request, code: Code, asked: AskedFor, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """The measures of others that are aimed at a jurisdiction on a day, as known on another."""
        return respond(request, ask.pressure(code_of(code), as_of=as_of, known_on=known_on, asked=asked))

    @router.get("/v1/jurisdictions/{code}/changes", **told(answers.Changes))
    def changes(
        request: Request,
        code: Code,
        asked: AskedFor,
        from_: Annotated[Day, Query(alias="from", description="The first day of the window.")],
        to: Annotated[Day | None, Query(description="The last day of the window. Default: today (UTC).")] = None,
        known_on: Annotated[Day | None, Query(description="Whose eyes. Default: the same day as to.")] = None,
    ) -> Response:
        """The changes of a jurisdiction in a window, both days inclusive, each on the day it could be seen."""
        return respond(request, ask.changes(code_of(code), from_=from_, to=to, known_on=known_on, asked=asked))

    @router.get("/v1/state", **told(answers.Matrix))
    def world(
        request: Request, asked: AskedFor, filters: FilteredBy, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """The rules of the world on a day, one row a recorded jurisdiction; with a filter, only those that match."""
        if not filters.given and takes_json(request):
            return respond_with(request, quick.world(as_of=as_of, known_on=known_on, asked=asked))
        return respond(request, ask.world(as_of=as_of, known_on=known_on, asked=asked, filters=filters))

    @router.get("/v1/series", **told(answers.Series))
    def series(
        request: Request,
        asked: AskedFor,
        filters: FilteredBy,
        from_: Annotated[Day, Query(alias="from", description="The first day of the window.")],
        to: Annotated[Day | None, Query(description="The last day of the window. Default: today (UTC).")] = None,
        step: Annotated[
            Step, Query(description="A point for the last day of each of these, and for the last day of the window.")
        ] = "month",
        known_on: Annotated[
            Day | None,
            Query(description="Whose eyes, at every point. Default: the point's own day, as people knew it then."),
        ] = None,
        jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
    ) -> Response:
        """
        How many jurisdictions prohibit, restrict and so on, day by day at the end of each month, quarter or year.

        Each counts once: as its headline, read from those of its measures that match the filters. At most 600 points.
        """
        answer = ask.series(
            from_=from_,
            to=to,
            step=step,
            known_on=known_on,
            jurisdictions=[code_of(each) for each in jurisdiction],
            asked=asked,
            filters=filters,
        )
        return respond(request, answer)

    @router.get("/v1/deadlines", **told(answers.Deadlines))
    def deadlines(
        request: Request,
        asked: AskedFor,
        filters: DeadlinesFilteredBy,
        jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
        as_of: AsOf = None,
        known_on: KnownOn = None,
    ) -> Response:
        """Deadlines on a day, by due day."""
        codes = [code_of(each) for each in jurisdiction]
        return respond(
            request, ask.deadlines(jurisdictions=codes, as_of=as_of, known_on=known_on, asked=asked, filters=filters)
        )

    @router.get("/v1/measures/{code}/{slug}", **told(answers.MeasureAnswer))
    def measure(
        request: Request, code: Code, slug: Slug, asked: AskedFor, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """One measure on a day, with its profile over time."""
        return respond(request, ask.measure(f"{code_of(code)}/{slug}", as_of=as_of, known_on=known_on, asked=asked))

    @router.get("/v1/measures/{code}/{slug}/history", **told(answers.History))
    def history(request: Request, code: Code, slug: Slug, asked: AskedFor) -> Response:
        """Every entry of a measure's stream, in order of recording, with its sources."""
        return respond(request, ask.history(f"{code_of(code)}/{slug}", asked=asked))

    @router.get("/v1/log", **told(answers.LogPage))
    def log(
        request: Request,
        asked: AskedFor,
        filters: LogFilteredBy,
        after: Annotated[Number, Query(ge=0, le=LARGEST, description="Events after this position.")] = 0,
        limit: Annotated[Number, Query(ge=1, le=1000, description="At most so many events.")] = 100,
    ) -> Response:
        """The events themselves, in order of position; `next` is the position to ask after."""
        return respond(request, ask.log(after=after, limit=limit, filters=filters, asked=asked))

    return router
