"""The page of an act: what an authority did on one day, and every edition of our record of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import UNSET, Struct

from events.actions import Act
from events.vocabulary import jurisdiction_of
from projections.answering import Asked
from projections.answers import ActAnswer, ActEdition, MeasureLine
from projections.codebook import codebook
from services.api.auditing import ActSlug
from services.operations.wiring import Service
from services.web.layout import page
from services.web.times import GivenTimes

ACTIONS = 200
"""So many actions are told; the others are counted."""


class Did(Struct, frozen=True):
    """What the act did to a measure, by the fields of its action, and the measure on the day of the page."""

    measure: str
    action: dict[str, Any]
    line: MeasureLine | None


def act(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/acts/{act}")
    def shown(request: Request, act: ActSlug, given: GivenTimes) -> Response:
        """Everything that was recorded of an act."""
        times = given.on(service.answering.today())
        answer = service.auditing.act(act, asked=times.asked)
        content = last_content(answer)
        actions: Sequence[dict[str, Any]] = content["actions"]
        names = dict.fromkeys(each["measure"] for each in actions[:ACTIONS])
        lines = service.picturing.lines(
            list(names), as_of=times.as_of, known_on=times.known_on, asked=Asked(answer.position)
        )
        return page(
            request,
            "act.html",
            times=times,
            answer=answer,
            content=msgspec.convert({name: content[name] for name in content if name != "actions"}, Act),
            did_to=[Did(each["measure"], each, lines.get(each["measure"])) for each in actions[:ACTIONS]],
            actions_count=len(actions),
            jurisdictions=list(dict.fromkeys(jurisdiction_of(each["measure"]) for each in actions)),
            retraction=next((each for each in reversed(answer.editions) if each.type == "retracted"), None),
            codebook=codebook(),
        )

    return router


def last_content(answer: ActAnswer) -> dict[str, Any]:
    """The act as it was last told, also where it was retracted since."""
    return next(_content(each) for each in reversed(answer.editions) if each.content is not UNSET)


def _content(edition: ActEdition) -> dict[str, Any]:
    assert isinstance(edition.content, dict)
    return edition.content
