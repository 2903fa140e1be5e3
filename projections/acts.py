"""Everything that was recorded of one act: how it read at first, what each correction changed, whether it stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec import UNSET

from events.actions import Act, ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed
from events.log import Recorded
from projections.answers import RULES, ActAnswer, ActEdition, Edition
from projections.differences import differences
from projections.project import by_command

Content = dict[str, Any]


def act_answer(act: str, events: Sequence[Recorded], edition: Edition) -> ActAnswer:
    """An act by all events that are about it, in the order of the log."""
    editions = []
    last: Content | None = None
    stands, verified = False, None
    for _, append in groupby(events, key=_edition):
        for (kind, _), command in by_command(append):
            told = _told(kind, command, last)
            editions.append(told)
            if told.content is not UNSET:
                last = told.content
            if kind != "verified":
                stands, verified = kind != "retracted", None
            elif isinstance(told.verification, dict):
                verified = told.verification["level"]
    content = last if stands and last is not None else None
    return ActAnswer(
        act=act,
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        stands=stands,
        verified=verified,
        measures=() if content is None else _measures_of(content),
        editions=tuple(editions),
    )


def _edition(recorded: Recorded) -> int:
    return recorded.edition


def _told(kind: str, command: Sequence[Recorded], before: Content | None) -> ActEdition:
    """One command about the act, which the act was like `before`."""
    first = command[0]
    act: Act | None = None
    actions: list[AnyAction] = []
    for recorded in command:
        match recorded.event:
            case ActCorrected():
                act = recorded.event.replacement
                actions.extend(recorded.event.actions)
            case ActRetracted() | ActVerified() | JurisdictionReviewed():
                pass
            case _:
                act = recorded.event.act
                actions.append(recorded.event)
    content = None if act is None else content_of(act, actions)
    event = first.event
    verification = None
    if isinstance(event, ActVerified):
        verification = {name: value for name, value in msgspec.to_builtins(event).items() if name in _VERIFICATION}
    noted = isinstance(event, ActCorrected | ActRetracted | ActVerified)
    return ActEdition(
        type=kind,
        edition=first.edition,
        positions=tuple(recorded.position for recorded in command),
        recorded_at=first.recorded_at,
        recorded_by=first.recorded_by,
        batch=first.batch,
        measures=tuple(dict.fromkeys(recorded.stream for recorded in command)),
        reason=event.reason if isinstance(event, ActCorrected | ActRetracted) else UNSET,
        note=getattr(event, "note", None) if noted else UNSET,
        verification=UNSET if verification is None else verification,
        content=UNSET if content is None else content,
        changed=tuple(differences(before or {}, content)) if kind == "corrected" and content is not None else UNSET,
    )


_VERIFICATION = ("level", "url")


def content_of(act: Act, actions: Sequence[AnyAction]) -> Content:
    """An act as it was told, with its actions in their order, each on its measure."""
    told: Content = msgspec.to_builtins(act)
    told["actions"] = [_action(action) for action in sorted(actions, key=_place)]
    return told


def _action(action: AnyAction) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(action)
    del fields["act"]
    return fields


def _place(action: AnyAction) -> int:
    return action.place


def _measures_of(content: Content) -> tuple[str, ...]:
    return tuple(dict.fromkeys(action["measure"] for action in content["actions"]))
