"""
The answers, typed. A member that a newer service adds is passed over here, and is there in `raw`.

Whole days are dates, moments are datetimes in UTC. A day that may be partly known (`effective_on`, `expires_on`, `due`,
`met_on`, `announced_on`, the `on` of a change) is a text as recorded: `2019-11-28`, `2019-12`. What an answer leaves
out is None or empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
from msgspec import Struct

from dateline_client.frames import Framed, Table
from dateline_client.problems import Misunderstood

Texts = tuple[str, ...]


class Cite(Struct, frozen=True):
    """How an answer is quoted: in words, by its pinned address (relative to the service), under which licence."""

    text: str
    url: str
    licence: str


class Source(NamedTuple):
    """Where an answer came from: the address of the service, and the JSON as it was sent."""

    base: str
    raw: dict[str, Any]


class Answer(Struct, frozen=True, kw_only=True, dict=True, rename={"from_": "from"}):
    """What every answer has."""

    @property
    def raw(self) -> dict[str, Any]:
        """The JSON as it was sent, with what this client does not know."""
        return self._source.raw

    @property
    def _source(self) -> Source:
        source: Source = self.__dict__["source"]
        return source

    def from_service(self, base: str, raw: dict[str, Any]) -> Self:
        """Itself, knowing where it came from; so do the answers within it."""
        self.__dict__["source"] = Source(base, raw)
        for name in self.__struct_fields__:
            if isinstance(value := getattr(self, name), Answer):
                value.from_service(base, raw[name])
        return self

    def __copy__(self) -> Self:
        return self  # nothing of it changes

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and pickled as it was sent, or it would forget where it came from."""
        return _made, (type(self), *self._source)


class Cited(Answer, frozen=True, kw_only=True):
    """An answer of an edition of the record; under `pinned` it stays the same for ever."""

    rules: str
    cite: Cite

    @property
    def pinned(self) -> str:
        """The address at which this very answer is given for ever, under the same rules."""
        return self._source.base + self.cite.url


class Edition(Cited, frozen=True, kw_only=True):
    """An answer of one edition of the record: the last position that it read, and the moment of it."""

    position: int
    recorded_at: datetime | None


class OnDay(Edition, frozen=True, kw_only=True):
    """An answer about a day, by the eyes of another."""

    as_of: date
    known_on: date


class Match(Struct, frozen=True, kw_only=True):
    """A subject asked for that is not on the line itself: a class there reaches it."""

    subject: str
    through: str
    reach: str


class UnknownWord(Struct, frozen=True, kw_only=True):
    """What a filter asked for and nobody knows; `near` are words that are there."""

    parameter: str
    given: str
    near: Texts = ()


class Move(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A deadline was moved: when it was told, from and to which day (None: without a date), by which act."""

    on: str
    from_: str | None = None
    to: str | None = None
    act: str


class Deadline(Struct, frozen=True, kw_only=True):
    """A deadline on a day. `jurisdiction`, `measure` and `title` are None within a line of that measure."""

    jurisdiction: str | None = None
    measure: str | None = None
    title: str | None = None
    deadline: str
    due: str | None
    obliged: str
    status: str
    days_overdue: int | None = None
    met_on: str | None = None
    days_late: int | None = None
    moves: tuple[Move, ...] = ()
    acts: Texts = ()
    verified: str | None = None


class MeasureLine(Struct, frozen=True, kw_only=True):
    """A measure on a day; `acts` are the why. `possible` are all statuses that it may have, where that is open."""

    measure: str
    title: str
    status: str
    certainty: str
    possible: Texts = ()
    since: date | None
    instrument: str
    authority: str
    effects: Texts
    subjects: Texts
    scope: Texts
    targets: Texts
    values: dict[str, Any] = {}
    effective_on: str | None
    expires_on: str | None
    deadlines: tuple[Deadline, ...]
    acts: Texts
    verified: str | None = None
    next_change: date | None
    matched: tuple[Match, ...] = ()


class Headline(Struct, frozen=True, kw_only=True):
    """The strictest effect, its status, and the measures that have it."""

    effect: str
    status: str
    measures: Texts


class State(OnDay, Framed, frozen=True, kw_only=True):
    """The rules of a jurisdiction on a day. As a frame: a row a measure, inherited ones marked."""

    jurisdiction: str
    measures: tuple[MeasureLine, ...]
    inherited: tuple[MeasureLine, ...]
    headline: Headline | None
    upcoming: Headline | None
    coverage: str
    reviewed_on: str | None
    unknown: tuple[UnknownWord, ...] = ()

    def table(self) -> Table:
        rows = (*self.measures, *self.inherited)
        marks = [False] * len(self.measures) + [True] * len(self.inherited)
        return Table(MeasureLine, rows, self, {"inherited": marks})


class Pressure(OnDay, Framed, frozen=True, kw_only=True):
    """The measures of others that are aimed at a jurisdiction. As a frame: a row a measure."""

    jurisdiction: str
    measures: tuple[MeasureLine, ...]

    def table(self) -> Table:
        return Table(MeasureLine, self.measures, self)


class WorldRow(Struct, frozen=True, kw_only=True):
    """A jurisdiction in the world matrix. `counts` are its own measures by status."""

    jurisdiction: str
    name: str
    headline: Headline | None
    upcoming: Headline | None
    counts: dict[str, int]
    matched: tuple[Match, ...] = ()


class World(OnDay, Framed, frozen=True, kw_only=True):
    """The rules of the world on a day. As a frame: a row a jurisdiction."""

    jurisdictions: tuple[WorldRow, ...]
    unknown: tuple[UnknownWord, ...] = ()

    def table(self) -> Table:
        return Table(WorldRow, self.jurisdictions, self)


class Point(Struct, frozen=True, kw_only=True):
    """How many jurisdictions did what on a day, and which; `state` is the pinned address of that day's matrix."""

    on: date
    known_on: date
    jurisdictions: int
    counts: dict[str, int]
    codes: dict[str, Texts]
    matched: Texts = ()
    state: str


class Series(Edition, Framed, frozen=True, kw_only=True):
    """The jurisdictions counted, point by point. As a frame: a row a point."""

    from_: date
    to: date
    step: str
    known_on: date | None
    points: tuple[Point, ...]
    no_record: Texts = ()
    unknown: tuple[UnknownWord, ...] = ()

    def table(self) -> Table:
        return Table(Point, self.points, self)


class Deadlines(OnDay, Framed, frozen=True, kw_only=True):
    """Deadlines on a day, by the day due. As a frame: a row a deadline."""

    deadlines: tuple[Deadline, ...]

    def table(self) -> Table:
        return Table(Deadline, self.deadlines, self)


class Change(Struct, frozen=True, kw_only=True):
    """A row of the diary; `by` is the act, or None where a day passed."""

    on: str
    measure: str
    what: str
    by: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    summary: str
    acts: Texts
    deadline: str | None = None
    expected: bool = False
    retroactive: bool = False
    matched: tuple[Match, ...] = ()


class Changes(Edition, Framed, frozen=True, kw_only=True):
    """The diary of a jurisdiction, both days inclusive. As a frame: a row a change."""

    jurisdiction: str
    from_: date
    to: date
    known_on: date
    changes: tuple[Change, ...]

    def table(self) -> Table:
        return Table(Change, self.changes, self)


class ChangesPage(Edition, Framed, frozen=True, kw_only=True):
    """A page of the diary of several jurisdictions, or of the world; `next` is what to ask after, None at the end."""

    from_: date
    to: date
    known_on: date
    changes: tuple[Change, ...]
    next: str | None
    unknown: tuple[UnknownWord, ...] = ()

    @property
    def rows(self) -> tuple[Change, ...]:
        return self.changes

    def table(self) -> Table:
        return Table(Change, self.changes, self)


class Run(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A run of days on which a measure stays the same; `to` is the last of them, None for ever."""

    from_: date
    to: date | None
    status: str
    effects: Texts
    subjects: Texts
    scope: Texts
    targets: Texts
    values: dict[str, Any]
    effective_on: str | None
    expires_on: str | None


class Measure(OnDay, Framed, frozen=True, kw_only=True):
    """One measure on a day (`line` None: absent), its life (`profile`). As a frame: a row a run of its life."""

    measure: str
    revision: int
    line: MeasureLine | None
    profile: tuple[Run, ...]
    links: tuple[dict[str, str], ...] = ()

    def table(self) -> Table:
        return Table(Run, self.profile, self)


class Entry(Struct, frozen=True, kw_only=True):
    """An entry of a measure's history, without what belongs to its type alone: for that, see `raw` of the history."""

    position: int
    revision: int
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    type: str
    act: str
    announced_on: str | None = None
    superseded_by: int | None = None
    sources: tuple[dict[str, Any], ...] = ()
    changed: tuple[dict[str, Any], ...] = ()
    reason: str | None = None
    note: str | None = None
    verification: dict[str, Any] | None = None


class History(Edition, Framed, frozen=True, kw_only=True):
    """Every entry of a measure's stream, in the order of recording. As a frame: a row an entry."""

    measure: str
    revision: int
    entries: tuple[Entry, ...]

    def table(self) -> Table:
        return Table(Entry, self.entries, self)


class ActEdition(Struct, frozen=True, kw_only=True):
    """What was recorded of an act at one time; `content` is the act whole, as it reads from there on."""

    type: str
    edition: int
    positions: tuple[int, ...]
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    measures: Texts
    reason: str | None = None
    note: str | None = None
    verification: dict[str, Any] | None = None
    content: dict[str, Any] | None = None
    changed: tuple[dict[str, Any], ...] = ()


class Act(Edition, frozen=True, kw_only=True):
    """An act with everything that was recorded of it."""

    act: str
    stands: bool
    verified: str | None
    measures: Texts
    editions: tuple[ActEdition, ...]


class Restated(Cited, frozen=True, kw_only=True):
    """A report on a day at two editions of the record."""

    as_of: date
    known_on: date
    from_position: int
    from_recorded_at: datetime | None
    to_position: int
    to_recorded_at: datetime | None


class Difference(Struct, frozen=True, kw_only=True):
    """What a report says otherwise than before; `classes` say why, `because` by which entries."""

    of: str
    what: str
    measure: str | None
    changed: tuple[dict[str, Any], ...]
    classes: Texts
    because: tuple[dict[str, Any], ...]


class Restatement(Restated, Framed, frozen=True, kw_only=True):
    """What a report said then, what it says now, and why. As a frame: a row a difference."""

    jurisdiction: str
    then: State
    now: State
    differences: tuple[Difference, ...]

    def table(self) -> Table:
        return Table(Difference, self.differences, self)


class RowRestated(Struct, frozen=True, kw_only=True):
    """A jurisdiction of which the report says otherwise; `then` and `now` are None without a record."""

    jurisdiction: str
    name: str
    then: WorldRow | None
    now: WorldRow | None
    measures: Texts
    classes: Texts
    acts: Texts


class WorldRestatement(Restated, Framed, frozen=True, kw_only=True):
    """The jurisdictions of which a report says otherwise. As a frame: a row a jurisdiction."""

    jurisdictions: tuple[RowRestated, ...]
    unaffected: Texts

    def table(self) -> Table:
        return Table(RowRestated, self.jurisdictions, self)


class Compared(Edition, frozen=True, kw_only=True):
    """Two days, or one day by two eyes."""

    from_: date
    to: date
    from_known_on: date
    to_known_on: date


class MeasureCompared(Struct, frozen=True, kw_only=True):
    """A measure whose line differs, None where there is none; `acts` are those behind it."""

    measure: str
    inherited: bool
    before: MeasureLine | None
    after: MeasureLine | None
    changed: tuple[dict[str, Any], ...]
    acts: Texts


class Comparison(Compared, Framed, frozen=True, kw_only=True):
    """A jurisdiction on two days. As a frame: a row a measure that differs."""

    jurisdiction: str
    before: WorldRow | None
    after: WorldRow | None
    measures: tuple[MeasureCompared, ...]
    changes: tuple[Change, ...]

    def table(self) -> Table:
        return Table(MeasureCompared, self.measures, self)


class RowCompared(Struct, frozen=True, kw_only=True):
    """A jurisdiction that reads otherwise; `changes` moved its headline."""

    jurisdiction: str
    name: str
    before: WorldRow
    after: WorldRow
    measures: Texts
    acts: Texts
    changes: tuple[Change, ...]


class WorldComparison(Compared, Framed, frozen=True, kw_only=True):
    """The jurisdictions that read otherwise on two days. As a frame: a row a jurisdiction."""

    jurisdictions: tuple[RowCompared, ...]

    def table(self) -> Table:
        return Table(RowCompared, self.jurisdictions, self)


class Found(Struct, frozen=True, kw_only=True):
    """A jurisdiction, measure or act that a search found."""

    kind: str
    name: str
    jurisdiction: str
    title: str
    exact: bool
    on: str | None
    act: str | None
    authority: str | None
    coverage: str
    excerpts: tuple[dict[str, Any], ...]


class Search(Edition, Framed, frozen=True, kw_only=True):
    """What was found, the best first of each kind. As a frame: a row for each that was found."""

    q: str
    understood: tuple[dict[str, str], ...]
    counts: dict[str, int]
    more: bool
    results: tuple[Found, ...]
    next: int | None

    def table(self) -> Table:
        return Table(Found, self.results, self)


class Jurisdiction(Struct, frozen=True, kw_only=True):
    """A jurisdiction on record, and how far the record of it reaches."""

    jurisdiction: str
    name: str
    measures: int
    acts: int
    last_act: str | None
    last_recorded: datetime | None
    reviewed_on: str | None


class Jurisdictions(Edition, Framed, frozen=True, kw_only=True):
    """Every jurisdiction on record. As a frame: a row for each."""

    jurisdictions: tuple[Jurisdiction, ...]

    def table(self) -> Table:
        return Table(Jurisdiction, self.jurisdictions, self)


class Event(Struct, frozen=True, kw_only=True):
    """An event of the log; `event` is what is stored, `name` its type."""

    position: int
    edition: int
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    stream: str
    revision: int
    name: str
    event: dict[str, Any]


class LogPage(Edition, Framed, frozen=True, kw_only=True):
    """Events in order of position; `next` is the position to ask after, None at the end."""

    events: tuple[Event, ...]
    next: int | None

    @property
    def rows(self) -> tuple[Event, ...]:
        return self.events

    def table(self) -> Table:
        return Table(Event, self.events, self)


class Word(Struct, frozen=True, kw_only=True):
    """A word of the code book; `reaches` are the companies that a class reaches, of a subject."""

    word: str
    label: str
    definition: str
    aliases: Texts = ()
    kind: str | None = None
    reaches: tuple[dict[str, str], ...] = ()
    strictness: int | None = None


class Membership(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The law of `of` held in a jurisdiction from one day to another, both inclusive; None for until today."""

    of: str
    from_: date
    to: date | None


class NamedJurisdiction(Struct, frozen=True, kw_only=True):
    """A jurisdiction of the code book: its code, its English name, other names, and whose law held there."""

    jurisdiction: str
    name: str
    aliases: Texts
    memberships: tuple[Membership, ...]


class Codebook(Answer, frozen=True, kw_only=True):
    """What the words of the record mean. It depends on `rules` alone."""

    rules: str
    version: str
    kinds: tuple[Word, ...]
    reach: tuple[Word, ...]
    subjects: tuple[Word, ...]
    scopes: tuple[Word, ...]
    effects: tuple[Word, ...]
    instruments: tuple[Word, ...]
    statuses: tuple[Word, ...]
    deadline_statuses: tuple[Word, ...]
    obliged: tuple[Word, ...]
    confidence: tuple[Word, ...]
    verification: tuple[Word, ...]
    jurisdictions: tuple[NamedJurisdiction, ...]


class WrittenEntry(Struct, frozen=True, kw_only=True):
    """What one thing that was asked came to; `repeated`: it was on record before."""

    act: str | None = None
    jurisdiction: str | None = None
    what: str
    repeated: bool
    now: str | None
    positions: tuple[int, ...]
    revisions: dict[str, int]
    edition: int
    recorded_at: datetime
    recorded_by: str
    batch: str | None


class Written(Answer, frozen=True, kw_only=True):
    """What a write came to: it can be read at once, at `edition`. `batch` is what undoes it."""

    edition: int
    recorded_at: datetime | None
    batch: str | None
    positions: tuple[int, ...]
    revisions: dict[str, int]
    repeated: Texts
    entries: tuple[WrittenEntry, ...]
    left: tuple[dict[str, str], ...] = ()


class PreviewedMeasure(Struct, frozen=True, kw_only=True):
    """A measure before and after what would be recorded, with the rows of its diary that would go and come."""

    measure: str
    revision: int
    before: MeasureLine | None
    after: MeasureLine | None
    gone: tuple[Change, ...]
    new: tuple[Change, ...]


class Preview(Answer, frozen=True, kw_only=True):
    """What a write would come to. Nothing was recorded."""

    as_of: date
    known_on: date
    position: int
    recorded_at: datetime | None
    rules: str
    events: int
    measures: tuple[PreviewedMeasure, ...]
    left: tuple[dict[str, str], ...] = ()


class PanelRow(Struct, frozen=True, kw_only=True):
    """
    A day of a panel: of a jurisdiction, its headline (None for none) and what would raise it; of a measure, its status.

    Of a panel by headline, `measure`, `status`, `certainty` and `effects` are empty; by measure, `name` and the rest.
    """

    as_of: date
    known_on: date
    position: int
    recorded_at: datetime | None
    rules: str
    jurisdiction: str
    name: str | None = None
    headline_effect: str | None = None
    headline_status: str | None = None
    upcoming_effect: str | None = None
    upcoming_status: str | None = None
    measure: str | None = None
    status: str | None = None
    certainty: str | None = None
    effects: Texts = ()


_BY_HEADLINE = ("name", "headline_effect", "headline_status", "upcoming_effect", "upcoming_status")
_BY_MEASURE = ("measure", "status", "certainty", "effects")


class Panel(Framed):
    """The days of some jurisdictions or measures, in rows; `pinned` is the address at which they stay the same."""

    def __init__(self, rows: Sequence[PanelRow], pinned: str, of: str) -> None:
        self.rows = tuple(rows)
        self.pinned = pinned
        self.of = of

    def table(self) -> Table:
        aside = _BY_HEADLINE if self.of == "measure" else _BY_MEASURE
        return Table(PanelRow, self.rows, aside=aside)


A = TypeVar("A", bound=Answer)

_row = msgspec.json.Decoder(PanelRow)
_event = msgspec.json.Decoder(Event)


def answer_of(shape: type[A], body: bytes, base: str) -> A:
    """The answer that a body has. Raises Misunderstood."""
    try:
        return _made(shape, base, msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Misunderstood(f"The answer is no {shape.__name__} as this client knows it: {error}.") from error


def _made(shape: type[A], base: str, raw: dict[str, Any]) -> A:
    return msgspec.convert(raw, shape).from_service(base, raw)


def rows_of(body: bytes) -> list[PanelRow]:
    """The rows of a panel, as JSON Lines. Raises Misunderstood."""
    try:
        return _row.decode_lines(body)
    except msgspec.DecodeError as error:
        raise Misunderstood(f"The panel is not as this client knows it: {error}.") from error


def event_of(data: bytes) -> Event:
    """The event that a stream of the log sent. Raises Misunderstood."""
    try:
        return _event.decode(data)
    except msgspec.DecodeError as error:
        raise Misunderstood(f"An event is not as this client knows it: {error}.") from error
