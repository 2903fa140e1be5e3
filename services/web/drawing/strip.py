"""A strip that shows when how much changed, as wide as the slider above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

HEIGHT = 24
BARS = 160


def drawn(days: Sequence[date], *, first: date, last: date, as_of: date) -> Markup:
    """A bar for every stretch of days between the first and the last (inclusive), as high as it has days of change."""
    span = (last - first).days + 1
    width = max(1, -(-span // BARS))
    bars = -(-span // width)
    counts = Counter((day - first).days // width for day in days if first <= day <= last)
    most = max(counts.values(), default=1)
    rects = Markup("").join(
        Markup('<rect x="{}" y="{}" width="0.8" height="{}"/>').format(
            bar, round(HEIGHT - HEIGHT * count / most, 1), round(HEIGHT * count / most, 1)
        )
        for bar, count in sorted(counts.items())
    )
    here = round((as_of - first).days / width, 2)
    return Markup(
        '<svg class="strip" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}'
        '<rect id="strip-here" class="here" x="{}" y="0" width="0.4" height="{}" data-days="{}"/></svg>'
    ).format(bars, HEIGHT, rects, here, HEIGHT, width)
