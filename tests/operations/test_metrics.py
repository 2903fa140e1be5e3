"""What a service counts and times: told to an administrator, with labels that no client can multiply."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.metrics import Metrics
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_access import bearer
from tests.api.test_streams import following
from tests.documentation.reading import section
from tests.recording.telling import act, did


@pytest.fixture
def opened(database_url: str) -> Iterator[Service]:
    with service(database_url) as opened:
        yield opened


@pytest.fixture
def client(opened: Service) -> Iterator[httpx.Client]:
    with served(opened) as base:
        headers = bearer(Keys(opened.pool, opened.clock).make("eve", Role.ADMIN).token)
        with httpx.Client(base_url=base, headers=headers) as client:
            yield client


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def measured(client: httpx.Client) -> Samples:
    """Every sample by its name and its labels, the process aside."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("process") == str(os.getpid())
            found[sample.name, tuple(sorted(labels.items()))] = sample.value
    return found


def requests(samples: Samples, route: str) -> float:
    return sum(
        value
        for (name, labels), value in samples.items()
        if name == "dateline_requests_total" and dict(labels)["route"] == route
    )


def test_what_happens_is_counted_and_timed(client: httpx.Client, opened: Service) -> None:
    before = measured(client)
    opened.recording.record([act("xa-1", "2020-03-01", did("adopted", "XA/law"))], recorded_by="ada")
    for _ in range(3):
        client.get("/v1/jurisdictions/XA/state")
        client.get("/v1/deadlines")
    client.get("/v1/jurisdictions/Atlantis/state")
    with following(str(client.base_url).rstrip("/")):
        after = measured(client)
    assert requests(after, "/v1/jurisdictions/{code}/state") - requests(before, "/v1/jurisdictions/{code}/state") == 4
    of = "dateline_requests_total"
    labels = (("method", "GET"), ("route", "/v1/jurisdictions/{code}/state"), ("status", "404"))
    assert after[of, labels] == 1
    assert after["dateline_append_seconds_count", ()] - before["dateline_append_seconds_count", ()] == 1
    assert after["dateline_projection_seconds_count", ()] == 1
    assert 0 < after["dateline_projection_seconds_sum", ()] <= after["dateline_append_seconds_sum", ()]
    assert after["dateline_fold_seconds_count", ()] >= 1
    assert (before["dateline_log_head", ()], after["dateline_log_head", ()]) == (0, 1)
    assert after["dateline_database_up", ()] == 1
    assert (before["dateline_open_streams", ()], after["dateline_open_streams", ()]) == (0, 1)
    assert after["dateline_pool_connections_most", ()] == 8
    assert 1 <= after["dateline_pool_connections", ()] <= 8
    assert after["dateline_readings_found_total", ()] > before["dateline_readings_found_total", ()]
    assert [after[f"dateline_encoded_{what}", ()] for what in ("jurisdictions", "answers")] == [1, 1]
    assert after["dateline_encoded_bytes", ()] > 500
    assert after["dateline_live_measures", ()] == 1
    assert after["process_resident_memory_bytes", ()] > 1_000_000


METHODS = [
    *("ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE"),
    *("NOTIFY", "PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK"),
]
"""Methods that a server may know, and that nothing here takes."""


def test_no_client_can_make_as_many_labels_as_it_likes(client: httpx.Client) -> None:
    client.get("/v1/jurisdictions/XA/state")
    client.request("PURGE", "/v1/elsewhere")
    client.get("/elsewhere")
    measured(client)
    before = len(measured(client))
    for number, method in enumerate(METHODS):
        client.get(f"/nowhere/{number}")
        client.get(f"/v1/jurisdictions/X{number}/state")
        assert client.request(method, "/v1/nowhere").status_code in (401, 404, 405)
    after = measured(client)
    assert requests(after, "unknown") >= 40
    assert len(after) <= before + 2  # the first refusal of a route, and of the metrics asked


def test_metrics_are_for_administrators(client: httpx.Client, opened: Service) -> None:
    reader = bearer(Keys(opened.pool, opened.clock).make("dan", Role.READER).token)
    assert client.get("/metrics", headers=reader).status_code == 403
    assert httpx.get(client.base_url.join("/metrics")).status_code == 401


def test_a_database_that_does_not_answer_is_told_by_what_needs_none(opened: Service) -> None:
    opened.pool.close()
    told = opened.metrics.text().decode()
    assert "dateline_database_up" in told
    assert "dateline_log_head" not in told


def test_two_services_of_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.answered("/v1/state", "GET", 200, 0.1)
    assert b"/v1/state" in one.text()
    assert b"/v1/state" not in other.text()


def test_every_metric_is_documented(client: httpx.Client) -> None:
    text = section("docs/operations.md", "How it is")
    names = {family.name for family in text_string_to_metric_families(client.get("/metrics").text)}
    for name in sorted(each for each in names if each.startswith("dateline_")):
        assert f"`{name}" in text, name
