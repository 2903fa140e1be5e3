"""What is done of a rebuild in one transaction: a part of the log as rows, some measures folded, an index made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from events.log import Log, Recorded
from events.order import in_recorded_order
from events.recorder import Connection, Pool
from events.vocabulary import jurisdiction_of
from projections import shadow
from projections.ahead import ToldAction, actions_told, days_ahead, note_subjects, rows_noted
from projections.database import Writer
from projections.entries import add_entries
from projections.fold import MeasureFold
from projections.period_rows import columns_of_periods
from projections.periods import boxes_of
from projections.pointing import note_targets
from projections.present import decode_action
from projections.project import Rows, add_rows, rows_of
from projections.rows import rows_of_boxes
from projections.search import add_words
from projections.shadow import SHADOW, Part, Stage

LOT = 1000
"""Events that become rows together, or more where one append is longer: few enough to stay near the processor."""

Told = Callable[[int], None]
"""Hears the weight of each part that is done."""


def work(pool: Pool, log: Log, stage: Stage, told: Told) -> None:
    """Does parts of a stage until none is left that nobody else has."""
    while True:
        with pool.connection() as connection:
            # Whatever the server's default: a part that another has just taken is passed over, and is no conflict. And
            # nobody waits for the disk: what a crash takes of a part it takes with the word that the part was done.
            connection.execute("set transaction isolation level read committed; set local synchronous_commit = off")
            part = shadow.take(connection, stage)
            if part is None:
                return
            _DOING[stage](connection, log, part)
            shadow.tick(connection, part)
        told(part.weight)


def _project(connection: Connection, log: Log, part: Part) -> None:
    """The rows of whole appends. What they say of rows of other parts is put aside: those may come later."""
    aside = _Aside()
    for recorded in appends(log, int(part.first), up_to=int(part.last), page=LOT, connection=connection):
        rows, told = rows_of(recorded), actions_told(recorded)
        with Writer(connection) as writer:
            add_rows(writer, rows, SHADOW)
            add_entries(writer, recorded, SHADOW)
            days_ahead(writer, told, SHADOW)
            aside.note(rows, told)
    with Writer(connection) as writer:
        aside.add(writer)


class _Aside:
    """What a part says of rows that may be those of other parts, or that have one for all."""

    def __init__(self) -> None:
        self._superseded: list[tuple[str, str, str, str]] = []
        self._touched: dict[str, int] = {}
        self._subjects: dict[tuple[str, str], int] = {}
        self._targets: dict[tuple[str, str], int] = {}

    def note(self, rows: Rows, told: Sequence[ToldAction]) -> None:
        """Takes what the next appends come to."""
        for table, closed in (("action", rows.closed), ("verification", rows.unverified)):
            first: dict[tuple[str, str], int] = {}  # what came after it within these rows was closed when it was made
            for measure, act, edition in closed:
                first.setdefault((measure, act), edition)
            self._superseded += [(table, *row) for row in rows_noted(first)]
        self._touched |= rows.jurisdictions
        note_subjects(told, self._subjects)
        note_targets(told, self._targets)

    def add(self, writer: Writer) -> None:
        """Puts it where `settle` finds it."""
        writer.add(f"{SHADOW}.superseded (of_table, measure, act, edition)", self._superseded)
        writer.add(
            f"{SHADOW}.touched (jurisdiction, edition)",
            ((code, str(edition)) for code, edition in self._touched.items()),
        )
        writer.add(f"{SHADOW}.said_of (subject, measure, edition)", rows_noted(self._subjects))
        writer.add(f"{SHADOW}.pointed_at (target, jurisdiction, edition)", rows_noted(self._targets))


def _fold(connection: Connection, _: Log, part: Part) -> None:
    """The periods of measures that are in a row."""
    connection.execute("set local work_mem = '32MB'")
    first, last = ([jurisdiction_of(each), each] for each in (part.first, part.last))
    rows = connection.execute(
        f"select measure, data::text from {SHADOW}.action where (jurisdiction, measure) >= (%s, %s)"
        " and (%s = '' or (jurisdiction, measure) < (%s, %s)) and recorded_to is null"
        " order by jurisdiction, measure, position, place",
        [*first, part.last, *last],
    ).fetchall()
    with Writer(connection) as writer:
        writer.copy(columns_of_periods(SHADOW), b"".join(_periods(rows)), binary=True)


def _periods(rows: list[tuple[str, str]]) -> Iterator[bytes]:
    for measure, of in groupby(rows, key=_measure):
        actions = [decode_action(data) for _, data in of]
        boxes = boxes_of(MeasureFold(measure, in_recorded_order(actions)))
        yield rows_of_boxes(measure, boxes)


def _measure(row: tuple[str, str]) -> str:
    return row[0]


def _execute(connection: Connection, _: Log, part: Part) -> None:
    """An index, or something else that a statement does, which the part names."""
    connection.execute("set local maintenance_work_mem = '128MB'")
    if part.stage == "indexes":  # all processors are busy with other parts; at other stages one index is all there is
        connection.execute("set local max_parallel_maintenance_workers = 0")
    connection.execute(part.first.encode())


def _words(connection: Connection, _: Log, part: Part) -> None:
    """The words of the actions of some positions, as the tables have them that were put in place before."""
    add_words(connection, int(part.first) + 1, int(part.last) + 1, into=SHADOW)


_DOING: dict[Stage, Callable[[Connection, Log, Part], None]] = {
    "rows": _project,
    "indexes": _execute,
    "periods": _fold,
    "words": _words,
    "word index": _execute,
}


def settle(connection: Connection) -> None:
    """Says what the parts put aside, once all are there: until when rows stood, and what has one row for all."""
    connection.execute(f"analyze {SHADOW}.superseded")  # mostly little is: not all rows are to be kept to find theirs
    found = connection.execute(f"select distinct of_table from {SHADOW}.superseded").fetchall()
    for (table,) in found:
        connection.execute(
            f"update {SHADOW}.{table} as row set recorded_to = ended.edition from ("
            f"  select standing.ctid as at, min(said.edition) as edition from {SHADOW}.{table} as standing"
            f"    join {SHADOW}.superseded as said using (measure, act)"
            f"   where said.of_table = '{table}' and standing.recorded_to is null"
            "     and said.edition > standing.recorded_from group by standing.ctid) as ended where row.ctid = ended.at"
        )
    connection.execute(
        f"insert into {SHADOW}.jurisdiction (jurisdiction, edition)"
        f" select jurisdiction, max(edition) from {SHADOW}.touched group by jurisdiction"
    )
    connection.execute(
        f"insert into {SHADOW}.named (subject, measure, edition)"
        f" select subject, measure, min(edition) from {SHADOW}.said_of group by subject, measure"
    )
    connection.execute(
        f"insert into {SHADOW}.pointing (target, jurisdiction, edition)"
        f" select target, jurisdiction, min(edition) from {SHADOW}.pointed_at group by target, jurisdiction"
    )


def plan_of_periods(actions: int) -> str:
    """The statement that makes parts of measures in a row, of about so many standing actions each."""
    return (
        f"insert into {SHADOW}.part (stage, first, last, weight)"
        " select 'periods', first, lead(first, 1, '') over (order by lot), number from ("
        "  select lot, (array_agg(measure order by jurisdiction, measure))[1] as first, sum(number)::bigint as number"
        "    from (select jurisdiction, measure, count(*) as number,"
        f"                trunc((sum(count(*)) over (order by jurisdiction, measure) - 1) / {actions}) as lot"
        f"           from {SHADOW}.action where recorded_to is null group by jurisdiction, measure) as counted"
        "   group by lot) as lots order by lot"
    )


def appends(
    log: Log, after: int, *, page: int, up_to: int | None = None, connection: Connection | None = None
) -> Iterator[list[Recorded]]:
    """The log after a position, up to another if given, in pages of whole appends: so many events, or a few more."""
    lot: list[Recorded] = []
    for entry in log.walk(after, up_to=up_to, page=page, connection=connection):
        if len(lot) >= page and entry.edition != lot[-1].edition:
            yield lot
            lot = []
        lot.append(entry)
    if lot:
        yield lot


def bounds(log: Log, connection: Connection, head: int, page: int) -> list[int]:
    """Where the log may be cut into parts of about so many events: at the ends of appends."""
    cuts = {each.edition for each in log.at(range(page, head, page), connection=connection)}
    return sorted(cuts | {head}) if head else []
