"""On what terms a service lets callers in. Light to import: the settings are made into it."""

from __future__ import annotations

from typing import Literal

from limits import RateLimitItem
from msgspec import Struct

from services.access.addresses import Network

Reading = Literal["open", "closed"]


class Admission(Struct, frozen=True):
    """
    Who is let in, and how much.

    Without a limit by time as it stands here; `Settings.admission` has those that a service runs under.
    """

    reading: Reading = "open"
    requests: RateLimitItem | None = None
    compute: RateLimitItem | None = None
    failures: RateLimitItem | None = None
    body_bytes: int = 10_000_000
    connections: int = 2000
    trusted_proxies: tuple[Network, ...] = ()
