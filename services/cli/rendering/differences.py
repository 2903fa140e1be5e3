"""What differs, on a page: a line a field, what it was and what it is."""

from __future__ import annotations

from collections.abc import Iterable

from projections.answers import FieldChange
from services.cli.page import Page
from services.wording import field_in_words


def show_differences(page: Page, changes: Iterable[FieldChange], *, indent: int) -> None:
    """Every field that differs: `actions[0].effective_on: 2020-05-01 → 2020-03-01`."""
    for change in changes:
        before, after = (field_in_words(value) for value in (change.from_, change.to))
        page.write((f"{change.field}: ", "dim"), f"{before} → {after}", indent=indent)
