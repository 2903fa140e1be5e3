"""
The page that compares: two days, one day in two editions of the record, or one day by the eyes of two.

Each of these is asked of the world or of one jurisdiction. What is given in reverse is put in order, and the page says
so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from events.dates import day as day_of
from events.vocabulary import jurisdiction_of
from projections.answering import HEAD, Asked
from projections.answers import (
    Change,
    Comparison,
    Difference,
    Edition,
    MeasureCompared,
    Restatement,
    RowCompared,
    RowRestated,
)
from projections.diaries import place_of
from projections.jurisdictions import code_of
from services.api.parameters import Day, Number, Text
from services.api.problems import InvalidParameters
from services.operations.wiring import Service
from services.web.address import Address, address_of
from services.web.differences import Told, in_words
from services.web.kept import Kept
from services.web.layout import page
from services.web.paging import paged
from services.web.times import GivenTimes, Times, TimesGiven

By = Literal["days", "editions", "eyes"]

MOST_COMPARED = 32
"""Comparisons of the world that are kept, the least used dropped first."""

MOST_ONES = 4
"""Comparisons of one jurisdiction that are kept: for whoever goes from page to page of a long one."""

ROWS_OF_DIARY = 200
MEASURES = 100
"""Rows of the diary, and measures that differ, of one page."""

ACTS_NAMED = 5
ENTRIES_NAMED = 12
"""Acts of a jurisdiction, and entries behind a difference, that are named in a row; of more, it says how many."""

CLASSES = {
    "learned_late": "The act had happened and was known to the public. Our record has it only since.",
    "corrected": "Our record had it wrongly.",
    "retracted": "It should never have been recorded.",
    "verified": "It was held against its sources since.",
    "reviewed": "The jurisdiction was looked through since.",
}
"""Why a report reads otherwise in a later edition, in words."""

AGO = (("a day", 1), ("a week", 7), ("a month", 30), ("a year", 365))
"""How long ago an earlier edition may be, as the page offers it."""


class Asking(NamedTuple):
    """What the address of the page asks for, as far as every way of comparing has it in common."""

    service: Service
    request: Request
    address: Address
    given: TimesGiven
    times: Times
    code: str | None
    page: int


class Keeping(NamedTuple):
    """What is kept: comparisons of the world, and of one jurisdiction."""

    worlds: Kept[Any]
    ones: Kept[Any]


class Group(Struct, frozen=True):
    """Jurisdictions that differ in the same way."""

    heading: str
    rows: tuple[RowCompared, ...] | tuple[RowRestated, ...]


class Line(Struct, frozen=True):
    """A measure that differs: its fields in words, and the rows of the diary that tell of it."""

    of: MeasureCompared
    title: str
    fields: list[Told]
    changes: tuple[Change, ...]


class Restated(Struct, frozen=True):
    """A difference between two editions, with its fields in words; `title` is that of its measure."""

    of: Difference
    title: str
    fields: list[Told]


def compare(service: Service) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)
    ask = service.answering
    kept = Keeping(Kept(MOST_COMPARED), Kept(MOST_ONES))

    @router.get("/compare")
    def shown(
        request: Request,
        given: GivenTimes,
        by: Annotated[By, Query()] = "days",
        jurisdiction: Annotated[Text | None, Query()] = None,
        from_: Annotated[Day | None, Query(alias="from")] = None,
        to: Annotated[Day | None, Query()] = None,
        earlier: Annotated[Text | None, Query()] = None,
        later: Annotated[Text | None, Query()] = None,
        known_from: Annotated[Day | None, Query()] = None,
        known_to: Annotated[Day | None, Query()] = None,
        diary: Annotated[Literal["shown"] | None, Query()] = None,
        after: Annotated[Text | None, Query()] = None,
        number: Annotated[Number, Query(alias="page", ge=1, le=100000)] = 1,
    ) -> Response:
        """What differs, and why."""
        times = given.on(ask.today())
        code = None if jurisdiction is None else code_of(jurisdiction)
        asking = Asking(service, request, address_of(request), given, times, code, number)
        if by == "editions":
            return _editions(asking, kept, earlier, later)
        if by == "days":
            to = to or times.as_of
            days = (from_ or _year_before(to), to)
            eyes = None if times.eyes is None else (times.eyes, times.eyes)
        else:
            days = (times.as_of, times.as_of)
            eyes = (known_from or times.as_of, known_to or times.today)
        return _days(asking, kept, by, days, eyes, diary=diary == "shown", after=after)

    return router


def _year_before(day: date) -> date:
    """The same day a year before; the day before for the 29th of February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day - timedelta(days=366)


# Two days, or one day by the eyes of two


def _days(
    asking: Asking,
    kept: Keeping,
    by: By,
    days: tuple[date, date],
    eyes: tuple[date, date] | None,
    *,
    diary: bool,
    after: str | None,
) -> Response:
    """`eyes` None: each day by its own."""
    is_reversed = days[1] < days[0] or (eyes is not None and eyes[1] < eyes[0])
    if is_reversed:
        days = (days[1], days[0])
        eyes = None if eyes is None else (eyes[1], eyes[0])
    known = days if eyes is None else eyes
    audit = asking.service.auditing
    pinned = asking.service.answering.pinned(asking.times.asked)
    asked: dict[str, Any] = {
        "from_": days[0],
        "to": days[1],
        "from_known_on": known[0],
        "to_known_on": known[1],
        "asked": pinned,
    }
    told: dict[str, Any] = {
        "named": ACTS_NAMED,
        "by": by, "days": days, "known": known, "reversed": is_reversed, "own_eyes": eyes is None,
        "told": None,
    }  # fmt: skip
    told["pinned"] = _pinned(asking, by, days, eyes, pinned)
    if asking.code is not None:
        code = asking.code
        answer: Comparison = kept.ones.of(
            ("days", code, pinned.position, days, known), lambda: audit.comparison(code, **asked)
        )
        differing = {each.measure for each in answer.measures}
        told["table"] = paged(answer.measures, asking.page, MEASURES)
        told["lines"] = [_line(each, answer.changes) for each in told["table"].rows]
        told["others"] = paged([each for each in answer.changes if each.measure not in differing], 1, ROWS_OF_DIARY)
        return _page(asking, "compare-one.html", answer=answer, **told)
    world = kept.worlds.of(("days", pinned.position, days, known), lambda: audit.world_comparison(**asked))
    if diary and by == "days":
        told["told"] = audit.changes(
            from_=days[0],
            to=days[1],
            known_on=known[1],
            after=None if after is None else place_of(after),
            limit=ROWS_OF_DIARY,
            asked=pinned,
        )
    groups = _grouped(world.jurisdictions)
    return _page(asking, "compare-world.html", answer=world, groups=groups, **told)


def _pinned(asking: Asking, by: By, days: tuple[date, date], eyes: tuple[date, date] | None, pinned: Asked) -> str:
    """The address that shows the same for ever."""
    edition = {"position": pinned.position, "recorded_at": None}
    if by == "eyes":
        assert eyes is not None
        told = {"as_of": days[0], "known_from": eyes[0], "known_to": eyes[1], "known": None, "known_on": None}
        return asking.address.here(**told, **edition)
    known = {"known": None, "known_on": None} if eyes is None else {"known": "on", "known_on": eyes[0]}
    return asking.address.here(**{"from": days[0], "to": days[1], "as_of": None}, **known, **edition)


def _line(each: MeasureCompared, changes: Sequence[Change]) -> Line:
    before, after = each.before, each.after
    shown = after or before
    assert shown is not None
    return Line(
        each,
        shown.title,
        in_words(each.changed, before, after),
        tuple(change for change in changes if change.measure == each.measure),
    )


def _grouped(rows: Sequence[RowCompared]) -> list[Group]:
    """The jurisdictions with another headline, those with another one on its way, and the others."""
    found: dict[str, list[RowCompared]] = {}
    for row in sorted(rows, key=lambda row: row.name.casefold()):
        found.setdefault(_moved(row), []).append(row)
    return [Group(heading, tuple(found[heading])) for heading in _HEADINGS if heading in found]


_HEADINGS = (
    "Another headline",
    "The same headline, something else on its way",
    "The same headline, other measures differ",
)


def _moved(row: RowCompared) -> str:
    if _shown(row.before.headline) != _shown(row.after.headline):
        return _HEADINGS[0]
    return _HEADINGS[1] if _shown(row.before.upcoming) != _shown(row.after.upcoming) else _HEADINGS[2]


def _shown(headline: Any) -> tuple[str, str] | None:
    return None if headline is None else (headline.effect, headline.status)


# One day in two editions


def _editions(asking: Asking, kept: Keeping, earlier: str | None, later: str | None) -> Response:
    audit, times = asking.service.auditing, asking.times
    last = audit.edition_of(edition_named("later", later, times.today) if later is not None else HEAD)
    if earlier is not None:
        first = audit.edition_of(edition_named("earlier", earlier, times.today))
    elif times.asked.position is not None or times.asked.recorded_at is not None:
        first = audit.edition_of(times.asked)  # of the page from which the reader comes
    else:
        first = audit.edition_of(Asked(audit.edition_before(last.position)))
    is_reversed = last.position < first.position
    if is_reversed:
        first, last = last, first
    asked: dict[str, Any] = {
        "earlier": Asked(first.position),
        "later": Asked(last.position),
        "as_of": times.as_of,
        "known_on": times.known_on,
    }
    told: dict[str, Any] = {
        "by": "editions",
        "first": first,
        "last": last,
        "reversed": is_reversed,
        "classes": CLASSES,
        "ago": [(name, times.today - timedelta(days=days)) for name, days in AGO],
        "before_last": audit.edition_before(last.position),
        "pinned": _pinned_editions(asking, first, last),
    }
    key = ("editions", first.position, last.position, times.as_of, times.known_on)
    if asking.code is not None:
        code = asking.code
        answer: Restatement = kept.ones.of((*key, code), lambda: audit.restatement(code, **asked))
        differing = [each for each in answer.differences if each.measure is not None]
        table = paged(differing, asking.page, MEASURES)
        titles = _titles(answer)
        return _page(
            asking,
            "restated-one.html",
            answer=answer,
            table=table,
            lines=[_restated(each, titles, answer) for each in table.rows],
            named=ENTRIES_NAMED,
            whole=[_restated(each, titles, answer) for each in answer.differences if each.measure is None],
            **told,
        )
    world = kept.worlds.of(key, lambda: audit.world_restatement(**asked))
    rows = sorted(world.jurisdictions, key=lambda row: row.name.casefold())
    table = paged(rows, asking.page)
    return _page(asking, "restated-world.html", answer=world, table=table, named=ACTS_NAMED, **told)


def edition_named(parameter: str, text: str, today: date) -> Asked:
    """
    The edition that somebody names: by its position, by a day (its end), or by a moment with its zone.

    Raises InvalidParameters.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 15:
        return Asked(position=int(text))
    try:
        if len(text) == len("2026-11-24"):
            on = day_of(text)
            return HEAD if on == today else Asked(recorded_at=datetime.combine(on, time.max, UTC))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return Asked(recorded_at=moment)
    except ValueError:
        pass
    sentence = (
        f"'{text[:40]}' names no edition of the record: write its position (412), a day (2026-11-24) or a moment with "
        "its zone (2026-11-24T08:00:00Z)."
    )
    raise InvalidParameters(
        f"'{parameter}': {sentence}", parameters=[{"parameter": parameter, "sentence": sentence, "given": text[:200]}]
    )


def _pinned_editions(asking: Asking, first: Edition, last: Edition) -> str:
    return asking.address.here(
        as_of=asking.times.as_of,
        known="on",
        known_on=asking.times.known_on,
        earlier=first.position,
        later=last.position,
        position=None,
        recorded_at=None,
    )


def _titles(answer: Restatement) -> Mapping[str, str]:
    """The titles of all measures, as they read last."""
    states = (answer.then, answer.now)
    return {line.measure: line.title for state in states for line in (*state.measures, *state.inherited)}


def _restated(each: Difference, titles: Mapping[str, str], answer: Restatement) -> Restated:
    before, after = (
        next((line for line in (*state.measures, *state.inherited) if line.measure == each.measure), None)
        for state in (answer.then, answer.now)
    )
    title = titles.get(each.measure, each.measure) if each.measure is not None else ""
    return Restated(each, title, in_words(each.changed, before, after))


def _page(asking: Asking, template: str, **told: Any) -> Response:
    times = asking.times
    if told["by"] == "editions":
        times = times._replace(asked=HEAD)  # which edition, the page says itself
    return page(
        asking.request,
        template,
        times=times,
        code=asking.code,
        jurisdiction_of=jurisdiction_of,
        **told,
    )
