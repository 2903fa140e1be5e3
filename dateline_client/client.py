"""
Two clients, one that waits and one that is awaited. What they can be asked stands in `questions`, once for both.

A read that is told to come back later (429 or 503 with Retry-After) is sent again; a write never is.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.metadata import version
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

import httpx

from dateline_client import questions
from dateline_client.answers import Cited, Event
from dateline_client.following import SILENCE_SECONDS, Following
from dateline_client.problems import Problem, Unreachable, problem_of
from dateline_client.questions import Pages, Question, Reply, Stream

URL = "http://127.0.0.1:8321"
"""Where a service is, unless a client is told otherwise."""

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=Cited)
Row = TypeVar("Row")


class Asks(Generic[P, T]):
    """A method of both clients that asks one question."""

    def __init__(self, make: Callable[P, Question[T]]) -> None:
        self._make = make

    @overload
    def __get__(self, client: None, owner: object = None) -> Callable[P, Question[T]]: ...
    @overload
    def __get__(self, client: Client, owner: object = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: object = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Client | AsyncClient | None, owner: object = None) -> Any:
        return self._make if client is None else _method(self._make, client.ask)


class GoesThrough(Generic[P, Row]):
    """A method of both clients that goes through pages."""

    def __init__(self, make: Callable[P, Pages[Row]]) -> None:
        self._make = make

    @overload
    def __get__(self, client: None, owner: object = None) -> Callable[P, Pages[Row]]: ...
    @overload
    def __get__(self, client: Client, owner: object = None) -> Callable[P, Iterator[Row]]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: object = None) -> Callable[P, AsyncIterator[Row]]: ...
    def __get__(self, client: Client | AsyncClient | None, owner: object = None) -> Any:
        return self._make if client is None else _method(self._make, client.rows)


class Follows(Generic[P]):
    """A method of both clients that follows a stream."""

    def __init__(self, make: Callable[P, Stream]) -> None:
        self._make = make

    @overload
    def __get__(self, client: None, owner: object = None) -> Callable[P, Stream]: ...
    @overload
    def __get__(self, client: Client, owner: object = None) -> Callable[P, Iterator[Event]]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: object = None) -> Callable[P, AsyncIterator[Event]]: ...
    def __get__(self, client: Client | AsyncClient | None, owner: object = None) -> Any:
        return self._make if client is None else _method(self._make, client.events)


def _method(make: Callable[P, Any], then: Callable[[Any], Any]) -> Callable[P, Any]:
    @wraps(make)
    def asked(*args: P.args, **kwargs: P.kwargs) -> Any:
        return then(make(*args, **kwargs))

    return asked


class Methods:
    """
    What both clients can be asked, and how they are made.

    `url` is the address of the service. `key` is an API key; without one, that of the environment variable
    DATELINE_KEY, if any. `timeout`: how many seconds the service may be silent. `patience`: how many seconds one read
    waits at most where it is told to come back later, and a stream until it gives up a service that is not there.
    """

    jurisdictions = Asks(questions.jurisdictions)
    state = Asks(questions.state)
    world = Asks(questions.world)
    pressure = Asks(questions.pressure)
    changes = Asks(questions.changes)
    world_changes = GoesThrough(questions.world_changes)
    series = Asks(questions.series)
    panel = Asks(questions.panel)
    deadlines = Asks(questions.deadlines)
    measure = Asks(questions.measure)
    history = Asks(questions.history)
    act = Asks(questions.act)
    restatement = Asks(questions.restatement)
    world_restatement = Asks(questions.world_restatement)
    comparison = Asks(questions.comparison)
    world_comparison = Asks(questions.world_comparison)
    search = Asks(questions.search)
    codebook = Asks(questions.codebook)
    log = GoesThrough(questions.log)
    follow = Follows(questions.follow)
    record = Asks(questions.record)
    correct = Asks(questions.correct)
    retract = Asks(questions.retract)
    verify = Asks(questions.verify)
    review = Asks(questions.review)
    undo = Asks(questions.undo)

    def __init__(
        self, url: str = URL, *, key: str | None = None, timeout: float = 60.0, patience: float = 60.0
    ) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._patience = patience
        key = (os.environ.get("DATELINE_KEY", "") if key is None else key).strip()
        if not key.isascii():
            raise ValueError("The key has signs that no key has: give it as it was shown when it was made.")
        self._headers = {"User-Agent": f"dateline-client/{version('dateline')}"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    @property
    def _made(self) -> dict[str, Any]:
        return {"base_url": self.url, "headers": self._headers, "timeout": self._timeout}

    def _answer(self, question: Question[T], response: httpx.Response) -> T:
        return question.read(Reply(self.url, response.headers, response.content))


class Client(Methods):
    __doc__ = f"{__doc__}\n{Methods.__doc__}"

    def __init__(
        self, url: str = URL, *, key: str | None = None, timeout: float = 60.0, patience: float = 60.0
    ) -> None:
        super().__init__(url, key=key, timeout=timeout, patience=patience)
        self._http = httpx.Client(**self._made)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of its connections."""
        self._http.close()

    def ask(self, question: Question[T]) -> T:
        """The answer to a question. Raises Problem, Unreachable, Misunderstood."""
        tries = _Tries(question, self._patience)
        while True:
            with _reaching(self.url):
                response = self._http.request(**_request(question))
            if response.is_success:
                return self._answer(question, response)
            time.sleep(tries.seconds(_problem(response)))

    def again(self, answer: C) -> C:
        """The same answer, asked for at its pinned address. Raises what `ask` raises."""
        return self.ask(questions.again(answer))

    def rows(self, pages: Pages[Row]) -> Iterator[Row]:
        """The rows of all pages, each asked for when it is needed. Raises what `ask` raises."""
        question: Question[questions.Page[Row]] | None = pages.first
        while question is not None:
            page = self.ask(question)
            yield from page.rows
            question = pages.after(page)

    def events(self, stream: Stream) -> Iterator[Event]:
        """The events of a stream, over as many connections as it takes. Raises what `ask` raises."""
        following = Following(stream, self._patience)
        while True:
            try:
                with self._http.stream("GET", **_connection(following)) as response:
                    if response.is_success:
                        for piece in response.iter_bytes():
                            yield from following.events(piece)
                    else:
                        response.read()
                    trouble = _ended(response)
            except httpx.RequestError as error:
                trouble = error
            following.cut(trouble)
            time.sleep(following.pause)


class AsyncClient(Methods):
    """A client whose answers are awaited, under asyncio."""

    __doc__ = f"{__doc__}\n{Methods.__doc__}"

    def __init__(
        self, url: str = URL, *, key: str | None = None, timeout: float = 60.0, patience: float = 60.0
    ) -> None:
        super().__init__(url, key=key, timeout=timeout, patience=patience)
        self._http = httpx.AsyncClient(**self._made)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Lets go of its connections."""
        await self._http.aclose()

    async def ask(self, question: Question[T]) -> T:
        """The answer to a question. Raises Problem, Unreachable, Misunderstood."""
        tries = _Tries(question, self._patience)
        while True:
            with _reaching(self.url):
                response = await self._http.request(**_request(question))
            if response.is_success:
                return self._answer(question, response)
            await asyncio.sleep(tries.seconds(_problem(response)))

    async def again(self, answer: C) -> C:
        """The same answer, asked for at its pinned address. Raises what `ask` raises."""
        return await self.ask(questions.again(answer))

    async def rows(self, pages: Pages[Row]) -> AsyncIterator[Row]:
        """The rows of all pages, each asked for when it is needed. Raises what `ask` raises."""
        question: Question[questions.Page[Row]] | None = pages.first
        while question is not None:
            page = await self.ask(question)
            for row in page.rows:
                yield row
            question = pages.after(page)

    async def events(self, stream: Stream) -> AsyncIterator[Event]:
        """The events of a stream, over as many connections as it takes. Raises what `ask` raises."""
        following = Following(stream, self._patience)
        while True:
            try:
                async with self._http.stream("GET", **_connection(following)) as response:
                    if response.is_success:
                        async for piece in response.aiter_bytes():
                            for event in following.events(piece):
                                yield event
                    else:
                        await response.aread()
                    trouble = _ended(response)
            except httpx.RequestError as error:
                trouble = error
            following.cut(trouble)
            await asyncio.sleep(following.pause)


class _Tries:
    """How long to wait before a request is sent again."""

    def __init__(self, question: Question[Any], patience: float) -> None:
        self._is_read = question.body is None
        self._left = patience

    def seconds(self, problem: Problem) -> float:
        """After how many seconds. Raises the problem where that is no matter of time, or would take too long."""
        wait = problem.retry_after
        counted = max(wait or 0.0, 1.0)  # or a service that says 0 would be asked for ever
        if not self._is_read or wait is None or counted > self._left:
            raise problem
        self._left -= counted
        return wait


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.RequestError as error:
        raise Unreachable(f"{url} was not reached, or its answer broke off: {_said(error)}.") from error


def _said(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def _request(question: Question[Any]) -> dict[str, Any]:
    """What httpx is told. Without parameters none are named, or those in the address would be dropped."""
    headers = {"Accept": question.accept}
    if question.body is not None:
        headers["Content-Type"] = "application/json"
    return {
        "method": "GET" if question.body is None else "POST",
        "url": question.path,
        "params": question.parameters or None,
        "content": question.body,
        "headers": headers,
    }


def _connection(following: Following) -> dict[str, Any]:
    return {
        "url": following.path,
        "params": following.parameters or None,
        "headers": following.headers,
        "timeout": SILENCE_SECONDS,
    }


def _ended(response: httpx.Response) -> Exception:
    """Why a stream is over."""
    return Unreachable("The service ended the stream") if response.is_success else _problem(response)


def _problem(response: httpx.Response) -> Problem:
    problem = problem_of(response.status_code, response.content, response.headers.get("Retry-After"))
    if response.status_code not in (429, 503):
        problem.retry_after = None
    return problem
