"""Which jurisdictions' acts ever named a jurisdiction or a measure, so that a question about one need not ask all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import psycopg

from events.vocabulary import jurisdiction_of
from projections.ahead import ToldAction, rows_noted
from projections.database import Writer
from projections.fold import named_by


def add_pointing(writer: Writer, told: Sequence[ToldAction], schema: str = "dateline") -> None:
    """The rows of an append, or of several in their order."""
    named: dict[tuple[str, str], int] = {}
    note_targets(told, named)
    writer.do(
        f"insert into {schema}.pointing (target, jurisdiction, edition)"
        " select target, jurisdiction, edition::bigint from ({}) as new (target, jurisdiction, edition)"
        " on conflict (target, jurisdiction) do nothing",
        rows_noted(named),
    )


def note_targets(told: Sequence[ToldAction], named: dict[tuple[str, str], int]) -> None:
    """Notes what is named, with the jurisdiction whose act names it, and the first of the editions that do."""
    for entry, action in told:
        for target in named_by(action):
            named.setdefault((target, jurisdiction_of(entry.stream)), entry.edition)


def pointing_at(connection: psycopg.Connection, targets: Collection[str], position: int) -> set[str]:
    """The jurisdictions whose acts named any of these by a position; some may not any more."""
    rows = connection.execute(
        "select distinct jurisdiction from dateline.pointing where target = any(%s) and edition <= %s",
        [list(targets), position],
    )
    return {jurisdiction for (jurisdiction,) in rows}
