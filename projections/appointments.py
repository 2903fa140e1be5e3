"""
The dates of measures as a calendar keeps them: what is due when, the first days in force and the last ones.

An appointment is one thing, whatever becomes of its day: a deadline of a measure by its name; the entry into force of
an adoption, and of those that replaced it before it came; its last day. It is a matter of the record alone: the same
edition has the same appointments on any day on which it is asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

import psycopg
from msgspec import Struct

from events.actions import (
    Act,
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAdopted,
    MeasureEnded,
    MeasureExtended,
    MeasureReinstated,
    MeasureRescheduled,
)
from events.dates import EARLIEST, LATEST, span
from events.lifecycle import Lifecycle
from events.lives import Adoption
from events.vocabulary import jurisdictions_of, stream_id
from projections.fold import MeasureFold
from projections.present import decode_action
from projections.reading import IN_FORCE, deadline_on, standing_on, terms_on
from projections.state import title_of

Kind = Literal["deadline", "entry", "expiry"]
KINDS: tuple[Kind, ...] = ("deadline", "entry", "expiry")

Standing = Literal["confirmed", "tentative", "cancelled"]

DATING = ("deadline_set", "deadline_moved", "deadline_met", "adopted", "rescheduled", "extended", "ended", "reinstated")
"""The types of actions that date an appointment, or decide whether it stands."""

FAR = LATEST.toordinal()
"""Appointments are read with the eyes of a day on which all that is on record has been announced."""


class Told(NamedTuple):
    """An action as it was ever recorded, with the edition and moment that brought it, and those that ended it."""

    action: AnyAction
    begun: int
    begun_at: datetime
    ended: int | None
    ended_at: datetime | None

    def moments(self) -> dict[int, datetime]:
        """The editions that told or ended it, with their moments."""
        begun = {self.begun: self.begun_at}
        return begun if self.ended is None or self.ended_at is None else {**begun, self.ended: self.ended_at}


class Appointment(Struct, frozen=True, kw_only=True):
    """
    One date of a measure. `first` and `last` are the first and the last possible day, both inclusive.

    `text` is the day as recorded. Of a day that only has one end, that end stands for both. `cancelled` says why it
    does not stand. `sequence` is in how many later editions the record told of what it rests on: it never goes down.
    """

    uid: UUID
    kind: Kind
    measure: str
    title: str
    deadline: str | None
    obliged: str | None
    first: date
    last: date
    text: str
    standing: Standing
    cancelled: str | None
    met_on: str | None
    sequence: int
    created_at: datetime
    changed_at: datetime
    acts: tuple[Act, ...]


class _Found(NamedTuple):
    """What the record says of a date: its day, if it has one; why it does not stand; on which acts it rests."""

    text: str | None
    cancelled: str | None
    acts: tuple[str, ...]
    obliged: str | None = None
    met_on: str | None = None
    was_moved: bool = False
    """Whether a later act took the day away."""


def told_of(
    connection: psycopg.Connection, position: int, *, jurisdictions: Sequence[str], measures: Sequence[str] | None
) -> Iterator[tuple[str, list[Told]]]:
    """
    Every action that ever dated something, by measure in order of name, each in the order of recording.

    Of all there are where no jurisdictions are named; of some measures alone where `measures` is given. Streamed.
    """
    codes = jurisdictions or (None if measures is None else jurisdictions_of(measures))
    with connection.cursor("appointments") as cursor:
        cursor.itersize = 2000
        cursor.execute(
            "select measure, data::text, recorded_from, begun.recorded_at, ended.position, ended.recorded_at"
            " from dateline.action join dateline.event as begun on begun.position = recorded_from"
            " left join dateline.event as ended on ended.position = recorded_to and recorded_to <= %(position)s"
            " where type = any(%(types)s) and recorded_from <= %(position)s"
            " and (%(codes)s::text[] is null or jurisdiction = any(%(codes)s))"
            " and (%(measures)s::text[] is null or measure = any(%(measures)s))"
            ' order by measure collate "C", action.position, action.place',
            {
                "position": position,
                "types": list(DATING),
                "codes": None if codes is None else list(codes),
                "measures": None if measures is None else list(measures),
            },
        )
        for measure, rows in groupby(cursor, key=_measure):
            yield measure, [Told(decode_action(data), *rest) for _, data, *rest in rows]


def _measure(row: tuple[str, ...]) -> str:
    return row[0]


def appointments_of(
    measure: str, told: Sequence[Told], fold: MeasureFold | None, kinds: Collection[Kind] = KINDS
) -> Iterator[Appointment]:
    """
    The appointments that a measure ever had: deadlines, then entries into force and last days, as first recorded.

    `told` is everything that `told_of` gives of it; `fold` what stands of it now, None where nothing does. Linear in
    what was told.
    """
    life = Lifecycle() if fold is None else fold.life(FAR)
    acts = {each.action.act.act: each.action.act for each in told}
    if fold is not None:
        acts |= {action.act.act: action.act for action in fold.ordered.actions}
    drawn = _Drawn(measure, _title(measure, life, told), acts)
    deadlines, adoptions = _by_deadline(told), _by_adoption(told)
    ends = _Beside(told, "expires_on")
    if "deadline" in kinds:
        for name, mine in deadlines.items():
            yield from drawn.appointment("deadline", name, mine, ends, _deadline(life, name))
    standing = {_root(adoption).action.act.act: adoption for each in life.lives for adoption in each.standing}
    replaced_by = {act: root for root, adoption in standing.items() for act in _after_root(adoption)}
    entries = _Beside(told, "effective_on")
    for slug, mine in adoptions.items():
        root = replaced_by.get(slug)
        if root is not None and adoptions[root][0].begun <= mine[0].begun:
            continue  # it never stood by itself: it moved what was there
        found = standing.get(slug)
        if "entry" in kinds:
            yield from drawn.appointment("entry", slug, mine, entries, _entry(life, found))
        if "expiry" in kinds:
            yield from drawn.appointment("expiry", slug, mine, ends, _expiry(life, found))


def _by_deadline(told: Iterable[Told]) -> dict[str, list[Told]]:
    """What was told of each deadline that was ever set."""
    found: dict[str, list[Told]] = {}
    for each in told:
        if isinstance(each.action, DeadlineSet | DeadlineMoved | DeadlineMet):
            found.setdefault(each.action.deadline, []).append(each)
    return found


def _by_adoption(told: Iterable[Told]) -> dict[str, list[Told]]:
    """The adoptions that were ever told, by their act."""
    found: dict[str, list[Told]] = {}
    for each in told:
        if isinstance(each.action, MeasureAdopted):
            found.setdefault(each.action.act.act, []).append(each)
    return found


def _root(adoption: Adoption) -> Adoption:
    """The adoption whose entry into force it was at first, before others replaced it."""
    while adoption.replaced is not None:
        adoption = adoption.replaced
    return adoption


def _after_root(adoption: Adoption) -> Iterator[str]:
    """The acts that moved an entry into force by adopting again before it came."""
    while adoption.replaced is not None:
        yield adoption.action.act.act
        adoption = adoption.replaced


class _Beside:
    """What else was told of a measure that may move a date or decide whether it stands: in which editions."""

    def __init__(self, told: Iterable[Told], field: Literal["effective_on", "expires_on"]) -> None:
        self.moments: dict[int, datetime] = {}
        self.last_day: str | None = None
        for each in told:
            action = each.action
            match action:
                case MeasureEnded() | MeasureReinstated():
                    self.moments |= each.moments()
                case MeasureAdopted() | MeasureRescheduled() | MeasureExtended():
                    day = getattr(action, field)
                    dates = isinstance(day, str) or (day is None and not isinstance(action, MeasureAdopted))
                    if dates and not (field == "effective_on" and day is None and isinstance(action, MeasureExtended)):
                        self.moments |= each.moments()
                    self.last_day = day if isinstance(day, str) else self.last_day
                case _:
                    pass
        self.editions = sorted(self.moments)


def _deadline(life: Lifecycle, name: str) -> _Found | None:
    found = deadline_on(life, name, FAR)
    if found is None:
        return None
    if found.due is None:
        return _Found(None, "postponed without a date", found.acts, found.obliged)
    on_its_day = deadline_on(life, name, span(found.due).last.toordinal()) or found
    cancelled = "the measure was over before" if on_its_day.status == "void" else None
    return _Found(found.due, cancelled, found.acts, found.obliged, found.met_on)


def _entry(life: Lifecycle, adoption: Adoption | None) -> _Found | None:
    if adoption is None:
        return None
    acts = _acts(adoption, "effective_on")
    if adoption.effective_on is None:
        return _Found(None, "put off without a date", acts, was_moved="effective_on" in adoption.dated_by)
    stands = standing_on(life, span(adoption.effective_on).last.toordinal()).status in IN_FORCE
    return _Found(adoption.effective_on, None if stands else "the measure was over before it took force", acts)


def _expiry(life: Lifecycle, adoption: Adoption | None) -> _Found | None:
    if adoption is None:
        return None
    acts = _acts(adoption, "expires_on")
    if adoption.expires_on is None:
        return _Found(None, "the measure has no last day any more", acts, was_moved="expires_on" in adoption.dated_by)
    last = span(adoption.expires_on).last.toordinal()
    if standing_on(life, last).status not in IN_FORCE:
        return _Found(adoption.expires_on, "the measure was not in force any more", acts)
    goes_on = standing_on(life, last + 1).status in IN_FORCE
    return _Found(adoption.expires_on, "the measure goes on beyond it" if goes_on else None, acts)


def _acts(adoption: Adoption, field: str) -> tuple[str, ...]:
    dated_by = adoption.dated_by.get(field)
    return (adoption.action.act.act, *([dated_by] if dated_by is not None else []))


class _Drawn(NamedTuple):
    """What the appointments of one measure have in common."""

    measure: str
    title: str
    acts: Mapping[str, Act]

    def appointment(
        self, kind: Kind, name: str, mine: Sequence[Told], beside: _Beside, found: _Found | None
    ) -> Iterator[Appointment]:
        """One, or none where there never was a day."""
        field = {"deadline": "due", "entry": "effective_on", "expiry": "expires_on"}[kind]
        days = [day for each in mine if isinstance(day := getattr(each.action, field, None), str)]
        text = days[-1] if days else None
        if found is None:
            found = _Found(None, "taken back", tuple(dict.fromkeys(each.action.act.act for each in mine)))
        elif found.text is not None:
            text = found.text
        elif found.was_moved and beside.last_day is not None:
            text = beside.last_day
        if text is None:
            return
        first, last = _days(text)
        own: dict[int, datetime] = {}
        for each in mine:
            own |= each.moments()
        created = mine[0].begun
        later = {edition: at for edition, at in own.items() if edition > created and edition not in beside.moments}
        others = len(beside.editions) - bisect_right(beside.editions, created)
        changes = {**later, **({} if others == 0 else {beside.editions[-1]: beside.moments[beside.editions[-1]]})}
        yield Appointment(
            uid=uuid5(stream_id(self.measure), f"{kind}/{name}"),
            kind=kind,
            measure=self.measure,
            title=self.title,
            deadline=name if kind == "deadline" else None,
            obliged=found.obliged,
            first=first,
            last=last,
            text=text,
            standing="cancelled" if found.cancelled else "confirmed" if span(text).exact else "tentative",
            cancelled=found.cancelled,
            met_on=found.met_on,
            sequence=len(later) + others,
            created_at=mine[0].begun_at.astimezone(UTC),
            changed_at=(changes[max(changes)] if changes else mine[0].begun_at).astimezone(UTC),
            acts=tuple(self.acts[act] for act in found.acts),
        )


def _days(text: str) -> tuple[date, date]:
    """The first and the last possible day; of a day that only has one end, that end."""
    read = span(text)
    if not read.exact and read.first == EARLIEST:
        return read.last, read.last
    if not read.exact and read.last == LATEST:
        return read.first, read.first
    return read.first, read.last


def _title(measure: str, life: Lifecycle, told: Sequence[Told]) -> str:
    """What the measure is called at last; where nothing of it stands, as the act that told of it last."""
    standing = standing_on(life, FAR)
    if standing.base is None:
        return told[-1].action.act.title if told else measure
    return title_of(standing, terms_on(standing, FAR))
