"""When a download was published: told by an option, by the file, or by its name; never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from services.intake.problems import Problem, Problems
from services.intake.sources.mapping import Asked, name_of

_IN_NAME = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2})[:.-]?(\d{2})(?:[:.-]?(\d{2}))?Z)?(?!\d)")


class Download(NamedTuple):
    """A file, and the moment at which it was published (UTC)."""

    path: Path
    at: datetime

    @property
    def name(self) -> str:
        """The file as sentences name it."""
        return name_of(self.path)


def downloads(
    asked: Asked, problems: Problems, in_file: Callable[[Path], datetime | None] = lambda path: None
) -> list[Download]:
    """The files in the order of their publication; a day alone is its beginning. `in_file` reads it from a file."""
    if asked.published and len(asked.published) != len(asked.files):
        given = f"--published is given {len(asked.published)} times for {len(asked.files)} files"
        sentence = f"{given}: give it once for each, in their order"
        problems.add(Problem(name_of(asked.files[0]), None, "", sentence))
        return []
    found = []
    for number, path in enumerate(asked.files):
        at = asked.published[number] if asked.published else in_file(path) or _in_name(path)
        if at is None:
            sentence = (
                "it is not known when this was published: put the day in its name (panel-2020-03-01.csv, or "
                "panel-2020-03-01T0930Z.csv), or say --published 2020-03-01T00:00:00Z"
            )
            problems.add(Problem(name_of(path), None, "", sentence))
        else:
            found.append(Download(path, at))
    found.sort(key=lambda each: each.at)
    for before, after in pairwise(found):
        if before.at == after.at:
            sentence = f"is of the same moment as {before.name}: name one of them, or tell them apart with --published"
            problems.add(Problem(after.name, None, "", sentence))
    return found


def _in_name(path: Path) -> datetime | None:
    named = {each.groups() for each in _IN_NAME.finditer(path.name)}
    if len(named) != 1:
        return None
    try:
        return datetime(*(int(each or 0) for each in named.pop()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
