"""
A panel: a table of levels, one a jurisdiction and day, published again and again.

Each run of days with one level is an act on the measure of its jurisdiction, `levels-nl-2020-03-01`, announced on its
first day. A later snapshot records the runs that are new, corrects those whose level is another, retracts those that
begin no more, and records again those that begin anew. An empty cell is a day without a level.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple, get_args

from msgspec import UNSET, Struct
from msgspec.json import decode, encode

from events.actions import AnyAction, MeasureAdopted, MeasureAmended
from events.dates import EARLIEST, LATEST
from events.vocabulary import EFFECTS, Instrument
from projections.standing import Standing
from services.intake import fields
from services.intake.plain import Bare, shown
from services.intake.problems import Finding, Problem, Problems, Wrong, wrong
from services.intake.sources.jsonfile import text_of
from services.intake.sources.mapping import Asked, Line, Mapped, OnRecord, kept, name_of, written
from services.intake.sources.published import Download, downloads
from services.intake.yamltext import Document, Unreadable, load

VALUE = "level"
"""The name of the value that holds the level of a day."""

_SNAPSHOT = "snapshot of "
_MARK = "snapshot"
_DAY = timedelta(days=1)


class Panel(Struct, frozen=True):
    """What a mapping file says of a panel. `levels` are the terms of each, by the text of a cell."""

    measure: str
    title: str
    authority: str
    source: Mapping[str, str]
    levels: Mapping[str, Mapping[str, Any]]
    instrument: str = "guidance"
    jurisdiction: str = "jurisdiction"
    day: str = "day"
    level: str = "level"


class Cells(NamedTuple):
    """The levels of a jurisdiction in a snapshot: by day from the first of the window, None for none; its line."""

    levels: list[str | None]
    line: int
    others: dict[str, str]


class Snapshot(NamedTuple):
    """A snapshot: the first day of its window, and the cells of each jurisdiction."""

    first: date
    cells: dict[str, Cells]


Run = tuple[bool, str | None]
"""Whether a run of days is the first of its jurisdiction, and its level."""

Runs = Mapping[date, Run]

_OTHERWISE: Run = (False, "\x00")
"""A run on record that the mapping file would tell otherwise, whatever its level."""


def mapped(asked: Asked, on_record: OnRecord, problems: Problems) -> Mapped:
    """What the snapshots change, one after the other, upon what is on record."""
    panel = _panel_of(asked, problems)
    snapshots = downloads(asked, problems)
    if panel is None or problems.count:
        return Mapped([], [])
    standing = on_record(f"{panel.measure}-")
    before, latest = _on_record(panel, standing)
    ever = set(standing.actions) | standing.retracted
    lines: list[Line] = []
    notes: list[str] = []
    for download in snapshots:
        if latest is not None and download.at <= latest:
            told = f"the record goes on to the snapshot of {written(latest)}"
            notes.append(f"{download.name} is left alone: {told}.")
            continue
        snapshot = _read(download, panel, problems)
        if snapshot is None or problems.count:
            continue
        after = {code: _runs(cells.levels, snapshot.first) for code, cells in snapshot.cells.items()}
        _hold_removals(download, before, after, asked.removes_at_most, problems)
        lines += _changes(download, panel, snapshot, before, after, ever, asked.replay)
        gone = sorted(code for code in before if before[code] and not after.get(code))
        if gone:
            notes.append(f"{download.name} has no levels of {', '.join(gone)} any more: what was told is retracted.")
        before = after
    return Mapped(lines, notes)


def _changes(
    download: Download,
    panel: Panel,
    snapshot: Snapshot,
    before: Mapping[str, Runs],
    after: Mapping[str, Runs],
    ever: set[str],
    replay: bool,
) -> Iterator[Line]:
    moment = written(download.at)
    recorded = {"recorded_at": moment} if replay else {}
    note = f"{_SNAPSHOT}{moment}"
    for code in sorted(before.keys() | after.keys()):
        old, new = before.get(code, {}), after.get(code, {})
        if old == new:
            continue
        cells = snapshot.cells.get(code)
        origin = f"{download.name}, line {cells.line if cells else 1}"
        for day in sorted(old.keys() | new.keys()):
            run = new.get(day)
            if run == old.get(day):
                continue
            slug = _slug(panel, code, day)
            content: dict[str, Any] = {"jurisdiction": code, **recorded}
            if run is None:
                content.update(retract=slug, reason="unfounded", note=note)
            else:
                act = _act(panel, slug, day, run, moment, cells.others if cells else {})
                if day in old:
                    content.update(correct=slug, reason="source_corrected", note=note, replacement=act)
                else:
                    content["act"] = {**act, "again": True} if slug in ever else act
                    ever.add(slug)
            yield Line(content, origin)


def _act(panel: Panel, slug: str, day: date, run: Run, moment: str, others: dict[str, str]) -> dict[str, Any]:
    on = day.isoformat()
    source = {**panel.source, "date": moment[:10], "kept": {**others, _MARK: moment}}
    return {
        "act": slug,
        "announced_on": on,
        "authority": panel.authority,
        "instrument": panel.instrument,
        "title": f"{panel.title}: {'no level' if run[1] is None else f'level {run[1]}'}",
        "sources": [source],
        "actions": [_action(panel, on, run)],
    }


def _action(panel: Panel, on: str, run: Run) -> dict[str, Any]:
    first, level = run
    terms = {"effects": [], "subjects": [], "scope": [], **(panel.levels[level] if level is not None else {})}
    action: dict[str, Any] = {"measure": panel.measure, "type": "adopted" if first else "amended"}
    action.update(terms, values={VALUE: _value(level)})
    if first:
        action.update(title=panel.title, effective_on=on)
    return action


def _value(level: str | None) -> int | str | None:
    return int(level) if level is not None and re.fullmatch(r"0|-?[1-9][0-9]{0,14}", level) else level


def _slug(panel: Panel, code: str, day: date) -> str:
    return f"{panel.measure}-{code.lower()}-{day.isoformat()}"


def _runs(levels: list[str | None], first: date) -> dict[date, Run]:
    """Each day on which another level begins; before the first level there is nothing."""
    found: dict[date, Run] = {}
    at = 0
    for level, days in groupby(levels):
        if found or level is not None:
            found[first + at * _DAY] = (not found, level)
        at += sum(1 for _ in days)
    return found


def _on_record(panel: Panel, standing: Standing) -> tuple[dict[str, dict[date, Run]], datetime | None]:
    """The runs as they stand, and the moment of the latest snapshot that left a trace."""
    found: dict[str, dict[date, Run]] = {}
    moments = [note.removeprefix(_SNAPSHOT) for note in standing.notes if note.startswith(_SNAPSHOT)]
    for slug, (action, *_) in standing.actions.items():
        code, _, name = action.measure.partition("/")
        try:
            day = date.fromisoformat(action.act.announced_on)
        except ValueError:
            continue
        if name != panel.measure or slug != _slug(panel, code, day):
            continue  # somebody else's act upon this measure
        found.setdefault(code, {})[day] = _run_of(panel, action)
        moments += [each.kept[_MARK] for each in action.act.sources if _MARK in each.kept]
    known = [each for each in map(_moment, moments) if each is not None]
    return found, max(known, default=None)


def _run_of(panel: Panel, action: AnyAction) -> Run:
    if not isinstance(action, MeasureAdopted | MeasureAmended) or action.values is UNSET:
        return _OTHERWISE
    value = action.values.get(VALUE)
    level = None if value is None else str(value)
    if level is not None and level not in panel.levels:
        return _OTHERWISE
    run = (isinstance(action, MeasureAdopted), level)
    told = decode(encode(action))
    expected = _action(panel, action.act.announced_on, run)
    is_same = all(told.get(name) == value for name, value in expected.items() if name != "measure")
    return run if is_same else _OTHERWISE


def _moment(text: str) -> datetime | None:
    try:
        return fields.moment(text)
    except Wrong:
        return None


def _hold_removals(
    download: Download, before: Mapping[str, Runs], after: Mapping[str, Runs], most: int, problems: Problems
) -> None:
    """A snapshot that leaves out much of what stood is refused: it may be empty, cut, or of something else."""
    total = gone = 0
    for code, old in before.items():
        new = after.get(code, {})
        told = [day for day, (_, level) in old.items() if level is not None]
        total += len(told)
        gone += sum(1 for day in told if new.get(day, (False, None))[1] is None and not _is_told(new, day))
    if gone * 100 > total * most:
        sentence = (
            f"it leaves out {gone} of the {total} changes that stand, more than {most} percent: look whether the file "
            f"is whole, or allow it with --removes-at-most {-(-gone * 100 // total)}"
        )
        problems.add(Problem(download.name, None, "", sentence))


def _is_told(runs: Runs, day: date) -> bool:
    """Whether some day has a level, by the run that it falls into."""
    level = None
    for start, (_, of_run) in runs.items():
        if start > day:
            break
        level = of_run
    return level is not None


# Files.


def _read(download: Download, panel: Panel, problems: Problems) -> Snapshot | None:
    text = text_of(download.path, problems)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    table = _Table(download, panel, problems)
    before = problems.count
    try:
        header = [each.strip() for each in next(reader, [])]
        line = reader.line_num + 1
        if (snapshot := table.begin(header)) is None:
            return None
        for row in reader:
            if row and any(row):
                table.add(row, line)
            line = reader.line_num + 1
    except csv.Error as error:
        sentence = f"this is not whole CSV: {error}; download it again, or mend the quotes"
        problems.add(Problem(download.name, reader.line_num, "", sentence))
    if not table.rows and problems.count == before:
        problems.add(Problem(download.name, None, "", "the file has a header and no rows: download it again"))
    return snapshot() if problems.count == before else None


class _Table:
    """Reads the rows of a snapshot, wide (a column a day) or long (a row a jurisdiction and day)."""

    def __init__(self, download: Download, panel: Panel, problems: Problems) -> None:
        self._name = download.name
        self._published_on = download.at.date()
        self._panel = panel
        self._problems = problems
        self._codes: dict[str, str] = {}
        self.rows = 0

    def begin(self, header: list[str]) -> Any:
        """Settles the form by the header; what will give the snapshot, or None where it cannot be read."""
        before = self._problems.count
        for name in {each for each in header if header.count(each) > 1}:
            self._problem(1, name, "stands in the header twice: keep one of these columns")
        if self._panel.jurisdiction not in header:
            sentence = "there is no such column: name the column of codes in the mapping file (columns, jurisdiction)"
            self._problem(1, self._panel.jurisdiction, sentence)
        self._header = header
        self._width = len(header)
        days = {at: each for at, each in enumerate(header) if re.match(r"[0-9]", each)}
        if self._panel.day in header:
            if self._panel.level not in header:
                self._problem(
                    1, self._panel.level, "there is no such column: name it in the mapping file (columns, level)"
                )
            for name in days.values():
                self._problem(1, name, f"a table with a column {self._panel.day} has no columns of days: keep one form")
            named = {self._panel.jurisdiction, self._panel.day, self._panel.level}
        else:
            self._wide(days)
            named = {self._panel.jurisdiction, *days.values()}
        if self._problems.count > before:
            return None
        self._at = {name: at for at, name in enumerate(header)}
        self._others = [(at, name) for at, name in enumerate(header) if name not in named]
        self._found: dict[str, Cells] = {}
        self._long: dict[str, dict[date, tuple[str | None, int]]] = {}
        self.add = self._add_long if self._panel.day in header else self._add_wide
        return self._snapshot_long if self._panel.day in header else lambda: Snapshot(self._first, self._found)

    def _wide(self, named: Mapping[int, str]) -> None:
        days: list[tuple[date, int]] = []
        for at, name in named.items():
            if (day := self._day(name, 1, name)) is not None:
                days.append((day, at))
        if not named:
            sentence = "there is no such column (a row a day), and no column of a day either, such as 2020-03-01"
            self._problem(1, self._panel.day, sentence)
            return
        days.sort()
        for (day, _), (following, _) in pairwise(days):
            if following != day + _DAY:
                sentence = f"there is no column of this day, between {day} and {following}: add it, if need be empty"
                self._problem(1, (day + _DAY).isoformat(), sentence)
                return
        if days:
            self._first = days[0][0]
            self._columns = [at for _, at in days]
            self._in_a_row = self._columns == list(range(self._columns[0], self._columns[-1] + 1))

    def _add_wide(self, row: list[str], line: int) -> None:
        if (code := self._row(row, line)) is None:
            return
        if code in self._found:
            sentence = f"{code} has a row already, in line {self._found[code].line}: keep one of them"
            self._problem(line, self._panel.jurisdiction, sentence)
            return
        cells = row[self._columns[0] : self._columns[-1] + 1] if self._in_a_row else [row[at] for at in self._columns]
        if set(cells) - self._panel.levels.keys() - {""}:
            cells = [each.strip() for each in cells]
            for at, each in enumerate(cells):
                if each and each not in self._panel.levels:
                    self._unknown(line, self._header[self._columns[at]], each)
        told = len(cells) - next((back for back, each in enumerate(reversed(cells)) if each), len(cells))
        last = (self._published_on - self._first).days + 1
        if told > last:
            self._ahead(line, self._header[self._columns[told - 1]])
        levels = [each or None for each in cells[: max(last, 0)]]
        self._found[code] = Cells(levels, line, self._kept(row))

    def _add_long(self, row: list[str], line: int) -> None:
        if (code := self._row(row, line)) is None:
            return
        day = self._day(row[self._at[self._panel.day]].strip(), line, self._panel.day)
        level = row[self._at[self._panel.level]].strip()
        if level and level not in self._panel.levels:
            self._unknown(line, self._panel.level, level)
        if day is None:
            return
        if level and day > self._published_on:
            self._ahead(line, self._panel.day)
        of = self._long.setdefault(code, {})
        if day in of:
            self._problem(line, self._panel.day, f"{code} has {day} already, in line {of[day][1]}: keep one of them")
            return
        of[day] = (level or None, line)
        self._found.setdefault(code, Cells([], line, self._kept(row)))

    def _snapshot_long(self) -> Snapshot:
        every = [day for of in self._long.values() for day in of]
        first, last = min(every), min(max(every), self._published_on)
        for code, of in self._long.items():
            levels = self._found[code].levels
            levels.extend(of.get(first + at * _DAY, (None, 0))[0] for at in range((last - first).days + 1))
        return Snapshot(first, self._found)

    def _row(self, row: list[str], line: int) -> str | None:
        """The jurisdiction of a row."""
        self.rows += 1
        if len(row) != self._width:
            sentence = f"the row has {len(row)} cells, the header {self._width}: the file may be cut; download it again"
            self._problem(line, "", sentence)
            return None
        written_code = row[self._at[self._panel.jurisdiction]].strip()
        if written_code not in self._codes:
            try:
                self._codes[written_code] = fields.jurisdiction(written_code)
            except Wrong as trouble:
                for each in trouble.findings:
                    self._problem(line, self._panel.jurisdiction, each.sentence)
                return None
        return written_code

    def _kept(self, row: list[str]) -> dict[str, str]:
        return kept((name, row[at].strip()) for at, name in self._others)

    def _day(self, text: str, line: int, column: str) -> date | None:
        try:
            day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day <= LATEST:
            self._problem(line, column, f"{shown(text)} is not a day from 1900 to 2200: write it as 2020-03-01")
            return None
        return day

    def _unknown(self, line: int, column: str, level: str) -> None:
        known = ", ".join(list(self._panel.levels)[:20])
        sentence = f"{shown(level)} is not a level: the mapping file has {known}; add it there, or mend the cell"
        self._problem(line, column, sentence)

    def _ahead(self, line: int, column: str) -> None:
        sentence = f"tells a level of a day after {self._published_on}, when this was published: mend one of the two"
        self._problem(line, column, sentence)

    def _problem(self, line: int, column: str, sentence: str) -> None:
        self._problems.add(Problem(self._name, line, column, sentence))


# The mapping file.

_TERMS = fields.record(
    "the terms of a level",
    {
        "effects": fields.list_of(fields.choice(EFFECTS)),
        "subjects": fields.list_of(fields.text(fields.LONGEST_NAME)),
        "scope": fields.list_of(fields.text(fields.LONGEST_NAME)),
    },
    build=lambda clean: {name: list(each) for name, each in clean.items()},
)
_COLUMNS = fields.record(
    "columns",
    {name: fields.text(fields.LONGEST_NAME) for name in ("jurisdiction", "day", "level")},
)
_SOURCE = fields.record("a source", {"name": fields.text(), "url": fields.url}, required=("name",))


def _levels(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict) or not value:
        raise wrong(f"is {shown(value)}: write a mapping of levels to terms, {{'0': {{effects: [none]}}}}")
    found: dict[str, dict[str, Any]] = {}
    findings: list[Finding] = []
    for name, each in value.items():
        try:
            found[name.text if isinstance(name, Bare) else str(name)] = _TERMS(each)
        except Wrong as trouble:
            findings += [one.under(name) for one in trouble.findings]
    if findings:
        raise Wrong(findings)
    return found


_FILE = fields.record(
    "the mapping of a panel",
    {
        "measure": fields.slug,
        "title": fields.text(fields.LONGEST_NAME),
        "authority": fields.text(fields.LONGEST_NAME),
        "instrument": fields.choice(get_args(Instrument)),
        "source": _SOURCE,
        "columns": _COLUMNS,
        "levels": _levels,
    },
    required=("measure", "title", "authority", "source", "levels"),
    build=lambda clean: Panel(**{**clean.pop("columns", {}), **clean}),
)


def _panel_of(asked: Asked, problems: Problems) -> Panel | None:
    if asked.mapping is None:
        sentence = "a panel needs a mapping file that says what its levels mean: name one with --mapping"
        problems.add(Problem(name_of(asked.files[0]), None, "", sentence))
        return None
    if (text := text_of(asked.mapping, problems)) is None:
        return None
    name = name_of(asked.mapping)
    document: Document | None = None
    try:
        document = load(text)
        return _FILE(document.data)  # type: ignore[no-any-return]
    except Unreadable as unreadable:
        for trouble in unreadable.troubles:
            problems.add(Problem(name, trouble.line, "", trouble.sentence))
    except Wrong as trouble:
        for each in trouble.findings:
            line = document.line(each.path, of_name=each.of_name) if document else None
            problems.add(Problem(name, line, ".".join(map(str, each.path)), each.sentence))
    return None
