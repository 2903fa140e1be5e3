"""What is written to tables reads back as it was given, whatever signs it holds, by few rows as by many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events.recorder import literals
from projections.database import FEW, Writer, answers, migrate
from services.operations.wiring import service
from tests.recording.telling import act, did

VALUES: SearchStrategy[str | None] = st.none() | st.text(
    st.sampled_from("ab\\\t\n\r\"'{},.N") | st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
)


def test_rows_read_back_as_they_were_given(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table told (place int, a text, b text)")

        @settings(max_examples=60)
        @given(rows=st.lists(st.tuples(VALUES, VALUES), max_size=20), times=st.sampled_from([1, FEW]))
        def check(rows: list[tuple[str | None, str | None]], times: int) -> None:
            rows = rows * times
            connection.execute("truncate told")
            with Writer(connection) as writer:
                writer.add("told (place, a, b)", ((str(n), a, b) for n, (a, b) in enumerate(rows)))
            assert connection.execute("select a, b from told order by place").fetchall() == rows
            texts = [text for text in dict.fromkeys(text for row in rows for text in row) if text is not None]
            named = ", ".join(map(literals(connection), texts))
            same, count = answers(
                connection,
                [
                    f"select t from unnest(array[{named}]::text[]) with ordinality as u (t, n) order by n",
                    "select count(*) from told",
                ],
            )
            assert same == [(text,) for text in texts]
            assert count == [(len(rows),)]

        check()


@pytest.mark.parametrize("acts", [1, FEW + 1])
def test_the_database_is_spoken_to_in_utf_8_whatever_the_environment_says(
    database_url: str, monkeypatch: pytest.MonkeyPatch, acts: int
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    title = "О безопасности сетей"
    with service(database_url) as opened:
        told = [act(f"xa-{n}", "2020-01-01", did("adopted", f"XA/law-{n}", title=title)) for n in range(acts)]
        opened.recording.record(told, recorded_by="ada")
        with opened.pool.connection() as connection:
            assert connection.execute("select distinct data ->> 'title' from dateline.action").fetchall() == [(title,)]
        migrate(database_url)


def test_one_table_after_the_other_is_added_to(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table one (a text)")
        connection.execute("create temporary table other (a text)")
        with Writer(connection) as writer:
            writer.add("one", [("first",)])
            writer.add("other", [("second",)])
            writer.add("one", [])
            writer.add("one", [("third",)])
        assert connection.execute("select a from one order by a").fetchall() == [("first",), ("third",)]
        assert connection.execute("select a from other").fetchall() == [("second",)]


def test_statements_and_rows_few_and_many_are_done_in_the_order_of_asking(database_url: str) -> None:
    many = [(str(number), "many") for number in range(FEW + 1)]
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table told (number int, word text)")
        with Writer(connection) as writer:
            writer.add("told", [("0", "few"), ("1", None)])
            writer.do("update told set word = to_be.word from ({}) as to_be (number, word) where false", [])
            writer.add("told", many)
            writer.do(
                "update told set word = to_be.word from ({}) as to_be (number, word)"
                " where told.number = to_be.number::int and told.word is not null",
                [("0", "it's {}"), ("2", None)],
            )
            writer.do("delete from told using ({}) as gone (number) where told.number = gone.number::int", [("3",)])
            writer.add("told", [("3", "back")])
        assert connection.execute("select word from told where number < 4 order by number, word").fetchall() == [
            ("it's {}",),
            ("it's {}",),
            ("many",),
            (None,),
            (None,),
            ("back",),
        ]


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
    with Writer(connection) as writer:
        for rows in lots:
            writer.add("one", rows)
