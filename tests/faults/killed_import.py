"""Importers killed, any number of times: what they acknowledged, what is there, and what a rebuild makes of it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from projections.rebuild import rebuild
from services.operations.wiring import service
from tests.recording.test_two_services import tables

ACTS = 250
APPENDS = ACTS // 10
"""That an importer makes, and says so after each."""

COUNTRIES = ("AT", "BE", "CZ", "DK", "EE", "FI")


def lines(number: int) -> list[dict[str, Any]]:
    """The acts of one file: measures that are adopted, amended and extended, several acts a measure."""
    found = []
    for at in range(ACTS):
        measure, step = divmod(at, 5)
        action: dict[str, Any] = {"measure": f"law-{number}-{measure}"}
        day = f"20{10 + step:02}-{1 + measure % 12:02}-{1 + number % 28:02}"
        if step == 0:
            action |= {"type": "adopted", "effects": ["restricts"], "effective_on": day, "expires_on": "2030-12-31"}
        elif step % 2:
            action |= {"type": "amended", "subjects": [f"vendor-{at}"]}
        else:
            action |= {"type": "extended", "expires_on": f"{2030 + step}-12-31"}
        act = {
            "act": f"act-{number}-{at}",
            "announced_on": day,
            "authority": "Parliament",
            "instrument": "statute",
            "title": f"Act {at}",
            "sources": [{"name": "Gazette"}],
            "actions": [action],
        }
        found.append({"jurisdiction": COUNTRIES[number % len(COUNTRIES)], "act": act})
    return found


def importer(path: Path, url: str, *more: str) -> subprocess.Popen[str]:
    """A process that imports the file, already connected."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.importer", str(path), *more],
        env=os.environ | {"DATELINE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def acknowledged(process: subprocess.Popen[str]) -> list[str]:
    """What the importer said after its appends, once it is dead."""
    assert process.stdout is not None
    said = process.stdout.read().split()
    process.wait()
    return said


def settled(url: str) -> tuple[int, list[str]]:
    """The head of the log, once what a killed importer left running has ended, and all recorded slugs in order."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [0x646174656C696E65])
        rows = connection.execute(
            "select position, convert_from(state, 'UTF8')::jsonb -> 'act' ->> 'act' from dateline.event order by 1"
        ).fetchall()
    assert [position for position, _ in rows] == list(range(1, len(rows) + 1))
    return len(rows), [slug for _, slug in rows]


def kill_importers(database_url: str, folder: Path, kills: int) -> str:
    """
    Kills importers at random moments, some between an insert and its commit. Gives what came of it, as a sentence.

    So soon after one of its appends that there are others to come, however quick the machine is.

    Raises AssertionError where anything acknowledged is lost, or anything is there twice, or the tables are not as a
    rebuild has them.
    """
    chance = random.Random(50)
    expected: Counter[str] = Counter()
    path = folder / "acts.jsonl"
    cut_off = 0
    for number in range(kills):
        told = lines(number)
        path.write_text("".join(json.dumps(line) + "\n" for line in told))
        uncommitted = number % 10 == 5
        before = time.monotonic()
        heard: list[str] = []
        if uncommitted:
            process = importer(path, database_url, "--die-uncommitted", str(1 + number % 4))
        else:
            process = importer(path, database_url)
            assert process.stdout is not None
            heard = [process.stdout.readline().strip() for _ in range(chance.randrange(APPENDS - 8))]
            time.sleep(chance.random() * 0.01)
            process.send_signal(signal.SIGKILL)
        said = heard + acknowledged(process)
        finished = said[-1:] == ["done"]
        cut_off += not finished
        heads = [int(word) for word in said if word.isdigit()]
        head, slugs = settled(database_url)
        if heads:
            assert head >= heads[-1], "what was acknowledged is there"
        mine = {line["act"]["act"] for line in told}
        expected.update(slug for slug in slugs if slug in mine)
        assert max(Counter(slugs).values(), default=1) == 1, "nothing twice"
        if number % 5 == 0:  # run again, it goes on to the end
            assert acknowledged(importer(path, database_url))[-1:] == ["done"]
            expected.update(mine - expected.keys())
        assert time.monotonic() - before < 60
    assert cut_off > kills // 2, "most were killed before their end"
    _, slugs = settled(database_url)
    assert Counter(slugs) == expected
    with service(database_url) as built:
        live = tables(database_url)
        rebuild(built.pool, built.log)
    assert tables(database_url) == live
    return (
        f"importers killed {kills} times, {cut_off} of them before their end: {len(slugs)} acts on record, "
        "0 acknowledged lost, 0 twice, tables as a rebuild has them"
    )
