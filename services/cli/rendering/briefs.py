"""A state in brief: a line a measure, a line an act with the names of its sources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from projections.answers import DeadlineLine, MeasureLine, State
from services.cli.page import Page, Part
from services.cli.rendering.states import GROUPS, due, show_summary
from services.cli.sources import ActRead, Acts
from services.cli.wording import DEADLINE_STYLES, STATUS_STYLES
from services.wording import called, count, deadline, listed, some, words

NAMED = 2
"""So many sources of an act, or subjects of a measure, are named; the others are counted."""

SHORT = 40
"""An address of so many signs stands beside the name of its source."""


def show_brief(page: Page, answer: State, acts: Acts) -> None:
    """The state of a jurisdiction; an act that stands under several measures is told once."""
    page.write((called(answer.jurisdiction), "bold underline"))
    show_summary(page, answer)
    told: set[str] = set()
    lines = [*answer.measures, *answer.inherited]
    overdue = [(line, each) for line in lines for each in line.deadlines if each.status == "overdue"]
    if overdue:
        page.write(("Overdue", "bold red"))
    for line, each in sorted(overdue, key=due):
        _show_overdue(page, line, each)
    ordered = sorted(answer.measures, key=lambda line: GROUPS.index(line.status))
    for status, group in groupby(ordered, key=lambda line: line.status):
        page.write(("Perhaps not there yet" if status == "absent" else words(status).capitalize(), "bold"))
        for line in group:
            _show_line(page, line, acts, told)
    if answer.inherited:
        page.write(("Inherited from the European Union (EU)", "bold"))
    for line in answer.inherited:
        _show_line(page, line, acts, told, f"{words(line.status)}: ")


def _show_overdue(page: Page, line: MeasureLine, each: DeadlineLine) -> None:
    page.write(
        each.deadline,
        "  ",
        (line.measure, "dim"),
        "  ",
        (deadline(each), DEADLINE_STYLES[each.status]),
        f"  [{', '.join(line.acts)}]",
        indent=2,
    )


def _show_line(page: Page, line: MeasureLine, acts: Acts, told: set[str], status: str = "") -> None:
    above = [slug for slug in line.acts if slug in told]
    page.write(
        (line.title, STATUS_STYLES[line.status]),
        "  ",
        (line.measure, "dim"),
        f"  {status}{'; '.join(_terms(line))}",
        f"  [{', '.join(above)}, as above]" if above else "",
        indent=2,
    )
    for slug in line.acts:
        if slug not in above:
            page.write(*(_act(acts[slug]) if slug in acts else (("act ", "dim"), slug)), indent=6)
    told.update(line.acts)


def _terms(line: MeasureLine) -> Iterator[str]:
    yield "no effect of its own" if line.effects == ("none",) else listed(line.effects)
    if line.scope:
        yield f"scope {listed(line.scope)}"
    if line.subjects:
        yield f"on {some(line.subjects, NAMED)}"
    if line.targets:
        yield f"aimed at {', '.join(line.targets)}"
    if line.possible:
        yield f"not certain: {' or '.join(words(each) for each in line.possible)}"
    if line.since is not None:
        yield f"since {line.since}"
    if line.effective_on is not None and line.status in ("adopted", "announced", "proposed"):
        yield f"in force from {line.effective_on}"
    if line.expires_on is not None:
        yield f"until {line.expires_on}"
    for each in line.deadlines:
        if each.status in ("open", "met"):
            yield f"{each.deadline} {deadline(each)}"


def _act(act: ActRead) -> list[Part]:
    """The act with its day, its citation and its first sources, those before others whose address is short."""
    parts: list[Part] = [("act ", "dim"), f"{act.act} of {act.announced_on}"]
    short = {source.url for source in act.sources if source.url is not None and len(source.url) <= SHORT}
    ordered = sorted(act.sources, key=lambda source: source.url not in short)
    if act.citation is not None and not any(act.citation in source.name for source in ordered[:NAMED]):
        parts.append(f" [{act.citation}]")
    for number, source in enumerate(ordered[:NAMED]):
        parts.append(f"{' | ' if number else ': '}{source.name}")
        if source.url is not None and source.url in short:
            parts += [" ", (source.url, "dim")]
    if len(ordered) > NAMED:
        parts.append(f" | {count(len(ordered) - NAMED, 'other')}")
    return parts
