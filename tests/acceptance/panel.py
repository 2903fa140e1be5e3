"""
A daily panel (country × day, one level a cell) as a register records it: snapshots that extend and revise each other.

The arrays are the truth. `write` tells them as a replay: each run of days with one level is an act on the country's
measure, announced on the first day of the run; days without a cell are a run of no level. A later snapshot records the
runs that are new, corrects those whose level changed, retracts those that begin no more, and records again those that
begin anew.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

_CODES = """
AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN
CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HN HR HT
HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PS PT PW PY QA RO RS
RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY
UZ VA VC VE VN VU WS XK YE ZA ZM ZW AI AS AW
"""
CODES = _CODES.split()
FIRST = date(2020, 1, 1)
DAY = timedelta(days=1)
LEVELS = (0, 1, 2, 3, 4)

Cells = list[int | None]


@dataclass(frozen=True)
class Panel:
    """`cells[snapshot][country]` are the levels from FIRST on, None for no level; `moments` when each was recorded."""

    countries: list[str]
    moments: list[datetime]
    cells: list[dict[str, Cells]]

    def write(self, file: Path) -> int:
        """Writes the panel as JSON Lines for a replay; how many lines."""
        number = 0
        with file.open("w", encoding="utf-8") as out:
            for line in self._lines():
                out.write(json.dumps(line) + "\n")
                number += 1
        return number

    def _lines(self) -> Iterator[dict[str, Any]]:
        ever: set[str] = set()
        for snapshot, moment in enumerate(self.moments):
            recorded_at = moment.isoformat().replace("+00:00", "Z")
            for country in self.countries:
                before = _runs(self.cells[snapshot - 1][country]) if snapshot else {}
                after = _runs(self.cells[snapshot][country])
                told = [_opening(country)] if not snapshot else []
                for day in sorted(before.keys() | after.keys()):
                    if before.get(day, "none") == after.get(day, "none"):
                        continue
                    act = _act(country, day, after.get(day))
                    if day not in after:
                        told.append({"retract": act["act"], "reason": "unfounded"})
                    elif day in before:
                        told.append({"correct": act["act"], "replacement": act, "reason": "source_corrected"})
                    else:
                        told.append({"act": {**act, "again": True} if act["act"] in ever else act})
                        ever.add(act["act"])
                for each in told:
                    yield {"jurisdiction": country, "recorded_at": recorded_at, **each}


def panel(seed: int, countries: int, days: int, snapshots: int) -> Panel:
    """A panel of that size. Every snapshot adds days, and revises days that it had: corrects, fills and withdraws."""
    chance = random.Random(seed)
    codes = CODES[:countries]
    assert len(codes) == countries
    cells: list[dict[str, Cells]] = []
    moments = []
    for number in range(1, snapshots + 1):
        end = days * number // snapshots
        known = {code: list(cells[-1][code]) if cells else [] for code in codes}
        for of in known.values():
            if of and chance.random() < 0.7:
                for _ in range(chance.randint(1, 3)):
                    _revise(of, chance)
            while len(of) < end:
                level = chance.choice(LEVELS) if chance.random() < 0.85 else None
                of.extend([level] * min(1 + int(chance.expovariate(1 / 18)), end - len(of)))
        cells.append(known)
        moments.append(datetime.combine(FIRST + end * DAY, datetime.min.time(), UTC) + timedelta(hours=number))
    return Panel(codes, moments, cells)


def _revise(cells: Cells, chance: random.Random) -> None:
    """Corrects, fills or withdraws a span of days."""
    first = chance.randrange(len(cells))
    last = min(len(cells), first + chance.randint(1, 25))
    level = None if chance.random() < 0.3 else chance.choice(LEVELS)
    cells[first:last] = [level] * (last - first)


def _runs(cells: Cells) -> dict[int, int | None]:
    """Each day on which another level begins, with it; before the first day there is none."""
    return {day: level for day, level in enumerate(cells) if level != (cells[day - 1] if day else None)}


def _opening(country: str) -> dict[str, Any]:
    adopted = {"measure": "indicator", "type": "adopted", "values": {"level": None}}
    return {"act": {**_act(country, -1, None), "actions": [adopted]}}


def _act(country: str, day: int, level: int | None) -> dict[str, Any]:
    on = (FIRST + day * DAY).isoformat()
    return {
        "act": f"{country.lower()}-indicator-{on}",
        "announced_on": on,
        "authority": "Panel",
        "instrument": "guidance",
        "title": "Level of the day",
        "sources": [{"name": "Panel"}],
        "actions": [{"measure": "indicator", "type": "amended", "values": {"level": level}}],
    }
