"""The form of an act loses nothing of an act, and says nothing that was not filled in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from events.commands import CorrectAct, RecordAct
from events.vocabulary import jurisdiction_of
from projections.acts import content_of
from services.intake import bodies
from services.intake.actions import SHAPES
from services.intake.bodies import InvalidBody
from services.intake.files import read
from services.web.act_form import ACTS, LINK, MEANINGS, SOURCE, act_of, arranged, form_of, kinds_of, sheet
from services.web.fields import Problems, values_in, values_text
from services.web.forms import Form
from tests.documentation.reading import TOP

TOLD = [
    command
    for command in read([TOP / "dossier", TOP / "tests/acceptance/law/XA.yaml"]).commands
    if isinstance(command, RecordAct | CorrectAct)
]
ACT = {
    "act.act": "xa-law",
    "act.announced_on": "2020-03-01",
    "act.authority": "Ministry",
    "act.instrument": "rule",
    "act.title": "Law",
    "act.sources[0].name": "Gazette",
    "act.actions[0].type": "noted",
    "act.actions[0].measure": "law",
}


def read_back(form: Form) -> RecordAct:
    """The command that a form comes to."""
    body = {"jurisdiction": "XA", "act": act_of(arranged(form), "act")}
    (command,) = bodies.acts(json.dumps(body).encode()).commands
    assert isinstance(command, RecordAct)
    return command


def act(**fields: str | None) -> Form:
    """A form that tells an act, with other or more fields; their dots are written as two underscores."""
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return Form((name, value) for name, value in {**ACT, **named}.items() if value is not None)


def action(kind: str, **fields: str) -> dict[str, Any]:
    """The one action of an act as the record is told it, from a form."""
    told = {f"act.actions[0].{name.replace('__', '.')}": value for name, value in fields.items()}
    form = Form({**ACT, "act.actions[0].type": kind, **told}.items())
    found: dict[str, Any] = act_of(arranged(form), "act")["actions"][0]
    return {name: value for name, value in found.items() if name not in ("type", "measure")}


def test_the_dossier_and_the_law_book_are_many_acts() -> None:
    assert len(TOLD) > 300


def test_the_form_of_every_act_says_the_whole_act_and_nothing_else() -> None:
    for command in TOLD:
        told = command.act if isinstance(command, RecordAct) else command.replacement
        content = content_of(told, command.actions)
        home = jurisdiction_of(command.actions[0].measure)
        body = {"jurisdiction": home, "act": act_of(arranged(form_of(content, "act")), "act")}
        (again,) = bodies.acts(json.dumps(body).encode()).commands
        assert isinstance(again, RecordAct)
        assert (again.act, again.actions) == (told, command.actions)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_form_has_every_field_of_every_type_of_action(kind: str) -> None:
    assert set(kinds_of(kind)) == {"type", "measure", "note", *SHAPES[kind].fields}
    assert kind in MEANINGS
    needed = {name for name, each in kinds_of(kind).items() if each.is_needed}
    assert needed == {"type", "measure", *SHAPES[kind].required}


def test_the_form_has_every_field_of_an_act_its_sources_and_its_links() -> None:
    with pytest.raises(InvalidBody) as refused:
        bodies.acts(
            json.dumps(
                {"jurisdiction": "XA", "act": {"?": 1, "sources": [{"?": 1}], "links": [{"?": 1}], "actions": [{}]}}
            ).encode()
        )
    fields = {
        each.path: set(each.sentence.partition("its fields are ")[2].split(", "))
        for each in refused.value.findings
        if each.of_name
    }
    assert fields["act", "?"] == {*ACTS["act"], "sources", "links", "actions"}
    assert fields["act", "sources", 0, "?"] == set(SOURCE)
    assert fields["act", "links", 0, "?"] == set(LINK)
    assert set(ACTS["replacement"]) == set(ACTS["act"]) - {"again"}


def test_what_is_not_filled_in_is_not_told() -> None:
    assert action("adopted", effective_on=" ", title="", values="\n", note="  \n") == {}
    assert action("extended") == {}  # so that the reading says that a last day is missing
    assert action("amended", subjects="") == {}


def test_what_is_told_to_be_nothing_is_told_so() -> None:
    ticked = {"effects__nothing": "on", "subjects__nothing": "on", "values__nothing": "on"}
    assert action("amended", **ticked) == {"effects": [], "subjects": [], "values": {}}
    assert action("extended", expires_on__nothing="on") == {"expires_on": None}
    assert action("rescheduled", effective_on__nothing="on") == {"effective_on": None}
    assert action("deadline_moved", deadline="rules", due__nothing="on") == {"deadline": "rules", "due": None}


def test_what_is_filled_in_counts_whatever_is_ticked() -> None:
    assert action("extended", expires_on="2020-05-31", expires_on__nothing="on") == {"expires_on": "2020-05-31"}
    assert action("amended", subjects="Huawei", subjects__nothing="on") == {"subjects": ["Huawei"]}


def test_blanks_around_a_line_are_left_out_and_those_within_a_text_are_not() -> None:
    assert read_back(act(act__title="  Law ")).act.title == "Law"
    assert read_back(act(act__summary=" one\n two ")).act.summary == " one\n two "


def test_a_list_has_as_many_places_as_are_filled_in() -> None:
    form = Form([*ACT.items(), *(("act.actions[1].subjects", each) for each in ("ZTE", "", "Co., Ltd.", " Huawei "))])
    told = act_of(arranged(Form([*form.pairs(), ("act.actions[1].type", "proposed")])), "act")["actions"][1]
    assert told["subjects"] == ["ZTE", "Co., Ltd.", "Huawei"]


def test_an_item_without_anything_filled_in_is_left_out_and_the_others_close_up() -> None:
    blank = {"act__sources[1]__name": "", "act__sources[1]__url": " ", "act__sources[7]__name": "Journal"}
    assert [each.name for each in read_back(act(**blank)).act.sources] == ["Gazette", "Journal"]


def test_one_item_more_leaves_the_others_as_they_are() -> None:
    form = arranged(act(**{"act__sources[1]__name": ""}), more="act.sources")
    assert [item.name for item in sheet(form, "act", Problems()).sources] == [
        "act.sources[0]",
        "act.sources[1]",
        "act.sources[2]",
    ]
    assert form.text("act.sources[0].name") == "Gazette"


def test_one_item_less_is_the_one_that_was_meant() -> None:
    form = act(**{"act__sources[1]__name": "Journal", "act__sources[2]__name": "Paper"})
    assert [each.name for each in read_back(arranged(form, less="act.sources[1]")).act.sources] == ["Gazette", "Paper"]


def test_what_another_type_of_action_does_not_have_is_kept_until_that_type_comes_back() -> None:
    form = act(**{"act__actions[0]__type": "extended", "act__actions[0]__effects": "restricts"})
    (item,) = sheet(arranged(form), "act", Problems()).actions
    assert item.kept == (("act.actions[0].effects", "restricts"),)
    assert "effects" not in act_of(arranged(form), "act")["actions"][0]


@pytest.mark.parametrize(
    "values",
    [
        {"level": 2, "share": 0.5, "whole": 2.0, "is_open": True, "is_shut": False, "nobody": None},
        {"word": "two", "number": "2", "truth": "true", "nothing": "null", "empty": "", "blank": " ", "far": "1e5"},
        {"quoted": '"two"', "half": '"two', "lines": "one\ntwo\r\nthree", "colon": "a: b", "list": "[1]", "nan": "NaN"},
        {"a: b": 1, ' "x"': 2, '"y': 3, "two\nlines": 4, " z ": 5, "ü": "ß", "{}": "{}"},
        {"large": 2**53 - 1, "small": -1e-300},
    ],
)
def test_values_come_back_as_they_were(values: dict[str, Any]) -> None:
    back = values_in(values_text(values))
    assert isinstance(back, dict)
    assert [(name, value, type(value)) for name, value in back.items()] == [
        (name, value, type(value)) for name, value in values.items()
    ]


@pytest.mark.parametrize("text", ["level", "level = 2", "level: 1\nlevel: 2", '"level', '"level" 2', "[" * 100_000])
def test_values_that_are_not_written_as_such_are_refused_by_the_reading_of_records(text: str) -> None:
    with pytest.raises(InvalidBody) as refused:
        read_back(act(**{"act__actions[0]__type": "adopted", "act__actions[0]__values": text}))
    (finding,) = refused.value.findings
    assert finding.path == ("act", "actions", 0, "values")


def test_the_problem_of_a_place_stands_at_the_field_that_holds_it() -> None:
    form = act(
        **{
            "act__announced_on": "soon",
            "act__actions[0]__type": "adopted",
            "act__actions[0]__subjects": "x" * 501,
            "act__actions[0]__values": "level: [1]",
            "act__sources[0]__name": None,
        }
    )
    with pytest.raises(InvalidBody) as refused:
        read_back(form)
    problems = Problems(refused.value.findings)
    shown = sheet(arranged(form), "act", problems)
    found = {each.name: each.problems for item in shown.actions for each in item.fields if each.problems}
    assert set(found) == {"act.actions[0].subjects", "act.actions[0].values"}
    assert shown.fields["announced_on"].problems[0].startswith("'soon' is not a date")
    assert shown.missing["sources"] == ("is missing: an act needs it",)
    assert [(element, label) for element, label, _ in problems.told()] == [
        ("act-announced_on", "Announced on"),
        ("act-sources", "Sources"),
        ("act-actions-0-subjects", "Action 1, Subjects"),
        ("act-actions-0-values", "Action 1, Values"),
    ]
