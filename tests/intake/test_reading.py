"""What good files become."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from msgspec import UNSET

from events.actions import DeadlineSet, Link, MeasureAdopted, MeasureAmended, MeasureRescheduled, Source
from events.commands import CorrectAct, RecordAct, RetractAct, ReviewJurisdiction
from services.intake import read, stream
from tests.intake.writing import ACT, ACTIONS, HEAD, acting, file, good, lines, problems, read_act

ROOT = Path(__file__).parents[2]


def test_the_dossier_is_read_without_a_problem() -> None:
    reading = read([ROOT / "dossier"])
    acts = [each for each in reading.commands if isinstance(each, RecordAct)]
    measures = {action.measure for each in acts for action in each.actions}
    assert len(acts) == len(reading.commands) == 273
    assert len(measures) == 190
    assert len({measure[:2] for measure in measures}) == len(reading.files) == 57


def test_the_book_of_hard_cases_is_read_without_a_problem() -> None:
    reading = read([ROOT / "tests/acceptance/law/XA.yaml"])
    assert [type(each) for each in reading.commands] == [RecordAct] * 28


def test_yaml_and_json_lines_say_the_same(tmp_path: Path) -> None:
    def told(paths: list[Path]) -> list[object]:
        return [(each.act, each.actions, each.again) for each in read(paths).commands if isinstance(each, RecordAct)]

    for source in sorted((ROOT / "dossier").glob("*.yaml")):
        book = yaml.safe_load(source.read_text())
        line = lines(tmp_path, *({"jurisdiction": book["jurisdiction"], "act": act} for act in book["acts"]))
        assert told([line]) == told([source])


def test_an_act_becomes_a_command_with_its_actions_and_its_place_in_the_file(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        HEAD
        + """\
    links: [{type: exempts_from, to: huawei-entity-listing}, {type: responds_to, to: NO/position}]
    again: true
    actions:
      - {measure: huawei-licence, type: adopted, effects: [permits_temporarily], targets: ['NO'], values: {level: 2},
         effective_on: 2019-05-20, expires_on: null}
      - {measure: US/huawei-licence, type: deadline_set, deadline: review, due: 2020, obliged: authority}
""",
    )
    [command] = read([path]).commands
    assert isinstance(command, RecordAct)
    assert command.again
    assert command.origin == f"{path}, line 3"
    assert command.act.sources == (Source(name="84 FR 23468"),)
    assert command.act.links == (
        Link(type="exempts_from", to="US/huawei-entity-listing"),
        Link(type="responds_to", to="NO/position"),
    )
    assert command.actions == (
        MeasureAdopted(
            measure="US/huawei-licence",
            act=command.act,
            place=0,
            effects=("permits_temporarily",),
            targets=("NO",),
            values={"level": 2},
            effective_on="2019-05-20",
        ),
        DeadlineSet(
            measure="US/huawei-licence", act=command.act, place=1, deadline="review", due="2020", obliged="authority"
        ),
    )


def test_what_is_not_given_differs_from_what_is_null(tmp_path: Path) -> None:
    [command] = read_act(tmp_path, acting(type="rescheduled", effective_on=None)).commands
    assert isinstance(command, RecordAct)
    [action] = command.actions
    assert isinstance(action, MeasureRescheduled)
    assert action.effective_on is None
    assert action.expires_on is UNSET


def test_an_empty_list_differs_from_none_at_all(tmp_path: Path) -> None:
    [command] = read_act(tmp_path, acting(type="amended", subjects=[])).commands
    assert isinstance(command, RecordAct)
    [action] = command.actions
    assert isinstance(action, MeasureAmended)
    assert (action.subjects, action.scope) == ((), UNSET)


def test_a_file_is_read_as_acts_corrections_retractions_reviews_wherever_they_stand(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        f"""\
reviews:
  - {{jurisdiction: HR, reviewed_on: '2026-11-20', note: nothing found}}
  - {{reviewed_on: '2026-11'}}
retractions:
  - {{act: xx-duplicate-2020, reason: duplicate, note: one line}}
corrections:
  - act: us-tgl-2019-05
    reason: wrong_date
    note: one line
    replacement: {json.dumps(good(announced_on="2019-05-21"))}
{ACT}""",
    )
    act, correction, retraction, review, home = read([path]).commands
    assert isinstance(act, RecordAct)
    assert isinstance(correction, CorrectAct)
    assert (correction.reason, correction.note, correction.replacement.announced_on) == (
        "wrong_date",
        "one line",
        "2019-05-21",
    )
    assert correction.actions[0].act == correction.replacement
    assert retraction == RetractAct(
        act="xx-duplicate-2020", reason="duplicate", note="one line", origin=f"{path}, line 5"
    )
    assert review == ReviewJurisdiction(
        jurisdiction="HR", reviewed_on="2026-11-20", note="nothing found", origin=f"{path}, line 2"
    )
    assert home == ReviewJurisdiction(jurisdiction="US", reviewed_on="2026-11", origin=f"{path}, line 3")


def test_lines_correct_retract_and_review(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {"jurisdiction": "US", "correct": GOOD_SLUG, "reason": "typo", "replacement": good(), "note": "why"},
        "",
        {"jurisdiction": "US", "retract": GOOD_SLUG, "reason": "unfounded"},
        {"jurisdiction": "HR", "review": "2026-11-20", "note": "nothing"},
        {"jurisdiction": "HR", "reviewed_on": "2026-11-21"},
    )
    correction, retraction, review, other = read([path]).commands
    assert isinstance(correction, CorrectAct)
    assert (correction.reason, correction.note, correction.replacement.act) == ("typo", "why", GOOD_SLUG)
    assert retraction == RetractAct(act=GOOD_SLUG, reason="unfounded", origin=f"{path}, line 3")
    assert review == ReviewJurisdiction(
        jurisdiction="HR", reviewed_on="2026-11-20", note="nothing", origin=f"{path}, line 4"
    )
    assert other == ReviewJurisdiction(jurisdiction="HR", reviewed_on="2026-11-21", origin=f"{path}, line 5")


GOOD_SLUG = "us-tgl-2019-05"


def test_a_replay_keeps_who_recorded_a_line_and_when(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {"jurisdiction": "US", "act": good(), "recorded_at": "2019-05-21T08:00:00Z", "recorded_by": "desk"},
        {"jurisdiction": "US", "review": "2019-05-22", "recorded_at": "2019-05-21T08:00:00.000+00:00"},
    )
    act, review = read([path], replay=True).commands
    assert act.recorded_at == review.recorded_at == datetime(2019, 5, 21, 8, tzinfo=UTC)
    assert (act.recorded_by, review.recorded_by) == ("desk", None)


def test_files_of_a_folder_are_read_in_the_order_of_their_names_and_all_else_is_left_alone(tmp_path: Path) -> None:
    lines(tmp_path, {"jurisdiction": "US", "act": good(act="second")}, name="b.ndjson")
    lines(tmp_path, {"jurisdiction": "US", "act": good(act="third")}, name="c.JSONL")
    file(tmp_path, ACT, "a.yml")
    file(tmp_path, "nothing of ours", "README.md")
    file(tmp_path, "[]", "settings.json")
    file(tmp_path, "an editor's: [", ".a.yml")
    (tmp_path / "older").mkdir()
    file(tmp_path / "older", "not: [read", "d.yaml")
    commands = read([tmp_path]).commands
    assert [each.act.act for each in commands if isinstance(each, RecordAct)] == [GOOD_SLUG, "second", "third"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = file(tmp_path, ACT)
    assert len(read([path, tmp_path, tmp_path / ".." / tmp_path.name / "US.yaml"]).commands) == 1


def test_the_same_act_twice_in_a_file_is_left_to_the_record_to_judge(tmp_path: Path) -> None:
    line = {"jurisdiction": "US", "act": good()}
    assert len(read([lines(tmp_path, line, line)]).commands) == 2


def test_a_byte_order_mark_of_utf_8_is_passed_over(tmp_path: Path) -> None:
    yaml_file = file(tmp_path, b"\xef\xbb\xbf" + ACT.encode())
    line = json.dumps({"jurisdiction": "US", "act": good()})
    json_file = file(tmp_path, b"\xef\xbb\xbf" + line.encode(), "US.jsonl")
    assert len(read([yaml_file, json_file]).commands) == 2


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    assert len(read([file(tmp_path, ACT.replace("\n", "\r\n"))]).commands) == 1
    path = file(tmp_path, json.dumps({"jurisdiction": "US", "act": good()}) + "\r\n\r\n", "US.jsonl")
    assert len(read([path]).commands) == 1


def test_a_stream_gives_the_same_commands_one_by_one(tmp_path: Path) -> None:
    paths = [ROOT / "dossier", lines(tmp_path, {"jurisdiction": "HR", "review": "2026-11-20"})]
    assert list(stream(paths)) == read(paths).commands


@pytest.mark.parametrize(
    "text", ["2019-05-20", "2019-05", "2019", "2019-05~", "[2019-10-11..2019-10-20]", "[..2027-12-31]"]
)
def test_every_form_of_a_date_is_kept_as_it_was_written(tmp_path: Path, text: str) -> None:
    [command] = read_act(tmp_path, good(announced_on=text, published_on=text)).commands
    assert isinstance(command, RecordAct)
    assert (command.act.announced_on, command.act.published_on) == (text, text)


@pytest.mark.parametrize("text", ["2019-05-20", "2019-05", "2019", "2019~"])
def test_dates_without_quotes_are_kept_as_they_stand_in_yaml(tmp_path: Path, text: str) -> None:
    [command] = read([file(tmp_path, ACT.replace("'2019-05-20'", text))]).commands
    assert isinstance(command, RecordAct)
    assert command.act.announced_on == text


def test_values_of_a_panel_keep_their_types(tmp_path: Path) -> None:
    values = "{level: 2, share: 0.5, low: -1, open: true, since: 2019-05-20, unknown: null, word: 'NO', text: a b}"
    path = file(tmp_path, HEAD + ACTIONS.replace("effects: []", f"values: {values}"))
    [command] = read([path]).commands
    assert isinstance(command, RecordAct)
    [action] = command.actions
    assert isinstance(action, MeasureAdopted)
    assert action.values == {
        "level": 2,
        "share": 0.5,
        "low": -1,
        "open": True,
        "since": "2019-05-20",
        "unknown": None,
        "word": "NO",
        "text": "a b",
    }


@pytest.mark.parametrize("code", ["US", "US-CA", "EU", "XK", "XA", "XZ", "FO", "AQ"])
def test_jurisdictions_that_exist_are_taken(tmp_path: Path, code: str) -> None:
    [command] = read([lines(tmp_path, {"jurisdiction": code, "act": good()})]).commands
    assert isinstance(command, RecordAct)
    assert command.actions[0].measure == f"{code}/huawei-licence"


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    assert problems(file(tmp_path, ACT)) == []
