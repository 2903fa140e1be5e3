"""Feeds, calendars and news on the command line: the same as over HTTP, on standard output or in a file."""

from __future__ import annotations

from pathlib import Path

import feedparser
import httpx
from icalendar import Calendar

from services.operations.wiring import Service
from tests.acceptance.serving import served
from tests.cli.running import Dateline


def test_the_command_line_writes_what_the_api_sends(ask: Dateline, dossier_service: Service) -> None:
    with served(dossier_service) as base, httpx.Client(base_url=base) as client:
        for command, path, asked in (
            ("feed", "/v1/feed.atom", {"jurisdiction": "NL"}),
            ("feed", "/v1/feed.atom", {"subject": "Huawei", "through": "200"}),
            ("calendar", "/v1/calendar.ics", {"dates": "deadline", "from": "2020-01-01", "position": "366"}),
        ):
            given = [part for name, value in asked.items() for part in (f"--{name}", value)]
            told = ask(command, *given, "--base", base + "/")
            assert told.code == 0, told.errors
            assert told.output == client.get(path, params=asked).content


def test_a_calendar_of_the_whole_dossier_is_one_that_a_library_reads(ask: Dateline) -> None:
    calendar = Calendar.from_ical(ask("calendar").output)
    events = list(calendar.walk("VEVENT"))
    assert len(events) > 100
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert not any(event.errors for event in events)
    slipped = next(event for event in events if "commerce-implementing-rules" in str(event["summary"]))
    assert str(slipped["url"]).startswith("http://127.0.0.1:8321/measures/US/")


def test_a_feed_goes_into_a_file_whole_or_not_at_all(ask: Dateline, tmp_path: Path) -> None:
    file = tmp_path / "nl.atom"
    told = ask("feed", "--jurisdiction", "Netherlands", "--to", str(file))
    assert (told.code, told.output) == (0, b"")
    assert feedparser.parse(file.read_bytes()).feed.title == "Dateline: Netherlands (NL)"
    assert list(tmp_path.iterdir()) == [file]
    told = ask("feed", "--to", str(tmp_path / "nowhere" / "nl.atom"))
    assert told.code == 2
    assert "cannot be written: No such file or directory" in told.errors


def test_news_is_shown_with_the_question_that_goes_on(ask: Dateline) -> None:
    told = ask("news", "--since", "360", "--as-of", "2026-11-24")
    assert told.code == 0, told.errors
    assert told.text.startswith("News since position 360: ")
    assert "because: 36" in told.text
    assert "What comes next: './run dateline news --since 366 --due-after " in told.text
    assert ask("news", "--since", "366").text.count("Nothing is new.") == 1
    assert ask("news", "--since", "360", "--json").output.startswith(b'{"since":360,')


def test_what_cannot_be_is_refused_in_a_sentence(ask: Dateline) -> None:
    for arguments, sentence in (
        (("feed", "--subject", "Huwaei"), "Did you mean Huawei?"),
        (("feed", "--through", "yesterday"), "is no place in a feed"),
        (("feed", "--base", "example"), "is not the address of a service"),
        (("calendar", "--dates", "birthday"), "none of deadline, entry, expiry"),
        (("calendar", "--position", "9999"), "The log ends at position 366"),
        (("news", "--since", "9999"), "The log ends at position 366"),
    ):
        told = ask(*arguments)
        assert told.code == 2, arguments
        assert sentence in told.errors
