"""The pages in a real browser: headless Chromium, against the dossier over HTTP. Where there is none, no such tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.access.keys import Keys
from services.access.roles import Role
from services.intake.importing import import_files
from services.operations.wiring import service
from tests.acceptance.serving import served
from tests.browser.watching import Watched
from tests.conftest import TEMPLATE, fresh_database

CHROMIUM = os.environ.get("DATELINE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

if CHROMIUM is None:
    collect_ignore_glob = ["test_*.py"]

# A page on a loaded machine takes its time, as everything here does.
expect.set_options(timeout=60_000)

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_QUIET += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser that asks nobody for anything by itself."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(postgres_server: str, project: Path) -> Iterator[str]:
    """Where the dossier is served. Nothing writes to it."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened:
        import_files(opened.recording, [project / "dossier"], recorded_by="ada", clock=opened.clock)
        with served(opened) as address:
            yield address


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Watched]:
    """A window of 1280 by 900 upon the site; at the end it must have met no error, and asked no other host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site, locale="de-DE")
    window = Watched(context.new_page(), site)
    yield window
    window.check()
    context.close()


@pytest.fixture
def window(watched: Watched) -> Page:
    """The page of the window."""
    return watched.page


@pytest.fixture
def desk(browser: Browser, postgres_server: str) -> Iterator[tuple[Watched, dict[str, str]]]:
    """A window upon an empty record that may be written to, and the keys of those who may."""
    with fresh_database(postgres_server, TEMPLATE) as url, service(url) as opened, served(opened) as base:
        keys = Keys(opened.pool, opened.clock)
        tokens = {
            "ada": keys.make("ada", Role.RECORDER).token,
            "ben": keys.make("ben", Role.REVIEWER).token,
        }
        context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=base)
        window = Watched(context.new_page(), base)
        yield window, tokens
        window.check()
        context.close()
