"""
The desk of the pages that record: a form is filled in, what it would change is shown, and only then it is recorded.

A form becomes the body of a request of the API, which is read and recorded just as there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from msgspec import Struct

from events.commands import AnyCommand, CorrectAct, RecordAct
from events.errors import OtherContent, Refusal
from events.recorder import LogBusy
from projections.acts import content_of
from projections.answers import Preview
from projections.codebook import codebook
from services.access.gate import Caller
from services.api.problems import BodyTooLarge, status_of
from services.api.watching import watched
from services.intake.bodies import Asked, InvalidBody
from services.intake.problems import TOLD
from services.operations.room import StorageFull
from services.operations.wiring import Service
from services.recording import RevisionsDiffer
from services.web import previews
from services.web.act_form import LISTS, MOST_ITEMS, act_of, arranged, is_too_long, sheet
from services.web.fields import Kind, Problems, called, shown, told
from services.web.forms import Form
from services.web.layout import page

FORM = "record-form.html"
_OUR_OWN = ("token", "do", "expected")
"""Fields that are no part of what is recorded."""


class Task(Struct, frozen=True, kw_only=True):
    """
    Something to be recorded by a form.

    `kinds` are its fields besides those of an act; `act` names the act in its body, if it has one; `fixed` is what the
    address of the page says. `read` is the reading of the body. `reads` is the act that it is about, as it reads now.
    """

    title: str
    kinds: Mapping[str, Kind]
    read: Callable[[bytes], Asked]
    act: str = ""
    fixed: Mapping[str, str] = {}
    reads: Mapping[str, Any] | None = None
    note: str = ""

    def body(self, form: Form) -> dict[str, Any]:
        """What a form that is arranged says, as a request would."""
        found = {**self.fixed, **told(form, "", self.kinds)}
        if self.act:
            found[self.act] = act_of(form, self.act)
        if expected := form.all("expected"):
            found["expected"] = dict(map(_revision, expected))
        return found

    def to_record(self, form: Form) -> Asked:
        """What is to be recorded. Raises InvalidBody, as the API does."""
        return self.read(json.dumps(self.body(form)).encode())


class Desk:
    """Takes forms: shows them again with what is wrong beside it, shows what they would change, records them."""

    def __init__(self, service: Service) -> None:
        self._recording = service.recording
        self._clock = service.clock

    def asks(
        self, request: Request, task: Task, form: Form, *, status: int = 200, refusal: Refusal | None = None
    ) -> Response:
        """The form of a task, filled in so far. Raises BodyTooLarge where it would be longer than a page takes."""
        _check_length(task, form)
        problems = Problems(refusal.findings[:TOLD] if isinstance(refusal, InvalidBody) else ())
        fields = [shown(form, name, kind, problems) for name, kind in task.kinds.items()]
        act = sheet(form, task.act, problems) if task.act else None
        return page(
            request,
            FORM,
            status=status if refusal is None else status_of(refusal),
            task=task,
            fields=fields,
            act=act,
            expected=form.all("expected"),
            problems=list(problems.told()),
            refusal=None if isinstance(refusal, InvalidBody) else refusal,
            on_record=refusal.facts["act"] if isinstance(refusal, OtherContent) else None,
            most_items=MOST_ITEMS,
            codebook=codebook(),
        )

    def takes(self, request: Request, caller: Caller, task: Task, form: Form) -> Response:
        """What a form that was sent leads to: itself again, what it would change, or what was recorded."""
        step, _, place = form.text("do").partition(" ")
        is_more = step == "more" and place in {f"{task.act}.{each}" for each in LISTS}
        form = arranged(form, more=place if is_more else "", less=place if step == "less" else "")
        _check_length(task, form)
        if step in ("more", "less", "choose", "edit"):
            return self.asks(request, task, form)
        notice = None
        try:
            asked = task.to_record(form)
            if step == "record":
                try:
                    return self._records(request, caller, task, asked)
                except (RevisionsDiffer, LogBusy, StorageFull) as refusal:
                    notice = refusal
            return self._shows(request, task, form, asked, notice)
        except Refusal as refusal:
            return self.asks(request, task, form, refusal=refusal)

    def _records(self, request: Request, caller: Caller, task: Task, asked: Asked) -> Response:
        written = self._recording.write(asked.commands, recorded_by=caller.name, expected=asked.expected)
        watched(request.scope).position = written.edition
        status = 201 if written.is_new else 200
        return page(request, "record-done.html", status=status, task=task, written=written)

    def _shows(self, request: Request, task: Task, form: Form, asked: Asked, notice: Refusal | None) -> Response:
        """What would change upon the record as it is now; `notice` is why it was not recorded when that was asked."""
        try:
            preview = self._preview(asked, asked.expected)
        except RevisionsDiffer as differ:  # somebody else has recorded since the form was made
            notice = differ
            preview = self._preview(asked, {})
        content = _content(asked.commands[0])
        is_correction = content is not None and task.reads is not None
        return page(
            request,
            "record-preview.html",
            status=200 if notice is None else status_of(notice),
            task=task,
            notice=notice,
            preview=preview,
            summary=previews.told(preview.events, preview.position),
            said=[(kind.label, called(kind, form.text(name))) for name, kind in task.kinds.items() if form.text(name)],
            content=None if is_correction else content,
            corrected=previews.corrected(task.reads or {}, content or {}) if is_correction else (),
            measures=[previews.compared(each) for each in preview.measures],
            expected=[f"{each.measure}={each.revision}" for each in preview.measures],
            kept=[each for each in form.pairs() if each[0] not in _OUR_OWN],
        )

    def _preview(self, asked: Asked, expected: Mapping[str, int]) -> Preview:
        return self._recording.preview(asked.commands, on=self._clock().date(), expected=expected)


def _check_length(task: Task, form: Form) -> None:
    if task.act and is_too_long(form, task.act):
        raise BodyTooLarge(
            f"A page takes at most {MOST_ITEMS} sources, links or actions of one act: record it over the API, or by "
            "the command line.",
            most_items=MOST_ITEMS,
        )


def _content(command: AnyCommand) -> dict[str, Any] | None:
    """The act that a command tells, as it would read."""
    match command:
        case RecordAct():
            return content_of(command.act, command.actions)
        case CorrectAct():
            return content_of(command.replacement, command.actions)
        case _:
            return None


def _revision(text: str) -> tuple[str, object]:
    """`US/eo-13873=3`; what is no number is given as it is, for the reading of bodies to refuse."""
    measure, _, revision = text.rpartition("=")
    return measure, int(revision) if revision.isdecimal() and len(revision) < 16 else revision
