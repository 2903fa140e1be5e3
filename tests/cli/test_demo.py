"""The demonstration says what the rules were on 29 October 2019, each with its acts and sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli import demo
from tests.cli.running import Dateline


def country(text: str, name: str) -> str:
    """The part of the page on one country."""
    _, _, rest = text.partition(f"{name}: what the rules were on 29 October 2019\n")
    return rest.partition(": what the rules were on")[0]


def section(part: str, title: str) -> str:
    """A section of that part, up to the next empty line."""
    _, _, rest = part.partition(f"\n{title} (")
    return rest.partition("\n\n")[0]


def measure(group: str, name: str) -> str:
    """The lines of one measure in a section."""
    lines = group.splitlines()
    start = next(number for number, line in enumerate(lines) if line.endswith(f"  {name}"))
    end = next((at for at in range(start + 1, len(lines)) if not lines[at].startswith("    ")), len(lines))
    return "\n".join(lines[start:end])


def test_the_demo_shows_what_the_rules_were_with_acts_and_sources(dateline: Dateline) -> None:
    ended = dateline("demo", "--no-serve")
    assert (ended.code, ended.errors) == (0, "")
    assert b"\x1b" not in ended.output

    us = country(ended.text, "United States (US)")
    in_force = section(us, "In force")
    order = measure(in_force, "US/eo-13873")
    assert "act us-eo-13873 of 2019-05-15: Executive Order 13873" in order
    assert "https://www.cisa.gov/eo-13873" in order
    assert "act us-entity-list-huawei-2019-05 of 2019-05-15" in measure(in_force, "US/huawei-entity-listing")
    assert "act us-ndaa-fy2019-sec889 of 2018-08-13" in measure(in_force, "US/section-889-part-a")
    overdue = section(us, "Overdue")
    assert "commerce-implementing-rules of US/icts-supply-chain-rule" in overdue
    assert "overdue by 17 days (due 2019-10-12, not met)" in overdue
    announced = section(us, "Announced")
    assert "of 2019-10-28" in announced
    assert "effect: urges others" in announced

    norway = country(ended.text, "Norway (NO)")
    assert "Headline: declares no ban, announced (NO/declared-position)" in norway
    assert "act no-no-ban-2019-09-26 of 2019-09-26" in norway
    assert "In force" not in norway

    netherlands = country(ended.text, "Netherlands (NL)")
    assert "Headline: declares no ban, announced (NL/declared-position)" in netherlands
    assert "In force" not in netherlands
    decree = measure(section(netherlands, "Announced"), "NL/telecom-supplier-decree")
    assert "effect: requires security measures" in decree
    assert "existing networks" in decree
    assert "act nl-letter-2019-07-01 of 2019-07-01" in decree
    assert "source " in decree
    assert "\nInherited from the European Union (EU)\n" in netherlands


def test_every_act_that_the_demo_names_comes_with_a_source(dateline: Dateline) -> None:
    lines = dateline("demo", "--no-serve").text.splitlines()
    acts = [number for number, line in enumerate(lines) if line.startswith("    act ")]
    assert len(acts) > 30
    assert all(lines[number + 1].startswith("      source ") for number in acts)


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
