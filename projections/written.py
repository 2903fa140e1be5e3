"""What writes came to: the events that say it, those of a repeat being the ones that said it first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from msgspec import UNSET

from events.actions import ActVerified
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction, VerifyAct
from events.decisions import content_of, review_key
from events.log import Log, Recorded
from events.recorder import Connection
from projections.answers import Written, WrittenEntry
from projections.project import by_command

_DONE = {
    RecordAct: "recorded",
    CorrectAct: "corrected",
    RetractAct: "retracted",
    VerifyAct: "verified",
    ReviewJurisdiction: "recorded",
}


_Telling = RecordAct | CorrectAct | RetractAct | ReviewJurisdiction
"""What the table `act` knows again."""


class _Row(NamedTuple):
    """An edition of an act: a row of the table `act`."""

    edition: int
    kind: str
    content: bytes | None
    reason: str | None
    note: str | None
    measures: list[str]


Reading = Callable[[], AbstractContextManager[Connection]]
"""Opens a connection to read on."""

Events = dict[tuple[str, str], list[list[Recorded]]]
"""The events of each command of an append, by its kind and its act."""


def written(reading: Reading, log: Log, commands: Sequence[AnyCommand], recorded: Sequence[Recorded]) -> Written:
    """
    What the commands came to, `recorded` being what their append just told.

    Reads for what was repeated alone, in as many questions for a thousand repeats as for one.
    """
    told = _grouped(recorded)
    repeated = [command for command in commands if not told.get(_key(command))]
    found: dict[int, tuple[list[Recorded], str]] = {}
    if repeated:
        with reading() as connection:
            found |= _first_told(connection, log, [each for each in repeated if not isinstance(each, VerifyAct)])
            found |= _first_verified(connection, log, [each for each in repeated if isinstance(each, VerifyAct)])
    entries = []
    for command in commands:
        key = _key(command)
        if events := told.get(key):
            entries.append(_entry(command, events[0], repeated=False, now=None))
        else:
            events_of_first, now = found[id(command)]
            entries.append(_entry(command, events_of_first, repeated=True, now=now))
    latest = max(entries, key=_edition, default=None)
    head = log.head() if latest is None else None
    revisions: dict[str, int] = {}
    for entry in entries:
        for measure, revision in entry.revisions.items():
            revisions[measure] = max(revision, revisions.get(measure, 0))
    return Written(
        edition=head.position if head else latest.edition if latest else 0,
        recorded_at=head.recorded_at if head else latest.recorded_at if latest else None,
        batch=latest.batch if latest else None,
        positions=tuple(sorted({position for entry in entries for position in entry.positions})),
        revisions=revisions,
        repeated=tuple(dict.fromkeys(_named(entry) for entry in entries if entry.repeated)),
        entries=tuple(entries),
    )


def _entry(command: AnyCommand, events: Sequence[Recorded], *, repeated: bool, now: str | None) -> WrittenEntry:
    is_review = isinstance(command, ReviewJurisdiction)
    last = events[-1]
    what = "reviewed" if is_review else _key(command)[0]
    return WrittenEntry(
        act=UNSET if is_review else _slug(command),
        jurisdiction=command.jurisdiction if isinstance(command, ReviewJurisdiction) else UNSET,
        what=what,
        repeated=repeated,
        now=None if is_review else now or what,
        positions=tuple(event.position for event in events),
        revisions={event.stream: event.revision for event in events},
        edition=last.edition,
        recorded_at=last.recorded_at,
        recorded_by=last.recorded_by,
        batch=last.batch,
    )


def _slug(command: AnyCommand) -> str:
    """Under which name the editions of what the command is about are kept."""
    match command:
        case RecordAct():
            return command.act.act
        case CorrectAct():
            return command.replacement.act
        case RetractAct() | VerifyAct():
            return command.act
        case ReviewJurisdiction():
            return review_key(command)


def _key(command: AnyCommand) -> tuple[str, str]:
    return _DONE[type(command)], _slug(command)


def _named(entry: WrittenEntry) -> str:
    return str(entry.jurisdiction if entry.act is UNSET else entry.act)


def _edition(entry: WrittenEntry) -> int:
    return entry.edition


def _grouped(events: Iterable[Recorded]) -> Events:
    found: Events = {}
    for key, group in by_command(events):
        found.setdefault(key, []).append(group)
    return found


def _first_told(
    connection: Connection, log: Log, commands: Sequence[_Telling]
) -> dict[int, tuple[list[Recorded], str]]:
    """For repeats, by the identity of the command: the events that said the same first, and what stands now."""
    if not commands:
        return {}
    rows: dict[str, list[_Row]] = {}
    of_acts = connection.execute(
        "select act, edition, kind, content, reason, note, measures from dateline.act where act = any(%s)"
        " order by act, edition, place",
        [list({_slug(command) for command in commands})],
    )
    for slug, *fields in of_acts:
        rows.setdefault(slug, []).append(_Row(*fields))
    chosen = {id(command): _same(command, rows[_slug(command)]) for command in commands}
    streams = {measure for each in rows.values() for row in each for measure in row.measures}
    editions = {each.edition for each in chosen.values()}
    of_edition: dict[int, list[Recorded]] = {}
    for event in log.appended(streams, editions, connection=connection):
        of_edition.setdefault(event.edition, []).append(event)
    grouped = {edition: _grouped(events) for edition, events in of_edition.items()}
    found = {}
    for command in commands:
        slug, row = _slug(command), chosen[id(command)]
        alike = [each for each in rows[slug] if (each.edition, each.kind) == (row.edition, row.kind)]
        place = next(number for number, each in enumerate(alike) if each is row)
        found[id(command)] = grouped[row.edition][row.kind, slug][place], rows[slug][-1].kind
    return found


def _first_verified(
    connection: Connection, log: Log, commands: Sequence[VerifyAct]
) -> dict[int, tuple[list[Recorded], str]]:
    """The same for verifications: of the act as it reads now, each was said once by the same verifier."""
    found = {}
    for command in commands:
        rows = connection.execute(
            "select measure, recorded_from from dateline.verification where act = %s and level = %s"
            " and recorded_by = %s and note is not distinct from %s and url is not distinct from %s"
            " order by position desc",
            [command.act, command.level, command.recorded_by, command.note, command.url],
        ).fetchall()
        edition = rows[0][1]
        events = log.appended([measure for measure, of in rows if of == edition], [edition], connection=connection)
        said = [each for each in events if isinstance(each.event, ActVerified) and each.event.act == command.act]
        found[id(command)] = said, "verified"
    return found


def _same(command: _Telling, rows: Sequence[_Row]) -> _Row:
    """The edition that a repeat repeats: the first that says the same, else what stands and says as much."""
    match command:
        case RecordAct():
            content = content_of(command.act, command.actions)
            return next(row for row in rows if row.content == content)
        case CorrectAct():
            content = content_of(command.replacement, command.actions)
            first = _said(rows, "corrected", content, command)
            return first or next(row for row in reversed(rows) if row.content == content)
        case RetractAct():
            first = _said(rows, "retracted", None, command)
            return first or next(row for row in reversed(rows) if row.kind == "retracted")
        case ReviewJurisdiction():
            return next(row for row in rows if row.note == command.note)


def _said(rows: Sequence[_Row], kind: str, content: bytes | None, command: CorrectAct | RetractAct) -> _Row | None:
    said = (kind, content, command.reason, command.note)
    return next((row for row in rows if (row.kind, row.content, row.reason, row.note) == said), None)
