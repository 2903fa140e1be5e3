"""
What is new: what was recorded, in its order, and between it the days that were told of before they came.

News is one sequence that only grows at its end. A step of it is an event of the log, or a day that has begun and a
measure that was told, before that day, to have something on it. What stands before a place in it stays as it is: what
a day brought is read from the record as it was when the day began (midnight UTC), and never again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from msgspec import Struct
from psycopg.sql import SQL

from events.dates import InvalidDate
from events.dates import day as exact_day
from events.log import Log, Recorded
from events.vocabulary import MEASURE, jurisdiction_of
from projections.answering import HEAD, Answering, Asked
from projections.answers import RULES, Due, MeasureLine, MeasureNews, News
from projections.appointments import KINDS, Appointment, Kind, appointments_of, told_of
from projections.diaries import CursorUnreadable
from projections.differences import differences
from projections.fold import MeasureFold
from projections.index import folds_at
from projections.news_items import TICK, Item, Told, brought_by, midnight
from projections.restatement import cause_of
from projections.state import line_if_there
from projections.topics import WORLD, Chosen, Topic, choose

PAGE = 100
"""Steps of a page of a feed."""

LIMIT = 200
"""Events, and days, of one answer with news, unless asked otherwise."""

MOST_KEPT = 10_000
"""Days of measures of which it is kept in memory what they brought; the least used are dropped first."""


class Place(NamedTuple):
    """The place of a step: the position of an event, or a day and the measure that was to have something on it."""

    position: int
    day: date | None = None
    measure: str = ""

    def __str__(self) -> str:
        return str(self.position) if self.day is None else f"{self.day.isoformat()}/{self.measure}"


_PLACE = re.compile(rf"\d{{1,16}}|(\d{{4}}-\d\d-\d\d)/({MEASURE})", re.ASCII)


class Page(Struct, frozen=True):
    """
    Items, the newest first, each thing once. `earlier` is the last place of the page before, None where there is none.

    `through` is the place that the page was asked for, None for the current one.
    """

    topic: Topic
    items: tuple[Item, ...]
    through: str | None
    earlier: str | None


class _Step(NamedTuple):
    """A step of the sequence: an event, or a day and a measure."""

    at: datetime
    recorded: Recorded | None
    day: date
    measure: str

    @property
    def order(self) -> tuple[datetime, int, int, str]:
        """A day begins before whatever is recorded at its midnight or after."""
        if self.recorded is None:
            return self.at, 0, 0, self.measure
        return self.at, 1, self.recorded.position, ""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(0, self.day, self.measure) if self.recorded is None else Place(self.recorded.position)


class Newsroom:
    """Tells what is new. Safe to share between threads; what it is given is not its own."""

    def __init__(self, answering: Answering, log: Log) -> None:
        self._answering = answering
        self._log = log
        self._kept: OrderedDict[tuple[date, str], tuple[Item, ...]] = OrderedDict()
        self._lock = Lock()

    def page(self, topic: Topic = WORLD, through: str | None = None) -> Page:
        """
        The newest steps of a topic, or those up to a place: these stay the same for ever.

        Pages before the newest meet end to end. Raises CursorUnreadable, PositionAboveHead, UnknownMeasure and
        UnknownSubject.
        """
        with self._answering.edition(HEAD) as (connection, edition):
            chosen = choose(connection, self._log, topic)
            if through is None:
                place = self._now(edition.position, edition.recorded_at)
            else:
                place = self._read_place(connection, through)
            steps = self._steps_to(connection, chosen, place, PAGE + 1)
            if through is None:
                over = self._count_to(connection, chosen, place) % PAGE
                earlier = steps[over].place if over < len(steps) else None
            else:
                earlier = steps[PAGE].place if len(steps) > PAGE else None
            items = tuple(self._items(connection, steps[:PAGE]))
        return Page(topic, items, through, None if earlier is None else str(earlier))

    def news(
        self,
        topic: Topic = WORLD,
        *,
        since: int,
        due_after: date | None = None,
        as_of: date | None = None,
        limit: int = LIMIT,
    ) -> News:
        """
        What reads otherwise since a position, measure by measure, and the days that have come since.

        `due_after` is the last day that was told of: by default that on which `since` was recorded. At most about
        `limit` events and as many days: appends and days are told as a whole. Raises as `page`.
        """
        today = self._answering.today()
        as_of = today if as_of is None else as_of
        with self._answering.edition(HEAD) as (connection, head):
            chosen = choose(connection, self._log, topic)
            then = self._log.moment_of(since, connection=connection)
            recorded, position = self._events_after(connection, chosen, since, head.position, limit)
            told_to = due_after
            if told_to is None and then is not None:
                told_to = then.astimezone(UTC).date()
            days, through = self._days_after(connection, chosen, told_to or date.min, today, limit)
            due = self._brought(connection, days)
            measures = tuple(self._measures(connection, recorded, since, position, as_of))
            moment = self._log.moment_of(position, connection=connection)
        return News(
            since=since,
            due_after=None if told_to is None else told_to.isoformat(),
            as_of=as_of.isoformat(),
            position=position,
            recorded_at=moment,
            due_to=through.isoformat(),
            more=position < head.position or through < today,
            rules=RULES,
            measures=measures,
            due=tuple(
                Due(id=f"urn:uuid:{item.id}", day=step.day.isoformat(), change=item.change)
                for step in days
                for item in due[step.day, step.measure]
                if item.change is not None
            ),
        )

    def appointments(
        self,
        topic: Topic = WORLD,
        *,
        kinds: Collection[Kind] = KINDS,
        from_: date | None = None,
        asked: Asked = HEAD,
    ) -> list[Appointment]:
        """
        The dates of a topic in an edition, by their first possible day, also those that do not stand any more.

        Without those that were over before the day `from_`. Raises as `page`.
        """
        asked = self._answering.pinned(asked)
        with self._answering.edition(asked) as (connection, edition):
            chosen = choose(connection, self._log, topic)
            measures = None
            folds: dict[str, MeasureFold] = {}
            if chosen.since is None:
                _, found = self._answering.read(asked, chosen.jurisdictions or None)
                folds = {measure: fold for each in found.values() for measure, fold in each.folds.items()}
            else:
                measures = [measure for measure, (since, _) in chosen.since.items() if since <= edition.position]
                folds = folds_at(connection, "measure", measures, edition.position)
            told = told_of(connection, edition.position, jurisdictions=chosen.jurisdictions, measures=measures)
            appointments = [
                appointment
                for measure, rows in told
                for appointment in appointments_of(measure, rows, folds.get(measure), kinds)
                if from_ is None or appointment.last >= from_
            ]
        return sorted(appointments, key=_by_day)

    # Steps

    def _now(self, head: int, recorded_at: datetime | None) -> Place:
        today = self._answering.today()
        return Place(head, today if recorded_at is None else max(today, recorded_at.astimezone(UTC).date()), _LAST)

    def _read_place(self, connection: psycopg.Connection, text: str) -> Place:
        """A place as a page names it, with the position and the day up to which it reaches. Raises CursorUnreadable."""
        read = _PLACE.fullmatch(text)
        try:
            if read is not None and read[1] is not None:
                day = exact_day(read[1])
                if day <= self._answering.today():
                    before = self._log.position_at(midnight(day) - TICK, connection=connection)
                    return Place(before, day, read[2])
            elif read is not None:
                moment = self._log.moment_of(int(text), connection=connection)
                return Place(int(text), date.min if moment is None else moment.astimezone(UTC).date(), _LAST)
        except InvalidDate:
            pass
        raise CursorUnreadable(
            f"'{text[:100]}' is no place in a feed: follow the link to the page, or leave 'through' out.",
            through=text[:300],
        )

    def _steps_to(self, connection: psycopg.Connection, chosen: Chosen, place: Place, limit: int) -> list[_Step]:
        """The last steps up to a place, which is one of them, the newest first."""
        source, values = chosen.events()
        asked = values | {"position": place.position, "day": place.day, "measure": place.measure, "limit": limit}
        found = connection.execute(
            SQL("select position from {} and position <= %(position)s order by position desc limit %(limit)s").format(
                source
            ),
            asked,
        ).fetchall()
        steps = [_of(recorded) for recorded in self._log.at([at for (at,) in found], connection=connection)]
        source, _ = chosen.days()
        days = connection.execute(
            SQL(
                "select distinct day, measure from {} and (day, measure) <= (%(day)s, %(measure)s)"
                " order by day desc, measure desc limit %(limit)s"
            ).format(source),
            asked,
        )
        steps += [_Step(midnight(day), None, day, measure) for day, measure in days]
        steps.sort(key=_by_order, reverse=True)
        return steps[:limit]

    def _count_to(self, connection: psycopg.Connection, chosen: Chosen, place: Place) -> int:
        """How many steps there are up to the present."""
        events, values = chosen.events()
        days, _ = chosen.days()
        row = connection.execute(
            SQL(
                "select (select count(*) from {} and position <= %(position)s)"
                " + (select count(*) from (select distinct day, measure from {} and day <= %(day)s) as begun)"
            ).format(events, days),
            values | {"position": place.position, "day": place.day},
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _events_after(
        self, connection: psycopg.Connection, chosen: Chosen, since: int, head: int, limit: int
    ) -> tuple[list[Recorded], int]:
        """The events after a position, in whole appends, and the position up to which they are all."""
        source, values = chosen.events()
        found = connection.execute(
            SQL("select position, edition from {} and position > %(after)s order by position limit %(limit)s").format(
                source
            ),
            values | {"after": self._last_read(connection, since), "limit": limit},
        ).fetchall()
        positions, through = [at for at, _ in found], head
        if len(found) == limit:
            through = found[-1][1]
            rest = connection.execute(
                SQL("select position from {} and position > %(last)s and position <= %(through)s").format(source),
                values | {"last": found[-1][0], "through": through},
            )
            positions += [at for (at,) in rest]
        return self._log.at(positions, connection=connection), through

    def _last_read(self, connection: psycopg.Connection, position: int) -> int:
        """The last position that counts at a position: within an append, that before it, which appears as a whole."""
        row = connection.execute(
            "select position from dateline.event where position <= %(at)s and edition <= %(at)s"
            " order by position desc limit 1",
            {"at": position},
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _days_after(
        self, connection: psycopg.Connection, chosen: Chosen, after: date, to: date, limit: int
    ) -> tuple[list[_Step], date]:
        """The days after one, up to another, on which something was told to happen; whole days, and the last of all."""
        source, values = chosen.days()
        asked = values | {"after": after, "to": to, "limit": limit}
        query = "select distinct day, measure from {} and day > %(after)s and day <= %(to)s order by day, measure"
        rows = connection.execute(SQL(query + " limit %(limit)s").format(source), asked).fetchall()
        if len(rows) == limit:
            to = rows[-1][0]
            rows = connection.execute(SQL(query).format(source), asked | {"to": to}).fetchall()
        return [_Step(midnight(day), None, day, measure) for day, measure in rows], max(to, after)

    # Items

    def _items(self, connection: psycopg.Connection, steps: Sequence[_Step]) -> Iterator[Item]:
        """What the steps tell, in their order; of one thing only what was told last."""
        told = Told(connection, [step.recorded for step in steps if step.recorded is not None])
        brought = self._brought(connection, [step for step in steps if step.recorded is None])
        seen: set[UUID] = set()
        for step in steps:
            items = told.items(step.recorded) if step.recorded is not None else brought[step.day, step.measure]
            for item in items:
                if item.id not in seen:
                    seen.add(item.id)
                    yield item

    def _brought(
        self, connection: psycopg.Connection, steps: Sequence[_Step]
    ) -> dict[tuple[date, str], tuple[Item, ...]]:
        """What days brought to measures, by the record as it was when each of them began."""
        with self._lock:
            found = {key: self._kept[key] for step in steps if (key := (step.day, step.measure)) in self._kept}
            for key in found:
                self._kept.move_to_end(key)
        missing = sorted({(step.day, step.measure) for step in steps} - found.keys())
        found |= brought_by(connection, self._log, missing)
        with self._lock:
            self._kept.update({key: found[key] for key in missing})
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _measures(
        self, connection: psycopg.Connection, recorded: Iterable[Recorded], since: int, position: int, as_of: date
    ) -> Iterator[MeasureNews]:
        """How measures read on a day before and after what was recorded of them, in order of name."""
        by_measure: dict[str, list[Recorded]] = {}
        for each in recorded:
            by_measure.setdefault(each.stream, []).append(each)
        then, now = (folds_at(connection, "measure", list(by_measure), at) for at in (since, position))
        day = as_of.toordinal()
        for measure in sorted(by_measure):
            before, after = (_line(folds.get(measure), day) for folds in (then, now))
            changed: Sequence[Any] = ()
            if before is not None and after is not None:
                changed = differences(msgspec.to_builtins(before), msgspec.to_builtins(after))
            yield MeasureNews(
                measure=measure,
                jurisdiction=jurisdiction_of(measure),
                before=before,
                after=after,
                changed=tuple(changed),
                because=tuple(cause_of(each) for each in by_measure[measure]),
            )


_LAST = "\U0010ffff"
"""Comes after the name of every measure."""


def _by_day(appointment: Appointment) -> tuple[date, str, str]:
    return appointment.first, appointment.measure, str(appointment.uid)


def _by_order(step: _Step) -> tuple[datetime, int, int, str]:
    return step.order


def _of(recorded: Recorded) -> _Step:
    at = recorded.recorded_at.astimezone(UTC)
    return _Step(at, recorded, at.date(), recorded.stream)


def _line(fold: MeasureFold | None, day: int) -> MeasureLine | None:
    return None if fold is None else line_if_there(fold, day, day)
