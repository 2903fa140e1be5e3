"""How a terminal words what an answer rests on: its times, its edition, and how to ask for it again."""

from __future__ import annotations

import re
from datetime import datetime

from services.wording import eyes, moment

STATUS_STYLES = {
    "in_force": "bold red",
    "suspended": "yellow",
    "adopted": "yellow",
    "announced": "cyan",
    "proposed": "cyan",
    "expired": "dim",
    "ended": "dim",
    "absent": "dim",
}
DEADLINE_STYLES = {"overdue": "bold red", "met": "green", "open": "yellow"}

Fact = tuple[str, str]


def edition_facts(position: int, recorded_at: datetime | None, rules: str) -> list[Fact]:
    """Which edition of the record answered, and under which rules."""
    recorded = "nothing is recorded" if recorded_at is None else f"recorded at {moment(recorded_at)}"
    return [("position", f"{position}, {recorded}"), ("rules", rules)]


def time_facts(as_of: str, known_on: str, position: int, recorded_at: datetime | None, rules: str) -> list[Fact]:
    """The three times of an answer, and its rules."""
    return [("as of", as_of), ("known on", eyes(as_of, known_on)), *edition_facts(position, recorded_at, rules)]


def time_options(as_of: str, known_on: str, position: int) -> list[str]:
    """The three times as they are given on the command line."""
    return ["--as-of", as_of, "--known-on", known_on, "--position", str(position)]


def quoted(value: str) -> str:
    """A value as a shell takes it, in double quotes where it needs any: hints stand in single ones."""
    return value if re.fullmatch(r"[\w./:-]+", value) else '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'
