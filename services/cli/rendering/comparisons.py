"""Two days held against each other, or one day by the eyes of two, on a page."""

from __future__ import annotations

from projections.answers import Comparison, MatrixRow, MeasureCompared, WorldComparison
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.changes import show_change
from services.cli.rendering.differences import show_differences
from services.cli.wording import edition_facts
from services.wording import NO_RECORD, called, eyes, headline, listed


def show_world_comparison(page: Page, answer: WorldComparison) -> None:
    """A row for each jurisdiction that reads otherwise, and how to ask for one of them."""
    page.heading(f"The world on {answer.from_} and on {answer.to}", _facts(answer))
    if not answer.jurisdictions:
        page.write("Every jurisdiction on record reads the same.")
        return
    for row in answer.jurisdictions:
        page.gap()
        page.write((called(row.jurisdiction), "bold"))
        _show_headlines(page, row.before, row.after, indent=2)
        page.write(("measures: ", "dim"), ", ".join(row.measures), indent=2)
        if row.acts:
            page.write(("by acts: ", "dim"), ", ".join(row.acts), indent=2)
        for change in row.changes:
            show_change(page, change)
    page.gap()
    page.write(
        f"One of them, line by line: {again('comparison', 'COUNTRY', '--from', answer.from_, '--to', answer.to)}."
    )


def show_comparison(page: Page, answer: Comparison) -> None:
    """Both headlines, each measure whose line differs with the fields that do, and the diary in between."""
    page.heading(f"{called(answer.jurisdiction)} on {answer.from_} and on {answer.to}", _facts(answer))
    _show_headlines(page, answer.before, answer.after)
    if not answer.measures:
        page.write("Every measure reads the same.")
    for measure in answer.measures:
        page.gap()
        _show_measure(page, measure)
    if answer.changes:
        page.section("In between")
        for change in answer.changes:
            show_change(page, change)


def _facts(answer: Comparison | WorldComparison) -> list[tuple[str, str]]:
    return [
        ("from", f"{answer.from_}, {eyes(answer.from_, answer.from_known_on)}"),
        ("to", f"{answer.to}, {eyes(answer.to, answer.to_known_on)}"),
        *edition_facts(answer.position, answer.recorded_at, answer.rules),
    ]


def _show_headlines(page: Page, before: MatrixRow | None, after: MatrixRow | None, *, indent: int = 0) -> None:
    told = [NO_RECORD if row is None else headline(row.headline) for row in (before, after)]
    if told[0] == told[1]:
        page.write(("headline on both: ", "dim"), told[0], indent=indent)
    else:
        page.write(("headline: ", "dim"), f"{told[0]} → {told[1]}", indent=indent)


def _show_measure(page: Page, measure: MeasureCompared) -> None:
    line = measure.after or measure.before
    what = "appeared" if measure.before is None else "disappeared" if measure.after is None else "changed"
    inherited = ", inherited" if measure.inherited else ""
    title = "" if line is None else f"  {line.title}"
    page.write((measure.measure, "bold"), title, (f"  {what}{inherited}", "cyan"))
    show_differences(page, measure.changed, indent=4)
    if measure.acts:
        page.write(("by acts: ", "dim"), listed(measure.acts), indent=4)
