"""A series on a page: a row a point."""

from __future__ import annotations

from projections.answers import Series
from projections.series import COUNTED
from projections.state import EVERYTHING, Filters
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.states import filter_options
from services.cli.wording import edition_facts
from services.wording import eyes, no_record, unknown, words

SHORT = {
    "requires_approval": "approval",
    "requires_security_measures": "security",
    "permits_temporarily": "permits",
    "declares_no_ban": "no ban",
}
"""Headings of columns that would not stand side by side on a terminal."""


def show_series(page: Page, answer: Series, filters: Filters = EVERYTHING) -> None:
    """The counts of every point. `filters` are those asked for, repeated where the page says how to go on."""
    known = "the day of each point (as people knew it then)"
    page.heading(
        f"Jurisdictions by {answer.step} from {answer.from_} to {answer.to}",
        [
            ("from, to", f"{answer.from_}, {answer.to} (both inclusive)"),
            ("known on", known if answer.known_on is None else eyes(answer.to, answer.known_on)),
            *edition_facts(answer.position, answer.recorded_at, answer.rules),
        ],
    )
    for each in answer.unknown or ():
        page.write((unknown(each), "bold yellow"))
    for code in answer.no_record or ():
        page.write((no_record(code), "bold yellow"))
    shown = [name for name in COUNTED if any(each.counts[name] for each in answer.points)]
    columns = ["On", *(SHORT.get(name, words(name)) for name in shown), "all"]
    rows = [[each.on, *(str(each.counts[name]) for name in shown), str(each.jurisdictions)] for each in answer.points]
    page.table(columns, rows)
    page.gap()
    short = [f"{SHORT[name]}: {words(name)}" for name in shown if name in SHORT]
    never = [words(name) for name in COUNTED if name not in shown]
    page.write("; ".join([*short, f"0 at every point: {', '.join(never)}"] if never else short) + ".")
    page.gap()
    eyes_of = ["--known-on", "DAY" if answer.known_on is None else answer.known_on]
    asked = ["--as-of", "DAY", *eyes_of, "--position", str(answer.position), *filter_options(filters)]
    page.write(f"Sources: {again('world', *asked)} gives the jurisdictions of a point, --json and --csv name them all.")
