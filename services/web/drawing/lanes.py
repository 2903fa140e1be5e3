"""Measures through time as lanes: a bar for what holds, diamonds for deadlines, by the scale of one span of days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup, escape

from events.dates import span
from events.vocabulary import STRICTNESS, Status
from projections.lanes import DeadlineLane, Due, Lane, Run
from services.web.drawing.patterns import patterns
from services.wording import listed, words

PREFIX = "lane"
"""The prefix of the patterns; `defs` stands once on a page with lanes."""

BAR, TRACK = 14, 15
"""The height of a bar, and of a row of deadlines, in pixels."""

TOP = 3
LEAST = 0.3
"""The least width of a bar in percent: a day must be seen."""

MOST_TRACKS = 5
"""Deadlines that would overlap stand in rows of their own, up to so many."""

FURTHEST = 10
"""So many years after the day of a page its scale ends at the latest."""

LABELS = 14
"""So many years are named on a scale at most."""

COMING: frozenset[Status] = frozenset({"announced", "proposed", "adopted"})
HOLDING: frozenset[Status] = frozenset({"in_force", "suspended"})

_SIGNS = {"overdue": "!", "met": "✓", "void": "×", "postponed": "?"}
"""What stands beside a diamond, so that it is not told by its colour alone."""


class Scale(NamedTuple):
    """The days from the left to the right end of a picture, both inclusive."""

    first: date
    last: date

    def at(self, day: date) -> float:
        """Where a day begins, in percent of the width; what lies outside stands at the nearer end."""
        whole = (self.last - self.first).days + 1
        return round(min(max(100 * (day - self.first).days / whole, 0), 100), 2)

    def after(self, day: date | None) -> float:
        """Where a day is over, in percent; the right end for None."""
        return 100.0 if day is None or day >= self.last else self.at(date.fromordinal(day.toordinal() + 1))


def scale_of(days: Iterable[date | None], *, as_of: date) -> Scale:
    """The whole years around some days and that of a page; what lies too many years after it is left out."""
    told = [as_of, *(day for day in days if day is not None)]
    first = min(told).year
    return Scale(date(first, 1, 1), date(min(max(told).year, as_of.year + FURTHEST), 12, 31))


BEHIND = Markup(
    '<svg class="grid" width="100%" height="100%" aria-hidden="true" focusable="false">'
    '<use href="#lane-grid" width="100%" height="100%"/></svg>'
)
"""What stands behind a lane, by the scale that `defs` was given."""

BEFORE = Markup(
    '<svg class="grid before" width="100%" height="100%" aria-hidden="true" focusable="false">'
    '<use href="#lane-now" width="100%" height="100%"/></svg>'
)
"""What stands before a lane: the day of the page."""


def defs(scale: Scale, *, as_of: date, known_on: date) -> Markup:
    """What the lanes of a page use: patterns, shapes, and the grid behind each of them."""
    return Markup(
        '<svg class="defs" aria-hidden="true" focusable="false">{}<defs>'
        '<pattern id="lane-suspended" width="10" height="10" patternUnits="userSpaceOnUse">'
        '<rect class="gap" x="4" width="6" height="10"/></pattern>'
        '<path id="lane-due" d="M0-5.5L5.5 0 0 5.5-5.5 0Z"/><path id="lane-act" d="M-4-6H4L0 0Z"/>'
        '<symbol id="lane-grid">{}</symbol><symbol id="lane-now">{}</symbol></defs></svg>'
    ).format(patterns(PREFIX, 0.14), _grid(scale, as_of, known_on), _line(scale.at(as_of), "here"))


def _grid(scale: Scale, as_of: date, known_on: date) -> Markup:
    """The years, and what was not yet seen on the day of the eyes."""
    seen = scale.after(known_on)
    parts = [_line(_x(scale, year), "year") for year, _ in years(scale)]
    if seen < 100:
        unseen = Markup('<rect class="unseen-yet" x="{}%" width="{}%" height="100%"/>')
        parts.insert(0, unseen.format(seen, round(100 - seen, 2)))
        if known_on != as_of:
            parts.append(_line(seen, "eyes"))
    return Markup("").join(parts)


def _line(x: float, kind: str) -> Markup:
    return Markup('<line class="{1}" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>').format(x, kind)


def years(scale: Scale) -> list[tuple[int, bool]]:
    """The years that are named, and whether a narrow picture names them, too."""
    first, last = scale.first.year, scale.last.year
    step = next(each for each in (1, 2, 5, 10, 20, 25, 50, 100) if (last - first) // each <= LABELS)
    named = [year for year in range(first, last + 1) if year % step == 0]
    few = -(-len(named) // 5)
    return [(year, number % few == 0) for number, year in enumerate(named)]


def ruler(scale: Scale, *, as_of: date) -> Markup:
    """The years along the top, and the day of the page above them."""
    labels = Markup("").join(
        Markup('<text class="{}" x="{}%" dx="3" y="30">{}</text>').format(
            "year" if few else "year more", _x(scale, year), year
        )
        for year, few in years(scale)
    )
    here = scale.at(as_of)
    anchor = "start" if here < 12 else "end" if here > 88 else "middle"
    return Markup(
        '<svg class="ruler" width="100%" height="34" aria-hidden="true" focusable="false">{}'
        '<text class="day" x="{}%" y="12" text-anchor="{}">{}</text></svg>'
    ).format(labels, here, anchor, as_of)


def drawn(lane: Lane, scale: Scale, *, bar: int = BAR, deadlines: bool = True) -> Markup:
    """The bar of a measure with its deadlines under it. The words beside it and the table behind it say the same."""
    tracks = _tracks(lane.deadlines, scale) if deadlines else []
    height = TOP + bar + 5 + TRACK * (max((track for track, _ in tracks), default=-1) + 1)
    runs = (_run(run, lane.runs[at - 1] if at else None, scale, bar) for at, run in enumerate(lane.runs))
    unsure = (_unsure(first, last, scale, bar) for first, last in lane.unsure)
    dues = (_deadline(each, TOP + bar + 9 + TRACK * track, scale) for track, each in tracks)
    return _row(height, "".join((*runs, *unsure, *dues)))


def deadline_alone(deadline: DeadlineLane, scale: Scale) -> Markup:
    """One deadline in a row of its own."""
    return _row(26, _deadline(deadline, 10, scale))


def acts_alone(days: Iterable[tuple[date, str]], scale: Scale) -> Markup:
    """A mark for each of some days, with what is told of it."""
    marks = (
        f'<use href="#lane-act" x="{scale.at(day)}%" y="12" class="act"><title>{escape(told)}</title></use>'
        for day, told in days
    )
    return _row(14, "".join(marks))


def sample(kind: str) -> Markup:
    """A small picture of what a legend names."""
    return Markup('<svg class="sample" width="30" height="{}" aria-hidden="true" focusable="false">{}</svg>').format(
        TOP * 2 + BAR, _SAMPLES[kind]
    )


def strictest(effects: Sequence[str]) -> str | None:
    """The effect by which a bar is coloured; None for what is only said to others, and for none."""
    ranked = [effect for effect in STRICTNESS if effect in effects]
    return ranked[0] if ranked else None


def told(run: Run) -> str:
    """A run in words: `in force (restricts), 2020-03-01 to 2020-05-31`."""
    effects = f" ({listed(run.effects)})" if run.effects else ""
    return f"{words(run.status)}{effects}, {run.from_} {f'to {run.to}' if run.to else 'onwards'}"


def _x(scale: Scale, year: int) -> float:
    return scale.at(date(year, 1, 1))


# What follows makes text of SVG out of numbers and words of the vocabulary; all other text goes through `escape`.


def _row(height: int, drawn: str) -> Markup:
    return Markup(f'<svg class="bar" width="100%" height="{height}" aria-hidden="true" focusable="false">{drawn}</svg>')


def _run(run: Run, before: Run | None, scale: Scale, bar: int) -> str:
    left, right = scale.at(run.from_), scale.after(run.to)
    if run.status in COMING or run.status in HOLDING:
        if right <= 0 or left >= 100:
            return ""
        return f"<g><title>{escape(told(run))}</title>{_bar(run, left, max(right - left, LEAST), bar)}</g>"
    # What is over has no bar; where something held, a line says where it stopped.
    if before is None or before.status not in COMING | HOLDING or not 0 < left < 100:
        return ""
    return (
        f'<line class="stop" x1="{left}%" x2="{left}%" y1="0" y2="{TOP * 2 + bar}">'
        f"<title>{escape(told(run))}</title></line>"
    )


def _bar(run: Run, left: float, width: float, bar: int) -> str:
    across = f'x="{left}%" width="{width:.2f}%"'
    whole = f'{across} y="{TOP}" height="{bar}"'
    effect = strictest(run.effects)
    fill = "" if effect is None else f' fill="url(#lane-{effect})"'
    if run.status in COMING:
        return (
            f'<rect class="coming" {whole} fill="url(#lane-upcoming)"/>'
            f'<rect class="blank" {across} y="{TOP + bar - 4}" height="4"{fill}/>'
            f'<rect class="frame {run.status}" {whole}/>'
        )
    held = f'<rect class="blank" {whole}{fill}/>'
    if run.status == "in_force":
        return held
    return f'{held}<rect {whole} fill="url(#lane-suspended)"/><rect class="frame suspended" {whole}/>'


def _unsure(first: date, last: date, scale: Scale, bar: int) -> str:
    """A bracket around days of which it is not known on which something turned."""
    left, right = scale.at(first), scale.after(last)
    if right <= 0 or left >= 100:
        return ""
    width = max(right - left, LEAST)
    return (
        f'<rect class="unsure" x="{left}%" y="0.5" width="{width:.2f}%" height="{bar + 2 * TOP - 1}">'
        f"<title>known in part: on a day from {first} to {last}</title></rect>"
    )


def _tracks(deadlines: Sequence[DeadlineLane], scale: Scale) -> list[tuple[int, DeadlineLane]]:
    """Each deadline with its row, so that none lies upon another while there is room."""
    ends: list[float] = []
    placed = []
    for each in sorted(deadlines, key=lambda each: min(_days(each))):
        days = [scale.at(day) for day in _days(each)]
        left, right = min(days), max(days) + 4
        track = next((at for at, end in enumerate(ends) if end <= left), len(ends))
        if track == len(ends) and track < MOST_TRACKS:
            ends.append(right)
        track = min(track, MOST_TRACKS - 1)
        ends[track] = max(ends[track], right)
        placed.append((track, each))
    return placed


def _days(deadline: DeadlineLane) -> list[date]:
    """The days at which a deadline is drawn; without a date, the day on which that was told."""
    days = [due.day or span(due.told_on).first for due in deadline.dues]
    return days if deadline.met_on is None else [*days, span(deadline.met_on).last]


def _deadline(deadline: DeadlineLane, y: int, scale: Scale) -> str:
    dated = [due.day for due in deadline.dues if due.day is not None]
    last = deadline.dues[-1]
    parts = [_arc(scale.at(before), scale.at(after), y, "slip") for before, after in pairwise(dated) if before != after]
    parts += [
        _diamond(scale.at(due.day), y, deadline, due, is_last=due is last)
        for due in deadline.dues
        if due.day is not None and 0 < scale.at(due.day) < 100
    ]
    if last.day is None:
        parts.append(_sign(dated[-1] if dated else span(last.told_on).first, y, "postponed", scale))
        return "".join(parts)
    if deadline.status in ("overdue", "void"):
        parts.append(_sign(last.day, y, deadline.status, scale))
    if deadline.met_on is not None and deadline.status != "void":
        met = span(deadline.met_on).last
        if met > last.day:
            parts.append(_arc(scale.at(last.day), scale.at(met), y, "late"))
        parts.append(_sign(met, y, "met", scale))
    return "".join(parts)


def _diamond(x: float, y: int, deadline: DeadlineLane, due: Due, *, is_last: bool) -> str:
    status = (deadline.status or "later") if is_last else "moved"
    became = words(deadline.status or "set later than the day of the page") if is_last else "moved since"
    said = f"deadline {deadline.deadline}: due {due.due}, as told on {due.told_on}; {became}"
    return f'<use href="#lane-due" x="{x}%" y="{y}" class="due {status}"><title>{escape(said)}</title></use>'


def _sign(day: date, y: int, status: str, scale: Scale) -> str:
    x = scale.at(day)
    if not 0 < x < 100:
        return ""
    return f'<text class="sign {status}" x="{x}%" dx="8" y="{y + 4}">{_SIGNS[status]}</text>'


def _arc(one: float, other: float, y: int, kind: str) -> str:
    return (
        f'<svg x="{min(one, other)}%" y="{y + 3}" width="{abs(other - one):.2f}%" height="9" viewBox="0 0 100 9" '
        f'preserveAspectRatio="none"><path class="{kind}" d="M0 0C25 10 75 10 100 0"/></svg>'
    )


_NEUTRAL = Markup('<rect class="blank" x="1" y="3" width="28" height="14" fill="url(#lane-requires_approval)"/>')


def _frame(status: str) -> Markup:
    return Markup(
        '<rect class="coming" x="1" y="3" width="28" height="14" fill="url(#lane-upcoming)"/>'
        '<rect class="frame {}" x="1" y="3" width="28" height="14"/>'
    ).format(status)


def _due(x: int, status: str, sign: str = "") -> Markup:
    return Markup(
        '<use href="#lane-due" x="{}" y="10" class="due {}"/><text class="sign {}" x="{}" y="14">{}</text>'
    ).format(x, status, status, x + 8, sign)


_SAMPLES: Mapping[str, Markup] = {
    "in_force": _NEUTRAL,
    "announced": _frame("announced"),
    "adopted": _frame("adopted"),
    "suspended": _NEUTRAL + Markup('<rect x="1" y="3" width="28" height="14" fill="url(#lane-suspended)"/>'),
    "stop": Markup(
        '<rect class="blank" x="1" y="3" width="14" height="14" fill="url(#lane-requires_approval)"/>'
        '<line class="stop" x1="15" x2="15" y1="0" y2="20"/>'
    ),
    "slip": Markup('<path class="slip" d="M6 14C10 20 18 20 22 14"/>') + _due(6, "moved") + _due(22, "open"),
    "overdue": _due(8, "overdue", "!"),
    "met": _due(8, "met", "✓"),
    "unsure": Markup('<rect class="unsure" x="6" y="1" width="14" height="18"/>'),
}
