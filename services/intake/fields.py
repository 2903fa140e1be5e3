"""
The kinds of fields that a record has. A kind takes plain data and returns it clean, or raises Wrong with all it found.

A kind knows neither files nor lines: paths are relative to the value, and are put together only when something is
wrong. The same kinds read YAML and JSON Lines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from events.dates import FORMS, InvalidDate, span
from events.vocabulary import is_slug
from services.intake import jurisdictions
from services.intake.plain import Bare, Doubled, printable, shown
from services.intake.problems import Finding, Wrong, wrong

Kind = Callable[[object], Any]
Together = Callable[[Mapping[str, Any]], list[Finding]]

LONGEST_TEXT = 20_000
LONGEST_NAME = 500
LONGEST_URL = 4_000
LONGEST_LIST = 1_000
MOST_TEXTS = 100
LARGEST_NUMBER = 2**53 - 1
"""The largest whole number that every reader of JSON takes as it stands."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_ORDINARY_URL = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~/%?=&+#,;:-]*)?")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)")
_TRUTHS = ("true", "false")


def text(limit: int = LONGEST_TEXT, *, blank: bool = False) -> Kind:
    """Text of at most `limit` characters, without control characters other than tabs and line ends."""

    def read(value: object) -> str:
        if type(value) is str and len(value) <= limit and (value.isprintable() or not CONTROL.search(value)):
            if blank or (value and not value.isspace()):
                return value
            raise wrong("is blank: write the text" if not blank else "is blank")
        raise wrong(_why_not_text(value, limit))

    return read


def optional(kind: Kind) -> Kind:
    """Whatever `kind` takes, or null for what is not known."""

    def read(value: object) -> Any:
        return None if value is None else kind(value)

    return read


def slug(value: object) -> str:
    """The name of an act or a deadline."""
    if type(value) is str and is_slug(value):
        return value
    raise wrong(_why_not_slug(value))


def choice(allowed: Iterable[str]) -> Kind:
    """One of the words `allowed`."""
    words = {word: word for word in allowed}

    def read(value: object) -> str:
        if type(value) is str and (word := words.get(value)) is not None:
            return word
        if type(value) is not str:
            raise wrong(_why_not_text(value, LONGEST_NAME))
        near = nearest(value, words)
        raise wrong(f"{shown(value)} is not known{near}: write one of {', '.join(words)}")

    return read


def flag(value: object) -> bool:
    """True or false."""
    if isinstance(value, Bare) and isinstance(value.value, bool):
        return value.value
    if isinstance(value, bool):
        return value
    raise wrong(f"is {shown(value)}: write true or false, without quotes")


def day(value: object) -> str:
    """A date in one of the forms of the record format, as its text. YAML may leave out the quotes."""
    if type(value) is Bare and value.kind != "boolean":
        value = value.text
    if type(value) is str:
        if len(value) > 40 or not value.isascii():
            raise wrong(f"{shown(value)} is not a date: write it as {FORMS}")
        try:
            return span(value).text
        except InvalidDate as refused:
            raise wrong(printable(str(refused), 400)) from None
    if isinstance(value, list):
        raise wrong("is a list: put a date with unknown ends in quotes, '[2019-10-11..2019-10-20]'")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise wrong(f"is {shown(value)}: write the date as text, in quotes")
    raise wrong(f"is {shown(value)} and not a date: write it as {FORMS}")


def moment(value: object) -> datetime:
    """A moment in UTC, as RFC 3339 writes it."""
    if type(value) is str and len(value) <= 40 and (read := _moment(value)) is not None:
        return read
    raise wrong(f"is {shown(value)} and not a moment in UTC: write it as 2026-11-24T08:00:00Z")


def url(value: object) -> str:
    """An address on the web, http or https."""
    if type(value) is not str:
        raise wrong(_why_not_text(value, LONGEST_URL))
    if len(value) > LONGEST_URL:
        raise wrong(f"has {len(value)} characters: {LONGEST_URL} are the most")
    if (trouble := _trouble_with_url(value)) is None:
        return value
    raise wrong(f"{shown(value)} {trouble}")


def sha256(value: object) -> str:
    """A digest in hexadecimal."""
    if type(value) is str and _SHA256.fullmatch(value):
        return value
    raise wrong(f"is {shown(value)}: write the 64 hexadecimal digits of the SHA-256 digest, in quotes")


def jurisdiction(value: object) -> str:
    """The code of a jurisdiction that exists."""
    if type(value) is not str:
        raise wrong(_why_not_text(value, LONGEST_NAME))
    if (trouble := jurisdictions.trouble_with(value)) is None:
        return value
    raise wrong(f"{shown(value)} {trouble}")


def home_of(value: object) -> str | None:
    """The jurisdiction that a mapping names, or None where it names none that exists; its field tells why."""
    try:
        return jurisdiction(value["jurisdiction"]) if isinstance(value, dict) else None
    except (KeyError, Wrong):
        return None


@lru_cache(maxsize=1024)
def measure(home: str | None, *, foreign: bool = False) -> Kind:
    """
    A measure, as its full address `US/slug`. A slug alone is completed with `home`.

    Another jurisdiction than `home` is refused unless `foreign` is allowed. Without a `home` the slug stays alone.
    """

    @lru_cache(maxsize=32768)
    def address(written: str) -> str:
        code, slash, name = written.rpartition("/")
        if not is_slug(name):
            raise wrong(_why_not_slug(name if slash else written))
        if not slash:
            return f"{home}/{name}" if home else name
        if trouble := jurisdictions.trouble_with(code):
            raise wrong(f"{shown(code)} {trouble}")
        if home and code != home and not foreign:
            raise wrong(
                f"{shown(written)} is a measure of {code}, and this is a record of {home}: "
                f"write the slug alone, or move the act to a record of {code}"
            )
        return written

    def read(value: object) -> str:
        if type(value) is str:
            return address(value)
        raise wrong(_why_not_slug(value))

    return read


def scalars(value: object) -> dict[str, Any]:
    """Named values: text, numbers, true or false, null."""
    if not isinstance(value, dict):
        raise wrong(f"is {shown(value)}: write a mapping of names to values, such as {{level: 2}}, or leave it out")
    findings = _twice(value)
    clean: dict[str, Any] = {}
    for name, item in value.items():
        try:
            _value_name(name)
            clean[name] = scalar(item)
        except Wrong as found:
            findings += [each.under(name) for each in found.findings]
    if len(value) > LONGEST_LIST:
        findings.append(Finding((), f"has {len(value)} names: {LONGEST_LIST} are the most"))
    if findings:
        raise Wrong(findings)
    return clean


def texts(value: object) -> dict[str, str]:
    """Texts by name, at most MOST_TEXTS of them: what a source says and the record has no field for."""
    if not isinstance(value, dict):
        raise wrong(f"is {shown(value)}: write a mapping of names to texts, such as {{docket: FCC 19-121}}")
    findings = _twice(value)
    clean: dict[str, str] = {}
    for name, item in value.items():
        try:
            _value_name(name)
            clean[name] = _value_text(item)
        except Wrong as found:
            findings += [each.under(name) for each in found.findings]
    if len(value) > MOST_TEXTS:
        findings.append(Finding((), f"has {len(value)} names: {MOST_TEXTS} are the most"))
    if findings:
        raise Wrong(findings)
    return clean


def scalar(value: object) -> str | int | float | bool | None:
    """One value: text, a number, true or false, null."""
    if isinstance(value, Bare):
        if value.kind == "date":
            return value.text
        if value.value is None:
            raise wrong(
                f"{shown(value)} can be read in several ways: write a plain decimal number, or put it in quotes"
            )
        if value.kind == "boolean" and value.text.lower() not in _TRUTHS:
            raise wrong(_why_not_text(value, LONGEST_TEXT))
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) <= LARGEST_NUMBER:
            return value
        raise wrong("is a number too large to be kept exactly: put it in quotes")
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise wrong("is not a finite number: put it in quotes, or write null")
    if isinstance(value, str):
        return _value_text(value)  # type: ignore[no-any-return]
    raise wrong(f"is {shown(value)}: a value is text, a number, true, false or null, nothing deeper")


def list_of(kind: Kind, *, least: int = 0, most: int = LONGEST_LIST, what: str = "") -> Kind:
    """A list of what `kind` takes, as a tuple. `what` says what is asked for where there are fewer than `least`."""

    def read(value: object) -> tuple[Any, ...]:
        if type(value) is not list:
            if value is None:
                raise wrong(f"is null: write {what or 'a list, [] if it is empty, or leave it out'}")
            raise wrong(f"is {shown(value)} and not a list: write it in square brackets or with dashes")
        if len(value) > most:
            raise wrong(f"is a list of {len(value)}: {most} are the most")
        if len(value) < least:
            raise wrong(f"is empty: write {what}")
        clean: list[Any] = []
        findings: list[Finding] = []
        for place, item in enumerate(value):
            try:
                clean.append(kind(item))
            except Wrong as found:
                findings += [each.under(place) for each in found.findings]
        if findings:
            raise Wrong(findings)
        return tuple(clean)

    return read


def record(
    what: str,
    fields: Mapping[str, Kind],
    *,
    required: Iterable[str] = (),
    together: Together | None = None,
    build: Callable[[dict[str, Any]], Any] | None = None,
) -> Kind:
    """
    A mapping with these fields and no others. `what` names it in sentences ("a source").

    `together` judges the fields that are right by themselves; `build` makes something of them if nothing is wrong.
    """
    kinds = dict(fields)
    needed = frozenset(required)

    def read(value: object) -> Any:
        if type(value) is not dict and type(value) is not Doubled:
            raise wrong(f"is {shown(value)} and not {what}: write a mapping with {', '.join(list(kinds)[:5])} …")
        findings = _twice(value)
        clean = {}
        for name, item in value.items():
            try:
                if (kind := kinds.get(name)) is not None:
                    clean[name] = kind(item)
                else:
                    findings.append(_unknown(name, what, kinds))
            except Wrong as found:
                findings += [each.under(name) for each in found.findings]
        if not needed <= value.keys():
            missing = [name for name in kinds if name in needed and name not in value]
            findings += [Finding((name,), f"is missing: {what} needs it") for name in missing]
        if together is not None:
            findings += together(clean)
        if findings:
            raise Wrong(findings)
        return clean if build is None else build(clean)

    return read


def nearest(word: str, words: Iterable[str]) -> str:
    """`, did you mean 'title'?`, or nothing if no word is near."""
    near = get_close_matches(word[:60], words, n=1, cutoff=0.6) or [each for each in words if each == word.lower()]
    return f", did you mean '{near[0]}'?" if near else ""


def _unknown(name: str, what: str, kinds: Mapping[str, Kind]) -> Finding:
    near = nearest(name, kinds)
    sentence = f"{what} has no field '{printable(name)}'{near}: its fields are {', '.join(kinds)}"
    return Finding((name,), sentence, of_name=True)


def _twice(value: object) -> list[Finding]:
    if not isinstance(value, Doubled):
        return []
    return [Finding((name,), "stands here twice: keep one of them", of_name=True) for name in value.twice]


def _why_not_text(value: object, limit: int) -> str:
    if isinstance(value, str):
        if len(value) > limit:
            return f"has {len(value)} characters: {limit} are the most"
        if found := CONTROL.search(value):
            return f"holds the control character U+{ord(found[0]):04X}: take it out"
        return "is blank: write the text"
    if isinstance(value, Bare):
        quoted = f"'{printable(value.text)}'"
        if value.kind == "boolean":
            return (
                f"the bare word {value.text} is read as {str(value.value).lower()} in YAML: put it in quotes, {quoted}"
            )
        return f"{printable(value.text)} is read as a {value.kind} in YAML: put it in quotes, {quoted}"
    if isinstance(value, (list, dict)) or value is None:
        return f"is {shown(value)}: write text"
    return f"is {shown(value)}: write text, in quotes"


def _why_not_slug(value: object) -> str:
    if not isinstance(value, str):
        return _why_not_text(value, LONGEST_NAME)
    return (
        f"{shown(value)} is not a slug: write small letters, digits, '-', '_' and '.', at most 200, "
        "with a letter or a digit first"
    )


@lru_cache(maxsize=4096)
def _moment(written: str) -> datetime | None:
    if not _MOMENT.fullmatch(written):
        return None
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _trouble_with_url(written: str) -> str | None:
    if _ORDINARY_URL.fullmatch(written):
        return None
    if " " in written or not written.isprintable():  # all other blanks are unprintable
        return "has a blank or a control character in it: write them as %20 and the like"
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address on the web: write it as https://host/path"
    if parts.scheme not in ("http", "https"):
        return "is not an address on the web: it begins with http:// or https://"
    if not host:
        return "names no host: write it as https://host/path"
    return None


_value_name = text(200)
_value_text = text(blank=True)
