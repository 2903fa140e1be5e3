"""Deadlines of the world on a day: overdue, open, postponed, met."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from events.dates import NEVER, last_day
from events.vocabulary import DeadlineStatus, Verification, is_as_strong, jurisdiction_of
from projections.answers import RULES, Deadlines, Edition, WorldDeadline
from projections.fold import MeasureFold
from projections.reading import DeadlineOn, deadlines_on, standing_on, terms_on
from projections.state import deadline_line, title_of, verified_level


class DeadlineFilters(Struct, frozen=True):
    """
    What deadlines are asked for; `due_from` and `due_to` are inclusive and leave out those without a date.

    `verified` is the least level accepted of all acts on which a deadline rests.
    """

    statuses: tuple[DeadlineStatus, ...] = ()
    due_from: date | None = None
    due_to: date | None = None
    verified: Verification | None = None

    def parameters(self) -> dict[str, object]:
        """The filters by the names under which they are asked for, as a citation repeats them."""
        return {
            "status": self.statuses,
            "due_from": self.due_from,
            "due_to": self.due_to,
            "verified": self.verified,
        }

    def accept(self, status: DeadlineStatus, due: str | None) -> bool:
        """Whether a deadline is asked for. A due day of low precision means its last possible day."""
        if self.statuses and status not in self.statuses:
            return False
        if self.due_from is None and self.due_to is None:
            return True
        if due is None:
            return False
        day = last_day(due)
        after = self.due_from is None or self.due_from.toordinal() <= day
        return after and (self.due_to is None or day <= self.due_to.toordinal())


def deadlines_as_of(
    folds: Iterable[MeasureFold],
    *,
    as_of: date,
    known_on: date,
    edition: Edition,
    filters: DeadlineFilters = DeadlineFilters(),
) -> Deadlines:
    """The deadlines set by a day, as known on another, in the order of their due day; those without a date last."""
    found: list[tuple[int, WorldDeadline]] = []
    day = as_of.toordinal()
    for fold in folds:
        life = fold.life(known_on.toordinal())
        deadlines = [
            each
            for each in deadlines_on(life, day)
            if filters.accept(each.status, each.due) and is_as_strong(verified_level(fold, each.acts), filters.verified)
        ]
        if not deadlines:
            continue
        standing = standing_on(life, day)
        title = title_of(standing, terms_on(standing, day)) or fold.measure
        for deadline in deadlines:
            found.append((_due(deadline), world_deadline(fold, deadline, title)))
    found.sort(key=lambda each: (each[0], each[1].measure, each[1].deadline))
    return Deadlines(
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        deadlines=tuple(line for _, line in found),
    )


def world_deadline(fold: MeasureFold, deadline: DeadlineOn, title: str) -> WorldDeadline:
    """A deadline with the measure that it belongs to, which has that title on the day."""
    line = deadline_line(deadline)
    return WorldDeadline(
        jurisdiction=jurisdiction_of(fold.measure),
        measure=fold.measure,
        title=title,
        verified=verified_level(fold, line.acts),
        **{name: getattr(line, name) for name in line.__struct_fields__},
    )


def _due(deadline: DeadlineOn) -> int:
    """The day by which deadlines are put in order."""
    return NEVER if deadline.due is None else last_day(deadline.due)
