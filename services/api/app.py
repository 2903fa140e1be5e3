"""The HTTP API: one route a question, each answered by the same function as the command line."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from msgspec import Struct
from starlette.exceptions import HTTPException

from events.errors import Refusal
from events.vocabulary import SLUG
from projections import answers
from projections.answers import encode
from projections.jurisdictions import code_of
from services.api.parameters import (
    LARGEST,
    AskedFor,
    AsOf,
    Day,
    DeadlinesFilteredBy,
    FilteredBy,
    KnownOn,
    Number,
    Text,
    known_parameters,
)
from services.api.problems import DatabaseGone, InvalidParameters, MethodNotAllowed, NotFound, refused, response_to
from services.operations.wiring import Service, is_unavailable

Code = Annotated[str, Path(max_length=100, description="Code of a jurisdiction (NL, US-CA, EU) or its English name.")]
Slug = Annotated[str, Path(pattern=f"^{SLUG}$", description="The measure's slug within its jurisdiction.")]


SHAPES: tuple[type[Struct], ...] = (
    answers.Jurisdictions,
    answers.State,
    answers.Changes,
    answers.Matrix,
    answers.Deadlines,
    answers.MeasureAnswer,
    answers.History,
    answers.LogPage,
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
        dependencies=[Depends(known_parameters)],
    )
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Exception, _unforeseen)
    ask = service.answering

    @app.get("/v1/jurisdictions", **_answers(answers.Jurisdictions))
    def jurisdictions(asked: AskedFor) -> Response:
        """Every jurisdiction on record, and how far the record of it reaches."""
        return _json(ask.jurisdictions(asked=asked))

    @app.get("/v1/jurisdictions/{code}/state", **_answers(answers.State))
    def state(
        code: Code, asked: AskedFor, filters: FilteredBy, as_of: AsOf = None, known_on: KnownOn = None
    ) -> Response:
        """The rules of a jurisdiction on a day, as the public knew them on another."""
        return _json(ask.state(code_of(code), as_of=as_of, known_on=known_on, asked=asked, filters=filters))

    @app.get("/v1/jurisdictions/{code}/changes", **_answers(answers.Changes))
    def changes(
        code: Code,
        asked: AskedFor,
        from_: Annotated[Day, Query(alias="from", description="The first day of the window.")],
        to: Annotated[Day | None, Query(description="The last day of the window. Default: today (UTC).")] = None,
        known_on: Annotated[Day | None, Query(description="Whose eyes. Default: the same day as to.")] = None,
    ) -> Response:
        """The changes of a jurisdiction in a window, both days inclusive, each on the day it could be seen."""
        return _json(ask.changes(code_of(code), from_=from_, to=to, known_on=known_on, asked=asked))

    @app.get("/v1/state", **_answers(answers.Matrix))
    def world(asked: AskedFor, filters: FilteredBy, as_of: AsOf = None, known_on: KnownOn = None) -> Response:
        """The rules of the world on a day, one row a recorded jurisdiction; with a filter, only those that match."""
        return _json(ask.world(as_of=as_of, known_on=known_on, asked=asked, filters=filters))

    @app.get("/v1/deadlines", **_answers(answers.Deadlines))
    def deadlines(
        asked: AskedFor,
        filters: DeadlinesFilteredBy,
        jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
        as_of: AsOf = None,
        known_on: KnownOn = None,
    ) -> Response:
        """Deadlines on a day, by due day."""
        codes = [code_of(each) for each in jurisdiction]
        return _json(ask.deadlines(jurisdictions=codes, as_of=as_of, known_on=known_on, asked=asked, filters=filters))

    @app.get("/v1/measures/{code}/{slug}", **_answers(answers.MeasureAnswer))
    def measure(code: Code, slug: Slug, asked: AskedFor, as_of: AsOf = None, known_on: KnownOn = None) -> Response:
        """One measure on a day, with its profile over time."""
        return _json(ask.measure(f"{code_of(code)}/{slug}", as_of=as_of, known_on=known_on, asked=asked))

    @app.get("/v1/measures/{code}/{slug}/history", **_answers(answers.History))
    def history(code: Code, slug: Slug, asked: AskedFor) -> Response:
        """Every entry of a measure's stream, in order of recording, with its sources."""
        return _json(ask.history(f"{code_of(code)}/{slug}", asked=asked))

    @app.get("/v1/log", **_answers(answers.LogPage))
    def log(
        asked: AskedFor,
        after: Annotated[Number, Query(ge=0, le=LARGEST, description="Events after this position.")] = 0,
        limit: Annotated[Number, Query(ge=1, le=1000, description="At most so many events.")] = 100,
    ) -> Response:
        """The events themselves, in order of position; `next` is the position to ask after."""
        return _json(ask.log(after=after, limit=limit, asked=asked))

    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        document.setdefault("components", {})["schemas"] = _shapes()
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _json(answer: Struct) -> Response:
    return Response(encode(answer), media_type="application/json")


def _answers(shape: type[Struct]) -> dict[str, Any]:
    """What OpenAPI says of a route's answer and its problems."""
    problem = {"description": "A problem document (RFC 9457).", "content": {"application/problem+json": {}}}
    answer = {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}
    return {
        "response_class": Response,
        "responses": {
            200: {"description": (shape.__doc__ or "").strip(), "content": {"application/json": answer}},
            404: problem,
            422: problem,
            503: problem,
        },
    }


def _shapes() -> dict[str, Any]:
    """The schemas of the answers, by name."""
    _, components = msgspec.json.schema_components(
        SHAPES, schema_hook=lambda _: {"description": "Any JSON value."}, ref_template="#/components/schemas/{name}"
    )
    return components


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [
        {
            "parameter": str(each["loc"][1] if len(each["loc"]) > 1 else each["loc"][-1]),
            "sentence": str(each["msg"]).removeprefix("Value error, "),
            "given": str(each.get("input"))[:200],
        }
        for each in error.errors()
    ]
    first = wrong[0]
    sentence = f"'{first['parameter']}': {first['sentence']}."
    return response_to(InvalidParameters(sentence, parameters=wrong))


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refusal = MethodNotAllowed(f"{request.url.path} is not asked with {request.method}.")
        return response_to(refusal, error.headers)
    return response_to(NotFound(f"There is nothing at {request.url.path}. The routes are listed in /v1/openapi.json."))


async def _unforeseen(request: Request, error: Exception) -> Response:
    """An error that nobody foresaw: said as such, without its inside; one of the database is a matter of time."""
    if is_unavailable(error):
        return response_to(DatabaseGone("The database does not answer at the moment. Ask again in a few seconds."))
    document = {
        "type": "/problems/unforeseen",
        "title": "Something went wrong that nobody foresaw.",
        "status": 500,
        "detail": "The answer could not be made; nothing was changed. Please report the address that was asked.",
    }
    return Response(msgspec.json.encode(document), 500, media_type="application/problem+json")
