"""Server-sent events of the log: what came is read, and where it breaks off, how to come back."""

from __future__ import annotations

import time
from collections.abc import Iterator

from dateline_client.answers import Event, event_of
from dateline_client.problems import Problem, Unreachable
from dateline_client.questions import Stream

PAUSE_SECONDS = 1.0
"""After how long a stream that was cut off is asked for again, until it says otherwise."""

SILENCE_SECONDS = 45.0
"""How long a stream may be silent before it is taken for dead: the service says every 15 seconds that it is there."""

_MOST_PAUSE_SECONDS = 60.0


class Following:
    """
    One stream that is followed, over as many connections as it takes. It knows no connection itself.

    It is given up where the service was not there for longer than `patience` seconds.
    """

    def __init__(self, stream: Stream, patience: float) -> None:
        self.path = stream.path
        self.parameters = stream.parameters
        self.pause = PAUSE_SECONDS
        self._patience = patience
        self._last: str | None = None
        self._gone_at: float | None = None
        self._begin()

    def _begin(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._id = self._last

    @property
    def headers(self) -> dict[str, str]:
        """What the next connection says: where to go on."""
        self._begin()
        came = {} if self._last is None else {"Last-Event-ID": self._last}
        return {"Accept": "text/event-stream", **came}

    def events(self, piece: bytes) -> Iterator[Event]:
        """
        The events that a piece of the stream completes.

        Lines end at line feeds alone: other signs that Unicode takes for the end of a line stand in texts.
        """
        self._gone_at = None
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            name, _, value = line.removesuffix(b"\r").partition(b":")
            value = value.removeprefix(b" ")
            match name:
                case b"id":
                    self._id = value.decode()
                case b"data":
                    self._data.append(value)
                case b"retry" if value.isdigit():
                    self.pause = min(int(value) / 1000, _MOST_PAUSE_SECONDS)
                case b"" if not line.rstrip(b"\r"):
                    data, self._data, self._last = self._data, [], self._id
                    if data:
                        yield event_of(b"\n".join(data))

    def cut(self, problem: Exception) -> None:
        """The stream broke off, or was refused. Raises what is no matter of time, and what took too long."""
        wait = self.pause
        if isinstance(problem, Problem):
            if problem.retry_after is None:
                raise problem
            wait = problem.retry_after
        if self._gone_at is None:
            self._gone_at = time.monotonic()
        if time.monotonic() - self._gone_at + wait > self._patience:
            if isinstance(problem, Problem):
                raise problem
            raise Unreachable(f"The stream broke off, and did not come back: {problem or type(problem).__name__}.")
        self.pause = min(wait, _MOST_PAUSE_SECONDS)
