"""The route of the search: what in the record has certain words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from projections import answers
from projections.jurisdictions import code_of
from projections.searching import PAGE, Kind
from projections.sought import LONGEST
from services.api.parameters import AskedFor, Number, Text
from services.api.responses import answers as told
from services.api.responses import respond
from services.operations.wiring import Service

Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


def searching(service: Service) -> APIRouter:
    """The route of the search."""
    router = APIRouter()

    @router.get("/v1/search", **told(answers.Search))
    def search(
        request: Request,
        asked: AskedFor,
        q: Annotated[Words, Query(description='The words. "In quotes" they stand together, -word leaves out, OR.')],
        kind: Annotated[Kind | None, Query(description="Only these. Default: all three.")] = None,
        jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
        after: Annotated[Number, Query(ge=0, le=10_000, description="Passes over so many of each kind.")] = 0,
        limit: Annotated[Number, Query(ge=1, le=100, description="At most so many of each kind.")] = PAGE,
    ) -> Response:
        """Jurisdictions, measures and acts whose names, authorities, subjects, texts or sources have the words."""
        codes = [code_of(each) for each in jurisdiction]
        answer = service.searching.search(q, kind=kind, jurisdictions=codes, limit=limit, after=after, asked=asked)
        return respond(request, answer)

    return router
