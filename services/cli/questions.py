"""The commands that ask. Each is the same question as a route of the API, answered by the same function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from msgspec import Struct, convert

from events.vocabulary import DeadlineStatus, Effect, Status, Verification
from services.cli import options
from services.cli.opening import opened

if TYPE_CHECKING:
    from projections.answering import Asked
    from projections.entries import LogFilters
    from projections.state import Filters
    from services.cli.page import Page

Answer = TypeVar("Answer", bound=Struct)


def state(
    country: options.Country,
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    subject: options.Subjects = [],  # noqa: B006
    scope: options.Scopes = [],  # noqa: B006
    classes: options.Classes = "exclude",
    effect: options.Effects = [],  # noqa: B006
    status: options.Statuses = [],  # noqa: B006
    verified: options.Verified = None,
    sources: Annotated[bool, typer.Option("--sources", help="Show the sources of every act.")] = False,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """What the rules of a jurisdiction were on a day, as people knew them on that day or another."""
    from services.cli.rendering.states import show_state
    from services.cli.sources import acts_of

    filters = _filters(status, effect, subject, scope, classes, verified)
    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.state(country, as_of=as_of, known_on=known_on, asked=asked, filters=filters)
        lines = [*answer.measures, *answer.inherited]
        acts = acts_of(service.answering, lines, answer.position) if sources and not (json or csv) else None
    _give(answer, json, lambda page, given: show_state(page, given, acts, filters), csv=csv)


def pressure(
    country: options.Country,
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """Which measures of others were aimed at a jurisdiction on a day."""
    from services.cli.rendering.states import show_pressure

    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.pressure(country, as_of=as_of, known_on=known_on, asked=asked)
    _give(answer, json, show_pressure, csv=csv)


def changes(
    from_: options.From,
    country: options.AnyCountry = None,
    to: options.To = None,
    known_on: options.KnownOn = None,
    jurisdiction: options.Countries = [],  # noqa: B006
    subject: options.Subjects = [],  # noqa: B006
    scope: options.Scopes = [],  # noqa: B006
    classes: options.Classes = "exclude",
    effect: options.Effects = [],  # noqa: B006
    after: options.AfterRow = None,
    limit: options.Rows = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """What changed between two days, in a jurisdiction or in the world, each change on the day it could be seen."""
    from projections.auditing import ROWS
    from projections.diaries import place_of
    from services.cli.rendering.changes import show_changes, show_world_changes

    asked = _asked(position, recorded_at)
    if country is not None:
        if jurisdiction or subject or scope or effect or classes == "include" or after is not None or limit is not None:
            raise typer.BadParameter(
                f"filters and pages are of the diary of the world: write --jurisdiction {country} instead of {country}."
            )
        with opened() as service:
            diary = service.answering.changes(country, from_=from_, to=to, known_on=known_on, asked=asked)
        _give(diary, json, show_changes, csv=csv)
        return
    filters = _filters([], effect, subject, scope, classes)
    with opened() as service:
        page = service.auditing.changes(
            from_=from_,
            to=to,
            known_on=known_on,
            jurisdictions=jurisdiction,
            filters=filters,
            after=None if after is None else place_of(after),
            limit=ROWS if limit is None else limit,
            asked=asked,
        )
    _give(page, json, show_world_changes, csv=csv)


def world(
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    subject: options.Subjects = [],  # noqa: B006
    scope: options.Scopes = [],  # noqa: B006
    classes: options.Classes = "exclude",
    effect: options.Effects = [],  # noqa: B006
    status: options.Statuses = [],  # noqa: B006
    verified: options.Verified = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """What the rules of the world were on a day: one row a jurisdiction; with a filter, only those that match."""
    from services.cli.rendering.worlds import show_world

    filters = _filters(status, effect, subject, scope, classes, verified)
    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.world(as_of=as_of, known_on=known_on, asked=asked, filters=filters)
    _give(answer, json, lambda page, given: show_world(page, given, filters), csv=csv)


def series(
    from_: options.From,
    to: options.To = None,
    step: options.Step = "month",
    known_on: options.KnownOnThroughout = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    jurisdiction: options.Countries = [],  # noqa: B006
    subject: options.Subjects = [],  # noqa: B006
    scope: options.Scopes = [],  # noqa: B006
    classes: options.Classes = "exclude",
    effect: options.Effects = [],  # noqa: B006
    status: options.Statuses = [],  # noqa: B006
    verified: options.Verified = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """How many jurisdictions prohibit, restrict and so on, at the end of each month, quarter or year."""
    from projections.series import Step
    from services.cli.rendering.series import show_series

    filters = _filters(status, effect, subject, scope, classes, verified)
    asked = _asked(position, recorded_at)
    by: Step = convert(step, Step)
    with opened() as service:
        answer = service.answering.series(
            from_=from_, to=to, step=by, known_on=known_on, jurisdictions=jurisdiction, asked=asked, filters=filters
        )
    _give(answer, json, lambda page, given: show_series(page, given, filters), csv=csv)


def deadlines(
    jurisdiction: options.Countries = [],  # noqa: B006
    status: options.DeadlineStatuses = [],  # noqa: B006
    due_from: options.DueFrom = None,
    due_to: options.DueTo = None,
    verified: options.Verified = None,
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """The deadlines of some jurisdictions, or of the world, on a day: overdue, open, met, by due day."""
    from projections.deadlines import DeadlineFilters
    from services.cli.rendering.deadlines import show_deadlines

    filters = DeadlineFilters(convert(status, tuple[DeadlineStatus, ...]), due_from, due_to, _level(verified))
    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.deadlines(
            jurisdictions=jurisdiction, as_of=as_of, known_on=known_on, asked=asked, filters=filters
        )
    _give(answer, json, show_deadlines, csv=csv)


def measure(
    measure: options.Measure,
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    sources: Annotated[bool, typer.Option("--sources", help="Show the sources of every act.")] = False,
    json: options.Json = False,
) -> None:
    """One measure on a day, and how it went over time."""
    from services.cli.rendering.measures import show_one_measure
    from services.cli.sources import acts_of

    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.measure(measure, as_of=as_of, known_on=known_on, asked=asked)
        lines = [] if answer.line is None else [answer.line]
        acts = acts_of(service.answering, lines, answer.position) if sources and not json else None
    _give(answer, json, lambda page, given: show_one_measure(page, given, acts))


def history(
    measure: options.Measure,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """Every entry that was recorded on a measure, in order of recording, with its sources."""
    from services.cli.rendering.histories import show_history

    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.history(measure, asked=asked)
    _give(answer, json, show_history, csv=csv)


def restatement(
    country: options.AnyCountry = None,
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    from_position: options.FromPosition = None,
    from_recorded_at: options.FromRecordedAt = None,
    to_position: options.ToPosition = None,
    to_recorded_at: options.ToRecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """What a report on a day said at an earlier edition of our record, what it says at a later one, and why."""
    from services.cli.rendering.restatements import show_restatement, show_world_restatement

    earlier, later = _asked(from_position, from_recorded_at), _asked(to_position, to_recorded_at)
    with opened() as service:
        audit = service.auditing
        if country is None:
            world = audit.world_restatement(earlier=earlier, later=later, as_of=as_of, known_on=known_on)
            _give(world, json, show_world_restatement, csv=csv)
        else:
            one = audit.restatement(country, earlier=earlier, later=later, as_of=as_of, known_on=known_on)
            _give(one, json, show_restatement, csv=csv)


def comparison(
    country: options.AnyCountry = None,
    from_: options.EarlierDay = None,
    to: options.LaterDay = None,
    from_known_on: options.FromKnownOn = None,
    to_known_on: options.ToKnownOn = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """What reads otherwise on two days, or on one day by the eyes of two, and by which acts."""
    from services.cli.rendering.comparisons import show_comparison, show_world_comparison

    asked = _asked(position, recorded_at)
    with opened() as service:
        audit = service.auditing
        if country is None:
            world = audit.world_comparison(
                from_=from_, to=to, from_known_on=from_known_on, to_known_on=to_known_on, asked=asked
            )
            _give(world, json, show_world_comparison, csv=csv)
        else:
            one = audit.comparison(
                country, from_=from_, to=to, from_known_on=from_known_on, to_known_on=to_known_on, asked=asked
            )
            _give(one, json, show_comparison, csv=csv)


def act(
    act: options.Act,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
) -> None:
    """Everything that was recorded of an act: how it read, what each correction changed, whether it stands."""
    from services.cli.rendering.editions import show_one_act

    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.auditing.act(act, asked=asked)
    _give(answer, json, show_one_act)


def log(
    after: options.After = None,
    limit: options.Limit = 100,
    jurisdiction: options.Countries = [],  # noqa: B006
    measure: options.Measures = [],  # noqa: B006
    act: options.Acts = [],  # noqa: B006
    type: options.EntryTypes = [],  # noqa: B006
    recorded_by: options.Recorders = [],  # noqa: B006
    batch: options.Batches = [],  # noqa: B006
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what is recorded from now on (or --after), until Ctrl-C.")
    ] = False,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
) -> None:
    """The events themselves, in the order in which they were recorded."""
    from projections.entries import LogFilters
    from services.cli.rendering.histories import show_log

    asked = _asked(position, recorded_at)
    filters = LogFilters(tuple(jurisdiction), tuple(measure), tuple(act), tuple(type), tuple(recorded_by), tuple(batch))
    if follow:
        if position is not None or recorded_at is not None:
            raise typer.BadParameter("--follow goes on beyond every edition: leave --position and --recorded-at out.")
        _follow(filters, after, json)
        return
    with opened() as service:
        answer = service.answering.log(after=after or 0, limit=limit, filters=filters, asked=asked)
    repeated = [
        each for name, values in filters.parameters().items() for value in values for each in (_option(name), value)
    ]
    repeated += [] if limit == 100 else ["--limit", str(limit)]
    if position is not None or recorded_at is not None:
        repeated += ["--position", str(answer.position)]
    _give(answer, json, lambda page, given: show_log(page, given, repeated))


def jurisdictions(
    position: options.Position = None, recorded_at: options.RecordedAt = None, json: options.Json = False
) -> None:
    """Every jurisdiction on record, and how far the record of it reaches."""
    from services.cli.rendering.worlds import show_jurisdictions

    asked = _asked(position, recorded_at)
    with opened() as service:
        answer = service.answering.jurisdictions(asked=asked)
    _give(answer, json, show_jurisdictions)


def search(
    words: options.Sought,
    kind: options.Kinds = None,
    jurisdiction: options.Countries = [],  # noqa: B006
    after: options.AfterResult = 0,
    limit: options.Results = 20,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    json: options.Json = False,
    csv: options.Csv = False,
) -> None:
    """What on record has certain words: jurisdictions, measures and acts, by title, authority, subject or source."""
    from projections.searching import PAGE, Kind
    from services.cli.rendering.searches import show_search

    asked = _asked(position, recorded_at)
    only: Kind | None = convert(kind, Kind | None)
    with opened() as service:
        answer = service.searching.search(
            words,
            kind=only,
            jurisdictions=jurisdiction,
            limit=limit,
            after=after,
            asked=asked,
            patience=None,
            told=_say_how_far,
        )
    repeated = [] if kind is None else ["--kind", kind]
    repeated += [each for code in jurisdiction for each in ("--jurisdiction", code)]
    repeated += [] if limit == PAGE else ["--limit", str(limit)]
    repeated += ["--position", str(answer.position)]
    _give(answer, json, lambda page, given: show_search(page, given, repeated), csv=csv)


def codebook(json: options.Json = False) -> None:
    """What the words of the record mean: subjects, scopes, effects and others, with the names that filters take."""
    from projections.codebook import codebook as the_codebook
    from services.cli.rendering.codebooks import show_codebook

    _give(the_codebook(), json, show_codebook)


def news(
    since: Annotated[
        int, typer.Option(metavar="N", parser=options.place, help="What was recorded after this position of the log.")
    ],
    due_after: Annotated[
        date | None,
        typer.Option(
            metavar="DAY", parser=options.day, help="Days after this one. Default: when --since was recorded."
        ),
    ] = None,
    as_of: options.AsOf = None,
    jurisdiction: options.Countries = [],  # noqa: B006
    measure: options.Measures = [],  # noqa: B006
    subject: options.Subjects = [],  # noqa: B006
    classes: options.Classes = "exclude",
    limit: Annotated[
        int,
        typer.Option(
            metavar="N", parser=options.number_within(1, 1000), help="About so many events, and days. Default: 200."
        ),
    ] = 200,
    json: options.Json = False,
) -> None:
    """What reads otherwise since a position of the log, and the days that have come since."""
    from services.cli.feeds import topic_of
    from services.cli.rendering.news import show_news

    topic = topic_of(jurisdiction, measure, subject, classes)
    with opened() as service:
        answer = service.newsroom.news(topic, since=since, due_after=due_after, as_of=as_of, limit=limit)
    _give(answer, json, show_news)


QUESTIONS = (
    state,
    pressure,
    changes,
    world,
    series,
    deadlines,
    measure,
    history,
    restatement,
    comparison,
    act,
    log,
    search,
    news,
    jurisdictions,
    codebook,
)


def _say_how_far(position: int) -> None:
    """A search after a large import first reads it, which takes a while: it is told how far it has come."""
    if position % 20_000 == 0:
        print(f"Reading the record for the search, up to position {position} …", file=sys.stderr)


def _follow(filters: LogFilters, after: int | None, json: bool) -> None:
    """Shows events as they are recorded, a line an event. Ends by Ctrl-C or when nobody reads."""
    from threading import Event

    import msgspec

    from projections.following import Follower
    from services.cli.page import Page
    from services.cli.rendering.histories import show_event

    page, grown = Page(), Event()
    with opened() as service, Follower(service.url).telling(lambda head: grown.set()):
        at = service.log.head().position if after is None else after
        while True:
            grown.clear()
            read = service.answering.log(after=at, limit=200, filters=filters)
            for event in read.events:
                if json:
                    sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
                else:
                    show_event(page, event)
            sys.stdout.flush()
            at = max(at, read.position if read.next is None else read.next)
            if read.next is None:
                grown.wait()


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _asked(position: int | None, recorded_at: datetime | None) -> Asked:
    from projections.answering import Asked

    return Asked(position, recorded_at)


def _level(verified: str | None) -> Verification | None:
    level: Verification | None = convert(verified, Verification | None)
    return level


def _filters(
    status: Sequence[str],
    effect: Sequence[str],
    subject: Sequence[str],
    scope: Sequence[str],
    classes: str,
    verified: str | None = None,
) -> Filters:
    from projections.state import Filters

    return Filters(
        statuses=convert(status, tuple[Status, ...]),
        effects=convert(effect, tuple[Effect, ...]),
        subjects=tuple(subject),
        scopes=tuple(scope),
        classes=classes == "include",
        verified=_level(verified),
    )


def _give(answer: Answer, json: bool, show: Callable[[Page, Answer], None], *, csv: bool = False) -> None:
    """Prints an answer: as its very bytes, as a table, or as people read it."""
    if json and csv:
        raise typer.BadParameter("Give --json or --csv, not both.")
    if json or csv:
        from projections.answers import encode
        from services.outlets.tables import table_of

        sys.stdout.buffer.write(table_of(answer) if csv else encode(answer) + b"\n")
        sys.stdout.buffer.flush()
        if csv:
            _say_unknown(answer)
        return
    from services.cli.page import Page

    show(Page(), answer)


def _say_unknown(answer: Struct) -> None:
    """A table has no place for what was asked for and is nowhere on record: it is told beside it."""
    from services.wording import no_record, unknown

    for word in getattr(answer, "unknown", None) or ():
        print(unknown(word), file=sys.stderr)
    for code in getattr(answer, "no_record", None) or ():
        print(no_record(code), file=sys.stderr)
