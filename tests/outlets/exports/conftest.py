"""A record to export: the dossier and the book of hard cases, with corrections, retractions, verifications, reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction, VerifyAct
from services.intake.files import read
from services.intake.importing import import_files
from services.operations.wiring import Service, service
from services.outlets.package import write_package
from tests.conftest import TEMPLATE, fresh_database

TOP = Path(__file__).resolve().parents[3]
CORRECTED, RETRACTED, AGAIN = "nl-besluit-2019-11-28", "us-tgl-ext-2020-05", "us-tgl-ext-2020-02"


class Clock:
    """A clock that goes on by some seconds each time it is read."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=7, microseconds=1)
        return self.moment


@pytest.fixture(scope="package")
def record(postgres_server: str) -> Iterator[Service]:
    """A service upon that record. Nobody records anything more in it."""
    clock = Clock(datetime(2026, 11, 24, 8, tzinfo=UTC))
    with fresh_database(postgres_server, TEMPLATE) as url, service(url, clock) as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="package")
def package(record: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data package of that record."""
    folder = tmp_path_factory.mktemp("package") / "dateline"
    write_package(record.exporting, folder)
    return folder


def fill(opened: Service) -> None:
    folders = [TOP / "dossier", TOP / "tests/acceptance/law/XA.yaml"]
    import_files(opened.recording, folders[:1], recorded_by="operator", clock=opened.clock)
    import_files(opened.recording, folders[1:], recorded_by="operator", clock=opened.clock)
    acts = {each.act.act: each for each in read(folders).commands if isinstance(each, RecordAct)}
    told: list[AnyCommand] = [
        corrected(acts[CORRECTED], "2019-11-29"),
        RetractAct(act=RETRACTED, reason="duplicate", note="told twice; =1+1"),
        VerifyAct(recorded_by="ben", act=CORRECTED, level="official_document", url="https://example.org/a"),
        VerifyAct(recorded_by="ben", act="us-eo-13873", level="two_independent"),
        RetractAct(act=AGAIN, reason="unfounded"),
        replace(acts[AGAIN], again=True, origin=None),
        ReviewJurisdiction(jurisdiction="HR", reviewed_on="2026-11-20", note="nothing found"),
        corrected(acts[CORRECTED], "2019-11-27"),
    ]
    for command in told:
        assert opened.recording.record([command], recorded_by="ada", batch="b-1"), command


def corrected(command: RecordAct, published_on: str) -> CorrectAct:
    """The same act, otherwise published, under a title that a spreadsheet would run."""
    act = replace(command.act, title='=HYPERLINK("x")', published_on=published_on)
    actions = tuple(replace(action, act=act) for action in command.actions)
    return CorrectAct(replacement=act, actions=actions, reason="wrong_date")
