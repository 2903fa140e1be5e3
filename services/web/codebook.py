"""The page of the code book: what the words of the record mean, each with a link to the world filtered by it."""

from __future__ import annotations

import re
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Struct

from projections.answers import CodebookSubject, Reach
from projections.codebook import codebook as the_codebook
from services.web.layout import page
from services.web.times import GivenTimes

SECTIONS = (
    ("subjects", "Subjects"),
    ("scopes", "Scopes"),
    ("effects", "Effects"),
    ("instruments", "Instruments"),
    ("statuses", "Statuses of a measure"),
    ("deadlines", "Statuses of a deadline"),
    ("verification", "Verification"),
    ("confidence", "Confidence"),
    ("jurisdictions", "Jurisdictions"),
)


class Reached(Struct, frozen=True):
    """Companies that a class reaches in one way and on one basis."""

    how: str
    basis: str
    subjects: tuple[str, ...]


class Subject(Struct, frozen=True):
    """A subject: of a class the companies that it reaches, of a company the classes that reach it."""

    word: CodebookSubject
    reaches: tuple[Reached, ...]
    reached_by: tuple[tuple[str, str], ...]


def codebook() -> APIRouter:
    """The route of the page. It needs no service: the code book is the same upon every record."""
    router = APIRouter(include_in_schema=False)

    @router.get("/codebook")
    def explained(request: Request, given: GivenTimes) -> Response:
        """Every word of the code book."""
        book = the_codebook()
        kinds = [(kind, [_subject(each) for each in book.subjects if each.kind == kind.word]) for kind in book.kinds]
        effects = sorted(book.effects, key=lambda each: each.strictness or len(book.effects) + 1)
        return page(request, "codebook.html", book=book, kinds=kinds, effects=effects, sections=SECTIONS)

    return router


def anchor(word: str, kind: str) -> str:
    """Where on the page a word stands: `subject-high-risk-vendors`."""
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', word.lower()).strip('-')}"


def _subject(subject: CodebookSubject) -> Subject:
    ways = groupby(sorted(subject.reaches, key=_way), _way)
    reaches = [Reached(how, basis, tuple(each.subject for each in group)) for (how, basis), group in ways]
    others = ((each.word, reach) for each in the_codebook().subjects for reach in each.reaches)
    return Subject(
        subject, tuple(reaches), tuple((word, reach.how) for word, reach in others if reach.subject == subject.word)
    )


def _way(reach: Reach) -> tuple[str, str]:
    return reach.how, reach.basis
