"""One measure on a day, with its profile over time under the same eyes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from events.actions import Scalar
from events.lifecycle import Lifecycle
from projections.answers import RULES, Edition, MeasureAnswer, Profile
from projections.fold import MeasureFold
from projections.reading import standing_on, terms_on
from projections.state import line_if_there, listed


def measure_as_of(fold: MeasureFold, *, as_of: date, known_on: date, edition: Edition, revision: int) -> MeasureAnswer:
    """One measure on a day as known on another; `line` is null where absent is its sole possible status."""
    links = {
        (link.type, link.to, action.act.act): None
        for action in fold.ordered.actions
        if fold.last_days[action.act.act] <= known_on.toordinal()
        for link in action.act.links
    }
    return MeasureAnswer(
        measure=fold.measure,
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        revision=revision,
        line=line_if_there(fold, as_of.toordinal(), known_on.toordinal()),
        profile=tuple(profile(fold, known_on.toordinal())),
        links=tuple({"type": kind, "to": to, "act": act} for kind, to, act in links),
    )


def profile(fold: MeasureFold, known_on: int, days: Sequence[int] | None = None) -> Iterator[Profile]:
    """
    The runs of days on which status, terms and days of validity stay the same, in the latest reading; no absence.

    Of all boundaries, or of some in a row: the first run may have begun earlier then, and the last goes on.
    """
    life = fold.life(known_on)
    runs: list[tuple[int, Profile | None]] = []
    for day in fold.boundaries if days is None else days:
        here = _profile_on(life, day)
        if not runs or runs[-1][1] != here:
            runs.append((day, here))
    for at, (day, run) in enumerate(runs):
        if run is not None:
            to = date.fromordinal(runs[at + 1][0] - 1).isoformat() if at + 1 < len(runs) else None
            yield Profile(
                from_=date.fromordinal(day).isoformat(),
                to=to,
                **{name: getattr(run, name) for name in run.__struct_fields__ if name not in ("from_", "to")},
            )


def _profile_on(life: Lifecycle, day: int) -> Profile | None:
    standing = standing_on(life, day)
    if standing.status == "absent":
        return None
    terms = terms_on(standing, day)
    values = {name.removeprefix("values."): value for name, (value, _) in terms.items() if name.startswith("values.")}
    dated = standing.dated
    return Profile(
        from_="",
        to=None,
        status=standing.status,
        effects=listed(terms, "effects"),
        subjects=listed(terms, "subjects"),
        scope=listed(terms, "scope"),
        targets=listed(terms, "targets"),
        values=cast("dict[str, Scalar]", values),
        effective_on=dated.effective_on if dated is not None else None,
        expires_on=dated.expires_on if dated is not None else None,
    )
