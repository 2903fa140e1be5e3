"""
Answers as tables: CSV (RFC 4180, UTF-8, with a header row), the same at every door.

Every row names its times, position and rules, so that it stands alone. The columns of a table and their order stay;
new ones come at the end. Lists are joined with "; ". A text that a spreadsheet would run as a formula is made a text
by a leading apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, UnsetType

from events.vocabulary import STATUSES, jurisdiction_of
from projections import answers
from projections.series import COUNTED

Cell = object
Row = Sequence[Cell]

TIMES = ("as_of", "known_on", "position", "recorded_at", "rules")
WINDOW = ("from", "to", "known_on", "position", "recorded_at", "rules")
_SERIES = ("from", "to", "step", "position", "recorded_at", "rules")
EDITION = ("position", "recorded_at", "rules")

LINE = (
    "measure", "title", "status", "certainty", "possible", "since", "instrument", "authority", "effects", "subjects",
    "scope", "targets", "values", "effective_on", "expires_on", "next_change", "acts", "verified",
)  # fmt: skip
CHANGE = ("on", "measure", "what", "by", "before", "after", "summary", "acts", "deadline", "expected", "retroactive")
DEADLINE = (
    "jurisdiction", "measure", "title", "deadline", "due", "obliged", "status", "days_overdue", "met_on", "days_late",
    "acts", "verified",
)  # fmt: skip
_ENTRY = ("position", "recorded_at", "recorded_by", "batch", "revision", "type", "act", "announced_on", "superseded_by")
_FOUND = ("kind", "name", "jurisdiction", "title", "exact", "on", "act", "authority", "coverage")
_COMPARED = ("from", "to", "from_known_on", "to_known_on", "position", "recorded_at", "rules")
_RESTATED = (
    "as_of", "known_on", "from_position", "from_recorded_at", "to_position", "to_recorded_at", "rules",
)  # fmt: skip
_HEADLINES = tuple(f"{of}_{each}" for of in ("headline", "upcoming") for each in ("effect", "status", "measures"))
_LOGGED = ("position", "edition", "recorded_at", "recorded_by", "batch", "stream", "revision", "name")
_STATUSES = tuple(status for status in STATUSES if status != "absent")

_FORMULA = re.compile(r"""[\s"'`\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]""")


def has_table(kind: type[Struct]) -> bool:
    """Whether answers of a kind can be had as a table."""
    return kind in _TABLES


def table_of(answer: Struct) -> bytes:
    """The table of an answer as CSV. KeyError for an answer that has none."""
    columns, rows = _TABLES[type(answer)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows(answer))
    return written.getvalue().encode()


def cell(value: Cell) -> str | int:
    """A value as a cell of CSV: nothing in it is run by a spreadsheet."""
    match value:
        case None | UnsetType():
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Mapping():
            return harmless("; ".join(f"{name}={_text(each)}" for name, each in value.items()))
        case list() | tuple():
            return "; ".join(_text(each) for each in value)
        case _:
            return harmless(str(value))


def _text(value: Cell) -> str:
    """A value within a list or beside its name."""
    match value:
        case None:
            return ""
        case Mapping():
            return " ".join(_text(each) for each in value.values())
        case list() | tuple():
            return ", ".join(_text(each) for each in value if each is not None)
        case _:
            return str(cell(value))


def harmless(text: str) -> str:
    """A text that no spreadsheet runs as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def fields_of(of: object, names: Iterable[str]) -> list[Cell]:
    """Fields of a struct or an entry by their names in JSON."""
    if isinstance(of, Mapping):
        return [of.get(name) for name in names]
    return [getattr(of, "from_" if name == "from" else name) for name in names]


def _state(answer: answers.State) -> Iterable[Row]:
    shared = [*fields_of(answer, TIMES), answer.jurisdiction]
    for lines, inherited in ((answer.measures, False), (answer.inherited, True)):
        for line in lines:
            yield [*shared, inherited, *fields_of(line, LINE), deadlines_of(line), _matched(line.matched)]


def deadlines_of(line: answers.MeasureLine) -> list[tuple[str, str, str]]:
    """The deadlines of a line: name, due day, status."""
    return [(each.deadline, each.due or "without a date", each.status) for each in line.deadlines]


def _pressure(answer: answers.Pressure) -> Iterable[Row]:
    shared = [*fields_of(answer, TIMES), answer.jurisdiction]
    for line in answer.measures:
        yield [*shared, jurisdiction_of(line.measure), *fields_of(line, LINE), deadlines_of(line)]


def _changes(answer: answers.Changes) -> Iterable[Row]:
    shared = [*fields_of(answer, WINDOW), answer.jurisdiction]
    return ([*shared, *fields_of(change, CHANGE)] for change in answer.changes)


def _world_changes(answer: answers.WorldChanges) -> Iterable[Row]:
    shared = fields_of(answer, WINDOW)
    for change in answer.changes:
        yield [*shared, jurisdiction_of(change.measure), *fields_of(change, CHANGE), _matched(change.matched)]


def _matrix(answer: answers.Matrix) -> Iterable[Row]:
    for row in answer.jurisdictions:
        headlines = [*_headline(row.headline), *_headline(row.upcoming)]
        counts = [row.counts.get(status, 0) for status in _STATUSES]
        yield [*fields_of(answer, TIMES), row.jurisdiction, row.name, *headlines, *counts, _matched(row.matched)]


def _series(answer: answers.Series) -> Iterable[Row]:
    for point in answer.points:
        counts = [point.counts[each] for each in COUNTED]
        codes = [point.codes.get(each, ()) for each in COUNTED]
        yield [
            *fields_of(answer, _SERIES),
            *fields_of(point, ("on", "known_on", "jurisdictions")),
            *counts,
            *codes,
            point.matched,
            point.state,
        ]


def _matched(matches: tuple[answers.Match, ...] | UnsetType) -> Cell:
    """The classes through which alone a row was found."""
    return [f"{each.subject} through {each.through} ({each.reach})" for each in matches or ()]


def _headline(headline: answers.Headline | None) -> Row:
    return ("", "", "") if headline is None else (headline.effect, headline.status, headline.measures)


def _deadlines(answer: answers.Deadlines) -> Iterable[Row]:
    for line in answer.deadlines:
        yield [*fields_of(answer, TIMES), *fields_of(line, DEADLINE), moves_of(line)]


def moves_of(line: answers.WorldDeadline) -> list[str]:
    """The moves of a deadline, a sentence each."""
    return [f"{each.on}: {each.from_ or ''} to {each.to or ''} by {each.act}" for each in line.moves]


def _history(answer: answers.History) -> Iterable[Row]:
    for entry in answer.entries:
        rest = {name: value for name, value in entry.items() if name not in (*_ENTRY, "sources", "actions")}
        told: Any = entry
        sources = [(each["name"], each.get("url")) for each in told.get("sources", ())]
        yield [
            *fields_of(answer, EDITION),
            answer.measure,
            *fields_of(entry, _ENTRY),
            sources,
            rest,
            told.get("actions"),
        ]


def _search(answer: answers.Search) -> Iterable[Row]:
    for found in answer.results:
        excerpts = [f"{each.field}: {each.text}" for each in found.excerpts if each.field != "title"]
        yield [answer.q, *fields_of(answer, EDITION), *fields_of(found, _FOUND), excerpts]


def _headlines(row: answers.MatrixRow | None) -> list[Cell]:
    """The headline of a row and what is on its way, with the word for a row that there is not."""
    if row is None:
        return ["no_record", "", "", "", "", ""]
    return [*_headline(row.headline), *_headline(row.upcoming)]


def _world_comparison(answer: answers.WorldComparison) -> Iterable[Row]:
    for row in answer.jurisdictions:
        changes = [f"{each.on} {each.what} {each.measure}" for each in row.changes]
        yield [
            *fields_of(answer, _COMPARED),
            *fields_of(row, ("jurisdiction", "name")),
            *_headlines(row.before),
            *_headlines(row.after),
            *fields_of(row, ("measures", "acts")),
            changes,
        ]


def _comparison(answer: answers.Comparison) -> Iterable[Row]:
    for line in answer.measures:
        told = [*fields_of(answer, _COMPARED), answer.jurisdiction, line.inherited, line.measure]
        for each in (line.before, line.after):
            told += [None, None] if each is None else [each.status, each.effects]
        yield [*told, _changed(line.changed), line.acts]


def _world_restatement(answer: answers.WorldRestatement) -> Iterable[Row]:
    for row in answer.jurisdictions:
        yield [
            *fields_of(answer, _RESTATED),
            *fields_of(row, ("jurisdiction", "name")),
            *_headlines(row.then),
            *_headlines(row.now),
            *fields_of(row, ("measures", "classes", "acts")),
        ]


def _restatement(answer: answers.Restatement) -> Iterable[Row]:
    for each in answer.differences:
        acts = list(dict.fromkeys(cause.act for cause in each.because if cause.act is not None))
        yield [
            *fields_of(answer, _RESTATED),
            answer.jurisdiction,
            *fields_of(each, ("of", "what", "measure")),
            _changed(each.changed),
            each.classes,
            acts,
            [cause.position for cause in each.because],
        ]


def _changed(changes: Iterable[answers.FieldChange]) -> Cell:
    """The fields that differ, `status: adopted → in_force`."""
    return [f"{each.field}: {_text(each.from_)} → {_text(each.to)}" for each in changes]


def _log(answer: answers.LogPage) -> Iterable[Row]:
    for entry in answer.events:
        told: Any = entry
        about = told["event"].get("act")
        act = told["event"].get("replacement", {}).get("act") if about is None else about
        slug = act.get("act") if isinstance(act, Mapping) else act
        stored = msgspec.json.encode(told["event"]).decode()
        yield [*fields_of(answer, EDITION), *fields_of(entry, _LOGGED), slug, stored]


_TABLES: dict[type[Struct], tuple[tuple[str, ...], Callable[[Any], Iterable[Row]]]] = {
    answers.State: ((*TIMES, "jurisdiction", "inherited", *LINE, "deadlines", "matched"), _state),
    answers.Pressure: ((*TIMES, "jurisdiction", "by", *LINE, "deadlines"), _pressure),
    answers.Changes: ((*WINDOW, "jurisdiction", *CHANGE), _changes),
    answers.WorldChanges: ((*WINDOW, "jurisdiction", *CHANGE, "matched"), _world_changes),
    answers.Matrix: (
        (
            *TIMES,
            "jurisdiction",
            "name",
            *(f"headline_{each}" for each in ("effect", "status", "measures")),
            *(f"upcoming_{each}" for each in ("effect", "status", "measures")),
            *_STATUSES,
            "matched",
        ),
        _matrix,
    ),
    answers.Series: (
        (
            *_SERIES,
            "on",
            "known_on",
            "jurisdictions",
            *COUNTED,
            *(f"codes_{each}" for each in COUNTED),
            "matched",
            "state",
        ),
        _series,
    ),
    answers.Deadlines: ((*TIMES, *DEADLINE, "moves"), _deadlines),
    answers.Search: (("q", *EDITION, *_FOUND, "excerpts"), _search),
    answers.History: (
        (*EDITION, "measure", *(f"entry_{name}" for name in _ENTRY), "sources", "fields", "actions"),
        _history,
    ),
    answers.WorldComparison: (
        (
            *_COMPARED,
            "jurisdiction",
            "name",
            *(f"{side}_{each}" for side in ("before", "after") for each in _HEADLINES),
            "measures",
            "acts",
            "changes",
        ),
        _world_comparison,
    ),
    answers.Comparison: (
        (
            *_COMPARED,
            "jurisdiction",
            "inherited",
            "measure",
            *(f"{side}_{each}" for side in ("before", "after") for each in ("status", "effects")),
            "changed",
            "acts",
        ),
        _comparison,
    ),
    answers.WorldRestatement: (
        (
            *_RESTATED,
            "jurisdiction",
            "name",
            *(f"{side}_{each}" for side in ("then", "now") for each in _HEADLINES),
            "measures",
            "classes",
            "acts",
        ),
        _world_restatement,
    ),
    answers.Restatement: (
        (*_RESTATED, "jurisdiction", "of", "what", "measure", "changed", "classes", "acts", "because"),
        _restatement,
    ),
    answers.LogPage: ((*EDITION, *(f"entry_{name}" for name in _LOGGED), "act", "event"), _log),
}
"""The columns of each table, and how its rows are made."""
