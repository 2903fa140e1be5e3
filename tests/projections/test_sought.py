"""What is looked for: words, phrases, names with the other names that they have, and what is to be left out."""

from __future__ import annotations

import pytest

from projections.answers import Understood
from projections.sought import Sought, WordsNeeded, sought
from projections.words import tokens


def told_by(search: Sought, text: str) -> bool:
    return search.is_told_by(list(tokens(text)))


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("Commerce Department", "Department of Commerce, Bureau of Industry and Security"),
        ("the decree on suppliers", "Decree, suppliers"),
        ("telecom", "Telecommunications act"),
        ("telecom supplier", "Suppliers of telecommunications"),
        ("suppliers", "a trusted supplier"),
        ("policies", "The policy of the house"),
        ("policy", "Policies"),
        ("889(a)(1)(B)", "Section 889(a)(1)(B) of the act"),
        ("84 FR 22961", "84 FR 22961"),
        ("84 FR 229", "84 FR 22961"),
        ('"trusted suppliers"', "on trusted suppliers"),
        ("“trusted suppliers”", "on trusted suppliers"),
        ('"trusted suppliers', "on trusted suppliers"),
        ("wireless OR telecoms", "Telecom order"),
        ("华为", "Huawei"),
        ("Huawei", "关于华为的决定"),
        ("Huawei Technologies Co., Ltd.", "Order on Huawei"),
        ("decree -ZTE", "Decree on Huawei"),
        ("U.S. order", "Order of the US"),
        ("STRASSE", "Straße"),
    ],
)
def test_what_is_looked_for_is_found(search: str, text: str) -> None:
    assert told_by(sought(search), text)


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("Commerce Department", "Ministry of Commerce"),
        ('"trusted suppliers"', "suppliers that are trusted"),
        ('"trusted supplier"', "trusted suppliers"),
        ("889(a)(1)(B)", "Section 889(b)(1)(A)"),
        ("decree -ZTE", "Decree on ZTE"),
        ('order -"core network"', "Order on the core network"),
        ("ban order", "Order of a bank"),  # three letters find what begins with them at the end alone
        ("2019", "12019"),
        ("Huawei", "high-risk vendors (not named)"),  # a class is not a company
        ("华为", "华语"),
    ],
)
def test_what_has_other_words_is_not(search: str, text: str) -> None:
    assert not told_by(sought(search), text)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("华为", [("华为", "subject", "Huawei")]),
        ("huawei technologies company order", [("huawei technologies company", "subject", "Huawei")]),
        ("5G in Holland", [("5G", "scope", "5g"), ("Holland", "jurisdiction", "NL")]),
        ("NO position", [("NO", "jurisdiction", "NO")]),
        ("no ban", []),  # a word, not Norway
        ("84 FR 22961", []),  # the Federal Register, not France
        ('"Huawei"', []),  # what is quoted stands for itself
    ],
)
def test_names_are_understood_as_the_code_book_has_them(search: str, expected: list[tuple[str, str, str]]) -> None:
    found = [Understood(given=given, parameter=parameter, word=word) for given, parameter, word in expected]
    assert list(sought(search).understood) == found


@pytest.mark.parametrize("text", ["", "   ", "???", '""', "'", "OR", "OR OR", "-", "--", "\\", "\u200b", "。"])
def test_a_search_without_a_word_is_refused_in_words(text: str) -> None:
    with pytest.raises(WordsNeeded, match="has no word to look for: give a name"):
        sought(text)


def test_a_search_that_only_leaves_out_is_refused_in_words() -> None:
    with pytest.raises(WordsNeeded, match="only says what to leave out"):
        sought('-Huawei -"core network"')


def test_the_words_are_marked_where_they_stand() -> None:
    text = "Department of Commerce: telecommunications and Huawei's core network"
    marks = sought('commerce telecom "core network" huawei').marks(list(tokens(text)))
    assert [text[start:end] for start, end in marks] == [
        "Commerce",
        "telecommunications",
        "Huawei",
        "core network",
    ]


def test_a_long_text_is_looked_for_by_its_first_words() -> None:
    search = sought(" ".join(f"word{number}" for number in range(100)))
    assert len(search.groups) == 32
