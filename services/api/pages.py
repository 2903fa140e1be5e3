"""Pages for people: what the API offers, and what each problem means. No script, nothing from another host."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from msgspec import Struct

from projections.answers import encode
from services.api.examples import PROBLEM_GROUPS, PROBLEMS, ProblemKind
from services.api.problems import NotFound
from services.api.responses import JSON, etag_of, is_held, wanted

HTML = "text/html"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a page may do: be styled by its one style sheet. `data:` is the icon, which is empty."""

_HERE = Path(__file__).parent / "templates"
ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


class ProblemLine(Struct, frozen=True, kw_only=True):
    """A kind of problem: the rule, and what to do where it is not met."""

    type: str
    title: str
    status: int
    what_to_do: str


class ProblemPage(ProblemLine, frozen=True, kw_only=True):
    """A kind of problem: the rule, what to do where it is not met, and a problem document for each of its statuses."""

    examples: list[dict[str, Any]]


class ProblemPages(Struct, frozen=True, kw_only=True):
    """Every kind of problem that comes over HTTP."""

    problems: list[ProblemLine]


Word = Annotated[
    str, fastapi.Path(pattern="^[a-z-]{1,60}$", description="The last word of the type of a problem document.")
]


def pages(describe: Callable[[], dict[str, Any]]) -> APIRouter:
    """The routes of the pages; `describe` gives the OpenAPI document."""
    router = APIRouter()

    @cache
    def described() -> bytes:
        return _page("docs.html", document=describe())

    @router.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        """Every route with its parameters, bodies, examples and problems."""
        return _respond(request, described(), HTML)

    @router.get("/docs/dateline.css", include_in_schema=False)
    def style(request: Request) -> Response:
        """The style of the pages."""
        return _respond(request, (_HERE / "dateline.css").read_bytes(), "text/css")

    @router.get("/problems", **_told(ProblemPages))
    def problems(request: Request) -> Response:
        """The kinds of problems, as a page or as JSON."""
        if wanted(request, [HTML, JSON]) == JSON:
            return _respond(
                request, encode(ProblemPages(problems=[ProblemLine(**_line(each)) for each in PROBLEMS.values()])), JSON
            )
        return _respond(request, _page("problems.html", groups=PROBLEM_GROUPS), HTML)

    @router.get("/problems/{word}", **_told(ProblemPage))
    def problem(request: Request, word: Word) -> Response:
        """What a problem means and what to do about it, as a page or as JSON: where the type of a problem leads."""
        if word not in PROBLEMS:
            raise NotFound(f"There is no problem of the type '{word}'. All of them are listed at /problems.")
        kind = PROBLEMS[word]
        if wanted(request, [HTML, JSON]) == JSON:
            return _respond(
                request, encode(ProblemPage(**_line(kind), examples=[each.document for each in kind.examples])), JSON
            )
        return _respond(request, _page("problem.html", kind=kind), HTML)

    return router


def _told(shape: type[Struct]) -> dict[str, Any]:
    """What OpenAPI says of a page that can be had as JSON."""
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    content = {JSON: {"schema": schema}, HTML: {"schema": {"type": "string"}}}
    return {
        "response_class": Response,
        "responses": {200: {"description": (shape.__doc__ or "").strip(), "content": content}},
    }


def _line(kind: ProblemKind) -> dict[str, Any]:
    return {
        "type": f"/problems/{kind.type}",
        "title": kind.title,
        "status": kind.status,
        "what_to_do": kind.what_to_do,
    }


def _respond(request: Request, body: bytes, media: str) -> Response:
    """A page, or 304 where the client has it. It tells nothing of the record: any cache may keep it, and ask again."""
    headers = {"ETag": etag_of(body), "Cache-Control": "no-cache", "Vary": "Accept"}
    if media == HTML:
        headers["Content-Security-Policy"] = POLICY
    if is_held(headers["ETag"], request.headers.getlist("if-none-match")):
        return Response(None, 304, headers)
    return Response(body, 200, headers, media_type=media if media == JSON else f"{media}; charset=utf-8")


def _page(template: str, **told: Any) -> bytes:
    return ENVIRONMENT.get_template(template).render(**told).encode("utf-8")


def _prose(text: str) -> Markup:
    """A text in which words between backticks are code."""
    parts = re.split(r"`([^`]+)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def _pretty(value: object) -> str:
    """JSON to be read; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _brief(value: object) -> str:
    """JSON on one line; a text as it is, a list as its parts."""
    if isinstance(value, list):
        return ", ".join(map(_brief, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _kind(schema: dict[str, Any]) -> Markup:
    """What a schema asks of a value, in a few words, with links to the shapes that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if "enum" in schema:
        return Markup(" | ").join(Markup("<code>{}</code>").format(_brief(each)) for each in schema["enum"])
    if "const" in schema:
        return Markup("<code>{}</code>").format(_brief(schema["const"]))
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return Markup(" or ").join(map(_kind, schema[several]))
    if schema.get("type") == "array":
        return Markup("list of {}").format(_kind(schema.get("items", {})))
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(_kind(schema["additionalProperties"]))
    if schema.get("type") == "object" and schema.get("properties"):
        return Markup("object of ") + Markup(", ").join(
            Markup("<code>{}</code>").format(n) for n in schema["properties"]
        )
    return escape(schema.get("format") or schema.get("type") or "any JSON value")


def _anchor(method: str, path: str) -> str:
    """The place of a route on its page."""
    return re.sub(r"[^a-z0-9]+", "-", f"{method} {path}".lower()).strip("-")


ENVIRONMENT.filters.update(prose=_prose, pretty=_pretty, brief=_brief, kind=_kind)
ENVIRONMENT.globals.update(anchor=_anchor, policy=POLICY, known_problems=PROBLEMS)
