"""The stored shapes: golden files that are never edited, upcasting, and what cannot be stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType, structs
from msgspec.structs import replace

from events.actions import (
    Act,
    ActCorrected,
    ActRetracted,
    ActVerified,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    Event,
    JurisdictionReviewed,
    Link,
    MeasureAdopted,
    MeasureAmended,
    MeasureAnnounced,
    MeasureEnded,
    MeasureExtended,
    MeasureNoted,
    MeasureProposed,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
    Source,
)
from events.stored import SHAPES, Envelope, Shape, Shapes, UnreadableEvent, UnstorableEvent, decode, encode, read

GOLDEN = Path(__file__).parent / "golden"

RULE = Act(
    act="xa-rule-2019",
    announced_on="2019-05-20",
    authority="Ministry of Communications",
    instrument="rule",
    title="Rule on the security of networks — “first reading”",
    sources=(
        Source(
            name="Official Gazette",
            url="https://gazette.example/2019/114",
            date="May 2019",
            basis="official text",
            passage="No operator shall use equipment of a listed supplier.",
            archived_url="https://archive.example/gazette-114",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
        Source(name="Le Quotidien"),
    ),
    published_on="2019-05-21",
    citation="OG 114/2019",
    summary="Listed suppliers are kept out of the core.",
    confidence="high",
    links=(Link(type="implements", to="XA/network-act"),),
    after="xa-act-2019",
    note="The gazette is dated a day later.",
)
NOTICE = Act("xa-notice-2020", "2020-02~", "Regulator", "announcement", "Notice", (Source("Press release"),))

TERMS: dict[str, Any] = {
    "title": "Core network rule",
    "effects": ("prohibits", "requires_approval"),
    "subjects": ("Huawei", "ZTE"),
    "scope": ("core", "5g"),
    "targets": (),
    "values": {"level": 3, "share": 0.35, "listed": True, "grade": "B", "review": None},
}
EXTENDED = MeasureExtended(measure="XA/core-rule", act=RULE, place=1, expires_on=None, effective_on="2020-03-01")

SAMPLES: dict[str, Event] = {
    "measure.proposed": MeasureProposed(measure="XA/core-rule", act=RULE, place=0, note="First reading", **TERMS),
    "measure.announced": MeasureAnnounced(measure="XA/core-rule", act=NOTICE, place=0, effects=("declares_no_ban",)),
    "measure.adopted": MeasureAdopted(
        measure="XA/core-rule",
        act=RULE,
        place=0,
        effective_on="2020-01",
        expires_on="2024-12-31",
        retroactive=True,
        **TERMS,
    ),
    "measure.amended": MeasureAmended(
        measure="XA/core-rule", act=NOTICE, place=0, scope=("ran",), applies_on="2020-06-01", applies_until="2021-05-31"
    ),
    "measure.rescheduled": MeasureRescheduled(
        measure="XA/core-rule", act=NOTICE, place=0, effective_on=None, expires_on="[2025-01-01..]"
    ),
    "measure.extended": EXTENDED,
    "measure.suspended": MeasureSuspended(
        measure="XA/core-rule", act=NOTICE, place=0, effective_on="2020-04-01", until="2020-09-30"
    ),
    "measure.reinstated": MeasureReinstated(
        measure="XA/core-rule", act=NOTICE, place=0, effective_on="2020-07-01", lifts="xa-court-2020"
    ),
    "measure.ended": MeasureEnded(
        measure="XA/core-rule", act=NOTICE, place=0, effective_on="2022-01-01", manner="repealed"
    ),
    "measure.noted": MeasureNoted(measure="XA/core-rule", act=NOTICE, place=2, note="A hearing was held"),
    "deadline.set": DeadlineSet(
        measure="XA/core-rule", act=RULE, place=3, deadline="removal", due=None, obliged="addressees"
    ),
    "deadline.moved": DeadlineMoved(measure="XA/core-rule", act=NOTICE, place=0, deadline="removal", due="2021-06-30"),
    "deadline.met": DeadlineMet(measure="XA/core-rule", act=NOTICE, place=0, deadline="removal", met_on="2021-07-02"),
    "act.corrected": ActCorrected(
        measure="XA/core-rule", replacement=RULE, actions=(EXTENDED,), reason="wrong_date", note="Read in the gazette"
    ),
    "act.retracted": ActRetracted(
        measure="XA/core-rule", act="xa-notice-2020", reason="duplicate", note="The same as xa-rule-2019"
    ),
    "act.verified": ActVerified(
        measure="XA/core-rule", act="xa-rule-2019", level="official_document", note="Read by two"
    ),
    "jurisdiction.reviewed": JurisdictionReviewed(jurisdiction="XA", reviewed_on="2026-11-01", note="Nothing new"),
}
BATCH = "01930a5c-9a4e-7a1e-b1a5-5d1f2b0e7a67"


def test_every_event_type_has_one_name_and_a_sample() -> None:
    assert {shape.type for shape in SHAPES.values()} == set(get_args(Event))
    assert len(SHAPES) == len(get_args(Event))
    assert SAMPLES.keys() == SHAPES.keys()
    assert {path.name for path in GOLDEN.glob("*.v1.json")} == {f"{name}.v1.json" for name in SHAPES}


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_is_stored_today_as_it_was_stored_first(name: str) -> None:
    assert encode(Envelope(SAMPLES[name], "ada", BATCH)) == (name, (GOLDEN / f"{name}.v1.json").read_bytes())


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_stored_first_is_read_today(name: str) -> None:
    assert decode(name, (GOLDEN / f"{name}.v1.json").read_bytes()) == Envelope(SAMPLES[name], "ada", BATCH)


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_is_read_with_its_own_json_as_it_was_stored(name: str) -> None:
    state = (GOLDEN / f"{name}.v1.json").read_bytes()
    before = b'{"v":1,"recorded_by":"ada","batch":"' + BATCH.encode() + b'",'
    assert read(name, state) == (Envelope(SAMPLES[name], "ada", BATCH), b"{" + state.removeprefix(before))


def test_fields_that_a_source_keeps_are_stored_with_it_and_none_leave_no_trace() -> None:
    act = structs.replace(NOTICE, sources=(Source("Register", kept={"docket_ids": "19-121"}), Source("Gazette")))
    event = MeasureNoted(measure="XA/core-rule", act=act, place=0)
    name, state = encode(Envelope(event, "ada", None))
    assert b'"sources":[{"name":"Register","kept":{"docket_ids":"19-121"}},{"name":"Gazette"}]' in state
    assert decode(name, state).event == event


def test_a_verification_with_its_address_is_stored_beside_the_level() -> None:
    verified = ActVerified(measure="XA/rule", act="xa-rule", level="single_press", url="https://gazette.example/1")
    state = (
        b'{"v":1,"recorded_by":"ben","batch":null,"measure":"XA/rule","act":"xa-rule","level":"single_press",'
        b'"url":"https://gazette.example/1"}'
    )
    assert encode(Envelope(verified, "ben")) == ("act.verified", state)
    assert decode("act.verified", state) == Envelope(verified, "ben")


def test_what_was_not_given_stays_absent_and_what_was_given_as_null_stays_null() -> None:
    rescheduled = MeasureRescheduled(measure="XA/core-rule", act=NOTICE, place=0, expires_on=None)
    topic, state = encode(Envelope(rescheduled, "ada"))
    stored = msgspec.json.decode(state)
    assert "effective_on" not in stored
    assert stored["expires_on"] is None
    read = decode(topic, state).event
    assert isinstance(read, MeasureRescheduled)
    assert (read.effective_on, read.expires_on) == (UNSET, None)


def test_a_field_left_out_of_a_stored_event_means_what_it_meant_then() -> None:
    announced = decode("measure.announced", (GOLDEN / "measure.announced.v1.json").read_bytes()).event
    fields = msgspec.json.decode((GOLDEN / "measure.announced.v1.json").read_bytes()) | {"type": "adopted"}
    adopted = decode("measure.adopted", msgspec.json.encode(fields)).event
    assert isinstance(announced, MeasureAnnounced)
    assert isinstance(adopted, MeasureAdopted)
    assert (announced.title, announced.note, announced.subjects, announced.values) == (None, None, UNSET, UNSET)
    assert (adopted.effective_on, adopted.expires_on, adopted.retroactive) == (None, None, False)
    assert (adopted.act.citation, adopted.act.confidence, adopted.act.links, adopted.act.after) == (
        None,
        None,
        (),
        None,
    )


def test_the_state_tells_its_version_who_recorded_it_and_in_which_batch() -> None:
    stored = msgspec.json.decode(encode(Envelope(SAMPLES["measure.noted"], "ada"))[1])
    assert (stored["v"], stored["recorded_by"], stored["batch"]) == (1, "ada", None)


def test_an_older_shape_is_upcast_step_by_step_and_written_in_the_newest() -> None:
    def name_the_day(fields: dict[str, Any]) -> dict[str, Any]:
        return {"on": fields.pop("day"), **fields}

    def name_the_review(fields: dict[str, Any]) -> dict[str, Any]:
        return {"reviewed_on": fields.pop("on"), **fields}

    shapes = Shapes(
        {"jurisdiction.reviewed": Shape(JurisdictionReviewed, version=3)},
        {("jurisdiction.reviewed", 1): name_the_day, ("jurisdiction.reviewed", 2): name_the_review},
    )
    reviewed = Envelope(JurisdictionReviewed(jurisdiction="XA", reviewed_on="2026-11-01"), "ada")
    first = b'{"v":1,"recorded_by":"ada","batch":null,"jurisdiction":"XA","day":"2026-11-01"}'
    second = b'{"v":2,"recorded_by":"ada","batch":null,"jurisdiction":"XA","on":"2026-11-01"}'
    assert shapes.read("jurisdiction.reviewed", first) == (reviewed, b"")
    assert shapes.read("jurisdiction.reviewed.v2", second) == (reviewed, b"")
    topic, state = shapes.encode(reviewed)
    assert topic == "jurisdiction.reviewed.v3"
    assert msgspec.json.decode(state)["v"] == 3
    assert shapes.decode(topic, state) == reviewed


def test_a_new_version_without_a_way_from_the_one_before_does_not_start() -> None:
    with pytest.raises(LookupError, match="version 1 has no upcast"):
        Shapes({"jurisdiction.reviewed": Shape(JurisdictionReviewed, version=2)}, {})


@pytest.mark.parametrize(
    ("topic", "state", "says"),
    [
        ("measure.forgotten", b"{}", "No event is stored under the name"),
        ("events.actions:MeasureNoted", b"{}", "No event is stored under the name"),
        ("measure.noted.v2", b"{}", "use a newer one"),
        ("measure.noted", b'{"v":2,"recorded_by":"a","batch":null}', "holds a state of version 2"),
        ("measure.noted", b'{"v":1,"recorded_by":"a","batch":null,"measure":"XA/a"}', "cannot be read"),
        ("measure.noted", b'{"v":1}', "cannot be read"),
        ("measure.noted", b"{", "cannot be read"),
        ("measure.noted", b'"\xff"', "cannot be read"),
    ],
)
def test_what_this_version_cannot_read_is_said_and_never_guessed(topic: str, state: bytes, says: str) -> None:
    with pytest.raises(UnreadableEvent, match=says) as told:
        decode(topic, state)
    assert told.value.topic == topic


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"level": float("nan")}, "not a number"),
        ({"level": float("inf")}, "not a number"),
        ({"grade": "\x00"}, "U\\+0000"),
        ({"\\\x00": 1}, "U\\+0000"),
        ({"grade": "\ud800"}, "surrogate"),
    ],
)
def test_what_would_not_come_back_as_it_went_in_is_refused(values: dict[str, Any], says: str) -> None:
    adopted = MeasureAdopted(measure="XA/core-rule", act=NOTICE, place=0, values=values)
    corrected = ActCorrected(measure="XA/core-rule", replacement=NOTICE, actions=(adopted,), reason="typo")
    for event in (adopted, corrected):
        with pytest.raises(UnstorableEvent, match=says):
            encode(Envelope(event, "ada"))


def test_a_text_that_only_spells_the_escape_of_a_nul_is_stored() -> None:
    envelope = Envelope(replace(SAMPLES["measure.noted"], note="\\u0000"), "ada")
    assert decode(*encode(envelope)) == envelope


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)
WORDS: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    float: st.floats(allow_nan=False, allow_infinity=False),
    UnsetType: st.just(UNSET),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotation of the event types."""
    if kind in WORDS:
        return WORDS[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{field.name: any_of(field.type) for field in msgspec.structs.fields(kind)})
    if getattr(kind, "__origin__", None) is tuple:
        return st.lists(any_of(get_args(kind)[0]), max_size=2).map(tuple)
    if getattr(kind, "__origin__", None) is dict:
        return st.dictionaries(TEXT, any_of(get_args(kind)[1]), max_size=3)
    if type(kind).__name__ == "_LiteralGenericAlias":
        return st.sampled_from(get_args(kind))
    if get_args(kind):
        return st.one_of([any_of(choice) for choice in get_args(kind)])
    return st.from_type(kind)


@given(st.builds(Envelope, event=any_of(Event), recorded_by=TEXT, batch=st.none() | TEXT))
def test_whatever_is_stored_comes_back_unchanged(envelope: Envelope) -> None:
    topic, state = encode(envelope)
    assert decode(topic, state) == envelope
    assert encode(decode(topic, state)) == (topic, state)
