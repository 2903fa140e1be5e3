"""How an answer is quoted: in words with its three times, and as an address at which it stays the same for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from projections.answers import RULES, Cite

Answer = TypeVar("Answer", bound=Struct)

LICENCE = "CC BY 4.0"
"""The licence of the dossier. Whoever serves a record of another licence says so by a setting."""

_TIMES = (
    "as_of", "from", "to", "known_on", "from_known_on", "to_known_on", "from_position", "to_position", "position",
)  # fmt: skip
"""What pins an answer, in the order in which its address names it."""


def cited(answer: Answer, what: str, path: str, given: Mapping[str, object], licence: str) -> Answer:
    """
    The answer with its citation: what it is (`state of NL (Netherlands)`), its times, its address, its licence.

    `given` are the filters by the names of the parameters; None and empty ones are not part of the address. Nothing
    depends on the clock: the same question of the same edition has the same citation, at whatever door.
    """
    times = {name: str(value) for name in _TIMES if (value := _time(answer, name)) is not None}
    url = address(path, times, given)
    text = quoted(what, times, getattr(answer, "recorded_at", None), licence)
    return replace(answer, cite=Cite(text=text, url=url, licence=licence))


def address(path: str, times: Mapping[str, str], given: Mapping[str, object]) -> str:
    """The pinned address of an answer, by its times and its filters under the present rules."""
    named = [f"{name}={_quoted(value)}" for name, value in times.items()]
    named.append(f"rules={RULES}")
    for name, value in given.items():
        if value is not None:
            values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
            named += [f"{name}={_quoted(str(each))}" for each in values]
    return f"{path}?{'&'.join(named)}"


@lru_cache(maxsize=10_000)
def _quoted(text: str) -> str:
    return quote(text, safe="")


def _time(answer: Struct, name: str) -> object:
    return getattr(answer, name, None) if name != "from" else getattr(answer, "from_", None)


def quoted(what: str, times: Mapping[str, str], recorded_at: datetime | None, licence: str) -> str:
    """What something is, with its times and its licence, in words; `recorded_at` is of its edition."""
    said = [f"Dateline, {what}"]
    if "as_of" in times:
        said[0] += f" as of {times['as_of']}"
    if "from" in times:
        said[0] += f" from {times['from']} to {times['to']}"
    if "known_on" in times:
        said.append(f"as known on {times['known_on']}")
    if "from_known_on" in times:
        said.append(f"as known on {times['from_known_on']} and on {times['to_known_on']}")
    if "from_position" in times:
        said.append(f"record positions {times['from_position']} and {times['to_position']}")
    if "position" in times:
        said.append(f"record position {times['position']}" + (f" ({recorded_at.date()})" if recorded_at else ""))
    return f"{', '.join(said)}, rules {RULES}; data {licence}"
