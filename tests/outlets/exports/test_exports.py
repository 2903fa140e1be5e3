"""An export says what the service answers, of the same days and the same edition, row by row."""

from __future__ import annotations

import csv
import io
from datetime import date
from itertools import groupby
from typing import Any

import msgspec
import pytest
from msgspec.structs import fields

from events.actions import Source
from projections.answering import HEAD, Asked, WindowReversed
from projections.answers import RULES
from projections.state import Filters
from services.operations.wiring import Service
from services.outlets.columns import OF_SOURCES
from services.outlets.exports import (
    MOST_COLUMNS,
    TAKES,
    WHAT,
    Export,
    NotOfExport,
    TooManyColumns,
    Wanted,
    WindowNeeded,
    export_of,
)
from services.outlets.formats import FORMAT
from services.outlets.tables import table_of
from tests.outlets.exports.conftest import CORRECTED, RETRACTED

DAYS = (date(2019, 11, 20), date(2020, 3, 1), date(2021, 1, 1))
EYES = (date(2019, 11, 20), date(2026, 11, 24))


def rows(export: Export) -> list[dict[str, Any]]:
    names = [column.name for column in export.columns]
    return [dict(zip(names, row, strict=True)) for row in export.rows()]


def table(export: Export) -> list[dict[str, str]]:
    written = b"".join(FORMAT["csv"].write(export.columns, export.rows(), export.edition.recorded_at))
    return list(csv.DictReader(io.StringIO(written.decode(), newline="")))


def exported(record: Service, asked: Asked = HEAD, **wanted: Any) -> Export:
    return export_of(record.exporting, Wanted(**wanted), asked)


@pytest.mark.parametrize(("as_of", "known_on"), [(DAYS[0], EYES[0]), (DAYS[1], EYES[1]), (DAYS[2], EYES[1])])
def test_an_export_of_the_state_has_the_rows_of_every_jurisdictions_state(
    record: Service, as_of: date, known_on: date
) -> None:
    found = table(exported(record, what="state", as_of=as_of, known_on=known_on))
    codes = [each.jurisdiction for each in record.answering.jurisdictions().jurisdictions if each.measures]
    expected = []
    for code in codes:
        answer = record.answering.state(code, as_of=as_of, known_on=known_on)
        told = list(csv.DictReader(io.StringIO(table_of(answer).decode(), newline="")))
        lines = [*answer.measures, *answer.inherited]
        for row, line in zip(told, lines, strict=True):
            row["values"] = msgspec.json.encode(line.values).decode() if line.values else ""
            del row["matched"]
        expected += told
    assert len(expected) > 100
    assert found == expected


@pytest.mark.parametrize("jurisdictions", [("NL",), ("ZW", "NL"), ("LU",)])
def test_an_export_of_some_jurisdictions_has_theirs_alone_with_what_they_inherit(
    record: Service, jurisdictions: tuple[str, ...]
) -> None:
    found = rows(exported(record, what="state", as_of=DAYS[2], jurisdictions=jurisdictions))
    expected = []
    for code in sorted(jurisdictions):
        answer = record.answering.state(code, as_of=DAYS[2])
        expected += [(code, line.measure) for line in [*answer.measures, *answer.inherited]]
    assert [(row["jurisdiction"], row["measure"]) for row in found] == expected


def test_every_row_names_its_times_position_and_rules(record: Service) -> None:
    edition = record.exporting.edition(Asked())
    window = {"from_": date(2020, 1, 1), "to": date(2020, 1, 3)}
    for what in WHAT:
        export = exported(record, what=what, **(window if "from" in TAKES[what] else {}))
        names = [column.name for column in export.columns]
        assert len(set(names)) == len(names)
        found = rows(export)
        assert found, what
        for row in found:
            assert (row["position"], row["recorded_at"], row["rules"]) == (*edition_of(edition), RULES)


def edition_of(edition: Any) -> tuple[Any, Any]:
    return edition.position, edition.recorded_at


def test_the_kinds_of_the_columns_are_those_of_their_cells(record: Service) -> None:
    kinds = {
        "text": str, "number": int, "yes_no": bool, "day": date, "list": (list, tuple), "moment": date, "json": object,
    }  # fmt: skip
    for what in WHAT:
        window = {"from_": date(2018, 1, 1), "to": date(2021, 1, 3)} if what == "changes" else {}
        if what == "panel":
            window = {"from_": date(2020, 1, 1), "to": date(2020, 1, 2)}
        export = exported(record, what=what, **window)
        for row in export.rows():
            for column, value in zip(export.columns, row, strict=True):
                assert value is None or isinstance(value, kinds[column.kind]), (what, column.name, value)
                if column.kind == "list" and value is not None:
                    assert all(isinstance(each, str) for each in value), (what, column.name, value)  # type: ignore[union-attr]


@pytest.mark.parametrize("known_on", [None, date(2026, 11, 24)])
def test_changes_are_those_of_every_jurisdictions_diary(record: Service, known_on: date | None) -> None:
    window = {"from_": date(2019, 1, 1), "to": date(2020, 6, 30)}
    found = rows(exported(record, what="changes", known_on=known_on, **window))
    codes = [each.jurisdiction for each in record.answering.jurisdictions().jurisdictions if each.measures]
    for code in codes:
        diary = record.answering.changes(code, known_on=known_on, **window)
        told = sorted((each.measure, each.on, each.what, each.summary) for each in diary.changes)
        mine = [
            (row["measure"], row["on"], row["what"], row["summary"]) for row in found if row["jurisdiction"] == code
        ]
        assert sorted(mine) == told
    assert [row["jurisdiction"] for row in found] == sorted(row["jurisdiction"] for row in found)


def test_deadlines_are_those_of_the_world_in_the_order_of_their_measures(record: Service) -> None:
    found = rows(exported(record, what="deadlines", as_of=date(2019, 10, 29)))
    told = record.answering.deadlines(as_of=date(2019, 10, 29)).deadlines
    key = [(each.jurisdiction, each.measure, each.deadline, each.status, each.due) for each in told]
    mine = [tuple(row[name] for name in ("jurisdiction", "measure", "deadline", "status", "due")) for row in found]
    assert sorted(map(str, mine)) == sorted(map(str, key))
    assert [row["measure"] for row in found] == sorted(row["measure"] for row in found)
    assert {row["status"] for row in found} >= {"overdue", "met"}


def test_measures_are_all_on_record_with_their_revisions(record: Service) -> None:
    found = rows(exported(record, what="measures", as_of=date(2020, 3, 1)))
    for row in found[::20]:
        answer = record.answering.measure(row["measure"], as_of=date(2020, 3, 1))
        status = "absent" if answer.line is None else answer.line.status
        assert (row["status"], row["revision"]) == (status, answer.revision)
    counted = {each.jurisdiction: each.measures for each in record.answering.jurisdictions().jurisdictions}
    assert len(found) == sum(counted.values())
    assert {row["status"] for row in found} > {"absent", "in_force"}


def test_acts_are_those_that_stand_as_they_read_now(record: Service) -> None:
    found = {row["act"]: row for row in rows(exported(record, what="acts"))}
    counted = sum(each.acts for each in record.answering.jurisdictions().jurisdictions)
    assert sum(len(row["jurisdictions"]) for row in found.values()) == counted
    assert RETRACTED not in found
    for slug in (CORRECTED, "us-eo-13873"):
        told = record.auditing.act(slug)
        content = told.editions[-1].content if told.editions[-1].type != "verified" else told.editions[0].content
        row = found[slug]
        assert isinstance(content, dict)
        assert (row["act_title"], row["published_on"]) == (content["title"], content.get("published_on"))
        assert row["verified"] == told.verified
        assert row["measures"] == list(told.measures)
        assert row["types"] == [action["type"] for action in content["actions"]]
        assert msgspec.to_builtins(row["sources"]) == content["sources"]
    assert (found[CORRECTED]["standing"], found[CORRECTED]["published_on"]) == ("corrected", "2019-11-27")
    assert (found["us-eo-13873"]["standing"], found["us-eo-13873"]["verified"]) == ("recorded", "two_independent")
    assert found["us-eo-13873"]["entry_recorded_by"] == "operator"


def test_actions_have_what_was_superseded_and_from_which_edition_to_which(record: Service) -> None:
    found = rows(exported(record, what="actions"))
    with record.pool.connection() as connection:
        table_ = connection.execute(
            "select position, place, act, recorded_from, recorded_to from dateline.action order by position, place"
        ).fetchall()
    names = ("entry_position", "place", "act", "recorded_from", "recorded_to")
    assert [tuple(row[name] for name in names) for row in found] == table_
    assert {row["recorded_to"] is None for row in found if row["act"] == RETRACTED} == {False}


def test_an_earlier_edition_is_exported_as_it_was(record: Service) -> None:
    retracted = {row["recorded_to"] for row in rows(exported(record, what="actions")) if row["act"] == RETRACTED}
    before = min(retracted) - 1
    for what in ("acts", "actions", "measures", "periods", "log"):
        now, then = rows(exported(record, what=what)), rows(exported(record, Asked(before), what=what))
        assert now != then, what
        assert {row["position"] for row in then} == {before}
    actions = rows(exported(record, Asked(before), what="actions"))
    assert {row["recorded_to"] for row in actions if row["act"] == RETRACTED} == {None}
    first = next(iter(record.log.at([1]))).edition
    original = rows(exported(record, Asked(first), what="acts"))
    assert {row["act"] for row in original} >= {RETRACTED, CORRECTED}
    assert rows(exported(record, Asked(first - 1), what="actions")) == []
    assert rows(exported(record, Asked(first - 1), what="log")) == []
    assert rows(exported(record, Asked(0), what="state")) == []


def test_periods_are_the_table_of_the_head(record: Service) -> None:
    found = rows(exported(record, what="periods"))
    with record.pool.connection() as connection:
        there = connection.execute(
            "select measure, kind, name, lower(valid), upper(valid), lower(known), upper(known), status, exact"
            " from dateline.period"
        ).fetchall()
    names = ("measure", "kind", "name", "valid_from", "valid_to", "known_from", "known_to", "status", "exact")
    mine = [tuple(row[name] for name in names) for row in found]
    assert sorted(map(str, mine)) == sorted(map(str, there))


def test_the_log_has_every_event_as_it_is_stored(record: Service) -> None:
    found = rows(exported(record, what="log"))
    assert [row["entry_position"] for row in found] == list(range(1, record.log.head().position + 1))
    for row in found[::50]:
        entry = record.answering.entry(row["entry_position"])
        assert entry is not None
        assert bytes(row["stored"]).decode() == entry.stored
        assert (row["topic"], row["entry_revision"]) == (entry.topic, entry.entry["revision"])


def test_what_an_export_does_not_depend_on_is_refused(record: Service) -> None:
    with pytest.raises(NotOfExport, match="'as_of'"):
        exported(record, what="acts", as_of=date(2020, 1, 1))
    with pytest.raises(NotOfExport, match="'shape'"):
        exported(record, what="changes", from_=date(2020, 1, 1), shape="wide")
    with pytest.raises(WindowNeeded):
        exported(record, what="panel")
    with pytest.raises(WindowReversed):
        exported(record, what="changes", from_=date(2020, 1, 2), to=date(2020, 1, 1))


# The panel


@pytest.mark.parametrize("known_on", [None, date(2026, 11, 24), date(2020, 1, 15)])
def test_a_panel_of_headlines_has_the_world_matrix_of_every_day(record: Service, known_on: date | None) -> None:
    window = {"from_": date(2019, 10, 1), "to": date(2020, 4, 30)}
    found = rows(exported(record, what="panel", known_on=known_on, **window))
    codes = [each.jurisdiction for each in record.answering.jurisdictions().jurisdictions if each.measures]
    assert len(found) == 213 * len(codes)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for row in found:
        by_day.setdefault(row["as_of"], []).append(row)
    for day in list(by_day)[::9]:
        matrix = record.answering.world(as_of=day, known_on=known_on or day)
        told = [
            (
                row.jurisdiction, row.name,
                row.headline and row.headline.effect, row.headline and row.headline.status,
                row.upcoming and row.upcoming.effect, row.upcoming and row.upcoming.status,
            )
            for row in matrix.jurisdictions
        ]  # fmt: skip
        names = ("jurisdiction", "name", "headline_effect", "headline_status", "upcoming_effect", "upcoming_status")
        assert [tuple(row[name] for name in names) for row in by_day[day]] == told, day
        assert {row["known_on"] for row in by_day[day]} == {known_on or day}


@pytest.mark.parametrize("known_on", [None, date(2026, 11, 24)])
def test_a_panel_of_measures_has_the_status_of_every_day(record: Service, known_on: date | None) -> None:
    window = {"from_": date(2019, 1, 1), "to": date(2020, 12, 31)}
    codes = ("NL", "US", "XA")
    found = rows(exported(record, what="panel", of="measure", known_on=known_on, jurisdictions=codes, **window))
    for measure, each in groupby(found, key=lambda row: row["measure"]):
        days = list(each)
        assert [row["as_of"] for row in days] == [date.fromordinal(window["from_"].toordinal() + n) for n in range(731)]
        for row in days[:: 61 if measure.startswith("XA") else 101]:
            eyes = known_on or row["as_of"]
            answer = record.answering.measure(measure, as_of=row["as_of"], known_on=eyes)
            told = ("absent", "certain", ())
            if answer.line is not None:
                told = (answer.line.status, answer.line.certainty, answer.line.effects)
            assert (row["status"], row["certainty"], row["effects"]) == told, (measure, row["as_of"])
    assert {row["certainty"] for row in found} == {"certain", "possible"}


@pytest.mark.parametrize("of", ["headline", "measure"])
def test_a_wide_panel_says_the_same_as_the_long_one(record: Service, of: str) -> None:
    window = {"from_": date(2019, 12, 30), "to": date(2020, 1, 2)}
    long, wide = (rows(exported(record, what="panel", of=of, shape=shape, **window)) for shape in ("long", "wide"))
    assert [row["as_of"] for row in wide] == [
        date(2019, 12, 30),
        date(2019, 12, 31),
        date(2020, 1, 1),
        date(2020, 1, 2),
    ]
    at = {row["as_of"]: row for row in wide}
    column = {"headline": "jurisdiction", "measure": "measure"}[of]
    assert list(wide[0])[5:] == list(dict.fromkeys(row[column] for row in long))
    for row in long:
        said = row["headline_effect"] or "no_headline" if of == "headline" else row["status"]
        doubt = "?" if row.get("certainty") == "possible" else ""
        assert at[row["as_of"]][row[column]] == f"{said}{doubt}"


def test_of_a_jurisdiction_without_a_record_a_panel_says_nothing(record: Service) -> None:
    window = {"from_": date(2020, 1, 1), "to": date(2020, 1, 1), "jurisdictions": ("ZW", "NL")}
    assert {row["jurisdiction"] for row in rows(exported(record, what="panel", **window))} == {"NL"}
    (day,) = rows(exported(record, what="panel", shape="wide", **window))
    assert list(day)[5:] == ["NL"]


def test_a_wide_panel_of_too_many_columns_is_refused(record: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_COLUMNS < 16_384
    monkeypatch.setattr("services.outlets.exports.MOST_COLUMNS", 10)
    with pytest.raises(TooManyColumns, match="at most 10"):
        exported(record, what="panel", from_=date(2020, 1, 1), shape="wide")


def test_the_filters_of_a_state_are_not_those_of_an_export(record: Service) -> None:
    everything = record.answering.world(as_of=DAYS[1], filters=Filters()).jurisdictions
    assert {row["jurisdiction"] for row in rows(exported(record, what="state", as_of=DAYS[1]))} <= {
        each.jurisdiction for each in everything
    }


def test_a_source_is_exported_with_all_that_the_record_has_of_it() -> None:
    told = [column.name for column in OF_SOURCES]
    assert told[told.index("number") + 1 :] == [each.name for each in fields(Source)]
