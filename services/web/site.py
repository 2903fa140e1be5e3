"""The pages put together: the routes of each, and what their templates may call."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter

from services.access.gate import Gate
from services.access.sessions import HOURS
from services.operations.wiring import Service
from services.web.about import about
from services.web.address import TIMES
from services.web.assets import asset_address, serving_assets
from services.web.codebook import anchor, codebook
from services.web.compare import compare
from services.web.deadlines import deadlines
from services.web.drawing.patterns import patterns, swatch
from services.web.fields import id_of
from services.web.layout import ENVIRONMENT
from services.web.log import log
from services.web.record import record
from services.web.search import search
from services.web.series import series
from services.web.sign_in import sign_in_from, signing_in
from services.web.world import world
from services.wording import called, clock, count, deadline, listed, moment, value_in_words, words

PAGES = (
    ("/", "World"),
    ("/jurisdictions", "Jurisdictions"),
    ("/compare", "Compare"),
    ("/deadlines", "Deadlines"),
    ("/series", "Series"),
    ("/log", "Log"),
    ("/codebook", "Code book"),
    ("/about", "About"),
)
"""The pages that every page leads to, by their paths."""


def site(service: Service, gate: Gate) -> APIRouter:
    """The routes of all pages."""
    router = APIRouter(include_in_schema=False)
    for each in (
        serving_assets(),
        world(service),
        compare(service),
        deadlines(service),
        series(service),
        log(service),
        search(service),
        codebook(),
        about(service),
        signing_in(service, gate),
        record(service),
    ):
        router.include_router(each)
    return router


def _web_address(url: str | None) -> str | None:
    """An address that may be a link: on the web, and no other; None otherwise."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _timeline(given: list[tuple[str, str]]) -> str:
    """The address of the timeline that belongs to a page."""
    return f"/timeline?{urlencode(given)}" if given else "/timeline"


ENVIRONMENT.globals.update(
    asset=asset_address,
    pages=PAGES,
    swatch=swatch,
    swatches=patterns("swatch"),
    times_names=TIMES,
    count=count,
    sign_in=sign_in_from,
    hours=HOURS,
)
ENVIRONMENT.filters.update(
    words=words,
    listed=listed,
    named=called,
    moment=moment,
    clock=clock,
    deadline=deadline,
    told=value_in_words,
    web_address=_web_address,
    timeline=_timeline,
    anchor=anchor,
    element=id_of,
)
