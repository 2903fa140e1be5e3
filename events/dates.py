"""Calendar days, exact or partial, as the record format writes them (record format, "Dates")."""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

EARLIEST = date(1900, 1, 1)
LATEST = date(2200, 12, 31)

NEVER = LATEST.toordinal() + 1
"""The last day of what has none, as an ordinal."""

FORMS = "2019-05-20, 2019-05, 2019, any of them with ~ for about, or [2019-10-11..2019-10-20] with one end open at most"


class InvalidDate(ValueError):
    """A day is written in one of the five forms of the record format and lies between 1900 and 2200."""


class Span(NamedTuple):
    """
    The first and the last day that a date may mean, both inclusive.

    An exact day has `first == last`. `text` is the date as it was recorded; answers repeat it unchanged.
    """

    first: date
    last: date
    text: str

    @property
    def exact(self) -> bool:
        """Whether only one day is possible."""
        return self.first == self.last


_PLAIN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(~?)")
_RANGE = re.compile(r"\[(\d{4}-\d{2}-\d{2})?\.\.(\d{4}-\d{2}-\d{2})?\]")


@lru_cache(maxsize=65536)
def span(text: str) -> Span:
    """
    Reads a date of the record format.

    `~` widens by one unit of the date's own precision on each side; an open end of a range reaches to the bound of
    1900 or 2200. Raises InvalidDate, saying what is wrong, for anything else.
    """
    if len(text) == len("2019-05-20") and text[4] == text[7] == "-":  # nearly all of them, at a fifth of the cost
        with suppress(ValueError):  # which is told below
            exact = date.fromisoformat(text)
            if EARLIEST <= exact <= LATEST:
                return Span(exact, exact, text)
    if plain := _PLAIN.fullmatch(text):
        year, month, day, about = plain.groups()
        month, day = (int(part) if part else None for part in (month, day))
        first, last = _unit(text, int(year), month, day)
        if about:
            if first > EARLIEST:
                before = first - timedelta(days=1)
                first, _ = _unit(text, before.year, month and before.month, day and before.day)
            if last < LATEST:
                after = last + timedelta(days=1)
                _, last = _unit(text, after.year, month and after.month, day and after.day)
        return Span(first, last, text)
    if ranged := _RANGE.fullmatch(text):
        start, end = ranged.groups()
        if start is None and end is None:
            raise InvalidDate(f"'{text}' has no end at all: give at least one of the two days")
        first = _day(text, start) if start else EARLIEST
        last = _day(text, end) if end else LATEST
        if first > last:
            raise InvalidDate(f"'{text}' ends before it begins")
        return Span(first, last, text)
    raise InvalidDate(f"'{text}' is not a date: write it as {FORMS}")


@lru_cache(maxsize=65536)
def first_day(text: str) -> str:
    """The first day that a date of the record format may mean, as `2019-05-20`."""
    return span(text).first.isoformat()


@lru_cache(maxsize=65536)
def last_day(text: str) -> int:
    """The last possible day of a recorded date, as an ordinal."""
    return span(text).last.toordinal()


@lru_cache(maxsize=65536)
def ordinals(text: str) -> tuple[int, int]:
    """The first and the last possible day of a recorded date, as ordinals."""
    read = span(text)
    return read.first.toordinal(), read.last.toordinal()


def day(text: str) -> date:
    """An exact day, `2019-05-20`, between 1900 and 2200; InvalidDate for anything else, partial dates included."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise InvalidDate(f"'{text}' is not a day: write it as 2019-05-20")
    return _day(text, text)


def _unit(text: str, year: int, month: int | None, day: int | None) -> tuple[date, date]:
    if not EARLIEST.year <= year <= LATEST.year:
        raise InvalidDate(f"'{text}' is outside the years {EARLIEST.year} to {LATEST.year}")
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        raise InvalidDate(f"'{text}' is not a day of the calendar") from None


def _day(text: str, iso: str) -> date:
    year, month, number = (int(part) for part in iso.split("-"))
    return _unit(text, year, month, number)[0]
