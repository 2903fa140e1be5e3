"""Plain data as files hold it: what YAML and JSON have in common, and the little that only one of them has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Step = str | int
Path = tuple[Step, ...]
"""Where something stands in a file: `("acts", 3, "actions", 0, "effective_on")`."""


class Bare(NamedTuple):
    """
    A word without quotes that YAML reads as something else than text.

    `text` is the word as it stands in the file. `value` is what it means, or None where that is a guess: a date, or a
    number that is not written in plain decimals (YAML 1.1 reads 12:30 as 750 and 010 as 8).
    """

    kind: Literal["boolean", "number", "date"]
    text: str
    value: bool | int | float | None


class Doubled(dict[str, object]):
    """A mapping in which names stand more than once; the last one of each counts. `twice` are those names."""

    def __init__(self, found: dict[str, object], twice: Iterable[str]) -> None:
        super().__init__(found)
        self.twice = tuple(dict.fromkeys(twice))


def shown(value: object) -> str:
    """A value as a sentence may repeat it: short, on one line, printable."""
    if isinstance(value, Bare):
        return f"the bare word {printable(value.text)}" if value.kind == "boolean" else printable(value.text)
    if isinstance(value, str):
        return f"'{printable(value)}'"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {printable(repr(value))}"
    return "a list" if isinstance(value, list) else "a mapping"


def printable(text: str, limit: int = 80) -> str:
    """The text with control characters escaped, cut after `limit` characters."""
    cut = text if len(text) <= limit else f"{text[:limit]}…"
    if cut.isprintable():
        return cut
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut)


def field(path: Path) -> str:
    """The path as people write it: `acts[3].actions[0].effective_on`."""
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in path)
    return written.removeprefix(".")
