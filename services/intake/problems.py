"""Problems of files: each with its place, gathered until all are known, then told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from msgspec import Struct

from events.errors import Refusal
from services.intake.plain import Path, Step

TOLD = 100
"""How many problems are told one by one; the others are counted."""


class Problem(Struct, frozen=True):
    """
    What is wrong at one place of a file, and what to do.

    `line` counts from 1 and is None where the file as a whole is meant; `field` is empty there.
    """

    file: str
    line: int | None
    field: str
    sentence: str

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        return f"{self.file}{line}: {self.field}{': ' if self.field else ''}{self.sentence}"


class InvalidRecord(Refusal):
    """
    Files are recorded only if all of them follow the record format.

    `problems` are the first hundred in the order of the files, `count` is how many there are.
    """

    type = "invalid-record"

    def __init__(self, problems: tuple[Problem, ...], count: int) -> None:
        found = "1 problem was found" if count == 1 else f"{count} problems were found"
        super().__init__(
            f"{found} and nothing was recorded: put it right and import again. First: {problems[0]}",
            problems=problems,
            count=count,
        )
        self.problems = problems
        self.count = count


class Problems:
    """Gathers the problems of an import. The first hundred are kept, the rest only counted."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self.count = 0

    def add(self, problem: Problem) -> None:
        """Notes one problem."""
        self.count += 1
        if len(self._kept) < TOLD:
            self._kept.append(problem)

    @property
    def kept(self) -> tuple[Problem, ...]:
        """The first hundred."""
        return tuple(self._kept)

    def more(self, kept: Iterable[Problem], count: int) -> None:
        """Takes in what somebody else has gathered: the problems that were kept, and how many there are."""
        self._kept += list(kept)[: TOLD - len(self._kept)]
        self.count += count

    def refuse(self) -> None:
        """Raises InvalidRecord if there is any problem."""
        if self.count:
            raise InvalidRecord(tuple(self._kept), self.count)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A problem within a value, before its file and line are known.

    `of_name`: the name of the field is wrong, not what it holds.
    """

    path: Path
    sentence: str
    of_name: bool = False

    def under(self, step: Step) -> Finding:
        """The same finding, seen from the value that holds this one at `step`."""
        return replace(self, path=(step, *self.path))


class Wrong(Exception):
    """A value that is not what its place in the record asks for, with all that was found in it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings)
        self.findings = findings


def wrong(sentence: str) -> Wrong:
    """A value that is wrong as a whole."""
    return Wrong([Finding((), sentence)])
