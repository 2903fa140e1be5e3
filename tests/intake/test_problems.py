"""What is refused, and that every problem is told with its file, line and field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.intake import InvalidRecord, read, stream
from services.intake.jurisdictions import COUNTRIES
from tests.intake.writing import ACT, ACTIONS, GOOD, HEAD, act_problems, acting, file, good, lines, problems


def named(cases: Sequence[tuple[Any, ...]]) -> list[str]:
    """Names for cases: the number, the field and what is said of it. (What is wrong itself can be megabytes.)"""
    return [f"{number} {case[-2]} {case[-1][:40]}" for number, case in enumerate(cases)]


def refused(change: str, to: str) -> str:
    assert change in ACT
    return ACT.replace(change, to)


IN_YAML: list[tuple[str, int, str, str]] = [
    # the words of YAML 1.1
    (
        refused("jurisdiction: US", "jurisdiction: NO"),
        1,
        "jurisdiction",
        "the bare word NO is read as false in YAML: put it in quotes, 'NO'",
    ),
    (refused("title: Temporary general licence for Huawei", "title: on"), 7, "acts[0].title", "put it in quotes, 'on'"),
    (
        refused("act: us-tgl-2019-05", "act: 2019"),
        3,
        "acts[0].act",
        "2019 is read as a number in YAML: put it in quotes",
    ),
    (
        refused("title: Temporary general licence for Huawei", "title: 2019-05-20"),
        7,
        "acts[0].title",
        "is read as a date in YAML",
    ),
    (refused("effects: []", "targets: [SE,\n      NO]"), 10, "acts[0].actions[0].targets[1]", "the bare word NO"),
    (refused("effects: []", "values: {host: no}"), 9, "acts[0].actions[0].values.host", "the bare word no"),
    (refused("effects: []", "values: {NO: 1}"), 9, "acts[0].actions[0].values", "the name NO is read as false"),
    (refused("effects: []", "values: {2019: 1}"), 9, "acts[0].actions[0].values", "the name 2019 is read as a number"),
    (refused("effects: []", "values: {at: 12:30}"), 9, "acts[0].actions[0].values.at", "in several ways"),
    (refused("effects: []", "values: {at: 010}"), 9, "acts[0].actions[0].values.at", "in several ways"),
    (refused("effects: []", "values: {at: .inf}"), 9, "acts[0].actions[0].values.at", "in several ways"),
    (refused("'2019-05-20'", "on"), 4, "acts[0].announced_on", "and not a date"),
    (refused("'2019-05-20'", "[2019-10-11..2019-10-20]"), 4, "acts[0].announced_on", "in quotes"),
    (refused("'2019-05-20'", "2019-02-30"), 4, "acts[0].announced_on", "'2019-02-30' is not a day of the calendar"),
    (refused("effects: []", "retroactive: 'true'"), 9, "acts[0].actions[0].retroactive", "without quotes"),
    # names
    (refused("title:", "titel:"), 7, "acts[0].titel", "did you mean 'title'?"),
    (refused("title: T", "title: again\n    title: T"), 8, "acts[0].title", "stands here twice"),
    (refused("effects: []", "scope: [],\n      scope: []"), 10, "acts[0].actions[0].scope", "stands here twice"),
    (ACT + "acts: []\n", 10, "acts", "stands here twice"),
    (ACT + "act: []\n", 10, "act", "did you mean 'acts'?"),
    (ACT + "recorded_at: x\n", 10, "recorded_at", "has no field 'recorded_at'"),
    (ACT + "? [a]\n: b\n", 10, "", "where a name should"),
    # what is missing
    (refused("jurisdiction: US\n", ""), 1, "jurisdiction", "is missing"),
    (
        refused("    title: Temporary general licence for Huawei\n", ""),
        3,
        "acts[0].title",
        "is missing: an act needs it",
    ),
    (refused("type: adopted, ", ""), 9, "acts[0].actions[0].type", "is missing: write one of proposed"),
    (refused("{name: 84 FR 23468}", ""), 8, "acts[0].sources", "is empty: write at least one source with a name"),
    (refused("name: 84 FR 23468", "url: https://x.org"), 8, "acts[0].sources[0].name", "is missing: a source needs it"),
    (
        refused("effects: []", "effects: "),
        9,
        "acts[0].actions[0].effects",
        "is null: write a list, [] if it is empty, or leave it out",
    ),
    (ACT + "reviews:\n", 10, "reviews", "is null"),
    (ACT + "reviews: [{}]\n", 10, "reviews[0].reviewed_on", "is missing"),
    (ACT + "retractions:\n- {act: a-b}\n", 11, "retractions[0].reason", "is missing"),
    (
        ACT + "retractions:\n- {act: a-b, reason: duplicated}\n",
        11,
        "retractions[0].reason",
        "did you mean 'duplicate'?",
    ),
    (ACT + "corrections:\n- {act: a-b, reason: typo}\n", 11, "corrections[0].replacement", "is missing"),
    (
        ACT + f"corrections:\n- act: other\n  reason: typo\n  replacement: {json.dumps(GOOD)}\n",
        13,
        "corrections[0].replacement.act",
        "keeps the slug",
    ),
    (
        f"{ACT}corrections:\n- act: us-tgl-2019-05\n  reason: typo\n  replacement: {json.dumps(good(again=True))}\n",
        13,
        "corrections[0].replacement.again",
        "has no field 'again'",
    ),
    # order of days
    (
        refused("effects: []", "effective_on: 2020,\n      expires_on: 2019-12-31"),
        10,
        "acts[0].actions[0].expires_on",
        "'2019-12-31' is before effective_on, '2020'",
    ),
    # shapes
    ("- a\n- b\n", 1, "", "is a list and not a file of records"),
    ("just words", 1, "", "and not a file of records"),
    (refused("{name: 84 FR 23468}", "84 FR 23468"), 8, "acts[0].sources[0]", "and not a source"),
    ("jurisdiction: US\nacts: {act: x}\n", 2, "acts", "is a mapping and not a list"),
    # what is not plain YAML
    ("", 1, "", "the file is empty"),
    ("# only a comment\n", 1, "", "the file is empty"),
    (ACT + "---\njurisdiction: NL\n", 10, "", "a second document begins here"),
    (ACT + "reviews: [\n", 11, "", "this is not YAML"),
    ("jurisdiction: US\nacts:\n\t- act: x\n", 3, "", "a tab stands here"),
    ("jurisdiction: US\nacts:\n  - act: 'a\x00b'\n", 3, "", "control character U+0000"),
    ('jurisdiction: US\nacts:\n  - act: x\n    title: "a\\0b"\n', 4, "acts[0].title", "control character U+0000"),
    ("x: &a 1\nreviews:\n  - *a\n", 3, "reviews[0]", "*a is an alias"),
    ("x: &a [*a]\n", 1, "x[0]", "*a is an alias"),
    (ACT + "note: !!python/object:os.system x\n", 10, "note", "is not taken"),
    (ACT + "note: !!set {a}\n", 10, "note", "is not taken"),
    ("jurisdiction: " + "[" * 30, 1, "jurisdiction" + "[0]" * 19, "nested more than 20 deep"),
]


@pytest.mark.parametrize(("text", "line", "field", "sentence"), IN_YAML, ids=named(IN_YAML))
def test_a_problem_in_yaml_is_told_with_line_and_field(
    tmp_path: Path, text: str, line: int, field: str, sentence: str
) -> None:
    path = file(tmp_path, text)
    found = problems(path)
    assert all(each.file == str(path) for each in found)
    assert any((each.line, each.field) == (line, field) and sentence in each.sentence for each in found), found


DATE = "is not a date: write it as 2019-05-20"
IN_AN_ACT: list[tuple[dict[str, Any], str, str]] = [
    *((good(**{name: ...}), name, "is missing: an act needs it") for name in GOOD),
    *((good(**{name: None}), name, "is ") for name in GOOD),
    *((good(**{name: 7}), name, "the number 7") for name in GOOD),
    *(
        (good(**{name: ["x"]}), name, "is a list")
        for name in ("act", "announced_on", "authority", "instrument", "title")
    ),
    (good(sources=[]), "sources", "is empty: write at least one source with a name"),
    (good(actions=[]), "actions", "is empty: write at least one action"),
    (good(sources="a book"), "sources", "and not a list"),
    (good(sources=[{"name": "x"}] * 201), "sources", "200 are the most"),
    (good(sources=[{"name": " "}]), "sources[0].name", "is blank"),
    (good(sources=[{"name": "x", "date": "May 2019"}]), "sources[0].date", DATE),
    (good(sources=[{"name": "x", "url": "ftp://example.org/"}]), "sources[0].url", "http:// or https://"),
    (good(sources=[{"name": "x", "url": "javascript:alert(1)"}]), "sources[0].url", "http:// or https://"),
    (good(sources=[{"name": "x", "url": "https:///path"}]), "sources[0].url", "names no host"),
    (good(sources=[{"name": "x", "url": "https://a b.org/"}]), "sources[0].url", "has a blank"),
    (good(sources=[{"name": "x", "url": "https://a.org/\n"}]), "sources[0].url", "a control character"),
    (good(sources=[{"name": "x", "url": "https://[::1/"}]), "sources[0].url", "is not an address"),
    (good(sources=[{"name": "x", "url": "https://a.org:99999/"}]), "sources[0].url", "is not an address"),
    (good(sources=[{"name": "x", "url": "https://a.org/" + "a" * 4000}]), "sources[0].url", "4000 are the most"),
    (good(sources=[{"name": "x", "archived_url": "archive"}]), "sources[0].archived_url", "http:// or https://"),
    (good(sources=[{"name": "x", "sha256": "abc"}]), "sources[0].sha256", "64 hexadecimal digits"),
    (good(sources=[{"name": "x", "kept": ["y"]}]), "sources[0].kept", "a mapping of names to texts"),
    (good(sources=[{"name": "x", "kept": {"docket": ["y"]}}]), "sources[0].kept.docket", "write text"),
    (good(sources=[{"name": "x", "kept": {f"n{n}": "y" for n in range(101)}}]), "sources[0].kept", "100 are the most"),
    (good(sources=[{"name": "x", "adress": "y"}]), "sources[0].adress", "has no field 'adress'"),
    (good(act="US TGL"), "act", "is not a slug"),
    (good(act="a" * 201), "act", "is not a slug"),
    (good(title="  "), "title", "is blank"),
    (good(title="a\u0000b"), "title", "U+0000"),
    (good(title="a\u001b[31mb"), "title", "U+001B"),
    (good(title="a\ud800b"), "title", "U+D800"),
    (good(title="a" * 20_001), "title", "20000 are the most"),
    (good(summary={"en": "x"}), "summary", "is a mapping: write text"),
    (good(citation=12), "citation", "in quotes"),
    (good(instrument="licence"), "instrument", "did you mean 'general_licence'?"),
    (good(instrument="decree"), "instrument", "write one of executive_order, statute"),
    (good(confidence="sure"), "confidence", "write one of high, medium, low"),
    (good(announced_on="20 May 2019"), "announced_on", DATE),
    (good(announced_on="1899"), "announced_on", "outside the years 1900 to 2200"),
    (good(announced_on="1899-12-31"), "announced_on", "outside the years 1900 to 2200"),
    (good(announced_on="2201-01-01"), "announced_on", "outside the years 1900 to 2200"),
    (good(announced_on="2019-W05-1"), "announced_on", "2019-W05-1"),
    (good(announced_on="２０１９"), "announced_on", DATE),
    (good(announced_on="2" * 5000), "announced_on", DATE),
    (good(announced_on="[..]"), "announced_on", "no end at all"),
    (good(published_on=""), "published_on", DATE),
    (good(after="us-tgl-2019-05"), "after", "names the act itself"),
    (good(after="Not a slug"), "after", "is not a slug"),
    (good(again="yes"), "again", "write true or false"),
    (good(links=None), "links", "is null"),
    (good(links=[{"type": "exempts_from", "to": "ZZ/listing"}]), "links[0].to", "'ZZ' is no jurisdiction"),
    (good(links=[{"type": "exempts_from", "to": "US/a/b"}]), "links[0].to", "'US/a' is not a jurisdiction"),
    (good(links=[{"type": "exempts", "to": "listing"}]), "links[0].type", "did you mean 'exempts_from'?"),
    (acting(type="banned"), "actions[0].type", "is not a type of action"),
    (acting(type="adapted"), "actions[0].type", "did you mean 'adopted'?"),
    (acting(type=["adopted"]), "actions[0].type", "is not a type of action"),
    (
        acting(type="adopted", measure="NL/decree"),
        "actions[0].measure",
        "is a measure of NL, and this is a record of US",
    ),
    (acting(type="adopted", measure="US/"), "actions[0].measure", "is not a slug"),
    (acting(type="adopted", measure=None), "actions[0].measure", "write text"),
    (acting(type="adopted", due="2019"), "actions[0].due", "an adopted action has no field 'due'"),
    (acting(type="adopted", act={}), "actions[0].act", "has no field 'act'"),
    (acting(type="adopted", place=0), "actions[0].place", "has no field 'place'"),
    (acting(type="adopted", effects=["prohibit"]), "actions[0].effects[0]", "did you mean 'prohibits'?"),
    (acting(type="adopted", subjects="Huawei"), "actions[0].subjects", "and not a list"),
    (acting(type="adopted", subjects=[""]), "actions[0].subjects[0]", "is blank"),
    (acting(type="adopted", subjects=["x"] * 1001), "actions[0].subjects", "1000 are the most"),
    (acting(type="adopted", targets=["UK"]), "actions[0].targets[0]", "GB is meant?"),
    (acting(type="adopted", scope=None), "actions[0].scope", "leave it out"),
    (acting(type="adopted", values=None), "actions[0].values", "or leave it out"),
    (acting(type="adopted", values=[1]), "actions[0].values", "write a mapping"),
    (acting(type="adopted", values={"a": {"b": 1}}), "actions[0].values.a", "nothing deeper"),
    (acting(type="adopted", values={"a": [1]}), "actions[0].values.a", "nothing deeper"),
    (acting(type="adopted", values={"a": 2**60}), "actions[0].values.a", "too large"),
    (acting(type="adopted", values={"": 1}), "actions[0].values.", "is blank"),
    (acting(type="adopted", retroactive=1), "actions[0].retroactive", "write true or false"),
    (
        acting(type="adopted", effective_on="2020-01-02", expires_on="2020-01-01"),
        "actions[0].expires_on",
        "is before effective_on",
    ),
    (
        acting(type="extended", effective_on="2020-01-02", expires_on="2020-01-01"),
        "actions[0].expires_on",
        "is before effective_on",
    ),
    (
        acting(type="rescheduled", effective_on="2020-01-02", expires_on="2019"),
        "actions[0].expires_on",
        "is before effective_on",
    ),
    (
        acting(type="suspended", effective_on="2020-01-02", until="2020-01-01"),
        "actions[0].until",
        "is before effective_on",
    ),
    (
        acting(type="amended", applies_on="2020-01-02", applies_until="2020-01-01"),
        "actions[0].applies_until",
        "is before applies_on",
    ),
    (acting(type="rescheduled"), "actions[0]", "needs effective_on or expires_on"),
    (acting(type="extended"), "actions[0].expires_on", "is missing"),
    (acting(type="ended", manner="gone"), "actions[0].manner", "write one of repealed"),
    (acting(type="reinstated", lifts="A b"), "actions[0].lifts", "is not a slug"),
    (acting(type="deadline_set", deadline="x", due=None), "actions[0].obliged", "is missing"),
    (acting(type="deadline_set", deadline="x", obliged="nobody"), "actions[0].due", "is missing"),
    (acting(type="deadline_set", due=None, obliged="nobody"), "actions[0].deadline", "is missing"),
    (
        acting(type="deadline_set", deadline="x", due=None, obliged="all"),
        "actions[0].obliged",
        "authority, addressees, nobody",
    ),
    (acting(type="deadline_moved", deadline="x"), "actions[0].due", "is missing"),
    (acting(type="deadline_met", deadline="x"), "actions[0].met_on", "is missing"),
    (acting(type="deadline_met", deadline="x", met_on=None), "actions[0].met_on", "nothing (null)"),
    (acting(type="noted", title="x"), "actions[0].title", "a noted action has no field 'title'"),
]


@pytest.mark.parametrize(("act", "field", "sentence"), IN_AN_ACT, ids=named(IN_AN_ACT))
def test_a_problem_of_an_act_is_told_with_its_field(
    tmp_path: Path, act: dict[str, Any], field: str, sentence: str
) -> None:
    found = act_problems(tmp_path, act)
    assert any(at == f"act.{field}" and sentence in said for at, said in found), found


@pytest.mark.parametrize(("act", "field", "sentence"), IN_AN_ACT, ids=named(IN_AN_ACT))
def test_yaml_and_json_lines_find_problems_in_the_same_fields(
    tmp_path: Path, act: dict[str, Any], field: str, sentence: str
) -> None:
    as_line = {at.removeprefix("act") for at, _ in act_problems(tmp_path, act)}
    as_yaml = problems(file(tmp_path, json.dumps({"jurisdiction": "US", "acts": [act]})))
    if "\\ud800" in json.dumps(act):
        assert as_yaml[0].sentence.startswith("this is not YAML")
    else:
        assert {each.field.removeprefix("acts[0]") for each in as_yaml} == as_line


ACT_LINE = {"jurisdiction": "US", "act": GOOD}
IN_A_LINE: list[tuple[object, str, str]] = [
    ({"act": GOOD}, "jurisdiction", "is missing"),
    ({"jurisdiction": "us", "act": GOOD}, "jurisdiction", "write two capital letters"),
    ({"jurisdiction": "UK", "act": GOOD}, "jurisdiction", "GB is meant?"),
    ({"jurisdiction": "ZZ", "act": GOOD}, "jurisdiction", "ZZ is not a country"),
    ({"jurisdiction": "EU-DE", "act": GOOD}, "jurisdiction", "EU is not a country"),
    ({"jurisdiction": ["US"], "act": GOOD}, "jurisdiction", "is a list"),
    ({"jurisdiction": "US"}, "", "write one of act, correct, retract, review"),
    ({"jurisdiction": "US", "acts": [GOOD]}, "", "did you mean 'act'?"),
    ({**ACT_LINE, "retract": "x"}, "", "says act and retract at once"),
    ({**ACT_LINE, "reason": "typo"}, "reason", "has no field 'reason'"),
    (
        {"jurisdiction": "US", "correct": "other", "reason": "typo", "replacement": GOOD},
        "replacement.act",
        "keeps the slug",
    ),
    (
        {"jurisdiction": "US", "correct": "other", "reason": "mistake", "replacement": GOOD},
        "reason",
        "write one of typo",
    ),
    ({"jurisdiction": "US", "correct": "us-tgl-2019-05", "reason": "typo"}, "replacement", "is missing"),
    ({"jurisdiction": "US", "retract": "x"}, "reason", "is missing"),
    ({"jurisdiction": "US", "retract": "X Y", "reason": "duplicate"}, "retract", "is not a slug"),
    ({"jurisdiction": "US", "review": "yesterday"}, "review", DATE),
    ({**ACT_LINE, "recorded_at": "2019-05-21T08:00:00Z"}, "recorded_at", "ask for a replay"),
    ({**ACT_LINE, "recorded_by": "desk"}, "recorded_by", "ask for a replay"),
    ("[1]", "", "is a list and not an object"),
    ("7", "", "is the number 7 and not an object"),
    ("{", "", "this is not a JSON object on one line"),
    ('{"jurisdiction": "US", "jurisdiction": "US", "review": "2019"}', "jurisdiction", "stands here twice"),
    (json.dumps(ACT_LINE).replace('"title"', '"act": "x", "title"'), "act.act", "stands here twice"),
    (
        json.dumps(ACT_LINE).replace('"effects"', '"values": {"a": 1, "a": 1}, "effects"'),
        "act.actions[0].values.a",
        "stands here twice",
    ),
    (json.dumps(ACT_LINE).replace('["permits_temporarily"]', "NaN"), "", "NaN is not a number of JSON"),
    (
        json.dumps(ACT_LINE).replace('"effects"', '"values": {"a": 1e999}, "effects"'),
        "act.actions[0].values.a",
        "not a finite number",
    ),
    (json.dumps(ACT_LINE).replace('["permits_temporarily"]', "1" * 5000), "", "too many digits"),
    ("[" * 200_000, "", "nested too deep"),
    ('"' + "a" * (4 * 2**20) + '"', "", "longer than 4194304 bytes"),
]


@pytest.mark.parametrize(("line", "field", "sentence"), IN_A_LINE, ids=named(IN_A_LINE))
def test_a_problem_of_a_line_is_told_with_its_number(tmp_path: Path, line: object, field: str, sentence: str) -> None:
    path = lines(tmp_path, ACT_LINE, "", line, ACT_LINE)
    found = problems(path)
    assert {(each.file, each.line) for each in found} == {(str(path), 3)}
    assert any(each.field == field and sentence in each.sentence for each in found), found


def test_a_replay_says_when_every_line_was_recorded(tmp_path: Path) -> None:
    [problem] = problems(lines(tmp_path, ACT_LINE), replay=True)
    assert (problem.line, problem.field) == (1, "recorded_at")
    assert problem.sentence == "is missing: a line needs it"


@pytest.mark.parametrize(
    "moment",
    [
        "2019-05-21",
        "2019-05-21T08:00:00",
        "2019-05-21T08:00:00+02:00",
        "2019-02-30T08:00:00Z",
        "0000-01-01T00:00:00Z",
        7,
    ],
)
def test_a_replay_takes_moments_in_utc_alone(tmp_path: Path, moment: object) -> None:
    [problem] = problems(lines(tmp_path, {**ACT_LINE, "recorded_at": moment}), replay=True)
    assert problem.field == "recorded_at"
    assert "write it as 2026-11-24T08:00:00Z" in problem.sentence


def test_a_replay_never_runs_backwards_not_even_from_file_to_file(tmp_path: Path) -> None:
    first = lines(tmp_path, {**ACT_LINE, "recorded_at": "2019-05-21T08:00:00Z"}, name="a.jsonl")
    second = lines(tmp_path, {**ACT_LINE, "recorded_at": "2019-05-21T07:59:59Z"}, name="b.jsonl")
    [problem] = problems(tmp_path, replay=True)
    assert (problem.file, problem.line, problem.field) == (str(second), 1, "recorded_at")
    assert "runs backwards: the line before was recorded at 2019-05-21T08:00:00Z" in problem.sentence
    assert problems(second, first, replay=True) == []


def test_a_replay_takes_no_yaml_for_it_has_no_moments(tmp_path: Path) -> None:
    [problem] = problems(file(tmp_path, ACT), replay=True)
    assert "JSON Lines" in problem.sentence


def test_all_problems_of_all_files_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    bad = HEAD.replace("title:", "titel:").replace("'2019-05-20'", "soon") + ACTIONS.replace("adopted", "banned")
    first = file(tmp_path, bad, "a.yaml")
    second = lines(tmp_path, {"jurisdiction": "US", "act": good(title=None)}, name="b.jsonl")
    found = problems(tmp_path)
    assert [(each.file, each.line, each.field) for each in found] == [
        (str(first), 3, "acts[0].title"),
        (str(first), 4, "acts[0].announced_on"),
        (str(first), 7, "acts[0].titel"),
        (str(first), 9, "acts[0].actions[0].type"),
        (str(second), 1, "act.title"),
    ]


def test_a_hundred_problems_are_told_and_the_others_counted(tmp_path: Path) -> None:
    path = lines(tmp_path, *[{"jurisdiction": "US", "act": good(title=None)}] * 150)
    with pytest.raises(InvalidRecord) as refusal:
        read([path])
    assert (len(refusal.value.problems), refusal.value.count) == (100, 150)
    assert refusal.value.facts["count"] == 150
    assert "150 problems were found and nothing was recorded" in refusal.value.message
    assert f"{path}, line 1: act.title: " in refusal.value.message


def test_a_stream_refuses_at_its_end(tmp_path: Path) -> None:
    commands = stream([lines(tmp_path, ACT_LINE, {"jurisdiction": "US"})])
    assert next(commands)
    with pytest.raises(InvalidRecord):
        next(commands)


def test_a_path_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    [problem] = problems(tmp_path / "nowhere.yaml")
    assert (problem.file, problem.line) == (str(tmp_path / "nowhere.yaml"), None)
    assert "no such file or folder" in problem.sentence


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    file(tmp_path, "words", "README.md")
    [problem] = problems(tmp_path)
    assert (problem.file, problem.line) == (str(tmp_path), None)
    assert "holds no file to read" in problem.sentence


def test_no_path_at_all_is_a_problem() -> None:
    [problem] = problems()
    assert "no file is named" in problem.sentence


def test_a_file_of_an_unknown_kind_is_a_problem_when_it_is_named(tmp_path: Path) -> None:
    [problem] = problems(file(tmp_path, "words", "README.md"))
    assert "it is not known what this file holds" in problem.sentence


def test_a_path_with_a_null_character_is_a_problem() -> None:
    assert len(problems(Path("a\x00b.yaml"))) == 1


@pytest.mark.parametrize("name", ["US.yaml", "US.jsonl"])
def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path: Path, name: str) -> None:
    [problem, *_] = problems(file(tmp_path, b'\n\n"jurisdiction": \xff\n', name))
    assert problem.line == 3
    assert "is not UTF-8" in problem.sentence


def test_an_empty_json_lines_file_is_a_problem(tmp_path: Path) -> None:
    [problem] = problems(file(tmp_path, "\n\n", "US.jsonl"))
    assert "the file is empty" in problem.sentence


def test_a_yaml_file_that_is_too_large_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "US.yaml"
    with path.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    [problem] = problems(path)
    assert "larger than 64 MiB" in problem.sentence


def test_a_bomb_of_aliases_stays_small(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    with pytest.raises(InvalidRecord) as refusal:
        read([file(tmp_path, bomb)])
    assert refusal.value.problems[0].line == 2


def test_countries_are_those_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249
    assert {"NO", "GB", "FO", "SS", "TW"} <= COUNTRIES
    assert not {"UK", "EU", "XK", "AN", "ZZ"} & COUNTRIES
