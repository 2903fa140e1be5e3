"""The product's readings and diaries against the oracle's, on lawful random histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from events.actions import AnyAction
from events.dates import span
from projections.answers import DeadlineLine, MeasureLine
from projections.changes import diary
from projections.fold import MeasureFold
from projections.state import line_on
from tests.oracle import histories, reading

ONE = timedelta(days=1)
FIRST_DAY = histories.FIRST - timedelta(days=8)
LAST_DAY = histories.FIRST + timedelta(days=histories.WINDOW + 16)

History = list[dict[str, Any]]


def actions_of(history: Iterable[dict[str, Any]]) -> list[AnyAction]:
    """The oracle's dicts as the product's actions on one measure."""
    return [msgspec.convert(_plain(action), AnyAction) for action in history]


def _plain(action: dict[str, Any]) -> dict[str, Any]:
    of_act = {"act": action["act"], "announced_on": action["announced_on"], "after": action.get("after")}
    act = {
        **of_act,
        "authority": "Board",
        "instrument": "rule",
        "title": action["act"],
        "sources": [{"name": "Gazette"}],
    }
    own = {name: value for name, value in action.items() if name not in of_act}
    return {**own, "measure": "XA/measure", "act": act}


def telling_days(history: Iterable[dict[str, Any]]) -> list[date]:
    """The days around every date that is recorded, and the ends of the window: between them nothing changes."""
    days = {FIRST_DAY, LAST_DAY}
    for action in history:
        for value in action.values():
            if isinstance(value, str) and (value[0] in "[12"):
                read = span(value)
                day = read.first - ONE
                while day <= read.last + 2 * ONE:
                    days.add(day)
                    day += ONE
    return sorted(days)


def announcements(history: Iterable[dict[str, Any]]) -> list[date]:
    """The days on which something more becomes known."""
    days = set()
    for action in history:
        read = span(action["announced_on"])
        day = read.first
        while day <= read.last:
            days.add(day)
            day += ONE
    return sorted(days)


def outline(line: MeasureLine) -> dict[str, Any]:
    """A line in the oracle's shape."""
    return {
        "status": line.status,
        "effects": list(line.effects),
        "subjects": list(line.subjects),
        "scope": list(line.scope),
        "targets": list(line.targets),
        "values": {} if line.values is UNSET else line.values,
        "effective_on": line.effective_on,
        "expires_on": line.expires_on,
        "deadlines": {deadline.deadline: _deadline(deadline) for deadline in line.deadlines},
    }


def _deadline(line: DeadlineLine) -> dict[str, Any]:
    return {
        "status": line.status,
        "due": line.due,
        "met_on": None if line.met_on is UNSET else line.met_on,
        "days_overdue": None if line.days_overdue is UNSET else line.days_overdue,
        "days_late": None if line.days_late is UNSET else line.days_late,
        "moves": len(line.moves),
    }


def state_differences(history: History) -> Iterator[tuple[date, date, Any, Any]]:
    """(as_of, known_on, product, oracle) wherever the states differ."""
    fold = MeasureFold("XA/measure", actions_of(history))
    days = reading.latest_days(history)
    for known_on in announcements(history):
        for as_of in telling_days(history):
            product = outline(line_on(fold, as_of.toordinal(), known_on.toordinal()))
            oracle = reading.reading(history, as_of, known_on, days)
            # What is absent in the latest reading but possible all the same is described by the earliest.
            compared = ("status", "deadlines") if oracle["status"] == "absent" else tuple(oracle)
            different = {name: product[name] for name in compared if product[name] != oracle[name]}
            if different:
                yield as_of, known_on, different, {name: oracle[name] for name in different}


def rows_of(fold: MeasureFold, known_on: date) -> list[tuple[str, str]]:
    """The product's diary within the window, as the oracle writes its own."""
    rows = [(row.on, row.change.what) for row in diary(fold, known_on.toordinal())]
    return sorted(row for row in rows if FIRST_DAY.isoformat() <= row[0] <= LAST_DAY.isoformat())


def possible_differences(history: History) -> Iterator[tuple[date, date, Any, Any]]:
    """(as_of, known_on, product, oracle) wherever the possible statuses differ."""
    fold = MeasureFold("XA/measure", actions_of(history))
    ordered = reading.ordered(history)
    told = [reading.concrete(ordered, days) for days in reading.readings(history)]
    for known_on in announcements(history):
        worlds = [reading.World(each, known_on) for each in told]
        for as_of in telling_days(history):
            product = fold.possible(as_of.toordinal(), known_on.toordinal())
            oracle = {world.status(as_of) for world in worlds}
            if not reading.inside(history, as_of, known_on):
                oracle = {reading.latest(history, as_of, known_on)["status"]}
            if product != oracle:
                yield as_of, known_on, product, oracle


@settings(max_examples=120, deadline=None)
@given(histories.exact())
def test_a_state_reads_as_the_rules_say(history: History) -> None:
    """Status, terms, days of validity and deadlines of every day, known on every day on which something was told."""
    assert next(state_differences(history), None) is None


@settings(max_examples=60, deadline=None)
@given(histories.exact(strange=True))
def test_a_state_of_a_strange_history_reads_as_the_rules_say(history: History) -> None:
    """The same where acts are lawful but hardly told by the rules."""
    assert next(state_differences(history), None) is None


@settings(max_examples=80, deadline=None)
@given(histories.partial())
def test_the_latest_reading_of_partial_days_is_the_one_given(history: History) -> None:
    """7: `status` and all that stands beside it are of the latest reading that counts."""
    assert next(state_differences(history), None) is None


def _told(act: str, announced_on: str, kind: str, **what: Any) -> dict[str, Any]:
    return {"act": act, "announced_on": announced_on, "place": 0, "type": kind, "after": None, **what}


def test_readings_in_which_an_entry_is_moved_that_has_happened_do_not_count() -> None:
    """7: without the second adoption the third act would move an entry that has happened, so it needs that one."""
    history = [
        _told("a1", "2020-01-02", "adopted", effective_on="2020-01-03", effects=["prohibits"]),
        _told("a2", "[2020-01-09..2020-01-11]", "adopted", effective_on="2020-01-21", effects=["restricts"]),
        _told("a3", "2020-01-09", "rescheduled", effective_on="2020-01-26"),
    ]
    fold = MeasureFold("XA/measure", actions_of(history))
    assert fold.ordered.needs == (("a2", "a3"),)
    for known_on in (date(2020, 1, 9), date(2020, 1, 10), date(2020, 1, 11)):
        line = line_on(fold, date(2020, 1, 15).toordinal(), known_on.toordinal())
        assert (line.status, line.certainty, line.effects) == ("in_force", "certain", ("prohibits",))
    assert next(state_differences(history), None) is None
    assert next(possible_differences(history), None) is None


@settings(max_examples=60, deadline=None)
@given(histories.partial())
def test_every_possible_status_is_found_and_no_other(history: History) -> None:
    """7: the possible statuses are those of all readings that count, each day of a span tried by the oracle."""
    assert next(possible_differences(history), None) is None


@settings(max_examples=120, deadline=None)
@given(histories.exact())
def test_the_diary_has_the_rows_that_the_rules_say(history: History) -> None:
    """8: the same rows on the same days, known on every day on which something was told."""
    fold = MeasureFold("XA/measure", actions_of(history))
    for known_on in [*announcements(history), LAST_DAY]:
        assert rows_of(fold, known_on) == sorted(reading.changes(history, FIRST_DAY, LAST_DAY, known_on))


@settings(max_examples=200)
@given(
    st.one_of(histories.exact(strange=True), histories.partial(strange=True)), st.integers(0, 60), st.integers(0, 60)
)
def test_the_boundaries_after_a_day_are_the_same_whoever_asks_first(history: History, day: int, known: int) -> None:
    actions, first = actions_of(history), FIRST_DAY.toordinal()
    fold = MeasureFold("XA/measure", actions)
    found = fold.turns_after(first + day, first + known)
    assert found == fold.turns_after(first + day, first + known)
    assert found == [turn for turn, told in fold.told_turns if turn > first + day and told <= first + known]
