"""The compared world is what it promises to be, and the oracle reads it as the record format says."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

from bench.boxes import Box, boxes
from bench.living import FIRST, LAST
from bench.oracle import Archive, Heard, Json, put_right, state, world_row
from bench.workload import types_of, workload, world_codes

CODES = world_codes(20)
LINES = list(workload(10_000, 7, CODES, measures=10))
ACTS = [line["act"] for line in LINES if "act" in line]


def test_a_seed_tells_the_same_world_everywhere_and_another_seed_another() -> None:
    assert list(workload(500, 7, CODES[:3], 4)) == list(workload(500, 7, CODES[:3], 4))
    assert list(workload(500, 7, CODES[:3], 4)) != list(workload(500, 8, CODES[:3], 4))


def test_the_world_has_two_hundred_real_jurisdictions_and_no_union() -> None:
    codes = world_codes()
    assert len(set(codes)) == 200
    assert {"CN", "DE", "JP", "NL"} <= set(codes)
    assert "EU" not in codes


def test_a_twentieth_of_the_acts_is_corrected_and_a_fiftieth_retracted_after_all_else() -> None:
    types = list(types_of(LINES))
    counts = Counter(types)
    assert 0.04 < counts["corrected"] / len(ACTS) < 0.06
    assert 0.015 < counts["retracted"] / len(ACTS) < 0.025
    assert 9_800 < len(LINES) < 10_200
    later = types[len(ACTS) :]
    assert later == ["corrected"] * counts["corrected"] + ["retracted"] * counts["retracted"]


def test_acts_are_recorded_in_the_order_of_their_announcement() -> None:
    days = [act["announced_on"] for act in ACTS]
    assert all(earlier <= later for earlier, later in pairwise(days))


def test_no_act_is_both_corrected_and_retracted_and_each_is_put_right_once() -> None:
    named = [line.get("correct") or line["retract"] for line in LINES if "act" not in line]
    assert len(named) == len(set(named))
    assert set(named) <= {act["act"] for act in ACTS}


def test_every_measure_begins_with_its_adoption_and_all_kinds_of_acts_follow() -> None:
    first: dict[str, str] = {}
    for line in LINES:
        if "act" in line:
            action = line["act"]["actions"][0]
            first.setdefault(f"{line['jurisdiction']}/{action['measure']}", action["type"])
    assert Counter(first.values()) == {"adopted": 200}
    assert set(types_of(LINES)) == {
        "adopted", "amended", "extended", "suspended", "reinstated", "rescheduled",
        "deadline_set", "deadline_moved", "deadline_met", "noted", "corrected", "retracted",
    }  # fmt: skip


def test_adoptions_are_announced_before_on_and_after_their_first_day_in_fifteen_years() -> None:
    adopted = [(act["announced_on"], act["actions"][0]["effective_on"]) for act in ACTS if _type(act) == "adopted"]
    sides = Counter("before" if a < e else "on" if a == e else "after" for a, e in adopted)
    assert all(sides[side] > 20 for side in ("before", "on", "after"))
    days = [effective for _, effective in adopted]
    assert FIRST.isoformat() <= min(days)
    assert max(days) <= LAST.isoformat()
    assert date.fromisoformat(max(days)) - date.fromisoformat(min(days)) > (LAST - FIRST) * 0.8


def test_a_large_world_spreads_its_events_over_all_measures() -> None:
    measures = Counter(line["act"]["actions"][0]["measure"] + line["jurisdiction"] for line in LINES if "act" in line)
    assert len(measures) == 200
    assert max(measures.values()) - min(measures.values()) <= 1


def _type(act: Json) -> str:
    return str(act["actions"][0]["type"])


# A licence, told by hand: what is true of it on each day follows from the record format alone.

ADOPTED = {"type": "adopted", "effective_on": "2019-05-20", "expires_on": "2019-08-19", "effects": ["restricts"]}
ADOPTED |= {"subjects": ["Huawei"], "scope": ["core"]}
LICENCE: list[Heard] = [
    ("US/licence", "2019-05-15", ADOPTED),
    ("US/licence", "2019-06-01", {"type": "deadline_set", "deadline": "report", "due": "2019-07-01",
                                  "obliged": "authority"}),
    ("US/licence", "2019-06-10", {"type": "suspended", "until": "2019-06-20"}),
    ("US/licence", "2019-06-30", {"type": "amended", "scope": ["devices"], "applies_on": "2019-07-10"}),
    ("US/licence", "2019-07-20", {"type": "deadline_set", "deadline": "removal", "due": "2019-09-30",
                                  "obliged": "addressees"}),
    ("US/licence", "2019-08-25", {"type": "extended", "expires_on": "2019-11-18"}),
]  # fmt: skip


def _on(day: str) -> Json:
    return state(LICENCE, day)[0]


def test_the_oracle_says_nothing_of_what_nobody_had_announced() -> None:
    assert state(LICENCE, "2019-05-14") == []


def test_the_oracle_tells_adopted_in_force_stopped_and_expired_by_the_day() -> None:
    days = ["05-19", "05-20", "06-10", "06-20", "06-21", "08-19", "08-20", "08-25", "11-18", "11-19"]
    assert [_on(f"2019-{day}")["status"] for day in days] == [
        "adopted", "in_force", "suspended", "suspended", "in_force", "in_force", "expired", "in_force", "in_force",
        "expired",
    ]  # fmt: skip


def test_the_oracle_lets_terms_count_from_the_day_on_which_they_apply() -> None:
    assert [_on(day)["scope"] for day in ("2019-07-09", "2019-07-10")] == [["core"], ["devices"]]


def test_the_oracle_keeps_what_a_deadline_had_come_to_when_the_measure_expired() -> None:
    told = [
        {each["deadline"]: each["status"] for each in _on(day)["deadlines"]}
        for day in ("2019-07-01", "2019-07-02", "2019-08-19", "2019-08-20", "2019-08-30")
    ]
    assert told == [
        {"report": "open"},
        {"report": "overdue"},
        {"removal": "open", "report": "overdue"},
        {"removal": "void", "report": "overdue"},
        {"removal": "void", "report": "overdue"},
    ]


def test_the_oracle_counts_a_deadline_on_the_last_day_in_force_as_passed_by_the_end() -> None:
    due = {"type": "deadline_set", "deadline": "removal", "due": "2019-08-19", "obliged": "addressees"}
    told: list[Heard] = [*LICENCE[:1], ("US/licence", "2019-07-20", due)]
    assert [state(told, day)[0]["deadlines"][0]["status"] for day in ("2019-08-19", "2019-08-20")] == ["open", "passed"]


def test_the_oracle_reads_acts_as_they_were_put_right() -> None:
    def line(slug: str, action: Json) -> Json:
        return {"act": slug, "announced_on": "2020-01-01", "actions": [{"measure": "m", **action}]}

    lines: list[Json] = [
        {"jurisdiction": "NL", "act": line("a", ADOPTED)},
        {"jurisdiction": "NL", "act": line("b", {"type": "noted"})},
        {"jurisdiction": "NL", "correct": "a", "replacement": line("a", ADOPTED | {"expires_on": "2021-12-31"})},
        {"jurisdiction": "NL", "retract": "b"},
    ]
    assert [action["expires_on"] for _, _, action in put_right(lines)] == ["2021-12-31"]


def test_the_oracle_counts_the_strictest_effect_in_force_alone() -> None:
    lines = [
        {"status": "in_force", "effects": ["permits_temporarily"]},
        {"status": "in_force", "effects": ["restricts"]},
        {"status": "adopted", "effects": ["prohibits"]},
    ]
    assert world_row("US", lines) == {
        "jurisdiction": "US", "effect": "restricts", "counts": {"in_force": 2, "adopted": 1},
    }  # fmt: skip


# The same licence as a bitemporal table has it.


def _rows(tmp_path: Path, *heard: Heard) -> list[Box]:
    archive = Archive(tmp_path / "lines")
    acts = [{"act": f"act-{number}", "announced_on": on, "actions": [{"measure": "licence", **action}]}
            for number, (_, on, action) in enumerate(heard)]  # fmt: skip
    for _ in archive.keep({"jurisdiction": "US", "act": act} for act in acts):
        pass
    return list(boxes(archive, ["US"]))


def test_a_table_has_one_row_for_every_day_that_was_told_and_every_day_of_knowing(tmp_path: Path) -> None:
    rows = _rows(tmp_path, *LICENCE)
    days = [f"2019-{month:02}-{day:02}" for month in range(5, 13) for day in (1, 10, 15, 20, 25, 30)]
    for known in days:
        for valid in days:
            found = [row for row in rows if row.known_from <= known < row.known_to and
                     row.valid_from <= valid < row.valid_to]  # fmt: skip
            assert len(found) == (1 if min(known, valid) >= LICENCE[0][1] else 0), (known, valid)


def test_a_table_keeps_what_was_expected_before_it_was_known_better(tmp_path: Path) -> None:
    rows = _rows(tmp_path, *LICENCE)

    def expected(known: str, valid: str) -> str:
        return next(row.status for row in rows if row.known_from <= known < row.known_to and
                    row.valid_from <= valid < row.valid_to)  # fmt: skip

    assert [expected(known, "2019-10-01") for known in ("2019-08-24", "2019-08-25")] == ["expired", "in_force"]
    assert expected("2019-08-25", "2019-06-15") == "suspended"


def test_an_act_that_changes_nothing_leaves_the_table_alone_and_no_row_is_empty(tmp_path: Path) -> None:
    rows = _rows(tmp_path, *LICENCE)
    noted: Heard = ("US/licence", "2019-06-05", {"type": "noted"})
    (tmp_path / "more").mkdir()
    assert _rows(tmp_path / "more", *LICENCE[:2], noted, *LICENCE[2:]) == rows
    assert all(row.known_from < row.known_to and row.valid_from < row.valid_to for row in rows)
