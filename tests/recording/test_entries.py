"""Finding events of the log by where, who and what; and everything that was recorded of one act."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from events.actions import stream_of
from events.commands import ReviewJurisdiction
from events.errors import UnknownAct
from events.log import Recorded
from projections.answering import Asked
from projections.answers import FieldChange
from projections.database import migrations
from projections.entries import LogFilters, act_of, type_of
from projections.project import by_command
from projections.rebuild import rebuild
from services.operations.wiring import Service
from tests.events.test_stored import SAMPLES
from tests.recording.conftest import NOON
from tests.recording.telling import ADOPTED, act, correct, did, retract, verify

LAW = act("xa-law", "2020-03-01", ADOPTED, did("deadline_set", deadline="report", due="2020-06-01", obliged="nobody"))
MOVED = act("xa-law", "2020-03-05", did("adopted", "XA/rule", effects=["prohibits"]))
BROAD = act("xb-broad", "2020-03-02", did("adopted", "XB/law"), did("adopted", "XA/other"))
REVIEW = ReviewJurisdiction(jurisdiction="XC", reviewed_on="2026-11-20")


@pytest.fixture
def told(opened: Service) -> Service:
    """Positions: 1, 2 the law; 3, 4 the broad act and 5 the review, one append; 6, 7 the correction; 8, 9 retracted."""
    opened.recording.record([LAW], recorded_by="ada")
    opened.recording.record([BROAD, REVIEW], recorded_by="ben", batch="import-1")
    opened.recording.record([correct(MOVED, note="the journal says so")], recorded_by="cy")
    opened.recording.record([retract("xb-broad", note="twice")], recorded_by="ada")
    return opened


def found(service: Service, **asked: Any) -> list[int]:
    """The positions of the events that match, read page by page."""
    limit = asked.pop("limit", 100)
    position = asked.pop("position", None)
    filters, after, positions = LogFilters(**asked), 0, []
    while True:
        page = service.answering.log(after=after, limit=limit, filters=filters, asked=Asked(position=position))
        positions += [int(str(event["position"])) for event in page.events]
        if page.next is None:
            return positions
        assert len(page.events) == limit
        after = page.next


COMMANDS = {
    "act.corrected": ("corrected", "xa-rule-2019"),
    "act.retracted": ("retracted", "xa-notice-2020"),
    "act.verified": ("verified", "xa-rule-2019"),
    "jurisdiction.reviewed": ("recorded", "review XA 2026-11-01"),
}
"""What the samples of events that are no actions come from."""


@pytest.mark.parametrize("name", SAMPLES)
def test_every_type_of_event_is_found_by_its_name_and_its_act_and_comes_from_one_command(name: str) -> None:
    event = SAMPLES[name]
    recorded = Recorded(1, NOON, 1, stream_of(event), event, "ada", None, 1)
    of, said = name.split(".")
    assert type_of(recorded) == (f"deadline_{said}" if of == "deadline" else said)
    kind, told = COMMANDS.get(name) or ("recorded", event.act.act)  # type: ignore[union-attr]
    assert act_of(recorded) == (None if of == "jurisdiction" else told)
    assert list(by_command([recorded])) == [((kind, told), [recorded])]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_log_is_filtered_by_where_who_and_what(told: Service, limit: int) -> None:
    def matching(**asked: Any) -> list[int]:
        return found(told, limit=limit, **asked)

    assert matching() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert matching(jurisdictions=("XB",)) == [3, 9]
    assert matching(jurisdictions=("XB", "XC")) == [3, 5, 9]
    assert matching(measures=("XA/law",)) == [1, 2, 6]
    assert matching(measures=("XA/law", "XB/law")) == [1, 2, 3, 6, 9]
    assert matching(acts=("xa-law",)) == [1, 2, 6, 7]
    assert matching(types=("corrected",)) == [6, 7]
    assert matching(types=("retracted", "reviewed", "deadline_set")) == [2, 5, 8, 9]
    assert matching(recorded_by=("ada",)) == [1, 2, 8, 9]
    assert matching(batches=("import-1",)) == [3, 4, 5]
    assert matching(recorded_by=("ada",), acts=("xb-broad",), types=("retracted",), jurisdictions=("XA",)) == [8]
    assert matching(measures=("XA/law",), types=("reviewed",)) == []
    assert matching(batches=("import-2",)) == []


def test_a_filtered_edition_shows_no_part_of_an_append(told: Service) -> None:
    assert found(told, position=4) == [1, 2]
    assert found(told, recorded_by=("ben", "ada"), position=4) == [1, 2]
    assert found(told, measures=("XB/law",), position=4) == []
    assert found(told, recorded_by=("ben",), position=5) == [3, 4, 5]


def last(service: Service, **asked: Any) -> list[list[int]]:
    """The positions of the events that match, page by page, the last page first; each is what its citation answers."""
    limit, position = asked.pop("limit", 100), asked.pop("position", None)
    filters, before, pages = LogFilters(**asked), None, []
    while True:
        page = service.answering.last_of_log(before=before, limit=limit, filters=filters, asked=Asked(position))
        pages.append([int(str(event["position"])) for event in page.events])
        assert page.cite
        given = parse_qs(urlsplit(page.cite.url).query)
        after, most = int(given.get("after", ["0"])[0]), int(given["limit"][0])
        forward = service.answering.log(after=after, limit=most, filters=filters, asked=Asked(position))
        assert forward.events == page.events
        assert forward.cite
        assert forward.cite.url == page.cite.url
        if page.next is None:
            return pages
        before = page.next


def test_the_log_is_read_backward_from_its_end(told: Service) -> None:
    assert last(told) == [[1, 2, 3, 4, 5, 6, 7, 8, 9]]
    assert last(told, limit=4) == [[6, 7, 8, 9], [2, 3, 4, 5], [1]]
    assert last(told, limit=3, recorded_by=("ada",)) == [[2, 8, 9], [1]]
    assert last(told, limit=2, measures=("XA/law",)) == [[2, 6], [1]]
    assert last(told, limit=1, jurisdictions=("XA", "XB"), types=("retracted",)) == [[9], [8]]
    assert last(told, batches=("import-2",)) == [[]]


def test_an_edition_read_backward_shows_no_part_of_an_append(told: Service) -> None:
    assert last(told, position=4) == [[1, 2]]
    assert last(told, position=5, limit=2) == [[4, 5], [2, 3], [1]]
    assert last(told, position=0) == [[]]


def test_an_event_is_told_as_it_lies_in_the_log_with_those_beside_it(told: Service) -> None:
    entry = told.answering.entry(2)
    assert entry is not None
    with psycopg.connect(told.url) as connection:
        (state,) = connection.execute("select state from dateline.event where position = 2").fetchone() or (b"",)
    assert (entry.topic, entry.stored) == ("deadline.set", state.decode())
    assert (entry.entry["position"], entry.entry["edition"], entry.entry["stream"]) == (2, 2, "XA/law")
    assert (entry.before, entry.after) == (1, 3)
    assert (entry.before_in_stream, entry.after_in_stream, entry.superseded_by) == (1, 6, 7)
    assert entry.cite
    assert entry.cite.url == "/v1/log?position=9&rules=1&after=1&limit=1"
    review = told.answering.entry(5)
    assert review is not None
    assert (review.before_in_stream, review.after_in_stream, review.superseded_by) == (None, None, None)
    ends = [told.answering.entry(at) for at in (1, 9)]
    assert [(each.before, each.after) for each in ends if each] == [(None, 2), (8, None)]


def test_an_event_that_an_edition_does_not_have_is_not_told_in_it(told: Service) -> None:
    assert told.answering.entry(3, asked=Asked(4)) is None  # its append appears at 5
    assert told.answering.entry(10) is None
    assert told.answering.entry(0) is None
    early = told.answering.entry(2, asked=Asked(2))
    assert early is not None
    assert (early.after, early.after_in_stream, early.superseded_by) == (None, None, None)


def test_a_verification_that_a_correction_voided_is_told_as_superseded(opened: Service) -> None:
    opened.recording.record([LAW], recorded_by="ada")
    opened.recording.record([verify("xa-law")], recorded_by="ben")
    opened.recording.record([correct(act("xa-law", "2020-03-05"))], recorded_by="cy")
    found = [opened.answering.entry(at) for at in (1, 3, 4)]
    assert [each.superseded_by for each in found if each] == [4, 4, None]


def rows(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select * from dateline.entry order by position").fetchall()


def test_what_was_on_record_before_the_table_is_in_it_as_what_came_after(told: Service) -> None:
    before = rows(told.url)
    assert before[4] == (5, 5, "XC", None, "reviewed", "ben", "import-1")
    with psycopg.connect(told.url) as connection:
        connection.execute("drop table dateline.entry")
        connection.execute("set local search_path = dateline, public")
        (statements,) = (statements for _, name, statements in migrations() if name == "entries")
        connection.execute(statements.encode())
    assert rows(told.url) == before


def test_a_rebuild_makes_the_same_rows(told: Service) -> None:
    before = rows(told.url)
    rebuild(told.pool, told.log)
    assert rows(told.url) == before
    told.recording.record([act("xa-late", "2020-05-01", did("adopted", "XA/late"))], recorded_by="dee")
    assert found(told, recorded_by=("dee",)) == [10]


def test_an_act_is_told_with_every_edition_of_it(told: Service) -> None:
    law = told.auditing.act("xa-law")
    assert (law.stands, law.verified, law.measures) == (True, None, ("XA/rule",))
    first, second = law.editions
    assert (first.type, first.positions, first.recorded_by, first.batch) == ("recorded", (1, 2), "ada", None)
    assert isinstance(first.content, dict)
    assert [action["type"] for action in first.content["actions"]] == ["adopted", "deadline_set"]
    assert (second.type, second.positions, second.recorded_by) == ("corrected", (6, 7), "cy")
    assert (second.reason, second.note, second.measures) == ("wrong_date", "the journal says so", ("XA/law", "XA/rule"))
    gone = {"type": "deadline_set", "measure": "XA/law", "place": 1, "deadline": "report", "due": "2020-06-01"}
    assert second.changed == (
        FieldChange("announced_on", "2020-03-01", "2020-03-05"),
        FieldChange("actions[0].measure", "XA/law", "XA/rule"),
        FieldChange("actions[1]", gone | {"obliged": "nobody"}, None),
    )


def test_a_retracted_act_does_not_stand_and_one_recorded_again_does(told: Service) -> None:
    broad = told.auditing.act("xb-broad")
    assert [each.type for each in broad.editions] == ["recorded", "retracted"]
    assert (broad.stands, broad.measures) == (False, ())
    assert (broad.editions[1].reason, broad.editions[1].note) == ("duplicate", "twice")
    again = act("xb-broad", "2020-03-02", did("adopted", "XB/law"), again=True)
    told.recording.record([again], recorded_by="ada")
    broad = told.auditing.act("xb-broad")
    assert [each.type for each in broad.editions] == ["recorded", "retracted", "recorded"]
    assert (broad.stands, broad.measures) == (True, ("XB/law",))


def test_an_act_is_told_as_an_earlier_edition_knew_it(told: Service) -> None:
    assert [each.type for each in told.auditing.act("xa-law", asked=Asked(position=5)).editions] == ["recorded"]
    for slug, position in (("xb-broad", 4), ("xa-law", 0), ("xa-unknown", None)):
        with pytest.raises(UnknownAct):
            told.auditing.act(slug, asked=Asked(position=position))


def test_corrections_of_one_append_are_told_one_by_one(opened: Service) -> None:
    def day(text: str) -> Any:
        return correct(act("xa-law", text), note=text)

    opened.recording.record([act("xa-law", "2020-03-01")], recorded_by="ada")
    opened.recording.record([day("2020-03-02"), day("2020-03-03")], recorded_by="ada")
    told = opened.auditing.act("xa-law").editions
    assert [(each.type, each.edition, each.positions) for each in told] == [
        ("recorded", 1, (1,)),
        ("corrected", 3, (2,)),
        ("corrected", 3, (3,)),
    ]
    assert told[2].changed == (FieldChange("announced_on", "2020-03-02", "2020-03-03"),)
