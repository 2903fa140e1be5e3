"""Deadlines on a page, by due day."""

from __future__ import annotations

from projections.answers import Deadlines
from services.cli.page import Page
from services.cli.program import again
from services.cli.wording import DEADLINE_STYLES, time_facts
from services.wording import count, deadline, words


def show_deadlines(page: Page, answer: Deadlines) -> None:
    """The whole answer, a line a deadline."""
    page.heading(
        f"Deadlines on {answer.as_of}: {count(len(answer.deadlines), 'deadline')}",
        time_facts(answer.as_of, answer.known_on, answer.position, answer.recorded_at, answer.rules),
    )
    if not answer.deadlines:
        page.write("No recorded deadline matches on this day.")
        return
    for line in answer.deadlines:
        page.write(
            (line.due or "no date", "bold"),
            "  ",
            (line.deadline, ""),
            "  ",
            (line.measure, "dim"),
            f"  {line.title}: ",
            (deadline(line), DEADLINE_STYLES.get(line.status, "")),
            f"  [{', '.join(line.acts)}]",
            "" if line.verified is None else f"  verified: {words(line.verified)}",
        )
    page.gap()
    page.write(f"Sources: {again('history', 'MEASURE')} gives every entry with its act and its sources.")
