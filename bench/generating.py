"""Histories to measure with: lawful, made from a seed, the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

Line = dict[str, Any]
"""One line of JSON Lines, as the record format has it."""

FIRST = date(1995, 1, 1)
"""The day of the first act of a long history; one act a day follows, so that 10,000 end before the present."""

JURISDICTIONS = (
    "AU",
    "BR",
    "CA",
    "CN",
    "DE",
    "FR",
    "GB",
    "IN",
    "JP",
    "KR",
    "NL",
    "NO",
    "NZ",
    "PL",
    "SE",
    "SG",
    "US",
    "VN",
)
ACTS_OF_A_MEASURE = 10


def act_line(slug: str, measure: str, day: date, action: dict[str, Any]) -> Line:
    """An act of one action, with as much text as acts of the dossier have."""
    jurisdiction, _, name = measure.partition("/")
    return {
        "jurisdiction": jurisdiction,
        "act": {
            "act": slug,
            "announced_on": day.isoformat(),
            "authority": "Ministry of Communications",
            "instrument": "rule",
            "citation": f"Gazette {day.year}/{day.timetuple().tm_yday}",
            "title": f"Order on the security of telecommunications networks, {action['type']} of {day.isoformat()}",
            "summary": "Made for a benchmark; no authority ever did this.",
            "confidence": "high",
            "sources": [{"name": "Official gazette", "url": f"https://gazette.example/{slug}", "basis": "generated"}],
            "actions": [{"measure": name, **action}],
        },
    }


def many_measures(events: int, seed: int, jurisdictions: Sequence[str] = JURISDICTIONS) -> list[Line]:
    """So many acts of one action each, ten a measure, in no particular order."""
    random = Random(seed)
    lines = list(_measures(events, random, jurisdictions))
    del lines[events:]
    random.shuffle(lines)
    return lines


def write_many_measures(events: int, seed: int, path: Path) -> Path:
    """Writes the same acts in the same order, of which only the text is held: for many of them."""
    random = Random(seed)
    lines = [_text(line) for line in _measures(events, random, JURISDICTIONS)]
    del lines[events:]
    random.shuffle(lines)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def _measures(events: int, random: Random, jurisdictions: Sequence[str]) -> Iterator[Line]:
    """Whole measures, until there are so many acts."""
    for number in range(-(-events // ACTS_OF_A_MEASURE)):
        measure = f"{random.choice(jurisdictions)}/measure-{number:05}"
        day = date(2005, 1, 1) + timedelta(days=random.randrange(4000))
        for place, action in enumerate(_short_life(day, random)):
            yield act_line(f"act-{number:05}-{place}", measure, day, action)
            day += timedelta(days=random.randrange(1, 150))


def _short_life(start: date, random: Random) -> Iterator[dict[str, Any]]:
    effective = start + timedelta(days=random.randrange(400, 900))
    expires = effective + timedelta(days=random.randrange(2000, 4000))
    due = effective + timedelta(days=random.randrange(30, 400))
    terms = {"effects": ["restricts"], "subjects": ["Huawei", "ZTE"], "scope": ["core", "radio_access"]}
    yield {"type": "announced", **terms}
    yield {"type": "proposed", **terms}
    yield {
        "type": "adopted",
        "effects": ["prohibits"],
        "effective_on": effective.isoformat(),
        "expires_on": expires.isoformat(),
    }
    yield {"type": "deadline_set", "deadline": "removal", "due": due.isoformat(), "obliged": "addressees"}
    yield {"type": "amended", "scope": ["core", "radio_access", "existing_networks"], "values": {"level": 2}}
    moved = due + timedelta(days=200)
    yield {"type": "deadline_moved", "deadline": "removal", "due": moved.isoformat()}
    yield {"type": "suspended"}
    yield {"type": "reinstated"}
    yield {"type": "noted"}
    yield {"type": "extended", "expires_on": (expires + timedelta(days=1000)).isoformat()}


def one_measure(actions: int, *, measure: str = "US/long-measure", prefix: str = "long") -> list[Line]:
    """The life of a single measure, one act a day: amended, stopped and taken up again, with deadlines."""
    return [act_line(f"{prefix}-{n:06}", measure, _day(n), _long_life(n)) for n in range(actions)]


def panel(actions: int) -> list[Line]:
    """The life of an indicator: adopted once, then given another value every day."""
    return [
        act_line(
            f"panel-{n:06}",
            "US/panel",
            _day(n),
            {"type": "amended" if n else "adopted", "values": {"level": n % 5}}
            | ({} if n else {"effective_on": FIRST.isoformat()}),
        )
        for n in range(actions)
    ]


def _day(n: int) -> date:
    return FIRST + timedelta(days=n)


def _long_life(n: int) -> dict[str, Any]:
    if n == 0:
        terms = {"effects": ["restricts"], "subjects": ["Huawei", "ZTE"], "scope": ["core"], "values": {"level": 0}}
        return {"type": "adopted", **terms, "effective_on": FIRST.isoformat(), "expires_on": "2150-12-31"}
    turn, place = divmod(n, 10)
    deadline = f"report-{turn}"
    soon = (_day(n) + timedelta(days=40)).isoformat()
    match place:
        case 1:
            return {"type": "deadline_set", "deadline": deadline, "due": soon, "obliged": "authority"}
        case 2:
            return {"type": "suspended"}
        case 3:
            return {"type": "deadline_moved", "deadline": deadline, "due": soon}
        case 4:
            return {"type": "reinstated"}
        case 5:
            return {"type": "amended", "scope": ["core", f"band-{turn % 7}"]}
        case 6:
            return {"type": "deadline_met", "deadline": deadline, "met_on": _day(n).isoformat()}
        case 7:
            return {"type": "amended", "values": {"level": turn % 5}, "applies_on": soon}
        case 8:
            return {"type": "extended", "expires_on": date(2151 + turn % 40, 12, 31).isoformat()}
        case 9:
            return {
                "type": "amended",
                "subjects": ["Huawei"],
                "applies_until": (_day(n) + timedelta(days=3)).isoformat(),
            }
        case _:
            return {"type": "noted"}


def write(lines: Iterable[Line], path: Path) -> Path:
    """Writes JSON Lines, one object a line."""
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(_text(line))
    return path


def _text(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
