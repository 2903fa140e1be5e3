"""
Measures folded and kept in memory, per jurisdiction.

What is kept is the reading at one position of the log. It is asked whether it is stale each time, by the last edition
that touched the jurisdiction; an earlier position is folded from its `action` rows on the spot.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import psycopg

from events.actions import AnyAction
from events.vocabulary import Verification
from projections.known import decode_action
from projections.reading import MeasureFold

MOST_KEPT = 256
"""Readings kept: one a jurisdiction and position, the least used dropped first."""


class Index:
    """Folds for answers. Safe to share between threads; what it gives must not be changed."""

    def __init__(self, kept: int = MOST_KEPT) -> None:
        self._kept: OrderedDict[tuple[str, int], dict[str, MeasureFold]] = OrderedDict()
        self._most = kept
        self._lock = Lock()

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
                folds = self._kept.get((jurisdiction, edition))
                if folds is None:
                    missing.append(jurisdiction)
                else:
                    self._kept.move_to_end((jurisdiction, edition))
                    found[jurisdiction] = folds
        if missing:
            loaded = load(connection, missing, position)
            with self._lock:
                for jurisdiction in missing:
                    folds = loaded.get(jurisdiction, {})
                    found[jurisdiction] = folds
                    self._kept[jurisdiction, editions[jurisdiction]] = folds
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found

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
    rows = connection.execute(
        "select jurisdiction, measure, data::text from dateline.action where jurisdiction = any(%s)"
        " and recorded_from <= %s and (recorded_to is null or recorded_to > %s)",
        [jurisdictions, position, position],
    )
    actions: dict[str, dict[str, list[AnyAction]]] = {}
    for jurisdiction, measure, data in rows:
        actions.setdefault(jurisdiction, {}).setdefault(measure, []).append(decode_action(data))
    verified: dict[str, dict[str, Verification]] = {}
    levels = connection.execute(
        "select measure, act, level from dateline.verification where jurisdiction = any(%s)"
        " and recorded_from <= %s and (recorded_to is null or recorded_to > %s)",
        [jurisdictions, position, position],
    )
    for measure, act, level in levels:
        verified.setdefault(measure, {})[act] = level
    return {
        jurisdiction: {
            measure: MeasureFold(measure, each, verified.get(measure, {})) for measure, each in measures.items()
        }
        for jurisdiction, measures in actions.items()
    }
