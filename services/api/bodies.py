"""The bodies of requests: read whole before anything is done with them, and bounded in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from services.api.problems import BodyTooLarge, BodyTooSlow

Headers = Iterable[tuple[bytes, bytes]]
"""As a server gives them, their names in small letters."""

BODY_SECONDS = 60
"""How long a body may take to arrive."""

_UNREAD = {"GET", "HEAD"}


def has_body(headers: Headers) -> bool:
    """Whether a request says that a body comes with it."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value not in (b"", b"0"))
        for name, value in headers
    )


async def read_body(request: Request, most: int) -> Receive:
    """
    What the application receives in place of the connection: the body in one piece, and then the connection again.

    Bytes are counted as they come, whatever the headers say of them. Nothing is kept of a body that nobody will read.
    Raises BodyTooLarge, BodyTooSlow and ClientDisconnect.
    """
    if not has_body(request.scope["headers"]):
        return request.receive
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read(request.receive, most, keep=request.method not in _UNREAD)
    except TimeoutError:
        raise BodyTooSlow(
            f"The body did not arrive within {BODY_SECONDS} seconds. Send it in smaller parts, or over a faster line.",
            seconds=BODY_SECONDS,
        ) from None
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return await request.receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _read(receive: Receive, most: int, *, keep: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        if keep:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is larger than {most} bytes, which is the most that is taken here. Send it in smaller parts.",
        most_bytes=most,
    )
