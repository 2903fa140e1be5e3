"""Asking by the names of the code book, upon the dossier: over HTTP and on the command line, held against its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import yaml

from services.operations.wiring import Service
from tests.acceptance.serving import served
from tests.cli.running import Dateline

DOSSIER = Path(__file__).resolve().parents[2] / "dossier"
LATE = {"as_of": "2026-11-01"}
ALL = ["proposed", "announced", "adopted", "in_force", "suspended", "expired", "ended"]


@pytest.fixture(scope="module")
def api(dossier_service: Service) -> Iterator[httpx.Client]:
    """A client of the API upon the dossier."""
    with served(dossier_service) as base, httpx.Client(base_url=base) as client:
        yield client


def subjects_by_jurisdiction() -> dict[str, set[str]]:
    """The subjects that any act of the dossier names, by jurisdiction, read from its files."""
    found: dict[str, set[str]] = {}
    for path in DOSSIER.glob("*.yaml"):
        document = yaml.safe_load(path.read_text("utf-8"))
        actions = [action for act in document["acts"] for action in act["actions"]]
        found[document["jurisdiction"]] = {word for action in actions for word in action.get("subjects") or ()}
    return found


def rows(api: httpx.Client, **asked: Any) -> dict[str, dict[str, Any]]:
    answer = api.get("/v1/state", params=LATE | {"status": ALL} | asked).json()
    return {each["jurisdiction"]: each for each in answer["jurisdictions"]}


def test_a_company_is_found_where_an_act_names_it_and_nowhere_else(api: httpx.Client) -> None:
    for company in ("Huawei", "ZTE", "Hikvision"):
        named = {code for code, words in subjects_by_jurisdiction().items() if company in words}
        assert set(rows(api, subject=company)) == named
    assert len(rows(api, subject="Huawei")) == 36


def test_with_classes_the_others_are_those_whose_acts_name_only_a_class_and_each_is_marked(api: httpx.Client) -> None:
    subjects = subjects_by_jurisdiction()
    named = {code for code, words in subjects.items() if "Huawei" in words}
    wide = rows(api, subject="Huawei", classes="include")
    assert {code for code, row in wide.items() if "matched" not in row} == named
    by_class = {code: row["matched"] for code, row in wide.items() if "matched" in row}
    vague = {code for code, words in subjects.items() if "high-risk vendors" in words} - named
    assert vague < set(by_class)
    assert set(by_class) - vague == {"CR", "RS"}  # the Budapest Convention, untrusted vendors
    for code, matches in by_class.items():
        assert {match["through"] for match in matches} <= subjects[code]
        assert {match["subject"] for match in matches} == {"Huawei"}
    (costa_rica,) = by_class["CR"]
    assert costa_rica["through"] == "vendors from states outside the Budapest Convention"
    assert costa_rica["reach"] == "origin"


def test_the_dutch_letter_does_not_name_huawei_and_is_found_through_its_class(api: httpx.Client) -> None:
    def found(**asked: Any) -> list[dict[str, Any]]:
        answer = api.get("/v1/jurisdictions/NL/state", params={"as_of": "2019-11-20", **asked}).json()
        measures: list[dict[str, Any]] = answer["measures"]
        return measures

    assert found(subject="Huawei") == found(subject="Huawei", classes="exclude") == []
    decree = next(
        line for line in found(subject="华为", classes="include") if line["measure"] == "NL/telecom-supplier-decree"
    )
    assert decree.pop("matched") == [
        {"subject": "Huawei", "through": "high-risk vendors (Huawei not named)", "reach": "understood"}
    ]
    assert decree in found()


@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        ({"subject": "huawei technologies co., ltd."}, {"subject": "Huawei"}),
        ({"subject": "ZTE Corporation"}, {"subject": "ZTE"}),
        ({"subject": "High-Risk Vendors"}, {"subject": "high-risk vendors"}),
        ({"scope": "5G"}, {"scope": "5g"}),
        ({"scope": "Public procurement"}, {"scope": "government_procurement"}),
    ],
)
def test_another_name_of_the_same_gives_the_same_answer(
    api: httpx.Client, name: dict[str, str], recorded: dict[str, str]
) -> None:
    for path in ("/v1/state", "/v1/jurisdictions/US/state"):
        answers = [api.get(path, params=LATE | asked).json() for asked in (name, recorded)]
        assert answers[0].get("measures") or answers[0].get("jurisdictions")
        assert answers[0].pop("cite") != answers[1].pop("cite")  # each repeats the name that was asked by
        assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("path", "asked"), [("/v1/state", {}), ("/v1/jurisdictions/US/state", {}), ("/v1/jurisdictions/HR/state", {})]
)
def test_a_mistyped_subject_is_told_so_and_the_answer_stays_the_same(
    api: httpx.Client, path: str, asked: dict[str, str]
) -> None:
    pinned = {"as_of": "2020-01-01", "known_on": "2020-01-01", "position": 366, **asked}
    answer = api.get(path, params={**pinned, "subject": ["Huwaei", "Huawei"], "scope": "cores"})
    assert answer.status_code == 200
    assert answer.json()["unknown"] == [
        {"parameter": "subject", "given": "Huwaei", "near": ["Huawei"]},
        {"parameter": "scope", "given": "cores", "near": ["core"]},
    ]
    assert answer.content == api.get(path, params={**pinned, "subject": ["Huwaei", "Huawei"], "scope": "cores"}).content
    for known in ({}, {"subject": "Dahua"}, {"scope": "6g"}, {"subject": "foreign sanctions"}):
        assert "unknown" not in api.get(path, params={**pinned, **known}).json()


def test_the_pinned_address_of_an_answer_with_classes_gives_the_same_bytes(api: httpx.Client) -> None:
    for path in ("/v1/state", "/v1/jurisdictions/NL/state"):
        told = api.get(path, params={"as_of": "2019-11-20", "subject": "华为", "classes": "include"})
        assert b'"matched"' in told.content
        assert api.get(told.headers["content-location"]).content == told.content


def test_the_diary_of_the_world_takes_the_same_names_and_marks_rows_of_measures_that_only_a_class_matches(
    api: httpx.Client, ask: Dateline
) -> None:
    window = {"from": "2019-07-01", "to": "2019-07-31"}

    def rows(**asked: str) -> dict[tuple[str, str], Any]:
        changes = api.get("/v1/changes", params=window | asked).json()["changes"]
        return {(each["measure"], each["on"]): each.get("matched") for each in changes}

    named = rows(subject="Huawei")
    assert ("NL/telecom-supplier-decree", "2019-07-01") not in named
    assert set(named.values()) == {None}
    wide = rows(subject="华为", classes="include")
    assert {place for place, matched in wide.items() if matched is None} == set(named)
    (match,) = wide["NL/telecom-supplier-decree", "2019-07-01"]
    assert match["through"] == "high-risk vendors (Huawei not named)"
    telling = api.get("/v1/changes", params=window | {"subject": "Huwaei"}).json()
    assert (telling["changes"], telling["unknown"][0]["near"]) == ([], ["Huawei"])
    options = ["--from", window["from"], "--to", window["to"]]
    page = ask("changes", *options, "--subject", "Huawei", "--classes", "include").text
    assert "; Huawei through the class high-risk vendors (Huawei not named) (understood)]\n" in page
    assert "Did you mean Huawei?" in ask("changes", *options, "--subject", "Huwaei").text


def test_classes_are_included_or_excluded_and_nothing_else(api: httpx.Client) -> None:
    for wrong in ("yes", "", "Include"):
        answer = api.get("/v1/state", params={"subject": "Huawei", "classes": wrong})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-parameters")
    assert api.get("/v1/state", params=[("classes", "include"), ("classes", "exclude")]).status_code == 422


def test_the_code_book_is_given_whole_and_the_same_on_the_command_line(api: httpx.Client, ask: Dateline) -> None:
    answer = api.get("/v1/codebook")
    assert answer.status_code == 200
    book = answer.json()
    everywhere = {word for words in subjects_by_jurisdiction().values() for word in words}
    assert everywhere <= {each["word"] for each in book["subjects"]}
    assert book["rules"] == api.get("/v1/jurisdictions").json()["rules"]
    assert ask("codebook", "--json").output == answer.content + b"\n"


def test_the_code_book_is_read_by_people(ask: Dateline) -> None:
    ended = ask("codebook")
    assert (ended.code, ended.errors) == (0, "")
    assert b"\x1b" not in ended.output
    assert "    Huawei: Huawei Technologies Co., Ltd. of Shenzhen" in ended.text
    assert (
        "      reaches Huawei, ZTE, Hytera, Hikvision, Dahua (origin): The company has its seat in China.\n"
        in ended.text
    )
    assert "GB    United Kingdom  EU from 1973-01-01 to 2020-12-31\n" in ended.text
    assert "urges others" in ended.text


def test_the_command_line_asks_the_same(api: httpx.Client, ask: Dateline) -> None:
    options = ["--as-of", "2019-11-20", "--subject", "huawei", "--classes", "include", "--json"]
    asked = {"as_of": "2019-11-20", "subject": "huawei", "classes": "include"}
    assert ask("state", "NL", *options).output == api.get("/v1/jurisdictions/NL/state", params=asked).content + b"\n"
    world = ask("world", *options).output
    assert world == api.get("/v1/state", params=asked).content + b"\n"
    assert any("matched" in row for row in msgspec.json.decode(world)["jurisdictions"])


def test_the_page_says_through_which_class_and_what_is_nowhere_on_record(ask: Dateline) -> None:
    asked = ["--as-of", "2019-11-20", "--subject", "Huawei", "--classes", "include"]
    state = ask("state", "NL", *asked).text
    assert "matched: Huawei through the class high-risk vendors (Huawei not named) (understood)\n" in state
    assert "--subject Huawei --classes include --sources" in state
    world = ask("world", *asked).text.splitlines()
    assert next(line for line in world if line.startswith("NL ")).endswith("(understood)")
    assert next(line for line in world if line.startswith("US ")).endswith("  -")
    assert (
        "state CODE --as-of 2019-11-20 --known-on 2019-11-20 --position 366 --subject Huawei --classes include"
        in (world[-1])
    )
    for question in (["state", "NL"], ["world"]):
        page = ask(*question, "--subject", "Huwaei").text
        told = "The subject 'Huwaei' is neither in the code book nor anywhere on record here. Did you mean Huawei?"
        assert told in page
    ended = ask("state", "NL", "--classes", "some")
    assert ended.code == 2
    assert "'some' is none of include, exclude." in ended.errors


def test_a_table_marks_what_only_a_class_matches_and_says_beside_it_what_is_nowhere_on_record(ask: Dateline) -> None:
    day = ["--as-of", "2019-11-20", "--subject", "Huawei", "--classes", "include", "--csv"]
    window = ["--from", "2019-07-01", "--to", "2019-07-31", *day[2:]]
    mark = "Huawei through high-risk vendors (Huawei not named) (understood)"
    for question in (["state", "NL", *day], ["world", *day], ["changes", *window]):
        ended = ask(*question)
        table = list(csv.DictReader(io.StringIO(ended.text, newline="")))
        dutch = [row["matched"] for row in table if row["jurisdiction"] == "NL"]
        assert any(mark in matched for matched in dutch)
        assert all(row["matched"] == "" for row in table if row["jurisdiction"] == "AU")
        assert ended.errors == ""
    empty = ask("state", "NL", "--as-of", "2019-11-20", "--subject", "Huwaei", "--csv")
    assert (empty.code, empty.text.count("\r\n")) == (0, 1)
    assert "Did you mean Huawei?" in empty.errors
