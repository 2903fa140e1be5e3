"""A reader that polls every day for a year, with a clock that is set: what lies ahead is told once, and once again."""

from __future__ import annotations

from datetime import date

from events.commands import AnyCommand, RecordAct
from tests.outlets.subscribing import Reader, publishing
from tests.recording.telling import act, correct, did, retract

ADOPTED = act(
    "xa-law",
    "2026-01-05",
    did("adopted", effects=["prohibits"], effective_on="2026-03-01", expires_on="2026-12-01"),
    did("deadline_set", deadline="rules", due="2026-06-01", obliged="authority"),
)


def test_a_reader_that_polls_daily_for_a_year_sees_each_future_date_twice_and_no_more(database_url: str) -> None:
    def adopts(slug: str, effective_on: str, on: str) -> RecordAct:
        return act(slug, on, did("adopted", f"XA/{slug}", effects=["restricts"], effective_on=effective_on))

    diary: dict[str, list[AnyCommand]] = {
        "2026-01-05": [ADOPTED],
        "2026-02-01": [act("xa-delay", "2026-02-01", did("rescheduled", effective_on="2026-04-01"))],
        "2026-02-10": [adopts("taken-back", "2026-08-01", "2026-02-10"), adopts("slipped", "2026-09-01", "2026-02-10")],
        "2026-03-10": [
            act("xa-report", "2026-03-10", did("deadline_set", deadline="report", due="2026-10", obliged="addressees"))
        ],
        "2026-05-20": [
            act("xa-slip", "2026-05-20", did("deadline_moved", deadline="rules", due="2026-07-01")),
            adopts("late", "2026-05-25", "2026-05-20"),
            adopts("wrong", "2026-05-30", "2026-05-20"),
        ],
        "2026-06-03": [correct(adopts("late", "2026-05-28", "2026-05-20"))],
        "2026-06-04": [correct(adopts("wrong", "2026-11-05", "2026-05-20"))],
        "2026-07-15": [retract("taken-back")],
        "2026-08-20": [correct(adopts("slipped", "2026-09-15", "2026-02-10"))],
        "2026-08-21": [act("xa-met", "2026-08-21", did("deadline_met", deadline="report", met_on="2026-08-20"))],
        "2026-09-15": [act("same-day", "2026-09-15", did("adopted", "XA/same-day", effective_on="2026-09-15"))],
    }
    with publishing(database_url) as publisher:
        polls = Reader(publisher.client).poll_daily(publisher, "2026-01-01", "2026-12-31", diary)
    assert len(polls) == 365

    told = {(poll.day.isoformat(), entry.title.partition(" – ")[0]) for poll in polls for entry in poll.new}
    due = {each for each in told if ", 2026-" in each[1]}
    assert due == {
        # Each on its day, and none on a day from which it slipped, that was taken back, or that an act met before.
        ("2026-04-01", "XA, 2026-04-01: first day in force"),
        ("2026-05-25", "XA, 2026-05-25: first day in force"),
        ("2026-05-30", "XA, 2026-05-30: first day in force"),
        ("2026-07-01", "XA, 2026-07-01: deadline rules is due"),
        ("2026-09-15", "XA, 2026-09-15: first day in force"),
        ("2026-11-05", "XA, 2026-11-05: first day in force"),
        ("2026-12-01", "XA, 2026-12-01: last day in force"),
    }
    entries = [entry for poll in polls for entry in poll.new]
    assert len(entries) == len({(entry.id, entry.updated) for entry in entries})
    # 11 actions and 3 corrections, each told the morning after it was recorded; 7 days.
    assert len(entries) == 11 + 3 + 7
    assert len({entry.id for entry in entries}) == 11 + 7
    news = {poll.day for poll in polls if poll.status == 200}
    mornings_after = {date.fromisoformat(day).toordinal() + 1 for day in diary}
    days = {date.fromisoformat(day).toordinal() for day, _ in due}
    first = {date(2026, 1, 1).toordinal()}
    assert {day.toordinal() for day in news} == mornings_after | days | first
