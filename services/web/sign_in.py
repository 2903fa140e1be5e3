"""Signing in with a key, and out: which page one comes back to, and nothing of why a key is not taken."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.access.gate import Gate
from services.access.roles import Role
from services.api.access import forget
from services.api.watching import watched
from services.operations.wiring import Service
from services.web.address import Address
from services.web.forms import Sent, SentByAnyone
from services.web.layout import page
from services.web.session import remember

PATH = "/sign-in"
LONGEST = 4_000
"""Characters of an address at most that one comes back to."""

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def signing_in(service: Service, gate: Gate) -> APIRouter:
    """The routes of signing in and out."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def ask(request: Request, next_: Annotated[str, Query(alias="next", max_length=LONGEST)] = "") -> Response:
        """The form for a key."""
        return page(request, "sign-in.html", keep=False, next=local(next_), is_refused=False)

    @router.post(PATH)
    async def sign_in(request: Request, form: SentByAnyone) -> Response:
        """Signs the holder of a key in, and goes on to where they came from."""
        address = request.scope["state"]["address"]
        gate.check_failures(address)
        key = form.text("key").strip()
        caller = await run_in_threadpool(gate.holder, key)
        to = local(form.text("next"))
        if caller is None:
            gate.count_failure(address)
            refused = page(request, "sign-in.html", status=401, keep=False, next=to, is_refused=True)
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        watched(request.scope).caller = caller.name
        response = RedirectResponse(to or ("/record" if caller.role >= Role.RECORDER else "/"), 303)
        response.headers["Cache-Control"] = "no-store"
        remember(response, key, gate.now(), request, service.admission)
        return response

    @router.post("/sign-out")
    async def sign_out(form: Sent) -> Response:
        """Has the browser forget who was signed in."""
        response = RedirectResponse("/", 303)
        response.headers["Cache-Control"] = "no-store"
        forget(response)
        return response

    return router


def local(address: str) -> str | None:
    """A path of this host with its query, as it is; None for whatever might lead elsewhere, or nowhere."""
    return address if len(address) <= LONGEST and _LOCAL.fullmatch(address) else None


def sign_in_from(address: Address) -> str:
    """Where one signs in to come back to a page."""
    return to_sign_in(address.here()) if address.path not in (PATH, "/sign-out") else PATH


def to_sign_in(back: str) -> str:
    """Where one signs in to come back to an address of this host; as much as fits."""
    return f"{PATH}?next={quote(back, safe='/')}" if local(back) else PATH
