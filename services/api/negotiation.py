"""Which representation a client prefers (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RANGE = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^,]*)?)", re.ASCII)
_QUALITY = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.ASCII | re.IGNORECASE)


def preferred(accept: Sequence[str], offered: Sequence[str]) -> str | None:
    """
    The media type of those offered (best first) that the Accept headers prefer; None where they take none of them.

    Without a header anything is taken. The most specific range counts for a type; what is no range is passed over.
    """
    told = ",".join(accept)
    if not told.strip(" \t,"):
        return offered[0]
    ranges = [_range(each) for each in told.split(",")]
    best, best_quality = None, 0.0
    for media in offered:
        kind, _, subtype = media.partition("/")
        fits = [
            (rank, quality)
            for wanted, quality in filter(None, ranges)
            if (rank := _rank(wanted, (kind, subtype))) is not None
        ]
        quality = max(fits)[1] if fits else 0.0
        if quality > best_quality:
            best, best_quality = media, quality
    return best


def _range(text: str) -> tuple[tuple[str, str], float] | None:
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    given = _QUALITY.search(found[3])
    if given is None and re.search(r";\s*q\s*=", found[3], re.IGNORECASE):
        return None
    return (found[1].lower(), found[2].lower()), float(given[1]) if given else 1.0


def _rank(wanted: tuple[str, str], media: tuple[str, str]) -> int | None:
    """How specific a range is to a media type, None where it is not of it."""
    if wanted == media:
        return 2
    if wanted == (media[0], "*"):
        return 1
    return 0 if wanted == ("*", "*") else None
