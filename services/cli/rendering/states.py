"""The state of a jurisdiction on a page: what is in force, what is coming, what is overdue, and why."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from projections.answers import DeadlineLine, MeasureLine, Pressure, State
from projections.state import EVERYTHING, Filters
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.acts import show_acts
from services.cli.sources import Acts
from services.cli.wording import DEADLINE_STYLES, STATUS_STYLES, quoted, time_facts, time_options
from services.wording import NO_RECORD, called, deadline, headline, listed, matched, unknown, words

GROUPS = ("in_force", "suspended", "adopted", "announced", "proposed", "expired", "ended", "absent")
_ABSENT = "Perhaps not there yet"


def show_state(page: Page, answer: State, acts: Acts | None = None, filters: Filters = EVERYTHING) -> None:
    """
    The whole answer; with `acts`, every measure is followed by its acts and their sources.

    `filters` are those that were asked for, to be repeated where the page says how the sources are asked for.
    """
    page.heading(
        f"{called(answer.jurisdiction)} on {answer.as_of}",
        time_facts(answer.as_of, answer.known_on, answer.position, answer.recorded_at, answer.rules),
    )
    show_country(page, answer, acts)
    if acts is None and (answer.measures or answer.inherited):
        page.gap()
        times = time_options(answer.as_of, answer.known_on, answer.position)
        page.write(
            f"Sources: {again('state', answer.jurisdiction, *times, *filter_options(filters), '--sources')} "
            f"gives them with each act, {again('history', 'MEASURE')} gives every entry."
        )


def show_pressure(page: Page, answer: Pressure) -> None:
    """The measures of others that are aimed at a jurisdiction."""
    page.heading(
        f"Aimed at {called(answer.jurisdiction)} on {answer.as_of}",
        time_facts(answer.as_of, answer.known_on, answer.position, answer.recorded_at, answer.rules),
    )
    if not answer.measures:
        page.write("No measure of others is aimed at it on this day, as far as is recorded and was known.")
    for line in answer.measures:
        show_measure(page, line, None, with_status=True)


def show_country(page: Page, answer: State, acts: Acts | None = None) -> None:
    """The answer without its heading."""
    show_summary(page, answer)
    _show_overdue(page, [*answer.measures, *answer.inherited])
    _show_groups(page, answer.measures, acts)
    if answer.inherited:
        page.section("Inherited from the European Union (EU)")
        for line in answer.inherited:
            show_measure(page, line, acts, with_status=True)


def show_summary(page: Page, answer: State) -> None:
    """The headline, what is coming, and whether there is a record at all."""
    recorded = answer.coverage != "no_record"
    page.write(("Headline: ", "bold"), headline(answer.headline) if recorded or answer.headline else NO_RECORD)
    if answer.upcoming is not None:
        page.write(("Upcoming: ", "bold"), headline(answer.upcoming))
    if recorded and not answer.measures:
        page.write("No measure of its own matches on this day.")
    for each in answer.unknown or ():
        page.write((unknown(each), "bold yellow"))
    if answer.reviewed_on is not None:
        page.write(f"Last looked through on {answer.reviewed_on}.")


def filter_options(filters: Filters) -> list[str]:
    """The filters as they are given on the command line."""
    given = {
        "--subject": filters.subjects,
        "--scope": filters.scopes,
        "--effect": filters.effects,
        "--status": filters.statuses,
        "--verified": () if filters.verified is None else (filters.verified,),
    }
    repeated = [part for option, values in given.items() for value in values for part in (option, quoted(value))]
    return [*repeated, "--classes", "include"] if filters.classes else repeated


def _show_overdue(page: Page, lines: Sequence[MeasureLine]) -> None:
    overdue = [(line, each) for line in lines for each in line.deadlines if each.status == "overdue"]
    if not overdue:
        return
    page.section(f"Overdue ({len(overdue)})")
    for line, each in sorted(overdue, key=due):
        page.write((each.deadline, "bold red"), f" of {line.measure} ({line.title}): {deadline(each)}", indent=2)


def due(overdue: tuple[MeasureLine, DeadlineLine]) -> str:
    """The day by which deadlines are put in order."""
    return overdue[1].due or ""


def _show_groups(page: Page, lines: Sequence[MeasureLine], acts: Acts | None) -> None:
    for status in GROUPS:
        group = [line for line in lines if line.status == status]
        if group:
            title = _ABSENT if status == "absent" else words(status).capitalize()
            page.section(f"{title} ({len(group)})")
            for line in group:
                show_measure(page, line, acts)


def show_measure(page: Page, line: MeasureLine, acts: Acts | None, *, with_status: bool = False) -> None:
    """One measure: its terms, its dates, its deadlines, and the acts on which this line rests."""
    page.write((line.title, f"bold {STATUS_STYLES[line.status]}"), "  ", (line.measure, "dim"), indent=2)
    if with_status:
        page.write(f"status: {words(line.status)}", indent=4)
    if line.possible is not UNSET:
        page.write(f"status not certain, possible: {listed(line.possible)}", indent=4)
    for name, value in _facts(line):
        page.write((f"{name}: ", "dim"), value, indent=4)
    for each in line.deadlines:
        style = DEADLINE_STYLES.get(each.status, "")
        page.write(("deadline ", "dim"), each.deadline, ": ", (deadline(each), style), indent=4)
    show_acts(page, line.acts, acts, indent=4)


def _facts(line: MeasureLine) -> list[tuple[str, str]]:
    values = {} if line.values is UNSET else line.values
    facts = [
        ("effect", listed(line.effects)),
        ("scope", listed(line.scope)),
        ("subjects", ", ".join(line.subjects)),
        ("matched", matched(line.matched or ())),
        ("aimed at", ", ".join(line.targets)),
        ("values", ", ".join(f"{name} = {value}" for name, value in values.items())),
        ("dates", _dates(line)),
        ("by", f"{line.authority} ({words(line.instrument)})"),
        ("verified", "" if line.verified is None else words(line.verified)),
    ]
    return [(name, value) for name, value in facts if value]


def _dates(line: MeasureLine) -> str:
    dates = (
        ("since", line.since),
        ("first day in force", line.effective_on),
        ("last day in force", line.expires_on),
        ("next change", line.next_change),
    )
    return ", ".join(f"{name} {value}" for name, value in dates if value is not None)
