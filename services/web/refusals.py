"""What is said when a page cannot be shown: the refusal that the API gives, as a page for whoever asked for one."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import msgspec
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.access import API
from services.api.negotiation import preferred
from services.web.layout import ENVIRONMENT, HTML, POLICY
from services.web.sign_in import local, to_sign_in

_PROBLEM = "application/problem+json"


class Pages:
    """
    An ASGI application in which pages are asked for as browsers ask, and refused as pages.

    An empty field of a form is one that was not filled in: it is taken out of the address. What belongs to the API goes
    by as it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        asked = {**scope, "query_string": _filled_in(scope["query_string"])}
        if not _wants_page(asked):
            await self._app(asked, receive, send)
            return
        started: list[Message] = []
        body = bytearray()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_problem(message):
                started.append(message)
            elif not started:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    await _refuse(started[0], bytes(body), asked, send)

        await self._app(asked, receive, sent)


async def _refuse(start: Message, document: bytes, scope: Scope, send: Send) -> None:
    """Sends a problem document as a page, with all headers that came with it."""
    problem = msgspec.json.decode(document)
    kind, back = problem["type"].rpartition("/")[2], _address(scope)
    told = {"problem": problem, "kind": kind, "back": back, "sign_in": to_sign_in(back)}
    text = ENVIRONMENT.get_template("refusal.html").render(told).encode()
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Type"], headers["Content-Length"] = HTML, str(len(text))
    headers["Content-Security-Policy"] = POLICY
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": text})


def _address(scope: Scope) -> str:
    """The page of this host that was asked for, to come back to; what only forms are sent to is none."""
    path = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
    query = scope["query_string"].decode("ascii", "replace")
    return ("/" if path == "/sign-out" else local(f"{path}?{query}" if query else path)) or "/"


def _filled_in(query: bytes) -> bytes:
    if b"=&" not in query and not query.endswith(b"="):
        return query
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="surrogateescape")
    return urlencode([each for each in given if each[1].strip()], errors="surrogateescape").encode("latin-1")


def _wants_page(scope: Scope) -> bool:
    accept = Request(scope).headers.getlist("accept")
    return bool(accept) and preferred(accept, [_PROBLEM, "text/html"]) == "text/html"


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(_PROBLEM)
