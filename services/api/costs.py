"""
What a question costs to work out, for the limit on those without a key.

One unit is about a millisecond's work on the dossier, which is what an ordinary question costs: those are not counted.
A route that works through many jurisdictions, or through many days, has its cost here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.datastructures import QueryParams

from projections.series import MONTHS, MOST_POINTS

EARLIER = 3
"""How many times as much an earlier edition costs: it is folded on the spot."""
YEARS_FREE = 10
"""A window of changes up to so many years is an ordinary question."""
YEARS_A_UNIT = 30
POINTS_A_UNIT = 10
MOST_FOR_EXPORT = 2000
"""What an export costs at most, so that it can be asked at all."""

_ALL_YEARS = 300


def _world(query: QueryParams, year: int) -> int:
    return 10


def _log(query: QueryParams, year: int) -> int:
    """By the events of the page: one for every hundred above the first."""
    limit = query.get("limit", "")
    return min(int(limit), 1000) // 101 if limit.isdecimal() and len(limit) < 10 else 0


def _window(query: QueryParams, year: int) -> int:
    """By the years of the window; as for all of them where its days cannot be read."""
    try:
        first, last = int(query.get("from", "")[:4]), int(query.get("to", str(year))[:4])
    except ValueError:
        first, last = 0, _ALL_YEARS
    years = min(max(last - first, 0), _ALL_YEARS)
    return 0 if years <= YEARS_FREE else -(-years // YEARS_A_UNIT)


def _report(query: QueryParams, year: int) -> int:
    """As a page of the jurisdiction; much more where it is set as PDF."""
    return 100 if query.get("format") == "pdf" else 10


def _series(query: QueryParams, year: int) -> int:
    """As the world, and by the points; as for the most of them where they cannot be told, or are refused."""
    try:
        first, last = _months(query.get("from", "")), _months(query.get("to", f"{year}-12"))
    except ValueError:
        first, last = 0, _ALL_YEARS * 12
    points = max(last - first, 0) // MONTHS.get(query.get("step", "month"), 1) + 1
    return 10 + min(points, MOST_POINTS) // POINTS_A_UNIT


def _series_page(query: QueryParams, year: int) -> int:
    """As a series, by quarters of ten years where nothing else is asked; a window in reverse is put in order."""
    ends = sorted((query.get("from", f"{year - 10}-01"), query.get("to", f"{year}-12")))
    return _series(QueryParams({"from": ends[0], "to": ends[1], "step": query.get("step", "quarter")}), year)


def _export(query: QueryParams, year: int) -> int:
    """By what goes through the whole record; a panel also by its years, and by all of its measures if it is of them."""
    if "from" not in query:
        return 100
    try:
        first, last = int(query.get("from", "")[:4]), int(query.get("to", str(year))[:4])
    except ValueError:
        first, last = 0, _ALL_YEARS
    a_year = 600 if query.get("of") == "measure" else 100
    return min(100 + a_year * (max(last - first, 0) + 1), MOST_FOR_EXPORT)


def _months(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7])


COSTS: Mapping[str, Callable[[QueryParams, int], int]] = {
    "/v1/jurisdictions": lambda query, year: 3,
    "/v1/jurisdictions/{code}/pressure": lambda query, year: 2,
    "/v1/jurisdictions/{code}/report": _report,
    "/v1/deadlines": lambda query, year: 2,
    "/v1/log": _log,
    "/v1/exports/{what}": _export,
    "/v1/search": lambda query, year: 10,
    "/search": lambda query, year: 10,
    "/v1/feed.atom": lambda query, year: 10,
    "/v1/calendar.ics": lambda query, year: 50,
    "/v1/news": lambda query, year: 50,
    "/v1/state": _world,
    "/": _world,
    "/timeline": lambda query, year: 60,
    "/jurisdictions": lambda query, year: 3,
    "/jurisdictions/{code}": lambda query, year: 10,
    "/jurisdictions/{code}/changes": _window,
    "/about": lambda query, year: 3,
    "/v1/series": _series,
    "/v1/jurisdictions/{code}/changes": _window,
    "/v1/jurisdictions/{code}/restatement": lambda query, year: 10,
    "/compare": lambda query, year: 40,
    "/deadlines": lambda query, year: 3,
    "/series": _series_page,
    "/log": _log,
    "/v1/restatement": lambda query, year: 30,
    "/v1/comparison": lambda query, year: 20,
    "/v1/jurisdictions/{code}/comparison": _window,
    "/v1/changes": lambda query, year: 10 + 10 * _window(query, year),
}


def compute_of(path: str, query: QueryParams, year: int) -> int:
    """The units that a request for a route costs in this year, 0 for an ordinary one."""
    cost = COSTS[path](query, year) if path in COSTS else 0
    return cost * EARLIER if "position" in query or "recorded_at" in query else cost
