"""Forms of pages as browsers send them: what they hold, and whether they come from a page that was made here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import Message
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from events.errors import Refusal
from services.access.sessions import is_token
from services.api.forms import OtherMediaType
from services.api.problems import BodyTooLarge
from services.intake.bodies import InvalidBody
from services.intake.problems import Finding
from services.web.session import key_of

MEDIA = "application/x-www-form-urlencoded"
MOST_FIELDS = 10_000
"""Fields of one form at most."""


class ForeignForm(Refusal):
    """A form is sent from a page of this host, by whoever the page was made for."""

    type = "foreign-form"


class Form:
    """The fields of a form by their names, in their order. An empty field is one that was not filled in."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def pairs(self) -> list[tuple[str, str]]:
        """Every field with its value."""
        return [(name, value) for name, values in self._fields.items() for value in values]

    def text(self, name: str) -> str:
        """What was filled in under a name, or nothing."""
        return next(iter(self._fields.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """Everything that was filled in under a name."""
        return [value for value in self._fields.get(name, ()) if value.strip()]


async def sent(request: Request) -> Form:
    """A form from the page of whoever is signed in. Raises ForeignForm, and what `read` raises."""
    form = await sent_by_anyone(request)
    key = key_of(request)
    if key is None or not is_token(form.text("token"), key):
        raise ForeignForm(
            "This form was not made for whoever is signed in now. Nothing was done: open its page again, and send it "
            "from there."
        )
    return form


async def sent_by_anyone(request: Request) -> Form:
    """A form from a page of this host, whoever it was made for. Raises ForeignForm, and what `read` raises."""
    media = Message()
    media["content-type"] = request.headers.get("content-type", "")
    if media.get_content_type() != MEDIA or "content-encoding" in request.headers:
        raise OtherMediaType(f"A page takes what its form sends, with Content-Type: {MEDIA}, as it is.")
    told = request.headers.getlist("origin") or request.headers.getlist("referer")
    host = request.headers.get("host", "").lower()
    for each in told:
        if _host_of(each) != host:
            raise ForeignForm("This form was sent from the page of another host. Nothing was done.")
    return await run_in_threadpool(read, await request.body())


Sent = Annotated[Form, Depends(sent)]
SentByAnyone = Annotated[Form, Depends(sent_by_anyone)]


def read(body: bytes) -> Form:
    """The form in a body; lines end as in records. Raises BodyTooLarge and InvalidBody."""
    if body.count(b"&") >= MOST_FIELDS:
        raise BodyTooLarge(
            f"The form has more than {MOST_FIELDS} fields: record it over the API, or by the command line.",
            most_fields=MOST_FIELDS,
        )
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidBody.of([Finding((), "the form is not UTF-8: send it as its page does")]) from None
    return Form((name, value.replace("\r\n", "\n")) for name, value in fields)


def _host_of(address: str) -> str | None:
    """The host with its port that an address names; None where it names none (`null`)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.netloc.lower().rpartition("@")[2] if parts.scheme in ("http", "https") else None
