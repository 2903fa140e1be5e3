"""The routes that write. What is acknowledged is on the disk and can be read at once; what is refused is nowhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from events.errors import Refusal
from events.vocabulary import SLUG
from projections import answers
from projections.jurisdictions import code_of
from services.access.gate import Caller, Gate, Remembered
from services.api.access import Admin, Recorder, Reviewer, Shortcut
from services.api.forms import Body, check_media_type, takes
from services.api.parameters import Code
from services.api.responses import respond, writes
from services.intake import bodies
from services.operations.wiring import Service
from services.sharing import Condition

ActSlug = Annotated[str, Path(pattern=f"^{SLUG}$", description="The slug of an act on record.")]
Batch = Annotated[str, Path(min_length=1, max_length=200, description="A batch, as a write or an import names it.")]
DryRun = Annotated[
    bool,
    Query(description="Judge it and show every measure before and after; record nothing."),
]


def writing(service: Service) -> APIRouter:
    """The routes that write, each the same as a command of the command line."""
    router = APIRouter()
    recording, clock = service.recording, service.clock

    def told(request: Request, caller: Caller, asked: bodies.Asked, dry_run: bool) -> Response:
        if dry_run:
            return respond(request, recording.preview(asked.commands, on=clock().date(), expected=asked.expected))
        return _done(request, recording.write(asked.commands, recorded_by=caller.name, expected=asked.expected))

    @router.post("/v1/acts", **writes(answers.Written, answers.Preview), **takes("ActsBody"))
    def record(request: Request, caller: Recorder, body: Body, dry_run: DryRun = False) -> Response:
        """Records one act or a list of them, in one transaction: all of it, or nothing."""
        return told(request, caller, bodies.acts(body), dry_run)

    @router.post("/v1/acts/{act}/corrections", **writes(answers.Written, answers.Preview), **takes("CorrectionBody"))
    def correct(request: Request, caller: Recorder, act: ActSlug, body: Body, dry_run: DryRun = False) -> Response:
        """Says how an act should have read, whole, and why. What was recorded stays in the log."""
        return told(request, caller, bodies.correction_of(act, body), dry_run)

    @router.post("/v1/acts/{act}/retraction", **writes(answers.Written, answers.Preview), **takes("RetractionBody"))
    def retract(request: Request, caller: Recorder, act: ActSlug, body: Body, dry_run: DryRun = False) -> Response:
        """Says that an act should never have been recorded, and why. What was recorded stays in the log."""
        return told(request, caller, bodies.retraction_of(act, body), dry_run)

    @router.post("/v1/acts/{act}/verification", **writes(answers.Written, answers.Preview), **takes("VerificationBody"))
    def verify(request: Request, caller: Reviewer, act: ActSlug, body: Body, dry_run: DryRun = False) -> Response:
        """Says on what an act rests, as somebody else than who recorded it or corrected it last found."""
        return told(request, caller, bodies.verification_of(act, body, caller.name), dry_run)

    @router.post("/v1/jurisdictions/{code}/reviews", **writes(answers.Written, answers.Preview), **takes("ReviewBody"))
    def review(request: Request, caller: Recorder, code: Code, body: Body, dry_run: DryRun = False) -> Response:
        """Says that a jurisdiction was looked through on a day and nothing new was found."""
        return told(request, caller, bodies.review_of(code_of(code), body), dry_run)

    @router.post("/v1/batches/{batch}/retraction", **writes(answers.Written, answers.Preview), **takes("UndoBody"))
    def undo(request: Request, caller: Admin, batch: Batch, body: Body, dry_run: DryRun = False) -> Response:
        """Undoes an import or a write: brings every act of the batch back to where it stood before, or nothing."""
        asked = bodies.undo(body)
        if dry_run:
            today = clock().date()
            return respond(request, recording.preview_undo(batch, asked.why, on=today, expected=asked.expected))
        return _done(request, recording.undo(batch, asked.why, recorded_by=caller.name, expected=asked.expected))

    return router


def shortcuts(service: Service, gate: Gate) -> dict[tuple[str, str], Shortcut]:
    """
    What most writes are, without what other forms of them need: acts with a key that was good a moment ago.

    That it still is, is asked of the database in the message that takes the lock of the log: one question less to wait
    for, and one thread. The answers are the same as those of the route.
    """

    def recorded(request: Request, raw: bytes, caller: Caller, remembered: Remembered | None) -> Response:
        condition = None if remembered is None else Condition(remembered.query, gate.confirm)
        try:
            check_media_type(request)
            asked = bodies.acts(raw)
        except Refusal:
            if remembered is not None:
                gate.caller(request.headers.getlist("authorization"))  # who is not let in is told nothing else
            raise
        written = service.recording.write(
            asked.commands, recorded_by=caller.name, expected=asked.expected, condition=condition
        )
        return _done(request, written)

    async def record(request: Request, body: Message, remembered: Remembered | None) -> Response:
        caller: Caller = request.scope["state"]["caller"]
        return await run_in_threadpool(recorded, request, body.get("body", b""), caller, remembered)

    return {("POST", "/v1/acts"): record}


def _done(request: Request, written: answers.Written) -> Response:
    """201 where anything was recorded, with its address in the log; 200 where all of it was on record before."""
    if not written.is_new:
        return respond(request, written)
    first = min(position for entry in written.entries if not entry.repeated for position in entry.positions)
    response = respond(request, written, 201)
    response.headers["Location"] = f"/v1/log?after={first - 1}&position={written.edition}"
    return response
