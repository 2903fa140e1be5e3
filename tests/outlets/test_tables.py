"""Tables are what RFC 4180 says, and nothing in them is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.answers import DeadlineLine, History, MeasureLine, Move, Point, Series, State
from services.outlets.tables import has_table, table_of

MOMENT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def line(**told: Any) -> MeasureLine:
    """A measure in force, with some of its fields otherwise."""
    usual: dict[str, Any] = {
        "measure": "NL/decree", "title": "Decree", "status": "in_force", "certainty": "certain", "since": "2020-03-01",
        "instrument": "rule", "authority": "Ministry", "effects": ("restricts",), "subjects": ("Huawei", "ZTE"),
        "scope": (), "targets": (), "effective_on": "2020-03-01", "expires_on": None, "deadlines": (),
        "acts": ("nl-decree",), "verified": None, "next_change": None,
    }  # fmt: skip
    return MeasureLine(**{**usual, **told})


def state(*lines: MeasureLine, inherited: tuple[MeasureLine, ...] = ()) -> State:
    return State(
        jurisdiction="NL", as_of="2020-03-01", known_on="2020-06-01", position=8, recorded_at=MOMENT, rules="1",
        measures=lines, inherited=inherited, headline=None, upcoming=None, coverage="recorded", reviewed_on=None,
    )  # fmt: skip


def rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode(), newline="")))


def test_every_row_stands_alone_with_its_times_position_and_rules() -> None:
    moves = (Move("2019-12-01", "2020-01-01", None, "nl-move"),)
    deadline = DeadlineLine(deadline="rules", due=None, obliged="authority", status="open", moves=moves, acts=())
    first, second = rows(table_of(state(line(deadlines=(deadline,)), inherited=(line(measure="EU/toolbox"),))))
    times = {
        "as_of": "2020-03-01",
        "known_on": "2020-06-01",
        "position": "8",
        "recorded_at": "2026-11-24T08:00:00Z",
        "rules": "1",
    }
    for row in (first, second):
        assert {name: row[name] for name in times} == times
    assert (first["measure"], first["inherited"], first["expires_on"]) == ("NL/decree", "no", "")
    assert (second["measure"], second["inherited"]) == ("EU/toolbox", "yes")
    assert first["subjects"] == "Huawei; ZTE"
    assert first["deadlines"] == "rules, without a date, open"


def test_the_header_of_a_state_stays_as_it_is() -> None:
    assert table_of(state()).decode() == (
        "as_of,known_on,position,recorded_at,rules,jurisdiction,inherited,measure,title,status,certainty,possible,since,"
        "instrument,authority,effects,subjects,scope,targets,values,effective_on,expires_on,next_change,acts,verified,deadlines,"
        "matched\r\n"
    )


def test_a_cell_with_commas_quotes_and_line_breaks_is_one_cell() -> None:
    title = 'The "Decree", as told\r\nin two lines, naïve 华为'
    table = table_of(state(line(title=title)))
    assert rows(table)[0]["title"] == title
    assert '"The ""Decree"", as told\r\nin two lines, naïve 华为"'.encode() in table


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\ttext",
        "  =cmd|' /C calc'!A0",
        '"=1"',
        "'=1",
        ' "  =1',
        "\u00a0=1",
        "\ufeff=1",
        "＝1",
    ],
)
def test_what_a_spreadsheet_would_run_is_made_a_text(text: str) -> None:
    told = line(title=text, subjects=("Huawei", text), values={"limit": text})
    (row,) = rows(table_of(state(told)))
    assert row["title"] == f"'{text}"
    assert row["subjects"] == f"Huawei; '{text}"
    assert row["values"] == f"limit='{text}"


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_cell_of_text_begins_as_a_formula(text: str) -> None:
    told = line(title=text, subjects=(text, text), values={text or "x": text})
    (row,) = rows(table_of(state(told)))
    for cell in row.values():
        assert cell.lstrip(" \u00a0\"'")[:1] not in set("=+-@") or cell.startswith("'")
        assert not cell.startswith(("\t", "\r"))


def test_a_history_tells_the_fields_of_each_entry() -> None:
    sources = [{"name": "Gazette", "url": "https://gazette.example/1"}, {"name": "-"}]
    entry: dict[str, object] = {
        "position": 3, "recorded_at": MOMENT, "recorded_by": "ada", "batch": None, "revision": 1, "type": "adopted",
        "act": "nl-decree", "announced_on": "2019-11-28", "effective_on": "2020-05-01", "subjects": ["Huawei", "ZTE"],
        "sources": sources, "superseded_by": 8,
    }  # fmt: skip
    answer = History(measure="NL/decree", position=8, recorded_at=MOMENT, rules="1", revision=1, entries=(entry,))
    (row,) = rows(table_of(answer))
    assert (row["position"], row["entry_position"], row["entry_superseded_by"]) == ("8", "3", "8")
    assert row["sources"] == "Gazette, https://gazette.example/1; '-"
    assert row["fields"] == "effective_on=2020-05-01; subjects=Huawei, ZTE"


def test_a_series_has_a_row_a_point_with_its_numbers_and_the_names_behind_them() -> None:
    counted = ("prohibits", "restricts", "requires_approval", "requires_security_measures", "permits_temporarily",
               "declares_no_ban", "none", "no_headline")  # fmt: skip
    point = Point(
        on="2020-01-31", known_on="2020-06-01", jurisdictions=3, counts={**dict.fromkeys(counted, 0), "restricts": 2,
        "no_headline": 1}, codes={"restricts": ("NL", "US"), "no_headline": ("XA",)}, matched=("NL",),
        state="/v1/state?as_of=2020-01-31",
    )  # fmt: skip
    answer = Series(
        from_="2020-01-01", to="2020-01-31", step="month", known_on="2020-06-01", position=8, recorded_at=MOMENT,
        rules="1", points=(point,),
    )  # fmt: skip
    table = table_of(answer)
    assert table.decode().splitlines()[0] == (
        "from,to,step,position,recorded_at,rules,on,known_on,jurisdictions,prohibits,restricts,requires_approval,"
        "requires_security_measures,permits_temporarily,declares_no_ban,none,no_headline,codes_prohibits,"
        "codes_restricts,codes_requires_approval,codes_requires_security_measures,codes_permits_temporarily,"
        "codes_declares_no_ban,codes_none,codes_no_headline,matched,state"
    )
    (row,) = rows(table)
    assert (row["from"], row["to"], row["step"], row["position"]) == ("2020-01-01", "2020-01-31", "month", "8")
    assert (row["on"], row["known_on"], row["jurisdictions"]) == ("2020-01-31", "2020-06-01", "3")
    assert (row["prohibits"], row["restricts"], row["no_headline"]) == ("0", "2", "1")
    assert (row["codes_prohibits"], row["codes_restricts"], row["codes_no_headline"]) == ("", "NL; US", "XA")
    assert (row["matched"], row["state"]) == ("NL", "/v1/state?as_of=2020-01-31")


def test_what_is_no_table_has_none() -> None:
    assert has_table(State)
    assert not has_table(MeasureLine)
