"""
A pinned answer is the same bytes for ever: after later imports, corrections, retractions, a restart, a rebuild.

Five hundred of them: tests/reliability.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from events.commands import CorrectAct, RecordAct, RetractAct, VerifyAct
from events.errors import Refusal
from events.vocabulary import VERIFICATIONS, jurisdiction_of
from projections.rebuild import rebuild
from services.intake.files import read
from services.intake.importing import import_files
from services.operations.wiring import Service, service
from tests.acceptance.serving import LAW, served
from tests.recording.telling import act, did

FIRST, LAST = date(2017, 6, 1), date(2026, 12, 31)
Pin = tuple[str, dict[str, Any]]


def pins(chance: random.Random, number: int, measures: list[str], head: int) -> list[Pin]:
    """Questions with all three times given, of every route."""

    def a_day() -> date:
        return FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))

    drawn: list[Pin] = []
    for _ in range(number):
        measure = chance.choice(measures)
        code = jurisdiction_of(measure)
        as_of = a_day()
        known_on = chance.choice([as_of, a_day()])
        edition = {"position": chance.randint(1, head)}
        days = {"as_of": as_of, "known_on": known_on, **edition}
        window = {"from": as_of, "to": as_of + timedelta(days=chance.randrange(400)), "known_on": known_on, **edition}
        by_its_own_eyes = {name: value for name, value in window.items() if name != "known_on"}
        drawn.append(
            chance.choice(
                [
                    (f"/v1/jurisdictions/{code}/state", days),
                    (f"/v1/jurisdictions/{code}/state", {**days, "verified": chance.choice(VERIFICATIONS)}),
                    (f"/v1/jurisdictions/{code}/changes", window),
                    (f"/v1/jurisdictions/{code}/changes", window),
                    (f"/v1/measures/{measure}", days),
                    (f"/v1/measures/{measure}/history", edition),
                    ("/v1/deadlines", {"jurisdiction": code, **days}),
                    chance.choice([("/v1/state", days), ("/v1/deadlines", days), ("/v1/series", by_its_own_eyes)]),
                ]
            )
        )
    return drawn


def answers(opened: Service, asked: list[Pin]) -> list[bytes]:
    """What a service says to the questions over HTTP; a measure that an edition has not is an answer too."""
    with served(opened) as base, httpx.Client(base_url=base) as client:
        found = [client.get(path, params=params) for path, params in asked]
    assert {answer.status_code for answer in found} <= {200, 404}
    assert sum(answer.status_code == 200 for answer in found) > len(found) * 0.7
    return [answer.content for answer in found]


def live_on(opened: Service, chance: random.Random, acts: list[RecordAct]) -> None:
    """Later imports, corrections and retractions of what is on record; those that are not lawful are left."""
    kinds = {"recorded": 0, "corrected": 0, "retracted": 0, "verified": 0}
    for number, command in enumerate(chance.sample(acts, 120)):
        slug = command.act.act
        measure = command.actions[0].measure
        match number % 4:
            case 0:
                told: Any = act(f"later-{number}", "2021-02-03", did("amended", measure, subjects=["Later"]))
            case 1:
                moved = msgspec.structs.replace(command.act, title="As it should have read", announced_on="2018-01-15")
                actions = tuple(msgspec.structs.replace(each, act=moved) for each in command.actions)
                told = CorrectAct(replacement=moved, actions=actions, reason="wrong_date")
            case 2:
                told = RetractAct(act=slug, reason="unfounded")
            case _:
                level = chance.choice(VERIFICATIONS)
                told = VerifyAct(act=slug, level=level, note=f"{chance.random()}", recorded_by="carl")
        try:
            opened.recording.record([told], recorded_by="ben")
        except Refusal:
            continue
        kinds[list(kinds)[number % 4]] += 1
    assert min(kinds.values()) >= 5, kinds


def check_that_pinned_answers_stay(database_url: str, project: Path, number: int) -> None:
    """So many pinned answers, a fifth of them drawn after the record has lived on, against all that comes later."""
    chance = random.Random(20191120)
    files = [*sorted((project / "dossier").glob("*.yaml")), LAW / "XA.yaml"]
    chance.shuffle(files)
    acts = [each for each in read(files).commands if isinstance(each, RecordAct)]
    measures = sorted({action.measure for each in acts for action in each.actions})
    few = number // 5
    with service(database_url) as opened:
        for file in files:
            import_files(opened.recording, [file], recorded_by="ada", clock=opened.clock)
        head = opened.log.head().position
        asked = pins(chance, number - few, measures, head)
        told = answers(opened, asked)
        live_on(opened, chance, acts)
        assert answers(opened, asked) == told
        more = pins(chance, few, measures, opened.log.head().position)
        asked, told = asked + more, told + answers(opened, more)
        live_on(opened, chance, acts)
        head = opened.log.head().position
        unpinned = [(path, {**params, "position": head}) for path, params in asked[:few]]
        assert sum(a != b for a, b in zip(answers(opened, unpinned), told[:few], strict=True)) > few / 5
    with service(database_url) as restarted:
        assert answers(restarted, asked) == told
        rebuild(restarted.pool, restarted.log)
    with service(database_url) as restarted:
        assert answers(restarted, asked) == told


def test_a_hundred_pinned_answers_stay_byte_for_byte_the_same(database_url: str, project: Path) -> None:
    check_that_pinned_answers_stay(database_url, project, 100)
