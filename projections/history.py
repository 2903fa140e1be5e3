"""The history of a measure: every entry of its stream, and what became of it; and the log itself."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from events.actions import Act, ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed
from events.log import Recorded
from projections.answers import RULES, Edition, FieldChange, History
from projections.differences import differences
from projections.entries import act_of, type_of

Entry = dict[str, object]


def history_of(measure: str, stream: Sequence[Recorded], edition: Edition) -> History:
    """
    Every entry of a stream, in order of recording.

    An action has its own fields and those of its act; `superseded_by` is the position of the correction or retraction
    that took its place, null while it stands; of a verification, also of the next one. The actions that a correction
    put in place are in its `actions`, and the fields of the entry that it `changed` are named, those of the act as
    well. `verification` is how the act was verified since, as far as that stands.
    """
    changed = _changed(stream)
    superseded: dict[str, int] = {}
    unverified: dict[str, int] = {}
    verified: dict[str, Recorded] = {}
    entries = []
    for recorded in reversed(stream):
        act = act_of(recorded) or ""
        entry = _entry(recorded)
        entry["superseded_by"] = superseded.get(act)
        if recorded.position in changed:
            entry["changed"] = changed[recorded.position]
        match recorded.event:
            case ActVerified():
                entry["superseded_by"] = unverified.get(act)
                if act not in unverified:
                    verified[act] = recorded
                unverified[act] = recorded.position
            case ActRetracted():
                superseded[act] = unverified[act] = recorded.position
            case JurisdictionReviewed():
                pass
            case _:
                entry["verification"] = None if act in superseded else _verification(verified.get(act))
                if isinstance(recorded.event, ActCorrected):
                    superseded[act] = unverified[act] = recorded.position
        entries.append(entry)
    entries.reverse()
    return History(
        measure=measure,
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        revision=stream[-1].revision if stream else 0,
        entries=tuple(entries),
    )


def _verification(recorded: Recorded | None) -> Entry | None:
    if recorded is None:
        return None
    assert isinstance(recorded.event, ActVerified)
    return {"level": recorded.event.level, "by": recorded.recorded_by, "at": recorded.recorded_at}


def _changed(stream: Sequence[Recorded]) -> dict[int, list[FieldChange]]:
    """What each correction of a stream changed, by its position."""
    standing: dict[str, tuple[Act, list[AnyAction]]] = {}
    changed = {}
    for recorded in stream:
        event = recorded.event
        match event:
            case ActCorrected():
                act, actions = event.replacement, list(event.actions)
                # An act that comes onto this measure was told on others: here, all of its actions are new.
                before = standing.get(act.act, (act, []))
                changed[recorded.position] = differences(_told(*before), _told(act, actions))
                standing[act.act] = (act, actions)
            case ActRetracted():
                standing.pop(event.act, None)
            case ActVerified() | JurisdictionReviewed():
                pass
            case _:
                standing.setdefault(event.act.act, (event.act, []))[1].append(event)
    return changed


def _told(act: Act, actions: Sequence[AnyAction]) -> Entry:
    return _of_act(act) | {"actions": [_own_fields(action) for action in actions]}


def _entry(recorded: Recorded) -> Entry:
    entry: Entry = {
        "position": recorded.position,
        "revision": recorded.revision,
        "recorded_at": recorded.recorded_at,
        "recorded_by": recorded.recorded_by,
        "batch": recorded.batch,
    }
    event = recorded.event
    match event:
        case ActCorrected():
            entry |= {"type": "corrected", "act": event.replacement.act, "reason": event.reason, "note": event.note}
            entry |= _of_act(event.replacement)
            entry["actions"] = [_own_fields(action) for action in event.actions]
        case ActRetracted():
            entry |= {"type": "retracted", "act": event.act, "reason": event.reason, "note": event.note}
        case ActVerified():
            entry |= {"type": "verified", "act": event.act, "level": event.level, "note": event.note, "url": event.url}
        case JurisdictionReviewed():
            entry |= {"type": "reviewed", "reviewed_on": event.reviewed_on, "note": event.note}
        case _:
            entry |= {"type": type(event).type, "act": event.act.act} | _of_act(event.act) | _own_fields(event)
    return entry


def _of_act(act: object) -> Entry:
    fields = msgspec.to_builtins(act)
    fields.pop("act")
    if "note" in fields:
        fields["act_note"] = fields.pop("note")
    if "title" in fields:
        fields["act_title"] = fields.pop("title")
    return dict(fields)


def _own_fields(action: AnyAction) -> Entry:
    fields = msgspec.to_builtins(action)
    for name in ("act", "measure"):
        fields.pop(name)
    return dict(fields)


def log_entry(recorded: Recorded) -> Entry:
    """An event of the log as the log page gives it: its place, and the event as stored."""
    return {
        "position": recorded.position,
        "edition": recorded.edition,
        "recorded_at": recorded.recorded_at,
        "recorded_by": recorded.recorded_by,
        "batch": recorded.batch,
        "stream": recorded.stream,
        "revision": recorded.revision,
        "name": type_of(recorded),
        "event": msgspec.to_builtins(recorded.event),
    }
