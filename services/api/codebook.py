"""The route of the code book: what the words of the record mean."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from projections.answers import Codebook
from projections.codebook import codebook as the_codebook
from services.api.responses import answers as told
from services.api.responses import respond


def codebook() -> APIRouter:
    """The route of the code book. It needs no service: the code book is the same upon every record."""
    router = APIRouter()

    @router.get("/v1/codebook", **told(Codebook))
    def codebook(request: Request) -> Response:
        """Subjects, scopes and the other words of the record, with their names; jurisdictions with memberships."""
        return respond(request, the_codebook())

    return router
