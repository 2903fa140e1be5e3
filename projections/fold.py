"""
The fold of one measure: its actions in their order, read on any day by any eyes (record format, rules 3 to 7).

`MeasureFold` has a lifecycle for each day of knowledge (reading.py says what that tells of a day), and tries the others
where days are partial. It also says on which days a reading may change.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice
from random import Random
from typing import Any

from events.actions import (
    KINDS,
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAmended,
    MeasureEnded,
    MeasureExtended,
    MeasureNoted,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
)
from events.dates import NEVER, Span, last_day, span
from events.lifecycle import Lifecycle
from events.lives import Adoption, Start
from events.order import Ordered, in_order
from events.partial import AnyDay, Choices, Day, require, runs
from events.vocabulary import Status, Verification
from projections.reading import IN_FORCE, Standing, entered_on, standing_on, terms_on

UNMOVING: frozenset[type] = frozenset({MeasureAmended, MeasureNoted, DeadlineSet, DeadlineMoved, DeadlineMet})
"""The types of actions on which no status rests."""

TURNING = frozenset(KINDS) - {MeasureNoted, DeadlineSet, DeadlineMoved, DeadlineMet}
"""The types of actions on which status or terms rest."""

STOPPING = (MeasureSuspended, MeasureReinstated, MeasureEnded)
"""The types of actions that stop a measure or let it go on."""

DATING = (MeasureExtended, MeasureRescheduled)
"""Actions that move the days of an adoption that stands."""

MOST_STEPS = 10_000
"""How many actions one question may take, in runs of all outcomes, and beyond that in single choices of the days."""

_EXACT = len("2019-05-20")
"""How long an exact day is as it is written, and no other date is."""

NOTHING_VERIFIED: Mapping[str, Verification] = {}


class MeasureFold:
    """
    One measure, folded: `ordered` are its actions as recorded by some position, `verified` the levels of its acts.

    Answers for any (as_of, known_on) as ordinals. Lifecycles are kept for the last eyes asked for.
    """

    def __init__(
        self,
        measure: str,
        actions: Iterable[AnyAction] | Ordered,
        verified: Mapping[str, Verification] = NOTHING_VERIFIED,
    ) -> None:
        self.measure = measure
        self.verified = verified
        self.ordered: Ordered = actions if isinstance(actions, Ordered) else in_order(actions)
        exact = self._exact_days()
        self.partial = exact is None
        self.first_days, self.last_days = (exact, exact) if exact is not None else self._bound_days()
        self.last_announced = max(self.last_days.values(), default=0)
        """The last possible day of its last act."""
        self._whole: Lifecycle | None = None
        self._kept: dict[bool, tuple[int, Lifecycle]] = {}
        self.was_read = False
        """Whether a line was read of it, so that another may be."""
        self._was_asked_for_turns = False
        self.kept_lines: dict[tuple[int, int], Any] = {}
        """What was read between some boundaries: the room that reads keeps it here, for as long as the fold lasts."""
        self._bases: dict[str, list[str]] = {}
        for base, dependent in self.ordered.needs:
            self._bases.setdefault(dependent, []).append(base)

    def verified_to(self, verified: Mapping[str, Verification]) -> MeasureFold:
        """The same measure with other levels of its acts."""
        other = copy(self)
        other.verified = verified
        other.kept_lines = {}
        return other

    def _exact_days(self) -> dict[str, int] | None:
        """The day of each act; None where one of the days on which a reading may rest is partial."""
        days = self.ordered.days
        if days is None:
            days = {action.act.act: exact_day(action.act.announced_on) for action in self.ordered.actions}
            if not all(days.values()):
                return None
        for action in self.ordered.actions:
            for field in _BEGINNING[type(action)]:
                text = getattr(action, field)
                if isinstance(text, str) and not exact_day(text):
                    return None
        return days

    def _bound_days(self) -> tuple[dict[str, int], dict[str, int]]:
        """The first and the last day of each act among the readings that count (rule 7)."""
        days = self._announced(Choices([]))
        return (
            {slug: day if isinstance(day, int) else day.low for slug, day in days.items()},
            {slug: day if isinstance(day, int) else day.high for slug, day in days.items()},
        )

    def _announced(self, choices: Choices) -> dict[str, AnyDay]:
        days: dict[str, AnyDay] = {}
        for action in self.ordered.actions:
            if action.act.act not in days:
                days[action.act.act] = partial_day(choices, span(action.act.announced_on))
        for base, dependent in self.ordered.needs:
            require(days[base], days[dependent], 0)
        return days

    @cached_property
    def places(self) -> dict[str, int]:
        """Each act's place in the order of acts."""
        return {slug: place for place, slug in enumerate(self.first_days)}

    @cached_property
    def _moving(self) -> list[AnyAction]:
        return [action for action in self.ordered.actions if type(action) not in UNMOVING]

    def life(self, known_on: int, *, earliest: bool = False) -> Lifecycle:
        """
        The lifecycle of what was announced by a day, in the latest reading that counts; or in the earliest.

        The latest has every partial day at its last possible day, the earliest at its first; rule 7 has some days
        (expires_on, due, until, applies_until, met_on) at their last in both.
        """
        if known_on >= self.last_announced and not self.partial:
            if self._whole is None:
                self._whole = self.ordered.life or self._lived(known_on)
            return self._whole
        known = min(known_on, self.last_announced)
        kept = self._kept.get(earliest)
        if kept is None or kept[0] != known:
            kept = self._kept[earliest] = (known, self._lived(known_on, earliest=earliest))
        return kept[1]

    def _lived(self, known_on: int, *, earliest: bool = False) -> Lifecycle:
        life = Lifecycle(earliest_day if earliest else None)
        life.exact = True
        days = self.first_days if earliest else self.last_days
        for action in self.ordered.actions:
            day = days[action.act.act]
            if day <= known_on:
                life.apply(action, day)
        return life

    def lives(self, days: Iterable[int]) -> Iterator[Lifecycle]:
        """
        The lifecycles as known on some days, given in their order. Each is good until the next is asked for.

        Where all days are exact, the order of acts is that of their days, and one lifecycle goes on from day to day.
        """
        if self.partial:
            yield from (self.life(known_on) for known_on in days)
            return
        life = Lifecycle()
        told, actions = 0, self.ordered.actions
        for known_on in days:
            while told < len(actions) and self.last_days[actions[told].act.act] <= known_on:
                life.apply(actions[told], self.last_days[actions[told].act.act])
                told += 1
            yield life

    def possible(self, as_of: int, known_on: int) -> frozenset[Status]:
        """Every status that some choice of the partial days gives, on the days inside them (rule 7)."""
        if not self.is_open(as_of, known_on):
            return frozenset({standing_on(self.life(known_on), as_of).status})
        most = max(8, MOST_STEPS // (len(self._moving) + 1))
        tried = list(islice(runs(lambda choices: self._run(choices, as_of, known_on)), most + 1))
        if len(tried) <= most:
            return frozenset(tried)
        return frozenset([*tried, *islice(self._sampled(as_of, known_on), most)])

    def is_open(self, as_of: int, known_on: int) -> bool:
        """Whether one of the days lies inside a partial day, so that it may yet have come or not."""
        if not self.partial:
            return False
        inside = any(low <= as_of < high for low, high in self._spans)
        return inside or any(low <= known_on < high for low, high in self._told_within)

    @cached_property
    def _told_within(self) -> list[tuple[int, int]]:
        """The partial days of announcement."""
        return _partial(action.act.announced_on for action in self._moving)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """The partial days on which a status may rest."""
        starts = (_text(action, "effective_on") for action in self._moving)
        return self._told_within + _partial(text for text in starts if text is not None)

    def _run(self, choices: Choices, as_of: int, known_on: int) -> Status:
        """The status in one run."""

        def day_of(text: str, last: bool) -> AnyDay:
            return last_day(text) if last else partial_day(choices, span(text))

        return self._status(Lifecycle(day_of), self._announced(choices), as_of, known_on)

    def _status(self, life: Lifecycle, announced: Mapping[str, AnyDay], as_of: int, known_on: int) -> Status:
        for action in self._moving:
            slug = action.act.act
            if self.first_days[slug] <= known_on:
                day = announced[slug]
                if day <= known_on:
                    life.apply(action, day)
        return standing_on(life, as_of).status

    def _sampled(self, as_of: int, known_on: int) -> Iterator[Status]:
        """
        The statuses in single choices of the days, where there are too many outcomes for a run of each.

        Every status found is possible. The choices are those in which the acts up to one of them come early and the
        others late, every other day first, last or around a day asked about, and some by chance, the same every time.
        """
        chance = Random(len(self._moving))
        around = (as_of, as_of + 1, known_on, known_on + 1)
        acts = list(self.first_days)

        def by_chance(low: int, high: int) -> int:
            return min(max(chance.choice((low, high, chance.randint(low, high), *around)), low), high)

        def asked(low: int, high: int) -> int:
            return min(max(as_of, low), high)

        kinds: tuple[Callable[[int, int], int], ...] = (max, min, asked, by_chance)
        for turn in range(0, len(acts) + 1, 1 + len(acts) // 40):
            for early in (asked, min):
                for other in kinds:
                    picks = [early if place < turn else max for place in range(len(acts))]
                    yield self._status_by(picks, other, as_of, known_on)
        while True:
            yield self._status_by([by_chance] * len(acts), by_chance, as_of, known_on)

    def _status_by(
        self,
        picks: Sequence[Callable[[int, int], int]],
        other: Callable[[int, int], int],
        as_of: int,
        known_on: int,
    ) -> Status:
        """The status where `picks` choose the days of the acts and `other` all other days, within their bounds."""
        announced: dict[str, int] = {}
        for slug, pick in zip(self.first_days, picks, strict=True):
            low = max([self.first_days[slug], *(announced[base] for base in self._bases.get(slug, ()))])
            announced[slug] = pick(low, self.last_days[slug])

        def day_of(text: str, last: bool) -> AnyDay:
            read = span(text)
            return last_day(text) if last or read.exact else other(read.first.toordinal(), read.last.toordinal())

        life = Lifecycle(day_of)
        life.exact = True
        return self._status(life, announced, as_of, known_on)

    @cached_property
    def boundaries(self) -> list[int]:
        """The days on which a reading may change under some eyes, in order; between two of them none does."""
        return self._days(self.ordered.actions)

    def between(self, as_of: int, known_on: int) -> tuple[int, int]:
        """Between which boundaries two days lie: with the same ones, a reading is the same but for what counts days."""
        days = self.boundaries
        return bisect_right(days, as_of), bisect_right(days, min(known_on, self.last_announced))

    @cached_property
    def diary_days(self) -> list[tuple[int, int]]:
        """The days on which a row of the diary may stand, in order, each with the first day whose eyes may see it."""
        told: dict[int, int] = {}

        def put(day: int, seen: int) -> None:
            told[day] = min(told.get(day, seen), seen)

        # What was in force may run out on the day before something else begins.
        before = any(isinstance(action, DATING) for action in self.ordered.actions)
        for action in self.ordered.actions:
            slug = action.act.act
            seen = self.first_days[slug]
            begins = {seen, self.last_days[slug]}
            for field in FIRST_DAYS:
                if (text := _text(action, field)) is not None:
                    begins.update((span(text).first.toordinal(), span(text).last.toordinal()))
            for field in LAST_DAYS:
                if (text := _text(action, field)) is not None:
                    put(last_day(text) + (field in RUNNING_OUT), seen)
            for day in begins:
                put(day, seen)
                if before:
                    put(day - 1, seen)
        return sorted(told.items())

    @cached_property
    def named(self) -> frozenset[str]:
        """The jurisdictions at which some action ever aimed the measure, and the measures to which its acts link."""
        return frozenset(name for action in self.ordered.actions for name in named_by(action))

    @cached_property
    def turns(self) -> list[int]:
        """The boundaries of status and terms."""
        return [day for day, _ in self.told_turns]

    @cached_property
    def told_turns(self) -> list[tuple[int, int]]:
        """The same days, each with the first on which an act that names it was surely announced."""
        told: dict[int, int] = {}
        for action in self.ordered.actions:
            if type(action) in TURNING:
                seen = self.last_days[action.act.act]
                for day in (seen, *_days_of(action)):
                    if told.get(day, NEVER) > seen:
                        told[day] = seen
        return sorted(told.items())

    def turns_after(self, day: int, known_on: int) -> list[int]:
        """
        The boundaries of status and terms after a day, in order, as far as acts name them that were surely announced by
        `known_on`.

        Who asks for the first time may be the last to ask: what lies before the day is not looked at.
        """
        if self._was_asked_for_turns:
            later = islice(self.told_turns, bisect_right(self.turns, day), None)
            return [turn for turn, told in later if told <= known_on]
        self._was_asked_for_turns = True
        found: set[int] = set()
        text_of_day = date.fromordinal(day).isoformat()
        for action in self.ordered.actions:
            if type(action) in TURNING:
                told = self.last_days[action.act.act]
                if told > known_on:
                    continue
                if told > day:
                    found.update((told, *_days_of(action)))
                    continue
                if len(action.act.announced_on) != _EXACT:  # surely told by then, and possibly later
                    found.update(_possible_days(action.act.announced_on))
                for field, days_of in _NAMED[type(action)]:
                    text = getattr(action, field)
                    if isinstance(text, str) and (len(text) != _EXACT or text >= text_of_day):
                        found.update(days_of(text))
        return sorted([turn for turn in found if turn > day])

    @cached_property
    def status_turns(self) -> list[int]:
        """The boundaries of the status."""
        return self._days(self._moving)

    @cached_property
    def stop_turns(self) -> list[int]:
        """The boundaries of stays and ends."""
        return self._days(action for action in self._moving if type(action) in STOPPING)

    @cached_property
    def end_turns(self) -> list[int]:
        """The boundaries of ends."""
        if not any(isinstance(action, MeasureEnded) for action in self._moving):
            return []
        return self._days(action for action in self._moving if isinstance(action, MeasureEnded | MeasureReinstated))

    def _days(self, actions: Iterable[AnyAction]) -> list[int]:
        days: set[int] = set()
        for action in actions:
            days.update(_days_of(action))
            days.add(self.last_days[action.act.act])
        return sorted(days)


def since(fold: MeasureFold, life: Lifecycle, as_of: int) -> int | None:
    """The first day of the unbroken run of the status under the same eyes and readings; None for absent."""
    standing = standing_on(life, as_of)
    day, status = as_of, standing.status
    if status == "absent":
        return None
    while standing.status == status:
        first = _surely_from(fold, life, standing, day)
        day = first - 1
        standing = standing_on(life, day)
    return first


def _surely_from(fold: MeasureFold, life: Lifecycle, standing: Standing, day: int) -> int:
    """A day on and after which, up to the given one, the status surely is that of the standing."""
    base, latest = standing.base, life.lives[-1]
    stopped = _last_by(fold.stop_turns, day)
    ended = _last_by(fold.end_turns, day)
    first = NEVER
    if standing.life is latest and life.exact and not fold.partial:
        if standing.status in IN_FORCE and isinstance(base, Adoption):
            piece = base.piece_on(day)
            assert piece is not None
            stay = standing.cause
            first = max(piece[0], stopped if stay is None else max(ended, stay.start))  # type: ignore[assignment]
        elif standing.status in ("proposed", "announced"):
            at = bisect_left(latest.starts, standing.status == "proposed", key=_is_proposed)
            first = max(latest.starts[at].day, ended, life.reach_before(len(life.lives) - 1) + 1)  # type: ignore[assignment]
        elif standing.status == "adopted" and entered_on(latest, day) is None:
            while isinstance(base, Adoption) and base.replaced is not None:
                base = base.replaced
            assert base is not None
            first = max(base.day, ended, life.reach_before(len(life.lives) - 1) + 1)  # type: ignore[assignment]
        elif standing.status == "expired" and isinstance(base, Adoption) and entered_on(latest, day) == (base, None):
            over = base.last_before(day)
            if over is not None:
                first = max(over + 1, ended, life.reach_before(len(life.lives) - 1) + 1)
    return first if first <= day else _last_by(fold.status_turns, day)


def _is_proposed(start: Start) -> bool:
    return start.proposed


def _last_by(days: list[int], day: int) -> int:
    at = bisect_right(days, day)
    return days[at - 1] if at else 0


def next_reading_change(fold: MeasureFold, life: Lifecycle, as_of: int, known_on: int) -> int | None:
    """The first later day on which status or terms differ, as far as this lifecycle of what is known was told."""
    now = _values_on(life, as_of)
    return next((day for day in fold.turns_after(as_of, known_on) if _values_on(life, day) != now), None)


def _values_on(life: Lifecycle, day: int) -> tuple[Status, dict[str, object]]:
    standing = standing_on(life, day)
    return standing.status, {field: value for field, (value, _) in terms_on(standing, day).items()}


def named_by(action: AnyAction) -> Iterator[str]:
    """The jurisdictions at which an action aims its measure, and the measures to which its act links."""
    for link in action.act.links:
        yield link.to
    yield from getattr(action, "targets", None) or ()


@lru_cache(maxsize=65536)
def exact_day(text: str) -> int:
    """The day that a recorded date means, as an ordinal; 0 where several are possible."""
    read = span(text)
    return read.first.toordinal() if read.exact else 0


def earliest_day(text: str, last: bool) -> int:
    """The first possible day of a recorded date, or the last where rule 7 has it so."""
    read = span(text)
    return (read.last if last else read.first).toordinal()


def latest_day(text: str, last: bool) -> int:
    """The last possible day of a recorded date."""
    return last_day(text)


def partial_day(choices: Choices, read: Span) -> AnyDay:
    """An exact day as an ordinal, a partial one as a day of this run."""
    low, high = read.first.toordinal(), read.last.toordinal()
    return low if low == high else Day(choices, low, high)


FIRST_DAYS = ("effective_on", "applies_on", "met_on")
LAST_DAYS = ("expires_on", "until", "applies_until", "due")
RUNNING_OUT = ("until", "applies_until")
"""Last days of which the diary tells on the day after."""

_BEGINNING = {
    kind: [each for each in ("effective_on", "applies_on") if each in kind.__struct_fields__] for kind in KINDS
}


def texts_of_beginning(action: AnyAction) -> list[str]:
    """The dates, as recorded, on which something of the measure begins by this action, as far as it names them."""
    found = [getattr(action, field) for field in _BEGINNING[type(action)]]
    return [text for text in found if isinstance(text, str)]


def _days_of(action: AnyAction) -> tuple[int, ...]:
    """The days on which something begins or is over by what this action says, or was announced."""
    return _possible_days(action.act.announced_on) + days_named(action)


def days_named(action: AnyAction) -> tuple[int, ...]:
    """First days and days after last ones, as this action says them."""
    days: tuple[int, ...] = ()
    for field, days_of in _NAMED[type(action)]:
        text = getattr(action, field)
        if isinstance(text, str):
            days += days_of(text)
    return days


@lru_cache(maxsize=65536)
def _possible_days(text: str) -> tuple[int, ...]:
    """The first and the last day that a recorded date may mean, once where they are the same."""
    read = span(text)
    return (read.first.toordinal(),) if read.exact else (read.first.toordinal(), read.last.toordinal())


@lru_cache(maxsize=65536)
def _day_after(text: str) -> tuple[int]:
    """The day after the last one that a recorded date may mean."""
    return (last_day(text) + 1,)


_NAMED = {
    kind: [
        *((each, _possible_days) for each in FIRST_DAYS if each in kind.__struct_fields__),
        *((each, _day_after) for each in LAST_DAYS if each in kind.__struct_fields__),
    ]
    for kind in KINDS
}
"""Of each type of action its dates, and the days on which something begins or is over by them."""


def _partial(texts: Iterable[str]) -> list[tuple[int, int]]:
    """The first and last possible days of those that are partial, each once."""
    reads = (span(text) for text in dict.fromkeys(texts))
    return [(read.first.toordinal(), read.last.toordinal()) for read in reads if not read.exact]


def _text(action: AnyAction, field: str) -> str | None:
    value = getattr(action, field, None)
    return value if isinstance(value, str) else None
