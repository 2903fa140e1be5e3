"""The OpenAPI document: what the routes say, completed by what holds of all of them."""

from __future__ import annotations

from typing import Any

PROBLEM = "application/problem+json"

ASKED = (401, 403, 404, 405, 406, 422, 429, 500, 503)
"""Problems that any question may have."""
WRITTEN = (400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503)
"""Problems that any write may have."""

SAID = {
    400: "The request is not one that can be read.",
    401: "A key is needed, or the key is refused.",
    403: "The key is of too low a role.",
    404: "There is no such thing on record.",
    405: "The route is not asked by this method.",
    406: "The answer cannot be had in a form that the client takes.",
    408: "The body did not arrive in time.",
    409: "It contradicts what is on record.",
    412: "The revisions are not those that the write rests on.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "It is understood, and not done: the parameters or the record format, or the law of the record, forbid it.",
    429: "Too many requests.",
    500: "Something went wrong that nobody foresaw.",
    503: "The database does not answer in time.",
}

_SHAPE = {
    "type": "object",
    "description": "A problem document (RFC 9457). The facts of the problem are members of their own.",
    "properties": {
        "type": {
            "type": "string",
            "pattern": "^/problems/[a-z][a-z-]*$",
            "description": "The address of the page that explains it, relative to the service. It stays the same.",
        },
        "title": {"type": "string", "description": "The rule that was not met."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened, and what to do."},
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": True,
}


def complete(document: dict[str, Any]) -> None:
    """Adds to every route the problems that it may have, and what every answer carries."""
    document["components"]["schemas"]["Problem"] = _SHAPE
    for path in document["paths"].values():
        for method, operation in path.items():
            responses = operation.setdefault("responses", {})
            for status in ASKED if method == "get" else WRITTEN:
                responses[str(status)] = _problem(status)
            if method == "get":
                responses["304"] = {"description": "The client has this answer already."}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": SAID[status], "content": {PROBLEM: {"schema": schema}}}
