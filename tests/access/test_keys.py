"""Keys: shown once, kept as hashes, taken until they are revoked or their last day is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.recorder import Pool
from projections.rebuild import rebuild
from services.access.keys import KeyAlreadyExpired, KeyMisnamed, Keys, UnknownKey
from services.access.roles import ROLES, Role
from services.operations.wiring import service

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(database_url: str, clock: Clock) -> Iterator[Keys]:
    pool: Pool
    with ConnectionPool(database_url, min_size=1, max_size=2) as pool:
        yield Keys(pool, clock)


def test_roles_are_ordered() -> None:
    assert [role.word for role in sorted(Role)] == ["reader", "recorder", "reviewer", "admin"] == list(ROLES)


def test_a_key_is_found_by_its_text_and_by_nothing_else(keys: Keys) -> None:
    made = keys.make("ada", Role.RECORDER)
    assert keys.found(made.token) == made.key
    assert (made.key.name, made.key.role, made.key.made_at, made.key.revoked_at) == ("ada", "recorder", NOW, None)
    assert len(made.token) == len("dateline_") + 12 + 1 + 43
    other = keys.make("ben", Role.READER).token
    for wrong in (
        "",
        made.key.id,
        made.token[:-1],
        made.token + "A",
        made.token.upper(),
        made.token[:22] + other[22:],
        other[:22] + made.token[22:],
        f"dateline_{'0' * 12}_{made.token[22:]}",
        made.token.replace("dateline", "Dateline"),
        made.token + "\n",
        made.token + "\0",
        "' or true --",
    ):
        assert keys.found(wrong) is None, wrong


def test_the_text_of_a_key_stands_nowhere_in_the_database(keys: Keys, database_url: str) -> None:
    made = keys.make("ada", Role.ADMIN)
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'dateline'::regnamespace and relkind = 'r'"
        ).fetchall()
        assert ("api_key",) in tables
        everything = "\n".join(
            str(row)
            for (table,) in tables
            for (row,) in connection.execute(f"select t::text from dateline.{table} t".encode())
        )
    assert made.key.id in everything
    secret = made.token[22:]
    assert len(secret) == 43
    for form in (made.token, secret, made.token.encode().hex(), secret.encode().hex()):
        assert form not in everything


def test_two_keys_may_be_of_one_pseudonym_and_none_is_like_another(keys: Keys) -> None:
    made = [keys.make("ada", Role.RECORDER) for _ in range(20)]
    assert len({each.token for each in made}) == len({each.key.id for each in made}) == 20
    assert {each.name for each in keys.all()} == {"ada"}
    keys.revoke(made[0].key.id)
    assert keys.found(made[0].token) is None
    assert keys.found(made[1].token) == made[1].key


def test_a_revoked_key_is_never_taken_again_and_keeps_the_moment_at_which_it_was_revoked(
    keys: Keys, clock: Clock
) -> None:
    made = keys.make("ada", Role.RECORDER)
    clock.now = NOW + timedelta(minutes=1)
    assert keys.revoke(made.key.id).revoked_at == clock.now
    clock.now = NOW + timedelta(days=1)
    assert keys.revoke(made.key.id).revoked_at == NOW + timedelta(minutes=1)
    assert keys.found(made.token) is None
    assert [each.revoked_at for each in keys.all()] == [NOW + timedelta(minutes=1)]


def test_a_key_is_taken_through_its_last_day(keys: Keys, clock: Clock) -> None:
    made = keys.make("ada", Role.RECORDER, date(2026, 11, 25))
    clock.now = datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC)
    assert keys.found(made.token) == made.key
    clock.now = datetime(2026, 11, 26, tzinfo=UTC)
    assert keys.found(made.token) is None


def test_a_key_is_not_made_for_a_day_that_is_over(keys: Keys) -> None:
    keys.make("ada", Role.RECORDER, date(2026, 11, 24))
    with pytest.raises(KeyAlreadyExpired, match="2026-11-23"):
        keys.make("ada", Role.RECORDER, date(2026, 11, 23))
    assert len(keys.all()) == 1


@pytest.mark.parametrize("name", ["", "ada@example.org", "_ada", "a\nb", "a" * 65])
def test_a_key_is_made_for_a_pseudonym(keys: Keys, name: str) -> None:
    with pytest.raises(KeyMisnamed, match="never forgets"):
        keys.make(name, Role.RECORDER)
    assert keys.all() == []


def test_a_rebuild_of_the_read_model_leaves_the_keys_alone(keys: Keys, database_url: str) -> None:
    made = keys.make("ada", Role.RECORDER)
    with service(database_url) as opened:
        rebuild(opened.pool, opened.log)
    assert keys.found(made.token) == made.key


def test_a_key_that_does_not_exist_is_not_revoked(keys: Keys) -> None:
    with pytest.raises(UnknownKey, match="keys list"):
        keys.revoke("0" * 12)
