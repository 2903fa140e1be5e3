"""The entries of a history as a page tells them: what was said, of which act, on which days, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import Struct

from events.actions import Act
from projections.answers import FieldChange
from projections.picturing import Part
from services.wording import did

_DAYS = (
    ("announced_on", "announced"),
    ("published_on", "published"),
    ("effective_on", "in force"),
    ("expires_on", "last day"),
    ("applies_on", "applies"),
    ("applies_until", "applies until"),
    ("until", "until"),
    ("due", "due"),
    ("met_on", "met"),
    ("reviewed_on", "looked through"),
)
_FIRST_DAYS = {"ended": "ended", "suspended": "suspended", "reinstated": "reinstated"}
"""What the first day of an action of these types is called."""


class Entry(Struct, frozen=True):
    """
    An entry of a history.

    `said` is what its action did, in words, and `instead` what a correction put in the place of the act's actions here.
    `over` is the type of the entry that took its place, at the position `over_at`. `act` is the act as told here.
    """

    revision: int
    position: int
    type: str
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    slug: str | None
    act: Act | None
    said: str | None
    instead: tuple[str, ...] | None
    days: tuple[tuple[str, str], ...]
    reason: str | None
    note: str | None
    level: str | None
    url: str | None
    changed: tuple[FieldChange, ...]
    verification: Mapping[str, Any] | None
    over: str | None
    over_at: int | None


def entries_of(part: Part) -> list[Entry]:
    """The entries of a part of a history."""
    return [_entry(entry, part.types) for entry in part.history.entries]


def _entry(told: Mapping[str, Any], types: Mapping[int, str]) -> Entry:
    is_action = "place" in told
    actions = cast("Sequence[Mapping[str, Any]] | None", told.get("actions"))
    over_at = told.get("superseded_by")
    return Entry(
        revision=told["revision"],
        position=told["position"],
        type=told["type"],
        recorded_at=told["recorded_at"],
        recorded_by=told["recorded_by"],
        batch=told["batch"],
        slug=told.get("act"),
        act=_act(told) if "announced_on" in told else None,
        said=did(told) if is_action else None,
        instead=None if actions is None else tuple(did(each) for each in actions),
        days=tuple(_days([told, *(actions or ())])),
        reason=told.get("reason"),
        note=told.get("note"),
        level=told.get("level"),
        url=told.get("url"),
        changed=tuple(told.get("changed", ())),
        verification=told.get("verification"),
        over=None if over_at is None else types.get(over_at),
        over_at=over_at,
    )


def _act(told: Mapping[str, Any]) -> Act:
    fields = {name: told[name] for name in Act.__struct_fields__ if name in told}
    return msgspec.convert(fields | {"title": told["act_title"], "note": told.get("act_note")}, Act)


def _days(told: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The days that an entry tells, each once."""
    said: dict[tuple[str, str], None] = {}
    for each in told:
        for field, name in _DAYS:
            if isinstance(value := each.get(field), str):
                said[_FIRST_DAYS.get(each["type"], name) if field == "effective_on" else name, value] = None
    yield from said
