"""A report as a document: headings, lines, and numbered notes. How it is written is the matter of each form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import UNSET, Struct

from events.actions import Act
from projections.answers import Change, DeadlineLine, Headline, MeasureLine, Report
from projections.brief import group_of
from services.wording import HEADINGS, NO_RECORD, called, deadline, eyes, headline, moment, terms, words

MARK = "dateline-report: "
"""What stands before the pinned request in every form of a report, so that the report can be asked for again."""


class Line(Struct, frozen=True):
    """A line: what it is about, its name on record, what is said, and the numbers of the notes that it rests on."""

    lead: str
    name: str
    said: str
    notes: tuple[int, ...]
    is_urgent: bool = False


class Section(Struct, frozen=True):
    """Lines under a heading, or the sentence that stands where there are none."""

    heading: str
    lines: tuple[Line, ...]
    nothing: str = ""


class Reference(Struct, frozen=True):
    """A source of a note. `url` is http or https, or None."""

    name: str
    date: str | None
    url: str | None


class Note(Struct, frozen=True):
    """An act, with its sources."""

    number: int
    act: str
    said: str
    sources: tuple[Reference, ...]


class Document(Struct, frozen=True):
    """A report. `pinned` is the address at which it stays the same for ever; `facts` are names and values."""

    title: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]
    cite: str
    licence: str
    pinned: str
    recorded_on: str | None


def document_of(report: Report) -> Document:
    """A report in words."""
    assert report.cite is not UNSET
    numbers = {act.act: number for number, act in enumerate(report.acts, 1)}
    at = "" if report.recorded_at is None else f", recorded at {moment(report.recorded_at)}"
    facts = [
        ("As of", report.as_of),
        ("Known on", eyes(report.as_of, report.known_on)),
        ("Record", f"position {report.position}{at}, rules {report.rules}"),
    ]
    return Document(
        title=f"{called(report.jurisdiction)} on {report.as_of}",
        facts=tuple(facts),
        summary=tuple(_summary(report)),
        sections=tuple(_sections(report, numbers)),
        notes=tuple(_note(numbers[act.act], act) for act in report.acts),
        cite=report.cite.text,
        licence=report.cite.licence,
        pinned=report.cite.url,
        recorded_on=None if report.recorded_at is None else report.recorded_at.date().isoformat(),
    )


def _summary(report: Report) -> Iterator[str]:
    titles = {line.measure: line.title for line in report.measures}
    recorded = report.coverage != "no_record"
    yield f"Headline: {_headline(report.headline, titles) if recorded or report.headline else NO_RECORD}."
    if report.upcoming is not None:
        yield f"On its way: {_headline(report.upcoming, titles)}."
    if report.reviewed_on is not None:
        yield f"Last looked through on {report.reviewed_on}, and nothing new was found."


def _headline(line: Headline | None, titles: Mapping[str, str]) -> str:
    if line is None:
        return headline(line)
    return f"{words(line.effect)}, {words(line.status)} ({'; '.join(titles.get(each, each) for each in line.measures)})"


def _sections(report: Report, numbers: Mapping[str, int]) -> Iterator[Section]:
    overdue = [*_deadlines(report.measures, numbers, "overdue")]
    if overdue:
        yield Section("Overdue", tuple(overdue))
    if not report.measures:
        yield Section("What held", (), "No measure of its own is there on this day, as far as was known.")
    for group, lines in groupby(report.measures, key=group_of):
        yield Section(HEADINGS[group], tuple(_line(line, numbers) for line in lines))
    due = tuple(_deadlines(report.measures, numbers, "open", "postponed"))
    yield Section("Due next", due, "No deadline is open on this day, as far as was known.")
    if report.since is not None:
        changed = tuple(_change(row, numbers) for row in report.changes)
        nothing = f"Nothing changed from {report.since} to {report.as_of}, as far as it is recorded and was known."
        yield Section(f"What changed from {report.since} to {report.as_of}", changed, nothing)
    if report.inherited:
        inherited = tuple(_line(line, numbers, with_status=True) for line in report.inherited)
        yield Section("Inherited from the European Union", inherited)


def _line(line: MeasureLine, numbers: Mapping[str, int], *, with_status: bool = False) -> Line:
    said = [words(line.status)] if with_status else []
    said += terms(line)
    said += [f"deadline {each.deadline}: {deadline(each)}" for each in line.deadlines]
    if line.possible is not UNSET:
        said.append(f"not certain: it may be {' or '.join(map(words, line.possible))}")
    return Line(line.title, line.measure, "; ".join(said), _notes(line.acts, numbers))


def _deadlines(lines: Iterable[MeasureLine], numbers: Mapping[str, int], *statuses: str) -> Iterator[Line]:
    found = [(each, line) for line in lines for each in line.deadlines if each.status in statuses]
    for each, line in sorted(found, key=_due):
        said = f"of {line.title}: {deadline(each)}"
        yield Line(each.deadline, line.measure, said, _notes(each.acts, numbers), each.status == "overdue")


def _due(found: tuple[DeadlineLine, MeasureLine]) -> tuple[bool, str, str]:
    each, line = found
    return each.due is None, each.due or "", line.measure


def _change(row: Change, numbers: Mapping[str, int]) -> Line:
    expected = "expected: " if row.expected else ""
    by = "" if row.by is not None else " (as the day passed)"
    return Line(row.on, row.measure, f"{expected}{row.summary}{by}", _notes(row.acts, numbers))


def _notes(acts: Sequence[str], numbers: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(numbers[act] for act in acts if act in numbers)


def _note(number: int, act: Act) -> Note:
    days = [f"announced on {act.announced_on}"]
    days += [f"published on {act.published_on}"] if act.published_on else []
    said = [act.title, f"{act.authority}, {', '.join(days)}", *([act.citation] if act.citation else [])]
    sources = tuple(Reference(each.name, each.date, each.url or each.archived_url) for each in act.sources)
    return Note(number, act.act, ". ".join(said), sources)
