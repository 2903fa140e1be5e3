"""The log: what was recorded, in its order. It knows no projection; wiring says what is done alongside an append."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from msgspec import Struct

from events.actions import Event, stream_of
from events.errors import Refusal
from events.ready import Ready
from events.recorder import (
    Asking,
    Clock,
    Connection,
    Head,
    Locked,
    LogRecorder,
    Pool,
    PoolDatastore,
    RecordedEvent,
    Row,
    as_events,
)
from events.seen import Seen
from events.stored import Envelope, UnreadableEvent, decode, encode, read
from events.vocabulary import stream_id


class PositionAboveHead(Refusal):
    """A position that is not in the log yet names no edition of the record."""

    type = "position-above-head"


class MomentInFuture(Refusal):
    """A moment that has not come names no position: more may be recorded before it does."""

    type = "moment-in-future"


class Entry(Struct, frozen=True):
    """An event to be appended. `recorded_by` is given where it differs from that of the whole append."""

    event: Event
    recorded_by: str | None = None


class Entries(Struct, frozen=True):
    """What one append is to record, by whom where an entry does not say, and in which batch."""

    entries: Sequence[Entry]
    recorded_by: str
    batch: str | None


class Recorded(Struct, frozen=True, gc=False):
    """
    An event at its place in the log, as it was stored.

    `position` counts through the log and `revision` through the stream, both from 1; `recorded_at` is UTC. `stream` is
    the measure, or for a review the jurisdiction. `edition` is the last position of the append, where
    all of it appears. `said` is the event as JSON, as it lies in the log; empty where it is not at hand.
    """

    position: int
    recorded_at: datetime
    revision: int
    stream: str
    event: Event
    recorded_by: str
    batch: str | None
    edition: int
    said: bytes = b""


class Stored(Struct, frozen=True):
    """An event with the name under which it is stored, and the JSON that is."""

    recorded: Recorded
    topic: str
    state: bytes


Decide = Callable[[Locked], Sequence[Entry]]
Alongside = Callable[[Connection, Sequence[Recorded]], object]
"""
Does what goes with an append, in its transaction. A text that it gives are statements still to be done: they go in one
message with the events and the commit.
"""


class Placed(Struct, frozen=True):
    """An envelope at its place in its stream: what the library calls a domain event."""

    originator_id: UUID
    originator_version: int
    envelope: Envelope


class LogMapper(Mapper[UUID]):
    """Between placed envelopes and stored events, by the stored shapes. Never compressed or encrypted: SQL reads it."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Raises UnstorableEvent."""
        assert isinstance(domain_event, Placed)
        topic, state = encode(domain_event.envelope)
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, topic, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Placed:
        """Raises UnreadableEvent."""
        assert isinstance(stored_event.originator_id, UUID)
        envelope = decode(stored_event.topic, stored_event.state)
        return Placed(stored_event.originator_id, stored_event.originator_version, envelope)


class Log:
    """
    Appends events and reads them back.

    The pool belongs to wiring, which also closes it. `clock` gives the present, aware. `alongside` is done within every
    append, with what is stored: a projection sees exactly what a later reader will. `seen` is how far this log, or
    anybody who shares it, has seen.
    """

    def __init__(self, pool: Pool, clock: Clock, alongside: Alongside | None = None, seen: Seen | None = None) -> None:
        self._pool = pool
        self._clock = clock
        self._alongside = alongside
        self._mapper = LogMapper(JSONTranscoder())
        self.seen = Seen() if seen is None else seen
        self._recorder = LogRecorder(PoolDatastore(pool), clock=clock, alongside=self._project, seen=self.seen)

    def append(
        self,
        decide: Decide,
        *,
        recorded_by: str,
        batch: str | None = None,
        recorded_at: datetime | None = None,
        alongside: Alongside | None = None,
        asking: Asking | None = None,
    ) -> list[Recorded]:
        """
        Decides under the lock of the log, stores what was decided, and returns it as stored.

        `decide` reads through its connection whatever it needs, all appends before this one included, or finds it read
        already where it was `asking` for it together with the lock; if it gives nothing, nothing is written.
        `alongside` is done after the log's own. All of it is one transaction: whatever is raised anywhere leaves the
        log as it was. `recorded_at` is for a replay: not before the head's, not in the future. Raises LogBusy,
        RecordedBackwards, RecordedInFuture, UnstorableEvent.
        """
        return self.append_together(
            lambda locked: [Entries(decide(locked), recorded_by, batch)],
            recorded_at=recorded_at,
            alongside=alongside,
            asking=asking,
        )

    def append_together(
        self,
        decide: Callable[[Locked], Sequence[Entries]],
        *,
        recorded_at: datetime | None = None,
        alongside: Alongside | None = None,
        asking: Asking | None = None,
    ) -> list[Recorded]:
        """
        The same for several appends that share a transaction, each with an edition of its own: all of them, or none.

        No two of them concern the same stream.
        """
        recorded: list[Recorded] = []

        def prepare(locked: Locked) -> list[list[StoredEvent]]:
            return [self._place(locked, each.entries, each.recorded_by, each.batch) for each in decide(locked)]

        def project(connection: Connection, rows: Sequence[RecordedEvent]) -> str:
            recorded.extend(self._read(row) for row in rows)
            done = [each(connection, recorded) for each in (self._alongside, alongside) if each is not None]
            return "; ".join(each for each in done if isinstance(each, str) and each)

        self._recorder.append_together(prepare, project, recorded_at=recorded_at, asking=asking)
        return recorded

    def begun(self, beforehand: Callable[[Connection], object]) -> AbstractContextManager[Connection]:
        """
        The transaction of an append to come, with `beforehand` done: what goes with it, for whom nobody need wait.

        Others append meanwhile. Rolled back at the end of the block, unless `append_ready` committed it.
        """
        return self._recorder.begun(beforehand)

    def append_ready(
        self, connection: Connection, after: int, ready: Ready, alongside: Callable[[datetime], bool]
    ) -> bool:
        """
        Appends events that were made ready upon a position, if the log still ends there; says whether it did.

        In a transaction that was `begun`, which is over afterwards. `alongside` is told the moment, does what goes with
        the events, and may decline: then nothing is written. Raises LogBusy.
        """
        return self._alongside is None and self._recorder.append_ready(connection, after, ready, alongside)

    def restore(self, events: Sequence[Stored], *, alongside: Alongside) -> None:
        """
        Brings back events of a log as they were stored, whole appends in their order, in one transaction.

        Nothing is decided and nothing written anew: they keep their positions, moments and bytes, and go on where this
        log ends. Raises LogNotEmpty where it ends elsewhere, and what `append` raises.
        """
        rows = [
            RecordedEvent(
                stream_id(told.recorded.stream),
                told.recorded.revision,
                told.topic,
                told.state,
                told.recorded.position,
                told.recorded.recorded_at,
                told.recorded.edition,
            )
            for told in events
        ]
        recorded = [told.recorded for told in events]
        self._recorder.restore(rows, lambda connection, _: alongside(connection, recorded))

    def lock(self, connection: Connection) -> None:
        """
        Keeps appends out until the connection's transaction ends, for a rebuild to catch up and to replace tables.

        Waits for those that have begun as well. Raises LogBusy.
        """
        self._recorder.lock(connection, alone=True)

    def head(self, *, connection: Connection | None = None) -> Head:
        """The last position and its moment; 0 and None where nothing is recorded."""
        with self._on(connection) as reading:
            return self._recorder.head(reading)

    def position_at(self, moment: datetime, *, connection: Connection | None = None) -> int:
        """The last position recorded at or before the moment, 0 if there is none. Raises MomentInFuture."""
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone")
        with self._on(connection) as reading:
            _, recorded_at = self._recorder.head(reading)
            present = self._clock()
            if moment > max(present, recorded_at or present):
                raise MomentInFuture(
                    f"{moment.isoformat()} lies in the future: ask for a moment that has passed, or leave it out.",
                    moment=moment.astimezone(UTC),
                    present=present,
                )
            return self._recorder.position_at(reading, moment)

    def moment_of(self, position: int, *, connection: Connection | None = None) -> datetime | None:
        """When the position was recorded; None for 0, the empty log. Raises PositionAboveHead."""
        if position <= 0:
            return None
        with self._on(connection) as reading:
            if rows := as_events(self._recorder.rows(reading, after=position - 1, up_to=position)):
                self.seen.note(position)
                return rows[0].recorded_at
            head, _ = self._recorder.head(reading)
            raise PositionAboveHead(
                f"The log ends at position {head}, there is no position {position} yet: ask for one up to {head}.",
                position=position,
                head=head,
            )

    def read(
        self, after: int = 0, limit: int = 500, *, up_to: int | None = None, connection: Connection | None = None
    ) -> list[Recorded]:
        """The events after a position, in order, at most `limit`; up to and including another position if given."""
        with self._on(connection) as reading:
            rows = self._recorder.rows(reading, after=after, up_to=up_to, limit=limit)
        return _recorded(rows)

    def at(self, positions: Collection[int], *, connection: Connection | None = None) -> list[Recorded]:
        """The events at some positions, in order."""
        with self._on(connection) as reading:
            rows = self._recorder.rows(reading, positions=list(positions))
        return _recorded(rows)

    def stored(self, position: int, *, connection: Connection | None = None) -> Stored | None:
        """An event as it lies in the log; None where there is no such position."""
        with self._on(connection) as reading:
            rows = as_events(self._recorder.rows(reading, positions=[position]))
        return Stored(self._read(rows[0]), rows[0].topic, rows[0].state) if rows else None

    def walk(
        self, after: int = 0, *, up_to: int | None = None, page: int = 2000, connection: Connection | None = None
    ) -> Iterator[Recorded]:
        """The same for logs of any length, a page at a time, what is appended meanwhile included."""
        while events := self.read(after, page, up_to=up_to, connection=connection):
            yield from events
            after = events[-1].position

    def walk_stored(self, *, up_to: int, page: int = 2000, connection: Connection | None = None) -> Iterator[Stored]:
        """All events as they lie in the log, in order, up to and including a position, a page at a time."""
        after = 0
        while after < up_to:
            with self._on(connection) as reading:
                rows = as_events(self._recorder.rows(reading, after=after, up_to=up_to, limit=page))
            if not rows:
                return
            for row in rows:
                yield Stored(self._read(row), row.topic, row.state)
            after = rows[-1].id

    def stream(self, name: str, up_to: int | None = None, *, connection: Connection | None = None) -> list[Recorded]:
        """The events of one measure or jurisdiction in order of revision, up to and including a position if given."""
        return self.streams([name], up_to, connection=connection)[name]

    def stretch(self, name: str, revisions: range, *, connection: Connection | None = None) -> list[Recorded]:
        """The events of one measure or jurisdiction at some consecutive revisions, as far as there are any."""
        with self._on(connection) as reading:
            rows = self._recorder.rows(reading, streams=[stream_id(name)], revisions=revisions)
        return _recorded(rows)

    def streams(
        self, names: Collection[str], up_to: int | None = None, *, connection: Connection | None = None
    ) -> dict[str, list[Recorded]]:
        """The same of several at once, for deciding; every name is a key, also where nothing is recorded."""
        histories: dict[str, list[Recorded]] = {name: [] for name in names}
        with self._on(connection) as reading:
            rows = self._recorder.rows(reading, streams=[stream_id(name) for name in names], up_to=up_to)
        for recorded in _recorded(rows):
            histories[recorded.stream].append(recorded)
        return histories

    def revisions(
        self, names: Collection[str], up_to: int | None = None, *, connection: Connection | None = None
    ) -> dict[str, int]:
        """How many events the stream of each name has, 0 for one that has not begun; as of an edition if given."""
        streams = {stream_id(name): name for name in names}
        with self._on(connection) as reading:
            found = self._recorder.revisions(reading, list(streams), up_to=up_to)
        return {streams[stream]: revision for stream, revision in found.items()}

    def appended(
        self, names: Collection[str], editions: Collection[int], *, connection: Connection | None = None
    ) -> list[Recorded]:
        """What the appends of some editions told of some measures or jurisdictions, in order of position."""
        with self._on(connection) as reading:
            rows = self._recorder.rows(reading, streams=[stream_id(name) for name in names], editions=list(editions))
        return sorted(_recorded(rows), key=_position)

    def editions_of(self, batch: str, *, connection: Connection | None = None) -> list[int]:
        """The editions that the appends of a batch made, in order; none where there is no such batch."""
        with self._on(connection) as reading:
            return self._recorder.editions_of(reading, batch)

    def _on(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return self._pool.connection() if connection is None else nullcontext(connection)

    def _place(
        self, locked: Locked, entries: Sequence[Entry], recorded_by: str, batch: str | None
    ) -> list[StoredEvent]:
        streams = {name: stream_id(name) for name in {stream_of(entry.event) for entry in entries}}
        revisions = dict(locked.revisions)
        if missing := [stream for stream in streams.values() if stream not in revisions]:
            revisions |= self._recorder.revisions(locked.connection, missing)
        stored_events = []
        for entry in entries:
            stream = streams[stream_of(entry.event)]
            revisions[stream] += 1
            envelope = Envelope(entry.event, entry.recorded_by or recorded_by, batch)
            stored_events.append(self._mapper.to_stored_event(Placed(stream, revisions[stream], envelope)))
        return stored_events

    def _project(self, connection: Connection, rows: Sequence[RecordedEvent]) -> object:
        """What goes with an append by way of the library."""
        return None if self._alongside is None else self._alongside(connection, [self._read(row) for row in rows])

    def _read(self, row: RecordedEvent) -> Recorded:
        stream = cast(UUID, row.originator_id)
        whole = stream, row.originator_version, row.topic, row.state, row.id, row.recorded_at, row.edition
        return _recorded([whole])[0]


def _recorded(rows: Sequence[Row]) -> list[Recorded]:
    """Rows of the log as events. Raises UnreadableEvent."""
    found = []
    moment = in_utc = None
    for _, revision, topic, state, position, recorded_at, edition in rows:
        try:
            envelope, said = read(topic, state)
        except UnreadableEvent as error:
            error.add_note(f"at position {position} of the log")
            raise
        if in_utc is None or recorded_at != moment:  # all events of an append have the same
            moment, in_utc = recorded_at, recorded_at.astimezone(UTC)
        event = envelope.event
        stream = stream_of(event)
        by, batch = envelope.recorded_by, envelope.batch
        found.append(Recorded(position, in_utc, revision, stream, event, by, batch, edition, said))
    return found


def _position(recorded: Recorded) -> int:
    return recorded.position
