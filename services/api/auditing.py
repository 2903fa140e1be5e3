"""The routes of an auditor: what changed anywhere, what became of an act, what a report would say today."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from events.vocabulary import SLUG, Effect
from projections import answers
from projections.auditing import ROWS
from projections.diaries import place_of
from projections.jurisdictions import code_of
from projections.state import Filters
from services.api.parameters import AskedFor, Classes, Day, Number, Text
from services.api.responses import answers as told
from services.api.responses import respond
from services.operations.wiring import Service


def measure_filters(
    effect: Annotated[list[Effect], Query(max_length=20, description="Any of these effects; may repeat.")] = [],  # noqa: B006
    subject: Annotated[list[Text], Query(max_length=50, description="Any of these subjects, by any name.")] = [],  # noqa: B006
    scope: Annotated[list[Text], Query(max_length=50, description="Any of these scopes, by any name.")] = [],  # noqa: B006
    classes: Classes = "exclude",
) -> Filters:
    """The filters of measures, whatever their status."""
    return Filters((), tuple(effect), tuple(subject), tuple(scope), classes == "include")


MeasuresFilteredBy = Annotated[Filters, Depends(measure_filters)]
ActSlug = Annotated[str, Path(pattern=f"^{SLUG}$", description="The slug of the act.")]
Jurisdictions = Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")]


def auditing(service: Service) -> APIRouter:
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

    return router
