"""Bodies of requests as commands: one JSON object each, with the acts of the record format in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from msgspec import Struct

from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction, VerifyAct
from events.errors import Refusal
from projections.undoing import Why
from services.intake import fields
from services.intake.acts import RETRACTION, REVIEW, VERIFICATION, Told, act, correction
from services.intake.jsontext import parsed
from services.intake.plain import field, shown
from services.intake.problems import TOLD, Finding, Wrong, wrong

MOST_ACTS = 1_000
"""Acts of one request at most, which bounds the time that the log is held."""

MOST_EXPECTED = 1_000
"""Measures at most of which a request may name the revision that it rests on."""


class FieldProblem(Struct, frozen=True):
    """What is wrong at one place of a body, and what to do; `field` is empty where the body as a whole is meant."""

    field: str
    sentence: str


class InvalidBody(Refusal):
    """
    The body of a request follows the record format, or nothing of it is recorded.

    `problems` are the first hundred, each with the path of its field; `count` is how many there are.
    """

    type = "invalid-body"
    findings: Sequence[Finding] = ()

    @classmethod
    def of(cls, findings: list[Finding]) -> InvalidBody:
        """The refusal of everything that was found."""
        problems = [FieldProblem(field(each.path), each.sentence) for each in findings]
        first = problems[0]
        named = f"{first.field}: {first.sentence}" if first.field else first.sentence
        more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
        refusal = cls(f"Nothing was recorded. {named}.{more}", problems=problems[:TOLD], count=len(problems))
        refusal.findings = findings
        return refusal


class Asked(Struct, frozen=True):
    """What is to be recorded, in its order; `expected` are the revisions of measures that the caller rests on."""

    commands: list[AnyCommand]
    expected: dict[str, int]


class UndoAsked(Struct, frozen=True):
    """Why a batch is to be undone, and the revisions that this rests on."""

    why: Why
    expected: dict[str, int]


def acts(raw: bytes) -> Asked:
    """The acts of a body: `{"acts": [{"jurisdiction": …, "act": {…}}]}`, or one of them alone. Raises InvalidBody."""
    body = _read(raw, _acts)
    expected = body.get("expected", {})
    if "acts" not in body:
        return Asked([_record(body["act"], None)], expected)
    return Asked([_record(line["act"], f"acts[{at}]") for at, line in enumerate(body["acts"])], expected)


def correction_of(slug: str, raw: bytes) -> Asked:
    """The correction of an act: `{"jurisdiction": …, "reason": …, "replacement": {…}}`. Raises InvalidBody."""
    body = _read(raw, lambda value: _correction(slug, fields.home_of(value))(value))
    told: Told = body["replacement"]
    command = CorrectAct(replacement=told.act, actions=told.actions, reason=body["reason"], note=body.get("note"))
    return Asked([command], body.get("expected", {}))


def retraction_of(slug: str, raw: bytes) -> Asked:
    """The retraction of an act: `{"reason": …, "note": …}`. Raises InvalidBody."""
    body = _read(raw, _retraction)
    return Asked([RetractAct(act=slug, reason=body["reason"], note=body.get("note"))], body.get("expected", {}))


def verification_of(slug: str, raw: bytes, recorded_by: str) -> Asked:
    """The verification of an act by somebody: `{"level": …, "note": …, "url": …}`. Raises InvalidBody."""
    body = _read(raw, _verification)
    return Asked([_verify(slug, body, recorded_by)], body.get("expected", {}))


def undo(raw: bytes) -> UndoAsked:
    """Why a batch is undone: `{"reason": …, "note": …}`. Raises InvalidBody."""
    body = _read(raw, _retraction)
    return UndoAsked(Why(body["reason"], body.get("note")), body.get("expected", {}))


def review_of(jurisdiction: str, raw: bytes) -> Asked:
    """The review of a jurisdiction: `{"reviewed_on": …, "note": …}`. Raises InvalidBody."""
    body = _read(raw, _review)
    command = ReviewJurisdiction(jurisdiction=jurisdiction, reviewed_on=body["reviewed_on"], note=body.get("note"))
    return Asked([command], body.get("expected", {}))


def note(value: object) -> str | None:
    """A note, as a body may have it. Raises InvalidBody."""
    try:
        return _note(value)  # type: ignore[no-any-return]
    except Wrong as found:
        raise InvalidBody.of([each.under("note") for each in found.findings]) from None


def verification(slug: str, given: Mapping[str, object], recorded_by: str) -> VerifyAct:
    """A verification of which the level, the note and the URL are given by name. Raises InvalidBody."""
    try:
        return _verify(slug, _verification(given), recorded_by)
    except Wrong as found:
        raise InvalidBody.of(found.findings) from None


def _verify(slug: str, body: Mapping[str, Any], recorded_by: str) -> VerifyAct:
    return VerifyAct(act=slug, level=body["level"], note=body.get("note"), url=body.get("url"), recorded_by=recorded_by)


def _record(told: Told, origin: str | None) -> RecordAct:
    return RecordAct(act=told.act, actions=told.actions, again=told.again, origin=origin)


def _read(raw: bytes, kind: fields.Kind) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = kind(parsed(raw, "body"))
    except Wrong as found_wrong:
        raise InvalidBody.of(found_wrong.findings) from None
    return found


def revision(value: object) -> int:
    """The number of an event in its stream; 0 where the stream has not begun."""
    if type(value) is int and 0 <= value <= fields.LARGEST_NUMBER:
        return value
    raise wrong(f"is {shown(value)}: write the revision as a whole number, 0 where nothing is on record yet")


def expected(value: object) -> dict[str, int]:
    """Revisions by the full address of their measure."""
    if not isinstance(value, dict):
        raise wrong(f'is {shown(value)}: write revisions by measure, {{"US/eo-13873": 3}}, or leave it out')
    if len(value) > MOST_EXPECTED:
        raise wrong(f"names {len(value)} measures: {MOST_EXPECTED} are the most")
    measures = dict.fromkeys(value, revision)
    clean: dict[str, int] = fields.record("expected", measures)(value)
    findings = [Finding((name,), _NO_ADDRESS, of_name=True) for name in clean if not _is_address(name)]
    if findings:
        raise Wrong(findings)
    return clean


_NO_ADDRESS = "is not the address of a measure: write its jurisdiction and its slug, as in US/eo-13873"


def _is_address(name: str) -> bool:
    try:
        return "/" in name and bool(_measure(name))
    except Wrong:
        return False


_measure = fields.measure(None)


def _not_told(value: object) -> NoReturn:
    raise wrong("is told by the key and the clock, not by a body: leave it out")


_COMMON: dict[str, fields.Kind] = {"expected": expected, "recorded_by": _not_told, "recorded_at": _not_told}


def _of_home(make: Callable[[str | None], fields.Kind]) -> fields.Kind:
    """A kind that depends on the jurisdiction that the value itself names."""

    def read(value: object) -> Any:
        return make(fields.home_of(value))(value)

    return read


@lru_cache(maxsize=1024)
def _line(home: str | None) -> fields.Kind:
    kinds = {"jurisdiction": fields.jurisdiction, "act": act(home), **_COMMON}
    del kinds["expected"]
    return fields.record("an entry", kinds, required=("jurisdiction", "act"))


@lru_cache(maxsize=1024)
def _single(home: str | None) -> fields.Kind:
    kinds = {"jurisdiction": fields.jurisdiction, "act": act(home), **_COMMON}
    return fields.record("a body", kinds, required=("jurisdiction", "act"))


_several = fields.record(
    "a body",
    {"acts": fields.list_of(_of_home(_line), least=1, most=MOST_ACTS, what="at least one act"), **_COMMON},
    required=("acts",),
)


def _acts(value: object) -> Any:
    if not isinstance(value, dict):
        raise wrong(f'is {shown(value)} and not an object: write {{"jurisdiction": …, "act": {{…}}}}')
    return _several(value) if "acts" in value else _of_home(_single)(value)


def _correction(slug: str, home: str | None) -> fields.Kind:
    def same(clean: Mapping[str, Any]) -> list[Finding]:
        told = clean.get("replacement")
        if told is None or told.act.act == slug:
            return []
        sentence = f"'{told.act.act}' is another act than the corrected one, '{slug}': a correction keeps the slug"
        return [Finding(("replacement", "act"), sentence)]

    return fields.record(
        "a correction",
        {"jurisdiction": fields.jurisdiction, **correction(home), **_COMMON},
        required=("jurisdiction", "reason", "replacement"),
        together=same,
    )


_note = RETRACTION["note"]
_retraction = fields.record("a retraction", {**RETRACTION, **_COMMON}, required=("reason",))
_verification = fields.record("a verification", {**VERIFICATION, **_COMMON}, required=("level",))
_review = fields.record(
    "a review",
    {"reviewed_on": REVIEW["reviewed_on"], "note": REVIEW["note"], **_COMMON},
    required=("reviewed_on",),
)
