"""Bodies of writes, a client that holds a key, and what it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import Service
from tests.acceptance.serving import served

Json = dict[str, Any]


def told(slug: str = "xa-decree", *actions: Json, on: str = "2020-03-01", **fields: Any) -> Json:
    """An act as the record format has it; of itself it adopts the measure XA/decree."""
    said: Json = {
        "act": slug,
        "announced_on": on,
        "authority": "Ministry",
        "instrument": "rule",
        "title": slug,
        "sources": [{"name": "Gazette"}],
        "actions": list(actions) or [{"measure": "decree", "type": "adopted", "effects": ["restricts"]}],
    }
    return said | fields


def entry(act: Json, jurisdiction: str = "XA") -> Json:
    """An act with its jurisdiction: a line of JSON Lines, and a body."""
    return {"jurisdiction": jurisdiction, "act": act}


def did(kind: str, measure: str = "decree", **fields: Any) -> Json:
    """An action."""
    return {"measure": measure, "type": kind, **fields}


@contextmanager
def writer(opened: Service, name: str = "ada", role: Role = Role.ADMIN) -> Iterator[httpx.Client]:
    """A client of the API, served for as long as the block lasts, that holds a key."""
    token = Keys(opened.pool, opened.clock).make(name, role).token
    with (
        served(opened) as base,
        httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client,
    ):
        yield client
