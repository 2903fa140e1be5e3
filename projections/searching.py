"""Looking for words in the record: what command line, HTTP and pages have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Literal

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from events.actions import AnyAction
from events.errors import Refusal
from events.vocabulary import jurisdictions_of
from projections.answering import HEAD, Answering, Asked
from projections.answers import RULES, Excerpt, Found, Search
from projections.jurisdictions import UnknownJurisdiction, aliases_of, code_of, name_of
from projections.present import decode_action
from projections.search import Candidate, Text, candidates, fill, lock, named, next_position, reached, texts_of
from projections.sought import Sought, exact_measures, sought
from projections.words import tokens

Told = Callable[[int], None]
"""Hears up to which position the log was read."""

Kind = Literal["jurisdiction", "measure", "act"]

KINDS: tuple[Kind, ...] = ("jurisdiction", "measure", "act")
PAGE = 20
"""How many of each kind a page has, unless asked otherwise."""

PATIENCE_SECONDS = 0.3
"""How long a search reads the log into the index before it answers from what is there."""

MOST_EXCERPTS = 2
"""Places that are shown beside the title."""

LONGEST_EXCERPT = 220
"""Signs of an excerpt: what stands around the first word that was found."""


def _silent(position: int) -> None:
    """Says nothing."""


class SearchBehind(Refusal):
    """A search is of an edition that was read into its index."""

    type = "search-behind"


class Searching:
    """
    Looks for words in editions of the record. Safe to share between threads; the pool belongs to wiring.

    `may_write` is called before the index is added to, and raises a Refusal where there shall be no writing.
    """

    def __init__(
        self,
        answering: Answering,
        pool: ConnectionPool[psycopg.Connection],
        may_write: Callable[[], None] = lambda: None,
    ) -> None:
        self._answering = answering
        self._pool = pool
        self._may_write = may_write

    def search(
        self,
        q: str,
        *,
        kind: Kind | None = None,
        jurisdictions: Sequence[str] = (),
        limit: int = PAGE,
        after: int = 0,
        asked: Asked = HEAD,
        patience: float | None = PATIENCE_SECONDS,
        told: Told = _silent,
    ) -> Search:
        """
        What has the words of `q`: at most `limit` of each kind, or of one, after as many as are passed over.

        What was recorded since the last search is read first, for so many seconds, None for as long as it takes. Where
        that was not enough, the answer is of the edition that was reached, or, of an edition that was asked for by
        name, refused. Raises WordsNeeded and SearchBehind.
        """
        wanted = sought(q)
        position = self._searchable(asked, patience, told)
        with self._answering.edition(Asked(position)) as (connection, edition):
            recorded = _recorded(connection, edition.position)
            found, is_more = candidates(connection, wanted, jurisdictions, edition.position)
            exact = self._exact(connection, q, recorded, jurisdictions, edition.position)
            listed: dict[Kind, list[_Listed]] = {
                "jurisdiction": _jurisdictions(q, wanted, recorded, jurisdictions),
                "measure": _grouped(exact[0], found, "measure"),
                "act": _grouped(exact[1], found, "act"),
            }
            kinds = KINDS if kind is None else (kind,)
            shown = [each for one in kinds for each in listed[one][after : after + limit]]
            results = _told(connection, wanted, shown, recorded, edition.position)
        more = any(len(listed[one]) > after + limit for one in kinds)
        answer = Search(
            q=q,
            position=edition.position,
            recorded_at=edition.recorded_at,
            rules=RULES,
            understood=wanted.understood,
            counts={one: len(listed[one]) for one in KINDS},
            more=is_more,
            results=tuple(sorted(results, key=_exact_first)),
            next=after + limit if more else None,
        )
        given = {
            "q": q,
            "kind": kind,
            "jurisdiction": tuple(jurisdictions),
            "after": after or None,
            "limit": None if limit == PAGE else limit,
        }
        return self._answering.cited(answer, f"search for “{q}”", "/v1/search", given)

    def catch_up(self, patience: float | None = None, told: Told = _silent) -> bool:
        """
        Reads the log into the index, for so many seconds at most; whether it is at the head.

        `told` is called with each position that was reached. Others may do the same meanwhile: each goes on where the
        last one ended.
        """
        self._may_write()
        ends = None if patience is None else monotonic() + patience
        while True:
            with self._pool.connection() as connection:
                lock(connection)
                last = fill(connection)
            if last is None:
                return True
            told(last)
            if ends is not None and monotonic() >= ends:
                with self._pool.connection() as connection:
                    return next_position(connection) is None

    def _searchable(self, asked: Asked, patience: float | None, told: Told) -> int:
        """The edition that is asked for, or the last before it that can be searched. Raises SearchBehind."""
        with self._answering.edition(asked) as (connection, edition):
            position = reached(connection, edition.position)
        if position < edition.position:
            self._try_to_catch_up(patience, told)
            with self._answering.edition(asked) as (connection, edition):
                position = reached(connection, edition.position)
        if position < edition.position and not (asked.position is None and asked.recorded_at is None):
            raise SearchBehind(
                f"The search has read our record up to position {position}, not yet up to {edition.position}. Ask "
                "again in a moment, or leave the edition out.",
                position=edition.position,
                reached=position,
            )
        return position

    def _try_to_catch_up(self, patience: float | None, told: Told) -> None:
        """Where nothing can be written for now, what is there is searched."""
        try:
            self._may_write()
        except Refusal:
            return
        try:
            self.catch_up(patience, told)
        except (psycopg.errors.DiskFull, psycopg.errors.ReadOnlySqlTransaction):
            return

    def _exact(
        self,
        connection: psycopg.Connection,
        q: str,
        recorded: Iterable[str],
        jurisdictions: Sequence[str],
        position: int,
    ) -> tuple[list[Candidate], list[Candidate]]:
        """The measures and the act whose very name is looked for."""
        codes = [code for code in recorded if not jurisdictions or code in jurisdictions]
        measures, acts = named(connection, q.strip().lower(), exact_measures(q, codes), position)
        return measures, [each for each in acts if not jurisdictions or each.measure.partition("/")[0] in jurisdictions]


class _Listed(Struct, frozen=True):
    """Something that was found, before it is told: a jurisdiction, or a measure or an act by one of its actions."""

    kind: Kind
    name: str
    exact: bool
    best: Candidate | None


def _grouped(exact: Iterable[Candidate], found: Iterable[Candidate], kind: Literal["measure", "act"]) -> list[_Listed]:
    """Actions by measure or by act: the best of each, the exact first, then by rank, the latest first."""
    best: dict[str, Candidate] = {}
    for each in (*exact, *found):
        name = each.measure if kind == "measure" else each.act
        if name not in best or _goodness(each) < _goodness(best[name]):
            best[name] = each
    order = sorted(best, key=lambda name: (best[name].rank, -best[name].day.toordinal(), name))
    return [_Listed(kind, name, best[name].rank < 0, best[name]) for name in order]


def _goodness(each: Candidate) -> tuple[int, int, int, int]:
    return each.rank, -each.day.toordinal(), -each.position, each.place


def _recorded(connection: psycopg.Connection, position: int) -> list[str]:
    """The jurisdictions on record at a position, in order of code."""
    rows = connection.execute(
        "select jurisdiction from dateline.jurisdiction j where exists (select from dateline.entry e"
        " where e.jurisdiction = j.jurisdiction and e.position <= %(position)s and e.edition <= %(position)s)",
        {"position": position},
    )
    return sorted(code for (code,) in rows)


def _jurisdictions(q: str, wanted: Sought, recorded: Sequence[str], jurisdictions: Sequence[str]) -> list[_Listed]:
    """
    The jurisdictions that are looked for: the one of this very name, with or without a record, then those on record
    whose names have the words.
    """
    try:
        exact = code_of(q)
    except UnknownJurisdiction:
        exact = ""
    codes = dict.fromkeys([exact] if exact else [])
    for code in sorted(recorded, key=name_of):
        names = (code, name_of(code), *aliases_of(code))
        if any(wanted.is_told_by(list(tokens(name))) for name in names):
            codes[code] = None
    chosen = [code for code in codes if not jurisdictions or code in jurisdictions]
    return [_Listed("jurisdiction", code, code == exact, None) for code in chosen]


def _exact_first(found: Found) -> bool:
    return not found.exact


def _told(
    connection: psycopg.Connection, wanted: Sought, shown: Sequence[_Listed], recorded: Sequence[str], position: int
) -> list[Found]:
    """What was found with its title, and where in it the words stand."""
    places = [(each.best.position, each.best.place) for each in shown if each.best is not None]
    rows = connection.execute(
        "select position, place, data::text from dateline.action join unnest(%s::bigint[], %s::int[])"
        " as wanted (position, place) using (position, place)",
        [[position for position, _ in places], [place for _, place in places]],
    )
    actions = {(position, place): decode_action(data) for position, place, data in rows}
    titles = _titles(connection, [each.name for each in shown if each.kind == "measure"], position)
    found = []
    for each in shown:
        if each.best is None:
            found.append(_jurisdiction_found(each, wanted, recorded))
        else:
            action = actions[each.best.position, each.best.place]
            title = titles.get(each.name, each.name) if each.kind == "measure" else action.act.title
            found.append(_found(each, action, title, wanted))
    return found


def _jurisdiction_found(each: _Listed, wanted: Sought, recorded: Sequence[str]) -> Found:
    title = name_of(each.name)
    return Found(
        kind="jurisdiction",
        name=each.name,
        jurisdiction=each.name,
        title=title,
        exact=each.exact,
        on=None,
        act=None,
        authority=None,
        coverage="recorded" if each.name in recorded else "no_record",
        excerpts=tuple(_excerpts(wanted, title, ())),
    )


def _found(each: _Listed, action: AnyAction, title: str, wanted: Sought) -> Found:
    unseen = {"slug", "instrument", "action", *(("name",) if each.kind == "measure" else ())}  # it is there already
    texts = [text for text in texts_of(action) if text.text != title and text.field not in unseen]
    return Found(
        kind=each.kind,
        name=each.name,
        jurisdiction=action.measure.partition("/")[0],
        title=title,
        exact=each.exact,
        on=action.act.announced_on,
        act=action.act.act,
        authority=action.act.authority,
        coverage="recorded",
        excerpts=tuple(_excerpts(wanted, title, texts)),
    )


def _excerpts(wanted: Sought, title: str, texts: Iterable[Text]) -> Iterable[Excerpt]:
    """The title if it has any of the words, then the text that has most of them, and one that has others."""
    heading = list(tokens(title))
    shown: set[int] = set()
    if marks := wanted.marks(heading):
        shown |= wanted.told_by(heading)
        yield Excerpt(field="title", text=title, marks=tuple(marks))
    told = [(field, text, found, wanted.told_by(found)) for _, field, text in texts if (found := list(tokens(text)))]
    told.sort(key=lambda each: (-len(each[3]), each[0] in _ADDRESSES))
    excerpts = 0
    for field, text, found, has in told:
        if excerpts < MOST_EXCERPTS and (has - shown or (has and excerpts == 0 and field not in _ADDRESSES)):
            excerpts += 1
            shown |= has
            yield _cut(field, text, wanted.marks(found))


_ADDRESSES = ("name", "url")
"""What is shown where nothing else has the words."""


def _cut(field: str, text: str, marks: Sequence[tuple[int, int]]) -> Excerpt:
    """A text around the first of its marks, cut at spaces."""
    start, end = 0, len(text)
    if len(text) > LONGEST_EXCERPT:
        start = max(0, min(marks[0][0] - LONGEST_EXCERPT // 3, len(text) - LONGEST_EXCERPT))
        end = min(len(text), start + LONGEST_EXCERPT)
        if start > 0 and (space := text.find(" ", start, marks[0][0])) >= 0:
            start = space + 1
        if end < len(text) and marks[0][1] <= (space := text.rfind(" ", marks[0][1], end)):
            end = space
    before, after = "… " if start > 0 else "", " …" if end < len(text) else ""
    shift = len(before) - start
    within = tuple((first + shift, last + shift) for first, last in marks if start <= first and last <= end)
    return Excerpt(field=field, text=before + text[start:end] + after, marks=within)


def _titles(connection: psycopg.Connection, measures: Sequence[str], position: int) -> dict[str, str]:
    """The titles of measures at a position: the last that was given, or that of the act that last began it."""
    rows = connection.execute(
        "select measure, data ->> 'title', data -> 'act' ->> 'title'"
        " from dateline.action join dateline.search s using (position, place)"
        " where jurisdiction = any(%(codes)s) and measure = any(%(measures)s)"
        " and recorded_from <= %(position)s and (recorded_to is null or recorded_to > %(position)s)"
        " and (data ->> 'title' is not null or type in ('proposed', 'announced', 'adopted'))"
        " order by s.day, position, place",
        {"measures": list(measures), "codes": jurisdictions_of(measures), "position": position},
    ).fetchall()
    titles = {measure: act_title for measure, _, act_title in rows}
    return titles | {measure: own for measure, own, _ in rows if own is not None}
