"""A jurisdiction on a day as a report tells it, with the acts behind every line; what of its diary reads otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from events.actions import Act
from events.vocabulary import STRICTNESS
from projections.answers import RULES, Change, Edition, MeasureLine, NoteRestated, Report, State
from projections.brief import GROUPS, acts_of, group_of
from projections.changes import changes_between
from projections.diaries import may_change
from projections.differences import differences
from projections.fold import MeasureFold


def report_of(
    state: State, folds: Sequence[MeasureFold], union: Iterable[MeasureFold], *, since: date | None, edition: Edition
) -> Report:
    """A report upon a state, whose own measures are `folds`; `union` are those of the EU. `since` is inclusive."""
    as_of, known_on = date.fromisoformat(state.as_of), date.fromisoformat(state.known_on)
    changes: tuple[Change, ...] = ()
    if since is not None:
        window = (since.toordinal(), as_of.toordinal())
        moving = [fold for fold in folds if may_change(fold, *window)]
        diary = changes_between(state.jurisdiction, moving, from_=since, to=as_of, known_on=known_on, edition=edition)
        changes = diary.changes
    own, inherited = (tuple(sorted(lines, key=_place)) for lines in (state.measures, state.inherited))
    acts = acts_of([*folds, *union], [*own, *inherited, *changes])
    return Report(
        jurisdiction=state.jurisdiction,
        as_of=state.as_of,
        known_on=state.known_on,
        since=None if since is None else since.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        headline=state.headline,
        upcoming=state.upcoming,
        coverage=state.coverage,
        reviewed_on=state.reviewed_on,
        measures=own,
        inherited=inherited,
        changes=changes,
        acts=tuple(_named([*own, *inherited, *changes], acts)),
    )


def _place(line: MeasureLine) -> tuple[int, int, str]:
    """By where it stands, the strictest first, as in a brief."""
    ranks = [STRICTNESS.index(effect) for effect in line.effects if effect in STRICTNESS]
    return GROUPS.index(group_of(line)), min(ranks, default=len(STRICTNESS)), line.measure


def _named(lines: Iterable[MeasureLine | Change], acts: dict[str, Act]) -> Iterator[Act]:
    """The acts in the order in which they are first named."""
    slugs = dict.fromkeys(slug for line in lines for slug in line.acts)
    return (acts[slug] for slug in slugs if slug in acts)


def notes_that_differ(then: Sequence[Act], now: Sequence[Act]) -> Iterator[NoteRestated]:
    """The acts that both reports rest on and that read otherwise in the later one, in its order."""
    before = {act.act: act for act in then}
    for act in now:
        old = before.get(act.act)
        if old is not None and old != act:
            yield NoteRestated(
                act=act.act, changed=tuple(differences(msgspec.to_builtins(old), msgspec.to_builtins(act)))
            )


def rows_that_differ(then: Sequence[Change], now: Sequence[Change]) -> Iterator[tuple[str, Change]]:
    """The rows of two diaries of the same window that only one of them has: what became of each, in order of day."""
    old, new = (Counter(map(_said, rows)) for rows in (then, now))
    gone = [("disappeared", row) for row in _only(then, new)]
    come = [("appeared", row) for row in _only(now, old)]
    yield from sorted([*gone, *come], key=lambda each: (each[1].on.lstrip("[."), each[1].measure))


def _only(rows: Iterable[Change], elsewhere: Counter[bytes]) -> Iterator[Change]:
    left = Counter(elsewhere)
    for row in rows:
        if left[_said(row)]:
            left[_said(row)] -= 1
        else:
            yield row


def _said(row: Change) -> bytes:
    return msgspec.json.encode(row)
