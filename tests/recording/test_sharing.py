"""Writes that wait for another share a transaction, each with an append of its own; a refusal is that of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from events.commands import AnyCommand
from events.errors import NotBegun, OtherContent, Refusal
from projections.answers import Written
from projections.rebuild import TABLES, rebuild
from services import recording, sharing
from services.operations.wiring import Service
from services.recording import RevisionsDiffer
from services.sharing import Condition
from tests.recording.telling import act, did, retract

Asked = Callable[[], Written]


def adopted(letter: str) -> AnyCommand:
    """An act on a measure of its own."""
    return act(f"xa-{letter}", "2020-03-01", did("adopted", f"XA/{letter}"))


def noted(letter: str) -> AnyCommand:
    """A later act on the same measure."""
    return act(f"xa-{letter}-noted", "2020-04-01", did("noted", f"XA/{letter}"))


def at_once(opened: Service, *asked: Asked, waiting: Callable[[], int] | None = None) -> list[Future[Written]]:
    """Asks for writes while another is under way, in this order, and lets them go on together once so many wait."""
    waiting = waiting or (lambda: len(opened.recording._waiting._waiting))
    with ThreadPoolExecutor(len(asked)) as pool:
        opened.recording._turn.acquire()
        made = []
        for number, each in enumerate(asked, 1):
            made.append(pool.submit(each))
            while waiting() < number:
                time.sleep(0.001)
        opened.recording._turn.release()
    return made


def writing(opened: Service, command: AnyCommand, by: str = "ada", **named: Any) -> Asked:
    """A write, to be made when it is called."""
    return lambda: opened.recording.write([command], recorded_by=by, **named)


def transactions(opened: Service) -> list[int]:
    """How many appends each transaction made, in their order."""
    with opened.pool.connection() as connection:
        rows = connection.execute(
            "select count(distinct edition) from dateline.event group by xmin::text order by min(position)"
        )
        return [number for (number,) in rows]


def tables(opened: Service) -> dict[str, list[str]]:
    """Every row of the read model, but for the words, which whoever searches fills."""
    with opened.pool.connection() as connection:
        return {
            table: [row for (row,) in connection.execute(f"select t::text from dateline.{table} t order by 1")]
            for table in TABLES
            if table != "search"
        }


def test_writes_that_wait_share_a_transaction_and_are_appends_of_their_own(opened: Service) -> None:
    made = at_once(opened, *(writing(opened, adopted(letter), by) for letter, by in zip("abcd", "pqrs", strict=True)))
    assert transactions(opened) == [4]
    assert [each.result().positions for each in made] == [(1,), (2,), (3,), (4,)]
    log = opened.log.read()
    assert [(each.position, each.edition, each.recorded_by) for each in log] == [
        (1, 1, "p"), (2, 2, "q"), (3, 3, "r"), (4, 4, "s"),
    ]  # fmt: skip
    assert len({each.batch for each in log}) == 4
    live = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) == live


def test_writes_on_measures_that_are_kept_folded_share_one_too(opened: Service) -> None:
    opened.recording.record([adopted("a"), adopted("b")], recorded_by="ada")
    at_once(opened, writing(opened, noted("a")), writing(opened, noted("b")), writing(opened, adopted("c")))
    assert transactions(opened) == [1, 3]
    opened.recording.record(
        [act("xa-last", "2021-01-01", did("amended", "XA/a", effects=["restricts"]))], recorded_by="a"
    )
    live = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) == live


def test_what_is_refused_is_refused_alone(opened: Service) -> None:
    opened.recording.record([adopted("a")], recorded_by="ada")
    other = act("xa-a", "2020-05-01", did("adopted", "XA/elsewhere"))
    ended = act("xa-end", "2020-05-01", did("ended", "XA/nowhere"))
    asked = [adopted("b"), other, ended, noted("a"), adopted("a"), adopted("c")]
    made = at_once(
        opened,
        *(writing(opened, each) for each in asked[:4]),
        writing(opened, asked[5]),
        writing(opened, adopted("d"), expected={"XA/d": 3}),
        writing(opened, adopted("e"), condition=Condition("select 1", _no)),
    )
    assert [type(each.exception()) for each in made] == [
        type(None), OtherContent, NotBegun, type(None), type(None), RevisionsDiffer, NotAllowed,
    ]  # fmt: skip
    assert transactions(opened) == [1, 3]
    assert [each.event.act.act for each in opened.log.read(1)] == ["xa-b", "xa-a-noted", "xa-c"]  # type: ignore[union-attr]
    live = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) == live


class NotAllowed(Refusal):
    """Nobody may."""

    type = "not-allowed"


def _no(rows: Sequence[Sequence[Any]]) -> None:
    assert rows == [(1,)]
    raise NotAllowed("Nobody may.")


def test_writes_that_concern_one_another_are_made_one_after_the_other(opened: Service) -> None:
    made = at_once(
        opened,
        writing(opened, adopted("a")),
        writing(opened, noted("a")),
        writing(opened, adopted("a")),
        writing(opened, adopted("b")),
    )
    assert [each.exception() for each in made] == [None] * 4
    assert made[0].result().positions == made[2].result().positions == (1,)
    assert transactions(opened) == [2, 1]


class LastFirst:
    """A lock that goes to whoever asked for it last: the system's promises no order either."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held = False
        self.asked: list[int] = []

    def acquire(self, timeout: float = -1) -> bool:
        """Takes the lock, after whoever asked later."""
        with self._changed:
            self.asked.append(threading.get_ident())
            self._changed.wait_for(lambda: not self._held and self.asked[-1] == threading.get_ident())
            self.asked.pop()
            self._held = True
            return True

    def release(self) -> None:
        """Gives it to the next."""
        with self._changed:
            self._held = False
            self._changed.notify_all()


def test_writes_are_made_in_the_order_in_which_they_came_whoever_is_given_the_lock(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = LastFirst()
    monkeypatch.setattr(opened.recording, "_turn", turn)
    asked = (adopted("a"), noted("a"), retract("xa-a-noted"), adopted("b"))
    made = at_once(opened, *(writing(opened, each) for each in asked), waiting=lambda: len(turn.asked))
    assert [each.exception() for each in made] == [None] * 4
    assert [each.result().positions for each in made] == [(1,), (2,), (3,), (4,)]
    assert transactions(opened) == [1, 1, 1, 1]


def test_none_shares_a_transaction_that_is_before_one_that_it_concerns(opened: Service) -> None:
    both = act("xa-both", "2020-03-02", did("noted", "XA/a"), did("adopted", "XA/b"))
    made = at_once(opened, *(writing(opened, each) for each in (adopted("a"), both, noted("b"), adopted("c"))))
    assert [each.result().positions for each in made] == [(1,), (3, 4), (5,), (2,)]
    assert transactions(opened) == [2, 1, 1]


def test_a_retraction_is_made_by_itself_and_nothing_before_it_that_came_after(opened: Service) -> None:
    opened.recording.record([adopted("a")], recorded_by="ada")
    made = at_once(
        opened,
        writing(opened, adopted("b")),
        writing(opened, retract("xa-a")),
        writing(opened, adopted("c")),
    )
    assert [each.exception() for each in made] == [None] * 3
    assert transactions(opened) == [1, 1, 1, 1]


def test_what_cannot_be_projected_does_not_keep_others_from_it(
    opened: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = recording.project

    def poisoned(connection: Any, recorded: Sequence[Any], *given: Any) -> Any:
        if any(each.stream == "XA/b" for each in recorded):
            raise ZeroDivisionError
        return project(connection, recorded, *given)

    monkeypatch.setattr(recording, "project", poisoned)
    made = at_once(opened, *(writing(opened, adopted(letter)) for letter in "abc"))
    assert [type(each.exception()) for each in made] == [type(None), ZeroDivisionError, type(None)]
    assert [each.stream for each in opened.log.read()] == ["XA/a", "XA/c"]
    live = tables(opened)
    rebuild(opened.pool, opened.log)
    assert tables(opened) == live


def test_no_more_share_one_than_the_lock_may_be_held_for(opened: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST", 3)
    at_once(opened, *(writing(opened, adopted(letter)) for letter in "abcdefgh"))
    assert sorted(transactions(opened), reverse=True) == [3, 3, 2]
