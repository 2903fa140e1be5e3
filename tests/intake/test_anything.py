"""Whatever a file holds, it is read or refused with InvalidRecord."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import InvalidRecord, read
from tests.intake.writing import GOOD, file

here = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)

words = st.sampled_from(
    [
        *GOOD,
        "US",
        "NO",
        "links",
        "after",
        "type",
        "measure",
        "adopted",
        "extended",
        "expires_on",
        "values",
        "name",
        "url",
    ]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), words, st.sampled_from(["2019", "2019~"])
)
structures = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(words | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)


def read_or_refused(path: Path) -> None:
    for replay in (False, True):
        refusal = None
        try:
            read([path], replay=replay)
        except InvalidRecord as found:
            refusal = found
        for problem in refusal.problems if refusal else ():
            assert problem.sentence
            assert str(problem).isprintable()
            assert problem.line is None or problem.line >= 1


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            found += places(inner, (*path, place))
    return found


@here
@given(st.binary(max_size=200), st.sampled_from(["x.yaml", "x.jsonl"]))
def test_any_bytes(tmp_path: Path, content: bytes, name: str) -> None:
    read_or_refused(file(tmp_path, content, name))


@here
@given(st.text(alphabet="abNO:-?[]{}&*!|>'\"%@`#,\n\t 0129~.<=\\u", max_size=80))
def test_any_signs_of_yaml(tmp_path: Path, content: str) -> None:
    read_or_refused(file(tmp_path, content))
    read_or_refused(file(tmp_path, f"jurisdiction: US\nacts: {content}\n"))


@here
@given(structures)
def test_any_structure_of_json(tmp_path: Path, content: object) -> None:
    read_or_refused(file(tmp_path, json.dumps(content), "x.jsonl"))
    read_or_refused(file(tmp_path, json.dumps({"jurisdiction": "US", "act": content}), "x.jsonl"))


@here
@given(structures)
def test_any_structure_of_yaml(tmp_path: Path, content: object) -> None:
    read_or_refused(file(tmp_path, yaml.safe_dump(content)))
    read_or_refused(file(tmp_path, yaml.safe_dump({"jurisdiction": "US", "acts": [content]})))


@here
@given(st.data())
def test_an_act_with_anything_in_one_place(tmp_path: Path, data: st.DataObject) -> None:
    line: Any = {"jurisdiction": "US", "act": copy.deepcopy(GOOD)}
    path = data.draw(st.sampled_from(places(line)[1:]))
    inner = line
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = data.draw(structures)
    read_or_refused(file(tmp_path, json.dumps(line), "x.jsonl"))
    read_or_refused(file(tmp_path, yaml.safe_dump({"jurisdiction": line["jurisdiction"], "acts": [line["act"]]})))
