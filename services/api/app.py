"""The HTTP API put together: the routes of each room, what every request passes, what every failure becomes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from events.errors import Refusal
from events.recorder import LogReadOnly
from projections import answers
from services.access.gate import Gate
from services.api.access import Decisions, Entrance, describe_keys
from services.api.at_hand import AtHand
from services.api.auditing import auditing
from services.api.codebook import codebook
from services.api.description import complete
from services.api.envelope import Envelope
from services.api.exporting import exporting
from services.api.feeds import feeds
from services.api.forms import body_schemas
from services.api.health import Live, Ready, health
from services.api.lane import Lane
from services.api.pages import ProblemPage, ProblemPages, pages
from services.api.parameters import known_parameters
from services.api.problems import (
    DatabaseGone,
    InvalidParameters,
    MethodNotAllowed,
    NotFound,
    TooManyConnections,
    Unforeseen,
    refused,
    response_to,
)
from services.api.questions import questions
from services.api.reporting import reporting
from services.api.searching import searching
from services.api.streams import Streams, of_streams
from services.api.watching import Watch
from services.api.writing import shortcuts, writing
from services.operations.room import StorageFull
from services.operations.wiring import Service, is_full, is_read_only, is_unavailable
from services.web.refusals import Pages
from services.web.site import site

SHAPES: tuple[type[Struct], ...] = (
    answers.Jurisdictions,
    answers.State,
    answers.Pressure,
    answers.Report,
    answers.Changes,
    answers.Matrix,
    answers.Series,
    answers.Deadlines,
    answers.MeasureAnswer,
    answers.History,
    answers.LogPage,
    answers.WorldChanges,
    answers.ActAnswer,
    answers.Restatement,
    answers.WorldRestatement,
    answers.WorldComparison,
    answers.Comparison,
    answers.Codebook,
    answers.Search,
    answers.News,
    answers.Written,
    answers.Preview,
    ProblemPages,
    ProblemPage,
    Live,
    Ready,
)


def create_app(service: Service) -> FastAPI:
    """The API upon a service. It reads; whoever made the service closes it."""
    app = FastAPI(
        title="Dateline",
        summary="What the rules were on any day: telecom and 5G supply-chain security, country by country.",
        version=answers.RULES,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would send clients of a proxy, key and body with them, to a plain http address
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},  # see /metrics
        dependencies=[Depends(known_parameters)],
    )
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _unforeseen)
    app.state.streams = Streams(service.url)
    service.metrics.measure("streams", lambda: of_streams(app.state.streams))
    app.include_router(questions(service))
    app.include_router(auditing(service, app.state.streams))
    app.include_router(codebook())
    app.include_router(exporting(service))
    app.include_router(searching(service))
    app.include_router(reporting(service))
    app.include_router(feeds(service))
    app.include_router(writing(service))
    app.include_router(health(service))
    app.include_router(pages(lambda: app.openapi()))
    gate = Gate(service.pool, service.clock, service.admission)
    app.include_router(site(service, gate))

    # The last one added is the first that a request meets.
    app.add_middleware(Entrance, gate=gate, routes=app.routes, shortcuts=shortcuts(service, gate))
    app.state.reading_is_open = gate.reading_is_open
    app.state.lane = Lane(AtHand(service.encoding, gate.reading_is_open), gate, service.metrics)
    within = app.build_middleware_stack
    # A failure's answer has the envelope, too, and is watched.
    app.build_middleware_stack = lambda: Watch(Envelope(Pages(within())), service.metrics)  # type: ignore[method-assign]

    described = app.openapi

    @cache
    def openapi() -> dict[str, Any]:
        document = described()
        document.setdefault("components", {})["schemas"] = _shapes()
        describe_keys(document, gate, Decisions(app.routes))
        complete(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def full(service: Service) -> ASGIApp:
    """What is said to whoever connects while all connections are at work."""
    most = service.admission.connections
    refusal = TooManyConnections(
        f"{most} connections are at work, which is the most at once: come back in a moment.", most=most
    )

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await response_to(refusal, {"Connection": "close"})(scope, receive, send)

    return Watch(Envelope(refuse), service.metrics)


def _shapes() -> dict[str, Any]:
    """The schemas of the answers, by name."""
    _, components = msgspec.json.schema_components(
        SHAPES, schema_hook=lambda _: {"description": "Any JSON value."}, ref_template="#/components/schemas/{name}"
    )
    return {**components, **body_schemas()}


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [
        {
            "parameter": str(each["loc"][1] if len(each["loc"]) > 1 else each["loc"][-1]),
            "sentence": _wrong_with(each),
            **({} if each["type"] == "missing" else {"given": str(each.get("input"))[:200]}),
        }
        for each in error.errors()
    ]
    first = wrong[0]
    sentence = f"'{first['parameter']}': {first['sentence']}."
    return response_to(InvalidParameters(sentence, parameters=wrong))


def _wrong_with(error: dict[str, Any]) -> str:
    """What is wrong with a parameter, in our words where what validates it has none."""
    match error["type"]:
        case "missing":
            return "It is needed, and was not given"
        case "bool_parsing":
            return f"'{str(error['input'])[:200]}' is neither true nor false"
        case "literal_error":
            return f"'{str(error['input'])[:200]}' is none of {error['ctx']['expected']}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "It is to be")


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = _methods_of(request, (error.headers or {}).get("Allow", ""))
        sentence = f"{request.url.path} is not asked with {request.method}: it takes {', '.join(allowed)}."
        return response_to(MethodNotAllowed(sentence), {"Allow": ", ".join(allowed)})
    return response_to(NotFound.at(request.url.path))


def _methods_of(request: Request, known: str) -> list[str]:
    """The methods of all routes at a path; where there is GET, there is HEAD. A router tells those of one route."""
    methods = {method.strip() for method in known.split(",") if method.strip()}
    for path, operations in request.app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), request.url.path):
            methods |= {method.upper() for method in operations}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


async def _unforeseen(request: Request, error: Exception) -> Response:
    """
    An error that nobody foresaw: said as such, without its inside; one of the database is a matter of time.

    The server ends the connection afterwards, and has to say so, or the next request on it would be lost.
    """
    ends = {"Connection": "close"}
    if is_full(error):
        return response_to(StorageFull.now(), ends)
    if is_read_only(error):
        return response_to(LogReadOnly.now(), ends)
    if is_unavailable(error):
        return response_to(DatabaseGone.now(), ends)
    return response_to(Unforeseen.now(), ends)
