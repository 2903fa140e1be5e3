"""A measure through time: the runs of its status, the days known in part, and where its deadlines went."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings

from projections.fold import MeasureFold
from projections.lanes import MOST_DEADLINES, MOST_TURNS, Lane, lane_of
from projections.reading import standing_on, terms_on
from projections.state import line_on, listed
from tests.projections.test_changes_properties import ANY, DAY, LAST, History, fold_of
from tests.projections.test_reading import BILL, LICENCE, STATUTE, act, does, measure

D = date.fromisoformat


def lane(fold: MeasureFold, as_of: str = "2020-06-01", known_on: str | None = None) -> Lane:
    """The measure through time, by the eyes of the day unless others are named."""
    return lane_of(fold, as_of=D(as_of), known_on=D(known_on or as_of))


def runs(fold: MeasureFold, as_of: str = "2020-06-01", known_on: str | None = None) -> list[str]:
    """`2020-01-10 to 2020-03-31 in_force` of each run."""
    return [f"{run.from_} to {run.to or 'ever'} {run.status}" for run in lane(fold, as_of, known_on).runs]


def slips(found: Lane) -> list[tuple[str, list[str | None], str | None]]:
    """(name, the days it was due, status) of each deadline."""
    return [(each.deadline, [due.due for due in each.dues], each.status) for each in found.deadlines]


def test_a_licence_extended_after_it_ran_out_leaves_a_gap() -> None:
    licence = measure(LICENCE, act("extend", "2020-04-10", does("extended", expires_on="2020-12-31")))
    assert runs(licence) == [
        "2020-01-10 to 2020-03-31 in_force",
        "2020-04-01 to 2020-04-09 expired",
        "2020-04-10 to 2020-12-31 in_force",
        "2021-01-01 to ever expired",
    ]


def test_by_the_eyes_of_a_day_what_follows_is_what_was_expected_then() -> None:
    licence = measure(LICENCE, act("extend", "2020-03-20", does("extended", expires_on="2020-12-31")))
    assert runs(licence, "2020-03-19") == ["2020-01-10 to 2020-03-31 in_force", "2020-04-01 to ever expired"]
    assert runs(licence, "2020-03-19", known_on="2020-03-20")[0] == "2020-01-10 to 2020-12-31 in_force"
    assert runs(licence, "2020-01-09") == []


def test_a_bill_becomes_law_is_stopped_taken_up_again_and_repealed() -> None:
    law = measure(
        BILL,
        act("enact", "2020-02-01", does("adopted", effective_on="2020-03-01")),
        act("stay", "2020-04-01", does("suspended", until="2020-04-30")),
        act("repeal", "2020-05-15", does("ended", effective_on="2020-06-01")),
    )
    found = lane(law).runs
    assert [run.status for run in found] == ["proposed", "adopted", "in_force", "suspended", "in_force", "ended"]
    assert {run.effects for run in found} == {("restricts",)}
    assert (found[3].from_, found[3].to) == (D("2020-04-01"), D("2020-04-30"))


def test_a_run_ends_where_the_effects_change() -> None:
    law = measure(LICENCE, act("milder", "2020-02-01", does("amended", effects=["restricts"])))
    assert [(str(run.from_), run.effects) for run in lane(law).runs][:2] == [
        ("2020-01-10", ("prohibits",)),
        ("2020-02-01", ("restricts",)),
    ]


def test_a_deadline_that_slipped_has_every_day_that_it_was_due() -> None:
    law = measure(
        STATUTE,
        act("order", "2020-02-01", does("deadline_set", deadline="rules", due="2020-04-30", obliged="authority")),
        act("delay", "2020-04-20", does("deadline_moved", deadline="rules", due="2020-09-30")),
        act("done", "2020-11-05", does("deadline_met", deadline="rules", met_on="2020-11-02")),
    )
    assert slips(lane(law, "2020-04-19")) == [("rules", ["2020-04-30"], "open")]
    assert slips(lane(law, "2020-10-01")) == [("rules", ["2020-04-30", "2020-09-30"], "overdue")]
    (met,) = lane(law, "2020-12-01").deadlines
    assert (met.status, met.met_on, met.met_by) == ("met", "2020-11-02", "done")
    assert [(due.told_on, due.day, due.act) for due in met.dues] == [
        ("2020-02-01", D("2020-04-30"), "order"),
        ("2020-04-20", D("2020-09-30"), "delay"),
    ]
    # In hindsight the slip is there, and on the day itself nobody was late.
    assert slips(lane(law, "2020-03-01", known_on="2020-12-01")) == [("rules", ["2020-04-30", "2020-09-30"], "open")]
    # A deadline that is set later than the day asked about has no status yet.
    assert slips(lane(law, "2020-01-15", known_on="2020-12-01"))[0][2] is None


def test_a_deadline_set_anew_begins_anew_and_the_first_keeps_what_became_of_it() -> None:
    setting = does("deadline_set", deadline="report", obliged="authority")
    law = measure(
        STATUTE,
        act("one", "2020-02-01", setting | {"due": "2020-03-31"}),
        act("two", "2020-05-01", setting | {"due": "2020-08-31"}),
    )
    assert slips(lane(law, "2020-06-01")) == [
        ("report", ["2020-03-31"], "overdue"),
        ("report", ["2020-08-31"], "open"),
    ]
    same_day = measure(
        STATUTE,
        act("one", "2020-02-01", setting | {"due": "2020-03-31"}),
        act("two", "2020-02-01", setting | {"due": "2020-08-31"}),
    )
    assert [each[2] for each in slips(lane(same_day, "2020-06-01"))] == ["open", "open"]


def test_days_known_in_part_are_told_with_the_bounds_of_what_is_known() -> None:
    law = measure(act("enact", "2020-01-10", does("adopted", effects=["prohibits"], effective_on="2020-03")))
    found = lane(law)
    assert found.unsure == ((D("2020-03-01"), D("2020-03-31")),)
    assert runs(law) == ["2020-01-10 to 2020-03-30 adopted", "2020-03-31 to ever in_force"]
    # It does not reach before its own announcement.
    late = measure(act("enact", "2020-03-10", does("adopted", effects=["prohibits"], effective_on="2020-03")))
    assert lane(late).unsure == ((D("2020-03-10"), D("2020-03-31")),)
    assert lane(law, "2020-01-09").unsure == ()
    noted = measure(LICENCE, act("rumour", "2020-05", does("noted")))
    assert lane(noted).unsure == ()


def test_a_measure_with_more_turns_than_can_be_seen_is_looked_at_on_some_of_them() -> None:
    first = D("2010-01-01")
    told = [act("enact", first.isoformat(), does("adopted", effects=["prohibits"], effective_on=first.isoformat()))]
    for number in range(1, MOST_TURNS + 10):
        day = (first + timedelta(days=number)).isoformat()
        told.append(act(f"amend-{number}", day, does("amended", effects=[("prohibits", "restricts")[number % 2]])))
    whole, crowded = measure(*told[:MOST_TURNS]), measure(*told)
    assert (lane(whole).exact, len(lane(whole, "2020-01-01").runs)) == (True, MOST_TURNS)
    found = lane(crowded, "2020-01-01")
    assert not found.exact
    assert MOST_TURNS // 2 <= len(found.runs) <= MOST_TURNS
    assert found.runs[0].from_ == first


def test_of_very_many_deadlines_the_next_ones_are_told_and_the_others_counted() -> None:
    deadlines = [
        does("deadline_set", deadline=f"report-{number:03}", due=f"{2021 + number}-01-01", obliged="nobody")
        for number in range(MOST_DEADLINES + 40)
    ]
    law = measure(STATUTE, act("calendar", "2020-02-01", *deadlines))
    found = lane(law, "2020-02-02")
    assert [each.deadline for each in found.deadlines] == [f"report-{number:03}" for number in range(MOST_DEADLINES)]
    assert found.more_deadlines == 40


@settings(max_examples=150)
@given(history=ANY, as_of=DAY, known_on=DAY)
def test_on_every_day_the_lane_says_what_the_measure_says(history: History, as_of: int, known_on: int) -> None:
    fold = fold_of(history)
    for known in (known_on, LAST):
        found = lane_of(fold, as_of=date.fromordinal(as_of), known_on=date.fromordinal(known))
        life = fold.life(known)
        standing = standing_on(life, as_of)
        here = [run for run in found.runs if run.from_.toordinal() <= as_of <= (run.to or date.max).toordinal()]
        said = [] if standing.status == "absent" else [(standing.status, listed(terms_on(standing, as_of), "effects"))]
        assert [(run.status, run.effects) for run in here] == said
        line = line_on(fold, as_of, known)
        current = {each.deadline: each.status for each in found.deadlines if each.status is not None}
        assert current == {each.deadline: each.status for each in line.deadlines}
