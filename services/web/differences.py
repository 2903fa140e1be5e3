"""Fields that differ, in words: what each is called, what it was, and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from projections.answers import FieldChange, MeasureLine
from services.wording import count, deadline, value_in_words, words

CALLED = {
    "status": "status",
    "possible": "statuses that are possible",
    "certainty": "certainty",
    "since": "in this status since",
    "effects": "what it does",
    "subjects": "on whom",
    "scope": "on what",
    "targets": "aimed at",
    "effective_on": "first day in force",
    "expires_on": "last day in force",
    "next_change": "next change expected",
    "instrument": "legal form",
    "authority": "authority",
    "title": "title",
    "verified": "verified as",
    "acts": "rests on the acts",
    "headline": "headline",
    "upcoming": "on its way",
    "coverage": "coverage",
    "reviewed_on": "last looked through",
}
"""What fields are called; others by their own names."""

MOST_LISTED = 12
"""So many of a list are named; of more, it says how many."""

_FIRST = ("status", "effects", "effective_on", "expires_on")
_LAST = ("acts", "since", "certainty", "possible", "next_change", "verified")
_DEADLINE = re.compile(r"deadlines\[")
_WORD = re.compile("[a-z_0-9]+")


class Told(NamedTuple):
    """A field that differs, by its name and as it is called, with what it was and what it is, both in words."""

    field: str
    called: str
    before: str
    after: str


def in_words(
    changes: Sequence[FieldChange], before: MeasureLine | None = None, after: MeasureLine | None = None
) -> list[Told]:
    """
    The fields that differ, what matters most first; the acts on which a line rests are left out.

    Of a deadline, all that became of it is one sentence; the lines say which deadline it is.
    """
    told = [_told(change) for change in changes if change.field != "acts" and not _DEADLINE.match(change.field)]
    if any(_DEADLINE.match(change.field) for change in changes):
        told += _deadlines(before, after)
    return sorted(told, key=_rank)


def _told(change: FieldChange) -> Told:
    parts = change.field.removeprefix("values.").split(".")
    called = ": ".join(CALLED.get(part, words(part)) for part in parts)
    return Told(change.field, called, in_word(change.from_), in_word(change.to))


def _deadlines(before: MeasureLine | None, after: MeasureLine | None) -> Iterator[Told]:
    """The deadlines that read otherwise, by their names."""
    old, new = ({} if line is None else {each.deadline: each for each in line.deadlines} for line in (before, after))
    for name in dict.fromkeys([*new, *old]):
        told = [deadline(lines[name]) if name in lines else "none" for lines in (old, new)]
        if told[0] != told[1]:
            yield Told("deadlines", f"deadline {name.replace('-', ' ')}", *told)


def in_word(value: Any) -> str:
    """A value in words: a headline, a deadline, lists, or `none`."""
    match value:
        case _ if value is UNSET or value is None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case {"effect": effect, "status": status}:
            return f"{words(effect)}, {words(status)}"
        case Mapping():
            return ", ".join(f"{words(str(name))} {in_word(each)}" for name, each in value.items())
        case list() | tuple():
            others = [f"and {count(len(value) - MOST_LISTED, 'other')}"] if len(value) > MOST_LISTED else []
            return ", ".join([*(in_word(each) for each in value[:MOST_LISTED]), *others]) or "none"
        case str() if _WORD.fullmatch(value):
            return words(value)
        case _:
            return value_in_words(value)


def _rank(told: Told) -> int:
    name = told.field
    if name in _FIRST:
        return _FIRST.index(name)
    return len(_FIRST) + (1 + _LAST.index(name) if name in _LAST else 0)
