"""What news is wanted of: jurisdictions, measures and subjects, and which events and days ahead those are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Composed

from events.actions import ENTRY_TYPES
from events.errors import Refusal
from events.log import Log
from events.vocabulary import jurisdiction_of, stream_id
from projections.answering import UnknownMeasure
from projections.codebook import unknown_words
from projections.state import Filters

TOLD = [each for each in ENTRY_TYPES if each not in ("verified", "reviewed")]
"""The types of events that are news: what authorities did, and what the record took back of that."""


class UnknownSubject(Refusal):
    """A feed is on a subject that the code book or the record has: a mistyped one would stay silent for ever."""

    type = "unknown-subject"


class Topic(Struct, frozen=True):
    """
    What somebody wants news of. Within one field any value matches; a measure must match every field given.

    A measure is on a subject from the edition on that first said so, whatever was corrected since.
    """

    jurisdictions: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    classes: bool = False

    def parameters(self) -> dict[str, Sequence[str]]:
        """The topic by the names of the parameters, without what was not given."""
        told: dict[str, Sequence[str]] = {
            "jurisdiction": self.jurisdictions,
            "measure": self.measures,
            "subject": self.subjects,
            "classes": ("include",) if self.classes else (),
        }
        return {name: values for name, values in told.items() if values}

    def is_on(self, subject: str) -> bool:
        """Whether a recorded subject is asked for, by any of its names."""
        return Filters(subjects=self.subjects, classes=self.classes).concern((), (subject,), ())


WORLD = Topic()


class Chosen(Struct, frozen=True):
    """The measures of a topic, each with the edition and its day from which on it belongs; None: all there are."""

    jurisdictions: list[str]
    since: dict[str, tuple[int, date]] | None

    def events(self) -> tuple[Composed, dict[str, Any]]:
        """Where the events of the topic are, as FROM and WHERE."""
        if self.since is None:
            return SQL("dateline.entry where type = any(%(types)s) and {}").format(self._there()), self._values()
        return SQL(
            "dateline.entry join (select position, edition >= since as belongs from dateline.event join"
            " unnest(%(streams)s::uuid[], %(belongs)s::bigint[]) as chosen (stream, since) on originator_id = stream)"
            " as theirs using (position) where belongs and type = any(%(types)s)"
        ).format(), self._values()

    def days(self) -> tuple[Composed, dict[str, Any]]:
        """Where the days ahead of the topic are, as FROM and WHERE."""
        if self.since is None:
            return SQL("dateline.ahead where {}").format(self._there()), self._values()
        return SQL(
            "dateline.ahead join unnest(%(measures)s::text[], %(since_on)s::date[]) as chosen (measure, since_on)"
            " using (measure) where day > since_on"
        ).format(), self._values()

    def _there(self) -> SQL:
        """A single jurisdiction is compared, so that its index gives the order as well."""
        match self.jurisdictions:
            case []:
                return SQL("true")
            case [_]:
                return SQL("jurisdiction = %(code)s")
            case _:
                return SQL("jurisdiction = any(%(codes)s)")

    def _values(self) -> dict[str, Any]:
        since = self.since or {}
        return {
            "code": next(iter(self.jurisdictions), None),
            "codes": self.jurisdictions,
            "types": TOLD,
            "measures": list(since),
            "streams": [stream_id(measure) for measure in since],
            "belongs": [edition for edition, _ in since.values()],
            "since_on": [day for _, day in since.values()],
        }


def choose(connection: psycopg.Connection, log: Log, topic: Topic) -> Chosen:
    """The measures that a topic is on. Raises UnknownMeasure and UnknownSubject."""
    since: dict[str, tuple[int, date]] | None = None
    if topic.measures:
        revisions = log.revisions(topic.measures, connection=connection)
        for measure, revision in revisions.items():
            if not revision:
                raise UnknownMeasure.of(measure)
        since = dict.fromkeys(topic.measures, (0, date.min))
    if topic.subjects:
        named = _named(connection, topic)
        since = named if since is None else {measure: named[measure] for measure in since if measure in named}
    if since is not None and topic.jurisdictions:
        since = {measure: each for measure, each in since.items() if jurisdiction_of(measure) in topic.jurisdictions}
    return Chosen(list(topic.jurisdictions), since)


def _named(connection: psycopg.Connection, topic: Topic) -> dict[str, tuple[int, date]]:
    """The measures that were ever said to be on the subjects of a topic, and since when. Raises UnknownSubject."""
    recorded = [subject for (subject,) in connection.execute("select distinct subject from dateline.named")]
    for word in unknown_words("subject", topic.subjects, recorded):
        near = f" Did you mean {' or '.join(word.near)}?" if word.near else ""
        raise UnknownSubject(
            f"The subject '{word.given}' is neither in the code book nor anywhere on record.{near}",
            subject=word.given,
            near=word.near,
        )
    rows = connection.execute(
        "select measure, first, (recorded_at at time zone 'UTC')::date from (select measure, min(edition) as first"
        " from dateline.named where subject = any(%s) group by measure) as chosen"
        " join dateline.event on position = first",
        [[subject for subject in recorded if topic.is_on(subject)]],
    )
    return {measure: (edition, day) for measure, edition, day in rows}
