"""The code book on a page: words with their names and meanings, and which classes reach which companies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from projections.answers import Codebook, CodebookJurisdiction, Word
from services.cli.page import Page
from services.cli.program import again
from services.wording import count, words


def show_codebook(page: Page, answer: Codebook) -> None:
    """The whole answer."""
    counts = f"{count(len(answer.subjects), 'subject')}, {count(len(answer.scopes), 'scope')}"
    page.heading(f"The code book: {counts}", [("code book", answer.version), ("rules", answer.rules)])
    page.write(("Subjects", "bold underline"))
    for kind in answer.kinds:
        members = [each for each in answer.subjects if each.kind == kind.word]
        page.gap()
        page.write((f"{kind.label} ({len(members)}): ", "bold"), kind.definition, indent=2)
        for each in members:
            page.write((each.word, "bold"), f": {each.definition}", indent=4)
            if each.aliases:
                page.write(("also: ", "dim"), "; ".join(each.aliases), indent=6)
            for (how, basis), reached in groupby(each.reaches, key=lambda reach: (reach.how, reach.basis)):
                companies = ", ".join(reach.subject for reach in reached)
                page.write(("reaches ", "dim"), f"{companies} ({words(how)}): {basis}", indent=6)
    _show_words(page, "How a class reaches a company", answer.reach)
    _show_words(page, "Scopes", answer.scopes)
    page.section("Effects, the strictest first")
    effects = sorted(answer.effects, key=lambda each: each.strictness or len(answer.effects) + 1)
    page.table(["Effect", "Meaning"], [[words(each.word), each.definition] for each in effects])
    _show_words(page, "Instruments", answer.instruments)
    _show_words(page, "Statuses of a measure", answer.statuses)
    _show_words(page, "Statuses of a deadline", answer.deadline_statuses)
    _show_words(page, "Who is obliged by a deadline", answer.obliged)
    _show_words(page, "Confidence of an act", answer.confidence)
    _show_words(page, "Levels of verification", answer.verification)
    page.section("Whose law held in other jurisdictions")
    rows = [[each.jurisdiction, each.name, _memberships(each)] for each in answer.jurisdictions if each.memberships]
    page.table(["Code", "Jurisdiction", "Bound by the law of"], rows)
    page.gap()
    page.write(
        f"{again('codebook', '--json')} gives all {count(len(answer.jurisdictions), 'jurisdiction')} with their names."
    )


def _show_words(page: Page, title: str, listed: Sequence[Word]) -> None:
    page.section(title)
    rows = [[words(each.word), "; ".join((each.label, *each.aliases)), each.definition] for each in listed]
    page.table(["Word", "Names", "Meaning"], rows)


def _memberships(jurisdiction: CodebookJurisdiction) -> str:
    return "; ".join(
        f"{each.of} from {each.from_}" + ("" if each.to is None else f" to {each.to}")
        for each in jurisdiction.memberships
    )
