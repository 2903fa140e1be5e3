"""
The index of words: a row for each action, filled behind the log, and the question of what has certain words.

Filled by whoever looks for something (projections/searching.py), not by an append: recording is as fast as without. So
the index ends at some place of the log, and a search is of an edition up to there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

import psycopg

from events.actions import AnyAction
from events.dates import span
from events.vocabulary import jurisdiction_of, jurisdictions_of
from projections.database import Writer
from projections.present import decode_action
from projections.sought import Sought, code_mark, scope_mark, subject_mark
from projections.words import words

LOCK = 0x646174656C696E66
"""The key of the advisory lock of whoever fills the index of a database."""

POSITIONS = 1000
"""Positions of the log that are read into the index in one transaction."""

MOST_TEXT_WORDS = 5000
"""Words of one action that can be found; a longer text is found by its beginning."""

MOST = 5000
"""Actions that are looked at for one search: the last recorded of those that have the words."""

BACK = 20_000
"""Positions through which the log is gone back in for words that are common."""

COMMON = 30_000
"""Actions that are taken from the index of words. Of words that have more, the last are found by going back further."""

_GAP = 2
"""Places that are left free between two texts, so that no phrase goes from one into the next."""


class Text(NamedTuple):
    """A text of an action: A names and titles, B what it is on and whose, C in which form, D all that was said."""

    weight: str
    field: str
    text: str


class Candidate(NamedTuple):
    """An action that has what is looked for. `rank` is smaller the better the place where it stands."""

    position: int
    place: int
    measure: str
    act: str
    day: date
    rank: int


def texts_of(action: AnyAction) -> Iterator[Text]:
    """What can be found of an action, its act with it, in the order in which it is shown."""
    act = action.act
    if title := getattr(action, "title", None):
        yield Text("A", "measure", title)
    yield Text("A", "act", act.title)
    yield Text("A", "name", action.measure.partition("/")[2])
    yield Text("B", "authority", act.authority)
    yield from (Text("B", "subject", each) for each in getattr(action, "subjects", None) or ())
    yield from (Text("B", "scope", each) for each in getattr(action, "scope", None) or ())
    if act.citation is not None:
        yield Text("B", "citation", act.citation)
    yield Text("B", "slug", act.act)
    yield Text("C", "instrument", act.instrument)
    yield Text("C", "action", type(action).type)
    yield from (Text("C", "effect", each) for each in getattr(action, "effects", None) or ())
    if deadline := getattr(action, "deadline", None):
        yield Text("C", "deadline", deadline)
    for field, text in (("summary", act.summary), ("note", act.note), ("note", action.note)):
        if text is not None:
            yield Text("D", field, text)
    for source in act.sources:
        yield Text("D", "source", source.name)
        if source.passage is not None:
            yield Text("D", "passage", source.passage)
        if source.url is not None:
            yield Text("D", "url", source.url)


def fill(connection: psycopg.Connection, schema: str = "dateline") -> int | None:
    """
    Reads the next actions of the log into the index, those of `POSITIONS` positions; the last of these, None for none.

    The caller holds the lock, or is alone with the schema.
    """
    first = next_position(connection, schema)
    return None if first is None else add_words(connection, first, first + POSITIONS, schema, schema)


def add_words(
    connection: psycopg.Connection, first: int, end: int, of: str = "dateline", into: str = "dateline"
) -> int | None:
    """Reads actions of one schema into the index of another, from a position to before another; the last, or None."""
    rows = connection.execute(
        f"select position, place, data::text from {of}.action where position >= %s and position < %s"
        " order by position, place",
        [first, end],
    ).fetchall()
    with Writer(connection) as writer:
        writer.add(
            f"{into}.search (position, place, day, words)",
            (_row(position, place, decode_action(data)) for position, place, data in rows),
        )
    return int(rows[-1][0]) if rows else None


def lock(connection: psycopg.Connection) -> None:
    """Waits until nobody else fills the index, and keeps others from it until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def next_position(connection: psycopg.Connection, schema: str = "dateline") -> int | None:
    """The first position with an action that is not in the index yet; None where all are."""
    row = connection.execute(
        f"select min(position) from {schema}.action"
        f" where position > coalesce((select max(position) from {schema}.search), 0)"
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def reached(connection: psycopg.Connection, position: int) -> int:
    """The last edition up to a position of which every action is in the index: the position itself, or one before."""
    missing = next_position(connection)
    if missing is None or missing > position:
        return position
    row = connection.execute(
        "select edition from dateline.entry where position < %(missing)s and edition < %(missing)s"
        " order by position desc limit 1",
        {"missing": missing},
    ).fetchone()
    return 0 if row is None else int(row[0])


def candidates(
    connection: psycopg.Connection, sought: Sought, jurisdictions: Sequence[str], position: int
) -> tuple[list[Candidate], bool]:
    """
    The actions that stood at a position and have what is looked for, of some jurisdictions or of all; whether there are
    more than were looked at.

    What has every word in a name or a title ranks first, then what has them there or in what it is on and whose, then
    all else; each time whole words before beginnings of words.
    """
    codes = " | ".join(f"'{code_mark(each)}'" for each in jurisdictions)
    hits = _hits(connection, f"({sought.query()}) & ({codes})" if codes else sought.query(), position)
    ranks = [sought.query(weights, exact=exact) for weights in ("A", "AB", "") for exact in (True, False)][:-1]
    rank = " ".join(f"when s.words @@ %({place})s::tsquery then {place}" for place in map(str, range(len(ranks))))
    rows = connection.execute(
        f"select position, place, a.measure, a.act, s.day, case {rank} else {len(ranks)} end"
        " from unnest(%(positions)s::bigint[], %(places)s::int[]) as hit (position, place)"
        " join dateline.search s using (position, place) join dateline.action a using (position, place)"
        " where a.recorded_from <= %(position)s and (a.recorded_to is null or a.recorded_to > %(position)s)",
        {
            "positions": [position for position, _ in hits[:MOST]],
            "places": [place for _, place in hits[:MOST]],
            "position": position,
            **{str(at): each for at, each in enumerate(ranks)},
        },
    )
    return [Candidate(*row) for row in rows], len(hits) > MOST


def _hits(connection: psycopg.Connection, query: str, position: int) -> list[tuple[int, int]]:
    """
    The last recorded actions up to a position that have some words, `MOST` and one more.

    What is common is found by going back in the log for a while, all else by the index of words. The planner is told
    so: it takes words for independent, and would read the whole log for two common ones that never stand together.
    """
    asked = {"query": query, "position": position, "most": MOST + 1, "common": COMMON + 1, "back": position - BACK}
    matching = "from dateline.search where words @@ %(query)s::tsquery and position <= %(position)s"
    last = "order by position desc, place desc limit %(most)s"
    with _only(connection, "enable_indexscan"):
        rows = connection.execute(f"select position, place {matching} and position > %(back)s {last}", asked).fetchall()
    if len(rows) > MOST or position <= BACK:
        return rows
    with _only(connection, "enable_bitmapscan"):
        rows = connection.execute(f"select position, place {matching} limit %(common)s", asked).fetchall()
    if len(rows) <= COMMON:
        return sorted(rows, reverse=True)[: MOST + 1]
    with _only(connection, "enable_indexscan"):
        return connection.execute(f"select position, place {matching} {last}", asked).fetchall()


@contextmanager
def _only(connection: psycopg.Connection, way: str) -> Iterator[None]:
    """Has tables read in one way alone, with room for it in memory, as long as the block lasts, which only reads."""
    ways = ("enable_seqscan", "enable_indexscan", "enable_bitmapscan")
    settings = {**{each: "on" if each == way else "off" for each in ways}, "jit": "off", "work_mem": "64MB"}
    with connection.transaction(force_rollback=True):
        connection.execute(
            "select set_config(name, value, true) from unnest(%s::text[], %s::text[]) as wanted (name, value)",
            [list(settings), list(settings.values())],
        )
        yield


def named(
    connection: psycopg.Connection, act: str, measures: Sequence[str], position: int
) -> tuple[list[Candidate], list[Candidate]]:
    """The actions that stood at a position of the measures and of the act of these very names, the last of each."""
    found: list[list[Candidate]] = []
    codes = jurisdictions_of(measures)
    of_measures = "jurisdiction = any(%(codes)s) and measure = any(%(measures)s)"
    of_act = "position in (select position from dateline.entry where act = %(act)s)"
    for column, named in (("measure", of_measures), ("act", of_act)):
        rows = connection.execute(
            f"select distinct on ({column}) position, place, measure, act, s.day, -1"
            f" from dateline.search s join dateline.action a using (position, place) where {named}"
            " and recorded_from <= %(position)s and (recorded_to is null or recorded_to > %(position)s)"
            f" order by {column}, s.day desc, position desc",
            {"measures": list(measures), "codes": codes, "act": act, "position": position},
        )
        found.append([Candidate(*row) for row in rows])
    return found[0], found[1]


def _row(position: int, place: int, action: AnyAction) -> tuple[str, ...]:
    return str(position), str(place), span(action.act.announced_on).last.isoformat(), _vector(action)


def _vector(action: AnyAction) -> str:
    """The words of an action with their places and weights, as a tsvector is written, and its marks."""
    marks = [code_mark(jurisdiction_of(action.measure))]
    marks += [subject_mark(each) for each in getattr(action, "subjects", None) or ()]
    marks += [scope_mark(each) for each in getattr(action, "scope", None) or ()]
    places: dict[str, list[str]] = {mark: [] for mark in marks}
    at = 0
    for weight, _, text in texts_of(action):
        for word in words(text)[: MOST_TEXT_WORDS - at]:
            at += 1
            places.setdefault(word, []).append(f"{at}{weight}")
        at += _GAP
    return " ".join([f"'{word}':{','.join(each)}" if each else f"'{word}'" for word, each in places.items()])
