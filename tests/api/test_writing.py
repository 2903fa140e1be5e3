"""Writing over HTTP: what a write answers, repeats, revisions, dry runs, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.access.admission import Admission
from services.access.keys import Keys
from services.access.limits import limit_of
from services.access.roles import Role
from services.operations.wiring import Service, service
from tests.api.test_problems import problem
from tests.api.writing import Json, did, entry, told, writer
from tests.conftest import TEMPLATE, fresh_database

JSON = {"Content-Type": "application/json"}
LATER = told(on="2020-03-09")
AMENDMENT = told("xa-amendment", did("amended", effects=["prohibits"]), on="2020-06-01")


@pytest.fixture
def opened(database_url: str) -> Iterator[Service]:
    with service(database_url) as opened:
        yield opened


@pytest.fixture
def api(opened: Service) -> Iterator[httpx.Client]:
    with writer(opened) as client:
        yield client


@pytest.fixture(scope="module")
def untouched_service(postgres_server: str) -> Iterator[Service]:
    """A service to which nothing is ever written."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def untouched_keys(untouched_service: Service) -> Keys:
    return Keys(untouched_service.pool, untouched_service.clock)


@pytest.fixture(scope="module")
def untouched(untouched_service: Service) -> Iterator[httpx.Client]:
    """A client of a service to which nothing is ever written."""
    with writer(untouched_service) as client:
        yield client


def head(api: httpx.Client) -> int:
    return int(api.get("/v1/log").json()["position"])


def post(api: httpx.Client, path: str, body: Any, status: int = 201, **options: Any) -> Json:
    answer = api.post(path, json=body, **options)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def correction(replacement: Json, **fields: Any) -> Json:
    return {"jurisdiction": "XA", "reason": "wrong_date", "replacement": replacement, **fields}


WRITTEN_ODDLY: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", JSON),
    "not JSON": (b"{", JSON),
    "of another kind": (b"[]", JSON),
    "without its jurisdiction": (json.dumps({"act": told()}).encode(), JSON),
    "of an unknown jurisdiction": (json.dumps(entry(told(), "ZZZ")).encode(), JSON),
    "resting on another revision": (json.dumps({**entry(told()), "expected": {"XA/decree": 7}}).encode(), JSON),
    "that cannot be": (json.dumps(entry(told("xa-end", did("ended")))).encode(), JSON),
    "not said to be JSON": (json.dumps(entry(told())).encode(), {"Content-Type": "text/plain"}),
    "not said to be anything": (json.dumps(entry(told())).encode(), {}),
    "encoded": (json.dumps(entry(told())).encode(), {**JSON, "Content-Encoding": "gzip"}),
    "in other letters": (json.dumps(entry(told())).encode(), {"Content-Type": "application/json; charset=latin-1"}),
}


@pytest.mark.parametrize(("body", "headers"), WRITTEN_ODDLY.values(), ids=list(WRITTEN_ODDLY))
@pytest.mark.parametrize("role", [Role.ADMIN, Role.READER])
def test_a_write_without_a_query_is_refused_as_one_with_it_is(
    untouched: httpx.Client, untouched_keys: Keys, body: bytes, headers: dict[str, str], role: Role
) -> None:
    told = {"Authorization": f"Bearer {untouched_keys.make('ada', role).token}", **headers}
    refusals = [
        untouched.post(f"/v1/acts{query}", content=body, headers=told) for query in ("", "?dry_run=false", "", "?")
    ]
    assert refusals[0].is_client_error
    for refusal in refusals[1:]:
        assert refusal.status_code == refusals[0].status_code
        assert refusal.content == refusals[0].content
        assert set(refusal.headers.items()) - _own(refusal) == set(refusals[0].headers.items()) - _own(refusals[0])
    assert head(untouched) == 0


def _own(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(name, answer.headers[name]) for name in ("date", "x-request-id")}


def test_a_key_that_was_revoked_a_moment_after_it_was_good_records_nothing(opened: Service, api: httpx.Client) -> None:
    keys = Keys(opened.pool, opened.clock)
    made = keys.make("ben", Role.RECORDER)
    headers = {"Authorization": f"Bearer {made.token}"}
    for slug in ("xa-1", "xa-2"):
        post(api, "/v1/acts", entry(told(slug, did("adopted", slug))), headers=headers)
    keys.revoke(made.key.id)
    for body in (entry(told("xa-3", did("adopted", "xa-3"))), {"act": "nonsense"}, entry(told("xa-1", did("ended")))):
        problem(api.post("/v1/acts", json=body, headers=headers), 401, "key-refused")
    assert head(api) == 2


def test_a_key_whose_last_day_is_over_records_nothing_though_it_was_good_a_moment_ago(database_url: str) -> None:
    today = date(2026, 11, 24)
    moments = [datetime(2026, 11, 24, 23, 59, tzinfo=UTC)]
    with service(database_url, lambda: moments[-1]) as opened, writer(opened) as api:
        key = Keys(opened.pool, opened.clock).make("ben", Role.RECORDER, expires_on=today).token
        headers = {"Authorization": f"Bearer {key}"}
        post(api, "/v1/acts", entry(told("xa-1", did("adopted", "xa-1"))), headers=headers)
        moments.append(moments[0] + timedelta(minutes=2))
        refused = api.post("/v1/acts", json=entry(told("xa-2", did("adopted", "xa-2"))), headers=headers)
        problem(refused, 401, "key-refused")
        assert head(api) == 1


def test_refused_keys_are_counted_also_where_they_were_good_a_moment_ago(database_url: str) -> None:
    admission = Admission(failures=limit_of("1/minute"))
    with service(database_url, admission=admission) as opened, writer(opened) as api:
        keys = Keys(opened.pool, opened.clock)
        made = keys.make("ben", Role.RECORDER)
        headers = {"Authorization": f"Bearer {made.token}"}
        post(api, "/v1/acts", entry(told()), headers=headers)
        keys.revoke(made.key.id)
        problem(api.post("/v1/acts", json=entry(told()), headers=headers), 401, "key-refused")
        problem(api.post("/v1/acts", json=entry(told()), headers=headers), 429, "too-many-requests")


def test_a_recorded_act_answers_with_its_place_and_can_be_read_at_once(api: httpx.Client) -> None:
    answer = api.post("/v1/acts", json=entry(told()))
    assert answer.status_code == 201
    written = answer.json()
    assert (written["edition"], written["positions"], written["revisions"]) == (1, [1], {"XA/decree": 1})
    assert written["repeated"] == []
    only = written["entries"][0]
    assert (only["act"], only["what"], only["repeated"], only["now"]) == ("xa-decree", "recorded", False, "recorded")
    assert only["recorded_by"] == "ada"
    page = api.get(answer.headers["location"]).json()
    assert [(event["position"], event["batch"]) for event in page["events"]] == [(1, written["batch"])]
    assert page["events"][0]["recorded_at"] == written["recorded_at"] == only["recorded_at"]
    state = api.get("/v1/jurisdictions/XA/state", params={"position": written["edition"]}).json()
    assert [line["measure"] for line in state["measures"]] == ["XA/decree"]


def test_a_list_of_acts_is_one_append(api: httpx.Client) -> None:
    written = post(api, "/v1/acts", {"acts": [entry(AMENDMENT), entry(told())]})
    assert (written["edition"], written["positions"], written["revisions"]) == (2, [1, 2], {"XA/decree": 2})
    assert [each["act"] for each in written["entries"]] == ["xa-amendment", "xa-decree"]
    assert [each["revisions"] for each in written["entries"]] == [{"XA/decree": 1}, {"XA/decree": 2}]
    assert {event["edition"] for event in api.get("/v1/log").json()["events"]} == {2}


def test_one_unlawful_act_keeps_out_the_whole_list(api: httpx.Client) -> None:
    body = {"acts": [entry(told()), entry(told("xa-other", did("amended", "nothing", effects=["none"])))]}
    document = problem(api.post("/v1/acts", json=body), 422, "not-begun")
    assert (document["origin"], document["measure"]) == ("acts[1]", "XA/nothing")
    assert head(api) == 0


def test_all_that_is_refused_is_told_with_its_type_and_its_facts(api: httpx.Client) -> None:
    nothing = [told(f"xa-{name}", did("amended", name, effects=["none"])) for name in ("one", "two")]
    document = problem(api.post("/v1/acts", json={"acts": [entry(each) for each in nothing]}), 422, "refused-together")
    assert [(each["type"], each["measure"], each["origin"]) for each in document["refusals"]] == [
        ("/problems/not-begun", "XA/one", "acts[0]"),
        ("/problems/not-begun", "XA/two", "acts[1]"),
    ]


def test_a_repeat_answers_as_the_first_time_and_records_nothing(api: httpx.Client) -> None:
    first = post(api, "/v1/acts", entry(told()))
    post(api, "/v1/acts", entry(AMENDMENT))
    again = post(api, "/v1/acts", entry(told()), 200)
    assert again["repeated"] == ["xa-decree"]
    assert [each["repeated"] for each in again["entries"]] == [True]
    for name in ("edition", "recorded_at", "batch", "positions", "revisions"):
        assert again[name] == first[name], name
    assert head(api) == 2


def test_what_is_new_in_a_list_is_recorded_beside_what_is_repeated(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()))
    both = post(api, "/v1/acts", {"acts": [entry(told()), entry(AMENDMENT)]})
    assert both["repeated"] == ["xa-decree"]
    assert [(each["repeated"], each["positions"]) for each in both["entries"]] == [(True, [1]), (False, [2])]
    assert both["edition"] == 2


def test_a_repeat_says_what_became_of_the_act_since(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()))
    post(api, "/v1/acts/xa-decree/corrections", correction(LATER))
    assert post(api, "/v1/acts", entry(told()), 200)["entries"][0]["now"] == "corrected"
    post(api, "/v1/acts/xa-decree/retraction", {"reason": "duplicate"})
    again = post(api, "/v1/acts", entry(told()), 200)
    assert (again["entries"][0]["now"], again["entries"][0]["positions"]) == ("retracted", [1])


def test_a_retraction_asked_again_after_the_act_was_recorded_once_more_says_that_the_act_stands(
    api: httpx.Client,
) -> None:
    post(api, "/v1/acts", entry(told()))
    gone = post(api, "/v1/acts/xa-decree/retraction", {"reason": "duplicate"})
    assert gone["entries"][0]["now"] == "retracted"
    post(api, "/v1/acts", entry(told() | {"again": True}))
    repeated = post(api, "/v1/acts/xa-decree/retraction", {"reason": "duplicate"}, 200)
    assert repeated["positions"] == gone["positions"] == [2]
    assert (repeated["entries"][0]["repeated"], repeated["entries"][0]["now"]) == (True, "recorded")
    assert head(api) == 3


def test_corrections_and_reviews_repeat_as_well(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()))
    moved = told("xa-decree", did("adopted", "other", effects=["restricts"]))
    first = post(api, "/v1/acts/xa-decree/corrections", correction(moved))
    assert (first["positions"], first["revisions"]) == ([2, 3], {"XA/decree": 2, "XA/other": 1})
    again = post(api, "/v1/acts/xa-decree/corrections", correction(moved), 200)
    assert again | {"repeated": [], "entries": []} == first | {"repeated": [], "entries": []}
    stands = post(api, "/v1/acts/xa-decree/corrections", correction(moved, note="once more"), 200)
    assert stands["positions"] == [2, 3]
    review = post(api, "/v1/jurisdictions/XA/reviews", {"reviewed_on": "2026-11-20"})
    assert review["entries"][0]["what"] == "reviewed"
    assert review["entries"][0]["jurisdiction"] == "XA"
    assert review["revisions"] == {"XA": 1}
    repeated = post(api, "/v1/jurisdictions/xa/reviews", {"reviewed_on": "2026-11-20"}, 200)
    assert (repeated["positions"], repeated["repeated"]) == ([4], ["XA"])
    assert api.get("/v1/jurisdictions/XA/state").json()["reviewed_on"] == "2026-11-20"


def test_other_content_under_a_known_slug_is_refused_naming_the_fields(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()))
    other = told(on="2020-03-02", title="Another") | {"actions": [did("adopted", effects=["prohibits"])]}
    document = problem(api.post("/v1/acts", json=entry(other)), 409, "other-content")
    assert document["fields"] == ["announced_on", "title", "actions"]
    assert document["act"] == "xa-decree"


def test_a_retracted_act_is_recorded_again_only_where_that_is_said(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()))
    post(api, "/v1/acts/xa-decree/retraction", {"reason": "duplicate"})
    problem(api.post("/v1/acts", json=entry(LATER)), 409, "retracted-act")
    written = post(api, "/v1/acts", entry(LATER | {"again": True}))
    assert written["revisions"] == {"XA/decree": 3}


def test_an_act_that_is_not_on_record_is_not_found(api: httpx.Client) -> None:
    problem(api.post("/v1/acts/xa-decree/retraction", json={"reason": "duplicate"}), 404, "unknown-act")
    problem(api.post("/v1/acts/xa-decree/corrections", json=correction(told())), 404, "unknown-act")
    problem(api.post("/v1/batches/nothing/retraction", json={"reason": "duplicate"}), 404, "unknown-batch")
    problem(api.post("/v1/jurisdictions/ZZ/reviews", json={"reviewed_on": "2020-01-01"}), 404, "unknown-jurisdiction")


def test_an_adoption_under_five_extensions_is_retracted_only_with_them(api: httpx.Client) -> None:
    extensions = [
        told(f"xa-ext-{month}", did("extended", expires_on=f"2021-{month:02}-28"), on=f"2020-{month:02}-01")
        for month in range(5, 10)
    ]
    adoption = told("xa-adoption", did("adopted", effects=["restricts"], expires_on="2021-01-01"))
    recorded = post(api, "/v1/acts", {"acts": [entry(each) for each in [adoption, *extensions]]})
    ended = told("xa-end", did("amended", effects=["prohibits"]), on="2020-12-01")
    post(api, "/v1/acts", entry(ended))
    why = {"reason": "unfounded"}
    document = problem(api.post(f"/v1/batches/{recorded['batch']}/retraction", json=why), 409, "leaves-without-base")
    assert document["acts"] == ["xa-end"]
    post(api, "/v1/acts/xa-end/retraction", why)
    before = head(api)
    document = problem(api.post("/v1/acts/xa-adoption/retraction", json=why), 409, "leaves-without-base")
    assert document["acts"] == [f"xa-ext-{month}" for month in range(5, 10)]
    assert head(api) == before
    for month in (9, 8):
        post(api, f"/v1/acts/xa-ext-{month}/retraction", why)
    undone = post(api, f"/v1/batches/{recorded['batch']}/retraction", why)
    assert [each["what"] for each in undone["entries"] if not each["repeated"]] == ["retracted"] * 4
    assert api.get("/v1/jurisdictions/XA/state").json()["measures"] == []


def test_a_write_rests_on_the_revisions_that_were_read(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()) | {"expected": {"XA/decree": 0, "US/anything": 0}})
    assert api.get("/v1/measures/XA/decree").json()["revision"] == 1
    late = entry(AMENDMENT) | {"expected": {"XA/decree": 0, "XA/other": 0}}
    document = problem(api.post("/v1/acts", json=late), 412, "revisions-differ")
    assert document["measures"] == [{"measure": "XA/decree", "expected": 0, "found": 1}]
    assert "XA/decree is at revision 1, not 0" in document["detail"]
    assert head(api) == 1
    post(api, "/v1/acts", entry(AMENDMENT) | {"expected": {"XA/decree": 1}})
    assert api.get("/v1/measures/XA/decree/history").json()["revision"] == 2
    assert api.get("/v1/measures/XA/decree/history", params={"position": 1}).json()["revision"] == 1
    assert api.get("/v1/measures/XA/decree", params={"position": 1}).json()["revision"] == 1


def test_a_repeat_rests_on_nothing_so_that_a_lost_acknowledgement_can_be_asked_for_again(api: httpx.Client) -> None:
    body = entry(told()) | {"expected": {"XA/decree": 0}}
    first = post(api, "/v1/acts", body)
    assert post(api, "/v1/acts", body, 200)["positions"] == first["positions"]


def test_that_the_record_moved_on_is_told_before_what_else_is_wrong(api: httpx.Client) -> None:
    post(api, "/v1/acts", {"acts": [entry(told()), entry(told("xa-end", did("ended"), on="2020-05-01"))]})
    body = entry(AMENDMENT)
    problem(api.post("/v1/acts", json=body), 422, "after-the-end")
    problem(api.post("/v1/acts", json=body | {"expected": {"XA/decree": 1}}), 412, "revisions-differ")


def test_corrections_retractions_reviews_and_undoing_rest_on_revisions_as_well(api: httpx.Client) -> None:
    batch = post(api, "/v1/acts", entry(told()))["batch"]
    stale = {"expected": {"XA/decree": 3}}
    for path, body in (
        ("/v1/acts/xa-decree/corrections", correction(LATER)),
        ("/v1/acts/xa-decree/retraction", {"reason": "duplicate"}),
        ("/v1/jurisdictions/XA/reviews", {"reviewed_on": "2026-11-20"}),
        (f"/v1/batches/{batch}/retraction", {"reason": "duplicate"}),
    ):
        for params in ({}, {"dry_run": "true"}):
            problem(api.post(path, json=body | stale, params=params), 412, "revisions-differ")
    assert head(api) == 1


def test_a_dry_run_shows_each_measure_before_and_after_and_records_nothing(api: httpx.Client) -> None:
    first = post(api, "/v1/acts", entry(told()), 200, params={"dry_run": "true"})
    assert (first["dry_run"], first["position"], first["events"]) == (True, 0, 1)
    (measure,) = first["measures"]
    assert (measure["measure"], measure["revision"], measure["before"]) == ("XA/decree", 0, None)
    assert measure["after"]["status"] == "adopted"
    assert [(row["on"], row["what"]) for row in measure["new"]] == [("2020-03-01", "adopted")]
    assert head(api) == 0
    post(api, "/v1/acts", entry(told()))
    second = post(api, "/v1/acts/xa-decree/corrections", correction(LATER), 200, params={"dry_run": "true"})
    (measure,) = second["measures"]
    assert (measure["revision"], measure["before"]["since"], measure["after"]["since"]) == (
        1,
        "2020-03-01",
        "2020-03-09",
    )
    assert [row["on"] for row in measure["gone"]] == ["2020-03-01"]
    assert [row["on"] for row in measure["new"]] == ["2020-03-09"]
    gone = post(api, "/v1/acts/xa-decree/retraction", {"reason": "duplicate"}, 200, params={"dry_run": "true"})
    assert (gone["measures"][0]["after"], gone["measures"][0]["new"]) == (None, [])
    review = post(api, "/v1/jurisdictions/XA/reviews", {"reviewed_on": "2020-01-01"}, 200, params={"dry_run": "true"})
    assert (review["events"], review["measures"]) == (1, [])
    assert head(api) == 1
    assert post(api, "/v1/acts", entry(told()), 200, params={"dry_run": "true"})["measures"] == []


def test_a_dry_run_refuses_what_the_write_would(api: httpx.Client) -> None:
    problem(api.post("/v1/acts", json=entry(AMENDMENT), params={"dry_run": "true"}), 422, "not-begun")
    problem(api.post("/v1/acts", json=entry(told()), params={"dry_run": "perhaps"}), 422, "invalid-parameters")


BROKEN: list[tuple[bytes, str, str]] = [
    (b"", "", "this is not a JSON object"),
    (b"[]", "", "is a list and not an object"),
    (b"{", "", "at character"),
    (b'{"acts": []}', "acts", "at least one act"),
    (b'{"acts": {}}', "acts", "not a list"),
    (b'{"acts": [1]}', "acts[0]", "not an entry"),
    (b'{"jurisdiction": "XA"}', "act", "is missing"),
    (b'{"jurisdiction": "XA", "jurisdiction": "XB", "act": {}}', "jurisdiction", "stands here twice"),
    (b'{"jurisdiction": "XA", "act": NaN}', "", "NaN is not a number of JSON"),
    (b'{"jurisdiction": "XA", "act": 1e999}', "act", "not an act"),
    (b"[" * 100_000, "", "nested too deep"),
    (b'{"a": ' * 100_000, "", "nested too deep"),
    (b'{"jurisdiction": "\xff"}', "", "byte 19 of the body is not UTF-8"),
    (b'{"jurisdiction": ' + b"9" * 5_000 + b"}", "", "too many digits"),
    (json.dumps(entry(told()) | {"recorded_by": "eve"}).encode(), "recorded_by", "told by the key and the clock"),
    (json.dumps({"acts": [entry(told()) | {"recorded_at": None}]}).encode(), "acts[0].recorded_at", "by the key"),
    (json.dumps(entry(told(authority=None))).encode(), "act.authority", "write text"),
    (
        json.dumps({"acts": [entry(told()), entry(told("xb", did("adopted", effective_on="soon")))]}).encode(),
        "acts[1].act.actions[0].effective_on",
        "is not a date",
    ),
    (json.dumps(entry(told()) | {"expected": []}).encode(), "expected", "write revisions by measure"),
    (json.dumps(entry(told()) | {"expected": {"decree": 1}}).encode(), "expected.decree", "not the address of"),
    (json.dumps(entry(told()) | {"expected": {"XA/x": -1}}).encode(), "expected.XA/x", "whole number"),
    (json.dumps(entry(told()) | {"expected": {"XA/x": True}}).encode(), "expected.XA/x", "whole number"),
    (
        json.dumps(entry(told()) | {"expected": {f"XA/m{number}": 0 for number in range(1001)}}).encode(),
        "expected",
        "1000 are the most",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "sentence"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_wrong_with_a_body_is_told_with_the_path_of_its_field(
    untouched: httpx.Client, body: bytes, field: str, sentence: str
) -> None:
    document = problem(untouched.post("/v1/acts", content=body, headers=JSON), 422, "invalid-body")
    found = [each for each in document["problems"] if each["field"] == field]
    assert found, document
    assert any(sentence in each["sentence"] for each in found), document
    assert head(untouched) == 0


def test_a_correction_keeps_the_slug(api: httpx.Client) -> None:
    post(api, "/v1/acts", entry(told()))
    body = correction(told("xa-other"))
    document = problem(api.post("/v1/acts/xa-decree/corrections", json=body), 422, "invalid-body")
    assert [each["field"] for each in document["problems"]] == ["replacement.act"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
def test_a_body_is_json_and_says_so(api: httpx.Client, headers: dict[str, str]) -> None:
    raw = json.dumps(entry(told())).encode()
    problem(api.post("/v1/acts", content=raw, headers=headers), 415, "unsupported-media-type")
    assert api.post("/v1/acts", content=raw, headers={"Content-Type": "application/json; charset=UTF-8"}).is_success


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("/v1/acts", Role.RECORDER),
        ("/v1/acts/xa-decree/corrections", Role.RECORDER),
        ("/v1/acts/xa-decree/retraction", Role.RECORDER),
        ("/v1/jurisdictions/XA/reviews", Role.RECORDER),
        ("/v1/batches/any/retraction", Role.ADMIN),
    ],
)
def test_writing_needs_a_key_of_its_role(opened: Service, api: httpx.Client, path: str, least: Role) -> None:
    without = httpx.post(str(api.base_url.join(path)), json={})
    assert problem(without, 401, "key-needed")["role_needed"] == least.word
    for role in Role:
        token = Keys(opened.pool, opened.clock).make("ben", role).token
        answer = api.post(path, json={}, headers={"Authorization": f"Bearer {token}"})
        if role < least:
            problem(answer, 403, "role-too-low")
        else:
            problem(answer, 422, "invalid-body")
