"""The world on a page: a row a jurisdiction."""

from __future__ import annotations

from projections.answers import Headline, Jurisdictions, Matrix
from projections.state import EVERYTHING, Filters
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.states import filter_options
from services.cli.wording import edition_facts, time_facts, time_options
from services.wording import count, matched, moment, unknown, words


def show_world(page: Page, answer: Matrix, filters: Filters = EVERYTHING) -> None:
    """The matrix of headlines. `filters` are those asked for, to be repeated where the page says how to go on."""
    page.heading(
        f"The world on {answer.as_of}: {count(len(answer.jurisdictions), 'jurisdiction')}",
        time_facts(answer.as_of, answer.known_on, answer.position, answer.recorded_at, answer.rules),
    )
    for each in answer.unknown or ():
        page.write((unknown(each), "bold yellow"))
    if not answer.jurisdictions:
        page.write("No recorded jurisdiction matches on this day.")
        return
    columns = ["Code", "Jurisdiction", "Headline", "Upcoming", "Measures"]
    rows = []
    for row in answer.jurisdictions:
        counts = ", ".join(f"{number} {words(status)}" for status, number in row.counts.items())
        rows.append([row.jurisdiction, row.name, _brief(row.headline), _brief(row.upcoming), counts or "-"])
    if any(row.matched for row in answer.jurisdictions):
        columns.append("Found only")
        for cells, row in zip(rows, answer.jurisdictions, strict=True):
            cells.append(matched(row.matched or ()) or "-")
    page.table(columns, rows)
    page.gap()
    times = time_options(answer.as_of, answer.known_on, answer.position)
    page.write(
        f"Sources: {again('state', 'CODE', *times, *filter_options(filters), '--sources')} "
        "gives the measures of a row with their acts and sources."
    )


def show_jurisdictions(page: Page, answer: Jurisdictions) -> None:
    """Every jurisdiction on record and how far the record reaches."""
    page.heading(
        f"On record: {count(len(answer.jurisdictions), 'jurisdiction')}",
        edition_facts(answer.position, answer.recorded_at, answer.rules),
    )
    if not answer.jurisdictions:
        page.write(f"Nothing is recorded yet: {again('import', 'PATH')} records files, {again('demo')} the dossier.")
        return
    rows = [
        [
            row.jurisdiction,
            row.name,
            str(row.measures),
            str(row.acts),
            row.last_act or "-",
            "-" if row.last_recorded is None else moment(row.last_recorded),
            row.reviewed_on or "-",
        ]
        for row in answer.jurisdictions
    ]
    columns = ["Code", "Jurisdiction", "Measures", "Acts", "Last act", "Last recorded", "Last reviewed"]
    page.table(columns, rows)
    page.gap()
    page.write(
        f"Sources: {again('state', 'CODE', '--sources')} gives the measures of a row with their acts and sources."
    )


def _brief(line: Headline | None) -> str:
    return "-" if line is None else f"{words(line.effect)}, {words(line.status)}"
