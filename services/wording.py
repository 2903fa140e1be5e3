"""How facts are put into words at every door: statuses, days, headlines, deadlines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET

from projections.answers import DeadlineLine, Headline, Match, Understood, UnknownWord, WorldDeadline
from projections.jurisdictions import name_of

NO_RECORD = "no record (which is not a statement that there is no ban)"


def words(name: str) -> str:
    """`in force` of `in_force`."""
    return name.replace("_", " ")


def listed(names: Iterable[str]) -> str:
    """Names in words, separated by commas."""
    return ", ".join(words(name) for name in names)


def value_in_words(value: object) -> str:
    """A recorded value: text as it stands, lists with commas, what is built of parts as JSON."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value) or "none"
    return msgspec.json.encode(value).decode()


def called(code: str) -> str:
    """`Netherlands (NL)`; a code that has no name stands for itself."""
    name = name_of(code)
    return name if f"({code})" in name or name == code else f"{name} ({code})"


def count(number: int, one: str, many: str = "") -> str:
    """`1 day`, `17 days`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def moment(at: datetime) -> str:
    """A moment in RFC 3339, in UTC, as it can be given to --recorded-at."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def clock(at: datetime) -> str:
    """A moment as it is read, to the second: `2026-11-24 08:00:00 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def eyes(day: str, known_on: str) -> str:
    """Whose eyes these are."""
    if known_on == day:
        return f"{known_on} (as people knew it then)"
    return f"{known_on} ({'in hindsight' if known_on > day else 'as known beforehand'})"


def headline(line: Headline | None) -> str:
    """The strictest effect with its status and its measures, or that there is none."""
    if line is None:
        return "nothing"
    return f"{words(line.effect)}, {words(line.status)} ({', '.join(line.measures)})"


def matched(matches: Iterable[Match]) -> str:
    """By which class alone something was found: `Huawei through the class vendors from China (origin)`."""
    return "; ".join(f"{each.subject} through the class {each.through} ({words(each.reach)})" for each in matches)


def unknown(word: UnknownWord) -> str:
    """That what a filter asked for is nowhere on record here, with the nearest that is known."""
    near = f" Did you mean {' or '.join(word.near)}?" if word.near else ""
    return f"The {word.parameter} '{word.given}' is neither in the code book nor anywhere on record here.{near}"


def understood(meant: Understood) -> str:
    """Which name of what the words of a search are taken for."""
    if meant.parameter == "jurisdiction":
        return f"“{meant.given}” is also {called(meant.word)}."
    return f"“{meant.given}” is also the {meant.parameter} {meant.word}, under all its names."


def no_record(jurisdiction: str) -> str:
    """That a jurisdiction asked for has no record: `NO_RECORD`, by its name."""
    return f"{called(jurisdiction)}: {NO_RECORD}."


def deadline(line: DeadlineLine | WorldDeadline) -> str:
    """What became of a deadline: `overdue by 17 days (due 2019-10-12, not met)`."""
    due = f"due {line.due}" if line.due is not None else "without a date"
    match line.status:
        case "overdue":
            days = "" if line.days_overdue is UNSET else f" by {count(line.days_overdue, 'day')}"
            text = f"overdue{days} ({due}, not met)"
        case "met":
            text = f"met on {line.met_on}{_lateness(line)} ({due})"
        case _:
            text = f"{line.status} ({due})"
    obliged = {"authority": "", "addressees": ", for those addressed", "nobody": ", binding nobody"}
    text += obliged.get(line.obliged, "")
    for move in line.moves:
        text += f"; moved on {move.on} from {move.from_ or 'no date'} to {move.to or 'no date'} by {move.act}"
    return text


def _lateness(line: DeadlineLine | WorldDeadline) -> str:
    if line.days_late is UNSET or line.days_late is None:
        return ""
    if line.days_late <= 0:
        return ", in time"
    return f", {count(line.days_late, 'day')} late"
