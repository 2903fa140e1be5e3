"""What is asked wrongly is refused with a problem document (RFC 9457) that says what to do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

STATE = "/v1/jurisdictions/NL/state"
CHANGES = "/v1/jurisdictions/NL/changes"


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of an answer, which has this status and this type."""
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["status"], document["type"]) == (status, status, f"/problems/{kind}"), document
    assert document["title"]
    assert document["detail"].endswith((".", "?"))
    return document


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        (STATE, {"as_of": "2019-02-30"}, "as_of"),
        (STATE, {"as_of": "2019-11"}, "as_of"),
        (STATE, {"as_of": ""}, "as_of"),
        (STATE, {"as_of": "20191120"}, "as_of"),
        (STATE, {"as_of": "1574208000"}, "as_of"),
        (STATE, {"as_of": "2019-11-20T00:00:00"}, "as_of"),
        (STATE, {"as_of": "1899-12-31"}, "as_of"),
        (STATE, {"as_of": "2201-01-01"}, "as_of"),
        (STATE, {"known_on": "yesterday"}, "known_on"),
        (STATE, {"position": "-1"}, "position"),
        (STATE, {"position": "1.0"}, "position"),
        (STATE, {"position": "1_0"}, "position"),
        (STATE, {"position": " 1"}, "position"),
        (STATE, {"position": str(2**53)}, "position"),
        (STATE, {"position": "9" * 5000}, "position"),
        (STATE, {"recorded_at": "2026-11-24"}, "recorded_at"),
        (STATE, {"recorded_at": "2026-11-24T08:00:00"}, "recorded_at"),
        (STATE, {"recorded_at": "1574208000"}, "recorded_at"),
        (STATE, {"recorded_at": "9999-12-31T23:59:59-14:00"}, "recorded_at"),
        (STATE, {"recorded_at": "0001-01-01T00:00:00+14:00"}, "recorded_at"),
        (STATE, {"status": "banned"}, "status"),
        (STATE, {"status": ["in_force", "banned"]}, "status"),
        (STATE, {"effect": "bans"}, "effect"),
        (STATE, {"subject": ""}, "subject"),
        (STATE, {"subject": "x" * 501}, "subject"),
        (STATE, {"subject": ["x"] * 51}, "subject"),
        ("/v1/state", {"scope": ""}, "scope"),
        (CHANGES, {}, "from"),
        (CHANGES, {"from": "2019"}, "from"),
        (CHANGES, {"from": "2019-01-01", "to": "2201-01-01"}, "to"),
        ("/v1/deadlines", {"status": "late"}, "status"),
        ("/v1/deadlines", {"due_from": "soon"}, "due_from"),
        ("/v1/log", {"after": "-1"}, "after"),
        ("/v1/log", {"limit": "0"}, "limit"),
        ("/v1/log", {"limit": "1001"}, "limit"),
        ("/v1/measures/NL/Not%20a%20slug", {}, "slug"),
        ("/v1/jurisdictions/N%00L/state", {}, "code"),
        ("/v1/log", {"recorded_by": "a\0"}, "recorded_by"),
    ],
)
def test_a_parameter_with_a_wrong_value_is_named(
    api: httpx.Client, path: str, params: dict[str, Any], parameter: str
) -> None:
    document = problem(api.get(path, params=params), 422, "invalid-parameters")
    assert [each["parameter"] for each in document["parameters"]] == [parameter]
    assert document["detail"].startswith(f"'{parameter}'")


def test_what_is_wrong_with_a_value_is_said_in_a_sentence(api: httpx.Client) -> None:
    document = problem(api.get(CHANGES), 422, "invalid-parameters")
    assert document["detail"] == "'from': It is needed, and was not given."
    assert document["parameters"] == [{"parameter": "from", "sentence": "It is needed, and was not given"}]
    document = problem(api.get("/v1/series?from=2020-01-01&step=week"), 422, "invalid-parameters")
    assert document["detail"] == "'step': 'week' is none of 'month', 'quarter' or 'year'."
    assert document["parameters"][0]["given"] == "week"


@pytest.mark.parametrize("path", ["/v1/state/", "/v1/acts/", "/health/live/", "/v1/state%0A", "/problems%0A"])
def test_an_address_that_is_nearly_a_route_is_none_and_leads_nowhere_else(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    problem(answer, 404, "not-found")
    assert "location" not in answer.headers


def test_the_bounds_of_days_are_1900_and_2200(api: httpx.Client) -> None:
    for as_of in ("1900-01-01", "2200-12-31"):
        assert api.get(STATE, params={"as_of": as_of}).status_code == 200
    window = {"from": "1900-01-01", "to": "2200-12-31"}
    assert api.get(CHANGES, params=window).status_code == 200


def test_all_wrong_parameters_are_named_at_once(api: httpx.Client) -> None:
    document = problem(api.get(STATE, params={"as_of": "x", "known_on": "y"}), 422, "invalid-parameters")
    assert [each["parameter"] for each in document["parameters"]] == ["as_of", "known_on"]


@pytest.mark.parametrize(
    ("path", "given", "meant"),
    [
        (STATE, "asof", "as_of"),
        (STATE, "knownon", "known_on"),
        ("/v1/log", "limits", "limit"),
        (CHANGES, "frm", "from"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_one_that_may_be_meant(
    api: httpx.Client, path: str, given: str, meant: str
) -> None:
    document = problem(api.get(path, params={given: "2019-11-20"}), 422, "invalid-parameters")
    assert f"Did you mean '{meant}'?" in document["detail"]
    assert [each["parameter"] for each in document["parameters"]] == [given]


def test_an_unknown_parameter_like_no_other_is_refused_with_the_list_of_those_there_are(api: httpx.Client) -> None:
    document = problem(api.get("/v1/measures/NL/decree/history", params={"zzz": "1"}), 422, "invalid-parameters")
    assert "It takes: format, position, recorded_at, rules." in document["detail"]


@pytest.mark.parametrize("name", ["as_of", "known_on"])
def test_a_single_parameter_given_twice_is_refused(api: httpx.Client, name: str) -> None:
    document = problem(api.get(STATE, params={name: ["2019-11-20", "2019-11-21"]}), 422, "invalid-parameters")
    assert "more than once" in document["detail"]


@pytest.mark.parametrize("code", ["ZZ", "Atlantis", "N", "NLD", "NL-TOOLONG", "%01", "💥", "x" * 100])
def test_an_unknown_jurisdiction_is_not_found(api: httpx.Client, code: str) -> None:
    problem(api.get(f"/v1/jurisdictions/{code}/state"), 404, "unknown-jurisdiction")
    problem(api.get("/v1/deadlines", params={"jurisdiction": code}), 404, "unknown-jurisdiction")


@pytest.mark.parametrize(
    "path", ["/v1/measures/NL/nothing", "/v1/measures/NL/nothing/history", "/v1/measures/FR/decree"]
)
def test_an_unknown_measure_is_not_found(api: httpx.Client, path: str) -> None:
    assert problem(api.get(path), 404, "unknown-measure")["measure"] == path.removeprefix("/v1/measures/").removesuffix(
        "/history"
    )


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/jurisdictions/NL", "/v2/state", "/v1/state/x", "/docs/x", "/redoc"]
)
def test_an_address_that_is_no_route_is_not_found(api: httpx.Client, path: str) -> None:
    assert "/v1/openapi.json" in problem(api.get(path), 404, "not-found")["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_route_is_asked_by_the_methods_it_has(api: httpx.Client, method: str) -> None:
    answer = api.request(method, STATE)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"


def test_an_edition_above_the_head_is_not_found(api: httpx.Client) -> None:
    assert problem(api.get(STATE, params={"position": 9}), 404, "position-above-head")["head"] == 8


def test_a_moment_in_the_future_is_refused(api: httpx.Client) -> None:
    problem(api.get(STATE, params={"recorded_at": "2199-01-01T00:00:00Z"}), 422, "moment-in-future")


def test_an_edition_by_position_and_by_moment_at_once_is_refused(api: httpx.Client) -> None:
    both = {"position": 1, "recorded_at": "2026-11-24T08:00:00Z"}
    problem(api.get(STATE, params=both), 422, "both-editions")


def test_a_window_that_ends_before_it_begins_is_refused(api: httpx.Client) -> None:
    document = problem(api.get(CHANGES, params={"from": "2020-01-02", "to": "2020-01-01"}), 422, "window-reversed")
    assert (document["from"], document["to"]) == ("2020-01-02", "2020-01-01")
