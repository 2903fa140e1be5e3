"""A small record for the pages of a jurisdiction, a measure, an act: a decree that was late, corrected and stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from events.actions import Link, Source
from events.commands import AnyCommand, RecordAct, ReviewJurisdiction
from services.operations.wiring import Service, service
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, by, correct, did, retract, verify

GAZETTE = Source("State gazette 2019, 457", url="https://gazette.example/457", date="2019-11-28")
HOSTILE = "<script>alert(1)</script>"


def decree(effective_on: str) -> RecordAct:
    """The decree, with a first day in force."""
    terms: dict[str, Any] = {"effects": ["restricts"], "subjects": ["Brask"], "scope": ["core"], "values": {"level": 2}}
    return act(
        "nl-decree",
        "2019-11-28",
        did("adopted", "NL/decree", effective_on=effective_on, **terms),
        authority="Minister of Economic Affairs",
        title="Decree on networks",
        citation="Gazette 2019, 457",
        published_on="2019-11-29",
        sources=(GAZETTE, Source("Minutes, not published"), Source("A trap", url="javascript:alert(1)")),
    )


STEPS: list[AnyCommand] = [
    act(
        "nl-letter",
        "2019-11-20",
        did("announced", "NL/decree", title="Telecom decree", effects=["requires_security_measures"]),
        did("deadline_set", "NL/decree", deadline="rules", due="2020-01-31", obliged="authority"),
        title="Letter to parliament",
    ),
    decree("2020-05-01"),
    correct(decree("2020-03-01"), "wrong_date", "the gazette says March"),
    by("ben", verify("nl-decree", "official_document", url="https://gazette.example/read")),
    act(
        "nl-delay",
        "2020-01-20",
        did("deadline_moved", "NL/decree", deadline="rules", due="2020-04-30"),
        title="Delay of the rules",
    ),
    act("nl-rumour", "2020-02-02", did("noted", "NL/decree", note=HOSTILE), title="A leak"),
    retract("nl-rumour", "unfounded", "it was another decree"),
    act(
        "nl-stay",
        "2020-09-01",
        did("suspended", "NL/decree", until="2020-10-15"),
        title="Court stays the decree",
        authority="Court of The Hague",
    ),
    act(
        "nl-stricter",
        "2021-02-01",
        did("amended", "NL/decree", effects=["prohibits"], applies_on="2021-07-01"),
        title="Stricter from the summer",
        links=(Link("implements", "EU/toolbox"),),
    ),
    act("eu-toolbox", "2020-01-29", did("adopted", "EU/toolbox", effects=["restricts"], effective_on="2020-01-29")),
    act("us-letter", "2020-01-10", did("announced", "US/pressure", effects=["urges_others"], targets=["NL"])),
    act("nl-law", "2020-12", did("adopted", "NL/law", effects=["requires_approval"], effective_on="2021-05")),
    act("nl-word", "2019-07-01", did("announced", "NL/word", effects=["declares_no_ban"]), title=f"Word {HOSTILE}"),
    act("nl-gone", "2020-01-01", did("announced", "NL/gone", effects=["restricts"])),
    retract("nl-gone"),
    ReviewJurisdiction(jurisdiction="NL", reviewed_on="2026-11-20"),
]


class Served(NamedTuple):
    """The pages of the record, and the service behind them."""

    client: httpx.Client
    service: Service


@contextmanager
def served_record(postgres_server: str) -> Iterator[Served]:
    """The record, recorded step by step, and served."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        for step in STEPS:
            assert opened.recording.record([step], recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
            yield Served(client, opened)
