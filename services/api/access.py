"""
Who may ask what, decided in one place: before anything of a request is read, by the route that it is for.

A route says whom it is for by a parameter, or by a dependency of its own or of its router:

    def record(caller: Recorder, …) -> Response:       # a key of a recorder or above; caller.name is recorded_by
    APIRouter(dependencies=[Depends(reviewer)])

All of these are coroutines, as is whatever else a route depends on: of an ordinary function, every call would wait for
a thread.

A route that asks (GET) and says nothing is for readers: for everybody where reading is open. One that does something
and says nothing is for administrators.

A key comes in the header Authorization, or in the cookie of who is signed in: for pages, and for what they let
download, which is read from the API. Nothing is written over the API by a cookie.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import monotonic
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.errors import Refusal
from services.access import sessions
from services.access.addresses import client_of
from services.access.gate import Caller, Gate, KeyNeeded, KeyRefused, Remembered
from services.access.limits import Standing, TooManyRequests
from services.access.roles import Role
from services.api.bodies import has_body, read_body
from services.api.costs import compute_of
from services.api.problems import DatabaseGone, TooManyOpen, response_to
from services.api.watching import watched
from services.operations.wiring import is_unavailable

UNASKED = frozenset({"/health/live", "/health/ready"})
"""Routes of those who watch over the service: nobody is asked for a key, no key is looked at, nothing is counted."""

ANYONE = UNASKED | {
    "/v1/openapi.json",
    "/docs",
    "/docs/dateline.css",
    "/problems",
    "/problems/{word}",
    "/assets/{name}",
    "/sign-in",
    "/sign-out",
}
"""Routes that tell nothing of the record: anyone may ask them, also where reading is closed."""

API = ("/v1/", "/health/", "/metrics")
"""How paths of the API begin: its refusals are not pages, and a cookie opens no more of it than DOWNLOADS."""

DOWNLOADS = "/v1/"
"""How paths begin that pages link to: who is signed in may ask them with GET."""

_KEY = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key, made by `dateline keys make` on the server."
)
_ASKING = {"GET", "HEAD"}
LEAST_ROLE = "x-least-role"
"""The member of an operation that names the least role that it is for; without it, it is for anyone."""


async def caller(request: HTTPConnection, _: Annotated[object, Security(_KEY)]) -> Caller | None:
    """Whoever the entrance let in. Nobody comes this far past it."""
    found: Caller | None = request.scope["state"]["caller"]
    return found


CallerOrNobody = Annotated[Caller | None, Depends(caller)]


async def reader(found: CallerOrNobody) -> Caller | None:
    """Anyone where reading is open, otherwise a reader or above."""
    return found


async def recorder(found: CallerOrNobody) -> Caller:
    """A recorder or above."""
    return _at_least(Role.RECORDER, found)


async def reviewer(found: CallerOrNobody) -> Caller:
    """A reviewer or above."""
    return _at_least(Role.REVIEWER, found)


async def admin(found: CallerOrNobody) -> Caller:
    """An administrator."""
    return _at_least(Role.ADMIN, found)


def _at_least(role: Role, found: Caller | None) -> Caller:
    if found is None or found.role < role:  # the entrance has refused this already
        raise KeyNeeded("This needs a key.", role_needed=role.word)
    return found


Reader = Annotated[Caller | None, Depends(reader)]
Recorder = Annotated[Caller, Depends(recorder)]
Reviewer = Annotated[Caller, Depends(reviewer)]
Admin = Annotated[Caller, Depends(admin)]

_SAID = {reader: Role.READER, recorder: Role.RECORDER, reviewer: Role.REVIEWER, admin: Role.ADMIN}


def least_role(path: str, method: str, dependant: Dependant | None) -> Role | None:
    """The least role that a route is for; None: for anyone."""
    if path in ANYONE:
        return None
    said = [] if dependant is None else list(_said(dependant))
    if said:
        return max(said)
    return Role.READER if method in _ASKING else Role.ADMIN


def _said(dependant: Dependant) -> Iterator[Role]:
    for each in dependant.dependencies:
        if each.call in _SAID:
            yield _SAID[each.call]
        yield from _said(each)


class Decisions:
    """The least role for every route of an application, found by the address and the method of a request."""

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._table: dict[tuple[str, str], Role | None] = {}
        self._patterns: dict[str, list[tuple[str, re.Pattern[str], str]]] = {}
        for each in iter_route_contexts(routes):
            if each.path is None or each.methods is None:
                continue
            dependant = getattr(each, "dependant", None)
            beginning, pattern = each.path.partition("{")[0], compile_path(each.path)[0]
            for method in sorted(each.methods):
                self._table.setdefault((method, each.path), least_role(each.path, method, dependant))
                self._patterns.setdefault(method, []).append((beginning, pattern, each.path))

    def table(self) -> dict[tuple[str, str], Role | None]:
        """(method, path) of every route, and the least role that it is for."""
        return dict(self._table)

    def decided(self, method: str, address: str) -> tuple[str, Role | None]:
        """The route of a request and the least role for it. What no route takes is refused further in, to readers."""
        for beginning, pattern, path in self._patterns.get(method, ()):
            if address.startswith(beginning) and pattern.match(address):
                return path, self._table[method, path]
        return "", Role.READER


BREAKS_OFF = "breaks_off"
"""What is set in the state of a request whose answer would look whole if it were ended before its end."""

KNOWN_SECONDS = 1.0
"""How long a caller is taken for known while a request goes on: a slow body, an open stream."""


Shortcut = Callable[[Request, Message, Remembered | None], Awaitable[Response]]
"""
Answers a request without a query in place of its route, given its body in one message, and whoever is remembered.

Where somebody is, nothing may happen before `Gate.confirm` has seen the rows of their query.
"""

MOST_STREAMS = 20
"""How many streams one key may hold open, or one address without a key."""


class Entrance:
    """Every request passes here first: its caller is known, let in and counted before anything else of it is read."""

    def __init__(
        self,
        app: ASGIApp,
        gate: Gate,
        routes: list[BaseRoute],
        shortcuts: Mapping[tuple[str, str], Shortcut] = MappingProxyType({}),
    ) -> None:
        """`shortcuts` are by method and path of a route, for requests without a query."""
        self._app = app
        self._gate = gate
        self._routes = routes
        self._shortcuts = shortcuts
        self._decisions: Decisions | None = None
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(Request(scope, receive))

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *standing_headers(visit.standings)]
                if not visit.is_read:  # or the rest of a body without end would be read for as long as it comes
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        try:
            await self._admit(visit)
            body = await read_body(visit.request, self._gate.admission.body_bytes)
            visit.is_read = True
            await self._know_again(visit)
        except TooManyRequests as refusal:
            visit.standings.append(refusal.standing)
            await response_to(refusal)(scope, receive, telling)
        except Refusal as refusal:
            response = response_to(refusal)
            if visit.is_signed_in and isinstance(refusal, KeyRefused):
                forget(response)
            await response(scope, receive, telling)
        except ClientDisconnect:
            pass
        except Exception as error:
            if not is_unavailable(error):
                raise
            await response_to(DatabaseGone.now())(scope, receive, telling)
        else:
            scope.setdefault("state", {}).update(caller=visit.caller, key=visit.key, address=visit.address)
            await self._go_in(visit, body, telling)

    async def _go_in(self, visit: Visit, receive: Receive, send: Send) -> None:
        """Hands a request to the application, and watches over its answer where that is a stream."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_stream(message):
                if self._streams[visit.who] >= MOST_STREAMS:
                    raise _NotBegun
                self._streams[visit.who] += 1
                visit.is_stream = True
            elif message.get("more_body"):
                try:
                    await self._know_again(visit)
                except KeyRefused:
                    visit.is_over = True
                    raise _NoLongerLetIn from None
            await send(message)

        try:
            if visit.shortcut is None:
                await self._app(visit.request.scope, receive, watched)
            else:
                await self._go_short(visit, visit.shortcut, receive, watched)
        except _NoLongerLetIn:
            pass
        except _NotBegun:
            refusal = TooManyOpen(
                f"{MOST_STREAMS} streams are open already, which is the most at once. Close one of them first.",
                most=MOST_STREAMS,
            )
            await response_to(refusal)(visit.request.scope, receive, send)
        finally:
            if visit.is_stream:
                self._streams[visit.who] -= 1
                self._streams += Counter()  # forgets those who have none
        # Whatever the application made of that; its answer has begun and can only end, or break off.
        if visit.is_over and not visit.request.scope["state"].get(BREAKS_OFF):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _go_short(self, visit: Visit, shortcut: Shortcut, receive: Receive, send: Send) -> None:
        try:
            response = await shortcut(visit.request, await receive(), visit.remembered)
        except Refusal as refusal:
            if isinstance(refusal, KeyRefused):
                self._gate.count_failure(visit.address)
            response = response_to(refusal)
        await response(visit.request.scope, receive, send)

    async def _admit(self, visit: Visit) -> None:
        gate, request = self._gate, visit.request
        if self._decisions is None:  # once every router is in its place
            self._decisions = Decisions(self._routes)
        path, least = self._decisions.decided(request.method, request.scope["path"])
        watched(request.scope).route = path
        if path in UNASKED:
            return
        if not request.scope["query_string"]:
            visit.shortcut = self._shortcuts.get((request.method, path))
        visit.take_credentials(gate)
        # What anyone may ask is told to a browser whatever its cookie is worth: or it could not sign in anew.
        if visit.authorization and not (visit.is_signed_in and least is None):
            gate.check_failures(visit.address)
            try:
                await self._know_first(visit)
            except KeyRefused:
                gate.count_failure(visit.address)
                raise
        visit.who = gate.who(visit.caller, visit.address)
        is_counted = gate.admission.compute is not None and visit.caller is None
        compute = compute_of(path, request.query_params, gate.year()) if is_counted else 0
        visit.standings += gate.count(visit.who, compute)
        if least is not None:
            gate.admit(visit.caller, least)

    async def _know_first(self, visit: Visit) -> None:
        visit.remembered = None if visit.shortcut is None else self._gate.remembered(visit.authorization)
        if visit.remembered is None:
            await self._know(visit)
        else:
            visit.caller = visit.remembered.caller
            watched(visit.request.scope).caller = visit.caller.name

    async def _know(self, visit: Visit) -> None:
        try:
            visit.caller = await run_in_threadpool(self._gate.caller, visit.authorization)
        except KeyRefused:
            if visit.is_signed_in:
                raise KeyRefused("The key that this browser is signed in with is not taken any more.") from None
            raise
        visit.known_at = monotonic()
        if visit.caller is not None:
            watched(visit.request.scope).caller = visit.caller.name

    async def _know_again(self, visit: Visit) -> None:
        is_known = visit.caller is not None and visit.remembered is None  # who is remembered is known at the end
        if is_known and monotonic() - visit.known_at > KNOWN_SECONDS:
            await self._know(visit)


class Visit:
    """A request on its way through the entrance."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.shortcut: Shortcut | None = None
        self.remembered: Remembered | None = None
        self.authorization: list[str] = []
        self.key: str | None = None
        self.is_signed_in = False
        self.caller: Caller | None = None
        self.known_at = 0.0
        self.address = ""
        self.who = ""
        self.standings: list[Standing] = []
        self.is_read = not has_body(request.scope["headers"])
        self.is_stream = False
        self.is_over = False

    def take_credentials(self, gate: Gate) -> None:
        """
        Takes whom it is counted for, and the key from the header; for a page or a download without one, from the cookie
        of who is signed in.
        """
        scope, told = self.request.scope, dict[bytes, list[str]]()
        for name, value in scope["headers"]:
            if name in _TELLING:
                told.setdefault(name, []).append(value.decode("latin-1"))
        peer = scope["client"][0] if scope.get("client") else None
        self.address = client_of(peer, told.get(b"x-forwarded-for", ()), gate.admission.trusted_proxies)
        self.authorization = told.get(b"authorization", [])
        if self.authorization:
            self.key = self.authorization[0].partition(" ")[2].strip()
        elif (cookies := told.get(b"cookie")) and _takes_cookies(self.request):
            self.key = sessions.key_in(cookies, gate.now())
            self.is_signed_in = self.key is not None
            self.authorization = [f"Bearer {self.key}"] if self.is_signed_in else []


_TELLING = frozenset({b"authorization", b"cookie", b"x-forwarded-for"})
"""Headers that tell who is asking."""


def _takes_cookies(request: Request) -> bool:
    path = request.scope["path"]
    return not path.startswith(API) or (path.startswith(DOWNLOADS) and request.method in _ASKING)


def forget(response: Response) -> None:
    """Has a browser forget who was signed in."""
    response.delete_cookie(sessions.COOKIE, httponly=True, samesite="strict")


def _is_stream(start: Message) -> bool:
    """Whether an answer goes on until somebody ends it."""
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start.get("headers", ())
    )


class _NotBegun(Exception):
    """A stream is not begun: its caller has too many."""


class _NoLongerLetIn(Exception):
    """The key of a stream that is open was revoked, or has expired."""


def standing_headers(standings: list[Standing]) -> list[tuple[bytes, bytes]]:
    """Where the caller stands, if it was counted, as the IETF's draft on RateLimit header fields writes it."""
    if not standings:
        return []
    policy = ", ".join(f'"{each.name}";q={each.quota};w={each.window}' for each in standings)
    left = ", ".join(f'"{each.name}";r={each.left};t={each.seconds}' for each in standings)
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


def describe_keys(document: dict[str, Any], gate: Gate, decisions: Decisions) -> None:
    """Says in an OpenAPI document which routes need a key, which take one, and of which role at least."""
    document.setdefault("components", {}).setdefault("securitySchemes", {})[_KEY.scheme_name] = {
        "type": "http",
        "scheme": "bearer",
        "description": _KEY.model.description,
    }
    for (method, path), least in decisions.table().items():
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is None or least is None:
            continue
        needed: list[dict[str, list[str]]] = [{_KEY.scheme_name: []}]
        open_to_all = least is Role.READER and gate.reading_is_open
        operation["security"] = [*needed, {}] if open_to_all else needed
        operation[LEAST_ROLE] = least.word
