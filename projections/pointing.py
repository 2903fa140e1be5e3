"""Which jurisdictions' acts ever named a jurisdiction or a measure, so that a question about one need not ask all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import psycopg

from events.log import Recorded
from events.vocabulary import jurisdiction_of
from projections.ahead import actions_of
from projections.database import Writer
from projections.fold import named_by


def add_pointing(writer: Writer, recorded: Iterable[Recorded], schema: str = "dateline") -> None:
    """The rows of an append, or of several in their order."""
    writer.do(
        f"insert into {schema}.pointing (target, jurisdiction, edition)"
        " select target, jurisdiction, edition::bigint from ({}) as new (target, jurisdiction, edition)"
        " on conflict (target, jurisdiction) do nothing",
        pointing(recorded),
    )


def pointing(recorded: Iterable[Recorded]) -> Iterator[tuple[str, str, str]]:
    """What is named, the jurisdiction whose act names it, and the first of the editions that do."""
    named: dict[tuple[str, str], int] = {}
    for entry in recorded:
        for action in actions_of(entry):
            for target in named_by(action):
                named.setdefault((target, jurisdiction_of(entry.stream)), entry.edition)
    for (target, jurisdiction), edition in named.items():
        yield target, jurisdiction, str(edition)


def pointing_at(connection: psycopg.Connection, targets: Collection[str], position: int) -> set[str]:
    """The jurisdictions whose acts named any of these by a position; some may not any more."""
    rows = connection.execute(
        "select distinct jurisdiction from dateline.pointing where target = any(%s) and edition <= %s",
        [list(targets), position],
    )
    return {jurisdiction for (jurisdiction,) in rows}
