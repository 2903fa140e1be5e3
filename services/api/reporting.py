"""The route of reports: an answer that is read on paper, with a note for every line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from projections import answers
from projections.jurisdictions import code_of
from services.api.parameters import AskedOfReport, AsOf, Code, Day, KnownOn
from services.api.responses import Form, respond
from services.api.responses import answers as told
from services.operations.wiring import Service
from services.outlets.reports.document import document_of
from services.outlets.reports.html import POLICY, html
from services.outlets.reports.markdown import markdown
from services.outlets.reports.pdf import pdf

FORMS = (
    Form("md", "text/markdown", lambda report: markdown(document_of(report)), "text/markdown; charset=utf-8"),
    Form(
        "html",
        "text/html",
        lambda report: html(document_of(report)),
        "text/html; charset=utf-8",
        {"Content-Security-Policy": POLICY},
    ),
    # Its bytes turn on the fonts and the version of what sets it, so that no cache may keep it for ever.
    Form(
        "pdf",
        "application/pdf",
        lambda report: pdf(document_of(report)),
        "application/pdf",
        {"Cache-Control": "no-cache"},
    ),
)


def reporting(service: Service) -> APIRouter:
    """The route."""
    router = APIRouter()
    ask = service.answering

    @router.get("/v1/jurisdictions/{code}/report", **told(answers.Report, also=FORMS))
    def report(
        request: Request,
        code: Code,
        asked: AskedOfReport,
        as_of: AsOf = None,
        known_on: KnownOn = None,
        since: Annotated[
            Day | None, Query(description="Also what changed from this day to as_of, both inclusive.")
        ] = None,
    ) -> Response:
        """A jurisdiction on a day in brief: what held, what was coming, what changed, deadlines, and every source."""
        answer = ask.report(code_of(code), as_of=as_of, known_on=known_on, since=since, asked=asked)
        return respond(request, answer, also=FORMS if request.query_params.get("format") == "pdf" else FORMS[:-1])

    return router
