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


def test_an_act_is_told_with_what_its_correction_changed(api: httpx.Client) -> None:
    answer = api.get("/v1/acts/nl-decree").json()
    assert (answer["stands"], answer["verified"], answer["measures"]) == (True, None, ["NL/decree"])
    assert [(each["type"], each["positions"], each["recorded_by"]) for each in answer["editions"]] == [
        ("recorded", [3], "ada"),
        ("corrected", [8], "ben"),
    ]
    assert answer["editions"][0]["content"]["actions"][0]["effective_on"] == "2020-05-01"
    assert answer["editions"][1]["changed"] == [
        {"field": "actions[0].effective_on", "from": "2020-05-01", "to": "2020-03-01"}
    ]
    assert len(api.get("/v1/acts/nl-decree", params={"position": 7}).json()["editions"]) == 1


def test_an_act_that_is_not_on_record_is_refused(api: httpx.Client) -> None:
    answer = api.get("/v1/acts/nl-unknown")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-act")


def test_the_log_is_filtered_over_http(api: httpx.Client) -> None:
    def positions(**asked: Any) -> list[int]:
        return [event["position"] for event in api.get("/v1/log", params=asked).json()["events"]]

    assert positions(jurisdiction="Netherlands") == [1, 2, 3, 8]
    assert positions(measure="NL/decree", type=["adopted", "corrected"]) == [3, 8]
    assert positions(type="reviewed") == [6, 7]
    assert positions(recorded_by="ben") == [8]
    assert positions(act="nl-decree", position=7) == [3]
    page = api.get("/v1/log", params={"recorded_by": "ada", "limit": 2, "after": 1})
    assert [event["position"] for event in page.json()["events"]] == [2, 3]
    assert page.json()["next"] == 3
    assert "recorded_by=ada" in page.headers["link"]
    for wrong in ({"type": "guessed"}, {"measure": "decree"}, {"act": "No Such"}):
        assert api.get("/v1/log", params=wrong).status_code == 422


def test_a_restatement_tells_both_truths_and_why(api: httpx.Client) -> None:
    path = "/v1/jurisdictions/Netherlands/restatement"
    asked = {"as_of": "2020-04-01", "from_position": 7}
    answer = api.get(path, params=asked).json()
    assert (answer["from_position"], answer["to_position"], answer["known_on"]) == (7, 8, "2020-04-01")
    then, now = ({line["measure"]: line["status"] for line in answer[each]["measures"]} for each in ("then", "now"))
    assert (then["NL/decree"], now["NL/decree"]) == ("adopted", "in_force")
    line = next(each for each in answer["differences"] if each["of"] == "measures")
    assert (line["measure"], line["what"], line["classes"]) == ("NL/decree", "changed", ["corrected"])
    assert {"field": "effective_on", "from": "2020-05-01", "to": "2020-03-01"} in line["changed"]
    assert [(each["position"], each["act"], each["recorded_by"]) for each in line["because"]] == [
        (8, "nl-decree", "ben")
    ]
    assert api.get(path, params={**asked, "to_position": 7}).json()["differences"] == []


def test_a_restatement_between_editions_that_cannot_be_compared_is_refused(api: httpx.Client) -> None:
    path = "/v1/jurisdictions/NL/restatement"
    for asked, kind in (
        ({}, "edition-needed"),
        ({"from_position": 8, "to_position": 7}, "editions-reversed"),
        ({"from_position": 8, "from_recorded_at": "2020-01-01T00:00:00Z"}, "both-editions"),
        ({"from_position": 0, "rules": "none"}, "other-rules"),
    ):
        assert api.get(path, params=asked).json()["type"] == f"/problems/{kind}"
