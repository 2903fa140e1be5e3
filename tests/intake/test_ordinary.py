"""What is read in one step is what the reading in full finds; whatever that refuses is left to it."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.generating import many_measures
from events.commands import AnyCommand
from services.intake.jsonlines import command
from services.intake.jsontext import parsed
from services.intake.ordinary import ordinary_act
from services.intake.problems import Wrong
from tests.intake.test_anything import places, structures
from tests.intake.writing import good

FULL: dict[str, Any] = {
    "jurisdiction": "US",
    "act": good(
        published_on="2019-05",
        citation='84 FR "23468"',
        summary="Für\tLiu Nan",
        confidence="high",
        after="us-other",
        note="a note",
        links=[{"type": "follows", "to": "other"}, {"type": "part_of", "to": "EU/toolbox"}],
        sources=[
            {
                "name": "84 FR 23468",
                "url": "https://gazette.example/1",
                "date": "2019-05-20~",
                "basis": "read",
                "passage": "",
                "archived_url": "https://archive.example/1",
                "sha256": "0" * 64,
                "kept": {"docket": "FCC 19-121"},
            }
        ],
        actions=[
            {"measure": "licence", "type": "proposed", "title": "One", "effects": ["none"], "values": {"level": 2.5}},
            {
                "measure": "US/licence",
                "type": "adopted",
                "subjects": ["Huawei"],
                "scope": ["core"],
                "targets": ["CN"],
                "effective_on": "2019-05-20",
                "expires_on": "2019-08-19",
                "retroactive": True,
            },
            {"measure": "licence", "type": "amended", "applies_on": "2019-06", "applies_until": "2019-07"},
            {"measure": "licence", "type": "rescheduled", "expires_on": None},
            {"measure": "licence", "type": "extended", "expires_on": None, "note": "for good"},
            {"measure": "licence", "type": "suspended", "until": "[2020-01-01..]"},
            {"measure": "licence", "type": "reinstated", "lifts": "us-stay"},
            {"measure": "licence", "type": "ended", "manner": "lapsed"},
            {"measure": "licence", "type": "deadline_set", "deadline": "report", "due": None, "obliged": "nobody"},
            {"measure": "licence", "type": "deadline_moved", "deadline": "report", "due": "2020"},
            {"measure": "licence", "type": "deadline_met", "deadline": "report", "met_on": "2020-02-03"},
            {"measure": "licence", "type": "noted"},
        ],
    )
    | {"again": True},
}
"""An act with every field and every type of action."""


def in_full(raw: bytes) -> AnyCommand | None:
    """What the reading in full finds; None for what it refuses."""
    try:
        return command(parsed(raw, "line"), None, "x, line 1")
    except Wrong:
        return None


def assert_the_same(raw: bytes) -> bool:
    """Whether the line is read in one step; what that finds is what the reading in full finds, to the last type."""
    found = ordinary_act(raw, "x, line 1")
    if found is not None:
        assert repr(found) == repr(in_full(raw))
    return found is not None


def test_every_field_and_every_type_of_action() -> None:
    assert assert_the_same(json.dumps(FULL).encode())
    assert assert_the_same(json.dumps(FULL, ensure_ascii=False).encode())
    for line in many_measures(300, seed=4):
        assert assert_the_same(json.dumps(line).encode())


WRONG = [
    None,
    True,
    "",
    " ",
    0,
    -1,
    2**53,
    2**70,
    1.5,
    1e300,
    "a\x00b",
    "a\x1fb",
    "a\x7fb",
    "a\x9fb",
    "a\x85b",
    "a\ud800b",
    "a\uffffb",
    "\u2003",
    "x" * 501,
    "x" * 4001,
    "x" * 20_001,
    "US/other",
    "NL/other",
    "UK",
    "2019",
    "2019-02-30",
    "2300-01-01",
    "us-tgl-2019-05\n",
    [],
    [None],
    [""],
    ["none"] * 1001,
    ["Huawei", " "],
    {},
    {"a": "\x0c"},
    {"": 1},
    {"a": [1]},
    {"x" * 201: 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: repr(wrong)[:20])
def test_nothing_that_is_refused_is_read(wrong: object) -> None:
    """Each value of an act that is right is replaced by one that may be wrong."""
    for path in places(FULL):
        line = copy.deepcopy(FULL)
        within: Any = line
        for step in path[:-1]:
            within = within[step]
        if path:
            within[path[-1]] = wrong
        assert_the_same(json.dumps(line).encode())
        if "\\ud800" not in json.dumps(line):
            assert_the_same(json.dumps(line, ensure_ascii=False).encode())


def test_a_name_that_stands_twice_is_left_to_be_told() -> None:
    raw = json.dumps(FULL).encode()
    assert ordinary_act(raw, "") is not None
    for path in places(FULL):
        if not path or not isinstance(path[-1], str):
            continue
        within: Any = FULL
        for step in path[:-1]:
            within = within[step]
        once = f"{json.dumps(path[-1])}: {json.dumps(within[path[-1]])}"
        for twice in (f"{once}, {once}", f'{once}, {json.dumps(path[-1])}: "a \\u0022"'):
            changed = raw.replace(once.encode(), twice.encode(), 1)
            assert changed != raw
            assert ordinary_act(changed, "") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: raw.replace(b"read", b"re\xff"),
        lambda raw: raw.replace(b"read", b"re\tad"),
        lambda raw: raw.replace(b"2.5", b"NaN"),
        lambda raw: raw.replace(b"2.5", b"1e999"),
        lambda raw: raw.replace(b"2.5", b"9" * 5000),
        lambda raw: raw.replace(b"2.5", b"[" * 100_000 + b"]" * 100_000),
        lambda raw: b"\xef\xbb\xbf" + raw,
    ],
)
def test_what_is_not_json_is_left_to_be_told(change: Any) -> None:
    raw = change(json.dumps(FULL).encode())
    assert ordinary_act(raw, "") is None


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10**9), structures)
def test_any_change_of_an_act(seed: int, value: Any) -> None:
    line = copy.deepcopy(FULL)
    *above, last = Random(seed).choice(places(line)[1:])
    within: Any = line
    for step in above:
        within = within[step]
    within[last] = value
    assert_the_same(json.dumps(line).encode())
