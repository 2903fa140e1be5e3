"""One measure on a page: its line on a day, and how it went over time."""

from __future__ import annotations

from projections.answers import MeasureAnswer, Profile
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.states import show_measure
from services.cli.sources import Acts
from services.cli.wording import STATUS_STYLES, time_facts
from services.wording import listed, words


def show_one_measure(page: Page, answer: MeasureAnswer, acts: Acts | None = None) -> None:
    """The whole answer."""
    page.heading(
        f"{answer.measure} on {answer.as_of}",
        time_facts(answer.as_of, answer.known_on, answer.position, answer.recorded_at, answer.rules),
    )
    if answer.line is None:
        page.write("The measure is not there on this day, as far as was known.")
    else:
        show_measure(page, answer.line, acts, with_status=True)
    if answer.profile:
        page.section("Over time (what is not known to the day is read at its last possible day)")
        for run in answer.profile:
            _show_run(page, run)
    if answer.links:
        page.section("Related")
        for link in answer.links:
            page.write(f"{words(link['type'])} {link['to']} (act {link['act']})", indent=2)
    page.gap()
    page.write(f"Sources: {again('history', answer.measure)} gives every entry with its act and its sources.")


def _show_run(page: Page, run: Profile) -> None:
    facts = [
        listed(run.effects),
        f"scope {listed(run.scope)}" if run.scope else "",
        f"on {', '.join(run.subjects)}" if run.subjects else "",
        f"aimed at {', '.join(run.targets)}" if run.targets else "",
        ", ".join(f"{name} = {value}" for name, value in run.values.items()),
        f"first day in force {run.effective_on}" if run.effective_on else "",
        f"last day in force {run.expires_on}" if run.expires_on else "",
    ]
    until = f"to {run.to}" if run.to is not None else "onwards"
    style = STATUS_STYLES[run.status]
    page.write(f"{run.from_} {until}: ", (words(run.status), style), "; ", "; ".join(filter(None, facts)), indent=2)
