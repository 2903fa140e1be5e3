"""
Questions answered in JSON: the bytes that the same answer of `Answering` is written as, found without making it.

At the head they are put together from what is held in memory (`projections.prepared`), at an earlier position made in
full; what was made is kept. Filters are not for here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from threading import Event, Thread
from time import monotonic
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from events.log import Log
from projections.answering import HEAD, Answering, Asked
from projections.answers import Edition, Matrix, State, encode
from projections.bodies import Bodies, Body, Question
from projections.database import is_lost
from projections.following import Follower
from projections.index import Index, NotInMemory, OnRecord
from projections.outlines import World
from projections.prepared import matrix_of, not_at_hand, state_of
from projections.sheets import Sheets
from projections.state import UNION

QUIET_SECONDS = 0.1
"""After how long without a question what was not asked yet is read ahead."""

REST_SECONDS = 0.05
"""How often it is looked whether nobody asks."""

STEP_SECONDS = 0.02
"""How long it is read ahead before it is looked again."""

Connection = psycopg.Connection[tuple[Any, ...]]


class Encoding:
    """Answers questions in JSON. Safe to share between threads."""

    def __init__(self, answering: Answering, log: Log, index: Index, memory: int) -> None:
        """`memory` is for what answers are made of, and for answers, in bytes; the index has its own."""
        self._answering = answering
        self._log = log
        self._index = index
        self._world = World()
        self._sheets = Sheets(memory * 3 // 4)
        self._bodies = Bodies(memory // 4)
        self._follower: Follower | None = None
        self._asked = 0.0
        """When something was asked last."""

    def kept(self) -> tuple[int, int, int]:
        """How many jurisdictions and how many answers are kept in bytes, and how many bytes all of it takes, about."""
        sheets, bodies = self._sheets.counts(), self._bodies.counts()
        return sheets[0], bodies[0], sheets[1] + bodies[1]

    def state(
        self, jurisdiction: str, *, as_of: date | None = None, known_on: date | None = None, asked: Asked = HEAD
    ) -> Body:
        """The rules of a jurisdiction on a day, all of them."""
        as_of, known_on = self._days(as_of, known_on)
        return self._as_bytes(
            Question(jurisdiction, as_of, known_on),
            asked,
            lambda edition: self._answering.state(jurisdiction, as_of=as_of, known_on=known_on, asked=edition),
        )

    def world(self, *, as_of: date | None = None, known_on: date | None = None, asked: Asked = HEAD) -> Body:
        """The rules of the world on a day, all of them."""
        as_of, known_on = self._days(as_of, known_on)
        return self._as_bytes(
            Question(None, as_of, known_on),
            asked,
            lambda edition: self._answering.world(as_of=as_of, known_on=known_on, asked=edition),
        )

    def at_hand(
        self, jurisdiction: str | None, *, as_of: date | None = None, known_on: date | None = None, asked: Asked = HEAD
    ) -> Body | None:
        """
        The state of a jurisdiction, or the world where that is None, if it can be had at once; else None.

        Nothing is waited for, nothing read for the first time.
        """
        as_of, known_on = self._days(as_of, known_on)
        return self._at_hand(Question(jurisdiction, as_of, known_on), asked)

    def _at_hand(self, question: Question, asked: Asked) -> Body | None:
        self._asked = monotonic()
        head = self._head_in_memory()
        if head is None or asked.recorded_at is not None:
            return None
        position = head.position if asked.position is None else asked.position
        if (kept := self._bodies.of((question, position))) is not None:
            return kept
        if position != head.position:
            return None
        try:
            content = self._at_head(question, None, head)
        except NotInMemory:
            return None
        return None if content is None else self._kept(question, content, head)

    def _at_head(self, question: Question, connection: Connection | None, edition: Edition) -> bytes | None:
        """
        An answer put together from what is held in memory; None where that is of another edition.

        Without a connection nothing is read for it. Raises NotInMemory then.
        """
        jurisdiction, as_of, known_on = question
        if jurisdiction is None:
            return self._matrix_of(as_of, known_on, connection, edition)
        return self._state_of(jurisdiction, as_of, known_on, connection, edition)

    def _state_of(
        self, jurisdiction: str, as_of: date, known_on: date, connection: Connection | None, edition: Edition
    ) -> bytes | None:
        def folds(code: str) -> OnRecord:
            return self._index.of_all(connection, edition, [code])[code]

        concerned, given = (jurisdiction, UNION), not_at_hand if connection is None else folds
        if connection is None:
            editions = self._index.latest(edition, concerned)
        elif self._index.is_past(edition.position, concerned) or not self._index.are_latest(
            editions := self._index.editions(connection, edition, concerned)
        ):
            return None
        return state_of(jurisdiction, as_of, known_on, edition, editions, self._sheets, given, self._answering.licence)

    def _matrix_of(self, as_of: date, known_on: date, connection: Connection | None, edition: Edition) -> bytes | None:
        if connection is None:
            world = self._world.at(self._index.latest(edition))
        else:
            editions = self._index.editions(connection, edition, None)
            world = self._world.learn(connection, editions) if self._index.are_latest(editions) else None
        return (
            None
            if world is None
            else matrix_of(as_of, known_on, edition, world, self._world.kinds, self._answering.licence)
        )

    def _as_bytes(self, question: Question, asked: Asked, in_full: Callable[[Asked], State | Matrix]) -> Body:
        """
        A body: at hand, or put together at the head, or the answer in full; the latter at once where what it is about
        is known to have been touched since.

        Raises as `read`. Where the database is away, what memory holds is the answer, and says so.
        """
        body = self._at_hand(question, asked)
        if body is not None:
            return body
        concerned = () if question.jurisdiction is None else (question.jurisdiction, UNION)
        if asked.position is not None and self._head_in_memory() and self._index.is_past(asked.position, concerned):
            return self._in_full(question, in_full(asked))
        try:
            with self._answering.edition(asked, steady=True) as (connection, edition):
                if (kept := self._bodies.of((question, edition.position))) is not None:
                    return kept
                content = self._at_head(question, connection, edition)
        except psycopg.OperationalError as error:
            body = self._remembered(question, asked) if is_lost(error) else None
            if body is not None:
                return body
            answer = in_full(asked)
            edition = Edition(answer.position, answer.recorded_at)
            return Body(question, encode(answer), edition, self._answering.licence)
        if content is None:
            return self._in_full(question, in_full(asked.at(edition.position)))
        return self._kept(question, content, edition)

    def _in_full(self, question: Question, answer: State | Matrix) -> Body:
        return self._kept(question, encode(answer), Edition(answer.position, answer.recorded_at))

    def _remembered(self, question: Question, asked: Asked) -> Body | None:
        """What memory holds for whoever takes an answer from it while the database is away, who is told."""
        edition = self._answering.remembered(asked)
        if asked.from_memory is None or edition is None:
            return None
        try:
            content = self._at_head(question, None, edition)
        except NotInMemory:
            return None
        if content is None:
            return None
        asked.from_memory()
        return self._kept(question, content, edition)

    def _kept(self, question: Question, content: bytes, edition: Edition) -> Body:
        body = Body(question, content, edition, self._answering.licence)
        self._bodies.keep((question, edition.position), body)
        return body

    def _head_in_memory(self) -> Edition | None:
        """The head, where it is known without the database; else None."""
        follower, last = self._follower, self._index.last
        if follower is None or last is None or not follower.is_awake or self._log.seen.highest() > last.position:
            return None
        return last

    @contextmanager
    def following(self, follower: Follower) -> Iterator[None]:
        """
        Learns of appends from a follower of the log, as long as the block lasts, instead of asking with each question.

        What this process acknowledged, and those with whom it shares what was seen, is in every answer all the same;
        what others recorded is in it as soon as the follower was told, some milliseconds later.
        """

        def learn(_: int) -> None:
            with suppress(psycopg.Error, PoolTimeout), self._answering.edition(HEAD):
                pass

        over = Event()
        reader = Thread(target=self._read_on, args=[over], name="reader", daemon=True)
        with follower.telling(learn):
            self._follower = follower
            reader.start()
            try:
                yield
            finally:
                over.set()
                reader.join()
                self._follower = None

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has asked anything for a moment: what can wait is done then."""
        return monotonic() - self._asked > QUIET_SECONDS

    def _read_on(self, over: Event) -> None:
        """Reads on while nobody asks anything, until it is over."""
        while not over.wait(REST_SECONDS):
            if self.is_quiet:
                with suppress(psycopg.Error, PoolTimeout):
                    while self.read_on() and self.is_quiet and not over.is_set():
                        pass

    def read_on(self) -> bool:
        """
        Reads some of what was not read yet of a jurisdiction that is kept, for whoever asks about other days of it.

        Says whether there was anything, and room for it. Takes some hundredths of a second.
        """
        found = self._sheets.unread()
        if found is None:
            return False
        code, sheet = found
        with self._answering.edition(HEAD) as (connection, edition):
            if self._index.editions(connection, edition, [code]).get(code) != sheet.edition:
                self._sheets.drop(code, sheet)  # whoever asks about it again begins with what was recorded since
                return True
            folds = self._index.of_all(connection, edition, [code])[code].folds
        until = monotonic() + STEP_SECONDS
        for track in sheet.unread():
            while track.unread and monotonic() < until:
                track.read_on(folds[track.measure])
        if next(sheet.unread(), None) is None:
            sheet.lay_out()
        self._sheets.keep(code, sheet)
        return True

    def _days(self, as_of: date | None, known_on: date | None) -> tuple[date, date]:
        as_of = self._answering.today() if as_of is None else as_of
        return as_of, as_of if known_on is None else known_on
