"""A stacked chart: how many did what, a column for every point in time, each as high as its numbers together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from services.web.drawing.patterns import patterns

Scale = Callable[[float], float]
"""From a number, or the number of a column, to where it stands in the picture."""

LINE = 18
"""The least distance between two labels, in pixels."""

LABELS = 210
"""The room for labels beside the columns."""

_LEFT, _TOP, _BOTTOM = 34, 12, 26
_TICK = 56
"""The least distance between two years that are named."""


class Column(NamedTuple):
    """A point of the chart: its day, its numbers by band, what it says in words, and where it leads (None: nowhere)."""

    on: str
    counts: Mapping[str, int]
    title: str
    link: str | None


class Band(NamedTuple):
    """A layer of the chart, the lowest first: the name of its pattern, and what it is called."""

    name: str
    label: str


def drawn(
    columns: Sequence[Column],
    bands: Sequence[Band],
    *,
    title: str,
    prefix: str,
    width: int = 1040,
    height: int = 380,
    labelled: bool = True,
    here: str | None = None,
) -> Markup:
    """
    The chart as SVG, with years below, numbers at the left and, if `labelled`, each band named at its right end.

    `here` is the day of the column that is marked. Ids within the picture begin with the prefix.
    """
    right = width - (LABELS if labelled else 8)
    floor = height - _BOTTOM
    top = max((sum(each.counts.get(band.name, 0) for band in bands) for each in columns), default=0)
    step = _step(top)
    most = max(step, -(-top // step) * step)
    span = (right - _LEFT) / max(1, len(columns))

    def across(at: float) -> float:
        return round(_LEFT + at * span, 1)

    def up(number: float) -> float:
        return round(floor - (floor - _TOP) * number / most, 1)

    parts = [patterns(prefix, 0.125), _grid(range(0, most + 1, step), up, right)]
    below = [0] * len(columns)
    for band in bands:
        above = [low + each.counts.get(band.name, 0) for low, each in zip(below, columns, strict=True)]
        parts.append(_band(prefix, band, below, above, across, up))
        below = above
    parts.append(_years(columns, across, floor, right))
    if columns and labelled:
        parts.append(_labels(bands, columns[-1], across(len(columns)), up))
    parts += [_link(each, at, across, floor, is_here=each.on == here) for at, each in enumerate(columns)]
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>').format(
        width, height, title, Markup("").join(parts)
    )


def _step(top: int) -> int:
    """The distance between two lines: 1, 2 or 5 times a power of ten, for five lines at most."""
    power = 1
    while True:
        for each in (1, 2, 5):
            if top <= each * power * 5:
                return each * power
        power *= 10


def _grid(numbers: range, up: Scale, right: float) -> Markup:
    lines = Markup("").join(
        Markup('<path d="M{} {}H{}"/><text x="{}" y="{}">{}</text>').format(
            _LEFT, up(number), right, _LEFT - 6, up(number) + 4, number
        )
        for number in numbers
    )
    return Markup('<g class="grid" aria-hidden="true">{}</g>').format(lines)


def _band(prefix: str, band: Band, below: Sequence[int], above: Sequence[int], across: Scale, up: Scale) -> Markup:
    """A band, a run of equal columns at once, and a line along its upper edge that parts it from the next."""
    if below == above:
        return Markup("")
    ground, edge = [], []
    at = 0
    while at < len(above):
        end = at
        while end < len(above) and (below[end], above[end]) == (below[at], above[at]):
            end += 1
        if above[at] > below[at]:
            ground.append(f"M{across(at)} {up(below[at])}V{up(above[at])}H{across(end)}V{up(below[at])}z")
            edge.append(f"M{across(at)} {up(above[at])}H{across(end)}")
        at = end
    return Markup(
        '<path class="band" d="{}" fill="url(#{}-{})"><title>{}</title></path><path class="edge" d="{}"/>'
    ).format("".join(ground), prefix, band.name, band.label, "".join(edge))


def _years(columns: Sequence[Column], across: Scale, floor: float, right: float) -> Markup:
    """The years below, where the first column of each begins, as many as there is room for."""
    starts = [(at, each.on[:4]) for at, each in enumerate(columns) if at == 0 or columns[at - 1].on[:4] != each.on[:4]]
    named = []
    last = -float(_TICK)
    for at, year in starts:
        x = across(at)
        if x - last >= _TICK and x + 36 <= right + 8:
            named.append(Markup('<text x="{}" y="{}">{}</text>').format(x + 3, floor + 18, year))
            last = x
        named.append(Markup('<path d="M{} {}v5"/>').format(x, floor))
    return Markup('<g class="years" aria-hidden="true">{}</g>').format(Markup("").join(named))


def _labels(bands: Sequence[Band], last: Column, x: float, up: Scale) -> Markup:
    """The names of the bands beside the last column, each as near to its band as those below it let it."""
    low = 0
    placed: list[tuple[Band, int, float, float]] = []
    for band in bands:
        number = last.counts.get(band.name, 0)
        if number:
            middle = up(low + number / 2)
            placed.append((band, number, middle, min(middle, placed[-1][3] - LINE) if placed else middle))
        low += number
    drawn_labels = Markup("").join(
        Markup('<path d="M{} {}L{} {}h4"/><text x="{}" y="{}"><tspan class="count">{}</tspan> {}</text>').format(
            x + 2, middle, x + 12, y, x + 22, round(y + 4.5, 1), number, band.label
        )
        for band, number, middle, y in placed
    )
    return Markup('<g class="labels" aria-hidden="true">{}</g>').format(drawn_labels)


def _link(column: Column, at: int, across: Scale, floor: float, *, is_here: bool) -> Markup:
    """What of a column can be pointed at: all of it. The table has the same links for whoever goes by keys."""
    rect = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        "column here" if is_here else "column",
        across(at),
        _TOP,
        round(across(at + 1) - across(at), 1),
        round(floor - _TOP, 1),
        column.title,
    )
    if column.link is None:
        return rect
    return Markup('<a href="{}" tabindex="-1">{}</a>').format(column.link, rect)
