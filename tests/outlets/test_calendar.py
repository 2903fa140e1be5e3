"""Calendars over HTTP: as a library reads them, and as a calendar that subscribes keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from icalendar import Calendar, Event

from events.commands import AnyCommand, RecordAct
from projections.rebuild import rebuild
from tests.outlets.subscribing import Publisher, publishing
from tests.recording.telling import act, correct, did, retract


@pytest.fixture
def publisher(database_url: str) -> Iterator[Publisher]:
    with publishing(database_url) as made:
        yield made


def events(publisher: Publisher, **asked: Any) -> list[Event]:
    """The events of a calendar, in order, in which a library finds nothing wrong."""
    answer = publisher.client.get("/v1/calendar.ics", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8"), answer.text
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert isinstance(calendar, Calendar)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert not calendar.errors
    found = list(calendar.walk("VEVENT"))
    assert not any(event.errors for event in found)
    assert len({str(event["uid"]) for event in found}) == len(found)
    return found


def told(event: Event) -> tuple[str, str, str, int]:
    """First day, last day, status, sequence."""
    first, after = event.decoded("dtstart"), event.decoded("dtend")
    assert event["dtstart"].params["VALUE"] == "DATE"
    last = date.fromordinal(after.toordinal() - 1)
    return first.isoformat(), last.isoformat(), str(event["status"]), int(event["sequence"])


class Subscriber:
    """A calendar that subscribes: it takes an event over what it has where the sequence is not lower (RFC 5546)."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._kept: dict[str, Event] = {}

    def refresh(self) -> dict[str, tuple[str, str, str, int]]:
        for event in events(self._publisher):
            uid = str(event["uid"])
            if uid in self._kept:
                before = self._kept[uid]
                assert int(event["sequence"]) >= int(before["sequence"])
                assert event.decoded("last-modified") >= before.decoded("last-modified")
                if event.to_ical() != before.to_ical():
                    assert int(event["sequence"]) > int(before["sequence"])
            self._kept[uid] = event
        return {str(event["summary"]).partition(" – ")[0]: told(event) for event in self._kept.values()}


def law(*more: Any, effective_on: str | None = "2026-03-01", expires_on: str | None = "2027-03-01") -> RecordAct:
    adopted = did("adopted", effects=["prohibits"], effective_on=effective_on, expires_on=expires_on)
    return act("xa-law", "2026-01-05", adopted, *more, title="Law; on, suppliers\nand more")


DUE = did("deadline_set", deadline="rules", due="2026-06-01", obliged="authority")


def test_a_slip_is_an_update_of_the_same_event(publisher: Publisher) -> None:
    publisher.record("2026-01-05", law(DUE))
    subscriber = Subscriber(publisher)
    assert subscriber.refresh() == {
        "XA: first day in force": ("2026-03-01", "2026-03-01", "CONFIRMED", 0),
        "XA: deadline rules is due": ("2026-06-01", "2026-06-01", "CONFIRMED", 0),
        "XA: last day in force": ("2027-03-01", "2027-03-01", "CONFIRMED", 0),
    }
    publisher.record(
        "2026-05-20", act("xa-slip", "2026-05-20", did("deadline_moved", deadline="rules", due="2026-07-15"))
    )
    assert subscriber.refresh()["XA: deadline rules is due"] == ("2026-07-15", "2026-07-15", "CONFIRMED", 1)
    publisher.record(
        "2026-06-20", act("xa-slip-2", "2026-06-20", did("deadline_moved", deadline="rules", due="2026-09"))
    )
    publisher.record("2026-06-21", act("xa-longer", "2026-06-21", did("extended", expires_on="2028-01-31")))
    found = subscriber.refresh()
    assert found == {
        "XA: first day in force": ("2026-03-01", "2026-03-01", "CONFIRMED", 0),
        "XA: deadline rules is due": ("2026-09-01", "2026-09-30", "TENTATIVE", 3),
        "XA: last day in force": ("2028-01-31", "2028-01-31", "CONFIRMED", 1),
    }


def test_an_entry_that_is_put_off_or_adopted_anew_before_it_comes_is_the_same_event(publisher: Publisher) -> None:
    publisher.record("2026-01-05", law(expires_on=None))
    subscriber = Subscriber(publisher)
    entry = "XA: first day in force"
    assert subscriber.refresh() == {entry: ("2026-03-01", "2026-03-01", "CONFIRMED", 0)}
    for number, (day, command, expected) in enumerate(
        [
            ("2026-02-01", did("rescheduled", effective_on="2026-04-01"), ("2026-04-01", "CONFIRMED")),
            ("2026-02-02", did("rescheduled", effective_on=None), ("2026-04-01", "CANCELLED")),
            ("2026-02-03", did("rescheduled", effective_on="2026-05-01"), ("2026-05-01", "CONFIRMED")),
            (
                "2026-02-04",
                did("adopted", effects=["restricts"], effective_on="2026-06-01"),
                ("2026-06-01", "CONFIRMED"),
            ),
            ("2026-02-05", did("ended", effective_on="2026-05-15"), ("2026-06-01", "CANCELLED")),
            ("2026-02-06", did("reinstated"), ("2026-06-01", "CONFIRMED")),
        ],
        start=1,
    ):
        publisher.record(day, act(f"xa-{number}", day, command))
        first, status = expected
        assert subscriber.refresh() == {entry: (first, first, status, number)}, command


def test_what_is_taken_back_stays_as_cancelled_and_stands_again_where_it_is_recorded_again(
    publisher: Publisher,
) -> None:
    publisher.record("2026-01-05", act("xa-first", "2026-01-02", did("announced")), law(DUE))
    subscriber = Subscriber(publisher)
    before = subscriber.refresh()
    publisher.record("2026-01-10", retract("xa-law"))
    assert subscriber.refresh() == {name: (*each[:2], "CANCELLED", 1) for name, each in before.items()}
    (taken, *_) = events(publisher)
    assert "taken back" in str(taken["description"])
    publisher.record("2026-01-12", again())
    assert subscriber.refresh() == {name: (*each[:2], "CONFIRMED", 2) for name, each in before.items()}


def again() -> RecordAct:
    told = law(DUE)
    return RecordAct(act=told.act, actions=told.actions, again=True)


def test_a_correction_moves_an_event_and_one_that_takes_a_date_out_cancels_it(publisher: Publisher) -> None:
    publisher.record("2026-01-05", law(DUE))
    subscriber = Subscriber(publisher)
    subscriber.refresh()
    publisher.record("2026-01-10", correct(law(effective_on="2026-03-15")))
    assert subscriber.refresh() == {
        "XA: first day in force": ("2026-03-15", "2026-03-15", "CONFIRMED", 1),
        "XA: deadline rules is due": ("2026-06-01", "2026-06-01", "CANCELLED", 1),
        "XA: last day in force": ("2027-03-01", "2027-03-01", "CONFIRMED", 1),
    }


def test_a_deadline_is_cancelled_where_the_measure_is_over_before_it_and_kept_where_it_was_met(
    publisher: Publisher,
) -> None:
    met = did("deadline_set", deadline="report", due="2026-05-01", obliged="addressees")
    publisher.record("2026-01-05", law(DUE, met))
    publisher.record(
        "2026-04-01", act("xa-met", "2026-04-01", did("deadline_met", deadline="report", met_on="2026-04-01"))
    )
    publisher.record("2026-05-20", act("xa-end", "2026-05-20", did("ended", effective_on="2026-05-21")))
    found = Subscriber(publisher).refresh()
    assert found["XA: deadline rules is due"][:3] == ("2026-06-01", "2026-06-01", "CANCELLED")
    assert found["XA: deadline report is due"][:3] == ("2026-05-01", "2026-05-01", "CONFIRMED")
    assert found["XA: first day in force"][:3] == ("2026-03-01", "2026-03-01", "CONFIRMED")
    assert found["XA: last day in force"][:3] == ("2027-03-01", "2027-03-01", "CANCELLED")


def test_a_measure_that_takes_force_twice_has_an_event_for_each(publisher: Publisher) -> None:
    publisher.record("2026-01-05", law(expires_on="2026-06-30"))
    adopted = did("adopted", effects=["prohibits"], effective_on="2026-09-01")
    publisher.record("2026-08-01", act("xa-again", "2026-08-01", adopted))
    assert [told(event)[:3] for event in events(publisher)] == [
        ("2026-03-01", "2026-03-01", "CONFIRMED"),
        ("2026-06-30", "2026-06-30", "CONFIRMED"),
        ("2026-09-01", "2026-09-01", "CONFIRMED"),
    ]


PARTIAL = [
    ("2026-09", "2026-09-01", "2026-09-30"),
    ("2027", "2027-01-01", "2027-12-31"),
    ("2026-09~", "2026-08-01", "2026-10-31"),
    ("[2026-09-10..2026-10-01]", "2026-09-10", "2026-10-01"),
    ("[..2026-10-01]", "2026-10-01", "2026-10-01"),
    ("[2026-09-10..]", "2026-09-10", "2026-09-10"),
]


def test_a_day_that_is_not_fully_known_is_tentative_from_the_first_to_the_last(publisher: Publisher) -> None:
    setting = [did("deadline_set", deadline=due, due=due, obliged="nobody") for due, _, _ in PARTIAL]
    publisher.record("2026-01-05", act("xa-law", "2026-01-05", did("proposed"), *setting))
    found = {str(event["summary"]).split()[2]: event for event in events(publisher)}
    for due, first, last in PARTIAL:
        assert told(found[due]) == (first, last, "TENTATIVE", 0)
        assert f"The day is not fully known: {due}." in str(found[due]["description"])


def test_the_times_of_an_event_are_of_the_record_and_its_texts_come_through(publisher: Publisher) -> None:
    publisher.record("2026-01-05", law())
    publisher.record("2026-02-01", correct(law(effective_on="2026-03-02")))
    entry, _ = events(publisher)
    moments = {name: entry.decoded(name) for name in ("created", "last-modified", "dtstamp")}
    corrected = datetime(2026, 2, 1, 12, tzinfo=UTC)
    assert moments == {
        "created": datetime(2026, 1, 5, 12, tzinfo=UTC),
        "last-modified": corrected,
        "dtstamp": corrected,
    }
    assert str(entry["summary"]) == "XA: first day in force – Law; on, suppliers\nand more"
    assert str(entry["url"]) == f"{publisher.client.base_url}/measures/XA/law"
    assert entry["transp"] == "TRANSPARENT"
    assert not list(entry.subcomponents)


def test_the_same_edition_is_the_same_calendar_on_every_day_and_after_a_rebuild(publisher: Publisher) -> None:
    publisher.record("2026-01-05", law(DUE))
    before = publisher.client.get("/v1/calendar.ics")
    publisher.clock.set("2029-01-01")
    held = publisher.client.get("/v1/calendar.ics", headers={"If-None-Match": before.headers["etag"]})
    assert (held.status_code, held.headers["cache-control"]) == (304, "no-cache")
    publisher.record("2029-01-01", retract("xa-law"), act("xa-other", "2029-01-01", did("announced", "XA/other")))
    assert publisher.client.get("/v1/calendar.ics").content != before.content
    pinned = publisher.client.get("/v1/calendar.ics", params={"position": 2})
    assert (pinned.content, pinned.headers["cache-control"]) == (before.content, "public, max-age=31536000, immutable")
    rebuild(publisher.service.pool, publisher.service.log)
    assert publisher.client.get("/v1/calendar.ics", params={"position": 2}).content == before.content


def test_a_calendar_is_of_what_is_asked_for(publisher: Publisher) -> None:
    def adopts(measure: str, day: str, subject: str) -> AnyCommand:
        adopted = did("adopted", measure, subjects=[subject], effective_on=day, expires_on="2028-01-01")
        return act(measure.lower().replace("/", "-"), "2026-01-02", adopted)

    publisher.record("2026-01-05", adopts("XA/one", "2026-03-01", "Huawei"), adopts("XB/two", "2026-04-01", "Brask"))

    def days(**asked: Any) -> list[str]:
        return [told(event)[0] for event in events(publisher, **asked)]

    assert days() == ["2026-03-01", "2026-04-01", "2028-01-01", "2028-01-01"]
    assert days(jurisdiction="XA") == days(measure="XA/one") == days(subject="华为") == ["2026-03-01", "2028-01-01"]
    assert days(dates="entry") == ["2026-03-01", "2026-04-01"]
    assert days(dates=["entry", "deadline"], jurisdiction="XB") == ["2026-04-01"]
    assert days(dates="deadline") == days(jurisdiction="XC") == []
    assert days(**{"from": "2026-03-02"}) == ["2026-04-01", "2028-01-01", "2028-01-01"]
    assert publisher.client.get("/v1/calendar.ics", params={"subject": "Huwaei"}).status_code == 404
