"""How an answer becomes a response, and what OpenAPI says of it."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response
from msgspec import Struct

from projections.answers import encode


def respond(answer: Struct) -> Response:
    """The JSON of an answer."""
    return Response(encode(answer), media_type="application/json")


def answers(shape: type[Struct]) -> dict[str, Any]:
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
