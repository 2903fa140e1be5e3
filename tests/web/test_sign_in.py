"""Signing in with a key and out again, and where one comes back to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.access.addresses import networks
from services.access.admission import Admission
from services.access.keys import Keys
from services.access.limits import limit_of
from services.access.roles import Role
from services.operations.wiring import Service, service
from services.web.sign_in import local
from tests.recording.telling import act, did
from tests.web.browsing import Browser, Seen, browsing, key_of

DECREE = act(
    "nl-decree",
    "2020-03-01",
    did("adopted", "NL/decree", effects=["restricts"]),
    did("deadline_set", "NL/decree", deadline="removal", due="2021-01-01", obliged="addressees"),
)
WRONG = f"dateline_{'0' * 12}_{'x' * 43}"
REFUSED = "This key is not taken. Give it as it was shown when it was made."


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def opened(database_url: str) -> Iterator[Service]:
    with service(database_url) as built:
        yield built


@pytest.fixture
def base(opened: Service) -> Iterator[str]:
    with browsing(opened) as address:
        yield address


def is_signed_in(page: Seen, name: str) -> bool:
    return f" {name} " in page.text and "/sign-out" in [form.action for form in page.forms]


def test_one_signs_in_with_a_key_and_every_page_says_so_until_one_signs_out(opened: Service, base: str) -> None:
    browser = Browser(base)
    browser.sign_in(key_of(opened, "ada", Role.RECORDER))
    assert browser.open("/").status == 200
    for path in ("/", "/jurisdictions", "/about", "/record"):
        assert is_signed_in(browser.open(path), "ada"), path
    browser.press("/sign-out")
    for path in ("/", "/record"):
        assert not is_signed_in(browser.open(path), "ada"), path
    assert browser.client.cookies.get("dateline_key") is None


def test_the_cookie_is_for_this_host_its_requests_and_its_browser_alone(opened: Service, base: str) -> None:
    browser = Browser(base)
    key = key_of(opened, "ada", Role.READER)
    answer = browser.post("/sign-in", {"key": key})
    told = {part.strip().partition("=")[0].lower(): part for part in answer.headers["set-cookie"].split(";")}
    assert set(told) == {"dateline_key", "httponly", "samesite", "path"}  # and ends with the browser
    assert (told["samesite"].strip(), told["path"].strip()) == ("SameSite=strict", "Path=/")
    assert told["dateline_key"].endswith(key)
    assert answer.headers["cache-control"] == "no-store"


def test_over_tls_the_cookie_is_kept_to_tls(database_url: str) -> None:
    told = {"X-Forwarded-Proto": "https"}
    for trusted, is_secure in (("127.0.0.1", True), ("10.0.0.1", False)):
        admission = Admission(trusted_proxies=networks(trusted))
        with service(database_url, admission=admission) as opened, browsing(opened) as base:
            answer = Browser(base).post("/sign-in", {"key": key_of(opened, "ada", Role.READER)}, **told)
            assert ("; secure" in answer.headers["set-cookie"].lower()) is is_secure


def test_after_twelve_hours_nobody_is_signed_in_any_more(database_url: str) -> None:
    clock = Clock()
    with service(database_url, clock) as opened, browsing(opened) as base:
        browser = Browser(base)
        browser.sign_in(key_of(opened, "ada", Role.RECORDER))
        clock.at += timedelta(hours=11, minutes=59)
        assert browser.open("/record/act").status == 200
        clock.at += timedelta(minutes=1)
        assert browser.open("/record/act").status == 401
        assert not is_signed_in(browser.open("/"), "ada")


def test_a_key_that_is_not_taken_is_refused_in_the_same_words_whatever_is_wrong_with_it(
    opened: Service, base: str
) -> None:
    keys = Keys(opened.pool, opened.clock)
    revoked = keys.make("ada", Role.ADMIN)
    keys.revoke(revoked.key.id)
    past = Keys(opened.pool, lambda: opened.clock() - timedelta(days=9))
    expired = past.make("ada", Role.ADMIN, opened.clock().date() - timedelta(days=1)).token
    good = keys.make("ada", Role.ADMIN).token
    almost = good[:-1] + ("A" if good[-1] != "A" else "B")
    bodies = set()
    for wrong in (revoked.token, expired, almost, WRONG, "nonsense", "", "x" * 10_000, "' or true --", "\0", "ключ"):
        answer = Browser(base).post("/sign-in", {"key": wrong, "next": "/record"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        bodies.add(answer.text)
    assert len(bodies) == 1
    assert REFUSED in bodies.pop()


def test_the_page_does_not_show_the_key_that_was_given(base: str) -> None:
    assert WRONG not in Browser(base).post("/sign-in", {"key": WRONG}).text


def test_keys_that_are_refused_at_signing_in_are_counted_and_then_none_is_looked_at(database_url: str) -> None:
    admission = Admission(failures=limit_of("3/minute"))
    with service(database_url, Clock(), admission=admission) as opened, browsing(opened) as base:
        browser, good = Browser(base), key_of(opened, "ada", Role.READER)
        assert browser.post("/sign-in", {"key": good}).status_code == 303
        assert [browser.post("/sign-in", {"key": WRONG}).status_code for _ in range(4)] == [401, 401, 401, 429]
        refused = browser.post("/sign-in", {"key": good})
        assert (refused.status_code, "set-cookie" in refused.headers) == (429, False)
        assert "retry-after" in refused.headers


def test_keys_that_are_refused_in_cookies_are_counted_with_the_others(database_url: str) -> None:
    clock = Clock()
    admission = Admission(failures=limit_of("2/minute"))
    with service(database_url, clock, admission=admission) as opened, browsing(opened) as base:
        told = {"Cookie": f"dateline_key={int(clock.at.timestamp())}.{WRONG}"}
        assert [Browser(base).client.get("/about", headers=told).status_code for _ in range(3)] == [401, 401, 429]


def test_a_revoked_key_is_refused_at_once_and_the_browser_forgets_it(opened: Service, base: str) -> None:
    keys = Keys(opened.pool, opened.clock)
    made = keys.make("ada", Role.RECORDER)
    browser = Browser(base)
    browser.sign_in(made.token)
    assert browser.open("/record/act").status == 200
    keys.revoke(made.key.id)
    refused = browser.open("/record/act")
    assert refused.status == 401
    assert "not taken any more" in refused.text
    assert "/sign-in?next=/record/act" in refused.leads_to()
    assert browser.client.cookies.get("dateline_key") is None
    assert browser.open("/about").status == 200


def test_who_holds_a_worthless_cookie_can_still_sign_in(opened: Service, base: str) -> None:
    keys = Keys(opened.pool, opened.clock)
    made = keys.make("ada", Role.RECORDER)
    browser = Browser(base)
    browser.sign_in(made.token)
    keys.revoke(made.key.id)
    assert browser.open("/sign-in").status == 200
    browser.press("/sign-in", {"key": key_of(opened, "ben", Role.RECORDER)})
    assert is_signed_in(browser.open("/"), "ben")


def test_where_reading_is_closed_a_page_leads_to_signing_in_and_signing_in_back_to_it(database_url: str) -> None:
    with service(database_url, admission=Admission(reading="closed")) as opened, browsing(opened) as base:
        browser = Browser(base)
        asked = "/?as_of=2020-01-01&subject=Huawei+%26+ZTE"
        refused = browser.open(asked)
        assert refused.status == 401
        page = browser.sign_in(key_of(opened, "dan", Role.READER), asked)
        assert (page.status, page.path) == (200, asked)
        assert is_signed_in(page, "dan")
        assert browser.open("/sign-in").status == 200


def test_where_reading_is_closed_what_pages_link_to_can_be_downloaded_by_who_is_signed_in(database_url: str) -> None:
    with service(database_url, admission=Admission(reading="closed")) as opened, browsing(opened) as base:
        opened.recording.record([DECREE], recorded_by="ada")
        browser = Browser(base)
        browser.sign_in(key_of(opened, "dan", Role.READER))
        links = [link for link in browser.open("/jurisdictions/NL?as_of=2020-06-01").leads_to() if "format=csv" in link]
        assert links
        for link in links:
            told = browser.client.get(link)
            assert (told.status_code, told.headers["content-disposition"][:10]) == (200, "attachment")
            assert "Cookie" in told.headers["vary"]
            assert "public" not in told.headers["cache-control"]
            assert httpx.get(base + link).status_code == 401


def test_what_needs_a_higher_role_says_so_and_offers_another_key(opened: Service, base: str) -> None:
    browser = Browser(base)
    browser.sign_in(key_of(opened, "dan", Role.READER))
    refused = browser.open("/record/act?measure=NL/decree")
    assert refused.status == 403
    assert "role recorder or above" in refused.text
    assert "/sign-in?next=/record/act%3Fmeasure%3DNL/decree" in refused.leads_to()


@pytest.mark.parametrize("elsewhere", [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/a\nSet-Cookie: x=y",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "",
    " /record",
    "/ü",
    "/" + "x" * 5000,
])  # fmt: skip
def test_one_comes_back_to_this_host_or_to_nowhere(opened: Service, base: str, elsewhere: str) -> None:
    assert local(elsewhere) is None
    answer = Browser(base).post("/sign-in", {"key": key_of(opened, "ada", Role.RECORDER), "next": elsewhere})
    assert (answer.status_code, answer.headers["location"]) == (303, "/record")
    wrong = Browser(base).post("/sign-in", {"key": WRONG, "next": elsewhere})
    assert "evil.example" not in wrong.text


def test_the_refusal_of_a_strange_address_links_nowhere_else(database_url: str) -> None:
    with service(database_url, admission=Admission(reading="closed")) as opened, browsing(opened) as base:
        refused = Browser(base).open(f"{base}//evil.example/x")
        assert refused.status == 401
        assert not [link for link in refused.leads_to() if "evil.example" in link]


def test_pages_that_say_who_is_signed_in_are_kept_by_nobody_and_not_compressed(opened: Service, base: str) -> None:
    browser = Browser(base)
    before = browser.client.get("/about")
    assert before.headers["cache-control"] == "no-cache"
    assert "Cookie" in before.headers["vary"]
    browser.sign_in(key_of(opened, "ada", Role.READER))
    for path in ("/", "/about", "/record"):
        told = browser.client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": before.headers["etag"]})
        assert told.status_code == 200
        assert told.headers["cache-control"] == "no-store"
        assert "content-encoding" not in told.headers
        assert "etag" not in told.headers


def test_a_browser_says_from_which_host_a_form_comes_and_tells_no_other_host_of_pages(base: str) -> None:
    assert Browser(base).client.get("/sign-in").headers["referrer-policy"] == "same-origin"
