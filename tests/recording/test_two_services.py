"""Two services upon one record, at work in turns: what they decide and what they leave is what one mind would."""

from __future__ import annotations

import copy
import random
from typing import Any

import psycopg
import pytest

from events.commands import AnyCommand
from events.decisions import Known, decide
from events.errors import Refusal
from projections.present import decode_action
from projections.rebuild import rebuild
from services.operations.wiring import Service, service
from tests.recording.conftest import Clock
from tests.recording.telling import act, correct, did, retract

MEASURES = ["XA/law", "XA/other"]


def drawn(chance: random.Random, slugs: list[str]) -> AnyCommand:
    """A command that may well be lawful, and may well not."""
    slug = chance.choice(slugs)
    if chance.random() < 0.1:
        return retract(slug, chance.choice(["duplicate", "unfounded"]))
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    measure = chance.choice(MEASURES)
    fields: dict[str, Any] = {}
    kind = chance.choice(["adopted", "adopted", "amended", "amended", "extended", "ended", "suspended", "reinstated"])
    if kind == "extended":
        fields["expires_on"] = "2022-12-31"
    if kind in ("adopted", "amended"):
        fields["effects"] = [chance.choice(["prohibits", "restricts"])]
    actions = [did(kind, measure, **fields)]
    if chance.random() < 0.2:
        actions.append(did("amended", chance.choice(MEASURES), subjects=["Brask"]))
    said = act(slug, f"2021-{month:02}-{day:02}", *actions, again=chance.random() < 0.3)
    return correct(said) if chance.random() < 0.25 else said


def outcome(told: Any) -> object:
    """How many events something came to, or as what it was refused."""
    try:
        return len(told())
    except Refusal as refusal:
        return type(refusal).__name__


def tables(url: str) -> dict[str, list[Any]]:
    """The rows of the read model, whatever their order."""
    found = {}
    with psycopg.connect(url) as connection:
        for table in ("action", "act", "period", "review", "jurisdiction", "entry", "ahead", "named"):
            rows = connection.execute(f"select t::text from dateline.{table} t order by 1")  # type: ignore[arg-type]
            found[table] = [row for (row,) in rows]
    return found


def standing(opened: Service, url: str, measure: str) -> dict[str, list[Any]]:
    """The actions that stand on a measure, by act."""
    found: dict[str, list[Any]] = {}
    with psycopg.connect(url) as connection:
        for (data,) in connection.execute(
            "select data::text from dateline.action where measure = %s and recorded_to is null"
            " and recorded_from <= %s order by position, place",
            [measure, opened.log.head().position],
        ):
            action = decode_action(data)
            found.setdefault(action.act.act, []).append(action)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_two_services_decide_and_project_as_one_mind_would(database_url: str, clock: Clock, seed: int) -> None:
    chance = random.Random(seed)
    slugs = [f"xa-{number}" for number in range(25)]
    known = Known({}, {})
    seen: set[object] = set()
    with service(database_url, clock) as one, service(database_url, clock) as other:
        for _ in range(150):
            commands = [drawn(chance, slugs) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
            tried = copy.deepcopy(known)
            expected = outcome(lambda commands=commands, tried=tried: decide(commands, tried))
            if isinstance(expected, int):
                known = tried
            opened = chance.choice([one, other])
            found = outcome(
                lambda commands=commands, opened=opened: opened.recording.record(commands, recorded_by="ada")
            )
            assert found == expected, commands
            seen.add(found)
        assert len(seen) >= 5, seen
        for measure in MEASURES:
            expected_actions = {slug: list(each) for slug, each in known.standing.get(measure, {}).items() if each}
            assert standing(one, database_url, measure) == expected_actions
        before = tables(database_url)
        rebuild(one.pool, one.log)
        assert tables(database_url) == before
