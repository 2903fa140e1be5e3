"""How the service is, for those who watch over it: whether the process answers, and whether it can answer questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from msgspec import Struct

from events.errors import Refusal
from projections.answering import HEAD
from projections.answers import RULES, encode
from projections.database import SchemaChanged, SchemaNewer, SchemaOlder, check_tables
from services.api.access import Admin
from services.api.problems import DatabaseGone
from services.api.responses import JSON
from services.api.responses import answers as told
from services.operations.metrics import MEDIA
from services.operations.wiring import Service, is_unavailable

HEADERS = {"Cache-Control": "no-store"}


MEASURED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What this process counts and times about itself.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    },
}


class NotReady(Refusal):
    """A service answers questions upon tables that are of its own version."""

    type = "not-ready"


class Live(Struct, frozen=True, kw_only=True):
    """The process answers. It says nothing of the database."""

    status: Literal["live"] = "live"


class Ready(Struct, frozen=True, kw_only=True):
    """Questions can be answered: the database is there, its tables are right. `position` is the head of the log."""

    status: Literal["ready"] = "ready"
    position: int
    recorded_at: datetime | None
    rules: str


def health(service: Service) -> APIRouter:
    """The routes of those who watch over the service. Health is for anyone and is not counted by any limit."""
    router = APIRouter()
    live_now = encode(Live())

    @router.get("/health/live", **told(Live))
    async def live() -> Response:
        """Whether the process answers. It asks nothing of the database: restart the service where this fails."""
        return Response(live_now, 200, HEADERS, media_type=JSON)

    @router.get("/metrics", responses=MEASURED, response_class=Response)
    def metrics(caller: Admin) -> Response:
        """What this process counts and times about itself, in the text format of Prometheus."""
        return Response(service.metrics.text(), 200, {**HEADERS, "Content-Type": MEDIA})

    @router.get("/health/ready", **told(Ready))
    def ready() -> Response:
        """
        Whether questions can be answered now: send requests elsewhere where this fails, and look again.

        While the database is away, `from_memory` is the edition of which questions are answered that memory holds all
        of; null where there is none.
        """
        try:
            with service.pool.connection() as connection:
                check_tables(connection)
            with service.answering.edition(HEAD) as (_, edition):
                pass
        except (SchemaOlder, SchemaNewer, SchemaChanged) as refusal:
            raise NotReady(refusal.message, reason=refusal.type) from None
        except Exception as error:
            if not is_unavailable(error):
                raise
            raise DatabaseGone.now(from_memory=service.answering.remembered()) from None
        answer = Ready(position=edition.position, recorded_at=edition.recorded_at, rules=RULES)
        return Response(encode(answer), 200, HEADERS, media_type=JSON)

    return router
