"""Two reports on the same day held against each other, on a page."""

from __future__ import annotations

from msgspec import UNSET

from projections.answers import Cause, Difference, Restatement, WorldRestatement
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.differences import show_differences
from services.cli.wording import edition_facts
from services.wording import NO_RECORD, called, eyes, headline, listed, moment, words


def show_restatement(page: Page, answer: Restatement) -> None:
    """What it said, what it says, and each difference with the entries behind it."""
    page.heading(
        f"{called(answer.jurisdiction)} on {answer.as_of}, restated",
        _facts(answer),
    )
    page.write(("Headline then: ", "bold"), headline(answer.then.headline))
    page.write(("Headline now: ", "bold"), headline(answer.now.headline))
    if not answer.differences:
        page.gap()
        page.write("The report says the same.")
    for difference in answer.differences:
        page.gap()
        show_difference(page, difference)


def show_world_restatement(page: Page, answer: WorldRestatement) -> None:
    """A row for each jurisdiction of which the report says otherwise, and how to ask for one of them."""
    page.heading(
        f"The world on {answer.as_of}, restated",
        _facts(answer),
    )
    if not answer.jurisdictions:
        page.write("The report says the same of every jurisdiction.")
    for row in answer.jurisdictions:
        page.gap()
        page.write((called(row.jurisdiction), "bold"), (f"  [{listed(row.classes)}]", "cyan"))
        then, now = (NO_RECORD if each is None else headline(each.headline) for each in (row.then, row.now))
        page.write(("headline: ", "dim"), then if then == now else f"{then} → {now}", indent=2)
        page.write(("measures: ", "dim"), ", ".join(row.measures), indent=2)
        page.write(("acts: ", "dim"), ", ".join(row.acts), indent=2)
    if answer.unaffected:
        page.gap()
        page.write(f"Recorded in between without any bearing on this day: {', '.join(answer.unaffected)}.")
    if answer.jurisdictions:
        page.gap()
        asked = again("restatement", "COUNTRY", "--as-of", answer.as_of, "--from-position", str(answer.from_position))
        page.write(f"One of them, with the entries behind it: {asked}.")


def _facts(answer: Restatement | WorldRestatement) -> list[tuple[str, str]]:
    (_, earlier), rules = edition_facts(answer.from_position, answer.from_recorded_at, answer.rules)
    (name, later), _ = edition_facts(answer.to_position, answer.to_recorded_at, answer.rules)
    return [
        ("as of", answer.as_of),
        ("known on", eyes(answer.as_of, answer.known_on)),
        ("then", f"position {earlier}"),
        (name, later),
        rules,
    ]


def show_difference(page: Page, difference: Difference) -> None:
    """What differs, which fields, and by which entries."""
    inherited = ", inherited" if difference.of == "inherited" else ""
    page.write(
        (difference.measure or words(difference.of), "bold"),
        f"  {difference.what}{inherited}  ",
        (f"[{listed(difference.classes)}]", "cyan"),
    )
    show_differences(page, difference.changed, indent=4)
    for cause in difference.because:
        page.write(("because: ", "dim"), cause_in_words(cause), indent=4)


def cause_in_words(cause: Cause) -> str:
    """An entry of the log behind a difference, in a line."""
    about = "" if cause.act is None else f" act {cause.act}"
    announced = "" if cause.announced_on is UNSET else f" of {cause.announced_on}"
    why = [words(str(each)) for each in (cause.reason, cause.level) if each is not UNSET]
    why += [cause.note] if isinstance(cause.note, str) else []
    told = f" ({': '.join(why)})" if why else ""
    return (
        f"{cause.position} {words(cause.type)}{about}{announced}{told}, "
        f"recorded {moment(cause.recorded_at)} by {cause.recorded_by}"
    )
