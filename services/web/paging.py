"""Long tables in pages: so many rows at once, with links to those before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

Row = TypeVar("Row")

ROWS = 200
"""Rows of one page of a table."""


class Paged(Struct, Generic[Row], frozen=True):
    """The rows of one page. `first` and `last` count from 1 through all `total` of them; 0 where there are none."""

    rows: Sequence[Row]
    page: int
    pages: int
    first: int
    last: int
    total: int


def paged(rows: Sequence[Row], page: int, most: int = ROWS) -> Paged[Row]:
    """A page of rows, counted from 1; past the end, the last one."""
    pages = max(1, -(-len(rows) // most))
    page = min(page, pages)
    start = (page - 1) * most
    shown = rows[start : start + most]
    return Paged(shown, page, pages, start + 1 if shown else 0, start + len(shown), len(rows))
