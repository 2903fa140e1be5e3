"""Pages name the feed and the calendar of what they show."""

from __future__ import annotations

import feedparser
import httpx
import pytest
from icalendar import Calendar

from tests.web.reading import shown


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/?as_of=2020-04-01", "Dateline: the world"),
        ("/jurisdictions/NL?as_of=2020-04-01", "Dateline: Netherlands (NL)"),
        ("/measures/NL/decree?as_of=2020-04-01", "Dateline: NL/decree"),
    ],
)
def test_a_page_leads_to_the_feed_and_the_calendar_of_what_it_shows(
    api: httpx.Client, address: str, title: str
) -> None:
    page = shown(api, address)
    (named,) = [told for tag, told in page.elements if tag == "link" and told["rel"] == "alternate"]
    assert named["type"] == "application/atom+xml"
    assert feedparser.parse(api.get(named["href"]).content).feed.title == title
    leads = {words: href for href, words in page.links}
    assert leads["Feed"] == named["href"]
    calendar = Calendar.from_ical(api.get(leads["Calendar"]).content)
    assert str(calendar["x-wr-calname"]) == title
