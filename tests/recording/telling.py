"""Given, when, then: a record in memory, told as commands, and what deciding makes of the next ones."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import pytest

from events.actions import Act, ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed, Source
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, VerifyAct
from events.decisions import Decided, Known, decide
from events.errors import Refusal
from projections.fold import MeasureFold

Refused = TypeVar("Refused", bound=Refusal)
Did = Callable[[Act, int], AnyAction]


def did(kind: str, measure: str = "XA/law", **fields: Any) -> Did:
    """What an act did to a measure."""

    def action(act: Act, place: int) -> AnyAction:
        told = {"type": kind, "measure": measure, "act": msgspec.to_builtins(act), "place": place, **fields}
        return msgspec.convert(told, AnyAction)

    return action


ADOPTED = did("adopted", effects=["prohibits"])


def act(slug: str, announced_on: str, *actions: Did, again: bool = False, **fields: Any) -> RecordAct:
    """The command to record an act; of itself it adopts the measure XA/law."""
    said = {"authority": "Regulator", "instrument": "rule", "title": slug, "sources": (Source("Gazette"),), **fields}
    of = Act(act=slug, announced_on=announced_on, **said)
    told = tuple(action(of, place) for place, action in enumerate(actions or [ADOPTED]))
    return RecordAct(act=of, actions=told, again=again)


def correct(to: RecordAct, reason: Any = "wrong_date", note: str | None = None) -> CorrectAct:
    """The command to correct an act: it should have read like this."""
    return CorrectAct(replacement=to.act, actions=to.actions, reason=reason, note=note)


def retract(slug: str, reason: Any = "duplicate", note: str | None = None) -> RetractAct:
    """The command to retract an act."""
    return RetractAct(act=slug, reason=reason, note=note)


def verify(slug: str, level: Any = "official_document", note: str | None = None, url: str | None = None) -> VerifyAct:
    """The command to verify an act, as Ben gives it."""
    return VerifyAct(act=slug, level=level, note=note, url=url, recorded_by="ben")


def by(recorder: str, command: AnyCommand) -> AnyCommand:
    """The command as somebody gives it."""
    return msgspec.structs.replace(command, recorded_by=recorder)


def at(moment: datetime, command: AnyCommand) -> AnyCommand:
    """The command as a line of a replay."""
    return msgspec.structs.replace(command, recorded_at=moment)


class Told:
    """What is on record: `given` some commands, `when` others are decided upon it, `then` says what they come to."""

    def __init__(self, *steps: AnyCommand | Sequence[AnyCommand], replay: bool = False) -> None:
        self.known = Known({}, {})
        self.replay = replay
        self.decided: list[Decided] = []
        for step in steps:
            self.decided = decide(_many(step), self.known, replay=replay)

    def when(self, *commands: AnyCommand) -> Told:
        """The same record after these commands, decided as a whole."""
        after = copy.copy(self)
        after.known = copy.deepcopy(self.known)
        after.decided = decide(commands, after.known, replay=self.replay)
        return after

    def then(self) -> list[str]:
        """The events, in short."""
        return [_short(each) for each in self.decided]

    def refuses(self, kind: type[Refused], *commands: AnyCommand) -> Refused:
        """The refusal of these commands, which is of this kind."""
        with pytest.raises(kind) as refused:
            self.when(*commands)
        return refused.value

    def acts(self, measure: str = "XA/law") -> list[str]:
        """The acts that stand on a measure, in their order."""
        actions = [action for each in self.known.standing.get(measure, {}).values() for action in each]
        return list(dict.fromkeys(action.act.act for action in MeasureFold(measure, actions).ordered.actions))


def _many(step: AnyCommand | Sequence[AnyCommand]) -> Sequence[AnyCommand]:
    return step if isinstance(step, Sequence) else [step]


def _short(each: Decided) -> str:
    match each.event:
        case ActCorrected() as event:
            return f"corrected {event.replacement.act} on {event.measure}: {len(event.actions)}"
        case ActRetracted() as event:
            return f"retracted {event.act} on {event.measure}"
        case ActVerified() as event:
            return f"verified {event.act} on {event.measure}: {event.level} by {each.recorded_by}"
        case JurisdictionReviewed() as event:
            return f"reviewed {event.jurisdiction}"
        case event:
            assert isinstance(event, AnyAction)
            return f"{type(event).type} {event.act.act} on {event.measure}"
