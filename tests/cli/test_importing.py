"""Importing on the command line: what it came to, that repeats change nothing, and every problem with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Dateline

GOOD = """\
jurisdiction: "NO"
acts:
  - act: no-test-2020-01
    announced_on: 2020-01-02
    authority: Ministry of Tests
    instrument: announcement
    title: A test of imports
    sources:
      - name: Gazette
        url: https://example.org/gazette
    actions:
      - measure: NO/test
        type: announced
        title: A test of imports
        effects: [none]
        subjects: [everything]
        scope: [5g]
"""


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return str(path)


def test_an_import_says_what_was_recorded_where_and_in_which_batch(dateline: Dateline, good: str) -> None:
    ended = dateline("import", good)
    assert (ended.code, ended.errors) == (0, "")
    assert "Read 1 entry of 1 file: recorded 1 event at position 1, batch import-" in ended.text


def test_an_import_run_again_says_that_nothing_new_was_recorded(dateline: Dateline, good: str) -> None:
    dateline("import", good)
    ended = dateline("import", good)
    assert ended.code == 0
    assert ended.text == "Read 1 entry of 1 file: all of it was on record already, nothing new was recorded.\n"
    assert json.loads(dateline("log", "--json").output)["position"] == 1


def test_a_dry_run_says_what_it_would_come_to_and_records_nothing(dateline: Dateline, good: str) -> None:
    ended = dateline("import", good, "--dry-run")
    assert "1 event would be recorded. Nothing was recorded (dry run)." in ended.text
    assert json.loads(dateline("log", "--json").output)["position"] == 0


def test_an_import_is_recorded_under_the_pseudonym_that_is_given(dateline: Dateline, good: str) -> None:
    imported = json.loads(dateline("import", good, "--recorded-by", "desk 7", "--json").output)
    event = json.loads(dateline("log", "--json").output)["events"][0]
    assert event["recorded_by"] == "desk 7"
    assert event["batch"] == imported["batch"]


def test_who_records_is_not_told_by_an_email_address(dateline: Dateline, good: str) -> None:
    ended = dateline("import", good, "--recorded-by", "someone@example.org")
    assert ended.code == 2
    assert "is not a pseudonym" in ended.errors


def test_every_problem_of_a_broken_file_is_told_with_its_line_and_nothing_is_recorded(
    dateline: Dateline, good: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(GOOD.replace('"NO"', "NO").replace("2020-01-02", "2020-01-32"))
    ended = dateline("import", good, str(broken))
    first, second, last = ended.errors.splitlines()
    assert ended.code == 2
    assert ended.output == b""
    assert f"{broken}, line 1: jurisdiction: the bare word NO is read as false" in first
    assert f"{broken}, line 4: acts[0].announced_on: " in second
    assert last == "2 problems found, nothing was recorded: put it right and import again."
    assert json.loads(dateline("log", "--json").output)["position"] == 0


def test_all_that_is_unlawful_is_told_together(dateline: Dateline, tmp_path: Path) -> None:
    baseless = GOOD.replace("type: announced", "type: ended")
    other = baseless.replace("NO/test", "NO/other").replace("no-test-2020-01", "no-other-2020-01")
    (tmp_path / "one.yaml").write_text(baseless)
    (tmp_path / "two.yaml").write_text(other)
    for path in tmp_path.glob("*.yaml"):
        text = path.read_text()
        path.write_text(text[: text.index("        title: A test of imports\n        effects")])
    ended = dateline("import", str(tmp_path))
    assert ended.code == 2
    assert "2 things are refused; nothing was recorded." in ended.errors
    assert f"  {tmp_path / 'one.yaml'}, line 3: NO/test: 'ended' by act no-test-2020-01" in ended.errors
    assert f"  {tmp_path / 'two.yaml'}, line 3: NO/other: 'ended' by act no-other-2020-01" in ended.errors
    alone = dateline("import", str(tmp_path / "two.yaml"))
    assert alone.code == 2
    assert alone.errors.startswith(f"{tmp_path / 'two.yaml'}, line 3: NO/other: 'ended' by act no-other-2020-01")
    assert len(alone.errors.splitlines()) == 1


CORRECTION = """\
jurisdiction: "NO"
corrections:
  - act: no-test-2020-01
    reason: wrong_date
    replacement:
      act: no-test-2020-01
      announced_on: 2020-01-03
      authority: Ministry of Tests
      instrument: announcement
      title: A test of imports
      sources:
        - name: Corrigendum
          url: https://example.org/corrigendum
      actions:
        - measure: NO/test
          type: announced
          title: A test of corrections
          effects: [none]
          subjects: [everything]
          scope: [5g]
"""


def test_a_history_shows_what_a_correction_put_in_the_place_of_what_was_recorded(
    dateline: Dateline, good: str, tmp_path: Path
) -> None:
    correction = tmp_path / "correction.yaml"
    correction.write_text(CORRECTION)
    dateline("import", good)
    dateline("import", str(correction))
    text = dateline("history", "NO/test").text
    assert "1  announced  (superseded at position 2)\n" in text
    assert "2  corrected\n" in text
    assert "    instead: announced; title A test of corrections; effects none; subjects everything; scope 5g\n" in text
    sourced = dateline("state", "NO", "--as-of", "2020-02-01", "--sources").text
    assert "act no-test-2020-01 of 2020-01-03" in sourced
    assert "https://example.org/corrigendum" in sourced
    assert "https://example.org/gazette" not in sourced
    earlier = dateline("state", "NO", "--as-of", "2020-02-01", "--sources", "--position", "1").text
    assert "https://example.org/gazette" in earlier


def test_tables_that_are_up_to_date_are_said_to_be(dateline: Dateline) -> None:
    ended = dateline("migrate")
    assert (ended.code, ended.text) == (0, "The tables are up to date.\n")


def test_a_rebuild_says_from_how_many_events(dateline: Dateline, good: str) -> None:
    dateline("import", good)
    ended = dateline("rebuild")
    assert (ended.code, ended.text) == (0, "Rebuilt from 1 event: 1 measure.\n")
    assert b"NO/test" in dateline("state", "NO", "--as-of", "2020-02-01", "--json").output


def test_a_database_that_is_not_there_is_said_to_be_so(dateline: Dateline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    ended = dateline("jurisdictions")
    assert ended.code == 2
    assert "The PostgreSQL server of DATELINE_DATABASE_URL cannot be used" in ended.errors
    assert "Traceback" not in ended.errors
