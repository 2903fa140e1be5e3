"""What the automaton refuses (record format, "What is refused"), and what it lets pass."""

from __future__ import annotations

from events.actions import AnyAction
from events.errors import (
    AfterTheEnd,
    DeadlineNotSet,
    EntryHasHappened,
    ExpiresBeforeEffective,
    NoSuchStay,
    NotBegun,
    Refusal,
)
from events.lawful import refusal
from events.lifecycle import Lifecycle
from tests.projections.test_reading import BILL, LICENCE, PLAN, STATUTE, act, does


def after(*acts: list[AnyAction]) -> Lifecycle:
    """A life so far."""
    life = Lifecycle()
    for each in acts:
        for action in each:
            assert refusal(life, action) is None
            life.apply(action)
    return life


def refused(life: Lifecycle, next_act: list[AnyAction]) -> type[Refusal] | None:
    """How the first action of an act would be refused next; None where it is lawful."""
    found = refusal(life, next_act[0])
    return None if found is None else type(found)


NEED_A_LIFE = (
    does("amended", effects=["none"]),
    does("rescheduled", effective_on=None),
    does("extended", expires_on="2020-06-30"),
    does("suspended"),
    does("reinstated"),
    does("ended"),
)


def test_a_first_action_is_a_beginning_or_a_note() -> None:
    for kind in ("proposed", "announced", "adopted", "noted"):
        assert refused(after(), act("first", "2020-01-10", does(kind))) is None
    first = does("deadline_set", deadline="x", due=None, obliged="nobody")
    for action in (*NEED_A_LIFE, first):
        assert refused(after(), act("first", "2020-01-10", action)) is NotBegun


def test_what_was_never_begun_cannot_be_changed() -> None:
    noted = after(act("leak", "2020-01-10", does("noted")))
    for action in NEED_A_LIFE:
        assert refused(noted, act("next", "2020-02-01", action)) is NotBegun
    watched = act("watch", "2020-02-01", does("deadline_set", deadline="x", due=None, obliged="nobody"))
    assert refused(noted, watched) is None


def test_after_an_end_nothing_is_extended_amended_or_suspended_unless_it_began_again() -> None:
    ended = after(LICENCE, act("repeal", "2020-02-01", does("ended")))
    again = after(LICENCE, act("repeal", "2020-02-01", does("ended")), act("draft", "2020-02-10", does("proposed")))
    lifted = after(LICENCE, act("repeal", "2020-02-01", does("ended")), act("back", "2020-02-10", does("reinstated")))
    for action in (does("extended", expires_on="2020-06-30"), does("amended", effects=["none"]), does("suspended")):
        late = act("late", "2020-02-20", action)
        assert refused(ended, late) is AfterTheEnd
        assert refused(again, late) is None
        assert refused(lifted, late) is None


def test_an_end_to_come_is_an_end_too() -> None:
    ending = after(LICENCE, act("repeal", "2020-02-01", does("ended", effective_on="2020-03-01")))
    assert refused(ending, act("late", "2020-02-10", does("suspended"))) is AfterTheEnd


def test_after_an_expiry_it_may_still_be_extended() -> None:
    assert refused(after(LICENCE), act("extend", "2020-05-01", does("extended", expires_on="2020-06-30"))) is None


def test_a_deadline_is_moved_and_met_only_once_it_is_set() -> None:
    for action in (
        does("deadline_moved", deadline="x", due=None),
        does("deadline_met", deadline="x", met_on="2020-02-01"),
    ):
        assert refused(after(PLAN), act("next", "2020-02-01", action)) is DeadlineNotSet
    assert refused(after(PLAN), act("next", "2020-02-01", does("deadline_moved", deadline="rules", due=None))) is None


def test_nothing_expires_before_it_begins() -> None:
    for kind, first, last in (
        ("adopted", "effective_on", "expires_on"),
        ("rescheduled", "effective_on", "expires_on"),
        ("extended", "effective_on", "expires_on"),
        ("suspended", "effective_on", "until"),
        ("amended", "applies_on", "applies_until"),
    ):
        backwards = act("next", "2020-01-20", does(kind, **{first: "2020-03-02", last: "2020-03-01"}))
        one_day = act("next", "2020-01-20", does(kind, **{first: "2020-03-01", last: "2020-03-01"}))
        vague = act("next", "2020-01-20", does(kind, **{first: "2020-03-15", last: "2020-03"}))
        assert refused(after(STATUTE), backwards) is ExpiresBeforeEffective
        assert refused(after(STATUTE), one_day) is None
        assert refused(after(STATUTE), vague) is None


def test_an_entry_that_has_happened_is_not_moved() -> None:
    moved = does("rescheduled", effective_on="2020-10-01")
    assert refused(after(STATUTE), act("move", "2020-06-30", moved)) is None
    assert refused(after(STATUTE), act("move", "2020-07-01", moved)) is None
    assert refused(after(STATUTE), act("move", "2020-07-02", moved)) is EntryHasHappened
    assert refused(after(STATUTE), act("move", "2020-07-02", does("rescheduled", expires_on="2020-12-31"))) is None


def test_an_entry_that_may_still_be_to_come_is_moved() -> None:
    vague = after(act("enact", "2020-01-10", does("adopted", effective_on="2020-07")))
    moved = does("rescheduled", effective_on="2020-10-01")
    assert refused(vague, act("move", "2020-07-31", moved)) is None
    assert refused(vague, act("move", "2020-08-01", moved)) is EntryHasHappened
    bill = after(BILL)
    assert refused(bill, act("move", "2020-08-01", moved)) is None


def test_only_a_stay_that_was_told_is_lifted_by_name() -> None:
    lifts = act("free", "2020-02-10", does("reinstated", lifts="court"))
    assert refused(after(LICENCE), lifts) is NoSuchStay
    assert refused(after(LICENCE, act("court", "2020-02-01", does("suspended"))), lifts) is None


def test_refusing_remembers_nothing() -> None:
    life = after(LICENCE)
    assert refused(life, act("next", "2020-02-01", does("deadline_moved", deadline="x", due=None))) is DeadlineNotSet
    assert (life.count, life.deadlines) == (1, {})
