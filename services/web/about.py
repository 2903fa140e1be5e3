"""The page that explains: what is recorded, the three times with one example, and how far the record reaches."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.operations.wiring import Service
from services.web.layout import page


def about(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/about")
    def explained(request: Request) -> Response:
        """How to read the pages."""
        return page(request, "about.html", record=service.answering.jurisdictions())

    return router
