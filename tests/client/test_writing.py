"""Acts recorded, corrected, verified and taken back, each a dry run first where somebody wants to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dateline_client import Client, Problem
from dateline_client.answers import Preview, Written
from tests.api.writing import told
from tests.client.asking import Either
from tests.client.conftest import Dossier

Asking = Callable[..., Either]


@pytest.fixture
def act(either: Asking, request: pytest.FixtureRequest) -> dict[str, Any]:
    """An act of a jurisdiction of its own for each client."""
    code = "XA" if "AsyncClient" in request.node.name else "XB"
    return {"jurisdiction": code, "act": told(f"{code.lower()}-{request.node.name[5:20].replace('_', '-')}")}


def test_a_dry_run_shows_what_would_come_and_records_nothing(
    dossier: Dossier, either: Asking, act: dict[str, Any]
) -> None:
    ada = either(dossier.url, key=dossier.keys["recorder"])
    head = ada.jurisdictions().position
    preview = ada.record(act, dry_run=True)
    assert isinstance(preview, Preview)
    assert (preview.position, preview.events) == (head, 1)
    (measure,) = preview.measures
    assert measure.after is not None
    assert measure.after.status == "adopted"
    assert [change.what for change in measure.new] == ["adopted"]
    assert ada.jurisdictions().position == head


def test_an_act_is_recorded_corrected_and_retracted(dossier: Dossier, either: Asking, act: dict[str, Any]) -> None:
    ada = either(dossier.url, key=dossier.keys["recorder"])
    code, slug = act["jurisdiction"], act["act"]["act"]
    measure = f"{code}/decree"
    before = ada.measure(measure).revision if code in _codes(ada) else 0
    written = ada.record(act, expected={measure: before})
    assert isinstance(written, Written)
    assert written.revisions == {measure: before + 1}
    assert written.entries[0].recorded_by == "the-recorder"
    assert ada.record([act]).repeated == (slug,)

    replacement = {**act["act"], "title": "Decree on suppliers"}
    ada.correct(slug, jurisdiction=code, reason="typo", replacement=replacement, note="as printed")
    assert ada.act(slug).editions[-1].reason == "typo"
    ada.retract(slug, reason="duplicate")
    assert not ada.act(slug).stands


def test_a_write_upon_what_has_changed_since_is_refused_and_names_both(
    dossier: Dossier, either: Asking, act: dict[str, Any]
) -> None:
    ada = either(dossier.url, key=dossier.keys["recorder"])
    measure = f"{act['jurisdiction']}/decree"
    with pytest.raises(Problem) as refused:
        ada.record(act, expected={measure: 99})
    assert (refused.value.word, refused.value.status) == ("revisions-differ", 412)
    assert refused.value.members["measures"][0]["expected"] == 99
    with pytest.raises(Problem, match="unknown-act"):
        ada.act(act["act"]["act"])


def test_a_second_reader_verifies_and_an_administrator_undoes(
    dossier: Dossier, either: Asking, act: dict[str, Any]
) -> None:
    slug = act["act"]["act"]
    batch = either(dossier.url, key=dossier.keys["recorder"]).record(act).batch
    with pytest.raises(Problem, match="role-too-low"):
        either(dossier.url, key=dossier.keys["recorder"]).verify(slug, level="single_press")
    ben = either(dossier.url, key=dossier.keys["reviewer"])
    ben.verify(slug, level="official_document", url="https://gazette.example/1")
    assert ben.act(slug).verified == "official_document"
    admin = either(dossier.url, key=dossier.keys["admin"])
    assert admin.undo(batch, reason="unfounded", dry_run=True).events == 1
    assert admin.undo(batch, reason="unfounded").entries[0].what == "retracted"
    assert not admin.act(slug).stands


def test_a_review_says_that_nothing_new_was_found(dossier: Dossier, either: Asking) -> None:
    ada = either(dossier.url, key=dossier.keys["recorder"])
    ada.review("Iceland", reviewed_on="2026-11-20")
    assert ada.state("IS").raw["reviewed_on"] == "2026-11-20"


def test_of_several_reviews_that_which_may_be_the_latest_is_told_however_it_is_written(dossier: Dossier) -> None:
    told = (("2026-09", "2026-09"), ("[2026-01-01..2026-02-01]", "2026-09"), ("2026-09-30", "2026-09-30"))
    with Client(dossier.url, key=dossier.keys["recorder"]) as ada:
        for reviewed_on, last in (*told, ("2026-08~", "2026-09-30"), ("2026-10", "2026-10"), ("2026-10-02", "2026-10")):
            ada.review("Fiji", reviewed_on=reviewed_on)
            assert ada.state("FJ").reviewed_on == last
        of_all = {each.jurisdiction: each.reviewed_on for each in ada.jurisdictions().jurisdictions}
    assert of_all["FJ"] == "2026-10"


def test_without_a_key_nothing_is_written(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATELINE_KEY", raising=False)
    with Client(dossier.url) as nobody, pytest.raises(Problem) as refused:
        nobody.retract("nl-letter-2019-07-01", reason="duplicate")
    assert (refused.value.word, refused.value.members["role_needed"]) == ("key-needed", "recorder")


def _codes(ada: Any) -> set[str]:
    return {each.jurisdiction for each in ada.jurisdictions().jurisdictions}
