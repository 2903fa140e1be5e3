"""One small world in all hands, for all tests of the comparison."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.compared import Compared, compared_world
from bench.server import Place

CODES = ["NL", "US", "VN"]
EVENTS, SEED, MEASURES = 400, 11, 4


@pytest.fixture(scope="session")
def compared(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    """Some measures of three jurisdictions, as `workload(EVENTS, SEED, CODES, MEASURES)` tells them."""
    place = Place(postgres_server, tmp_path_factory.mktemp("compared"))
    with compared_world(place, EVENTS, SEED, CODES, MEASURES) as made:
        yield made
