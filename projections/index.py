"""
What is on record, folded and kept in memory per jurisdiction.

What is kept is the reading at one position of the log. It is asked whether it is stale each time, by the last edition
that touched the jurisdiction, and then goes on: only measures that were told of since are folded again. An earlier
position is folded from its `action` rows on the spot, the first time by the eyes of the day alone: of no more than
could be known by then. Who asks again, about a later day or at another position, has all of it read, to go on from.

Without a database nothing can be asked so. What is known is then the last edition that was seen, with the last editions
of all jurisdictions that go with it: what is kept of these is what the database would say.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from threading import Lock
from typing import LiteralString

import psycopg
from msgspec import Struct

from events.dates import span
from events.order import in_recorded_order
from events.vocabulary import Verification, jurisdiction_of, jurisdictions_of, stream_id
from projections.answers import Edition
from projections.fold import MeasureFold
from projections.present import decode_actions

_OF_ACTION, _OF_MEASURE = 2_000, 1_000
"""What an action takes in memory, folded, and a measure beside its actions."""

MOST_SINCE = 2000
"""Positions over which a reading that is kept goes on; over more it is folded anew."""


Timed = Callable[[str], AbstractContextManager[None]]
"""Times a step by its name, as long as the block lasts."""


def untimed(_: str) -> AbstractContextManager[None]:
    """Times nothing."""
    return nullcontext()


class NotInMemory(psycopg.OperationalError):
    """The database is away, and memory does not hold all that was asked."""


class OnRecord(Struct):
    """
    What is on record of a jurisdiction, as it stands from an edition through a position at least.

    `folds` are its measures and `revisions` their revisions, by name. `reviewed_on` is the last day on which it was
    looked through, `last_recorded` when the last action was recorded; None where that never was. `known_on` is the last
    day by whose eyes it may be read: where that is not the last of all days, what was announced later is left out, and
    so are revisions.
    """

    folds: dict[str, MeasureFold]
    revisions: dict[str, int]
    reviewed_on: str | None = None
    last_recorded: datetime | None = None
    through: int = 0
    known_on: date = date.max

    @property
    def size(self) -> int:
        """The bytes that it takes, about."""
        actions = sum([len(fold.ordered.actions) for fold in self.folds.values()])
        return _OF_ACTION * actions + _OF_MEASURE * (len(self.folds) + 1)


class Index:
    """Readings for answers, within a number of bytes. Safe to share by threads; what it gives must not be changed."""

    def __init__(self, most: int, timed: Timed = untimed) -> None:
        """`most` is what readings may take, in bytes, about; the least used is dropped first."""
        self._timed = timed
        self._found = 0
        self._loads = 0
        self._kept: OrderedDict[tuple[str, int], OnRecord] = OrderedDict()
        self._sizes: dict[tuple[str, int], int] = {}
        self._total = 0
        self._most = most
        self._last: Edition | None = None
        self._editions: dict[str, int] = {}  # as of `_last`, or later
        self._lock = Lock()

    @property
    def last(self) -> Edition | None:
        """The last edition that was seen: the one that can be asked of memory alone. None where none was seen."""
        return self._last

    def counts(self) -> tuple[int, int, int]:
        """How many readings are kept, how many were found in memory since the start, and how many were not."""
        with self._lock:
            return len(self._kept), self._found, self._loads

    def of_all(
        self,
        connection: psycopg.Connection | None,
        edition: Edition,
        jurisdictions: Collection[str] | None = None,
        known_on: date = date.max,
    ) -> dict[str, OnRecord]:
        """
        What is on record by an edition, by jurisdiction: of some, or of all on record. To be read by the eyes of no
        later day than `known_on`.

        In as few questions to the database as possible. Without a connection it is asked of memory alone, for the last
        edition that was seen; raises NotInMemory where that does not hold all of it.
        """
        editions = self.editions(connection, edition, jurisdictions)
        found = {code: OnRecord({}, {}) for code in jurisdictions or () if code not in editions}
        missing = []
        eyes: dict[str, date] = {}
        with self._lock:
            for jurisdiction, touched in editions.items():
                reading = self._kept.get((jurisdiction, touched))
                if reading is None or reading.known_on < known_on:
                    missing.append(jurisdiction)
                else:
                    self._kept.move_to_end((jurisdiction, touched))
                    reading.through = max(reading.through, edition.position)
                    found[jurisdiction] = reading
                    self._found += 1
            if missing:  # all ask about the present, and who asks a second time may ask a third
                again = {code for (code, _), reading in self._kept.items() if reading.known_on < date.max}
                past = {code for code in missing if editions[code] < self._editions.get(code, 0)}
                eyes = {code: known_on if code in past - again else date.max for code in missing}
        if missing:
            connection = _needed(connection)
            with self._timed("fold"):
                loaded = self._loaded(connection, {code: editions[code] for code in missing}, edition.position, eyes)
            with self._lock:
                self._loads += len(missing)
                for jurisdiction, reading in loaded.items():
                    self._keep((jurisdiction, editions[jurisdiction]), reading)
            found |= loaded
        return found

    def _keep(self, place: tuple[str, int], reading: OnRecord) -> None:
        """
        Keeps a reading, and drops others where all are too much. The caller holds the lock.

        Not where another thread has read more of it meanwhile.
        """
        there = self._kept.get(place)
        if there is not None and there.known_on > reading.known_on:
            return
        self._kept[place] = reading
        self._total += reading.size - self._sizes.get(place, 0)
        self._sizes[place] = reading.size
        while self._total > self._most and len(self._kept) > 1:
            dropped, _ = self._kept.popitem(last=False)
            self._total -= self._sizes.pop(dropped)

    def _loaded(
        self, connection: psycopg.Connection, missing: Mapping[str, int], position: int, eyes: Mapping[str, date]
    ) -> dict[str, OnRecord]:
        """Jurisdictions whose reading at these editions is not kept: what is kept of shortly before goes on."""
        earlier: dict[str, OnRecord] = {}
        least = dict.fromkeys(missing, position - MOST_SINCE)
        with self._lock:
            for (code, _), reading in self._kept.items():
                is_whole = reading.known_on == date.max
                if is_whole and code in missing and least[code] <= reading.through < missing[code]:
                    earlier[code], least[code] = reading, reading.through
        found = {code: OnRecord(dict(reading.folds), dict(reading.revisions)) for code, reading in earlier.items()}
        if found:
            go_on(connection, found, min(least[code] for code in found), position)
        by_eyes: dict[date, list[str]] = {}
        for code in missing:
            if code not in found:
                by_eyes.setdefault(eyes[code], []).append(code)
        for known_on, codes in by_eyes.items():
            found |= load(connection, codes, position, known_on)
        for code, reviewed, last_recorded in _last_days(connection, list(missing), position):
            found[code].reviewed_on = max(reviewed, key=_last) if reviewed else None
            found[code].last_recorded = last_recorded
            found[code].through = position
        return found

    def see(self, connection: psycopg.Connection, edition: Edition) -> None:
        """Learns of an edition, if it is later than the last: which jurisdictions were touched since."""
        if self._last is None or self._last.position < edition.position:
            self._learn(connection, edition, ())

    def _learn(
        self, connection: psycopg.Connection, edition: Edition, jurisdictions: Collection[str] | None
    ) -> dict[str, int]:
        """The last edition that touched each of some jurisdictions, or of all, as the database has them now."""
        last = self._last
        rows = connection.execute(
            "select jurisdiction, edition from dateline.jurisdiction where %(codes)s::text[] is null"
            " or jurisdiction = any(%(codes)s) or edition > %(last)s",
            {
                "codes": None if jurisdictions is None else list(jurisdictions),
                "last": -1 if last is None else last.position,
            },
        ).fetchall()
        with self._lock:  # others may have learned of later ones meanwhile: nothing goes back
            for code, touched in rows:
                self._editions[code] = max(touched, self._editions.get(code, 0))
            if self._last is None or self._last.position < edition.position:
                self._last = edition
        return dict(rows)

    def are_latest(self, editions: Mapping[str, int]) -> bool:
        """Whether nothing later is known to have touched any of these jurisdictions."""
        with self._lock:
            return all(self._editions.get(code) == edition for code, edition in editions.items())

    def latest(self, edition: Edition, jurisdictions: Iterable[str] | None = None) -> dict[str, int]:
        """
        The last edition that is known to have touched each jurisdiction, of some or of all, by memory alone.

        Raises NotInMemory where it is later than the one asked about.
        """
        known = self._editions
        if jurisdictions is None:
            with self._lock:  # it would change while it is copied
                found = known.copy()
        else:
            found = {code: known[code] for code in jurisdictions if code in known}
        if self.is_past(edition.position, found):
            raise NotInMemory("the edition is not the last that memory knows of")
        return found

    def is_past(self, position: int, jurisdictions: Iterable[str]) -> bool:
        """Whether any of these jurisdictions is known to have been touched after a position."""
        return any(self._editions.get(code, 0) > position for code in jurisdictions)

    def editions(
        self, connection: psycopg.Connection | None, edition: Edition, jurisdictions: Collection[str] | None
    ) -> dict[str, int]:
        """
        The last edition up to the one asked about that touched each jurisdiction, of those on record by then.

        Raises NotInMemory as `of_all`.
        """
        if connection is None:
            with self._lock:
                codes = self._editions if jurisdictions is None else jurisdictions
                told = {code: self._editions[code] for code in codes if code in self._editions}
        else:
            told = self._learn(connection, edition, jurisdictions)
        asked = {code: at for code, at in told.items() if jurisdictions is None or code in jurisdictions}
        editions = {code: at for code, at in asked.items() if at <= edition.position}
        if later := [code for code in asked if code not in editions]:
            editions.update(_earlier_editions(_needed(connection), later, edition.position))
        return editions


def _needed(connection: psycopg.Connection | None) -> psycopg.Connection:
    if connection is None:
        raise NotInMemory("the database is away, and memory does not hold all that was asked")
    return connection


def load(
    connection: psycopg.Connection, jurisdictions: Collection[str], position: int, known_on: date = date.max
) -> dict[str, OnRecord]:
    """
    Folds the `action` rows of jurisdictions that stood at a position, with what was verified by then.

    For the eyes of days up to `known_on`, which leaves out what was announced later.
    """
    found = {code: OnRecord({}, {}) for code in jurisdictions}
    folds, unknown = _folded(connection, "jurisdiction", jurisdictions, position, known_on)
    _tell(found, folds)
    for measure in unknown:
        found[jurisdiction_of(measure)].known_on = known_on
    whole = [measure for each in found.values() if each.known_on == date.max for measure in each.folds]
    _count(connection, found, whole, position)
    return found


def go_on(connection: psycopg.Connection, kept: Mapping[str, OnRecord], after: int, position: int) -> None:
    """
    Brings readings of some jurisdictions, each at an edition not before `after`, to a position.

    Costs what was recorded in between: measures that were told of are folded anew, those verified get their levels.
    """
    told, verified = _touched(connection, list(kept), after, position)
    for measure in told:
        kept[jurisdiction_of(measure)].folds.pop(measure, None)
    _tell(kept, folds_at(connection, "measure", told, position))
    only = [measure for measure in verified - told if measure in kept[jurisdiction_of(measure)].folds]
    levels = _levels(connection, "measure", only, position)
    for measure in only:
        folds_there = kept[jurisdiction_of(measure)].folds
        folds_there[measure] = folds_there[measure].verified_to(levels.get(measure, {}))
    _count(connection, kept, told | verified, position)


def _tell(readings: Mapping[str, OnRecord], folds: Mapping[str, MeasureFold]) -> None:
    for measure, fold in folds.items():
        readings[jurisdiction_of(measure)].folds[measure] = fold


def _count(
    connection: psycopg.Connection, readings: Mapping[str, OnRecord], measures: Collection[str], position: int
) -> None:
    """Tells readings the revisions of measures: how many events the stream of each has at a position."""
    if measures:
        rows = connection.execute(
            "select measure, (select originator_version from dateline.event where originator_id = stream"
            " and edition <= %s order by originator_version desc limit 1)"
            " from unnest(%s::text[], %s::uuid[]) as asked (measure, stream)",
            [position, list(measures), [stream_id(measure) for measure in measures]],
        )
        for measure, revision in rows:
            readings[jurisdiction_of(measure)].revisions[measure] = revision


def _last_days(
    connection: psycopg.Connection, jurisdictions: Collection[str], position: int
) -> Iterable[tuple[str, list[str] | None, datetime | None]]:
    """Of each jurisdiction, the days on which it was looked through, and when the last action was recorded."""
    return connection.execute(
        "select code, (select array_agg(distinct reviewed_on) from dateline.review where jurisdiction = code"
        " and edition <= %(position)s),"
        " (select recorded_at from dateline.event where position = (select edition from dateline.entry"
        " where jurisdiction = code and position <= %(position)s and edition <= %(position)s"
        " and exists (select from dateline.action where action.position = entry.position)"
        " order by position desc limit 1))"
        " from unnest(%(codes)s::text[]) as code",
        {"codes": list(jurisdictions), "position": position},
    )


def _last(reviewed_on: str) -> tuple[date, date]:
    """Of two days the later is the one that may be later. By their texts partial days (`2026-11`) are in no order."""
    read = span(reviewed_on)
    return read.last, read.first


def _earlier_editions(connection: psycopg.Connection, jurisdictions: Collection[str], position: int) -> dict[str, int]:
    """The last edition up to a position that touched each jurisdiction, of those that were on record by then."""
    rows = connection.execute(
        "select code, (select edition from dateline.entry where jurisdiction = code and position <= %(position)s"
        " and edition <= %(position)s order by position desc limit 1) from unnest(%(codes)s::text[]) as code",
        {"codes": list(jurisdictions), "position": position},
    )
    return {code: edition for code, edition in rows if edition is not None}


def _touched(
    connection: psycopg.Connection, jurisdictions: list[str], after: int, position: int
) -> tuple[set[str], set[str]]:
    """The measures of jurisdictions that were told of, and those that were verified, between two editions."""
    told = connection.execute(
        "select distinct unnest(measures) from dateline.act where edition > %s and edition <= %s", [after, position]
    ).fetchall()
    verified = connection.execute(
        "select distinct measure from dateline.verification"
        " where jurisdiction = any(%s) and recorded_from > %s and recorded_from <= %s",
        [jurisdictions, after, position],
    ).fetchall()
    theirs = set(jurisdictions)
    return (
        {measure for (measure,) in told if jurisdiction_of(measure) in theirs},
        {measure for (measure,) in verified},
    )


def folds_at(
    connection: psycopg.Connection, column: LiteralString, names: Collection[str], position: int
) -> dict[str, MeasureFold]:
    """The measures whose `column` (measure, jurisdiction) is named, folded from the rows that stood at a position."""
    return _folded(connection, column, names, position, date.max)[0]


def _folded(
    connection: psycopg.Connection, column: LiteralString, names: Collection[str], position: int, known_on: date
) -> tuple[dict[str, MeasureFold], set[str]]:
    """
    The same for the eyes of days up to `known_on`, and of which measures something was left out.

    Acts that were surely announced later are: they come last in the order of acts, and nobody knew of them. Not where
    what is left has partial days, whose runs are counted over all.
    """
    if not names:
        return {}, set()
    rows = connection.execute(
        "select measure, string_agg(data::text, ',') filter (where announced_from <= %s), bool_or(announced_from > %s)"
        f" from dateline.action where {column} = any(%s) and jurisdiction = any(%s)"
        " and recorded_from <= %s and (recorded_to is null or recorded_to > %s) group by measure",
        [known_on, known_on, list(names), jurisdictions_of(names), position, position],
    ).fetchall()
    levels = _levels(connection, column, names, position)
    folds = {
        measure: MeasureFold(measure, in_recorded_order(decode_actions(data or "")), levels.get(measure, {}))
        for measure, data, _ in rows
    }
    unknown = {measure for measure, _, is_unknown in rows if is_unknown}
    if partial := [measure for measure in unknown if folds[measure].partial]:
        folds |= folds_at(connection, "measure", partial, position)
    return folds, unknown.difference(partial)


def _levels(
    connection: psycopg.Connection, column: LiteralString, names: Collection[str], position: int
) -> dict[str, dict[str, Verification]]:
    """To what acts were verified at a position, by measure."""
    if not names:
        return {}
    rows = connection.execute(
        f"select measure, act, level from dateline.verification where {column} = any(%s)"
        " and recorded_from <= %s and (recorded_to is null or recorded_to > %s)",
        [list(names), position, position],
    )
    verified: dict[str, dict[str, Verification]] = {}
    for measure, act, level in rows:
        verified.setdefault(measure, {})[act] = level
    return verified
