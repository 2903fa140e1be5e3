"""The examples of the API asked for real: upon the dossier, over HTTP, at a fixed moment."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
from msgspec import UNSET
from msgspec.structs import fields
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from services.access.admission import Admission
from services.access.keys import Keys
from services.access.limits import limit_of
from services.access.roles import Role
from services.api import bodies
from services.api.access import MOST_STREAMS
from services.api.examples import Example, Instance, Request
from services.api.exporting import MOST_EXPORTS
from services.api.streams import MOST_STREAMS as MOST_OF_ALL
from services.intake.importing import import_files
from services.operations.room import Room
from services.operations.wiring import Service, service
from services.outlets import exports
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.documentation.reading import TOP

MOMENT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PEOPLE = {Role.READER: "dan", Role.RECORDER: "ada", Role.REVIEWER: "ben", Role.ADMIN: "eve"}
BATCH = re.compile(r"\b(import|write|undo)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
NOTHING: Any = dict.fromkeys(each.name for each in fields(Service) if each.required)


def now() -> datetime:
    return MOMENT


@contextmanager
def the_dossier(server: str) -> Iterator[str]:
    """The name of a database that holds the dossier, to be cloned."""
    with fresh_database(server, TEMPLATE) as url:
        with service(url, now) as opened:
            import_files(opened.recording, [TOP / "dossier"], recorded_by="operator", clock=now)
        yield str(conninfo_to_dict(url)["dbname"])


class Batches:
    """Batches are named at random. They are shown with a number instead, in the order in which they come up."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}

    def shown(self, text: str) -> str:
        def name(found: re.Match[str]) -> str:
            number = len(self._shown) + 1
            return self._shown.setdefault(found[0], f"{found[1]}-00000000-0000-4000-8000-{number:012d}")

        return BATCH.sub(name, text)

    def real(self, text: str) -> str:
        for real, shown in self._shown.items():
            text = text.replace(shown, real)
        return text


class Asker:
    """Asks what the examples ask. Of every role there is one person with a key."""

    def __init__(self, client: httpx.Client, tokens: dict[str, str], asked: Service) -> None:
        self.client = client
        self.service = asked
        self.batches = Batches()
        self._tokens = tokens

    def headers(self, request: Request, media: str | None = None) -> dict[str, str]:
        found = dict(request.headers)
        if media is not None:
            found["Accept"] = media
        if request.key is not None:
            found["Authorization"] = f"Bearer {self._tokens[request.key]}"
        return found

    def ask(
        self, request: Request, media: str | None = None, content: bytes | Iterator[bytes] | None = None
    ) -> httpx.Response:
        for each in request.given:
            before = self.ask(each)
            assert before.status_code == 201, before.text
            self.batches.shown(before.text)
        headers = self.headers(request, media)
        body: dict[str, Any] = {} if request.body is UNSET else {"json": request.body}
        if content is not None:
            body = {"content": content}
            headers.setdefault("Content-Type", "application/json")
        return self.client.request(request.method, self.batches.real(request.address), headers=headers, **body)

    def answer(self, example: Example) -> tuple[int, str, Any]:
        """Status, media type and answer to an example; of a stream, up to the end of its first event."""
        if example.media == "text/event-stream":
            with self.client.stream("GET", example.request.address) as told:
                return told.status_code, _media(told), self.batches.shown(_first_event(told.iter_text()))
        told = self.ask(example.request, example.media)
        shown = self.batches.shown(told.text)
        return told.status_code, _media(told), json.loads(shown) if example.media == "application/json" else shown


def _media(told: httpx.Response) -> str:
    return told.headers["content-type"].partition(";")[0]


def _first_event(parts: Iterator[str]) -> str:
    text = ""
    while (found := re.search(r"^data: .*\n\n", text, re.MULTILINE)) is None:
        text += next(parts)
    return text[: found.end()]


@contextmanager
def asker(
    server: str,
    dossier: str,
    admission: Admission = Admission(),
    may_record: Callable[[], None] = lambda: None,
) -> Iterator[Asker]:
    """Somebody who asks a service upon a clone of the dossier."""
    with (
        fresh_database(server, dossier) as url,
        service(url, now, admission=admission, may_record=may_record) as opened,
    ):
        keys = Keys(opened.pool, opened.clock)
        tokens = {role.word: keys.make(name, role).token for role, name in PEOPLE.items()}
        tokens["unknown"] = f"dateline_{'0' * 12}_{'x' * 43}"
        every = httpx.Limits(max_connections=None)  # a hundred streams and one more
        with served(opened) as base, httpx.Client(base_url=base, timeout=60, limits=every) as client:
            yield Asker(client, tokens, opened)


Ask = Callable[[Request], httpx.Response]


@contextmanager
def _after_one_request(server: str, dossier: str) -> Iterator[Ask]:
    """One request a minute is let in, and one was."""
    with asker(server, dossier, Admission(requests=limit_of("1/minute"))) as asking:
        asking.client.get("/v1/openapi.json")
        yield asking.ask


@contextmanager
def _with_streams(server: str, dossier: str, callers: list[str | None]) -> Iterator[Ask]:
    """Each of the callers, by the roles of their keys, has as many streams open as one may have."""
    with asker(server, dossier) as asking, ExitStack() as streams:
        for key in callers * MOST_STREAMS:
            headers = asking.headers(Request(operation="GET /v1/log/stream", key=key))
            opened = streams.enter_context(asking.client.stream("GET", "/v1/log/stream", headers=headers))
            assert opened.status_code == 200
        yield asking.ask


def _with_all_streams(server: str, dossier: str) -> AbstractContextManager[Ask]:
    callers = [None, *(role.word for role in Role)]
    assert len(callers) * MOST_STREAMS == MOST_OF_ALL
    return _with_streams(server, dossier, callers)


@contextmanager
def _with_a_large_body(server: str, dossier: str) -> Iterator[Ask]:
    with asker(server, dossier) as asking:
        yield lambda request: asking.ask(request, content=b" " * (asking.service.admission.body_bytes + 1))


@contextmanager
def _with_a_slow_body(server: str, dossier: str) -> Iterator[Ask]:
    """The second part of the body does not come in time, which passes faster here."""
    over = threading.Event()

    def parts() -> Iterator[bytes]:
        yield b"{"
        over.wait(60)
        yield b"}"

    @asynccontextmanager
    async def timeout(seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds / 600):
                yield
        finally:
            over.set()

    hurried = SimpleNamespace(timeout=timeout)
    with pytest.MonkeyPatch.context() as patch, asker(server, dossier) as asking:
        patch.setattr(bodies, "asyncio", hurried)
        yield lambda request: asking.ask(request, content=parts())


@contextmanager
def _while_another_writes(server: str, dossier: str) -> Iterator[Ask]:
    """Another append never ends. Its turn is waited for, but the waiting is over at once."""
    with pytest.MonkeyPatch.context() as patch, asker(server, dossier) as asking:
        patch.setattr(asking.service.recording, "_turn", SimpleNamespace(acquire=lambda timeout: False))
        yield asking.ask


@contextmanager
def _with_every_connection_at_work(server: str, dossier: str) -> Iterator[Ask]:
    """There are ten connections, and on each a stream is open."""
    with asker(server, dossier, Admission(connections=10)) as asking, ExitStack() as streams:
        for _ in range(10):
            opened = streams.enter_context(asking.client.stream("GET", "/v1/log/stream"))
            assert opened.status_code == 200
        yield asking.ask


@contextmanager
def _with_older_tables(server: str, dossier: str) -> Iterator[Ask]:
    """The last migration was not applied yet, as far as the tables say."""
    with asker(server, dossier) as asking:
        with asking.service.pool.connection() as connection:
            connection.execute(
                "delete from dateline.migration where number = (select max(number) from dateline.migration)"
            )
        yield asking.ask


@contextmanager
def _with_nothing_read_for_the_search(server: str, dossier: str) -> Iterator[Ask]:
    """The search takes longer to read the record than anybody waits."""
    with pytest.MonkeyPatch.context() as patch, asker(server, dossier) as asking:
        patch.setattr(asking.service.searching, "catch_up", lambda patience, told: False)
        yield asking.ask


@contextmanager
def _with_place_for_few_columns(server: str, dossier: str) -> Iterator[Ask]:
    """A panel that is wide has a column for a hundred measures."""
    with pytest.MonkeyPatch.context() as patch, asker(server, dossier) as asking:
        patch.setattr(exports, "MOST_COLUMNS", 100)
        yield asking.ask


@contextmanager
def _without_a_library(server: str, dossier: str) -> Iterator[Ask]:
    """Dateline was installed without the extra for Parquet."""
    with pytest.MonkeyPatch.context() as patch, asker(server, dossier) as asking:
        patch.setitem(sys.modules, "pyarrow.parquet", None)
        yield asking.ask


@contextmanager
def _with_all_exports(server: str, dossier: str) -> Iterator[Ask]:
    """As many exports as are sent at once are asked for, and none is read to its end."""
    with asker(server, dossier) as asking, ExitStack() as streams:
        long = "/v1/exports/panel?from=1900-01-01&to=2200-12-31&shape=wide&format=csv"
        for _ in range(MOST_EXPORTS):
            assert streams.enter_context(asking.client.stream("GET", long)).status_code == 200
        yield asking.ask


class Failing:
    """Answers nothing, but fails."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def jurisdictions(self, **_: Any) -> None:
        raise self._error


@contextmanager
def _failing(error: BaseException) -> Iterator[Ask]:
    failing: Any = Service(**NOTHING | {"answering": Failing(error)})
    with served(failing) as base, httpx.Client(base_url=base, timeout=60) as client:
        yield Asker(client, {}, failing).ask


@contextmanager
def _on_a_full_disk(server: str, dossier: str) -> Iterator[Ask]:
    with asker(server, dossier, may_record=Room(TOP, free=lambda _: 0)) as asking:
        yield asking.ask


@contextmanager
def _where_nothing_is_written(server: str, dossier: str) -> Iterator[Ask]:
    with asker(server, dossier) as asking:
        with psycopg.connect(asking.service.url, autocommit=True) as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("alter database {} set default_transaction_read_only = on").format(name))
        url = asking.service.url
        with service(url, now) as opened, served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
            yield Asker(client, asking._tokens, opened).ask


CIRCUMSTANCES: dict[str, Callable[[str, str], AbstractContextManager[Ask]]] = {
    "too-many-requests": _after_one_request,
    "too-many-open": lambda server, dossier: _with_streams(server, dossier, [None]),
    "too-many-streams": _with_all_streams,
    "body-too-large": _with_a_large_body,
    "body-too-slow": _with_a_slow_body,
    "log-busy": _while_another_writes,
    "storage-full": _on_a_full_disk,
    "read-only": _where_nothing_is_written,
    "search-behind": _with_nothing_read_for_the_search,
    "too-many-columns": _with_place_for_few_columns,
    "extra-missing": _without_a_library,
    "too-many-exports": _with_all_exports,
    "database-unavailable": lambda server, dossier: _failing(psycopg.OperationalError("no connection")),
    "not-ready": _with_older_tables,
    "too-many-connections": _with_every_connection_at_work,
    "service-ending": lambda server, dossier: _failing(asyncio.CancelledError()),
    "unforeseen": lambda server, dossier: _failing(RuntimeError("a mistake of ours")),
}
"""What does not come of the request alone."""


class Desk:
    """Asks the requests of the examples: what leaves no trace upon one record, all else upon a record of its own."""

    def __init__(self, server: str, dossier: str, asking: Asker) -> None:
        self._server, self._dossier, self._asking = server, dossier, asking

    def answer(self, example: Example) -> tuple[int, str, Any]:
        """Status, media type and answer that an example really has."""
        with self._upon_a_record(example.request, traceless=example.request.method == "GET") as asking:
            return asking.answer(example)

    def document(self, kind: str, instance: Instance) -> dict[str, Any]:
        """The problem document that an example of this kind is really answered."""
        request = instance.request
        if kind in CIRCUMSTANCES:
            with CIRCUMSTANCES[kind](self._server, self._dossier) as ask:
                return _document(ask(request))
        with self._upon_a_record(request, traceless=True) as asking:
            return _document(asking.ask(request))

    @contextmanager
    def _upon_a_record(self, request: Request, *, traceless: bool) -> Iterator[Asker]:
        if traceless and not request.given:
            self._asking.batches = Batches()
            yield self._asking
        else:
            with asker(self._server, self._dossier) as asking:
                yield asking


@contextmanager
def desk(server: str) -> Iterator[Desk]:
    """A desk at which the examples are asked."""
    with the_dossier(server) as dossier, asker(server, dossier) as asking:
        yield Desk(server, dossier, asking)


def _document(told: httpx.Response) -> dict[str, Any]:
    assert _media(told) == "application/problem+json", told.text
    document: dict[str, Any] = told.json()
    assert document["status"] == told.status_code
    return document
