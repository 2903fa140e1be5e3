"""The days that lay ahead when they were told, and the subjects of measures, written alongside each append."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from msgspec import UNSET

from events.actions import KINDS, ActCorrected, Action, AnyAction
from events.dates import span
from events.log import Recorded
from events.vocabulary import jurisdiction_of
from projections.database import Writer

BEGINNING = ("effective_on", "applies_on", "met_on")
"""Fields of a day on which something begins or is done: of a partial one, its first possible day."""
ENDING = ("expires_on", "due")
"""Fields of a last day: of a partial one, its last possible day."""
RUNNING_OUT = ("until", "applies_until")
"""Fields of a last day that shows on the day after."""


_DAYS = {
    kind: tuple([field for field in (*BEGINNING, *ENDING, *RUNNING_OUT) if field in kind.__struct_fields__])
    for kind in KINDS
}
"""The fields of a day that each type of action has."""

_AFTER = {field: timedelta(days=field in RUNNING_OUT) for field in (*ENDING, *RUNNING_OUT)}


def days_after(action: AnyAction, day: date) -> Iterator[date]:
    """The days after one on which something is to happen by what an action says, as the diary places them."""
    said = day.isoformat()
    for field in _DAYS[type(action)]:
        text = getattr(action, field)
        if isinstance(text, str) and (len(text) != len(said) or text >= said):  # an exact day before it is not read
            told = span(text)
            found = told.first if field in BEGINNING else told.last + _AFTER[field]
            if found > day:
                yield found


def add_ahead(writer: Writer, recorded: Sequence[Recorded], schema: str = "dateline") -> None:
    """The rows of an append, or of several in their order."""
    days_ahead(writer, recorded, schema)
    writer.do(
        f"insert into {schema}.named (subject, measure, edition)"
        " select subject, measure, edition::bigint from ({}) as new (subject, measure, edition)"
        " on conflict (subject, measure) do nothing",
        subjects_named(recorded),
    )


def days_ahead(writer: Writer, recorded: Iterable[Recorded], schema: str = "dateline") -> None:
    """The days that lay ahead. A day counts while it has not begun (UTC)."""
    ahead: dict[tuple[str, str, int], None] = {}
    for moment, told in groupby(recorded, key=_recorded_at):
        told_on = moment.astimezone(UTC).date()
        for entry in told:
            for action in actions_of(entry):
                for day in days_after(action, told_on):
                    ahead[day.isoformat(), entry.stream, entry.position] = None
    writer.add(
        f"{schema}.ahead (day, measure, jurisdiction, position)",
        ((day, measure, jurisdiction_of(measure), str(position)) for day, measure, position in ahead),
    )


def _recorded_at(entry: Recorded) -> datetime:
    return entry.recorded_at


def subjects_named(recorded: Iterable[Recorded]) -> Iterator[tuple[str, str, str]]:
    """Each subject that a measure is said to be on, the measure, and the first of the editions that say so."""
    named: dict[tuple[str, str], int] = {}
    for entry in recorded:
        for action in actions_of(entry):
            subjects = getattr(action, "subjects", UNSET)
            for subject in () if subjects is UNSET else subjects:
                named.setdefault((subject, entry.stream), entry.edition)
    for (subject, measure), edition in named.items():
        yield subject, measure, str(edition)


def actions_of(entry: Recorded) -> tuple[AnyAction, ...]:
    """The actions that an event says."""
    event = entry.event
    if isinstance(event, Action):
        return (event,)
    return event.actions if isinstance(event, ActCorrected) else ()
