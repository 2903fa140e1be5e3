"""Where a refusal meets an HTTP status: problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from fastapi import Request
from fastapi.responses import Response

from events.errors import Refusal, RefusedTogether

STATUS = {
    "body-too-large": 413,
    "body-too-slow": 408,
    "too-many-requests": 429,
    "too-many-open": 429,
    "key-needed": 401,
    "key-refused": 401,
    "role-too-low": 403,
    "foreign-form": 403,
    "unknown-measure": 404,
    "unknown-subject": 404,
    "unknown-jurisdiction": 404,
    "unknown-act": 404,
    "not-found": 404,
    "method-not-allowed": 405,
    "unknown-batch": 404,
    "not-acceptable": 406,
    "position-above-head": 404,
    "other-rules": 404,
    "read-only": 421,
    "other-content": 409,
    "retracted-act": 409,
    "leaves-without-base": 409,
    "revisions-differ": 412,
    "unsupported-media-type": 415,
    "self-verification": 409,
    "log-busy": 503,
    "search-behind": 503,
    "too-many-streams": 503,
    "too-many-exports": 503,
    "database-unavailable": 503,
    "storage-full": 503,
    "not-ready": 503,
    "too-many-connections": 503,
    "service-ending": 503,
    "extra-missing": 501,
    "unforeseen": 500,
}
"""Statuses by the type of a refusal; any other is 422: understood, and not done."""

_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}
"""What goes with a status: how to ask again."""


class InvalidParameters(Refusal):
    """A request names only parameters that the route has, each with a value it takes."""

    type = "invalid-parameters"


class NotFound(Refusal):
    """Every address belongs to a documented route."""

    type = "not-found"

    @classmethod
    def at(cls, path: str) -> NotFound:
        return cls(f"There is nothing at {path}. The routes are listed in /v1/openapi.json.")


class MethodNotAllowed(Refusal):
    """A route is asked by the methods that it has."""

    type = "method-not-allowed"


class NotAcceptable(Refusal):
    """An answer is sent as JSON, and as CSV where it is a table; a client takes one of them."""

    type = "not-acceptable"


class DatabaseGone(Refusal):
    """Answers need the database, which does not answer at the moment."""

    type = "database-unavailable"

    @classmethod
    def now(cls, **facts: object) -> DatabaseGone:
        return cls("The database does not answer at the moment. Ask again in a few seconds.", **facts)


class TooManyConnections(Refusal):
    """So many connections are at work at once and no more."""

    type = "too-many-connections"


class ServiceEnding(Refusal):
    """A service that is told to stop lets requests go on for a few seconds more."""

    type = "service-ending"

    @classmethod
    def now(cls) -> ServiceEnding:
        return cls(
            "The service is stopping, and this took longer than it waits. What was to be recorded may have been, or "
            "not: ask again as it was in a moment."
        )


class Unforeseen(Refusal):
    """Something went wrong that nobody foresaw."""

    type = "unforeseen"

    @classmethod
    def now(cls) -> Unforeseen:
        return cls("The answer could not be made; nothing was changed. Please report the address that was asked.")


class TooManyOpen(Refusal):
    """One caller holds only so many streams open at once."""

    type = "too-many-open"


class BodyTooLarge(Refusal):
    """The body of a request is as large as the service takes, and no larger."""

    type = "body-too-large"


class BodyTooSlow(Refusal):
    """The body of a request arrives within a minute."""

    type = "body-too-slow"


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal; of several together, the one that they have in common."""
    each = {status_of(one) for one in refusal.refusals} if isinstance(refusal, RefusedTogether) else set()
    return each.pop() if len(each) == 1 else STATUS.get(refusal.type, 422)


def response_to(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The problem document of a refusal, with more headers if there are any."""
    status = status_of(refusal)
    document = {
        "type": f"/problems/{refusal.type}",
        "title": (type(refusal).__doc__ or refusal.type).strip().splitlines()[0],
        "status": status,
        "detail": refusal.message,
        **_facts(refusal),
    }
    if isinstance(refusal, RefusedTogether):
        document["refusals"] = [
            {"type": f"/problems/{each.type}", "detail": each.message, **_facts(each)} for each in refusal.refusals
        ]
    told = {"Cache-Control": "no-store", **(headers or {}), **_HEADERS.get(status, {})}
    if (seconds := refusal.facts.get("retry_after")) is not None:
        told["Retry-After"] = str(seconds)
    return Response(msgspec.json.encode(document, enc_hook=str), status, told, media_type="application/problem+json")


def _facts(refusal: Refusal) -> dict[str, object]:
    return {name: value for name, value in refusal.facts.items() if name not in ("type", "title", "status", "detail")}


async def refused(request: Request, error: Exception) -> Response:
    """The handler of every refusal."""
    assert isinstance(error, Refusal)
    return response_to(error)
