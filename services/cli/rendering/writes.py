"""What a write came to, or would come to, on a page."""

from __future__ import annotations

from msgspec import UNSET

from projections.answers import MeasureLine, Preview, PreviewedMeasure, Written, WrittenEntry
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.changes import show_change
from services.cli.wording import STATUS_STYLES, edition_facts
from services.wording import count, words


def show_write(page: Page, answer: Written | Preview) -> None:
    """The whole answer."""
    if isinstance(answer, Preview):
        _show_preview(page, answer)
    else:
        _show_written(page, answer)
    for each in () if answer.left is UNSET else answer.left:
        page.write(f"Left as it is: {each.get('act') or 'review ' + each['review']}: {each['why']}.")


def _show_written(page: Page, answer: Written) -> None:
    new = [entry for entry in answer.entries if not entry.repeated]
    if new:
        positions = sorted(position for entry in new for position in entry.positions)
        places = f"position {positions[0]}" if len(positions) == 1 else f"positions {positions[0]} to {positions[-1]}"
        page.write(f"Recorded {count(len(positions), 'event')} at {places}, batch {answer.batch}.")
    else:
        page.write("Nothing new was recorded: all of it was on record already.")
    for entry in answer.entries:
        _show_entry(page, entry)
    if any(entry.what != "verified" for entry in new):
        page.write(f"It can be undone: {again('undo', str(answer.batch), '--reason', 'unfounded')}.")


def _show_entry(page: Page, entry: WrittenEntry) -> None:
    named = entry.jurisdiction if entry.act is UNSET else entry.act
    revisions = ", ".join(f"{measure} at revision {revision}" for measure, revision in entry.revisions.items())
    repeated = f" at position {entry.positions[0]}, before this" if entry.repeated else ""
    now = f"; now it is {entry.now}" if entry.repeated and entry.now not in (None, entry.what) else ""
    page.write((entry.what, "cyan"), f" {named}{repeated}{now} ({revisions})", indent=2)


def _show_preview(page: Page, answer: Preview) -> None:
    page.heading(
        f"Dry run: {count(answer.events, 'event')} would be recorded. Nothing was recorded.",
        [("read on", answer.as_of), *edition_facts(answer.position, answer.recorded_at, answer.rules)],
    )
    for measure in answer.measures:
        _show_measure(page, measure)


def _show_measure(page: Page, measure: PreviewedMeasure) -> None:
    page.section(f"{measure.measure}, at revision {measure.revision}")
    page.write("before: ", *_status(measure.before), indent=2)
    page.write("after:  ", *_status(measure.after), indent=2)
    for title, rows in (("would go from its diary:", measure.gone), ("would come into its diary:", measure.new)):
        if rows:
            page.write(title, indent=2)
            for row in rows:
                show_change(page, row)


def _status(line: MeasureLine | None) -> tuple[str | tuple[str, str], ...]:
    if line is None:
        return ("not there",)
    since = f", since {line.since}" if line.since is not None else ""
    until = f", last day in force {line.expires_on}" if line.expires_on is not None else ""
    start = f", first day in force {line.effective_on}" if line.effective_on is not None else ""
    verified = f", verified: {words(line.verified)}" if line.verified is not None else ""
    return (words(line.status), STATUS_STYLES[line.status]), f"{since}{start}{until}{verified}"
