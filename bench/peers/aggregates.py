"""The eventsourcing library used naturally: a jurisdiction is an aggregate, asked of the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from bench.boxes import written
from bench.oracle import Archive, Json, put_right, state
from bench.peers.system import state_document

BATCH = 100
"""Events saved at once: the library's recorder waits for ever where it is given a megabyte of them."""


class JurisdictionOnRecord(Aggregate):
    """What was recorded of a jurisdiction: its acts, as they read now."""

    @event("Opened")
    def __init__(self, code: str) -> None:
        self.code = code
        self.acts: dict[str, Json] = {}

    @staticmethod
    def create_id(code: str) -> UUID:
        """The aggregate of a code."""
        return uuid5(NAMESPACE_URL, f"/jurisdictions/{code}")

    @event("ActRecorded")
    def record(self, slug: str, act: Json) -> None:
        """An authority did something."""
        self.acts[slug] = act

    @event("ActCorrected")
    def correct(self, slug: str, replacement: Json, reason: str) -> None:
        """It was recorded wrongly."""
        self.acts[slug] = replacement

    @event("ActRetracted")
    def retract(self, slug: str, reason: str) -> None:
        """It was recorded, and never happened."""
        del self.acts[slug]

    def on(self, day: date) -> list[Json]:
        """How its measures stood on a day, as people knew it then."""
        heard = put_right({"jurisdiction": self.code, "act": act} for act in self.acts.values())
        return state(heard, day.isoformat())


class Jurisdictions(Application[UUID]):
    """Folds the aggregate from all of its events."""

    name = "jurisdictions"


class SnapshottedJurisdictions(Application[UUID]):
    """Upon the same events, and a snapshot of each aggregate as it stands after the last of them."""

    name = "jurisdictions"
    is_snapshotting_enabled: bool = True


class Aggregates:
    """The application as a system that is asked."""

    def __init__(self, application: Application[UUID], name: str) -> None:
        self.name = name
        self._application = application

    def state(self, jurisdiction: str, day: date) -> bytes:
        """The state, of the aggregate that the repository gives."""
        found: JurisdictionOnRecord = self._application.repository.get(JurisdictionOnRecord.create_id(jurisdiction))
        return state_document(jurisdiction, day, map(written, found.on(day)))


NAMES = ("eventsourcing, folded", "eventsourcing, snapshot")


@contextmanager
def opened(url: str, archive: Archive, codes: Iterable[str]) -> Iterator[tuple[Aggregates, Aggregates]]:
    """Some jurisdictions in an empty database: without snapshots, and with them. Closed at the end."""
    address = conninfo_to_dict(url)
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(address["dbname"]),
        "POSTGRES_HOST": str(address["host"]),
        "POSTGRES_PORT": str(address.get("port", "5432")),
        "POSTGRES_USER": str(address["user"]),
        "POSTGRES_PASSWORD": str(address.get("password", "")),
        "POSTGRES_LOCK_TIMEOUT": "30",
    }
    with Jurisdictions(environment) as plain, SnapshottedJurisdictions(environment) as snapshotted:
        for code in codes:
            _fill(plain, archive, code)
            snapshotted.take_snapshot(JurisdictionOnRecord.create_id(code))
        yield Aggregates(plain, NAMES[0]), Aggregates(snapshotted, NAMES[1])


def _fill(application: Application[UUID], archive: Archive, code: str) -> None:
    aggregate = JurisdictionOnRecord(code)
    for line in archive.lines(code):
        if "act" in line:
            aggregate.record(line["act"]["act"], line["act"])
        elif "correct" in line:
            aggregate.correct(line["correct"], line["replacement"], line["reason"])
        else:
            aggregate.retract(line["retract"], line["reason"])
        if len(aggregate.pending_events) >= BATCH:
            application.save(aggregate)
    application.save(aggregate)
