"""What a search found, on a page: jurisdictions, measures and acts, each with where in it the words stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from projections.answers import Excerpt, Found, Search
from services.cli.page import Page, Part
from services.cli.program import again
from services.cli.wording import edition_facts, quoted
from services.wording import called, count, understood, words

NAMES = {"jurisdiction": "Jurisdictions", "measure": "Measures", "act": "Acts"}


def show_search(page: Page, answer: Search, options: Sequence[str] = ()) -> None:
    """What was found by kind, and how to see more of it with the same options."""
    page.heading(f"Search: {answer.q}", edition_facts(answer.position, answer.recorded_at, answer.rules))
    for meant in answer.understood:
        page.write((understood(meant), "dim"))
    if not any(answer.counts.values()):
        page.write("Nothing on record has these words. A word less, or the beginning of one, finds more.")
    for kind, title in NAMES.items():
        found = [each for each in answer.results if each.kind == kind]
        if found:
            total = count(answer.counts[kind], "result")
            page.section(f"{title} ({'at least ' if answer.more else ''}{total})")
        for each in found:
            _show_found(page, each)
    page.gap()
    if answer.more:
        page.write("More than were looked at: a word more finds what is meant.")
    if answer.next is not None:
        page.write(f"More: {again('search', quoted(answer.q), '--after', str(answer.next), *options)}.")


def _show_found(page: Page, found: Found) -> None:
    if found.kind == "jurisdiction":
        note = "" if found.coverage == "recorded" else "  (no record, which is no statement that there is no ban)"
        page.write((called(found.name), "bold"), (note, "dim"), indent=2)
        return
    title = next((each for each in found.excerpts if each.field == "title"), None)
    parts: list[Part] = [(found.title, "bold")] if title is None else list(_marked(title))
    page.write((found.name, "cyan"), "  ", *parts, indent=2)
    page.write((f"{found.on}, {found.authority}", "dim"), indent=6)
    for each in found.excerpts:
        if each is not title:
            page.write((f"{words(each.field)}: ", "dim"), *_marked(each), indent=6)


def _marked(excerpt: Excerpt) -> Iterator[Part]:
    at = 0
    for start, end in excerpt.marks:
        yield excerpt.text[at:start]
        yield excerpt.text[start:end], "bold yellow"
        at = end
    yield excerpt.text[at:]
