"""Files for the tests of the importers: one good act, and ways to write it with a change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from services.intake import InvalidRecord, Problem, Reading, read

GOOD: dict[str, Any] = {
    "act": "us-tgl-2019-05",
    "announced_on": "2019-05-20",
    "authority": "Department of Commerce",
    "instrument": "general_licence",
    "title": "Temporary general licence for Huawei",
    "sources": [{"name": "84 FR 23468"}],
    "actions": [{"measure": "huawei-licence", "type": "adopted", "effects": ["permits_temporarily"]}],
}

HEAD = """\
jurisdiction: US
acts:
  - act: us-tgl-2019-05
    announced_on: '2019-05-20'
    authority: Department of Commerce
    instrument: general_licence
    title: Temporary general licence for Huawei
    sources: [{name: 84 FR 23468}]
"""
"""Eight lines of a good act, which wants only its actions."""

ACTIONS = "    actions: [{measure: huawei-licence, type: adopted, effects: []}]\n"
ACT = HEAD + ACTIONS


def good(**changes: Any) -> dict[str, Any]:
    """The good act with some fields changed; a field that is `...` is taken out."""
    act = {**copy.deepcopy(GOOD), **changes}
    return {name: value for name, value in act.items() if value is not ...}


def acting(**fields: Any) -> dict[str, Any]:
    """The good act with one action of these fields."""
    return good(actions=[{"measure": "huawei-licence", **fields}])


def file(folder: Path, content: str | bytes, name: str = "US.yaml") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(folder: Path, *objects: Any, name: str = "US.jsonl") -> Path:
    """A JSON Lines file; text stands as it is."""
    written = (each if isinstance(each, str) else json.dumps(each) for each in objects)
    return file(folder, "".join(f"{line}\n" for line in written), name)


def problems(*paths: Path, replay: bool = False) -> list[Problem]:
    """The problems of the files; none if they are read."""
    try:
        read(paths, replay=replay)
    except InvalidRecord as refusal:
        told = list(refusal.problems)
    else:
        told = []
    return told


def act_problems(folder: Path, act: Any, **line: Any) -> list[tuple[str, str]]:
    """The fields and sentences of the problems of one act on a line."""
    return [(each.field, each.sentence) for each in problems(lines(folder, {"jurisdiction": "US", "act": act, **line}))]


def read_act(folder: Path, act: Any) -> Reading:
    """The reading of one act on a line."""
    return read([lines(folder, {"jurisdiction": "US", "act": act})])
