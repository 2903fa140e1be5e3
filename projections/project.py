"""Projecting: what was appended becomes rows of the read model, in the transaction of the append."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import psycopg
from msgspec import Struct

from events.actions import (
    ACTIONS,
    ActCorrected,
    ActRetracted,
    ActVerified,
    AnyAction,
    Event,
    JurisdictionReviewed,
)
from events.dates import first_day
from events.decisions import content_of
from events.log import Recorded
from events.order import Ordered
from events.vocabulary import jurisdiction_of
from projections.ahead import actions_told, add_ahead
from projections.database import Writer
from projections.entries import add_entries
from projections.fold import MeasureFold
from projections.live import LiveMeasure, live_measure
from projections.period_rows import change_periods, columns_of_periods, refreshed_periods
from projections.pointing import add_pointing
from projections.present import Present
from projections.rows import key_of

NOTHING_FOLDED: Mapping[str, bytes] = MappingProxyType({})


class ActionRow(Struct):
    """A row of the table `action`."""

    position: int
    place: int
    measure: str
    act: str
    type: str
    recorded_from: int
    recorded_to: int | None
    announced_from: str
    data: str


class ActRow(Struct, frozen=True):
    """A row of the table `act`."""

    edition: int
    place: int
    act: str
    kind: str
    recorded_at: datetime
    content: bytes | None
    reason: str | None
    note: str | None
    measures: list[str]


class VerificationRow(Struct):
    """A row of the table `verification`."""

    position: int
    measure: str
    act: str
    level: str
    recorded_by: str
    recorded_at: datetime
    note: str | None
    url: str | None
    recorded_from: int
    recorded_to: int | None


class Rows(Struct):
    """What an append, or several, come to. `closed` and `unverified`: by measure, act and edition, in their order."""

    actions: list[ActionRow]
    closed: list[tuple[str, str, int]]
    acts: list[ActRow]
    reviews: list[tuple[int, str, str, int]]
    jurisdictions: dict[str, int]
    verifications: list[VerificationRow]
    unverified: list[tuple[str, str, int]]

    def measures(self) -> list[str]:
        """The measures that the rows touch."""
        touched = [*(row.measure for row in self.actions), *(measure for measure, _, _ in self.closed)]
        return list(dict.fromkeys(touched))


class Projected(NamedTuple):
    """The measures as they are now, to be kept once the append is committed, and the statements left to be done."""

    kept: dict[str, LiveMeasure]
    left: str


def project(
    connection: psycopg.Connection,
    recorded: Sequence[Recorded],
    live: Mapping[str, LiveMeasure],
    ordered: Mapping[str, Ordered],
    folded: Mapping[str, bytes] = NOTHING_FOLDED,
    present: Present | None = None,
) -> Projected:
    """
    Brings the read model up to the head: rows of the append, and the periods of the measures it touches.

    `live` are the measures that the append only goes on with, `ordered` what deciding found of all others. `folded` are
    rows of `period` of measures that the append begins, made of what is `ordered` by a Folder; they are not kept.
    `present` is what was read of the tables on the way.
    """
    rows = rows_of(recorded)
    begun = {entry.stream for entry in recorded if entry.revision == 1}
    elsewhere = folded.keys() & begun
    revisions = {entry.stream: entry.revision for entry in recorded if not isinstance(entry.event, ActVerified)}
    gone, new = [], []
    kept = {}
    for measure in rows.measures():
        if measure in live:
            one = live[measure]
            one.periods.tell(one.walk.told)
            less, more = one.periods.difference()
            gone += [key_of(measure, box) for box in less]
            new += [key_of(measure, box) for box in more]
            kept[measure] = LiveMeasure(revisions[measure], one.actions + len(one.walk.told), one.walk, one.periods)
    here = [measure for measure in rows.measures() if measure not in live and measure not in elsewhere]
    present = Present(connection) if present is None else present
    anew = refreshed_periods(present, [MeasureFold(measure, ordered[measure]) for measure in here], begun=begun)
    for measure, periods in anew.periods.items():
        found = live_measure(periods, revisions[measure])
        if found is not None:
            kept[measure] = found
    with Writer(connection) as writer:
        told = b"".join([folded[each] for each in rows.measures() if each in elsewhere])
        writer.copy(columns_of_periods(), told, binary=True)
        write(writer, recorded, rows)
        change_periods(writer, gone + anew.gone, new + anew.new)
        return Projected(kept, writer.left())


def rows_of(recorded: Iterable[Recorded]) -> Rows:
    """
    The rows that events of whole appends come to, in their order.

    An action recorded and superseded within one append is there and was never standing: recorded_from = recorded_to.
    """
    rows = Rows([], [], [], [], {}, [], [])
    verified: dict[tuple[str, str], VerificationRow] = {}
    standing: dict[tuple[str, str], list[ActionRow]] = {}
    for edition, append in groupby(recorded, key=_edition):
        acts = 0
        for (kind, slug), events in by_command(append):
            contents: list[AnyAction] = []
            for entry in events:
                event = entry.event
                rows.jurisdictions[jurisdiction_of(entry.stream)] = edition
                if type(event) in ACTIONS:
                    contents.append(event)  # type: ignore[arg-type]
                    _add(rows, standing, entry, event, entry.said)  # type: ignore[arg-type]
                    continue
                match event:
                    case JurisdictionReviewed():
                        rows.reviews.append((entry.position, event.jurisdiction, event.reviewed_on, edition))
                    case ActCorrected() | ActRetracted():
                        for row in standing.pop((event.measure, slug), []):
                            row.recorded_to = edition
                        rows.closed.append((event.measure, slug, edition))
                        _end_verification(rows, verified, event.measure, slug, edition)
                        if isinstance(event, ActCorrected):
                            contents.extend(event.actions)
                            for action in event.actions:
                                _add(rows, standing, entry, action)
                    case ActVerified():
                        _end_verification(rows, verified, event.measure, slug, edition)
                        verified[event.measure, slug] = _verification_row(entry, event)
                        rows.verifications.append(verified[event.measure, slug])
            if kind != "verified":
                rows.acts.append(_act_row(kind, slug, events, contents, edition, acts))
                acts += 1
    return rows


def _edition(entry: Recorded) -> int:
    return entry.edition


def by_command(append: Iterable[Recorded]) -> Iterator[tuple[tuple[str, str], list[Recorded]]]:
    """
    The events of one append by the command that they come from, with its kind and its act.

    The events of a command stand together. A correction says one event a measure, and the next correction of the same
    act begins with a measure that the one before had.
    """
    for command, group in groupby(append, key=_command):
        if command[0] != "corrected":
            yield command, list(group)
            continue
        events: list[Recorded] = []
        streams: set[str] = set()
        for entry in group:
            if entry.stream in streams:
                yield command, events
                events, streams = [], set()
            events.append(entry)
            streams.add(entry.stream)
        yield command, events


def _command(entry: Recorded) -> tuple[str, str]:
    """What kind of command an event comes from, and of which act."""
    event = entry.event
    if type(event) not in ACTIONS:
        match event:
            case ActCorrected():
                return "corrected", event.replacement.act
            case ActRetracted():
                return "retracted", event.act
            case ActVerified():
                return "verified", event.act
            case JurisdictionReviewed():
                return "recorded", f"review {event.jurisdiction} {event.reviewed_on}"
    return "recorded", event.act.act  # type: ignore[union-attr]


def _end_verification(
    rows: Rows, verified: dict[tuple[str, str], VerificationRow], measure: str, act: str, edition: int
) -> None:
    if (row := verified.pop((measure, act), None)) is not None:
        row.recorded_to = edition
    rows.unverified.append((measure, act, edition))


def _verification_row(entry: Recorded, event: ActVerified) -> VerificationRow:
    return VerificationRow(
        entry.position,
        event.measure,
        event.act,
        event.level,
        entry.recorded_by,
        entry.recorded_at,
        event.note,
        event.url,
        entry.edition,
        None,
    )


_encode = msgspec.json.Encoder().encode


def _add(
    rows: Rows,
    standing: dict[tuple[str, str], list[ActionRow]],
    entry: Recorded,
    action: AnyAction,
    said: bytes = b"",
) -> None:
    """An action becomes a row; `said` is its JSON, where that is at hand."""
    data = (said or _encode(action)).decode()
    act = action.act
    slug, announced = act.act, first_day(act.announced_on)
    row = ActionRow(
        entry.position, action.place, action.measure, slug, type(action).type, entry.edition, None, announced, data
    )
    rows.actions.append(row)
    standing.setdefault((action.measure, slug), []).append(row)


def _act_row(
    kind: str,
    slug: str,
    events: Sequence[Recorded],
    contents: Sequence[AnyAction],
    edition: int,
    place: int,
) -> ActRow:
    first: Event = events[0].event
    content = content_of(contents[0].act, contents) if contents else None
    return ActRow(
        edition,
        place,
        slug,
        kind,
        events[0].recorded_at,
        content,
        getattr(first, "reason", None),
        getattr(first, "note", None) if not contents or isinstance(first, ActCorrected) else None,
        list(dict.fromkeys([entry.stream for entry in events])),
    )


def write(writer: Writer, recorded: Sequence[Recorded], rows: Rows, schema: str = "dateline") -> None:
    """Closes what was superseded, then adds the new rows and the entries of what was recorded."""
    close_rows(writer, rows, schema)
    writer.do(
        f"insert into {schema}.jurisdiction (jurisdiction, edition) {{}}"
        " on conflict (jurisdiction) do update set edition = excluded.edition",
        ((code, str(rows.jurisdictions[code])) for code in sorted(rows.jurisdictions)),
    )
    add_rows(writer, rows, schema)
    add_entries(writer, recorded, schema)
    told = actions_told(recorded)
    add_ahead(writer, told, schema)
    add_pointing(writer, told, schema)


def close_rows(writer: Writer, rows: Rows, schema: str = "dateline") -> None:
    """Says of rows that stood before until when they did."""
    for table, closed in (("action", rows.closed), ("verification", rows.unverified)):
        if closed:
            first: dict[tuple[str, str], int] = {}  # what came after it within these rows was closed when it was made
            for measure, act, edition in closed:
                first.setdefault((measure, act), edition)
            writer.do(
                f"update {schema}.{table} as standing set recorded_to = closed.edition::bigint"
                # First the events of the acts, then their rows: by measure, the planner might read all of it for each.
                f" from (select position, closed.measure, closed.edition from ({{}}) as closed (measure, act, edition)"
                f" join {schema}.entry using (act) offset 0) as closed"
                " where standing.position = closed.position and standing.measure = closed.measure"
                " and standing.recorded_to is null",
                ((measure, act, str(edition)) for (measure, act), edition in first.items()),
            )


def add_rows(writer: Writer, rows: Rows, schema: str = "dateline") -> None:
    """Adds the new rows of actions, acts, verifications and reviews."""
    moments = {each: each.isoformat() for each in {act.recorded_at for act in rows.acts}}  # one an append
    writer.add(
        f"{schema}.verification (position, measure, act, level, recorded_by, recorded_at, note, url, recorded_from,"
        " recorded_to, jurisdiction)",
        (
            (
                str(row.position),
                row.measure,
                row.act,
                row.level,
                row.recorded_by,
                row.recorded_at.isoformat(),
                row.note,
                row.url,
                str(row.recorded_from),
                None if row.recorded_to is None else str(row.recorded_to),
                jurisdiction_of(row.measure),
            )
            for row in rows.verifications
        ),
    )
    writer.add(
        f"{schema}.review (position, jurisdiction, reviewed_on, edition)",
        ((str(position), code, on, str(edition)) for position, code, on, edition in rows.reviews),
    )
    writer.add(
        f"{schema}.action (position, place, jurisdiction, measure, act, type, recorded_from, recorded_to,"
        " announced_from, data)",
        (
            (
                str(row.position),
                str(row.place),
                jurisdiction_of(row.measure),
                row.measure,
                row.act,
                row.type,
                str(row.recorded_from),
                None if row.recorded_to is None else str(row.recorded_to),
                row.announced_from,
                row.data,
            )
            for row in rows.actions
        ),
    )
    writer.add(
        f"{schema}.act (edition, place, act, kind, recorded_at, content, reason, note, measures)",
        (
            (
                str(act.edition),
                str(act.place),
                act.act,
                act.kind,
                moments[act.recorded_at],
                None if act.content is None else "\\x" + act.content.hex(),
                act.reason,
                act.note,
                '{"' + '","'.join(act.measures) + '"}',
            )
            for act in rows.acts
        ),
    )
