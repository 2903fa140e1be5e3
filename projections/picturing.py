"""The questions of those who look: what a page shows of a jurisdiction or a measure, asked of one edition."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from msgspec.structs import replace

from events.log import Log
from events.recorder import Connection
from events.vocabulary import jurisdiction_of
from projections.answering import HEAD, Answering, Asked, UnknownMeasure, reviews_by
from projections.answers import Edition, History, MeasureLine
from projections.brief import Brief, brief_as_of
from projections.diaries import Nearby, nearby
from projections.entries import LogFilters, act_of, positions
from projections.history import history_of
from projections.index import Index
from projections.jurisdictions import code_and_name
from projections.life import Life, life_of
from projections.reading import MeasureFold
from projections.relations import Relations, aimed_at, relations_of
from projections.state import UNION, Filters, line_on

Folds = Mapping[str, Mapping[str, MeasureFold]]
"""Measures by name, by jurisdiction."""


class Picturing:
    """Answers what pages show, from memory and PostgreSQL. Safe to share between threads; what it is given it lends."""

    def __init__(self, answering: Answering, log: Log, index: Index) -> None:
        self._answering = answering
        self._log = log
        self._index = index

    def brief(
        self,
        jurisdiction: str,
        *,
        as_of: date,
        known_on: date,
        filters: Filters = Filters(),
        page: int = 1,
        asked: Asked = HEAD,
    ) -> Brief:
        """A jurisdiction on a day, a page of its measures in full. A page beyond the last has none."""
        with self._reading(asked, {jurisdiction, UNION}) as (connection, edition, folds):
            brief = brief_as_of(
                jurisdiction,
                folds.get(jurisdiction, {}).values(),
                folds.get(UNION, {}).values() if jurisdiction != UNION else (),
                as_of=as_of,
                known_on=known_on,
                edition=edition,
                reviewed_on=reviews_by(connection, edition.position, jurisdiction).get(jurisdiction),
                filters=filters,
                page=page,
            )
        path = f"/v1/jurisdictions/{jurisdiction}/state"
        return self._answering.cited(brief, f"state of {code_and_name(jurisdiction)}", path, filters.parameters())

    def nearby(
        self,
        jurisdiction: str,
        day: date,
        *,
        known_on: date,
        most: int,
        filters: Filters = Filters(),
        asked: Asked = HEAD,
    ) -> Nearby:
        """The last changes of a jurisdiction up to a day, and the first after it, as known on another."""
        with self._reading(asked, {jurisdiction}) as (_, _, folds):
            measures = folds.get(jurisdiction, {}).values()
            return nearby(measures, day, known_on=known_on, most=most, filters=filters)

    def aimed_at(
        self, jurisdiction: str, *, as_of: date, known_on: date, asked: Asked = HEAD
    ) -> tuple[MeasureLine, ...]:
        """The measures of others that name a jurisdiction among their targets on a day, as known on another."""
        with self._reading(asked) as (_, _, folds):
            return aimed_at(jurisdiction, _all(folds).values(), as_of=as_of, known_on=known_on)

    def life(self, measure: str, *, as_of: date, known_on: date, asked: Asked = HEAD) -> Life:
        """
        One measure on a day with all of its life, as known on another. Raises UnknownMeasure.

        A measure of which nothing stands, as all of it was retracted, has an empty life.
        """
        jurisdiction = jurisdiction_of(measure)
        with self._reading(asked, {jurisdiction}) as (connection, edition, folds):
            revision = self._log.revisions([measure], edition.position, connection=connection)[measure]
            if not revision:
                raise UnknownMeasure.of(measure)
            fold = folds.get(jurisdiction, {}).get(measure) or MeasureFold(measure, [])
            life = life_of(fold, as_of=as_of, known_on=known_on, edition=edition, revision=revision)
        return self._answering.cited(life, f"measure {measure}", f"/v1/measures/{measure}")

    def relations(self, measure: str, *, as_of: date, known_on: date, asked: Asked = HEAD) -> Relations:
        """The links of a measure to others, and of others to it."""
        with self._reading(asked) as (_, _, folds):
            return relations_of(measure, _all(folds), as_of=as_of, known_on=known_on)

    def lines(
        self, measures: Collection[str], *, as_of: date, known_on: date, asked: Asked = HEAD
    ) -> dict[str, MeasureLine]:
        """Some measures on a day, by name; those that are not on record are left out."""
        with self._reading(asked, {jurisdiction_of(measure) for measure in measures}) as (_, _, folds):
            found = _all(folds)
            day, known = as_of.toordinal(), known_on.toordinal()
            return {measure: line_on(found[measure], day, known) for measure in measures if measure in found}

    def entries(self, measure: str, revisions: range, *, asked: Asked = HEAD) -> History:
        """
        The entries of a measure's history at some consecutive revisions, each as the whole history has it.

        `revision` is that of the last entry of all. Raises UnknownMeasure.
        """
        with self._answering.edition(asked) as (connection, edition):
            last = self._log.revisions([measure], edition.position, connection=connection)[measure]
            if not last:
                raise UnknownMeasure.of(measure)
            within = range(revisions.start, min(revisions.stop, last + 1))
            acts = {act_of(each) for each in self._log.stretch(measure, within, connection=connection)}
            asked_for = LogFilters(measures=(measure,), acts=tuple(sorted(filter(None, acts))))
            found = positions(connection, asked_for, after=0, up_to=edition.position) if acts else []
            history = history_of(measure, self._log.at(found, connection=connection), edition)
        entries = tuple(entry for entry in history.entries if entry["revision"] in within)
        whole = replace(history, revision=last, entries=entries)
        return self._answering.cited(whole, f"history of {measure}", f"/v1/measures/{measure}/history")

    @contextmanager
    def _reading(
        self, asked: Asked, jurisdictions: Collection[str] | None = None
    ) -> Iterator[tuple[Connection, Edition, Folds]]:
        """The edition asked about, and the measures of some jurisdictions, or of all on record, in it."""
        with self._answering.edition(asked) as (connection, edition):
            codes = None if jurisdictions is None else sorted(jurisdictions)
            yield connection, edition, self._index.of_all(connection, edition.position, codes)


def _all(folds: Folds) -> dict[str, MeasureFold]:
    return {name: fold for each in folds.values() for name, fold in each.items()}

