"""A report as Markdown (CommonMark, with footnotes as in GitHub's). What is on record is text, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from services.outlets.reports.document import MARK, Document, Line, Note

_SIGNS = re.compile(r"[\\`*_\[\]<>|~&$@]|:(?=//)|(?<=www)\.")
_SPACES = re.compile(r"\s+")


def markdown(document: Document) -> bytes:
    """The document in UTF-8."""
    return "\n".join(_lines(document)).encode()


def _lines(document: Document) -> Iterator[str]:
    yield f"<!-- {MARK}{document.pinned} -->"
    yield ""
    yield f"# {text(document.title)}"
    yield ""
    yield from (f"- **{text(name)}:** {text(value)}" for name, value in document.facts)
    yield ""
    for sentence in document.summary:
        yield f"**{text(sentence)}**"
        yield ""
    for section in document.sections:
        yield f"## {text(section.heading)}"
        yield ""
        yield from map(_line, section.lines)
        if not section.lines:
            yield text(section.nothing)
        yield ""
    yield "## Sources"
    yield ""
    for note in document.notes:
        yield _note(note)
        yield ""
    yield "## How to cite"
    yield ""
    yield text(document.cite)
    yield ""
    yield "The request that gives this report again:"
    yield ""
    yield f"    GET {document.pinned}"
    yield ""


def _line(line: Line) -> str:
    notes = "".join(f"[^{number}]" for number in line.notes)
    said = f"**{text(line.said)}**" if line.is_urgent else text(line.said)
    return f"- **{text(line.lead)}** `{line.name}` {said}{' ' if notes else ''}{notes}"


def _note(note: Note) -> str:
    sources = "; ".join(_source(each.name, each.date, each.url) for each in note.sources)
    return f"[^{note.number}]: Act `{note.act}`: {text(note.said)}. {sources}."


def _source(name: str, date: str | None, url: str | None) -> str:
    when = "" if date is None else f" ({text(date)})"
    # In pointed brackets a destination may have any sign but these; spaces and controls never come from a web address.
    return f"[{text(name)}](<{quote(url, safe='%/:?#@!$&()*+,;=~[]-._')}>){when}" if url else f"{text(name)}{when}"


def text(said: str) -> str:
    """
    A text on one line, with every sign escaped that Markdown would take for markup within one (CommonMark 0.31, 2.4).

    What is markup at the beginning of a line alone stays: no text stands there.
    """
    return _SIGNS.sub(r"\\\g<0>", _SPACES.sub(" ", said).strip())
