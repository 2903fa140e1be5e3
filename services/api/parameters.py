"""The parameters that routes share: days, editions, filters. Everything is bounded, and nothing unknown is let by."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import AwareDatetime, BeforeValidator, StringConstraints

from events.actions import EntryType
from events.dates import EARLIEST, LATEST, day
from events.vocabulary import MEASURE, SLUG, DeadlineStatus, Effect, Status, Verification
from projections.answering import Asked
from projections.deadlines import DeadlineFilters
from projections.entries import LogFilters
from projections.jurisdictions import code_of
from projections.state import Filters
from services.api.problems import InvalidParameters, NotFound
from services.api.watching import watched

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON takes as it stands."""

_MOMENT = re.compile(r"(\d{4})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_NUMBER = re.compile(r"\d{1,16}", re.ASCII)


def _written_as_number(text: object) -> object:
    if isinstance(text, str) and not _NUMBER.fullmatch(text):
        raise ValueError(f"'{text[:40]}' is not a whole number: write it in digits")
    return text


def _written_as_day(text: object) -> object:
    return day(text[:40]) if isinstance(text, str) else text


def _written_as_moment(text: object) -> object:
    if isinstance(text, str):
        written = _MOMENT.fullmatch(text)
        if not written:
            raise ValueError(
                f"'{text[:40]}' is not a moment with its zone: write it as 2026-11-24T08:00:00Z, a '+' in it as %2B"
            )
        if not EARLIEST.year <= int(written[1]) <= LATEST.year:
            raise ValueError(f"'{text[:40]}' is outside the years {EARLIEST.year} to {LATEST.year}")
    return text


Day = Annotated[date, BeforeValidator(_written_as_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_as_moment)]
Number = Annotated[int, BeforeValidator(_written_as_number)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]

MeasureName = Annotated[str, StringConstraints(pattern=f"^{MEASURE}$")]
ActName = Annotated[str, StringConstraints(pattern=f"^{SLUG}$")]

Code = Annotated[str, Path(max_length=100, description="Code of a jurisdiction (NL, US-CA, EU) or its English name.")]
Slug = Annotated[str, Path(pattern=f"^{SLUG}$", description="The measure's slug within its jurisdiction.")]

AsOf = Annotated[Day | None, Query(description="The day that the question is about. Default: today (UTC).")]
KnownOn = Annotated[
    Day | None,
    Query(description="Whose eyes: only acts announced on or before this day count. Default: the same day as as_of."),
]

LeastVerified = Annotated[
    Verification | None,
    Query(description="Only what rests on acts that were all verified, to this level or a stronger one."),
]


Rules = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9A-Za-z.-]{1,40}$",
        description="The rules that the answer must be read under: refused under any others. Default: the present.",
    ),
]


Format = Annotated[
    Literal["json", "csv"] | None,
    Query(alias="format", description="The answer as a file to keep, in place of the header Accept."),
]


ReportFormat = Annotated[
    Literal["json", "md", "html", "pdf"] | None,
    Query(alias="format", description="The report as a file to keep, in place of the header Accept."),
]
Position = Annotated[
    Number | None,
    Query(ge=0, le=LARGEST, description="The edition of our record: a place in the log. Default: the head."),
]
RecordedAt = Annotated[
    Moment | None,
    Query(description="The edition by a moment with its zone (2026-11-24T08:00:00Z). Not together with position."),
]


async def asked_of_report(
    request: Request,
    position: Position = None,
    recorded_at: RecordedAt = None,
    rules: Rules = None,
    format_: ReportFormat = None,
) -> Asked:
    """The edition that a request for a report asks for, as `asked`."""
    return await asked(request, position, recorded_at, rules)


async def asked(
    request: Request,
    position: Position = None,
    recorded_at: RecordedAt = None,
    rules: Rules = None,
    format_: Format = None,
) -> Asked:
    """
    The edition that a request asks for. `format` is heard where the answer is sent.

    While the database is away it takes an answer from memory, and says so.
    """
    return Asked(position, recorded_at, rules, from_memory=watched(request.scope).note_memory)


Classes = Annotated[
    Literal["include", "exclude"],
    Query(description="Whether a subject is also found through the classes that reach it, each match marked."),
]


async def filters(
    status: Annotated[list[Status], Query(max_length=20, description="Any of these statuses; may repeat.")] = [],  # noqa: B006
    effect: Annotated[list[Effect], Query(max_length=20, description="Any of these effects; may repeat.")] = [],  # noqa: B006
    subject: Annotated[list[Text], Query(max_length=50, description="Any of these subjects, by any name.")] = [],  # noqa: B006
    scope: Annotated[list[Text], Query(max_length=50, description="Any of these scopes, by any name.")] = [],  # noqa: B006
    classes: Classes = "exclude",
    verified: LeastVerified = None,
) -> Filters:
    """The filters of a state. A measure must match every filter given."""
    return Filters(tuple(status), tuple(effect), tuple(subject), tuple(scope), classes == "include", verified)


async def deadline_filters(
    status: Annotated[list[DeadlineStatus], Query(max_length=20, description="Any of these; may repeat.")] = [],  # noqa: B006
    due_from: Annotated[Day | None, Query(description="Due on this day or later.")] = None,
    due_to: Annotated[Day | None, Query(description="Due on this day or earlier.")] = None,
    verified: LeastVerified = None,
) -> DeadlineFilters:
    """The filters of deadlines."""
    return DeadlineFilters(tuple(status), due_from, due_to, verified)


async def log_filters(
    jurisdiction: Annotated[list[Text], Query(max_length=300, description="Only of these; may repeat.")] = [],  # noqa: B006
    measure: Annotated[
        list[MeasureName], Query(max_length=100, description="Only of these measures (US/eo-13873); may repeat.")
    ] = [],  # noqa: B006
    act: Annotated[list[ActName], Query(max_length=100, description="Only of these acts; may repeat.")] = [],  # noqa: B006
    type_: Annotated[
        list[EntryType],
        Query(alias="type", max_length=20, description="Any of these types of event; may repeat."),
    ] = [],  # noqa: B006
    recorded_by: Annotated[list[Text], Query(max_length=50, description="Recorded by any of these; may repeat.")] = [],  # noqa: B006
    batch: Annotated[list[Text], Query(max_length=50, description="Of any of these batches; may repeat.")] = [],  # noqa: B006
) -> LogFilters:
    """The filters of the log. An event must match every filter given."""
    codes = tuple(code_of(each) for each in jurisdiction)
    return LogFilters(codes, tuple(measure), tuple(act), tuple(type_), tuple(recorded_by), tuple(batch))


AskedOfReport = Annotated[Asked, Depends(asked_of_report)]
AskedFor = Annotated[Asked, Depends(asked)]
FilteredBy = Annotated[Filters, Depends(filters)]
LogFilteredBy = Annotated[LogFilters, Depends(log_filters)]
DeadlinesFilteredBy = Annotated[DeadlineFilters, Depends(deadline_filters)]

_MANY = {
    "status",
    "effect",
    "subject",
    "scope",
    "jurisdiction",
    "measure",
    "act",
    "type",
    "recorded_by",
    "batch",
    "dates",
}


async def known_parameters(request: Request) -> None:
    """
    Refuses parameters that the route does not have, and one given twice: each would be ignored without a word.

    Refuses the one character that no text of the database can have, too.
    """
    if request.scope["path"].endswith("\n"):  # which the patterns of routes pass over
        raise NotFound.at(request.url.path)
    route = request.scope["route"]
    names = _query_names(route.dependant)
    unknown = [name for name in request.query_params if name not in names]
    if unknown:
        near = get_close_matches(unknown[0], sorted(names), 1)
        hint = f"Did you mean '{near[0]}'?" if near else f"It takes: {', '.join(sorted(names)) or 'none'}."
        wrong = [
            {"parameter": name, "sentence": "This route has no such parameter."} for name in dict.fromkeys(unknown)
        ]
        raise InvalidParameters(f"This route has no parameter '{unknown[0][:100]}'. {hint}", parameters=wrong)
    twice = [name for name in sorted(names - _MANY) if len(request.query_params.getlist(name)) > 1]
    if twice:
        wrong = [{"parameter": name, "sentence": "Give it once."} for name in twice]
        raise InvalidParameters(f"'{twice[0]}' is given more than once: give it once.", parameters=wrong)
    given = [*request.query_params.multi_items(), *request.path_params.items()]
    unstorable = [name for name, value in dict.fromkeys(given) if "\0" in value]
    if unstorable:
        wrong = [{"parameter": name, "sentence": "It has a NUL character."} for name in unstorable]
        raise InvalidParameters(f"'{unstorable[0]}': it has a NUL character, which no record has.", parameters=wrong)


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_query_names(each) for each in dependant.dependencies))
