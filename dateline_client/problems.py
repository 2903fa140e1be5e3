"""What can go wrong: a refusal of the service, a service that is not reached, an answer that is not understood."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec


class DatelineError(Exception):
    """Whatever this client raises by itself."""


class Unreachable(DatelineError):
    """The service was not reached, or its answer broke off. A read may be asked again; so may a write, as it was."""


class Misunderstood(DatelineError):
    """The service answered something that this client does not know how to read."""


class ExtraMissing(DatelineError, ImportError):
    """A library that frames need is not installed."""


class Problem(DatelineError):
    """
    The service refused: a problem document (RFC 9457).

    `type` is its address, `/problems/unknown-jurisdiction`, and `word` the last part of it, which stays the same;
    `detail` says what happened and what to do. `members` are the facts beside them. `retry_after` is after how many
    seconds to come back, where the service says so. An error that is not of the service but of something before it
    has the type `about:blank`.
    """

    def __init__(
        self, *, type: str, title: str, status: int, detail: str, members: dict[str, Any], retry_after: float | None
    ) -> None:
        super().__init__(f"{detail or title} ({status}, {type})")
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.members = members
        self.retry_after = retry_after

    @property
    def word(self) -> str:
        """The last part of the type: `unknown-jurisdiction`."""
        return self.type.rpartition("/")[2]


_STANDARD = ("type", "title", "status", "detail")


def problem_of(status: int, body: bytes, retry_after: str | None) -> Problem:
    """The problem that an answer with an error's status tells; `retry_after` is its header Retry-After."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = None
    if not isinstance(told, dict):
        told = {"detail": body[:200].decode("utf-8", "replace").strip()}
    return Problem(
        type=str(told.get("type", "about:blank")),
        title=str(told.get("title") or _phrase(status)),
        status=status,
        detail=str(told.get("detail") or ""),
        members={name: value for name, value in told.items() if name not in _STANDARD},
        retry_after=_seconds(retry_after),
    )


def _phrase(status: int) -> str:
    return next((each.phrase for each in HTTPStatus if each == status), "Error")


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); the service gives no dates there, and one of a proxy is not heard."""
    return float(text) if text is not None and text.isascii() and text.isdecimal() else None
