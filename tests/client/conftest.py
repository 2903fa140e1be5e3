"""The dossier, served over HTTP: positions 1 to 366. Tests write after them, each in a jurisdiction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from services.access.keys import Keys
from services.access.roles import ROLES
from services.intake.importing import import_files
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.client.asking import Either
from tests.conftest import TEMPLATE, fresh_database


class Dossier(NamedTuple):
    """Where it is served, and a key of each role."""

    url: str
    keys: dict[str, str]


@pytest.fixture(scope="session")
def dossier(postgres_server: str, project: Path) -> Iterator[Dossier]:
    """The dossier, served."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        import_files(opened.recording, [project / "dossier"], recorded_by="operator", clock=opened.clock)
        keys = Keys(opened.pool, opened.clock)
        with served(opened) as base:
            yield Dossier(base, {role.word: keys.make(f"the-{role.word}", role).token for role in ROLES.values()})


@pytest.fixture(params=["Client", "AsyncClient"])
def either(request: pytest.FixtureRequest) -> Callable[..., Either]:
    """One client after the other, each asked in the same words."""
    return lambda url, **options: Either(request.param, url, **options)
