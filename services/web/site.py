"""The pages put together: the routes of each, and what their templates may call."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter

from services.access.gate import Gate
from services.access.sessions import HOURS
from services.operations.wiring import Service
from services.web.about import about
from services.web.act import act
from services.web.address import TIMES
from services.web.assets import asset_address, serving_assets
from services.web.codebook import anchor, codebook
from services.web.compare import compare
from services.web.deadlines import deadlines
from services.web.drawing.lanes import sample, strictest
from services.web.drawing.patterns import patterns, swatch
from services.web.fields import id_of
from services.web.jurisdiction import jurisdiction
from services.web.layout import ENVIRONMENT
from services.web.log import log
from services.web.measure import measure
from services.web.record import record
from services.web.search import search
from services.web.series import series
from services.web.sign_in import sign_in_from, signing_in
from services.web.world import world
from services.wording import (
    as_known,
    called,
    clock,
    count,
    deadline,
    did,
    field_in_words,
    listed,
    moment,
    some,
    terms,
    value_in_words,
    words,
)

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
        jurisdiction(service),
        measure(service),
        act(service),
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


@lru_cache(maxsize=4096)
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
    sample=sample,
)
ENVIRONMENT.filters.update(
    words=words,
    listed=listed,
    named=called,
    moment=moment,
    clock=clock,
    deadline=deadline,
    as_known=as_known,
    did=did,
    field=field_in_words,
    some=some,
    terms=terms,
    strictest=strictest,
    told=value_in_words,
    web_address=_web_address,
    timeline=_timeline,
    anchor=anchor,
    element=id_of,
)
