"""The routes of an auditor, asked over HTTP."""

from __future__ import annotations

from typing import Any

import httpx


def test_the_diary_of_the_world_has_the_rows_of_every_jurisdiction_page_by_page(api: httpx.Client) -> None:
    window = {"from": "2019-01-01", "to": "2020-12-31"}
    routes = {code: f"/v1/jurisdictions/{code}/changes" for code in ("EU", "NL", "NO")}
    alone = {code: api.get(route, params=window).json()["changes"] for code, route in routes.items()}
    pages: list[list[dict[str, Any]]] = []
    after: dict[str, str] = {}
    while True:
        answer = api.get("/v1/changes", params={**window, "limit": 2, **after}).json()
        pages.append(answer["changes"])
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    rows = [row for page in pages for row in page]
    assert {len(page) for page in pages[:-1]} == {2}
    assert [row["on"] for row in rows] == sorted(row["on"] for row in rows)
    for code, own in alone.items():
        assert [row for row in rows if row["measure"].startswith(f"{code}/")] == own
    assert len(rows) == sum(map(len, alone.values()))


def test_the_diary_of_the_world_is_filtered(api: httpx.Client) -> None:
    def measures(**asked: Any) -> set[str]:
        rows = api.get("/v1/changes", params={"from": "2019-01-01", "to": "2020-12-31", **asked}).json()["changes"]
        return {row["measure"] for row in rows}

    assert measures() == {"NL/decree", "EU/toolbox", "NO/position"}
    assert measures(jurisdiction=["Netherlands", "EU"]) == {"NL/decree", "EU/toolbox"}
    assert measures(subject="Brask") == {"NL/decree"}
    assert measures(effect=["declares_no_ban", "restricts"]) == {"EU/toolbox", "NO/position"}
    assert measures(scope="core", jurisdiction="NO") == set()


def test_a_page_of_the_diary_begins_where_another_ended_or_is_refused(api: httpx.Client) -> None:
    answer = api.get("/v1/changes", params={"from": "2019-01-01", "after": "yesterday"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/cursor-unreadable")
