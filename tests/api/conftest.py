"""The API upon a small record, asked over HTTP; nothing here writes, so the module shares it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from events.commands import ReviewJurisdiction
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, correct, did

COMMANDS = [
    act(
        "nl-letter",
        "2019-11-20",
        did("announced", "NL/decree", effects=["requires_security_measures"], subjects=["Brask"], scope=["core"]),
        did("deadline_set", "NL/decree", deadline="rules", due="2020-01-31", obliged="authority"),
    ),
    act(
        "nl-decree",
        "2019-11-28",
        did("adopted", "NL/decree", effective_on="2020-05-01", values={"level": 2}),
    ),
    act("eu-toolbox", "2020-01-29", did("adopted", "EU/toolbox", effects=["restricts"], effective_on="2020-01-29")),
    act("no-minister", "2019-09-26", did("announced", "NO/position", effects=["declares_no_ban"])),
    ReviewJurisdiction(jurisdiction="NO", reviewed_on="2026-11-20"),
    ReviewJurisdiction(jurisdiction="HR", reviewed_on="2026-11-21"),
]
CORRECTED = correct(
    act("nl-decree", "2019-11-28", did("adopted", "NL/decree", effective_on="2020-03-01", values={"level": 2}))
)


@pytest.fixture(scope="module")
def api(postgres_server: str) -> Iterator[httpx.Client]:
    """A client of the API. Positions 1 to 7 are one append, the correction of the decree is position 8."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        assert len(opened.recording.record(COMMANDS, recorded_by="ada")) == 7
        assert len(opened.recording.record([CORRECTED], recorded_by="ben")) == 1
        with served(opened) as base, httpx.Client(base_url=base) as client:
            yield client
