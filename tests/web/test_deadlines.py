"""The page of deadlines, as its HTML says it: what became of each, how far it moved, by which act."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from projections.answers import WorldDeadline
from services.operations.wiring import service
from services.web.deadlines import line_of
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import Did, act, did
from tests.web.reading import Page, shown


def due(name: str, day: str | None, obliged: str = "authority", measure: str = "NL/law") -> Did:
    return did("deadline_set", measure, deadline=name, due=day, obliged=obliged)


COMMANDS = [
    act(
        "nl-law",
        "2020-01-01",
        did("adopted", "NL/law", effects=["restricts"], effective_on="2020-01-01", title="Telecom law"),
        due("first-report", "2020-03-01"),
        due("equipment-removed", "2020-03-10", "addressees"),
        due("comments", "2020-02-01", "nobody"),
        due("second-report", "2020-06-30"),
        due("third-report", "2022-01-01"),
        due("auction", "2020-04-30"),
        due("catalogue", "2020-02-15"),
        due("list", "2020-02-20"),
    ),
    act("se-law", "2020-01-02", did("adopted", "SE/law"), due("permits", "2020-03-05", measure="SE/law")),
    act("nl-slip", "2020-02-10", did("deadline_moved", "NL/law", deadline="second-report", due="2020-07-31")),
    act("nl-delay", "2020-03-15", did("deadline_moved", "NL/law", deadline="auction", due=None)),
    act("nl-late", "2020-03-01", did("deadline_met", "NL/law", deadline="catalogue", met_on="2020-02-29")),
    act("nl-done", "2020-02-19", did("deadline_met", "NL/law", deadline="list", met_on="2020-02-19")),
]  # fmt: skip

DAY = "as_of=2020-05-15"


@pytest.fixture(scope="module")
def deadlines(postgres_server: str) -> Iterator[httpx.Client]:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(COMMANDS, recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            yield client


def groups(page: Page) -> list[tuple[str, list[str]]]:
    """The headings of the groups, each with the due days of its rows."""
    found: list[tuple[str, list[str]]] = []
    for row in page.tables[0][1:]:
        if len(row) == 1:
            found.append((row[0].partition("·")[0].strip(), []))
        else:
            found[-1][1].append(row[0].strip())
    return found


def test_deadlines_stand_in_groups_by_what_became_of_them_each_by_due_day(deadlines: httpx.Client) -> None:
    assert groups(shown(deadlines, f"/deadlines?{DAY}")) == [
        ("Overdue 2", ["2020-03-01", "2020-03-05"]),
        ("Passed without word 1", ["2020-03-10"]),
        ("Due soon 1", ["2020-07-31"]),
        ("Open 1", ["2022-01-01"]),
        ("Postponed 1", ["without a date"]),
        ("Met late 1", ["2020-02-15"]),
        ("Met 1", ["2020-02-20"]),
        ("Closed 1", ["2020-02-01"]),
    ]


def test_a_row_says_the_days_the_measure_whom_it_obliges_and_the_acts(deadlines: httpx.Client) -> None:
    page = shown(deadlines, f"/deadlines?{DAY}")
    overdue = page.row("2020-03-01")
    assert overdue[1:3] == ["75 days overdue", "Netherlands (NL)"]
    assert overdue[3] == "first report obliges the authority itself Telecom law by nl-law"
    assert page.row("2020-03-10")[1] == "66 days ago"
    assert "obliges those addressed" in page.row("2020-03-10")[3]
    assert "obliges nobody: a window" in page.row("2020-02-01")[3]
    assert page.row("2020-02-15")[1] == "14 days late met on 2020-02-29"
    assert page.row("2020-02-20")[1] == "in time met on 2020-02-19"
    assert page.row("2022-01-01")[1] == "in 596 days"
    assert {f"/measures/NL/law?{DAY}", f"/acts/nl-law?{DAY}", f"/jurisdictions/SE?{DAY}"} <= {
        href for href, _ in page.links
    }


def test_a_deadline_that_moved_says_from_when_to_when_and_by_which_act(deadlines: httpx.Client) -> None:
    page = shown(deadlines, f"/deadlines?{DAY}")
    assert page.row("2020-07-31")[4] == "moved: 31 days later 2020-06-30 → 2020-07-31 told 2020-02-10 by nl-slip"
    assert page.row("without a date")[4] == "moved: 1 move 2020-04-30 → no date told 2020-03-15 by nl-delay"
    assert "9 deadlines, 2 of which moved." in page.text
    pictures = [told["class"] for tag, told in page.elements if tag == "svg" and "slips" in told.get("class", "")]
    assert pictures == ["slips scale", *["slips"] * 9]


def test_the_same_day_with_earlier_eyes_had_not_moved_yet(deadlines: httpx.Client) -> None:
    page = shown(deadlines, "/deadlines?as_of=2020-05-15&known=on&known_on=2020-02-09")
    assert page.row("2020-06-30")[1] == "in 46 days"
    assert "As known on 2020-02-09." in page.text
    assert "of which moved" not in page.text


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        ("status=overdue", ["2020-03-01", "2020-03-05"]),
        ("status=met&status=closed", ["2020-02-15", "2020-02-20", "2020-02-01"]),
        ("jurisdiction=sweden", ["2020-03-05"]),
        ("due_from=2020-03-01&due_to=2020-03-05", ["2020-03-01", "2020-03-05"]),
        ("verified=single_press", []),
    ],
)
def test_filters_leave_what_matches_on_the_page_and_in_the_file(
    deadlines: httpx.Client, filters: str, days: list[str]
) -> None:
    page = shown(deadlines, f"/deadlines?{DAY}&{filters}")
    assert [day for _, found in groups(page) for day in found] == days if days else "No recorded deadline" in page.text
    assert f"{len(days)} deadline" in page.text
    links = {text: href for href, text in page.links if text in ("CSV", "JSON")}
    rows = list(csv.DictReader(io.StringIO(deadlines.get(links["CSV"]).text)))
    assert sorted(row["due"] for row in rows) == sorted(days)
    assert [href for href, text in page.links if text == "Without filters"] == [f"/deadlines?{DAY}"]


def test_the_groups_are_counted_above_and_lead_to_their_rows(deadlines: httpx.Client) -> None:
    page = shown(deadlines, f"/deadlines?{DAY}")
    tally = {text: href for href, text in page.links if "#" in href and href.startswith("/deadlines")}
    assert tally["2 Overdue"] == f"/deadlines?{DAY}#overdue"
    assert page.by_id("met-late") is not None


def line(**told: object) -> WorldDeadline:
    usual: dict[str, object] = {
        "jurisdiction": "NL", "measure": "NL/law", "title": "Law", "deadline": "report", "due": "2020-03-01",
        "obliged": "authority", "status": "open", "moves": (), "acts": ("nl-law",), "verified": None,
    }  # fmt: skip
    return WorldDeadline(**{**usual, **told})  # type: ignore[arg-type]


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_deadline_is_due_soon_for_ninety_days_and_on_its_day_due_today() -> None:
    assert line_of(line(), day("2019-12-01")).kind == "open"
    assert line_of(line(), day("2019-12-02")).kind == "soon"
    assert line_of(line(), day("2020-03-01")).days == "due today"
    assert line_of(line(due=None), day("2020-03-01")).kind == "open"


def test_what_was_met_on_a_day_that_is_not_known_exactly_is_neither_late_nor_early() -> None:
    met = line_of(line(status="met", met_on="2020-02", days_late=None), day("2020-05-01"))
    assert (met.kind, met.days) == ("met", "")
    in_time = line_of(line(status="met", met_on="2020-03-01", days_late=0), day("2020-05-01"))
    assert (in_time.kind, in_time.days) == ("met", "in time")


def test_more_deadlines_than_a_page_holds_stand_on_the_next(postgres_server: str) -> None:
    many = [
        act(f"xa-{number}", "2020-01-01", did("adopted", f"XA/m{number}"),
            due("report", "2020-03-01", measure=f"XA/m{number}"))
        for number in range(205)
    ]  # fmt: skip
    many.append(act("xb", "2020-01-01", did("adopted", "XB/m"), due("report", "2022-01-01", measure="XB/m")))
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(many, recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            first = shown(client, f"/deadlines?{DAY}")
            assert "1 to 200 of 206" in first.text
            assert len(first.tables[0]) == 1 + 1 + 200
            tally = {text: href for href, text in first.links if "#" in href and href.startswith("/deadlines")}
            assert tally["1 Open"] == f"/deadlines?{DAY}&page=2#open"
            (following,) = {href for href, text in first.links if text == "Next ›"}
            second = shown(client, following)
            assert "201 to 206 of 206" in second.text
            assert groups(second)[-1] == ("Open 1", ["2022-01-01"])
            assert shown(client, f"/deadlines?{DAY}&page=99").text == second.text
