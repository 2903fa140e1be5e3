"""
What is looked for: the words of a search, with the other names of the code book and the list of countries for them.

A word in quotes stands for itself, words in quotes stand together, a minus leaves out, OR is either. A word of four
letters finds what begins with it, and so does the last one, which may not be written to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from events.errors import Refusal
from events.vocabulary import jurisdiction_of
from projections.answers import Understood
from projections.codebook import codebook, folded
from projections.words import Token, words

PREFIX, PREFIX_AT_END = 4, 3
"""Signs from which on a word also finds what begins with it: any word, and the last one."""

LONGEST = 200
"""Signs of what is looked for."""

MOST_WORDS = 32
"""Words that are looked for at once; the rest of a longer text is not."""

_PIECE = re.compile(r'-?"[^"]*"?|\S+')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_LITTLE = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "its"}
    | {"of", "on", "or", "that", "the", "their", "to", "was", "were", "with"}
)
"""Words that tell nothing apart, and need not be there."""


class WordsNeeded(Refusal):
    """A search needs a word to look for."""

    type = "words-needed"


class Word(Struct, frozen=True):
    """A word to be found, as it is or where `open` as a beginning, or in another of its forms."""

    text: str
    open: bool = False
    forms: tuple[str, ...] = ()

    def is_in(self, word: str) -> bool:
        """Whether a recorded word is this one."""
        return word == self.text or (self.open and word.startswith(self.text)) or word in self.forms

    def query(self, weights: str, *, exact: bool) -> str:
        """The word as a tsquery has it; `exact`: as it is alone."""
        found = [f"'{self.text}'{_suffix(weights, self.open and not exact)}"]
        found += [f"'{form}'{_suffix(weights, False)}" for form in self.forms if not exact]
        return _any(found)


Run = tuple[Word, ...]
"""Words that stand together, in their order."""


class Term(Struct, frozen=True):
    """
    One thing to be found: all `runs` of it, or any other of its names.

    `codes` and `marks` are lexemes of the index that no word of a text is: of a jurisdiction, of a subject or scope.
    """

    runs: tuple[Run, ...]
    names: tuple[Run, ...] = ()
    codes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def query(self, weights: str, *, exact: bool) -> str:
        """The term as a tsquery has it, its words where they have one of these weights, anywhere if none is given."""
        typed = " & ".join(_run(run, weights, exact=exact) for run in self.runs)
        found = [f"({typed})" if len(self.runs) > 1 else typed]
        found += [_run(run, weights, exact=True) for run in self.names]
        found += [f"'{code}'" for code in (*self.codes, *(self.marks if weights != "A" else ()))]
        return _any(found)

    def is_told_by(self, text: Sequence[Token]) -> bool:
        """Whether a text has it, by its own words or by another name."""
        return all(_is_in(run, text) for run in self.runs) or any(_is_in(run, text) for run in self.names)


class Sought(Struct, frozen=True):
    """What is looked for: of each of `groups` one term at least, and none of `without`."""

    text: str
    groups: tuple[tuple[Term, ...], ...]
    without: tuple[Term, ...]
    understood: tuple[Understood, ...]

    def query(self, weights: str = "", *, exact: bool = False) -> str:
        """All of it as a tsquery. What is left out is left out wherever it stands."""
        found = [_any([term.query(weights, exact=exact) for term in group]) for group in self.groups]
        found += [f"!{term.query('', exact=exact)}" for term in self.without]
        return " & ".join(found)

    def told_by(self, text: Sequence[Token]) -> set[int]:
        """Which of the groups a text has, by their places."""
        return {at for at, group in enumerate(self.groups) if any(term.is_told_by(text) for term in group)}

    def is_told_by(self, text: Sequence[Token]) -> bool:
        """Whether a text has all of it, and nothing that is to be left out."""
        return len(self.told_by(text)) == len(self.groups) and not any(term.is_told_by(text) for term in self.without)

    def marks(self, text: Sequence[Token]) -> list[tuple[int, int]]:
        """From where to where what is looked for stands in a text, in order and apart."""
        runs = [run for group in self.groups for term in group for run in (*term.runs, *term.names)]
        found = sorted({(text[at].start, text[at + len(run) - 1].end) for run in runs for at in _places(run, text)})
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if apart and start <= apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        return apart


def sought(text: str) -> Sought:
    """Reads a search. Raises WordsNeeded where it has no word, or only such as are to be left out."""
    pieces = [piece for piece in _PIECE.findall(text.translate(_QUOTES)) if words(piece)][:MOST_WORDS]
    while pieces and pieces[-1] == "OR":
        pieces.pop()
    plain = [piece for piece in pieces if not _is_special(piece)]
    telling = [piece for piece in plain if piece not in _LITTLE]
    groups: list[list[Term]] = []
    without: list[Term] = []
    understood: list[Understood] = []
    either, at = False, 0
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if piece.startswith("-"):
            without.append(Term((tuple(map(Word, words(piece))),)))
            continue
        if piece == "OR":
            either = bool(groups)
            continue
        if piece.startswith('"'):
            term = Term((tuple(map(Word, words(piece))),))
        else:
            length = 0 if _is_cited(pieces, at - 1) else _named(pieces[at - 1 :])
            given = pieces[at - 1 : at - 1 + max(length, 1)]
            at += len(given) - 1
            if not length and piece in _LITTLE and len(telling) > 0:
                continue
            term = _term(given, known=length > 0, ends=at == len(pieces), understood=understood)
        if either:
            groups[-1].append(term)
        else:
            groups.append([term])
        either = False
    if not groups:
        shown = text.strip()[:40]
        raise WordsNeeded(
            f"'{shown}' has no word to look for: give a name, a word of a title, a citation or a source."
            if not without
            else f"'{shown}' only says what to leave out: give a word to look for as well."
        )
    return Sought(text, tuple(map(tuple, groups)), tuple(without), tuple(dict.fromkeys(understood)))


def code_mark(jurisdiction: str) -> str:
    """The lexeme of the index for a jurisdiction."""
    return f"={jurisdiction}"


def subject_mark(name: str) -> str:
    """The lexeme of the index for a recorded subject."""
    return f"@{' '.join(words(name))}"


def scope_mark(name: str) -> str:
    """The lexeme of the index for a recorded scope."""
    return f"#{' '.join(words(name))}"


def _is_special(piece: str) -> bool:
    return piece == "OR" or piece[0] in '-"'


def _term(given: Sequence[str], *, known: bool, ends: bool, understood: list[Understood]) -> Term:
    """Pieces as they were written, with the other names of what they name together."""
    runs = tuple(_typed(piece, last=ends and place == len(given)) for place, piece in enumerate(given, 1))
    if not known:
        return Term(runs)
    text = " ".join(given)
    names: list[Run] = []
    codes: dict[str, None] = {}
    marks: dict[str, None] = {}
    for parameter, word in _meanings()[folded(text)]:
        if parameter == "jurisdiction":
            if _is_a_word(text):
                continue
            codes[code_mark(word)] = None
        else:
            every = _names_of(parameter, word)
            marks.update(dict.fromkeys(map(subject_mark if parameter == "subject" else scope_mark, every)))
            if parameter == "subject":
                for run in sorted((tuple(map(Word, words(name))) for name in every), key=len):
                    if not any(_says(shorter, run) for shorter in (*(runs if len(runs) == 1 else ()), *names)):
                        names.append(run)
        understood.append(Understood(given=text, parameter=parameter, word=word))
    return Term(runs, tuple(names), tuple(codes), tuple(marks))


def _says(run: Run, name: Run) -> bool:
    """Whether whatever has a name is found by these words already."""
    return _is_in(run, [Token(word.text, 0, 0) for word in name])


def _typed(piece: str, *, last: bool) -> Run:
    found = words(piece)
    return (*map(Word, found[:-1]), _word(found[-1], last=last, alone=len(found) == 1))


def _word(text: str, *, last: bool, alone: bool) -> Word:
    is_open = len(text) >= PREFIX_AT_END if last else alone and len(text) >= PREFIX and not text.isdecimal()
    forms = []
    if alone and len(text) >= PREFIX and text.isascii():
        if text.endswith("ies"):
            forms.append(text[:-3] + "y")
        elif text.endswith("s") and not text.endswith("ss"):
            forms.append(text[:-1])
        elif text.endswith("y"):
            forms.append(text[:-1] + "ies")
    return Word(text, is_open, tuple(forms))


@cache
def _meanings() -> dict[str, tuple[tuple[str, str], ...]]:
    """What a folded name means: subjects, scopes and jurisdictions, by parameter and word."""
    book = codebook()
    found: dict[str, dict[tuple[str, str], None]] = {}
    for parameter, known in (("subject", book.subjects), ("scope", book.scopes)):
        for each in known:
            for name in (each.word, each.label, *each.aliases):
                found.setdefault(folded(name), {})[parameter, each.word] = None
    for country in book.jurisdictions:
        for name in (country.jurisdiction, country.name, *country.aliases):
            found.setdefault(folded(name), {})["jurisdiction", country.jurisdiction] = None
    return {name: tuple(meant) for name, meant in found.items()}


@cache
def _longest() -> int:
    return max(name.count(" ") + 1 for name in _meanings())


def _named(pieces: Sequence[str]) -> int:
    """How many of the first pieces are together a name, the most that are; 0 for none."""
    for length in range(min(len(pieces), _longest()), 0, -1):
        if not any(map(_is_special, pieces[:length])):
            text = " ".join(pieces[:length])
            meant = _meanings().get(folded(text), ())
            if any(parameter != "jurisdiction" or not _is_a_word(text) for parameter, _ in meant):
                return length
    return 0


def _is_cited(pieces: Sequence[str], at: int) -> bool:
    """Whether a piece stands beside a number: `84 FR 22961` is no place in France."""
    beside = (*pieces[max(at - 1, 0) : at], *pieces[at + 1 : at + 2])
    return len(pieces[at]) == 2 and any(piece.isdecimal() for piece in beside)


def _is_a_word(text: str) -> bool:
    """Whether a text that could be a code is a word: `us` and `no` are, US and NO are countries."""
    return len(text) == 2 and not text.isupper()


@cache
def _names_of(parameter: str, word: str) -> tuple[str, ...]:
    book = codebook()
    known = book.subjects if parameter == "subject" else book.scopes
    (found,) = (each for each in known if each.word == word)
    return tuple(dict.fromkeys((found.word, found.label, *found.aliases)))


def _places(run: Run, text: Sequence[Token]) -> Iterator[int]:
    """Where in a text a run of words begins."""
    for at in range(len(text) - len(run) + 1):
        if all(word.is_in(text[at + place].word) for place, word in enumerate(run)):
            yield at


def _is_in(run: Run, text: Sequence[Token]) -> bool:
    return next(_places(run, text), None) is not None


def _run(run: Run, weights: str, *, exact: bool) -> str:
    together = " <-> ".join(word.query(weights, exact=exact) for word in run)
    return f"({together})" if len(run) > 1 else together


def _any(queries: Iterable[str]) -> str:
    each = list(dict.fromkeys(queries))
    return each[0] if len(each) == 1 else f"({' | '.join(each)})"


def _suffix(weights: str, is_open: bool) -> str:
    return f":{'*' if is_open else ''}{weights}" if is_open or weights else ""


def exact_measures(text: str, jurisdictions: Iterable[str]) -> list[str]:
    """The measures that a text may name whole, of some jurisdictions: `NL/decree`, or `decree` of any."""
    name = text.strip()
    if "/" in name:
        return [f"{jurisdiction_of(name).upper()}/{name.partition('/')[2].lower()}"]
    return [f"{code}/{name.lower()}" for code in jurisdictions]
