"""
The statuses of all measures through time, at the head: what the world matrix is made of.

Read from the table `period`, where they stand folded, a jurisdiction anew when it was touched. A status takes a few
bytes, so that a million actions fit in what one page of a browser takes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, cast

import msgspec
import psycopg

from events.lifecycle import NEVER
from events.vocabulary import STATUSES, Status
from projections.answers import MatrixRow
from projections.headlines import NO_PLACE, Place, headlines_at, place_of
from projections.jurisdictions import name_of


class Kind(NamedTuple):
    """What a measure may be on a day, as far as the matrix looks at it. There are a few dozen."""

    status: Status
    place: Place


ABSENT = Kind("absent", NO_PLACE)


class Course(NamedTuple):
    """The kinds of one measure through time: from each of the days on, as ordinals, and before the first."""

    days: Sequence[int]
    kinds: Sequence[Kind]

    def on(self, day: int) -> Kind:
        """The kind on a day."""
        return self.kinds[bisect_right(self.days, day)]


class Outlines(NamedTuple):
    """
    The measures of a jurisdiction through time, in order of name, as it was last touched by an edition.

    `then` are their courses by the eyes of each day, `hindsight` those by eyes that know all; `known_from` is the day
    from which on nothing more was told. `has_measures`: whether any action stands, be it one without a status.
    """

    edition: int
    has_measures: bool
    known_from: int
    measures: Sequence[str]
    then: Sequence[Course]
    hindsight: Sequence[Course]

    def row(self, jurisdiction: str, day: int, *, hindsight: bool) -> MatrixRow:
        """The jurisdiction in the matrix of a day, as an ordinal."""
        courses = self.hindsight if hindsight else self.then
        kinds = [course_kinds[bisect_right(days, day)] for days, course_kinds in courses]
        counts = Counter([kind[0] for kind in kinds])
        headline, upcoming = headlines_at([kind[1] for kind in kinds], self.measures)
        return MatrixRow(
            jurisdiction=jurisdiction,
            name=name_of(jurisdiction),
            headline=headline,
            upcoming=upcoming,
            counts={status: counts[status] for status in STATUSES if counts[status] and status != "absent"},
        )


class World:
    """The outlines of all jurisdictions on record, as far as they were learned. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[str, Outlines] = {}
        self._days: dict[int, int] = {}
        self._kinds: dict[str, Kind] = {}
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
        return {
            code: Outlines(
                edition=editions[code],
                has_measures=code in begun,
                known_from=max((row[1] for row in found), default=0),
                measures=[row[0] for row in found],
                then=[self._course(*row[2:5]) for row in found],
                hindsight=[self._course(*row[5:8]) for row in found],
            )
            for code, found in rows.items()
        }

    def _course(self, firsts: str | None, ends: str | None, kinds: str | None) -> Course:
        if firsts is None or ends is None or kinds is None:
            return Course((), (ABSENT,))
        days, until = list(map(int, firsts.split())), list(map(int, ends.split()))
        there = [self._kind(text) for text in kinds.split("\n")]
        until_next = [*days[1:], NEVER]
        if until != until_next:  # there are gaps, in which the measure is absent
            steps = []
            for day, end, following, kind in zip(days, until, until_next, there, strict=True):
                steps.append((day, kind))
                if end != following:
                    steps.append((end, ABSENT))
            days, there = [day for day, _ in steps], [kind for _, kind in steps]
        return Course([self._days.setdefault(day, day) for day in days], [ABSENT, *there])

    def _kind(self, text: str) -> Kind:
        found = self._kinds.get(text)
        if found is None:
            status, effects, targets = text.split("\t")
            place = place_of(cast(Status, status), *_lists.decode(f"[{effects},{targets}]"))
            found = self._kinds.setdefault(text, Kind(cast(Status, status), place))
        return found


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
