"""The days that lay ahead when they were told, and the subjects of measures, written alongside each append."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from msgspec import UNSET

from events.actions import ACTIONS, KINDS, ActCorrected, AnyAction
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


def _days_after(action: AnyAction, day: date, written: str) -> Iterator[date]:
    """The days after one, which is also given as it is written, on which an action says that something is to happen."""
    for field in _DAYS[type(action)]:
        text = getattr(action, field)
        # An exact day before it is not read.
        if isinstance(text, str) and (len(text) != len(written) or text >= written):
            told = span(text)
            found = told.first if field in BEGINNING else told.last + _AFTER[field]
            if found > day:
                yield found


ToldAction = tuple[Recorded, AnyAction]
"""An event, and an action that it says."""


def actions_told(recorded: Iterable[Recorded]) -> list[ToldAction]:
    """The actions that events say, in their order."""
    told: list[ToldAction] = []
    for entry in recorded:
        event = entry.event
        if type(event) in ACTIONS:
            told.append((entry, event))  # type: ignore[arg-type]
        elif isinstance(event, ActCorrected):
            told += [(entry, action) for action in event.actions]
    return told


def add_ahead(writer: Writer, told: Sequence[ToldAction], schema: str = "dateline") -> None:
    """The rows of an append, or of several in their order."""
    days_ahead(writer, told, schema)
    named: dict[tuple[str, str], int] = {}
    note_subjects(told, named)
    writer.do(
        f"insert into {schema}.named (subject, measure, edition)"
        " select subject, measure, edition::bigint from ({}) as new (subject, measure, edition)"
        " on conflict (subject, measure) do nothing",
        rows_noted(named),
    )


def days_ahead(writer: Writer, told: Sequence[ToldAction], schema: str = "dateline") -> None:
    """The days that lay ahead. A day counts while it has not begun (UTC)."""
    ahead: dict[tuple[str, str, int], None] = {}
    for moment, told_at in groupby(told, key=_recorded_at):
        told_on = moment.astimezone(UTC).date()
        written = told_on.isoformat()
        for entry, action in told_at:
            for day in _days_after(action, told_on, written):
                ahead[day.isoformat(), entry.stream, entry.position] = None
    writer.add(
        f"{schema}.ahead (day, measure, jurisdiction, position)",
        ((day, measure, jurisdiction_of(measure), str(position)) for day, measure, position in ahead),
    )


def _recorded_at(told: ToldAction) -> datetime:
    return told[0].recorded_at


def note_subjects(told: Sequence[ToldAction], named: dict[tuple[str, str], int]) -> None:
    """Notes each subject that a measure is said to be on, with the measure, and the first of the editions that do."""
    for entry, action in told:
        subjects = getattr(action, "subjects", UNSET)
        for subject in () if subjects is UNSET else subjects:
            named.setdefault((subject, entry.stream), entry.edition)


def rows_noted(noted: Mapping[tuple[str, str], int]) -> Iterator[tuple[str, str, str]]:
    """Rows of what was noted, each with the edition that said it first."""
    for (one, other), edition in noted.items():
        yield one, other, str(edition)
