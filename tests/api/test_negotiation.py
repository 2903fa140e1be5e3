"""An answer comes in the form that the client prefers."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from services.api.negotiation import preferred
from tests.api.test_problems import problem

TABLES: list[tuple[str, dict[str, Any], int]] = [
    ("/v1/jurisdictions/NL/state", {"as_of": "2020-03-01"}, 2),
    ("/v1/jurisdictions/NL/changes", {"from": "2019-11-01", "to": "2020-12-31"}, 5),
    ("/v1/changes", {"from": "2019-11-01", "to": "2020-12-31", "jurisdiction": "NL"}, 5),
    ("/v1/state", {"as_of": "2020-03-01"}, 3),
    ("/v1/series", {"from": "2020-01-15", "to": "2020-03-15"}, 3),
    ("/v1/deadlines", {"as_of": "2020-03-01"}, 1),
    ("/v1/measures/NL/decree/history", {}, 4),
    ("/v1/search", {"q": "nl decree"}, 3),
    ("/v1/log", {}, 8),
    ("/v1/comparison", {"from": "2019-12-01", "to": "2020-04-01"}, 2),
    ("/v1/jurisdictions/NL/comparison", {"from": "2019-12-01", "to": "2020-04-01"}, 2),
]
OFFERED = ["application/json", "text/csv"]


@pytest.mark.parametrize(("path", "params", "number"), TABLES, ids=[path for path, _, _ in TABLES])
def test_a_table_is_had_by_asking_for_it(api: httpx.Client, path: str, params: dict[str, Any], number: int) -> None:
    told = api.get(path, params=params, headers={"Accept": "text/csv"})
    assert (told.status_code, told.headers["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    header, *rows = csv.reader(io.StringIO(told.text, newline=""))
    assert len(rows) == number
    assert {len(row) for row in rows} == {len(header)}
    assert {row[header.index("position")] for row in rows} == {"8"}
    pinned = api.get(told.headers["content-location"], headers={"Accept": "text/csv"})
    assert (pinned.content, pinned.headers["etag"]) == (told.content, told.headers["etag"])


def test_each_form_has_a_tag_of_its_own(api: httpx.Client) -> None:
    json = api.get("/v1/state", headers={"Accept": "application/json"})
    table = api.get("/v1/state", headers={"Accept": "text/csv"})
    assert json.headers["etag"] != table.headers["etag"]
    assert json.headers["vary"] == table.headers["vary"] == "Accept"
    headers = {"Accept": "text/csv", "If-None-Match": table.headers["etag"]}
    assert api.get("/v1/state", headers=headers).status_code == 304
    assert api.get("/v1/state", headers={**headers, "Accept": "*/*"}).status_code == 200


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ([], "application/json"),
        ([""], "application/json"),
        (["*/*"], "application/json"),
        (["text/csv"], "text/csv"),
        (["TEXT/CSV"], "text/csv"),
        (["text/*"], "text/csv"),
        (["text/csv;header=present"], "text/csv"),
        (["text/csv, application/json"], "application/json"),
        (["text/csv, application/json;q=0.9"], "text/csv"),
        (["text/csv;q=0.5", "application/json;q=0.6"], "application/json"),
        (["text/csv;q=0.5", "*/*;q=0.4"], "text/csv"),
        (["application/json;q=0, */*"], "text/csv"),
        (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], "application/json"),
        (["text/csv;q=0"], None),
        (["text/html"], None),
        (["application/*;q=0.000"], None),
        (["garbage"], None),
        (["text/csv;q=2"], None),
    ],
)
def test_the_form_is_the_one_preferred(accept: list[str], expected: str | None) -> None:
    assert preferred(accept, OFFERED) == expected


@pytest.mark.parametrize(("path", "accept"), [("/v1/state", "text/html"), ("/v1/jurisdictions", "text/csv")])
def test_what_cannot_be_had_is_refused_with_what_can(api: httpx.Client, path: str, accept: str) -> None:
    document = problem(api.get(path, headers={"Accept": accept}), 406, "not-acceptable")
    assert document["offered"] == (OFFERED if path == "/v1/state" else OFFERED[:1])
