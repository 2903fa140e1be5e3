"""The dossier as it would have been followed, had each act been recorded on the day of its announcement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from events.actions import AnyAction
from events.commands import RecordAct
from events.dates import span
from projections.changes import diary
from projections.fold import MeasureFold
from projections.news_items import Item
from services.intake.files import read
from services.operations.wiring import service
from tests.documentation.reading import TOP
from tests.outlets.subscribing import Clock

LAST = date(2026, 11, 24)


def _announced(command: RecordAct) -> date:
    return span(command.act.announced_on).last


def test_each_day_that_lay_ahead_is_told_once_when_recorded_and_once_on_its_day(database_url: str) -> None:
    acts = [command for command in read([TOP / "dossier"]).commands if isinstance(command, RecordAct)]
    clock = Clock(datetime(2012, 1, 1, tzinfo=UTC))
    items: list[Item] = []
    with service(database_url, clock, connections=2) as opened:
        for day, theirs in groupby(sorted(acts, key=_announced), key=_announced):
            clock.set(day.isoformat())
            opened.recording.record(list(theirs), recorded_by="ada")
        clock.set(LAST.isoformat())
        page = opened.newsroom.page()
        items += page.items
        through = page.earlier
        while through is not None:
            page = opened.newsroom.page(through=through)
            items += page.items
            through = page.earlier
    told = {(item.id, item.updated): item for item in items}
    assert Counter(item.what for item in told.values())["recorded"] == sum(len(command.actions) for command in acts)
    due = [item for item in told.values() if item.what == "due"]
    assert len({item.id for item in due}) == len(due)

    # By hand: the measure as those acts made it that had been announced before the day, and what its diary has of it.
    expected = set()
    measures = {action.measure for command in acts for action in command.actions}
    for measure in measures:
        actions = [action for command in acts for action in command.actions if action.measure == measure]
        for day in {day for action in actions for day in _days(action) if day <= LAST}:
            before = [action for action in actions if span(action.act.announced_on).last < day]
            for row in diary(MeasureFold(measure, before), day.toordinal()) if before else ():
                if row.day == day.toordinal() and row.change.by is None:
                    expected.add((measure, day, row.change.what, row.change.deadline))
    found = {(item.measure, item.updated.date(), item.change.what, item.change.deadline) for item in due if item.change}
    assert sorted(map(str, found ^ expected)) == []
    assert len(found) > 50


def _days(action: AnyAction) -> Iterator[date]:
    """Every day, or the one after it, that an action names."""
    for name in ("effective_on", "applies_on", "expires_on", "due", "until", "applies_until", "met_on"):
        if isinstance(text := getattr(action, name, None), str):
            for day in span(text)[:2]:
                yield from (day, day + timedelta(days=1)) if day < LAST else (day,)
