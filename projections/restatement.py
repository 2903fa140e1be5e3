"""What a report on a day said when our record ended at one edition, what it says at a later one, and why it differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from events.actions import ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed
from events.dates import span
from events.errors import Refusal
from events.log import Recorded
from projections.answers import (
    RULES,
    Cause,
    Change,
    ChangeRestated,
    Difference,
    Edition,
    FieldChange,
    MeasureLine,
    Restatement,
    State,
)
from projections.differences import differences
from projections.entries import act_of, type_of
from projections.fold import MeasureFold

CLASSES = ("learned_late", "corrected", "retracted", "verified", "reviewed")
"""Why a report differs, in the order in which answers name it."""


class EditionsReversed(Refusal):
    """A restatement goes from an edition of the record to the same or a later one."""

    type = "editions-reversed"


class EditionNeeded(Refusal):
    """A restatement begins at an edition of the record that is named, by position or by moment."""

    type = "edition-needed"


Folds = Mapping[str, MeasureFold]
Why = Mapping[str, frozenset[str]]
"""The acts of a measure that read otherwise than before, each with what became of it."""


class LineThatDiffers(Struct, frozen=True):
    """A measure whose line is not what it was; None where the report has none."""

    measure: str
    inherited: bool
    then: MeasureLine | None
    now: MeasureLine | None
    changed: tuple[FieldChange, ...]

    @property
    def what(self) -> str:
        """`appeared`, `disappeared` or `changed`."""
        return "appeared" if self.then is None else "disappeared" if self.now is None else "changed"


def lines_that_differ(then: State, now: State) -> list[LineThatDiffers]:
    """The measures whose lines differ between two reports, own ones first, each kind in order of name."""
    return [*differing(then.measures, now.measures), *differing(then.inherited, now.inherited, inherited=True)]


def differing(
    then: Iterable[MeasureLine], now: Iterable[MeasureLine], *, inherited: bool = False
) -> Iterator[LineThatDiffers]:
    """The measures whose lines differ, in order of name."""
    before, after = ({line.measure: line for line in lines} for lines in (then, now))
    for measure in sorted({*before, *after}):
        old, new = before.get(measure), after.get(measure)
        if old != new:
            changed = () if old is None or new is None else tuple(differences(_told(old), _told(new)))
            yield LineThatDiffers(measure, inherited, old, new, changed)


def _told(line: Struct) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(line)
    return fields


def why_of(line: LineThatDiffers, then: Folds, now: Folds, *, known_on: int, standing: Collection[str]) -> Why:
    """
    The acts behind a line that differs: those that read otherwise on its measure, as far as they count on `known_on`.

    What was recorded and taken back in between is no reason. `standing` are the acts that stood anywhere at the earlier
    edition: one of them that is new here was moved by a correction, any other was learned late.
    """
    before, after = then.get(line.measure), now.get(line.measure)
    old, new = _contents(before), _contents(after)
    changed = {act for act in {*old, *new} if old.get(act) != new.get(act)}
    counting = {
        act for act in changed if _may_count(old.get(act, ()), known_on) or _may_count(new.get(act, ()), known_on)
    }
    # The order of acts may turn on one that does not count: better a reason too many than none.
    why = {act: _became(act, old, new, now, standing) for act in (counting or changed)}
    if _differs_in_verification(line):
        levels = [{} if fold is None else fold.verified for fold in (before, after)]
        for act in _acts_of(line):
            if levels[0].get(act) != levels[1].get(act):
                verified = "verified" if levels[1].get(act) is not None else "corrected"
                why[act] = why.get(act, frozenset()) | {verified}
    return why


def _contents(fold: MeasureFold | None) -> dict[str, tuple[AnyAction, ...]]:
    """The actions of a measure by their act."""
    if fold is None:
        return {}
    found: dict[str, list[AnyAction]] = {}
    for action in (*fold.ordered.actions, *(action for action, _ in fold.ordered.refused)):
        found.setdefault(action.act.act, []).append(action)
    return {act: tuple(sorted(actions, key=_place)) for act, actions in found.items()}


def _place(action: AnyAction) -> int:
    return action.place


def _may_count(actions: Sequence[AnyAction], known_on: int) -> bool:
    return bool(actions) and span(actions[0].act.announced_on).first.toordinal() <= known_on


def _became(
    act: str,
    old: Mapping[str, Sequence[AnyAction]],
    new: Mapping[str, Sequence[AnyAction]],
    now: Folds,
    standing: Collection[str],
) -> frozenset[str]:
    if act not in old:
        return frozenset({"corrected" if act in standing else "learned_late"})
    if act not in new and not any(act in fold.places for fold in now.values()):
        return frozenset({"retracted"})
    return frozenset({"corrected"})


def _differs_in_verification(line: LineThatDiffers) -> bool:
    return any(change.field == "verified" for change in line.changed)


def _acts_of(line: LineThatDiffers) -> list[str]:
    lines = [each for each in (line.then, line.now) if each is not None]
    return list(dict.fromkeys(act for each in lines for act in each.acts))


def restatement(
    then: State,
    now: State,
    lines: Sequence[tuple[LineThatDiffers, Why]],
    entries: Iterable[Recorded],
    *,
    earlier: Edition,
    later: Edition,
) -> Restatement:
    """
    Two reports on the same day under the same eyes, held against each other.

    `entries` are what was recorded between the two editions on the measures concerned, and the reviews of the
    jurisdiction, in order of position; each difference has those that are about its acts.
    """
    by_measure: dict[str, list[Recorded]] = {}
    for entry in entries:
        by_measure.setdefault(entry.stream, []).append(entry)
    found = [_of_line(line, why, by_measure.get(line.measure, [])) for line, why in lines]
    found += _of_report(then, now, found, by_measure.get(then.jurisdiction, []))
    return Restatement(
        jurisdiction=then.jurisdiction,
        as_of=then.as_of,
        known_on=then.known_on,
        from_position=earlier.position,
        from_recorded_at=earlier.recorded_at,
        to_position=later.position,
        to_recorded_at=later.recorded_at,
        rules=RULES,
        then=then,
        now=now,
        differences=tuple(found),
    )


def _of_line(line: LineThatDiffers, why: Why, entries: Iterable[Recorded]) -> Difference:
    return Difference(
        of="inherited" if line.inherited else "measures",
        what=line.what,
        measure=line.measure,
        changed=line.changed,
        classes=_ordered({each for classes in why.values() for each in classes}),
        because=tuple(cause_of(entry) for entry in entries if act_of(entry) in why),
    )


def change_restated(what: str, row: Change, why: Why, entries: Iterable[Recorded]) -> ChangeRestated:
    """A row of a diary that only one of two reports has, with what became of the acts that it rests on."""
    acts = {act for act in row.acts if act in why} or set(why)
    return ChangeRestated(
        what=what,
        change=row,
        classes=_ordered({each for act in acts for each in why[act]}),
        because=tuple(cause_of(entry) for entry in entries if entry.stream == row.measure and act_of(entry) in acts),
    )


def _ordered(classes: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in CLASSES if each in classes)


def _of_report(
    then: State, now: State, found: Sequence[Difference], reviews: Sequence[Recorded]
) -> Iterator[Difference]:
    """What differs beside the lines: it rests on the lines that do."""
    for of in ("headline", "upcoming", "coverage"):
        old, new = getattr(then, of), getattr(now, of)
        if old != new:
            named = {measure for each in (old, new) for measure in getattr(each, "measures", ())}
            own = [each for each in found if each.of == "measures"]
            behind = [each for each in own if each.measure in named] or own
            causes = {cause.position: cause for each in behind for cause in each.because}
            yield Difference(
                of=of,
                what="appeared" if old is None else "disappeared" if new is None else "changed",
                measure=None,
                changed=tuple(differences({of: _plain(old)}, {of: _plain(new)})),
                classes=_ordered({each for difference in behind for each in difference.classes}),
                because=tuple(causes[position] for position in sorted(causes)),
            )
    if then.reviewed_on != now.reviewed_on:
        yield Difference(
            of="reviewed_on",
            what="appeared" if then.reviewed_on is None else "changed",
            measure=None,
            changed=tuple(differences({"reviewed_on": then.reviewed_on}, {"reviewed_on": now.reviewed_on})),
            classes=("reviewed",),
            because=tuple(cause_of(entry) for entry in reviews),
        )


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)


def cause_of(recorded: Recorded) -> Cause:
    """An event of the log as an answer names it behind a difference."""
    event = recorded.event
    act = None
    match event:
        case ActCorrected():
            act = event.replacement
        case ActRetracted() | ActVerified() | JurisdictionReviewed():
            pass
        case _:
            act = event.act
    is_judgement = isinstance(event, ActCorrected | ActRetracted | ActVerified | JurisdictionReviewed)
    return Cause(
        position=recorded.position,
        edition=recorded.edition,
        type=type_of(recorded),
        measure=None if isinstance(event, JurisdictionReviewed) else recorded.stream,
        act=act_of(recorded),
        recorded_at=recorded.recorded_at,
        recorded_by=recorded.recorded_by,
        announced_on=UNSET if act is None else act.announced_on,
        reason=event.reason if isinstance(event, ActCorrected | ActRetracted) else UNSET,
        level=event.level if isinstance(event, ActVerified) else UNSET,
        note=event.note if is_judgement and event.note is not None else UNSET,
    )
