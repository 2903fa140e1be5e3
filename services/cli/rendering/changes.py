"""The diary of a jurisdiction on a page, a line a change."""

from __future__ import annotations

from msgspec import UNSET

from projections.answers import Change, Changes, WorldChanges
from services.cli.page import Page
from services.cli.program import again
from services.cli.wording import edition_facts
from services.wording import called, eyes, matched, unknown, value_in_words, words


def show_changes(page: Page, answer: Changes) -> None:
    """The whole answer."""
    page.heading(
        f"{called(answer.jurisdiction)}: changes from {answer.from_} to {answer.to}",
        [
            ("from, to", f"{answer.from_}, {answer.to} (both inclusive)"),
            ("known on", eyes(answer.to, answer.known_on)),
            *edition_facts(answer.position, answer.recorded_at, answer.rules),
        ],
    )
    if not answer.changes:
        page.write("Nothing changed between these days, as far as it is recorded.")
        return
    for change in answer.changes:
        show_change(page, change)
    page.gap()
    page.write(f"Sources: {again('history', 'MEASURE')} gives every entry with its act and its sources.")


def show_world_changes(page: Page, answer: WorldChanges) -> None:
    """A page of the diary of several jurisdictions, and how to go on."""
    page.heading(
        f"Changes from {answer.from_} to {answer.to}",
        [
            ("from, to", f"{answer.from_}, {answer.to} (both inclusive)"),
            ("known on", eyes(answer.to, answer.known_on)),
            *edition_facts(answer.position, answer.recorded_at, answer.rules),
        ],
    )
    for each in answer.unknown or ():
        page.write((unknown(each), "bold yellow"))
    if not answer.changes:
        page.write("Nothing changed between these days, as far as it is recorded.")
        return
    for change in answer.changes:
        show_change(page, change)
    page.gap()
    if answer.next is not None:
        page.write(f"More: the same with --after {answer.next} --position {answer.position}.")
    page.write(f"Sources: {again('history', 'MEASURE')} gives every entry with its act and its sources.")


def show_change(page: Page, change: Change) -> None:
    """A line of a diary."""
    named = "" if change.deadline is UNSET else f" ({change.deadline})"
    notes = [name for name in ("expected", "retroactive") if getattr(change, name)]
    notes += [matched(change.matched)] if change.matched else []
    by = f"by act {change.by}" if change.by is not None else f"by itself, after {', '.join(change.acts)}"
    page.write(
        (change.on, "bold"),
        "  ",
        (words(change.what), "cyan"),
        f"{named}  ",
        (change.measure, "dim"),
        f"  {change.summary}",
        f"  [{'; '.join([*_differences(change), by, *notes])}]",
    )


def _differences(change: Change) -> list[str]:
    """What was otherwise before: `expires on 2019-08-19 → 2019-11-18`."""
    return [
        f"{words(name)} {value_in_words(change.before.get(name))} → {value_in_words(change.after.get(name))}"
        for name in {**change.before, **change.after}
        if change.before.get(name) != change.after.get(name)
    ]
