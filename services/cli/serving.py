"""Serving the API: the address is taken first, then the database is opened, and both are given back at the end."""

from __future__ import annotations

import errno
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from events.errors import Refusal
from projections.following import Follower
from services.operations.indexing import indexing
from services.operations.wiring import Service

if TYPE_CHECKING:
    import uvicorn

    from services.cli.connections import Application, Connections

GRACE_SECONDS = 3
"""How long requests under way may take when the service is told to stop."""


class AddressRefused(Refusal):
    """The API listens on an address of this machine that is free."""

    type = "address-refused"


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens on host and port (0: any that is free). Raises AddressRefused."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.create_server(address[:2], family=family, backlog=2048)
        # Named as TCP, or asyncio would leave Nagle's algorithm on: forty milliseconds for each answer but the first.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=made.detach())
    except OSError as error:
        raise AddressRefused(_why(host, port, error), host=host, port=port) from None
    with listener:
        yield listener


def address_of(listener: socket.socket) -> str:
    """Where the API is reached, `http://127.0.0.1:8321`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def addresses_of(listener: socket.socket) -> str:
    """Where to begin: for programs, and for people."""
    address = address_of(listener)
    return f"{address}/v1/jurisdictions and, with pages, on {address}/"


def say_where(listener: socket.socket) -> None:
    """Says that it is served, and where."""
    print(f"Serving on {addresses_of(listener)} (Ctrl-C ends it).", flush=True)


def serve(service: Service, listener: socket.socket, *, begun: Callable[[], object]) -> None:
    """
    Serves until SIGTERM, which is the ordinary end, or Ctrl-C. Requests under way are given a few seconds.

    `begun` is called once requests are answered.
    """
    end_on_sigterm()
    collect_seldom()
    with indexing(service), service.encoding.following(Follower(service.url)):
        server_of(service, begun=begun).run(sockets=[listener])


def collect_seldom() -> None:
    """
    From here on Python looks seldom for cycles among all that is held in memory.

    What is kept of a large record is hundreds of thousands of objects. A look through all of them takes a quarter of a
    second, in which every request waits, and nearly all are still needed: ordinary garbage is freed without it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _nothing() -> None:
    """Tells nobody."""


def server_of(service: Service, *, begun: Callable[[], object] = _nothing) -> uvicorn.Server:
    """The server of a service, to be run. `begun` is called once requests are answered."""
    from services.api.app import create_app, full
    from services.cli.connections import Connections, openable

    app = create_app(service)
    connections = Connections(openable(service.admission.connections), full(service), app.state.lane.answer)
    # The streams would hold the end up for as long as it waits.
    return server_with(app, connections, begun=begun, ending=app.state.streams.close)


def server_with(
    app: Application,
    connections: Connections,
    *,
    begun: Callable[[], object] = _nothing,
    ending: Callable[[], object] = _nothing,
) -> uvicorn.Server:
    """A server of any application over these connections. `ending` is called when it is told to end."""
    import uvicorn

    config = uvicorn.Config(
        app,
        http=connections.protocol,  # type: ignore[arg-type]  # whatever makes one is called as the class would be
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=False,  # whom to believe about that is the gate's to say
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            begun()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            ending()
            await super().shutdown(sockets)

    return Server(config)


def end_on_sigterm() -> None:
    """From here on SIGTERM, which uvicorn raises again when it is done, ends this process in order and with code 0."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


def _why(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"'{host}' is not an address of this machine: give --host 127.0.0.1, or a name that resolves."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program: give another with --port or "
            "DATELINE_PORT (0 takes any that is free), "
            "or end the other."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} may not be used by this account: give --port 1024 or above."
    return f"Cannot listen on {host}, port {port} ({error.strerror}): give --host 127.0.0.1 or another --port."
