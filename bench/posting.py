"""How long a POST takes until it is answered, projection included, beside a bare durable INSERT of the same rows."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import psycopg

from bench.answers import DOSSIER
from bench.figures import Figures
from bench.server import Place, fresh_service, timed_import
from services.access.admission import Admission
from services.access.keys import Keys
from services.access.roles import Role
from services.cli.serving import collect_seldom, server_of
from services.operations.wiring import Service, service

MOST = 6
"""A POST takes at most so many times as long as the bare INSERT."""

Json = dict[str, Any]


def posting(place: Place, figures: Figures, *, posts: int, seed: int) -> None:
    """
    Posts acts upon the dossier over loopback, one at a time, each after a bare INSERT of a row like it.

    Both are on the disk when they are answered. Half of the acts go on with a measure of the dossier, half begin one.
    """
    random = Random(seed)
    with fresh_service(place) as imported:
        timed_import(imported, DOSSIER)
        measures = _measures(imported)
        with service(imported.url, admission=UNLIMITED) as built, served(built) as address, _bare(built) as insert:
            token = Keys(built.pool, built.clock).make("bench", Role.RECORDER).token
            post = _poster(address, token)
            took: dict[str, list[float]] = {"bare": [], "gone on with": [], "begun": []}
            for number in range(posts + WARMING):
                kind = "begun" if number % 2 else "gone on with"
                measure = f"XA/begun-{number}" if number % 2 else random.choice(measures)
                body = json.dumps(_body(number, measure, first=bool(number % 2))).encode()
                bare = insert(number, body)
                started = perf_counter()
                status = post(body)
                seconds = perf_counter() - started
                assert status == 201, f"answered with {status}"
                if number >= WARMING:
                    took["bare"].append(bare)
                    took[kind].append(seconds)
    every = took["gone on with"] + took["begun"]
    figures.add("post", "bare durable INSERT, ms (median)", median(took["bare"]) * 1000)
    figures.add("post", "POST of an act, ms (median)", median(every) * 1000)
    figures.add("post", "POST of an act, ms (99th percentile)", quantiles(every, n=100, method="inclusive")[98] * 1000)
    for kind in ("gone on with", "begun"):
        figures.add("post", f"a measure {kind} / bare INSERT, times", median(took[kind]) / median(took["bare"]))
    figures.add("post", "POST / bare INSERT, times as long", median(every) / median(took["bare"]), at_most=MOST)


WARMING = 20
"""Posts that do not count: connections are opened, code is loaded."""

UNLIMITED = Admission()


def _measures(built: Service) -> list[str]:
    """The measures of the dossier that an amendment may go on with: those that stand and whose days are known."""
    with built.pool.connection() as connection:
        rows = connection.execute(
            "select measure from dateline.period where kind = 'measure' and exact and valid @> date '2026-11-01'"
            " and known @> date '2026-11-01' and status in ('adopted', 'in_force') order by measure"
        ).fetchall()
    return [measure for (measure,) in rows]


def _body(number: int, measure: str, *, first: bool) -> Json:
    jurisdiction, _, slug = measure.partition("/")
    on = (date(2026, 11, 2) if not first else date(2020, 1, 1)) + timedelta(days=number % 15)
    action: Json = {"measure": slug, "type": "amended", "subjects": ["Huawei", f"party {number}"]}
    if first:
        action = {"measure": slug, "type": "adopted", "effects": ["restricts"], "effective_on": "2020-05-01"}
    act = {
        "act": f"bench-{number:06}",
        "announced_on": on.isoformat(),
        "authority": "Ministry of Communications",
        "instrument": "rule",
        "title": f"Act {number} of the benchmark",
        "sources": [{"name": "Gazette", "url": "https://gazette.example/1"}],
        "actions": [action],
    }
    return {"jurisdiction": jurisdiction, "act": act}


@contextmanager
def served(built: Service) -> Iterator[tuple[str, int]]:
    """The service behind the server that it has in everyday use, in a thread of this process; gives its address."""
    collect_seldom()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = server_of(built)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join()


def _poster(address: Sequence[Any], token: str) -> Any:
    connection = http.client.HTTPConnection(address[0], address[1])
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(body: bytes) -> int:
        connection.request("POST", "/v1/acts", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return post


@contextmanager
def _bare(built: Service) -> Iterator[Any]:
    """Inserts a row of the log's columns into a table of its own, committed by itself; gives the seconds it took."""
    with psycopg.connect(built.url) as connection:
        connection.execute("create table bare as select * from dateline.event with no data")
        connection.execute("alter table bare add primary key (position)")
        connection.commit()

        def insert(number: int, state: bytes) -> float:
            started = perf_counter()
            connection.execute(
                "insert into bare values (%s, %s, now(), gen_random_uuid(), 1, 'measure.adopted', %s)",
                [number + 1, number + 1, state],
            )
            connection.commit()
            return perf_counter() - started

        yield insert
