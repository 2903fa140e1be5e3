"""The world in a browser: the map, its slider, play, steps, zoom, and the same without JavaScript."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

NL = '#map a[data-code="NL"]'


def ready(page: Page, address: str) -> None:
    """Opens the world, and waits until the slider can be moved."""
    page.goto(address)
    expect(page.locator("figure.world")).to_have_attribute("data-ready", "yes")


def fill(page: Page, code: str) -> str | None:
    return page.locator(f'#map a[data-code="{code}"] .at').get_attribute("fill")


def row(page: Page, code: str) -> str:
    return page.locator("#matrix tbody tr").filter(has=page.locator(f'.code:text-is("{code}")')).inner_text()


def test_the_map_shows_what_the_table_says(window: Page) -> None:
    ready(window, "/?as_of=2019-10-29")
    assert fill(window, "US") == "url(#map-prohibits)"
    assert "prohibits" in row(window, "US")
    assert fill(window, "NO") == "url(#map-declares_no_ban)"
    assert re.search(r"declares no ban\s+announced", row(window, "NO"))
    expect(window.locator(f"{NL} .way")).to_be_visible()
    assert "requires security measures" in row(window, "NL")


def test_moving_the_slider_repaints_the_map_and_then_the_rest_of_the_page(window: Page) -> None:
    ready(window, "/?as_of=2019-10-29")
    assert fill(window, "SE") is None
    window.locator("#slider").evaluate(
        "(slider, day) => { slider.value = (Date.parse(day) - Date.parse('2012-01-01')) / 864e5;"
        " slider.dispatchEvent(new Event('input', {bubbles: true})) }",
        "2020-10-22",
    )
    assert fill(window, "SE") == "url(#map-prohibits)"  # at once, before anything was asked of the server
    assert window.locator("#day").inner_text() == "2020-10-22"
    expect(window).to_have_url(re.compile(r"as_of=2020-10-22"))
    expect(window.locator("#matrix tbody tr", has_text="Sweden")).to_contain_text("prohibits")
    expect(window.locator("#as_of")).to_have_value("2020-10-22")


def test_every_frame_of_the_slider_is_painted_in_less_than_a_frame(window: Page) -> None:
    """The work of a move, averaged over all days of change; the longest single one may be met by another process."""
    ready(window, "/?as_of=2019-10-29")
    took = window.locator("#slider").evaluate(
        """slider => {
            const took = [];
            for (let day = 0; day < Number(slider.max); day += 9) {
                const from = performance.now();
                slider.value = day;
                slider.dispatchEvent(new Event("input", {bubbles: true}));
                document.getElementById("map").getBoundingClientRect();
                took.push(performance.now() - from);
            }
            took.sort((a, b) => a - b);
            return took[took.length >> 1];
        }"""
    )
    assert took < 16


def test_a_moved_slider_shows_what_the_server_shows_of_that_day(window: Page) -> None:
    """Day by day through the record: the map that JavaScript painted is the one that the server draws."""
    ready(window, "/?as_of=2012-10-08")
    for day in ("2016-11-07", "2018-08-13", "2019-05-16", "2020-07-14", "2021-06-17", "2023-06-15", "2026-01-20"):
        window.locator("#slider").evaluate(
            "(slider, day) => { slider.value = (Date.parse(day) - Date.parse('2012-01-01')) / 864e5;"
            " slider.dispatchEvent(new Event('input', {bubbles: true})) }",
            day,
        )
        painted = window.evaluate(_PAINTED)
        drawn = window.evaluate(_DRAWN, day)
        assert painted == drawn, day


_READ = """page => [
    ...[...page.querySelectorAll("#map a[data-code]")].map(link => {
        const way = link.querySelector(".way");
        return [
            link.dataset.code,
            link.querySelector(".at").getAttribute("fill"),
            link.querySelector("title").textContent,
            way !== null && way.getAttribute("display") !== "none",
        ].join(" ");
    }),
    ...[...page.querySelectorAll(".legend [data-effect]")].map(each => each.textContent.replace(/\\s+/g, " ")),
]"""
_PAINTED = f"() => ({_READ})(document)"
_DRAWN = f"""async day => {{
    const answer = await fetch(`/?as_of=${{day}}`, {{headers: {{Accept: "text/html"}}}});
    return ({_READ})(new DOMParser().parseFromString(await answer.text(), "text/html"));
}}"""


def test_play_goes_from_change_to_change_and_pauses(window: Page) -> None:
    ready(window, "/?as_of=2019-05-01")
    window.get_by_role("button", name="Play").click()
    expect(window.locator("#day")).not_to_have_text("2019-05-01")
    window.get_by_role("button", name="Pause").click()
    expect(window.get_by_role("button", name="Play")).to_be_visible()
    day = window.locator("#day").inner_text()
    expect(window).to_have_url(re.compile(f"as_of={day}"))
    diary = window.request.get(f"/v1/changes?from={day}&to={day}").json()
    assert [change["on"] for change in diary["changes"]][:1] == [day]


def test_a_step_leads_to_the_next_change_and_back(window: Page) -> None:
    ready(window, "/?as_of=2019-05-01")
    window.locator("#after").click()
    expect(window.locator("#day")).to_have_text("2019-05-03")  # the proposals of Prague
    expect(window).to_have_url(re.compile("as_of=2019-05-03"))
    window.locator("#before").click()
    expect(window).to_have_url(re.compile(r"as_of=2019-04-\d\d"))


def test_zooming_shows_a_part_of_the_world_and_keeps_the_day(window: Page) -> None:
    ready(window, "/?as_of=2019-10-29")
    whole = window.locator("#map").get_attribute("viewBox")
    window.get_by_role("link", name="Europe", exact=True).click()
    expect(window).to_have_url(re.compile("as_of=2019-10-29.*region=europe"))
    assert window.locator("#map").get_attribute("viewBox") != whole
    assert window.locator("#day").inner_text() == "2019-10-29"


def test_a_link_to_a_view_restores_it(window: Page, browser: Browser, site: str) -> None:
    ready(window, "/?as_of=2020-09-01&known=today&region=europe&effect=restricts")
    window.locator("#after").click()
    expect(window).not_to_have_url(re.compile("as_of=2020-09-01"))
    context = browser.new_context(base_url=site)
    other = context.new_page()
    ready(other, window.url)
    for shown in (window, other):
        expect(shown.locator("#known")).to_have_value("today")
        expect(shown.locator("#effect")).to_have_value("restricts")
    assert other.evaluate(_PAINTED) == window.evaluate(_PAINTED)
    assert other.locator("#matrix").inner_text() == window.locator("#matrix").inner_text()
    context.close()


def test_without_javascript_the_page_says_the_same(browser: Browser, site: str, window: Page) -> None:
    ready(window, "/?as_of=2019-10-29")
    context = browser.new_context(base_url=site, java_script_enabled=False, viewport={"width": 1280, "height": 900})
    plain = context.new_page()
    plain.goto("/?as_of=2019-10-29")
    assert plain.locator("#matrix").inner_text() == window.locator("#matrix").inner_text()
    assert plain.locator(".legend").inner_text() == window.locator(".legend").inner_text()
    expect(plain.locator("#slider")).to_be_hidden()
    plain.locator("#after").click()
    expect(plain).to_have_url(re.compile("as_of=2019-10-31"))
    plain.locator("#known").select_option("today")
    plain.get_by_role("button", name="Show").click()
    expect(plain).to_have_url(re.compile("known=today"))
    expect(plain.locator("#summary")).to_contain_text("As known on")
    context.close()


def test_arrow_keys_go_from_country_to_country_on_the_map(window: Page) -> None:
    """One stop in the order of tabs, whatever the number of countries; the arrows go on from it."""
    ready(window, "/?as_of=2019-10-29")
    assert window.locator('#map a[tabindex="0"]').count() == 1
    window.locator('#map a[tabindex="0"]').focus()
    first = window.evaluate("document.activeElement.dataset.code")
    window.keyboard.press("ArrowRight")
    second = window.evaluate("document.activeElement.dataset.code")
    assert (first, second) == ("AL", "AR")
    window.keyboard.press("End")
    assert window.evaluate("document.activeElement.dataset.code") == "VN"
    window.keyboard.press("Enter")
    expect(window).to_have_url(re.compile("/jurisdictions/VN"))


def test_a_country_is_found_by_its_name(window: Page) -> None:
    ready(window, "/?as_of=2019-10-29")
    window.locator("#name").fill("Netherlands")
    window.get_by_role("button", name="Go").click()
    expect(window).to_have_url(re.compile(r"/jurisdictions/NL\?as_of=2019-10-29"))
