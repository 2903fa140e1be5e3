"""A backup taken while the service answers and records: the same log and the same five hundred answers afterwards."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from events.commands import RecordAct
from services.intake.files import read
from services.intake.importing import import_files
from services.operations import wiring
from services.operations.backup import back_up_embedded
from services.operations.embedded import embedded_server
from services.operations.restore import restore
from services.operations.settings import Settings
from services.operations.wiring import present
from tests.acceptance.serving import LAW
from tests.acceptance.test_pinned import answers, live_on, pins
from tests.operations.recording import fingerprint_of, load


def quiet(_: str) -> None:
    pass


@pytest.mark.slow
def test_a_backup_taken_under_load_gives_the_same_hash_and_the_same_five_hundred_answers(
    tmp_path: Path, project: Path
) -> None:
    chance = random.Random(20260101)
    files = [*sorted((project / "dossier").glob("*.yaml")), LAW / "XA.yaml"]
    acts = [each for each in read(files).commands if isinstance(each, RecordAct)]
    measures = sorted({action.measure for each in acts for action in each.actions})
    live, restored = tmp_path / "live", tmp_path / "restored"
    with embedded_server(live) as url:
        wiring.migrate(url)
        with wiring.service(url) as service:
            import_files(service.recording, files, recorded_by="ada", clock=present)
            live_on(service, chance, acts)
            asked = pins(chance, 500, measures, service.log.head().position)
            told = answers(service, asked)
            with load(url) as acknowledged:
                for number in range(3):
                    after = len(acknowledged)
                    until = time.monotonic() + 60
                    while len(acknowledged) < after + 50:
                        assert time.monotonic() < until
                        time.sleep(0.01)
                    made = back_up_embedded(live, tmp_path / f"backup-{number}", present, quiet)
                    assert made.description.log.position >= acknowledged[after]
            assert answers(service, asked) == told
        for number in range(3):
            folder = tmp_path / f"backup-{number}"
            into = restored / str(number)
            done = restore(folder, into, quiet)
            with wiring.database(Settings(DATELINE_DATA_DIR=into)) as again, wiring.service(again) as service:
                assert fingerprint_of(again, done.head) == fingerprint_of(url, done.head)
                assert fingerprint_of(again, done.description.log.position) == done.description.log
                assert answers(service, asked) == told
