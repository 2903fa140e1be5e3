"""What deciding needs to be told, read from the tables within the transaction of an append."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from events.actions import AnyAction
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction, VerifyAct
from events.decisions import Edition, Known, Verified, review_key
from events.order import Walk
from events.recorder import literals
from events.vocabulary import Verification, stream_id
from projections import present
from projections.database import answers
from projections.present import Present

Revisions = Mapping[str, int]
"""The revisions of measures on record, verifications aside."""

Walks = Callable[[Present, Collection[str], Revisions], Mapping[str, Walk]]
"""Given the slugs that are on record, and the revisions of measures: the walks of those that need not be read again."""


def _none(present: Present, slugs: Collection[str], revisions: Revisions) -> Mapping[str, Walk]:
    """Every measure is read."""
    return {}


class Wanted(Struct, frozen=True):
    """What commands concern as far as they say it: acts by their slugs, and measures."""

    slugs: dict[str, None]
    measures: dict[str, None]
    verifying: dict[str, None]
    after: set[str]


def wanted(commands: Iterable[AnyCommand]) -> Wanted:
    """What commands concern."""
    slugs: dict[str, None] = {}
    measures: dict[str, None] = {}
    verifying: dict[str, None] = {}
    after: set[str] = set()
    for command in commands:
        match command:
            case RecordAct(act=act, actions=actions) | CorrectAct(replacement=act, actions=actions):
                slugs[act.act] = None
                for action in actions:
                    measures[action.measure] = None
                if act.after is not None:
                    after.add(act.after)
            case RetractAct():
                slugs[command.act] = None
            case VerifyAct():
                verifying[command.act] = None
            case ReviewJurisdiction():
                slugs[review_key(command)] = None
    return Wanted(slugs, measures, verifying, after)


def together(each: Iterable[Wanted]) -> Wanted:
    """What some commands and others concern."""
    found = Wanted({}, {}, {}, set())
    for of in each:
        found.slugs.update(of.slugs)
        found.measures.update(of.measures)
        found.verifying.update(of.verifying)
        found.after.update(of.after)
    return found


class Read(Struct, frozen=True):
    """What was read of it: the rows of acts, and of measures with the revisions of their streams."""

    acts: Sequence[tuple[Any, ...]]
    streams: Sequence[tuple[UUID, int | None, int | None]]
    present: Present

    def revisions(self) -> dict[UUID, int]:
        """The revisions of the streams of all measures that were named, 0 where one has not begun."""
        return {stream: revision or 0 for stream, _, revision in self.streams}


def questions(connection: psycopg.Connection, of: Wanted, measures: Sequence[str]) -> list[str]:
    """
    The queries that tell what is wanted, to be asked together with the lock.

    `measures` are those whose standing actions and boxes are read with it.
    """
    literal = literals(connection)
    slugs = ", ".join([literal(slug) for slug in [*of.slugs, *of.verifying, *of.after]])
    streams = ", ".join([f"'{stream_id(measure)}'" for measure in of.measures])
    return [
        "select act, kind, content, recorded_at, reason, note, measures from dateline.act"
        f" where act = any(array[{slugs}]::text[]) order by act, edition, place",
        "select s.id, (select originator_version from dateline.event where originator_id = s.id"
        " and topic not like 'act.verified%' order by originator_version desc limit 1),"
        " (select max(originator_version) from dateline.event where originator_id = s.id)"
        f" from unnest(array[{streams}]::uuid[]) as s (id)",
        *(present.questions(connection, measures) if measures else ()),
    ]


def read(connection: psycopg.Connection, found: Sequence[Sequence[tuple[Any, ...]]], measures: Sequence[str]) -> Read:
    """What the `questions` found."""
    acts, streams, *rest = found
    return Read(acts, streams, Present(connection, measures, rest) if rest else Present(connection))


def known_for(
    connection: psycopg.Connection,
    of: Wanted,
    walks: Walks = _none,
    *,
    whole: bool = False,
    given: Read | None = None,
) -> Known:
    """
    Every edition of the acts that commands concern, and the standing actions of every measure that they touch.

    Linear in what is on record of those acts and measures; nothing else is read, nor are measures that have a walk, nor
    what is `given`. Of an act to be verified, deciding needs no other act on its measures: these are read where the
    `whole` is asked.
    """
    if given is None:
        given = read(connection, answers(connection, questions(connection, of, ())), ())
    editions: dict[str, list[Edition]] = {}
    measures = dict(of.measures)
    for slug, kind, content, recorded_at, reason, note, touched in given.acts:
        editions.setdefault(slug, []).append(Edition(kind, content, recorded_at, reason, note))
        if slug in of.slugs or (whole and slug in of.verifying):
            measures.update(dict.fromkeys(touched))
    streams = {stream_id(measure): measure for measure in of.measures}
    revisions = {streams[stream]: revision for stream, revision, _ in given.streams if revision is not None}
    walked = dict(walks(given.present, editions.keys() & of.slugs.keys(), revisions))
    begun = [each for each in measures if each not in walked and (each in revisions or each not in of.measures)]
    standing: dict[str, dict[str, tuple[AnyAction, ...]]] = {}
    for measure, actions in given.present.actions(sorted(begun)).items():
        for action in actions:
            acts = standing.setdefault(measure, {})
            acts[action.act.act] = (*acts.get(action.act.act, ()), action)
    recorded = {slug for slug in of.after if editions.get(slug) and editions[slug][-1].kind != "retracted"}
    asked = {slug: each for slug, each in editions.items() if slug in of.slugs or slug in of.verifying}
    known = Known(asked, standing, recorded, walked)
    known.begun = {streams[stream] for stream, _, revision in given.streams if revision}
    if of.verifying:
        _tell_what_is_verified(connection, known, list(of.verifying))
    return known


def verified_on(connection: psycopg.Connection, measures: Sequence[str]) -> dict[str, dict[str, Verification]]:
    """The levels of the acts on measures, as they stand at the head."""
    verified: dict[str, dict[str, Verification]] = {}
    rows = connection.execute(
        "select measure, act, level from dateline.verification where measure = any(%s) and recorded_to is null",
        [list(measures)],
    )
    for measure, act, level in rows:
        verified.setdefault(measure, {})[act] = level
    return verified


def _tell_what_is_verified(connection: psycopg.Connection, known: Known, slugs: list[str]) -> None:
    """
    For acts that are to be verified: who recorded and corrected them, where they stand, and what was verified.

    Who recorded an edition stands in the log alone, with the events that brought its actions.
    """
    rows = connection.execute(
        "with said as (select act, topic like 'act.corrected%%' as corrected, max(position) as position"
        " from dateline.entry join dateline.event using (position) where act = any(%s)"
        " and exists (select from dateline.action where action.position = entry.position) group by 1, 2)"
        " select act, corrected, position, convert_from(state, 'UTF8')::jsonb ->> 'recorded_by'"
        " from said join dateline.event using (position)",
        [slugs],
    ).fetchall()
    since: dict[str, int] = {}
    for slug, corrected, position, recorded_by in rows:
        editions = known.editions[slug]
        kind = "corrected" if corrected else "recorded"
        last = max(at for at, edition in enumerate(editions) if edition.kind == kind)
        editions[last] = replace(editions[last], recorded_by=recorded_by)
        since[slug] = max(position, since.get(slug, 0))
    rows = connection.execute(
        "select distinct entry.act, measure from dateline.entry join dateline.action using (position)"
        " where entry.act = any(%s) and recorded_to is null"
        " order by measure",
        [slugs],
    ).fetchall()
    for slug, measure in rows:
        known.place(slug, measure)
    rows = connection.execute(
        "select act, position, level, recorded_by, recorded_at, note, url from dateline.verification"
        " where act = any(%s) order by position",
        [slugs],
    ).fetchall()
    for slug, position, *verified in rows:
        if position > since.get(slug, 0):
            known.verified.setdefault(slug, []).append(Verified(*verified))
