"""Named histories and how they read, rule by rule (record format, "How a measure is read")."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from events.actions import AnyAction
from projections.answers import DeadlineLine, MeasureLine
from projections.fold import MeasureFold
from projections.state import line_on

Action = dict[str, Any]


def act(slug: str, announced_on: str, *actions: Action, after: str | None = None) -> list[AnyAction]:
    """An act with its actions on one measure."""
    of_act = {"act": slug, "announced_on": announced_on, "after": after}
    fixed = {"authority": "Board", "instrument": "rule", "title": f"Act {slug}", "sources": [{"name": "Gazette"}]}
    return [
        msgspec.convert({"measure": "XA/licence", "act": of_act | fixed, "place": place, **action}, AnyAction)
        for place, action in enumerate(actions)
    ]


def does(kind: str, **fields: Any) -> Action:
    """An action of a type with its own fields."""
    return {"type": kind, **fields}


def measure(*acts: list[AnyAction]) -> MeasureFold:
    """The measure that these acts made."""
    return MeasureFold("XA/licence", [action for each in acts for action in each])


def state(fold: MeasureFold, as_of: str, known_on: str | None = None) -> MeasureLine:
    """The measure on a day, as people knew it then, or as known on another day."""
    known = date.fromisoformat(known_on or as_of)
    return line_on(fold, date.fromisoformat(as_of).toordinal(), known.toordinal())


def status(fold: MeasureFold, as_of: str, known_on: str | None = None) -> str:
    """Its status alone."""
    return state(fold, as_of, known_on).status


def deadline(fold: MeasureFold, as_of: str, known_on: str | None = None) -> DeadlineLine:
    """Its one deadline on a day."""
    (found,) = state(fold, as_of, known_on).deadlines
    return found


LICENCE = act(
    "issue", "2020-01-10", does("adopted", effects=["prohibits"], effective_on="2020-01-10", expires_on="2020-03-31")
)
STATUTE = act("enact", "2020-01-10", does("adopted", effects=["prohibits"], effective_on="2020-07-01"))
BILL = act("bill", "2020-01-10", does("proposed", effects=["restricts"], subjects=["Foxline"], scope=["core"]))


# 2, 4: eyes


def test_an_act_counts_from_the_day_on_which_the_public_could_know_it() -> None:
    statute = measure(BILL, act("enact", "2020-05-01", does("adopted", effective_on="2020-04-01")))
    assert status(statute, "2020-04-30") == "proposed"
    assert status(statute, "2020-04-10", known_on="2020-04-30") == "proposed"
    assert status(statute, "2020-04-10", known_on="2020-05-01") == "in_force"
    assert status(statute, "2020-03-31", known_on="2020-05-01") == "proposed"


def test_days_of_validity_are_those_known_by_the_one_who_asks() -> None:
    licence = measure(LICENCE, act("extend", "2020-03-20", does("extended", expires_on="2020-06-30")))
    assert state(licence, "2020-02-01").expires_on == "2020-03-31"
    assert state(licence, "2020-02-01", known_on="2020-03-20").expires_on == "2020-06-30"
    assert status(licence, "2020-05-01", known_on="2020-03-19") == "expired"
    assert status(licence, "2020-05-01", known_on="2020-03-20") == "in_force"


# 3: stage


def test_nothing_but_notes_is_absent() -> None:
    rumour = measure(act("leak", "2020-01-10", does("noted", note="a leak")))
    assert status(rumour, "2020-01-10") == "absent"
    assert state(rumour, "2020-01-10").since is None


def test_a_stage_never_goes_down() -> None:
    bill = measure(BILL, act("speech", "2020-02-01", does("announced", effects=["urges_others"])))
    assert status(bill, "2020-02-01") == "proposed"
    statute = measure(
        STATUTE, act("speech", "2020-02-01", does("announced")), act("draft", "2020-03-01", does("proposed"))
    )
    assert status(statute, "2020-03-01") == "adopted"


def test_a_proposal_to_change_a_law_in_force_leaves_its_terms_alone() -> None:
    law = measure(LICENCE, act("draft", "2020-02-01", does("proposed", effects=["none"])))
    assert (status(law, "2020-02-02"), state(law, "2020-02-02").effects) == ("in_force", ("prohibits",))


def test_what_begins_after_an_end_is_a_new_life_and_shows_at_once() -> None:
    law = measure(LICENCE, act("repeal", "2020-02-01", does("ended")), act("again", "2020-02-10", does("proposed")))
    assert [status(law, day) for day in ("2020-01-31", "2020-02-01", "2020-02-09", "2020-02-10")] == [
        "in_force",
        "ended",
        "ended",
        "proposed",
    ]


def test_a_new_life_does_not_show_while_the_old_one_runs_unless_it_is_in_force_itself() -> None:
    told = act("repeal", "2020-02-01", does("ended", effective_on="2020-03-01"))
    law = measure(LICENCE, told, act("again", "2020-02-10", does("adopted", effective_on="2020-04-01")))
    days = ("2020-02-10", "2020-02-29", "2020-03-01", "2020-03-31", "2020-04-01")
    assert [status(law, day) for day in days] == ["in_force", "in_force", "adopted", "adopted", "in_force"]
    law = measure(
        LICENCE, told, act("again", "2020-02-10", does("adopted", effects=["restricts"], effective_on="2020-02-20"))
    )
    assert state(law, "2020-02-19").effects == ("prohibits",)
    assert state(law, "2020-02-20").effects == ("restricts",)
    assert status(law, "2020-03-01") == "in_force"


def test_a_beginning_after_an_expiry_is_a_new_life() -> None:
    licence = measure(LICENCE, act("draft", "2020-05-01", does("proposed", effects=["none"])))
    assert status(licence, "2020-04-30") == "expired"
    assert (status(licence, "2020-05-01"), state(licence, "2020-05-01").effects) == ("proposed", ("none",))


def test_adopted_again_while_in_force_holds_from_its_own_day_on() -> None:
    law = measure(
        LICENCE, act("recast", "2020-02-01", does("adopted", effects=["restricts"], effective_on="2020-03-01"))
    )
    before, after = state(law, "2020-02-29"), state(law, "2020-03-01")
    assert (before.status, before.effects, before.expires_on) == ("in_force", ("prohibits",), "2020-03-31")
    assert (after.status, after.effects, after.expires_on) == ("in_force", ("restricts",), None)
    assert status(law, "2020-04-01") == "in_force"


def test_adopted_again_before_the_entry_replaces_the_dates_at_once() -> None:
    law = measure(STATUTE, act("recast", "2020-02-01", does("adopted", effective_on="2020-09-01")))
    assert state(law, "2020-02-01").effective_on == "2020-09-01"
    assert status(law, "2020-07-01") == "adopted"
    assert status(law, "2020-09-01") == "in_force"
    # Hindsight gives the days before it the new dates too; it was adopted from the first adoption on.
    assert state(law, "2020-01-20", known_on="2020-02-01").effective_on == "2020-09-01"
    assert status(law, "2020-01-20", known_on="2020-02-01") == "adopted"


def test_adopted_again_without_a_date_the_measure_is_adopted_once_the_old_dates_are_over() -> None:
    law = measure(LICENCE, act("recast", "2020-02-01", does("adopted", expires_on="2020-05-31")))
    days = ("2020-02-01", "2020-03-31", "2020-04-01", "2020-05-31", "2020-06-01")
    assert [status(law, day) for day in days] == ["in_force", "in_force", "adopted", "adopted", "expired"]


def test_an_extension_concerns_the_latest_adoption() -> None:
    law = measure(
        LICENCE,
        act("recast", "2020-02-01", does("adopted", effective_on="2020-03-01", expires_on="2020-06-30")),
        act("extend", "2020-02-10", does("extended", expires_on="2020-12-31")),
    )
    assert state(law, "2020-02-15").expires_on == "2020-03-31"
    assert state(law, "2020-03-01").expires_on == "2020-12-31"


def test_ended_ends_both_the_adoption_in_force_and_the_one_to_come() -> None:
    law = measure(
        LICENCE,
        act("recast", "2020-02-01", does("adopted", effective_on="2020-03-01")),
        act("repeal", "2020-02-10", does("ended", effective_on="2020-02-15")),
    )
    assert [status(law, day) for day in ("2020-02-14", "2020-02-15", "2020-03-01")] == ["in_force", "ended", "ended"]


# 4: days of validity and terms


def test_a_licence_extended_after_it_ran_out_leaves_a_gap() -> None:
    licence = measure(LICENCE, act("extend", "2020-04-10", does("extended", expires_on="2020-06-30")))
    for known_on in ("2020-04-10", "2021-01-01"):
        days = ("2020-03-31", "2020-04-01", "2020-04-09", "2020-04-10", "2020-06-30", "2020-07-01")
        assert [status(licence, day, known_on) for day in days] == [
            "in_force",
            "expired",
            "expired",
            "in_force",
            "in_force",
            "expired",
        ]


def test_a_late_extension_with_an_effective_day_bridges_the_gap() -> None:
    extended = does("extended", effective_on="2020-04-01", expires_on="2020-06-30")
    licence = measure(LICENCE, act("extend", "2020-04-10", extended))
    assert status(licence, "2020-04-05") == "expired"
    assert status(licence, "2020-04-05", known_on="2020-04-10") == "in_force"
    assert state(licence, "2020-04-10").since == "2020-01-10"


def test_a_second_extension_does_not_close_the_gap_that_the_first_left() -> None:
    licence = measure(
        LICENCE,
        act("extend", "2020-04-10", does("extended", expires_on="2020-06-30")),
        act("cut", "2020-04-10", does("rescheduled", expires_on="2020-05-31"), after="extend"),
        act("renew", "2020-05-01", does("extended", effective_on="2020-04-05", expires_on="2020-07-31")),
    )
    assert [status(licence, day, "2020-04-30") for day in ("2020-04-05", "2020-06-01")] == ["expired", "expired"]
    days = ("2020-04-01", "2020-04-04", "2020-04-05", "2020-07-31", "2020-08-01")
    assert [status(licence, day, "2020-05-01") for day in days] == [
        "expired",
        "expired",
        "in_force",
        "in_force",
        "expired",
    ]


def test_an_extension_may_name_the_day_of_an_entry_that_had_none() -> None:
    law = measure(
        act("enact", "2020-01-10", does("adopted")),
        act("extend", "2020-02-01", does("extended", effective_on="2020-03-01", expires_on="2020-06-30")),
    )
    assert (status(law, "2020-02-29"), state(law, "2020-03-01").effective_on) == ("adopted", "2020-03-01")
    assert [status(law, day) for day in ("2020-03-01", "2020-07-01")] == ["in_force", "expired"]


def test_an_extension_on_the_last_day_leaves_no_gap() -> None:
    licence = measure(LICENCE, act("extend", "2020-03-31", does("extended", expires_on="2020-06-30")))
    assert status(licence, "2020-04-01") == "in_force"


def test_a_licence_cut_short_expires_earlier_and_one_extended_for_good_never() -> None:
    short = measure(LICENCE, act("cut", "2020-02-01", does("rescheduled", expires_on="2020-02-15")))
    assert [status(short, day) for day in ("2020-02-15", "2020-02-16")] == ["in_force", "expired"]
    kept = measure(LICENCE, act("keep", "2020-02-01", does("extended", expires_on=None)))
    assert status(kept, "2150-01-01") == "in_force"
    assert state(kept, "2020-02-01").next_change is None


def test_an_entry_may_be_moved_and_may_lose_its_date() -> None:
    moved = measure(STATUTE, act("move", "2020-06-01", does("rescheduled", effective_on="2020-10-01")))
    assert [status(moved, day) for day in ("2020-07-01", "2020-09-30", "2020-10-01")] == [
        "adopted",
        "adopted",
        "in_force",
    ]
    delayed = measure(STATUTE, act("delay", "2020-06-01", does("rescheduled", effective_on=None)))
    assert (status(delayed, "2021-01-01"), state(delayed, "2021-01-01").effective_on) == ("adopted", None)
    assert status(delayed, "2020-07-01", known_on="2020-05-31") == "in_force"


def test_an_adoption_keeps_from_the_proposal_what_it_leaves_out() -> None:
    law = measure(BILL, act("enact", "2020-02-01", does("adopted", effects=["prohibits"], effective_on="2020-03-01")))
    line = state(law, "2020-02-01")
    assert (line.effects, line.subjects, line.scope) == (("prohibits",), ("Foxline",), ("core",))
    assert line.acts == ("bill", "enact")


def test_an_adoption_keeps_what_the_proposal_became_by_amendment() -> None:
    law = measure(
        BILL,
        act("change", "2020-01-20", does("amended", subjects=["Brask"])),
        act("enact", "2020-02-01", does("adopted", scope=["ran"], effective_on="2020-03-01")),
    )
    line = state(law, "2020-02-01")
    assert (line.effects, line.subjects, line.scope) == (("restricts",), ("Brask",), ("ran",))


def test_amendments_of_a_proposal_count_by_the_day_they_begin() -> None:
    law = measure(
        BILL,
        act("change", "2020-01-20", does("amended", subjects=["Brask"])),
        act("late", "2020-01-21", does("amended", subjects=["Orvex"], applies_on="2020-01-15")),
        act("enact", "2020-02-01", does("adopted", effective_on="2020-03-01")),
    )
    assert [state(law, day).subjects for day in ("2020-01-21", "2020-02-01")] == [("Brask",), ("Brask",)]


def test_values_that_an_adoption_leaves_out_are_kept() -> None:
    panel = measure(
        act("draft", "2020-01-10", does("proposed", values={"level": 1, "scale": "a"})),
        act("enact", "2020-02-01", does("adopted", effective_on="2020-02-01", values={"level": 2})),
    )
    assert state(panel, "2020-02-01").values == {"level": 2, "scale": "a"}


def test_terms_count_from_the_announcement_unless_an_earlier_adoption_is_in_force() -> None:
    law = measure(BILL, act("enact", "2020-02-01", does("adopted", effects=["prohibits"], effective_on="2020-03-01")))
    assert state(law, "2020-01-31", known_on="2020-02-01").effects == ("restricts",)
    assert state(law, "2020-02-01").effects == ("prohibits",)


def test_an_amendment_replaces_lists_and_merges_values() -> None:
    panel = measure(
        act("enact", "2020-01-10", does("adopted", effective_on="2020-01-10", values={"level": 1, "scale": "a"})),
        act("raise", "2020-02-01", does("amended", subjects=["Brask"], values={"level": 2, "scale": None})),
        act("add", "2020-03-01", does("amended", subjects=["Foxline"], values={"kind": "x"})),
    )
    assert state(panel, "2020-01-31").values == {"level": 1, "scale": "a"}
    assert state(panel, "2020-02-01").values == {"level": 2, "scale": None}
    assert state(panel, "2020-03-01").values == {"level": 2, "scale": None, "kind": "x"}
    assert state(panel, "2020-03-01").subjects == ("Foxline",)


def test_amendments_apply_by_the_day_they_begin_and_for_as_long_as_they_say() -> None:
    law = measure(
        LICENCE,
        act("late", "2020-01-20", does("amended", scope=["ran"], applies_on="2020-03-01")),
        act("early", "2020-01-25", does("amended", scope=["core"], applies_on="2020-02-01")),
        act("brief", "2020-02-10", does("amended", scope=["devices"], applies_until="2020-02-20")),
    )
    days = ("2020-01-31", "2020-02-01", "2020-02-10", "2020-02-20", "2020-02-21", "2020-03-01")
    assert [state(law, day).scope for day in days] == [(), ("core",), ("devices",), ("devices",), ("core",), ("ran",)]


def test_an_amendment_before_the_entry_survives_it_and_lapses_with_a_new_adoption() -> None:
    amended = act("change", "2020-02-01", does("amended", effects=["restricts"]))
    law = measure(STATUTE, amended)
    assert state(law, "2020-07-01").effects == ("restricts",)
    again = measure(STATUTE, amended, act("recast", "2020-08-01", does("adopted", effective_on="2020-09-01")))
    assert state(again, "2020-08-31").effects == ("restricts",)
    assert state(again, "2020-09-01").effects == ("prohibits",)


# 5: stays and ends


def test_a_stay_holds_until_its_last_day() -> None:
    law = measure(LICENCE, act("stay", "2020-02-01", does("suspended", until="2020-02-10")))
    assert [status(law, day) for day in ("2020-01-31", "2020-02-01", "2020-02-10", "2020-02-11")] == [
        "in_force",
        "suspended",
        "suspended",
        "in_force",
    ]
    assert state(law, "2020-02-05").acts == ("issue", "stay")
    assert state(law, "2020-02-11").acts == ("issue",)


def test_what_was_lifted_rests_on_the_act_that_lifted_it_for_as_long_as_it_would_be_stopped_otherwise() -> None:
    law = measure(
        LICENCE,
        act("stay", "2020-02-01", does("suspended", until="2020-02-20")),
        act("lift", "2020-02-05", does("reinstated", effective_on="2020-02-10")),
    )
    assert [state(law, day).acts for day in ("2020-01-31", "2020-02-09", "2020-02-10", "2020-02-20", "2020-02-21")] == [
        ("issue",),
        ("issue", "stay"),
        ("issue", "lift"),
        ("issue", "lift"),
        ("issue",),
    ]


def test_what_was_stopped_twice_rests_on_the_act_that_lifted_the_later_stay() -> None:
    law = measure(
        LICENCE,
        act("stay-1", "2020-02-01", does("suspended")),
        act("lift-1", "2020-02-05", does("reinstated")),
        act("stay-2", "2020-02-10", does("suspended")),
        act("lift-2", "2020-02-15", does("reinstated")),
    )
    assert [state(law, day).acts for day in ("2020-02-06", "2020-02-12", "2020-02-15")] == [
        ("issue", "lift-1"),
        ("issue", "stay-2"),
        ("issue", "lift-2"),
    ]


def test_what_was_ended_and_reinstated_rests_on_the_reinstatement() -> None:
    law = measure(
        LICENCE,
        act("annul", "2020-02-01", does("ended", effective_on="2020-03-01", manner="annulled")),
        act("appeal", "2020-02-10", does("reinstated")),
    )
    assert [(status(law, day), state(law, day).acts) for day in ("2020-02-29", "2020-03-01")] == [
        ("in_force", ("issue",)),
        ("in_force", ("issue", "appeal")),
    ]


def test_a_stay_before_the_entry_shows_from_the_entry_on() -> None:
    law = measure(STATUTE, act("stay", "2020-03-01", does("suspended")))
    assert [status(law, day) for day in ("2020-03-01", "2020-06-30", "2020-07-01")] == [
        "adopted",
        "adopted",
        "suspended",
    ]


def test_adopting_again_lifts_a_stay() -> None:
    law = measure(
        LICENCE,
        act("stay", "2020-02-01", does("suspended")),
        act("recast", "2020-02-10", does("adopted", effective_on="2020-02-20")),
    )
    assert [status(law, day) for day in ("2020-02-10", "2020-02-19", "2020-02-20")] == [
        "suspended",
        "suspended",
        "in_force",
    ]


def test_a_reinstatement_lifts_all_stays_or_the_one_it_names() -> None:
    stays = [act("court", "2020-02-01", does("suspended")), act("board", "2020-02-02", does("suspended"))]
    assert status(measure(LICENCE, *stays, act("go", "2020-02-10", does("reinstated"))), "2020-02-10") == "in_force"
    one = measure(LICENCE, *stays, act("go", "2020-02-10", does("reinstated", lifts="court")))
    assert status(one, "2020-02-10") == "suspended"
    both = measure(
        LICENCE,
        *stays,
        act("go", "2020-02-10", does("reinstated", lifts="court")),
        act("on", "2020-02-11", does("reinstated", lifts="board")),
    )
    assert [status(both, day) for day in ("2020-02-10", "2020-02-11")] == ["suspended", "in_force"]


def test_a_reinstatement_lifts_a_standing_end_before_any_stay() -> None:
    law = measure(
        LICENCE,
        act("stay", "2020-02-01", does("suspended")),
        act("annul", "2020-02-05", does("ended", manner="annulled")),
        act("appeal", "2020-02-10", does("reinstated")),
    )
    days = ("2020-02-04", "2020-02-05", "2020-02-09", "2020-02-10")
    assert [status(law, day) for day in days] == ["suspended", "ended", "ended", "suspended"]


def test_an_end_to_come_may_be_lifted_or_moved() -> None:
    told = act("repeal", "2020-02-01", does("ended", effective_on="2020-03-01"))
    lifted = measure(LICENCE, told, act("keep", "2020-02-10", does("reinstated")))
    assert status(lifted, "2020-03-01") == "in_force"
    moved = measure(LICENCE, told, act("later", "2020-02-10", does("ended", effective_on="2020-03-10")))
    assert [status(moved, day) for day in ("2020-03-01", "2020-03-09", "2020-03-10")] == [
        "in_force",
        "in_force",
        "ended",
    ]


def test_a_withdrawn_bill_is_ended() -> None:
    bill = measure(BILL, act("withdraw", "2020-02-01", does("ended", manner="withdrawn")))
    assert [status(bill, day) for day in ("2020-01-31", "2020-02-01")] == ["proposed", "ended"]


def test_an_end_reaches_back_only_for_those_who_know_it() -> None:
    law = measure(LICENCE, act("annul", "2020-03-01", does("ended", effective_on="2020-01-10", manner="annulled")))
    assert status(law, "2020-02-01") == "in_force"
    assert status(law, "2020-02-01", known_on="2020-03-01") == "ended"


def test_since_is_the_first_day_of_the_run_and_next_change_the_first_day_after_it() -> None:
    law = measure(LICENCE, act("stay", "2020-02-01", does("suspended", until="2020-02-10")))
    line = state(law, "2020-02-05")
    assert (line.since, line.next_change) == ("2020-02-01", "2020-02-11")
    line = state(law, "2020-02-20")
    assert (line.since, line.next_change) == ("2020-02-11", "2020-04-01")
    assert (state(law, "2020-05-01").since, state(law, "2020-05-01").next_change) == ("2020-04-01", None)


# 6: deadlines

PLAN = act(
    "order",
    "2020-01-10",
    does("announced"),
    does("deadline_set", deadline="rules", due="2020-03-01", obliged="authority"),
)


@pytest.mark.parametrize(
    ("obliged", "missed"), [("authority", "overdue"), ("addressees", "passed"), ("nobody", "closed")]
)
def test_a_deadline_missed_is_called_by_who_was_obliged(obliged: str, missed: str) -> None:
    plan = measure(
        act(
            "order",
            "2020-01-10",
            does("announced"),
            does("deadline_set", deadline="x", due="2020-03-01", obliged=obliged),
        )
    )
    assert [deadline(plan, day).status for day in ("2020-03-01", "2020-03-02")] == ["open", missed]
    overdue = deadline(plan, "2020-03-11").days_overdue
    assert overdue == 10 if obliged == "authority" else overdue is msgspec.UNSET


def test_a_deadline_met_late_says_by_how_many_days() -> None:
    plan = measure(PLAN, act("done", "2020-03-20", does("deadline_met", deadline="rules", met_on="2020-03-11")))
    assert deadline(plan, "2020-03-15").status == "overdue"
    met = deadline(plan, "2020-03-15", known_on="2020-03-20")
    assert (met.status, met.met_on, met.days_late) == ("met", "2020-03-11", 10)
    assert deadline(plan, "2020-03-10", known_on="2020-03-20").status == "overdue"


def test_a_deadline_met_in_time_is_not_late() -> None:
    plan = measure(PLAN, act("done", "2020-02-20", does("deadline_met", deadline="rules", met_on="2020-02-20")))
    assert (deadline(plan, "2020-02-20").status, deadline(plan, "2020-02-20").days_late) == ("met", 0)


def test_a_slip_counts_from_its_announcement_also_in_hindsight() -> None:
    plan = measure(
        PLAN,
        act("slip", "2020-02-20", does("deadline_moved", deadline="rules", due="2020-05-01")),
        act("stall", "2020-04-20", does("deadline_moved", deadline="rules", due=None)),
    )
    assert deadline(plan, "2020-02-19", known_on="2020-12-31").due == "2020-03-01"
    assert (deadline(plan, "2020-02-20").due, deadline(plan, "2020-03-02").status) == ("2020-05-01", "open")
    stalled = deadline(plan, "2020-04-20")
    assert (stalled.status, stalled.due, len(stalled.moves)) == ("postponed", None, 2)
    assert [(move.on, move.from_, move.to, move.act) for move in stalled.moves] == [
        ("2020-02-20", "2020-03-01", "2020-05-01", "slip"),
        ("2020-04-20", "2020-05-01", None, "stall"),
    ]


def test_set_again_a_deadline_starts_anew() -> None:
    again = does("deadline_set", deadline="rules", due="2020-06-01", obliged="addressees")
    plan = measure(PLAN, act("renew", "2020-04-01", again))
    assert deadline(plan, "2020-03-31").status == "overdue"
    anew = deadline(plan, "2020-04-01")
    assert (anew.status, anew.due, anew.obliged, anew.moves) == ("open", "2020-06-01", "addressees", ())


def test_an_open_deadline_is_void_once_the_measure_has_ended_and_stays_so() -> None:
    plan = measure(PLAN, act("drop", "2020-02-01", does("ended")), act("back", "2020-02-10", does("reinstated")))
    assert [deadline(plan, day).status for day in ("2020-01-31", "2020-02-01", "2020-02-10")] == [
        "open",
        "void",
        "void",
    ]


def test_a_deadline_that_passed_before_the_end_keeps_its_status() -> None:
    plan = measure(PLAN, act("drop", "2020-03-02", does("ended")))
    assert deadline(plan, "2020-03-02").status == "overdue"


def test_an_open_deadline_is_void_once_the_measure_has_expired() -> None:
    licence = measure(
        LICENCE, act("order", "2020-02-01", does("deadline_set", deadline="x", due="2020-04-01", obliged="nobody"))
    )
    assert [deadline(licence, day).status for day in ("2020-03-31", "2020-04-01")] == ["open", "void"]


def test_an_annulment_from_the_first_day_voids_an_open_deadline() -> None:
    licence = measure(
        LICENCE,
        act("order", "2020-02-01", does("deadline_set", deadline="x", due="2020-03-15", obliged="addressees")),
        act("annul", "2020-03-01", does("ended", effective_on="2020-01-10", manner="annulled")),
    )
    assert deadline(licence, "2020-02-15").status == "open"
    assert deadline(licence, "2020-02-15", known_on="2020-03-01").status == "void"
    assert deadline(licence, "2020-03-20").status == "void"


def test_what_is_fulfilled_on_the_day_of_the_end_is_met() -> None:
    plan = measure(
        PLAN,
        act(
            "done",
            "2020-02-01",
            does("deadline_met", deadline="rules", met_on="2020-02-01"),
            does("ended", manner="fulfilled"),
        ),
    )
    assert deadline(plan, "2020-02-01").status == "met"


# 7: partial days


def test_a_partial_day_leaves_both_answers_possible_inside_it_alone() -> None:
    law = measure(act("enact", "2020-01", does("adopted", effective_on="2020-03")))
    assert (state(law, "2019-12-31").certainty, status(law, "2019-12-31")) == ("certain", "absent")
    announced = state(law, "2020-01-15")
    assert (announced.certainty, announced.possible, announced.status) == ("possible", ("absent", "adopted"), "absent")
    assert state(law, "2020-02-10").certainty == "certain"
    entering = state(law, "2020-03-10")
    assert (entering.possible, entering.status) == (("adopted", "in_force"), "adopted")
    assert (state(law, "2020-03-31").certainty, status(law, "2020-03-31")) == ("certain", "in_force")


def test_readings_in_which_an_act_precedes_one_it_needs_do_not_count() -> None:
    law = measure(
        act("enact", "2020-02", does("adopted", effective_on="2020-01-01")),
        act("stay", "[2020-02-10..2020-02-12]", does("suspended", effective_on="2020-02-10")),
    )
    # The stay is known by the 12th at the latest, so the adoption is, and nothing says that it is not in force.
    assert state(law, "2020-02-12").certainty == "certain"
    assert state(law, "2020-02-11").possible == ("absent", "in_force", "suspended")


def test_last_days_of_low_precision_mean_their_last_possible_day() -> None:
    law = measure(act("issue", "2020-01-10", does("adopted", effective_on="2020-01-10", expires_on="2020-03")))
    assert [(status(law, day), state(law, day).certainty) for day in ("2020-03-15", "2020-03-31", "2020-04-01")] == [
        ("in_force", "certain"),
        ("in_force", "certain"),
        ("expired", "certain"),
    ]
    assert state(law, "2020-03-15").expires_on == "2020-03"


def test_a_vague_first_day_does_not_reach_before_its_announcement_unless_it_says_so() -> None:
    for retroactive, before in ((False, "absent"), (True, "in_force")):
        law = measure(act("enact", "2020-06-15", does("adopted", effective_on="2020", retroactive=retroactive)))
        possible = state(law, "2020-03-01", known_on="2020-12-31").possible
        assert (possible is not msgspec.UNSET and before in possible) is retroactive
        assert status(law, "2020-12-31") == "in_force"


def test_overlapping_partial_days_are_read_in_the_one_order_of_acts() -> None:
    law = measure(
        act("enact", "2020-01-01", does("adopted", effective_on="2020-01-01")),
        act("stay", "2020-02", does("suspended")),
        act("free", "2020-02", does("reinstated"), after="stay"),
    )
    assert state(law, "2020-02-10").possible == ("in_force", "suspended")
    assert (status(law, "2020-02-29"), state(law, "2020-02-29").certainty) == ("in_force", "certain")


def test_thirty_acts_of_one_year_are_answered_within_the_bound() -> None:
    acts = [act("a00", "2020", does("adopted", effective_on="2020"))]
    acts += [act(f"a{n:02}", "2020", does("suspended" if n % 2 else "reinstated")) for n in range(1, 30)]
    line = state(measure(*acts), "2020-06-15")
    assert line.possible == ("absent", "adopted", "in_force", "suspended")


@pytest.mark.parametrize(
    ("effective_on", "next_change"),
    [("2020-05", "2020-05-31"), ("2020", "2020-12-31"), ("2020-05~", "2020-06-30"), ("2020-05-12", "2020-05-12")],
)
def test_what_is_to_come_in_a_month_or_a_year_is_the_next_change_on_its_last_day(
    effective_on: str, next_change: str
) -> None:
    law = measure(act("enact", "2020-01-10", does("adopted", effects=["prohibits"], effective_on=effective_on)))
    assert state(law, "2020-05-10").next_change == next_change


def test_the_boundaries_after_a_day_are_the_same_the_first_time_and_later() -> None:
    # The adoption is told by 12 March, when it is suspended; its own last possible day is a boundary all the same.
    law = measure(
        act("enact", "[2020-03-09..2020-03-20]", does("adopted", effects=["prohibits"])),
        act("stay", "2020-03-12", does("suspended")),
    )
    day = date(2020, 3, 15).toordinal()
    found = [law.turns_after(day, day) for _ in range(2)]
    assert found == [[date(2020, 3, 20).toordinal()]] * 2
