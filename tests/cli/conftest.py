"""A database with the dossier for the tests that only ask, and the command line in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.main import run
from services.intake.importing import import_files
from services.operations import wiring
from services.operations.wiring import Service
from tests.cli.running import Dateline, Ended
from tests.conftest import TEMPLATE, fresh_database


@pytest.fixture(scope="package")
def dossier_service(postgres_server: str) -> Iterator[Service]:
    """A service upon a database that holds the dossier. Nobody records anything in it."""
    folder = Path(__file__).resolve().parents[2] / "dossier"
    with fresh_database(postgres_server, TEMPLATE) as url, wiring.service(url) as service:
        import_files(service.recording, [folder], recorded_by="tests", clock=service.clock)
        yield service


@pytest.fixture
def dateline(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Dateline:
    """The command line upon an empty database."""
    return _upon(database_url, monkeypatch, capsysbinary)


@pytest.fixture
def ask(
    dossier_service: Service, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Dateline:
    """The command line upon the dossier."""
    return _upon(dossier_service.url, monkeypatch, capsysbinary)


def _upon(url: str, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]) -> Dateline:
    monkeypatch.setenv("DATELINE_DATABASE_URL", url)
    for name in ("DATELINE_RECORDED_BY", "DATELINE_HOST", "DATELINE_PORT"):
        monkeypatch.delenv(name, raising=False)

    def dateline(*arguments: str) -> Ended:
        captured.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(arguments)
        printed = captured.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, printed.out, printed.err.decode())

    return dateline
