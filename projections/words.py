"""Texts taken apart into words, in the same way whether they are recorded or looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 64
"""Signs of a word that count; what follows them tells no words apart."""

_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Thai, kana and Han, which are written without spaces: each sign is a word, and a word is a row of signs."""

_WORD = re.compile(
    rf"(?<!\w)(?:[^\W\d_]\.){{2,}}[^\W\d_]?(?!\w)"  # U.S., P.L.
    rf"|[{_UNSPACED}]"
    rf"|[^\W_{_UNSPACED}]+(?:[\u0300-\u036f]+[^\W_{_UNSPACED}]*)*"
)
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that are one with a stroke, or two in one, which Unicode does not take apart."""


class Token(NamedTuple):
    """A word as it is compared, and from where to where it stands in its text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """
    The words of a text, in order: runs of letters and digits, without case, accents and width of signs.

    `U.S.` is one word, `889(a)(1)(B)` is four, `华为` is two.
    """
    for found in _WORD.finditer(text):
        if word := _compared(found[0]):
            yield Token(word, found.start(), found.end())


def words(text: str) -> list[str]:
    """The words alone."""
    return [word for each in _WORD.findall(text) if (word := _compared(each))]


@lru_cache(maxsize=65536)
def _compared(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join([sign for sign in plain if sign.isalnum()])[:LONGEST]
