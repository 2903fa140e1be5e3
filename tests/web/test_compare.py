"""The page that compares, as its HTML says it: two days, two editions, two eyes; of the world, or of one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime

import httpx
import pytest

from events.commands import ReviewJurisdiction
from projections.answers import FieldChange
from services.operations.wiring import service
from services.web.compare import edition_named
from services.web.differences import in_words
from tests.acceptance.serving import served
from tests.conftest import TEMPLATE, fresh_database
from tests.recording.telling import act, by, correct, did, retract, verify
from tests.web.reading import Page, shown

DAYS = "from=2019-12-01&to=2020-04-01"


def cells(page: Page, table: int = 0) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in page.tables[table][1:]}


def test_between_two_days_the_world_is_told_with_before_after_and_what_happened(api: httpx.Client) -> None:
    page = shown(api, f"/compare?{DAYS}")
    assert "The world on 2019-12-01 and on 2020-04-01" in page.text
    assert (
        "2 jurisdictions read otherwise, 2 of which have another headline. Each day as people knew it then."
        in page.text
    )
    before, after, happened = cells(page)["Netherlands NL"]
    assert before == "nothing on its way: requires security measures adopted"
    assert after == "requires security measures in force"
    assert happened.startswith("2020-03-01 Took effect: nl-decree NL/decree as the day came, after nl-decree")
    assert "Norway NO" not in cells(page)
    links = {text.strip(): href for href, text in page.links}
    assert links["Netherlands"] == f"/compare?{DAYS}&jurisdiction=NL"
    assert links["NL/decree"] == "/measures/NL/decree"
    assert links["nl-decree"] == "/acts/nl-decree"


def test_jurisdictions_with_another_headline_come_before_those_with_less(api: httpx.Client) -> None:
    page = shown(api, "/compare?from=2019-09-20&to=2019-11-25")
    headings = [row[0].strip() for row in page.tables[0] if len(row) == 1]
    assert headings == ["Another headline 1", "The same headline, something else on its way 1"]
    assert list(cells(page))[1:4] == ["Norway NO", headings[1], "Netherlands NL"]


def test_the_diary_of_the_world_is_shown_on_request(api: httpx.Client) -> None:
    page = shown(api, f"/compare?{DAYS}")
    assert len(page.tables) == 1
    (more,) = [href for href, text in page.links if text == "Show the diary of the world"]
    diary = cells(shown(api, more), 1)
    assert list(diary) == ["2020-01-29", "2020-01-31", "2020-03-01"]
    assert diary["2020-01-31"][:2] == [
        "Netherlands (NL)",
        "Deadline rules passed, due 2020-01-31 NL/decree",
    ]


def test_one_jurisdiction_on_two_days_is_told_measure_by_measure(api: httpx.Client) -> None:
    page = shown(api, f"/compare?{DAYS}&jurisdiction=netherlands")
    assert "Netherlands (NL) on 2019-12-01 and on 2020-04-01" in page.text
    assert "2 measures read otherwise." in page.text
    decree, toolbox = cells(page).items()
    assert decree[0] == "nl-decree NL/decree"
    before, after, differs, happened = decree[1]
    assert (before, after) == ("adopted", "in force")
    assert "status: adopted → in force" in differs
    assert "in this status since: 2019-11-28 → 2020-03-01" in differs
    assert "deadline rules: open (due 2020-01-31) → overdue by 61 days (due 2020-01-31, not met)" in differs
    assert "2020-01-31 Deadline rules passed" in happened
    assert "2020-03-01 Took effect" in happened
    assert toolbox[0] == "eu-toolbox law of the EU EU/toolbox"
    assert toolbox[1][0] == "not there"
    links = {text.strip(): href for href, text in page.links}
    assert links["The whole world"] == f"/compare?{DAYS}"
    assert "/jurisdictions/NL?as_of=2019-12-01&known=on&known_on=2019-12-01" in [href for href, _ in page.links]


def test_what_happened_without_a_difference_in_the_end_is_told_as_well(postgres_server: str) -> None:
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(
            [
                act("xa-law", "2020-01-01", did("adopted", effective_on="2020-01-01")),
                act("xa-stop", "2020-02-01", did("suspended")),
                act("xa-again", "2020-03-01", did("reinstated")),
                act("xa-note", "2020-02-15", did("noted", "XA/other")),
            ],
            recorded_by="ada",
        )
        with served(opened) as base, httpx.Client(base_url=base) as client:
            page = shown(client, "/compare?jurisdiction=XA&from=2020-02-10&to=2020-02-20")
            assert "No measure reads otherwise." in page.text
            assert "Also happened without a difference between the two days 2020-02-15 Noted" in page.text


@pytest.mark.parametrize("where", ["", "&jurisdiction=NL"])
def test_days_given_in_reverse_are_put_in_order_and_the_page_says_so(api: httpx.Client, where: str) -> None:
    page = shown(api, f"/compare?from=2020-04-01&to=2019-12-01{where}")
    assert "The two days were given in reverse: 2019-12-01 came first." in page.text
    assert page.tables == shown(api, f"/compare?{DAYS}{where}").tables
    assert "in reverse" not in shown(api, f"/compare?{DAYS}{where}").text


def test_both_days_may_be_read_by_the_eyes_of_one(api: httpx.Client) -> None:
    page = shown(api, "/compare?from=2019-11-21&to=2020-04-01&known=on&known_on=2019-11-20&jurisdiction=NL")
    assert "Both days as known on 2019-11-20." in page.text
    (row,) = cells(page).values()
    assert row[:2] == ["announced", "announced"]  # the decree was not known; the deadline passed
    assert "deadline rules: open (due 2020-01-31) → overdue" in row[2]


def test_without_days_a_year_is_compared_that_ends_with_the_day_of_the_page_before(api: httpx.Client) -> None:
    page = shown(api, "/compare?as_of=2020-04-01")
    assert (page.by_id("from")["value"], page.by_id("to")["value"]) == ("2019-04-01", "2020-04-01")
    assert shown(api, "/compare?as_of=2020-02-29").by_id("from")["value"] == "2019-02-28"


def test_the_same_day_by_two_eyes_shows_what_hindsight_adds_and_by_which_act(api: httpx.Client) -> None:
    page = shown(api, "/compare?by=eyes&as_of=2019-11-25&known_to=2020-06-01&jurisdiction=NL")
    assert "Netherlands (NL) on 2019-11-25, as known on 2019-11-25 and on 2020-06-01" in page.text
    (row,) = cells(page).values()
    assert row == ["announced", "announced", "first day in force: none → 2020-03-01", "nl-decree"]
    world = shown(api, "/compare?by=eyes&as_of=2019-11-25&known_to=2020-06-01")
    assert cells(world)["Netherlands NL"][2].startswith("nl-decree")
    turned = shown(api, "/compare?by=eyes&as_of=2019-11-25&known_from=2020-06-01&known_to=2019-11-25")
    assert "given in reverse: 2019-11-25 came first" in turned.text
    assert turned.tables == world.tables


def test_why_a_past_day_reads_otherwise_today_is_told_with_the_class_and_the_entry_behind_it(
    api: httpx.Client,
) -> None:
    """Position 7 has the decree in force from May; it was corrected to March at position 8."""
    page = shown(api, "/compare?by=editions&as_of=2020-04-01&earlier=7&jurisdiction=NL")
    assert "1 measure reads otherwise at position 8 than at position 7. As known on 2020-04-01." in page.text
    assert "Then, at 7 nothing on its way: requires security measures adopted" in page.text
    assert "Now, at 8 requires security measures in force" in page.text
    report, lines = page.tables
    assert [cell.strip() for cell in report[1]][:3] == [
        "Headline appeared",
        "headline: none → requires security measures, in force",
        "corrected",
    ]
    name, differs, why, because = (cell.strip() for cell in lines[1])
    assert name == "nl-decree NL/decree"
    assert "first day in force: 2020-05-01 → 2020-03-01" in differs
    assert why == "corrected"
    assert because.startswith("8 corrected: nl-decree announced 2019-11-28, recorded")
    assert because.endswith("by ben wrong date")
    links = {text.strip(): href for href, text in page.links}
    assert links["8"] == "/log/8?as_of=2020-04-01"
    assert links["nl-decree"] == "/acts/nl-decree?as_of=2020-04-01"
    assert links["The report as it was"].endswith("known_on=2020-04-01&position=7")


@pytest.fixture(scope="module")
def restated(postgres_server: str) -> Iterator[httpx.Client]:
    """Positions 1 to 3 are one append; 4 corrected, 5 retracted, 6 verified, 7 reviewed, 8 is learned late."""
    first = [
        act("xa-law", "2020-01-01", did("adopted", "XA/law", effects=["prohibits"], effective_on="2020-01-01")),
        act("xb-law", "2020-01-01", did("adopted", "XB/law", effects=["prohibits"], effective_on="2020-01-01")),
        act("xc-law", "2020-01-01", did("adopted", "XC/law", effects=["prohibits"], effective_on="2020-01-01")),
    ]
    wrong = act("xa-law", "2020-01-01", did("adopted", "XA/law", effects=["restricts"], effective_on="2020-01-01"))
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(first, recorded_by="ada")
        opened.recording.record([correct(wrong)], recorded_by="ben")
        opened.recording.record([retract("xb-law")], recorded_by="ben")
        opened.recording.record([by("cy", verify("xc-law"))], recorded_by="cy")
        opened.recording.record([ReviewJurisdiction(jurisdiction="XD", reviewed_on="2026-11-20")], recorded_by="ada")
        opened.recording.record([act("xe-law", "2019-01-01", did("announced", "XE/law"))], recorded_by="ada")
        opened.recording.record([act("xa-end", "2021-01-01", did("ended", "XA/law"))], recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            yield client


def test_the_world_in_two_editions_names_who_reads_otherwise_and_why(restated: httpx.Client) -> None:
    page = shown(restated, "/compare?by=editions&as_of=2020-06-01&earlier=3")
    assert "5 jurisdictions read otherwise at position 9 than at position 3." in page.text
    assert {name: row[2:] for name, row in cells(page).items()} == {
        "XA XA": ["corrected 1 measure in detail of XA", "xa-law"],
        "XB XB": ["retracted 1 measure in detail of XB", "xb-law"],
        "XC XC": ["verified 1 measure in detail of XC", "xc-law"],
        "XD XD": ["reviewed", ""],
        "XE XE": ["learned late 1 measure in detail of XE", "xe-law"],
    }
    assert cells(page)["XA XA"][:2] == ["prohibits in force", "restricts in force"]
    assert cells(page)["XB XB"][1] == "no record"
    (detail,) = {href for href, text in page.links if text == "XA"}
    assert "1 measure reads otherwise" in shown(restated, detail).text
    for word in ("learned late", "corrected", "retracted", "verified", "reviewed"):
        assert word in page.text.partition("Why a day that is past reads otherwise")[2]


def test_what_was_recorded_and_changes_nothing_about_the_day_is_said(restated: httpx.Client) -> None:
    page = shown(restated, "/compare?by=editions&as_of=2020-06-01&earlier=8")
    assert "0 jurisdictions read otherwise" in page.text
    assert "Both editions say the same about this day." in page.text
    assert "Recorded in between, without a difference on this day: XA." in page.text


def test_without_an_earlier_edition_it_is_the_one_before_what_was_recorded_last(restated: httpx.Client) -> None:
    page = shown(restated, "/compare?by=editions&as_of=2020-06-01")
    assert (page.by_id("earlier")["value"], page.by_id("later")["value"]) == ("8", "9")
    first = shown(restated, "/compare?by=editions&as_of=2020-06-01&later=3")
    assert first.by_id("earlier")["value"] == "0"
    assert "when nothing was recorded" in first.text
    assert len(cells(first)) == 3


@pytest.mark.parametrize("where", ["", "&jurisdiction=XA"])
def test_editions_given_in_reverse_are_put_in_order_and_the_page_says_so(restated: httpx.Client, where: str) -> None:
    page = shown(restated, f"/compare?by=editions&as_of=2020-06-01&earlier=9&later=3{where}")
    assert "The two editions were given in reverse: position 3 came first." in page.text
    assert page.tables == shown(restated, f"/compare?by=editions&as_of=2020-06-01&earlier=3&later=9{where}").tables


def test_a_page_of_an_earlier_edition_leads_to_what_of_it_reads_otherwise_today(restated: httpx.Client) -> None:
    page = shown(restated, "/?as_of=2020-06-01&position=3")
    (link,) = [href for href, text in page.links if text == "What of it reads otherwise today"]
    told = shown(restated, link)
    assert (told.by_id("earlier")["value"], told.by_id("later")["value"]) == ("3", "9")
    assert told.by_id("as_of")["value"] == "2020-06-01"
    # So does the navigation, which takes the position along.
    assert shown(restated, "/compare?by=editions&as_of=2020-06-01&position=3").tables == told.tables


@pytest.mark.parametrize(
    ("text", "position", "moment"),
    [
        ("412", 412, None),
        (" 0 ", 0, None),
        ("2026-11-23", None, datetime(2026, 11, 23, 23, 59, 59, 999999, UTC)),
        ("2026-11-24", None, None),
        ("2026-11-24T08:00:00Z", None, datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:00+01:00", None, datetime(2026, 11, 24, 7, tzinfo=UTC)),
    ],
)
def test_an_edition_is_named_by_its_position_by_a_day_or_by_a_moment(
    text: str, position: int | None, moment: datetime | None
) -> None:
    asked = edition_named("earlier", text, date(2026, 11, 24))
    assert (asked.position, asked.recorded_at) == (position, moment)


@pytest.mark.parametrize("text", ["x", "-1", "2026-13-01", "2026-11-24T08:00:00", "24 November", "９"])
def test_what_names_no_edition_is_refused_with_how_to_write_one(restated: httpx.Client, text: str) -> None:
    answer = restated.get(
        "/compare", params={"by": "editions", "earlier": text}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert "write its position (412), a day (2026-11-24)" in answer.json()["detail"]
    assert answer.json()["parameters"][0]["parameter"] == "earlier"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/compare?by=editions&earlier=99", 404, "99"),
        ("/compare?by=guess", 422, "by"),
        ("/compare?jurisdiction=Atlantis", 404, "Atlantis"),
        ("/compare?from=x", 422, "from"),
        ("/compare?from=2019-01-01&to=2020-01-01&diary=shown&after=x", 422, "no place in a diary"),
        ("/compare?known=on", 422, "Give the day by whose eyes"),
    ],
)
def test_what_cannot_be_compared_is_refused_as_a_page(api: httpx.Client, address: str, status: int, said: str) -> None:
    assert said in shown(api, address, status).text


@pytest.mark.parametrize(
    ("address", "days"),
    [
        (f"/compare?{DAYS}", "2019-12-01"),
        (f"/compare?{DAYS}&jurisdiction=NL", "2019-12-01"),
        ("/compare?by=eyes&as_of=2019-11-25&known_to=2020-06-01", "2019-11-25"),
        ("/compare?by=editions&as_of=2020-04-01&earlier=7", "2020-04-01"),
        ("/compare?by=editions&as_of=2020-04-01&earlier=7&jurisdiction=NL", "2020-04-01"),
    ],
)
def test_every_comparison_can_be_had_as_a_file_and_by_a_link_that_stays_the_same(
    api: httpx.Client, address: str, days: str
) -> None:
    page = shown(api, address)
    links = {text: href for href, text in page.links}
    table = list(csv.DictReader(io.StringIO(api.get(links["CSV"]).text)))
    assert table
    assert {row.get("from", row.get("as_of")) for row in table} == {days}
    told = api.get(links["JSON"])
    assert told.status_code == 200
    assert "immutable" in told.headers["cache-control"]
    assert shown(api, links["The link that shows this page the same for ever"]).tables == page.tables


def test_a_jurisdiction_without_a_record_is_said_to_have_none(api: httpx.Client) -> None:
    page = shown(api, f"/compare?{DAYS}&jurisdiction=DE")
    assert "Nothing is on record of Germany (DE), which is not a statement that there is no ban." in page.text


def test_the_ways_to_compare_keep_the_jurisdiction(api: httpx.Client) -> None:
    links = {text: href for href, text in shown(api, f"/compare?{DAYS}&jurisdiction=NL").links}
    assert links["One day, two editions of our record"].startswith("/compare?by=editions&jurisdiction=NL&as_of=")
    assert links["One day, known then and later"].startswith("/compare?by=eyes&jurisdiction=NL&as_of=")


def test_of_several_deadlines_only_those_that_read_otherwise_are_told(postgres_server: str) -> None:
    deadlines = [
        did("deadline_set", deadline=name, due=due, obliged="authority")
        for name, due in (("first", "2020-03-01"), ("second", "2021-01-01"))
    ]
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record([act("xa-law", "2020-01-01", did("adopted"), *deadlines)], recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            page = shown(client, "/compare?jurisdiction=XA&from=2020-02-01&to=2020-03-11")
    ((_, _, differs, _),) = cells(page).values()
    assert differs == "deadline first: open (due 2020-03-01) → overdue by 10 days (due 2020-03-01, not met)"


def test_more_measures_than_a_page_holds_stand_on_the_next(postgres_server: str) -> None:
    many = [act(f"xa-{number}", "2020-01-01", did("adopted", f"XA/m{number:03}")) for number in range(105)]
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        opened.recording.record(many, recorded_by="ada")
        with served(opened) as base, httpx.Client(base_url=base) as client:
            for how in ("from=2019-01-01&to=2020-02-01", "by=editions&as_of=2020-02-01&earlier=0"):
                page = shown(client, f"/compare?jurisdiction=XA&{how}")
                assert "105 measures read otherwise" in page.text
                assert len(page.tables[-1]) == 1 + 100
                (following,) = {href for href, text in page.links if text == "Next ›"}
                assert len(shown(client, following).tables[-1]) == 1 + 5


def test_what_differs_is_called_by_its_words_and_what_matters_most_comes_first() -> None:
    changes = [
        FieldChange("acts", ["a"], ["a", "b"]),
        FieldChange("since", "2020-01-01", "2020-02-01"),
        FieldChange("values.share_of_network", None, 35),
        FieldChange("authority", "Ministry of_x", "Agency"),
        FieldChange("effects", ["declares_no_ban"], ["restricts", "requires_approval"]),
        FieldChange("status", "announced", "in_force"),
    ]
    assert [(each.called, each.before, each.after) for each in in_words(changes)] == [
        ("status", "announced", "in force"),
        ("what it does", "declares no ban", "restricts, requires approval"),
        ("share of network", "none", "35"),
        ("authority", "Ministry of_x", "Agency"),
        ("in this status since", "2020-01-01", "2020-02-01"),
    ]


def test_a_field_within_a_headline_is_called_by_both_and_a_long_list_is_cut_short() -> None:
    changes = [
        FieldChange("headline.effect", "prohibits", "restricts"),
        FieldChange("headline.measures", [f"XA/{number}" for number in range(15)], ["XA/1"]),
    ]
    effect, measures = in_words(changes)
    assert (effect.called, effect.before, effect.after) == ("headline: effect", "prohibits", "restricts")
    assert measures.before.startswith("XA/0, XA/1,")
    assert measures.before.endswith("XA/11, and 3 others")
