"""The days that lay ahead when they were told: as appends write them, as the migration and a rebuild find them."""

from __future__ import annotations

from typing import Any

import psycopg

from events.actions import Link
from projections.database import migrations
from projections.rebuild import rebuild
from services.operations.agreement import disagreements
from services.operations.wiring import Service
from tests.recording.telling import act, correct, did, retract

DATES = {
    # As recorded on 24 November 2026: the first possible day of a beginning, the last of an end, the day after a stay.
    "2026-11-24": ("", "", "2026-11-25"),
    "2026-11-25": ("2026-11-25", "2026-11-25", "2026-11-26"),
    "2026-11": ("", "2026-11-30", "2026-12-01"),
    "2026-12~": ("", "2027-01-31", "2027-02-01"),
    "2027": ("2027-01-01", "2027-12-31", "2028-01-01"),
    "2027~": ("2026-01-01", "2028-12-31", "2029-01-01"),
    "2027-03-01~": ("2027-02-28", "2027-03-02", "2027-03-03"),
    "[2026-11-20..2027-02-03]": ("", "2027-02-03", "2027-02-04"),
    "[2027-02-01..]": ("2027-02-01", "2200-12-31", "2201-01-01"),
    "[..2027-02-01]": ("", "2027-02-01", "2027-02-02"),
    "2200~": ("2199-01-01", "2200-12-31", "2201-01-01"),
}


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(url) as connection:
        return {
            table: sorted(connection.execute(f"select * from dateline.{table}").fetchall())  # type: ignore[arg-type]
            for table in ("ahead", "named", "pointing")
        }


def told(opened: Service) -> None:
    for number, text in enumerate(DATES):
        opened.recording.record(
            [
                act(
                    f"xa-{number}",
                    "2026-11-20",
                    did("adopted", f"XA/begins-{number}", effective_on=text, subjects=["Brask", f"S{number}"]),
                    did("adopted", f"XA/ends-{number}", expires_on=text),
                    did("suspended", f"XA/ends-{number}", effective_on="2026-11-20", until=text),
                    did("announced", f"XA/due-{number}"),
                    did("announced", f"XA/met-{number}"),
                    did("deadline_set", f"XA/due-{number}", deadline="x", due=text, obliged="nobody"),
                    did("deadline_set", f"XA/met-{number}", deadline="x", due=None, obliged="nobody"),
                    did("deadline_met", f"XA/met-{number}", deadline="x", met_on=text),
                )
            ],
            recorded_by="ada",
        )
    opened.recording.record([retract("xa-1")], recorded_by="ada")
    again = act("xa-2", "2026-11-20", did("adopted", "XA/begins-2", effective_on="2031-01-01", subjects=["Late"]))
    opened.recording.record([correct(again)], recorded_by="ada")


def told_of_others(opened: Service) -> None:
    link = (Link(type="responds_to", to="XC/ban"),)
    aimed = act("xb-1", "2026-11-20", did("announced", "XB/ban", targets=["CN", "XC"]), links=link)
    opened.recording.record([aimed], recorded_by="ada")
    both = did("announced", "XB/list", targets=["CN"]), did("announced", "XD/list", targets=["XE"])
    opened.recording.record([act("xb-2", "2026-11-21", *both, links=link)], recorded_by="ada")
    other = act("xb-1", "2026-11-20", did("announced", "XB/ban", targets=["RU"]))
    opened.recording.record([correct(other)], recorded_by="ada")
    opened.recording.record([retract("xb-2")], recorded_by="ada")


def test_a_day_is_ahead_where_its_first_or_last_possible_day_had_not_begun(opened: Service) -> None:
    told(opened)
    found: dict[str, set[str]] = {}
    for day, measure, jurisdiction, _ in rows(opened.url)["ahead"]:
        assert jurisdiction == "XA"
        found.setdefault(measure, set()).add(day.isoformat())
    for number, (begins, ends, runs_out) in enumerate(DATES.values()):
        expected = {
            f"XA/begins-{number}": {begins} | ({"2031-01-01"} if number == 2 else set()),
            f"XA/ends-{number}": {ends, runs_out},
            f"XA/due-{number}": {ends},
            f"XA/met-{number}": {begins},
        }
        for measure, days in expected.items():
            assert found.get(measure, set()) == {day for day in days if day > "2026-11-24"}, (number, measure)


def test_a_subject_is_found_with_the_edition_that_named_it_first(opened: Service) -> None:
    told(opened)
    named = {(subject, measure): edition for subject, measure, edition in rows(opened.url)["named"]}
    assert named["Brask", "XA/begins-0"] == 8
    assert named["Brask", "XA/begins-2"] == 24
    assert named["Late", "XA/begins-2"] == opened.log.head().position


def test_what_is_aimed_at_or_linked_to_is_found_with_the_first_edition_of_each_jurisdiction(opened: Service) -> None:
    told_of_others(opened)
    assert rows(opened.url)["pointing"] == [
        ("CN", "XB", 1),
        ("RU", "XB", 4),
        ("XC", "XB", 1),
        ("XC/ban", "XB", 1),
        ("XC/ban", "XD", 3),
        ("XE", "XD", 3),
    ]


def test_the_migration_and_a_rebuild_find_what_appends_wrote(opened: Service) -> None:
    told(opened)
    told_of_others(opened)
    written = rows(opened.url)
    with psycopg.connect(opened.url) as connection:
        connection.execute("drop table dateline.ahead, dateline.named, dateline.pointing")
        connection.execute("set local search_path = dateline, public")
        connection.execute("alter table action alter column data type jsonb using data::jsonb")  # as it was then
        for _, name, statements in migrations():
            if name in ("ahead", "pointing", "verbatim"):
                connection.execute(statements.encode())
    assert rows(opened.url) == written
    rebuild(opened.pool, opened.log)
    assert rows(opened.url) == written


def test_what_lacks_in_the_tables_is_found(opened: Service) -> None:
    told(opened)
    told_of_others(opened)
    for broken, sentence in (
        ("delete from dateline.ahead where measure = 'XA/due-1'", "days ahead: 1 not as the log says"),
        ("delete from dateline.named where subject = 'Late'", "subjects: 1 not as the log says"),
        ("delete from dateline.pointing where target = 'XC'", "targets and links: 1 not as the log says"),
        ("update dateline.pointing set edition = 1 where target = 'RU'", "targets and links: 1 not as the log says"),
    ):
        with psycopg.connect(opened.url) as connection:
            assert list(disagreements(connection)) == []
            connection.execute(broken.encode())
            assert [each[: len(sentence)] for each in disagreements(connection)] == [sentence]
            connection.rollback()
