"""What a process counts and times about itself, in the format of Prometheus. Each process tells its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from projections.answering import HEAD, Answering
from projections.encoding import Encoding
from projections.index import Index
from services.operations.pool import Pool
from services.recording import Recording

MEDIA = CONTENT_TYPE_LATEST
UNKNOWN = "unknown"
"""The route of an address that belongs to none: one label for all of them."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
disable_created_metrics()  # type: ignore[no-untyped-call]  # when a count began is told by the start of the process

Measure = Callable[[], Iterable[tuple[str, str, str, float]]]
"""Gives what is measured when it is asked for: (gauge or counter, name, what it is, value)."""


class Metrics:
    """The counts of one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "dateline_requests",
            "Requests answered, by route, method and status; the status is 0 where the client left first.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "dateline_request_seconds",
            "How long requests took, by route; a stream takes as long as it is read.",
            ["route"],
            registry=self._registry,
            buckets=SECONDS,
        )
        self._from_memory = Counter(
            "dateline_requests_from_memory",
            "Requests answered from memory while the database was away, by route.",
            ["route"],
            registry=self._registry,
        )
        self._steps = {
            name: Histogram(f"dateline_{name}_seconds", what, registry=self._registry, buckets=SECONDS)
            for name, what in (
                ("append", "How long appends to the log took, from their turn until they were committed."),
                ("projection", "How long appends took to bring the read model up to date, which is a part of them."),
                ("fold", "How long it took to load and fold what was not in memory for a question."),
            )
        }
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # as many as there are lines to tell
        self._measures: dict[str, Measure] = {}
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def answered(
        self, route: str, method: str, status: int | None, seconds: float, *, from_memory: bool = False
    ) -> None:
        """A request was answered; `route` is the template of its address, empty where there is none."""
        route = route or UNKNOWN
        if from_memory:
            self._from_memory.labels(route).inc()
        told = route, method if method in METHODS else "other", status or 0
        kept = self._kept.get(told)
        if kept is None:
            kept = self._kept[told] = self._requests.labels(*map(str, told)), self._seconds.labels(route)
        requests, took = kept
        requests.inc()
        took.observe(seconds)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Times a step: `append`, `projection` or `fold`."""
        begun = perf_counter()
        try:
            yield
        finally:
            self._steps[step].observe(perf_counter() - begun)

    def measure(self, what: str, measure: Measure) -> None:
        """Adds what is measured each time that the metrics are asked for, in the place of what it was before."""
        self._measures[what] = measure

    def collect(self) -> Iterator[Metric]:
        """What is measured at this moment."""
        for measure in list(self._measures.values()):
            for kind, name, what, value in measure():
                family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
                yield family(f"dateline_{name}", what, value=value)

    def text(self) -> bytes:
        """All of it as text, every line with the number of the process."""
        return generate_latest(_OfThisProcess(self._registry))


def of_database(pool: Pool, answering: Answering) -> Iterator[tuple[str, str, str, float]]:
    """The pool, and the head of the log where the database tells it."""
    told = pool.get_stats()
    size, free = told["pool_size"], told["pool_available"]
    yield "gauge", "pool_connections_most", "Connections that the pool may have.", told["pool_max"]
    yield "gauge", "pool_connections", "Connections that the pool has.", size
    yield "gauge", "pool_connections_in_use", "Connections that are at work.", max(0, size - free)
    yield "gauge", "pool_waiting", "Who waits for a connection.", told["requests_waiting"]
    yield "counter", "pool_waits", "How often somebody had to wait for one.", told.get("requests_queued", 0)
    yield "counter", "pool_wait_seconds", "How long they waited.", told.get("requests_wait_ms", 0) / 1000
    yield "counter", "pool_failures", "Connections that could not be made.", told.get("connections_errors", 0)
    try:
        with answering.edition(HEAD) as (_, edition):
            head = edition.position
    except psycopg.OperationalError:
        yield "gauge", "database_up", "Whether the database answers.", 0
        return
    yield "gauge", "database_up", "Whether the database answers.", 1
    yield "gauge", "log_head", "The last position of the log.", head


def of_memory(index: Index, encoding: Encoding, recording: Recording) -> Iterator[tuple[str, str, str, float]]:
    """What is kept in memory for questions, and for appends."""
    kept, found, missed = index.counts()
    yield "gauge", "readings_kept", "Jurisdictions at an edition that are kept folded for questions.", kept
    yield "counter", "readings_found", "How often one that was asked for was in memory.", found
    yield "counter", "readings_missed", "How often one was not, and was loaded.", missed
    jurisdictions, bodies, size = encoding.kept()
    yield "gauge", "encoded_jurisdictions", "Jurisdictions whose lines are kept as the bytes of answers.", jurisdictions
    yield "gauge", "encoded_answers", "Answers that are kept as bytes.", bodies
    yield "gauge", "encoded_bytes", "What both take, in bytes, about.", size
    measures, actions = recording.kept()
    yield "gauge", "live_measures", "Measures that are kept folded between appends.", measures
    yield "gauge", "live_actions", "The actions of these.", actions


class _OfThisProcess:
    """A registry whose samples name the process: several that serve one address are told apart."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        process = str(os.getpid())
        for metric in self._registry.collect():
            metric.samples = [each._replace(labels={**each.labels, "process": process}) for each in metric.samples]
            yield metric
