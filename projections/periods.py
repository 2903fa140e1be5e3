"""The table `period`: the fold's result at the head, for SQL. Boxes of valid days × known days."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg


def refresh_periods(connection: psycopg.Connection, measures: Sequence[str]) -> None:
    """Folds the measures anew and changes only the boxes that differ."""
