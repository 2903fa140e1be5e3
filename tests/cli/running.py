"""Running `dateline` in this process, as its user sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        return self.output.decode()


class Dateline(Protocol):
    """Runs a command against the database of the test."""

    def __call__(self, *arguments: str) -> Ended: ...
