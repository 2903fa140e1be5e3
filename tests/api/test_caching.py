"""What caches may keep, what is asked again, and how an answer is quoted."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.test_problems import problem

STATE = "/v1/jurisdictions/NL/state"
PINNED = f"{STATE}?as_of=2020-03-01&known_on=2020-06-01&position=7"
FOR_EVER = "public, max-age=31536000, immutable"

QUESTIONS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("/v1/jurisdictions", {}, {"position"}),
    (
        "/v1/jurisdictions/Netherlands/state",
        {"subject": ["Brask", "no such & thing"]},
        {"as_of", "known_on", "position"},
    ),
    (STATE, {"status": ["in_force", "ended"], "scope": "core"}, {"as_of", "known_on", "position"}),
    ("/v1/jurisdictions/NL/changes", {"from": "2019-11-01"}, {"from", "to", "known_on", "position"}),
    ("/v1/jurisdictions/NL/report", {"since": "2019-11-20", "as_of": "2020-03-01"}, {"as_of", "known_on", "position"}),
    ("/v1/jurisdictions/CN/pressure", {"as_of": "2020-03-01"}, {"as_of", "known_on", "position"}),
    ("/v1/state", {"as_of": "2020-03-01", "effect": "restricts"}, {"as_of", "known_on", "position"}),
    ("/v1/series", {"from": "2019-11-01", "subject": "Brask", "jurisdiction": "NL"}, {"from", "to", "position"}),
    (
        "/v1/series",
        {"from": "2019-11-01", "to": "2022-03-01", "known_on": "2020-06-01", "step": "year"},
        {"from", "to", "known_on", "position", "step"},
    ),
    (
        "/v1/deadlines",
        {"as_of": "2020-03-01", "jurisdiction": ["NL", "NO"], "due_from": "2019-01-01", "status": "overdue"},
        {"as_of", "known_on", "position"},
    ),
    ("/v1/measures/NL/decree", {"as_of": "2020-03-01"}, {"as_of", "known_on", "position"}),
    ("/v1/measures/NL/decree/history", {}, {"position"}),
    ("/v1/log", {"after": 2, "limit": 3}, {"position"}),
    ("/v1/log", {}, {"position"}),
    (
        "/v1/changes",
        {"from": "2019-11-01", "subject": "Brask", "jurisdiction": "NL", "limit": 1},
        {"from", "to", "known_on", "position"},
    ),
    ("/v1/log", {"type": ["adopted", "corrected"], "recorded_by": "ada", "measure": "NL/decree"}, {"position"}),
    ("/v1/acts/nl-decree", {}, {"position"}),
    (
        "/v1/jurisdictions/NL/restatement",
        {"from_position": 7, "as_of": "2020-04-01"},
        {"as_of", "known_on", "from_position", "to_position"},
    ),
    (
        "/v1/restatement",
        {"from_position": 7, "as_of": "2020-04-01"},
        {"as_of", "known_on", "from_position", "to_position"},
    ),
    (
        "/v1/comparison",
        {"from": "2019-12-01", "to_known_on": "2020-04-01"},
        {"from", "to", "from_known_on", "to_known_on", "position"},
    ),
    (
        "/v1/jurisdictions/NL/comparison",
        {"from": "2019-12-01"},
        {"from", "to", "from_known_on", "to_known_on", "position"},
    ),
]
EACH = pytest.mark.parametrize(("path", "params", "pins"), QUESTIONS, ids=[path for path, _, _ in QUESTIONS])


@EACH
def test_an_unpinned_answer_names_its_pinned_twin_which_is_the_same_bytes_for_ever(
    api: httpx.Client, path: str, params: dict[str, Any], pins: set[str]
) -> None:
    told = api.get(path, params=params)
    assert (told.status_code, told.headers["cache-control"], told.headers["vary"]) == (200, "no-cache", "Accept")
    address = told.headers["content-location"]
    assert address == told.json()["cite"]["url"]
    assert pins <= set(parse_qs(urlsplit(address).query))
    twin = api.get(address)
    assert (twin.content, twin.headers["etag"]) == (told.content, told.headers["etag"])
    assert (twin.headers["cache-control"], twin.headers["content-location"]) == (FOR_EVER, address)


def test_a_pinned_answer_may_be_kept_for_ever_and_one_with_a_time_left_out_not(api: httpx.Client) -> None:
    assert api.get(PINNED).headers["cache-control"] == FOR_EVER
    for left in (
        "as_of=2020-03-01&known_on=2020-06-01",
        "as_of=2020-03-01&position=7",
        "known_on=2020-06-01&position=7",
    ):
        assert api.get(f"{STATE}?{left}").headers["cache-control"] == "no-cache"
    moment = api.get(PINNED).json()["recorded_at"]
    by_moment = api.get(STATE, params={"as_of": "2020-03-01", "known_on": "2020-06-01", "recorded_at": moment})
    assert by_moment.headers["cache-control"] == "no-cache"


def test_a_series_by_the_eyes_of_each_day_is_pinned_without_whose_eyes(api: httpx.Client) -> None:
    window = "from=2019-11-01&to=2020-03-31"
    told = api.get(f"/v1/series?{window}&position=7")
    assert told.headers["cache-control"] == FOR_EVER
    assert told.json()["known_on"] is None
    assert told.headers["content-location"] == f"/v1/series?{window}&position=7&rules=1"
    assert told.json()["cite"]["text"].startswith(
        "Dateline, series of the world by month as people knew it then from 2019-11-01 to 2020-03-31, record position 7"
    )
    for left in (window, "from=2019-11-01&position=7", f"{window}&known_on=2020-03-31"):
        assert api.get(f"/v1/series?{left}").headers["cache-control"] == "no-cache"
    hindsight = api.get(f"/v1/series?{window}&known_on=2020-06-01&position=7")
    assert hindsight.headers["cache-control"] == FOR_EVER
    assert "as known on 2020-06-01" in hindsight.json()["cite"]["text"]
    for point in told.json()["points"]:
        assert api.get(point["state"]).headers["cache-control"] == FOR_EVER


def test_an_address_pinned_under_other_rules_is_refused_and_not_answered_otherwise(api: httpx.Client) -> None:
    rules = api.get(PINNED).json()["rules"]
    assert api.get(f"{PINNED}&rules={rules}").content == api.get(PINNED).content
    document = problem(api.get(f"{PINNED}&rules=0"), 404, "other-rules")
    assert (document["asked"], document["present"]) == ("0", rules)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', 'W/"a,b" , {}', "*", '"x",{},"y"', ',"x", ,{}'])
def test_what_the_client_has_is_not_sent_again(api: httpx.Client, form: str) -> None:
    told = api.get(PINNED)
    etag = told.headers["etag"]
    assert etag.startswith('"')
    held = api.get(PINNED, headers={"If-None-Match": form.format(etag)})
    assert (held.status_code, held.content) == (304, b"")
    for name in ("etag", "cache-control", "content-location", "vary"):
        assert held.headers[name] == told.headers[name]
    assert "content-type" not in held.headers


@pytest.mark.parametrize("form", ['"other"', "", "{0}x", "garbage", "'{0}'", '"*"'])
def test_what_the_client_has_not_is_sent(api: httpx.Client, form: str) -> None:
    etag = api.get(PINNED).headers["etag"]
    assert api.get(PINNED, headers={"If-None-Match": form.format(etag.strip('"'))}).status_code == 200


def test_another_answer_has_another_tag(api: httpx.Client) -> None:
    tags = {api.get(f"{STATE}?as_of={day}").headers["etag"] for day in ("2020-03-01", "2020-03-02")}
    assert len(tags) == 2


@EACH
def test_head_is_get_without_the_body(api: httpx.Client, path: str, params: dict[str, Any], pins: set[str]) -> None:
    told, head = api.get(path, params=params), api.head(path, params=params)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "cache-control", "content-location"):
        assert head.headers[name] == told.headers[name]
    etag = {"If-None-Match": head.headers["etag"]}
    assert api.head(path, params=params, headers=etag).status_code == 304


def test_head_of_what_is_not_there_is_not_found(api: httpx.Client) -> None:
    head = api.head("/v1/nothing")
    assert (head.status_code, head.content, head.headers["content-type"]) == (404, b"", "application/problem+json")


def test_a_method_that_a_route_does_not_have_is_told_with_those_it_has(api: httpx.Client) -> None:
    told = api.delete(STATE)
    problem(told, 405, "method-not-allowed")
    assert told.headers["allow"] == "GET, HEAD"


def test_an_answer_says_how_to_quote_it(api: httpx.Client) -> None:
    answer = api.get(PINNED).json()
    recorded = answer["recorded_at"][:10]
    assert answer["cite"] == {
        "text": "Dateline, state of NL (Netherlands) as of 2020-03-01, as known on 2020-06-01,"
        f" record position 7 ({recorded}), rules 1; data CC BY 4.0",
        "url": f"{PINNED}&rules=1",
        "licence": "CC BY 4.0",
    }


def test_the_pages_of_the_log_link_to_the_next(api: httpx.Client) -> None:
    pages, address = [], "/v1/log?limit=3&position=8"
    while True:
        page = api.get(address)
        pages.append([each["position"] for each in page.json()["events"]])
        if "next" not in page.links:
            break
        address = page.links["next"]["url"]
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert "position=8" in address


@pytest.mark.parametrize("path", [PINNED, "/v1/nothing", f"{STATE}?as_of=x", "/v1/openapi.json"])
def test_nothing_of_an_answer_is_to_be_run_framed_or_guessed_at(api: httpx.Client, path: str) -> None:
    headers = api.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_problems_are_not_kept(api: httpx.Client) -> None:
    assert api.get("/v1/nothing").headers["cache-control"] == "no-store"
