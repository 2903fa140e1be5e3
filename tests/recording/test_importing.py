"""Importing: repeats, whole or not at all, chunks, interruptions, and the replay of another register's record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.commands import RecordAct, ReviewJurisdiction
from events.errors import LeavesWithoutBase, NotBegun, OtherContent
from events.recorder import RecordedBackwards
from projections.answering import Asked
from services.intake import InvalidRecord
from services.intake import importing as module
from services.intake.importing import ReplayInFuture, import_files
from services.operations.wiring import Service
from tests.recording.conftest import NOON, Clock, Importing
from tests.recording.telling import act, at, correct, did, retract

LAW = act("xa-law", "2020-03-01")
LATER = act("xa-law", "2020-03-05")
AGAIN = msgspec.structs.replace(LAW, again=True)
LAST = act("xa-law", "2020-03-09")
ELSEWHERE = act("xa-law", "2020-03-01", did("adopted", "XA/other"))
AMENDMENT = act("xa-amendment", "2020-04-01", did("amended", effects=["restricts"]))
YEARLY = [act(f"xa-year-{year}", f"{year}-05-01", did("amended", values={"year": year})) for year in range(2021, 2026)]
REVIEW = ReviewJurisdiction(jurisdiction="XA", reviewed_on="2026-11-20")
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def events(opened: Service) -> list[tuple[int, str, Any]]:
    """The log, without what tells one recording of the same from another."""
    return [(each.edition, each.stream, each.event) for each in opened.log.read()]


def test_an_import_run_again_changes_nothing_and_says_so(opened: Service, importing: Importing) -> None:
    first = importing([LAW, AMENDMENT, REVIEW])
    assert (first.commands, first.events, first.positions) == (3, 3, (1, 3))
    assert first.batch is not None
    second = importing([LAW, AMENDMENT, REVIEW])
    assert (second.commands, second.events, second.positions, second.batch) == (3, 0, None, None)
    assert opened.log.head().position == 3


def test_corrections_and_retractions_run_again_change_nothing_nor_does_the_original(
    opened: Service, importing: Importing
) -> None:
    originals = [LAW, AMENDMENT]
    corrections = [correct(LATER), retract("xa-amendment")]
    assert importing(originals).events == 2
    assert importing(corrections).events == 2
    for files in ([corrections], [originals], [originals, corrections], [corrections, originals]):
        assert importing(*files).events == 0
    assert opened.log.head().position == 4
    state = opened.answering.state("XA", as_of=date(2020, 5, 1))
    assert [measure.acts for measure in state.measures] == [("xa-law",)]


def test_an_act_corrected_twice_in_one_import_keeps_both_editions(opened: Service, importing: Importing) -> None:
    files = [[LAW, correct(LATER), correct(LAST)]]
    assert importing(*files).events == 3
    assert importing(*files).events == 0
    assert importing([correct(LATER)]).events == 0
    assert [measure.since for measure in opened.answering.state("XA").measures] == ["2020-03-09"]


def test_an_act_corrected_there_and_back_in_one_import_reads_as_it_was_told_last(
    opened: Service, importing: Importing
) -> None:
    files = [[LAW, correct(LATER)], [REVIEW, correct(LAW)], [AMENDMENT, correct(LATER)]]
    assert importing(*files).events == 6
    assert importing(*files).events == 0
    assert opened.answering.state("XA", as_of=date(2020, 3, 20)).measures[0].since == "2020-03-05"


def test_an_act_retracted_and_recorded_again_in_one_import_stands_also_after_a_second_run(
    opened: Service, importing: Importing
) -> None:
    files = [[LAW, retract("xa-law")], [AGAIN, retract("xa-law", "unfounded")], [AGAIN], [AMENDMENT]]
    assert importing(*files[:2]).events == 4
    assert importing(*files[:2]).events == 0
    assert importing(*files).events == 2
    assert importing(*files).events == 0
    assert opened.answering.state("XA").measures[0].acts == ("xa-law", "xa-amendment")


def test_a_bad_file_among_good_ones_leaves_nothing_recorded(
    opened: Service, clock: Clock, importing: Importing, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    good = "jurisdiction: XA\nacts: []\nreviews: [{reviewed_on: '2026-11-20'}]\n"
    (folder / "1.yaml").write_text(good, "utf-8")
    (folder / "2.yaml").write_text("jurisdiction: XA\nreviews: [{reviewed_on: yesterday}]\n", "utf-8")
    (folder / "3.yaml").write_text(good, "utf-8")
    with pytest.raises(InvalidRecord):
        import_files(opened.recording, [folder], recorded_by="ada", clock=clock)
    assert opened.log.head().position == 0


@pytest.mark.parametrize(
    ("unlawful", "refusal"),
    [([AMENDMENT], NotBegun), ([LAW, ELSEWHERE], OtherContent)],
    ids=["no base", "two contents"],
)
def test_an_unlawful_file_among_good_ones_leaves_nothing_recorded(
    opened: Service,
    importing: Importing,
    monkeypatch: pytest.MonkeyPatch,
    unlawful: list[Any],
    refusal: type[Exception],
) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)
    with pytest.raises(refusal):
        importing([REVIEW, act("xa-fine", "2020-01-01", did("noted", "XA/fine"))], unlawful)
    assert opened.log.head().position == 0


def test_a_dry_run_says_what_an_import_would_come_to_and_records_nothing(opened: Service, importing: Importing) -> None:
    dry = importing([LAW, AMENDMENT], dry_run=True)
    assert (dry.events, dry.positions, dry.batch, dry.dry_run) == (2, None, None, True)
    assert opened.log.head().position == 0
    with pytest.raises(NotBegun):
        importing([AMENDMENT], dry_run=True)


def test_a_long_import_is_recorded_in_chunks_in_the_order_of_announcement(
    opened: Service, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    heard: list[tuple[int, int]] = []
    importing([*YEARLY[::-1], LAW], progress=lambda done, total: heard.append((done, total)))
    assert [each.edition for each in opened.log.read()] == [2, 2, 4, 4, 6, 6]
    assert [each.event.act.act for each in opened.log.read()][:3] == ["xa-law", "xa-year-2021", "xa-year-2022"]  # type: ignore[union-attr]
    assert heard == [(2, 6), (4, 6), (6, 6)]


def test_the_acts_of_a_measure_are_told_in_one_chunk_and_so_are_acts_that_share_one(
    opened: Service, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 3)
    other = act("xb-law", "2020-03-02", did("adopted", "XA/b"))
    third = act("xc-law", "2020-03-03", did("adopted", "XA/c"), did("noted", "XA/d"))
    linked = msgspec.structs.replace(other.act, act="xd-law", after="xc-law")
    fourth = act("xd-law", "2020-03-04", did("adopted", "XA/e"))
    fourth = msgspec.structs.replace(
        fourth, act=linked, actions=tuple(msgspec.structs.replace(action, act=linked) for action in fourth.actions)
    )
    importing([LAW, other, third, AMENDMENT, fourth])
    chunks: dict[int, set[str]] = {}
    for each in opened.log.read():
        chunks.setdefault(each.edition, set()).add(each.event.act.act)  # type: ignore[union-attr]
    assert list(chunks.values()) == [{"xa-law", "xa-amendment", "xb-law"}, {"xc-law", "xd-law"}]


OTHERS = [act(f"xo-law-{number}", "2020-01-01", did("adopted", f"XA/o-{number}")) for number in range(3)]
UNRELATED = act("xz-law", "2019-01-01", did("adopted", "XA/z"))


@pytest.mark.parametrize(("between", "own"), [(UNRELATED, 3), (OTHERS[1], 2), (OTHERS[2], 2)])
def test_what_was_decided_beforehand_is_decided_anew_when_another_writer_comes_between(
    opened: Service, importing: Importing, monkeypatch: pytest.MonkeyPatch, between: RecordAct, own: int
) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)

    def another(done: int, total: int) -> None:
        if done == 1:
            assert len(opened.recording.record([between], recorded_by="ben")) == 1

    assert importing(OTHERS, progress=another).events == own
    recorded = [each.event.act.act for each in opened.log.read()]  # type: ignore[union-attr]
    assert sorted(recorded) == sorted({each.act.act for each in (*OTHERS, between)})


def test_what_another_writer_makes_unlawful_between_two_chunks_is_refused(
    opened: Service, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)

    def another(done: int, total: int) -> None:
        if done == 2:
            opened.recording.record([ELSEWHERE], recorded_by="ben")

    with pytest.raises(OtherContent) as refused:
        importing([*OTHERS[:2], LAW, OTHERS[2]], progress=another)
    batch = opened.log.read()[0].batch
    assert refused.value.__notes__ == [
        f"Before that this import had recorded 2 events or more, from position 1 on, as batch {batch}."
        f" Import the same again to go on, or take them back with 'dateline undo {batch}'."
    ]
    assert [each.event.act.act for each in opened.log.read()] == ["xo-law-0", "xo-law-1", "xa-law"]  # type: ignore[union-attr]


def test_chunks_that_are_lawful_only_together_are_one_append(
    opened: Service, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)
    perhaps_earlier = act("xa-amendment", "[2020-02-20..2020-04-10]", did("amended", effects=["restricts"]))
    assert importing([LAW, perhaps_earlier]).events == 2
    assert [each.edition for each in opened.log.read()] == [2, 2]
    with pytest.raises(LeavesWithoutBase):
        importing([correct(ELSEWHERE)])
    assert importing([correct(ELSEWHERE), retract("xa-amendment")]).events == 3
    assert [each.edition for each in opened.log.read(2)] == [5, 5, 5]


def test_an_interrupted_import_goes_on_when_run_again(
    opened: Service, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done == 4:
            raise PowerCut

    monkeypatch.setattr(module, "CHUNK", 2)
    files = [[LAW, *YEARLY], [correct(LATER)]]
    with pytest.raises(PowerCut):
        importing(*files, progress=cut)
    assert opened.log.head().position == 4
    rest = importing(*files)
    assert (rest.commands, rest.events, rest.positions) == (7, 3, (5, 7))
    assert importing(*files).events == 0
    assert len({each.batch for each in opened.log.read()}) == 2


def test_the_lines_of_one_moment_are_one_edition_and_keep_their_moment(opened: Service, importing: Importing) -> None:
    ben = msgspec.structs.replace(AMENDMENT, recorded_by="ben")
    replayed = [at(MONDAY, LAW), at(MONDAY, ben), at(MONDAY + DAY, correct(LATER))]
    assert importing(replayed, replay=True).events == 3
    recorded = opened.log.read()
    assert [each.edition for each in recorded] == [2, 2, 3]
    assert [each.recorded_at for each in recorded] == [MONDAY, MONDAY, MONDAY + DAY]
    assert [each.recorded_by for each in recorded] == ["ada", "ben", "ada"]


def test_a_replay_run_again_does_nothing_and_one_cut_off_goes_on(opened: Service, importing: Importing) -> None:
    replayed = [
        at(MONDAY, LAW),
        at(MONDAY + 1 * DAY, correct(LATER)),
        at(MONDAY + 2 * DAY, correct(LAW)),
        at(MONDAY + 3 * DAY, correct(LATER)),
        at(MONDAY + 4 * DAY, retract("xa-law")),
        at(MONDAY + 5 * DAY, AGAIN),
        at(MONDAY + 6 * DAY, retract("xa-law")),
    ]
    assert importing(replayed[:2], replay=True).events == 2
    assert importing(replayed, replay=True).events == 5
    assert importing(replayed, replay=True).events == 0
    read = [
        [measure.since for measure in opened.answering.state("XA", as_of=date(2020, 4, 1), asked=asked).measures]
        for asked in map(Asked, range(1, 8))
    ]
    assert read == [["2020-03-01"], ["2020-03-05"], ["2020-03-01"], ["2020-03-05"], [], ["2020-03-01"], []]


def test_a_replay_that_runs_backwards_against_the_log_is_refused(
    opened: Service, importing: Importing, clock: Clock
) -> None:
    importing([REVIEW])
    for dry_run in (True, False):
        with pytest.raises(RecordedBackwards, match="nothing was recorded"):
            importing([at(NOON - DAY, LAW)], replay=True, dry_run=dry_run)
    assert opened.log.head().position == 1
    clock.moment = NOON + DAY
    assert importing([at(NOON, LAW)], replay=True).events == 1


def test_a_replay_that_lies_in_the_future_is_refused_whole(opened: Service, importing: Importing) -> None:
    with pytest.raises(ReplayInFuture):
        importing([at(MONDAY, LAW), at(NOON + DAY, AMENDMENT)], replay=True)
    assert opened.log.head().position == 0


def test_lines_that_run_backwards_among_themselves_are_refused(opened: Service, importing: Importing) -> None:
    with pytest.raises(InvalidRecord):
        importing([at(MONDAY, LAW), at(MONDAY - DAY, REVIEW)], replay=True)
    assert opened.log.head().position == 0


def test_a_replay_is_judged_moment_by_moment(opened: Service, importing: Importing) -> None:
    with pytest.raises(NotBegun):
        importing([at(MONDAY, REVIEW), at(MONDAY + DAY, AMENDMENT), at(MONDAY + 2 * DAY, LAW)], replay=True)
    assert opened.log.head().position == 0
