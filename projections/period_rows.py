"""The rows of the table `period`: what is read of them, and only those changed that differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
import psycopg

from events.actions import AnyAction, MeasureAdopted
from events.lifecycle import NEVER
from projections.database import Writer
from projections.known import decode_action
from projections.periods import Box, Periods
from projections.reading import MeasureFold
from projections.rows import Key, key_of, rows_of_periods


def folds_of(
    connection: psycopg.Connection, measures: Sequence[str], schema: str = "dateline"
) -> dict[str, MeasureFold]:
    """Measures folded from their standing actions."""
    actions: dict[str, list[AnyAction]] = {measure: [] for measure in measures}
    for measure, data in connection.execute(
        f"select measure, data::text from {schema}.action where measure = any(%s) and recorded_to is null",
        [list(measures)],
    ):
        actions[measure].append(decode_action(data))
    return {measure: MeasureFold(measure, each) for measure, each in actions.items()}


class Refreshed(NamedTuple):
    """Periods made anew, and the rows of the table that are gone and new with them."""

    periods: dict[str, Periods]
    gone: list[Key]
    new: list[Key]


def refreshed_periods(
    connection: psycopg.Connection,
    folds: Iterable[MeasureFold],
    schema: str = "dateline",
    *,
    begun: Collection[str] = (),
) -> Refreshed:
    """The periods of folds, and only those rows that differ from what the table has; those `begun` have none so far."""
    folds = list(folds)
    known = [fold.measure for fold in folds if fold.measure not in begun]
    present = _present(connection, known, schema) if known else {}
    made = {}
    fresh = []
    for fold in folds:
        periods = made[fold.measure] = Periods(fold)
        for box in periods.difference()[1]:
            key = key_of(fold.measure, box)
            if present.get(key):
                present[key] -= 1
            else:
                fresh.append(key)
    return Refreshed(made, [key for key, count in present.items() for _ in range(count)], fresh)


def resumed_periods(
    connection: psycopg.Connection, folds: Collection[MeasureFold], schema: str = "dateline"
) -> dict[str, Periods]:
    """
    The periods of measures as the table has them, which is quicker than to build them anew, to be gone on with.

    Measures with partial days, and those that one act adopts twice, are left out.
    """
    fit = {fold.measure: fold for fold in folds if fold.ordered.actions and not fold.partial and not _twice(fold)}
    boxes: dict[str, list[Box]] = {measure: [] for measure in fit}
    told = {measure: max(fold.last_days.values()) for measure, fold in fit.items()}
    for measure, kind, name, valid_from, valid_to, known_from, known_to, status, exact, value in connection.execute(
        "select measure, kind, name, lower(valid) - date '0001-01-01', upper(valid) - date '0001-01-01',"
        " lower(known) - date '0001-01-01', upper(known) - date '0001-01-01', status, exact, value::text"
        f" from {schema}.period where measure = any(%s) and (upper_inf(known) or upper(known) >= %s)",
        [list(fit), date.fromordinal(min(told.values(), default=1))],
    ):
        if known_to is None or known_to + 1 == told[measure]:
            ordinals = (_ordinal(valid_from, 0), _ordinal(valid_to), _ordinal(known_from, 0), _ordinal(known_to))
            boxes[measure].append(Box(kind, name, *ordinals, status, exact, _canonical(value)))
    return {measure: Periods(fold, boxes[measure]) for measure, fold in fit.items()}


def _twice(fold: MeasureFold) -> bool:
    """Whether an act adopts the measure twice, so that its days of validity are told apart by nothing in the table."""
    adopted = [action.act.act for action in fold.ordered.actions if isinstance(action, MeasureAdopted)]
    return len(set(adopted)) < len(adopted)


def _ordinal(days: int | None, without: int = NEVER) -> int:
    return without if days is None else days + 1


def _canonical(value: str) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(value), order="sorted")


def _present(connection: psycopg.Connection, measures: Sequence[str], schema: str) -> dict[Key, int]:
    """The rows of measures, each with how many there are of it."""
    present: dict[Key, int] = {}
    for row in connection.execute(
        "select measure, kind, name, to_char(lower(valid), 'YYYY-MM-DD'), to_char(upper(valid), 'YYYY-MM-DD'),"
        " to_char(lower(known), 'YYYY-MM-DD'), to_char(upper(known), 'YYYY-MM-DD'), status, exact, value::text"
        f" from {schema}.period where measure = any(%s)",
        [list(measures)],
    ):
        key = (*row[:9], _canonical(row[9]))
        present[key] = present.get(key, 0) + 1
    return present


def change_periods(writer: Writer, gone: Sequence[Key], new: Sequence[Key], schema: str = "dateline") -> None:
    """Takes rows out of the table and puts others in; `key_of` says what a row is."""
    if gone:
        writer.do(
            f"delete from {schema}.period p using ({{}})"
            " as gone (measure, kind, name, valid_from, valid_to, known_from, known_to)"
            " where p.measure = gone.measure and p.kind = gone.kind and p.name = gone.name"
            " and p.valid = daterange(gone.valid_from::date, gone.valid_to::date)"
            " and p.known = daterange(gone.known_from::date, gone.known_to::date)",
            (key[:7] for key in gone),
        )
    writer.add(columns_of_periods(schema), rows_of_periods(new))


def columns_of_periods(schema: str = "dateline") -> str:
    """The table with the columns that `rows_of_periods` gives."""
    return f"{schema}.period (measure, kind, name, jurisdiction, valid, known, status, exact, value)"
