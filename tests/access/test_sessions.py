"""The cookie of somebody who is signed in, and what their forms carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.access.sessions import HOURS, cookie_of, is_token, key_in, token_of

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
KEY = "dateline_" + "0" * 12 + "_" + "x" * 43
OTHER = "dateline_" + "0" * 12 + "_" + "y" * 43
COOKIE = f"dateline_key={cookie_of(KEY, NOW)}"


def test_the_cookie_holds_the_key_itself() -> None:
    assert key_in([COOKIE], NOW) == KEY
    assert key_in([f"a=b; {COOKIE}; c=d"], NOW) == KEY
    assert key_in(["a=b", COOKIE], NOW) == KEY


def test_a_cookie_is_taken_for_twelve_hours_and_no_longer() -> None:
    assert HOURS == 12
    assert key_in([COOKIE], NOW + timedelta(hours=12, seconds=-1)) == KEY
    assert key_in([COOKIE], NOW + timedelta(hours=12)) is None


def test_a_cookie_from_the_future_is_not_taken() -> None:
    assert key_in([COOKIE], NOW - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "cookies",
    [
        [],
        [""],
        ["dateline_key="],
        [f"dateline_key={KEY}"],
        [f"dateline_key=x.{KEY}"],
        [f"dateline_key=-1.{KEY}"],
        [f"Dateline_key={cookie_of(KEY, NOW)}"],
        [f'dateline_key="{cookie_of(KEY, NOW)}"'],
        [f"dateline_key={'9' * 400}.{KEY}"],
        [f"dateline_key={cookie_of('dateline_' + 'x' * 500, NOW)}"],
        [COOKIE, COOKIE],
        [f"{COOKIE}; dateline_key={cookie_of(OTHER, NOW)}"],
        ["dateline_key=1.dateline_\udcff"],
    ],
)
def test_what_is_no_cookie_of_ours_or_two_of_them_is_nobodys(cookies: list[str]) -> None:
    assert key_in(cookies, NOW) is None


def test_a_token_belongs_to_one_key_and_does_not_tell_it() -> None:
    assert is_token(token_of(KEY), KEY)
    assert not is_token(token_of(KEY), OTHER)
    assert not is_token("", KEY)
    assert not is_token(KEY, KEY)
    assert KEY not in token_of(KEY)
    assert token_of(KEY) != token_of(OTHER)
