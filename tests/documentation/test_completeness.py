"""What exists is documented: every command and option, route and parameter, setting, refusal, status and change."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

import pytest
import typer.main
from msgspec.structs import fields

import events
import projections
import services
from events import vocabulary
from events.actions import ActionType
from events.errors import Refusal
from projections.changes import PHRASES, changes_between
from services.api.app import create_app
from services.api.examples import PROBLEM_GROUPS, PROBLEMS
from services.api.problems import status_of
from services.cli.main import app
from services.operations.settings import Settings
from services.operations.wiring import Service
from tests.documentation.reading import section, text_of

ANSWERS = "docs/answers.md"
COMMAND: Any = typer.main.get_command(app)
NOTHING: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)
OPENAPI: dict[str, Any] = create_app(Service(**NOTHING)).openapi()


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its whole name, `keys make`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _refusals() -> list[type[Refusal]]:
    for package in (events, projections, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)

    def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    found = {each for each in below(Refusal) if not each.__module__.startswith("tests")}
    return sorted(found, key=lambda each: (each.type, each.__name__))


REFUSALS = _refusals()


COMMANDS = dict(_commands(COMMAND))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented_with_its_options(name: str) -> None:
    text = text_of(ANSWERS)
    assert f"dateline {name}" in text
    for option in (each for parameter in COMMANDS[name].params for each in parameter.opts):
        if option.startswith("--") and option != "--help":
            assert re.search(rf"{option}\b", text), f"{option} of dateline {name}"


def test_every_documented_command_exists() -> None:
    for document in ("README.md", ANSWERS, "docs/operations.md", "docs/architecture.md"):
        for name in re.findall(
            r"^\$ (?:\./run )?dateline ([a-z]+)|`dateline ([a-z]+)", text_of(document), re.MULTILINE
        ):
            assert "".join(name) in COMMAND.commands, f"{document}: dateline {''.join(name)}"


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for path, methods in OPENAPI["paths"].items() for method in methods]
)
def test_every_route_is_documented_with_its_parameters(method: str, path: str) -> None:
    text = text_of(ANSWERS)
    heading = f"    {method.upper()} {path}\n"
    assert heading in text
    under = re.split(r"^## ", text[text.index(heading) :], maxsplit=1, flags=re.MULTILINE)[0]
    for parameter in OPENAPI["paths"][path][method].get("parameters", ()):
        assert parameter["in"] == "path" or f"`{parameter['name']}`" in under, parameter["name"]


def test_every_documented_route_exists() -> None:
    routes = {f"{method.upper()} {path}" for path, methods in OPENAPI["paths"].items() for method in methods}
    assert set(re.findall(r"^    ((?:GET|POST|PUT|DELETE) /\S+)$", text_of(ANSWERS), re.MULTILINE)) == routes


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    alias = Settings.model_fields[name].validation_alias
    variable = alias if isinstance(alias, str) else f"DATELINE_{name.upper()}"
    assert variable in section("docs/operations.md", "Settings")
    if variable.startswith("DATELINE_"):
        assert variable in text_of("README.md")


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_is_documented_with_its_status(kind: type[Refusal]) -> None:
    row = re.search(rf"^\| `{kind.type}` \| (\S+) \| \S.+ \|$", section(ANSWERS, "Refusals"), re.MULTILINE)
    assert row, f"{kind.type} of {kind.__module__}.{kind.__name__}"
    refusal = kind.__new__(kind)
    assert row[1] in ("–", str(status_of(refusal)))


def test_every_documented_refusal_exists() -> None:
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", section(ANSWERS, "Refusals"), re.MULTILINE))
    assert documented == {kind.type for kind in REFUSALS}


def test_the_pages_of_the_problems_say_what_the_documentation_says() -> None:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", section(ANSWERS, "Refusals"))  # a page has no links of a document
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \|$", text, re.MULTILINE)
    told = [(kind.type, str(kind.status), kind.what_to_do) for kind in PROBLEMS.values()]
    assert rows == told
    assert re.findall(r"^(\S.+):\n\n\| type", text, re.MULTILINE) == [group.heading for group in PROBLEM_GROUPS]


def test_the_page_of_a_problem_names_the_rule_and_the_status_that_the_refusal_has() -> None:
    for kind in REFUSALS:
        if (
            kind.type in PROBLEMS and kind.__name__ != "DatabaseUnavailable"
        ):  # told on the command line; DatabaseGone here
            assert (PROBLEMS[kind.type].title, PROBLEMS[kind.type].status) == (
                (kind.__doc__ or "").strip().splitlines()[0],
                status_of(kind.__new__(kind)),
            )


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Status of a measure", vocabulary.STATUSES),
        ("Status of a deadline", vocabulary.DEADLINE_STATUSES),
        ("Terms of a measure", vocabulary.EFFECTS),
        ("Changes", tuple(PHRASES)),
        ("What is recorded", vocabulary.VERIFICATIONS),
    ],
)
def test_every_word_is_in_the_glossary(heading: str, words: tuple[str, ...]) -> None:
    text = section("docs/glossary.md", heading)
    assert [word for word in words if f"`{word}`" not in text] == []


@pytest.mark.parametrize(
    "words",
    [
        vocabulary.Instrument,
        vocabulary.LinkType,
        vocabulary.Confidence,
        vocabulary.Manner,
        vocabulary.Obliged,
        vocabulary.CorrectionReason,
        vocabulary.RetractionReason,
        ActionType,
    ],
)
def test_every_word_of_a_record_is_in_the_record_format(words: Any) -> None:
    text = text_of("docs/record-format.md")
    assert [word for word in get_args(words) if not re.search(rf"\b{word}\b", text)] == []


def test_every_change_that_the_law_book_of_hard_cases_has_is_in_the_glossary() -> None:
    text = section("docs/glossary.md", "Changes")
    assert [what for what in sorted(_changes()) if f"`{what}`" not in text] == []


def _changes() -> set[str]:
    from projections.answers import Edition
    from projections.fold import MeasureFold
    from services.intake.files import read
    from tests.documentation.reading import TOP

    measures: dict[str, list[Any]] = {}
    for command in read([TOP / "dossier", TOP / "tests/acceptance/law/XA.yaml"]).commands:
        for action in getattr(command, "actions", ()):
            measures.setdefault(action.measure, []).append(action)
    diary = changes_between(
        "XA",
        [MeasureFold(measure, actions) for measure, actions in measures.items()],
        from_=date(1900, 1, 1),
        to=date(2200, 12, 31),
        known_on=date(2200, 12, 31),
        edition=Edition(1, None),
    )
    return {change.what for change in diary.changes}
