"""Files of other sources on the command line: mapped, reviewed, recorded, and gone on from when newer ones come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Dateline

SAMPLES = Path(__file__).resolve().parents[1] / "intake" / "samples"
ONRR = str(SAMPLES / "federal-register-onrr.json")
TELECOM = str(SAMPLES / "federal-register-telecom.json")
LISTS = [str(SAMPLES / f"screening-list-{day}.csv") for day in ("2019-05-22", "2019-08-22", "2019-09-01")]
HUAWEI = "US/csl-el-b65d334c04ebe09b"
ZTE = "US/csl-dpl-cd20f1235c455394"


def answer(dateline: Dateline, *arguments: str) -> Any:
    ended = dateline(*arguments, "--json")
    assert (ended.code, ended.errors) == (0, "")
    return json.loads(ended.output)


def on(dateline: Dateline, measure: str, as_of: str, known_on: str) -> Any:
    return answer(dateline, "measure", measure, "--as-of", as_of, "--known-on", known_on)["line"]


def events(dateline: Dateline) -> list[Any]:
    """The log without what differs from run to run."""
    told = answer(dateline, "log", "--limit", "1000")["events"]
    return [{name: each[name] for name in each if name not in ("recorded_at", "batch", "recorded_by")} for each in told]


@pytest.mark.parametrize(
    ("known_on", "status", "since"),
    [
        ("2021-01-31", "in_force", "2021-02-16"),  # as the rule was published
        ("2021-02-28", "in_force", "2021-04-16"),  # after the first delay
        ("2021-04-30", "in_force", "2021-11-01"),  # after the second
        ("2021-10-15", "ended", "2021-11-01"),  # withdrawn before it took effect
    ],
)
def test_what_was_believed_of_a_rule_that_was_delayed_twice_and_withdrawn(
    dateline: Dateline, known_on: str, status: str, since: str
) -> None:
    assert dateline("import", "--from", "federal-register", ONRR).code == 0
    line = on(dateline, "US/rin-1012-aa27", "2021-11-15", known_on)
    assert (line["status"], line["since"]) == (status, since)
    assert line["title"] == "ONRR 2020 Valuation Reform and Civil Penalty Rule"


def test_the_rule_that_was_withdrawn_never_took_effect(dateline: Dateline) -> None:
    dateline("import", "--from", "federal-register", ONRR)
    told = answer(dateline, "changes", "US", "--from", "2021-01-01", "--to", "2021-12-31")["changes"]
    assert [(each["on"], each["what"], each["by"]) for each in told if "deadline" not in each["what"]] == [
        ("2021-01-15", "adopted", "fr-2021-00217"),
        ("2021-02-12", "rescheduled", "fr-2021-03052"),
        ("2021-04-16", "rescheduled", "fr-2021-07886"),
        ("2021-06-11", "proposed", "fr-2021-12318"),
        ("2021-09-30", "scheduled", "fr-2021-20979"),
        ("2021-11-01", "ended", "fr-2021-20979"),
    ]


def test_a_comment_period_is_a_deadline_and_its_extension_a_move(dateline: Dateline) -> None:
    dateline("import", "--from", "federal-register", TELECOM)
    line = on(dateline, "US/rin-0605-aa51", "2020-01-02", "2020-01-02")
    assert line["status"] == "proposed"
    (deadline,) = line["deadlines"]
    assert (deadline["due"], deadline["obliged"], deadline["status"]) == ("2020-01-10", "nobody", "open")
    assert [(each["from"], each["to"], each["act"]) for each in deadline["moves"]] == [
        ("2019-12-27", "2020-01-10", "fr-2019-27596")
    ]
    assert on(dateline, "US/rin-0605-aa51", "2021-03-22", "2021-03-22")["status"] == "in_force"


def test_what_cannot_be_told_from_the_fields_is_noted_and_listed_with_the_reason(dateline: Dateline) -> None:
    ended = dateline("import", "--from", "federal-register", TELECOM)
    assert ended.code == 0
    assert "results[4]: 2019-25189 is noted: its title says 'Extension'" in ended.errors
    entries = answer(dateline, "history", "US/rin-0694-ah97")["entries"]
    assert [each["type"] for each in entries] == ["noted", "noted"]


def test_a_mapping_file_names_the_measure_and_gives_the_terms_that_the_register_does_not(
    dateline: Dateline, tmp_path: Path
) -> None:
    mapping = tmp_path / "terms.yaml"
    mapping.write_text(
        "measures:\n"
        "  rin-0605-aa51: {measure: icts-rule, effects: [requires_approval], subjects: [foreign adversaries]}\n"
    )
    dateline("import", "--from", "federal-register", TELECOM, "--mapping", str(mapping))
    line = on(dateline, "US/icts-rule", "2021-04-01", "2021-04-01")
    assert (line["status"], line["effects"], line["subjects"]) == (
        "in_force",
        ["requires_approval"],
        ["foreign adversaries"],
    )


def test_fields_that_the_record_has_no_place_for_are_kept_with_the_source(dateline: Dateline) -> None:
    dateline("import", "--from", "federal-register", ONRR)
    entries = answer(dateline, "history", "US/rin-1012-aa27")["entries"]
    (source,) = entries[1]["sources"]
    assert source["kept"] == {
        "document_number": "2021-00217",
        "type": "Rule",
        "action": "Final rule.",
        "agencies": json.dumps(json.loads(Path(ONRR).read_text())["results"][4]["agencies"]),
        "docket_ids": '["Docket No. ONRR-2020-0001"]',
        "regulation_id_numbers": '["1012-AA27"]',
        "effective_on": "2021-02-16",
    }
    assert entries[1]["citation"] == "86 FR 4612"


def test_documents_that_come_later_go_on_with_the_measure_on_record(dateline: Dateline, tmp_path: Path) -> None:
    documents = sorted(json.loads(Path(ONRR).read_text())["results"], key=lambda each: each["publication_date"])
    for each in documents[1:]:
        each["regulation_id_numbers"] = []  # the docket says it as well
    for number, each in enumerate(documents):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(each))
        ended = dateline("import", "--from", "federal-register", str(file))
        assert (ended.code, ended.errors) == (0, "")
    assert on(dateline, "US/rin-1012-aa27", "2021-11-15", "2021-10-15")["status"] == "ended"
    dateline("import", "--from", "federal-register", str(tmp_path / "1.json"))
    assert answer(dateline, "log")["position"] == 9  # a repeat changes nothing


def test_a_document_that_the_register_mends_is_a_correction_of_its_act(dateline: Dateline, tmp_path: Path) -> None:
    dateline("import", "--from", "federal-register", ONRR)
    mended = json.loads(Path(ONRR).read_text())["results"][4]
    mended["effective_on"] = "2021-02-17"
    file = tmp_path / "mended.json"
    file.write_text(json.dumps(mended))
    assert dateline("import", "--from", "federal-register", str(file)).code == 0
    last = answer(dateline, "history", "US/rin-1012-aa27")["entries"][-1]
    assert (last["type"], last["reason"], last["effective_on"]) == ("corrected", "source_corrected", "2021-02-17")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--from", "federal-register", ONRR, TELECOM], "fr.jsonl"),
        (["--from", "screening-list", *LISTS, "--removes-at-most", "50"], "csl.jsonl"),
    ],
)
def test_what_a_review_shows_is_what_would_be_recorded(
    dateline: Dateline, tmp_path: Path, arguments: list[str], name: str
) -> None:
    review = tmp_path / name
    ended = dateline("import", *arguments, "--review", str(review))
    assert ended.code == 0
    assert f"to {review}, recorded nothing" in ended.text
    assert answer(dateline, "log")["position"] == 0
    assert dateline("import", str(review)).code == 0
    reviewed = events(dateline)
    assert len(reviewed) >= len(review.read_text().splitlines())
    again = dateline("import", *arguments)
    assert "nothing new was recorded" in again.text
    assert events(dateline) == reviewed


def test_a_review_is_never_written_over_a_file(dateline: Dateline, tmp_path: Path) -> None:
    review = tmp_path / "review.jsonl"
    review.write_text("mine")
    ended = dateline("import", "--from", "federal-register", ONRR, "--review", str(review))
    assert (ended.code, review.read_text()) == (2, "mine")
    assert "there is such a file already" in ended.errors
    other = dateline("import", "--from", "federal-register", ONRR, "--review", str(tmp_path / "review.txt"))
    assert "ends in .jsonl" in other.errors


def test_successive_downloads_of_the_list_are_listings_amendments_and_delistings(dateline: Dateline) -> None:
    imported = dateline("import", "--from", "screening-list", *LISTS, "--removes-at-most", "50")
    assert (imported.code, imported.errors) == (0, "")
    told = answer(dateline, "changes", "US", "--from", "2019-05-16", "--to", "2019-09-02")["changes"]
    of = {(each["measure"], each["what"], each["on"]) for each in told}
    assert (HUAWEI, "adopted", "2019-05-16") in of
    assert (HUAWEI, "amended", "2019-05-23") in of  # some day after the first download
    assert (ZTE, "ended", "2019-08-23") in of
    before = on(dateline, ZTE, "2019-08-22", "2019-08-22")
    assert (before["status"], before["targets"], before["expires_on"]) == ("in_force", ["CN"], "2025-03-13")
    assert on(dateline, ZTE, "2019-09-01", "2019-09-01")["status"] == "ended"
    entry = answer(dateline, "history", HUAWEI)["entries"][-1]
    assert (entry["type"], entry["announced_on"]) == ("amended", "[2019-05-23..2019-08-22]")
    assert entry["note"] == "Changed: _id, alt_names, federal_register_notice"
    assert entry["sources"][0]["kept"]["license_policy"] == "Presumption of denial"


def test_a_newer_download_goes_on_from_what_is_on_record(dateline: Dateline) -> None:
    for file in LISTS:
        assert dateline("import", "--from", "screening-list", file, "--removes-at-most", "50").code == 0
    one_by_one = events(dateline)
    again = dateline("import", "--from", "screening-list", LISTS[0])
    assert "is left alone: the record goes on to the download of 2019-09-01T00:00:00Z" in again.errors
    assert events(dateline) == one_by_one
    assert [each["event"]["type"] for each in one_by_one if "ended" in json.dumps(each["event"])] == ["ended"]


def test_a_download_in_which_much_is_missing_delists_nobody(dateline: Dateline, tmp_path: Path) -> None:
    dateline("import", "--from", "screening-list", LISTS[0])
    lines = Path(LISTS[0]).read_text().splitlines(keepends=True)
    cut = tmp_path / "screening-list-2019-06-01.csv"
    cut.write_text("".join([*lines[:2], lines[4]]))
    ended = dateline("import", "--from", "screening-list", str(cut))
    assert ended.code == 2
    assert "leaves out 1 of the 3 entries that stand, more than 10 percent" in ended.errors
    assert answer(dateline, "log")["position"] == 4


def test_a_list_of_which_a_download_has_nothing_is_left_as_it_stands(dateline: Dateline, tmp_path: Path) -> None:
    dateline("import", "--from", "screening-list", LISTS[0])
    lines = Path(LISTS[0]).read_text().splitlines(keepends=True)
    entity_list = tmp_path / "el-2019-06-01.csv"
    entity_list.write_text("".join(lines[:2]))
    ended = dateline("import", "--from", "screening-list", str(entity_list))
    assert "has nothing of Denied Persons List (DPL) - Bureau of Industry and Security" in ended.errors
    assert ended.code == 0
    assert on(dateline, ZTE, "2019-06-02", "2019-06-02")["status"] == "in_force"


def test_a_download_in_json_says_itself_when_it_was_made(dateline: Dateline, tmp_path: Path) -> None:
    entry = {
        "id": "306",
        "source": "Specially Designated Nationals (SDN) - Treasury Department",
        "entity_number": 306,
        "name": "BANCO NACIONAL DE CUBA",
        "addresses": [{"city": "Zurich", "country": "CH"}, {"city": "Madrid", "country": "ES"}],
        "alt_names": ["BNC"],
        "start_date": None,
    }
    file = tmp_path / "consolidated.json"
    file.write_text(
        json.dumps({"results": [entry], "total": 1, "search_performed_at": "2021-05-10T05:00:00.123456+00:00"})
    )
    ended = dateline("import", "--from", "screening-list", str(file))
    assert (ended.code, ended.errors) == (0, "")
    (entry,) = answer(dateline, "history", "US/csl-sdn-306")["entries"]
    assert entry["announced_on"] == "[..2021-05-10]"  # listed by then, nobody says since when
    assert entry["targets"] == ["CH", "ES"]
    assert entry["sources"][0]["kept"]["alt_names"] == '["BNC"]'


def test_a_panel_goes_on_from_what_is_on_record_and_tells_what_it_corrects(dateline: Dateline, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(PANEL)
    early, late = tmp_path / "panel-2020-03-02.csv", tmp_path / "panel-2020-03-04.csv"
    early.write_text("jurisdiction,country,2020-03-01,2020-03-02\nNL,Netherlands,1,2\nNO,Norway,,0\n")
    late.write_text(
        "jurisdiction,country,2020-03-01,2020-03-02,2020-03-03,2020-03-04\nNL,Netherlands,1,1,1,2\nNO,Norway,,2,2,2\n"
    )
    first = dateline("import", "--from", "panel", str(early), "--mapping", str(mapping))
    assert (first.code, first.errors) == (0, "")
    state = answer(dateline, "state", "NL", "--as-of", "2020-03-02")
    assert state["headline"] == {"effect": "restricts", "status": "in_force", "measures": ["NL/stance"]}
    assert dateline("import", "--from", "panel", str(late), "--mapping", str(mapping)).code == 2  # one of three gone?
    second = dateline("import", "--from", "panel", str(late), "--mapping", str(mapping), "--removes-at-most", "40")
    assert (second.code, second.errors) == (0, "")
    entries = answer(dateline, "history", "NL/stance")["entries"]
    assert [(each["type"], each["act"]) for each in entries] == [
        ("adopted", "stance-nl-2020-03-01"),
        ("amended", "stance-nl-2020-03-02"),
        ("retracted", "stance-nl-2020-03-02"),
        ("amended", "stance-nl-2020-03-04"),
    ]
    assert entries[2]["note"] == "snapshot of 2020-03-04T00:00:00Z"
    assert entries[0]["sources"] == [
        {"name": "Panel", "date": "2020-03-02", "kept": {"country": "Netherlands", "snapshot": "2020-03-02T00:00:00Z"}}
    ]
    norway = answer(dateline, "history", "NO/stance")["entries"]
    assert [(each["type"], each["values"]) for each in norway] == [
        ("adopted", {"level": 0}),
        ("corrected", {"level": 2}),
    ]
    before = answer(dateline, "log")["position"]
    left = dateline("import", "--from", "panel", str(early), "--mapping", str(mapping))
    assert "is left alone: the record goes on to the snapshot of 2020-03-04T00:00:00Z" in left.errors
    assert answer(dateline, "log")["position"] == before


PANEL = """\
measure: stance
title: Stance towards suppliers
authority: Panel
source: {name: Panel}
levels:
  '0': {effects: [none]}
  '1': {effects: [requires_approval]}
  '2': {effects: [restricts]}
"""


def test_options_of_a_source_need_the_name_of_one(dateline: Dateline) -> None:
    assert "go with --from" in dateline("import", ONRR, "--mapping", "x.yaml").errors
    assert "federal-register, panel, screening-list" in dateline("import", ONRR, "--from", "gazette").errors
