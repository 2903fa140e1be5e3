"""The rows of the table `period`: what is read of them, and only those changed that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from events.actions import MeasureAdopted
from events.dates import NEVER
from events.vocabulary import jurisdiction_of
from projections.database import Writer
from projections.fold import MeasureFold
from projections.periods import Periods
from projections.present import Present
from projections.rows import Key, key_of, rows_of_periods


def folds_of(present: Present, measures: Iterable[str]) -> dict[str, MeasureFold]:
    """Measures folded from their standing actions."""
    return {measure: MeasureFold(measure, actions) for measure, actions in present.actions(measures).items()}


class Refreshed(NamedTuple):
    """Periods made anew, and the rows of the table that are gone and new with them."""

    periods: dict[str, Periods]
    gone: list[Key]
    new: list[Key]


def refreshed_periods(present: Present, folds: Iterable[MeasureFold], *, begun: Collection[str] = ()) -> Refreshed:
    """The periods of folds, and only those rows that differ from what the table has; those `begun` have none so far."""
    folds = list(folds)
    boxes = present.boxes(fold.measure for fold in folds if fold.measure not in begun)
    there = Counter(key_of(measure, box) for measure, of in boxes.items() for box in of)
    made = {}
    fresh = []
    for fold in folds:
        periods = made[fold.measure] = Periods(fold)
        for box in periods.difference()[1]:
            key = key_of(fold.measure, box)
            if there[key]:
                there[key] -= 1
            else:
                fresh.append(key)
    return Refreshed(made, list(there.elements()), fresh)


def resumed_periods(present: Present, folds: Collection[MeasureFold]) -> dict[str, Periods]:
    """
    The periods of measures as the table has them, which is quicker than to build them anew, to be gone on with.

    Measures with partial days, and those that one act adopts twice, are left out.
    """
    fit = {fold.measure: fold for fold in folds if fold.ordered.actions and not fold.partial and not _twice(fold)}
    resumed = {}
    for measure, boxes in present.boxes(fit).items():
        fold = fit[measure]
        told = max(fold.last_days.values())
        resumed[measure] = Periods(fold, [box for box in boxes if box.known_to in (NEVER, told)])
    return resumed


def _twice(fold: MeasureFold) -> bool:
    """Whether an act adopts the measure twice, so that its days of validity are told apart by nothing in the table."""
    adopted = [action.act.act for action in fold.ordered.actions if isinstance(action, MeasureAdopted)]
    return len(set(adopted)) < len(adopted)


def change_periods(writer: Writer, gone: Sequence[Key], new: Sequence[Key], schema: str = "dateline") -> None:
    """Takes rows out of the table and puts others in; `key_of` says what a row is."""
    if gone:
        writer.do(
            f"delete from {schema}.period p using ({{}})"
            " as gone (jurisdiction, measure, kind, name, valid_from, valid_to, known_from, known_to)"
            " where p.jurisdiction = gone.jurisdiction and p.measure = gone.measure"
            " and p.kind = gone.kind and p.name = gone.name"
            " and p.valid = daterange(gone.valid_from::date, gone.valid_to::date)"
            " and p.known = daterange(gone.known_from::date, gone.known_to::date)",
            ((jurisdiction_of(key[0]), *key[:7]) for key in gone),
        )
    writer.add(columns_of_periods(schema), rows_of_periods(new))


def columns_of_periods(schema: str = "dateline") -> str:
    """The table with the columns that `rows_of_periods` gives."""
    return f"{schema}.period (measure, kind, name, jurisdiction, valid, known, status, exact, value)"
