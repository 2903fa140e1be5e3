"""The pages that record: what may be recorded by whom, and a form for each of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from msgspec import UNSET

from events.vocabulary import VERIFICATIONS, CorrectionReason, RetractionReason, jurisdiction_of
from projections.answering import HEAD, Asked
from projections.codebook import codebook
from projections.jurisdictions import code_of
from services.api.access import Recorder, Reviewer
from services.api.parameters import ActName, Code, MeasureName, Text
from services.api.writing import ActSlug
from services.intake import bodies
from services.operations.wiring import Service
from services.web.act_form import form_of, options
from services.web.desk import Desk, Task
from services.web.fields import Kind
from services.web.forms import Form, Sent
from services.web.layout import page
from services.wording import called

LATELY = 20
"""How many events at the end of the log the overview looks at for acts to lead to."""

_NOTE = Kind(label="Note", widget="text", help="One line, kept in the log.")
_ACT = {
    "jurisdiction": Kind(
        label="Jurisdiction", suggested="jurisdictions", help="Its code: NL, US-CA, EU.", is_needed=True
    )
}
_CORRECTION = {
    "reason": Kind(label="Reason", widget="choice", options=options(get_args(CorrectionReason)), is_needed=True),
    "note": _NOTE,
}
_RETRACTION = {
    "reason": Kind(label="Reason", widget="choice", options=options(get_args(RetractionReason)), is_needed=True),
    "note": _NOTE,
}
_VERIFICATION = {
    "level": Kind(
        label="It rests on", widget="choice", options=options(VERIFICATIONS, codebook().verification), is_needed=True
    ),
    "url": Kind(label="Where you read it", help="An address on the web, if it has one."),
    "note": _NOTE,
}
_REVIEW = {"reviewed_on": Kind(label="Looked through on", widget="day", is_needed=True), "note": _NOTE}


def record(service: Service) -> APIRouter:
    """The routes of the pages that record, each for whom the route of the API is that does the same."""
    router = APIRouter(include_in_schema=False)
    desk, ask, clock = Desk(service), service.answering, service.clock

    @router.get("/record")
    def overview(request: Request) -> Response:
        """What may be recorded, and by whom."""
        with ask.edition(HEAD) as (_, edition):
            head = edition.position
        log = ask.log(after=max(head - LATELY, 0), limit=LATELY, asked=Asked(head))
        return page(request, "record.html", lately=_lately(log.events))

    @router.get("/record/go")
    def to_act(act: Annotated[ActName, Query()], to: Literal["correction", "retraction", "verification"]) -> Response:
        """From the name of an act to a form about it."""
        return RedirectResponse(f"/record/acts/{quote(act)}/{to}", 303)

    @router.get("/record/review")
    def to_review(name: Annotated[Text, Query()]) -> Response:
        """From the name of a jurisdiction to the form of its review."""
        return RedirectResponse(f"/record/jurisdictions/{code_of(name)}/review", 303)

    @router.get("/record/act")
    def new_act(request: Request, caller: Recorder, measure: Annotated[MeasureName | None, Query()] = None) -> Response:
        """The form of a new act, begun with a measure."""
        begun = [("jurisdiction", jurisdiction_of(measure)), ("act.actions[0].measure", measure)] if measure else []
        return desk.asks(request, _an_act(), Form(begun))

    @router.post("/record/act")
    def record_act(request: Request, caller: Recorder, form: Sent) -> Response:
        """A new act."""
        return desk.takes(request, caller, _an_act(), form)

    @router.get("/record/acts/{act}/correction")
    def new_correction(request: Request, caller: Recorder, act: ActSlug) -> Response:
        """The form of an act as it reads, to be corrected."""
        task = correction(act)
        return desk.asks(request, task, Form([*form_of(task.reads or {}, "replacement").pairs(), *rests_on(task)]))

    @router.post("/record/acts/{act}/correction")
    def correct(request: Request, caller: Recorder, act: ActSlug, form: Sent) -> Response:
        """How an act should have read, and why."""
        return desk.takes(request, caller, correction(act), form)

    @router.get("/record/acts/{act}/retraction")
    def new_retraction(request: Request, caller: Recorder, act: ActSlug) -> Response:
        """The form to retract an act."""
        task = retraction(act)
        return desk.asks(request, task, Form(rests_on(task)))

    @router.post("/record/acts/{act}/retraction")
    def retract(request: Request, caller: Recorder, act: ActSlug, form: Sent) -> Response:
        """That an act should never have been recorded, and why."""
        return desk.takes(request, caller, retraction(act), form)

    @router.get("/record/acts/{act}/verification")
    def new_verification(request: Request, caller: Reviewer, act: ActSlug) -> Response:
        """The form to verify an act."""
        task = verification(act, caller.name)
        return desk.asks(request, task, Form(rests_on(task)))

    @router.post("/record/acts/{act}/verification")
    def verify(request: Request, caller: Reviewer, act: ActSlug, form: Sent) -> Response:
        """On what an act rests."""
        return desk.takes(request, caller, verification(act, caller.name), form)

    @router.get("/record/jurisdictions/{code}/review")
    def new_review(request: Request, caller: Recorder, code: Code) -> Response:
        """The form to say that a jurisdiction was looked through."""
        return desk.asks(request, review(code_of(code)), Form([("reviewed_on", clock().date().isoformat())]))

    @router.post("/record/jurisdictions/{code}/review")
    def reviewed(request: Request, caller: Recorder, code: Code, form: Sent) -> Response:
        """That a jurisdiction was looked through, and nothing new was found."""
        return desk.takes(request, caller, review(code_of(code)), form)

    def correction(act: str) -> Task:
        reads, note = as_it_reads(act)
        return Task(
            title=f"Correct {act}",
            kinds=_CORRECTION,
            read=partial(bodies.correction_of, act),
            act="replacement",
            fixed={"jurisdiction": jurisdiction_of(reads["actions"][0]["measure"])},
            reads=reads,
            note=note,
        )

    def retraction(act: str) -> Task:
        reads, note = as_it_reads(act)
        read = partial(bodies.retraction_of, act)
        return Task(title=f"Retract {act}", kinds=_RETRACTION, read=read, reads=reads, note=note)

    def verification(act: str, by: str) -> Task:
        reads, note = as_it_reads(act)
        read = partial(bodies.verification_of, act, recorded_by=by)
        return Task(title=f"Verify {act}", kinds=_VERIFICATION, read=read, reads=reads, note=note)

    def review(code: str) -> Task:
        last = ask.state(code).reviewed_on
        note = f"It was last looked through on {last}." if last else "No review of it is on record yet."
        read = partial(bodies.review_of, code)
        return Task(title=f"Review of {called(code)}", kinds=_REVIEW, read=read, note=note)

    def as_it_reads(act: str) -> tuple[dict[str, Any], str]:
        """An act as it reads, or last read, and a note where it does not stand. Raises UnknownAct."""
        found = service.auditing.act(act)
        reads = next(each.content for each in reversed(found.editions) if each.content is not UNSET)
        assert isinstance(reads, dict)
        return reads, "" if found.stands else "This act was retracted. To record it again, record it as a new act."

    def rests_on(task: Task) -> list[tuple[str, str]]:
        """The revisions of the measures of an act, so that what somebody else records meanwhile is seen."""
        measures = list(dict.fromkeys(each["measure"] for each in (task.reads or {})["actions"]))
        return [("expected", f"{measure}={revision}") for measure, revision in service.log.revisions(measures).items()]

    return router


def _an_act() -> Task:
    return Task(title="Record an act", kinds=_ACT, read=bodies.acts, act="act")


def _lately(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The latest event of each act, the newest first."""
    latest = {act: {**each, "act": act} for each in events if (act := _act_of(each["event"])) is not None}
    return sorted(latest.values(), key=_newest_first)


def _act_of(event: Mapping[str, Any]) -> str | None:
    """The name of the act that an event of the log is about; a review is about none."""
    act = event.get("replacement", event.get("act"))
    name: str | None = act["act"] if isinstance(act, Mapping) else act
    return name


def _newest_first(each: Mapping[str, Any]) -> int:
    return -int(each["position"])
