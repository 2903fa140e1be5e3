"""What is new since a position, on a page."""

from __future__ import annotations

from projections.answers import MeasureLine, News
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.differences import show_differences
from services.cli.rendering.restatements import cause_in_words
from services.cli.wording import edition_facts
from services.wording import count, words


def show_news(page: Page, answer: News) -> None:
    """The whole answer: measure by measure with the entries behind, then the days that have come."""
    (name, position), rules = edition_facts(answer.position, answer.recorded_at, answer.rules)
    days = f"{answer.due_after} to {answer.due_to}" if answer.due_after else f"to {answer.due_to}"
    page.heading(
        f"News since position {answer.since}: {count(len(answer.measures), 'measure')}",
        [("as of", answer.as_of), (name, position), ("days after", days), rules],
    )
    if not answer.measures and not answer.due:
        page.write("Nothing is new.")
    for each in answer.measures:
        page.write((each.measure, "bold"), f"  {_status(each.before)} → {_status(each.after)}")
        show_differences(page, each.changed, indent=4)
        for cause in each.because:
            page.write(("because: ", "dim"), cause_in_words(cause), indent=4)
    if answer.due:
        page.section("Days that have come")
    for due in answer.due:
        page.write((due.day, "bold"), "  ", (due.change.measure, "dim"), f"  {due.change.summary}")
    page.gap()
    further = again("news", "--since", str(answer.position), "--due-after", answer.due_to)
    page.write(f"{'There is more' if answer.more else 'What comes next'}: {further}.")


def _status(line: MeasureLine | None) -> str:
    return "nothing" if line is None else words(line.status)
