"""Asking on the command line: the same answers as the functions give, read by people or by programs."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
import typer.main
from msgspec import Struct

from projections.answering import Answering, Asked
from projections.answers import encode
from projections.auditing import Auditing
from projections.deadlines import DeadlineFilters
from projections.diaries import place_of
from projections.entries import LogFilters
from projections.state import Filters
from services.cli.main import app
from services.operations.wiring import Service
from services.outlets.tables import table_of
from tests.cli.running import Dateline

D = date.fromisoformat

QUESTIONS: dict[str, Callable[[Answering], Struct]] = {
    "state NL --as-of 2019-11-20": lambda ask: ask.state("NL", as_of=D("2019-11-20")),
    "state netherlands --as-of 2019-11-20 --known-on 2020-03-31 --position 300": lambda ask: ask.state(
        "NL", as_of=D("2019-11-20"), known_on=D("2020-03-31"), asked=Asked(position=300)
    ),
    "state US --as-of 2019-10-29 --subject Huawei --subject ZTE --scope devices --effect prohibits": lambda ask: (
        ask.state(
            "US",
            as_of=D("2019-10-29"),
            filters=Filters(effects=("prohibits",), subjects=("Huawei", "ZTE"), scopes=("devices",)),
        )
    ),
    "state US --as-of 2020-09-01 --status in_force --status expired": lambda ask: ask.state(
        "US", as_of=D("2020-09-01"), filters=Filters(statuses=("in_force", "expired"))
    ),
    "state US --as-of 2020-09-01 --recorded-at 2001-01-01T00:00:00+01:00": lambda ask: ask.state(
        "US", as_of=D("2020-09-01"), asked=Asked(recorded_at=datetime(2000, 12, 31, 23, tzinfo=UTC))
    ),
    "changes NL --from 2019-11-21 --to 2020-03-31": lambda ask: ask.changes(
        "NL", from_=D("2019-11-21"), to=D("2020-03-31")
    ),
    "world --as-of 2020-01-01 --effect prohibits": lambda ask: ask.world(
        as_of=D("2020-01-01"), filters=Filters(effects=("prohibits",))
    ),
    "series --from 2018-01-01 --to 2020-03-15": lambda ask: ask.series(from_=D("2018-01-01"), to=D("2020-03-15")),
    "series --from 2018-01-01 --to 2020-03-15 --step quarter --known-on 2021-01-01 --position 366"
    " --jurisdiction Netherlands --jurisdiction US --effect restricts --subject Huawei --classes include --scope core"
    " --status in_force --verified single_press": lambda ask: ask.series(
        from_=D("2018-01-01"),
        to=D("2020-03-15"),
        step="quarter",
        known_on=D("2021-01-01"),
        jurisdictions=["NL", "US"],
        asked=Asked(position=366),
        filters=Filters(("in_force",), ("restricts",), ("Huawei",), ("core",), True, "single_press"),
    ),
    "deadlines --as-of 2019-10-29 --jurisdiction US --jurisdiction Italy --status overdue": lambda ask: ask.deadlines(
        jurisdictions=["US", "IT"], as_of=D("2019-10-29"), filters=DeadlineFilters(("overdue",))
    ),
    "deadlines --as-of 2019-10-29 --due-from 2019-10-01 --due-to 2019-10-31": lambda ask: ask.deadlines(
        as_of=D("2019-10-29"), filters=DeadlineFilters((), D("2019-10-01"), D("2019-10-31"))
    ),
    "measure us/eo-13873 --as-of 2019-10-29": lambda ask: ask.measure("US/eo-13873", as_of=D("2019-10-29")),
    "history US/icts-supply-chain-rule": lambda ask: ask.history("US/icts-supply-chain-rule"),
    "log --after 10 --limit 5": lambda ask: ask.log(after=10, limit=5),
    "log --after 10 --limit 5 --position 300": lambda ask: ask.log(after=10, limit=5, asked=Asked(position=300)),
    "log --jurisdiction NL --type adopted --type amended --recorded-by tests": lambda ask: ask.log(
        filters=LogFilters(jurisdictions=("NL",), types=("adopted", "amended"), recorded_by=("tests",))
    ),
    "log --measure us/eo-13873 --act us-eo-13873 --batch none": lambda ask: ask.log(
        filters=LogFilters(measures=("US/eo-13873",), acts=("us-eo-13873",), batches=("none",))
    ),
    "jurisdictions": lambda ask: ask.jurisdictions(),
    "pressure china --as-of 2020-09-20 --known-on 2021-01-01 --position 366": lambda ask: ask.pressure(
        "CN", as_of=D("2020-09-20"), known_on=D("2021-01-01"), asked=Asked(position=366)
    ),
}
AUDITS: dict[str, Callable[[Auditing], Struct]] = {
    "restatement NL --as-of 2020-04-01 --from-position 10": lambda audit: audit.restatement(
        "NL", earlier=Asked(10), as_of=D("2020-04-01")
    ),
    "restatement norway --as-of 2020-04-01 --known-on 2021-01-01 --from-recorded-at 2001-01-01T00:00:00Z"
    " --to-position 366": lambda audit: audit.restatement(
        "NO",
        earlier=Asked(recorded_at=datetime(2001, 1, 1, tzinfo=UTC)),
        later=Asked(366),
        as_of=D("2020-04-01"),
        known_on=D("2021-01-01"),
    ),
    "restatement --as-of 2020-04-01 --from-position 10": lambda audit: audit.world_restatement(
        earlier=Asked(10), as_of=D("2020-04-01")
    ),
    "comparison --from 2019-10-01 --to 2020-04-01": lambda audit: audit.world_comparison(
        from_=D("2019-10-01"), to=D("2020-04-01")
    ),
    "comparison NL --to 2019-11-20 --from-known-on 2019-11-20 --to-known-on 2020-03-01 --position 366": lambda audit: (
        audit.comparison(
            "NL",
            to=D("2019-11-20"),
            from_known_on=D("2019-11-20"),
            to_known_on=D("2020-03-01"),
            asked=Asked(position=366),
        )
    ),
    "act us-tgl-2019-05": lambda audit: audit.act("us-tgl-2019-05"),
    "changes --from 2019-10-01 --to 2019-11-30 --limit 5 --position 300": lambda audit: audit.changes(
        from_=D("2019-10-01"), to=D("2019-11-30"), limit=5, asked=Asked(position=300)
    ),
    "changes --from 2019-10-01 --to 2020-11-30 --jurisdiction Netherlands --jurisdiction EU --effect restricts"
    " --subject Huawei --scope core --after 2019-10-09/EU/5g-joint-risk-assessment/0": lambda audit: audit.changes(
        from_=D("2019-10-01"),
        to=D("2020-11-30"),
        jurisdictions=["NL", "EU"],
        filters=Filters(effects=("restricts",), subjects=("Huawei",), scopes=("core",)),
        after=place_of("2019-10-09/EU/5g-joint-risk-assessment/0"),
    ),
}


def asked_by(question: str) -> set[str]:
    """The options of the command that asks a question."""
    commands: Any = typer.main.get_command(app)
    return {option for each in commands.commands[question.split()[0]].params for option in each.opts}


@pytest.mark.parametrize("question", [*QUESTIONS, *AUDITS])
def test_json_is_the_encoding_of_the_answer_and_nothing_else(
    ask: Dateline, dossier_service: Service, question: str
) -> None:
    ended = ask(*question.split(), "--json")
    assert ended.errors == ""
    assert ended.code == 0
    if question in AUDITS:
        assert ended.output == encode(AUDITS[question](dossier_service.auditing)) + b"\n"
    else:
        assert ended.output == encode(QUESTIONS[question](dossier_service.answering)) + b"\n"


@pytest.mark.parametrize("question", [each for each in [*QUESTIONS, *AUDITS] if "--csv" in asked_by(each)])
def test_a_table_is_printed_as_it_is_sent(ask: Dateline, dossier_service: Service, question: str) -> None:
    ended = ask(*question.split(), "--csv")
    assert (ended.code, ended.errors) == (0, "")
    if question in AUDITS:
        assert ended.output == table_of(AUDITS[question](dossier_service.auditing))
    else:
        assert ended.output == table_of(QUESTIONS[question](dossier_service.answering))


def test_an_answer_is_not_printed_in_two_forms_at_once(ask: Dateline) -> None:
    ended = ask("world", "--csv", "--json")
    assert (ended.code, ended.output) == (2, b"")
    assert "Give --json or --csv, not both." in ended.errors


@pytest.mark.parametrize("question", [*QUESTIONS, *AUDITS])
def test_what_is_piped_has_no_escape_codes_and_names_its_edition_and_rules(ask: Dateline, question: str) -> None:
    ended = ask(*question.split())
    assert ended.code == 0
    assert b"\x1b" not in ended.output
    assert "  position " in ended.text
    assert "  rules " in ended.text
    assert not any(line != line.rstrip() for line in ended.text.splitlines())


def test_a_state_shows_its_three_times(ask: Dateline) -> None:
    text = ask("state", "NL", "--as-of", "2019-11-20", "--known-on", "2020-03-31", "--position", "300").text
    assert "as of     2019-11-20\n" in text
    assert "known on  2020-03-31 (in hindsight)\n" in text
    assert "position  300, recorded at 20" in text


def test_a_state_shows_what_is_overdue_and_by_how_much(ask: Dateline) -> None:
    text = ask("state", "US", "--as-of", "2019-10-29").text
    assert "commerce-implementing-rules of US/icts-supply-chain-rule" in text
    assert "overdue by 17 days (due 2019-10-12, not met)" in text


def test_a_state_says_how_to_get_its_sources_and_gives_them_when_asked(ask: Dateline) -> None:
    question = ["state", "NO", "--as-of", "2019-10-29"]
    assert "--sources" in ask(*question).text
    assert "https://" not in ask(*question).text
    assert "https://www.reuters.com/article/norway-huawei-tech/" in ask(*question, "--sources").text


def test_a_status_that_is_not_certain_is_said_to_be_so(ask: Dateline) -> None:
    text = ask("state", "US", "--as-of", "2019-10-29").text
    assert "status not certain, possible: absent, announced" in text


def test_a_country_without_a_record_is_not_said_to_have_no_ban(ask: Dateline) -> None:
    text = ask("state", "Iceland", "--as-of", "1999-01-01", "--position", "0").text
    assert "Headline: no record (which is not a statement that there is no ban)\n" in text


def test_a_word_of_several_parts_may_be_written_with_spaces(ask: Dateline) -> None:
    spaced = ask("state", "US", "--as-of", "2019-10-29", "--status", "in force", "--json")
    assert spaced.output == ask("state", "US", "--as-of", "2019-10-29", "--status", "in_force", "--json").output


def test_changes_name_the_act_or_that_a_day_passed(ask: Dateline) -> None:
    text = ask("changes", "NL", "--from", "2019-11-21", "--to", "2020-03-31").text
    assert "2019-11-28  adopted  NL/telecom-supplier-decree" in text
    assert "[status announced → adopted; by act nl-besluit-2019-11-28]" in text
    assert "2020-03-01  took effect  NL/telecom-supplier-decree" in text
    assert "[status adopted → in_force; by itself, after nl-besluit-2019-11-28]" in text


def test_a_series_is_a_table_of_counts_that_says_how_to_get_the_names(ask: Dateline) -> None:
    """The Dutch decree took force on 1 March 2020; until then the declared position stood."""
    question = ["series", "--from", "2020-02-01", "--to", "2020-03-15", "--jurisdiction", "NL", "--jurisdiction", "HR"]
    text = ask(*question).text
    lines = [" ".join(line.split()) for line in text.splitlines() if line.startswith("2020-")]
    assert lines == ["2020-02-29 0 1 1", "2020-03-15 1 0 1"]
    assert "On          restricts  no ban  all\n" in text
    assert "no ban: declares no ban; 0 at every point: prohibits, requires approval, requires security" in text
    assert "known on  the day of each point (as people knew it then)" in text
    assert "Croatia (HR): no record (which is not a statement that there is no ban)." in text
    assert "dateline world --as-of DAY --known-on DAY --position" in text
    assert "known on  2020-06-01 (in hindsight)" in ask(*question, "--known-on", "2020-06-01").text
    assert "Croatia (HR): no record" in ask(*question, "--csv").errors


def test_a_page_of_the_log_says_how_to_go_on(ask: Dateline) -> None:
    assert "dateline log --after 15 --limit 5'" in ask("log", "--after", "10", "--limit", "5").text


def test_the_log_is_asked_for_as_it_was(ask: Dateline, dossier_service: Service) -> None:
    head = dossier_service.answering.log(limit=1).position
    assert f"dateline log --after 100 --position {head}'" in ask("log", "--position", str(head)).text
    earlier = ask("log", "--recorded-at", "2000-01-01T00:00:00Z").text
    assert "The log: 0 events" in earlier
    assert "This edition of the record has no event after this position." in earlier


def test_how_to_get_the_sources_repeats_the_filters(ask: Dateline) -> None:
    question = ["state", "US", "--as-of", "2019-10-29", "--subject", "vendors owned, directed or subsidised by China"]
    text = ask(*question, "--effect", "requires_approval", "--status", "in force").text
    hint = next(line for line in text.splitlines() if line.startswith("Sources: "))
    again = shlex.split(hint.split("'")[1].partition("dateline ")[2])
    sourced = ask(*again).text
    assert sourced.count("  US/") == text.count("  US/") == 1
    assert "act us-appropriations-2013-sec516 of 2013-03-26" in sourced


REFUSALS = {
    "state Atlantis": "'Atlantis' is neither the code nor the English name of a jurisdiction",
    "state Norwy": "of a jurisdiction. Did you mean Norway (NO)?",
    "state NL --as-of 2019-13-01": "'2019-13-01' is not a day: write it as 2019-10-29, between 1900 and 2200.",
    "state NL --as-of 2019-10": "'2019-10' is not a day",
    "state NL --known-on 1899-12-31": "'1899-12-31' is not a day",
    "state NL --position 100000": "there is no position 100000 yet",
    "state NL --position=-1": "'-1' is not a whole number from 0 to",
    "state NL --position 3 --recorded-at 2020-01-01T00:00:00Z": "Give position or recorded_at, not both",
    "state NL --recorded-at 2020-01-01T00:00:00": "is not a moment with its zone: write it as 2026-11-24T08:00:00Z",
    "state NL --recorded-at 0001-01-01T00:00:00+14:00": "is not a moment with its zone",
    "state NL --recorded-at 2199-01-01T00:00:00Z": "lies in the future",
    "state NL --effect forbids": "'forbids' is none of prohibits, restricts",
    "state NL --status gone": "'gone' is none of absent, proposed",
    "changes NL": "Missing option '--from'",
    "changes NL --from 2020-01-01 --to 2019-01-01": "give the earlier day as 'from'",
    "series": "Missing option '--from'",
    "series --from 2020-01-01 --to 2019-01-01": "give the earlier day as 'from'",
    "series --from 2020-01-01 --step week": "'week' is none of month, quarter, year.",
    "series --from 1900-01-01 --to 2200-12-31": "are 3612 points, and a series has at most 600",
    "measure eo-13873": "write its jurisdiction and its slug, as in US/eo-13873",
    "history US/eo-1": "There is no measure US/eo-1",
    "log --limit 5000": "'5000' is not a whole number from 1 to 1000",
    "log --position 100000": "there is no position 100000 yet",
    "serve --port 99999": "Invalid value for '--port': '99999' is not a whole number from 0 to 65535.",
    "serve --port http": "'http' is not a whole number from 0 to 65535.",
    "stat NL": "No such command 'stat'",
}


@pytest.mark.parametrize("question", REFUSALS)
def test_a_question_that_cannot_be_answered_is_refused_in_a_sentence(ask: Dateline, question: str) -> None:
    ended = ask(*question.split())
    assert ended.code == 2
    assert ended.output == b""
    assert REFUSALS[question] in ended.errors
    assert "Traceback" not in ended.errors


def test_a_wrong_setting_is_told_by_its_name(ask: Dateline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_PORT", "many")
    ended = ask("jurisdictions")
    assert ended.code == 2
    assert "DATELINE_PORT is not a port" in ended.errors


def test_an_unforeseen_error_is_one_sentence_and_a_file_for_the_report(
    ask: Dateline, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Answering, "jurisdictions", lambda *_, **__: 1 // 0)
    ended = ask("jurisdictions")
    assert ended.code == 3
    assert "ZeroDivisionError" in ended.errors
    assert f"attach {tmp_path}/dateline-" in ended.errors
    assert "Traceback" not in ended.errors
    assert len(ended.errors.splitlines()) == 1


def test_a_database_that_goes_away_is_said_to_and_nothing_is_reported_as_a_bug(
    ask: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Answering, "jurisdictions", gone)
    ended = ask("jurisdictions")
    assert ended.code == 3
    assert ended.errors.startswith("The database does not answer any more (server closed the connection unexpectedly).")
    assert "bug" not in ended.errors


def test_ctrl_c_ends_with_130_and_says_nothing(ask: Dateline, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Answering, "jurisdictions", interrupt)
    ended = ask("jurisdictions")
    assert (ended.code, ended.output, ended.errors) == (130, b"", "")
