"""
The statuses of all measures through time, at the head: what the world matrix is made of.

Read from the table `period`, where they stand folded, a jurisdiction anew when it was touched. A status takes a few
bytes, so that a million actions fit in what one page of a browser takes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, cast

import msgspec
import psycopg

from events.dates import NEVER
from events.vocabulary import STATUSES, Status
from projections.answers import MatrixRow
from projections.headlines import NO_PLACE, Place, headlines_of, place_of
from projections.jurisdictions import name_of


class Kinds:
    """What a measure may be on a day, as far as the matrix looks at it. There are a few dozen; each has a byte."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Status, Place], int] = {}
        self._by_text: dict[str, int] = {}
        self.nows, self.comings, self.statuses = bytearray(256), bytearray(256), bytearray(256)
        """Of each kind, by its number: where it stands among headlines, and the place of its status in STATUSES."""
        self.absent = self._number("absent", NO_PLACE)

    def of(self, text: str) -> int:
        """The kind that a row of the table says."""
        found = self._by_text.get(text)
        if found is None:
            status, effects, targets = text.split("\t")
            place = place_of(cast(Status, status), *_lists.decode(f"[{effects},{targets}]"))
            found = self._by_text[text] = self._number(cast(Status, status), place)
        return found

    def _number(self, status: Status, place: Place) -> int:
        number = self._numbers.setdefault((status, place), len(self._numbers))
        self.nows[number], self.comings[number] = place
        self.statuses[number] = STATUSES.index(status)
        return number


class Course(NamedTuple):
    """The kinds of one measure through time: from each of the days on, as ordinals, and before the first."""

    days: Sequence[int]
    kinds: bytes


class Calendar(NamedTuple):
    """The kinds of all measures of a jurisdiction on each day of many, one after the other: found without a search."""

    first: int
    cells: bytes


MOST_CELLS = 2_000_000
"""Bytes of a calendar at most. Where the days of a jurisdiction are more than that, its courses are searched."""


class Outlines(NamedTuple):
    """
    The measures of a jurisdiction through time, in order of name, as it was last touched by an edition.

    `then` are their courses by the eyes of each day, on a `calendar` for as long as it was told of them; `hindsight`
    are those by eyes that know all. `known_from` is the day from which on nothing more was told. `has_measures`:
    whether any action stands, be it one without a status.
    """

    edition: int
    has_measures: bool
    known_from: int
    measures: Sequence[str]
    then: Sequence[Course]
    calendar: Calendar
    hindsight: Sequence[Course]

    def row(self, jurisdiction: str, day: int, kinds: Kinds, *, hindsight: bool) -> MatrixRow:
        """The jurisdiction in the matrix of a day, as an ordinal."""
        there = self._there(day, hindsight)
        statuses = there.translate(kinds.statuses)
        headline, upcoming = headlines_of(there.translate(kinds.nows), there.translate(kinds.comings), self.measures)
        counts = [(status, statuses.count(number)) for number, status in _PRESENT]
        return MatrixRow(
            jurisdiction=jurisdiction,
            name=name_of(jurisdiction),
            headline=headline,
            upcoming=upcoming,
            counts={status: count for status, count in counts if count},
        )

    def _there(self, day: int, hindsight: bool) -> bytes:
        number, (first, cells) = len(self.measures), self.calendar
        at = (day - first) * number
        if not hindsight and 0 <= at < len(cells):
            return cells[at : at + number]
        courses = self.hindsight if hindsight else self.then
        return bytes([kinds[bisect_right(days, day)] for days, kinds in courses])


_PRESENT = [(number, status) for number, status in enumerate(STATUSES) if status != "absent"]


def calendar_of(courses: Sequence[Course], until: int) -> Calendar:
    """The calendar of some courses, from the first day on which any of them changes up to a day, which is not in it."""
    first = min((course.days[0] for course in courses if course.days), default=until)
    days, number = max(until - first, 0), len(courses)
    if days * number > MOST_CELLS:
        return Calendar(first, b"")
    cells = bytearray(days * number)
    for place, course in enumerate(courses):
        ends = [*course.days, until]
        for kind, begins, over in zip(course.kinds, [first, *course.days], ends, strict=True):
            length = min(over, until) - begins
            if length > 0:
                at = (begins - first) * number + place
                cells[at : at + (length - 1) * number + 1 : number] = bytes([kind]) * length
    return Calendar(first, bytes(cells))


class World:
    """The outlines of all jurisdictions on record, as far as they were learned. Safe to share between threads."""

    def __init__(self) -> None:
        self.kinds = Kinds()
        self._kept: dict[str, Outlines] = {}
        self._days: dict[int, int] = {}
        self._lock = Lock()

    def at(self, editions: Mapping[str, int]) -> Mapping[str, Outlines] | None:
        """The outlines of jurisdictions last touched by these editions; None where some are not kept so."""
        kept = self._kept
        found = {code: kept[code] for code in sorted(editions) if code in kept}
        complete = len(found) == len(editions) and all(found[code].edition == at for code, at in editions.items())
        return found if complete else None

    def learn(self, connection: psycopg.Connection, editions: Mapping[str, int]) -> Mapping[str, Outlines]:
        """
        The same; those that are not kept so are read, which must be the present ones.

        The connection's transaction sees one state of the database, from which the editions are, too.
        """
        with self._lock:
            kept = self._kept
            stale = [code for code, at in editions.items() if code not in kept or kept[code].edition != at]
            if stale:
                kept = self._kept = kept | self._read(connection, stale, editions)
            return {code: kept[code] for code in sorted(editions)}

    def _read(
        self, connection: psycopg.Connection, jurisdictions: Collection[str], editions: Mapping[str, int]
    ) -> dict[str, Outlines]:
        named = {"codes": list(jurisdictions)}
        begun = {code for (code,) in connection.execute(_BEGUN, named)}
        rows: dict[str, list[tuple[Any, ...]]] = {code: [] for code in jurisdictions}
        for code, *row in connection.execute(_COURSES, named):
            rows[code].append(tuple(row))
        for found in rows.values():
            found.sort(key=_measure)
        return {code: self._outlines(editions[code], code in begun, found) for code, found in rows.items()}

    def _outlines(self, edition: int, has_measures: bool, rows: Sequence[tuple[Any, ...]]) -> Outlines:
        then, known_from = [self._course(*row[2:5]) for row in rows], max((row[1] for row in rows), default=0)
        return Outlines(
            edition=edition,
            has_measures=has_measures,
            known_from=known_from,
            measures=[row[0] for row in rows],
            then=then,
            calendar=calendar_of(then, known_from + 1),
            hindsight=[self._course(*row[5:8]) for row in rows],
        )

    def _course(self, firsts: str | None, ends: str | None, kinds: str | None) -> Course:
        if firsts is None or ends is None or kinds is None:
            return Course((), bytes([self.kinds.absent]))
        days, until = list(map(int, firsts.split())), list(map(int, ends.split()))
        there = [self.kinds.of(text) for text in kinds.split("\n")]
        until_next = [*days[1:], NEVER]
        if until != until_next:  # there are gaps, in which the measure is absent
            steps = []
            for day, end, following, kind in zip(days, until, until_next, there, strict=True):
                steps.append((day, kind))
                if end != following:
                    steps.append((end, self.kinds.absent))
            days, there = [day for day, _ in steps], [kind for _, kind in steps]
        return Course([self._days.setdefault(day, day) for day in days], bytes([self.kinds.absent, *there]))


def _measure(row: Sequence[Any]) -> str:
    return str(row[0])


_lists = msgspec.json.Decoder(tuple[tuple[str, ...], tuple[str, ...]])

_BEGUN = """
select code from unnest(%(codes)s::text[]) as code
 where exists (select from dateline.action where jurisdiction = code and recorded_to is null)
"""

_COURSES = f"""
with box as (
    select jurisdiction, measure,
           coalesce(lower(valid) - date '0001-01-01' + 1, 0) as valid_from,
           coalesce(upper(valid) - date '0001-01-01' + 1, {NEVER}) as valid_to,
           coalesce(lower(known) - date '0001-01-01' + 1, 0) as known_from,
           coalesce(upper(known) - date '0001-01-01' + 1, {NEVER}) as known_to,
           concat_ws(e'\\t', status, coalesce(value ->> 'effects', '[]'), coalesce(value ->> 'targets', '[]')) as said
      from dateline.period
     where kind = 'measure' and jurisdiction = any(%(codes)s)
),
stretch as (
    select *, greatest(valid_from, known_from) as first, least(valid_to, known_to) as until from box
)
select jurisdiction, measure,
       max(greatest(known_from, case when known_to < {NEVER} then known_to else 0 end)),
       string_agg(first::text, ' ' order by first) filter (where first < until),
       string_agg(until::text, ' ' order by first) filter (where first < until),
       string_agg(said, e'\\n' order by first) filter (where first < until),
       string_agg(valid_from::text, ' ' order by valid_from) filter (where known_to = {NEVER}),
       string_agg(valid_to::text, ' ' order by valid_from) filter (where known_to = {NEVER}),
       string_agg(said, e'\\n' order by valid_from) filter (where known_to = {NEVER})
  from stretch
 group by jurisdiction, measure
"""
"""Of each measure, the boxes that the day of the eyes passes through, and those that still are known."""
