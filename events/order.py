"""The one order of acts on a measure, the same for every reading (record format, rule 2)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from operator import attrgetter

from msgspec import UNSET, Struct

from events.actions import (
    Act,
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAdopted,
    MeasureAnnounced,
    MeasureNoted,
    MeasureProposed,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
)
from events.dates import ordinals, span
from events.errors import AfterContradicted, Refusal
from events.lawful import has_entered, refusal
from events.lifecycle import Lifecycle

Key = tuple[int, int, str]


class Ordered(Struct, frozen=True):
    """
    The actions of a measure in the order of acts.

    `needs` holds, for acts whose days leave it open, (base, dependent): the dependent act is never announced before the
    base. `refused` are the actions that cannot stand where they would have to, each with its reason; they come last.
    `life` is the lifecycle after all of them, every partial day at its last possible day; None where it was not kept.
    `days` are those of the acts, as ordinals in their order, where each has one of its own; None where that was not
    found out. They are shared, and not to be changed.
    """

    actions: tuple[AnyAction, ...]
    needs: tuple[tuple[str, str], ...]
    refused: tuple[tuple[AnyAction, Refusal], ...]
    life: Lifecycle | None
    days: dict[str, int] | None = None

    @property
    def exact(self) -> bool:
        """Whether every act was announced on a known day."""
        return all(span(action.act.announced_on).exact for action in self.actions)


def key(action: AnyAction) -> Key:
    """Acts stand by first possible day of announcement, then last, then slug."""
    first, last = ordinals(action.act.announced_on)
    return first, last, action.act.act


def in_order(actions: Iterable[AnyAction]) -> Ordered:
    """
    Orders the actions of one measure.

    An act waits for those that it needs and for its `after`, but only where their days leave that open; among acts that
    are ready the smallest key comes first. Linear where the days decide; where these alone do, no act is asked whether
    it is ready.
    """
    actions = list(actions)
    placed = _by_day(actions)
    if placed is None or any(action.act.after is not None for action in actions):
        return _by_waiting(actions)
    life = Lifecycle()
    lawful: list[AnyAction] = []
    refused: list[tuple[AnyAction, Refusal]] = []
    for _, _, _, action in placed:
        reason = refusal(life, action)
        if reason is None:
            life.apply(action)
            lawful.append(action)
        else:
            refused.append((action, reason))
    return Ordered(tuple(lawful), (), tuple(refused), life)


def in_recorded_order(actions: Iterable[AnyAction]) -> Ordered:
    """
    The same of actions that stand together on record, and so are lawful: judged again only where it must be.

    Where the days alone decide, the life is not walked.
    """
    actions = list(actions)
    placed = _by_day(actions)
    if placed is None:
        return _by_waiting(actions)
    days = {action.act.act: day for day, _, _, action in placed}
    return Ordered(tuple([action for _, _, _, action in placed]), (), (), None, days)


def _by_day(actions: Iterable[AnyAction]) -> list[tuple[int, int, int, AnyAction]] | None:
    """
    Actions by day and place, where the days alone decide: every act has one of its own, and an exact one.

    None where that is not so. The number of an action among those given comes before it, so that none are compared.
    """
    acts: dict[int, str] = {}
    placed: list[tuple[int, int, int, AnyAction]] = []
    for number, action in enumerate(actions):
        act = action.act
        first, last = ordinals(act.announced_on)
        if first != last or acts.setdefault(first, act.act) != act.act:
            return None
        placed.append((first, action.place, number, action))
    placed.sort()
    return placed


def _by_waiting(actions: Iterable[AnyAction]) -> Ordered:
    """Actions in the order of acts, where an act may have to wait for another that makes it ready."""
    acts = _acts(actions)
    tracker = _Tracker({act.slug: act for act in acts})
    _place(acts, tracker)
    return tracker.result()


def _acts(actions: Iterable[AnyAction]) -> list[_Act]:
    by_act: dict[str, list[AnyAction]] = {}
    for action in actions:
        slug = action.act.act
        if slug in by_act:
            by_act[slug].append(action)
        else:
            by_act[slug] = [action]
    return sorted(map(_Act, by_act.values()), key=_by_key)


def _place(acts: Sequence[_Act], tracker: _Tracker) -> None:
    """Takes acts, given by key, in the order of acts."""
    waiting: list[_Act] = []
    upcoming = 0
    while upcoming < len(acts) or waiting:
        chosen = next((act for act in waiting if tracker.is_ready(act)), None) if waiting else None
        if chosen is not None:
            waiting.remove(chosen)
        elif upcoming < len(acts) and (not waiting or acts[upcoming].key[0] <= min(act.key[1] for act in waiting)):
            chosen = acts[upcoming]
            upcoming += 1
            in_time = waiting or (upcoming < len(acts) and acts[upcoming].key[0] <= chosen.key[1])
            if in_time and not tracker.is_ready(chosen):  # else no other act could make it ready
                insort(waiting, chosen, key=_by_key)
                continue
        else:
            # No act that might come in time makes it ready: it stands where its days put it, and is refused.
            chosen = waiting.pop(0)
        tracker.take(chosen)


class Walk:
    """The order of acts so far, to be gone on with by later acts; for measures whose days are all exact."""

    def __init__(self, ordered: Ordered) -> None:
        self._tracker = _Tracker({})
        assert ordered.life is not None
        self._tracker.life = ordered.life
        self._tracker.actions = list(ordered.actions[:1])
        self._last = max((key(action) for action in ordered.actions), default=(0, 0, ""))
        self.told: tuple[AnyAction, ...] = ()
        """The actions that it went on with last, in the order of acts."""

    def leads_to(self, act: Act) -> bool:
        """Whether an act comes after all so far, so that it can be gone on with."""
        announced = span(act.announced_on)
        return announced.exact and (announced.first.toordinal(), announced.last.toordinal(), act.act) > self._last

    def go_on(self, actions: Iterable[AnyAction]) -> Ordered:
        """Takes later acts and gives these alone, with the refused. After a refusal the walk is of no more use."""
        acts = _acts(actions)
        tracker = self._tracker
        tracker.acts = {act.slug: act for act in acts}
        tracker.refused = []
        tracker.actions = tracker.actions[:1]
        _place(acts, tracker)
        self.told = tuple(tracker.actions[1:])
        tracker.actions = tracker.actions[:1]
        tracker.taken = {}
        if acts:
            self._last = max(self._last, acts[-1].key)
        return Ordered(self.told, (), tuple(tracker.refused), tracker.life)


class _Act:
    __slots__ = ("actions", "after", "key", "slug")

    def __init__(self, actions: Sequence[AnyAction]) -> None:
        self.actions = sorted(actions, key=_by_place) if len(actions) > 1 else actions
        self.key = key(self.actions[0])
        self.slug = self.key[2]
        self.after = self.actions[0].act.after


_by_key = attrgetter("key")


def _by_place(action: AnyAction) -> int:
    return action.place


class _Tracker:
    """Walks the lifecycle act by act and notes who needed whom."""

    def __init__(self, acts: dict[str, _Act]) -> None:
        self.acts = acts
        self.life = Lifecycle()
        self.taken: dict[str, Key] = {}
        self._open_to = 0
        """The last possible day of all acts taken: an act that cannot come before it needs nothing to be noted."""
        self.actions: list[AnyAction] = []
        self.refused: list[tuple[AnyAction, Refusal]] = []
        self.needs: list[tuple[str, str]] = []

    def is_ready(self, act: _Act) -> bool:
        """Whether its `after` stands and its first actions could follow now."""
        if act.after is not None and act.after in self.acts and act.after not in self.taken:
            return False
        begun = noted = False
        set_here: set[str] = set()
        stayed_here: set[str] = set()
        for action in act.actions:
            match action:
                case MeasureProposed() | MeasureAnnounced() | MeasureAdopted():
                    begun = True
                case DeadlineSet() if begun or noted or self.life.count:
                    set_here.add(action.deadline)
                case DeadlineMoved() | DeadlineMet():
                    if action.deadline not in self.life.deadlines and action.deadline not in set_here:
                        return False
                case MeasureNoted():
                    noted = True
                case MeasureReinstated() if action.lifts is not None:
                    if action.lifts not in self.life.stays.by_act and action.lifts not in stayed_here:
                        return False
                    begun = True
                case _:
                    if not begun and refusal(self.life, action) is not None:
                        return False
                    begun = begun or isinstance(action, MeasureReinstated)  # what follows in this act stands on it
                    if isinstance(action, MeasureSuspended):
                        stayed_here.add(act.slug)
        return True

    def take(self, act: _Act) -> None:
        if act.after is not None and act.after in self.acts:
            if act.after not in self.taken:
                message = (
                    f"act {act.slug} ({act.actions[0].act.announced_on}) is said to stand after {act.after} "
                    f"({self.acts[act.after].actions[0].act.announced_on}), but their days or other acts say "
                    "otherwise. Correct the days, or leave 'after' out."
                )
                contradicted = AfterContradicted(message, act=act.slug, after=act.after)
                self.refused.extend((action, contradicted) for action in act.actions)
                return
            self._need(act, act.after)
        for action in act.actions:
            refusal_of_it = refusal(self.life, action)
            if refusal_of_it is not None:
                self.refused.append((action, refusal_of_it))
                continue
            if self._open_to > act.key[0]:
                for base in (self._base(action), self._movable(action)):
                    if base is not None:
                        self._need(act, base)
            self.life.apply(action)
            self.actions.append(action)
        self.taken[act.slug] = act.key
        if act.key[1] > self._open_to:
            self._open_to = act.key[1]

    def _base(self, action: AnyAction) -> str | None:
        match action:
            case MeasureProposed() | MeasureAnnounced() | MeasureAdopted() | MeasureNoted():
                return None
            case DeadlineSet():
                return self.actions[0].act.act
            case DeadlineMoved() | DeadlineMet():
                return self.life.deadlines[action.deadline][-1].act
            case MeasureReinstated() if action.lifts is not None:
                return action.lifts
            case _:
                return self.life.life.opener if self.life.life is not None else None

    def _movable(self, action: AnyAction) -> str | None:
        """The act that adopted what an action moves the entry of, if what was adopted before that has taken force."""
        adoption = self.life.latest_adoption
        if not isinstance(action, MeasureRescheduled) or action.effective_on is UNSET or adoption is None:
            return None
        before = self.life.adoption_before(adoption)
        return adoption.action.act.act if before is not None and has_entered(before, action) else None

    def _need(self, act: _Act, base: str) -> None:
        if base in self.taken and self.taken[base][1] > act.key[0]:
            self.needs.append((base, act.slug))

    def result(self) -> Ordered:
        return Ordered(tuple(self.actions), tuple(dict.fromkeys(self.needs)), tuple(self.refused), self.life)
