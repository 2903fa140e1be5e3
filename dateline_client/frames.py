"""
Answers as frames of pandas or polars, which are extras.

A frame has a row for each row of its answer, after the times of the answer in front. Its columns depend on the type of
the rows alone, but for those of counts. Whole days and moments are such (moments in UTC), numbers and yes-or-no may be
missing, all else is text; a day that may be partly known (`2019-12`) is text. A list of texts is a list. A member that
has members is as many columns: `headline_effect`, `counts_in_force`. What is deeper is its JSON, as text.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from dateline_client.problems import ExtraMissing

if TYPE_CHECKING:
    import pandas
    import polars

Kind = Literal["text", "number", "truth", "day", "moment", "list", "json"]

_SCALARS: dict[Any, Kind] = {str: "text", int: "number", bool: "truth", date: "day", datetime: "moment"}
_PANDAS = {
    "text": "string",
    "number": "Int64",
    "truth": "boolean",
    "day": "datetime64[s]",
    "moment": "datetime64[us, UTC]",
    "list": "object",
    "json": "string",
}


class Column(NamedTuple):
    """A column of a frame."""

    name: str
    kind: Kind
    values: list[Any]


class Table(NamedTuple):
    """Rows of one type, the answer whose times stand before them, further columns, and fields that are left aside."""

    of: type[Struct]
    rows: Sequence[Struct]
    answer: Struct | None = None
    more: Mapping[str, list[bool]] = {}
    aside: Sequence[str] = ()

    def columns(self) -> list[Column]:
        """The columns, in their order; where a row and the answer have one of the same name, it is the row's."""
        columns = {}
        if self.answer is not None:
            for name, kind, value in _scalars(self.answer):
                columns[name] = Column(name, kind, [value] * len(self.rows))
        for name, marks in self.more.items():
            columns[name] = Column(name, "truth", marks)
        for name, hint in get_type_hints(self.of).items():
            if name not in self.aside:
                values = [getattr(row, name) for row in self.rows]
                columns |= {each.name: each for each in _columns(name.rstrip("_"), hint, values)}
        return list(columns.values())


class Framed:
    """What can be had as a frame."""

    __slots__ = ()

    def table(self) -> Table:
        """Its rows, and what they have in common."""
        raise NotImplementedError

    def to_pandas(self) -> pandas.DataFrame:
        """Its rows as a frame of pandas. Raises ExtraMissing."""
        return _to_pandas(self.table())

    def to_polars(self) -> polars.DataFrame:
        """Its rows as a frame of polars. Raises ExtraMissing."""
        return _to_polars(self.table())


def to_pandas(rows: Iterable[Struct]) -> pandas.DataFrame:
    """Rows of one type, such as the changes or events that an iterator gave, as a frame of pandas."""
    return _to_pandas(_table_of(rows))


def to_polars(rows: Iterable[Struct]) -> polars.DataFrame:
    """Rows of one type, such as the changes or events that an iterator gave, as a frame of polars."""
    return _to_polars(_table_of(rows))


def _table_of(rows: Iterable[Struct]) -> Table:
    listed = list(rows)
    return Table(type(listed[0]) if listed else Struct, listed)


def _to_pandas(table: Table) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError:
        raise _missing("pandas") from None
    return pandas.DataFrame(
        {name: pandas.Series(values, dtype=_PANDAS[kind]) for name, kind, values in table.columns()}
    )


def _to_polars(table: Table) -> polars.DataFrame:
    try:
        import polars
    except ImportError:
        raise _missing("polars") from None
    kinds: dict[Kind, Any] = {
        "text": polars.String,
        "number": polars.Int64,
        "truth": polars.Boolean,
        "day": polars.Date,
        "moment": polars.Datetime("us", "UTC"),
        "list": polars.List(polars.String),
        "json": polars.String,
    }
    return polars.DataFrame([polars.Series(name, values, kinds[kind]) for name, kind, values in table.columns()])


def _missing(name: str) -> ExtraMissing:
    return ExtraMissing(f"{name} is not installed here: pip install 'dateline[{name}]' brings it.")


def _scalars(answer: Struct) -> Iterator[tuple[str, Kind, Any]]:
    for name, hint in get_type_hints(type(answer)).items():
        kind = _SCALARS.get(_present(hint))
        if kind is not None and name != "next":
            yield name.rstrip("_"), kind, getattr(answer, name)


def _columns(name: str, hint: Any, values: list[Any]) -> Iterator[Column]:
    """The columns that a member with such a type is."""
    hint = _present(hint)
    parts = get_args(hint)
    if hint in _SCALARS:
        yield Column(name, _SCALARS[hint], values)
    elif get_origin(hint) is tuple and parts[0] is str:
        yield Column(name, "list", [None if value is None else list(value) for value in values])
    elif isinstance(hint, type) and issubclass(hint, Struct):
        for each, inner in get_type_hints(hint).items():
            found = [None if value is None else getattr(value, each) for value in values]
            yield from _columns(f"{name}_{each.rstrip('_')}", inner, found)
    elif get_origin(hint) is dict and parts[1] is not Any:
        nothing: Any = 0 if parts[1] is int else None
        for key in dict.fromkeys(key for value in values for key in value or ()):
            found = [None if value is None else value.get(key, nothing) for value in values]
            yield from _columns(f"{name}_{key}", parts[1], found)
    else:
        yield Column(name, "json", [_json(value) for value in values])


def _present(hint: Any) -> Any:
    """A type without None."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(each for each in get_args(hint) if each is not type(None))
    return hint


def _json(value: Any) -> str | None:
    return msgspec.json.encode(value).decode() if value else None
