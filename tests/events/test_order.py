"""The one order of acts (record format, rule 2)."""

from __future__ import annotations

from events.actions import AnyAction
from events.errors import AfterContradicted, AfterTheEnd
from events.order import Ordered, in_order
from tests.projections.test_reading import BILL, LICENCE, act, does


def ordered(*acts: list[AnyAction]) -> Ordered:
    """The order of acts given backwards, which must not matter."""
    return in_order([action for each in reversed(acts) for action in reversed(each)])


def slugs(order: Ordered) -> list[str]:
    """The acts in order."""
    return list(dict.fromkeys(action.act.act for action in order.actions))


def test_acts_stand_by_day_then_by_slug() -> None:
    order = ordered(
        act("c", "2020-01-10", does("adopted")),
        act("b", "2020-01-11", does("noted")),
        act("a", "2020-01-11", does("noted")),
    )
    assert slugs(order) == ["c", "a", "b"]


def test_acts_stand_by_first_possible_day_then_by_last() -> None:
    order = ordered(
        act("a", "2020-01", does("announced")),
        act("b", "[2020-01-01..2020-01-15]", does("announced")),
        act("c", "2020-01-01", does("announced")),
        act("d", "2019-12-31", does("announced")),
    )
    assert slugs(order) == ["d", "c", "b", "a"]


def test_actions_of_an_act_stand_by_place() -> None:
    order = ordered(act("a", "2020-01-10", does("adopted"), does("ended"), does("proposed"), does("noted")))
    assert [type(action).type for action in order.actions] == ["adopted", "ended", "proposed", "noted"]


def test_an_act_stands_after_the_one_it_names() -> None:
    order = ordered(
        act("z", "2020-01-10", does("adopted")),
        act("b", "2020-01-10", does("noted"), after="z"),
        act("a", "2020-01-10", does("noted"), after="b"),
    )
    assert slugs(order) == ["z", "b", "a"]


def test_an_act_waits_for_the_one_it_needs() -> None:
    order = ordered(
        act("a", "2020-01-10", does("extended", expires_on="2020-06-30")),
        act("b", "2020-01-10", does("deadline_met", deadline="x", met_on="2020-01-10")),
        act("c", "2020-01-10", does("deadline_set", deadline="x", due=None, obliged="nobody")),
        act("d", "2020-01-10", does("adopted")),
    )
    assert slugs(order) == ["d", "a", "c", "b"]
    assert order.refused == ()


def test_an_act_that_begins_something_still_waits_for_the_deadline_it_moves_and_the_stay_it_lifts() -> None:
    order = ordered(
        act("a", "2020-01-10", does("adopted"), does("deadline_moved", deadline="x", due=None)),
        act("b", "2020-01-10", does("adopted"), does("deadline_set", deadline="x", due=None, obliged="nobody")),
    )
    assert slugs(order) == ["b", "a"]
    order = ordered(
        LICENCE,
        act("a", "2020-02-10", does("proposed"), does("reinstated", lifts="b")),
        act("b", "2020-02-10", does("suspended")),
    )
    assert (slugs(order), order.refused) == (["issue", "b", "a"], ())


def test_what_follows_a_reinstatement_within_its_act_does_not_wait() -> None:
    order = ordered(
        LICENCE,
        act("repeal", "2020-02-01", does("ended")),
        act("a", "2020-02-10", does("reinstated"), does("extended", expires_on="2020-06-30")),
        act("b", "2020-02-10", does("adopted")),
    )
    assert (slugs(order), order.refused) == (["issue", "repeal", "a", "b"], ())


def test_an_act_waits_only_where_the_days_leave_it_open() -> None:
    order = ordered(BILL, act("repeal", "2020-02-01", does("ended")), act("late", "2020-02-10", does("suspended")))
    order_with_later = ordered(
        BILL,
        act("repeal", "2020-02-01", does("ended")),
        act("late", "2020-02-10", does("suspended")),
        act("again", "2020-02-11", does("adopted")),
    )
    for each in (order, order_with_later):
        assert [(action.act.act, type(reason)) for action, reason in each.refused] == [("late", AfterTheEnd)]
    vague = ordered(
        BILL,
        act("repeal", "2020-02-01", does("ended")),
        act("late", "2020-02", does("suspended")),
        act("again", "2020-02-11", does("adopted")),
    )
    assert (slugs(vague), vague.refused) == (["bill", "repeal", "again", "late"], ())
    assert vague.needs == (("again", "late"),)


def test_a_base_is_noted_where_its_days_leave_it_open_however_many_exact_ones_stand_between() -> None:
    order = ordered(
        act("bill", "2020-03", does("adopted")),
        act("report", "2020-03-05", does("noted")),
        act("stay", "2020-03-10", does("suspended")),
        act("later", "2020-04-01", does("extended", expires_on="2020-06-30")),
    )
    assert (slugs(order), order.refused) == (["bill", "report", "stay", "later"], ())
    assert order.needs == (("bill", "stay"),)


def test_an_act_said_to_stand_after_a_later_one_is_refused() -> None:
    order = ordered(BILL, act("a", "2020-02-01", does("noted"), after="b"), act("b", "2020-02-02", does("noted")))
    assert [(action.act.act, type(reason)) for action, reason in order.refused] == [("a", AfterContradicted)]


def test_acts_that_wait_for_each_other_are_refused() -> None:
    order = ordered(
        BILL, act("a", "2020-02-01", does("noted"), after="b"), act("b", "2020-02-01", does("noted"), after="a")
    )
    assert (slugs(order), [action.act.act for action, _ in order.refused]) == (["bill"], ["a", "b"])


def test_an_act_after_one_that_is_not_of_this_measure_does_not_wait() -> None:
    order = ordered(act("a", "2020-01-10", does("adopted"), after="elsewhere"))
    assert (slugs(order), order.refused) == (["a"], ())
