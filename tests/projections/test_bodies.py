"""Answers kept as bytes, within a number of bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from projections import bodies as room
from projections.answers import Edition
from projections.bodies import Bodies, Body, Question

MOMENT = datetime(2026, 11, 24, 8, tzinfo=UTC)
DAY, LATER = date(2026, 11, 24), date(2026, 11, 25)
WORLD, NETHERLANDS = (Question(jurisdiction, DAY, DAY) for jurisdiction in (None, "NL"))


def body(of: bytes) -> Body:
    return Body(WORLD, of, Edition(1, MOMENT), "CC0")


def test_what_was_asked_last_is_kept_and_the_least_used_dropped() -> None:
    bodies = Bodies(10_000)
    for number in range(10):
        bodies.keep(number, body(b"x" * 400))
    assert bodies.counts() == (10, 9_000)
    assert bodies.of(0) is not None
    for number in range(10, 13):
        bodies.keep(number, body(b"x" * 400))
    assert bodies.counts() == (11, 9_900)
    assert [number for number in range(13) if bodies.of(number) is None] == [1, 2]


def test_what_would_take_a_tenth_of_all_the_room_is_not_kept() -> None:
    bodies = Bodies(10_000)
    bodies.keep("as much as that", body(b"x" * 500))
    bodies.keep("more", body(b"x" * 501))
    assert (bodies.of("as much as that") is None, bodies.of("more") is None) == (False, True)


def test_what_is_kept_once_stays_what_it_was() -> None:
    bodies = Bodies(10_000)
    first = body(b"{}")
    bodies.keep("asked", first)
    bodies.keep("asked", body(b"{}"))
    assert bodies.of("asked") is first
    assert bodies.counts() == (1, 502)


def test_another_address_another_log_or_another_licence_is_another_digest() -> None:
    bodies = [
        Body(WORLD, b"{}", Edition(1, MOMENT), "CC0"),
        Body(WORLD, b"{}", Edition(2, MOMENT), "CC0"),
        Body(NETHERLANDS, b"{}", Edition(1, MOMENT), "CC0"),
        Body(Question(None, DAY, LATER), b"{}", Edition(1, MOMENT), "CC0"),
        Body(Question(None, LATER, DAY), b"{}", Edition(1, MOMENT), "CC0"),
        Body(WORLD, b"{}", Edition(1, MOMENT + timedelta(microseconds=1)), "CC0"),
        Body(WORLD, b"{}", Edition(1, MOMENT), "CC BY 4.0"),
    ]
    assert len({each.digest for each in bodies}) == len(bodies)
    assert {len(each.digest) for each in bodies} == {32}
    assert Body(WORLD, b"{}", Edition(1, MOMENT), "CC0").digest == bodies[0].digest


def test_other_rules_are_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = body(b"{}").digest
    monkeypatch.setattr(room, "RULES", "another")
    room._mark.cache_clear()
    try:
        assert body(b"{}").digest != before
    finally:
        room._mark.cache_clear()
