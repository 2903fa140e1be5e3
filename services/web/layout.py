"""How a page is made and sent: its template, its address, the policy under which a browser shows it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.api.responses import etag_of, is_held
from services.api.watching import watched
from services.web.address import address_of
from services.web.session import session_of

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may do: run and be styled by the files of this host, ask this host, send forms to it. Nothing inline."""

LEAST_COMPRESSED = 1000
"""Bodies of fewer bytes are sent as they are."""
_LEVEL = 5

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, *, status: int = 200, keep: bool = True, **told: object) -> Response:
    """
    A page from its template, which is told its `address`, the `session` of whoever is signed in, and whether it is read
    `from_memory`, too.

    A browser may keep it and asks again each time. One that says who is signed in, or must not be kept (`keep`), is
    kept by nobody, and not compressed either, so that its length tells nothing of the token that its forms carry.
    """
    session = session_of(request)
    keep = keep and session is None
    told |= {"address": address_of(request), "session": session, "from_memory": watched(request.scope).from_memory}
    body = ENVIRONMENT.get_template(template).render(told).encode()
    # By itself, a browser that tells no addresses would not say either from which host a form comes.
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
    headers["Cache-Control"] = "no-cache" if keep else "no-store"
    return sent(request, body, HTML, headers, status, keep=keep)


def sent(
    request: Request, body: bytes, media: str, headers: Mapping[str, str], status: int = 200, *, keep: bool = True
) -> Response:
    """A body, compressed where the client takes that, or 304 where it has it. What is from memory no cache keeps."""
    told = {**headers, "Vary": "Accept-Encoding, Cookie"}
    if watched(request.scope).from_memory:
        told["Cache-Control"] = "no-store"
    if not keep:
        return Response(body, status, told, media_type=media)
    etag = etag_of(body)
    is_compressed = len(body) >= LEAST_COMPRESSED and _takes_gzip(request)
    told["ETag"] = f'{etag[:-1]}-gzip"' if is_compressed else etag
    if status == 200 and is_held(told["ETag"], request.headers.getlist("if-none-match")):
        return Response(None, 304, told)
    if is_compressed:
        told["Content-Encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    return Response(body, status, told, media_type=media)


def _takes_gzip(request: Request) -> bool:
    for each in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = each.strip().partition(";")
        if coding.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
