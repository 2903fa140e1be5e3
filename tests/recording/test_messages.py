"""What a write costs the database, in messages: counted, not timed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from projections.database import Writer
from services.operations.wiring import Service, service
from tests.recording.telling import act, correct, did

LAW = act("xa-law", "2020-01-10", did("adopted", effects=["restricts"], effective_on="2020-03-01"))
AMENDMENT = act("xa-amendment", "2020-04-01", did("amended", subjects=["Brask"]))
EARLIER = act("xa-note", "2020-02-01", did("noted"))


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the database from here on."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def told(cursor: psycopg.Cursor[Any], query: Any, *given: Any, **options: Any) -> Any:
        sent.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(cursor, query, *given, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", told)
    return sent


def test_an_act_that_goes_on_with_a_measure_is_two_messages_to_read_and_to_write(
    opened: Service, database_url: str, messages: list[str]
) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    with service(database_url) as again:  # which has nothing in memory
        messages.clear()
        again.recording.write([AMENDMENT], recorded_by="ada")
        reading, writing = messages
    assert reading.startswith("begin")
    assert writing.startswith("insert into dateline.event")
    assert writing.endswith("; commit")


def test_so_are_an_act_that_begins_a_measure_one_that_comes_before_others_and_a_measure_kept_in_memory(
    opened: Service, messages: list[str]
) -> None:
    for told in (LAW, AMENDMENT, EARLIER):
        messages.clear()
        opened.recording.write([told], recorded_by="ada")
        assert len(messages) == 2, told.act.act


def test_what_a_correction_takes_an_act_from_is_read_by_a_message_more(opened: Service, messages: list[str]) -> None:
    opened.recording.record([LAW, AMENDMENT], recorded_by="ada")
    messages.clear()
    opened.recording.write([correct(act("xa-law", "2020-01-11"))], recorded_by="ada")
    assert len(messages) <= 4


def test_what_is_left_of_a_writer_is_not_sent_by_it(opened: Service, messages: list[str]) -> None:
    with opened.pool.connection() as connection, Writer(connection) as writer:
        messages.clear()
        writer.do("update dateline.jurisdiction set edition = edition from ({}) as v (a)", [("1",)])
        assert writer.left().startswith("update dateline.jurisdiction")
    assert messages == []
