"""
The stored shapes: what an event looks like in the log, for ever.

An event lies under a short stable name (`measure.extended`) as readable JSON. Python classes may move and be renamed; a
name and a shape that were once stored may not. A shape that changes gets the next version and a function in UPCASTS
that turns the one before into it. Default values are left out of the JSON, so a default is part of the shape as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Struct

from events.actions import (
    ActCorrected,
    ActRetracted,
    ActVerified,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    Event,
    JurisdictionReviewed,
    MeasureAdopted,
    MeasureAmended,
    MeasureAnnounced,
    MeasureEnded,
    MeasureExtended,
    MeasureNoted,
    MeasureProposed,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
    Scalar,
)
from events.errors import Refusal


class Envelope(Struct, frozen=True):
    """An event with who recorded it (a pseudonym) and in which import batch, if any."""

    event: Event
    recorded_by: str
    batch: str | None = None


class _Told(Struct, frozen=True):
    """What a state says before the fields of its event."""

    v: Literal[1]
    recorded_by: str
    batch: str | None


_TOLD = msgspec.json.Decoder(_Told)


class Shape(NamedTuple):
    """The type that a stored name is read into, and the version in which it is written today."""

    type: type[Event]
    version: int = 1


Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the fields of an event, as JSON has them, from one version into the next."""

SHAPES: Mapping[str, Shape] = {
    "measure.proposed": Shape(MeasureProposed),
    "measure.announced": Shape(MeasureAnnounced),
    "measure.adopted": Shape(MeasureAdopted),
    "measure.amended": Shape(MeasureAmended),
    "measure.rescheduled": Shape(MeasureRescheduled),
    "measure.extended": Shape(MeasureExtended),
    "measure.suspended": Shape(MeasureSuspended),
    "measure.reinstated": Shape(MeasureReinstated),
    "measure.ended": Shape(MeasureEnded),
    "measure.noted": Shape(MeasureNoted),
    "deadline.set": Shape(DeadlineSet),
    "deadline.moved": Shape(DeadlineMoved),
    "deadline.met": Shape(DeadlineMet),
    "act.corrected": Shape(ActCorrected),
    "act.retracted": Shape(ActRetracted),
    "act.verified": Shape(ActVerified),
    "jurisdiction.reviewed": Shape(JurisdictionReviewed),
}

UPCASTS: Mapping[tuple[str, int], Upcast] = {}
"""By name and version: how that version becomes the next. Every version below the one written today stands here."""


class UnstorableEvent(Refusal):
    """What is stored reads back unchanged, and the database reads it as JSON; an event that would not is refused."""

    type = "unstorable-event"


class UnreadableEvent(Exception):
    """A stored event has a name, a version or a content that this version of Dateline does not know."""

    def __init__(self, topic: str, message: str) -> None:
        super().__init__(message)
        self.topic = topic


_TOPIC = re.compile(r"(?P<name>[a-z.]+?)(?:\.v(?P<version>[2-9]|[1-9]\d+))?")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Shapes:
    """
    Writes events as stored JSON and reads every version ever stored.

    The topic is the name, followed by `.v2` and so on where the version is above 1. The JSON holds the event's fields
    beside `v`, `recorded_by` and `batch`; a field that is UNSET is absent, one that is None is null.
    """

    def __init__(
        self, shapes: Mapping[str, Shape] = SHAPES, upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS
    ) -> None:
        for name, shape in shapes.items():
            for version in range(1, shape.version):
                if (name, version) not in upcasts:
                    raise LookupError(
                        f"{name} is written in version {shape.version}, but version {version} has no upcast"
                    )
        self._shapes = shapes
        self._upcasts = upcasts
        self._names = {shape.type: name for name, shape in shapes.items()}
        self._encoder = msgspec.json.Encoder()
        self._decoders = {
            name: msgspec.json.Decoder(shape.type) for name, shape in shapes.items() if shape.version == 1
        }
        self._beginnings: tuple[tuple[int, str, str | None], bytes] = ((0, "", None), b"")
        """How the state written last begins, and what of: many begin alike."""
        self._told: tuple[bytes, str, str | None] = (b"", "", None)
        """How the state read last begins, before the fields of its event, and what that says: many begin alike."""

    def encode(self, envelope: Envelope, fields: bytes | None = None) -> tuple[str, bytes]:
        """
        The topic and the state. Raises UnstorableEvent for what JSON or PostgreSQL cannot hold.

        `fields` is the event as JSON, where that is at hand.
        """
        event = envelope.event
        name = self._names[type(event)]
        version = self._shapes[name].version
        for value in _values(event):
            if isinstance(value, float) and not isfinite(value):
                raise UnstorableEvent(
                    f"The value {value} is not a number: leave it out, or give null.", value=str(value)
                )
        try:
            told = self._begun(version, envelope.recorded_by, envelope.batch)
            fields = self._encoder.encode(event) if fields is None else fields
            state = told + fields[1:]  # one object: every event has fields
        except UnicodeEncodeError:
            raise UnstorableEvent("A text holds half of a surrogate pair, which is no character: remove it.") from None
        if b"\\u0000" in state and _NUL.search(state):
            raise UnstorableEvent("A text holds the character U+0000, which PostgreSQL cannot store: remove it.")
        return (name if version == 1 else f"{name}.v{version}"), state

    def _begun(self, version: int, recorded_by: str, batch: str | None) -> bytes:
        """How a state begins, before the fields of its event."""
        told, beginning = self._beginnings
        if told != (version, recorded_by, batch):
            written = self._encoder.encode({"v": version, "recorded_by": recorded_by, "batch": batch})
            beginning = written[:-1] + b","
            self._beginnings = (version, recorded_by, batch), beginning
        return beginning

    def decode(self, topic: str, state: bytes) -> Envelope:
        """What was stored, upcast to the types of today. Raises UnreadableEvent."""
        return self.read(topic, state)[0]

    def read(self, topic: str, state: bytes) -> tuple[Envelope, bytes]:
        """
        The same with the JSON of the event alone, as it was stored.

        Empty where the state does not begin as it would today, or is of an older version.
        """
        beginning, recorded_by, batch = self._told
        if not beginning or not state.startswith(beginning):
            beginning, recorded_by, batch = self._told = self._beginning(state)
        decoder = self._decoders.get(topic)
        if decoder is not None and beginning:
            fields = b"{" + state[len(beginning) :]
            try:
                return Envelope(decoder.decode(fields), recorded_by, batch), fields
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # read in full, it is told what is wrong
        return self._read(topic, state), b""

    def _beginning(self, state: bytes) -> tuple[bytes, str, str | None]:
        """How a state begins that is as `encode` writes it, who recorded it and in which batch; empty of any other."""
        try:
            told = _TOLD.decode(state)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return b"", "", None
        beginning = self._encoder.encode(told)[:-1] + b","
        return (beginning, told.recorded_by, told.batch) if state.startswith(beginning) else (b"", "", None)

    def _read(self, topic: str, state: bytes) -> Envelope:
        """The same of any version, field by field."""
        matched = _TOPIC.fullmatch(topic)
        name = matched["name"] if matched else topic
        if matched is None or name not in self._shapes:
            raise UnreadableEvent(
                topic, f"No event is stored under the name '{topic}': was it written by a newer Dateline?"
            )
        version = int(matched["version"] or 1)
        shape = self._shapes[name]
        if version > shape.version:
            raise UnreadableEvent(
                topic,
                f"'{name}' is stored in version {version}, this Dateline reads up to {shape.version}: use a newer one.",
            )
        try:
            fields = msgspec.json.decode(state, type=dict[str, Any])
            if (written := fields.pop("v")) != version:
                raise UnreadableEvent(topic, f"'{topic}' holds a state of version {written}")
            recorded_by, batch = fields.pop("recorded_by"), fields.pop("batch")
            while version < shape.version:
                fields = self._upcasts[name, version](fields)
                version += 1
            event: Event = msgspec.convert(fields, shape.type)
            return Envelope(event, recorded_by, batch)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
            raise UnreadableEvent(topic, f"The state of a '{topic}' cannot be read: {error}") from error


def _values(event: Event) -> Iterable[Scalar]:
    if isinstance(event, ActCorrected):
        return [value for action in event.actions for value in _values(action)]
    values = getattr(event, "values", UNSET)
    return () if values is UNSET else values.values()


_TODAY = Shapes()
encode = _TODAY.encode
decode = _TODAY.decode
read = _TODAY.read
