"""
A slow reading of one measure, written from the record format alone and sharing nothing with the product but its dates.

It answers for one concrete choice of every partial day (`reading`), for all choices together (`possible`), for the
latest choice that counts (`latest`), and writes the diary of rule 8 (`changes`). Actions are plain dicts: `act`,
`announced_on`, `after`, `place`, `type`, and the action's own fields as in YAML, where a missing key and null differ.
Numbers in comments are the rules of "How a measure is read".
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from events.dates import span

Action = Mapping[str, Any]
Key = tuple[str, int, str]  # act, place (ACT for the announcement of the act itself), field
Days = Mapping[Key, date]

ACT = -1
ONE = timedelta(days=1)
FOREVER = date.max

BEGINNINGS = ("announced", "proposed", "adopted")
NEED_A_LIFE = ("amended", "rescheduled", "extended", "suspended", "reinstated", "ended")
OWN_DAY = ("adopted", "rescheduled", "extended", "suspended", "reinstated", "ended")
TOLD = (
    "proposed",
    "announced",
    "adopted",
    "amended",
    "rescheduled",
    "extended",
    "deadline_set",
    "deadline_moved",
    "noted",
)
TERMS = ("effects", "subjects", "scope", "targets", "values")
IN_FORCE = ("in_force", "suspended")
RUNNING = ("announced", "proposed", "adopted", "in_force", "suspended")
OVER = ("ended", "expired")


# ---------------------------------------------------------------------------------------------------------------------
# Order (2)


def ordered(actions: Iterable[Action]) -> list[Action]:
    """The actions in the one order of acts; within an act by place."""
    left: dict[str, list[Action]] = {}
    for action in actions:
        left.setdefault(action["act"], []).append(action)
    for mine in left.values():
        mine.sort(key=lambda a: a["place"])
    stand: list[Action] = []
    while left:
        ready = [act for act in left if not any(_waits(act, other, left, stand) for other in left if other != act)]
        # Nothing is ready only where acts wait for each other in a ring, which no lawful record contains.
        act = min(ready or left, key=lambda act: (*_announced_span(left[act]), act))
        stand.extend(left.pop(act))
    return stand


def _announced_span(mine: Sequence[Action]) -> tuple[date, date]:
    announced = span(mine[0]["announced_on"])
    return announced.first, announced.last


def _waits(act: str, other: str, left: Mapping[str, list[Action]], stand: Sequence[Action]) -> bool:
    """Whether `act` has a need that only acts yet to stand can meet, `other` being one of them and not wholly later."""
    if _announced_span(left[other])[0] > _announced_span(left[act])[1]:
        return False
    if left[act][0].get("after") == other:
        return True
    before = list(stand)
    for action in left[act]:
        if action["type"] in NEED_A_LIFE and _only_in(left[other], before, _begins):
            return True
        if action["type"] in ("deadline_moved", "deadline_met") and _only_in(left[other], before, _sets(action)):
            return True
        if action.get("lifts") == other:
            return True
        if action["type"] == "rescheduled" and "effective_on" in action and any(map(_adopts, left[other])):
            adoption = World(concrete(before, {}), FOREVER).latest_adoption()
            if adoption is not None and _has_entered(adoption, action):
                return True
        before.append(action)
    return False


def _only_in(mine: Iterable[Action], before: Iterable[Action], wanted: Callable[[Action], bool]) -> bool:
    return not any(map(wanted, before)) and any(map(wanted, mine))


def _begins(action: Action) -> bool:
    return action["type"] in BEGINNINGS


def _adopts(action: Action) -> bool:
    return bool(action["type"] == "adopted")


def _sets(later: Action) -> Callable[[Action], bool]:
    return lambda a: a["type"] == "deadline_set" and bool(a["deadline"] == later["deadline"])


# ---------------------------------------------------------------------------------------------------------------------
# One concrete choice of days


@dataclass(eq=False)
class Told:
    """An action with a concrete day for each of its dates. `start` is effective_on, applies_on or met_on."""

    index: int
    act: str
    type: str
    raw: Action
    announced: date
    start: date | None

    def last_of(self, name: str) -> date | None:
        """The last possible day of a date that is never varied."""
        text = self.raw.get(name)
        return None if text is None else span(text).last


def choices(actions: Iterable[Action]) -> dict[Key, list[date]]:
    """Every partial date that a reading varies, with all its possible days."""
    found: dict[Key, list[date]] = {}
    for action in actions:
        for key, text in _varied(action):
            days = span(text)
            if not days.exact:
                found[key] = [days.first + n * ONE for n in range((days.last - days.first).days + 1)]
    return found


def _varied(action: Action) -> Iterator[tuple[Key, str]]:
    yield (action["act"], ACT, "announced_on"), action["announced_on"]
    name = {"amended": "applies_on", "deadline_met": "met_on"}.get(action["type"], "effective_on")
    if action["type"] in (*OWN_DAY, "amended", "deadline_met") and action.get(name) is not None:
        yield (action["act"], action["place"], name), action[name]


def concrete(in_order: Sequence[Action], days: Days) -> list[Told]:
    """The actions, already in order, under one choice of days."""
    told = []
    for index, action in enumerate(in_order):
        chosen = {key[2]: days.get(key, span(text).last) for key, text in _varied(action)}
        announced = chosen.pop("announced_on")
        start = None
        for name, day in chosen.items():
            start = day
            # 7: what is not exact does not reach before its announcement, unless the adoption says so.
            exact = span(action[name]).exact
            if name != "met_on" and not exact and not (action["type"] == "adopted" and action.get("retroactive")):
                start = max(day, announced)
        if start is None and action["type"] in ("amended", "suspended", "reinstated", "ended", "deadline_met"):
            start = announced
        told.append(Told(index, action["act"], action["type"], action, announced, start))
    return told


@dataclass(eq=False)
class Adoption:
    """One adoption with the days of validity that the acts up to now give it."""

    told: Told
    entry: date | None
    entry_text: str | None
    entry_told: date
    last_text: str | None
    stretches: list[list[Any]]  # [first day or None, last day or None, day on which this stretch was told]
    replaced: list[Told] = field(default_factory=list)  # adoptions that never entered, dropped for this one

    @property
    def last(self) -> date | None:
        """The last day in force, None if permanent."""
        last: date | None = self.stretches[-1][1]
        return last

    @property
    def first_told(self) -> date:
        """The day on which the stage adopted was first announced."""
        return min(t.announced for t in [self.told, *self.replaced])

    def valid(self, day: date) -> bool:
        """Whether the day is one of its days in force, stays and ends aside."""
        return any(
            start is not None and start <= day and (end is None or day <= end) for start, end, _ in self.stretches
        )

    def past(self, day: date) -> bool:
        """Whether the day lies after its last day."""
        return self.last is not None and day > self.last

    def idle(self, day: date) -> bool:
        """Whether it was in force and is not: after its last day, or in a gap."""
        return self.past(day) or (self.entry is not None and self.entry <= day and not self.valid(day))

    def move_entry(self, told: Told) -> None:
        """Rescheduled: the entry into force moves, or loses its day."""
        self.entry, self.entry_text, self.entry_told = told.start, told.raw["effective_on"], told.announced
        self.stretches[0][0] = told.start

    def _cut(self, new: date | None) -> None:
        stretch = self.stretches[-1]
        if new is not None and len(self.stretches) > 1 and new < stretch[0]:
            # 4: what begins after the new last day is gone; the days of a gap stay expired all the same.
            self.stretches.pop()
            self._cut(min(self.stretches[-1][1], new))
        else:
            stretch[1] = new

    def extend(self, told: Told, begins: date | None) -> None:
        """Extended or rescheduled: the last day moves, across a gap where that does not reach back to the old one."""
        self.last_text = told.raw["expires_on"]
        new = told.last_of("expires_on")
        if self.entry is None:
            if begins is not None:  # what had no day of entry is in force from the day that the extension names
                self.entry, self.entry_text, self.entry_told = begins, told.raw["effective_on"], told.announced
                self.stretches = [[begins, new, told.announced]]
            else:
                self._cut(new)
            return
        if begins is None and (self.last is None or told.announced <= self.last):
            self._cut(new)
            return
        begins = begins or told.announced
        while len(self.stretches) > 1 and begins <= self.stretches[-1][0]:  # bridges the gap before this stretch
            self.stretches.pop()
        stretch = self.stretches[-1]
        if stretch[1] is None or begins <= max(stretch[0], stretch[1] + ONE):
            self._cut(new)
        else:
            self.stretches.append([begins, new, told.announced])


@dataclass(eq=False)
class End:
    """An end that stands, or stood from `day` until the day before `lifted`."""

    told: Told
    day: date
    lifted: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the measure is ended on that day by this end."""
        return self.day <= day and (self.lifted is None or day < self.lifted)


@dataclass(eq=False)
class Stay:
    """A suspension with its last day as lifted, and its own."""

    told: Told
    first: date
    last: date | None
    until: date | None

    def covers(self, day: date) -> bool:
        """Whether the stay holds on that day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(eq=False)
class Life:
    """One life of the measure, from its beginning."""

    beginnings: list[Told] = field(default_factory=list)
    adoptions: list[Adoption] = field(default_factory=list)
    amendments: list[Told] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)

    @property
    def standing_end(self) -> End | None:
        """The end that no act has lifted."""
        return next((end for end in self.ends if end.lifted is None), None)

    @property
    def last(self) -> date | None:
        """The last day in force of the life as a whole, None without one."""
        last = None
        for adoption in reversed(self.adoptions):
            if adoption.last is None:
                return None
            last = max(last or adoption.last, adoption.last)
            if adoption.entry is not None:
                break
        return last

    def counts(self, day: date) -> bool:
        """3: announced by then, or reaching back to it."""
        return any(b.announced <= day for b in self.beginnings) or any(
            a.entry is not None and a.entry <= day for a in self.adoptions
        )

    def holder(self, day: date) -> Adoption | None:
        """The adoption whose dates hold: the old one until the new one's entry, or until its own last day."""
        chosen: Adoption | None = None
        for adoption in self.adoptions:
            entered = adoption.entry is not None and adoption.entry <= day
            if entered or (adoption.first_told <= day and (chosen is None or chosen.idle(day))):
                chosen = adoption
        return chosen

    def ended(self, day: date) -> bool:
        """Whether an end covers the day."""
        return any(end.covers(day) for end in self.ends)

    def owner(self, day: date) -> Told | None:
        """4: the beginning whose terms count on that day."""
        chosen: Told | None = None
        holding: Adoption | None = None
        for adoption in self.adoptions:
            for dropped in adoption.replaced:
                if dropped.announced <= day and (holding is None or holding.idle(day)):
                    chosen, holding = dropped, None
            entered = adoption.entry is not None and adoption.entry <= day
            if entered or (adoption.told.announced <= day and (holding is None or holding.idle(day))):
                chosen, holding = adoption.told, adoption
        if chosen is None:
            for beginning in self.beginnings:
                if beginning.type != "adopted" and beginning.announced <= day:
                    chosen = beginning
        return chosen

    def own_terms(self, beginning: Told) -> dict[str, Any]:
        """What a beginning says itself, with what it keeps where it is silent."""
        earlier = [b for b in self.beginnings if b.index < beginning.index]
        adopted = [b for b in earlier if b.type == "adopted"]
        if beginning.type != "adopted" and adopted:  # owns the terms only where it is told before that adoption
            earlier = [b for b in earlier if b.type != "adopted"]
            return _merge(self.own_terms(earlier[-1]) if earlier else {}, _given(beginning))
        kept: dict[str, Any] = {}
        if adopted and beginning.type == "adopted":
            kept = self.own_terms(adopted[-1])
            for b in earlier:
                if b.index > adopted[-1].index:
                    kept = _merge(kept, _given(b))
        elif earlier and not adopted:
            between = [m for m in self.amendments if earlier[-1].index < m.index < beginning.index]
            kept = _overlay(self.own_terms(earlier[-1]), [m for m in between if m.last_of("applies_until") is None])
        return _merge(kept, _given(beginning))

    def terms(self, day: date) -> dict[str, Any]:
        """The terms on that day, amendments included."""
        owner = self.owner(day)
        if owner is None:
            return {}
        applying = []
        for m in self.amendments:
            assert m.start is not None
            if m.index > owner.index and m.start <= day <= (m.last_of("applies_until") or FOREVER):
                applying.append(m)
        return _overlay(self.own_terms(owner), applying)

    def status(self, day: date, stays: Iterable[Stay]) -> str:
        """5: the status of this life alone."""
        if not self.counts(day):
            return "absent"
        if self.ended(day):
            return "ended"
        holder = self.holder(day)
        if holder is None:
            by_then = {b.type for b in self.beginnings if b.announced <= day}
            return "proposed" if "proposed" in by_then else "announced"
        if holder.valid(day):
            stayed = any(stay.told.index > holder.told.index and stay.covers(day) for stay in stays)
            return "suspended" if stayed else "in_force"
        if holder.idle(day):
            return "expired"
        return "adopted"


def _given(told: Told) -> dict[str, Any]:
    return {name: told.raw[name] for name in TERMS if name in told.raw}


def _overlay(terms: dict[str, Any], amendments: Iterable[Told]) -> dict[str, Any]:
    result = dict(terms)
    for m in sorted(amendments, key=lambda m: (m.start, m.index)):
        result = _merge(result, _given(m))
    return result


def _merge(terms: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Lists are replaced, values merge by name: what is left out is kept, a name as well as a list."""
    result = {**terms, **given}
    if "values" in given:
        result["values"] = {**(terms.get("values") or {}), **(given["values"] or {})}
    return result


class World:
    """All that the acts announced by a day say of the measure, for one concrete choice of days."""

    def __init__(self, told: Iterable[Told], known_on: date) -> None:
        self.known = [t for t in told if t.announced <= known_on]
        self.lives: list[Life] = []
        self.stays: list[Stay] = []
        self.void_ends: set[int] = set()  # ends lifted or replaced before they happened, or that change nothing
        self.needed: list[str] = []  # of each life: the act without which nothing of it could follow
        self.opened_by: dict[int, str] = {}  # that act of the life which an action concerns
        self._statuses: dict[date, str] = {}  # those that were asked for: a diary asks for each day many times
        for t in self.known:
            self._take(t)

    def _take(self, t: Told) -> None:
        if t.type in BEGINNINGS:
            self._begin(t)
        if t.type == "rescheduled" and (adoption := self.latest_adoption()):
            if "effective_on" in t.raw:
                adoption.move_entry(t)
            if "expires_on" in t.raw:
                adoption.extend(t, None)
        if t.type == "extended" and (adoption := self.latest_adoption()):
            adoption.extend(t, t.start)
        if t.type == "suspended":
            assert t.start is not None
            until = t.last_of("until")
            self.stays.append(Stay(t, t.start, until, until))
        if t.type == "amended" and self.lives:
            self.lives[-1].amendments.append(t)
        if t.type == "ended" and self.lives:
            self._end(t)
        if t.type == "reinstated" and self.lives:
            self._reinstate(t)
        if t.type in NEED_A_LIFE and self.lives:
            self.opened_by[t.index] = self.needed[-1]

    def latest_adoption(self) -> Adoption | None:
        """The latest adoption in the order of acts, which extended and rescheduled concern."""
        return next((life.adoptions[-1] for life in reversed(self.lives) if life.adoptions), None)

    def _begin(self, t: Told) -> None:
        current = self.lives[-1] if self.lives else None
        if current is None or current.standing_end or (current.last is not None and t.announced > current.last):
            # After an end only what begins again lets more follow; after an expiry more could follow anyhow.
            self.needed.append(t.act if current is None or current.standing_end else self.needed[-1])
            current = Life()
            self.lives.append(current)
        current.beginnings.append(t)
        if t.type != "adopted":
            return
        last = t.last_of("expires_on")
        new = Adoption(
            t, t.start, t.raw.get("effective_on"), t.announced, t.raw.get("expires_on"), [[t.start, last, t.announced]]
        )
        while current.adoptions:
            entry = current.adoptions[-1].entry
            if entry is not None and entry <= t.announced:
                break
            dropped = current.adoptions.pop()
            new.replaced = [*dropped.replaced, dropped.told, *new.replaced]
        current.adoptions.append(new)

    def _end(self, t: Told) -> None:
        assert t.start is not None
        current = self.lives[-1]
        standing = current.standing_end
        if standing is None:
            current.ends.append(End(t, t.start))
        elif standing.day > t.announced:  # not yet happened: replaced
            self.void_ends.add(standing.told.index)
            standing.told, standing.day = t, t.start
        elif t.start < standing.day:
            standing.told, standing.day = t, t.start
        elif t.start > t.announced:
            self.void_ends.add(t.index)
        for older in self.lives[:-1]:  # 3: ended ends both, where an older life still has its end before it
            end = older.standing_end
            if end is None and (older.last is None or older.last >= t.start):
                older.ends.append(End(t, t.start))
            elif end is not None and end.day > t.start:
                if end.day > t.announced:
                    self.void_ends.add(end.told.index)
                end.told, end.day = t, t.start

    def _reinstate(self, t: Told) -> None:
        assert t.start is not None
        end = self.lives[-1].standing_end
        if end is not None:
            end.lifted = t.start
            if t.start <= end.day:
                self.void_ends.add(end.told.index)
            return
        named = t.raw.get("lifts")
        for stay in self.stays:
            if named is None or stay.told.act == named:
                stay.last = min(stay.last or FOREVER, t.start - ONE)

    def shown(self, day: date) -> Life | None:
        """3: a new life shows from its announcement, though not while the old one runs, unless in force itself."""
        shown: Life | None = None
        for life in self.lives:
            status = life.status(day, self.stays)
            if status == "absent":
                continue
            if shown is None or status in IN_FORCE or shown.status(day, self.stays) not in RUNNING:
                shown = life
        return shown

    def status(self, day: date) -> str:
        """The status of the measure on that day."""
        if day not in self._statuses:
            life = self.shown(day)
            self._statuses[day] = life.status(day, self.stays) if life else "absent"
        return self._statuses[day]

    def ends(self) -> list[End]:
        """All ends that happen."""
        return [end for life in self.lives for end in life.ends if end.lifted is None or end.day < end.lifted]


# ---------------------------------------------------------------------------------------------------------------------
# Deadlines (6)


@dataclass
class _Cycle:
    started: Told
    due: date | None
    due_text: str | None
    due_told: date
    moves: int
    met: Told | None


def _cycle(mine: Sequence[Told], day: date) -> _Cycle | None:
    sets = [t for t in mine if t.type == "deadline_set"]
    counted = [t for t in sets if t.announced <= day]
    if not counted:
        return None
    started = counted[-1]
    following = min((t.index for t in sets if t.index > started.index), default=None)
    inside = [t for t in mine if t.index > started.index and (following is None or t.index < following)]
    moves = [t for t in inside if t.type == "deadline_moved" and t.announced <= day]
    mets = [t for t in inside if t.type == "deadline_met" and t.start is not None and t.start <= day]
    says = moves[-1] if moves else started
    met = mets[0] if mets else None
    return _Cycle(started, says.last_of("due"), says.raw.get("due"), says.announced, len(moves), met)


def _void(world: World, mine: Sequence[Told], cycle: _Cycle, as_of: date) -> bool:
    day = cycle.started.announced
    while day <= as_of:
        status = world.status(day)
        if status in OVER:
            # From ended to expired goes only what had expired before: an end was lifted in vain.
            becomes = day > cycle.started.announced and world.status(day - ONE) not in (status, "ended")
            told_after = status == "ended" and any(
                end.told.index > cycle.started.index and end.day <= cycle.started.announced == day
                for end in world.ends()
            )
            then = _cycle(mine, day)
            still_open = then is not None and then.met is None and (then.due is None or then.due >= day)
            if (becomes or told_after) and still_open and then is not None and then.started is cycle.started:
                return True
        day += ONE
    return False


def _deadline(world: World, name: str, as_of: date) -> tuple[str, _Cycle] | None:
    mine = [t for t in world.known if t.type.startswith("deadline_") and t.raw["deadline"] == name]
    cycle = _cycle(mine, as_of)
    if cycle is None:
        return None
    if _void(world, mine, cycle, as_of):
        status = "void"
    elif cycle.met is not None:
        status = "met"
    elif cycle.due is None:
        status = "postponed"
    elif cycle.due >= as_of:
        status = "open"
    else:
        obliged = cycle.started.raw.get("obliged")
        status = {"authority": "overdue", "addressees": "passed", "nobody": "closed"}[obliged or "authority"]
    return status, cycle


def _deadline_names(world: World) -> list[str]:
    return list(dict.fromkeys(t.raw["deadline"] for t in world.known if t.type == "deadline_set"))


def _deadlines(world: World, as_of: date) -> dict[str, dict[str, Any]]:
    result = {}
    for name in _deadline_names(world):
        found = _deadline(world, name, as_of)
        if found is None:
            continue
        status, cycle = found
        met = cycle.met if status == "met" else None
        met_last = None if met is None else met.last_of("met_on") or met.start
        late = None
        if met_last is not None and cycle.due is not None:
            late = max(0, (met_last - cycle.due).days)
        overdue = (as_of - cycle.due).days if status == "overdue" and cycle.due is not None else None
        result[name] = {
            "status": status,
            "due": cycle.due_text,
            "met_on": None if met is None else met.raw.get("met_on", met.raw["announced_on"]),
            "days_overdue": overdue,
            "days_late": late,
            "moves": cycle.moves,
        }
    return result


# ---------------------------------------------------------------------------------------------------------------------
# State


def reading(actions: Iterable[Action], as_of: date, known_on: date, days: Days | None = None) -> dict[str, Any]:
    """The state under one choice of days; a partial date that `days` does not name takes its last possible day."""
    return _state(concrete(ordered(actions), days or {}), as_of, known_on)


def _state(told: Sequence[Told], as_of: date, known_on: date) -> dict[str, Any]:
    world = World(told, known_on)
    life = world.shown(as_of)
    terms = life.terms(as_of) if life else {}
    adoption = (life.holder(as_of) or next(iter(life.adoptions), None)) if life else None
    return {
        "status": world.status(as_of),
        **{name: list(terms.get(name) or []) for name in TERMS[:-1]},
        "values": dict(terms.get("values") or {}),
        # 4: the days of validity are those known on known_on, also on a day before the adoption.
        "effective_on": adoption.entry_text if adoption else None,
        "expires_on": adoption.last_text if adoption else None,
        "deadlines": _deadlines(world, as_of),
    }


def _broken_needs(told: Sequence[Told]) -> list[tuple[Told, str]]:
    """7: the actions whose act, under these days, precedes an act that it needs, with that act."""
    announced = {t.act: t.announced for t in told}
    world = World(told, FOREVER)
    broken = []
    latest_set: dict[str, str] = {}
    for t in told:
        needs = {world.opened_by.get(t.index), t.raw.get("after"), t.raw.get("lifts")}
        if t.type == "deadline_set":
            needs.add(told[0].act)
        if t.type in ("deadline_moved", "deadline_met"):
            needs.add(latest_set.get(t.raw["deadline"]))
        if t.type == "deadline_set":
            latest_set[t.raw["deadline"]] = t.act
        if t.type == "rescheduled" and "effective_on" in t.raw:
            needs.add(_movable(told, t))
        for need in needs:
            if need is not None and need in announced and t.announced < announced[need]:
                broken.append((t, need))
    return broken


def _movable(told: Sequence[Told], t: Told) -> str | None:
    """The act whose adoption has its entry moved, where without it the entry to be moved would have happened."""
    adopted = next((each for each in reversed(told[: t.index]) if each.type == "adopted"), None)
    if adopted is None or adopted.act == t.act:
        return None
    before = World([each for each in told[: adopted.index] if each.act != adopted.act], FOREVER).latest_adoption()
    return adopted.act if before is not None and _has_entered(before, t.raw) else None


def _has_entered(adoption: Adoption, action: Action) -> bool:
    """Whether an entry into force has surely happened when an action is announced."""
    if adoption.entry_text is None:
        return False
    entry, announced = span(adoption.entry_text), span(adoption.told.raw["announced_on"])
    last = entry.last if entry.exact or adoption.told.raw.get("retroactive") else max(entry.last, announced.last)
    return last < span(action["announced_on"]).first


def readings(actions: Iterable[Action]) -> Iterator[dict[Key, date]]:
    """Every choice of days that counts."""
    actions = list(actions)
    in_order = ordered(actions)
    # The status never depends on applies_on or met_on, so these stay at their last possible day.
    varied = {key: days for key, days in choices(actions).items() if key[2] not in ("applies_on", "met_on")}
    for chosen in itertools.product(*varied.values()):
        days = dict(zip(varied, chosen, strict=True))
        if not _broken_needs(concrete(in_order, days)):
            yield days


def inside(actions: Iterable[Action], as_of: date, known_on: date) -> bool:
    """7: whether a day asked about lies inside a partial day on which the status rests: it may yet have come or not."""
    moving = [a for a in actions if a["type"] in (*BEGINNINGS, *NEED_A_LIFE) and a["type"] != "amended"]
    for (_, place, _), days in choices(moving).items():
        if days[0] <= as_of < days[-1]:
            return True
        if place == ACT and days[0] <= known_on < days[-1]:
            return True
    return False


def possible(actions: Iterable[Action], as_of: date, known_on: date) -> set[str]:
    """The statuses of all readings that count; outside of every partial day that of the latest."""
    actions = list(actions)
    if not inside(actions, as_of, known_on):
        return {latest(actions, as_of, known_on)["status"]}
    in_order = ordered(actions)
    return {World(concrete(in_order, days), known_on).status(as_of) for days in readings(actions)}


def latest_days(actions: Iterable[Action]) -> dict[Key, date]:
    """The latest choice that counts: every day its last, an announcement no later than those that need it."""
    actions = list(actions)
    in_order = ordered(actions)
    varied = choices(actions)
    days = {key: possible_days[-1] for key, possible_days in varied.items()}
    while broken := _broken_needs(concrete(in_order, days)):
        told, need = broken[0]
        key = (need, ACT, "announced_on")
        if key not in varied or told.announced < varied[key][0]:
            raise ValueError(f"{told.act} can only come before {need}, which it needs")
        days[key] = told.announced
    return days


def latest(actions: Iterable[Action], as_of: date, known_on: date) -> dict[str, Any]:
    """The state under the latest choice of days that counts."""
    actions = list(actions)
    return reading(actions, as_of, known_on, latest_days(actions))


def since(actions: Iterable[Action], as_of: date, known_on: date) -> date | None:
    """The first day of the unbroken run of the status, in the latest reading; None where it has no beginning."""
    actions = list(actions)
    world = World(concrete(ordered(actions), latest_days(actions)), known_on)
    status = world.status(as_of)
    day = as_of
    while world.status(day - ONE) == status:
        day -= ONE
        if day.year < 1900:
            return None
    return day


# ---------------------------------------------------------------------------------------------------------------------
# Changes (8)


def changes(actions: Iterable[Action], from_: date, to: date, known_on: date) -> list[tuple[str, str]]:
    """
    The diary of a history without partial days, from both days inclusive: one row for each cause, as (on, what).

    Each day is looked at with the eyes of that day, or of known_on where that came before.
    """
    actions = list(actions)
    if choices(actions):
        raise ValueError("the diary is written for exact days only")
    told = concrete(ordered(actions), {})
    rows: list[tuple[str, str]] = []
    worlds: dict[int, World] = {}

    def world_on(day: date) -> World:
        known = min(day, known_on)
        count = sum(t.announced <= known for t in told)
        if count not in worlds:
            worlds[count] = World(told, known)
        return worlds[count]

    day = from_
    while day <= to:
        world, day_after = world_on(day), world_on(day + ONE)
        what = [*_told_on(world, day), *_stays_on(world, day), *_terms_on(world, day), *_entries_on(world, day)]
        what += [*_passed_on(world_on(day - ONE), world, day_after, day), *_expired_on(world, day)]
        rows += [(day.isoformat(), w) for w in sorted(what)]
        day += ONE
    return rows


def _told_on(world: World, day: date) -> Iterator[str]:
    for t in world.known:
        if t.announced == day and t.type in TOLD:
            yield t.type
        if t.announced == day and t.type in ("ended", "suspended") and t.start is not None and t.start > day:
            yield "scheduled"
        if t.start is not None and max(t.announced, t.start) == day:
            changes = world.status(day) not in OVER or world.status(day) != world.status(day - ONE)
            if t.type == "deadline_met" or (t.type == "reinstated" and (t.start <= t.announced or changes)):
                yield t.type
            # What an act says of the present or the past is told with it, whatever the next act of that day undoes.
            if t.type == "ended" and (t.start <= t.announced or (t.index not in world.void_ends and changes)):
                yield "ended"
            if t.type == "suspended" and t.start <= t.announced:
                yield "suspended"


def _stays_on(world: World, day: date) -> Iterator[str]:
    for stay in world.stays:
        if not _concerns(world, stay, day) or world.status(day) in OVER:
            continue
        if stay.first == day > stay.told.announced and (stay.last is None or stay.last >= stay.first):
            yield "suspended"
        passes = stay.until is not None and stay.last == stay.until and stay.until + ONE == day
        if passes and day > stay.told.announced and world.status(day) != "suspended":
            yield "reinstated"


def _concerns(world: World, stay: Stay, day: date) -> bool:
    """Whether no adoption has come since and taken over, which lifts a stay."""
    life = world.shown(day)
    if life is None or life.beginnings[0].index > stay.told.index:
        return False
    holder = life.holder(day)
    return holder is None or holder.told.index < stay.told.index


def _terms_on(world: World, day: date) -> Iterator[str]:
    life = world.shown(day)
    owner = life.owner(day) if life else None
    if life is None or owner is None or world.status(day) in OVER:
        return
    for m in life.amendments:
        assert m.start is not None
        until = m.last_of("applies_until")
        if m.index < owner.index:
            continue
        if m.start == day and m.start > m.announced:
            yield "terms_changed"
        if until is not None and until + ONE == day and until >= max(m.announced, m.start):
            yield "terms_changed"


def _entries_on(world: World, day: date) -> Iterator[str]:
    for life in world.lives:
        for adoption in life.adoptions:
            for number, (start, end, told_on) in enumerate(adoption.stretches):
                told = adoption.entry_told if number == 0 else told_on
                if start is None or max(start, told) != day or (end is not None and end < start):
                    continue
                if number > 0 and start <= told:
                    continue  # the extension itself says why
                if life.holder(start) is adoption and not life.ended(start):
                    yield "took_effect"


def _passed_on(day_before: World, world: World, day_after: World, day: date) -> Iterator[str]:
    for name in _deadline_names(day_after):
        # 8: judged on the day after, the first on which it can be past; told too late, on the day of telling.
        for judged, eyes in ((day + ONE, day_after), (day, world)):
            found = _deadline(eyes, name, judged)
            if found is None or found[0] not in ("overdue", "passed", "closed"):
                continue
            due, due_told = found[1].due, found[1].due_told
            known = _deadline(day_before, name, day - ONE)
            if known is not None and known[0] == found[0] and known[1].due == due:
                continue  # the same day is told once more after it has passed
            assert due is not None
            if due == day if judged > day else (due < day and due_told == day):
                yield "deadline_passed"


def _expired_on(world: World, day: date) -> Iterator[str]:
    today, tomorrow = world.status(day), world.status(day + ONE)
    stretches = [stretch for life in world.lives for a in life.adoptions for stretch in a.stretches]
    # What is over before its entry takes the place of the one in force on its entry all the same.
    if not any(end == day or (end and start and end < start == day + ONE) for start, end, _ in stretches):
        return
    leaves_force = today in IN_FORCE and tomorrow not in (*IN_FORCE, "ended")
    never_entered = today in RUNNING and tomorrow not in (today, *IN_FORCE, "ended")
    if leaves_force or never_entered:
        yield "expired"
