"""What people come for, by clicking: the questions of an analyst, and a mistake put right in the open."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.watching import Watched, sign_in


def test_what_the_rules_were_on_a_day_in_three_countries(window: Page) -> None:
    """29 October 2019: the order of the President stood and its rules were overdue; Norway had said it will not ban."""
    window.goto("/")
    window.get_by_label("In force on").fill("2019-10-29")
    window.get_by_role("button", name="Show").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("The world on 2019-10-29")
    window.locator("#matrix").get_by_role("link", name="United States", exact=True).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("United States (US) on 2019-10-29")
    main = window.locator("main")
    expect(main).to_contain_text("Executive Order 13873 on the ICT and services supply chain")
    expect(main.get_by_role("link", name="us-eo-13873", exact=True).first).to_be_visible()
    expect(main).to_contain_text(re.compile(r"commerce-implementing-rules.{0,120}overdue", re.DOTALL))
    window.go_back()
    window.locator("#matrix").get_by_role("link", name="Norway", exact=True).click()
    expect(window.locator("main")).to_contain_text("declares no ban")
    window.go_back()
    window.locator("#matrix").get_by_role("link", name="Netherlands", exact=True).click()
    expect(window.locator("main")).to_contain_text("Announced, not yet in force")


def test_why_a_line_stands_is_a_click_away_with_its_sources(window: Page) -> None:
    window.goto("/jurisdictions/US?as_of=2019-10-29")
    window.get_by_role("link", name="Temporary general licence for Huawei", exact=True).first.click()
    expect(window).to_have_url(re.compile("/measures/US/huawei-temporary-general-licence.*as_of=2019-10-29"))
    expect(window.locator("#standing")).to_contain_text("in force since 2019-05-20")
    window.locator("#history").get_by_role("link", name="us-tgl-ext-2019-08", exact=True).first.click()
    expect(window).to_have_url(re.compile("/acts/us-tgl-ext-2019-08"))
    links = window.locator('main a[rel~="external"]')
    assert links.count() >= 2
    assert all(
        str(href).startswith(("http://", "https://")) for href in links.evaluate_all("all => all.map(a => a.href)")
    )


def test_the_decree_of_the_dutch_as_known_then_and_with_hindsight(window: Page) -> None:
    window.goto("/measures/NL/telecom-supplier-decree?as_of=2020-03-15")
    expect(window.locator("#standing")).to_contain_text("in force since 2020-03-01")
    window.goto("/measures/NL/telecom-supplier-decree?as_of=2019-11-20")
    expect(window.locator("#standing")).to_contain_text("announced")
    window.get_by_label("as known", exact=True).select_option("today")
    window.get_by_role("button", name="Show").click()
    expect(window).to_have_url(re.compile("known=today"))
    expect(window.locator("#life")).to_contain_text("2020")


def fill(page: Page, **fields: str) -> None:
    """Fills fields in by the names of their elements."""
    for name, value in fields.items():
        field = page.locator(f"#{name.replace('__', '-')}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def test_a_wrong_date_is_recorded_corrected_and_verified_by_forms(desk: tuple[Watched, dict[str, str]]) -> None:
    page, keys = desk[0].page, desk[1]
    sign_in(page, keys["ada"])
    page.goto("/record/act?measure=XA/decree")
    fill(
        page,
        act__act="xa-decree",
        act__announced_on="2020-02-01",
        act__authority="Ministry",
        act__instrument="rule",
        act__title="Decree on networks",
        act__sources__0__name="Gazette",
        act__actions__0__type="adopted",
    )
    expect(page.locator("#act-actions-0-effective_on")).to_be_visible()  # the type has chosen the fields
    page.locator("#act-actions-0-effects").locator("select").first.select_option("restricts")
    fill(page, act__actions__0__measure="XA/decree", act__actions__0__effective_on="2020-05-01")
    page.locator(".onward").get_by_role("button", name="Show what this would change").click()
    expect(page.locator("#summary")).to_contain_text("Nothing is recorded yet")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#summary")).to_contain_text("at position 1 of the log")

    page.get_by_role("link", name="Correct xa-decree").click()
    fill(page, reason="wrong_date", replacement__actions__0__effective_on="2020-03-01")
    page.locator(".onward").get_by_role("button", name="Show what this would change").click()
    expect(page.locator("main")).to_contain_text("in force, since 2020-03-01")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#summary")).to_contain_text("at position 2 of the log")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, keys["ben"])
    page.goto("/record/acts/xa-decree/verification")
    fill(page, level="official_document")
    page.locator(".onward").get_by_role("button", name="Show what this would change").click()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#summary")).to_contain_text("at position 3 of the log")

    page.goto("/measures/XA/decree?as_of=2020-04-01")
    expect(page.locator("#standing")).to_contain_text("in force since 2020-03-01")
    history = page.locator("#history")
    expect(history.locator("del", has_text="2020-05-01")).not_to_have_count(0)
    expect(history.locator("ins", has_text="2020-03-01")).not_to_have_count(0)
    expect(history).to_contain_text("ben")
    page.goto("/measures/XA/decree?as_of=2020-04-01&position=1")
    expect(page.locator("main")).to_contain_text("2020-05-01")
    page.goto("/compare?by=editions&as_of=2020-04-01&earlier=1&jurisdiction=XA")
    expect(page.locator("main")).to_contain_text("corrected")
    page.goto("/log")
    expect(page.locator("main table tbody tr")).to_have_count(3)
