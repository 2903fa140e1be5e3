"""The oracle alone answers the questions about single measures, and keeps the promises of the record format."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from . import histories
from .reading import (
    RUNNING,
    TOLD,
    changes,
    choices,
    latest,
    latest_days,
    ordered,
    possible,
    reading,
    readings,
    since,
)

ROOT = Path(__file__).parents[2]
ACCEPTANCE = ROOT / "tests" / "acceptance"
SETS = {
    "dossier": (ROOT / "dossier", ACCEPTANCE / "questions.yaml"),
    "law": (ACCEPTANCE / "law", ACCEPTANCE / "law" / "questions.yaml"),
}

Measures = dict[tuple[str, str], list[dict[str, Any]]]


@cache
def measures(folder: Path) -> Measures:
    """Every measure of a folder of records as the oracle's plain dicts, corrections and retractions applied."""
    result: Measures = defaultdict(list)
    for path in sorted(folder.glob("*.yaml")):
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "jurisdiction" not in record:
            continue
        acts = {act["act"]: act for act in record.get("acts") or []}
        for correction in record.get("corrections") or []:
            acts[correction["act"]] = correction["replacement"]
        for retraction in record.get("retractions") or []:
            del acts[retraction["act"]]
        for act in acts.values():
            for place, action in enumerate(act["actions"]):
                of_act = {"act": act["act"], "announced_on": act["announced_on"], "after": act.get("after")}
                result[record["jurisdiction"], action["measure"]].append({**of_act, "place": place, **action})
    return result


def _questions(*kinds: str) -> list[Any]:
    found = []
    for name, (folder, path) in SETS.items():
        for question in yaml.safe_load(path.read_text(encoding="utf-8"))["checks"]:
            if question["kind"] in kinds:
                found.append(pytest.param(folder, question, id=f"{name}-{question['id']}"))
    return found


def _days(question: dict[str, Any]) -> tuple[date, date]:
    as_of = date.fromisoformat(question["as_of"])
    return as_of, date.fromisoformat(question.get("known_on", question["as_of"]))


@pytest.mark.parametrize(("folder", "question"), _questions("state", "deadline"))
def test_answers_questions_about_a_day(folder: Path, question: dict[str, Any]) -> None:
    """A state or a deadline of one measure on one day is what the question expects."""
    actions = measures(folder)[question["jurisdiction"], question["measure"]]
    as_of, known_on = _days(question)
    got = latest(actions, as_of, known_on)
    if question["kind"] == "deadline":
        got = got["deadlines"].get(question["deadline"], {"status": "absent"})
    for name, expected in question["expect"].items():
        if name.endswith("_include"):
            assert set(expected) <= set(got[name.removesuffix("_include")])
        elif name == "effects":
            assert set(expected) == set(got[name])
        elif name == "since":
            assert since(actions, as_of, known_on) == date.fromisoformat(expected)
        elif name in ("certainty", "possible"):
            statuses = possible(actions, as_of, known_on)
            assert expected == ("certain" if len(statuses) == 1 else "possible") or set(expected) == statuses
        elif name == "days_late" and expected == 0:
            assert got[name] in (None, 0)
        else:
            assert got[name] == expected, name


def _exact_changes() -> list[Any]:
    """Questions about changes of measures whose days are all known: the oracle keeps no diary of partial days."""
    found = []
    for parameters in _questions("changes"):
        folder, question = parameters.values
        items = [*question["expect_includes"], *question.get("expect_excludes", [])]
        if not any(choices(measures(folder)[question["jurisdiction"], item["measure"]]) for item in items):
            found.append(parameters)
    return found


@pytest.mark.parametrize(("folder", "question"), _exact_changes())
def test_answers_questions_about_changes(folder: Path, question: dict[str, Any]) -> None:
    """The diary of each measure named has the rows expected and none of those excluded."""
    from_, to = date.fromisoformat(question["from"]), date.fromisoformat(question["to"])
    known_on = date.fromisoformat(question.get("known_on", question["to"]))
    rows = {}
    for item in [*question["expect_includes"], *question.get("expect_excludes", [])]:
        actions = measures(folder)[question["jurisdiction"], item["measure"]]
        rows[item["measure"]] = set(changes(actions, from_, to, known_on))
    for item in question["expect_includes"]:
        assert (item["on"], item["what"]) in rows[item["measure"]]
    for item in question.get("expect_excludes", []):
        hits = {row for row in rows[item["measure"]] if row[1] == item["what"]}
        assert not {row for row in hits if item.get("on", row[0]) == row[0]}


@pytest.mark.parametrize(("folder", "question"), _questions("jurisdictions"))
def test_answers_questions_about_all_jurisdictions(folder: Path, question: dict[str, Any]) -> None:
    """The jurisdictions with a measure of that effect and status are those expected."""
    as_of, known_on = _days(question)
    having = question["having"]
    found = set()
    for (jurisdiction, _), actions in measures(folder).items():
        got = latest(actions, as_of, known_on)
        if having["effect"] in got["effects"] and got["status"] in having["status_in"]:
            found.add(jurisdiction)
    assert found == set(question["expect"])


def test_reads_every_measure_of_the_dossier() -> None:
    """The latest reading of every measure counts, and is one of the possible ones where these are few."""
    for folder, _ in SETS.values():
        for actions in measures(folder).values():
            status = latest(actions, date(2026, 11, 20), date(2026, 11, 20))["status"]
            if math.prod(len(days) for days in choices(actions).values()) < 200:
                assert status in possible(actions, date(2026, 11, 20), date(2026, 11, 20))


# ---------------------------------------------------------------------------------------------------------------------
# Promises of the record format, on random histories

DAY = st.integers(-6, histories.WINDOW + 6).map(lambda n: histories.FIRST + timedelta(days=n))


@settings(max_examples=150, deadline=None)
@given(histories.exact())
def test_no_status_differs_between_neighbours_without_a_row(actions: list[dict[str, Any]]) -> None:
    """8: where today's status is not yesterday's, a row of today, or an expiry of yesterday, says why."""
    first, last = histories.FIRST - timedelta(days=8), histories.FIRST + timedelta(days=histories.WINDOW + 12)
    rows = changes(actions, first, last, last)
    before = "absent"
    day = first
    while day <= last:
        status = reading(actions, day, day)["status"]
        yesterday = (day - timedelta(days=1)).isoformat()
        if status != before:
            says = {what for on, what in rows if on == day.isoformat()} - {"noted", "amended", "terms_changed"}
            assert {w for w in says if not w.startswith("deadline")} or (yesterday, "expired") in rows, (day, before)
        before = status
        day += timedelta(days=1)


@settings(max_examples=100, deadline=None)
@given(histories.exact(), DAY, st.integers(0, 12))
def test_nothing_told_later_removes_or_moves_a_row(actions: list[dict[str, Any]], known: date, wide: int) -> None:
    """8: rows up to a day known then stay as they are however much is known since; windows never overlap."""
    start = histories.FIRST - timedelta(days=8)
    early = changes(actions, start, known, known)
    late = changes(actions, start, known, known + timedelta(days=wide + 1))
    assert [r for r in early if r[1] != "deadline_passed"] == [r for r in late if r[1] != "deadline_passed"]
    middle = start + timedelta(days=wide)
    if middle < known:
        one, two = changes(actions, start, middle, known), changes(actions, middle + timedelta(days=1), known, known)
        assert one + two == early


@settings(max_examples=100, deadline=None)
@given(histories.exact(), st.integers(0, 2**16))
def test_each_announcement_stands_in_the_diary(actions: list[dict[str, Any]], seed: int) -> None:
    """8: every action that is told on its announcement has its row; the order of the input does not matter."""
    last = histories.FIRST + timedelta(days=histories.WINDOW)
    rows = changes(actions, histories.FIRST, last, last)
    expected = sorted((a["announced_on"], a["type"]) for a in actions if a["type"] in TOLD)
    assert sorted(r for r in rows if r[1] in TOLD) == expected
    turned = actions[seed % len(actions) :] + actions[: seed % len(actions)]
    assert ordered(turned) == ordered(actions)


@settings(max_examples=100, deadline=None)
@given(histories.exact(), DAY)
def test_an_exact_history_is_certain(actions: list[dict[str, Any]], as_of: date) -> None:
    """7: without partial days there is one reading."""
    assert possible(actions, as_of, as_of) == {latest(actions, as_of, as_of)["status"]}


@settings(max_examples=100, deadline=None)
@given(histories.partial(), DAY, DAY)
def test_the_latest_reading_is_one_of_the_possible(actions: list[dict[str, Any]], as_of: date, known: date) -> None:
    """7: a lawful history has a reading that counts, and the latest is among them."""
    days = latest_days(actions)
    varied = {key: day for key, day in days.items() if key[2] not in ("applies_on", "met_on")}
    assert varied in list(readings(actions))
    assert latest(actions, as_of, known)["status"] in possible(actions, as_of, known)


@settings(max_examples=100, deadline=None)
@given(histories.partial(), DAY)
def test_partial_days_do_not_matter_outside_their_spans(actions: list[dict[str, Any]], as_of: date) -> None:
    """7: after all days have come, an announcement on its own changes nothing; a stage never goes down to absent."""
    end = histories.FIRST + timedelta(days=histories.WINDOW + 20)
    if any(a["type"] in ("proposed", "announced", "adopted") for a in actions):
        assert "absent" not in possible(actions, end, end)
    assert possible(actions, as_of, histories.FIRST - timedelta(days=10)) == {"absent"}
    assert set(RUNNING) >= possible(actions, as_of, as_of) - {"absent", "expired", "ended"}
