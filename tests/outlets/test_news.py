"""What is new since a position, as JSON: by what a measure reads otherwise, and which days have come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.outlets.subscribing import Publisher, publishing
from tests.recording.telling import act, correct, did, retract, verify

LAW = act(
    "xa-law",
    "2026-01-05",
    did("adopted", effects=["prohibits"], subjects=["Brask"], effective_on="2026-03-01"),
    did("deadline_set", deadline="rules", due="2026-02-01", obliged="authority"),
)


@pytest.fixture
def publisher(database_url: str) -> Iterator[Publisher]:
    with publishing(database_url) as made:
        yield made


def news(publisher: Publisher, **asked: Any) -> dict[str, Any]:
    answer = publisher.client.get("/v1/news", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_what_reads_otherwise_is_told_with_how_it_read_and_the_entries_behind(publisher: Publisher) -> None:
    publisher.record("2026-01-05", LAW, act("xb-note", "2026-01-05", did("noted", "XB/other")))
    publisher.record("2026-01-10", act("xa-end", "2026-01-10", did("ended")), verify("xa-law"))
    told = news(publisher, since=3)
    assert (told["since"], told["position"], told["more"]) == (3, 5, False)
    (measure,) = told["measures"]
    assert (measure["measure"], measure["jurisdiction"]) == ("XA/law", "XA")
    assert (measure["before"]["status"], measure["after"]["status"]) == ("adopted", "ended")
    assert {"field": "status", "from": "adopted", "to": "ended"} in measure["changed"]
    assert [(each["position"], each["type"], each["act"]) for each in measure["because"]] == [(4, "ended", "xa-end")]
    first = news(publisher, since=0)
    assert [(each["measure"], each["before"]) for each in first["measures"]] == [("XA/law", None), ("XB/other", None)]
    assert first["due_after"] is None
    assert news(publisher, since=5)["measures"] == []


def test_an_append_within_which_a_reader_stopped_is_told_as_a_whole(publisher: Publisher) -> None:
    publisher.record("2026-01-05", act("xb-note", "2026-01-05", did("noted", "XB/other")))
    publisher.record("2026-01-06", LAW)
    assert [each["type"] for each in news(publisher, since=1)["measures"][0]["because"]] == ["adopted", "deadline_set"]
    (measure,) = news(publisher, since=2)["measures"]
    assert (measure["before"], measure["after"]["status"]) == (None, "adopted")
    assert [each["position"] for each in measure["because"]] == [2, 3]
    assert news(publisher, since=3)["measures"] == []


def test_an_action_that_makes_no_difference_today_is_told_without_one(publisher: Publisher) -> None:
    publisher.record("2026-01-05", LAW)
    publisher.record("2026-01-10", act("xa-note", "2026-01-10", did("noted")))
    (measure,) = news(publisher, since=2)["measures"]
    assert (measure["changed"], measure["before"]) == ([], measure["after"])
    assert [each["type"] for each in measure["because"]] == ["noted"]


def test_a_retraction_leaves_nothing_after(publisher: Publisher) -> None:
    publisher.record("2026-01-05", LAW)
    publisher.record("2026-01-10", retract("xa-law"))
    (measure,) = news(publisher, since=2)["measures"]
    assert (measure["before"]["status"], measure["after"]) == ("adopted", None)
    assert {each["reason"] for each in measure["because"]} == {"duplicate"}


def test_whoever_asks_on_every_day_is_told_of_each_day_once(publisher: Publisher) -> None:
    publisher.record("2026-01-05", LAW)
    since, due_after, told = 0, None, []
    for day in (date(2026, 1, 6) + timedelta(days=number) for number in range(90)):
        publisher.clock.set(day.isoformat(), 6)
        asked = {"since": since} | ({} if due_after is None else {"due_after": due_after})
        answer = news(publisher, **asked)
        since, due_after = answer["position"], answer["due_to"]
        told += [(day.isoformat(), "due", due["day"], due["change"]["what"]) for due in answer["due"]]
        told += [(day.isoformat(), "read", each["measure"]) for each in answer["measures"]]
        if day == date(2026, 1, 20):
            publisher.record(
                "2026-01-20", act("slip", "2026-01-20", did("deadline_moved", deadline="rules", due="2026-02-10"))
            )
        if day == date(2026, 3, 5):
            publisher.record("2026-03-05", correct(act("xa-law", "2026-01-05", *[did("adopted"), _DUE])))
    assert told == [
        ("2026-01-06", "read", "XA/law"),
        ("2026-01-21", "read", "XA/law"),
        ("2026-02-10", "due", "2026-02-10", "deadline_passed"),
        ("2026-03-01", "due", "2026-03-01", "took_effect"),
        ("2026-03-06", "read", "XA/law"),
    ]


_DUE = did("deadline_set", deadline="rules", due="2026-02-01", obliged="authority")


def test_the_days_that_are_due_are_the_entries_of_the_feed_on_that_day(publisher: Publisher) -> None:
    publisher.record("2026-01-05", LAW)
    publisher.clock.set("2026-03-02")
    due = [each["id"] for each in news(publisher, since=2)["due"]]
    entries = [entry.id for entry in publisher.feed().entries if entry.updated.endswith("T00:00:00Z")]
    assert due == list(reversed(entries))
    assert len(due) == 2


def test_more_than_is_told_at_once_is_told_in_whole_appends_and_whole_days(publisher: Publisher) -> None:
    setting = [
        did("deadline_set", deadline=f"d{number}", due=f"2026-02-0{1 + number % 3}", obliged="nobody")
        for number in range(9)
    ]
    publisher.record("2026-01-05", act("xa-law", "2026-01-05", did("adopted"), *setting))
    publisher.record(
        "2026-01-06", *[act(f"xb-{number}", "2026-01-06", did("noted", "XB/other")) for number in range(5)]
    )
    publisher.clock.set("2026-02-10")
    asked: dict[str, Any] = {"since": 0, "limit": 2}
    pages = []
    while True:
        told = news(publisher, **asked)
        pages.append(([len(each["because"]) for each in told["measures"]], [due["day"] for due in told["due"]]))
        asked |= {"since": told["position"], "due_after": told["due_to"]}
        if not told["more"]:
            break
    assert [behind for behind, _ in pages if behind] == [[10], [5]]
    assert [day for _, days in pages for day in days] == [f"2026-02-0{day}" for day in (1, 1, 1, 2, 2, 2, 3, 3, 3)]


def test_news_is_of_what_is_asked_for_and_a_position_to_come_is_refused(publisher: Publisher) -> None:
    publisher.record("2026-01-05", LAW, act("xb-law", "2026-01-05", did("adopted", "XB/law")))
    for asked, measures in (
        ({"jurisdiction": "XB"}, ["XB/law"]),
        ({"subject": "Brask"}, ["XA/law"]),
        ({"measure": ["XA/law", "XB/law"]}, ["XA/law", "XB/law"]),
    ):
        assert [each["measure"] for each in news(publisher, since=0, **asked)["measures"]] == measures
    answer = publisher.client.get("/v1/news", params={"since": 9})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/position-above-head")
