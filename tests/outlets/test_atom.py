"""Feeds over HTTP: as libraries read them, page by page, after corrections and retractions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import httpx
import pytest

from events.actions import Source
from events.commands import RecordAct
from projections.news import PAGE
from projections.rebuild import rebuild
from services.access.addresses import networks
from services.access.admission import Admission
from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.outlets.subscribing import Publisher, parsed, publishing
from tests.recording.telling import act, correct, did, retract, verify

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
}
SOURCE = Source("Gazette & co", url="https://gazette.example/1?a=b&c=d")


def decree(effective_on: str = "2026-02-01", title: str = "Decree <on> suppliers", **fields: Any) -> RecordAct:
    return act(
        "nl-decree",
        "2026-01-02",
        did("adopted", "NL/decree", effects=["restricts"], subjects=["Brask"], effective_on=effective_on),
        did("deadline_set", "NL/decree", deadline="report", due="2026-06-01", obliged="authority"),
        title=title,
        authority="Ministry",
        sources=(SOURCE,),
        **fields,
    )


@pytest.fixture
def publisher(database_url: str) -> Iterator[Publisher]:
    with publishing(database_url) as made:
        yield made


def elements(publisher: Publisher, path: str, **asked: Any) -> list[ET.Element]:
    return ET.fromstring(publisher.client.get("/v1/feed.atom", params=asked).content).findall(path, NAMES)


def linked(read: Any, relation: str) -> str | None:
    return next((link.href for link in read.feed.links if link.rel == relation), None)


class Document:
    """A page of a feed as it is written, for tests that read many."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.root = ET.fromstring(answer.content)
        self.ids = [each.text for each in self.root.findall("a:entry/a:id", NAMES)]
        self.moments = [each.text or "" for each in self.root.findall("a:entry/a:updated", NAMES)]
        self.links = {each.get("rel"): each.get("href") for each in self.root.findall("a:link", NAMES)}


def pages_of(publisher: Publisher, **asked: Any) -> list[Document]:
    """The newest page, and those before it, as each links to the one before."""
    found = [Document(publisher.client.get("/v1/feed.atom", params=asked))]
    while (at := found[-1].links.get("prev-archive")) is not None:
        found.append(Document(publisher.client.get(at)))
    return found


def test_an_action_is_an_entry_in_words_with_its_act_and_its_sources(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    read = publisher.feed()
    assert (read.feed.title, read.feed.rights) == ("Dateline: the world", "CC BY 4.0")
    assert read.feed.updated == "2026-01-05T12:00:00Z"
    deadline, adopted = read.entries
    assert adopted.title == "Netherlands (NL): adopted – Decree <on> suppliers"
    assert deadline.title == "Netherlands (NL): set the deadline report – Decree <on> suppliers"
    assert adopted.published == adopted.updated == "2026-01-05T12:00:00Z"
    assert UUID(adopted.id.removeprefix("urn:uuid:")) != UUID(deadline.id.removeprefix("urn:uuid:"))
    base = str(publisher.client.base_url).rstrip("/")
    assert adopted.link == f"{base}/measures/NL/decree"
    assert [tag.term for tag in adopted.tags] == ["NL", "adopted"]
    content = adopted.content[0].value
    for words in (
        "Adopted: restricts; on Brask; in force from 2026-02-01.",
        "By Ministry, rule",
        "Gazette &amp; co",
        "&lt;on&gt;",
    ):
        assert words in content
    assert SOURCE.url in [link.href for link in adopted.links]
    own = [link.href for link in [*adopted.links, *read.feed.links] if link.href.startswith(base)]
    assert len(own) == 5
    assert {publisher.client.get(href).status_code for href in own} == {200}


def test_a_correction_updates_the_entry_that_it_is_about_and_no_other(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    deadline, adopted = publisher.feed().entries
    publisher.record("2026-01-20", correct(decree("2026-03-01"), note="misread"))
    now = {entry.id: entry for entry in publisher.feed().entries}
    assert list(now) == [adopted.id, deadline.id]
    assert now[deadline.id] == deadline
    corrected = now[adopted.id]
    assert (corrected.published, corrected.updated) == (adopted.published, "2026-01-20T12:00:00Z")
    assert corrected.title == "Netherlands (NL): corrected: adopted – Decree <on> suppliers"
    assert "Corrected (wrong date): misread." in corrected.content[0].value
    assert "effective_on: from 2026-02-01 to 2026-03-01" in corrected.content[0].value


def test_what_a_verification_or_a_review_says_is_no_news(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    before = publisher.client.get("/v1/feed.atom")
    publisher.record("2026-01-06", verify("nl-decree"))
    asked = {"If-None-Match": before.headers["etag"]}
    assert publisher.client.get("/v1/feed.atom", headers=asked).status_code == 304


def test_a_retraction_leaves_a_tombstone_for_each_entry_until_the_act_is_recorded_again(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    ids = [entry.id for entry in publisher.feed().entries]
    publisher.record("2026-01-20", retract("nl-decree", note="twice <here>"))
    gone = elements(publisher, "at:deleted-entry")
    assert [(each.get("ref"), each.get("when")) for each in gone] == [(each, "2026-01-20T12:00:00Z") for each in ids]
    assert {each.findtext("at:comment", namespaces=NAMES) for each in gone} == {"Taken back (duplicate): twice <here>"}
    assert publisher.feed().entries == []
    assert publisher.feed().feed.updated == "2026-01-20T12:00:00Z"
    publisher.record("2026-01-25", decree(again=True))
    again = publisher.feed().entries
    assert [(entry.id, entry.published, entry.updated) for entry in again] == [
        (each, "2026-01-05T12:00:00Z", "2026-01-25T12:00:00Z") for each in ids
    ]
    assert elements(publisher, "at:deleted-entry") == []


def test_an_action_that_a_correction_takes_out_leaves_a_tombstone(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    deadline, adopted = publisher.feed().entries
    without = act(
        "nl-decree", "2026-01-02", did("adopted", "NL/decree", effects=["restricts"], effective_on="2026-02-01")
    )
    publisher.record("2026-01-20", correct(without))
    assert [each.get("ref") for each in elements(publisher, "at:deleted-entry")] == [deadline.id]
    assert [entry.id for entry in publisher.feed().entries] == [adopted.id]


def test_a_feed_is_of_a_jurisdiction_a_measure_or_a_subject_by_any_of_its_names(publisher: Publisher) -> None:
    def adopts(measure: str, subject: str) -> RecordAct:
        return act(measure.lower().replace("/", "-"), "2026-01-02", did("adopted", measure, subjects=[subject]))

    publisher.record("2026-01-05", adopts("XA/one", "Huawei"), adopts("XB/two", "vendors from China"))
    publisher.record("2026-01-06", act("xb-note", "2026-01-06", did("noted", "XB/two")))

    def acts(**asked: Any) -> list[str]:
        found = publisher.feed(**asked).entries
        return [next(link.href for link in each.links if link.rel == "related").rpartition("/")[2] for each in found]

    assert acts() == ["xb-note", "xb-two", "xa-one"]
    assert acts(jurisdiction="XB") == acts(measure="XB/two") == ["xb-note", "xb-two"]
    assert acts(jurisdiction=["XA", "XB"]) == acts(measure=["XA/one", "XB/two"]) == acts()
    assert acts(subject="华为") == acts(subject="huawei") == ["xa-one"]
    assert acts(subject="Huawei", classes="include") == acts()
    assert acts(subject="Huawei", classes="include", jurisdiction="XB") == ["xb-note", "xb-two"]
    assert acts(subject="Huawei", jurisdiction="XB") == acts(jurisdiction="XC") == []
    assert publisher.feed(jurisdiction="XC").feed.updated == "1970-01-01T00:00:00Z"
    for asked, problem in (
        ({"subject": "Huwaei"}, "unknown-subject"),
        ({"measure": "XB/three"}, "unknown-measure"),
        ({"jurisdiction": "Atlantis"}, "unknown-jurisdiction"),
    ):
        answer = publisher.client.get("/v1/feed.atom", params=asked)
        assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{problem}")
    assert (
        "Did you mean Huawei?" in publisher.client.get("/v1/feed.atom", params={"subject": "Huwaei"}).json()["detail"]
    )


def test_a_measure_is_on_a_subject_from_when_it_was_first_said_to_be(publisher: Publisher) -> None:
    publisher.record("2026-01-05", act("xa-bill", "2026-01-02", did("proposed", "XA/law")))
    publisher.record("2026-01-06", act("xa-law", "2026-01-06", did("adopted", "XA/law", subjects=["Brask"])))
    publisher.record("2026-01-07", correct(act("xa-law", "2026-01-06", did("adopted", "XA/law", subjects=["Other"]))))
    titles = [entry.title for entry in publisher.feed(subject="Brask").entries]
    assert titles == ["XA: corrected: adopted – xa-law"]


def test_pages_before_the_newest_meet_end_to_end_and_stay_as_they_are(publisher: Publisher) -> None:
    told, days = 1, set()
    publisher.record("2026-01-05", act("xa-0", "2026-01-05", did("adopted", "XA/law")))
    for number in range(1, 31):
        day = date(2026, 1, 5) + timedelta(days=7 * number)
        dues = [day + timedelta(days=3 * each) for each in range(1, 8)]
        setting = [
            did("deadline_set", "XA/law", deadline=f"{number}-{due}", due=due.isoformat(), obliged="authority")
            for due in dues
        ]
        publisher.record(day.isoformat(), act(f"xa-{number}", day.isoformat(), *setting))
        told, days = told + len(dues), days | set(dues)
    publisher.clock.set("2026-09-01")
    begun = [due for due in days if due <= date(2026, 9, 1)]
    due_each = sum(1 for number in range(1, 31) for each in range(1, 8) if 7 * number + 3 * each <= 239)
    newest, *pages = pages_of(publisher, measure="XA/law")
    assert not parsed(pages[0].answer).bozo
    assert len(pages) == (told + len(begun)) // PAGE
    assert all(len(page.ids) >= PAGE for page in pages)  # whole pages, from the first entry of all on
    ids = [each for page in pages for each in page.ids]
    assert len(set(ids)) == len(ids)
    assert len({*ids, *newest.ids}) == told + due_each
    moments = [page.moments[0] for page in (newest, *pages)]
    assert moments == sorted(moments, reverse=True)
    for page in pages:
        assert page.root.find("fh:archive", NAMES) is not None
        assert page.answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert page.links["current"] == f"{publisher.client.base_url}/v1/feed.atom?measure=XA%2Flaw"
        assert page.links["self"] == str(page.answer.url)
    publisher.record("2027-01-01", retract("xa-9"), act("xa-end", "2027-01-01", did("ended", "XA/law")))
    rebuild(publisher.service.pool, publisher.service.log)
    with publishing(publisher.service.url, "2027-01-01") as other:
        for page in pages:
            url = page.answer.url
            again = other.client.get(url.raw_path.decode(), headers={"Host": url.netloc.decode()})
            assert again.content == page.answer.content
    later = pages_of(publisher, measure="XA/law")
    assert [page.answer.content for page in later][-len(pages) :] == [page.answer.content for page in pages]


def test_places_that_are_none_are_refused(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    for through, status, problem in (
        ("yesterday", 422, "cursor-unreadable"),
        ("2026-13-01/NL/decree", 422, "cursor-unreadable"),
        ("2026-01-06/NL/decree", 422, "cursor-unreadable"),
        ("3", 404, "position-above-head"),
    ):
        answer = publisher.client.get("/v1/feed.atom", params={"through": through})
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}"), through
    assert publisher.feed(through="0").entries == []
    assert len(publisher.feed(through="1").entries) == 1


def test_a_poll_without_news_is_not_answered_anew_and_the_days_of_others_are_no_news(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    asked = {"jurisdiction": "XA"}
    etag = publisher.client.get("/v1/feed.atom", params=asked).headers["etag"]
    publisher.clock.set("2026-02-01", 0)
    answer = publisher.client.get("/v1/feed.atom", params=asked, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["cache-control"]) == (304, "no-cache")
    assert publisher.feed().entries[0].updated == "2026-02-01T00:00:00Z"


def test_what_is_recorded_at_midnight_comes_after_the_day_has_begun(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree(), act("xa-law", "2026-01-05", did("adopted", effective_on="2026-02-01")))
    publisher.record("2026-02-01", retract("nl-decree"), act("xa-note", "2026-02-01", did("noted")), hour=0)
    assert [entry.title.partition(" – ")[0] for entry in publisher.feed().entries] == [
        "XA: noted",
        "XA, 2026-02-01: first day in force",
        "Netherlands (NL), 2026-02-01: first day in force",
        "XA: adopted",
    ]


def test_behind_a_proxy_that_is_trusted_links_are_to_where_it_was_asked(database_url: str) -> None:
    admission = Admission(trusted_proxies=networks("127.0.0.1"))
    with (
        service(database_url, admission=admission) as opened,
        served(opened) as base,
        httpx.Client(base_url=base) as client,
    ):
        headers = {"Host": "dateline.example", "X-Forwarded-Proto": "https"}
        read = parsed(client.get("/v1/feed.atom", headers=headers))
        assert linked(read, "self") == "https://dateline.example/v1/feed.atom"


def test_signs_that_xml_cannot_have_leave_a_mark(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree(title="A\x0bB\ufffeC ]]> \U0001f600 é"))
    assert publisher.feed().entries[0].title.endswith("– A\ufffdB\ufffdC ]]> \U0001f600 é")


def test_identities_do_not_depend_on_the_host_and_links_do(publisher: Publisher) -> None:
    publisher.record("2026-01-05", decree())
    here, there = (
        parsed(publisher.client.get("/v1/feed.atom", headers=headers)) for headers in ({}, {"Host": "dateline.example"})
    )
    assert here.feed.id == there.feed.id
    assert [entry.id for entry in here.entries] == [entry.id for entry in there.entries]
    assert {entry.link for entry in there.entries} == {"http://dateline.example/measures/NL/decree"}
    odd = publisher.client.get("/v1/feed.atom", headers={"Host": 'x"><y'})
    assert odd.status_code != 200 or 'x"' not in odd.text


def test_where_reading_is_closed_a_feed_takes_a_key(database_url: str) -> None:
    admission = Admission(reading="closed")
    with (
        service(database_url, admission=admission) as opened,
        served(opened) as base,
        httpx.Client(base_url=base) as client,
    ):
        token = Keys(opened.pool, opened.clock).make("ada", Role.READER).token
        assert client.get("/v1/feed.atom").status_code == 401
        answer = client.get("/v1/feed.atom", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["vary"]) == (200, "Authorization, Cookie")
