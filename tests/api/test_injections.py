"""A text that means to do something does nothing: in every parameter of every route, in headers, in bodies."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from itertools import islice
from math import gcd
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from psycopg import sql

from services.access.keys import Keys
from services.access.roles import Role
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.api.conftest import COMMANDS, CORRECTED
from tests.api.writing import entry, told

CORPUS = [
    "'; DROP SCHEMA dateline CASCADE; --",
    "' OR '1'='1",
    "1; DELETE FROM dateline.event",
    "') UNION SELECT state FROM dateline.event --",
    "$$; select pg_sleep(5); $$",
    "%s %(position)s %n %x",
    "{0} {position.__class__} {{7*7}} ${7*7} <%= 7*7 %>",
    "{{config.__init__.__globals__}}",
    "\x00",
    "NL\x00state",
    "\r\nX-Injected: 1\r\n\r\n<html>",
    "%0d%0aX-Injected: 1",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "file:///etc/passwd",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "\u202eLN\u202c \u2066x\u2069",
    "\ud7ff\ue000\ufffe\uffff",
    "\U0001f4a5" * 40,
    "e\u0301" * 60,
    "x" * 5_000,
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "null",
    "[]",
    '{"$ne": null}',
    "=1+1",
    "`id`; $(id) | id",
    "*)(uid=*",
    " ",
    "",
]
HEADERS = [
    "Accept",
    "Accept-Language",
    "If-None-Match",
    "Content-Type",
    "Last-Event-ID",
    "X-Forwarded-For",
    "Host",
    "Range",
]
HEADED = ["/v1/state", "/v1/log/stream", "/v1/acts", "/problems"]
"""
Routes of each kind: what reads the headers is shared by all of a kind. ./run reliability asks every route, with every
text in every place.
"""

VALUES = {
    "code": "NL",
    "slug": "decree",
    "act": "nl-letter",
    "batch": "import-1",
    "from": "2019-11-01",
    "q": "decree",
    "since": "1",
}
ACT = told("xa-decree", note="as told", sources=[{"name": "Gazette", "url": "https://gazette.example/1"}])
BODIES: dict[str, Any] = {
    "/v1/acts": entry(ACT),
    "/v1/acts/{act}/corrections": {"jurisdiction": "XA", "reason": "wrong_date", "note": "x", "replacement": ACT},
    "/v1/acts/{act}/retraction": {"reason": "unfounded", "note": "x"},
    "/v1/acts/{act}/verification": {"level": "single_press", "note": "x", "url": "https://gazette.example/1"},
    "/v1/jurisdictions/{code}/reviews": {"reviewed_on": "2026-11-20", "note": "x"},
    "/v1/batches/{batch}/retraction": {"reason": "duplicate", "note": "x"},
}


def test_a_text_that_means_to_do_something_does_nothing(database_url: str) -> None:
    assert ask_everything(database_url, HEADED, one_in=3) > 2_000


def ask_everything(database_url: str, headed: Collection[str], one_in: int = 1) -> int:
    """
    Puts every text everywhere, into the headers of the routes that are `headed`, and gives the number of requests.

    With `one_in`, one in so many of them in each place: they take turns.

    Nothing breaks, nothing slips into an answer, and no row of any table is another.
    """
    assert gcd(len(CORPUS), one_in) == 1, "or each place would be asked the same texts"
    with service(database_url) as opened, served(opened) as base:
        opened.recording.record([*COMMANDS, CORRECTED], recorded_by="ada")
        assert opened.searching.catch_up()  # or the first search would write
        token = Keys(opened.pool, opened.clock).make("eve", Role.ADMIN).token
        held = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=base, timeout=60) as client:
            document = client.get("/v1/openapi.json").json()
            before = _tables(database_url)
            asked = 0
            for method, address, headers, body in islice(_requests(document, headed), 0, None, one_in):
                try:
                    with client.stream(method, address, headers={**held, **headers}, json=body) as answer:
                        if "text/event-stream" not in answer.headers.get("content-type", ""):  # which has no end
                            answer.read()
                except (httpx.LocalProtocolError, UnicodeEncodeError, httpx.InvalidURL):
                    continue  # no client can send it
                asked += 1
                where = f"{method} {address} {headers} {body}: {answer.text[:500] if answer.is_stream_consumed else ''}"
                assert answer.status_code < 500, where
                assert "x-injected" not in answer.headers, where
                assert not (method == "POST" and answer.status_code == 201), where
    assert _tables(database_url) == before
    return asked


def _requests(document: dict[str, Any], headed: Collection[str]) -> Iterator[tuple[str, str, dict[str, str], Any]]:
    """Every text of the corpus in every parameter, header and text of a body, one at a time; writes are dry runs."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            body = BODIES[path] if method == "post" else None
            given = {"dry_run": "true"} if method == "post" else {}
            for parameter in operation.get("parameters", ()):
                if parameter.get("required") and parameter["in"] == "query":
                    given[parameter["name"]] = VALUES[parameter["name"]]
            for parameter in operation.get("parameters", ()):
                for text in CORPUS:
                    name = parameter["name"]
                    if parameter["in"] == "path":
                        yield method.upper(), _address(path, {**VALUES, name: text}, given), {}, body
                    elif parameter["in"] == "query":
                        yield method.upper(), _address(path, VALUES, {**given, name: text}), {}, body
            for text in CORPUS:
                yield method.upper(), _address(path, VALUES, {**given, text: text}), {}, body
            for header in HEADERS if path in headed else ():
                for text in CORPUS:
                    yield method.upper(), _address(path, VALUES, given), {header: text}, body
            for place in _texts(body):
                for text in CORPUS:
                    yield method.upper(), _address(path, VALUES, given), {}, _with(body, place, text)


def _address(path: str, values: dict[str, str], query: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", _quoted(value))
    return f"{path}?{'&'.join(f'{_quoted(name)}={_quoted(value)}' for name, value in query.items())}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _texts(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every text in a body."""
    if isinstance(body, str):
        yield at
    for name, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from _texts(value, (*at, name))


def _with(body: Any, place: tuple[Any, ...], text: str) -> Any:
    changed = copy.deepcopy(body)
    holder = changed
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = text
    return changed


def _tables(url: str) -> dict[str, tuple[Any, ...]]:
    """The number of rows and a digest of all of them, for every table of the service."""
    found = {}
    with psycopg.connect(url) as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'dateline'").fetchall()
        for (name,) in names:
            query = sql.SQL("select count(*), md5(string_agg(t::text, ',' order by t::text)) from dateline.{} t")
            found[name] = tuple(connection.execute(query.format(sql.Identifier(name))).fetchone() or ())
    assert found["event"][0] > 5
    return found
