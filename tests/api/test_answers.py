"""Every route, asked as the documentation says, gives the shape that the documentation says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from msgspec import Struct

from projections import answers

ROUTES: list[tuple[str, str, dict[str, Any], type[Struct]]] = [
    ("/v1/jurisdictions", "/v1/jurisdictions", {}, answers.Jurisdictions),
    ("/v1/jurisdictions/{code}/state", "/v1/jurisdictions/NL/state", {"as_of": "2020-03-01"}, answers.State),
    (
        "/v1/jurisdictions/{code}/changes",
        "/v1/jurisdictions/NL/changes",
        {"from": "2019-11-01", "to": "2020-12-31"},
        answers.Changes,
    ),
    ("/v1/jurisdictions/{code}/pressure", "/v1/jurisdictions/CN/pressure", {"as_of": "2020-03-01"}, answers.Pressure),
    ("/v1/jurisdictions/{code}/report", "/v1/jurisdictions/NL/report", {"as_of": "2020-03-01"}, answers.Report),
    ("/v1/state", "/v1/state", {"as_of": "2020-03-01"}, answers.Matrix),
    ("/v1/series", "/v1/series", {"from": "2019-11-01", "to": "2020-12-31"}, answers.Series),
    ("/v1/deadlines", "/v1/deadlines", {"as_of": "2020-03-01"}, answers.Deadlines),
    ("/v1/measures/{code}/{slug}", "/v1/measures/NL/decree", {"as_of": "2020-03-01"}, answers.MeasureAnswer),
    ("/v1/measures/{code}/{slug}/history", "/v1/measures/NL/decree/history", {}, answers.History),
    ("/v1/log", "/v1/log", {}, answers.LogPage),
    ("/v1/changes", "/v1/changes", {"from": "2019-11-01", "to": "2020-12-31"}, answers.WorldChanges),
    ("/v1/search", "/v1/search", {"q": "decree"}, answers.Search),
    ("/v1/acts/{act}", "/v1/acts/nl-decree", {}, answers.ActAnswer),
    ("/v1/comparison", "/v1/comparison", {"from": "2019-11-01", "to": "2020-12-31"}, answers.WorldComparison),
    (
        "/v1/jurisdictions/{code}/comparison",
        "/v1/jurisdictions/NL/comparison",
        {"from": "2019-11-01", "to": "2020-12-31"},
        answers.Comparison,
    ),
]
OF_OTHER_EDITIONS = {
    "/v1/codebook",
    "/v1/jurisdictions/{code}/restatement",
    "/v1/restatement",
    "/v1/log/stream",
    "/v1/feed.atom",
    "/v1/calendar.ics",
    "/v1/exports/{what}",
    "/v1/news",
}
"""Routes asked of no edition, of two, or of all that come, or that are no JSON: each has a file of its own."""
ASKED = pytest.mark.parametrize(("route", "path", "params", "shape"), ROUTES, ids=[route[0] for route in ROUTES])


@ASKED
def test_every_route_answers_in_its_documented_shape(
    api: httpx.Client, route: str, path: str, params: dict[str, Any], shape: type[Struct]
) -> None:
    answer = api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answers.encode(msgspec.json.decode(answer.content, type=shape)) == answer.content
    assert answer.json()["rules"] == answers.RULES
    assert answer.json()["position"] == 8


@ASKED
def test_every_route_answers_for_an_earlier_edition_by_position_and_by_moment(
    api: httpx.Client, route: str, path: str, params: dict[str, Any], shape: type[Struct]
) -> None:
    by_position = api.get(path, params={**params, "position": 7})
    moment = by_position.json()["recorded_at"]
    by_moment = api.get(path, params={**params, "recorded_at": moment})
    assert (by_position.json()["position"], by_moment.content) == (7, by_position.content)
    assert api.get(path, params={**params, "position": 8}).content == api.get(path, params=params).content


@ASKED
def test_the_openapi_document_lists_every_route_with_its_answer_and_its_problems(
    api: httpx.Client, route: str, path: str, params: dict[str, Any], shape: type[Struct]
) -> None:
    operation = api.get("/v1/openapi.json").json()["paths"][route]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": f"#/components/schemas/{shape.__name__}"}
    assert {"404", "422", "503"} <= set(operation["responses"])
    assert operation["description"]
    named = {each["name"] for each in operation["parameters"]}
    assert {*params, "position", "recorded_at", *re.findall(r"{(\w+)}", route)} <= named
    assert all(each["schema"] for each in operation["parameters"])


def test_the_openapi_document_is_whole(api: httpx.Client) -> None:
    text = api.get("/v1/openapi.json").text
    document = msgspec.json.decode(text)
    assert document["openapi"].startswith("3.1")
    asking = {path for path, methods in document["paths"].items() if "get" in methods}
    about_itself = {"/problems", "/problems/{word}", "/health/live", "/health/ready", "/metrics"}
    assert asking == {route for route, _, _, _ in ROUTES} | OF_OTHER_EDITIONS | about_itself
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in document["components"]["schemas"], name
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(set(ids)) == len(ids)


def test_a_country_is_asked_by_code_or_by_english_name(api: httpx.Client) -> None:
    asked = [
        api.get(f"/v1/jurisdictions/{name}/state", params={"as_of": "2020-03-01"}).content
        for name in ("NL", "nl", "Netherlands", "netherlands", "The Netherlands")
    ]
    assert len(set(asked)) == 1
    assert api.get("/v1/measures/Netherlands/decree").json()["measure"] == "NL/decree"
    assert len(api.get("/v1/deadlines", params={"jurisdiction": ["Netherlands", "NO"]}).json()["deadlines"]) == 1


def test_an_answer_names_its_three_times(api: httpx.Client) -> None:
    answer = api.get("/v1/jurisdictions/NL/state", params={"as_of": "2019-11-20"}).json()
    assert (answer["as_of"], answer["known_on"], answer["position"]) == ("2019-11-20", "2019-11-20", 8)
    answer = api.get("/v1/jurisdictions/NL/state", params={"as_of": "2019-11-20", "known_on": "2020-06-01"}).json()
    assert (answer["as_of"], answer["known_on"]) == ("2019-11-20", "2020-06-01")
    changes = api.get("/v1/jurisdictions/NL/changes", params={"from": "2019-11-01", "to": "2019-11-30"}).json()
    assert (changes["from"], changes["to"], changes["known_on"]) == ("2019-11-01", "2019-11-30", "2019-11-30")


def test_a_state_is_filtered_by_all_of_its_filters_each_of_which_may_repeat(api: httpx.Client) -> None:
    def found(**filters: Any) -> list[str]:
        asked = {"as_of": "2020-03-01", **filters}
        return [each["measure"] for each in api.get("/v1/jurisdictions/NL/state", params=asked).json()["measures"]]

    assert found() == ["NL/decree"]
    assert found(subject="Brask") == ["NL/decree"]
    assert found(subject=["Foxline", "Brask"], scope="core", status=["in_force", "ended"]) == ["NL/decree"]
    assert found(subject="brask") == []
    assert found(subject="Brask", status="ended") == []
    assert found(effect=["prohibits"]) == []


def test_the_world_matrix_has_a_row_for_every_recorded_jurisdiction_and_with_a_filter_for_those_that_match(
    api: httpx.Client,
) -> None:
    def codes(**asked: Any) -> list[str]:
        return [each["jurisdiction"] for each in api.get("/v1/state", params=asked).json()["jurisdictions"]]

    assert codes(as_of="2020-03-01") == ["EU", "NL", "NO"]
    assert codes(as_of="2020-03-01", effect="declares_no_ban") == ["NO"]
    assert codes(as_of="2020-03-01", status="in_force") == ["EU", "NL"]


def test_law_of_the_union_is_inherited_and_a_jurisdiction_without_a_record_says_so(api: httpx.Client) -> None:
    croatia = api.get("/v1/jurisdictions/HR/state", params={"as_of": "2020-03-01"}).json()
    assert ([each["measure"] for each in croatia["inherited"]], croatia["measures"]) == (["EU/toolbox"], [])
    assert (croatia["coverage"], croatia["reviewed_on"], croatia["headline"]) == ("no_record", "2026-11-21", None)
    assert api.get("/v1/jurisdictions/FR/state").json()["reviewed_on"] is None


def test_deadlines_are_filtered_by_status_and_by_due_day(api: httpx.Client) -> None:
    def found(**asked: Any) -> list[tuple[str, str]]:
        rows = api.get("/v1/deadlines", params={"as_of": "2020-02-29", **asked}).json()["deadlines"]
        return [(each["deadline"], each["status"]) for each in rows]

    assert found() == found(status=["overdue", "open"]) == [("rules", "overdue")]
    assert found(status="open") == []
    assert found(due_from="2020-01-31", due_to="2020-01-31") == [("rules", "overdue")]
    assert found(due_from="2020-02-01") == []
    assert found(jurisdiction="NO") == []


def test_the_log_is_read_page_by_page(api: httpx.Client) -> None:
    pages, after = [], 0
    while True:
        page = api.get("/v1/log", params={"after": after, "limit": 3}).json()
        pages.append([each["position"] for each in page["events"]])
        if page["next"] is None:
            break
        after = page["next"]
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert api.get("/v1/log", params={"after": 8}).json()["events"] == []


def test_the_history_tells_what_was_superseded(api: httpx.Client) -> None:
    entries = api.get("/v1/measures/NL/decree/history").json()["entries"]
    assert [(each["type"], each["position"], each["superseded_by"], each["recorded_by"]) for each in entries] == [
        ("announced", 1, None, "ada"),
        ("deadline_set", 2, None, "ada"),
        ("adopted", 3, 8, "ada"),
        ("corrected", 8, None, "ben"),
    ]
    assert entries[2]["effective_on"] == "2020-05-01"
    assert entries[3]["actions"][0]["effective_on"] == "2020-03-01"
    assert entries[3]["changed"] == [
        {"field": "actions[0].effective_on", "from": "2020-05-01", "to": "2020-03-01"},
    ]


def test_the_dutch_question_of_the_three_times(api: httpx.Client) -> None:
    def effective(**asked: Any) -> str | None:
        state = api.get("/v1/jurisdictions/NL/state", params={"as_of": "2019-11-20", **asked}).json()
        (decree,) = state["measures"]
        return str(decree["effective_on"]) if decree["effective_on"] else None

    today = datetime.now(UTC).date().isoformat()
    assert effective() is None
    assert effective(known_on=today) == "2020-03-01"
    assert effective(known_on=today, position=7) == "2020-05-01"
    assert effective(position=7) is None
