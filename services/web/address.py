"""The address of a page: which view it is, and the addresses of views next to it. Every view is a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Request

TIMES = ("as_of", "known", "known_on", "position", "recorded_at", "rules")
"""What a link to another page takes along: the day, the eyes and the edition."""


class Address(NamedTuple):
    """The address of the page that is asked for: its path, and what was given with it, in that order."""

    path: str
    given: tuple[tuple[str, str], ...]
    origin: str = ""
    """`https://dateline.example`, as the page was asked for."""

    def here(self, **changed: object) -> str:
        """This page with some parameters changed; None or an empty list takes one out."""
        kept = [(name, value) for name, value in self.given if name not in changed]
        return _written(self.path, [*kept, *_pairs(changed)])

    def to(self, path: str, **more: object) -> str:
        """Another page on the same day, by the same eyes, in the same edition, with more or other parameters."""
        if not more:
            return path + _times(self.given)
        kept = [(name, value) for name, value in self.given if name in TIMES and name not in more]
        return _written(path, [*kept, *_pairs(more)])

    def apart_from(self, *names: str) -> list[tuple[str, str]]:
        """What was given besides some parameters: a form repeats it, so that it is not lost."""
        return [(name, value) for name, value in self.given if name not in names]

    def values(self, name: str) -> list[str]:
        """What was given under a name."""
        return [value for each, value in self.given if each == name]


def address_of(request: Request) -> Address:
    """The address of a request."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return Address(request.url.path, tuple(request.query_params.multi_items()), origin)


def _pairs(parameters: Mapping[str, object]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        pairs += [(name, str(each)) for each in values if each is not None]
    return pairs


@lru_cache(maxsize=256)
def _times(given: tuple[tuple[str, str], ...]) -> str:
    """The day, the eyes and the edition of an address, as other pages take them along: most links of a page do."""
    return _written("", [(name, value) for name, value in given if name in TIMES])


def _written(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
