"""A series of the dossier and of the fictional law, held against the world matrix and the states, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.commands import VerifyAct
from services.intake.importing import import_files
from services.operations.wiring import service
from tests.acceptance.serving import LAW, served
from tests.conftest import TEMPLATE, fresh_database

STRICTEST_FIRST = [
    "prohibits",
    "restricts",
    "requires_approval",
    "requires_security_measures",
    "permits_temporarily",
    "declares_no_ban",
    "none",
]
"""The order of headlines (design, section 4)."""


VERIFIED = ["nl-letter-2019-07-01", "nl-besluit-2019-11-28"]


@pytest.fixture(scope="module")
def api(postgres_server: str, project: Path) -> Iterator[httpx.Client]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        for file in [*sorted((project / "dossier").glob("*.yaml")), LAW / "XA.yaml"]:
            import_files(opened.recording, [file], recorded_by="ada", clock=opened.clock)
        checked = [VerifyAct(act=slug, level="official_document", recorded_by="ben") for slug in VERIFIED]
        opened.recording.record(checked, recorded_by="ben")
        with served(opened) as base, httpx.Client(base_url=base, timeout=60) as client:
            yield client


def asked(api: httpx.Client, path: str, **params: Any) -> dict[str, Any]:
    answer = api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def series(api: httpx.Client, **params: Any) -> dict[str, Any]:
    return asked(api, "/v1/series", **params)


def by_effect(point: dict[str, Any]) -> dict[str, str]:
    """What each jurisdiction of a point counts as; the numbers are those of the names."""
    for each, number in point["counts"].items():
        assert number == len(point["codes"].get(each, []))
    assert list(point["counts"]) == [*STRICTEST_FIRST, "no_headline"]
    found = {code: each for each, codes in point["codes"].items() for code in codes}
    assert point["jurisdictions"] == len(found)
    return found


def headlines(matrix: dict[str, Any]) -> dict[str, str]:
    return {
        row["jurisdiction"]: row["headline"]["effect"] if row["headline"] else "no_headline"
        for row in matrix["jurisdictions"]
    }


@pytest.mark.parametrize(
    "window",
    [
        {"from": "2012-01-01", "to": "2026-11-24"},
        {"from": "2018-01-01", "to": "2026-11-24", "known_on": "2026-11-24"},
        {"from": "2017-01-01", "to": "2023-06-15", "known_on": "2020-07-01", "step": "quarter"},
        {"from": "2017-01-01", "to": "2023-06-15", "position": 150, "step": "quarter"},
    ],
    ids=["by the eyes of each day", "in hindsight", "by the eyes of a day within", "at an earlier edition"],
)
def test_every_point_counts_the_world_matrix_of_its_day(api: httpx.Client, window: dict[str, Any]) -> None:
    answer = series(api, **window)
    edition = {"position": answer["position"]}
    assert sum(point["counts"]["prohibits"] for point in answer["points"]) > 20
    for point in answer["points"]:
        known_on = window.get("known_on", point["on"])
        assert point["known_on"] == known_on
        matrix = asked(api, "/v1/state", as_of=point["on"], known_on=known_on, **edition)
        assert by_effect(point) == headlines(matrix), point["on"]


FILTERS: dict[str, dict[str, Any]] = {
    "a subject": {"subject": "Huawei"},
    "a subject and its classes": {"subject": "Huawei", "classes": "include"},
    "a scope and effects": {"scope": "core", "effect": ["restricts", "requires_approval"]},
    "statuses": {"status": ["adopted", "proposed"]},
    "a level": {"verified": "official_statement"},
}


def counted(lines: list[dict[str, Any]], filters: dict[str, Any]) -> str:
    """What a state with these lines counts as: docs/answers.md, told once more."""
    effects = [filters["effect"]] if isinstance(filters.get("effect"), str) else filters.get("effect", STRICTEST_FIRST)
    for effect in STRICTEST_FIRST:
        for line in lines:
            counts = "status" in filters or line["status"] == "in_force"
            if counts and effect in effects and effect in line["effects"] and not line["targets"]:
                return effect
    for line in lines:
        declared = line["status"] == "announced" and "declares_no_ban" in line["effects"] and not line["targets"]
        if declared and "status" not in filters and "declares_no_ban" in effects:
            return "declares_no_ban"
    return "no_headline"


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_with_filters_a_point_has_the_rows_of_the_matrix_and_counts_the_measures_that_match(
    api: httpx.Client, filters: dict[str, Any]
) -> None:
    for point in series(api, **{"from": "2018-06-01", "to": "2024-03-01"}, step="year", **filters)["points"]:
        matrix = asked(api, "/v1/state", as_of=point["on"], **filters)
        found = by_effect(point)
        assert list(headlines(matrix)) == sorted(found)
        alone = [row["jurisdiction"] for row in matrix["jurisdictions"] if "matched" in row]
        assert point.get("matched", []) == alone
        for code, effect in found.items():
            state = asked(api, f"/v1/jurisdictions/{code}/state", as_of=point["on"], **filters)
            assert effect == counted(state["measures"], filters), (code, point["on"])
        assert api.get(point["state"]).json()["jurisdictions"] == matrix["jurisdictions"]


def test_the_dutch_decree_counts_from_the_month_in_which_it_took_force(api: httpx.Client) -> None:
    """Adopted on 28 November 2019, in force on 1 March 2020; until then the declared position stood."""
    window = {"from": "2019-11-20", "to": "2020-04-10", "jurisdiction": ["Netherlands", "HR"]}
    answer = series(api, **window)
    assert [(point["on"], point["codes"]) for point in answer["points"]] == [
        ("2019-11-30", {"declares_no_ban": ["NL"]}),
        ("2019-12-31", {"declares_no_ban": ["NL"]}),
        ("2020-01-31", {"declares_no_ban": ["NL"]}),
        ("2020-02-29", {"declares_no_ban": ["NL"]}),
        ("2020-03-31", {"restricts": ["NL"]}),
        ("2020-04-10", {"restricts": ["NL"]}),
    ]
    assert answer["no_record"] == ["HR"]


def test_the_fictional_law_counts_as_its_book_says(api: httpx.Client) -> None:
    """The tax relief was adopted on 12 May 2022, back to 1 January: its own day did not know it (l012, l013)."""
    window = {"from": "2022-01-01", "to": "2023-01-31", "jurisdiction": "XA", "effect": "permits_temporarily"}
    then = {point["on"]: point["counts"]["permits_temporarily"] for point in series(api, **window)["points"]}
    hindsight = series(api, **window, known_on="2023-06-01")["points"]
    assert (then["2022-03-31"], then["2022-05-31"], then["2023-01-31"]) == (0, 1, 0)
    assert [point["counts"]["permits_temporarily"] for point in hindsight] == [1] * 12 + [0]
