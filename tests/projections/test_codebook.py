"""The code book: complete on the dossier, unambiguous, and changed only together with the rules."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from events import vocabulary
from projections.answers import RULES, Match, UnknownWord
from projections.codebook import codebook, folded, matched_through, meets, unknown_words, word_of
from projections.jurisdictions import is_member
from tests.projections.test_state import IN_FORCE, made, state

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
BOOK = codebook()


def recorded(field: str) -> set[str]:
    """Every word that an action of the dossier has in a field, read from its files."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((TOP / "dossier").glob("*.yaml"))]
    actions = [action for document in documents for act in document["acts"] for action in act["actions"]]
    return {word for action in actions for word in action.get(field) or ()}


def content(name: str) -> str:
    document = json.loads((TOP / "projections" / name).read_text("utf-8"))
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def test_reference_data_changes_only_with_a_new_version_of_the_rules() -> None:
    """An entry for rules that were released is never edited: other content is other rules, `RULES` in answers."""
    stands: dict[str, Any] = json.loads((HERE / "rules.json").read_text("utf-8"))[RULES]
    assert stands == {
        "codebook": BOOK.version,
        "codebook.json": content("codebook.json"),
        "jurisdictions.json": content("jurisdictions.json"),
    }
    assert BOOK.rules == RULES
    assert f"| {RULES} | {BOOK.version} |" in (TOP / "docs/codebook.md").read_text("utf-8").splitlines()


def test_every_subject_and_scope_of_the_dossier_is_in_the_code_book_as_it_is_recorded() -> None:
    assert recorded("subjects") - {each.word for each in BOOK.subjects} == set()
    assert recorded("scope") - {each.word for each in BOOK.scopes} == set()


@pytest.mark.parametrize("section", ["subjects", "scopes"])
def test_no_name_means_two_things(section: str) -> None:
    means: dict[str, set[str]] = {}
    for each in getattr(BOOK, section):
        for name in (each.word, each.label, *each.aliases):
            means.setdefault(folded(name), set()).add(each.word)
    assert {name: words for name, words in means.items() if len(words) > 1} == {}


def test_every_word_of_the_vocabulary_is_explained_in_its_order() -> None:
    for words, section in (
        (vocabulary.EFFECTS, BOOK.effects),
        (get_args(vocabulary.Instrument), BOOK.instruments),
        (vocabulary.DEADLINE_STATUSES, BOOK.deadline_statuses),
        (get_args(vocabulary.Obliged), BOOK.obliged),
        (get_args(vocabulary.Confidence), BOOK.confidence),
        (get_args(vocabulary.Verification), BOOK.verification),
    ):
        assert tuple(each.word for each in section) == words
    assert sorted(each.word for each in BOOK.statuses) == sorted(vocabulary.STATUSES)


def test_effects_have_the_rank_that_headlines_give_them() -> None:
    ranks = {each.word: each.strictness for each in BOOK.effects}
    assert ranks["urges_others"] is None
    assert sorted((rank, word) for word, rank in ranks.items() if rank is not None) == [
        (1, "prohibits"),
        (2, "restricts"),
        (3, "requires_approval"),
        (4, "requires_security_measures"),
        (5, "permits_temporarily"),
        (6, "declares_no_ban"),
        (7, "none"),
    ]


def test_no_word_stands_twice_and_each_has_a_label_and_a_definition() -> None:
    for section in (BOOK.kinds, BOOK.reach, BOOK.subjects, BOOK.scopes, BOOK.effects, BOOK.instruments, BOOK.statuses):
        counts = Counter(each.word for each in section)
        assert {word: count for word, count in counts.items() if count > 1} == {}
        assert [each.word for each in section if not each.label.strip() or not each.definition.endswith(".")] == []


def test_only_a_class_reaches_and_only_companies_each_once_in_a_known_way_on_a_stated_basis() -> None:
    kinds = {each.word: each.kind for each in BOOK.subjects}
    assert set(kinds.values()) == {each.word for each in BOOK.kinds}
    for subject in BOOK.subjects:
        assert not subject.reaches or subject.kind.startswith("class_of_"), subject.word
        reached = [each.subject for each in subject.reaches]
        assert len(set(reached)) == len(reached)
        for reach in subject.reaches:
            assert kinds[reach.subject] == "company", subject.word
            assert reach.how in {each.word for each in BOOK.reach}
            assert reach.basis.endswith(".")


def test_huawei_is_a_company_and_the_vendors_of_the_dutch_letter_are_not_it() -> None:
    kinds = {each.word: each.kind for each in BOOK.subjects}
    assert kinds["Huawei"] == "company"
    assert kinds["high-risk vendors (Huawei not named)"] == "class_of_vendors"
    assert word_of("subject", "high-risk vendors (Huawei not named)") != "Huawei"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Huawei", "Huawei"),
        ("HUAWEI", "Huawei"),
        ("  huawei   technologies co. ltd ", "Huawei"),
        ("Huawei Technologies Co., Ltd.", "Huawei"),
        ("华为", "Huawei"),
        ("ZTE Corporation", "ZTE"),
        ("中兴通讯", "ZTE"),
        ("Hangzhou Hikvision Digital Technology Company", "Hikvision"),
        ("Zhejiang Dahua Technology Co., Ltd.", "Dahua"),
        ("High risk vendors", "high-risk vendors"),
        # Others, and parts of a company, are not the company.
        ("HiSilicon", "HiSilicon"),
        ("Honor", "Honor"),
        ("Huawei Marine", "Huawei Marine"),
        ("Huawei and ZTE", "Huawei and ZTE"),
        ("中兴", "中兴"),
        ("Brask", "Brask"),
        ("", ""),
    ],
)
def test_a_name_means_exactly_the_same_or_itself(name: str, word: str) -> None:
    assert word_of("subject", name) == word


def test_a_scope_goes_by_its_label_and_in_any_writing() -> None:
    assert {word_of("scope", name) for name in ("5G", "5g networks", "5G network")} == {"5g"}
    assert word_of("scope", "Government procurement") == "government_procurement"
    assert word_of("scope", "Huawei") == "Huawei"


def test_what_the_code_book_does_not_have_matches_as_it_is_written() -> None:
    assert meets("subject", ["Brask"], ["Brask"])
    assert not meets("subject", ["brask"], ["Brask"])
    assert meets("subject", ["Huawei"], ["Huawei Technologies Co., Ltd."])
    assert not meets("subject", ["Huawei"], ["vendors from China"])


def test_a_class_is_found_through_what_it_reaches_and_not_the_other_way() -> None:
    found = matched_through(["华为", "ZTE"], ["vendors from China", "foreign firms"])
    assert found == (
        Match(subject="Huawei", through="vendors from China", reach="origin"),
        Match(subject="ZTE", through="vendors from China", reach="origin"),
    )
    assert matched_through(["vendors from China"], ["Huawei"]) == ()
    assert matched_through(["Brask"], ["vendors from China"]) == ()


def test_covered_equipment_is_that_of_the_five_companies_of_the_defence_act_for_2019() -> None:
    reached = {each.word: {reach.subject for reach in each.reaches} for each in BOOK.subjects}
    five = {"Huawei", "ZTE", "Hytera", "Hikvision", "Dahua"}
    assert reached["equipment on the Covered List"] == reached["entities on the Covered List"] == five
    assert reached["other covered equipment"] == five - {"Huawei", "ZTE"}


def test_a_word_that_is_nowhere_is_told_with_the_nearest_that_are() -> None:
    assert unknown_words("subject", ["Huwaei"], []) == (
        UnknownWord(parameter="subject", given="Huwaei", near=("Huawei",)),
    )
    assert unknown_words("subject", ["Foxlime", "Foxlime"], ["Foxline", "Brask"]) == (
        UnknownWord(parameter="subject", given="Foxlime", near=("Foxline",)),
    )
    assert unknown_words("subject", ["Foxline", "huawei"], ["Foxline"]) == ()
    assert unknown_words("scope", ["q" * 500], ["core"]) == (UnknownWord(parameter="scope", given="q" * 500, near=()),)


def test_memberships_have_the_days_on_which_the_law_of_the_union_held() -> None:
    rows = {each.jurisdiction: each for each in BOOK.jurisdictions}
    (britain,) = rows["GB"].memberships
    assert (rows["GB"].name, britain.of, britain.from_, britain.to) == (
        "United Kingdom",
        "EU",
        "1973-01-01",
        "2020-12-31",
    )
    assert is_member("GB", date(2020, 12, 31))
    assert not is_member("GB", date(2021, 1, 1))
    assert [each.to for each in rows["NL"].memberships] == [None]
    assert rows["NO"].memberships == ()


def test_a_state_marks_what_only_a_class_matches() -> None:
    named = made("GB/named", "adopted", "prohibits", subjects=["ZTE Corp.", "vendors from China"], **IN_FORCE)
    class_of = made("GB/class", "adopted", "prohibits", subjects=["vendors from China"], **IN_FORCE)
    other = made("GB/other", "adopted", "prohibits", subjects=["foreign firms"], **IN_FORCE)
    plain = state(named, class_of, other, subjects=("zte",))
    assert [line.measure for line in plain.measures] == ["GB/named"]
    wide = state(named, class_of, other, subjects=("zte",), classes=True)
    assert [(line.measure, line.matched or ()) for line in wide.measures] == [
        ("GB/class", (Match(subject="ZTE", through="vendors from China", reach="origin"),)),
        ("GB/named", ()),
    ]
    assert wide.headline == plain.headline


def test_classes_alone_choose_and_mark_nothing() -> None:
    folds = (made("GB/class", "adopted", "prohibits", subjects=["vendors from China"], **IN_FORCE),)
    assert state(*folds, classes=True) == state(*folds)
