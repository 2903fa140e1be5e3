"""The shapes of the answers (design, section 4). What they contain is decided in the rooms named after them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from events.actions import Act, Scalar
from events.vocabulary import DeadlineStatus, Status, Verification

RULES = "1"
"""
The version of the fold and its reference data, the code book and the jurisdictions.

Pinned answers are the same for ever under the same rules. docs/codebook.md says how the two go together.
"""


class Edition(Struct, frozen=True):
    """A place in the log: an edition of our record. `recorded_at` is None while the log is empty."""

    position: int
    recorded_at: datetime | None


class Cite(Struct, frozen=True):
    """How an answer is quoted: in words, by the address at which it stays the same for ever, under which licence."""

    text: str
    url: str
    licence: str


class Move(Struct, frozen=True, rename={"from_": "from"}):
    """A deadline was moved: on which day it was told, from and to which day (null: without a date), by which act."""

    on: str
    from_: str | None
    to: str | None
    act: str


class DeadlineLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A deadline of a measure on a day. `days_overdue` counts from due; `met_on` and `days_late` are of a met one."""

    deadline: str
    due: str | None
    obliged: str
    status: DeadlineStatus
    days_overdue: int | UnsetType = UNSET
    met_on: str | UnsetType = UNSET
    days_late: int | UnsetType | None = UNSET
    moves: tuple[Move, ...]
    acts: tuple[str, ...]


class Match(Struct, frozen=True, kw_only=True):
    """A subject asked for that is not on the line itself: a class there reaches it, in one of the ways of `reach`."""

    subject: str
    through: str
    reach: str


class UnknownWord(Struct, frozen=True, kw_only=True):
    """What a filter asked for and neither the code book nor the record here has; `near` are words that are there."""

    parameter: str
    given: str
    near: tuple[str, ...]


class MeasureLine(Struct, frozen=True, kw_only=True):
    """
    A measure on a day.

    `possible` stands beside a certainty of "possible"; `values` where the measure has any; `verified` is the least
    level of its `acts`, null where any of them is not verified; `matched` where the line was asked for with
    classes=include, and only a class matched.
    """

    measure: str
    title: str
    status: Status
    certainty: str
    possible: tuple[Status, ...] | UnsetType = UNSET
    since: str | None
    instrument: str
    authority: str
    effects: tuple[str, ...]
    subjects: tuple[str, ...]
    scope: tuple[str, ...]
    targets: tuple[str, ...]
    values: dict[str, Scalar] | UnsetType = UNSET
    effective_on: str | None
    expires_on: str | None
    deadlines: tuple[DeadlineLine, ...]
    acts: tuple[str, ...]
    verified: Verification | None
    next_change: str | None
    matched: tuple[Match, ...] | UnsetType = UNSET


class Headline(Struct, frozen=True):
    """The strictest effect, its status, and the measures that have it."""

    effect: str
    status: Status
    measures: tuple[str, ...]


class State(Struct, frozen=True, kw_only=True):
    """The rules of a jurisdiction on a day. `unknown` where a filter named what is nowhere on record here."""

    jurisdiction: str
    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    measures: tuple[MeasureLine, ...]
    inherited: tuple[MeasureLine, ...]
    headline: Headline | None
    upcoming: Headline | None
    coverage: str
    reviewed_on: str | None
    unknown: tuple[UnknownWord, ...] | UnsetType = UNSET


class Pressure(Struct, frozen=True, kw_only=True):
    """The measures of others that on a day are aimed at a jurisdiction, by name."""

    jurisdiction: str
    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    measures: tuple[MeasureLine, ...]


class MatrixRow(Struct, frozen=True, kw_only=True):
    """
    A jurisdiction in the world matrix. `counts` are its own measures by status, absent ones left out.

    `matched` where it was asked for with classes=include, and all its measures that match do so through a class.
    """

    jurisdiction: str
    name: str
    headline: Headline | None
    upcoming: Headline | None
    counts: dict[str, int]
    matched: tuple[Match, ...] | UnsetType = UNSET


class Matrix(Struct, frozen=True, kw_only=True):
    """
    The rules of the world on a day, one row a recorded jurisdiction.

    `unknown` where a filter named what is nowhere on record.
    """

    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    jurisdictions: tuple[MatrixRow, ...]
    unknown: tuple[UnknownWord, ...] | UnsetType = UNSET


class Point(Struct, frozen=True, kw_only=True):
    """
    How many jurisdictions did what on the day `on`, known on another: the world matrix of that day, counted.

    `jurisdictions` is how many rows it has, with a filter only those that match. Each stands once in `counts`, under
    an effect or `no_headline`, and in `codes` by name, where those without any are left out. `matched` are those found
    through a class alone. `state` is the pinned address of that matrix.
    """

    on: str
    known_on: str
    jurisdictions: int
    counts: dict[str, int]
    codes: dict[str, tuple[str, ...]]
    matched: tuple[str, ...] | UnsetType = UNSET
    state: str


class Series(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """
    The jurisdictions counted by what they do, point by point, `from` and `to` inclusive.

    `known_on` is null where each point is read by the eyes of its own day. `no_record` names jurisdictions that were
    asked for and have no record; `unknown` stands where a filter named what is nowhere on record.
    """

    from_: str
    to: str
    step: str
    known_on: str | None
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    points: tuple[Point, ...]
    no_record: tuple[str, ...] | UnsetType = UNSET
    unknown: tuple[UnknownWord, ...] | UnsetType = UNSET


class Headlines(NamedTuple):
    """The headline of a jurisdiction from a day on, and what would raise it: effects and statuses, None for none."""

    on: str
    effect: str | None
    status: str | None
    upcoming_effect: str | None
    upcoming_status: str | None


class Timeline(Struct, frozen=True, kw_only=True):
    """
    The headlines of the world through time, a list of `Headlines` for each jurisdiction with measures.

    `changes` are the days on which a measure that is asked for begins to read otherwise. `known_on` is null where each
    day is read by the eyes of that day.
    """

    known_on: str | None
    position: int
    recorded_at: datetime | None
    rules: str
    changes: tuple[str, ...]
    jurisdictions: dict[str, tuple[Headlines, ...]]


class WorldDeadline(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A deadline with the measure that it belongs to; `verified` is the least level of its acts, or null."""

    jurisdiction: str
    measure: str
    title: str
    deadline: str
    due: str | None
    obliged: str
    status: DeadlineStatus
    days_overdue: int | UnsetType = UNSET
    met_on: str | UnsetType = UNSET
    days_late: int | UnsetType | None = UNSET
    moves: tuple[Move, ...]
    acts: tuple[str, ...]
    verified: Verification | None


class Deadlines(Struct, frozen=True, kw_only=True):
    """The deadlines of the world on a day, by due day."""

    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    deadlines: tuple[WorldDeadline, ...]


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A row of the diary, on the day on which it could be seen.

    `by` is the act, or null where a day passed; `acts` those on which the row rests. `expected`: not yet seen by
    known_on. `retroactive`: it reaches back before its announcement. `matched`: only a class matched the measure.
    """

    on: str
    measure: str
    what: str
    by: str | None
    before: dict[str, object]
    after: dict[str, object]
    summary: str
    acts: tuple[str, ...]
    deadline: str | UnsetType = UNSET
    expected: bool = False
    retroactive: bool = False
    matched: tuple[Match, ...] = ()


class Changes(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The diary of a jurisdiction, `from` and `to` inclusive."""

    jurisdiction: str
    from_: str
    to: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    changes: tuple[Change, ...]


class WorldChanges(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A page of the diary of several jurisdictions, or of the world; `next` is what to ask after, null at the end."""

    from_: str
    to: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    changes: tuple[Change, ...]
    next: str | None
    unknown: tuple[UnknownWord, ...] | UnsetType = UNSET
    cite: Cite | UnsetType = UNSET


class Profile(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A run of days on which a measure's line stays the same; `to` is the last of them, null for ever."""

    from_: str
    to: str | None
    status: Status
    effects: tuple[str, ...]
    subjects: tuple[str, ...]
    scope: tuple[str, ...]
    targets: tuple[str, ...]
    values: dict[str, Scalar]
    effective_on: str | None
    expires_on: str | None


class MeasureAnswer(Struct, frozen=True, kw_only=True):
    """
    One measure on a day (null: absent), with its profile over time under the same eyes.

    `revision` is the number of the last event of its stream in this edition, for a write to rest on.
    """

    measure: str
    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    revision: int
    cite: Cite | UnsetType = UNSET
    line: MeasureLine | None
    profile: tuple[Profile, ...]
    links: tuple[dict[str, str], ...]


class FieldChange(Struct, frozen=True, omit_defaults=True, rename={"from_": "from"}):
    """A field that differs, what it was and what it is. What is left out was not told; null: told to be nothing."""

    field: str
    from_: Any = UNSET
    to: Any = UNSET


class ActEdition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What was recorded of an act at one time: `recorded`, `corrected`, `retracted` or `verified`.

    `edition` is where it appears, `positions` are its entries. `content` is the act whole, with its actions, as it
    reads from here on; a correction names the fields that it `changed`.
    """

    type: str
    edition: int
    positions: tuple[int, ...]
    recorded_at: datetime
    recorded_by: str
    batch: str | None
    measures: tuple[str, ...]
    reason: str | UnsetType = UNSET
    note: str | UnsetType | None = UNSET
    verification: dict[str, Any] | UnsetType = UNSET
    content: dict[str, Any] | UnsetType = UNSET
    changed: tuple[FieldChange, ...] | UnsetType = UNSET


class ActAnswer(Struct, frozen=True, kw_only=True):
    """An act with everything that was recorded of it; `stands` unless it was retracted, `verified` to which level."""

    act: str
    position: int
    recorded_at: datetime | None
    rules: str
    stands: bool
    verified: str | None
    measures: tuple[str, ...]
    editions: tuple[ActEdition, ...]
    cite: Cite | UnsetType = UNSET


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the log behind a difference; `measure` and `act` are null for a review."""

    position: int
    edition: int
    type: str
    measure: str | None
    act: str | None
    recorded_at: datetime
    recorded_by: str
    announced_on: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    level: Verification | UnsetType = UNSET
    note: str | UnsetType = UNSET


class Difference(Struct, frozen=True, kw_only=True):
    """
    What a report says otherwise than before: `of` its measures, inherited, headline, upcoming, coverage or reviewed_on.

    `what`: appeared, disappeared or changed; `changed` are the fields that differ. `classes` say why, in short
    (learned_late, corrected, retracted, verified, reviewed), `because` by which entries.
    """

    of: str
    what: str
    measure: str | None
    changed: tuple[FieldChange, ...]
    classes: tuple[str, ...]
    because: tuple[Cause, ...]


class Restatement(Struct, frozen=True, kw_only=True):
    """What a report on a day said then, at one edition of the record, what it says now, at another, and why."""

    jurisdiction: str
    as_of: str
    known_on: str
    from_position: int
    from_recorded_at: datetime | None
    to_position: int
    to_recorded_at: datetime | None
    rules: str
    then: State
    now: State
    differences: tuple[Difference, ...]
    cite: Cite | UnsetType = UNSET


class Report(Struct, frozen=True, kw_only=True):
    """
    A jurisdiction on a day as a report tells it: what held, what was coming, what changed since a day, and the sources.

    `measures` and `inherited` are the lines of its state in the order of a brief. `changes` are its diary from `since`
    to `as_of`, both inclusive, by the eyes of the report; none without `since`. `acts` are those on which all of it
    rests, as they read in this edition, in the order in which they are first named.
    """

    jurisdiction: str
    as_of: str
    known_on: str
    since: str | None
    position: int
    recorded_at: datetime | None
    rules: str
    headline: Headline | None
    upcoming: Headline | None
    coverage: str
    reviewed_on: str | None
    measures: tuple[MeasureLine, ...]
    inherited: tuple[MeasureLine, ...]
    changes: tuple[Change, ...]
    acts: tuple[Act, ...]
    cite: Cite | UnsetType = UNSET


class ChangeRestated(Struct, frozen=True, kw_only=True):
    """A row of the diary of a report that appeared or disappeared since; why, and by which entries, as a difference."""

    what: str
    change: Change
    classes: tuple[str, ...]
    because: tuple[Cause, ...]


class NoteRestated(Struct, frozen=True, kw_only=True):
    """A note of a report whose act reads otherwise since, field by field."""

    act: str
    changed: tuple[FieldChange, ...]


class ReportRestated(Struct, frozen=True, kw_only=True):
    """
    Which lines of a report read differently at a later edition of the record, and why.

    `then` and `now` are the report at both; `differences` are those of its state, `changes` those of its diary, `notes`
    those of the acts that both rest on.
    """

    then: Report
    now: Report
    differences: tuple[Difference, ...]
    changes: tuple[ChangeRestated, ...]
    notes: tuple[NoteRestated, ...]


class MeasureNews(Struct, frozen=True, kw_only=True):
    """
    A measure of which something was recorded: how it read on a day `before` and `after` it, null where it did not.

    `changed` are the fields that differ; none where what was recorded makes no difference on that day. `because` is
    what was recorded.
    """

    measure: str
    jurisdiction: str
    before: MeasureLine | None
    after: MeasureLine | None
    changed: tuple[FieldChange, ...]
    because: tuple[Cause, ...]


class Due(Struct, frozen=True, kw_only=True):
    """A day that has come, of which was told before: what it brought, by the record as it was when it began."""

    id: str
    day: str
    change: Change


class News(Struct, frozen=True, kw_only=True):
    """
    What is new since a position of the log: `measures` of which something was recorded, and days that are `due`.

    It reaches to `position` and to the day `due_to`: ask on with both, as `since` and `due_after`. `more` says that
    there is more already.
    """

    since: int
    due_after: str | None
    as_of: str
    position: int
    recorded_at: datetime | None
    due_to: str
    more: bool
    rules: str
    measures: tuple[MeasureNews, ...]
    due: tuple[Due, ...]


class RowRestated(Struct, frozen=True, kw_only=True):
    """
    A jurisdiction of which the report says otherwise than before; `then` and `now` are its rows, null without a record.

    `measures` are its own whose lines differ, `classes` say why, `acts` are those behind it.
    """

    jurisdiction: str
    name: str
    then: MatrixRow | None
    now: MatrixRow | None
    measures: tuple[str, ...]
    classes: tuple[str, ...]
    acts: tuple[str, ...]


class WorldRestatement(Struct, frozen=True, kw_only=True):
    """
    The jurisdictions of which a report on a day says otherwise at a later edition of the record than at an earlier one.

    `unaffected` are others about which something was recorded in between: it changes nothing about this day.
    """

    as_of: str
    known_on: str
    from_position: int
    from_recorded_at: datetime | None
    to_position: int
    to_recorded_at: datetime | None
    rules: str
    jurisdictions: tuple[RowRestated, ...]
    unaffected: tuple[str, ...]
    cite: Cite | UnsetType = UNSET


class RowCompared(Struct, frozen=True, kw_only=True):
    """
    A jurisdiction that reads otherwise on another day, or by other eyes: its rows in the two world matrices.

    `measures` are its own whose lines differ, `acts` those behind them, as of a `MeasureCompared`. `changes` are the
    last rows of the diary that moved its headline in between, at most three.
    """

    jurisdiction: str
    name: str
    before: MatrixRow
    after: MatrixRow
    measures: tuple[str, ...]
    acts: tuple[str, ...]
    changes: tuple[Change, ...]


class WorldComparison(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The jurisdictions that read otherwise on two days, or on one day by the eyes of two."""

    from_: str
    to: str
    from_known_on: str
    to_known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    jurisdictions: tuple[RowCompared, ...]
    cite: Cite | UnsetType = UNSET


class MeasureCompared(Struct, frozen=True, kw_only=True):
    """
    A measure whose line differs, null where there is none; `changed` are the fields that do.

    `acts` are those on which the later line rests and the earlier did not; where there are none, those that were
    announced between the eyes.
    """

    measure: str
    inherited: bool
    before: MeasureLine | None
    after: MeasureLine | None
    changed: tuple[FieldChange, ...]
    acts: tuple[str, ...]


class Comparison(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """
    A jurisdiction on two days, or on one day by the eyes of two: its rows in the world matrices, null without a record.

    `changes` is its diary between the days, both inclusive, by the eyes of the later reading; empty on one day.
    """

    jurisdiction: str
    from_: str
    to: str
    from_known_on: str
    to_known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    before: MatrixRow | None
    after: MatrixRow | None
    measures: tuple[MeasureCompared, ...]
    changes: tuple[Change, ...]
    cite: Cite | UnsetType = UNSET


class History(Struct, frozen=True, kw_only=True):
    """
    Every entry of a measure's stream, in order of recording; a correction names the fields that it `changed`.

    `revision` is the number of the last one.
    """

    measure: str
    position: int
    recorded_at: datetime | None
    rules: str
    revision: int
    cite: Cite | UnsetType = UNSET
    entries: tuple[dict[str, object], ...]


class Jurisdiction(Struct, frozen=True, kw_only=True):
    """A recorded jurisdiction and how far the record of it reaches."""

    jurisdiction: str
    name: str
    measures: int
    acts: int
    last_act: str | None
    last_recorded: datetime | None
    reviewed_on: str | None


class Jurisdictions(Struct, frozen=True, kw_only=True):
    """Every jurisdiction on record."""

    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    jurisdictions: tuple[Jurisdiction, ...]


class LogPage(Struct, frozen=True, kw_only=True):
    """Events in order of position; `next` is the position to ask after, null at the head."""

    position: int
    recorded_at: datetime | None
    rules: str
    cite: Cite | UnsetType = UNSET
    events: tuple[dict[str, object], ...]
    next: int | None


class Understood(Struct, frozen=True, kw_only=True):
    """Words of a search that are a name: of which `parameter` (subject, scope, jurisdiction), and its word there."""

    given: str
    parameter: str
    word: str


class Excerpt(Struct, frozen=True, kw_only=True):
    """
    Where in what was found the words stand: in which `field`, in which part of its text.

    `marks` are pairs: from which to which sign of `text` each stands, the second exclusive.
    """

    field: str
    text: str
    marks: tuple[tuple[int, ...], ...]


class Found(Struct, frozen=True, kw_only=True):
    """
    A jurisdiction, measure or act that was found; `name` is its code, its address (`US/eo-13873`) or its slug.

    `exact`: what was looked for is its very name. `act` is the act, of a measure the one by which it was found, with
    the day on which it was announced and its authority; all three are null for a jurisdiction. `coverage` is no_record
    for a jurisdiction without a record.
    """

    kind: str
    name: str
    jurisdiction: str
    title: str
    exact: bool
    on: str | None
    act: str | None
    authority: str | None
    coverage: str
    excerpts: tuple[Excerpt, ...]


class Search(Struct, frozen=True, kw_only=True):
    """
    What was found in an edition of the record: jurisdictions, measures, then acts, each the best first.

    `counts` are all that were found, by kind; where `more` is true there are more than were looked at. `next` is how
    many of each kind to pass over for the page that follows, null at the end.
    """

    q: str
    position: int
    recorded_at: datetime | None
    rules: str
    understood: tuple[Understood, ...]
    counts: dict[str, int]
    more: bool
    results: tuple[Found, ...]
    next: int | None
    cite: Cite | UnsetType = UNSET


class EntryAnswer(Struct, frozen=True, kw_only=True):
    """
    One event of the log: `entry` as the log gives it, `stored` the JSON that lies under `topic`, as it was written.

    `before` and `after` are the positions next to it in the log, `before_in_stream` and `after_in_stream` those in its
    stream; null where this edition has none. `superseded_by` is the edition in which what it said was corrected or
    retracted.
    """

    position: int
    recorded_at: datetime | None
    rules: str
    entry: dict[str, Any]
    topic: str
    stored: str
    before: int | None
    after: int | None
    before_in_stream: int | None
    after_in_stream: int | None
    superseded_by: int | None
    cite: Cite | UnsetType = UNSET


class Word(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A word of the code book, as it stands in records; `aliases` are other names of exactly the same."""

    word: str
    label: str
    definition: str
    aliases: tuple[str, ...] = ()


class Reach(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class reaches a subject: how, and on which basis that is said."""

    subject: str
    how: str
    basis: str


class CodebookSubject(Word, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A subject of the code book; `reaches` are the companies that a class reaches. A class is none of them."""

    kind: str
    reaches: tuple[Reach, ...] = ()


class CodebookEffect(Struct, frozen=True, kw_only=True):
    """An effect; `strictness` is its rank among headlines, 1 the strictest, null where it never makes one."""

    word: str
    label: str
    definition: str
    strictness: int | None


class Membership(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The law of `of` held in a jurisdiction from one day to another, both inclusive; null for until today."""

    of: str
    from_: str
    to: str | None


class CodebookJurisdiction(Struct, frozen=True, kw_only=True):
    """A jurisdiction: its code, its English name, other names, and whose law held there."""

    jurisdiction: str
    name: str
    aliases: tuple[str, ...]
    memberships: tuple[Membership, ...]


class Codebook(Struct, frozen=True, kw_only=True):
    """What the words of the record mean. It depends on `rules` alone."""

    rules: str
    version: str
    kinds: tuple[Word, ...]
    reach: tuple[Word, ...]
    subjects: tuple[CodebookSubject, ...]
    scopes: tuple[Word, ...]
    effects: tuple[CodebookEffect, ...]
    instruments: tuple[Word, ...]
    statuses: tuple[Word, ...]
    deadline_statuses: tuple[Word, ...]
    obliged: tuple[Word, ...]
    confidence: tuple[Word, ...]
    verification: tuple[Word, ...]
    jurisdictions: tuple[CodebookJurisdiction, ...]


class WrittenEntry(Struct, frozen=True, kw_only=True):
    """
    What one thing that was asked came to: the events that say it, wherever in the log they are.

    `repeated`: it was on record before, and these are the events that said it first. `now` is what the last entry of
    the act made of it: recorded, corrected or retracted, of a verification verified; for a review null. `jurisdiction`
    stands in the place of `act` for a review.
    """

    act: str | UnsetType = UNSET
    jurisdiction: str | UnsetType = UNSET
    what: str
    repeated: bool
    now: str | None
    positions: tuple[int, ...]
    revisions: dict[str, int]
    edition: int
    recorded_at: datetime
    recorded_by: str
    batch: str | None


class Written(Struct, frozen=True, kw_only=True):
    """
    What a write came to. It can be read at once, at `edition`, the last position of its append.

    `revisions` are those of the measures touched, as the write left them; `repeated` are the acts of which nothing new
    was recorded. Where all is repeated, edition, moment and batch are those of the latest of the first recordings.
    `left` is what an undone batch told that stays, each with the reason.
    """

    edition: int
    recorded_at: datetime | None
    batch: str | None
    positions: tuple[int, ...]
    revisions: dict[str, int]
    repeated: tuple[str, ...]
    entries: tuple[WrittenEntry, ...]
    left: tuple[dict[str, str], ...] | UnsetType = UNSET

    @property
    def is_new(self) -> bool:
        """Whether anything was recorded."""
        return any(not entry.repeated for entry in self.entries)


class PreviewedMeasure(Struct, frozen=True, kw_only=True):
    """
    A measure before and after what would be recorded, read on the same day by the same eyes; null: absent.

    `revision` is the present one. `gone` and `new` are the rows of its diary that would go and come.
    """

    measure: str
    revision: int
    before: MeasureLine | None
    after: MeasureLine | None
    gone: tuple[Change, ...]
    new: tuple[Change, ...]


class Preview(Struct, frozen=True, kw_only=True):
    """What a write would come to upon the edition `position`. Nothing was recorded."""

    dry_run: bool
    as_of: str
    known_on: str
    position: int
    recorded_at: datetime | None
    rules: str
    events: int
    measures: tuple[PreviewedMeasure, ...]
    left: tuple[dict[str, str], ...] | UnsetType = UNSET


def encode(answer: Struct) -> bytes:
    """An answer as JSON, the same bytes on the command line and over HTTP. Moments are RFC 3339 in UTC."""
    return msgspec.json.encode(answer)
