"""The page of numbers through time, as its HTML says it: the chart, the table behind it, who is behind a point."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import httpx
import pytest

from services.web.drawing import chart
from tests.web.reading import Page, shown

WINDOW = "from=2019-07-01&to=2020-06-30"


def rows(page: Page) -> list[list[str]]:
    return [[cell.strip() for cell in row] for row in page.tables[0]]


def test_the_table_counts_jurisdictions_by_headline_the_newest_point_first(api: httpx.Client) -> None:
    table = rows(shown(api, f"/series?{WINDOW}&known=then"))
    assert table == [
        ["Day", "Restrict", "Require security", "Declared no ban", "Nothing in force", "On record"],
        ["2020-06-30", "1", "1", "1", "0", "3"],
        ["2020-03-31", "1", "1", "1", "0", "3"],
        ["2019-12-31", "0", "0", "1", "2", "3"],
        ["2019-09-30", "0", "0", "1", "2", "3"],
    ]


def test_the_chart_has_a_column_for_every_point_that_leads_to_who_is_behind_it(api: httpx.Client) -> None:
    page = shown(api, f"/series?{WINDOW}")
    columns = [href for href, text in page.links if text.startswith("2019-12-31:")]
    assert columns == [f"/series?{WINDOW}&on=2019-12-31#point"] * 2  # for wide screens, and for narrow ones
    assert "2020-03-31: 1 declared no ban, 1 require security, 1 restrict" in page.text
    assert len({told["aria-label"] for tag, told in page.elements if told.get("class") == "chart"}) == 1
    assert "1 declared no ban" in page.text
    for name in ("wide", "narrow"):
        assert any(told.get("fill") == f"url(#{name}-restricts)" for _, told in page.elements)
        assert any(told.get("id") == f"{name}-restricts" for _, told in page.elements)


def test_the_jurisdictions_of_a_point_are_named_and_lead_to_their_pages_of_that_day(api: httpx.Client) -> None:
    page = shown(api, f"/series?{WINDOW}&on=2019-12-31")
    assert "On 2019-12-31 3 on record" in page.text
    assert "Declared no ban 1 Norway" in page.text
    assert "Nothing in force 2 European Union, Netherlands" in page.text
    links = {text: href for href, text in page.links}
    assert links["Norway"] == "/jurisdictions/NO?as_of=2019-12-31"
    assert links["The world on 2019-12-31"] == "/?as_of=2019-12-31"
    assert "On 2020-06-30" in shown(api, f"/series?{WINDOW}").text


def test_a_number_of_the_table_leads_to_the_names_behind_it(api: httpx.Client) -> None:
    page = shown(api, f"/series?{WINDOW}")
    (link,) = {href for href, text in page.links if href.endswith("#point") and "on=2020-03-31" in href}
    assert "Restrict 1 European Union" in shown(api, link).text


def test_the_same_window_with_the_eyes_of_a_day_is_hindsight_and_its_links_keep_the_eyes(api: httpx.Client) -> None:
    then = rows(shown(api, "/series?from=2019-11-01&to=2019-11-25&step=month"))
    assert then[1][:2] == ["2019-11-25", "1"]
    page = shown(api, "/series?from=2019-11-01&to=2019-11-25&step=month&known=on&known_on=2019-09-01")
    assert "No jurisdiction has a headline" in page.text
    assert "As known on 2019-09-01." in page.text
    links = {text: href for href, text in page.links}
    assert links["The world on 2019-11-25"] == "/?as_of=2019-11-25&known=on&known_on=2019-09-01"
    assert links["Norway"] == "/jurisdictions/NO?as_of=2019-11-25&known=on&known_on=2019-09-01"


@pytest.mark.parametrize(
    ("step", "days"),
    [
        ("month", ["2020-03-31", "2020-02-29", "2020-01-31", "2019-12-31"]),
        ("quarter", ["2020-03-31", "2019-12-31"]),
        ("year", ["2020-03-31", "2019-12-31"]),
    ],
)
def test_points_are_by_month_quarter_or_year(api: httpx.Client, step: str, days: list[str]) -> None:
    page = shown(api, f"/series?from=2019-12-01&to=2020-03-31&step={step}")
    assert [row[0] for row in rows(page)[1:]] == days


def test_filters_and_jurisdictions_count_what_matches_and_the_world_keeps_them(api: httpx.Client) -> None:
    page = shown(api, f"/series?{WINDOW}&subject=Brask")
    assert rows(page)[1] == ["2020-06-30", "1", "0", "1"]
    assert rows(page)[0][1] == "Require security"
    links = {text: href for href, text in page.links}
    assert links["The world on 2020-06-30"] == "/?as_of=2020-06-30&subject=Brask"
    only = shown(api, f"/series?{WINDOW}&jurisdiction=netherlands&jurisdiction=DE")
    assert rows(only)[1][-1] == "1"
    assert "No record (which is not a statement that there is no ban): Germany (DE)." in only.text
    assert "Did you mean Huawei" in shown(api, f"/series?{WINDOW}&subject=Huawai").text


def test_days_given_in_reverse_are_put_in_order_and_the_page_says_so(api: httpx.Client) -> None:
    page = shown(api, "/series?from=2020-06-30&to=2019-07-01")
    assert "The two days were given in reverse: 2019-07-01 came first." in page.text
    assert rows(page) == rows(shown(api, f"/series?{WINDOW}"))
    assert "in reverse" not in shown(api, f"/series?{WINDOW}").text


def test_the_window_ends_with_the_day_of_the_page_from_which_one_comes_and_is_ten_years_long(
    api: httpx.Client,
) -> None:
    page = shown(api, "/series?as_of=2020-04-01")
    assert page.by_id("from")["value"] == "2010-01-01"
    assert page.by_id("to")["value"] == "2020-04-01"


def test_a_window_of_too_many_points_is_refused_with_what_to_do(api: httpx.Client) -> None:
    assert "take a longer step" in shown(api, "/series?from=1900-01-01&to=2020-01-01&step=month", 422).text


def test_the_table_is_a_file_and_the_page_has_a_link_that_shows_it_the_same_for_ever(api: httpx.Client) -> None:
    page = shown(api, f"/series?{WINDOW}&known=then&subject=Brask")
    links = {text: href for href, text in page.links}
    table = list(csv.DictReader(io.StringIO(api.get(links["CSV"]).text)))
    assert [row["on"] for row in table] == ["2019-09-30", "2019-12-31", "2020-03-31", "2020-06-30"]
    assert [row["codes_requires_security_measures"] for row in table] == ["", "", "NL", "NL"]
    pinned = links["The link that shows this page the same for ever"]
    assert "position=8" in pinned
    assert rows(shown(api, pinned)) == rows(page)


def column(on: str, **counts: int) -> chart.Column:
    return chart.Column(on, counts, on, None)


def test_labels_of_thin_bands_stand_apart_in_the_order_of_the_bands() -> None:
    bands = [chart.Band(name, name) for name in ("prohibits", "restricts", "requires_approval")]
    columns = [column("2020-01-31", prohibits=40), column("2020-02-29", prohibits=40, restricts=1, requires_approval=1)]
    drawn = chart.drawn(columns, bands, title="t", prefix="p")
    page = Page(f"<body>{drawn}</body>")
    places = [
        float(told["y"]) for tag, told in page.elements if tag == "text" and float(told["x"]) > 1040 - chart.LABELS
    ]
    assert len(places) == 3
    assert all(low - high >= chart.LINE for low, high in pairwise(places))


def test_a_chart_without_columns_or_numbers_is_drawn_empty() -> None:
    assert "<svg" in chart.drawn([], [], title="t", prefix="p")
    assert "band" not in chart.drawn([column("2020-01-31")], [chart.Band("none", "none")], title="t", prefix="p")


def test_what_a_chart_says_is_text() -> None:
    hostile = "<script>alert(1)</script>"
    drawn = chart.drawn(
        [chart.Column("2020", {"none": 1}, hostile, None)], [chart.Band("none", hostile)], title=hostile, prefix="p"
    )
    assert "<script" not in drawn
