"""Every page in a browser: nothing fails, no other host is asked, nobody is kept out, narrow or wide, dark or light."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.watching import Watched, sign_in

PAGES = [
    "/?as_of=2019-10-29",
    "/?as_of=2021-10-29&region=europe&subject=Huawei&classes=include",
    "/jurisdictions",
    "/jurisdictions/NL?as_of=2019-11-20",
    "/jurisdictions/US?as_of=2019-10-29",
    "/jurisdictions/AQ?as_of=2019-10-29",
    "/measures/US/huawei-temporary-general-licence?as_of=2019-10-29",
    "/acts/us-eo-13873",
    "/compare?from=2019-10-29&to=2020-10-29",
    "/compare?from=2019-10-29&to=2020-10-29&jurisdiction=US",
    "/deadlines?as_of=2019-10-29",
    "/series?from=2015-01-01&to=2026-06-30&step=quarter",
    "/log",
    "/log/1",
    "/search?q=telecom",
    "/codebook",
    "/about",
    "/sign-in",
    "/docs",
    "/problems",
    "/no-such-page",
]


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide and light", "narrow and dark"])
def anywhere(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Watched]:
    """A window upon the site, in one of two sizes and colours."""
    width, colours = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=colours, base_url=site, reduced_motion="reduce"
    )
    yield Watched(context.new_page(), site)
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_shuts_nobody_out_and_fails_nowhere(anywhere: Watched, address: str) -> None:
    page = anywhere.page
    answer = page.goto(address)
    assert answer is not None
    page.wait_for_load_state("networkidle" if "/log" not in address else "load")
    is_there = address != "/no-such-page"
    assert answer.status == (200 if is_there else 404)
    assert _barriers(page) == []
    assert _fits(page)
    assert [each for each in anywhere.wrong if is_there or "404" not in each] == []


def _fits(page: Page) -> bool:
    """Whether a page is no wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def _barriers(page: Page) -> list[str]:
    """What keeps somebody out, as axe-core finds it: the rule and the elements that break it."""
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def test_the_forms_shut_nobody_out_and_fail_nowhere(desk: tuple[Watched, dict[str, str]]) -> None:
    page, keys = desk[0].page, desk[1]
    sign_in(page, keys["ben"])
    for width, colours in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        for address in ("/record", "/record/act?measure=XA/decree", "/record/jurisdictions/XA/review"):
            page.goto(address)
            assert _barriers(page) == [], (address, width)
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
                address
            )
        page.locator("#reviewed_on").fill("2026-11-20")
        page.locator(".onward").get_by_role("button", name="Show what this would change").click()
        expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
        assert _barriers(page) == [], width


@pytest.mark.parametrize("address", [each for each in PAGES if not each.startswith(("/?", "/log", "/no-such"))])
def test_a_page_says_the_same_without_javascript(window: Page, browser: Browser, site: str, address: str) -> None:
    window.goto(address)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    assert plain.locator("body").inner_text() == window.locator("body").inner_text()
    context.close()


def test_the_log_says_the_same_without_javascript_and_leads_to_newer_events(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site, java_script_enabled=False)
    plain, lively = context.new_page(), browser.new_page(base_url=site)
    for page in (plain, lively):
        page.goto("/log")
    assert plain.locator("main table").inner_text() == lively.locator("main table").inner_text()
    expect(plain.locator("main").get_by_role("link", name="newer events")).to_be_visible()
    lively.close()
    context.close()


@pytest.mark.parametrize("code", ["US", "NL", "DE", "CN", "AQ"])
def test_a_country_prints_as_a_brief_of_one_to_three_pages_that_says_how_to_cite_it(window: Page, code: str) -> None:
    window.goto(f"/jurisdictions/{code}?as_of=2026-11-01")
    printed = window.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 3
    window.emulate_media(media="print")
    expect(window.locator("footer .cite p").first).to_be_visible()
    pinned = window.locator(".cite a[rel=bookmark]")
    expect(pinned).to_be_visible()
    given = parse_qs(urlsplit(pinned.get_attribute("href") or "").query)
    assert {"as_of", "known_on", "position"} <= given.keys()
    for why in window.locator(".holding .why").all()[:5]:
        expect(why).to_contain_text("by act")
    expect(window.locator(".times")).to_be_hidden()
