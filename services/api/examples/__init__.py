"""
Examples of every route and every problem: what was asked of the dossier, and what it really answered.

`answers.json` has the routes. `problems.json` has the problems that come over HTTP: what to do about each, where it
may come, and how it was brought about. Both are compared with real answers by `tests/api/test_examples.py`, and
written anew by `python -m tests.api.examples_anew`. Nothing in them is made up or left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from msgspec import UNSET, Struct, UnsetType

HERE = Path(__file__).parent


class Request(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    What is asked. `operation` is `GET /v1/state`, as the route is written; `key` the role of the key that is sent.

    `given` is done before, upon a record of its own. A batch is named as the answer to what was given shows it.
    """

    operation: str
    path: dict[str, str] = {}
    query: dict[str, Any] = {}
    headers: dict[str, str] = {}
    key: str | None = None
    body: Any | UnsetType = UNSET
    given: list[Request] = []

    @property
    def method(self) -> str:
        """GET, POST and so on."""
        return self.operation.partition(" ")[0]

    @property
    def has_body(self) -> bool:
        """Whether a body of JSON is sent."""
        return self.body is not UNSET

    @property
    def address(self) -> str:
        """The path with its parameters and the query, relative to the service."""
        route = self.operation.partition(" ")[2]
        for name, value in self.path.items():
            route = route.replace(f"{{{name}}}", quote(value, safe=""))
        query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in self.query.items()}
        return f"{route}?{urlencode(query, doseq=True)}" if query else route


class Example(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    A request and its answer: JSON, or the text of another media type. Of a stream, up to the end of its first event.

    An answer that is long and cannot be asked for in part is not kept here: its example is where it is asked for.
    """

    summary: str
    request: Request
    status: int = 200
    media: str = "application/json"
    is_long: bool = False
    answer: Any | UnsetType = UNSET


class Instance(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request that is refused, and the problem document that it is answered."""

    request: Request
    document: dict[str, Any] = {}


class ProblemKind(Struct, kw_only=True, forbid_unknown_fields=True):
    """
    A problem of a stable type: what to do about it, where it may come, an example for each status that it may have.

    It may come at every route of which any word of `where` holds: `*`; a method; a route; the name of a parameter;
    `key`, `role`, where a key or more than a reader's is needed; `path`, where the address has parameters; `accept`,
    where there are forms to choose from; `page`, at the pages that take forms, which are no routes of the API.
    """

    type: str
    what_to_do: str
    where: list[str]
    examples: list[Instance]

    @property
    def title(self) -> str:
        """The rule that was not met."""
        return str(self.examples[0].document.get("title", ""))

    @property
    def status(self) -> int:
        """The status that it has of itself."""
        return int(self.examples[0].document.get("status", 0))

    def names(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Its examples, each with a name among all examples. What was not asked yet has none."""
        for each in filter(lambda each: each.document, self.examples):
            status = each.document["status"]
            yield (self.type if status == self.status else f"{self.type}-{status}"), each.document


class ProblemGroup(Struct, kw_only=True, forbid_unknown_fields=True):
    """Problems of one nature, in the order of the documentation."""

    heading: str
    problems: list[ProblemKind]


def answers() -> list[Example]:
    """The examples of the routes."""
    return msgspec.json.decode((HERE / "answers.json").read_bytes(), type=list[Example])


def problem_groups() -> list[ProblemGroup]:
    """The problems that come over HTTP."""
    return msgspec.json.decode((HERE / "problems.json").read_bytes(), type=list[ProblemGroup])


ANSWERS = answers()
PROBLEM_GROUPS = problem_groups()
PROBLEMS = {kind.type: kind for group in PROBLEM_GROUPS for kind in group.problems}
