"""The questions of an auditor, asked of one edition of the record: what command line and HTTP have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial

import psycopg
from msgspec import UNSET

from events.errors import UnknownAct
from events.log import Log, Recorded
from projections.acts import act_answer
from projections.answering import HEAD, Answering, Asked, check_window
from projections.answers import (
    RULES,
    ActAnswer,
    Change,
    Comparison,
    Edition,
    ReportRestated,
    Restatement,
    RowCompared,
    RowRestated,
    WorldChanges,
    WorldComparison,
    WorldRestatement,
)
from projections.changes import changes_between
from projections.comparison import (
    NOTHING,
    Reading,
    lines_restated,
    may_read_otherwise,
    measures_compared,
    reading_of,
    row_compared,
    row_restated,
    two_readings,
)
from projections.diaries import Place, may_change, page_of
from projections.entries import LogFilters, positions
from projections.fold import MeasureFold
from projections.index import Index, OnRecord
from projections.jurisdictions import is_member
from projections.reporting import notes_that_differ, rows_that_differ
from projections.restatement import (
    EditionNeeded,
    EditionsReversed,
    LineThatDiffers,
    Why,
    change_restated,
    lines_that_differ,
    restatement,
    why_of,
)
from projections.state import UNION, Filters, Passing

ROWS = 500
"""How many rows a page of the diary of the world has, unless asked otherwise."""


class Auditing:
    """Answers an auditor from memory and PostgreSQL. Safe to share between threads; what it is given is not its own."""

    def __init__(self, answering: Answering, log: Log, index: Index) -> None:
        self._answering = answering
        self._log = log
        self._index = index

    def changes(
        self,
        *,
        from_: date,
        to: date | None = None,
        known_on: date | None = None,
        jurisdictions: Sequence[str] = (),
        filters: Filters = Filters(),
        after: Place | None = None,
        limit: int = ROWS,
        asked: Asked = HEAD,
    ) -> WorldChanges:
        """A page of the diary of some jurisdictions, or of the world; `to` defaults to today, `known_on` to `to`."""
        to = self._answering.today() if to is None else to
        check_window(from_, to)
        known_on = to if known_on is None else known_on
        edition, found = self._answering.read(asked, jurisdictions or None)
        passing = Passing(filters)
        page = page_of(
            passing.by(fold for code in sorted(found) for fold in found[code].folds.values()),
            from_=from_,
            to=to,
            known_on=known_on,
            limit=limit,
            after=after,
            filters=filters,
        )
        diary = WorldChanges(
            from_=from_.isoformat(),
            to=to.isoformat(),
            known_on=known_on.isoformat(),
            position=edition.position,
            recorded_at=edition.recorded_at,
            rules=RULES,
            changes=page.changes,
            next=None if page.next is None else str(page.next),
            unknown=passing.unknown() or UNSET,
        )
        where = ", ".join(jurisdictions) or "the world"
        given = {
            **filters.parameters(),
            "jurisdiction": tuple(jurisdictions),
            "after": None if after is None else str(after),
            "limit": None if limit == ROWS else limit,
        }
        return self._answering.cited(diary, f"changes of {where}", "/v1/changes", given)

    def act(self, act: str, *, asked: Asked = HEAD) -> ActAnswer:
        """Everything that was recorded of an act, by its slug. Raises UnknownAct."""
        with self._answering.edition(asked) as (connection, edition):
            found = positions(connection, LogFilters(acts=(act,)), after=0, up_to=edition.position)
            events = self._log.at(found, connection=connection)
        if not events:
            raise UnknownAct(
                f"There is no act {act} in this edition of the record. The state of a jurisdiction names the acts that "
                "its lines rest on.",
                act=act,
            )
        return self._answering.cited(act_answer(act, events, edition), f"act {act}", f"/v1/acts/{act}")

    def restatement(
        self,
        jurisdiction: str,
        *,
        earlier: Asked,
        later: Asked = HEAD,
        as_of: date | None = None,
        known_on: date | None = None,
    ) -> Restatement:
        """
        What a report on a day said at an earlier edition, what it says at a later one, and why it differs.

        The earlier edition is named; the later one is the head by default. Raises EditionNeeded and EditionsReversed.
        """
        as_of = self._answering.today() if as_of is None else as_of
        known_on = as_of if known_on is None else known_on
        first, last = self._editions(earlier, later)
        then, now = (
            self._answering.state(jurisdiction, as_of=as_of, known_on=known_on, asked=Asked(edition.position))
            for edition in (first, last)
        )
        lines = lines_that_differ(then, now)
        with self._answering.edition(Asked(last.position)) as (connection, _):
            before, after = (self._both(connection, jurisdiction, edition) for edition in (first, last))
            acts = {act for line in lines if line.measure in after for act in after[line.measure].places}
            standing = _standing(connection, acts, first.position)
            known = known_on.toordinal()
            why = [why_of(line, before, after, known_on=known, standing=standing) for line in lines]
            reasons = list(zip(lines, why, strict=True))
            entries = self._between(connection, reasons, first, last)
            if then.reviewed_on != now.reviewed_on:
                entries += self._reviews(connection, jurisdiction, first, last)
        answer = restatement(then, now, reasons, entries, earlier=first, later=last)
        path = f"/v1/jurisdictions/{jurisdiction}/restatement"
        return self._answering.cited(answer, f"restatement of {jurisdiction}", path)

    def report_restated(
        self, jurisdiction: str, *, position: int, as_of: date, known_on: date, since: date | None = None
    ) -> ReportRestated:
        """Which lines of a report that was made at a position read differently at the head, and why."""
        report = partial(self._answering.report, jurisdiction, as_of=as_of, known_on=known_on, since=since)
        now = report()
        then = report(asked=Asked(position))
        state = self.restatement(
            jurisdiction, earlier=Asked(position), later=Asked(now.position), as_of=as_of, known_on=known_on
        )
        rows = list(rows_that_differ(then.changes, now.changes))
        lines = [
            LineThatDiffers(measure, inherited=False, then=None, now=None, changed=())
            for measure in dict.fromkeys(row.measure for _, row in rows)
        ]
        first, last = self._editions(Asked(position), Asked(now.position))
        with self._answering.edition(Asked(last.position)) as (connection, _):
            before, after = (self._both(connection, jurisdiction, edition) for edition in (first, last))
            acts = {act for line in lines if line.measure in after for act in after[line.measure].places}
            standing = _standing(connection, acts, first.position)
            known = known_on.toordinal()
            why = {line.measure: why_of(line, before, after, known_on=known, standing=standing) for line in lines}
            entries = self._between(connection, [(line, why[line.measure]) for line in lines], first, last)
        changes = tuple(change_restated(what, row, why[row.measure], entries) for what, row in rows)
        notes = tuple(notes_that_differ(then.acts, now.acts))
        return ReportRestated(then=then, now=now, differences=state.differences, changes=changes, notes=notes)

    def world_restatement(
        self, *, earlier: Asked, later: Asked = HEAD, as_of: date | None = None, known_on: date | None = None
    ) -> WorldRestatement:
        """
        Of which jurisdictions a report on a day says otherwise at a later edition than at an earlier one, and why.

        Only those of which anything was recorded since are read. Raises EditionNeeded and EditionsReversed.
        """
        as_of = self._answering.today() if as_of is None else as_of
        known_on = as_of if known_on is None else known_on
        first, last = self._editions(earlier, later)
        with self._answering.edition(Asked(last.position)) as (connection, _):
            touched = _touched(connection, first.position, last)
            old, new = (self._index.of_all(connection, edition, touched) for edition in (first, last))
            pairs = {code: _two_editions(code, old[code], new[code], as_of, known_on) for code in touched}
            lines = {code: lines_restated(then, now) for code, (then, now) in pairs.items()}
            standing = _standing(connection, _acts_behind(lines, pairs), first.position)
        rows: list[RowRestated] = []
        for code, (then, now) in pairs.items():
            reviewed = old[code].reviewed_on != new[code].reviewed_on
            if lines[code] or reviewed:
                rows.append(
                    row_restated(code, then, now, lines[code], known_on=known_on, standing=standing, reviewed=reviewed)
                )
        differing = {row.jurisdiction for row in rows}
        answer = WorldRestatement(
            as_of=as_of.isoformat(),
            known_on=known_on.isoformat(),
            from_position=first.position,
            from_recorded_at=first.recorded_at,
            to_position=last.position,
            to_recorded_at=last.recorded_at,
            rules=RULES,
            jurisdictions=tuple(rows),
            unaffected=tuple(code for code in touched if code not in differing),
        )
        return self._answering.cited(answer, "restatement of the world", "/v1/restatement")

    def world_comparison(
        self,
        *,
        from_: date | None = None,
        to: date | None = None,
        from_known_on: date | None = None,
        to_known_on: date | None = None,
        asked: Asked = HEAD,
    ) -> WorldComparison:
        """
        The jurisdictions that read otherwise on two days, or by the eyes of two: `to` defaults to today, `from_` to it.

        Each day is read by its own eyes unless others are named. Raises WindowReversed.
        """
        days, eyes = self._two(from_, to, from_known_on, to_known_on)
        times = ((days[0], eyes[0]), (days[1], eyes[1]))
        rows: list[RowCompared] = []
        edition, found = self._answering.read(asked)
        for code in sorted(found):
            folds = found[code].folds
            if may_read_otherwise(folds, *times):
                row = row_compared(code, *two_readings(code, folds, *times), days=days, eyes=eyes)
                rows += [] if row is None else [row]
        answer = WorldComparison(
            from_=days[0].isoformat(),
            to=days[1].isoformat(),
            from_known_on=eyes[0].isoformat(),
            to_known_on=eyes[1].isoformat(),
            position=edition.position,
            recorded_at=edition.recorded_at,
            rules=RULES,
            jurisdictions=tuple(rows),
        )
        return self._answering.cited(answer, "comparison of the world", "/v1/comparison")

    def comparison(
        self,
        jurisdiction: str,
        *,
        from_: date | None = None,
        to: date | None = None,
        from_known_on: date | None = None,
        to_known_on: date | None = None,
        asked: Asked = HEAD,
    ) -> Comparison:
        """A jurisdiction on two days, or by the eyes of two, as `world_comparison` has it. Raises WindowReversed."""
        days, eyes = self._two(from_, to, from_known_on, to_known_on)
        times = ((days[0], eyes[0]), (days[1], eyes[1]))
        edition, found = self._answering.read(asked, {jurisdiction, UNION})
        folds, union = found[jurisdiction].folds, found[UNION].folds
        before, after = two_readings(jurisdiction, folds, *times)
        measures = list(measures_compared(before, after, eyes))
        inherited = [
            reading if is_member(jurisdiction, day) else NOTHING
            for day, reading in zip(days, two_readings(UNION, union, *times), strict=True)
        ]
        measures += measures_compared(inherited[0], inherited[1], eyes, inherited=True)
        changes: tuple[Change, ...] = ()
        if days[0] != days[1]:
            window = (days[0].toordinal(), days[1].toordinal())
            moving = [fold for fold in folds.values() if may_change(fold, *window)]
            changes = changes_between(
                jurisdiction, moving, from_=days[0], to=days[1], known_on=eyes[1], edition=edition
            ).changes
        answer = Comparison(
            jurisdiction=jurisdiction,
            from_=days[0].isoformat(),
            to=days[1].isoformat(),
            from_known_on=eyes[0].isoformat(),
            to_known_on=eyes[1].isoformat(),
            position=edition.position,
            recorded_at=edition.recorded_at,
            rules=RULES,
            before=before.row,
            after=after.row,
            measures=tuple(measures),
            changes=changes,
        )
        path = f"/v1/jurisdictions/{jurisdiction}/comparison"
        return self._answering.cited(answer, f"comparison of {jurisdiction}", path)

    def _two(
        self, from_: date | None, to: date | None, from_known_on: date | None, to_known_on: date | None
    ) -> tuple[tuple[date, date], tuple[date, date]]:
        """The two days, and the days by whose eyes each is read. Raises WindowReversed."""
        to = self._answering.today() if to is None else to
        from_ = to if from_ is None else from_
        check_window(from_, to)
        return (from_, to), (from_known_on or from_, to_known_on or to)

    def _editions(self, earlier: Asked, later: Asked) -> tuple[Edition, Edition]:
        """The two editions. Raises EditionNeeded and EditionsReversed."""
        if earlier.position is None and earlier.recorded_at is None:
            raise EditionNeeded(
                "Say with which edition of the record to compare: give from_position, or from_recorded_at, the moment "
                "of the report."
            )
        first, last = self.edition_of(earlier), self.edition_of(later)
        if last.position < first.position:
            raise EditionsReversed(
                f"Position {last.position} comes before position {first.position}: give the earlier edition first.",
                from_position=first.position,
                to_position=last.position,
            )
        return first, last

    def edition_of(self, asked: Asked) -> Edition:
        """The edition that is asked for. Raises PositionAboveHead and MomentInFuture."""
        with self._answering.edition(asked) as (_, edition):
            return edition

    def edition_before(self, position: int) -> int:
        """The edition before the append of which the event at a position is part; 0 for the first."""
        with self._answering.edition(Asked(position)) as (connection, _):
            row = connection.execute(
                "select position from dateline.entry where position < %(at)s and edition <"
                " (select edition from dateline.entry where position = %(at)s) order by position desc limit 1",
                {"at": position},
            ).fetchone()
        return 0 if row is None else int(row[0])

    def _both(self, connection: psycopg.Connection, jurisdiction: str, edition: Edition) -> dict[str, MeasureFold]:
        """The measures of a jurisdiction and of the EU, by name."""
        return _by_name(self._index.of_all(connection, edition, {jurisdiction, UNION}))

    def _between(
        self,
        connection: psycopg.Connection,
        reasons: Sequence[tuple[LineThatDiffers, Why]],
        first: Edition,
        last: Edition,
    ) -> list[Recorded]:
        """What was recorded between two editions of the acts of measures."""
        found: set[int] = set()
        after = _whole(connection, first.position)
        for line, why in reasons:
            asked = LogFilters(measures=(line.measure,), acts=tuple(why))
            if why:
                found.update(positions(connection, asked, after=after, up_to=last.position))
        return self._log.at(sorted(found), connection=connection)

    def _reviews(
        self, connection: psycopg.Connection, jurisdiction: str, first: Edition, last: Edition
    ) -> list[Recorded]:
        asked = LogFilters(jurisdictions=(jurisdiction,), types=("reviewed",))
        found = positions(connection, asked, after=_whole(connection, first.position), up_to=last.position)
        return self._log.at(found, connection=connection)


def _two_editions(
    jurisdiction: str, then: OnRecord, now: OnRecord, as_of: date, known_on: date
) -> tuple[Reading, Reading]:
    """How a jurisdiction reads on a day in two editions; where nothing of its measures was told between, once."""
    before = reading_of(jurisdiction, then.folds, as_of, known_on)
    return before, before if now.folds is then.folds else reading_of(jurisdiction, now.folds, as_of, known_on)


def _by_name(found: Mapping[str, OnRecord]) -> dict[str, MeasureFold]:
    return {measure: fold for reading in found.values() for measure, fold in reading.folds.items()}


def _whole(connection: psycopg.Connection, position: int) -> int:
    """The last position up to one at which an append was whole: what that edition shows."""
    row = connection.execute(
        "select position from dateline.entry where position <= %s and edition <= %s order by position desc limit 1",
        [position, position],
    ).fetchone()
    return 0 if row is None else int(row[0])


def _touched(connection: psycopg.Connection, after: int, last: Edition) -> list[str]:
    """The jurisdictions of which anything appeared between two editions, in order of code."""
    rows = connection.execute(
        "select jurisdiction from dateline.jurisdiction j where edition > %(after)s and exists (select from"
        " dateline.entry e where e.jurisdiction = j.jurisdiction and e.position > %(whole)s"
        " and e.position <= %(to)s and e.edition <= %(to)s)"
        " order by jurisdiction",
        {"after": after, "whole": _whole(connection, after), "to": last.position},
    )
    return [code for (code,) in rows]


def _acts_behind(
    lines: Mapping[str, Sequence[LineThatDiffers]], readings: Mapping[str, tuple[Reading, Reading]]
) -> set[str]:
    """The acts that stand at the later edition on measures whose lines differ."""
    return {
        act
        for code, differing in lines.items()
        for line in differing
        if line.measure in readings[code][1].folds
        for act in readings[code][1].folds[line.measure].places
    }


def _standing(connection: psycopg.Connection, acts: Collection[str], position: int) -> set[str]:
    """Which of some acts stood, on whatever measure, at an edition."""
    rows = connection.execute(
        "select distinct on (act) act, kind from dateline.act where act = any(%s) and edition <= %s"
        " order by act, edition desc, place desc",
        [list(acts), position],
    )
    return {act for act, kind in rows if kind != "retracted"}
