"""
The reads that are asked most, answered before the framework is: a state or the world on a day, in JSON, at hand.

They stand behind the entrance, before the routes, and take a request only where they have the very answer that its
route would give, headers included; whatever is otherwise about a request goes on to the route. What OpenAPI says, who
is let in, what is counted and what is refused is the route's in both cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from events.dates import InvalidDate, day
from events.errors import Refusal
from projections.answering import Asked
from projections.answers import RULES
from projections.bodies import Body
from projections.encoding import Encoding
from projections.jurisdictions import code_of
from services.api.parameters import LARGEST
from services.api.responses import respond_with

_STATE = re.compile(r"/v1/jurisdictions/([^/]{1,100})/state")
_WORLD = "/v1/state"
_PARAMETER = re.compile(
    rf"(as_of|known_on)=(\d{{4}}-\d{{2}}-\d{{2}})|(position)=(\d{{1,16}})|(rules)=({re.escape(RULES)})", re.ASCII
)

Find = Callable[[date | None, date | None, Asked], Body | None]


class PlainReads:
    """An ASGI application that answers GET of a state or of the world where it can, and leaves all else to another."""

    def __init__(self, app: ASGIApp, encoding: Encoding) -> None:
        self._app = app
        self._encoding = encoding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self._body(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if body is None:
            await self._app(scope, receive, send)
        else:
            await respond_with(Request(scope), body)(scope, receive, send)

    def _body(self, scope: Scope) -> Body | None:
        find = self._find(scope["path"])
        if find is None or not _is_plain(scope):
            return None
        return _found(find, scope["query_string"].decode("latin-1"))

    def _find(self, path: str) -> Find | None:
        if path == _WORLD:
            return lambda as_of, known_on, asked: self._encoding.world_at_hand(
                as_of=as_of, known_on=known_on, asked=asked
            )
        if (named := _STATE.fullmatch(path)) is None:
            return None
        try:
            code = code_of(named[1])
        except Refusal:
            return None
        return lambda as_of, known_on, asked: self._encoding.state_at_hand(
            code, as_of=as_of, known_on=known_on, asked=asked
        )


def _found(find: Find, query: str) -> Body | None:
    """What is asked with a query of days and a position, each once at most, none of them wrong."""
    given: dict[str, str] = {}
    for parameter in query.split("&") if query else ():
        told = _PARAMETER.fullmatch(parameter)
        if told is None:
            return None
        name, value = filter(None, told.groups())
        if name in given:
            return None
        given[name] = value
    try:
        as_of, known_on = (day(given[name]) if name in given else None for name in ("as_of", "known_on"))
    except InvalidDate:
        return None
    position = int(given["position"]) if "position" in given else None
    if position is not None and position > LARGEST:
        return None
    return find(as_of, known_on, Asked(position))


def _is_plain(scope: Scope) -> bool:
    """Whether the client takes JSON first, as nearly everybody does; who asks in more words is asked further in."""
    return all(value in _JSON_FIRST for name, value in scope["headers"] if name == b"accept")


_JSON_FIRST = (b"*/*", b"application/json", b"application/json, */*")
