"""
What is true of the compared world: its lines read one by one, plainly, by the record format and nothing else.

It knows only what the workload says: exact days, each act of a measure later than the one before, a measure that is
adopted once and never ended. What it answers is the question of the comparison: a day, known on that day or before.
Days are written as ISO 8601 has them, and so compared. It shares no code with the product.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FOREVER = "9999-12-31"
"""No day that anybody asks about."""

STRICTNESS = ("prohibits", "restricts", "requires_approval", "requires_security_measures", "permits_temporarily")
"""The effects of the workload, the strictest first."""


def day_after(day: str) -> str:
    """The next day."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


class Measure:
    """One measure, as far as it was told: it hears acts in the order of their announcement, and says how it stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entry, self._last = FOREVER, FOREVER
        self._effective_on: str | None = None
        self._expires_on: str | None = None
        self._terms: list[tuple[str, str, Json]] = []  # from which day, until which last day, what
        self._stays: list[list[str]] = []  # first day, last day
        self._deadlines: dict[str, Json] = {}

    def hear(self, announced: str, action: Json) -> None:
        """Takes one act's action, announced later than all before."""
        match action["type"]:
            case "adopted":
                self._terms = [("", FOREVER, action)]
                self._effective_on = self._entry = action["effective_on"]
                self._last_day(action.get("expires_on"))
            case "amended":
                first, last = action.get("applies_on", announced), action.get("applies_until", FOREVER)
                self._terms.append((first, last, action))
                self._terms.sort(key=lambda term: term[0])  # keeps the order of telling where they begin together
            case "rescheduled":
                self._effective_on = self._entry = action["effective_on"]
            case "extended":
                if self._last < _day_before(announced):  # too late to go on: the days between stay expired
                    for deadline in self._deadlines.values():
                        deadline["void"] = deadline["void"] or self._ran_at_the_end(deadline)
                self._last_day(action["expires_on"])
            case "suspended":
                self._stays.append([action.get("effective_on", announced), action.get("until", FOREVER)])
            case "reinstated":
                lifted = action.get("effective_on", announced)
                self._stays = [[first, min(last, _day_before(lifted))] for first, last in self._stays]
            case "deadline_set":
                told = {"due": action["due"], "obliged": action["obliged"], "met_on": None, "void": False}
                self._deadlines[action["deadline"]] = told
            case "deadline_moved":
                self._deadlines[action["deadline"]]["due"] = action["due"]
            case "deadline_met":
                self._deadlines[action["deadline"]]["met_on"] = action["met_on"]
            case "noted":
                pass
            case other:
                raise ValueError(f"the workload has no {other}")

    def on(self, day: str) -> Json:
        """How it stands on a day, not before the last announcement that was heard, by all that was heard."""
        terms: Json = {}
        for first, last, action in self._terms:
            if first <= day <= last:
                terms |= {field: action[field] for field in ("effects", "subjects", "scope") if field in action}
        return {
            "measure": self.name,
            "status": self._status(day),
            **terms,
            "effective_on": self._effective_on,
            "expires_on": self._expires_on,
            "deadlines": [
                {"deadline": name, "due": deadline["due"], "status": self._deadline_status(deadline, day)}
                for name, deadline in sorted(self._deadlines.items())
            ],
        }

    def turns(self) -> set[str]:
        """Every day on which it may come to stand otherwise without another act."""
        days = {self._entry, self._last}
        for first, last, _ in self._terms:
            days |= {first, last}
        for stay in self._stays:
            days |= set(stay)
        for deadline in self._deadlines.values():
            days |= {deadline["due"], deadline["met_on"]} - {None}
        days -= {"", FOREVER}
        return days | {day_after(day) for day in days}

    def _last_day(self, expires_on: str | None) -> None:
        self._expires_on = expires_on
        self._last = expires_on or FOREVER

    def _status(self, day: str) -> str:
        if day < self._entry:
            return "adopted"
        if day > self._last:
            return "expired"
        return "suspended" if any(first <= day <= last for first, last in self._stays) else "in_force"

    def _deadline_status(self, deadline: Json, day: str) -> str:
        if deadline["void"] or (day > self._last and self._ran_at_the_end(deadline)):
            return "void"
        if deadline["met_on"] is not None and deadline["met_on"] <= day:
            return "met"
        if deadline["due"] is None:
            return "postponed"
        if day <= deadline["due"]:
            return "open"
        return "overdue" if deadline["obliged"] == "authority" else "passed"

    def _ran_at_the_end(self, deadline: Json) -> bool:
        """Whether it was neither met nor past on the day after the last one in force."""
        return deadline["met_on"] is None and (deadline["due"] is None or deadline["due"] > self._last)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


Heard = tuple[str, str, Json]
"""Measure, day of announcement, action."""


def put_right(lines: Iterable[Json]) -> list[Heard]:
    """The acts as they read in the end, corrections and retractions done, in the order of their announcement."""
    acts: dict[str, tuple[str, Json]] = {}
    for line in lines:
        if "act" in line:
            acts[line["act"]["act"]] = line["jurisdiction"], line["act"]
        elif "correct" in line:
            acts[line["correct"]] = line["jurisdiction"], line["replacement"]
        else:
            del acts[line["retract"]]
    heard = [
        (f"{jurisdiction}/{action['measure']}", act["announced_on"], action)
        for jurisdiction, act in acts.values()
        for action in act["actions"]
    ]
    return sorted(heard, key=lambda each: each[1])


def state(heard: Iterable[Heard], day: str) -> list[Json]:
    """The measures of which anything was announced by a day, as they stand on it, by name."""
    measures: dict[str, Measure] = {}
    for name, announced, action in heard:
        if announced <= day:
            measures.setdefault(name, Measure(name)).hear(announced, action)
    return [measures[name].on(day) for name in sorted(measures)]


def world_row(jurisdiction: str, lines: Iterable[Json]) -> Json:
    """A jurisdiction in the matrix: the strictest effect in force, and how many measures have each status."""
    counts: dict[str, int] = {}
    ranks = []
    for line in lines:
        counts[line["status"]] = counts.get(line["status"], 0) + 1
        if line["status"] == "in_force":
            ranks += [STRICTNESS.index(effect) for effect in line["effects"]]
    effect = STRICTNESS[min(ranks)] if ranks else None
    return {"jurisdiction": jurisdiction, "effect": effect, "counts": counts}


class Archive:
    """The lines of a workload, apart for each jurisdiction, so that one can be read without all others in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def keep(self, lines: Iterable[Json]) -> Iterator[str]:
        """Files each line under its jurisdiction, and gives it as it is written."""
        opened = {}
        try:
            for line in lines:
                text = json.dumps(line, ensure_ascii=False) + "\n"
                code = line["jurisdiction"]
                if code not in opened:
                    opened[code] = (self._folder / code).open("w", encoding="utf-8")
                opened[code].write(text)
                yield text
        finally:
            for file in opened.values():
                file.close()

    def codes(self) -> list[str]:
        """The jurisdictions, by code."""
        return sorted(path.name for path in self._folder.iterdir())

    def lines(self, code: str) -> Iterator[Json]:
        """What was recorded of a jurisdiction, in order."""
        with (self._folder / code).open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def heard(self, code: str) -> list[Heard]:
        """The acts of a jurisdiction as they read in the end, in order."""
        return put_right(self.lines(code))
