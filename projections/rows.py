"""Rows as PostgreSQL reads them, written without it: boxes as rows of the table `period`, rows as the text of COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice

from events.lifecycle import NEVER
from events.vocabulary import jurisdiction_of
from projections.periods import Box

Key = tuple[str, str, str, str | None, str | None, str | None, str | None, str | None, bool, bytes]
"""A row of the table: measure, kind, name, valid from and to, known from and to (ISO days), status, exact, value."""


def key_of(measure: str, box: Box) -> Key:
    """A box as a row of the table."""
    return (
        measure,
        box.kind,
        box.name,
        _date(box.valid_from),
        _date(box.valid_to),
        _date(box.known_from),
        _date(box.known_to),
        box.status,
        box.exact,
        box.value,
    )


@lru_cache(maxsize=65536)
def _date(day: int) -> str | None:
    return date.fromordinal(day).isoformat() if 0 < day < NEVER else None


def rows_of_periods(keys: Iterable[Key]) -> Iterator[tuple[str | None, ...]]:
    """Rows of the table with their values as texts, in the order of `columns_of_periods`."""
    for measure, kind, name, valid_from, valid_to, known_from, known_to, status, exact, value in keys:
        yield (
            measure,
            kind,
            name,
            jurisdiction_of(measure),
            f"[{valid_from or ''},{valid_to or ''})",
            f"[{known_from or ''},{known_to or ''})",
            status,
            "t" if exact else "f",
            value.decode(),
        )


def text_of_boxes(measure: str, boxes: Iterable[Box]) -> str:
    """The boxes of a measure as `as_text` writes their rows; of what they hold, only values may need to be escaped."""
    jurisdiction = jurisdiction_of(measure)
    lines = []
    for box in boxes:
        value = box.value.decode()
        if "\\" in value:
            value = value.replace("\\", "\\\\")
        lines.append(
            f"{measure}\t{box.kind}\t{box.name}\t{jurisdiction}"
            f"\t[{_end(box.valid_from)},{_end(box.valid_to)})\t[{_end(box.known_from)},{_end(box.known_to)})"
            f"\t{box.status or _NULL}\t{'t' if box.exact else 'f'}\t{value}\n"
        )
    return "".join(lines)


@lru_cache(maxsize=65536)
def _end(day: int) -> str:
    """One end of a range; nothing where it has none."""
    return _date(day) or ""


TOGETHER = 100
"""Rows that are looked at together for what is to be escaped."""


def as_text(rows: Iterable[Sequence[str | None]]) -> str:
    """Rows in the text format of COPY, a line each."""
    coming = iter(rows)
    return "".join(iter(lambda: _lines(list(islice(coming, TOGETHER))), ""))


def _lines(rows: Sequence[Sequence[str | None]]) -> str:
    columns = [_escaped(column) for column in zip(*rows, strict=True)]
    return "".join(["\t".join(row) + "\n" for row in zip(*columns, strict=True)])


def _escaped(column: Sequence[str | None]) -> Sequence[str]:
    """The values of a column as COPY reads them. Looked at as a whole first: few have anything to be escaped."""
    said = "".join(filter(None, column))
    if "\t" in said or "\n" in said or "\r" in said:
        column = [value and value.translate(_ESCAPES) for value in column]
    elif "\\" in said:
        column = [value and value.replace("\\", "\\\\") for value in column]
    return [_NULL if value is None else value for value in column]


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
