"""How long a POST takes until it is answered, projection included, beside a bare durable INSERT of the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import psycopg

from bench.answers import DOSSIER
from bench.figures import Figures
from bench.server import Place, fresh_service, timed_import
from bench.serving import Client, served_apart
from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import Service

MOST = 6
"""A POST takes at most so many times as long as the bare INSERT."""

Json = dict[str, Any]


def posting(place: Place, figures: Figures, *, posts: int, seed: int) -> None:
    """
    Posts acts upon the dossier over loopback, one at a time, each after a bare INSERT of a row like it.

    The server is a process of its own, as it is in everyday use. Both are on the disk when they are answered. Half of
    the acts go on with a measure of the dossier, half begin one.
    """
    random = Random(seed)
    with fresh_service(place) as built:
        timed_import(built, DOSSIER)
        measures = _measures(built)
        key = Keys(built.pool, built.clock).make("bench", Role.RECORDER).token
        with (
            served_apart(built.url, place.folder / "server.log") as address,
            closing(Client(address)) as client,
            _bare(built) as insert,
        ):
            took: dict[str, list[float]] = {"bare": [], "gone on with": [], "begun": []}
            for number in range(posts + WARMING):
                kind = "begun" if number % 2 else "gone on with"
                measure = f"XA/begun-{number}" if number % 2 else random.choice(measures)
                body = json.dumps(_body(number, measure, first=bool(number % 2))).encode()
                bare = insert(number, body)
                started = perf_counter()
                status = client.post("/v1/acts", body, key)
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
