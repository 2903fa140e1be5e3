"""The routes of an auditor, asked over HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import msgspec

from projections import answers


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


def test_the_world_is_restated_with_a_row_for_each_jurisdiction_that_reads_otherwise(api: httpx.Client) -> None:
    asked = {"as_of": "2020-04-01", "from_position": 7}
    answer = api.get("/v1/restatement", params=asked)
    assert answers.encode(msgspec.json.decode(answer.content, type=answers.WorldRestatement)) == answer.content
    (row,) = answer.json()["jurisdictions"]
    assert (row["jurisdiction"], row["classes"], row["acts"]) == ("NL", ["corrected"], ["nl-decree"])
    assert (row["then"]["headline"], row["now"]["headline"]["status"]) == (None, "in_force")
    assert answer.json()["unaffected"] == []
    for wrong, kind in (({}, "edition-needed"), ({"from_position": 8, "to_position": 7}, "editions-reversed")):
        assert api.get("/v1/restatement", params=wrong).json()["type"] == f"/problems/{kind}"
    (table,) = csv.DictReader(io.StringIO(api.get("/v1/restatement", params={**asked, "format": "csv"}).text))
    assert (table["jurisdiction"], table["then_headline_effect"], table["now_headline_status"], table["classes"]) == (
        "NL", "", "in_force", "corrected",
    )  # fmt: skip
    path = "/v1/jurisdictions/NL/restatement"
    rows = list(csv.DictReader(io.StringIO(api.get(path, params={**asked, "format": "csv"}).text)))
    assert [(row["of"], row["what"], row["classes"], row["acts"], row["because"]) for row in rows] == [
        ("measures", "changed", "corrected", "nl-decree", "8"),
        ("headline", "appeared", "corrected", "nl-decree", "8"),
        ("upcoming", "disappeared", "corrected", "nl-decree", "8"),
    ]
    assert "effective_on: 2020-05-01 → 2020-03-01" in rows[0]["changed"].split("; ")


def test_two_days_are_compared_with_before_after_and_what_moved_the_headline(api: httpx.Client) -> None:
    asked = {"from": "2019-12-01", "to": "2020-04-01"}
    rows = {row["jurisdiction"]: row for row in api.get("/v1/comparison", params=asked).json()["jurisdictions"]}
    assert list(rows) == ["EU", "NL"]
    assert (rows["NL"]["before"]["upcoming"]["status"], rows["NL"]["after"]["upcoming"]) == ("adopted", None)
    assert [(each["on"], each["what"]) for each in rows["NL"]["changes"]] == [("2020-03-01", "took_effect")]
    alone = api.get("/v1/jurisdictions/Netherlands/comparison", params=asked).json()
    assert (alone["before"], alone["after"]) == (rows["NL"]["before"], rows["NL"]["after"])
    assert [(each["measure"], each["inherited"]) for each in alone["measures"]] == [
        ("NL/decree", False),
        ("EU/toolbox", True),
    ]
    for path in ("/v1/comparison", "/v1/jurisdictions/NL/comparison"):
        wrong = api.get(path, params={"from": "2020-04-01", "to": "2019-12-01"})
        assert wrong.json()["type"] == "/problems/window-reversed"
    table = list(csv.DictReader(io.StringIO(api.get("/v1/comparison", params={**asked, "format": "csv"}).text)))
    assert [row["after_headline_effect"] for row in table] == ["restricts", "requires_security_measures"]
    assert table[1]["changes"] == "2020-03-01 took_effect NL/decree"


def test_the_log_as_a_table_has_the_event_as_it_is_stored(api: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(api.get("/v1/log", params={"format": "csv"}).text)))
    assert [(row["entry_position"], row["entry_name"], row["act"]) for row in rows[:3]] == [
        ("1", "announced", "nl-letter"),
        ("2", "deadline_set", "nl-letter"),
        ("3", "adopted", "nl-decree"),
    ]
    assert (rows[7]["entry_name"], rows[7]["act"], rows[5]["act"]) == ("corrected", "nl-decree", "")
    assert json.loads(rows[2]["event"])["effective_on"] == "2020-05-01"
