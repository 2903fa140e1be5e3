"""Somebody who is signed in with a browser: it holds the key itself in a cookie, so that nothing is kept here."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import datetime

COOKIE = "dateline_key"
HOURS = 12
"""How long a cookie is taken at most. A browser forgets it before, when it ends or its holder signs out."""

_VALUE = re.compile(r"([0-9]{1,12})\.(dateline_[A-Za-z0-9_-]{1,200})")
_FORM = b"forms of the pages of dateline"


def cookie_of(key: str, now: datetime) -> str:
    """The value of the cookie of somebody who signs in with a key at a moment (aware)."""
    return f"{int(now.timestamp())}.{key}"


def key_in(cookies: Sequence[str], now: datetime) -> str | None:
    """
    The key in the values of the header Cookie; None where there is none, or the hours are over.

    Two cookies of the name are none: another host of the same domain may have set one of them.
    """
    parts = (part.strip().partition("=") for header in cookies for part in header.split(";"))
    values = [value for name, _, value in parts if name == COOKIE]
    written = _VALUE.fullmatch(values[0]) if len(values) == 1 else None
    if written is None or not 0 <= int(now.timestamp()) - int(written[1]) < HOURS * 3600:
        return None
    return written[2]


def token_of(key: str) -> str:
    """What a form carries that was made for the holder of a key. It tells nothing of the key."""
    return hmac.digest(key.encode(), _FORM, "sha256").hex()


def is_token(token: str, key: str) -> bool:
    """Whether a form was made for the holder of a key."""
    return hmac.compare_digest(token.encode(), token_of(key).encode())
