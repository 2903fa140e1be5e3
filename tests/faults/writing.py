"""Writers that never give up: each act is told over HTTP, again and again, until it is acknowledged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any

import httpx
import psycopg

from projections.rebuild import rebuild
from services.operations.embedded import embedded_server
from services.operations.wiring import service
from tests.api.writing import did, entry, told
from tests.faults.serving import Served
from tests.recording.test_two_services import tables


class Writers:
    """What some writers were answered: `acknowledged` are slugs with their positions, in the order of hearing."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[str, int]] = []
        self.statuses: Counter[int] = Counter()
        self.types: Counter[str] = Counter()
        self.without_retry_after = 0
        self.cut_off = 0
        self.ending = Event()
        self._lock = Lock()

    @property
    def count(self) -> int:
        return len(self.acknowledged)

    def wait_for(self, more: int, seconds: float = 180) -> float:
        """Waits until so many more acts are acknowledged. Gives the seconds that it took until the first."""
        before, begun, first = self.count, time.monotonic(), 0.0
        while self.count < before + more:
            assert time.monotonic() - begun < seconds, self.statuses
            first = first or (time.monotonic() - begun if self.count > before else 0.0)
            time.sleep(0.005)
        return first or time.monotonic() - begun

    def write(self, serving: Served, writer: int) -> None:
        """Tells act after act until the end, each until it is acknowledged."""
        number = 0
        with serving.client() as client:
            while not self.ending.is_set():
                slug = f"xa-{writer}-{number}"
                kind = did("amended" if number else "adopted", f"law-{writer}", effects=["restricts"])
                body = entry(told(slug, kind, on=f"{2000 + number // 300 % 20}-0{1 + number % 9}-11"))
                while True:
                    try:
                        answer = client.post("/v1/acts", json=body)
                    except httpx.TransportError:  # an idle connection that ends as it is used: asked again as it was
                        self.cut_off += 1
                        continue
                    self._count(slug, answer.status_code, answer.headers, answer.json())
                    if answer.status_code in (200, 201):
                        break
                    time.sleep(0.05)
                number += 1

    def _count(self, slug: str, status: int, headers: Any, answer: Any) -> None:
        with self._lock:
            self.statuses[status] += 1
            if status in (200, 201):
                self.acknowledged.append((slug, answer["positions"][0]))
            else:
                self.types[answer["type"]] += 1
                self.without_retry_after += "retry-after" not in headers


@contextmanager
def writing(serving: Served, writers: int) -> Iterator[Writers]:
    """So many writers at work for as long as the block lasts; each ends with an act that is acknowledged."""
    told_by = Writers()
    with ThreadPoolExecutor(writers) as pool:
        at_work = [pool.submit(told_by.write, serving, writer) for writer in range(writers)]
        try:
            yield told_by
        finally:
            told_by.ending.set()
        for each in at_work:
            each.result()


def check_record(serving: Served, writers: Writers) -> None:
    """
    Holds the log against what was acknowledged, once the service has ended.

    All of it is there, once; nothing else is; positions have no gaps; moments do not run back; the tables are as a
    rebuild has them.
    """
    with embedded_server(serving.data_dir) as url:
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "select position, convert_from(state, 'UTF8')::jsonb -> 'act' ->> 'act', recorded_at"
                " from dateline.event order by 1"
            ).fetchall()
        assert [position for position, _, _ in rows] == list(range(1, len(rows) + 1)), "without gaps"
        assert [moment for _, _, moment in rows] == sorted(moment for _, _, moment in rows)
        recorded = [(slug, position) for position, slug, _ in rows]
        lost, twice = set(writers.acknowledged) - set(recorded), Counter(slug for slug, _ in recorded)
        assert not lost
        assert max(twice.values()) == 1
        assert set(recorded) == set(writers.acknowledged)
        before = tables(url)
        with service(url) as opened:
            rebuild(opened.pool, opened.log)
        assert tables(url) == before
