"""The questions of those who look: what a page shows of a jurisdiction or a measure, asked of one edition."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple, TypedDict

from msgspec.structs import replace

from events.actions import Act
from events.log import Log
from events.recorder import Connection
from events.vocabulary import jurisdiction_of
from projections.answering import HEAD, Answering, Asked, UnknownMeasure
from projections.answers import Edition, History, MeasureLine
from projections.brief import Brief, acts_of, brief_as_of
from projections.diaries import Nearby, nearby
from projections.entries import LogFilters, act_of, positions, type_of
from projections.fold import MeasureFold
from projections.history import history_of
from projections.index import Index, OnRecord
from projections.jurisdictions import code_and_name
from projections.life import Life, life_of
from projections.pointing import pointing_at
from projections.relations import Relations, aimed_at, relations_of
from projections.state import UNION, Filters, line_on
from projections.timeline import Neighbours, neighbours

Folds = Mapping[str, Mapping[str, MeasureFold]]
"""Measures by name, by jurisdiction."""


AROUND = 5
"""So many changes are told before a day, and after it."""

PRESSURE = 50
"""So many measures of others are told; all are counted."""

MOST_STEPS = 1000
"""A measure that may change on more days is not looked at on each of them for the next change."""


class _Times(TypedDict):
    as_of: date
    known_on: date


class Part(NamedTuple):
    """A part of a history, and the types of all entries about its acts by their positions, also of those outside it."""

    history: History
    types: Mapping[int, str]


class Country(NamedTuple):
    """A jurisdiction on a day in brief, what changes around it, what others aim at it, and the acts behind it all."""

    brief: Brief
    around: Nearby
    near: Neighbours
    pressure: tuple[MeasureLine, ...]
    pressure_count: int
    acts: dict[str, Act]


class Portrait(NamedTuple):
    """A measure on a day: with its life, its links, the days next to it on which it changes, a part of its history."""

    life: Life
    relations: Relations
    near: Neighbours
    part: Part


class Picturing:
    """Answers what pages show, from memory and PostgreSQL. Safe to share between threads; what it is given it lends."""

    def __init__(self, answering: Answering, log: Log, index: Index) -> None:
        self._answering = answering
        self._log = log
        self._index = index

    def country(
        self,
        jurisdiction: str,
        *,
        as_of: date,
        known_on: date,
        eyes: date | None,
        filters: Filters = Filters(),
        page: int = 1,
        asked: Asked = HEAD,
    ) -> Country:
        """
        A jurisdiction on a day, a page of its measures in full; a page beyond the last has none.

        `eyes` are those by which the days next to it are read, those of each day for None.
        """
        edition, found = self._answering.read(asked, {jurisdiction, UNION}, pointing_at_one_of=[jurisdiction])
        folds = _folds(found)
        reviewed_on = found[jurisdiction].reviewed_on if jurisdiction in found else None
        own, union = folds.get(jurisdiction, {}).values(), folds.get(UNION, {}).values()
        times: _Times = {"as_of": as_of, "known_on": known_on}
        brief = brief_as_of(
            jurisdiction,
            own,
            union if jurisdiction != UNION else (),
            **times,
            edition=edition,
            reviewed_on=reviewed_on,
            filters=filters,
            page=page,
        )
        pressure = aimed_at(jurisdiction, _all(folds), **times)
        path = f"/v1/jurisdictions/{jurisdiction}/state"
        return Country(
            self._answering.cited(brief, f"state of {code_and_name(jurisdiction)}", path, filters.parameters()),
            nearby(own, as_of, known_on=known_on, most=AROUND, filters=filters),
            neighbours(own, as_of, known_on=eyes, filters=filters),
            pressure[:PRESSURE],
            len(pressure),
            brief.acts | acts_of(_all(folds), pressure[:PRESSURE]),
        )

    def measure(
        self,
        measure: str,
        *,
        as_of: date,
        known_on: date,
        eyes: date | None,
        revisions: range,
        asked: Asked = HEAD,
    ) -> Portrait:
        """
        One measure on a day, with its entries at some consecutive revisions. Raises UnknownMeasure.

        A measure of which nothing stands, as all of it was retracted, has an empty life.
        """
        with self._answering.edition(asked) as (connection, edition):
            own = jurisdiction_of(measure)
            found = self._index.of_all(
                connection, edition, {own, *pointing_at(connection, [measure], edition.position)}
            )
            there = found[own].folds.get(measure)
            linked = {jurisdiction_of(each) for each in ([] if there is None else there.named) if "/" in each}
            folds = _folds(found | self._index.of_all(connection, edition, linked - found.keys()))
            part = self._part(measure, revisions, connection, edition)
        fold = folds.get(jurisdiction_of(measure), {}).get(measure) or MeasureFold(measure, [])
        times: _Times = {"as_of": as_of, "known_on": known_on}
        life = life_of(fold, **times, edition=edition, revision=part.history.revision)
        return Portrait(
            self._answering.cited(life, f"measure {measure}", f"/v1/measures/{measure}"),
            relations_of(measure, {each.measure: each for each in _all(folds)}, **times),
            _steps(fold, as_of, eyes),
            part,
        )

    def lines(
        self, measures: Collection[str], *, as_of: date, known_on: date, asked: Asked = HEAD
    ) -> dict[str, MeasureLine]:
        """Some measures on a day, by name; those that are not on record are left out."""
        _, readings = self._answering.read(asked, {jurisdiction_of(measure) for measure in measures})
        found = {each.measure: each for each in _all(_folds(readings))}
        day, known = as_of.toordinal(), known_on.toordinal()
        return {measure: line_on(found[measure], day, known) for measure in measures if measure in found}

    def _part(self, measure: str, revisions: range, connection: Connection, edition: Edition) -> Part:
        """The entries of a measure's history at some consecutive revisions, each as the whole history has it."""
        last = self._log.revisions([measure], edition.position, connection=connection)[measure]
        if not last:
            raise UnknownMeasure.of(measure)
        within = range(revisions.start, min(revisions.stop, last + 1))
        acts = {act_of(each) for each in self._log.stretch(measure, within, connection=connection)}
        about = LogFilters(measures=(measure,), acts=tuple(sorted(filter(None, acts))))
        found = positions(connection, about, after=0, up_to=edition.position) if acts else []
        stream = self._log.at(found, connection=connection)
        history = history_of(measure, stream, edition)
        entries = tuple(entry for entry in history.entries if entry["revision"] in within)
        part = replace(history, revision=last, entries=entries)
        cited = self._answering.cited(part, f"history of {measure}", f"/v1/measures/{measure}/history")
        return Part(cited, {each.position: type_of(each) for each in stream})


def _folds(found: Mapping[str, OnRecord]) -> Folds:
    return {code: reading.folds for code, reading in found.items()}


def _all(folds: Folds) -> list[MeasureFold]:
    return [fold for each in folds.values() for fold in each.values()]


def _steps(fold: MeasureFold, as_of: date, eyes: date | None) -> Neighbours:
    """The days next to a day on which a measure changes; one that may on very many days, the next of those."""
    if len(fold.boundaries) <= MOST_STEPS:
        return neighbours([fold], as_of, known_on=eyes)
    day, days = as_of.toordinal(), fold.boundaries
    before, after = bisect_left(days, day) - 1, bisect_right(days, day)
    return Neighbours(
        date.fromordinal(days[before]) if before >= 0 else None,
        date.fromordinal(days[after]) if after < len(days) else None,
        (fold,),
    )
