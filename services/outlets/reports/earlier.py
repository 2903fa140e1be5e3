"""What an earlier report, in whatever form, says of itself: the request that it answered."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Struct

from events.errors import Refusal
from projections.answers import RULES, Cite
from services.outlets.reports.document import MARK

MOST_BYTES = 50_000_000
"""A report is smaller than this."""

_PATH = re.compile(r"/v1/jurisdictions/([A-Z]{2}(?:-[A-Z0-9]{1,3})?)/report")
_SAID = re.compile(MARK.encode() + rb"(/v1/jurisdictions/[A-Z0-9-]{2,6}/report\?[A-Za-z0-9_&=;.:%+-]{1,500})")


class NotAReport(Refusal):
    """A report says in itself which request it answers: it can be held against the record as long as it says so."""

    type = "not-a-report"


class ReportOfOtherRules(Refusal):
    """Two reports are held against each other under the same rules."""

    type = "report-of-other-rules"


class Earlier(Struct, frozen=True):
    """The request that a report answered. `since` is inclusive."""

    jurisdiction: str
    as_of: date
    known_on: date
    position: int
    since: date | None


def earlier_report(path: Path) -> Earlier:
    """The request that a report in a file answered. Raises NotAReport and ReportOfOtherRules."""
    try:
        with path.open("rb") as file:
            written = file.read(MOST_BYTES)
    except OSError as error:
        raise NotAReport(f"{path} cannot be read ({error.strerror}): give the file of a report.") from None
    url = _of_json(written) if written.lstrip().startswith(b"{") else _marked(written)
    if url is None:
        raise NotAReport(
            f"{path} does not say which request it answers: give a report as it was made by Dateline, as Markdown, "
            "HTML, PDF or JSON."
        )
    return _request(path, url)


def _marked(written: bytes) -> str | None:
    """What stands behind the mark: before every text of the record, where there are any."""
    found = _SAID.search(written)
    return None if found is None else unescape(found[1].decode("ascii"))


def _of_json(written: bytes) -> str | None:
    try:
        return msgspec.json.decode(written, type=_Answer).cite.url
    except msgspec.MsgspecError:
        return None


class _Answer(Struct):
    cite: Cite


def _request(path: Path, url: str) -> Earlier:
    address = urlsplit(url)
    given = {name: values[0] for name, values in parse_qs(address.query).items()}
    code = _PATH.fullmatch(address.path)
    try:
        if code is None:
            raise ValueError
        earlier = Earlier(
            code[1],
            date.fromisoformat(given["as_of"]),
            date.fromisoformat(given["known_on"]),
            int(given["position"]),
            date.fromisoformat(given["since"]) if "since" in given else None,
        )
    except (KeyError, ValueError):
        raise NotAReport(
            f"{path} names a request that no report answers ({url[:200]}): give a report as it was made."
        ) from None
    if given.get("rules") != RULES:
        raise ReportOfOtherRules(
            f"{path} was made under rules {given.get('rules')}, and this version reads under rules {RULES}: make the "
            "report anew, and hold the two against each other by hand.",
            made_under=given.get("rules"),
            present=RULES,
        )
    return earlier
