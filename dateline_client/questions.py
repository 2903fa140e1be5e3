"""
What can be asked and written: each function makes a request and says what its answer is. Nothing is sent here.

Days are dates or texts (`2019-11-20`), moments are datetimes with their zone or texts (`2026-11-24T08:00:00Z`). What
may repeat is one text or a sequence of them. A jurisdiction is its code or its English name, a measure `US/eo-13873`.
What is left out is what the service has by default; what the service does not take, it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from dateline_client import answers
from dateline_client.answers import Answer, Cited, Event, Panel, answer_of, rows_of

Day = date | str
Moment = datetime | str
Many = str | Sequence[str]
Classes = Literal["include", "exclude"]
Expected = Mapping[str, int]
Entry = Mapping[str, Any]
"""An act with its jurisdiction, as the record format has them: `{"jurisdiction": "XA", "act": {…}}`."""

T_co = TypeVar("T_co", covariant=True)
A = TypeVar("A", bound=Answer)
C = TypeVar("C", bound=Cited)
Row_co = TypeVar("Row_co", covariant=True)
Row = TypeVar("Row")


class Reply(NamedTuple):
    """What came back: the address of the service, the headers, the body."""

    base: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Question(Generic[T_co]):
    """A request, and how its answer is read. One without a body changes nothing, and may be sent again."""

    path: str
    read: Callable[[Reply], T_co]
    parameters: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    accept: str = "application/json"


class Page(Protocol[Row_co]):
    """Rows, and where those that follow are asked for."""

    @property
    def rows(self) -> Sequence[Row_co]: ...
    @property
    def position(self) -> int: ...
    @property
    def next(self) -> int | str | None: ...


@dataclass(frozen=True)
class Pages(Generic[Row]):
    """What is asked page by page. All pages are of the edition of the first, so that they fit together."""

    first: Question[Page[Row]]

    def after(self, page: Page[Row]) -> Question[Page[Row]] | None:
        """The question for the page that follows one; None after the last."""
        if page.next is None:
            return None
        kept = [each for each in self.first.parameters if each[0] not in ("after", "position", "recorded_at")]
        return replace(self.first, parameters=(*kept, *_written(after=page.next, position=page.position)))


@dataclass(frozen=True)
class Stream:
    """A stream of the log that is to be followed."""

    path: str
    parameters: tuple[tuple[str, str], ...]


def jurisdictions(
    *, position: int | None = None, recorded_at: Moment | None = None, rules: str | None = None
) -> Question[answers.Jurisdictions]:
    """Every jurisdiction on record, and how far the record of it reaches."""
    given = _written(position=position, recorded_at=recorded_at, rules=rules)
    return _asked("/v1/jurisdictions", answers.Jurisdictions, given)


def state(
    jurisdiction: str,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
    status: Many = (),
    effect: Many = (),
    subject: Many = (),
    scope: Many = (),
    classes: Classes | None = None,
    verified: str | None = None,
) -> Question[answers.State]:
    """The rules of a jurisdiction on a day, as the public knew them on another. Filters choose among its measures."""
    given = _written(
        as_of=as_of, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules,
        status=status, effect=effect, subject=subject, scope=scope, classes=classes, verified=verified,
    )  # fmt: skip
    return _asked(f"{_of(jurisdiction)}/state", answers.State, given)


def world(
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
    status: Many = (),
    effect: Many = (),
    subject: Many = (),
    scope: Many = (),
    classes: Classes | None = None,
    verified: str | None = None,
) -> Question[answers.World]:
    """The world on a day, a row a jurisdiction; with filters, those with one measure that matches all of them."""
    given = _written(
        as_of=as_of, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules,
        status=status, effect=effect, subject=subject, scope=scope, classes=classes, verified=verified,
    )  # fmt: skip
    return _asked("/v1/state", answers.World, given)


def pressure(
    jurisdiction: str,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.Pressure]:
    """The measures of others that are aimed at a jurisdiction on a day."""
    given = _written(as_of=as_of, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules)
    return _asked(f"{_of(jurisdiction)}/pressure", answers.Pressure, given)


def changes(
    jurisdiction: str,
    *,
    from_: Day,
    to: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.Changes]:
    """The changes of a jurisdiction from one day to another, both inclusive."""
    given = _written(from_=from_, to=to, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules)
    return _asked(f"{_of(jurisdiction)}/changes", answers.Changes, given)


def world_changes(
    *,
    from_: Day,
    to: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
    jurisdictions: Many = (),
    effect: Many = (),
    subject: Many = (),
    scope: Many = (),
    classes: Classes | None = None,
    page: int = 500,
) -> Pages[answers.Change]:
    """The changes of some jurisdictions, or of the world, one by one; `page` are asked for at once, at most 1000."""
    given = _written(
        from_=from_, to=to, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules,
        jurisdiction=jurisdictions, effect=effect, subject=subject, scope=scope, classes=classes, limit=page,
    )  # fmt: skip
    return Pages(_asked("/v1/changes", answers.ChangesPage, given))


def series(
    *,
    from_: Day,
    to: Day | None = None,
    step: Literal["month", "quarter", "year"] | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
    jurisdictions: Many = (),
    status: Many = (),
    effect: Many = (),
    subject: Many = (),
    scope: Many = (),
    classes: Classes | None = None,
    verified: str | None = None,
) -> Question[answers.Series]:
    """How many jurisdictions prohibit, restrict and so on, at the end of each month, quarter or year."""
    given = _written(
        from_=from_, to=to, step=step, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules,
        jurisdiction=jurisdictions, status=status, effect=effect, subject=subject, scope=scope, classes=classes,
        verified=verified,
    )  # fmt: skip
    return _asked("/v1/series", answers.Series, given)


def deadlines(
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
    jurisdictions: Many = (),
    status: Many = (),
    due_from: Day | None = None,
    due_to: Day | None = None,
    verified: str | None = None,
) -> Question[answers.Deadlines]:
    """Deadlines on a day, by the day due."""
    given = _written(
        as_of=as_of, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules,
        jurisdiction=jurisdictions, status=status, due_from=due_from, due_to=due_to, verified=verified,
    )  # fmt: skip
    return _asked("/v1/deadlines", answers.Deadlines, given)


def measure(
    measure: str,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.Measure]:
    """One measure on a day, with its profile over time. ValueError where its name has no jurisdiction."""
    given = _written(as_of=as_of, known_on=known_on, position=position, recorded_at=recorded_at, rules=rules)
    return _asked(_measure(measure), answers.Measure, given)


def history(
    measure: str, *, position: int | None = None, recorded_at: Moment | None = None, rules: str | None = None
) -> Question[answers.History]:
    """Every entry of a measure's stream, with its sources. ValueError where its name has no jurisdiction."""
    given = _written(position=position, recorded_at=recorded_at, rules=rules)
    return _asked(f"{_measure(measure)}/history", answers.History, given)


def act(
    act: str, *, position: int | None = None, recorded_at: Moment | None = None, rules: str | None = None
) -> Question[answers.Act]:
    """Everything that was recorded of an act."""
    return _asked(_act(act), answers.Act, _written(position=position, recorded_at=recorded_at, rules=rules))


def restatement(
    jurisdiction: str,
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    from_position: int | None = None,
    from_recorded_at: Moment | None = None,
    to_position: int | None = None,
    to_recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.Restatement]:
    """What a report on a day said at an earlier edition of the record, what it says at a later one, and why."""
    given = _written(
        as_of=as_of, known_on=known_on, from_position=from_position, from_recorded_at=from_recorded_at,
        to_position=to_position, to_recorded_at=to_recorded_at, rules=rules,
    )  # fmt: skip
    return _asked(f"{_of(jurisdiction)}/restatement", answers.Restatement, given)


def world_restatement(
    *,
    as_of: Day | None = None,
    known_on: Day | None = None,
    from_position: int | None = None,
    from_recorded_at: Moment | None = None,
    to_position: int | None = None,
    to_recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.WorldRestatement]:
    """Of which jurisdictions a report on a day says otherwise at a later edition of the record, and why."""
    given = _written(
        as_of=as_of, known_on=known_on, from_position=from_position, from_recorded_at=from_recorded_at,
        to_position=to_position, to_recorded_at=to_recorded_at, rules=rules,
    )  # fmt: skip
    return _asked("/v1/restatement", answers.WorldRestatement, given)


def comparison(
    jurisdiction: str,
    *,
    from_: Day | None = None,
    to: Day | None = None,
    from_known_on: Day | None = None,
    to_known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.Comparison]:
    """A jurisdiction on two days, or on one day by the eyes of two: what differs."""
    given = _written(
        from_=from_, to=to, from_known_on=from_known_on, to_known_on=to_known_on, position=position,
        recorded_at=recorded_at, rules=rules,
    )  # fmt: skip
    return _asked(f"{_of(jurisdiction)}/comparison", answers.Comparison, given)


def world_comparison(
    *,
    from_: Day | None = None,
    to: Day | None = None,
    from_known_on: Day | None = None,
    to_known_on: Day | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.WorldComparison]:
    """The jurisdictions that read otherwise on two days, or on one day by the eyes of two."""
    given = _written(
        from_=from_, to=to, from_known_on=from_known_on, to_known_on=to_known_on, position=position,
        recorded_at=recorded_at, rules=rules,
    )  # fmt: skip
    return _asked("/v1/comparison", answers.WorldComparison, given)


def search(
    q: str,
    *,
    kind: Literal["jurisdiction", "measure", "act"] | None = None,
    jurisdictions: Many = (),
    limit: int | None = None,
    after: int | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[answers.Search]:
    """What in the record has the words of `q`; `after` passes over so many of each kind."""
    given = _written(
        q=q, kind=kind, jurisdiction=jurisdictions, limit=limit, after=after, position=position,
        recorded_at=recorded_at, rules=rules,
    )  # fmt: skip
    return _asked("/v1/search", answers.Search, given)


def codebook() -> Question[answers.Codebook]:
    """What the words of the record mean."""
    return _asked("/v1/codebook", answers.Codebook)


def panel(
    *,
    from_: Day,
    to: Day | None = None,
    known_on: Day | None = None,
    of: Literal["headline", "measure"] = "headline",
    jurisdictions: Many = (),
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
) -> Question[Panel]:
    """
    Each day of a window, both ends inclusive, for each jurisdiction (by headline) or measure; ordered by name and day.

    Without `known_on` each day is read by the eyes of that day. All rows are held: a row is about a kilobyte.
    """
    given = _written(
        from_=from_, to=to, known_on=known_on, of=of, jurisdiction=jurisdictions, position=position,
        recorded_at=recorded_at, rules=rules, format="jsonl",
    )  # fmt: skip
    path = "/v1/exports/panel"

    def read(reply: Reply) -> Panel:
        asked = f"{path}?{urlencode(given)}"  # which is pinned already where no other place is told
        return Panel(rows_of(reply.body), reply.base + reply.headers.get("content-location", asked), of)

    return Question(path, read, given, accept="*/*")


def log(
    *,
    after: int | None = None,
    position: int | None = None,
    recorded_at: Moment | None = None,
    rules: str | None = None,
    jurisdictions: Many = (),
    measure: Many = (),
    act: Many = (),
    type: Many = (),
    recorded_by: Many = (),
    batch: Many = (),
    page: int = 500,
) -> Pages[Event]:
    """The events of the log after a position, one by one in order; `page` are asked for at once, at most 1000."""
    given = _written(
        after=after, position=position, recorded_at=recorded_at, rules=rules, jurisdiction=jurisdictions,
        measure=measure, act=act, type=type, recorded_by=recorded_by, batch=batch, limit=page,
    )  # fmt: skip
    return Pages(_asked("/v1/log", answers.LogPage, given))


def follow(
    *,
    after: int | None = None,
    jurisdictions: Many = (),
    measure: Many = (),
    act: Many = (),
    type: Many = (),
    recorded_by: Many = (),
    batch: Many = (),
) -> Stream:
    """
    The events of the log as they are recorded, each once and in order, without an end: after a position, or from now.

    Where the stream is cut off, it is asked for again and goes on after the last event that came.
    """
    given = _written(
        after=after, jurisdiction=jurisdictions, measure=measure, act=act, type=type, recorded_by=recorded_by,
        batch=batch,
    )  # fmt: skip
    return Stream("/v1/log/stream", given)


Wrote = answers.Written | answers.Preview


def record(
    acts: Entry | Sequence[Entry], *, expected: Expected | None = None, dry_run: bool = False
) -> Question[Wrote]:
    """Records one act or up to 1000, all or nothing. `expected` are the revisions of measures that it rests on."""
    body = dict(acts) if isinstance(acts, Mapping) else {"acts": list(acts)}
    return _writes("/v1/acts", dry_run, expected, body)


def correct(
    act: str,
    *,
    jurisdiction: str,
    reason: str,
    replacement: Mapping[str, Any],
    note: str | None = None,
    expected: Expected | None = None,
    dry_run: bool = False,
) -> Question[Wrote]:
    """Says how an act should have read, whole, and why."""
    body = {"jurisdiction": jurisdiction, "reason": reason, "note": note, "replacement": replacement}
    return _writes(f"{_act(act)}/corrections", dry_run, expected, body)


def retract(
    act: str, *, reason: str, note: str | None = None, expected: Expected | None = None, dry_run: bool = False
) -> Question[Wrote]:
    """Says that an act should never have been recorded, and why."""
    return _writes(f"{_act(act)}/retraction", dry_run, expected, {"reason": reason, "note": note})


def verify(
    act: str,
    *,
    level: str,
    note: str | None = None,
    url: str | None = None,
    expected: Expected | None = None,
    dry_run: bool = False,
) -> Question[Wrote]:
    """Says on what an act rests, as somebody else than who recorded it found."""
    return _writes(f"{_act(act)}/verification", dry_run, expected, {"level": level, "note": note, "url": url})


def review(
    jurisdiction: str,
    *,
    reviewed_on: Day,
    note: str | None = None,
    expected: Expected | None = None,
    dry_run: bool = False,
) -> Question[Wrote]:
    """Says that a jurisdiction was looked through on a day and nothing new was found."""
    return _writes(f"{_of(jurisdiction)}/reviews", dry_run, expected, {"reviewed_on": reviewed_on, "note": note})


def undo(
    batch: str, *, reason: str, note: str | None = None, expected: Expected | None = None, dry_run: bool = False
) -> Question[Wrote]:
    """Brings every act of an import or a write back to where it stood before, or nothing."""
    path = f"/v1/batches/{quote(batch, safe='')}/retraction"
    return _writes(path, dry_run, expected, {"reason": reason, "note": note})


def again(answer: C) -> Question[C]:
    """The same answer, from its pinned address."""
    return _asked(answer.cite.url, type(answer))


def _asked(path: str, shape: type[A], given: tuple[tuple[str, str], ...] = ()) -> Question[A]:
    return Question(path, partial(_told, shape), given)


def _told(shape: type[A], reply: Reply) -> A:
    return answer_of(shape, reply.body, reply.base)


def _writes(path: str, dry_run: bool, expected: Expected | None, body: Mapping[str, Any]) -> Question[Wrote]:
    told = {name: value for name, value in {**body, "expected": expected}.items() if value is not None}
    shape: type[Wrote] = answers.Preview if dry_run else answers.Written
    return Question(path, partial(_told, shape), _written(dry_run=dry_run), msgspec.json.encode(told))


def _of(jurisdiction: str) -> str:
    return f"/v1/jurisdictions/{quote(jurisdiction, safe='')}"


def _act(act: str) -> str:
    return f"/v1/acts/{quote(act, safe='')}"


def _measure(measure: str) -> str:
    code, slash, slug = measure.partition("/")
    if not slash:
        raise ValueError(f"'{measure}' names no jurisdiction: write a measure as US/eo-13873.")
    return f"/v1/measures/{quote(code, safe='')}/{quote(slug, safe='')}"


def _written(**given: Any) -> tuple[tuple[str, str], ...]:
    """Parameters as they stand in an address; what is None or empty is left out."""
    return tuple(
        (name.rstrip("_"), _text(each))
        for name, value in given.items()
        for each in (value if isinstance(value, Iterable) and not isinstance(value, str) else (value,))
        if each is not None and each is not False
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true"
    return value.isoformat() if isinstance(value, date) else str(value)
