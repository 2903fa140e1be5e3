"""A window of a browser that is watched: what it says in its console, whom it asks, what fails."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Error, Page, Request, expect


class Watched:
    """A page, and everything about it that must not be."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        self._site = site
        page.on("console", self._said)
        page.on("pageerror", self._threw)
        page.on("request", self._asked)

    def check(self) -> None:
        """Nothing was wrong."""
        assert self.wrong == []

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.type}: {message.text}")

    def _threw(self, error: Error) -> None:
        self.wrong.append(f"thrown: {error}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._site, "data:")):
            self.wrong.append(f"asked of another host: {request.url}")


def sign_in(page: Page, key: str) -> None:
    """Signs in with a key, by the form."""
    page.goto("/sign-in")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
