"""Writing on the command line: the same as over HTTP; wrong input is told by file, line and field."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.writing import did, entry, told
from tests.cli.running import Dateline

YAML = """\
jurisdiction: XA
acts:
  - act: xa-decree
    announced_on: '2020-03-01'
    authority: Ministry
    instrument: rule
    title: xa-decree
    sources: [{name: Gazette}]
    actions:
      - {measure: decree, type: adopted, effects: [restricts]}
"""
CORRECTION = """\
jurisdiction: XA
corrections:
  - act: xa-decree
    reason: wrong_date
    replacement:
      act: xa-decree
      announced_on: '2020-03-09'
      authority: Ministry
      instrument: rule
      title: xa-decree
      sources: [{name: Gazette}]
      actions:
        - {measure: decree, type: adopted, effects: [restricts]}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "act.yaml").write_text(YAML)
    (tmp_path / "act.json").write_text(json.dumps(entry(told()), indent=1))
    (tmp_path / "act.jsonl").write_text(json.dumps(entry(told())) + "\n")
    (tmp_path / "correction.yaml").write_text(CORRECTION)
    (tmp_path / "correction.json").write_text(
        json.dumps({"jurisdiction": "XA", "reason": "wrong_date", "replacement": told(on="2020-03-09")}, indent=1)
    )
    return tmp_path


def head(dateline: Dateline) -> int:
    return int(json.loads(dateline("log", "--json").output)["position"])


def written(dateline: Dateline, *arguments: str) -> Any:
    ended = dateline(*arguments, "--json")
    assert (ended.code, ended.errors) == (0, "")
    return json.loads(ended.output)


@pytest.mark.parametrize("name", ["act.yaml", "act.json", "act.jsonl"])
def test_an_act_is_recorded_from_each_kind_of_file(dateline: Dateline, files: Path, name: str) -> None:
    found = written(dateline, "record", str(files / name))
    assert (found["positions"], found["revisions"]) == ([1], {"XA/decree": 1})
    assert found["entries"][0]["recorded_by"] == "operator"
    again = written(dateline, "record", str(files / "act.yaml"))
    assert (again["repeated"], again["positions"]) == (["xa-decree"], [1])


def test_acts_are_recorded_from_standard_input(dateline: Dateline, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(
        json.dumps(entry(told(f"xa-{n}", did("adopted", f"m{n}", effects=["none"])))) + "\n" for n in (1, 2)
    )
    for text in (lines, json.dumps({"acts": [json.loads(line) for line in lines.splitlines()]}, indent=2)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        found = written(dateline, "record", "-")
        assert found["positions"] == [1, 2]


@pytest.mark.parametrize("name", ["correction.yaml", "correction.json"])
def test_a_correction_a_retraction_and_what_became_of_them(dateline: Dateline, files: Path, name: str) -> None:
    dateline("record", str(files / "act.yaml"))
    corrected = written(dateline, "correct", "xa-decree", str(files / name), "--recorded-by", "ben")
    assert (corrected["positions"], corrected["entries"][0]["recorded_by"]) == ([2], "ben")
    retracted = written(dateline, "retract", "xa-decree", "--reason", "duplicate", "--note", "see xa-other")
    assert (retracted["positions"], retracted["revisions"]) == ([3], {"XA/decree": 3})
    text = dateline("correct", "xa-decree", str(files / name)).text
    assert text.splitlines() == [
        "Nothing new was recorded: all of it was on record already.",
        "  corrected xa-decree at position 2, before this; now it is retracted (XA/decree at revision 2)",
    ]
    history = json.loads(dateline("history", "XA/decree", "--json").output)
    assert [each["type"] for each in history["entries"]] == ["adopted", "corrected", "retracted"]
    assert history["entries"][2]["note"] == "see xa-other"


def test_a_write_says_what_it_came_to_and_how_it_is_undone(dateline: Dateline, files: Path) -> None:
    text = dateline("record", str(files / "act.yaml")).text
    found = re.fullmatch(
        r"Recorded 1 event at position 1, batch (\S+)\.\n"
        r"  recorded xa-decree \(XA/decree at revision 1\)\n"
        r"It can be undone: '.*dateline undo \1 --reason unfounded'\.\n",
        text,
    )
    assert found, text
    undone = written(dateline, "undo", found[1], "--reason", "unfounded")
    assert [(each["act"], each["what"], each["repeated"]) for each in undone["entries"]] == [
        ("xa-decree", "retracted", False)
    ]
    again = dateline("undo", found[1], "--reason", "unfounded")
    assert (again.code, again.text.splitlines()[0]) == (0, "Nothing new was recorded: all of it was on record already.")
    assert head(dateline) == 2


def test_a_review_is_recorded(dateline: Dateline) -> None:
    found = written(dateline, "review", "Croatia", "--on", "2026-11-20", "--note", "nothing found")
    assert found["entries"][0]["jurisdiction"] == "HR"
    assert json.loads(dateline("state", "HR", "--json").output)["reviewed_on"] == "2026-11-20"


def test_a_dry_run_shows_before_and_after_and_records_nothing(dateline: Dateline, files: Path) -> None:
    dateline("record", str(files / "act.yaml"))
    text = dateline("correct", "xa-decree", str(files / "correction.yaml"), "--dry-run").text
    assert "Dry run: 1 event would be recorded. Nothing was recorded." in text
    assert (
        "XA/decree, at revision 1\n  before: adopted, since 2020-03-01\n  after:  adopted, since 2020-03-09\n" in text
    )
    assert "would go from its diary:\n2020-03-01  adopted" in text
    assert "would come into its diary:\n2020-03-09  adopted" in text
    for arguments in (
        ("retract", "xa-decree", "--reason", "duplicate"),
        ("review", "XA", "--on", "2020-01-01"),
        ("record", str(files / "act.json")),
    ):
        assert json.loads(dateline(*arguments, "--dry-run", "--json").output)["dry_run"] is True
    assert head(dateline) == 1


def test_a_write_rests_on_revisions(dateline: Dateline, files: Path) -> None:
    path = str(files / "act.yaml")
    refused = dateline("record", path, "--expected", "XA/decree=1")
    assert refused.code == 2
    assert "XA/decree is at revision 0, not 1" in refused.errors
    assert written(dateline, "record", path, "--expected", "XA/decree=0")["positions"] == [1]
    for wrong in ("XA/decree", "decree=1", "XA/decree=-1", "XA/decree=x"):
        assert dateline("record", path, "--expected", wrong).code == 2


@pytest.mark.parametrize(
    ("name", "old", "new", "told_as"),
    [
        ("act.yaml", "2020-03-01", "2020-03-32", "act.yaml, line 4: acts[0].announced_on: "),
        ("act.json", "2020-03-01", "2020-03-32", "act.json, line 5: act.announced_on: "),
        ("act.json", '"rule"', '"rul"', "act.json, line 7: act.instrument: 'rul' is not known, did you mean 'rule'?"),
        ("act.json", '"XA",', '"XA"', "act.json, line 3: "),
        ("act.jsonl", '"rule"', '"rul"', "act.jsonl, line 1: act.instrument: "),
        ("act.jsonl", '"jurisdiction": "XA"', '"recorded_by": "eve"', "act.jsonl, line 1: "),
    ],
)
def test_wrong_input_is_told_with_file_line_and_field(
    dateline: Dateline, files: Path, name: str, old: str, new: str, told_as: str
) -> None:
    path = files / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    ended = dateline("record", str(path))
    assert ended.code == 2
    assert told_as in ended.errors
    assert head(dateline) == 0


def test_a_file_that_holds_something_else_is_refused(dateline: Dateline, files: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("jurisdiction: XA\n")
    (tmp_path / "note.txt").write_text("nothing")
    (tmp_path / "lines.json").write_text('{"jurisdiction": "XA", "retract": "xa-decree", "reason": "duplicate"}')
    for arguments, sentence in (
        (("record", str(files / "correction.yaml")), "correction.yaml, line 3: holds what is no act"),
        (("record", str(tmp_path / "lines.json")), "lines.json, line 1: holds what is no act"),
        (("record", str(tmp_path / "empty.yaml")), "holds no act"),
        (("record", str(tmp_path / "nothing.json")), "it cannot be read"),
        (("record", str(tmp_path / "note.txt")), "is of an unknown kind"),
        (("correct", "xa-decree", str(files / "act.yaml")), "holds something else than one correction"),
        (("correct", "xa-other", str(files / "correction.yaml")), "corrects act xa-decree, not xa-other"),
        (("correct", "xa-other", str(files / "correction.json")), "replacement.act: 'xa-decree' is another act"),
        (("correct", "xa-decree", str(files / "correction.yaml")), "There is no act xa-decree to correct"),
        (("retract", "xa decree", "--reason", "duplicate"), "does not name an act"),
        (("retract", "xa-decree", "--reason", "whim"), "is none of duplicate"),
        (("retract", "xa-decree", "--reason", "duplicate", "--note", "a\x00b"), "note: holds the control character"),
        (("undo", "nothing", "--reason", "duplicate"), "There is no batch nothing"),
    ):
        ended = dateline(*arguments)
        assert (ended.code, ended.output) == (2, b""), arguments
        assert sentence in ended.errors, arguments
        assert "Traceback" not in ended.errors
