"""
What stands around the lines of a state, as bytes with holes: the same for all days of a jurisdiction by one edition.

So an answer is not made, cited and encoded for each day anew, only its days and its headlines are filled in.
"""

from __future__ import annotations

from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple

import msgspec

from projections.answers import RULES, Edition, Headline, State, encode
from projections.citing import cited
from projections.jurisdictions import code_and_name

_AS_OF, _KNOWN_ON = f"as-of-{token_hex(16)}", f"known-on-{token_hex(16)}"
"""Stand for the days where a frame is made. No text that is on record has them by chance, and nobody can know them."""

_LINES = b'"measures":[],"inherited":[],"headline":null,"upcoming":null'
"""In an answer these are the fields, and never part of a text: there a quotation mark has a backslash before it."""


class Frame(NamedTuple):
    """The bytes of a state but for its lines and headlines, its days to be filled in."""

    before: bytes
    """With %b for either day, by turns, as often as they are named."""
    after: bytes

    def opened(self, as_of: str, known_on: str) -> bytes:
        """What comes before the lines, on these days (ISO)."""
        days = as_of.encode(), known_on.encode()
        return self.before % (days * 3)


def headlined(headline: Headline | None, upcoming: Headline | None) -> bytes:
    """The two fields that follow the lines."""
    written = msgspec.json.encode
    return b',"headline":%b,"upcoming":%b' % (written(headline), written(upcoming))


@lru_cache(maxsize=1000)
def frame_of(jurisdiction: str, edition: Edition, reviewed_on: str | None, licence: str, *, is_recorded: bool) -> Frame:
    """The frame of a jurisdiction's states at an edition; `is_recorded` where it has measures."""
    state = State(
        jurisdiction=jurisdiction,
        as_of=_AS_OF,
        known_on=_KNOWN_ON,
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        measures=(),
        inherited=(),
        headline=None,
        upcoming=None,
        coverage="recorded" if is_recorded else "no_record",
        reviewed_on=reviewed_on,
    )
    what, path = f"state of {code_and_name(jurisdiction)}", f"/v1/jurisdictions/{jurisdiction}/state"
    before, _, after = encode(cited(state, what, path, {}, licence)).partition(_LINES)
    for day in (_AS_OF, _KNOWN_ON):
        assert before.count(day.encode()) == 3, "as a field, in the words of its citation, and in its address"
    before = before.replace(b"%", b"%%")
    return Frame(before.replace(_AS_OF.encode(), b"%b").replace(_KNOWN_ON.encode(), b"%b"), after)
