"""Reports on the command line: as files, and held against the record as it reads later."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from projections.answers import encode
from services.operations.wiring import Service
from tests.api.writing import did, entry, told
from tests.cli.running import Dateline


def test_a_report_tells_what_held_what_was_coming_and_what_changed_with_a_note_for_each(ask: Dateline) -> None:
    """The Dutch decree: announced on 1 July 2019 by letter, without a date; adopted on 28 November."""
    text = ask("report", "NL", "--as-of", "2019-11-20", "--since", "2019-07-01").text
    assert "# Netherlands (NL) on 2019-11-20\n" in text
    assert "**Headline: declares no ban, announced (Dutch position on excluding vendors).**" in text
    assert "**On its way: requires security measures, announced (Telecom security and integrity decree).**" in text
    assert "- **Telecom security and integrity decree** `NL/telecom-supplier-decree` requires security measures" in text
    assert "## What changed from 2019-07-01 to 2019-11-20" in text
    assert "- **2019-07-01** `NL/5g-risk-task-force` Deadline task-force-results met, due 2019-05-31 [^" in text
    assert "]: Act `nl-letter-2019-07-01`: Letter to parliament" in text
    assert "Dateline, report on NL (Netherlands) as of 2019-11-20, as known on 2019-11-20, record position 366" in text
    assert "    GET /v1/jurisdictions/NL/report?as\\_of" not in text
    assert "    GET /v1/jurisdictions/NL/report?as_of=2019-11-20&known_on=2019-11-20&position=366&rules=1" in text


def test_a_report_says_what_was_overdue_first(ask: Dateline) -> None:
    """The Commerce Department missed 12 October 2019."""
    text = ask("report", "United States", "--as-of", "2019-10-29").text
    assert text.index("## Overdue") < text.index("## In force")
    assert "overdue by 17 days (due 2019-10-12, not met)" in text
    assert "What changed" not in text


def test_a_country_without_a_record_is_not_said_to_have_no_ban(ask: Dateline) -> None:
    text = ask("report", "Antarctica", "--as-of", "2019-10-29").text
    assert "**Headline: no record (which is not a statement that there is no ban).**" in text


def test_a_report_is_written_in_the_form_that_the_name_of_its_file_tells(
    ask: Dateline, dossier_service: Service, tmp_path: Path
) -> None:
    for name, begins in (("a.md", b"<!-- dateline-report: "), ("a.html", b"<!doctype html>"), ("a.pdf", b"%PDF-")):
        ended = ask("report", "NL", "--as-of", "2019-11-20", "--output", str(tmp_path / name))
        assert (ended.code, ended.output) == (0, b"")
        assert (tmp_path / name).read_bytes().startswith(begins)
    told = ask("report", "NL", "--as-of", "2019-11-20", "--format", "json").output
    answer = dossier_service.answering.report("NL", as_of=date(2019, 11, 20))
    assert told == encode(answer) + b"\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.html", "a.md", "a.pdf"]


REFUSALS = {
    "report": "Give the country that the report is on",
    "report NL --json": "--json goes with --restated",
    "report NL --format docx": "'docx' is none of md, html, pdf, json",
    "report NL --output report.txt": "The name report.txt tells no format: give --format md, html, pdf, json.",
    "report NL --output /nowhere/at/all/report.md": "cannot be written (No such file or directory)",
    "report NL --as-of 2019-01-01 --since 2019-01-02": "give the earlier day as 'since'",
    "report NL --restated report.md": "give --restated FILE alone",
    "report --restated /nowhere/report.md": "cannot be read (No such file or directory)",
    "report --restated {README}": "does not say which request it answers",
}


@pytest.mark.parametrize("question", REFUSALS)
def test_what_cannot_be_reported_is_refused_in_a_sentence(
    ask: Dateline, question: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = ask(*question.replace("{README}", str(project / "README.md")).split())
    assert (ended.code, ended.output) == (2, b"")
    assert REFUSALS[question] in ended.errors
    assert list(tmp_path.iterdir()) == []


DECREE = [did("adopted", "supplier-decree", effects=["restricts"], effective_on="2020-05-01")]
RIGHT = [did("adopted", "supplier-decree", effects=["restricts"], effective_on="2020-03-01")]
LETTER = [did("announced", "declared-position", effects=["declares_no_ban"])]


@pytest.fixture
def corrected(dateline: Dateline, tmp_path: Path) -> Path:
    """A report that was made before a wrong date was put right, a letter was learned of and a note was retracted."""

    def file(name: str, content: object) -> str:
        (tmp_path / name).write_text(json.dumps(content))
        return str(tmp_path / name)

    def done(*command: str) -> None:
        assert dateline(*command).code == 0, command

    done("record", file("decree.json", entry(told("xa-decree", *DECREE, on="2019-11-28"))))
    done("record", file("note.json", entry(told("xa-note", did("noted", "supplier-decree"), on="2020-01-15"))))
    for form in ("md", "html", "pdf", "json"):
        output = str(tmp_path / f"report.{form}")
        done("report", "XA", "--as-of", "2020-04-01", "--since", "2019-01-01", "--format", form, "--output", output)
    wrong = {
        "jurisdiction": "XA",
        "reason": "wrong_date",
        "note": "the journal says 1 March",
        "replacement": told("xa-decree", *RIGHT, on="2019-11-28"),
    }
    done("correct", "xa-decree", file("correction.json", wrong))
    done("retract", "xa-note", "--reason", "unfounded")
    done("record", file("letter.json", entry(told("xa-letter", *LETTER, on="2019-10-01"))))
    return tmp_path


@pytest.mark.parametrize("form", ["md", "html", "pdf", "json"])
def test_an_earlier_report_tells_which_of_its_lines_read_differently_now_and_why(
    dateline: Dateline, corrected: Path, form: str
) -> None:
    """What the report said was what the record said then: it is told beside what it says now, with the reason."""
    text = dateline("report", "--restated", str(corrected / f"report.{form}")).text
    assert "known on  2020-04-01 (as people knew it then)" in text
    assert "since     2019-01-01" in text
    assert "XA/supplier-decree  changed  [corrected, retracted]" in text
    assert "effective_on: 2020-05-01 → 2020-03-01" in text
    assert "it said: restricts; adopted since 2019-11-28; in force from 2020-05-01" in text
    assert "it says: restricts; in force since 2020-03-01" in text
    assert "(wrong date: the journal says 1 March)" in text
    assert "XA/declared-position  appeared  [learned late]" in text
    assert "2020-03-01  XA/supplier-decree  Took effect: " in text
    assert "2020-01-15  XA/supplier-decree  Noted: xa-note: is not in the diary any more  [retracted]" in text
    assert "2019-10-01  XA/declared-position  Announced: xa-letter: is in the diary now  [learned late]" in text


def test_the_same_as_json_has_both_reports_and_the_differences(dateline: Dateline, corrected: Path) -> None:
    told = json.loads(dateline("report", "--restated", str(corrected / "report.md"), "--json").output)
    assert (told["then"]["position"], told["now"]["position"]) == (2, 5)
    assert told["then"]["measures"][0]["status"] == "adopted"
    assert {each["of"]: each["classes"] for each in told["differences"] if each["measure"] is None} == {
        "headline": ["corrected", "retracted"],
        "upcoming": ["corrected", "retracted"],
    }
    assert {each["change"]["what"]: each["classes"] for each in told["changes"]} == {
        "announced": ["learned_late"],
        "took_effect": ["corrected"],
        "noted": ["retracted"],
    }


def test_a_report_that_reads_the_same_says_so(dateline: Dateline, corrected: Path) -> None:
    output = str(corrected / "again.md")
    assert dateline("report", "XA", "--as-of", "2020-04-01", "--output", output).code == 0
    assert "Every line of the report reads the same today." in dateline("report", "--restated", output).text


def test_a_report_at_a_position_that_the_record_has_not_reached_is_refused(dateline: Dateline, corrected: Path) -> None:
    (corrected / "other.md").write_text((corrected / "report.md").read_text().replace("position=2", "position=4000"))
    ended = dateline("report", "--restated", str(corrected / "other.md"))
    assert ended.code == 2
    assert "there is no position 4000 yet" in ended.errors


def test_a_note_whose_act_reads_otherwise_is_told_though_no_line_does(dateline: Dateline, tmp_path: Path) -> None:
    def file(content: object) -> str:
        (tmp_path / "told.json").write_text(json.dumps(content))
        return str(tmp_path / "told.json")

    decree = [did("adopted", "decree", title="Decree", effects=["restricts"])]
    act = told("xa-decree", *decree)
    assert dateline("record", file(entry(act))).code == 0
    report = str(tmp_path / "report.md")
    assert dateline("report", "XA", "--as-of", "2020-06-01", "--output", report).code == 0
    better = {"jurisdiction": "XA", "reason": "source_corrected", "replacement": {**act, "citation": "Journal 12"}}
    assert dateline("correct", "xa-decree", file(better)).code == 0
    text = dateline("report", "--restated", report).text
    assert "1 line reads differently today." in text
    assert "note on act xa-decree" in text
    assert "citation: none → Journal 12" in text
