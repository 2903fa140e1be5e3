"""What all that is compared have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from bench.oracle import STRICTNESS, Json

MATRIX_COLUMNS = ("adopted", "in_force", "suspended", "expired")
"""The statuses that the workload comes to, in the order in which tables count them."""


class System(Protocol):
    """Answers about a day as people knew it on that day, as the bytes of a JSON document."""

    name: str

    def state(self, jurisdiction: str, day: date) -> bytes:
        """`{"jurisdiction", "as_of", "measures": [...]}`: a jurisdiction's measures on a day."""
        ...


class WorldSystem(System, Protocol):
    """One that is also asked about the whole world."""

    def world(self, day: date) -> bytes:
        """`{"as_of", "jurisdictions": [{"jurisdiction", "headline", "counts"}]}`: every jurisdiction on a day."""
        ...


def matrix_row(row: tuple[object, ...]) -> Json:
    """A row of a table's matrix: the jurisdiction, the strictest effect in force (a number or null), four counts."""
    jurisdiction, strictness, *counts = row
    effect = STRICTNESS[strictness] if isinstance(strictness, int) else None
    return {
        "jurisdiction": jurisdiction,
        "headline": None if effect is None else {"effect": effect},
        "counts": {status: count for status, count in zip(MATRIX_COLUMNS, counts, strict=True) if count},
    }


def matrix_query(where: str, *, table: str = "line") -> str:
    """The matrix in SQL as all tables are asked for it; `where` says which rows hold on the day."""
    counts = ", ".join(f"count(*) filter (where status = '{status}')" for status in MATRIX_COLUMNS)
    return (
        f"select jurisdiction, min(strictness) filter (where status = 'in_force'), {counts}"
        f" from {table} where {where} group by jurisdiction order by jurisdiction"
    )


def state_document(jurisdiction: str, day: date, lines: Iterable[str]) -> bytes:
    """An answer made of lines that were stored as they are sent."""
    head = f'{{"jurisdiction":"{jurisdiction}","as_of":"{day}","measures":['
    return (head + ",".join(lines) + "]}").encode()
