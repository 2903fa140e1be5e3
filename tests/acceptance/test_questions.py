"""The questions on the dossier and on the fictional book of law, over HTTP, however the acts came in."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from events.commands import RecordAct
from events.dates import span
from services.intake.files import read
from services.intake.importing import import_files
from services.operations.wiring import Service, service
from tests.acceptance.serving import LAW, held, served
from tests.conftest import TEMPLATE, fresh_database

Way = Callable[[Service, Path, Path], None]


def _imported(service: Service, dossier: Path, tmp_path: Path) -> None:
    import_files(service.recording, [dossier, LAW / "XA.yaml"], recorded_by="ada", clock=service.clock)


def _shuffled(service: Service, dossier: Path, tmp_path: Path) -> None:
    """All acts as JSON Lines, jurisdictions mixed, in one import."""
    lines = []
    for file in [*sorted(dossier.glob("*.yaml")), LAW / "XA.yaml"]:
        document = yaml.safe_load(file.read_text("utf-8"))
        assert set(document) == {"jurisdiction", "acts"}
        lines += [{"jurisdiction": document["jurisdiction"], "act": act} for act in document["acts"]]
    random.Random(20191120).shuffle(lines)
    written = tmp_path / "shuffled.jsonl"
    written.write_text("".join(json.dumps(line, default=str) + "\n" for line in lines), "utf-8")
    import_files(service.recording, [written], recorded_by="ada", clock=service.clock)


def _one_by_one(service: Service, dossier: Path, tmp_path: Path) -> None:
    """Each act by itself, in the order of announcement."""
    commands = [each for each in read([dossier, LAW / "XA.yaml"]).commands if isinstance(each, RecordAct)]
    commands.sort(key=lambda command: (span(command.act.announced_on)[:2], command.act.act))
    for command in commands:
        assert service.recording.record([command], recorded_by="ada")


@pytest.fixture(
    scope="module",
    params=[_imported, _shuffled, _one_by_one],
    ids=["imported", "shuffled in one import", "recorded one by one"],
)
def base(
    request: pytest.FixtureRequest, postgres_server: str, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the dossier and the book of law are served, recorded in one of three ways."""
    way: Way = request.param
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        way(opened, project / "dossier", tmp_path_factory.mktemp("acts"))
        with served(opened) as address:
            yield address


def test_all_questions_on_the_dossier_hold(base: str) -> None:
    hold, of, said = held(base, LAW.parent / "questions.yaml")
    assert (hold, of) == (52, 52), said


def test_all_questions_on_the_book_of_law_hold(base: str) -> None:
    hold, of, said = held(base, LAW / "questions.yaml")
    assert (hold, of) == (68, 68), said
