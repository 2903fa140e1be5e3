"""What the service answers, as the client types it."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import httpx
import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import fields

from dateline_client import AsyncClient, Client
from dateline_client.answers import Entry
from tests.client.asking import Either, Told, tiny
from tests.client.conftest import Dossier

Asking = Callable[..., Either]
DECREE = "NL/telecom-supplier-decree"
AT: dict[str, Any] = {"position": 366}
QUESTIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("jurisdictions", (), AT),
    ("state", ("NL",), {"as_of": "2019-11-20", "subject": "Huawei", "classes": "include", **AT}),
    ("state", ("US",), {"as_of": "2019-10-29", **AT}),
    ("state", ("DE",), {"as_of": "2026-11-24", **AT}),
    ("state", ("NL",), {"as_of": "2019-11-20", "subject": "Huwaei", **AT}),
    ("world", (), {"as_of": "2026-11-24", **AT}),
    ("pressure", ("CN",), {"as_of": "2020-09-20", **AT}),
    ("changes", ("US",), {"from_": "2012-01-01", "to": "2026-11-24", **AT}),
    ("series", (), {"from_": "2018-01-01", "to": "2020-12-31", "step": "year", **AT}),
    ("deadlines", (), {"as_of": "2026-11-24", **AT}),
    ("measure", (DECREE,), {"as_of": "2019-11-20", "known_on": "2026-11-24", **AT}),
    ("measure", ("US/huawei-entity-listing",), {"as_of": "2019-11-20", **AT}),
    ("history", (DECREE,), AT),
    ("act", ("us-tgl-2019-05",), AT),
    ("restatement", ("NL",), {"as_of": "2020-04-01", "from_position": 0, "to_position": 366}),
    ("world_restatement", (), {"as_of": "2020-04-01", "from_position": 0, "to_position": 366}),
    ("comparison", ("NL",), {"from_": "2019-10-01", "to": "2020-04-01", **AT}),
    ("world_comparison", (), {"from_": "2019-10-01", "to": "2020-04-01", **AT}),
    ("search", ('"general licence" Huawei',), AT),
    ("codebook", (), {}),
]


def loses(typed: Any, raw: Any, where: str = "") -> list[str]:
    """What JSON says and its typed answer does not, or says otherwise."""
    if isinstance(typed, Struct):
        known = {each.encode_name: getattr(typed, each.name) for each in fields(typed)}
        aside = set(raw) - set(known) if isinstance(typed, Entry) else set()
        lost = [f"{where}.{name}" for name in raw if name not in known and name not in aside]
        return lost + [
            each
            for name, value in known.items()
            for each in (
                loses(value, raw[name], f"{where}.{name}")
                if name in raw
                else [f"{where}.{name} is invented"] * bool(value)
            )
        ]
    if isinstance(typed, tuple):
        assert len(typed) == len(raw), where
        return [each for at, value in enumerate(typed) for each in loses(value, raw[at], f"{where}[{at}]")]
    if isinstance(typed, dict):
        return [] if msgspec.json.decode(msgspec.json.encode(typed)) == raw else [where]
    if isinstance(typed, date | datetime):
        return [] if typed.isoformat().replace("+00:00", "Z") == raw else [where]
    return [] if typed == raw else [where]


@pytest.mark.parametrize(("name", "args", "kwargs"), QUESTIONS, ids=lambda each: each if isinstance(each, str) else "")
def test_an_answer_says_all_that_its_json_says(
    dossier: Dossier, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    with Client(dossier.url) as client:
        answer = getattr(client, name)(*args, **kwargs)
    assert loses(answer, answer.raw) == []


@pytest.mark.parametrize(
    ("name", "args", "kwargs"), QUESTIONS[:-1], ids=lambda each: each if isinstance(each, str) else ""
)
def test_an_answer_is_given_again_at_its_pinned_address(
    dossier: Dossier, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    with Client(dossier.url) as client:
        answer = getattr(client, name)(*args, **kwargs)
        assert client.again(answer) == answer
    pinned = httpx.get(answer.pinned)
    assert pinned.json() == answer.raw
    assert "immutable" in pinned.headers["Cache-Control"]


def test_the_dutch_decree_was_announced_on_20_november_2019(dossier: Dossier, either: Asking) -> None:
    state = either(dossier.url).state("NL", as_of="2019-11-20", known_on=date(2026, 11, 24), position=366)
    (decree,) = [line for line in state.measures if line.measure == DECREE]
    assert (decree.status, decree.certainty, decree.since) == ("announced", "certain", date(2019, 7, 1))
    assert (decree.effective_on, decree.next_change) == ("2020-03-01", date(2019, 11, 28))
    assert state.as_of == date(2019, 11, 20)
    assert state.pinned == (
        f"{dossier.url}/v1/jurisdictions/NL/state?as_of=2019-11-20&known_on=2026-11-24&position=366&rules=1"
    )


def test_a_state_within_a_restatement_is_pinned_as_well(dossier: Dossier, either: Asking) -> None:
    restated = either(dossier.url).restatement("NL", as_of="2020-04-01", from_position=0, to_position=366)
    assert httpx.get(restated.then.pinned).json() == restated.raw["then"] == restated.then.raw
    assert (restated.then.coverage, restated.now.coverage) == ("no_record", "recorded")


def test_filters_are_given_one_or_many(dossier: Dossier, either: Asking) -> None:
    ask = either(dossier.url)
    one = ask.deadlines(as_of="2019-10-29", jurisdictions="US", status="overdue", position=366)
    (overdue,) = [each for each in one.deadlines if each.deadline == "commerce-implementing-rules"]
    assert (overdue.measure, overdue.due, overdue.days_overdue) == ("US/icts-supply-chain-rule", "2019-10-12", 17)
    assert {(each.jurisdiction, each.status) for each in one.deadlines} == {("US", "overdue")}
    many = ask.deadlines(as_of="2019-10-29", jurisdictions=["US", "NL"], status=("overdue", "open"), position=366)
    assert {each.status for each in many.deadlines} == {"overdue", "open"}
    assert {each.deadline for each in many.deadlines} > {each.deadline for each in one.deadlines}


def test_the_log_is_gone_through_page_by_page(dossier: Dossier, either: Asking) -> None:
    events = either(dossier.url).log(after=360, page=2, position=366)
    assert [each.position for each in events] == [361, 362, 363, 364, 365, 366]
    assert events[-1].event["measure"] == "ZA/declared-position"


def test_the_pages_of_changes_are_one_diary(dossier: Dossier, either: Asking) -> None:
    window: dict[str, Any] = {"from_": "2019-10-01", "to": "2019-11-30", "position": 366}
    whole = httpx.get(f"{dossier.url}/v1/changes?from=2019-10-01&to=2019-11-30&position=366&limit=1000").json()[
        "changes"
    ]
    assert len(whole) > 7
    rows = either(dossier.url).world_changes(page=7, **window)
    assert [(each.on, each.measure, each.what) for each in rows] == [
        (each["on"], each["measure"], each["what"]) for each in whole
    ]


def test_pages_are_of_the_edition_of_the_first_whatever_is_recorded_meanwhile(dossier: Dossier) -> None:
    with Client(dossier.url, key=dossier.keys["recorder"]) as client:
        events = client.log(after=364, page=1)
        assert next(events).position == 365
        head = client.jurisdictions().position
        client.review("XP", reviewed_on="2026-11-20")
        assert client.jurisdictions().position == head + 1
        assert [each.position for each in events] == list(range(366, head + 1))


def test_the_days_of_a_panel_are_those_of_the_world(dossier: Dossier, either: Asking) -> None:
    ask = either(dossier.url)
    panel = ask.panel(jurisdictions=["NL", "NO"], from_="2020-02-28", to="2020-03-02", of="headline", position=366)
    assert [(row.jurisdiction, row.as_of.day) for row in panel.rows] == [
        (code, day) for code in ("NL", "NO") for day in (28, 29, 1, 2)
    ]
    for row in panel.rows:
        world = ask.world(as_of=row.as_of, position=366)
        (there,) = [each.headline for each in world.jurisdictions if each.jurisdiction == row.jurisdiction]
        assert there is not None
        assert (row.headline_effect, row.headline_status) == (there.effect, there.status)
        assert row.known_on == row.as_of


def test_a_panel_is_pinned_wherever_it_was_asked(dossier: Dossier, either: Asking) -> None:
    window: dict[str, Any] = {
        "jurisdictions": "NL",
        "from_": "2020-02-28",
        "to": "2020-03-02",
        "known_on": "2020-04-01",
    }
    at_head, pinned = (either(dossier.url).panel(of="measure", **window, **edition) for edition in ({}, AT))
    for panel in (at_head, pinned):
        rows = [msgspec.json.decode(line) for line in httpx.get(panel.pinned).text.splitlines()]
        assert [(each["as_of"], each["measure"], each["status"]) for each in rows] == [
            (row.as_of.isoformat(), row.measure, row.status) for row in panel.rows
        ]
        assert "position=" in panel.pinned


def test_a_member_or_a_word_that_a_newer_service_adds_is_no_trouble(dossier: Dossier, either: Asking) -> None:
    told = httpx.get(f"{dossier.url}/v1/jurisdictions/NL/state?as_of=2019-11-20&position=366").json()
    told["mood"] = {"of": "the day"}
    told["measures"][0] |= {"status": "hibernating", "colour": "green"}
    with tiny(Told(body=msgspec.json.encode(told))) as server:
        state = either(server.url).state("NL")
    assert state.measures[0].status == "hibernating"
    assert state.raw["measures"][0]["colour"] == "green"
    assert state.raw["mood"] == {"of": "the day"}


def test_questions_are_asked_at_once_by_those_who_await_them(dossier: Dossier) -> None:
    async def ask() -> list[str]:
        async with AsyncClient(dossier.url) as client:
            states = await asyncio.gather(*(client.state(each, as_of="2019-11-20") for each in ("NL", "NO", "US")))
        return [state.jurisdiction for state in states]

    assert asyncio.run(ask()) == ["NL", "NO", "US"]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda answer: pickle.loads(pickle.dumps(answer))])
def test_a_copy_of_an_answer_knows_where_it_came_from(dossier: Dossier, copied: Callable[[Any], Any]) -> None:
    with Client(dossier.url) as client:
        restated = client.restatement("NL", as_of="2020-04-01", from_position=0, to_position=366)
    again = copied(restated)
    assert again == restated
    assert (again.pinned, again.raw, again.then.pinned) == (restated.pinned, restated.raw, restated.then.pinned)


def test_both_clients_have_the_same_methods() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Client) == public(AsyncClient)
