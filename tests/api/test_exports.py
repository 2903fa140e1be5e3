"""Exports over real HTTP: the rows of the command line, pinned and unpinned, broken off so that it shows."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pyarrow.parquet as pq
import pytest

from services.access.admission import Admission
from services.access.keys import Keys
from services.access.roles import Role
from services.api import exporting
from services.operations.wiring import Service, service
from services.outlets import exports
from services.outlets.columns import Row
from services.outlets.exports import WHAT
from tests.acceptance.serving import served
from tests.api.conftest import COMMANDS
from tests.api.test_access import bearer
from tests.api.test_problems import problem

STATE = "/v1/exports/state"
FOR_EVER = "public, max-age=31536000, immutable"
WINDOW = {"from": "2020-01-01", "to": "2020-01-31"}


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("what", WHAT)
def test_every_export_is_csv_unless_another_format_is_asked_for(api: httpx.Client, what: str) -> None:
    asked = WINDOW if what in ("panel", "changes") else {}
    answer = api.get(f"/v1/exports/{what}", params=asked)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    found = rows(answer)
    assert found or what == "sources"
    assert {row["position"] for row in found} <= {"8"}
    lines = api.get(f"/v1/exports/{what}", params=asked, headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert len(lines.text.splitlines()) == len(found)
    for line, row in zip(lines.text.splitlines(), found, strict=True):
        assert list(json.loads(line)) == list(row)


def test_parquet_and_workbooks_come_as_files(api: httpx.Client) -> None:
    answer = api.get(STATE, params={"as_of": "2020-03-01", "format": "parquet"})
    assert answer.headers["content-disposition"] == 'attachment; filename="dateline-state-2020-03-01-at-8.parquet"'
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert pq.read_table(io.BytesIO(answer.content)).column("measure").to_pylist() == [
        "EU/toolbox", "NL/decree", "EU/toolbox", "NO/position",
    ]  # fmt: skip
    book = api.get(STATE, params={"format": "xlsx"})
    assert book.content.startswith(b"PK")


def test_a_pinned_export_is_kept_for_ever_and_an_unpinned_one_names_its_twin(api: httpx.Client) -> None:
    unpinned = api.get(STATE, params={"jurisdiction": "Netherlands"})
    assert unpinned.headers["cache-control"] == "no-cache"
    twin = unpinned.headers["content-location"]
    assert parse_qs(urlsplit(twin).query).keys() == {"as_of", "known_on", "position", "rules", "jurisdiction", "format"}
    pinned = api.get(twin)
    assert pinned.headers["cache-control"] == FOR_EVER
    assert pinned.content == unpinned.content
    assert {row["jurisdiction"] for row in rows(pinned)} == {"NL"}
    assert api.get("/v1/exports/log").headers["cache-control"] == "no-cache"
    assert api.get("/v1/exports/log", params={"position": 8}).headers["cache-control"] == FOR_EVER
    panel = {**WINDOW, "position": 8, "rules": "1"}
    assert api.get("/v1/exports/panel", params=panel).headers["cache-control"] == FOR_EVER
    assert api.get("/v1/exports/panel", params=panel).headers["content-location"].endswith("&format=csv")
    assert "no-cache" in api.get("/v1/exports/panel", params={"from": "2020-01-01"}).headers["cache-control"]
    assert api.get("/v1/exports/state", params={"rules": "9"}).status_code == 404


def test_an_export_that_the_client_has_is_not_sent_again(api: httpx.Client) -> None:
    first = api.get("/v1/exports/acts")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = api.get("/v1/exports/acts", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = api.get("/v1/exports/acts", params={"format": "jsonl"}, headers={"If-None-Match": tag})
    assert other.status_code == 200
    head = api.head("/v1/exports/acts")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


def test_an_earlier_edition_is_exported_as_it_was(api: httpx.Client) -> None:
    now, then = (
        rows(api.get("/v1/exports/actions", params={"position": position, "jurisdiction": "NL"})) for position in (8, 7)
    )
    assert [row["effective_on"] for row in now if row["type"] == "adopted"] == ["2020-05-01", "2020-03-01"]
    assert [row["effective_on"] for row in then if row["type"] == "adopted"] == ["2020-05-01"]
    assert [(row["recorded_from"], row["recorded_to"]) for row in now if row["act"] == "nl-decree"] == [
        ("7", "8"), ("8", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "params", "status", "kind"),
    [
        ("acts", {"as_of": "2020-01-01"}, 422, "not-of-export"),
        ("panel", {}, 422, "window-needed"),
        ("changes", {"from": "2020-01-02", "to": "2020-01-01"}, 422, "window-reversed"),
        ("state", {"format": "docx"}, 422, "invalid-parameters"),
        ("state", {"jurisdictions": "NL"}, 422, "invalid-parameters"),
        ("nothing", {}, 422, "invalid-parameters"),
        ("state", {"position": 99}, 404, "position-above-head"),
        ("state", {"jurisdiction": "Atlantis"}, 404, "unknown-jurisdiction"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_anything_is_sent(
    api: httpx.Client, path: str, params: dict[str, Any], status: int, kind: str
) -> None:
    problem(api.get(f"/v1/exports/{path}", params=params), status, kind)


def test_a_client_that_takes_none_of_the_formats_is_told_so(api: httpx.Client) -> None:
    document = problem(api.get(STATE, headers={"Accept": "text/html"}), 406, "not-acceptable")
    assert "text/csv" in document["offered"]


@pytest.fixture
def opened(database_url: str) -> Iterator[Service]:
    with service(database_url) as opened:
        opened.recording.record(COMMANDS, recorded_by="ada")
        yield opened


def test_so_many_exports_are_sent_at_once_and_no_more(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves makes place; no connection of the database is held by who does not read."""
    monkeypatch.setattr(exporting, "MOST_EXPORTS", 2)
    endless(monkeypatch)
    with served(opened) as base, httpx.Client(base_url=base) as client:
        with client.stream("GET", "/v1/exports/acts") as one, client.stream("GET", "/v1/exports/acts") as two:
            assert (one.status_code, two.status_code) == (200, 200)
            document = problem(client.get("/v1/exports/acts"), 503, "too-many-exports")
            assert document["most"] == 2
            assert client.get("/v1/state").status_code == 200
            time.sleep(0.1)
            stats = opened.pool.get_stats()
            assert stats["pool_available"] == stats["pool_size"]
        monkeypatch.undo()
        deadline = time.monotonic() + 10
        while client.get("/v1/exports/acts").status_code == 503:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def endless(monkeypatch: pytest.MonkeyPatch, failing_after: int | None = None) -> None:
    """An export of acts that goes on for ever, or until the database goes."""
    real = exports.export_of

    def export_of(*asked: Any) -> Any:
        found = real(*asked)

        def rows() -> Iterator[Row]:
            row = next(found.rows())
            number = 0
            while True:
                if number == failing_after:
                    raise psycopg.OperationalError("gone")
                number += 1
                yield row

        return found._replace(rows=rows)

    monkeypatch.setattr(exporting, "export_of", export_of)


def test_an_export_that_breaks_off_does_not_look_whole(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    endless(monkeypatch, failing_after=2_000)
    with served(opened) as base, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{base}/v1/exports/acts")


def test_an_export_that_fails_before_its_first_row_is_a_problem(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless(monkeypatch, failing_after=0)
    with served(opened) as base:
        problem(httpx.get(f"{base}/v1/exports/acts"), 503, "database-unavailable")


def test_an_export_under_a_key_that_is_revoked_breaks_off(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(database_url, admission=Admission(reading="closed")) as opened:
        opened.recording.record(COMMANDS, recorded_by="ada")
        endless(monkeypatch)
        keys = Keys(opened.pool, opened.clock)
        made = keys.make("ada", Role.READER)
        with (
            served(opened) as base,
            httpx.stream("GET", f"{base}/v1/exports/acts", headers=bearer(made.token), timeout=20) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["vary"].startswith("Accept, Authorization")
            keys.revoke(made.key.id)
            with pytest.raises(httpx.RemoteProtocolError):
                for _ in answer.iter_bytes():
                    pass
