"""Rows added by COPY read back as they were given, whatever signs they hold."""

from __future__ import annotations

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from projections.database import copy_rows

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
            copy_rows(connection, "told (place, a, b)", ((str(n), a, b) for n, (a, b) in enumerate(rows)))
            assert connection.execute("select a, b from told order by place").fetchall() == rows

        check()
