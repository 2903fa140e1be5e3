"""An earlier report held against the record as it reads now, on a page."""

from __future__ import annotations

from collections.abc import Iterable

from projections.answers import Cause, MeasureLine, Report, ReportRestated
from services.cli.page import Page
from services.cli.rendering.differences import show_differences
from services.cli.rendering.restatements import cause_in_words, show_difference
from services.cli.wording import edition_facts
from services.wording import called, eyes, listed, terms


def show_restated(page: Page, answer: ReportRestated, file: str) -> None:
    """Each line that reads differently: what it said, what it says, which fields differ, and by which entries."""
    then, now = answer.then, answer.now
    (_, earlier), rules = edition_facts(then.position, then.recorded_at, then.rules)
    (name, later), _ = edition_facts(now.position, now.recorded_at, now.rules)
    page.heading(
        f"{file}: {called(then.jurisdiction)} on {then.as_of}, restated",
        [
            ("as of", then.as_of),
            ("known on", eyes(then.as_of, then.known_on)),
            *([("since", then.since)] if then.since else []),
            ("then", f"position {earlier}"),
            (name, later),
            rules,
        ],
    )
    lines = len(answer.differences) + len(answer.changes) + len(answer.notes)
    if not lines:
        page.write("Every line of the report reads the same today.")
        return
    page.write(f"{lines} {'line reads' if lines == 1 else 'lines read'} differently today.")
    for difference in answer.differences:
        page.gap()
        show_difference(page, difference)
        if difference.measure is not None:
            for when, report in (("it said", then), ("it says", now)):
                page.write((f"{when}: ", "dim"), _said(report, difference.measure), indent=4)
    for each in answer.changes:
        page.gap()
        what = "is not in the diary any more" if each.what == "disappeared" else "is in the diary now"
        said = f"  {each.change.measure}  {each.change.summary}: {what}  "
        page.write((each.change.on, "bold"), said, _why(each.classes))
        _show_causes(page, each.because)
    for note in answer.notes:
        page.gap()
        page.write((f"note on act {note.act}", "bold"))
        show_differences(page, note.changed, indent=4)


def _said(report: Report, measure: str) -> str:
    line: MeasureLine | None = next(
        (each for each in (*report.measures, *report.inherited) if each.measure == measure), None
    )
    return "nothing" if line is None else "; ".join(terms(line))


def _why(classes: Iterable[str]) -> tuple[str, str]:
    return f"[{listed(classes)}]", "cyan"


def _show_causes(page: Page, causes: Iterable[Cause]) -> None:
    for cause in causes:
        page.write(("because: ", "dim"), cause_in_words(cause), indent=4)
