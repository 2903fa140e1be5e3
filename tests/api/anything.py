"""Requests that nobody would think of, made from the API's own description, and what must hold of every answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import hypothesis
import hypothesis.strategies as st
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.conftest import COMMANDS, CORRECTED

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


class Told(NamedTuple):
    """How many answers there were, of each status; the routes that were asked, and those there are."""

    number: int
    statuses: Counter[int]
    routes: set[str]
    described: set[str]


def whatever_is_asked(url: str, number: int, *, seed: int, with_key: bool) -> Told:
    """
    Asks the API upon an empty database so many requests, right and wrong ones, the same for the same seed.

    The first answer that is not as described fails. With a key, what is right is recorded.
    """
    with service(url) as opened, served(opened) as base:
        opened.recording.record([*COMMANDS, CORRECTED], recorded_by="ada")
        key = Keys(opened.pool, opened.clock).make("eve", Role.ADMIN).token if with_key else None
        return _asked(base, number, seed, key)


def _is_endless(operation: Any) -> bool:
    """Whether an answer is a stream, which a client reads for as long as it likes."""
    return "text/event-stream" in operation.definition.raw["responses"]["200"]["content"]


def _asked(base: str, number: int, seed: int, key: str | None) -> Told:
    document = httpx.get(f"{base}/v1/openapi.json").json()
    problems = document["components"]["examples"]
    described = schemathesis.openapi.from_dict(document)
    operations = [each.ok() for each in described.get_all_operations() if not _is_endless(each.ok())]
    right, wrong = (
        [each.as_strategy(generation_mode=mode) for each in operations]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    statuses: Counter[int] = Counter()
    routes: set[str] = set()

    def ask(case: Case) -> None:
        case.headers = {**(case.headers or {}), **headers}
        answer = case.call(base_url=base, timeout=60)
        statuses[answer.status_code] += 1
        routes.add(f"{case.method} {case.path}")
        if answer.status_code == 431:  # the connection's, before any route is asked: docs/operations.md
            assert answer.text == "A request line and its headers have at most 65536 bytes, and 200 headers.\n"
            assert len(answer.request.url or "") > 60_000
            return
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            told = case.operation.definition.raw["responses"][str(answer.status_code)]["content"]
            types = {problems[name]["value"]["type"] for name in told["application/problem+json"]["examples"]}
            assert answer.json()["type"] in types, f"{case.method} {case.path}: {answer.text}"

    for place, requests in enumerate(right):  # one or another would be left out by chance
        _some(ask, requests, 2, seed + place)
    _some(ask, st.one_of(right + wrong), number, seed)
    return Told(statuses.total(), statuses, routes, {f"{each.method.upper()} {each.path}" for each in operations})


def _some(ask: Callable[[Case], None], requests: st.SearchStrategy[Case], number: int, seed: int) -> None:
    """Asks so many requests, drawn by the seed."""
    given = hypothesis.given(requests)(lambda case: ask(case))
    settings = hypothesis.settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.seed(seed)(settings(given))()
