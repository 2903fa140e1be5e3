"""The fields of every action type: one table, which follows the record format line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from msgspec import Struct

from events import actions
from events.dates import span
from events.vocabulary import EFFECTS, Manner, Obliged
from services.intake.fields import (
    LONGEST_NAME,
    Kind,
    Together,
    choice,
    day,
    flag,
    jurisdiction,
    list_of,
    measure,
    nearest,
    optional,
    record,
    scalars,
    slug,
    text,
)
from services.intake.plain import shown
from services.intake.problems import Finding, Wrong, wrong

Draft = tuple[type[actions.Action], dict[str, Any]]
"""An action before its act is known: its class and its fields."""


class Shape(Struct, frozen=True):
    """What an action type is made of: its class, its own fields, those that it needs, and what they owe each other."""

    event: type[actions.Action]
    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    together: Together | None = None


def _in_order(earlier: str, later: str) -> Together:
    def judge(clean: Mapping[str, Any]) -> list[Finding]:
        start, end = clean.get(earlier), clean.get(later)
        if start is None or end is None or span(end).last >= span(start).first:
            return []
        return [Finding((later,), f"'{end}' is before {earlier}, '{start}': change one of them")]

    return judge


def _rescheduled(clean: Mapping[str, Any]) -> list[Finding]:
    if "effective_on" not in clean and "expires_on" not in clean:
        return [Finding((), "an action of type rescheduled needs effective_on or expires_on: write one of them")]
    return _in_order("effective_on", "expires_on")(clean)


_name = text(LONGEST_NAME)
_maybe_day = optional(day)
_title: dict[str, Kind] = {"title": optional(text())}
_terms: dict[str, Kind] = {
    "effects": list_of(choice(EFFECTS)),
    "subjects": list_of(_name),
    "scope": list_of(_name),
    "targets": list_of(jurisdiction),
    "values": scalars,
}
_entry_and_end: dict[str, Kind] = {"effective_on": _maybe_day, "expires_on": _maybe_day}

SHAPES: dict[str, Shape] = {
    "proposed": Shape(actions.MeasureProposed, {**_title, **_terms}),
    "announced": Shape(actions.MeasureAnnounced, {**_title, **_terms}),
    "adopted": Shape(
        actions.MeasureAdopted,
        {**_title, **_terms, **_entry_and_end, "retroactive": flag},
        together=_in_order("effective_on", "expires_on"),
    ),
    "amended": Shape(
        actions.MeasureAmended,
        {**_title, **_terms, "applies_on": _maybe_day, "applies_until": _maybe_day},
        together=_in_order("applies_on", "applies_until"),
    ),
    "rescheduled": Shape(actions.MeasureRescheduled, _entry_and_end, together=_rescheduled),
    "extended": Shape(
        actions.MeasureExtended,
        _entry_and_end,
        required=("expires_on",),
        together=_in_order("effective_on", "expires_on"),
    ),
    "suspended": Shape(
        actions.MeasureSuspended,
        {"effective_on": _maybe_day, "until": _maybe_day},
        together=_in_order("effective_on", "until"),
    ),
    "reinstated": Shape(actions.MeasureReinstated, {"effective_on": _maybe_day, "lifts": optional(slug)}),
    "ended": Shape(actions.MeasureEnded, {"effective_on": _maybe_day, "manner": optional(choice(get_args(Manner)))}),
    "deadline_set": Shape(
        actions.DeadlineSet,
        {"deadline": slug, "due": _maybe_day, "obliged": choice(get_args(Obliged))},
        required=("deadline", "due", "obliged"),
    ),
    "deadline_moved": Shape(actions.DeadlineMoved, {"deadline": slug, "due": _maybe_day}, required=("deadline", "due")),
    "deadline_met": Shape(actions.DeadlineMet, {"deadline": slug, "met_on": day}, required=("deadline", "met_on")),
    "noted": Shape(actions.MeasureNoted, {}),
}


def action(home: str | None) -> Kind:
    """An action on a measure of `home`, as a Draft. What it is made of depends on its type."""
    kinds = {name: _action_of(name, shape, home) for name, shape in SHAPES.items()}

    def read(value: object) -> Draft:
        if not isinstance(value, dict):
            raise wrong(f"is {shown(value)} and not an action: write a mapping with measure, type …")
        if "type" not in value:
            raise Wrong([Finding(("type",), f"is missing: write one of {', '.join(kinds)}")])
        name = value["type"]
        kind = kinds.get(name) if type(name) is str else None
        if kind is not None:
            return kind(value)  # type: ignore[no-any-return]
        near = nearest(name, kinds) if isinstance(name, str) else ""
        sentence = f"{shown(name)} is not a type of action{near}: write one of {', '.join(kinds)}"
        raise Wrong([Finding(("type",), sentence)])

    return read


def _action_of(name: str, shape: Shape, home: str | None) -> Kind:
    def build(clean: dict[str, Any]) -> Draft:
        del clean["type"]
        return shape.event, clean

    article = "an" if name[0] in "aeiou" else "a"
    return record(
        f"{article} {name} action",
        {"measure": measure(home), "type": _given, **shape.fields, "note": optional(text(blank=True))},
        required=("measure", "type", *shape.required),
        together=shape.together,
        build=build,
    )


def _given(value: object) -> object:
    return value
