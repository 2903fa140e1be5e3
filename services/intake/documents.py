"""A YAML file of one jurisdiction as commands: its acts, corrections, retractions and reviews, in this order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction
from services.intake import fields
from services.intake.acts import RETRACTION, REVIEW, act, correction, same_act
from services.intake.plain import field
from services.intake.problems import Problem, Problems, Wrong
from services.intake.yamltext import Document, Unreadable, load

LARGEST = 64 * 1024 * 1024
"""How many bytes a YAML file may have."""

_MOST = 1_000_000


def commands(text: str, file: str, problems: Problems) -> Iterator[AnyCommand]:
    """The commands of one file. If there is any problem with it, they are added to `problems` and there are none."""
    try:
        document = load(text)
    except Unreadable as unreadable:
        for trouble in unreadable.troubles:
            problems.add(Problem(file, trouble.line, field(trouble.path), trouble.sentence))
        return
    try:
        home, clean = _read(document.data)
    except Wrong as found:
        findings = [(document.line(each.path, of_name=each.of_name), each) for each in found.findings]
        for line, each in sorted(findings, key=lambda one: one[0]):
            problems.add(Problem(file, line, field(each.path), each.sentence))
        return
    yield from _commands(home, clean, document, file)


def _read(data: object) -> tuple[str, dict[str, Any]]:
    clean: dict[str, Any] = _file(fields.home_of(data))(data)
    return clean["jurisdiction"], clean


@lru_cache(maxsize=256)
def _file(home: str | None) -> fields.Kind:
    def many(kind: fields.Kind) -> fields.Kind:
        return fields.list_of(kind, most=_MOST)

    return fields.record(
        "a file of records",
        {
            "jurisdiction": fields.jurisdiction,
            "acts": many(act(home)),
            "corrections": many(
                fields.record(
                    "a correction",
                    {"act": fields.slug, **correction(home)},
                    required=("act", "reason", "replacement"),
                    together=lambda clean: same_act("act", clean),
                )
            ),
            "retractions": many(
                fields.record("a retraction", {"act": fields.slug, **RETRACTION}, required=("act", "reason"))
            ),
            "reviews": many(fields.record("a review", REVIEW, required=("reviewed_on",))),
        },
        required=("jurisdiction",),
    )


def _commands(home: str, clean: dict[str, Any], document: Document, file: str) -> Iterator[AnyCommand]:
    def origin(*path: str | int) -> str:
        return f"{file}, line {document.line(path)}"

    for place, told in enumerate(clean.get("acts", ())):
        yield RecordAct(act=told.act, actions=told.actions, again=told.again, origin=origin("acts", place))
    for place, each in enumerate(clean.get("corrections", ())):
        told = each.pop("replacement")
        del each["act"]
        yield CorrectAct(replacement=told.act, actions=told.actions, origin=origin("corrections", place), **each)
    for place, each in enumerate(clean.get("retractions", ())):
        yield RetractAct(origin=origin("retractions", place), **each)
    for place, each in enumerate(clean.get("reviews", ())):
        yield ReviewJurisdiction(origin=origin("reviews", place), **{"jurisdiction": home, **each})
