"""What pages load: styles and scripts, each under an address that changes with its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import fastapi
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from services.api.problems import NotFound
from services.web.layout import sent

PATH = "/assets/{name}"
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
"""The media types by the endings of names; what ends otherwise is not served."""

_HERE = Path(__file__).parent / "assets"
_YEAR_SECONDS = 365 * 24 * 60 * 60


class Asset(Struct, frozen=True):
    """A file that pages load."""

    body: bytes
    media: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every asset by its name."""
    files = sorted(path for path in _HERE.iterdir() if path.suffix in MEDIA)
    return {path.name: _read(path) for path in files}


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, MEDIA[path.suffix], hashlib.sha256(body).hexdigest()[:12])


def asset_address(name: str) -> str:
    """The address of an asset, which changes with its content. KeyError for one that there is not."""
    return f"{PATH.format(name=name)}?v={assets()[name].version}"


def serving_assets() -> APIRouter:
    """The route of the assets."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    def asset(
        request: Request,
        name: Annotated[str, fastapi.Path(pattern=r"^[a-z-]{1,40}\.[a-z]{1,4}$")],
        v: Annotated[str | None, Query(pattern="^[0-9a-f]{12}$")] = None,
    ) -> Response:
        """A style or a script. Under its present version it may be kept for ever."""
        found = assets().get(name)
        if found is None:
            raise NotFound(f"There is no asset '{name}'.")
        keeping = f"public, max-age={_YEAR_SECONDS}, immutable" if v == found.version else "no-cache"
        return sent(request, found.body, f"{found.media}; charset=utf-8", {"Cache-Control": keeping})

    return router
