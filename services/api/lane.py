"""
The shortest way: what is at hand, answered as soon as the headers of a request are read.

Most reads are of a few days that others ask as well, by nobody in particular. What happens to such a request on its way
through all rooms comes to little: it is let in, since reading is open; counted for its address; answered with bytes
that memory holds; timed, and told in the log. Here that is done in one go, without a task of its own and without a word
between rooms. Whatever else may be about a request (a key, a cookie, a name, another form, a limit that is
reached) sends it on the long way, which gives the same answer: the same bytes, the same headers.
"""

from __future__ import annotations

from time import perf_counter

from starlette.datastructures import QueryParams
from starlette.types import Scope

from services.access.addresses import client_of
from services.access.gate import Gate
from services.access.limits import TooManyRequests
from services.api.access import standing_headers
from services.api.at_hand import JSON_FIRST, WORLD, AtHand
from services.api.costs import COSTS, compute_of
from services.api.responses import is_held
from services.api.watching import HEADER, line_of, new_name
from services.operations.logs import Lines
from services.operations.metrics import Metrics

STATE = "/v1/jurisdictions/{code}/state"

_LONG_WAY = frozenset(
    {
        *(b"authorization", b"cookie", b"x-forwarded-for", b"transfer-encoding", b"content-length"),
        *(HEADER, b"upgrade", b"expect"),
    }
)
"""Headers that there is more to than an answer."""


class Lane:
    """Answers what is at hand where reading is open. For one thread, the one that counts."""

    def __init__(self, at_hand: AtHand, gate: Gate, metrics: Metrics) -> None:
        self._at_hand = at_hand
        self._gate = gate
        self._metrics = metrics
        self._lines = Lines("dateline.requests")

    def answer(self, scope: Scope) -> tuple[int, list[bytes]] | None:
        """The status of an answer, and all of it after the headers of the server, in pieces; None for the long way."""
        if scope["method"] != "GET" or not scope["path"].startswith("/v1/") or not self._at_hand.is_open:
            return None
        conditions = []
        for name, value in scope["headers"]:
            if name in _LONG_WAY or (name == b"accept" and value not in JSON_FIRST):
                return None
            if name == b"if-none-match":
                conditions.append(value.decode("latin-1"))
        begun = perf_counter()
        found = self._at_hand.found(scope["path"], scope["query_string"])
        if found is None:
            return None
        body, is_pinned = found
        route = WORLD if scope["path"] == WORLD else STATE
        try:
            counted = self._count(scope, route) if self._gate.counts else ()
        except TooManyRequests:  # which counted nothing
            return None
        name = new_name()
        lines, of_bytes = self._at_hand.headers(body, is_pinned)
        last = b"%b: %b\r\n\r\n" % (HEADER, name.encode("ascii"))
        if conditions and is_held(f'"{body.digest}"', conditions):
            status, told = 304, [lines, *counted, last]
        else:
            status, told = 200, [lines, of_bytes, *counted, last, body.content]
        seconds = perf_counter() - begun
        self._metrics.answered(route, "GET", status, seconds)
        if self._lines.are_written:
            self._lines.info("answered", line_of(scope, status, seconds, name, "anyone", body.position))
        return status, told

    def _count(self, scope: Scope, route: str) -> list[bytes]:
        """Counts a request for its address, and what it costs; what is told of where that stands, as lines."""
        gate, peer = self._gate, scope.get("client")
        who = gate.who(None, client_of(peer[0] if peer else None, (), gate.admission.trusted_proxies))
        is_costly = gate.admission.compute is not None and route in COSTS
        cost = compute_of(route, QueryParams(scope["query_string"]), gate.year()) if is_costly else 0
        return [b"%b: %b\r\n" % header for header in standing_headers(gate.count(who, cost))]
