"""The gate: who is asking, and whether they may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from msgspec import Struct

from events.errors import Refusal
from events.recorder import Pool
from services.access.admission import Admission
from services.access.keys import Key, Keys, not_revoked, role_of
from services.access.limits import Limit, Standing
from services.access.roles import Role


class KeyNeeded(Refusal):
    """What is not open to everybody is asked with a key."""

    type = "key-needed"


class KeyRefused(Refusal):
    """A key is one that was made here, has not been revoked and has not expired."""

    type = "key-refused"


class RoleTooLow(Refusal):
    """A role may do what the roles below it may, and no more."""

    type = "role-too-low"


class Caller(Struct, frozen=True):
    """Who is asking: the pseudonym of the key (`recorded_by` of what they record), and what they may do."""

    name: str
    role: Role
    key: str = ""


class Remembered(Struct, frozen=True):
    """
    A caller whose key was good a moment ago, and the query whose rows `Gate.confirm` still has to see.

    All that is on record of a key stays as it is, but for this: it may have been revoked.
    """

    caller: Caller
    query: str


REMEMBERED_SECONDS = 60.0
"""How long a key that was good is kept in memory."""

MOST_REMEMBERED = 1000
"""How many of them."""


class Gate:
    """Knows callers by their keys, and lets them to what their role allows, as often as the limits allow."""

    def __init__(self, pool: Pool, clock: Callable[[], datetime], admission: Admission) -> None:
        self._keys = Keys(pool, clock)
        self._clock = clock
        self._admission = admission
        self._requests = Limit("requests", admission.requests, clock, "Too many requests came in a short time.")
        self._compute = Limit(
            "compute", admission.compute, clock, "Too much was asked to be worked out in a short time without a key."
        )
        self._failures = Limit("failures", admission.failures, clock, "Too many keys from here were refused.")
        self._remembered: dict[bytes, tuple[float, Key]] = {}

    @property
    def admission(self) -> Admission:
        return self._admission

    @property
    def reading_is_open(self) -> bool:
        return self._admission.reading == "open"

    def now(self) -> datetime:
        """The present moment."""
        return self._clock()

    def year(self) -> int:
        """The year that it is (UTC)."""
        return self._clock().astimezone(UTC).year

    @property
    def counts(self) -> bool:
        """Whether anything of what is asked is counted: where nothing is, `count` has no say."""
        return self._admission.requests is not None or self._admission.compute is not None

    def who(self, caller: Caller | None, address: str) -> str:
        """For whom a request is counted: its key, or its address where there is none."""
        return f"address {address}" if caller is None else f"key {caller.key}"

    def count(self, who: str, compute: int = 0) -> list[Standing]:
        """
        Counts a request, and what it costs to work out where that counts.

        Gives where somebody stands with each limit that it counted for. Raises TooManyRequests.
        """
        standings = [self._requests.take(who)]
        if compute:
            standings.append(self._compute.take(who, compute))
        return [each for each in standings if each is not None]

    def check_failures(self, address: str) -> None:
        """Raises TooManyRequests where too many keys from an address were refused."""
        self._failures.check(address)

    def count_failure(self, address: str) -> None:
        """Counts a key that was refused."""
        self._failures.take(address)

    def caller(self, authorization: Sequence[str]) -> Caller | None:
        """
        Who is asking, by the values of the header Authorization; None where there is none.

        Asks the database, so that a revoked key is refused at once. Raises KeyRefused, which does not tell why: a
        key that is not known, not well formed, revoked or expired is refused in the same words.
        """
        if not authorization:
            return None
        token = _token_in(authorization)
        caller = self.holder(token) if token is not None else None
        if caller is None:
            raise _refused()
        return caller

    def holder(self, key: str) -> Caller | None:
        """Who holds a key, if it is taken now. Asks the database; why a key is not taken is nobody's business."""
        found = self._keys.found(key)
        if found is None:
            return None
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[_digest(key)] = monotonic(), found
        return _caller(found)

    def remembered(self, authorization: Sequence[str]) -> Remembered | None:
        """
        Who is asking, from memory alone, if their key was good a moment ago. Asks nobody, and waits for nothing.

        Whoever goes by this lets nothing happen before `confirm` has seen what the query finds.
        """
        token = _token_in(authorization)
        if token is None:
            return None
        at, key = self._remembered.get(_digest(token), (0.0, None))
        if key is None or monotonic() - at > REMEMBERED_SECONDS or not key.is_good(self._clock()):
            return None
        return Remembered(_caller(key), not_revoked(key.id))

    def confirm(self, rows: Sequence[Sequence[Any]]) -> None:
        """Raises KeyRefused unless the rows of the query of one who was remembered say that their key is taken."""
        if [tuple(row) for row in rows] != [(True,)]:
            self._remembered.clear()  # whose it was the rows do not say; all others are found again
            raise _refused()

    def admit(self, caller: Caller | None, least: Role) -> None:
        """Lets a caller to what needs at least a role, or raises KeyNeeded or RoleTooLow."""
        if least is Role.READER and self.reading_is_open:
            return
        if caller is None:
            raise KeyNeeded(
                f"This needs a key of the role {least.word} or above: send it as 'Authorization: Bearer KEY'.",
                role_needed=least.word,
            )
        if caller.role < least:
            raise RoleTooLow(
                f"This needs the role {least.word} or above, and the key has the role {caller.role.word}.",
                role=caller.role.word,
                role_needed=least.word,
            )


def _caller(key: Key) -> Caller:
    return Caller(key.name, role_of(key), key.id)


def _token_in(authorization: Sequence[str]) -> str | None:
    scheme, _, token = authorization[0].partition(" ")
    return token.strip() if scheme.lower() == "bearer" and len(authorization) == 1 else None


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()  # no text that shows a key is kept


def _refused() -> KeyRefused:
    return KeyRefused(
        "The key is not taken. Send 'Authorization: Bearer' with the key as it was shown when it was made, "
        "or leave the header out; an administrator makes new ones."
    )
