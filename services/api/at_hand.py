"""
The reads that are asked most, a state or the world on a day in JSON, found where their answer is at hand.

An address asks for one if it has days, a position and the present rules alone, each once and none of them wrong. What
is found are the bytes that the route of the address gives, with the same headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from events.dates import InvalidDate, day
from events.errors import Refusal
from projections.answering import HEAD, Asked
from projections.answers import RULES
from projections.bodies import Body
from projections.encoding import Encoding
from projections.jurisdictions import code_of
from services.api.envelope import HEADERS
from services.api.responses import headers_of

_STATE = re.compile(r"/v1/jurisdictions/([^/]{1,100})/state")
WORLD = "/v1/state"
_PARAMETER = re.compile(
    rf"(as_of|known_on)=(\d{{4}}-\d{{2}}-\d{{2}})|(position)=(\d{{1,16}})|(rules)=({re.escape(RULES)})", re.ASCII
)
_PINNED = {"as_of", "known_on", "position"}

_LONGEST = 300
"""Signs of an address that asks for what may be at hand, at most; what the last of them mean is remembered."""


class AtHand:
    """Finds the answers that are at hand. Nothing is refused here: what is wrong with a request is told further in."""

    def __init__(self, encoding: Encoding, is_open: bool) -> None:
        """`is_open` says whether everybody may read."""
        self.is_open = is_open
        self._encoding = encoding

    def found(self, path: str, query: bytes) -> tuple[Body, bool] | None:
        """What is asked for with GET, if it is at hand, and whether it was asked for by its pinned address."""
        if len(path) + len(query) > _LONGEST:
            return None
        about, times = _about(path), _times(query)
        if about is None or times is None:
            return None
        as_of, known_on, asked, is_pinned = times
        try:
            body = self._encoding.at_hand(about.jurisdiction, as_of=as_of, known_on=known_on, asked=asked)
        except Exception:  # whatever it is comes up again in the route, where it is refused, or told
            return None
        return None if body is None else (body, is_pinned)

    def headers(self, body: Body, is_pinned: bool) -> tuple[bytes, bytes]:
        """What goes with an answer as lines, and what goes with its bytes besides; made once for a body."""
        headers = body.headers.get(is_pinned)
        if headers is None:
            lines = _as_lines(headers_of(body, is_open=self.is_open, is_pinned=is_pinned)) + _ALWAYS
            of_bytes = _as_lines({"content-length": str(len(body.content)), "content-type": "application/json"})
            headers = body.headers[is_pinned] = (lines, of_bytes)
        return headers


def _as_lines(headers: Mapping[str, str]) -> bytes:
    return "".join([f"{name.lower()}: {value}\r\n" for name, value in headers.items()]).encode("latin-1")


_ALWAYS = _as_lines(HEADERS)


class _About(NamedTuple):
    """What is asked about: a jurisdiction by its code, or the world."""

    jurisdiction: str | None


@lru_cache(maxsize=1000)
def _about(path: str) -> _About | None:
    """What an address is about, if that may be at hand."""
    if path == WORLD:
        return _About(None)
    named = _STATE.fullmatch(path)
    try:
        return None if named is None else _About(code_of(named[1]))
    except Refusal:
        return None


class _Times(NamedTuple):
    """The times that are asked about."""

    as_of: date | None
    known_on: date | None
    asked: Asked
    is_pinned: bool


@lru_cache(maxsize=10_000)
def _times(query: bytes) -> _Times | None:
    """What a query asks, if it may be at hand."""
    given = _given(query.decode("latin-1"))
    if given is None:
        return None
    try:
        as_of, known_on = (day(given[name]) if name in given else None for name in ("as_of", "known_on"))
    except InvalidDate:
        return None
    asked = Asked(int(given["position"])) if "position" in given else HEAD
    return _Times(as_of, known_on, asked, given.keys() >= _PINNED)


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


JSON_FIRST = (b"*/*", b"application/json", b"application/json, */*")
"""How clients say so."""
