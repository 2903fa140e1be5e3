"""The demonstration says what the rules were on 29 October 2019, each with its acts and sources."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import pytest

from services.cli import demo
from tests.cli.running import Dateline


def country(text: str, name: str) -> str:
    """The part of the page on one country, up to the next empty line."""
    _, _, rest = text.partition(f"\n{name}\n")
    return rest.partition("\n\n")[0]


def section(part: str, title: str) -> list[str]:
    """The lines of a group, up to the next line that is not indented."""
    _, _, rest = part.partition(f"\n{title}\n")
    return list(takewhile(lambda line: line.startswith("  "), rest.splitlines()))


def measure(group: list[str], name: str) -> str:
    """The lines of one measure in a group."""
    start = next(number for number, line in enumerate(group) if f"  {name}  " in line)
    return "\n".join([group[start], *takewhile(lambda line: line.startswith("    "), group[start + 1 :])])


@pytest.fixture
def page(dateline: Dateline) -> str:
    ended = dateline("demo", "--no-serve")
    assert (ended.code, ended.errors) == (0, "")
    assert b"\x1b" not in ended.output
    return ended.text


def test_the_demo_is_a_page_that_can_be_read(page: str) -> None:
    assert len(page.splitlines()) <= 100


def test_the_demo_shows_the_rules_of_the_united_states(page: str) -> None:
    us = country(page, "United States (US)")
    in_force = section(us, "In force")
    order = measure(in_force, "US/eo-13873")
    assert order.startswith("  Executive Order 13873 on the ICT and services supply chain")
    assert "since 2019-05-15" in order
    assert "act us-eo-13873 of 2019-05-15: Executive Order 13873" in order
    assert "https://www.cisa.gov/eo-13873" in order
    listing = measure(in_force, "US/huawei-entity-listing")
    assert "prohibits; scope exports; on Huawei; since 2019-05-16" in listing
    assert "act us-entity-list-huawei-2019-05 of 2019-05-15 [84 FR 22961]: BCLP" in listing
    purchases = measure(in_force, "US/section-889-part-a")
    assert "prohibits; scope government procurement; on Huawei, ZTE and 3 others; since 2019-08-13" in purchases
    assert "act us-ndaa-fy2019-sec889 of 2018-08-13" in purchases
    assert (
        "  commerce-implementing-rules  US/icts-supply-chain-rule  overdue by 17 days (due 2019-10-12, not met)"
        "  [us-eo-13873]" in section(us, "Overdue")
    )
    announced = section(us, "Announced")
    assert "[us-eo-13873, as above]" in measure(announced, "US/icts-supply-chain-rule")
    letter = measure(announced, "US/wrc-19-letter")
    assert "urges others; scope 5g" in letter
    assert "act us-wrc-letter-2019-10-28 of 2019-10-28: Trump says" in letter


def test_the_demo_shows_that_norway_has_declared_no_ban(page: str) -> None:
    norway = country(page, "Norway (NO)")
    assert "Headline: declares no ban, announced (NO/declared-position)" in norway
    position = measure(section(norway, "Announced"), "NO/declared-position")
    assert "declares no ban; scope 5g; on Huawei" in position
    assert "act no-no-ban-2019-09-26 of 2019-09-26: Reuters" in position
    assert "In force" not in norway


def test_the_demo_shows_that_the_netherlands_excludes_nobody_and_announces_duties(page: str) -> None:
    netherlands = country(page, "Netherlands (NL)")
    assert "Headline: declares no ban, announced (NL/declared-position)" in netherlands
    assert "In force" not in netherlands
    announced = section(netherlands, "Announced")
    decree = measure(announced, "NL/telecom-supplier-decree")
    assert "requires security measures; scope all public networks, 5g, existing networks" in decree
    assert "order-in-council open (due 2019-12)" in decree
    assert "[nl-letter-2019-07-01, as above]" in decree
    assert "      act nl-letter-2019-07-01 of 2019-07-01: Reuters copy" in "\n".join(announced)
    assert len(section(netherlands, "Inherited from the European Union (EU)")) > 4


def test_every_act_that_the_demo_names_comes_with_a_source_once(page: str) -> None:
    acts = [line for line in page.splitlines() if line.startswith("      act ")]
    assert len(acts) > 25
    assert all(re.match(r"      act \S+ of [\d-]+( \[.+?\])?: \S", line) for line in acts)
    for name in ("United States (US)", "Netherlands (NL)", "Norway (NO)"):
        part = country(page, name)
        told = re.findall(r"^      act (\S+) of ", part, re.MULTILINE)
        assert len(told) == len(set(told))
        assert {slug for above in re.findall(r"\[(.+), as above\]", part) for slug in above.split(", ")} <= {*told}


@pytest.mark.parametrize(("found", "called"), [(None, "./run dateline"), ("/usr/bin/dateline", "dateline")])
def test_what_the_demo_says_to_ask_on_can_be_pasted(
    dateline: Dateline, monkeypatch: pytest.MonkeyPatch, found: str | None, called: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: found)
    lines = dateline("demo", "--no-serve").text.splitlines()
    assert f"  {called} state US --as-of 2019-10-29 --sources" in lines
    assert f"  {called} --help" in lines
    first = next(line for line in lines[lines.index("Ask on:") + 1 :])
    asked = dateline(*first.removeprefix(f"  {called} ").split())
    assert asked.code == 0
    assert f"Sources: '{called} state NL --as-of" in asked.text
    assert f"'{called} state --help' says how it is used." in dateline("state", "--nothing").errors


def test_the_demo_run_twice_says_that_nothing_new_was_recorded(dateline: Dateline) -> None:
    first, second = dateline("demo", "--no-serve").text, dateline("demo", "--no-serve").text
    assert "recorded 366 events at positions 1 to 366" in first.splitlines()[0]
    assert "nothing new was recorded" in second.splitlines()[0]
    assert first.splitlines()[1:] == second.splitlines()[1:]


def test_without_the_dossier_the_demo_says_where_it_was_looked_for(
    dateline: Dateline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "services" / "cli" / "demo.py"))
    ended = dateline("demo", "--no-serve")
    assert ended.code == 2
    assert f"The dossier is not there: the demo reads the folder {tmp_path / 'dossier'}" in ended.errors
