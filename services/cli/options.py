"""What may be asked on the command line: days, moments, countries and filters, each with its help and its bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from events.actions import ENTRY_TYPES
from events.dates import EARLIEST, LATEST, InvalidDate
from events.dates import day as exact_day
from events.errors import Refusal
from events.vocabulary import DEADLINE_STATUSES, EFFECTS, STATUSES, VERIFICATIONS, is_slug
from services.cli.program import again

FURTHEST = 2**53 - 1
"""The highest number that JSON readers take for what it is."""


class MeasureMisnamed(Refusal):
    """A measure is named by its jurisdiction and its slug."""

    type = "measure-misnamed"


def day(text: str) -> date:
    """A whole day between 1900 and 2200, written 2019-10-29."""
    try:
        return exact_day(text)
    except InvalidDate:
        raise typer.BadParameter(
            f"'{text}' is not a day: write it as 2019-10-29, between {EARLIEST.year} and {LATEST.year}."
        ) from None


def number_within(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers between two bounds, both inclusive."""

    def number(text: str) -> int:
        given = str(text)  # a default comes as it is
        if given.isascii() and given.isdecimal() and len(given) <= 16 and lowest <= int(given) <= highest:
            return int(given)
        raise typer.BadParameter(f"'{given}' is not a whole number from {lowest} to {highest}.")

    return number


place = number_within(0, FURTHEST)


def moment(text: str) -> datetime:
    """A moment with its zone, as RFC 3339 writes it."""
    try:
        given = msgspec.convert(text, datetime)
        if given.tzinfo is not None and len(text) >= len("2026-11-24T08:00:00Z"):
            return given.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        pass
    raise typer.BadParameter(f"'{text}' is not a moment with its zone: write it as 2026-11-24T08:00:00Z.")


def country(text: str) -> str:
    """The code of a jurisdiction given by code or English name. Raises UnknownJurisdiction."""
    from projections.jurisdictions import code_of

    return code_of(text)


def measure_name(text: str) -> str:
    """`US/eo-13873`, where the jurisdiction may be named as for `country`."""
    jurisdiction, slash, slug = text.partition("/")
    if not slash or not is_slug(slug):
        raise MeasureMisnamed(
            f"'{text}' does not name a measure: write its jurisdiction and its slug, as in US/eo-13873. "
            f"{again('state', 'US')} lists those of a jurisdiction.",
            measure=text,
        )
    return f"{country(jurisdiction)}/{slug}"


def act_name(text: str) -> str:
    """The slug of an act."""
    if not is_slug(text):
        raise typer.BadParameter(f"'{text}' is not the slug of an act: write it as in us-tgl-2019-05.")
    return text


def words(text: str) -> str:
    """Text that is not empty."""
    if not text.strip():
        raise typer.BadParameter("it is empty: give a word to look for, or leave the option out.")
    return text


def sought_words(text: str) -> str:
    """What to search for."""
    from projections.sought import LONGEST

    if len(text) > LONGEST or not text.strip():
        raise typer.BadParameter(f"give words to look for, in at most {LONGEST} signs.")
    return text


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """A reader of words of the vocabulary; `in force` is `in_force`."""

    def word(text: str) -> str:
        given = text.strip().lower().replace(" ", "_").replace("-", "_")
        if given not in known:
            raise typer.BadParameter(f"'{text}' is none of {', '.join(known)}.")
        return given

    return word


def listed(known: Sequence[str]) -> str:
    """The words of the vocabulary as help names them: with spaces, so that they wrap."""
    return ", ".join(word.replace("_", " ") for word in known)


def base(text: str) -> str:
    """The address of a service, without a slash at its end."""
    scheme, _, host = text.rstrip("/").partition("://")
    if scheme not in ("http", "https") or not host or any(sign.isspace() or sign in '?#<>"' for sign in text):
        raise typer.BadParameter(f"'{text}' is not the address of a service: write it as https://dateline.example.")
    return text.rstrip("/")


Sought = Annotated[
    str,
    typer.Argument(
        metavar="WORDS", parser=sought_words, help='"In quotes" they stand together, -word leaves out, OR is either.'
    ),
]
Kinds = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        parser=one_of(("jurisdiction", "measure", "act")),
        help="Only jurisdictions, measures or acts.",
    ),
]
AfterResult = Annotated[
    int, typer.Option("--after", metavar="N", parser=number_within(0, 10_000), help="Pass over so many of each kind.")
]
Results = Annotated[
    int, typer.Option("--limit", metavar="N", parser=number_within(1, 100), help="At most so many of each kind.")
]
Country = Annotated[
    str,
    typer.Argument(metavar="COUNTRY", parser=country, help="Code or English name: NL, US-CA, EU, Netherlands."),
]
AnyCountry = Annotated[
    str | None,
    typer.Argument(metavar="[COUNTRY]", parser=country, help="Code or English name. Left out: the world."),
]
Measure = Annotated[str, typer.Argument(metavar="MEASURE", parser=measure_name, help="As in US/eo-13873.")]

Act = Annotated[str, typer.Argument(metavar="ACT", parser=act_name, help="The slug of an act: us-tgl-2019-05.")]
Measures = Annotated[
    list[str],
    typer.Option("--measure", metavar="MEASURE", parser=measure_name, help="Only of this measure; may repeat."),
]
Acts = Annotated[
    list[str], typer.Option("--act", metavar="ACT", parser=act_name, help="Only about this act; may repeat.")
]
EntryTypes = Annotated[
    list[str],
    typer.Option(
        "--type",
        metavar="TYPE",
        parser=one_of(ENTRY_TYPES),
        help=f"Any of {listed(ENTRY_TYPES)}; may repeat.",
    ),
]
Recorders = Annotated[
    list[str],
    typer.Option("--recorded-by", metavar="NAME", parser=words, help="Only what they recorded; may repeat."),
]
Batches = Annotated[
    list[str], typer.Option("--batch", metavar="BATCH", parser=words, help="Only of this batch; may repeat.")
]

AsOf = Annotated[
    date | None,
    typer.Option(
        metavar="DAY", parser=day, help="The day in the world that the question is about. Default: today (UTC)."
    ),
]
KnownOn = Annotated[
    date | None,
    typer.Option(
        metavar="DAY",
        parser=day,
        help="Whose eyes: only acts announced on or before this day count. Default: the day asked about.",
    ),
]
KnownOnThroughout = Annotated[
    date | None,
    typer.Option(
        "--known-on",
        metavar="DAY",
        parser=day,
        help="Whose eyes, at every point. Default: the point's own day, as people knew it then.",
    ),
]
Step = Annotated[
    str,
    typer.Option(
        "--step",
        metavar="month|quarter|year",
        parser=one_of(("month", "quarter", "year")),
        help="A point for the last day of each of these, and for the last day of the window.",
    ),
]
Position = Annotated[
    int | None,
    typer.Option(
        metavar="N", parser=place, help="The edition of our record: a position of the log. Default: its head."
    ),
]
After = Annotated[
    int | None,
    typer.Option(metavar="N", parser=place, help="Events after this position. Default: all; with --follow, new ones."),
]
Limit = Annotated[
    int, typer.Option(metavar="N", parser=number_within(1, 1000), help="At most so many events, 1000 at most.")
]
AfterRow = Annotated[
    str | None, typer.Option("--after", metavar="PLACE", help="Rows after this one: 'next' of a page.")
]
Rows = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", parser=number_within(1, 1000), help="At most so many. Default: 500."),
]


def _workers(text: str) -> int:
    from services.operations.settings import MOST_WORKERS

    return number_within(1, MOST_WORKERS)(text)


Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=_workers,
        help="How many processes serve, all on the same address. Default: DATELINE_WORKERS, or 1.",
    ),
]

Port = Annotated[
    int | None,
    typer.Option(
        metavar="PORT",
        parser=number_within(0, 65535),
        help="The port, 0 for any that is free. Default: DATELINE_PORT, or 8321.",
    ),
]
FromPosition = Annotated[
    int | None,
    typer.Option(metavar="N", parser=place, help="The earlier edition of our record: a position of the log."),
]
FromRecordedAt = Annotated[
    datetime | None,
    typer.Option(metavar="MOMENT", parser=moment, help="The earlier edition by a moment. Not with --from-position."),
]
ToPosition = Annotated[
    int | None, typer.Option(metavar="N", parser=place, help="The later edition. Default: the head of the log.")
]
ToRecordedAt = Annotated[
    datetime | None,
    typer.Option(metavar="MOMENT", parser=moment, help="The later edition by a moment. Not with --to-position."),
]
RecordedAt = Annotated[
    datetime | None,
    typer.Option(
        metavar="MOMENT",
        parser=moment,
        help="The edition of our record by a moment with its zone, 2026-11-24T08:00:00Z. Not with --position.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, the same bytes as the API gives.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print the answer as a table: CSV, the same bytes as the API gives.")]

Subjects = Annotated[
    list[str],
    typer.Option("--subject", metavar="TEXT", parser=words, help="Only measures on this subject; may repeat."),
]
Scopes = Annotated[
    list[str],
    typer.Option("--scope", metavar="TEXT", parser=words, help="Only measures of this scope; may repeat."),
]
Classes = Annotated[
    str,
    typer.Option(
        "--classes",
        metavar="include|exclude",
        parser=one_of(("include", "exclude")),
        help="Whether a subject is also found through the classes that reach it, each match marked.",
    ),
]
Effects = Annotated[
    list[str],
    typer.Option("--effect", metavar="EFFECT", parser=one_of(EFFECTS), help=f"Any of {listed(EFFECTS)}; may repeat."),
]
Statuses = Annotated[
    list[str],
    typer.Option(
        "--status",
        metavar="STATUS",
        parser=one_of(STATUSES),
        help=f"Measures that have, or may have, any of {listed(STATUSES)}; may repeat.",
    ),
]
Verified = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        parser=one_of(VERIFICATIONS),
        help="Only what rests on acts that were all verified, to this level or a stronger one: "
        f"{listed(VERIFICATIONS)}, the strongest first.",
    ),
]
DeadlineStatuses = Annotated[
    list[str],
    typer.Option(
        "--status",
        metavar="STATUS",
        parser=one_of(DEADLINE_STATUSES),
        help=f"Any of {listed(DEADLINE_STATUSES)}; may repeat.",
    ),
]
Dates = Annotated[
    list[str],
    typer.Option(
        "--dates",
        metavar="KIND",
        parser=one_of(("deadline", "entry", "expiry")),
        help="Only deadlines, entries into force or expiries; may repeat. Default: all.",
    ),
]
Countries = Annotated[
    list[str],
    typer.Option("--jurisdiction", metavar="COUNTRY", parser=country, help="Only of this jurisdiction; may repeat."),
]
DueFrom = Annotated[date | None, typer.Option(metavar="DAY", parser=day, help="Due on this day or later.")]
DueTo = Annotated[date | None, typer.Option(metavar="DAY", parser=day, help="Due on this day or earlier.")]
EarlierDay = Annotated[
    date | None,
    typer.Option("--from", metavar="DAY", parser=day, help="The earlier day. Default: the same day as --to."),
]
LaterDay = Annotated[
    date | None, typer.Option("--to", metavar="DAY", parser=day, help="The later day. Default: today (UTC).")
]
FromKnownOn = Annotated[
    date | None,
    typer.Option(metavar="DAY", parser=day, help="By whose eyes the earlier day is read. Default: its own."),
]
ToKnownOn = Annotated[
    date | None,
    typer.Option(metavar="DAY", parser=day, help="By whose eyes the later day is read. Default: its own."),
]
From = Annotated[date, typer.Option("--from", metavar="DAY", parser=day, help="The first day of the window.")]
To = Annotated[
    date | None, typer.Option(metavar="DAY", parser=day, help="The last day of the window. Default: today (UTC).")
]

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Files (.yaml, .yml, .jsonl) and folders of them.")
]
