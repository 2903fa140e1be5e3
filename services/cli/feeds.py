"""The commands that write what others subscribe to: a feed and a calendar, the same as the API's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import convert

from services.cli import options
from services.cli.opening import opened, settings

if TYPE_CHECKING:
    from projections.topics import Topic

Output = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help="Write it into this file, whole or not at all. Default: print it."),
]
Base = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        parser=options.base,
        help="The address of the service, to which links lead: https://dateline.example. Default: where it serves.",
    ),
]


def feed(
    jurisdiction: options.Countries = [],  # noqa: B006
    measure: options.Measures = [],  # noqa: B006
    subject: options.Subjects = [],  # noqa: B006
    classes: options.Classes = "exclude",
    through: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="The page up to this place, as a page links to it. Default: the newest."),
    ] = None,
    base: Base = None,
    to: Output = None,
) -> None:
    """What is new, as an Atom feed: what was recorded, corrected, taken back, and the days that have come."""
    from services.outlets.atom import atom_of

    with opened() as service:
        page = service.newsroom.page(topic_of(jurisdiction, measure, subject, classes), through)
        body = atom_of(page, base or _where_it_serves(), service.answering.licence)
    _give(body, to)


def calendar(
    jurisdiction: options.Countries = [],  # noqa: B006
    measure: options.Measures = [],  # noqa: B006
    subject: options.Subjects = [],  # noqa: B006
    classes: options.Classes = "exclude",
    dates: options.Dates = [],  # noqa: B006
    from_: Annotated[
        date | None,
        typer.Option("--from", metavar="DAY", parser=options.day, help="Without what was over before this day."),
    ] = None,
    position: options.Position = None,
    base: Base = None,
    to: Output = None,
) -> None:
    """The deadlines, first days in force and last days of measures, as an iCalendar document."""
    from projections.answering import Asked
    from projections.appointments import KINDS, Kind
    from services.outlets.calendar import calendar_of

    topic = topic_of(jurisdiction, measure, subject, classes)
    kinds = convert(dates, tuple[Kind, ...]) or KINDS
    with opened() as service:
        found = service.newsroom.appointments(topic, kinds=kinds, from_=from_, asked=Asked(position))
    _give(calendar_of(topic, found, base or _where_it_serves()), to)


FEEDS = (feed, calendar)


def topic_of(jurisdictions: Sequence[str], measures: Sequence[str], subjects: Sequence[str], classes: str) -> Topic:
    """What somebody wants news of, as they said it."""
    from projections.topics import Topic

    return Topic(
        tuple(dict.fromkeys(jurisdictions)),
        tuple(dict.fromkeys(measures)),
        tuple(dict.fromkeys(subjects)),
        classes == "include",
    )


def _where_it_serves() -> str:
    known = settings()
    host = f"[{known.host}]" if ":" in known.host else known.host
    return f"http://{host}:{known.port}"


def _give(body: bytes, to: Path | None) -> None:
    if to is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    beside = to.with_name(to.name + ".new")
    try:
        beside.write_bytes(body)
        beside.replace(to)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise typer.BadParameter(f"{to} cannot be written: {error.strerror}.") from None
