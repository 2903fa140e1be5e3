"""Whether a system says what the oracle says: asked before it is timed, for a wrong answer may be had in no time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from bench.oracle import Archive, Json, state, world_row
from bench.peers.system import System, WorldSystem

COMPARED = ("measure", "status", "effects", "subjects", "scope", "effective_on", "expires_on")


class WrongAnswer(Exception):
    """A system that is compared answers otherwise than the oracle."""


def check_states(systems: Iterable[System], archive: Archive, questions: Iterable[tuple[str, date]]) -> None:
    """Asks every system for the state of a jurisdiction on a day. Raises WrongAnswer, naming system and question."""
    systems = list(systems)
    by_jurisdiction: dict[str, list[date]] = {}
    for jurisdiction, day in questions:
        by_jurisdiction.setdefault(jurisdiction, []).append(day)
    for jurisdiction, days in by_jurisdiction.items():
        heard = archive.heard(jurisdiction)
        for day in days:
            true = state(heard, day.isoformat())
            for system in systems:
                said = [compared(line) for line in json.loads(system.state(jurisdiction, day))["measures"]]
                _check(system.name, f"{jurisdiction} on {day}", said, true)


def check_worlds(systems: Iterable[WorldSystem], archive: Archive, days: Iterable[date]) -> None:
    """Asks every system for the world on some days. Raises WrongAnswer, naming system and question."""
    systems, days = list(systems), list(dict.fromkeys(days))
    true: dict[date, list[Json]] = {day: [] for day in days}
    for code in archive.codes():
        heard = archive.heard(code)
        for day in days:
            row = world_row(code, state(heard, day.isoformat()))
            if row["counts"]:
                true[day].append(row)
    for day in days:
        for system in systems:
            rows = json.loads(system.world(day))["jurisdictions"]
            said = [_compared_row(row) for row in rows if row["counts"]]
            _check(system.name, f"the world on {day}", said, true[day])


def compared(line: Json) -> Json:
    """What of a measure's line is compared."""
    deadlines = [{name: each[name] for name in ("deadline", "due", "status")} for each in line["deadlines"]]
    return {name: line[name] for name in COMPARED} | {"deadlines": sorted(deadlines, key=lambda d: str(d["deadline"]))}


def _compared_row(row: Json) -> Json:
    effect = row["headline"] and row["headline"]["effect"]
    return {"jurisdiction": row["jurisdiction"], "effect": effect, "counts": row["counts"]}


def _check(name: str, question: str, said: list[Json], true: list[Json]) -> None:
    if said == true:
        return
    for mine, right in zip(said, true, strict=False):
        if mine != right:
            raise WrongAnswer(f"{name} is wrong about {question}: it says {mine} where {right} is true")
    raise WrongAnswer(f"{name} is wrong about {question}: it has {len(said)} lines where there are {len(true)}")
