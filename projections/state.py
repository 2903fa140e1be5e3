"""What the rules were on a day, as the public knew them on another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import cast

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from events.actions import Scalar
from events.lifecycle import Lifecycle
from events.lives import Adoption, Terms
from events.vocabulary import STATUSES, Effect, Status, Verification, is_as_strong, least_verified
from projections.answers import (
    RULES,
    DeadlineLine,
    Edition,
    Match,
    Matrix,
    MatrixRow,
    MeasureLine,
    Move,
    State,
    UnknownWord,
)
from projections.codebook import matched_through, meets, strange, unknown_words
from projections.fold import MeasureFold, next_reading_change, since
from projections.headlines import Outlined, headlines
from projections.jurisdictions import is_member, name_of
from projections.reading import (
    DeadlineOn,
    Standing,
    deadlines_on,
    lifted_by,
    next_deadline_change,
    standing_on,
    terms_on,
)

UNION = "EU"
"""The one supranational jurisdiction, whose measures its members of the day inherit (rule 9)."""


class Filters(Struct, frozen=True):
    """
    What of a state is asked for. Within one filter any value matches; a measure must match every filter given.

    Without `statuses`, absent measures are left out and all others given. Subjects and scopes are given by any of
    their names in the code book. With `classes`, measures on a class that reaches a subject are given too, marked.
    `verified` is the least level accepted of all acts on which a line rests.
    """

    statuses: tuple[Status, ...] = ()
    effects: tuple[Effect, ...] = ()
    subjects: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    classes: bool = False
    verified: Verification | None = None

    def accept(self, line: MeasureLine) -> bool:
        """Whether the line is asked for. Any possible status counts."""
        return is_as_strong(line.verified, self.verified) and self.accept_unverified(line)

    def accept_unverified(self, line: Outlined) -> bool:
        """Whether the line is asked for, to whatever level it is verified."""
        statuses = line.possible or (line.status,)
        if self.statuses:
            if not set(self.statuses) & set(statuses):
                return False
        elif set(statuses) == {"absent"}:
            return False
        return self.concern(line.effects, line.subjects, line.scope)

    def concern(self, effects: Sequence[str], subjects: Sequence[str], scope: Sequence[str]) -> bool:
        """Whether a measure with these effects, subjects and scope is asked for, whatever its status."""
        return (
            (not self.effects or bool(set(self.effects) & set(effects)))
            and (not self.scopes or meets("scope", self.scopes, scope))
            and (not self.subjects or meets("subject", self.subjects, subjects) or bool(self.through(subjects)))
        )

    def through(self, subjects: Sequence[str]) -> tuple[Match, ...]:
        """The classes by which alone these subjects are asked for; none where a subject asked for is one of them."""
        if not self.classes or meets("subject", self.subjects, subjects):
            return ()
        return matched_through(self.subjects, subjects)

    def chosen(self, lines: Iterable[MeasureLine]) -> tuple[MeasureLine, ...]:
        """The lines that are asked for, marked where a class alone matched."""
        return tuple(
            replace(line, matched=through) if (through := self.through(line.subjects)) else line
            for line in lines
            if self.accept(line)
        )

    def unknown(self, folds: Iterable[MeasureFold]) -> tuple[UnknownWord, ...]:
        """What of the subjects and scopes neither the code book has nor any action on record in the folds."""
        passing = Passing(self)
        for _ in passing.by(folds):
            pass
        return passing.unknown()

    def parameters(self) -> dict[str, Sequence[str]]:
        """The filters by the names under which they are asked for, as a citation repeats them."""
        named = {"status": self.statuses, "effect": self.effects, "subject": self.subjects, "scope": self.scopes}
        verified = () if self.verified is None else (self.verified,)
        return {**named, "classes": ("include",) if self.classes else (), "verified": verified}

    @property
    def given(self) -> bool:
        """Whether anything was given, be it without effect: it is repeated in the citation."""
        return self != EVERYTHING

    def __bool__(self) -> bool:
        return bool(self.statuses or self.effects or self.subjects or self.scopes or self.verified)


EVERYTHING = Filters()


class Passing:
    """Which words of a filter are nowhere on record, told of folds as they pass by: each is looked at once."""

    def __init__(self, filters: Filters) -> None:
        self._subjects, self._scopes = strange("subject", filters.subjects), strange("scope", filters.scopes)
        self._recorded: dict[str, set[str]] = {"subjects": set(), "scope": set()}

    def by(self, folds: Iterable[MeasureFold]) -> Iterator[MeasureFold]:
        """The same folds."""
        watched = [field for field, words in (("subjects", self._subjects), ("scope", self._scopes)) if words]
        for fold in folds:
            for field in watched:
                for action in fold.ordered.actions:
                    self._recorded[field].update(getattr(action, field, None) or ())
            yield fold

    def unknown(self) -> tuple[UnknownWord, ...]:
        """The words that no fold had."""
        subjects = unknown_words("subject", self._subjects, self._recorded["subjects"])
        return subjects + unknown_words("scope", self._scopes, self._recorded["scope"])


def state_as_of(
    jurisdiction: str,
    folds: Iterable[MeasureFold],
    union: Iterable[MeasureFold],
    *,
    as_of: date,
    known_on: date,
    edition: Edition,
    reviewed_on: str | None,
    filters: Filters = EVERYTHING,
) -> State:
    """
    What the rules of a jurisdiction were on a day, as the public knew them on another.

    Both days are whole days. A licence that expires on 18 November is in force on the 18th and expired on the 19th.
    Acts announced after `known_on` do not count, even where they reach back to `as_of`. `union` are the measures of the
    EU, given as inherited where the jurisdiction was a member on `as_of`. Headlines do not depend on the filters.
    """
    folds, union = list(folds), list(union) if is_member(jurisdiction, as_of) else []
    lines = lines_on(folds, as_of, known_on)
    inherited = lines_on(union, as_of, known_on)
    headline, upcoming = headlines(lines)
    return State(
        jurisdiction=jurisdiction,
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        measures=filters.chosen(lines),
        inherited=filters.chosen(inherited),
        headline=headline,
        upcoming=upcoming,
        coverage="recorded" if folds else "no_record",
        reviewed_on=reviewed_on,
        unknown=filters.unknown([*folds, *union]) or UNSET,
    )


def matrix_as_of(
    folds: dict[str, list[MeasureFold]], *, as_of: date, known_on: date, edition: Edition, filters: Filters = EVERYTHING
) -> Matrix:
    """
    What the rules of the world were on a day: one row a recorded jurisdiction, in order of code.

    With a filter, only jurisdictions with a measure that matches all of it.
    """
    rows = []
    for jurisdiction in sorted(folds):
        lines = lines_on(folds[jurisdiction], as_of, known_on)
        chosen = filters.chosen(lines)
        if filters and not chosen:
            continue
        rows.append(matrix_row(jurisdiction, lines, _through_alone(chosen)))
    return Matrix(
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        jurisdictions=tuple(rows),
        unknown=filters.unknown(fold for each in folds.values() for fold in each) or UNSET,
    )


def matrix_row(jurisdiction: str, lines: Sequence[MeasureLine], matched: tuple[Match, ...] = ()) -> MatrixRow:
    """A jurisdiction in the world matrix, by all its own lines."""
    headline, upcoming = headlines(lines)
    counts = Counter[str](line.status for line in lines if line.status != "absent")
    return MatrixRow(
        jurisdiction=jurisdiction,
        name=name_of(jurisdiction),
        headline=headline,
        upcoming=upcoming,
        counts={status: counts[status] for status in STATUSES if counts[status]},
        matched=matched or UNSET,
    )


def _through_alone(chosen: Sequence[MeasureLine]) -> tuple[Match, ...]:
    """The classes through which lines were chosen, if none was chosen by itself."""
    if not all(line.matched for line in chosen):
        return ()
    return tuple(dict.fromkeys(match for line in chosen for match in line.matched or ()))


def lines_on(folds: Iterable[MeasureFold], as_of: date, known_on: date) -> list[MeasureLine]:
    """The lines of measures, in order of name; those whose sole possible status is absent stand with status absent."""
    return [line_on(fold, as_of.toordinal(), known_on.toordinal()) for fold in sorted(folds, key=_name)]


def _name(fold: MeasureFold) -> str:
    return fold.measure


MOST_LINES = 8
"""Lines kept of one measure at most: who looks at a day looks at the days around it, too."""


def line_on(fold: MeasureFold, as_of: int, known_on: int) -> MeasureLine:
    """
    One measure on one day, both days as ordinals. An absent measure has empty terms.

    Between two boundaries nothing of a line changes but for how many days are overdue: it is read once and counted on.
    What is read of a fold for the first time may be the last, and is not kept.
    """
    if not fold.was_read:
        fold.was_read = True
        return read_line(fold, as_of, known_on)
    place = fold.between(as_of, known_on)
    kept = fold.kept_lines.get(place)
    if kept is not None:
        on, line = kept
        return _counted_on(line, as_of - on)
    line = read_line(fold, as_of, known_on)
    if len(fold.kept_lines) >= MOST_LINES:
        fold.kept_lines = {}  # a new one: another thread may be reading the old one
    fold.kept_lines[place] = (as_of, line)
    return line


def line_if_there(fold: MeasureFold, as_of: int, known_on: int) -> MeasureLine | None:
    """The line of a measure on one day, both days as ordinals; None where absent is its sole possible status."""
    line = line_on(fold, as_of, known_on)
    return None if line.status == "absent" and line.certainty == "certain" else line


def _counted_on(line: MeasureLine, days: int) -> MeasureLine:
    """The line so many days later: what was overdue is so for so much longer."""
    if not days or all(each.days_overdue is UNSET for each in line.deadlines):
        return line
    deadlines = tuple(
        each if each.days_overdue is UNSET else replace(each, days_overdue=each.days_overdue + days)
        for each in line.deadlines
    )
    return replace(line, deadlines=deadlines)


class Outline(Struct, frozen=True):
    """
    A measure on a day as far as headlines and filters look at it, and what was read for that.

    `standing` is that of the latest reading in `life`; `described` the one that has the terms, which is the earliest
    where in the latest the measure is not there yet.
    """

    measure: str
    status: Status
    possible: tuple[Status, ...] | UnsetType
    effects: tuple[str, ...]
    subjects: tuple[str, ...]
    scope: tuple[str, ...]
    targets: tuple[str, ...]
    life: Lifecycle
    standing: Standing
    described_life: Lifecycle
    described: Standing
    terms: Terms


def outline_on(fold: MeasureFold, as_of: int, known_on: int, life: Lifecycle | None = None) -> Outline:
    """
    One measure on one day in outline, both days as ordinals: as its line has it, at a third of the cost.

    `life` is its lifecycle as known on that day, where whoever asks has it.
    """
    life = fold.life(known_on) if life is None else life
    standing = standing_on(life, as_of)
    possible: tuple[Status, ...] = (standing.status,)
    if fold.is_open(as_of, known_on):
        statuses = fold.possible(as_of, known_on)
        possible = tuple(status for status in STATUSES if status in statuses)
    described, described_life = standing, life
    if standing.base is None and len(possible) > 1:
        described_life = fold.life(known_on, earliest=True)
        described = standing_on(described_life, as_of)
    terms = terms_on(described, as_of)
    return Outline(
        measure=fold.measure,
        status=standing.status,
        possible=UNSET if len(possible) == 1 else possible,
        effects=listed(terms, "effects"),
        subjects=listed(terms, "subjects"),
        scope=listed(terms, "scope"),
        targets=listed(terms, "targets"),
        life=life,
        standing=standing,
        described_life=described_life,
        described=described,
        terms=terms,
    )


def read_line(fold: MeasureFold, as_of: int, known_on: int, life: Lifecycle | None = None) -> MeasureLine:
    """The line of a measure on one day, read anew, both days as ordinals; `life` as for its outline."""
    outline = outline_on(fold, as_of, known_on, life)
    life, described, terms = outline.life, outline.described, outline.terms
    deadlines = deadlines_on(life, as_of)
    acts = _acts(fold, described, outline.described_life, as_of, terms, deadlines)
    values = {name.removeprefix("values."): value for name, (value, _) in terms.items() if name.startswith("values.")}
    base = described.base
    dated = described.dated
    return MeasureLine(
        measure=fold.measure,
        title=title_of(described, terms) if base is not None else fold.measure,
        status=outline.status,
        certainty="certain" if outline.possible is UNSET else "possible",
        possible=outline.possible,
        since=_written(since(fold, life, as_of)),
        instrument=base.action.act.instrument if base is not None else "",
        authority=base.action.act.authority if base is not None else "",
        effects=outline.effects,
        subjects=outline.subjects,
        scope=outline.scope,
        targets=outline.targets,
        values=cast("dict[str, Scalar]", values) if values else UNSET,
        effective_on=dated.effective_on if dated is not None else None,
        expires_on=dated.expires_on if dated is not None else None,
        deadlines=tuple(deadline_line(deadline) for deadline in deadlines),
        acts=acts,
        verified=verified_level(fold, acts),
        next_change=_written(_next_change(fold, life, as_of, known_on)),
    )


def title_of(standing: Standing, terms: Terms) -> str:
    """The measure's own title, or that of the act that gave its terms."""
    if "title" in terms:
        return str(terms["title"][0])
    return standing.base.action.act.title if standing.base is not None else ""


def deadline_line(deadline: DeadlineOn) -> DeadlineLine:
    """A deadline in the shape of the answers."""
    return DeadlineLine(
        deadline=deadline.deadline,
        due=deadline.due,
        obliged=deadline.obliged,
        status=deadline.status,
        days_overdue=UNSET if deadline.days_overdue is None else deadline.days_overdue,
        met_on=UNSET if deadline.met_on is None else deadline.met_on,
        days_late=deadline.days_late if deadline.status == "met" else UNSET,
        moves=tuple(Move(*move) for move in deadline.moves),
        acts=deadline.acts,
    )


def listed(terms: Terms, field: str) -> tuple[str, ...]:
    """One of the lists of terms; empty where it was never given."""
    return cast("tuple[str, ...]", terms[field][0]) if field in terms else ()


def _acts(
    fold: MeasureFold,
    standing: Standing,
    life: Lifecycle,
    as_of: int,
    terms: Terms,
    deadlines: Sequence[DeadlineOn],
) -> tuple[str, ...]:
    """The acts on which the line rests, in the order of acts."""
    acts = {act for _, act in terms.values()}
    acts.update(lifted_by(life, standing, as_of))
    if standing.base is not None:
        acts.add(standing.base.action.act.act)
    if isinstance(standing.base, Adoption) and standing.dated is not None:
        acts.add(standing.dated.action.act.act)
        acts.update(standing.dated.dated_by.values())
    if standing.cause is not None:
        acts.add(standing.cause.act)
    for deadline in deadlines:
        acts.update(deadline.acts)
    return tuple(sorted(acts, key=fold.places.__getitem__))


def verified_level(fold: MeasureFold, acts: Iterable[str]) -> Verification | None:
    """The least level to which all of some acts were verified, None where any was not."""
    return least_verified(fold.verified.get(act) for act in acts)


def _next_change(fold: MeasureFold, life: Lifecycle, as_of: int, known_on: int) -> int | None:
    """The next day on which status, terms or a deadline change by themselves, as far as was known; None for none."""
    days = [next_reading_change(fold, life, as_of, known_on)]
    days.extend(next_deadline_change(life, name, as_of) for name in life.deadlines)
    return min((day for day in days if day is not None), default=None)


def _written(day: int | None) -> str | None:
    return None if day is None else date.fromordinal(day).isoformat()
