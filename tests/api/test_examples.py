"""Every route and every problem has an example, and the examples are what the service really answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi.routing import iter_route_contexts
from msgspec import UNSET, to_builtins

from services.access.admission import Admission
from services.access.gate import Gate
from services.api.access import UNASKED
from services.api.app import create_app
from services.api.examples import ANSWERS, PROBLEMS, Example
from services.api.problems import STATUS
from services.operations.wiring import Service
from services.web.site import site
from tests.api.exemplified import NOTHING, Desk, desk
from tests.api.test_matrix import ROUTES

OPENAPI: dict[str, Any] = json.loads(json.dumps(to_builtins(create_app(Service(**NOTHING)).openapi())))
PAGES = {
    f"{method} {each.path}"
    for each in iter_route_contexts(site(Service(**NOTHING), Gate(None, None, Admission())).routes)  # type: ignore[arg-type]
    for method in each.methods or ()
}
UNDESCRIBED = {"GET /docs", "GET /docs/dateline.css", "GET /v1/openapi.json"} | PAGES
"""Routes that describe the others, and pages, which are for people."""
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in OPENAPI["paths"].items()
    for method, operation in operations.items()
}
PROBLEM = "application/problem+json"
INSTANCES = [(kind.type, instance) for kind in PROBLEMS.values() for instance in kind.examples]


@pytest.fixture(scope="module")
def asked(postgres_server: str) -> Iterator[Desk]:
    with desk(postgres_server) as at:
        yield at


def fits(schema: dict[str, Any], value: Any) -> None:
    """Fails unless a value is as a schema of the document says."""
    jsonschema_rs.Draft202012Validator({**schema, "components": OPENAPI["components"]}).validate(value)


@pytest.mark.parametrize("example", ANSWERS, ids=lambda each: f"{each.request.address} {each.media}")
def test_the_example_of_a_route_is_what_it_answers(asked: Desk, example: Example) -> None:
    status, media, answer = asked.answer(example)
    assert (status, media) == (example.status, example.media)
    if example.is_long:
        assert example.answer is UNSET
        fits(OPERATIONS[example.request.operation]["responses"]["200"]["content"][media]["schema"], answer)
    else:
        assert json.dumps(answer) == json.dumps(example.answer)  # in the same order, too


@pytest.mark.parametrize(("kind", "instance"), INSTANCES, ids=[kind for kind, _ in INSTANCES])
def test_the_example_of_a_problem_is_what_is_answered(asked: Desk, kind: str, instance: Any) -> None:
    document = asked.document(kind, instance)
    assert document["type"] == f"/problems/{kind}"
    assert json.dumps(document) == json.dumps(instance.document)


def test_every_route_is_described() -> None:
    assert set(ROUTES) - UNDESCRIBED == set(OPERATIONS)


@pytest.mark.parametrize("route", sorted(set(ROUTES) - UNDESCRIBED))
def test_every_route_has_an_example_of_each_form_of_its_answer(route: str) -> None:
    responses = {status: told for status, told in OPERATIONS[route]["responses"].items() if status.startswith("2")}
    for status, response in responses.items():
        for media, content in response["content"].items():
            assert content.get("examples") or media == "text/html", (
                f"{route} has no example of its answer {status} as {media}: write its request into "
                "services/api/examples/answers.json, and run python -m tests.api.examples_anew"
            )


@pytest.mark.parametrize("route", sorted(route for route in OPERATIONS if route.startswith("POST ")))
def test_every_write_has_an_example_of_its_body(route: str) -> None:
    assert OPERATIONS[route]["requestBody"]["content"]["application/json"]["examples"]


@pytest.mark.parametrize("route", sorted(OPERATIONS))
def test_every_parameter_has_an_example_value(route: str) -> None:
    without = [each["name"] for each in OPERATIONS[route].get("parameters", ()) if "example" not in each]
    assert without == [], f"{route}: give it one in an example, or in PARAMETERS of services/api/description.py"


@pytest.mark.parametrize("route", sorted(OPERATIONS))
def test_every_status_of_a_failure_has_an_example_of_each_problem(route: str) -> None:
    failures = {status: told for status, told in OPERATIONS[route]["responses"].items() if status >= "400"}
    counted = set() if route.partition(" ")[2] in UNASKED else {"429"}
    assert {"422", "500", "503"} | counted <= set(failures)
    for status, response in failures.items():
        content = response["content"][PROBLEM]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for name, reference in content["examples"].items():
            assert reference == {"$ref": f"#/components/examples/{name}"}
            assert OPENAPI["components"]["examples"][name]["value"]["status"] == int(status)


def test_every_problem_stands_at_a_route_and_every_problem_that_has_a_status_of_its_own_has_an_example() -> None:
    at_routes = {
        name
        for operation in OPERATIONS.values()
        for status, response in operation["responses"].items()
        if status >= "400"
        for name in response["content"][PROBLEM]["examples"]
    }
    assert at_routes == set(OPENAPI["components"]["examples"])
    at_pages = {word for word, kind in PROBLEMS.items() if kind.where == ["page"]}
    assert set(STATUS) <= at_routes | at_pages, "write it into services/api/examples/problems.json"


@pytest.mark.parametrize(("kind", "instance"), INSTANCES, ids=[kind for kind, _ in INSTANCES])
def test_a_problem_is_described_where_its_example_came(kind: str, instance: Any) -> None:
    operation = OPERATIONS.get(instance.request.operation)
    if operation is not None:
        told = operation["responses"][str(instance.document["status"])]["content"][PROBLEM]["examples"]
        assert any(name.startswith(kind) for name in told), instance.request.operation


def test_the_examples_are_as_the_schemas_say() -> None:
    for operation in OPERATIONS.values():
        contents = [*operation["responses"].values(), operation.get("requestBody", {})]
        for content in (each for told in contents for each in told.get("content", {}).values()):
            for example in content.get("examples", {}).values():
                if "$ref" not in example and "externalValue" not in example:
                    fits(content["schema"], example["value"])
        for parameter in operation.get("parameters", ()):
            fits(parameter["schema"], parameter["example"])
    for example in OPENAPI["components"]["examples"].values():
        fits({"$ref": "#/components/schemas/Problem"}, example["value"])
