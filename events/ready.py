"""Events as rows that COPY reads in binary: an append is made ready before it is begun, all but for its moment."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_bytes
from struct import Struct as Packed
from uuid import UUID

from msgspec import Struct


class Ready(Struct, frozen=True):
    """
    Events made ready for an append upon a position before its moment is known: rows of the table as COPY reads them.

    `unknown` stands in each row where the moment will. `last` is the state of the last event.
    """

    number: int
    rows: bytes
    unknown: bytes
    last: bytes

    def at(self, moment: datetime) -> bytes:
        """The rows, recorded at a moment."""
        return whole(self.rows.replace(self.unknown, _LONG.pack(8, microseconds(moment))))


def whole(rows: bytes) -> bytes:
    """Rows in the binary format of COPY with what stands before and after them all."""
    return _BINARY + rows + _END


class ReadyRows:
    """Makes events ready, one by one."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._last = b""
        self._moment = int.from_bytes(token_bytes(8), "big", signed=True)
        self._unknown = _LONG.pack(8, self._moment)

    def add(self, position: int, edition: int, stream: UUID, revision: int, topic: str, state: bytes) -> None:
        """One event more."""
        self._rows += packed(position, edition, self._moment, stream, revision, topic, state)
        self._last = state

    def done(self) -> Ready:
        """All of them."""
        return Ready(len(self._rows) // 4, b"".join(self._rows), self._unknown, self._last)


def packed(
    position: int, edition: int, microseconds: int, stream: UUID, revision: int, topic: str, state: bytes
) -> tuple[bytes, bytes, bytes, bytes]:
    """A row of the table as COPY reads it in binary."""
    name = topic.encode()
    row = _ROW.pack(7, 8, position, 8, edition, 8, microseconds, 16, stream.bytes, 8, revision, len(name))
    return row, name, _LENGTH.pack(len(state)), state


def microseconds(moment: datetime) -> int:
    """A moment as the table has it."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_ROW = Packed("!hiqiqiqi16siqi")
_LONG = Packed("!iq")
_LENGTH = Packed("!i")
_BINARY = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""From which the table counts microseconds."""
