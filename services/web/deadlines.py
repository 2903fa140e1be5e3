"""The page of deadlines: what is overdue, what is due soon, what slipped, and what was met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from msgspec import UNSET

from events.dates import NEVER, last_day
from events.vocabulary import DEADLINE_STATUSES
from projections.answers import WorldDeadline
from projections.codebook import codebook
from projections.jurisdictions import code_of
from services.api.parameters import DeadlinesFilteredBy, Number, Text
from services.operations.wiring import Service
from services.web.drawing import slips
from services.web.layout import page
from services.web.paging import ROWS, paged
from services.web.times import GivenTimes
from services.wording import count

SOON_DAYS = 90
"""A deadline is due soon if its day comes within so many days."""


class Kind(NamedTuple):
    """A group of deadlines: its name in addresses, its heading, and what it means."""

    name: str
    heading: str
    meaning: str


KINDS = (
    Kind("overdue", "Overdue", "The authority’s own day has passed, and it is not on record that it was met."),
    Kind("passed", "Passed without word", "The day of those obliged has passed. Nobody has told whether they kept it."),
    Kind("soon", "Due soon", f"Due within {SOON_DAYS} days."),
    Kind("open", "Open", "The day has not come yet, or none is set."),
    Kind("postponed", "Postponed", "Moved, without a new date."),
    Kind("met-late", "Met late", "Done after the due day."),
    Kind("met", "Met", "Done in time, or without a day to count from."),
    Kind("closed", "Closed", "A window that bound nobody has closed."),
    Kind("void", "Void", "The measure ended while it was open."),
)
"""The groups in the order of the page."""

_PLACES = {kind.name: place for place, kind in enumerate(KINDS)}

OBLIGED = {"authority": "the authority itself", "addressees": "those addressed", "nobody": "nobody: a window"}


class Line(NamedTuple):
    """A row of the table. `days` says how many are left, or how many it is or was late; `slipped` how far it moved."""

    of: WorldDeadline
    kind: str
    days: str
    slipped: str
    slip: slips.Slip
    picture: Markup = Markup("")


class Group(NamedTuple):
    """The rows of one kind on a page; `total` on all pages."""

    kind: Kind
    lines: Sequence[Line]
    total: int


def deadlines(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)
    ask = service.answering

    @router.get("/deadlines")
    def shown(
        request: Request,
        given: GivenTimes,
        filters: DeadlinesFilteredBy,
        jurisdiction: Annotated[list[Text], Query(max_length=300)] = [],  # noqa: B006
        number: Annotated[Number, Query(alias="page", ge=1, le=100000)] = 1,
    ) -> Response:
        """The deadlines of a day by what became of them, each group by due day."""
        times = given.on(ask.today())
        codes = tuple(code_of(each) for each in jurisdiction)
        answer = ask.deadlines(
            jurisdictions=codes, as_of=times.as_of, known_on=times.known_on, asked=times.asked, filters=filters
        )
        day = times.as_of.toordinal()
        lines = sorted((line_of(each, day) for each in answer.deadlines), key=_place)
        table = paged(lines, number)
        axis = slips.axis_of((line.slip for line in table.rows), day)
        rows = [line._replace(picture=slips.drawn(line.slip, axis, day)) for line in table.rows]
        totals = Counter(line.kind for line in lines)
        groups = [
            Group(KINDS[_PLACES[kind]], list(members), totals[kind])
            for kind, members in groupby(rows, key=lambda line: line.kind)
        ]
        return page(
            request,
            "deadlines.html",
            times=times,
            answer=answer,
            filters=filters,
            codebook=codebook(),
            statuses=DEADLINE_STATUSES,
            codes=codes,
            table=table,
            groups=groups,
            tally=[(kind, totals[kind.name], _page_of(lines, kind.name)) for kind in KINDS if totals[kind.name]],
            scale=slips.scale(axis),
            obliged=OBLIGED,
            slipped=sum(bool(line.slipped) for line in lines),
        )

    return router


def line_of(line: WorldDeadline, as_of: int) -> Line:
    """A deadline as a row of the table, on a day (an ordinal)."""
    kind = _kind(line, as_of)
    met = None if line.met_on is UNSET else last_day(line.met_on)
    before = [last_day(move.from_) for move in line.moves if move.from_ is not None]
    due = None if line.due is None else last_day(line.due)
    slip = slips.Slip(before, due, met, is_overdue=kind == "overdue")
    return Line(line, kind, _days(line, due, as_of), _slipped(line, before, due), slip)


def _kind(line: WorldDeadline, as_of: int) -> str:
    if line.status == "met":
        return "met-late" if _late(line) > 0 else "met"
    if line.status == "open" and line.due is not None and last_day(line.due) <= as_of + SOON_DAYS:
        return "soon"
    return line.status


def _late(line: WorldDeadline) -> int:
    return 0 if line.days_late is UNSET or line.days_late is None else line.days_late


def _days(line: WorldDeadline, due: int | None, as_of: int) -> str:
    if line.days_overdue is not UNSET:
        return f"{count(line.days_overdue, 'day')} overdue"
    if line.status == "met":
        late = _late(line)
        return f"{count(late, 'day')} late" if late > 0 else "in time" if line.days_late == 0 else ""
    if due is None:
        return ""
    if line.status == "open":
        return "due today" if due == as_of else f"in {count(due - as_of, 'day')}"
    if line.status in ("passed", "closed"):
        return f"{count(as_of - due, 'day')} ago"
    return ""


def _slipped(line: WorldDeadline, before: Sequence[int], due: int | None) -> str:
    """By how much it moved since it was first told, where both days are known."""
    if not line.moves:
        return ""
    first = line.moves[0].from_
    if first is None or due is None:
        return count(len(line.moves), "move")
    days = due - before[0]
    return f"{count(abs(days), 'day')} {'later' if days >= 0 else 'earlier'}"


def _place(line: Line) -> tuple[int, int, str, str]:
    due = NEVER if line.slip.due is None else line.slip.due
    return _PLACES[line.kind], due, line.of.measure, line.of.deadline


def _page_of(lines: Sequence[Line], kind: str) -> int | None:
    """The page on which a group begins, None for the first."""
    at = next(at for at, line in enumerate(lines) if line.kind == kind)
    return at // ROWS + 1 if at >= ROWS else None
