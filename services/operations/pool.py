"""
The connections to the database, and how its absence is met: told at once, and looked for again by those who ask.

A database that is away would otherwise be waited for by every request, until no thread is left for those that need
none. Here the first to ask after a second looks whether it is back, and all others are told that it is not.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

AGAIN_SECONDS = 1.0
"""For how long a database that could not be reached is taken to be away, before anybody looks again."""

LOOK_SECONDS = 0.25
"""How long one waits for a connection before looking whether it is worth waiting."""

CONNECTING: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""So that a server that fell silent on the network is given up within seconds. What the URL says otherwise stands."""


class Pool(ConnectionPool[psycopg.Connection]):
    """
    A pool that recovers by itself, and that tells those who ask while the database is away at once.

    `getconn` and `connection` raise psycopg.OperationalError then, and PoolTimeout where all connections are in use
    for longer than the timeout (seconds).
    """

    def __init__(self, url: str, *, most: int, timeout: float) -> None:
        self._failed_at: float | None = None
        pool = self

        class Connection(psycopg.Connection):
            """A connection that tells the pool whether it came about."""

            @classmethod
            def connect(cls, *given: Any, **options: Any) -> psycopg.Connection:  # type: ignore[override]
                try:
                    made = super().connect(*given, **options)
                except psycopg.Error:
                    pool._failed_at = monotonic()
                    raise
                pool._failed_at = None
                return made

        said = conninfo_to_dict(url)
        super().__init__(
            url,
            connection_class=Connection,
            min_size=1,
            max_size=most,
            open=False,
            timeout=timeout,
            # An attempt that fails is given up; whoever asks next makes another. The pool's own would come ever later.
            reconnect_timeout=0,
            kwargs={
                "prepare_threshold": None,
                "application_name": "dateline",
                "client_encoding": "UTF8",  # whatever the environment says: rows are made ready as such
                **{name: value for name, value in CONNECTING.items() if name not in said},
            },
            check=_check,
        )

    @property
    def is_away(self) -> bool:
        """Whether the last attempt to reach the database failed."""
        return self._failed_at is not None

    def getconn(self, timeout: float | None = None) -> psycopg.Connection:
        """A connection, to be given back by `putconn`."""
        until = monotonic() + (self.timeout if timeout is None else timeout)
        failed_at = self._failed_at
        if failed_at is not None and monotonic() - failed_at < AGAIN_SECONDS:
            raise psycopg.OperationalError("the database could not be reached a moment ago")
        while True:
            left = until - monotonic()
            try:
                return super().getconn(min(LOOK_SECONDS, left))
            except PoolTimeout:
                if self.is_away:
                    raise psycopg.OperationalError("the database cannot be reached") from None
                if left <= LOOK_SECONDS:
                    raise


def _check(connection: psycopg.Connection) -> None:
    """
    Finds out whether a connection of the pool is still there, before it is given to anybody.

    Asks the server nothing: what it said last, before it ended the connection, lies there to be read. Raises
    psycopg.OperationalError.
    """
    connection.pgconn.consume_input()
