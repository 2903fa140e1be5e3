"""What would be: the measures that a decision touches, read before and after it, from memory alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from events.actions import ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed, stream_of
from events.decisions import Decided
from events.vocabulary import Verification
from projections.answers import RULES, Change, Edition, MeasureLine, Preview, PreviewedMeasure
from projections.changes import diary
from projections.fold import MeasureFold
from projections.state import line_if_there

Standing = Mapping[str, Mapping[str, Sequence[AnyAction]]]
"""The actions that stand, by measure and act."""

Levels = Mapping[str, Mapping[str, Verification]]
"""To what acts are verified, by measure and act."""


def preview(
    decided: Sequence[Decided],
    before: Standing,
    after: Standing,
    verified: Levels,
    revisions: Mapping[str, int],
    *,
    on: date,
    edition: Edition,
) -> Preview:
    """
    Every measure that was decided about, on a day and with the eyes of that day; reviews touch none.

    `verified` are the levels before.
    """
    levels = _verified_after(verified, decided)
    touched = dict.fromkeys(
        stream_of(each.event) for each in decided if not isinstance(each.event, JurisdictionReviewed)
    )
    return Preview(
        dry_run=True,
        as_of=on.isoformat(),
        known_on=on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        events=len(decided),
        measures=tuple(
            _measure(
                measure,
                _fold(measure, before, verified),
                _fold(measure, after, levels),
                revisions[measure],
                on.toordinal(),
            )
            for measure in touched
        ),
    )


def _verified_after(verified: Levels, decided: Sequence[Decided]) -> Levels:
    levels = {measure: dict(acts) for measure, acts in verified.items()}
    for each in decided:
        match each.event:
            case ActVerified(measure=measure, act=act, level=level):
                levels.setdefault(measure, {})[act] = level
            case ActRetracted(measure=measure, act=act):
                levels.get(measure, {}).pop(act, None)
            case ActCorrected(measure=measure, replacement=replacement):
                levels.get(measure, {}).pop(replacement.act, None)
            case _:
                pass
    return levels


def _fold(measure: str, standing: Standing, verified: Levels) -> MeasureFold | None:
    actions = [action for each in standing.get(measure, {}).values() for action in each]
    return MeasureFold(measure, actions, verified.get(measure, {})) if actions else None


def _measure(
    measure: str, before: MeasureFold | None, after: MeasureFold | None, revision: int, day: int
) -> PreviewedMeasure:
    was, will = _diary(before, day), _diary(after, day)
    return PreviewedMeasure(
        measure=measure,
        revision=revision,
        before=_line(before, day),
        after=_line(after, day),
        gone=tuple(row for key, row in was.items() if key not in will),
        new=tuple(row for key, row in will.items() if key not in was),
    )


def _line(fold: MeasureFold | None, day: int) -> MeasureLine | None:
    """As in a state: null where absent is the sole possible status."""
    return None if fold is None else line_if_there(fold, day, day)


def _diary(fold: MeasureFold | None, day: int) -> dict[bytes, Change]:
    """The rows of a diary by their whole content."""
    rows = [] if fold is None else diary(fold, day)
    return {msgspec.json.encode(row.change): row.change for row in rows}
