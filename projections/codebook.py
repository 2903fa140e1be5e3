"""
The code book: what the words of the record mean, which names mean the same, and which classes reach a company.

It is reference data and part of `rules`. Words that it does not have are no mistake: other records have subjects of
their own, and those match as they are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from events.vocabulary import STRICTNESS
from projections.answers import (
    RULES,
    Codebook,
    CodebookEffect,
    CodebookSubject,
    Match,
    UnknownWord,
    Word,
)
from projections.jurisdictions import described

Field = Literal["subject", "scope"]

_LONGEST, _CANDIDATES, _HINTED = 80, 1000, 3
"""Bounds of the search for near words: their length, how many are compared, for how many words it is done."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    kinds: tuple[Word, ...]
    reach: tuple[Word, ...]
    subjects: tuple[CodebookSubject, ...]
    scopes: tuple[Word, ...]
    effects: tuple[Word, ...]
    instruments: tuple[Word, ...]
    statuses: tuple[Word, ...]
    deadline_statuses: tuple[Word, ...]
    obliged: tuple[Word, ...]
    confidence: tuple[Word, ...]
    verification: tuple[Word, ...]


@cache
def codebook() -> Codebook:
    """The whole code book, with the jurisdictions."""
    file = msgspec.json.decode((files("projections") / "codebook.json").read_bytes(), type=_File)
    ranks = {str(effect): rank for rank, effect in enumerate(STRICTNESS, 1)}
    given = {name: getattr(file, name) for name in file.__struct_fields__ if name != "effects"}
    effects = tuple(
        CodebookEffect(word=each.word, label=each.label, definition=each.definition, strictness=ranks.get(each.word))
        for each in file.effects
    )
    return Codebook(rules=RULES, effects=effects, jurisdictions=described(), **given)


def folded(text: str) -> str:
    """A name without what does not tell names apart: case, width of signs, spaces, hyphens, full stops and commas."""
    plain = re.sub(r"[.,]", "", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(re.sub(r"[-_‐‑]", " ", plain).split())


@cache
def names(field: Field) -> dict[str, str]:
    """The word that each folded name means: the words themselves, their labels and their aliases."""
    book = codebook()
    known: Sequence[Word] = book.subjects if field == "subject" else book.scopes
    return {folded(name): each.word for each in known for name in (each.word, each.label, *each.aliases)}


@lru_cache(maxsize=4096)
def word_of(field: Field, text: str) -> str:
    """The word of the code book that a name means; a name that it does not have stands for itself."""
    return names(field).get(folded(text), text)


@cache
def reaching(subject: str) -> dict[str, Match]:
    """The classes that reach a subject, each with the mark that an answer gives to what it matched."""
    return {
        each.word: Match(subject=subject, through=each.word, reach=reach.how)
        for each in codebook().subjects
        for reach in each.reaches
        if reach.subject == subject
    }


def meets(field: Field, asked: Sequence[str], recorded: Iterable[str]) -> bool:
    """Whether any recorded word is one of those asked for, under whichever of its names. A class is not its members."""
    wanted = {word_of(field, text) for text in asked}
    return any(word_of(field, text) in wanted for text in recorded)


def matched_through(asked: Sequence[str], recorded: Iterable[str]) -> tuple[Match, ...]:
    """The classes among the recorded subjects that reach what is asked for."""
    classes = [word_of("subject", text) for text in recorded]
    found = (reaching(word_of("subject", text)).get(each) for text in asked for each in classes)
    return tuple(dict.fromkeys(match for match in found if match is not None))


def strange(field: Field, asked: Sequence[str]) -> tuple[str, ...]:
    """Those of the words asked for that the code book does not have."""
    return tuple(text for text in dict.fromkeys(asked) if folded(text) not in names(field))


def unknown_words(field: Field, asked: Sequence[str], recorded: Collection[str]) -> tuple[UnknownWord, ...]:
    """
    Those of the words asked for that neither the code book nor the record has, each with the nearest that are there.

    A mistyped name would otherwise read as a country without rules.
    """
    unknown = [text for text in strange(field, asked) if text not in recorded]
    return tuple(
        UnknownWord(parameter=field, given=text, near=_near(field, text, recorded) if place < _HINTED else ())
        for place, text in enumerate(unknown)
    )


def _near(field: Field, text: str, recorded: Collection[str]) -> tuple[str, ...]:
    """The words whose names look like this one, the nearest first, three at most."""
    wanted = folded(text)
    if len(wanted) > _LONGEST:
        return ()
    known = {folded(each): each for each in sorted(recorded)[:_CANDIDATES] if len(each) <= _LONGEST} | names(field)
    return tuple(dict.fromkeys(known[name] for name in get_close_matches(wanted, known, 3, 0.75)))
