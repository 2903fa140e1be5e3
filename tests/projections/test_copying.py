"""Rows added by COPY read back as they were given, whatever signs they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from projections.database import Copying

VALUES: SearchStrategy[str | None] = st.none() | st.text(
    st.sampled_from("ab\\\t\n\r\"'{},.N") | st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
)


def test_rows_read_back_as_they_were_given(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table told (place int, a text, b text)")

        @settings(max_examples=60)
        @given(rows=st.lists(st.tuples(VALUES, VALUES), max_size=20))
        def check(rows: list[tuple[str | None, str | None]]) -> None:
            connection.execute("truncate told")
            with Copying(connection) as copying:
                copying.add("told (place, a, b)", ((str(n), a, b) for n, (a, b) in enumerate(rows)))
            assert connection.execute("select a, b from told order by place").fetchall() == rows

        check()


def test_one_table_after_the_other_is_added_to(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table one (a text)")
        connection.execute("create temporary table other (a text)")
        with Copying(connection) as copying:
            copying.add("one", [("first",)])
            copying.add("other", [("second",)])
            copying.add("one", [])
            copying.add("one", [("third",)])
        assert connection.execute("select a from one order by a").fetchall() == [("first",), ("third",)]
        assert connection.execute("select a from other").fetchall() == [("second",)]


def test_what_is_raised_among_the_rows_adds_nothing(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table one (a text)")
        connection.commit()

        def rows() -> Iterator[tuple[str]]:
            yield from [("second",), ("third",)]
            raise LookupError("no more rows")

        with pytest.raises(LookupError, match="no more rows"):
            _add(connection, [("first",)], rows())
        connection.rollback()
        assert connection.execute("select count(*) from one").fetchone() == (0,)


def _add(connection: psycopg.Connection, *lots: Iterable[tuple[str]]) -> None:
    with Copying(connection) as copying:
        for rows in lots:
            copying.add("one", rows)
