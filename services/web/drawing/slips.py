"""What became of a deadline, as small as a line of text: where it was due, where it went, and when it was met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

WIDTH = 340
HEIGHT = 26

_EDGE, _MIDDLE, _SIZE = 8, 15, 5
_TICK = 40
"""The least distance between two years that are named, in pixels."""


class Axis(NamedTuple):
    """The first and the last day of pictures that stand below each other, as ordinals."""

    first: int
    last: int

    def across(self, day: int) -> float:
        """Where a day stands."""
        return round(_EDGE + (WIDTH - 2 * _EDGE) * (day - self.first) / max(1, self.last - self.first), 1)


class Slip(NamedTuple):
    """A deadline: the days on which it was due before, in order, and is now; when it was met; all as ordinals."""

    before: Sequence[int]
    due: int | None
    met: int | None
    is_overdue: bool


def axis_of(slips: Iterable[Slip], as_of: int) -> Axis:
    """The axis on which all of them can be seen, and the day of the page."""
    days = [as_of]
    for each in slips:
        days += [*each.before, *(day for day in (each.due, each.met) if day is not None)]
    return Axis(min(days), max(days))


def scale(axis: Axis) -> Markup:
    """The years above a column of pictures."""
    parts = []
    last = -float(_TICK)
    for year in range(date.fromordinal(axis.first).year, date.fromordinal(axis.last).year + 1):
        day = date(year, 1, 1).toordinal()
        x = axis.across(max(day, axis.first))
        if x - last >= _TICK and x <= WIDTH - 30:
            parts.append(Markup('<text x="{}" y="14">{}</text>').format(x, year))
            last = x
    return _picture(Markup("").join(parts), "slips scale")


def drawn(slip: Slip, axis: Axis, as_of: int) -> Markup:
    """
    One deadline: hollow where it was due before, solid where it is now, joined by an arc for each move.

    A circle is the day on which it was met, a line along the bottom how long that took or is taking past the due day.
    """
    parts = [Markup('<path class="today" d="M{} 2V{}"/>').format(axis.across(as_of), HEIGHT - 2)]
    places = [*slip.before, *([] if slip.due is None else [slip.due])]
    for one, other in pairwise(places):
        x, to = axis.across(one), axis.across(other)
        top = max(-6.0, _MIDDLE - _SIZE - 5 - abs(to - x) / 2)
        parts.append(
            Markup('<path class="arc" d="M{} {}Q{} {} {} {}"/>').format(
                x, _MIDDLE - _SIZE, round((x + to) / 2, 1), round(top, 1), to, _MIDDLE - _SIZE
            )
        )
    late = slip.met if slip.met is not None else as_of if slip.is_overdue else None
    if slip.due is not None and late is not None and late > slip.due:
        parts.append(
            Markup('<path class="late" d="M{} {}H{}"/>').format(axis.across(slip.due), _MIDDLE, axis.across(late))
        )
    parts += [_diamond(axis.across(day), "hollow") for day in slip.before]
    if slip.due is not None:
        parts.append(_diamond(axis.across(slip.due), "solid"))
    if slip.met is not None:
        parts.append(Markup('<circle class="met" cx="{}" cy="{}" r="4"/>').format(axis.across(slip.met), _MIDDLE))
    return _picture(Markup("").join(parts), "slips")


def _diamond(x: float, kind: str) -> Markup:
    return Markup('<path class="{}" d="M{} {}l{s} {s}l-{s} {s}l-{s} -{s}z"/>').format(kind, x, _MIDDLE - _SIZE, s=_SIZE)


def _picture(parts: Markup, kind: str) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true" focusable="false">{}</svg>'
    ).format(kind, WIDTH, HEIGHT, WIDTH, HEIGHT, parts)
