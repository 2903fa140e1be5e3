"""Readers and followers beside 32 writers, while append after append is held open."""

from __future__ import annotations

import pytest

from tests.faults.following import write_while_one_is_held


@pytest.mark.slow
def test_while_appends_are_held_open_no_reader_and_no_follower_skips_an_event(database_url: str) -> None:
    print(write_while_one_is_held(database_url, writers=32, each=10, holds=10))
