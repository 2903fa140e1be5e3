"""Verifying on the command line: the same as over HTTP, and how pages show the level."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.access.roles import Role
from services.operations.wiring import service
from tests.api.writing import did, entry, told, writer
from tests.cli.running import Dateline

ACT = told("xa-decree", did("adopted", effects=["restricts"], effective_on="2020-03-01"))


@pytest.fixture
def recorded(dateline: Dateline, tmp_path: Path) -> Dateline:
    """The command line upon an act that was recorded by the operator at position 1."""
    (tmp_path / "act.json").write_text(json.dumps(entry(ACT)))
    assert dateline("record", str(tmp_path / "act.json")).code == 0
    return dateline


def verify(dateline: Dateline, *arguments: str, by: str = "second-reader") -> Any:
    ended = dateline("verify", "xa-decree", *arguments, "--recorded-by", by, "--json")
    assert (ended.code, ended.errors) == (0, "")
    return json.loads(ended.output)


def test_an_act_is_verified_and_lines_show_the_level(recorded: Dateline) -> None:
    assert "verified:" not in recorded("state", "XA", "--as-of", "2020-05-01").text
    page = recorded("verify", "xa-decree", "--level", "official statement", "--recorded-by", "ben").text
    assert "Recorded 1 event at position 2" in page
    assert "verified xa-decree (XA/decree at revision 2)" in page
    assert "undone" not in page
    assert "    verified: official statement\n" in recorded("state", "XA", "--as-of", "2020-05-01").text
    assert "    verified: official statement\n" in recorded("measure", "XA/decree", "--as-of", "2020-05-01").text


def test_a_history_shows_by_whom_and_when(recorded: Dateline) -> None:
    verify(recorded, "--level", "single_press", "--note", "Read twice", "--url", "https://press.example/1")
    page = recorded("history", "XA/decree").text
    assert "    verified: single press, by second-reader, 20" in page
    for shown in ("2  verified", "level: single_press", "note: Read twice", "url: https://press.example/1"):
        assert shown in page
    assert "2  verified  XA/decree  act xa-decree" in recorded("log").text


def test_it_prints_the_bytes_of_the_api(recorded: Dateline, database_url: str) -> None:
    verify(recorded, "--level", "single_press", "--note", "Read")
    again = recorded(
        "verify", "xa-decree", "--level", "single_press", "--note", "Read", "--recorded-by", "ben", "--json"
    )
    assert json.loads(again.output)["positions"] == [3]
    with service(database_url) as opened, writer(opened, "ben", Role.REVIEWER) as api:
        answer: httpx.Response = api.post(
            "/v1/acts/xa-decree/verification", json={"level": "single_press", "note": "Read"}
        )
    repeated = recorded(
        "verify", "xa-decree", "--level", "single_press", "--note", "Read", "--recorded-by", "ben", "--json"
    )
    assert (answer.status_code, answer.content + b"\n") == (200, repeated.output)


def test_who_recorded_an_act_is_refused(recorded: Dateline) -> None:
    ended = recorded("verify", "xa-decree", "--level", "single_press")
    assert (ended.code, ended.output) == (2, b"")
    assert "operator recorded it" in ended.errors


def test_a_dry_run_shows_the_level_that_would_be(recorded: Dateline) -> None:
    ended = recorded("verify", "xa-decree", "--level", "single_press", "--recorded-by", "ben", "--dry-run")
    assert "after:  in force, since 2020-03-01, first day in force 2020-03-01, verified: single press" in ended.text
    assert json.loads(recorded("log", "--json").output)["position"] == 1


@pytest.mark.parametrize(
    ("arguments", "told_of"),
    [
        (("--level", "rumour"), "official_document, official_statement, two_independent, single_press"),
        ((), "--level"),
        (("--level", "single_press", "--url", "ftp://press.example"), "http"),
        (("--level", "single_press", "--expected", "XA/decree=7"), "revision 1, not 7"),
    ],
)
def test_what_is_wrong_is_told(recorded: Dateline, arguments: tuple[str, ...], told_of: str) -> None:
    ended = recorded("verify", "xa-decree", *arguments, "--recorded-by", "ben")
    assert (ended.code, ended.output) == (2, b"")
    assert told_of in " ".join(ended.errors.split())


def test_the_least_level_accepted_is_an_option_of_what_is_asked(recorded: Dateline) -> None:
    verify(recorded, "--level", "two_independent")

    def measures(level: str) -> int:
        answer = json.loads(recorded("state", "XA", "--as-of", "2020-05-01", "--verified", level, "--json").output)
        return len(answer["measures"])

    assert [measures(level) for level in ("single_press", "two independent", "official_statement")] == [1, 1, 0]
    page = recorded("world", "--as-of", "2020-05-01", "--verified", "single_press").text
    assert "1 jurisdiction" in page
    assert "--verified single_press" in page
    assert "0 jurisdictions" in recorded("world", "--as-of", "2020-05-01", "--verified", "official_document").text


def test_a_deadline_shows_the_level_of_the_acts_that_set_it(recorded: Dateline, tmp_path: Path) -> None:
    due = did("deadline_set", deadline="report", due="2020-07-01", obliged="authority")
    (tmp_path / "set.json").write_text(json.dumps(entry(told("xa-set", due, on="2020-04-01"))))
    assert recorded("record", str(tmp_path / "set.json")).code == 0
    asked = ("deadlines", "--as-of", "2020-05-01")
    assert "[xa-set]\n" in recorded(*asked).text
    assert "No recorded deadline" in recorded(*asked, "--verified", "single_press").text
    assert recorded("verify", "xa-set", "--level", "two_independent", "--recorded-by", "ben").code == 0
    assert "[xa-set]  verified: two independent\n" in recorded(*asked, "--verified", "single_press").text
