"""The OpenAPI document: what the routes say, completed by the problems that each may have, and by examples of both."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from msgspec import UNSET, to_builtins

from services.api.access import LEAST_ROLE, UNASKED
from services.api.examples import ANSWERS, PROBLEMS, Example, ProblemKind

JSON = "application/json"
PROBLEM = "application/problem+json"

SAID = {
    401: "A key is needed, or the key is refused.",
    403: "The key is of too low a role.",
    404: "There is no such thing on record.",
    405: "The route is not asked by this method.",
    406: "The answer cannot be had in a form that the client takes.",
    408: "The body did not arrive in time.",
    409: "It contradicts what is on record.",
    412: "The revisions are not those that the write rests on.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    421: "Nothing is written here.",
    422: "It is understood, and not done: the parameters or the record format, or the law of the record, forbid it.",
    429: "Too many requests.",
    500: "Something went wrong that nobody foresaw.",
    501: "The service lacks what this needs.",
    503: "The database does not answer in time.",
}

PARAMETERS = {
    "recorded_at": "2026-11-24T08:00:00Z",
    "from_recorded_at": "2026-11-24T08:00:00Z",
    "to_recorded_at": "2026-11-24T08:00:00Z",
    "rules": "1",
    "format": "json",
    "as_of": "2019-11-20",
    "known_on": "2019-11-20",
    "due_from": "2019-10-01",
    "due_to": "2019-12-31",
    "verified": "official_statement",
    "status": ["in_force"],
    "effect": ["prohibits"],
    "subject": ["Huawei"],
    "scope": ["core"],
    "classes": "include",
    "jurisdiction": ["NL"],
    "measure": ["NL/telecom-supplier-decree"],
    "act": ["nl-letter-2019-07-01"],
    "type": ["adopted"],
    "recorded_by": ["operator"],
    "batch": ["import-00000000-0000-4000-8000-000000000001"],
    "after": "2019-11-18/US/1",
    "dry_run": True,
    "last-event-id": 365,
}
"""Example values of parameters that no example gives: some exclude each other, or would leave nothing to be shown."""

_SHAPE = {
    "type": "object",
    "description": "A problem document (RFC 9457). The facts of the problem are members of their own.",
    "properties": {
        "type": {
            "type": "string",
            "pattern": "^/problems/[a-z][a-z-]*$",
            "description": "The address of the page that explains it, relative to the service. It stays the same.",
        },
        "title": {"type": "string", "description": "The rule that was not met."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened, and what to do."},
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": True,
}


def complete(document: dict[str, Any]) -> None:
    """Adds to every route its examples and the problems that it may have, once it is said who may ask it."""
    components = document["components"]
    components["schemas"]["Problem"] = _SHAPE
    components["examples"] = {
        name: {"summary": kind.title, "value": value}
        for kind in PROBLEMS.values()
        if kind.where != ["page"]
        for name, value in kind.names()
    }
    examples = defaultdict(list)
    for each in ANSWERS:
        examples[each.request.operation].append(each)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _exemplify(operation, examples[f"{method.upper()} {path}"])
            operation["responses"].update(_problems(_words(method.upper(), path, operation)))
            if path in UNASKED:  # without a key, in one form, neither kept nor counted
                for status in ("401", "406", "429"):
                    operation["responses"].pop(status, None)
            elif method == "get":
                operation["responses"]["304"] = {"description": "The client has this answer already."}
            operation["responses"] = dict(sorted(operation["responses"].items()))


def _exemplify(operation: dict[str, Any], examples: list[Example]) -> None:
    for each in examples:
        content = operation["responses"][str(each.status)]["content"][each.media]
        asked = f"{each.request.method} {each.request.address}"
        if each.is_long:
            _add(content, {"summary": each.summary, "description": asked, "externalValue": each.request.address})
        elif each.answer is not UNSET:
            _add(content, {"summary": each.summary, "description": asked, "value": each.answer})
        if each.request.has_body:
            _add(operation["requestBody"]["content"][JSON], {"summary": each.summary, "value": each.request.body})
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        given = [
            values[name] for each in examples for values in (each.request.path, each.request.query) if name in values
        ]
        if given or name in PARAMETERS:
            parameter["example"] = given[0] if given else PARAMETERS[name]


def _add(content: dict[str, Any], example: dict[str, Any]) -> None:
    """Adds an example that is not there yet: a body that is asked twice is one example."""
    known = content.setdefault("examples", {})
    if "value" not in example or all(each.get("value") != example["value"] for each in known.values()):
        known[f"example-{len(known) + 1}"] = to_builtins(example)


def _words(method: str, path: str, operation: dict[str, Any]) -> set[str]:
    """What can be said of a route, in the words in which a problem says where it may come."""
    words = {"*", method, f"{method} {path}", *(each["name"] for each in operation.get("parameters", ()))}
    if "{" in path:
        words.add("path")
    if method == "GET" and JSON in operation["responses"]["200"]["content"]:
        words.add("accept")
    if {} not in operation.get("security", [{}]):
        words.add("key")
    if operation.get(LEAST_ROLE, "reader") != "reader":
        words.add("role")
    return words


def _problems(words: set[str]) -> dict[str, Any]:
    """The problems of a route by status, each type with its example."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for kind in PROBLEMS.values():
        if words & set(kind.where):
            _add_problem(found, kind)
    return {
        str(status): {
            "description": SAID[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
        }
        for status, examples in sorted(found.items())
    }


def _add_problem(found: dict[int, dict[str, Any]], kind: ProblemKind) -> None:
    for name, value in kind.names():
        found[value["status"]][name] = {"$ref": f"#/components/examples/{name}"}
