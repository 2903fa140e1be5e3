"""
Reading a lifecycle, all of whose days are chosen: what it says of a day (record format, rules 3 to 6).

`Standing` is where a measure stands, `DeadlineOn` how it is with one of its deadlines.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import islice, pairwise

from msgspec import Struct

from events.actions import Act, MeasureProposed
from events.dates import NEVER, last_day
from events.lifecycle import Lifecycle
from events.lives import Adoption, Amendment, Cycle, Life, Start, Stay, Terms
from events.partial import AnyDay
from events.vocabulary import DeadlineStatus, Status

RUNNING = frozenset({"proposed", "announced", "adopted", "in_force", "suspended"})
IN_FORCE = frozenset({"in_force", "suspended"})
OVER = frozenset({"expired", "ended"})


class Standing(Struct, frozen=True):
    """
    A measure on one day: its status and what it rests on.

    `base` gave the terms, `dated` the days of validity; `cause` is the stay or the end behind the status.
    """

    status: Status
    life: Life | None = None
    base: Start | Adoption | None = None
    dated: Adoption | None = None
    cause: Stay | None = None


ABSENT = Standing("absent")


def standing_on(life: Lifecycle, day: int) -> Standing:
    """Where a measure stands on a day, given all that its lifecycle was told."""
    if len(life.lives) == 1:  # as nearly every measure has
        return _in_life(life, life.lives[0], day) or ABSENT
    newest: Standing | None = None
    for at in life.beginnings.by(day):
        if newest is not None and life.exact and life.reach_before(at + 1) < day:
            break
        standing = _in_life(life, life.lives[at], day)
        if standing is None:
            continue
        if newest is None or standing.status in RUNNING:
            newest = standing
        if standing.status in IN_FORCE:
            break
    return newest if newest is not None else ABSENT


def _in_life(whole: Lifecycle, life: Life, day: int) -> Standing | None:
    """The standing in one of the lives, or None where it has not begun."""
    entered = entered_on(life, day)
    if entered is None:
        return _before_entry(life, day)
    end = life.ends.on(day)
    status: Status
    standing, pending = entered
    if standing.piece_on(day) is not None:
        if end is not None:
            return Standing("ended", life, standing, standing, end)
        stay = whole.stays.on(day, standing.order)
        return Standing("suspended" if stay else "in_force", life, standing, standing, stay)
    announced = None if pending is None else _announced_by(pending, day)
    if pending is not None and announced is not None:
        status = "expired" if pending.last < day else "adopted"
        return Standing("ended" if end else status, life, announced, pending, end)
    return Standing("ended" if end else "expired", life, standing, standing, end)


def _before_entry(life: Life, day: int) -> Standing | None:
    """The standing in a life of which nothing has entered into force, or None where it has not begun."""
    first = life.standing[0] if life.standing else None
    base = None if first is None else _announced_by(first, day)
    start = _start_on(life, day) if base is None else None
    if base is None and start is None:
        return None
    end = life.ends.on(day)
    status: Status
    if start is not None:
        status = _stage(life, start, day)
        return Standing("ended" if end else status, life, start, first, end)
    assert first is not None
    status = "expired" if first.last < day else "adopted"
    return Standing("ended" if end else status, life, base, first, end)


def lifted_by(life: Lifecycle, standing: Standing, day: int) -> list[str]:
    """The acts without which the measure would be stopped or ended on the day: they lifted a stay or an end."""
    if standing.life is None or standing.cause is not None:
        return []
    lifting = [standing.life.ends.lifting(day)]
    if standing.status == "in_force" and isinstance(standing.base, Adoption):
        lifting.append(life.stays.lifting(day, standing.base.order))
    return [act for act in lifting if act is not None]


def entered_on(life: Life, day: int) -> tuple[Adoption, Adoption | None] | None:
    """The adoption that has entered into force last by the day, and the one to follow it, if any."""
    standing = life.standing
    # Most lives have one adoption, which is looked at right away.
    for at in life.entries.by(day) if len(standing) > 1 else range(len(standing)):
        adoption = standing[at]
        entry = adoption.pieces[0][0]
        if entry is not None and entry <= day:
            return adoption, standing[at + 1] if at + 1 < len(standing) else None
    return None


def _announced_by(adoption: Adoption, day: int) -> Adoption | None:
    """The adoption, or else the last of those it replaced before their entry, that was announced by the day."""
    told: Adoption | None = adoption
    while told is not None and told.day > day:
        told = told.replaced
    return told


def _start_on(life: Life, day: int) -> Start | None:
    if life.starts_in_turn:
        at = bisect_right(life.starts, day, key=_told)  # type: ignore[arg-type]
        return life.starts[at - 1] if at else None
    return next((start for start in reversed(life.starts) if start.day <= day), None)


def _told(start: Start) -> AnyDay:
    return start.day


def _stage(life: Life, start: Start, day: int) -> Status:
    if life.starts_in_turn:
        return "proposed" if start.proposed else "announced"
    proposed = any(isinstance(other.action, MeasureProposed) and other.day <= day for other in life.starts)
    return "proposed" if proposed else "announced"


def terms_on(standing: Standing, day: int) -> Terms:
    """The terms on a day: those of the base, with the amendments that apply laid over them. Field → (value, act)."""
    return {} if standing.base is None else amended(standing.base.terms, amending_on(standing, day))


def amending_on(standing: Standing, day: int) -> dict[str, Amendment]:
    """The amendments that apply to the base on a day, by the term that they give."""
    life, base = standing.life, standing.base
    if life is None or base is None or not life.amendments:
        return {}
    found = {}
    for field, amendments in life.amendments.items():
        amendment = amendments.on(day, base.order)
        if amendment is not None:
            found[field] = amendment
    return found


def amended(terms: Terms, amending: Mapping[str, Amendment]) -> Terms:
    """Terms with amendments laid over them."""
    return terms | {field: each.terms[field] for field, each in amending.items()} if amending else terms


def next_deadline_change(life: Lifecycle, name: str, as_of: int) -> int | None:
    """The first later day on which a deadline has another day or status, as far as this lifecycle was told."""
    days: set[int] = set()
    for cycle in reversed(life.deadlines[name]):
        void = void_from(life, cycle, NEVER)
        found = [] if void is None else [void]
        found += [cycle.met[0]] if cycle.met is not None else []  # type: ignore[list-item]
        for announced, due, _ in cycle.dues:
            found.append(announced)  # type: ignore[arg-type]
            if due is not None:
                found.append(last_day(due) + 1)
        days.update(day for day in found if day > as_of)
        if cycle.day <= as_of:
            break
    if not days:
        return None
    now = _due_and_status(life, name, as_of)
    return next((day for day in sorted(days) if _due_and_status(life, name, day) != now), None)


def _due_and_status(life: Lifecycle, name: str, day: int) -> tuple[str | None, str] | None:
    found = deadline_on(life, name, day)
    return None if found is None else (found.due, found.status)


class DeadlineOn(Struct, frozen=True):
    """A deadline on one day. `acts` are those that it rests on."""

    deadline: str
    due: str | None
    obliged: str
    status: DeadlineStatus
    days_overdue: int | None
    met_on: str | None
    days_late: int | None
    acts: tuple[str, ...]
    cycle: Cycle
    day: int

    @property
    def moves(self) -> tuple[tuple[str, str | None, str | None, str], ...]:
        """(announced, from, to, act) of each move told by the day."""
        told = [entry for entry in self.cycle.dues if entry[0] <= self.day]
        return tuple((act.announced_on, before, after, act.act) for (_, before, _), (_, after, act) in pairwise(told))


def deadlines_on(life: Lifecycle, day: int) -> list[DeadlineOn]:
    """The deadlines set by a day, in the order of their first setting."""
    found = (deadline_on(life, name, day) for name in life.deadlines)
    return [deadline for deadline in found if deadline is not None]


def deadline_on(life: Lifecycle, name: str, day: int) -> DeadlineOn | None:
    """One deadline on a day (rule 6), or None before it is set."""
    cycle = next((cycle for cycle in reversed(life.deadlines.get(name, ())) if cycle.day <= day), None)
    return None if cycle is None else in_cycle(name, cycle, day, void_from(life, cycle, day))


_PAST_DUE: dict[str, DeadlineStatus] = {"authority": "overdue", "addressees": "passed", "nobody": "closed"}


def in_cycle(name: str, cycle: Cycle, day: int, void: int | None) -> DeadlineOn:
    """A deadline on a day of one of its cycles, given from when on it is void, if by then."""
    due, due_by = _due_on(cycle, day)
    acts = (cycle.act,) if due_by == cycle.act else (cycle.act, due_by)
    met = cycle.met if cycle.met is not None and cycle.met[0] <= day else None
    status: DeadlineStatus
    overdue = met_on = late = None
    if met is not None and void is None:
        status, met_on = "met", met[1]
        acts = tuple(dict.fromkeys([*acts, met[2]]))
        late = None if due is None else max(0, last_day(met[1]) - last_day(due))
    elif void is not None:
        status = "void"
    elif due is None:
        status = "postponed"
    elif day <= last_day(due):
        status = "open"
    else:
        status = _PAST_DUE[cycle.obliged]
        overdue = day - last_day(due) if status == "overdue" else None
    return DeadlineOn(name, due, cycle.obliged, status, overdue, met_on, late, acts, cycle, day)


def void_from(life: Lifecycle, cycle: Cycle, day: int) -> int | None:
    """The day by which the measure was over while the deadline was open, or None."""
    if life.ended:
        begun_over = standing_on(life, cycle.day)  # type: ignore[arg-type]
        if begun_over.status == "ended" and begun_over.cause is not None and begun_over.cause.order > cycle.order:
            return cycle.day if _open_on(cycle, cycle.day) else None  # type: ignore[return-value, arg-type]
    overs = _overs_to(life, day)
    for over in islice(overs, bisect_right(overs, cycle.day), None):
        if over > day or (cycle.met is not None and cycle.met[0] <= over):
            return None
        if _open_on(cycle, over):
            return over
    return None


def _overs_to(life: Lifecycle, day: int) -> list[int]:
    """The days up to that one, and perhaps later ones, on which the measure becomes ended or expired."""
    if life.looked_to <= day:
        for over in islice(life.over_days, bisect_left(life.over_days, life.looked_to), None):
            if over > day:
                break
            status = standing_on(life, over).status
            before = standing_on(life, over - 1).status
            if status in OVER and before not in (status, "ended") and over not in life.came_true[-1:]:
                life.came_true.append(over)
        life.looked_to = day + 1
    return life.came_true


def _open_on(cycle: Cycle, day: int) -> bool:
    if cycle.met is not None and cycle.met[0] <= day:
        return False
    due, _ = _due_on(cycle, day)
    return due is None or last_day(due) >= day


def _due_on(cycle: Cycle, day: int) -> tuple[str | None, str]:
    """What is due on a day from the setting on, and the act that says so."""
    if cycle.dues[-1][0] <= day:
        at = -1
    elif cycle.in_turn:
        at = bisect_right(cycle.dues, day, key=_moved_on) - 1  # type: ignore[arg-type]
    else:
        at = next(at for at in range(len(cycle.dues) - 1, -1, -1) if cycle.dues[at][0] <= day)
    _, due, act = cycle.dues[at]
    return due, act.act


def _moved_on(move: tuple[AnyDay, str | None, Act]) -> AnyDay:
    return move[0]
