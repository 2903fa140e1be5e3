"""
Every request watched from outside of all else: named, timed, counted, and told in one line of the log.

A request is named by its client (`X-Request-ID`) or here; the answer carries the name, so that what a client saw and
what the log says can be put together. Of what is asked the log has the path alone: no query, no header, no body.
"""

from __future__ import annotations

import asyncio
import re
from itertools import count
from secrets import token_hex
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.problems import ServiceEnding, response_to
from services.operations.logs import Lines
from services.operations.metrics import Metrics
from services.operations.wiring import is_unavailable

HEADER = b"x-request-id"
FROM_MEMORY = (b"answered-from", b"memory; reason=database-unavailable")
"""What every answer says that is from memory, also that something is not there."""
QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Routes that are asked every few seconds by those who watch: told in the log only where it tells everything."""

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}", re.ASCII)
_PATH_LENGTH = 500
_PROCESS, _REQUESTS = token_hex(8), count(1)
"""What names of requests are made of: a random number for the process, and which of its requests it is."""


class Watched:
    """
    What is found out about a request while it is answered: its route, its caller and the position of its answer, and
    whether that is from memory, while the database is away.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.route = ""
        self.caller = "anyone"
        self.position: int | None = None
        self.from_memory = False

    def note_memory(self) -> None:
        """The answer is from memory."""
        self.from_memory = True


def watched(scope: Scope) -> Watched:
    """What is known of a request so far, to be added to."""
    state = scope.setdefault("state", {})
    found: Watched | None = state.get("watched")
    if found is None:
        found = state["watched"] = Watched("")
    return found


class Watch:
    """An ASGI application that watches over another. An error that the other has answered for ends here, in the log."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = Lines("dateline.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Watched(_named(scope))
        scope.setdefault("state", {})["watched"] = request
        begun = perf_counter()
        status: int | None = None
        failure: Exception | None = None

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request.id.encode("ascii"))]
                if request.from_memory:
                    message["headers"].append(FROM_MEMORY)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:  # by the server, which is stopping
            if status is None:
                await response_to(ServiceEnding.now(), {"Connection": "close"})(scope, receive, sent)
        except Exception as error:
            failure = error
            if status is None:
                raise
        finally:
            seconds = perf_counter() - begun
            self._metrics.answered(request.route, scope["method"], status, seconds, from_memory=request.from_memory)
            self._tell(scope, request, status, seconds, failure)

    def _tell(
        self, scope: Scope, request: Watched, status: int | None, seconds: float, failure: Exception | None
    ) -> None:
        told = line_of(scope, status, seconds, request.id, request.caller, request.position)
        if request.from_memory:
            told["from_memory"] = True
        if failure is not None and is_unavailable(failure):
            self._log.other.warning("the database does not answer", **told, reason=str(failure)[:300])
        elif failure is not None:
            self._log.other.error("failed", **told, exc_info=failure)
        elif status is not None and status >= 500:
            self._log.other.warning("refused", **told)
        elif request.route in QUIET:
            self._log.other.debug("answered", **told)
        else:  # no status: the client left before there was an answer
            self._log.info("left" if status is None else "answered", told)


def line_of(
    scope: Scope, status: int | None, seconds: float, name: str, caller: str, position: int | None
) -> dict[str, object]:
    """What the log tells of every request."""
    told: dict[str, object] = {
        "method": scope["method"],
        "path": _path(scope),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "request": name,
        "caller": caller,
    }
    if position is not None:
        told["position"] = position
    return told


def new_name() -> str:
    """The name of a request whose client gives it none."""
    return f"{_PROCESS}{next(_REQUESTS):016x}"


def _named(scope: Scope) -> str:
    """The name of a request: the client's where it is one that can be written anywhere, otherwise a new one."""
    given = [value for name, value in scope["headers"] if name == HEADER]
    if len(given) == 1 and _ID.fullmatch(given[0]):
        return str(given[0].decode("ascii"))
    return new_name()


def _path(scope: Scope) -> str:
    """The path as it was sent, which is ASCII without controls."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    return raw.partition(b"?")[0][:_PATH_LENGTH].decode("ascii", "backslashreplace")
