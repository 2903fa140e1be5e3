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
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from threading import Lock
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

import msgspec
import psycopg
from msgspec import UNSET, Struct
from psycopg.sql import SQL, Composed

from events.actions import ENTRY_TYPES, Act, ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed
from events.dates import InvalidDate
from events.dates import day as exact_day
from events.errors import Refusal
from events.log import Log, Recorded
from events.vocabulary import MEASURE, jurisdiction_of, stream_id
from projections.answering import HEAD, Answering, Asked, UnknownMeasure
from projections.answers import RULES, Change, Due, MeasureLine, MeasureNews, News
from projections.appointments import KINDS, Appointment, Kind, appointments_of, told_of
from projections.changes import Row, rows_of_days
from projections.codebook import unknown_words
from projections.diaries import CursorUnreadable
from projections.differences import differences
from projections.fold import MeasureFold
from projections.index import folds_at
from projections.present import decode_action
from projections.restatement import cause_of
from projections.state import Filters, line_if_there

PAGE = 100
"""Steps of a page of a feed."""

LIMIT = 200
"""Events, and days, of one answer with news, unless asked otherwise."""

MOST_KEPT = 10_000
"""Days of measures of which it is kept in memory what they brought; the least used are dropped first."""

TOLD = [each for each in ENTRY_TYPES if each not in ("verified", "reviewed")]
"""The types of events that are news: what authorities did, and what the record took back of that."""


class UnknownSubject(Refusal):
    """A feed is on a subject that the code book or the record has: a mistyped one would stay silent for ever."""

    type = "unknown-subject"


class Topic(Struct, frozen=True):
    """
    What somebody wants news of. Within one field any value matches; a measure must match every field given.

    A measure is on a subject from the edition on that first said so, whatever was corrected since.
    """

    jurisdictions: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    classes: bool = False

    def parameters(self) -> dict[str, Sequence[str]]:
        """The topic by the names of the parameters, without what was not given."""
        told: dict[str, Sequence[str]] = {
            "jurisdiction": self.jurisdictions,
            "measure": self.measures,
            "subject": self.subjects,
            "classes": ("include",) if self.classes else (),
        }
        return {name: values for name, values in told.items() if values}

    def is_on(self, subject: str) -> bool:
        """Whether a recorded subject is asked for, by any of its names."""
        return Filters(subjects=self.subjects, classes=self.classes).concern((), (subject,), ())


WORLD = Topic()


class Place(NamedTuple):
    """The place of a step: the position of an event, or a day and the measure that was to have something on it."""

    position: int
    day: date | None = None
    measure: str = ""

    def __str__(self) -> str:
        return str(self.position) if self.day is None else f"{self.day.isoformat()}/{self.measure}"


_PLACE = re.compile(rf"\d{{1,16}}|(\d{{4}}-\d\d-\d\d)/({MEASURE})", re.ASCII)


class Item(Struct, frozen=True, kw_only=True):
    """
    One piece of news: an action as recorded or corrected, one that was taken back, or a day that has come.

    `id` is the same for all that is ever told of one action, and another for each day. `published` is when the action
    was recorded first, `updated` when this was told: the day's midnight for a day that has come. `before` is the action
    as it read until then. `change` is what the day brought, as the diary has it.
    """

    id: UUID
    what: Literal["recorded", "corrected", "retracted", "due"]
    measure: str
    act: Act
    published: datetime
    updated: datetime
    position: int | None = None
    action: AnyAction | None = None
    before: AnyAction | None = None
    change: Change | None = None
    reason: str | None = None
    note: str | None = None


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


class _Chosen(Struct, frozen=True):
    """The measures of a topic, each with the edition and its day from which on it belongs; None: all there are."""

    jurisdictions: list[str]
    since: dict[str, tuple[int, date]] | None

    def events(self) -> tuple[Composed, dict[str, Any]]:
        """Where the events of the topic are, as FROM and WHERE."""
        if self.since is None:
            return SQL("dateline.entry where type = any(%(types)s) and {}").format(self._there()), self._values()
        return SQL(
            "dateline.entry join (select position, edition >= since as belongs from dateline.event join"
            " unnest(%(streams)s::uuid[], %(belongs)s::bigint[]) as chosen (stream, since) on originator_id = stream)"
            " as theirs using (position) where belongs and type = any(%(types)s)"
        ).format(), self._values()

    def days(self) -> tuple[Composed, dict[str, Any]]:
        """Where the days ahead of the topic are, as FROM and WHERE."""
        if self.since is None:
            return SQL("dateline.ahead where {}").format(self._there()), self._values()
        return SQL(
            "dateline.ahead join unnest(%(measures)s::text[], %(since_on)s::date[]) as chosen (measure, since_on)"
            " using (measure) where day > since_on"
        ).format(), self._values()

    def _there(self) -> SQL:
        """A single jurisdiction is compared, so that its index gives the order as well."""
        match self.jurisdictions:
            case []:
                return SQL("true")
            case [_]:
                return SQL("jurisdiction = %(code)s")
            case _:
                return SQL("jurisdiction = any(%(codes)s)")

    def _values(self) -> dict[str, Any]:
        since = self.since or {}
        return {
            "code": next(iter(self.jurisdictions), None),
            "codes": self.jurisdictions,
            "types": TOLD,
            "measures": list(since),
            "streams": [stream_id(measure) for measure in since],
            "belongs": [edition for edition, _ in since.values()],
            "since_on": [day for _, day in since.values()],
        }


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
            chosen = self._chosen(connection, topic)
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
            chosen = self._chosen(connection, topic)
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
            chosen = self._chosen(connection, topic)
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
                    before = self._log.position_at(_midnight(day) - _TICK, connection=connection)
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

    def _steps_to(self, connection: psycopg.Connection, chosen: _Chosen, place: Place, limit: int) -> list[_Step]:
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
        steps += [_Step(_midnight(day), None, day, measure) for day, measure in days]
        steps.sort(key=_by_order, reverse=True)
        return steps[:limit]

    def _count_to(self, connection: psycopg.Connection, chosen: _Chosen, place: Place) -> int:
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
        self, connection: psycopg.Connection, chosen: _Chosen, since: int, head: int, limit: int
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
        self, connection: psycopg.Connection, chosen: _Chosen, after: date, to: date, limit: int
    ) -> tuple[list[_Step], date]:
        """The days after one, up to another, on which something was told to happen; whole days, and the last of all."""
        source, values = chosen.days()
        asked = values | {"after": after, "to": to, "limit": limit}
        query = "select distinct day, measure from {} and day > %(after)s and day <= %(to)s order by day, measure"
        rows = connection.execute(SQL(query + " limit %(limit)s").format(source), asked).fetchall()
        if len(rows) == limit:
            to = rows[-1][0]
            rows = connection.execute(SQL(query).format(source), asked | {"to": to}).fetchall()
        return [_Step(_midnight(day), None, day, measure) for day, measure in rows], max(to, after)

    def _chosen(self, connection: psycopg.Connection, topic: Topic) -> _Chosen:
        """The measures that a topic is on. Raises UnknownMeasure and UnknownSubject."""
        since: dict[str, tuple[int, date]] | None = None
        if topic.measures:
            revisions = self._log.revisions(topic.measures, connection=connection)
            for measure, revision in revisions.items():
                if not revision:
                    raise UnknownMeasure.of(measure)
            since = dict.fromkeys(topic.measures, (0, date.min))
        if topic.subjects:
            named = _named(connection, topic)
            since = named if since is None else {measure: named[measure] for measure in since if measure in named}
        if since is not None and topic.jurisdictions:
            since = {
                measure: each for measure, each in since.items() if jurisdiction_of(measure) in topic.jurisdictions
            }
        return _Chosen(list(topic.jurisdictions), since)

    # Items

    def _items(self, connection: psycopg.Connection, steps: Sequence[_Step]) -> Iterator[Item]:
        """What the steps tell, in their order; of one thing only what was told last."""
        told = _Told(connection, [step.recorded for step in steps if step.recorded is not None])
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
        found |= _brought_by(connection, self._log, missing)
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

_TICK = timedelta(microseconds=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _day(pair: tuple[date, str]) -> date:
    return pair[0]


def _by_day(appointment: Appointment) -> tuple[date, str, str]:
    return appointment.first, appointment.measure, str(appointment.uid)


def _by_order(step: _Step) -> tuple[datetime, int, int, str]:
    return step.order


def _of(recorded: Recorded) -> _Step:
    at = recorded.recorded_at.astimezone(UTC)
    return _Step(at, recorded, at.date(), recorded.stream)


def _line(fold: MeasureFold | None, day: int) -> MeasureLine | None:
    return None if fold is None else line_if_there(fold, day, day)


def _named(connection: psycopg.Connection, topic: Topic) -> dict[str, tuple[int, date]]:
    """The measures that were ever said to be on the subjects of a topic, and since when. Raises UnknownSubject."""
    recorded = [subject for (subject,) in connection.execute("select distinct subject from dateline.named")]
    for word in unknown_words("subject", topic.subjects, recorded):
        near = f" Did you mean {' or '.join(word.near)}?" if word.near else ""
        raise UnknownSubject(
            f"The subject '{word.given}' is neither in the code book nor anywhere on record.{near}",
            subject=word.given,
            near=word.near,
        )
    rows = connection.execute(
        "select measure, first, (recorded_at at time zone 'UTC')::date from (select measure, min(edition) as first"
        " from dateline.named where subject = any(%s) group by measure) as chosen"
        " join dateline.event on position = first",
        [[subject for subject in recorded if topic.is_on(subject)]],
    )
    return {measure: (edition, day) for measure, edition, day in rows}


class _Told:
    """What events tell, with what stood before them: read at once for all events of a page."""

    def __init__(self, connection: psycopg.Connection, recorded: Sequence[Recorded]) -> None:
        acts = {_slug(each) for each in recorded}
        measures = {each.stream for each in recorded}
        rows = connection.execute(
            "select measure, of_act.act, place, action.position, recorded_to, data::text,"
            " min(recorded_at) over (partition by measure, of_act.act, place)"
            " from (select position, act from dateline.entry where act = any(%s) offset 0) as of_act"
            " join dateline.action using (position) join dateline.event on event.position = recorded_from"
            " where measure = any(%s) order by action.position",
            [list(acts), list(measures)],
        ).fetchall()
        self._first: dict[tuple[str, str, int], datetime] = {}
        self._ended: dict[tuple[str, str, int], list[tuple[int, AnyAction]]] = {}
        for measure, act, place, position, recorded_to, data, first in rows:
            self._first[measure, act, place] = first.astimezone(UTC)
            if recorded_to is not None:
                self._ended.setdefault((measure, act, recorded_to), []).append((position, decode_action(data)))

    def items(self, recorded: Recorded) -> Iterator[Item]:
        """What one event tells, of its last action first."""
        event = recorded.event
        match event:
            case ActCorrected():
                before = self._before(recorded)
                after = {action.place: action for action in event.actions}
                for place in sorted(before.keys() | after.keys(), reverse=True):
                    if place not in after:
                        yield self._item(recorded, "retracted", before[place], reason=event.reason, note=event.note)
                    elif before.get(place) != after[place]:
                        yield self._item(
                            recorded,
                            "corrected",
                            after[place],
                            before=before.get(place),
                            reason=event.reason,
                            note=event.note,
                        )
            case ActRetracted():
                for _, action in sorted(self._before(recorded).items(), reverse=True):
                    yield self._item(recorded, "retracted", action, reason=event.reason, note=event.note)
            case ActVerified() | JurisdictionReviewed():
                pass
            case _:
                yield self._item(recorded, "recorded", event)

    def _before(self, recorded: Recorded) -> dict[int, AnyAction]:
        """The actions that an event superseded, by their place in the act."""
        ended = self._ended.get((recorded.stream, _slug(recorded), recorded.edition), ())
        return {action.place: action for position, action in ended if position < recorded.position}

    def _item(
        self,
        recorded: Recorded,
        what: Literal["recorded", "corrected", "retracted"],
        action: AnyAction,
        *,
        before: AnyAction | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> Item:
        at = recorded.recorded_at.astimezone(UTC)
        return Item(
            id=uuid5(stream_id(recorded.stream), f"{action.act.act}/{action.place}"),
            what=what,
            measure=recorded.stream,
            act=action.act,
            published=self._first.get((recorded.stream, action.act.act, action.place), at),
            updated=at,
            position=recorded.position,
            action=action,
            before=before,
            reason=reason,
            note=note,
        )


def _slug(recorded: Recorded) -> str:
    event = recorded.event
    match event:
        case ActCorrected():
            return event.replacement.act
        case ActRetracted() | ActVerified():
            return event.act
        case JurisdictionReviewed():
            return ""
        case _:
            return event.act.act


def _brought_by(
    connection: psycopg.Connection, log: Log, pairs: Sequence[tuple[date, str]]
) -> Iterator[tuple[tuple[date, str], tuple[Item, ...]]]:
    """What days brought to measures, given in order. A measure is folded anew only where more of it was recorded."""
    folded: dict[str, tuple[int, MeasureFold | None, list[date]]] = {}
    for day, theirs in groupby(pairs, key=_day):
        measures = [measure for _, measure in theirs]
        position = log.position_at(_midnight(day) - _TICK, connection=connection)
        revisions = log.revisions(measures, position, connection=connection)
        grown = [each for each in measures if each not in folded or folded[each][0] != revisions[each]]
        folds = folds_at(connection, "measure", grown, position)
        for measure in grown:
            if measure in folded:
                yield from _came(measure, *folded[measure][1:])
            folded[measure] = (revisions[measure], folds.get(measure), [])
        for measure in measures:
            folded[measure][2].append(day)
    for measure, (_, fold, days) in folded.items():
        yield from _came(measure, fold, days)


def _came(
    measure: str, fold: MeasureFold | None, days: Sequence[date]
) -> Iterator[tuple[tuple[date, str], tuple[Item, ...]]]:
    """What days brought to a measure that no act had to bring, by what stood of it before the first of them."""
    acts = {} if fold is None else {action.act.act: action.act for action in fold.ordered.actions}
    by_day: dict[int, list[Row]] = {day.toordinal(): [] for day in days}
    for row in () if fold is None else rows_of_days(fold, by_day.keys()):
        by_day[row.day].append(row)
    for day in days:
        items = [
            Item(
                id=_id_of_day(measure, row, day),
                what="due",
                measure=measure,
                act=acts[row.change.acts[0]],
                published=_midnight(day),
                updated=_midnight(day),
                change=row.change,
            )
            for row in by_day[day.toordinal()]
        ]
        yield (day, measure), tuple(items)


def _id_of_day(measure: str, row: Row, day: date) -> UUID:
    """The same whatever is recorded later: what is to happen, of which deadline or act, on which day."""
    of = row.change.acts[0] if row.change.deadline is UNSET else row.change.deadline
    return uuid5(stream_id(measure), f"{day.isoformat()}/{row.change.what}/{of}")
