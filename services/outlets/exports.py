"""
What can be exported: the record, and what it says, whole or of some jurisdictions, as rows of an edition.

Every export has its columns and its order, here; how rows become a file, `formats` says. Rows are made as they are
taken, measure by measure, so that an export of any length takes the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import fields

from events.actions import Act, AnyAction, Scalar, Source
from events.dates import EARLIEST, NEVER, span
from events.errors import Refusal
from events.vocabulary import jurisdiction_of
from projections.answering import HEAD, Asked, check_window
from projections.answers import RULES, Edition, MeasureLine
from projections.boxes import Box
from projections.changes import changes_between
from projections.citing import address, quoted
from projections.deadlines import deadlines_as_of
from projections.entries import act_of, type_of
from projections.exporting import ActionOnRecord, ActOnRecord, Exporting
from projections.jurisdictions import is_member, name_of
from projections.panel import headline_runs, measure_runs
from projections.periods import boxes_of
from projections.series import NO_HEADLINE
from projections.state import UNION, line_if_there, line_on
from services.outlets.columns import (
    HEADLINE_PANEL,
    MEASURE_PANEL,
    OF_ACTION_ALONE,
    OF_ACTIONS,
    OF_ACTS,
    OF_CHANGES,
    OF_DEADLINES,
    OF_LOG,
    OF_MEASURES,
    OF_PERIODS,
    OF_SOURCES,
    OF_STATE,
    TIMES,
    Cell,
    Column,
    Row,
)
from services.outlets.tables import CHANGE, DEADLINE, LINE, deadlines_of, fields_of, moves_of

What = Literal["state", "panel", "changes", "deadlines", "measures", "acts", "sources", "actions", "periods", "log"]
Of = Literal["headline", "measure"]
Shape = Literal["long", "wide"]

WHAT: tuple[What, ...] = get_args(What)
DEFAULT_OF: Of = "headline"
DEFAULT_SHAPE: Shape = "long"

TAKES: Mapping[What, frozenset[str]] = {
    "state": frozenset({"as_of", "known_on", "jurisdiction"}),
    "panel": frozenset({"from", "to", "known_on", "of", "shape", "jurisdiction"}),
    "changes": frozenset({"from", "to", "known_on", "jurisdiction"}),
    "deadlines": frozenset({"as_of", "known_on", "jurisdiction"}),
    "measures": frozenset({"as_of", "known_on", "jurisdiction"}),
    "acts": frozenset({"jurisdiction"}),
    "sources": frozenset({"jurisdiction"}),
    "actions": frozenset({"jurisdiction"}),
    "periods": frozenset({"jurisdiction"}),
    "log": frozenset(),
}
"""What each export is asked by, the edition aside."""

MOST_COLUMNS = 10_000
"""Columns of a panel that is wide; a sheet of a workbook has place for 16,384."""


class NotOfExport(Refusal):
    """An export is asked by what it depends on, and by no more."""

    type = "not-of-export"


class WindowNeeded(Refusal):
    """A panel, or changes, are exported from one day to another."""

    type = "window-needed"


class TooManyColumns(Refusal):
    """A panel that is wide has at most so many columns."""

    type = "too-many-columns"


class Wanted(Struct, frozen=True):
    """What is to be exported. None for what is not given; `known_on` of a panel is then each day's own."""

    what: What
    as_of: date | None = None
    known_on: date | None = None
    from_: date | None = None
    to: date | None = None
    of: Of | None = None
    shape: Shape | None = None
    jurisdictions: tuple[str, ...] = ()

    def given(self) -> dict[str, object]:
        """What was given, by the names of the parameters."""
        named = {
            "as_of": self.as_of,
            "from": self.from_,
            "to": self.to,
            "known_on": self.known_on,
            "of": self.of,
            "shape": self.shape,
            "jurisdiction": self.jurisdictions or None,
        }
        return {name: value for name, value in named.items() if value is not None}


class Export(NamedTuple):
    """
    Rows of one edition. `times` are those it was asked by, `given` all else, by the names of the parameters.

    `rows` makes them anew each time.
    """

    what: What
    edition: Edition
    times: Mapping[str, str]
    given: Mapping[str, object]
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]
    order: str
    licence: str

    @property
    def path(self) -> str:
        """The route that gives it."""
        return f"/v1/exports/{self.what}"

    def url(self, format_: str) -> str:
        """The address at which it stays the same; what is so by default is not named."""
        given = {name: value for name, value in self.given.items() if value not in (DEFAULT_OF, DEFAULT_SHAPE)}
        return address(self.path, {**self.times, "position": str(self.edition.position)}, {**given, "format": format_})

    @property
    def name(self) -> str:
        """What a file of it is called, without its ending: its days, and the position of its edition."""
        days = [self.times[name] for name in ("as_of", "from", "to") if name in self.times]
        kind = [str(self.given[name]) for name in ("of", "shape") if name in self.given]
        return "-".join(["dateline", self.what, *kind, *days, f"at-{self.edition.position}"])

    @property
    def citation(self) -> str:
        """How it is quoted, in words."""
        times = {**self.times, "position": str(self.edition.position)}
        what = f"export of {self.what}"
        if self.what == "panel":
            what = f"panel by {self.given['of']}" + (
                "" if "known_on" in times else ", each day as people knew it then,"
            )
        return quoted(what, times, self.edition.recorded_at, self.licence)


def export_of(exporting: Exporting, wanted: Wanted, asked: Asked = HEAD) -> Export:
    """
    An export of the edition that is asked about. Raises NotOfExport, WindowNeeded, WindowReversed, TooManyColumns,
    and what naming an edition raises. Nothing is refused once its first row was taken.
    """
    given = wanted.given()
    if strange := sorted(given.keys() - TAKES[wanted.what]):
        takes = ", ".join(sorted(TAKES[wanted.what] - {"jurisdiction"})) or "nothing but an edition"
        raise NotOfExport(
            f"An export of {wanted.what} does not depend on '{strange[0]}': it is asked by {takes}. Leave it out.",
            export=wanted.what,
            parameter=strange[0],
            takes=sorted(TAKES[wanted.what]),
        )
    edition = exporting.edition(asked)
    return _MAKERS[wanted.what](exporting, wanted, edition)


@lru_cache(maxsize=65536)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _days(of: object, names: Sequence[str], days: frozenset[str]) -> list[Cell]:
    """Fields of a line by their names, exact days as days."""
    return [
        _day(value) if name in days and isinstance(value, str) else None if value is UNSET else value
        for name, value in zip(names, fields_of(of, names), strict=True)
    ]


_LINE_DAYS = frozenset({"since", "next_change"})


def _line(line: MeasureLine) -> list[Cell]:
    return [*_days(line, LINE, _LINE_DAYS), [", ".join(each) for each in deadlines_of(line)]]


def _edition(edition: Edition) -> tuple[Cell, ...]:
    return edition.position, edition.recorded_at, RULES


def _state(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    as_of, known_on = _as_of(exporting, wanted)
    shared = (as_of, known_on, *_edition(edition))

    def rows() -> Iterator[Row]:
        codes = sorted(set(wanted.jurisdictions)) or exporting.jurisdictions(edition)
        union: list[list[Cell]] | None = None
        for code in codes:
            for line in _lines(exporting, code, edition, as_of, known_on):
                yield [*shared, code, False, *_line(line)]
            if code != UNION and is_member(code, as_of):
                if union is None:
                    union = [_line(line) for line in _lines(exporting, UNION, edition, as_of, known_on)]
                for cells in union:
                    yield [*shared, code, True, *cells]

    return _read(
        exporting, wanted, edition, OF_STATE, rows, "jurisdiction, own measures before inherited ones, measure"
    )


def _lines(exporting: Exporting, code: str, edition: Edition, as_of: date, known_on: date) -> Iterator[MeasureLine]:
    for fold in exporting.folds(edition, [code]):
        line = line_if_there(fold, as_of.toordinal(), known_on.toordinal())
        if line is not None:
            yield line


def _measures(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    as_of, known_on = _as_of(exporting, wanted)
    shared = (as_of, known_on, *_edition(edition))

    def rows() -> Iterator[Row]:
        for page in exporting.pages(edition, wanted.jurisdictions):
            revisions = exporting.revisions(edition, [fold.measure for fold in page])
            for fold in page:
                line = line_on(fold, as_of.toordinal(), known_on.toordinal())
                acts = list(fold.places)
                told = (revisions[fold.measure], len(fold.ordered.actions), acts[0], acts[-1])
                yield [*shared, jurisdiction_of(fold.measure), *_line(line), *told]

    return _read(exporting, wanted, edition, OF_MEASURES, rows, "jurisdiction, measure")


def _deadlines(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    as_of, known_on = _as_of(exporting, wanted)
    shared = (as_of, known_on, *_edition(edition))

    def rows() -> Iterator[Row]:
        for fold in exporting.folds(edition, wanted.jurisdictions):
            for line in deadlines_as_of([fold], as_of=as_of, known_on=known_on, edition=edition).deadlines:
                yield [*shared, *_days(line, DEADLINE, frozenset()), moves_of(line)]

    return _read(exporting, wanted, edition, OF_DEADLINES, rows, "jurisdiction, measure, day due, deadline")


def _read(
    exporting: Exporting,
    wanted: Wanted,
    edition: Edition,
    columns: tuple[Column, ...],
    rows: Callable[[], Iterator[Row]],
    order: str,
) -> Export:
    """An export of what was on a day."""
    as_of, known_on = _as_of(exporting, wanted)
    times = {"as_of": as_of.isoformat(), "known_on": known_on.isoformat()}
    return Export(wanted.what, edition, times, _filters(wanted), columns, rows, order, exporting.licence())


def _as_of(exporting: Exporting, wanted: Wanted) -> tuple[date, date]:
    as_of = wanted.as_of or exporting.today()
    return as_of, wanted.known_on or as_of


def _filters(wanted: Wanted) -> dict[str, object]:
    return {"jurisdiction": tuple(sorted(set(wanted.jurisdictions)))} if wanted.jurisdictions else {}


def _window(exporting: Exporting, wanted: Wanted) -> tuple[date, date]:
    if wanted.from_ is None:
        raise WindowNeeded(
            f"An export of {wanted.what} is of a window: give its first day as 'from' "
            f"(the record begins no earlier than {EARLIEST.isoformat()}), and its last as 'to', or today is the last.",
            export=wanted.what,
        )
    to = wanted.to or exporting.today()
    check_window(wanted.from_, to)
    return wanted.from_, to


def _changes(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    from_, to = _window(exporting, wanted)
    known_on = wanted.known_on or to
    shared = (from_, to, known_on, *_edition(edition))

    def rows() -> Iterator[Row]:
        for fold in exporting.folds(edition, wanted.jurisdictions):
            code = jurisdiction_of(fold.measure)
            diary = changes_between(code, [fold], from_=from_, to=to, known_on=known_on, edition=edition)
            for change in diary.changes:
                yield [*shared, code, *_days(change, CHANGE, frozenset())]

    times = {"from": from_.isoformat(), "to": to.isoformat(), "known_on": known_on.isoformat()}
    order = "jurisdiction, measure, day"
    return Export("changes", edition, times, _filters(wanted), OF_CHANGES, rows, order, exporting.licence())


def _panel(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    from_, to = _window(exporting, wanted)
    window = _Window(
        from_.toordinal(), to.toordinal(), None if wanted.known_on is None else wanted.known_on.toordinal()
    )
    of, shape = wanted.of or DEFAULT_OF, wanted.shape or DEFAULT_SHAPE
    columns, rows, order = _PANELS[of, shape](exporting, wanted, edition, window)
    times = {"from": from_.isoformat(), "to": to.isoformat()}
    if wanted.known_on is not None:
        times["known_on"] = wanted.known_on.isoformat()
    given = {"of": of, "shape": shape, **_filters(wanted)}
    return Export("panel", edition, times, given, columns, rows, order, exporting.licence())


class _Window(NamedTuple):
    """The days of a panel, ordinals, both inclusive, and whose eyes; None for those of each day."""

    first: int
    last: int
    known_on: int | None

    def times(self, day: int, edition: Edition) -> list[Cell]:
        on = date.fromordinal(day)
        return [on, on if self.known_on is None else date.fromordinal(self.known_on), *_edition(edition)]


def _on_record(exporting: Exporting, wanted: Wanted, edition: Edition) -> list[str]:
    """The jurisdictions of a panel: of one without a record nothing is said, which would read as no headline."""
    codes = exporting.jurisdictions(edition)
    return [code for code in codes if code in wanted.jurisdictions or not wanted.jurisdictions]


Made = tuple[tuple[Column, ...], Callable[[], Iterator[Row]], str]


def _headlines_long(exporting: Exporting, wanted: Wanted, edition: Edition, window: _Window) -> Made:
    def rows() -> Iterator[Row]:
        for code in _on_record(exporting, wanted, edition):
            for run in headline_runs(exporting.folds(edition, [code]), *window):
                for day in range(run.from_, run.to):
                    yield [*window.times(day, edition), code, name_of(code), *run[2:]]

    return HEADLINE_PANEL, rows, "jurisdiction, day"


def _measures_long(exporting: Exporting, wanted: Wanted, edition: Edition, window: _Window) -> Made:
    def rows() -> Iterator[Row]:
        for fold in exporting.folds(edition, wanted.jurisdictions):
            code = jurisdiction_of(fold.measure)
            for run in measure_runs(fold, *window):
                told = (code, fold.measure, run.status, "possible" if run.is_possible else "certain", run.effects)
                for day in range(run.from_, run.to):
                    yield [*window.times(day, edition), *told]

    return MEASURE_PANEL, rows, "jurisdiction, measure, day"


Runs = list[tuple[int, str]]
"""What a column of a panel that is wide says from each of some days on."""


def _headlines_wide(exporting: Exporting, wanted: Wanted, edition: Edition, window: _Window) -> Made:
    codes = _on_record(exporting, wanted, edition)

    def runs() -> Iterator[Runs]:
        for code in codes:
            found = headline_runs(exporting.folds(edition, [code]), *window)
            yield [(run.from_, run.effect or NO_HEADLINE) for run in found]

    columns = [Column(code, "text", f"The headline effect of {name_of(code)}, or {NO_HEADLINE}.") for code in codes]
    return _wide(columns, runs, edition, window)


def _measures_wide(exporting: Exporting, wanted: Wanted, edition: Edition, window: _Window) -> Made:
    names = list(exporting.measures(edition, wanted.jurisdictions))

    def runs() -> Iterator[Runs]:
        for fold in exporting.folds(edition, wanted.jurisdictions):
            yield [
                (run.from_, f"{run.status}?" if run.is_possible else run.status) for run in measure_runs(fold, *window)
            ]

    says = "The status of the measure, with '?' where a partly known date leaves another possible."
    return _wide([Column(name, "text", says) for name in names], runs, edition, window)


def _wide(columns: Sequence[Column], runs: Callable[[], Iterator[Runs]], edition: Edition, window: _Window) -> Made:
    """A row a day. What is held is when each column changes, and not what it says on each day."""
    if len(columns) > MOST_COLUMNS:
        raise TooManyColumns(
            f"This panel would have {len(columns)} columns, and has at most {MOST_COLUMNS}: take the long one, or some "
            "jurisdictions alone.",
            columns=len(columns),
            most=MOST_COLUMNS,
        )

    def rows() -> Iterator[Row]:
        cells: list[Cell] = [None] * len(columns)
        turns: dict[int, list[tuple[int, str]]] = {}
        for place, found in enumerate(runs()):
            for day, value in found:
                turns.setdefault(day, []).append((place, value))
        for day in range(window.first, window.last + 1):
            for place, value in turns.get(day, ()):
                cells[place] = value
            yield [*window.times(day, edition), *cells]

    return (*TIMES, *columns), rows, "day"


_PANELS: Mapping[tuple[Of, Shape], Callable[[Exporting, Wanted, Edition, _Window], Made]] = {
    ("headline", "long"): _headlines_long,
    ("headline", "wide"): _headlines_wide,
    ("measure", "long"): _measures_long,
    ("measure", "wide"): _measures_wide,
}


def _acts(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    def rows() -> Iterator[Row]:
        shared = _edition(edition)
        return ([*shared, *_act(told)] for told in exporting.acts(edition, wanted.jurisdictions))

    return _record(exporting, wanted, edition, OF_ACTS, rows, "entry_position")


def _act(told: ActOnRecord) -> list[Cell]:
    act = told.act
    return [
        act.act, *_of_act(act), act.published_on, act.summary, act.confidence,
        sorted({jurisdiction_of(action.measure) for action in told.actions}),
        list(dict.fromkeys(action.measure for action in told.actions)),
        [type(action).type for action in sorted(told.actions, key=_place_in_act)],
        [f"{link.type} {link.to}" for link in act.links],
        act.after, act.note, act.sources, told.verified, told.kind,
        told.position, told.recorded_at, told.recorded_by, told.batch,
    ]  # fmt: skip


def _sources(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    def rows() -> Iterator[Row]:
        shared = _edition(edition)
        for told in exporting.acts(edition, wanted.jurisdictions):
            for number, source in enumerate(told.act.sources, 1):
                yield [*shared, told.act.act, number, *(getattr(source, name) or None for name in _SOURCE)]

    return _record(exporting, wanted, edition, OF_SOURCES, rows, "acts, number")


_SOURCE = tuple(each.name for each in fields(Source))


def _of_act(act: Act) -> list[Cell]:
    announced = span(act.announced_on)
    told = (act.announced_on, announced.first, announced.last)
    return [*told, act.authority, act.instrument, act.citation, act.title]


def _place_in_act(action: AnyAction) -> int:
    return action.place


def _actions(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    def rows() -> Iterator[Row]:
        shared = _edition(edition)
        return ([*shared, *_action(told)] for told in exporting.actions(edition, wanted.jurisdictions))

    return _record(exporting, wanted, edition, OF_ACTIONS, rows, "entry_position, place")


def _action(told: ActionOnRecord) -> list[Cell]:
    action = told.action
    return [
        jurisdiction_of(action.measure), action.measure, action.act.act, action.place, type(action).type,
        *_of_act(action.act), told.recorded_from, told.recorded_to,
        told.position, told.recorded_at, told.recorded_by, told.batch,
        *(None if (value := getattr(action, name, None)) is UNSET else value for name in OF_ACTION_ALONE),
        action,
    ]  # fmt: skip


class _Value(Struct, frozen=True):
    """What a box says, of whichever kind (projections/periods.py)."""

    title: str | None = None
    instrument: str | None = None
    authority: str | None = None
    effects: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    scope: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    values: dict[str, Scalar] | None = None
    act: str | None = None
    dated: str | None = None
    effective_on: str | None = None
    expires_on: str | None = None
    due: str | None = None
    obliged: str | None = None
    met_on: str | None = None
    acts: tuple[str, ...] | None = None


_value = msgspec.json.Decoder(_Value).decode


def _periods(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    def rows() -> Iterator[Row]:
        shared = _edition(edition)
        for fold in exporting.folds(edition, wanted.jurisdictions):
            for box in sorted(boxes_of(fold), key=_place_of_box):
                yield [*shared, jurisdiction_of(fold.measure), fold.measure, *_period(box)]

    order = "jurisdiction, measure, kind, name, known_from, valid_from"
    return _record(exporting, wanted, edition, OF_PERIODS, rows, order)


def _place_of_box(box: Box) -> tuple[object, ...]:
    return box.kind, box.name, box.known_from, box.valid_from, box.known_to, box.valid_to, box.value


def _period(box: Box) -> list[Cell]:
    days = (_bound(day) for day in (box.valid_from, box.valid_to, box.known_from, box.known_to))
    value = _value(box.value)
    return [box.kind, box.name, *days, box.status, box.exact, *(getattr(value, name) for name in _VALUES)]


_VALUES = tuple(each.name for each in fields(_Value))


def _bound(day: int) -> date | None:
    return date.fromordinal(day) if 0 < day < NEVER else None


def _log(exporting: Exporting, wanted: Wanted, edition: Edition) -> Export:
    edition = exporting.whole(edition)  # so that whoever reads the rows can tell that none is missing at their end

    def rows() -> Iterator[Row]:
        shared = _edition(edition)
        for stored in exporting.log(edition):
            told = stored.recorded
            yield [
                *shared, told.position, told.edition, told.recorded_at, told.recorded_by, told.batch, told.stream,
                told.revision, type_of(told), act_of(told), stored.topic, msgspec.Raw(stored.state),
            ]  # fmt: skip

    return _record(exporting, wanted, edition, OF_LOG, rows, "entry_position")


def _record(
    exporting: Exporting,
    wanted: Wanted,
    edition: Edition,
    columns: tuple[Column, ...],
    rows: Callable[[], Iterator[Row]],
    order: str,
) -> Export:
    """An export of the record itself, which depends on no day."""
    return Export(wanted.what, edition, {}, _filters(wanted), columns, rows, order, exporting.licence())


_MAKERS: Mapping[What, Callable[[Exporting, Wanted, Edition], Export]] = {
    "state": _state,
    "panel": _panel,
    "changes": _changes,
    "deadlines": _deadlines,
    "measures": _measures,
    "acts": _acts,
    "sources": _sources,
    "actions": _actions,
    "periods": _periods,
    "log": _log,
}
