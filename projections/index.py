"""
Measures folded and kept in memory, per jurisdiction.

What is kept is the reading at one position of the log. It is asked whether it is stale each time, by the last edition
that touched the jurisdiction, and then goes on: only measures that were told of since are folded again. An earlier
position is folded from its `action` rows on the spot.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import LiteralString

import psycopg
from msgspec import Struct

from events.actions import AnyAction
from events.vocabulary import Verification, jurisdiction_of
from projections.known import decode_action
from projections.reading import MeasureFold

MOST_KEPT = 256
"""Readings kept: one a jurisdiction and position, the least used dropped first."""

MOST_SINCE = 2000
"""Positions over which a reading that is kept goes on; over more it is folded anew."""


Timed = Callable[[str], AbstractContextManager[None]]
"""Times a step by its name, as long as the block lasts."""


def untimed(_: str) -> AbstractContextManager[None]:
    """Times nothing."""
    return nullcontext()


class _Reading(Struct):
    """The measures of a jurisdiction, as they stand from an edition through a position at least."""

    folds: dict[str, MeasureFold]
    through: int


class Index:
    """Folds for answers. Safe to share between threads; what it gives must not be changed."""

    def __init__(self, kept: int = MOST_KEPT, timed: Timed = untimed) -> None:
        self._timed = timed
        self._found = 0
        self._loads = 0
        self._kept: OrderedDict[tuple[str, int], _Reading] = OrderedDict()
        self._most = kept
        self._lock = Lock()

    def counts(self) -> tuple[int, int, int]:
        """How many readings are kept, how many were found in memory since the start, and how many were not."""
        with self._lock:
            return len(self._kept), self._found, self._loads

    def measures(self, connection: psycopg.Connection, jurisdiction: str, position: int) -> dict[str, MeasureFold]:
        """The measures of a jurisdiction as recorded by a position, by name; empty where nothing is recorded."""
        return self.of_all(connection, position, [jurisdiction]).get(jurisdiction, {})

    def of_all(
        self, connection: psycopg.Connection, position: int, jurisdictions: list[str] | None = None
    ) -> dict[str, dict[str, MeasureFold]]:
        """The same of several jurisdictions, or of all on record, in as few questions to the database as possible."""
        editions = self._editions(connection, position, jurisdictions)
        found: dict[str, dict[str, MeasureFold]] = {}
        missing = []
        with self._lock:
            for jurisdiction, edition in editions.items():
                reading = self._kept.get((jurisdiction, edition))
                if reading is None:
                    missing.append(jurisdiction)
                else:
                    self._kept.move_to_end((jurisdiction, edition))
                    reading.through = max(reading.through, position)
                    found[jurisdiction] = reading.folds
            self._found += len(found)
            self._loads += len(missing)
        if missing:
            with self._timed("fold"):
                loaded = self._loaded(connection, {code: editions[code] for code in missing}, position)
            with self._lock:
                for jurisdiction in missing:
                    folds = loaded.get(jurisdiction, {})
                    found[jurisdiction] = folds
                    self._kept[jurisdiction, editions[jurisdiction]] = _Reading(folds, position)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found

    def _loaded(
        self, connection: psycopg.Connection, missing: Mapping[str, int], position: int
    ) -> dict[str, dict[str, MeasureFold]]:
        """Jurisdictions whose reading at these editions is not kept: what is kept of shortly before goes on."""
        earlier: dict[str, _Reading] = {}
        least = dict.fromkeys(missing, position - MOST_SINCE)
        with self._lock:
            for (code, _), reading in self._kept.items():
                if code in missing and least[code] <= reading.through < missing[code]:
                    earlier[code], least[code] = reading, reading.through
        found = {code: dict(reading.folds) for code, reading in earlier.items()}
        if found:
            go_on(connection, found, min(least[code] for code in found), position)
        return found | load(connection, [code for code in missing if code not in found], position)

    def _editions(
        self, connection: psycopg.Connection, position: int, jurisdictions: list[str] | None
    ) -> dict[str, int]:
        """The last edition up to the position that touched each jurisdiction."""
        condition = "" if jurisdictions is None else " where jurisdiction = any(%(codes)s)"
        rows = connection.execute(
            f"select jurisdiction, edition from dateline.jurisdiction{condition}", {"codes": jurisdictions}
        ).fetchall()
        editions = {jurisdiction: edition for jurisdiction, edition in rows if edition <= position}
        earlier = [jurisdiction for jurisdiction, edition in rows if edition > position]
        if earlier:
            editions.update(
                connection.execute(
                    "select jurisdiction, max(greatest(recorded_from, case when recorded_to <= %(position)s"
                    " then recorded_to end)) from (select jurisdiction, recorded_from, recorded_to from dateline.action"
                    " union all select jurisdiction, recorded_from, recorded_to from dateline.verification) as told"
                    " where jurisdiction = any(%(codes)s) and recorded_from <= %(position)s group by jurisdiction",
                    {"codes": earlier, "position": position},
                ).fetchall()
            )
        return editions


def load(connection: psycopg.Connection, jurisdictions: list[str], position: int) -> dict[str, dict[str, MeasureFold]]:
    """Folds the `action` rows of jurisdictions that stood at a position, with what was verified by then."""
    found: dict[str, dict[str, MeasureFold]] = {}
    for measure, fold in _folds(connection, "jurisdiction", jurisdictions, position).items():
        found.setdefault(jurisdiction_of(measure), {})[measure] = fold
    return found


def go_on(connection: psycopg.Connection, kept: dict[str, dict[str, MeasureFold]], after: int, position: int) -> None:
    """
    Brings readings of some jurisdictions, each at an edition not before `after`, to a position.

    Costs what was recorded in between: measures that were told of are folded anew, those verified get their levels.
    """
    told, verified = _touched(connection, list(kept), after, position)
    for measure in told:
        kept[jurisdiction_of(measure)].pop(measure, None)
    for measure, fold in _folds(connection, "measure", list(told), position).items():
        kept[jurisdiction_of(measure)][measure] = fold
    only = [measure for measure in verified - told if measure in kept[jurisdiction_of(measure)]]
    levels = _levels(connection, "measure", only, position)
    for measure in only:
        folds_there = kept[jurisdiction_of(measure)]
        folds_there[measure] = folds_there[measure].verified_to(levels.get(measure, {}))


def _touched(
    connection: psycopg.Connection, jurisdictions: list[str], after: int, position: int
) -> tuple[set[str], set[str]]:
    """The measures of jurisdictions that were told of, and those that were verified, between two editions."""
    told = connection.execute(
        "select distinct unnest(measures) from dateline.act where edition > %s and edition <= %s", [after, position]
    ).fetchall()
    verified = connection.execute(
        "select distinct measure from dateline.verification"
        " where jurisdiction = any(%s) and recorded_from > %s and recorded_from <= %s",
        [jurisdictions, after, position],
    ).fetchall()
    theirs = set(jurisdictions)
    return (
        {measure for (measure,) in told if jurisdiction_of(measure) in theirs},
        {measure for (measure,) in verified},
    )


def _folds(
    connection: psycopg.Connection, column: LiteralString, names: list[str], position: int
) -> dict[str, MeasureFold]:
    """The measures of jurisdictions, or those named, by their `action` rows that stood at a position."""
    if not names:
        return {}
    rows = connection.execute(
        f"select measure, data::text from dateline.action where {column} = any(%s)"
        " and recorded_from <= %s and (recorded_to is null or recorded_to > %s)",
        [names, position, position],
    )
    actions: dict[str, list[AnyAction]] = {}
    for measure, data in rows:
        actions.setdefault(measure, []).append(decode_action(data))
    levels = _levels(connection, column, names, position)
    return {measure: MeasureFold(measure, each, levels.get(measure, {})) for measure, each in actions.items()}


def _levels(
    connection: psycopg.Connection, column: LiteralString, names: list[str], position: int
) -> dict[str, dict[str, Verification]]:
    """To what acts were verified at a position, by measure."""
    if not names:
        return {}
    rows = connection.execute(
        f"select measure, act, level from dateline.verification where {column} = any(%s)"
        " and recorded_from <= %s and (recorded_to is null or recorded_to > %s)",
        [names, position, position],
    )
    verified: dict[str, dict[str, Verification]] = {}
    for measure, act, level in rows:
        verified.setdefault(measure, {})[act] = level
    return verified
