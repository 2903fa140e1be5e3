"""Two days, two eyes, or two editions of the world held against each other, on records of a few acts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from events.commands import AnyCommand, ReviewJurisdiction
from projections.answering import HEAD, Asked, WindowReversed
from projections.answers import Comparison, RowRestated, WorldComparison, WorldRestatement
from projections.comparison import MOST_ROWS
from projections.restatement import EditionNeeded, EditionsReversed
from services.intake.importing import import_files
from services.operations.wiring import Service
from tests.documentation.reading import TOP
from tests.recording.telling import act, correct, did, retract, verify


def record(opened: Service, *commands: AnyCommand, by: str = "ada") -> int:
    """Records in one append; the position at which it appears."""
    return opened.recording.record(list(commands), recorded_by=by)[-1].edition


BILL = act("xa-bill", "2020-01-10", did("proposed", effects=["prohibits"]))
LAW = act("xa-law", "2020-03-01", did("adopted", effects=["prohibits"], effective_on="2020-05-01"))
MOVED = act("xa-delay", "2020-04-20", did("rescheduled", effective_on="2020-09-01"))
RULE = act("xb-rule", "2020-02-01", did("adopted", "XB/rule", effects=["restricts"], effective_on="2020-02-01"))
REPORT = act(
    "xb-report", "2020-02-01", did("deadline_set", "XB/rule", deadline="report", due="2020-03-01", obliged="authority")
)


def world(opened: Service, from_: str, to: str, *, eyes: str | None = None, asked: Asked = HEAD) -> WorldComparison:
    """Compared by the eyes of each day, or the later by other eyes."""
    return opened.auditing.world_comparison(**times(from_, to, eyes), asked=asked)


def one(opened: Service, code: str, from_: str, to: str, *, eyes: str | None = None) -> Comparison:
    return opened.auditing.comparison(code, **times(from_, to, eyes))


def times(from_: str, to: str, eyes: str | None) -> dict[str, Any]:
    known = {} if eyes is None else {"to_known_on": date.fromisoformat(eyes)}
    return {"from_": date.fromisoformat(from_), "to": date.fromisoformat(to), **known}


def test_between_two_days_those_who_read_otherwise_are_told_with_both_headlines_and_what_moved_them(
    opened: Service,
) -> None:
    record(opened, BILL, LAW, RULE)
    told = world(opened, "2020-02-10", "2020-06-01")
    (row,) = told.jurisdictions  # XB is the same on both days
    assert (row.jurisdiction, row.measures) == ("XA", ("XA/law",))
    assert (row.before.headline, row.after.upcoming) == (None, None)
    assert row.before.upcoming is not None
    assert (row.before.upcoming.effect, row.before.upcoming.status) == ("prohibits", "proposed")
    assert row.after.headline is not None
    assert (row.after.headline.effect, row.after.headline.status) == ("prohibits", "in_force")
    assert [(each.on, each.what, each.by) for each in row.changes] == [
        ("2020-03-01", "adopted", "xa-law"),
        ("2020-05-01", "took_effect", None),
    ]
    assert row.acts == ("xa-law",)
    assert (told.from_, told.to, told.from_known_on, told.to_known_on) == (
        "2020-02-10", "2020-06-01", "2020-02-10", "2020-06-01",
    )  # fmt: skip


def test_no_more_than_the_last_rows_of_a_diary_are_told_of_a_jurisdiction(opened: Service) -> None:
    stops = [
        act(f"xa-{number}", f"2020-06-{number:02}", did("suspended" if number % 2 else "reinstated"))
        for number in range(1, 9)
    ]
    record(opened, LAW, *stops)
    (row,) = world(opened, "2020-01-01", "2020-07-01").jurisdictions
    assert [each.by for each in row.changes] == ["xa-6", "xa-7", "xa-8"]
    assert len(row.changes) == MOST_ROWS


def test_a_measure_that_expired_on_the_earlier_day_was_in_force_on_it_and_its_end_explains_the_later(
    opened: Service,
) -> None:
    record(
        opened,
        act("xa-order", "2020-01-01", did("adopted", effects=["restricts"], effective_on="2020-01-01",
                                          expires_on="2020-03-31")),
    )  # fmt: skip
    (row,) = world(opened, "2020-03-31", "2020-04-01").jurisdictions
    assert row.before.headline is not None
    assert row.after.headline is None
    assert [(each.on, each.what) for each in row.changes] == [("2020-03-31", "expired")]
    assert world(opened, "2020-03-30", "2020-03-31").jurisdictions == ()


def test_a_deadline_that_is_one_day_more_overdue_is_no_difference(opened: Service) -> None:
    record(opened, RULE, REPORT)
    assert world(opened, "2020-03-10", "2020-03-20").jurisdictions == ()
    assert one(opened, "XB", "2020-03-10", "2020-03-20").measures == ()
    (row,) = world(opened, "2020-03-01", "2020-03-02").jurisdictions
    assert (row.jurisdiction, row.changes) == ("XB", ())  # its headline did not move
    (line,) = one(opened, "XB", "2020-03-01", "2020-03-02").measures
    assert [(each.field, each.from_, each.to) for each in line.changed] == [
        ("deadlines[0].status", "open", "overdue"),
    ]


def test_by_later_eyes_the_same_day_reads_otherwise_by_the_acts_announced_since(opened: Service) -> None:
    record(opened, LAW, act("xa-back", "2020-06-15", did("suspended", effective_on="2020-05-20")))
    told = world(opened, "2020-06-01", "2020-06-01", eyes="2020-07-01")
    (row,) = told.jurisdictions
    assert row.before.headline is not None
    assert (row.after.headline, row.acts, row.changes) == (None, ("xa-back",), ())
    alone = one(opened, "XA", "2020-06-01", "2020-06-01", eyes="2020-07-01")
    assert [(each.measure, each.inherited) for each in alone.measures] == [("XA/law", False)]
    assert alone.changes == ()
    assert (alone.from_known_on, alone.to_known_on) == ("2020-06-01", "2020-07-01")
    assert (alone.before, alone.after) == (row.before, row.after)


def test_one_jurisdiction_on_two_days_is_told_with_its_diary_and_the_lines_that_differ(opened: Service) -> None:
    record(opened, LAW, MOVED)
    told = one(opened, "XA", "2020-03-15", "2020-06-01")
    (line,) = told.measures
    assert line.before is not None
    assert line.after is not None
    assert (line.before.effective_on, line.after.effective_on) == ("2020-05-01", "2020-09-01")
    assert (line.before.next_change, line.after.next_change) == ("2020-05-01", "2020-09-01")
    assert [each.field for each in line.changed] == ["effective_on", "acts"]
    assert (
        told.changes
        == opened.answering.changes(
            "XA", from_=date(2020, 3, 15), to=date(2020, 6, 1), known_on=date(2020, 6, 1)
        ).changes
    )
    assert [each.what for each in told.changes] == ["rescheduled"]


def test_law_of_the_union_that_differs_between_two_days_is_inherited(opened: Service) -> None:
    record(opened, act("eu-law", "2020-03-01", did("adopted", "EU/law", effective_on="2020-03-01")))
    assert [(each.measure, each.inherited) for each in one(opened, "NL", "2020-01-01", "2020-04-01").measures] == [
        ("EU/law", True)
    ]
    assert one(opened, "NO", "2020-01-01", "2020-04-01").measures == ()


def test_law_of_the_union_is_inherited_no_more_by_one_that_has_left(opened: Service) -> None:
    record(opened, act("eu-law", "2020-03-01", did("adopted", "EU/law", effective_on="2020-03-01")))
    (line,) = one(opened, "GB", "2020-12-31", "2021-01-01").measures
    assert (line.measure, line.inherited, line.after, line.acts) == ("EU/law", True, None, ())
    assert one(opened, "GB", "2021-01-01", "2021-02-01").measures == ()
    assert one(opened, "GB", "2020-12-30", "2020-12-31").measures == ()


def test_what_dates_an_act_in_hindsight_is_named_although_the_line_does_not_rest_on_it(opened: Service) -> None:
    record(opened, BILL, LAW)
    (line,) = one(opened, "XA", "2020-02-01", "2020-02-01", eyes="2020-06-01").measures
    assert [(each.field, each.to) for each in line.changed] == [("effective_on", "2020-05-01")]
    assert line.acts == ("xa-law",)


def test_one_jurisdiction_without_a_record_has_no_row(opened: Service) -> None:
    record(opened, LAW)
    told = one(opened, "XZ", "2020-01-01", "2020-06-01")
    assert (told.before, told.after, told.measures, told.changes) == (None, None, (), ())


def test_what_is_compared_in_an_earlier_edition_is_that_edition(opened: Service) -> None:
    early = record(opened, RULE)
    record(opened, LAW)
    assert world(opened, "2020-01-01", "2020-06-01", asked=Asked(early)).position == early
    codes = [row.jurisdiction for row in world(opened, "2020-01-01", "2020-06-01", asked=Asked(early)).jurisdictions]
    assert codes == ["XB"]


def test_days_in_reverse_are_refused(opened: Service) -> None:
    record(opened, LAW)
    for compare in (opened.auditing.world_comparison, lambda **days: opened.auditing.comparison("XA", **days)):
        with pytest.raises(WindowReversed):
            compare(from_=date(2020, 2, 1), to=date(2020, 1, 31))


DAYS = [
    (date(2012, 1, 1), date(2026, 12, 31)),
    (date(2019, 5, 1), date(2019, 5, 20)),
    (date(2020, 7, 1), date(2020, 7, 31)),
    (date(2020, 12, 30), date(2021, 1, 1)),
    (date(2022, 3, 3), date(2022, 3, 3)),
]


def test_of_the_dossier_those_and_only_those_are_told_whose_report_differs(opened: Service) -> None:
    import_files(opened.recording, [TOP / "dossier"], recorded_by="ada", clock=opened.clock)
    for from_, to in DAYS:
        for eyes in ((from_, to), (from_, from_ + timedelta(days=900)), (date(2026, 1, 1), date(2026, 1, 1))):
            told = opened.auditing.world_comparison(from_=from_, to=to, from_known_on=eyes[0], to_known_on=eyes[1])
            rows = {row.jurisdiction: row for row in told.jurisdictions}
            before = opened.answering.world(as_of=from_, known_on=eyes[0]).jurisdictions
            after = opened.answering.world(as_of=to, known_on=eyes[1]).jurisdictions
            for old, new in zip(before, after, strict=True):
                row = rows.get(old.jurisdiction)
                alone = opened.auditing.comparison(
                    old.jurisdiction, from_=from_, to=to, from_known_on=eyes[0], to_known_on=eyes[1]
                )
                own = tuple(each.measure for each in alone.measures if not each.inherited)
                assert own == (() if row is None else row.measures), (old.jurisdiction, from_, to, eyes)
                if row is None:
                    assert old == new
                else:
                    assert (row.before, row.after) == (old, new)


def restated(opened: Service, from_position: int, to: int | None = None, day: str = "2020-06-01") -> WorldRestatement:
    later = HEAD if to is None else Asked(to)
    return opened.auditing.world_restatement(earlier=Asked(from_position), later=later, as_of=date.fromisoformat(day))


def brief(row: RowRestated) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return row.jurisdiction, row.measures, row.classes, row.acts


def test_between_two_editions_each_jurisdiction_that_reads_otherwise_is_told_with_the_class_and_the_acts(
    opened: Service,
) -> None:
    early = record(opened, LAW, RULE, act("xc-x", "2020-01-01", did("adopted", "XC/x", effects=["restricts"])))
    record(opened, correct(act("xa-law", "2020-03-01", did("adopted", effects=["restricts"]))))
    record(opened, retract("xb-rule"))
    record(opened, act("xd-new", "2020-02-02", did("announced", "XD/view", effects=["declares_no_ban"])))
    record(opened, verify("xc-x"), by="ben")
    record(opened, ReviewJurisdiction(jurisdiction="XE", reviewed_on="2026-11-20"))
    told = restated(opened, early)
    assert [brief(row) for row in told.jurisdictions] == [
        ("XA", ("XA/law",), ("corrected",), ("xa-law",)),
        ("XB", ("XB/rule",), ("retracted",), ("xb-rule",)),
        ("XC", ("XC/x",), ("verified",), ("xc-x",)),
        ("XD", ("XD/view",), ("learned_late",), ("xd-new",)),
        ("XE", (), ("reviewed",), ()),
    ]
    law, rule, _, view, review = told.jurisdictions
    assert law.then is not None
    assert law.now is not None
    assert law.then.headline is not None
    assert law.now.upcoming is not None
    assert (law.then.headline.effect, law.now.upcoming.effect) == ("prohibits", "restricts")
    assert (rule.now, view.then) == (None, None)  # no record, which is not a statement
    assert (review.then, review.now) == (None, None)
    assert told.unaffected == ()
    for row in told.jurisdictions:
        alone = opened.auditing.restatement(row.jurisdiction, earlier=Asked(early), as_of=date(2020, 6, 1))
        classes = {each for difference in alone.differences for each in difference.classes}
        assert classes == set(row.classes), row.jurisdiction


def test_what_was_recorded_in_between_and_changes_nothing_about_the_day_is_named_as_such(opened: Service) -> None:
    early = record(opened, LAW, RULE)
    record(opened, act("xa-late", "2021-01-01", did("ended", effective_on="2021-01-01")))
    between = record(opened, act("xb-late", "2021-01-01", did("ended", "XB/rule", effective_on="2020-05-01")))
    told = restated(opened, early)
    assert (told.jurisdictions, told.unaffected) == ((), ("XA", "XB"))
    # What comes after the later edition is not in between.
    assert restated(opened, early, early + 1).unaffected == ("XA",)
    assert restated(opened, between).unaffected == ()


def test_the_world_in_the_same_edition_twice_has_no_difference(opened: Service) -> None:
    end = record(opened, LAW, RULE)
    assert restated(opened, end).jurisdictions == ()
    assert {row.jurisdiction for row in restated(opened, 0).jurisdictions} == {"XA", "XB"}


def test_a_position_within_an_append_is_the_edition_before_it(opened: Service) -> None:
    record(opened, RULE)
    record(opened, LAW, act("xc-x", "2020-01-01", did("adopted", "XC/x")))
    assert [row.jurisdiction for row in restated(opened, 2).jurisdictions] == ["XA", "XC"]
    assert restated(opened, 1, 2).jurisdictions == ()
    assert (opened.auditing.edition_before(3), opened.auditing.edition_before(1)) == (1, 0)
    assert opened.auditing.edition_before(2) == 1


def test_editions_that_cannot_be_compared_are_refused(opened: Service) -> None:
    record(opened, LAW)
    record(opened, RULE)
    with pytest.raises(EditionsReversed):
        restated(opened, 2, 1)
    with pytest.raises(EditionNeeded):
        opened.auditing.world_restatement(earlier=HEAD)


def test_more_jurisdictions_than_are_loaded_at_once_are_all_told_in_order(opened: Service) -> None:
    codes = [f"X{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    commands = [
        act(f"{code.lower()}-law", "2020-01-01", did("adopted", f"{code}/law", effects=["prohibits"])) for code in codes
    ]
    record(opened, *commands)
    assert [row.jurisdiction for row in restated(opened, 0).jurisdictions] == codes
    assert [row.jurisdiction for row in world(opened, "2019-01-01", "2020-06-01").jurisdictions] == codes
