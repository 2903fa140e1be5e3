"""The route of exports: a table of an edition, sent as it is made."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from events.errors import Refusal
from projections.answering import Asked
from projections.jurisdictions import code_of
from services.api.access import BREAKS_OFF
from services.api.parameters import LARGEST, AsOf, Day, Moment, Number, Rules, Text
from services.api.problems import response_to
from services.api.responses import caching, is_held, wanted
from services.api.streams import PATIENCE_SECONDS, left
from services.api.watching import watched
from services.operations.wiring import Service
from services.outlets.exports import Of, Shape, Wanted, What, export_of
from services.outlets.formats import FORMAT, FormatName

MOST_EXPORTS = 4
"""Exports that are sent at once; one more is refused."""

EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows of the export, in the order that the documentation states.",
        "content": {
            each.media: {"schema": {"type": "string"} if each.is_text else {"type": "string", "format": "binary"}}
            for each in FORMAT.values()
        },
    },
}
"""What OpenAPI says of an export."""


class TooManyExports(Refusal):
    """So many exports are sent at once and no more."""

    type = "too-many-exports"


class Exports:
    """The exports that one application sends. Used in its event loop alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0

    @contextmanager
    def opened(self) -> Iterator[None]:
        """A place among the exports. Raises TooManyExports."""
        if self.count >= self._most:
            raise TooManyExports(
                f"{self._most} exports are being sent, and no more are worked on at once: come back in a moment.",
                most=self._most,
            )
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


class ExportStream(Response):
    """
    The pieces of a file, each made once the one before was taken; for as long as the client reads.

    What goes wrong before the first piece is answered as ever; after it, the answer breaks off.
    """

    def __init__(self, exports: Exports, pieces: Iterator[bytes], headers: dict[str, str], media_type: str) -> None:
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._exports = exports
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._exports.opened():
                scope["state"][BREAKS_OFF] = True
                first = await run_in_threadpool(next, self._pieces, b"")
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                sending = asyncio.create_task(self._send(first, send))
                leaving = asyncio.create_task(left(receive))
                try:
                    await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                    if sending.done():
                        sending.result()
                finally:
                    for task in (sending, leaving):
                        task.cancel()
                    await asyncio.gather(sending, leaving, return_exceptions=True)
                    self._pieces.close()  # type: ignore[attr-defined]
        except TooManyExports as refusal:
            await response_to(refusal)(scope, receive, send)

    async def _send(self, piece: bytes, send: Send) -> None:
        while piece:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await run_in_threadpool(next, self._pieces, b"")
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def edition_asked(
    request: Request,
    position: Annotated[
        Number | None,
        Query(ge=0, le=LARGEST, description="The edition of our record: a place in the log. Default: the head."),
    ] = None,
    recorded_at: Annotated[
        Moment | None,
        Query(description="The edition by a moment with its zone (2026-11-24T08:00:00Z). Not together with position."),
    ] = None,
    rules: Rules = None,
) -> Asked:
    """The edition that is exported. It is read from the database alone."""
    return Asked(position, recorded_at, rules)


def exporting(service: Service) -> APIRouter:
    """The route of exports."""
    router = APIRouter()
    exports = Exports(MOST_EXPORTS)

    @router.get("/v1/exports/{what}", response_class=Response, responses=EXPORTED)
    def export(
        request: Request,
        what: Annotated[What, Path(description="What is exported.")],
        asked: Annotated[Asked, Depends(edition_asked)],
        as_of: AsOf = None,
        known_on: Annotated[
            Day | None,
            Query(description="Whose eyes. Default: the day asked about; of changes the last; of a panel each day's."),
        ] = None,
        from_: Annotated[
            Day | None, Query(alias="from", description="The first day of a panel, or of changes.")
        ] = None,
        to: Annotated[
            Day | None, Query(description="The last day of a panel, or of changes. Default: today (UTC).")
        ] = None,
        of: Annotated[
            Of | None, Query(description="A panel of jurisdictions by headline, or of measures. Default: headline.")
        ] = None,
        shape: Annotated[
            Shape | None, Query(description="A panel with a row for each, or with a column for each. Default: long.")
        ] = None,
        jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
        format_: Annotated[
            FormatName | None, Query(alias="format", description="The format, in place of the header Accept.")
        ] = None,
    ) -> Response:
        """
        What the record says, or the record itself, as a table: streamed, of one edition.

        Each export is asked by what it depends on: days, a window, or nothing but an edition.
        """
        codes = tuple(code_of(each) for each in jurisdiction)
        chosen = FORMAT[format_ or _accepted(request)]
        chosen.check()
        found = export_of(service.exporting, Wanted(what, as_of, known_on, from_, to, of, shape, codes), asked)
        watched(request.scope).position = found.edition.position
        url = found.url(chosen.name)
        headers = {
            "ETag": f'W/"{hashlib.sha256(f"{url} {found.licence}".encode()).hexdigest()[:32]}"',
            **caching(request, url, aside={"format"}),
            "Content-Disposition": f'attachment; filename="{found.name}.{chosen.name}"',
        }
        if is_held(headers["ETag"].removeprefix("W/"), request.headers.getlist("if-none-match")):
            return Response(None, 304, headers)
        media = f"{chosen.media}; charset=utf-8" if chosen.is_text else chosen.media
        if chosen.name == "csv":
            media += "; header=present"
        pieces = chosen.write(found.columns, found.rows(), found.edition.recorded_at)
        return ExportStream(exports, pieces, headers, media)

    return router


def _accepted(request: Request) -> FormatName:
    """The format that a client takes by its header. Raises NotAcceptable."""
    names = {each.media: each.name for each in FORMAT.values()}
    return names[wanted(request, list(names))]
