"""What deciding needs to be told, read from the tables within the transaction of an append."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
import psycopg
from msgspec.structs import replace

from events.actions import AnyAction
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction, VerifyAct
from events.decisions import Edition, Known, Verified, review_key
from events.order import Walk
from events.vocabulary import Verification, stream_id
from projections.database import answers

_decoder: msgspec.json.Decoder[AnyAction] = msgspec.json.Decoder(AnyAction)


def decode_action(data: str) -> AnyAction:
    """An action from a row of the table `action`."""
    return _decoder.decode(data)


Revisions = Mapping[str, int]
"""The revisions of measures on record, verifications aside."""

Walks = Callable[[Collection[str], Revisions], Mapping[str, Walk]]
"""Given the slugs that are on record, and the revisions of measures: the walks of those that need not be read again."""


def _none(slugs: Collection[str], revisions: Revisions) -> Mapping[str, Walk]:
    """Every measure is read."""
    return {}


def known_for(
    connection: psycopg.Connection, commands: Sequence[AnyCommand], walks: Walks = _none, *, whole: bool = False
) -> Known:
    """
    Every edition of the acts that the commands name, and the standing actions of every measure that they touch.

    Linear in what is on record of those acts and measures; nothing else is read, nor are measures that have a walk.
    Of an act to be verified, deciding needs no other act on its measures: these are read where the `whole` is asked.
    """
    slugs: dict[str, None] = {}
    measures: dict[str, None] = {}
    verifying: dict[str, None] = {}
    after: set[str] = set()
    for command in commands:
        match command:
            case RecordAct(act=act, actions=actions) | CorrectAct(replacement=act, actions=actions):
                slugs[act.act] = None
                measures.update(dict.fromkeys(action.measure for action in actions))
                if act.after is not None:
                    after.add(act.after)
            case RetractAct():
                slugs[command.act] = None
            case VerifyAct():
                verifying[command.act] = None
            case ReviewJurisdiction():
                slugs[review_key(command)] = None
    named = frozenset(measures)
    streams = {stream_id(measure): measure for measure in named}
    of_acts, of_measures = answers(
        connection,
        (
            "select act, kind, content, recorded_at, reason, note, measures from dateline.act"
            " where act = any(array[{}]::text[]) order by act, edition, place",
            [*slugs, *verifying, *after],
        ),
        (
            "select s.id, (select originator_version from dateline.event where originator_id = s.id"
            " and topic not like 'act.verified%' order by originator_version desc limit 1)"
            " from unnest(array[{}]::uuid[]) as s (id)",
            map(str, streams),
        ),
    )
    editions: dict[str, list[Edition]] = {}
    for slug, kind, content, recorded_at, reason, note, of in of_acts:
        editions.setdefault(slug, []).append(Edition(kind, content, recorded_at, reason, note))
        if slug in slugs or (whole and slug in verifying):
            measures.update(dict.fromkeys(of))
    revisions = {streams[stream]: revision for stream, revision in of_measures if revision is not None}
    walked = dict(walks(editions.keys() & slugs.keys(), revisions))
    begun = [each for each in measures if each not in walked and (each in revisions or each not in named)]
    standing: dict[str, dict[str, tuple[AnyAction, ...]]] = {}
    for measure, slug, data in _standing(connection, begun) if begun else ():
        acts = standing.setdefault(measure, {})
        acts[slug] = (*acts.get(slug, ()), decode_action(data))
    recorded = {slug for slug in after if editions.get(slug) and editions[slug][-1].kind != "retracted"}
    asked = {slug: each for slug, each in editions.items() if slug in slugs or slug in verifying}
    known = Known(asked, standing, recorded, walked)
    if verifying:
        _tell_what_is_verified(connection, known, list(verifying))
    return known


def _standing(connection: psycopg.Connection, measures: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    return connection.execute(
        "select measure, act, data::text from dateline.action where measure = any(%s) and recorded_to is null"
        " order by measure, position, place",
        [list(measures)],
    )


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
        "with said as (select a.act, e.topic like 'act.corrected%%' as corrected, max(e.position) as position"
        " from dateline.action a join dateline.event e using (position) where a.act = any(%s) group by 1, 2)"
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
        "select distinct act, measure from dateline.action where act = any(%s) and recorded_to is null"
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
