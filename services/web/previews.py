"""What recording would change, in words: each measure before and after, and how an act would read otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, Struct

from projections.answers import Change, FieldChange, MeasureLine, PreviewedMeasure
from projections.differences import differences
from services.wording import count, deadline, listed, value_in_words, words

_NOT_THERE = "nothing on this day"


class Row(NamedTuple):
    """Something that is said of a measure, or of an act, before and after."""

    label: str
    before: str
    after: str


class Compared(Struct, frozen=True, kw_only=True):
    """A measure before and after: its status, and whatever else differs; what goes from its diary, and comes to it."""

    measure: str
    title: str
    revision: int
    rows: tuple[Row, ...]
    differs: bool
    gone: Sequence[Change]
    new: Sequence[Change]


def compared(measure: PreviewedMeasure) -> Compared:
    """A measure as a dry run tells it."""
    before, after = _said(measure.before), _said(measure.after)
    names = dict.fromkeys([*before, *after])
    rows = [Row(name, before.get(name, ""), after.get(name, "")) for name in names]
    line = measure.after or measure.before
    return Compared(
        measure=measure.measure,
        title=measure.measure if line is None else line.title,
        revision=measure.revision,
        rows=tuple(row for row in rows if row.label == "Status" or row.before != row.after),
        differs=before != after,
        gone=measure.gone,
        new=measure.new,
    )


def _said(line: MeasureLine | None) -> dict[str, str]:
    """What is said of a measure on a day, by what it is called."""
    if line is None:
        return {"Status": _NOT_THERE}
    since = "" if line.since is None else f", since {line.since}"
    possible = () if line.possible is UNSET else line.possible
    values = {} if line.values is UNSET else line.values
    return {
        "Status": f"{words(line.status)}{since}",
        "Possible": listed(possible),
        "First day in force": line.effective_on or "",
        "Last day in force": line.expires_on or "",
        "Title": line.title,
        "Effects": listed(line.effects),
        "Subjects": ", ".join(line.subjects),
        "Scope": listed(line.scope),
        "Aimed at": ", ".join(line.targets),
        "Values": ", ".join(f"{name}: {value_in_words(value)}" for name, value in values.items()),
        "Authority": line.authority,
        "Instrument": words(line.instrument),
        **{f"Deadline {each.deadline}": deadline(each) for each in line.deadlines},
        "Next change": line.next_change or "",
        "Rests on": ", ".join(line.acts),
        "Verified": "no" if line.verified is None else words(line.verified),
    }


def corrected(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Row, ...]:
    """The fields of an act that would read otherwise, with their places in it."""
    return tuple(Row(each.field, *_sides(each)) for each in differences(before, after))


def _sides(change: FieldChange) -> tuple[str, str]:
    return _side(change.from_), _side(change.to)


def _side(value: object) -> str:
    if value is UNSET:
        return "not told"
    return str(value) if isinstance(value, bool | int | float) else value_in_words(value)


def told(events: int, position: int) -> str:
    """How much a dry run would record: `1 event would be recorded, upon position 367 of the log.`"""
    if not events:
        return f"All of this is on record already, by position {position} of the log: nothing new would be recorded."
    return f"{count(events, 'event')} would be recorded, upon position {position} of the log. Nothing is recorded yet."
