"""
Dateline's server, and beside it what one might serve instead, each a process of its own on the same server.

A program: `python -m bench.peers.served KIND`, with what the kind needs as JSON on standard input. It writes the port
to standard output once it answers, and ends on SIGTERM.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import psycopg
from fastapi import FastAPI, Response
from psycopg_pool import ConnectionPool
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.peers.ours import read_all
from bench.peers.postgres import BY_COVERING_INDEX
from bench.peers.system import state_document
from bench.server import MEMORY
from services.api.app import full
from services.cli.connections import Connections, openable
from services.cli.serving import collect_seldom, end_on_sigterm, listening, serve, server_with
from services.operations.wiring import service

KINDS = ("dateline", "bare", "constant", "table")

JSON_TYPE = "application/json"
POOLED = 8
"""Connections to PostgreSQL of the route over the table, as many as Dateline has."""


def bare(body: bytes) -> ASGIApp:
    """An ASGI application that answers everything with the same bytes."""
    headers = [(b"content-type", JSON_TYPE.encode()), (b"content-length", str(len(body)).encode())]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


def constant(body: bytes) -> FastAPI:
    """A FastAPI application whose route has the parameters of the state, and answers with the same bytes."""
    app = FastAPI()

    @app.get("/v1/jurisdictions/{code}/state")
    async def state(code: str, as_of: date) -> Response:
        return Response(body, media_type=JSON_TYPE)

    return app


def table(url: str) -> FastAPI:
    """
    A FastAPI application whose route asks the bitemporal table, over a pool of connections.

    The route is a plain function, which FastAPI runs in a thread: so it answers a tenth more than as a coroutine.
    """
    pool = ConnectionPool(
        url, min_size=POOLED, max_size=POOLED, open=False, kwargs={"autocommit": True}, configure=_prepare_at_once
    )

    @asynccontextmanager
    async def pooled(app: FastAPI) -> AsyncIterator[None]:
        with pool:
            pool.wait()
            yield

    app = FastAPI(lifespan=pooled)
    query = BY_COVERING_INDEX.encode()

    @app.get("/v1/jurisdictions/{code}/state")
    def state(code: str, as_of: date) -> Response:
        with pool.connection() as connection:
            cursor = connection.cursor(binary=True).execute(query, {"jurisdiction": code, "day": as_of})
            row = cursor.fetchone()
        lines = () if row is None or row[0] is None else row
        return Response(state_document(code, as_of, lines), media_type=JSON_TYPE)

    return app


def _prepare_at_once(connection: psycopg.Connection) -> None:
    connection.prepare_threshold = 0


def run(kind: str, given: dict[str, Any]) -> None:
    """
    Serves until SIGTERM. `given` has the `url` of Dateline's database; `size` of the same bytes, or `table`, a URL.

    What is served instead takes the place of the application within Dateline's server: all else of it is the same.
    """
    with listening("127.0.0.1", 0) as listener, service(given["url"], memory=MEMORY) as built:

        def begun() -> None:
            print(listener.getsockname()[1], flush=True)

        if kind == "dateline":
            read_all(built)
            built.searching.catch_up()
            serve(built, listener, begun=begun)
            return
        end_on_sigterm()
        collect_seldom()
        connections = Connections(openable(built.admission.connections), full(built))
        server_with(_other(kind, given), connections, begun=begun).run(sockets=[listener])


def _other(kind: str, given: dict[str, Any]) -> ASGIApp:
    match kind:
        case "bare":
            return bare(b"x" * given["size"])
        case "constant":
            return constant(b"x" * given["size"])
        case "table":
            return table(given["table"])
        case _:
            raise ValueError(f"there is no kind {kind}")


if __name__ == "__main__":
    run(sys.argv[1], json.load(sys.stdin))
