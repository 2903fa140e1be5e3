"""Pieces of news: what an event told, and what a day brought, by the record as it was when the day began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Literal
from uuid import UUID, uuid5

import psycopg
from msgspec import UNSET, Struct

from events.actions import Act, ActCorrected, ActRetracted, ActVerified, AnyAction, JurisdictionReviewed
from events.log import Log, Recorded
from events.vocabulary import stream_id
from projections.answers import Change
from projections.changes import Row, rows_of_days
from projections.entries import act_of
from projections.fold import MeasureFold
from projections.index import folds_at
from projections.present import decode_action

TICK = timedelta(microseconds=1)
"""What was recorded so long before a day begins was recorded before it."""


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


class Told:
    """What events tell, with what stood before them: read at once for all events of a page."""

    def __init__(self, connection: psycopg.Connection, recorded: Sequence[Recorded]) -> None:
        acts = {act for each in recorded if (act := act_of(each)) is not None}
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
        ended = self._ended.get((recorded.stream, act_of(recorded) or "", recorded.edition), ())
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


def brought_by(
    connection: psycopg.Connection, log: Log, pairs: Sequence[tuple[date, str]]
) -> Iterator[tuple[tuple[date, str], tuple[Item, ...]]]:
    """What days brought to measures, given in order. A measure is folded anew only where more of it was recorded."""
    folded: dict[str, tuple[int, MeasureFold | None, list[date]]] = {}
    for day, theirs in groupby(pairs, key=_day):
        measures = [measure for _, measure in theirs]
        position = log.position_at(midnight(day) - TICK, connection=connection)
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
                published=midnight(day),
                updated=midnight(day),
                change=row.change,
            )
            for row in by_day[day.toordinal()]
        ]
        yield (day, measure), tuple(items)


def _id_of_day(measure: str, row: Row, day: date) -> UUID:
    """The same whatever is recorded later: what is to happen, of which deadline or act, on which day."""
    of = row.change.acts[0] if row.change.deadline is UNSET else row.change.deadline
    return uuid5(stream_id(measure), f"{day.isoformat()}/{row.change.what}/{of}")


def midnight(day: date) -> datetime:
    """When a day begins, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _day(pair: tuple[date, str]) -> date:
    return pair[0]
