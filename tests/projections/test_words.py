"""Words are compared as people read them: without case and accents, in every script, numbers and citations whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.words import LONGEST, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Besluit veiligheid en integriteit", ["besluit", "veiligheid", "en", "integriteit"]),
        ("U.S. Department of Commerce", ["us", "department", "of", "commerce"]),
        ("the U.S.A, P.L. 115-232", ["the", "usa", "pl", "115", "232"]),
        ("section 889(a)(1)(B)", ["section", "889", "a", "1", "b"]),
        ("84 FR 22961; Stb. 2019/457", ["84", "fr", "22961", "stb", "2019", "457"]),
        ("us-tgl-ext-2019-08 radio_access", ["us", "tgl", "ext", "2019", "08", "radio", "access"]),
        (
            "Ålesund, Łódź, Đorđe, Straße, Øre, Þór, İzmir",
            ["alesund", "lodz", "dorde", "strasse", "ore", "thor", "izmir"],
        ),
        ("re\u0301sume\u0301 résumé", ["resume", "resume"]),
        ("５Ｇ ﬁbre", ["5g", "fibre"]),
        ("华为技术 5G网络", ["华", "为", "技", "术", "5g", "网", "络"]),
        ("Роскомнадзор ΑΘΉΝΑ", ["роскомнадзор", "αθηνα"]),
        ("\\ ' \" -- ; \t\n", []),
        ("", []),
    ],
)
def test_a_text_has_the_words_that_its_readers_see(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(max_size=80))
def test_each_word_stands_where_it_is_said_to_stand_and_is_letters_and_digits(text: str) -> None:
    found = list(tokens(text))
    assert [token.word for token in found] == words(text)
    last = 0
    for token in found:
        assert last <= token.start < token.end <= len(text)
        assert words(text[token.start : token.end]) == [token.word]
        assert token.word.isalnum()
        assert len(token.word) <= LONGEST
        last = token.end


@given(st.text(max_size=80))
def test_words_stay_the_same_when_they_are_read_again(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)
