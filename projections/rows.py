"""Rows as PostgreSQL reads them, written without it: boxes as rows of the table `period`, rows as COPY takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from struct import Struct

from events.dates import NEVER
from events.vocabulary import jurisdiction_of
from projections.boxes import Box

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


def rows_of_boxes(measure: str, boxes: Iterable[Box]) -> bytes:
    """The boxes of a measure as rows in the binary format of COPY, in the order of `columns_of_periods`."""
    begin = _COLUMNS + _field(measure.encode())
    jurisdiction = _field(jurisdiction_of(measure).encode())
    told: list[bytes] = []
    kind = name = None
    named = b""
    for box in boxes:
        if box.name is not name or box.kind is not kind:  # those of one kind and name stand together
            kind, name = box.kind, box.name
            named = _field(kind.encode()) + _field(name.encode())
        told += (
            begin,
            named,
            jurisdiction,
            _days(box.valid_from, box.valid_to),
            _days(box.known_from, box.known_to),
            _status(box.status),
            _LAST.pack(1, box.exact, len(box.value)),
            box.value,
        )
    return b"".join(told)


def _field(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


@lru_cache(maxsize=64)
def _status(status: str | None) -> bytes:
    return _LENGTH.pack(-1) if status is None else _field(status.encode())


def _days(first: int, end: int) -> bytes:
    """Half-open days as a daterange: its flags, and each end that it has."""
    if first > 0:
        if end < NEVER:
            return _BOUNDED.pack(17, 2, 4, first - _EPOCH, 4, end - _EPOCH)
        return _HALF.pack(9, 2 | 16, 4, first - _EPOCH)
    return _HALF.pack(9, 8, 4, end - _EPOCH) if end < NEVER else _UNBOUNDED


_COLUMNS = Struct("!h").pack(9)
_LENGTH = Struct("!i")
_LAST = Struct("!i?i")
_BOUNDED = Struct("!iBiiii")
_HALF = Struct("!iBii")
_UNBOUNDED = Struct("!iB").pack(1, 8 | 16)
_EPOCH = date(2000, 1, 1).toordinal()
"""The flags (the first day belongs to it 2, no first day 8, no end 16) and the days since 2000 of PostgreSQL."""


TOGETHER = 100
"""Rows that are looked at together for what is to be escaped."""


def as_text(rows: Iterable[Sequence[str | None]]) -> bytes:
    """Rows in the text format of COPY, a line each, in UTF-8."""
    coming = iter(rows)
    return "".join(iter(lambda: _lines(list(islice(coming, TOGETHER))), "")).encode()


def _lines(rows: Sequence[Sequence[str | None]]) -> str:
    columns = [_escaped(column) for column in zip(*rows, strict=True)]
    return "\n".join([*map("\t".join, zip(*columns, strict=True)), ""])


def _escaped(column: Sequence[str | None]) -> Sequence[str]:
    """The values of a column as COPY reads them. Looked at as a whole first: few have anything to be escaped."""
    try:
        said = "".join(column)  # type: ignore[arg-type]
    except TypeError:  # some are null
        said = "".join(filter(None, column))
        return [_NULL if value is None else value for value in _without_signs(column, said)]
    return _without_signs(column, said)  # type: ignore[return-value]


def _without_signs(column: Sequence[str | None], said: str) -> Sequence[str | None]:
    """The same values with an escape instead of each sign that tells COPY something."""
    if "\t" in said or "\n" in said or "\r" in said:
        return [value and value.translate(_ESCAPES) for value in column]
    if "\\" in said:
        return [value and value.replace("\\", "\\\\") for value in column]
    return column


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
