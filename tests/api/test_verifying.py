"""Verifying over HTTP: by a reviewer who is somebody else, with the answers of every write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import httpx
import pytest

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.api.test_problems import problem
from tests.api.writing import Json, did, entry, told

ADOPTED = {"type": "adopted", "effects": ["restricts"], "subjects": ["Brask"]}
TWO = told("xa-decree", {"measure": "decree", **ADOPTED}, {"measure": "other", **ADOPTED})
ROUTE = "/v1/acts/xa-decree/verification"
Client = Callable[[str, Role], httpx.Client]


@pytest.fixture
def opened(database_url: str) -> Iterator[Service]:
    with service(database_url) as opened:
        yield opened


@pytest.fixture
def client(opened: Service) -> Iterator[Client]:
    """Clients of one API, each with the key of somebody."""
    with served(opened) as base, ExitStack() as stack:

        def client(name: str, role: Role) -> httpx.Client:
            token = Keys(opened.pool, opened.clock).make(name, role).token
            made: AbstractContextManager[httpx.Client] = httpx.Client(
                base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60
            )
            return stack.enter_context(made)

        yield client


@pytest.fixture
def ada(client: Client) -> httpx.Client:
    """Who has recorded an act on two measures."""
    ada = client("ada", Role.ADMIN)
    assert ada.post("/v1/acts", json=entry(TWO)).status_code == 201
    return ada


@pytest.fixture
def ben(client: Client, ada: httpx.Client) -> httpx.Client:
    return client("ben", Role.REVIEWER)


def head(api: httpx.Client) -> int:
    return int(api.get("/v1/log").json()["position"])


def levels(api: httpx.Client, **asked: Any) -> dict[str, str | None]:
    state = api.get("/v1/jurisdictions/XA/state", params={"as_of": "2020-05-01", **asked}).json()
    return {line["measure"]: line["verified"] for line in state["measures"]}


def test_a_verification_answers_as_every_write_and_can_be_read_at_once(ben: httpx.Client) -> None:
    answer = ben.post(ROUTE, json={"level": "two_independent", "note": "Two papers", "url": "https://press.example/1"})
    assert answer.status_code == 201
    written = answer.json()
    assert (written["edition"], written["positions"], written["repeated"]) == (4, [3, 4], [])
    assert written["revisions"] == {"XA/decree": 2, "XA/other": 2}
    only = written["entries"][0]
    assert (only["act"], only["what"], only["now"], only["recorded_by"]) == ("xa-decree", "verified", "verified", "ben")
    events = ben.get(answer.headers["location"]).json()["events"]
    assert [(event["name"], event["stream"], event["recorded_by"]) for event in events] == [
        ("verified", "XA/decree", "ben"),
        ("verified", "XA/other", "ben"),
    ]
    assert events[0]["event"]["url"] == "https://press.example/1"
    assert levels(ben) == {"XA/decree": "two_independent", "XA/other": "two_independent"}
    assert levels(ben, position=2) == {"XA/decree": None, "XA/other": None}


def test_said_again_it_answers_with_the_first(ben: httpx.Client, client: Client) -> None:
    body = {"level": "official_document"}
    first = ben.post(ROUTE, json=body).json()
    assert client("carl", Role.REVIEWER).post(ROUTE, json={"level": "single_press"}).status_code == 201
    again = ben.post(ROUTE, json=body)
    assert again.status_code == 200
    repeated = again.json()
    assert (repeated["positions"], repeated["edition"], repeated["batch"]) == ([3, 4], 4, first["batch"])
    assert repeated["repeated"] == ["xa-decree"]
    assert repeated["entries"][0]["recorded_by"] == "ben"
    assert head(ben) == 6
    assert levels(ben)["XA/decree"] == "single_press"


def test_after_a_correction_the_same_verification_is_a_new_one(ben: httpx.Client, ada: httpx.Client) -> None:
    body = {"level": "official_document"}
    ben.post(ROUTE, json=body)
    later = {**TWO, "announced_on": "2020-03-09"}
    corrected = {"jurisdiction": "XA", "reason": "wrong_date", "replacement": later}
    assert ada.post("/v1/acts/xa-decree/corrections", json=corrected).status_code == 201
    assert levels(ben) == {"XA/decree": None, "XA/other": None}
    assert ben.post(ROUTE, json=body).json()["positions"] == [7, 8]
    assert ben.post(ROUTE, json=body).json()["positions"] == [7, 8]
    assert levels(ben)["XA/decree"] == "official_document"


def test_nobody_verifies_what_is_their_own(ada: httpx.Client) -> None:
    document = problem(ada.post(ROUTE, json={"level": "official_document"}), 409, "self-verification")
    assert (document["act"], document["recorded_by"]) == ("xa-decree", "ada")
    assert head(ada) == 2


def test_to_verify_is_for_reviewers(client: Client, ada: httpx.Client) -> None:
    problem(client("rita", Role.RECORDER).post(ROUTE, json={"level": "official_document"}), 403, "role-too-low")
    assert head(ada) == 2


def test_a_dry_run_shows_the_level_before_and_after_and_records_nothing(ben: httpx.Client) -> None:
    ben.post(ROUTE, json={"level": "single_press"})
    preview = ben.post(f"{ROUTE}?dry_run=true", json={"level": "official_statement"}).json()
    found = {each["measure"]: (each["before"]["verified"], each["after"]["verified"]) for each in preview["measures"]}
    assert found == dict.fromkeys(("XA/decree", "XA/other"), ("single_press", "official_statement"))
    assert preview["events"] == 2
    assert [each["gone"] + each["new"] for each in preview["measures"]] == [[], []]
    assert (head(ben), levels(ben)["XA/decree"]) == (4, "single_press")


def test_a_dry_run_of_a_correction_shows_that_it_voids_the_level(ben: httpx.Client, ada: httpx.Client) -> None:
    ben.post(ROUTE, json={"level": "single_press"})
    later = {**TWO, "title": "Another title"}
    body = {"jurisdiction": "XA", "reason": "typo", "replacement": later}
    preview = ada.post("/v1/acts/xa-decree/corrections?dry_run=true", json=body).json()
    assert [(each["before"]["verified"], each["after"]["verified"]) for each in preview["measures"]] == [
        ("single_press", None),
        ("single_press", None),
    ]


def test_a_dry_run_beside_other_acts_keeps_their_levels(ben: httpx.Client, ada: httpx.Client) -> None:
    ada.post("/v1/acts", json=entry(told("xa-amendment", did("amended", scope=["core"]), on="2020-06-01")))
    ben.post(ROUTE, json={"level": "official_document"})
    route = "/v1/acts/xa-amendment/verification?dry_run=true"
    (measure,) = ben.post(route, json={"level": "two_independent"}).json()["measures"]
    assert measure["measure"] == "XA/decree"
    assert measure["before"]["acts"] == measure["after"]["acts"] == ["xa-decree", "xa-amendment"]
    assert (measure["before"]["verified"], measure["after"]["verified"]) == (None, "two_independent")


def test_a_verification_rests_on_the_revision_that_was_read(ben: httpx.Client) -> None:
    body: Json = {"level": "official_document", "expected": {"XA/decree": 4}}
    document = problem(ben.post(ROUTE, json=body), 412, "revisions-differ")
    assert document["measures"] == [{"measure": "XA/decree", "expected": 4, "found": 1}]
    assert ben.post(ROUTE, json={**body, "expected": {"XA/decree": 1}}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "level"),
        ({"level": "rumour"}, "level"),
        ({"level": None}, "level"),
        ({"level": "single_press", "url": "javascript:alert(1)"}, "url"),
        ({"level": "single_press", "note": 5}, "note"),
        ({"level": "single_press", "by": "carl"}, "by"),
        ({"level": "single_press", "recorded_by": "carl"}, "recorded_by"),
    ],
)
def test_what_is_wrong_in_the_body_is_named(ben: httpx.Client, body: Json, field: str) -> None:
    document = problem(ben.post(ROUTE, json=body), 422, "invalid-body")
    assert field in document["detail"]
    assert head(ben) == 2


def test_only_an_act_that_stands_is_verified(ben: httpx.Client, ada: httpx.Client) -> None:
    problem(ben.post("/v1/acts/xa-none/verification", json={"level": "single_press"}), 404, "unknown-act")
    assert ada.post("/v1/acts/xa-decree/retraction", json={"reason": "unfounded"}).status_code == 201
    problem(ben.post(ROUTE, json={"level": "single_press"}), 404, "unknown-act")


def test_the_least_level_accepted_is_a_parameter_of_states_and_deadlines(ben: httpx.Client, ada: httpx.Client) -> None:
    deadline = did("deadline_set", "other", deadline="report", due="2020-07-01", obliged="authority")
    ada.post("/v1/acts", json=entry(told("xa-order", deadline, on="2020-04-01")))
    ben.post(ROUTE, json={"level": "official_statement"})
    assert set(levels(ben, verified="official_statement")) == {"XA/decree"}
    assert levels(ben, verified="official_document") == {}
    days = {"as_of": "2020-05-01"}
    world = ben.get("/v1/state", params={**days, "verified": "two_independent"}).json()
    assert [row["jurisdiction"] for row in world["jurisdictions"]] == ["XA"]
    assert ben.get("/v1/state", params={**days, "verified": "official_document"}).json()["jurisdictions"] == []
    deadlines = ben.get("/v1/deadlines", params=days).json()["deadlines"]
    assert [(line["deadline"], line["verified"]) for line in deadlines] == [("report", None)]
    assert ben.get("/v1/deadlines", params={**days, "verified": "single_press"}).json()["deadlines"] == []
    problem(ben.get("/v1/state", params={"verified": "rumour"}), 422, "invalid-parameters")


def test_a_filtered_answer_is_cited_with_the_level_asked_for(ben: httpx.Client) -> None:
    params = {"as_of": "2020-05-01", "verified": "single_press"}
    cited = ben.get("/v1/jurisdictions/XA/state", params=params).json()["cite"]["url"]
    assert "verified=single_press" in cited
    assert ben.get(cited).json()["measures"] == []


def test_undoing_the_batch_of_a_verification_leaves_it_and_says_so(ben: httpx.Client, ada: httpx.Client) -> None:
    batch = ben.post(ROUTE, json={"level": "single_press"}).json()["batch"]
    undone = ada.post(f"/v1/batches/{batch}/retraction", json={"reason": "unfounded"}).json()
    assert [each["act"] for each in undone["left"]] == ["xa-decree"]
    assert "verified" in undone["left"][0]["why"]
    assert (head(ben), levels(ben)["XA/decree"]) == (4, "single_press")


def test_undoing_the_batch_of_an_act_takes_its_verification_with_it(ben: httpx.Client, ada: httpx.Client) -> None:
    batch = ada.get("/v1/log").json()["events"][0]["batch"]
    ben.post(ROUTE, json={"level": "single_press"})
    undone = ada.post(f"/v1/batches/{batch}/retraction", json={"reason": "unfounded"}).json()
    assert (undone["left"], undone["entries"][0]["what"]) == ([], "retracted")
    assert levels(ben) == {}
