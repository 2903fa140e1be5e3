"""API keys: made and revoked from the shell, shown once, kept as hashes."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256

from msgspec import Struct

from events.errors import Refusal
from events.recorder import Pool
from services.access.pseudonyms import PSEUDONYM_RULE, is_pseudonym
from services.access.roles import ROLES, Role

_TOKEN = re.compile(r"dateline_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)
_NOBODY = bytes(32)
"""Compared with where no key has the id: no text that anyone knows has this hash."""


class KeyMisnamed(Refusal):
    """Whoever records is told by a pseudonym, which a key is made for."""

    type = "key-misnamed"


class KeyAlreadyExpired(Refusal):
    """A key is made to be used: its last day is today or later."""

    type = "key-already-expired"


class UnknownKey(Refusal):
    """A key is revoked by the id that the list of keys shows."""

    type = "unknown-key"


class Key(Struct, frozen=True):
    """What is known of a key. Its text is known to its holder alone."""

    id: str
    name: str
    role: str
    made_at: datetime
    expires_on: date | None
    revoked_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether the key is taken now: not revoked, and its last day (UTC) is not over."""
        return self.revoked_at is None and (self.expires_on is None or now.astimezone(UTC).date() <= self.expires_on)


class KeyList(Struct, frozen=True):
    """Keys as JSON."""

    keys: list[Key]


class Made(Struct, frozen=True):
    """A new key with its text, which is not to be had again."""

    token: str
    key: Key


class Keys:
    """The keys on record. The application may find one; making and revoking need the rights of the tables' owner."""

    def __init__(self, pool: Pool, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._clock = clock

    def make(self, name: str, role: Role, expires_on: date | None = None) -> Made:
        """
        A new key for a pseudonym; several may be of one, so that a key can be exchanged without a gap.

        `expires_on` is the last day (UTC) on which it is taken. Raises KeyMisnamed and KeyAlreadyExpired.
        """
        now = self._clock()
        if not is_pseudonym(name):
            raise KeyMisnamed(f"'{name}' is not a pseudonym: {PSEUDONYM_RULE}", name=name)
        if expires_on is not None and expires_on < now.astimezone(UTC).date():
            raise KeyAlreadyExpired(f"The last day {expires_on} is over: give a later one.", last_day=expires_on)
        key = Key(secrets.token_hex(6), name, role.word, now, expires_on, None)
        token = f"dateline_{key.id}_{secrets.token_urlsafe(32)}"
        with self._pool.connection() as connection:
            connection.execute(
                "insert into dateline.api_key (id, hash, name, role, made_at, expires_on)"
                " values (%s, %s, %s, %s, %s, %s)",
                [key.id, _hash(token), key.name, key.role, key.made_at, key.expires_on],
            )
        return Made(token, key)

    def all(self) -> list[Key]:
        """Every key ever made, in the order of making."""
        with self._pool.connection() as connection:
            rows = connection.execute(f"select {_COLUMNS} from dateline.api_key order by made_at, id").fetchall()
        return [Key(*row) for row in rows]

    def revoke(self, key_id: str) -> Key:
        """Takes a key back, from the next request on. Once more changes nothing. Raises UnknownKey."""
        with self._pool.connection() as connection:
            row = connection.execute(
                f"update dateline.api_key set revoked_at = coalesce(revoked_at, %s) where id = %s returning {_COLUMNS}",
                [self._clock(), key_id],
            ).fetchone()
        if row is None:
            raise UnknownKey("No key has this id. 'dateline keys list' shows the id of every key.")
        return Key(*row)

    def found(self, token: str) -> Key | None:
        """The key that a text is, if it is taken now. Why it is not is nobody's business."""
        written = _TOKEN.fullmatch(token)
        if written is None:
            return None
        with self._pool.connection() as connection:
            connection.autocommit = True  # one question: its transaction need not be begun and ended in messages
            try:
                row = connection.execute(
                    f"select hash, {_COLUMNS} from dateline.api_key where id = %s", [written[1]]
                ).fetchone()
            finally:
                connection.autocommit = False
        known = hmac.compare_digest(_NOBODY if row is None else bytes(row[0]), _hash(token))
        if row is None or not known:
            return None
        key = Key(*row[1:])
        return key if key.is_good(self._clock()) else None


def not_revoked(key_id: str) -> str:
    """The query that tells of a key on record whether it still is (one row with one truth value)."""
    return f"select revoked_at is null from dateline.api_key where id = '{key_id}'"


_COLUMNS = "id, name, role, made_at, expires_on, revoked_at"


def _hash(token: str) -> bytes:
    # A plain hash is right here: a token has 256 random bits, which nobody finds by trying, so there is nothing for
    # salt and slowness to protect, as there would be in a password.
    return sha256(token.encode()).digest()


def role_of(key: Key) -> Role:
    """The role of a key."""
    return ROLES[key.role]
