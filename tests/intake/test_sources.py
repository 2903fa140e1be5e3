"""What is refused in files of other sources, with file, line and field, and how documents and tables are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from projections.standing import NOTHING
from services.intake.problems import InvalidRecord, Problem
from services.intake.sources import Asked, Mapped, commands_of, mapped

SAMPLES = Path(__file__).parent / "samples"
LEVELS = """\
measure: stance
title: Stance
authority: Panel
source: {name: Panel}
levels:
  '0': {effects: [none]}
  '1': {effects: [restricts]}
"""
WIDE = "jurisdiction,country,2020-03-01,2020-03-02\nNL,Netherlands,0,1\nNO,Norway,,0\n"
LONG = "jurisdiction,day,level\nNL,2020-03-01,0\nNL,2020-03-02,1\nNO,2020-03-02,0\n"
DOCUMENT = {
    "document_number": "2021-00217",
    "publication_date": "2021-01-15",
    "type": "Rule",
    "action": "Final rule.",
    "title": "A rule",
    "effective_on": "2021-02-16",
    "agencies": [{"name": "Interior Department"}],
    "regulation_id_numbers": ["1012-AA27"],
}


def panel(tmp_path: Path, table: str | bytes, *, levels: str = LEVELS, name: str = "panel-2020-03-02.csv") -> Mapped:
    file, mapping = tmp_path / name, tmp_path / "levels.yaml"
    file.write_bytes(table if isinstance(table, bytes) else table.encode())
    mapping.write_text(levels)
    return mapped("panel", Asked(files=(file,), mapping=mapping), lambda beginning: NOTHING)


def register(tmp_path: Path, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    """The acts of documents, by the mapping of the Federal Register."""
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"results": documents}))
    found = mapped("federal-register", Asked(files=(file,)), lambda beginning: NOTHING)
    commands_of(found, replay=False)
    return [line.content["act"] for line in found.lines]


def screening(tmp_path: Path, text: str | bytes, name: str = "list-2019-05-22.csv") -> Mapped:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return mapped("screening-list", Asked(files=(file,)), lambda beginning: NOTHING)


def first(refused: pytest.ExceptionInfo[InvalidRecord]) -> Problem:
    return refused.value.problems[0]


@pytest.mark.parametrize("table", [WIDE, LONG, WIDE.replace("\n", "\r\n"), "\ufeff" + WIDE, "\ufeff" + LONG])
def test_a_table_is_read_wide_and_long_with_other_line_ends_and_a_byte_order_mark(tmp_path: Path, table: str) -> None:
    acts = [line.content["act"] for line in panel(tmp_path, table).lines]
    assert [(act["act"], act["actions"][0]["type"], act["actions"][0]["values"]) for act in acts] == [
        ("stance-nl-2020-03-01", "adopted", {"level": 0}),
        ("stance-nl-2020-03-02", "amended", {"level": 1}),
        ("stance-no-2020-03-02", "adopted", {"level": 0}),
    ]


@pytest.mark.parametrize(
    ("table", "line", "field", "sentence"),
    [
        (WIDE.replace(",0,1\n", ",0,9\n"), 2, "2020-03-02", "'9' is not a level"),
        (LONG.replace("02,1", "02,9"), 3, "level", "'9' is not a level"),
        (WIDE + "NL,Netherlands,0,1\n", 4, "jurisdiction", "NL has a row already, in line 2"),
        (LONG + "NL,2020-03-01,0\n", 5, "day", "NL has 2020-03-01 already, in line 2"),
        (WIDE.replace("jurisdiction", "land"), 1, "jurisdiction", "no such column"),
        (LONG.replace("level", "grade"), 1, "level", "no such column"),
        ("jurisdiction,country\nNL,Netherlands\n", 1, "day", "no column of a day either"),
        (WIDE.replace("2020-03-02", "2020-02-30"), 1, "2020-02-30", "is not a day"),
        (WIDE.replace("2020-03-02", "2020-03-03"), 1, "2020-03-02", "there is no column of this day"),
        (WIDE.replace("country", "2020-03-02"), 1, "2020-03-02", "stands in the header twice"),
        (WIDE.replace("NO,", "Norway,"), 3, "jurisdiction", "is not a jurisdiction"),
        (WIDE.removesuffix(",,0\n"), 3, "", "the row has 2 cells, the header 4: the file may be cut"),
        (LONG.replace("2020-03-02,1", "2020-03-03,1"), 3, "day", "tells a level of a day after 2020-03-02"),
        (LONG.replace("2020-03-01", "1780-03-01"), 2, "day", "is not a day from 1900 to 2200"),
        ('jurisdiction,2020-03-01\nNL,"0\n', 2, "", "not whole CSV"),
        ("jurisdiction,2020-03-01\n", None, "", "a header and no rows"),
        ("", None, "", "the file is empty"),
        (WIDE.replace("Norway", "Åland").encode("latin-1"), 3, "", "is not UTF-8"),
    ],
)
def test_a_table_that_is_wrong_is_refused_at_its_line_and_column(
    tmp_path: Path, table: str | bytes, line: int | None, field: str, sentence: str
) -> None:
    with pytest.raises(InvalidRecord) as refused:
        panel(tmp_path, table)
    problem = first(refused)
    assert problem.file.endswith("panel-2020-03-02.csv")
    assert (problem.line, problem.field) == (line, field)
    assert sentence in problem.sentence


def test_a_level_after_the_publication_in_a_wide_table_is_refused_and_an_empty_cell_is_not(tmp_path: Path) -> None:
    table = "jurisdiction,2020-03-01,2020-03-02,2020-03-03\nNL,0,1,{}\n"
    assert len(panel(tmp_path, table.format("")).lines) == 2
    with pytest.raises(InvalidRecord) as refused:
        panel(tmp_path, table.format("1"))
    assert (first(refused).line, first(refused).field) == (2, "2020-03-03")


@pytest.mark.parametrize(
    ("levels", "line", "sentence"),
    [
        (LEVELS.replace("restricts", "forbids"), 7, "'forbids' is not known"),
        (LEVELS.replace("'0'", "0"), 6, "put it in quotes"),
        (LEVELS.replace("measure: stance\n", ""), 1, "is missing"),
        (LEVELS.replace("title", "titel"), 2, "did you mean 'title'?"),
    ],
)
def test_a_mapping_file_that_is_wrong_is_refused_at_its_line(
    tmp_path: Path, levels: str, line: int, sentence: str
) -> None:
    with pytest.raises(InvalidRecord) as refused:
        panel(tmp_path, WIDE, levels=levels)
    told = [(each.line, sentence in each.sentence) for each in refused.value.problems if "levels.yaml" in each.file]
    assert (line, True) in told


@pytest.mark.parametrize("name", ["panel.csv", "panel-2020-03-02-to-2020-03-03.csv", "panel-2020-13-02.csv"])
def test_a_table_of_which_nobody_says_when_it_was_published_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        panel(tmp_path, WIDE, name=name)
    assert "it is not known when this was published" in first(refused).sentence


def test_a_panel_is_not_guessed_without_a_mapping_file(tmp_path: Path) -> None:
    file = tmp_path / "panel-2020-03-02.csv"
    file.write_text(WIDE)
    with pytest.raises(InvalidRecord, match="--mapping"):
        mapped("panel", Asked(files=(file,)), lambda beginning: NOTHING)


def test_the_moments_of_an_option_are_as_many_as_the_files(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("")
    moments = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC))
    with pytest.raises(InvalidRecord, match="given 2 times for 1 files"):
        mapped("screening-list", Asked(files=(file,), published=moments), lambda beginning: NOTHING)


def test_the_new_day_of_a_rule_that_is_delayed_is_not_the_day_on_which_the_delay_takes_effect(tmp_path: Path) -> None:
    delay = {
        **DOCUMENT,
        "document_number": "2021-03052",
        "publication_date": "2021-02-12",
        "action": "Final rule; delay of effective date.",
        "effective_on": "2021-02-12",
        "dates": "This action is effective February 12, 2021. The effective date is delayed to April 16, 2021.",
    }
    assert register(tmp_path, DOCUMENT, delay)[1]["actions"] == [
        {"measure": "rin-1012-aa27", "type": "rescheduled", "effective_on": "2021-04-16"}
    ]
    delay["dates"] = "The effective date is delayed indefinitely."
    assert register(tmp_path, DOCUMENT, delay)[1]["actions"][0]["effective_on"] is None


CORRECTION = {"document_number": "C1-2021-00217", "publication_date": "2021-01-20", "action": "Final rule; correction."}


@pytest.mark.parametrize(
    ("further", "type_", "note"),
    [
        (CORRECTION, "amended", "Correction"),
        (
            {**CORRECTION, "regulation_id_numbers": [], "correction_of": ".../documents/2021-00217"},
            "amended",
            "of 2021-00217",
        ),
        ({"action": "Final rule; partial withdrawal."}, "noted", "it withdraws a part"),
        ({"action": "Final rule; delay of compliance date."}, "noted", "is none that is known"),
        ({"action": "Final rule; delay of effective date.", "effective_on": None}, "noted", "do not tell to which day"),
        ({"action": ""}, "noted", "ask the API for the field action"),
        ({"type": "Sunshine Act Document"}, "noted", "nothing is known of the type"),
        ({"title": "A rule; extension of validity"}, "noted", "'extension'"),
        ({"type": "Proposed Rule", "action": "Proposed rule; withdrawal."}, "noted", "it withdraws a proposal"),
        (
            {
                "publication_date": "2021-03-01",
                "action": "Final rule; delay of effective date.",
                "dates": "The effective date is delayed until May 1, 2021.",
            },
            "noted",
            "what had taken effect on 2021-02-16",
        ),
    ],
)
def test_what_a_further_document_does_is_told_or_else_it_is_noted_with_the_reason(
    tmp_path: Path, further: dict[str, Any], type_: str, note: str
) -> None:
    document = {**DOCUMENT, "document_number": "2021-01000", "publication_date": "2021-01-20", **further}
    (action,) = register(tmp_path, DOCUMENT, document)[1]["actions"]
    assert (action["measure"], action["type"]) == ("rin-1012-aa27", type_)
    assert note in action["note"]


def test_a_delay_of_a_rule_that_is_not_among_the_documents_is_noted(tmp_path: Path) -> None:
    documents = json.loads((SAMPLES / "federal-register-onrr.json").read_text())["results"]
    delay = next(each for each in documents if each["document_number"] == "2021-07886")
    (act,) = register(tmp_path, delay)
    assert [action["type"] for action in act["actions"]] == ["noted"]


@pytest.mark.parametrize(
    ("text", "line", "field", "sentence"),
    [
        ('{"results": [{"document_number": "2021-0', 1, "", "it ends in the middle"),
        ("", None, "", "the file is empty"),
        ('{"results": []}', None, "results", "is empty"),
        ('{"errors": {}}', None, "", "holds no documents"),
        (json.dumps([{**DOCUMENT, "type": None}]), None, "[0].type", "ask the API for this field"),
        (json.dumps([{**DOCUMENT, "agencies": []}]), None, "[0].agencies", "ask the API for this field"),
        (json.dumps([{**DOCUMENT, "effective_on": "16 Feb"}]), None, "[0].effective_on", "not a day"),
        (json.dumps([DOCUMENT, {**DOCUMENT, "title": "B"}]), None, "[1].document_number", "their fields differ"),
        (json.dumps([7]), None, "[0]", "not a document"),
    ],
)
def test_documents_that_are_wrong_are_refused_at_their_place(
    tmp_path: Path, text: str, line: int | None, field: str, sentence: str
) -> None:
    file = tmp_path / "documents.json"
    file.write_text(text)
    with pytest.raises(InvalidRecord) as refused:
        mapped("federal-register", Asked(files=(file,)), lambda beginning: NOTHING)
    problem = first(refused)
    assert (problem.file, problem.line, problem.field) == (str(file), line, field)
    assert sentence in problem.sentence


SAMPLE = (SAMPLES / "screening-list-2019-05-22.csv").read_text()
ENTRY = '{"results": [{"id": "a", "source": "Entity List (EL)", "name": "A", "start_date": null}], "total": 1}'


def test_a_download_is_read_with_other_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    plain = [line.content for line in screening(tmp_path, SAMPLE).lines]
    assert len(plain) == 4
    assert [line.content for line in screening(tmp_path, "\ufeff" + SAMPLE.replace("\n", "\r\n")).lines] == plain


@pytest.mark.parametrize(
    ("text", "name", "line", "field", "sentence"),
    [
        (SAMPLE.replace('"start_date"', '"begin"'), "x-2019-05-22.csv", 1, "start_date", "no such column"),
        (SAMPLE.replace("2019-05-16", "5/16/2019"), "x-2019-05-22.csv", 2, "start_date", "is not a day"),
        (SAMPLE + SAMPLE.splitlines()[1] + "\n", "x-2019-05-22.csv", 6, "_id", "line 2 already"),
        (SAMPLE[:-200], "x-2019-05-22.csv", 5, "", "not whole CSV"),
        (SAMPLE.splitlines()[0] + "\n", "x-2019-05-22.csv", None, "", "has no entries"),
        (SAMPLE.encode("utf-16"), "x-2019-05-22.csv", 1, "", "is not UTF-8"),
        (ENTRY[:-20], "x-2019-05-22.json", 1, "", "not whole JSON"),
        (ENTRY.replace('"total": 1', '"total": 7'), "x-2019-05-22.json", None, "results", "it is cut, or one page"),
        (ENTRY.replace('"name": "A", ', ""), "x-2019-05-22.json", None, "results[0].name", "is missing"),
        ("{}", "x-2019-05-22.json", None, "results", "is missing"),
        (ENTRY, "x.json", None, "", "it is not known when this was published"),
    ],
)
def test_a_download_that_is_wrong_delists_nobody_and_is_refused_at_its_place(
    tmp_path: Path, text: str | bytes, name: str, line: int | None, field: str, sentence: str
) -> None:
    with pytest.raises(InvalidRecord) as refused:
        screening(tmp_path, text, name)
    problem = first(refused)
    assert problem.file.endswith(name)
    assert (problem.line, problem.field) == (line, field)
    assert sentence in problem.sentence
