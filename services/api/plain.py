"""
The reads that are asked most, answered before the framework is: a state or the world on a day, in JSON, at hand.

They stand behind the entrance, before the routes, and take a request only where they have the very answer that its
route would give, headers included; whatever is otherwise about a request goes on to the route. What OpenAPI says, who
is let in, what is counted and what is refused is the route's in both cases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from events.dates import InvalidDate, day
from events.errors import Refusal
from projections.answering import HEAD, Asked
from projections.answers import RULES
from projections.bodies import Body
from projections.encoding import Encoding
from projections.jurisdictions import code_of
from services.api.responses import headers_of, is_held
from services.api.watching import watched

_STATE = re.compile(r"/v1/jurisdictions/([^/]{1,100})/state")
_WORLD = "/v1/state"
_PARAMETER = re.compile(
    rf"(as_of|known_on)=(\d{{4}}-\d{{2}}-\d{{2}})|(position)=(\d{{1,16}})|(rules)=({re.escape(RULES)})", re.ASCII
)
_PINNED = {"as_of", "known_on", "position"}


class PlainReads:
    """An ASGI application that answers GET of a state or of the world where it can, and leaves all else to another."""

    def __init__(self, app: ASGIApp, encoding: Encoding, is_open: bool) -> None:
        """`is_open` says whether everybody may read."""
        self._app = app
        self._encoding = encoding
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] == "GET" and _takes_json(scope)
        given = _given(scope["query_string"].decode("latin-1")) if is_read else None
        body = None if given is None else self._found(scope["path"], given)
        if given is None or body is None:
            await self._app(scope, receive, send)
            return
        watched(scope).position = body.position
        headers = headers_of(body, is_open=self._is_open, is_pinned=given.keys() >= _PINNED)
        conditions = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
        told = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        if conditions and is_held(headers["ETag"], conditions):
            await send({"type": "http.response.start", "status": 304, "headers": told})
            await send({"type": "http.response.body"})
            return
        told += ((b"content-length", b"%d" % len(body.content)), (b"content-type", b"application/json"))
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": body.content})

    def _found(self, path: str, given: Mapping[str, str]) -> Body | None:
        """What is asked for, where it is at hand; no refusal comes from here."""
        named = _STATE.fullmatch(path)
        if named is None and path != _WORLD:
            return None
        try:
            as_of, known_on = (day(given[name]) if name in given else None for name in ("as_of", "known_on"))
            asked = Asked(int(given["position"])) if "position" in given else HEAD
            if named is None:
                return self._encoding.world_at_hand(as_of=as_of, known_on=known_on, asked=asked)
            return self._encoding.state_at_hand(code_of(named[1]), as_of=as_of, known_on=known_on, asked=asked)
        except (InvalidDate, Refusal):
            return None


def _given(query: str) -> dict[str, str] | None:
    """The parameters of a query that has days, a position and the present rules alone, each once; else None."""
    given: dict[str, str] = {}
    for parameter in query.split("&") if query else ():
        told = _PARAMETER.fullmatch(parameter)
        if told is None:
            return None
        name, value = filter(None, told.groups())
        if name in given:
            return None
        given[name] = value
    return given


def _takes_json(scope: Scope) -> bool:
    """Whether the client takes JSON first, as nearly everybody does; who asks in more words is asked further in."""
    return all(value in _JSON_FIRST for name, value in scope["headers"] if name == b"accept")


_JSON_FIRST = (b"*/*", b"application/json", b"application/json, */*")
