"""Reference data on jurisdictions: English names and who is bound by EU law. It is part of `rules`."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from events.errors import Refusal
from events.vocabulary import is_jurisdiction_code
from projections.answers import CodebookJurisdiction, Membership


class UnknownJurisdiction(Refusal):
    """A jurisdiction is named by its code (`NL`, `US-CA`, `EU`) or its English name."""

    type = "unknown-jurisdiction"


class _Reference(Struct, frozen=True):
    source: str
    names: dict[str, str]
    aliases: dict[str, str]
    eu_law: dict[str, tuple[date, date | None]]


@cache
def _reference() -> _Reference:
    return msgspec.json.decode((files("projections") / "jurisdictions.json").read_bytes(), type=_Reference)


def name_of(code: str) -> str:
    """The English name of a jurisdiction; a code without a name of its own stands for itself."""
    country, _, part = code.partition("-")
    name = _reference().names.get(country, country)
    return f"{name} ({code})" if part else name


def aliases_of(code: str) -> tuple[str, ...]:
    """Other names of a jurisdiction."""
    return tuple(alias for alias, of in _reference().aliases.items() if of == code)


def code_and_name(code: str) -> str:
    """`NL (Netherlands)`, as citations have it."""
    name = name_of(code)
    return name if code in name else f"{code} ({name})"


def is_member(code: str, on: date) -> bool:
    """Whether EU law held in a jurisdiction on a day (rule 9: in GB until 2020-12-31, though it left on 2020-01-31)."""
    held = _reference().eu_law.get(code)
    return held is not None and held[0] <= on and (held[1] is None or on <= held[1])


def code_of(text: str) -> str:
    """The code of a jurisdiction given by code or English name, in any case of letters; UnknownJurisdiction if none."""
    wanted = " ".join(text.split())
    upper = wanted.upper()
    reference = _reference()
    if upper in reference.names or (is_jurisdiction_code(upper) and _is_known(upper.partition("-")[0])):
        return upper
    for name, code in [*((name, code) for code, name in reference.names.items()), *reference.aliases.items()]:
        if name.casefold() == wanted.casefold():
            return code
    near = _near(wanted)
    hint = f"Did you mean {near}?" if near else "Give a code such as NL, US-CA or EU."
    raise UnknownJurisdiction(
        f"'{text}' is neither the code nor the English name of a jurisdiction. {hint}", jurisdiction=text
    )


def _near(wanted: str) -> str:
    """`Norway (NO)` for a name that is nearly one; nothing if none is."""
    reference = _reference()
    names = {name.casefold(): code for code, name in reference.names.items()}
    names |= {alias.casefold(): code for alias, code in reference.aliases.items()}
    near = [names[name] for name in get_close_matches(wanted.casefold(), names, 1, cutoff=0.75)]
    return f"{name_of(near[0])} ({near[0]})" if near else ""


def described() -> tuple[CodebookJurisdiction, ...]:
    """Every jurisdiction that has a name, in order of code, for the code book."""
    reference = _reference()
    aliases: dict[str, list[str]] = {}
    for alias, code in reference.aliases.items():
        aliases.setdefault(code, []).append(alias)
    return tuple(
        CodebookJurisdiction(
            jurisdiction=code,
            name=name,
            aliases=tuple(sorted(aliases.get(code, ()))),
            memberships=_memberships(reference.eu_law.get(code)),
        )
        for code, name in sorted(reference.names.items())
    )


def _memberships(held: tuple[date, date | None] | None) -> tuple[Membership, ...]:
    if held is None:
        return ()
    return (Membership(of="EU", from_=held[0].isoformat(), to=None if held[1] is None else held[1].isoformat()),)


def _is_known(country: str) -> bool:
    return country in _reference().names or (country[0] == "X" and country[1].isalpha())
