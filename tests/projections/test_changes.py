"""Named histories and their diaries (record format, rule 8)."""

from __future__ import annotations

from datetime import date
from typing import Any

from projections.answers import Change, Edition
from projections.changes import changes_between, diary
from projections.fold import MeasureFold
from tests.projections.test_reading import BILL, LICENCE, PLAN, STATUTE, act, does, measure

EDITION = Edition(7, None)


def rows(fold: MeasureFold, known_on: str = "2021-12-31") -> list[tuple[str, str]]:
    """(on, what) of every row, by those who know what was known on a day."""
    return [(row.on, row.change.what) for row in diary(fold, date.fromisoformat(known_on).toordinal())]


def found(fold: MeasureFold, what: str, known_on: str = "2021-12-31") -> list[Change]:
    """The rows of a kind."""
    known = date.fromisoformat(known_on).toordinal()
    return [row.change for row in diary(fold, known) if row.change.what == what]


def statuses(change: Change) -> tuple[Any, Any]:
    """(before, after)."""
    return change.before["status"], change.after["status"]


def test_a_licence_is_adopted_takes_effect_and_expires() -> None:
    licence = measure(LICENCE)
    assert rows(licence) == [("2020-01-10", "adopted"), ("2020-01-10", "took_effect"), ("2020-03-31", "expired")]
    (adopted,), (took,), (expired,) = (found(licence, what) for what in ("adopted", "took_effect", "expired"))
    assert (statuses(adopted), adopted.by) == (("absent", "adopted"), "issue")
    assert (statuses(took), took.by) == (("adopted", "in_force"), "issue")
    assert (statuses(expired), expired.by, expired.acts) == (("in_force", "expired"), None, ("issue",))


def test_what_has_not_been_seen_is_expected() -> None:
    licence = measure(LICENCE)
    assert [row.expected for row in found(licence, "expired", "2020-02-01")] == [True]
    # On its last day in force it can be seen that it expires.
    assert [row.expected for row in found(licence, "expired", "2020-03-31")] == [False]


def test_an_entry_that_passes_has_no_act_of_its_own() -> None:
    (took,) = found(measure(STATUTE), "took_effect")
    assert (took.on, took.by, statuses(took)) == ("2020-07-01", None, ("adopted", "in_force"))


def test_what_reaches_back_shows_when_it_is_told() -> None:
    law = measure(act("enact", "2020-05-01", does("adopted", effective_on="2020-04-01")))
    assert rows(law) == [("2020-05-01", "adopted"), ("2020-05-01", "took_effect")]
    assert [row.retroactive for row in found(law, "took_effect")] == [True]
    law = measure(LICENCE, act("annul", "2020-03-01", does("ended", effective_on="2020-01-10")))
    assert [(row.on, row.retroactive) for row in found(law, "ended")] == [("2020-03-01", True)]


def test_nothing_told_later_moves_the_expiry_that_was_seen() -> None:
    licence = measure(LICENCE, act("extend", "2020-04-10", does("extended", expires_on="2020-06-30")))
    assert [row.on for row in found(licence, "expired")] == ["2020-03-31", "2020-06-30"]
    in_time = measure(LICENCE, act("extend", "2020-03-31", does("extended", expires_on="2020-06-30")))
    assert [row.on for row in found(in_time, "expired")] == ["2020-06-30"]
    assert [row.on for row in found(in_time, "expired", "2020-03-30")] == ["2020-03-31"]


def test_an_end_to_come_stands_also_on_its_announcement() -> None:
    law = measure(LICENCE, act("repeal", "2020-02-01", does("ended", effective_on="2020-03-01")))
    assert rows(law)[2:] == [("2020-02-01", "scheduled"), ("2020-03-01", "ended")]
    (scheduled,), (ended,) = found(law, "scheduled"), found(law, "ended")
    assert (scheduled.by, scheduled.after) == ("repeal", {"ended": "2020-03-01"})
    assert (ended.by, statuses(ended)) == (None, ("in_force", "ended"))


def test_an_end_lifted_before_it_came_never_shows() -> None:
    law = measure(
        LICENCE,
        act("repeal", "2020-02-01", does("ended", effective_on="2020-03-01")),
        act("keep", "2020-02-20", does("reinstated")),
    )
    assert "ended" not in {what for _, what in rows(law)}
    assert ("2020-03-01", "ended") in rows(law, "2020-02-19")


def test_a_stay_that_runs_out_is_reinstated_by_no_act_on_the_following_day() -> None:
    law = measure(LICENCE, act("stay", "2020-02-01", does("suspended", until="2020-02-10")))
    (back,) = found(law, "reinstated")
    assert (back.on, back.by, statuses(back)) == ("2020-02-11", None, ("suspended", "in_force"))


def test_a_stay_before_the_entry_still_lets_it_take_effect() -> None:
    law = measure(STATUTE, act("stay", "2020-03-01", does("suspended")))
    (took,) = found(law, "took_effect")
    assert (took.on, statuses(took)) == ("2020-07-01", ("adopted", "suspended"))
    assert ("2020-03-01", "suspended") in rows(law)


def test_a_measure_ended_before_its_entry_never_took_effect() -> None:
    law = measure(STATUTE, act("repeal", "2020-06-01", does("ended")))
    assert rows(law) == [("2020-01-10", "adopted"), ("2020-06-01", "ended")]


def test_an_extension_that_starts_later_than_the_gap_takes_effect_on_its_own() -> None:
    licence = measure(
        LICENCE, act("extend", "2020-04-10", does("extended", effective_on="2020-05-01", expires_on="2020-06-30"))
    )
    assert rows(licence)[2:] == [
        ("2020-03-31", "expired"),
        ("2020-04-10", "extended"),
        ("2020-05-01", "took_effect"),
        ("2020-06-30", "expired"),
    ]


def test_an_extension_from_the_day_after_the_last_lets_nothing_expire() -> None:
    extended = does("extended", effective_on="2020-04-01", expires_on="2020-06-30")
    licence = measure(LICENCE, act("extend", "2020-03-20", extended))
    assert rows(licence)[2:] == [("2020-03-20", "extended"), ("2020-06-30", "expired")]


def test_an_end_moved_to_another_day_stands_on_that_day_alone() -> None:
    law = measure(
        LICENCE,
        act("repeal", "2020-02-01", does("ended", effective_on="2020-03-01")),
        act("later", "2020-02-10", does("ended", effective_on="2020-03-10")),
    )
    assert [row.on for row in found(law, "ended")] == ["2020-03-10"]
    assert [row.on for row in found(law, "scheduled")] == ["2020-02-01", "2020-02-10"]


def test_two_stays_that_run_out_are_reinstated_once() -> None:
    law = measure(
        LICENCE,
        act("court", "2020-02-01", does("suspended", until="2020-02-10")),
        act("board", "2020-02-05", does("suspended", until="2020-02-20")),
    )
    assert [row.on for row in found(law, "reinstated")] == ["2020-02-21"]


def test_a_stay_that_runs_out_after_the_expiry_reinstates_nothing() -> None:
    law = measure(LICENCE, act("stay", "2020-03-01", does("suspended", until="2020-04-30")))
    assert rows(law)[2:] == [("2020-03-01", "suspended"), ("2020-03-31", "expired")]


def test_a_slip_told_on_the_day_after_keeps_a_deadline_from_passing() -> None:
    plan = measure(PLAN, act("slip", "2020-03-02", does("deadline_moved", deadline="rules", due="2020-05-01")))
    assert [row.on for row in found(plan, "deadline_passed")] == ["2020-05-01"]


def test_terms_change_when_an_amendment_told_earlier_begins_and_when_it_is_over() -> None:
    law = measure(
        LICENCE,
        act(
            "change", "2020-01-20", does("amended", scope=["ran"], applies_on="2020-02-01", applies_until="2020-02-29")
        ),
    )
    assert [(row.on, row.by, row.before, row.after) for row in found(law, "terms_changed")] == [
        ("2020-02-01", None, {}, {"scope": ("ran",)}),
        ("2020-03-01", None, {"scope": ("ran",)}, {}),
    ]
    at_once = measure(LICENCE, act("change", "2020-01-20", does("amended", scope=["ran"])))
    assert found(at_once, "terms_changed") == []


def test_a_deadline_passes_on_the_day_on_which_it_could_last_be_kept() -> None:
    plan = measure(PLAN)
    (passed,) = found(plan, "deadline_passed")
    assert (passed.on, passed.by, passed.deadline) == ("2020-03-01", None, "rules")
    assert statuses(passed) == ("open", "overdue")
    # Whether it was kept is seen on the day after.
    assert [row.expected for row in found(plan, "deadline_passed", "2020-03-01")] == [True]
    assert [row.expected for row in found(plan, "deadline_passed", "2020-03-02")] == [False]


def test_a_deadline_kept_or_moved_in_time_does_not_pass() -> None:
    met = measure(PLAN, act("done", "2020-03-01", does("deadline_met", deadline="rules", met_on="2020-03-01")))
    assert [what for _, what in rows(met)] == ["announced", "deadline_set", "deadline_met"]
    moved = measure(PLAN, act("slip", "2020-03-01", does("deadline_moved", deadline="rules", due="2020-05-01")))
    assert [row.on for row in found(moved, "deadline_passed")] == ["2020-05-01"]
    (slip,) = found(moved, "deadline_moved")
    assert (slip.before["due"], slip.after["due"]) == ("2020-03-01", "2020-05-01")


def test_a_deadline_told_to_be_met_late_shows_when_told() -> None:
    plan = measure(PLAN, act("done", "2020-03-20", does("deadline_met", deadline="rules", met_on="2020-03-11")))
    assert rows(plan)[2:] == [("2020-03-01", "deadline_passed"), ("2020-03-20", "deadline_met")]
    assert [row.retroactive for row in found(plan, "deadline_met")] == [True]


def test_a_partial_day_stands_at_its_first_possible_day_and_an_expiry_at_its_last() -> None:
    law = measure(act("enact", "2020-01", does("adopted", effective_on="2020-03", expires_on="2020-05")))
    ordinals = [(row.on, date.fromordinal(row.day).isoformat()) for row in diary(law, date(2021, 1, 1).toordinal())]
    assert ordinals == [("2020-01", "2020-01-01"), ("2020-03", "2020-03-01"), ("2020-05", "2020-05-31")]


def test_what_only_the_latest_reading_has_stands_in_the_diary_too() -> None:
    law = measure(
        act("enact", "2020-01-10", does("adopted", effective_on="2020-02-02", expires_on="2020-02-02")),
        act("recast", "[2020-02-01..2020-02-02]", does("adopted")),
    )
    # Told on the 1st, the recast replaces an adoption that has not entered; told on the 2nd, one that is in force.
    assert [what for _, what in rows(law)] == ["adopted", "adopted", "took_effect", "expired"]


def test_an_end_that_may_have_come_when_it_was_told_is_not_scheduled_as_well() -> None:
    law = measure(LICENCE, act("repeal", "2020-02-10", does("ended", effective_on="2020-02")))
    (ended,) = found(law, "ended")
    assert (ended.on, ended.by) == ("2020-02", "repeal")
    assert found(law, "scheduled") == []
    later = measure(LICENCE, act("repeal", "2020-01-31", does("ended", effective_on="2020-02")))
    assert [row.on for row in found(later, "scheduled")] == ["2020-01-31"]


def test_a_deadline_that_may_have_been_moved_before_its_day_does_not_pass() -> None:
    slip = act("slip", "[2020-02-10..2020-03-20]", does("deadline_moved", deadline="rules", due="2020-05-01"))
    plan = measure(PLAN, slip)
    assert rows(plan)[2:] == [("[2020-02-10..2020-03-20]", "deadline_moved"), ("2020-05-01", "deadline_passed")]
    assert [row.on for row in found(plan, "deadline_passed", "2020-02-09")] == ["2020-03-01"]


def test_terms_that_may_have_changed_when_it_was_told_stand_there_alone() -> None:
    law = measure(LICENCE, act("change", "2020-02-10", does("amended", scope=["ran"], applies_on="2020-02")))
    assert rows(law)[2:] == [("2020-02-10", "amended"), ("2020-03-31", "expired")]


def test_windows_give_the_rows_of_all_measures_in_the_order_of_days() -> None:
    bill = MeasureFold("XA/bill", [*BILL])
    window = changes_between(
        "XA",
        [measure(LICENCE), bill],
        from_=date(2020, 1, 10),
        to=date(2020, 3, 31),
        known_on=date(2020, 3, 31),
        edition=EDITION,
    )
    assert [(row.on, row.measure, row.what) for row in window.changes] == [
        ("2020-01-10", "XA/bill", "proposed"),
        ("2020-01-10", "XA/licence", "adopted"),
        ("2020-01-10", "XA/licence", "took_effect"),
        ("2020-03-31", "XA/licence", "expired"),
    ]
    assert (window.from_, window.to, window.known_on, window.position) == ("2020-01-10", "2020-03-31", "2020-03-31", 7)


def test_a_row_says_in_words_what_happened() -> None:
    licence = measure(LICENCE, act("extend", "2020-03-20", does("extended", expires_on="2020-06-30")))
    assert [row.summary for row in found(licence, "extended")] == ["Extended to 2020-06-30: Act extend"]
    noted = measure(act("leak", "2020-01-10", does("noted", note="a draft was leaked")))
    assert [row.summary for row in found(noted, "noted")] == ["Noted: a draft was leaked"]
