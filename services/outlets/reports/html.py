"""A report as one HTML file, without scripts, that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from services.outlets.reports.document import MARK, Document, Line, Note

STYLE = """
body { font: 1rem/1.5 Georgia, "Times New Roman", "DejaVu Serif", serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 1.5rem 0 0.4rem; break-after: avoid; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; } dt { color: #555; } dd { margin: 0; }
ul, ol { padding-left: 1.2rem; } li { margin: 0.3rem 0; break-inside: avoid; overflow-wrap: anywhere; }
code { font-size: 0.85em; color: #444; } .urgent { color: #9c1120; font-weight: bold; } .notes { font-size: 0.85rem; }
sup a { text-decoration: none; } a { color: #0b4a8f; }
@media print { body { font-size: 9.5pt; margin: 0; max-width: none; } a { color: inherit; } }
@media (prefers-color-scheme: dark) { @media screen {
body { color: #e8eaed; background: #14171c; } dt, code { color: #a9b1bd; } a { color: #8ab8f0; } .urgent { color: #ff8a8a; }
} }
"""  # noqa: E501

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Only the style of the file itself: nothing in it is run or loaded."""


def html(document: Document) -> bytes:
    """The document in UTF-8."""
    return "\n".join(_lines(document)).encode()


def _lines(document: Document) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta name="generator" content="{escape(MARK + document.pinned)}">'
    yield f"<title>{escape(document.title)}</title><style>{STYLE}</style></head><body>"
    yield f"<main><h1>{escape(document.title)}</h1>"
    yield "<dl>"
    yield from (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in document.facts)
    yield "</dl>"
    yield from (f"<p><strong>{escape(sentence)}</strong></p>" for sentence in document.summary)
    for section in document.sections:
        yield f"<section><h2>{escape(section.heading)}</h2>"
        if section.lines:
            yield "<ul>"
            yield from map(_line, section.lines)
            yield "</ul></section>"
        else:
            yield f"<p>{escape(section.nothing)}</p></section>"
    yield '<section class="notes"><h2>Sources</h2><ol>'
    yield from map(_note, document.notes)
    yield "</ol></section>"
    yield f"<section><h2>How to cite</h2><p>{escape(document.cite)}</p>"
    yield f"<p>The request that gives this report again: <code>GET {escape(document.pinned)}</code></p></section>"
    yield "</main></body></html>"
    yield ""


def _line(line: Line) -> str:
    notes = " ".join(f'<a href="#note-{number}">[{number}]</a>' for number in line.notes)
    said = f'<span class="urgent">{escape(line.said)}</span>' if line.is_urgent else escape(line.said)
    sup = f" <sup>{notes}</sup>" if notes else ""
    return f"<li><b>{escape(line.lead)}</b> <code>{escape(line.name)}</code> {said}{sup}</li>"


def _note(note: Note) -> str:
    sources = "; ".join(_source(each.name, each.date, each.url) for each in note.sources)
    return f'<li id="note-{note.number}">Act <code>{escape(note.act)}</code>: {escape(note.said)}. {sources}.</li>'


def _source(name: str, date: str | None, url: str | None) -> str:
    when = "" if date is None else f" ({escape(date)})"
    link = f'<a href="{escape(url)}" rel="noopener noreferrer external">{escape(name)}</a>' if url else escape(name)
    return link + when
