"""Every page in a browser: nothing fails, no other host is asked, nobody is kept out, narrow or wide, dark or light."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.watching import Watched

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
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "too wide"
    assert [each for each in anywhere.wrong if is_there or "404" not in each] == []


def _barriers(page: Page) -> list[str]:
    """What keeps somebody out, as axe-core finds it: the rule and the elements that break it."""
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
