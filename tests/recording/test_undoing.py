"""Undoing a batch: every act stands afterwards where it stood before the batch, or is named among what is left."""

from __future__ import annotations

import gc
from time import thread_time
from typing import Any

import pytest

from events.actions import ActCorrected, ActRetracted
from events.commands import AnyCommand, ReviewJurisdiction
from events.errors import LeavesWithoutBase
from projections.answers import Written
from projections.rebuild import rebuild
from projections.undoing import UnknownBatch, Why
from services.intake import importing as module
from services.operations.wiring import Service
from services.recording import RevisionsDiffer
from tests.recording.telling import act, correct, did, retract
from tests.recording.test_two_services import standing, tables

LAW = act("xa-law", "2020-03-01")
LATER = act("xa-law", "2020-03-05")
ELSEWHERE = act("xa-law", "2020-03-01", did("adopted", "XA/other", effects=["restricts"]))
AMENDMENT = act("xa-amendment", "2020-04-01", did("amended", effects=["restricts"]))
ON_OTHER = act("xa-amendment", "2020-04-01", did("amended", "XA/other", effects=["prohibits"]))
REVIEW = ReviewJurisdiction(jurisdiction="XA", reviewed_on="2026-11-20")
WHY = Why("unfounded")


def batch(opened: Service, *commands: AnyCommand) -> str:
    """Writes commands in a batch of their own, and gives its name."""
    written = opened.recording.write(commands, recorded_by="ada")
    assert written.is_new
    assert written.batch is not None
    return written.batch


def undo(opened: Service, name: str, **options: Any) -> Written:
    return opened.recording.undo(name, WHY, recorded_by="root", **options)


def stands(opened: Service) -> dict[str, dict[str, list[Any]]]:
    """The actions that stand, by measure and act."""
    found = {measure: standing(opened, opened.url, measure) for measure in ("XA/law", "XA/other")}
    return {measure: acts for measure, acts in found.items() if acts}


def did_what(written: Written) -> list[tuple[Any, str]]:
    return [(entry.act, entry.what) for entry in written.entries if not entry.repeated]


def test_what_a_batch_recorded_is_retracted_in_one_append(opened: Service) -> None:
    name = batch(opened, LAW, AMENDMENT)
    undone = undo(opened, name)
    assert did_what(undone) == [("xa-law", "retracted"), ("xa-amendment", "retracted")]
    assert undone.positions == (3, 4)
    assert {entry.edition for entry in undone.entries} == {4}
    assert stands(opened) == {}
    told = opened.log.read(2)
    assert {(each.recorded_by, each.batch) for each in told} == {("root", undone.batch)}
    assert {each.event.note for each in told if isinstance(each.event, ActRetracted)} == {f"undoes batch {name}"}


def test_what_a_batch_recorded_is_retracted_also_where_it_was_corrected_since(opened: Service) -> None:
    name = batch(opened, LAW)
    batch(opened, correct(ELSEWHERE))
    assert did_what(undo(opened, name)) == [("xa-law", "retracted")]
    assert stands(opened) == {}


def test_what_a_batch_corrected_is_put_back(opened: Service) -> None:
    batch(opened, LAW)
    before = stands(opened)
    name = batch(opened, correct(ELSEWHERE), ON_OTHER)
    assert set(stands(opened)) == {"XA/other"}
    undone = undo(opened, name)
    assert did_what(undone) == [("xa-law", "corrected"), ("xa-amendment", "retracted")]
    assert stands(opened) == before
    event = opened.log.read(undone.positions[0] - 1)[0].event
    assert isinstance(event, ActCorrected)
    assert (event.reason, event.note) == ("reclassified", f"undoes batch {name}")


def test_what_a_batch_retracted_is_recorded_again_as_it_read(opened: Service) -> None:
    batch(opened, LAW, AMENDMENT)
    batch(opened, correct(LATER))
    before = stands(opened)
    name = batch(opened, retract("xa-amendment"), retract("xa-law"))
    undone = undo(opened, name)
    assert sorted(did_what(undone)) == [("xa-amendment", "recorded"), ("xa-law", "recorded")]
    assert stands(opened) == before


def test_an_undoing_can_be_undone_and_that_as_well(opened: Service) -> None:
    batch(opened, LAW)
    name = batch(opened, correct(LATER), AMENDMENT)
    done = stands(opened)
    first = undo(opened, name)
    before = stands(opened)
    assert first.batch is not None
    second = undo(opened, first.batch)
    assert stands(opened) == done
    assert second.batch is not None
    undo(opened, second.batch)
    assert stands(opened) == before


def test_undone_twice_is_undone_once(opened: Service) -> None:
    batch(opened, LAW, act("xa-other", "2020-01-01", did("adopted", "XA/other", effects=["none"])))
    name = batch(opened, correct(LATER), AMENDMENT, retract("xa-other"))
    first = undo(opened, name)
    head = opened.log.head().position
    second = undo(opened, name)
    assert not second.is_new
    assert opened.log.head().position == head
    first_told = {entry.act: entry.positions for entry in first.entries}
    assert {entry.act: entry.positions for entry in second.entries}.items() <= first_told.items()


def test_what_others_did_since_is_left_and_named(opened: Service) -> None:
    batch(opened, LAW)
    name = batch(opened, correct(LATER), AMENDMENT, REVIEW)
    batch(opened, correct(act("xa-law", "2020-03-07")), retract("xa-amendment"))
    before = stands(opened)
    undone = undo(opened, name)
    assert not undone.is_new
    assert undone.left == (
        {"act": "xa-law", "why": "it was corrected since, by another batch"},
        {"act": "xa-amendment", "why": "it was retracted since, by another batch"},
        {"review": "XA 2026-11-20", "why": "a review stays: it was made"},
    )
    assert stands(opened) == before


def test_acts_of_others_that_would_be_left_without_base_keep_the_batch_whole(opened: Service) -> None:
    other = act("xa-other", "2020-01-01", did("adopted", "XA/other", effects=["none"]))
    name = batch(opened, LAW, other)
    batch(opened, AMENDMENT)
    before = opened.log.head()
    with pytest.raises(LeavesWithoutBase) as refused:
        undo(opened, name)
    assert refused.value.facts["acts"] == ["xa-amendment"]
    assert opened.log.head() == before


def test_a_batch_that_is_not_on_record_is_refused(opened: Service) -> None:
    batch(opened, LAW)
    with pytest.raises(UnknownBatch):
        undo(opened, "write-nothing")


def test_undoing_rests_on_revisions_and_can_be_tried(opened: Service, clock: Any) -> None:
    name = batch(opened, LAW)
    with pytest.raises(RevisionsDiffer):
        undo(opened, name, expected={"XA/law": 2})
    tried = opened.recording.preview_undo(name, WHY, on=clock().date(), expected={"XA/law": 1})
    (measure,) = tried.measures
    assert measure.before is not None
    assert (measure.before.status, measure.after) == ("adopted", None)
    assert opened.log.head().position == 1


def test_an_import_of_several_appends_is_undone_in_one(
    opened: Service, importing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    years = [act(f"xa-{year}", f"{year}-05-01", did("amended", values={"year": year})) for year in range(2021, 2071)]
    imported = importing([LAW, *years])
    assert len(opened.log.editions_of(imported.batch)) > 2
    undone = undo(opened, imported.batch)
    assert len(undone.entries) == 51
    assert {entry.edition for entry in undone.entries} == {opened.log.head().position}
    assert stands(opened) == {}


def test_a_large_batch_is_undone_in_time_that_grows_with_it(opened: Service, importing: Any) -> None:
    took = {}
    for many in (500, 2000):
        acts = [act(f"m{many}-0", "2020-01-01", did("adopted", f"XA/m{many}"))]
        acts += [
            act(f"m{many}-{number}", f"{2021 + number // 28}-01-{number % 28 + 1:02}", did("amended", f"XA/m{many}"))
            for number in range(1, many)
        ]
        imported = importing(acts)
        gc.disable()  # or it would walk through all that the tests before this one hold
        started = thread_time()
        try:
            undone = undo(opened, imported.batch)
        finally:
            gc.enable()
        took[many] = thread_time() - started
        assert len(undone.entries) == many
    assert took[2000] < 4 * 2.5 * took[500], took
    before = tables(opened.url)
    rebuild(opened.pool, opened.log)
    assert tables(opened.url) == before
