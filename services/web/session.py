"""Who is signed in, as pages show it, and the cookie by which a browser says so."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from msgspec import Struct

from services.access import sessions
from services.access.addresses import is_secure
from services.access.admission import Admission
from services.access.gate import Caller
from services.access.roles import Role


class Session(Struct, frozen=True):
    """Who is signed in, and what the forms on their pages carry."""

    caller: Caller
    token: str

    @property
    def may_record(self) -> bool:
        """Whether the forms of acts, corrections, retractions and reviews are for them."""
        return self.caller.role >= Role.RECORDER

    @property
    def may_verify(self) -> bool:
        """Whether the form of verifications is for them."""
        return self.caller.role >= Role.REVIEWER


def session_of(request: Request) -> Session | None:
    """Who the entrance knows by the key of a request; None where nobody is signed in."""
    caller, key = request.scope["state"].get("caller"), key_of(request)
    return None if caller is None or key is None else Session(caller, sessions.token_of(key))


def key_of(request: Request) -> str | None:
    """The key of a request, whether it is taken or not."""
    key: str | None = request.scope["state"].get("key")
    return key


def remember(response: Response, key: str, now: datetime, request: Request, admission: Admission) -> None:
    """Has a browser say from now on that the holder of a key is signed in; over TLS alone where this came over TLS."""
    peer = request.client.host if request.client is not None else None
    told = request.headers.getlist("x-forwarded-proto")
    response.set_cookie(
        sessions.COOKIE,
        sessions.cookie_of(key, now),
        path="/",
        secure=is_secure(request.scope["scheme"], peer, told, admission.trusted_proxies),
        httponly=True,
        samesite="strict",
    )
