"""How an answer becomes a response, and what OpenAPI says of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import Response
from msgspec import Struct

from projections.answers import Cite, encode
from projections.bodies import Body
from services.api.negotiation import preferred
from services.api.problems import NotAcceptable
from services.api.watching import watched
from services.outlets.tables import has_table, table_of

JSON = "application/json"
CSV = "text/csv"

_YEAR_SECONDS = 365 * 24 * 60 * 60
_TAG = re.compile(r'[\s,]*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?=,|$)')


class Form(NamedTuple):
    """A form in which answers can be had: how it is called in `format`, its media type, and how it is written."""

    name: str
    media: str
    written: Callable[[Any], bytes]
    content_type: str
    headers: Mapping[str, str] = {}


_JSON = Form("json", JSON, encode, JSON)
_CSV = Form("csv", CSV, table_of, f"{CSV}; charset=utf-8; header=present")


def respond(request: Request, answer: Struct, status: int = 200, *, also: Sequence[Form] = ()) -> Response:
    """
    The JSON of an answer, or its table or another form where the client prefers it (`Accept: text/csv`).

    `format=csv` or `format=json` says the same for links, and gives a file to keep. Raises NotAcceptable.

    An answer to GET has a strong ETag, and is 304 without a body where the client has it. It may be kept for ever by
    caches where the request pinned it; else `Content-Location` names its pinned twin, the address of its citation. A
    page that has a next one links to it. An answer to a write is not for caches, nor is one from memory: it says that
    the database is away, which passes.
    """
    seen = watched(request.scope)
    seen.position = getattr(answer, "position", getattr(answer, "edition", None))
    if request.method != "GET":
        return Response(encode(answer), status, {"Cache-Control": "no-store"}, media_type=JSON)
    offered = {form.media: form for form in (_JSON, *([_CSV] if has_table(type(answer)) else []), *also)}
    named = request.query_params.get("format")
    form = offered[wanted(request, list(offered))] if named is None else _named(named, offered)
    body = form.written(answer)
    cite = getattr(answer, "cite", None)
    url = cite.url if isinstance(cite, Cite) else None
    headers = {"ETag": etag_of(body), **caching(request, url), **_next_page(request, answer), **form.headers}
    if named is not None:
        headers["Content-Disposition"] = f'attachment; filename="{_file_name(request.url.path, answer)}.{named}"'
    if seen.from_memory:
        headers["Cache-Control"] = "no-store"
    if is_held(headers["ETag"], request.headers.getlist("if-none-match")):
        return Response(None, 304, headers)
    return Response(body, status, headers, media_type=form.content_type)


def takes_json(request: Request) -> bool:
    """Whether an answer that has a table as well is to be JSON for this request. Raises NotAcceptable."""
    named = request.query_params.get("format")
    return named is None and wanted(request, [JSON, CSV]) == JSON


def respond_with(request: Request, body: Body) -> Response:
    """The same for an answer that is there in JSON, asked for in no other form and not as a file."""
    seen = watched(request.scope)
    seen.position = body.position
    headers = headers_of(
        body, is_open=request.app.state.reading_is_open, is_pinned=pins(request.query_params, body.url)
    )
    if seen.from_memory:
        headers["Cache-Control"] = "no-store"
    if is_held(headers["ETag"], request.headers.getlist("if-none-match")):
        return Response(None, 304, headers)
    return Response(body.content, 200, headers, media_type=JSON)


def headers_of(body: Body, *, is_open: bool, is_pinned: bool) -> dict[str, str]:
    """What goes with an answer in JSON whose database is there, where reading is open to everybody, or not."""
    return {"ETag": f'"{body.digest}"', **_caching(body.url, is_open=is_open, is_pinned=is_pinned)}


def deliver(request: Request, body: bytes, media: str, *, for_ever: bool) -> Response:
    """
    A body that has one media type, whatever is accepted: clients of feeds and calendars ask for many things.

    With a strong ETag, and 304 without a body where the client has it. `for_ever`: caches need not ask again.
    """
    is_open = request.app.state.reading_is_open
    headers = {"ETag": etag_of(body), "Cache-Control": _kept_for_ever(is_open) if for_ever else "no-cache"}
    headers |= {} if is_open else {"Vary": "Authorization, Cookie"}
    if is_held(headers["ETag"], request.headers.getlist("if-none-match")):
        return Response(None, 304, headers)
    return Response(body, 200, headers, media_type=f"{media}; charset=utf-8")


def wanted(request: Request, offered: list[str]) -> str:
    """The media type that a client takes of those that are offered. Raises NotAcceptable."""
    found = preferred(request.headers.getlist("accept"), offered)
    if found is None:
        raise NotAcceptable(
            f"This answer can be had as {' or '.join(offered)}: ask with an Accept header that takes one of them.",
            offered=offered,
        )
    return found


def _named(name: str, offered: Mapping[str, Form]) -> Form:
    """The form that `format` asks for. Raises NotAcceptable where the answer cannot be had in it."""
    for form in offered.values():
        if form.name == name:
            return form
    raise NotAcceptable(f"This answer can be had as {' or '.join(offered)}, not as a table.", offered=list(offered))


def _file_name(path: str, answer: Struct) -> str:
    """What a file is called: `dateline-jurisdictions-NL-state-2019-11-20`."""
    parts = ["dateline", *path.removeprefix("/v1/").split("/")]
    day = getattr(answer, "as_of", None) or getattr(answer, "to", None)
    return re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join([*parts, day] if isinstance(day, str) else parts))


def etag_of(body: bytes) -> str:
    """The strong entity tag of a representation: of its very bytes, which name the rules they were read under."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_held(etag: str, conditions: list[str]) -> bool:
    """Whether If-None-Match names a representation (RFC 9110, 13.1.2: a list or `*`, compared weakly)."""
    told = ",".join(conditions).strip()
    if told == "*":
        return True
    at = 0
    while found := _TAG.match(told, at):
        if found[1] == etag:
            return True
        at = found.end()
    return False


def pins(given: Collection[str], url: str, aside: Collection[str] = ()) -> bool:
    """Whether the parameters given are all that a pinned address names; `rules` and what is aside need not be given."""
    names = {name for name, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True)} - {"rules", *aside}
    return names <= set(given)


def caching(request: Request, url: str | None, aside: Collection[str] = ()) -> dict[str, str]:
    """What caches are told of an answer whose pinned address this is, None where it has none."""
    is_pinned = url is not None and pins(request.query_params, url, aside)
    return _caching(url, is_open=request.app.state.reading_is_open, is_pinned=is_pinned)


def _caching(url: str | None, *, is_open: bool, is_pinned: bool) -> dict[str, str]:
    headers = {"Vary": "Accept" if is_open else "Accept, Authorization, Cookie"}
    headers["Cache-Control"] = _kept_for_ever(is_open) if is_pinned else "no-cache"
    return headers if url is None else {**headers, "Content-Location": url}


def _kept_for_ever(is_open: bool) -> str:
    return f"{'public' if is_open else 'private'}, max-age={_YEAR_SECONDS}, immutable"


def _next_page(request: Request, answer: Struct) -> dict[str, str]:
    """The link to the next page, where the answer's `next` says after which place it begins."""
    following = getattr(answer, "next", None)
    if following is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    query = urlencode([*kept, ("after", str(following))])
    return {"Link": f'<{request.scope["raw_path"].decode("ascii")}?{query}>; rel="next"'}


def answers(shape: type[Struct], *, also: Sequence[Form] = ()) -> dict[str, Any]:
    """What OpenAPI says of a route's answer. Its problems and examples are added to the whole (description.py)."""
    content: dict[str, Any] = {JSON: {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
    if has_table(shape):
        content[CSV] = {"schema": {"type": "string"}}
    content |= {form.media: {"schema": {"type": "string"}} for form in also}
    return {
        "response_class": Response,
        "responses": {
            200: {"description": (shape.__doc__ or "").strip(), "content": content},
        },
    }


def writes(shape: type[Struct], dry: type[Struct]) -> dict[str, Any]:
    """What OpenAPI says of a route that records: 201 where anything is new, 200 for a repeat or a dry run."""
    told, shown = ({"$ref": f"#/components/schemas/{each.__name__}"} for each in (shape, dry))
    sentence = (shape.__doc__ or "").strip()
    return {
        "response_class": Response,
        "status_code": 201,
        "responses": {
            201: {"description": sentence, "content": {"application/json": {"schema": told}}},
            200: {
                "description": "All of it was on record before, or it was a dry run: nothing was recorded.",
                "content": {"application/json": {"schema": {"anyOf": [told, shown]}}},
            },
        },
    }
