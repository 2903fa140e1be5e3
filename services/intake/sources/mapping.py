"""What every mapping of a source is asked, and what it gives: lines of the record format, and what was doubtful."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from events.commands import AnyCommand
from projections.standing import Standing
from services.intake import jsonlines
from services.intake.fields import LONGEST_TEXT
from services.intake.plain import field, printable
from services.intake.problems import Problem, Problems, Wrong


class Asked(Struct, frozen=True, kw_only=True):
    """
    The files to map, and how.

    `published`: when each file was published, in their order, or nothing where their names or contents tell it.
    `removes_at_most`: how many percent of what stands a new file may leave out. `replay`: lines say recorded_at.
    """

    files: tuple[Path, ...]
    mapping: Path | None = None
    published: tuple[datetime, ...] = ()
    removes_at_most: int = 10
    replay: bool = False


class Line(Struct, frozen=True):
    """A line of the record format, and where what it tells was read."""

    content: dict[str, Any]
    origin: str


class Mapped(Struct, frozen=True):
    """What files come to: lines in the order of recording, and sentences on what was left alone or is doubtful."""

    lines: list[Line]
    notes: list[str]


OnRecord = Callable[[str], Standing]
"""The acts on record whose slugs have this beginning."""

Source = Callable[[Asked, OnRecord, Problems], Mapped]


def commands_of(found: Mapped, *, replay: bool) -> list[AnyCommand]:
    """The commands that the lines are, held to the record format. Raises InvalidRecord."""
    problems = Problems()
    moments = jsonlines.Replay() if replay else None
    commands = []
    for line in found.lines:
        try:
            commands.append(jsonlines.command(line.content, moments, line.origin))
        except Wrong as wrong:
            file, _, place = line.origin.rpartition(", line ")
            for each in wrong.findings:
                known = place.isdecimal()
                name = file if known else line.origin
                problems.add(Problem(name, int(place) if known else None, field(each.path), each.sentence))
    problems.refuse()
    return commands


def review_text(found: Mapped) -> Iterator[str]:
    """The lines as a file of JSON Lines has them."""
    return (json.dumps(line.content, ensure_ascii=False) + "\n" for line in found.lines)


def name_of(path: Path) -> str:
    """A file as sentences name it."""
    return printable(str(path), 4_096)


def kept(fields: Iterable[tuple[str, object]]) -> dict[str, str]:
    """
    Fields of a source as texts, those without content left out; what is not text is written as JSON.

    What is longer than a text may be goes on under its name with a number: `addresses`, `addresses (2)`.
    """
    found = {}
    for name, value in fields:
        if value is None or value == "" or value == [] or value == {}:
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for number, at in enumerate(range(0, len(text), LONGEST_TEXT), 1):
            found[name if number == 1 else f"{name} ({number})"] = text[at : at + LONGEST_TEXT]
    return found


def written(moment: datetime) -> str:
    """A moment as lines have it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
