"""
The compared world as a bitemporal table has it: what is true of a measure, on which days, as known on which days.

Each act closes the rows that it makes untrue and opens others. Days before an announcement stay as they were told:
hindsight upon acts that reach back is not what is compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bench.oracle import FOREVER, STRICTNESS, Archive, Heard, Json, Measure

COLUMNS = (
    "jurisdiction",
    "measure",
    "known_from",
    "known_to",
    "valid_from",
    "valid_to",
    "status",
    "strictness",
    "line",
)


class Box(NamedTuple):
    """
    A row. All periods are half-open; `strictness` is the place of the strictest of the effects, whatever the status.

    `line` is what an answer says of the measure, written as JSON.
    """

    jurisdiction: str
    measure: str
    known_from: str
    known_to: str
    valid_from: str
    valid_to: str
    status: str
    strictness: int
    line: str


class _Open(NamedTuple):
    known_from: str
    valid_from: str
    valid_to: str
    line: str


def boxes(archive: Archive, codes: Iterable[str]) -> Iterator[Box]:
    """All rows of some jurisdictions, a measure at a time."""
    for code in codes:
        measures: dict[str, list[Heard]] = {}
        for heard in archive.heard(code):
            measures.setdefault(heard[0], []).append(heard)
        for name in sorted(measures):
            yield from _of_measure(code, name, measures[name])


def _of_measure(code: str, name: str, heard: Iterable[Heard]) -> Iterator[Box]:
    measure = Measure(name)
    standing: list[_Open] = []
    for _, announced, action in heard:
        measure.hear(announced, action)
        coming = _coming(measure, announced)
        kept: list[_Open] = []
        for row in standing:
            if row.valid_to <= announced:
                kept.append(row)
            elif _is_among(coming, row, announced):
                kept.append(row)
                coming = [each for each in coming if each.valid_to != row.valid_to]
            else:
                yield _closed(code, name, row, announced)
                if row.valid_from < announced:
                    kept.append(row._replace(known_from=announced, valid_to=announced))
        standing = kept + coming
    for row in standing:
        yield _closed(code, name, row, FOREVER)


def _coming(measure: Measure, announced: str) -> list[_Open]:
    """The days from an announcement on, as it makes them expected, in stretches on which nothing changes."""
    days = [announced, *sorted(day for day in measure.turns() if day > announced)]
    rows: list[_Open] = []
    for first, last in zip(days, [*days[1:], FOREVER], strict=True):
        line = written(measure.on(first))
        if rows and rows[-1].line == line:
            rows[-1] = rows[-1]._replace(valid_to=last)
        else:
            rows.append(_Open(announced, first, last, line))
    return rows


def _is_among(coming: Iterable[_Open], row: _Open, announced: str) -> bool:
    """Whether the days to come are expected as the row has them: an act that changes nothing leaves it alone."""
    first = max(row.valid_from, announced)
    return any((each.valid_from, each.valid_to, each.line) == (first, row.valid_to, row.line) for each in coming)


def _closed(code: str, name: str, row: _Open, known_to: str) -> Box:
    line: Json = json.loads(row.line)
    strictness = min(STRICTNESS.index(effect) for effect in line["effects"])
    return Box(code, name, row.known_from, known_to, row.valid_from, row.valid_to, line["status"], strictness, row.line)


def written(document: Json) -> str:
    """JSON without spaces, as the answers have it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
