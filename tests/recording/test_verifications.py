"""Verifications on a real database: what answers carry, by edition, after corrections, retractions and a rebuild."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.actions import ActCorrected, ActRetracted, ActVerified
from events.commands import AnyCommand
from events.errors import Refusal, SelfVerification
from projections import project
from projections.answering import Asked
from projections.answers import encode
from projections.deadlines import DeadlineFilters
from projections.fold import MeasureFold
from projections.rebuild import rebuild
from projections.state import Filters
from services.operations.wiring import Service, service
from tests.recording.conftest import NOON, Clock
from tests.recording.telling import ADOPTED, act, by, correct, did, retract, verify

LAW = act(
    "xa-law", "2020-03-01", ADOPTED, did("deadline_set", deadline="report", due="2020-06-30", obliged="authority")
)
AMENDMENT = act("xa-amendment", "2020-04-01", did("amended", subjects=["Brask"]))
OTHER = act("xa-other", "2020-03-02", did("adopted", "XA/other"), did("adopted", "XB/other"))
MAY = date(2020, 5, 1)
FRESH = count(1)


def levels(opened: Service, position: int | None = None, jurisdiction: str = "XA", **filters: Any) -> dict[str, Any]:
    """The lines of a jurisdiction in May with their levels, at an edition."""
    state = opened.answering.state(jurisdiction, as_of=MAY, asked=Asked(position=position), filters=Filters(**filters))
    return {line.measure: line.verified for line in [*state.measures, *state.inherited]}


def told(opened: Service, *commands: AnyCommand) -> int:
    """Records one append after the other; the head afterwards."""
    for command in commands:
        assert opened.recording.record([command], recorded_by="ada")
    return opened.log.head().position


def test_a_line_has_the_least_level_of_the_acts_it_rests_on(opened: Service) -> None:
    told(opened, LAW, AMENDMENT)
    assert levels(opened) == {"XA/law": None}
    told(opened, by("ben", verify("xa-law")))
    assert levels(opened) == {"XA/law": None}
    told(opened, by("ben", verify("xa-amendment", "two_independent")))
    assert levels(opened) == {"XA/law": "two_independent"}
    state = opened.answering.state("XA", as_of=date(2020, 3, 15))
    assert [(line.acts, line.verified) for line in state.measures] == [(("xa-law",), "official_document")]


def test_an_act_is_verified_in_every_jurisdiction_that_it_touches_at_once(opened: Service) -> None:
    told(opened, OTHER)
    assert (levels(opened), levels(opened, None, "XB")) == ({"XA/other": None}, {"XB/other": None})
    told(opened, by("ben", verify("xa-other", "single_press")))
    assert levels(opened) == {"XA/other": "single_press"}
    assert levels(opened, None, "XB") == {"XB/other": "single_press"}


def test_an_edition_shows_the_level_as_it_stood_then(opened: Service) -> None:
    first = told(opened, LAW)
    verified = told(opened, by("ben", verify("xa-law", "single_press")))
    better = told(opened, by("carl", verify("xa-law", "official_document")))
    corrected = told(opened, correct(act("xa-law", "2020-03-05")))
    again = told(opened, by("ben", verify("xa-law", "official_statement")))
    retracted = told(opened, retract("xa-law"))
    recorded = told(opened, act("xa-law", "2020-03-01", again=True))
    expected = {
        first: None,
        verified: "single_press",
        better: "official_document",
        corrected: None,
        again: "official_statement",
        recorded: None,
    }
    for _ in range(2):
        assert {position: levels(opened, position)["XA/law"] for position in expected} == expected
        assert levels(opened, retracted) == {}
        with service(opened.url) as other:
            assert {position: levels(other, position)["XA/law"] for position in reversed(expected)} == expected
        rebuild(opened.pool, opened.log)


def test_pinned_answers_stay_the_same_bytes_when_acts_are_verified(opened: Service) -> None:
    head = told(opened, LAW, AMENDMENT)

    def pinned() -> list[bytes]:
        ask, asked = opened.answering, Asked(position=head)
        return [
            encode(ask.state("XA", as_of=MAY, asked=asked)),
            encode(ask.world(as_of=MAY, asked=asked)),
            encode(ask.deadlines(as_of=MAY, asked=asked)),
            encode(ask.measure("XA/law", as_of=MAY, asked=asked)),
            encode(ask.history("XA/law", asked=asked)),
        ]

    before = pinned()
    told(opened, by("ben", verify("xa-law")), by("ben", verify("xa-amendment")))
    assert pinned() == before


def test_the_least_level_accepted_chooses_among_the_lines_and_leaves_the_headline(opened: Service) -> None:
    told(opened, LAW, OTHER)
    told(opened, by("ben", verify("xa-law", "two_independent")), by("ben", verify("xa-other", "official_document")))
    assert set(levels(opened, verified="official_document")) == {"XA/other"}
    assert set(levels(opened, verified="official_statement")) == {"XA/other"}
    assert set(levels(opened, verified="two_independent")) == {"XA/law", "XA/other"}
    assert set(levels(opened, verified="single_press")) == {"XA/law", "XA/other"}
    told(opened, AMENDMENT)
    assert set(levels(opened, verified="single_press")) == {"XA/other"}
    whole = opened.answering.state("XA", as_of=MAY)
    some = opened.answering.state("XA", as_of=MAY, filters=Filters(verified="official_document"))
    assert (some.headline, some.upcoming) == (whole.headline, whole.upcoming)


def test_the_world_has_rows_with_a_line_as_strong_as_asked(opened: Service) -> None:
    told(opened, LAW, OTHER, by("ben", verify("xa-law", "single_press")))

    def rows(**filters: Any) -> list[str]:
        matrix = opened.answering.world(as_of=date(2020, 3, 15), filters=Filters(**filters))
        return [row.jurisdiction for row in matrix.jurisdictions]

    assert rows() == ["XA", "XB"]
    assert rows(verified="single_press") == ["XA"]
    assert rows(verified="single_press", subjects=("Brask",)) == []
    assert rows(verified="two_independent") == []


def test_a_deadline_is_as_strong_as_the_acts_that_set_and_moved_it(opened: Service) -> None:
    moved = act("xa-moved", "2020-04-02", did("deadline_moved", deadline="report", due="2020-09-30"))
    told(opened, LAW, moved, by("ben", verify("xa-law")))

    def deadlines(day: date, **filters: Any) -> list[tuple[str, str | None]]:
        answer = opened.answering.deadlines(as_of=day, filters=DeadlineFilters(**filters))
        return [(line.deadline, line.verified) for line in answer.deadlines]

    assert deadlines(date(2020, 3, 15)) == [("report", "official_document")]
    assert deadlines(MAY) == [("report", None)]
    assert deadlines(MAY, verified="single_press") == []
    told(opened, by("ben", verify("xa-moved", "two_independent")))
    assert deadlines(MAY, verified="two_independent") == [("report", "two_independent")]
    assert deadlines(MAY, verified="official_statement") == []


def test_members_inherit_lines_with_their_level(opened: Service) -> None:
    told(opened, act("eu-toolbox", "2020-01-29", did("adopted", "EU/toolbox", effective_on="2020-01-29")))
    told(opened, by("ben", verify("eu-toolbox", "official_statement")))
    assert levels(opened, None, "NL") == {"EU/toolbox": "official_statement"}
    assert levels(opened, None, "NL", verified="official_document") == {}


def test_a_history_says_of_each_entry_how_it_was_verified(opened: Service, clock: Clock) -> None:
    told(opened, LAW)
    clock.moment = NOON + timedelta(hours=1)
    told(opened, by("ben", verify("xa-law", "single_press", "Read in the press")))
    clock.moment = NOON + timedelta(hours=2)
    told(opened, by("carl", verify("xa-law", url="https://gazette.example/1")))
    told(opened, AMENDMENT)
    entries = opened.answering.history("XA/law").entries
    carl = {"level": "official_document", "by": "carl", "at": NOON + timedelta(hours=2)}
    assert [entry["type"] for entry in entries] == ["adopted", "deadline_set", "verified", "verified", "amended"]
    assert [entry.get("verification", "-") for entry in entries] == [carl, carl, "-", "-", None]
    assert [entry["superseded_by"] for entry in entries] == [None, None, 4, None, None]
    assert (entries[2]["note"], entries[3]["url"]) == ("Read in the press", "https://gazette.example/1")
    ben = {"level": "single_press", "by": "ben", "at": NOON + timedelta(hours=1)}
    earlier = opened.answering.history("XA/law", asked=Asked(position=3)).entries
    assert [entry.get("verification", "-") for entry in earlier] == [ben, ben, "-"]


def test_a_history_says_what_became_of_verifications(opened: Service) -> None:
    told(opened, act("xa-law", "2020-03-01"))
    told(opened, by("ben", verify("xa-law")))
    told(opened, correct(act("xa-law", "2020-03-05")))
    told(opened, by("ben", verify("xa-law")))
    told(opened, by("carl", verify("xa-law")))
    told(opened, retract("xa-law"))
    told(opened, act("xa-law", "2020-03-01", again=True))
    entries = opened.answering.history("XA/law").entries
    assert [entry["superseded_by"] for entry in entries] == [3, 3, 6, 5, 6, None, None]
    assert [entry.get("verification", "-") for entry in entries] == [None, "-", None, "-", "-", "-", None]
    at_five = opened.answering.history("XA/law", asked=Asked(position=5)).entries
    assert [entry.get("verification") and entry["verification"]["by"] for entry in at_five] == [  # type: ignore[index]
        None,
        None,
        "carl",
        None,
        None,
    ]


def test_the_log_has_the_verification_as_it_was_said(opened: Service) -> None:
    told(opened, LAW, by("ben", verify("xa-law", "single_press", "A note", "https://gazette.example/1")))
    last = opened.answering.log(after=2).events[0]
    assert (last["name"], last["recorded_by"], last["stream"]) == ("verified", "ben", "XA/law")
    assert last["event"] == {
        "measure": "XA/law",
        "act": "xa-law",
        "level": "single_press",
        "note": "A note",
        "url": "https://gazette.example/1",
    }


def test_the_recorder_of_an_act_is_read_from_the_log_also_where_the_command_said_who(opened: Service) -> None:
    opened.recording.record([by("dora", LAW)], recorded_by="importer")
    with pytest.raises(SelfVerification):
        opened.recording.record([by("dora", verify("xa-law"))], recorded_by="dora")
    assert opened.recording.record([by("importer", verify("xa-law"))], recorded_by="dora")
    opened.recording.record([by("importer", correct(act("xa-law", "2020-03-05")))], recorded_by="ada")
    for barred in ("dora", "importer"):
        with pytest.raises(SelfVerification):
            opened.recording.record([by(barred, verify("xa-law", "single_press"))], recorded_by="dora")
    assert opened.recording.record([by("ada", verify("xa-law"))], recorded_by="dora")
    told(opened, by("carl", correct(act("xa-law", "2020-03-09"))))
    with pytest.raises(SelfVerification):
        opened.recording.record([by("carl", verify("xa-law"))], recorded_by="dora")
    assert opened.recording.record([by("importer", verify("xa-law"))], recorded_by="dora")


def test_a_verification_reads_no_other_act_of_the_measure(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    told(opened, LAW, AMENDMENT)
    read: list[str] = []
    monkeypatch.setattr("projections.present.decode_action", lambda data: read.append(data))
    told(opened, by("ben", verify("xa-law")))
    assert read == []


def test_a_measure_that_is_kept_live_goes_on_after_a_verification(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.recording.record([LAW, by("ben", verify("xa-law"))], recorded_by="ada")
    told(opened, by("ben", verify("xa-law", "single_press")))
    anew: Counter[str] = Counter()
    refresh = project.refreshed_periods

    def refreshed(connection: psycopg.Connection, folds: Sequence[MeasureFold], **options: Any) -> Any:
        anew.update(fold.measure for fold in folds)
        return refresh(connection, folds, **options)

    monkeypatch.setattr(project, "refreshed_periods", refreshed)
    told(opened, AMENDMENT)
    assert anew == {}
    told(opened, correct(act("xa-amendment", "2020-04-02", did("amended", subjects=["Brask"]))))
    assert anew == {"XA/law": 1}


TABLE = "select * from dateline.verification where measure like %s order by position"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_in_any_order_no_level_survives_a_correction_and_the_tables_are_those_of_a_rebuild(
    opened: Service, database_url: str, data: st.DataObject
) -> None:
    slug = f"xb-act-{next(FRESH)}"
    measures = [f"XB/{slug}-{name}" for name in "ab"]

    def content(day: int, places: list[str], again: bool) -> Any:
        return act(slug, f"2020-03-{day:02}", *(did("adopted", place) for place in places), again=again)

    some = st.lists(st.sampled_from(measures), min_size=1, max_size=2, unique=True)
    day = st.integers(min_value=1, max_value=28)
    commands = st.one_of(
        st.builds(content, day, some, st.just(True)),
        st.builds(lambda day, places: correct(content(day, places, False)), day, some),
        st.builds(lambda reason: retract(slug, reason), st.sampled_from(["duplicate", "unfounded"])),
        st.builds(
            lambda level, note: verify(slug, level, note),
            st.sampled_from(["official_document", "single_press"]),
            st.sampled_from([None, "again"]),
        ),
    )
    of_somebody = st.builds(by, st.sampled_from(["ada", "ben", "carl"]), commands)
    for append in data.draw(st.lists(st.lists(of_somebody, min_size=1, max_size=3), min_size=3, max_size=14)):
        try:
            opened.recording.record(append, recorded_by="dora")
        except Refusal:
            continue
    expected: dict[str, tuple[str, str]] = {}
    for entry in opened.log.streams(measures).values():
        for recorded in entry:
            match recorded.event:
                case ActVerified() as verified:
                    expected[verified.measure] = (verified.level, recorded.recorded_by)
                case ActCorrected() | ActRetracted() as ended:
                    expected.pop(ended.measure, None)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(TABLE, [f"XB/{slug}-%"]).fetchall()
        standing = connection.execute(
            "select measure, level, recorded_by from dateline.verification"
            " where measure like %s and recorded_to is null",
            [f"XB/{slug}-%"],
        ).fetchall()
    assert {measure: tuple(said) for measure, *said in standing} == expected
    rebuild(opened.pool, opened.log)
    with psycopg.connect(database_url) as connection:
        assert connection.execute(TABLE, [f"XB/{slug}-%"]).fetchall() == rows
