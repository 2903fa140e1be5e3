"""
A world to compare with: many measures of many jurisdictions, lawful, made from a seed, told a line at a time.

What is recorded first stands in the order of announcement, as it comes in real life. What was recorded wrongly is put
right at the end: corrections, then retractions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import date
from heapq import merge
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

from bench.generating import Line, act_line
from bench.living import Life

MEASURES = 40
"""Measures of a jurisdiction."""

JURISDICTIONS = 200

CORRECTED, RETRACTED = 0.05, 0.02
"""The shares of acts that are put right later."""


class Told(NamedTuple):
    """An act of one action on one measure, on an ordinal day; `number` is its place in the measure's life."""

    day: int
    measure: str
    number: int
    action: dict[str, Any]

    @property
    def slug(self) -> str:
        """The act's name."""
        jurisdiction, _, name = self.measure.partition("/")
        return f"{jurisdiction.lower()}-{name}-{self.number:04}"

    def line(self) -> Line:
        """The act as it is recorded."""
        return act_line(self.slug, self.measure, date.fromordinal(self.day), self.action)


def world_codes(count: int = JURISDICTIONS) -> list[str]:
    """Codes of real jurisdictions, without the EU: its measures are inherited, which no peer knows of."""
    places = json.loads((files("services.web") / "map.json").read_bytes())["places"]
    return sorted(set(places) - {"EU"})[:count]


def workload(events: int, seed: int, codes: Sequence[str], measures: int = MEASURES) -> Iterator[Line]:
    """
    About so many events on so many measures of each jurisdiction: acts by announcement, corrections, retractions.

    The number of acts is exact, that of what is put right is so in the mean. No more is in memory than one act of
    each measure.
    """
    lives = _Lives(events, seed, [f"{code}/measure-{number:02}" for code in codes for number in range(measures)])
    for told in merge(*map(lives.of, lives.counts)):
        yield told.line()
    for measure in lives.counts:
        for told in lives.chosen(measure)[0]:
            yield _correction(told, Random(f"{seed} corrects {told.slug}"))
    for measure in lives.counts:
        for told in lives.chosen(measure)[1]:
            jurisdiction = told.measure.partition("/")[0]
            yield {"jurisdiction": jurisdiction, "retract": told.slug, "reason": "unfounded"}


class _Lives:
    """The lives of all measures. Each is lived again whenever it is asked for, always the same."""

    def __init__(self, events: int, seed: int, measures: Sequence[str]) -> None:
        self._seed = seed
        acts = round(events / (1 + CORRECTED + RETRACTED))
        each, more = divmod(acts, len(measures))
        longer = set(Random(f"{seed} longer").sample(measures, more))
        self.counts = {name: each + (name in longer) for name in measures if each or name in longer}

    def of(self, measure: str) -> Iterator[Told]:
        """The acts of a measure, each announced later than the one before."""
        life = Life(Random(f"{self._seed} lives {measure}"))
        for number, (day, action) in enumerate(life.lived(self.counts[measure])):
            yield Told(day, measure, number, action)

    def chosen(self, measure: str) -> tuple[list[Told], list[Told]]:
        """The acts of a measure that are corrected, and those that are retracted, without which the others can do."""
        random = Random(f"{self._seed} chooses of {measure}")
        acts = list(self.of(measure))
        needless = [told for told in acts if told is acts[-1] or told.action["type"] in ("amended", "noted")]
        retracted = _some(needless, RETRACTED * len(acts), random)
        gone = {told.number for told in retracted}
        return _some([told for told in acts if told.number not in gone], CORRECTED * len(acts), random), retracted


def _some(acts: Sequence[Told], mean: float, random: Random) -> list[Told]:
    """So many in the mean, in their order."""
    wanted = int(mean) + (random.random() < mean % 1)
    return sorted(random.sample(acts, min(wanted, len(acts))))


def _correction(told: Told, random: Random) -> Line:
    """The act with another summary, and often another day or other terms, such that all that follows remains lawful."""
    replacement = deepcopy(told.line())["act"]
    replacement["summary"] = "Made for a benchmark, and put right in it."  # it differs, whatever else it says
    action, reason = replacement["actions"][0], "wrong_date"
    match told.action["type"]:
        case "extended" | "deadline_set" | "deadline_moved":
            field = "expires_on" if told.action["type"] == "extended" else "due"
            action[field] = date.fromordinal(told.day + 700 + random.randrange(300)).isoformat()
            if field == "expires_on":
                action[field] = max(action[field], told.action[field])
        case "amended" if "scope" in told.action:
            action["scope"], reason = ["core", "spectrum"], "wrong_subject"
        case "adopted":
            action["subjects"], reason = ["Hikvision", "Dahua"], "wrong_subject"
        case _:
            reason = "typo"
    jurisdiction = told.measure.partition("/")[0]
    return {"jurisdiction": jurisdiction, "correct": told.slug, "reason": reason, "replacement": replacement}


def types_of(lines: Iterable[Line]) -> Iterator[str]:
    """What each line does: the type of its action, `corrected` or `retracted`."""
    for line in lines:
        if "act" in line:
            yield line["act"]["actions"][0]["type"]
        else:
            yield "corrected" if "correct" in line else "retracted"
