"""
The reads that are asked most, answered before the framework is: a state or the world on a day, in JSON, at hand.

They stand before the whole application, where the server finds them at once, and take a request only where everybody
may read, it says no more than a few words that all know, and they have the very answer that its route would give,
headers included; it is counted, watched and told in the log like any other. Whatever is otherwise about a request goes
on. What OpenAPI says, who is let in and what is refused is the route's.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from time import perf_counter
from typing import NamedTuple

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from events.dates import InvalidDate, day
from events.errors import Refusal
from projections.answering import HEAD, Asked
from projections.answers import RULES
from projections.bodies import Body
from projections.encoding import Encoding
from projections.jurisdictions import code_of
from services.access.addresses import client_of
from services.access.gate import Gate
from services.access.limits import Standing, TooManyRequests
from services.api import envelope
from services.api.access import standings_told
from services.api.costs import compute_of
from services.api.responses import headers_of, is_held
from services.api.watching import HEADER, Told, Watched, new_name
from services.operations.metrics import Metrics

_STATE = re.compile(r"/v1/jurisdictions/([^/]{1,100})/state")
_WORLD = "/v1/state"
_PARAMETER = re.compile(
    rf"(as_of|known_on)=(\d{{4}}-\d{{2}}-\d{{2}})|(position)=(\d{{1,16}})|(rules)=({re.escape(RULES)})", re.ASCII
)
_PINNED = {"as_of", "known_on", "position"}
_ROUTE_OF_STATE, _ROUTE_OF_WORLD = "/v1/jurisdictions/{code}/state", "/v1/state"

_SAYS_NOTHING = frozenset(
    {b"host", b"user-agent", b"accept-encoding", b"accept-language", b"connection", b"referer", b"if-none-match"}
)
"""Headers that change nothing of such an answer, and the condition, which is heard. Any other is heard further in."""

_JSON_FIRST = frozenset({b"*/*", b"application/json", b"application/json, */*"})


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and content."""


class _Question(NamedTuple):
    """What an address asks: a jurisdiction or the world, with its days and its edition; whether these pin it."""

    jurisdiction: str | None
    as_of: date | None
    known_on: date | None
    asked: Asked
    is_pinned: bool


class PlainReads:
    """An ASGI application that answers GET of a state or of the world where it can, and leaves all else to another."""

    def __init__(self, app: ASGIApp, encoding: Encoding, gate: Gate, metrics: Metrics) -> None:
        self._app = app
        self._encoding = encoding
        self._gate = gate
        self._told = Told(metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answer(scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        status, headers, content = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def answer(self, scope: Scope) -> Answer | None:
        """
        The answer to a request, counted and told, or None for who has to go on; it waits for nothing.

        For the server as well, which so needs no task for it.
        """
        begun = perf_counter()
        question = self._question(scope)
        body = None if question is None else self._body(question)
        standings = None if question is None or body is None else self._counted(question, scope)
        if question is None or body is None or standings is None:
            return None
        request = Watched(new_name())
        request.route = _ROUTE_OF_WORLD if question.jurisdiction is None else _ROUTE_OF_STATE
        request.position = body.position
        headers = _headers(body, question.is_pinned)
        conditions = [value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"]
        status, content = 200, body.content
        if conditions and is_held(f'"{body.digest}"', conditions):
            status, content, headers = 304, b"", headers[:-_OF_CONTENT]
        told = [*headers, *standings_told(standings), (HEADER, request.id.encode("ascii"))]
        self._told.tell(scope, request, status, perf_counter() - begun)
        return status, told, content

    def _question(self, scope: Scope) -> _Question | None:
        """What is asked, where it is asked as nearly everybody asks and everybody may."""
        if scope["type"] != "http" or scope["method"] != "GET" or not self._gate.reading_is_open:
            return None
        for name, value in scope["headers"]:
            if (
                name not in _SAYS_NOTHING
                and name != b"if-none-match"
                and not (name == b"accept" and value in _JSON_FIRST)
            ):
                return None
        return _question_of(scope["path"], scope["query_string"])

    def _body(self, question: _Question) -> Body | None:
        jurisdiction, as_of, known_on, asked, _ = question
        try:
            if jurisdiction is None:
                return self._encoding.world_at_hand(as_of=as_of, known_on=known_on, asked=asked)
            return self._encoding.state_at_hand(jurisdiction, as_of=as_of, known_on=known_on, asked=asked)
        except Exception:  # it comes up again in the route, where it is watched and told
            return None

    def _counted(self, question: _Question, scope: Scope) -> list[Standing] | None:
        """Where the client stands with the limits; None where it is over one, which is told further in."""
        gate, client = self._gate, scope.get("client")
        address = client_of(client[0] if client else None, (), gate.admission.trusted_proxies)
        compute = 0
        if gate.admission.compute is not None and question.jurisdiction is None:
            compute = compute_of(_ROUTE_OF_WORLD, QueryParams(scope["query_string"]), gate.year())
        try:
            return gate.count(gate.who(None, address), compute)
        except TooManyRequests:
            return None


@lru_cache(maxsize=10_000)
def _question_of(path: str, query: bytes) -> _Question | None:
    """What an address asks that has days, a position and the present rules alone, each once; else None."""
    named = _STATE.fullmatch(path)
    if named is None and path != _WORLD:
        return None
    given: dict[str, str] = {}
    for parameter in query.decode("latin-1").split("&") if query else ():
        told = _PARAMETER.fullmatch(parameter)
        if told is None:
            return None
        name, value = filter(None, told.groups())
        if name in given:
            return None
        given[name] = value
    try:
        as_of, known_on = (day(given[name]) if name in given else None for name in ("as_of", "known_on"))
        asked = Asked(int(given["position"])) if "position" in given else HEAD
        return _Question(None if named is None else code_of(named[1]), as_of, known_on, asked, given.keys() >= _PINNED)
    except (InvalidDate, Refusal):
        return None


_OF_CONTENT = 2
"""So many headers, the last ones, are about the content alone."""


def _headers(body: Body, is_pinned: bool) -> list[tuple[bytes, bytes]]:
    """All headers of an answer; made once for a body."""
    headers = body.headers.get(is_pinned)
    if headers is None:
        told = {**headers_of(body, is_open=True, is_pinned=is_pinned), **envelope.HEADERS}
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in told.items()]
        headers += [(b"content-length", b"%d" % len(body.content)), (b"content-type", b"application/json")]
        body.headers[is_pinned] = headers
    return headers
