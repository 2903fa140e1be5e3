"""The life of one measure of the compared world: what an authority may lawfully do next, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from random import Random
from typing import Any

FIRST, LAST = date(2011, 1, 1), date(2025, 12, 31)
"""The fifteen years over which the measures of the world begin and go on."""

EFFECTS = ("prohibits", "restricts", "requires_approval", "requires_security_measures", "permits_temporarily")
SUBJECTS = ("Huawei", "ZTE", "Hikvision", "Dahua", "Kaspersky", "China Mobile", "China Telecom")
SCOPES = ("core", "radio_access", "existing_networks", "devices", "spectrum", "public_procurement")
OBLIGED = {"removal": "addressees", "report": "authority"}
"""The deadlines that a measure may have, and whom each obliges."""

MOST_MOVES = 3
NEVER = date.max.toordinal()

Action = dict[str, Any]


class Life:
    """Where a measure stands after each act, as far as what may come next depends on it. Days are ordinals."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._entry = 0
        self._last = NEVER
        self._stay: tuple[int, int] | None = None
        self._stays_from = 0  # the first day on which another stay may be told
        self._moves: dict[str, int] = {}  # of each deadline that still runs

    def lived(self, acts: int) -> Iterator[tuple[int, Action]]:
        """So many acts, each on a day of its own, in order; the first adopts the measure."""
        if not acts:
            return
        first = self._announced()
        yield first, self._adopted(first)
        for day in sorted(self._random.sample(range(first + 1, LAST.toordinal() + 1), acts - 1)):
            yield day, self._next(day)

    def _announced(self) -> int:
        """The day of the adoption: before the first day in force, on it, or after it."""
        self._entry = FIRST.toordinal() + self._random.randrange((LAST - FIRST).days - 400)
        turn = self._random.random()
        if turn < 0.5:
            return self._entry - self._between(1, 400)
        return self._entry if turn < 0.75 else self._entry + self._between(1, 60)

    def _adopted(self, day: int) -> Action:
        action: Action = {"type": "adopted", "effective_on": _iso(self._entry), "effects": [self._one(EFFECTS)]}
        action |= {"subjects": self._few(SUBJECTS), "scope": self._few(SCOPES)}
        if self._random.random() < 0.5:
            self._last = max(day, self._entry) + self._between(100, 1500)
            action["expires_on"] = _iso(self._last)
        return action

    def _next(self, day: int) -> Action:
        if day > self._last:  # only an extension goes on, and what was to be done by a day is void
            self._moves.clear()
            return self._extended(day) if self._random.random() < 0.8 else {"type": "noted"}
        choices: list[Callable[[int], Action]] = [
            self._amended,
            self._amended,
            self._amended,
            self._deadline,
            self._deadline,
            self._deadline,
        ]
        choices.append(self._noted)
        if self._last != NEVER:
            choices += [self._extended]
        if self._entry > day + 1:
            choices += [self._rescheduled, self._rescheduled]
        if self._stay is not None and self._stay[0] <= day <= self._stay[1]:
            choices += [self._reinstated, self._reinstated, self._reinstated]
        elif day > self._stays_from:
            choices += [self._suspended]
        return self._random.choice(choices)(day)

    def _amended(self, day: int) -> Action:
        action: Action = {"type": "amended"}
        turn = self._random.random()
        if turn < 0.4:
            action["scope"] = self._few(SCOPES)
        elif turn < 0.8:
            action["subjects"] = self._few(SUBJECTS)
        else:
            action["effects"] = [self._one(EFFECTS)]
        turn = self._random.random()
        if turn < 0.2:
            action["applies_on"] = _iso(day + self._between(10, 200))
        elif turn < 0.3:
            action["applies_on"] = _iso(day - self._between(1, 30))
        elif turn < 0.4:
            action["applies_until"] = _iso(day + self._between(20, 100))
        return action

    def _extended(self, day: int) -> Action:
        self._last = max(day, self._last) + self._between(100, 700)
        return {"type": "extended", "expires_on": _iso(self._last)}

    def _rescheduled(self, day: int) -> Action:
        self._entry = day + self._between(1, min(300, self._last - day))
        return {"type": "rescheduled", "effective_on": _iso(self._entry)}

    def _suspended(self, day: int) -> Action:
        first = day + self._one((0, 0, self._between(1, 60)))
        last = first + self._between(10, 200) if self._random.random() < 0.3 else NEVER
        self._stay, self._stays_from = (first, last), last
        action = {"type": "suspended", "effective_on": _iso(first)}
        return action if last == NEVER else action | {"until": _iso(last)}

    def _reinstated(self, day: int) -> Action:
        assert self._stay is not None
        lifted = min(day + self._one((0, 0, self._between(1, 10))), self._stay[1])
        self._stay, self._stays_from = None, lifted
        return {"type": "reinstated", "effective_on": _iso(lifted)}

    def _deadline(self, day: int) -> Action:
        name = self._one(sorted(OBLIGED))
        due = day + self._between(30, 500)
        if name not in self._moves:
            self._moves[name] = 0
            return {"type": "deadline_set", "deadline": name, "due": _iso(due), "obliged": OBLIGED[name]}
        if self._moves[name] < MOST_MOVES and self._random.random() < 0.6:
            self._moves[name] += 1
            later = None if self._random.random() < 0.1 else _iso(due)
            return {"type": "deadline_moved", "deadline": name, "due": later}
        del self._moves[name]
        return {"type": "deadline_met", "deadline": name, "met_on": _iso(day - self._between(0, 5))}

    def _noted(self, day: int) -> Action:
        return {"type": "noted"}

    def _between(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def _one(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _few(self, words: tuple[str, ...]) -> list[str]:
        return self._random.sample(words, self._between(1, 3))


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
