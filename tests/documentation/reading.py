"""Reads the documents: their fenced blocks, the commands in them with what they show, links and headings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "dossier/README.md",
    *(f"docs/{path.name}" for path in sorted(TOP.glob("docs/*.md"))),
)

_FENCE = re.compile(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language, its text, the line on which it begins, and the file that it is, if any."""

    language: str
    text: str
    line: int
    file: str | None


class Command(NamedTuple):
    """A command of a console block, and the lines shown after it; an omission is a line with an ellipsis alone."""

    words: list[str]
    shown: list[str]


def text_of(document: str) -> str:
    return (TOP / document).read_text("utf-8")


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a document, in order."""
    text = text_of(document)
    return [
        Block(found[1], found[3], text.count("\n", 0, found.start()) + 1, found[2]) for found in _FENCE.finditer(text)
    ]


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block; a line that begins with '> ' goes on with the command before."""
    current: Command | None = None
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if current is not None:
                yield current
            current = Command(shlex.split(line[2:], comments=True), [])
        elif line.startswith("> ") and current is not None and not current.shown:
            current = Command([*current.words, *shlex.split(line[2:])], [])
        elif current is not None and line.strip():
            current.shown.append(line.rstrip())
    if current is not None:
        yield current


def prose(document: str) -> str:
    """A document without its fenced blocks."""
    return _FENCE.sub("", text_of(document))


def links(document: str) -> list[str]:
    """The targets of the links in a document's prose."""
    return _LINK.findall(prose(document))


def anchors(document: str) -> set[str]:
    """The names under which the headings of a document are linked to."""
    headings = _HEADING.findall(prose(document))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(document: str, heading: str) -> str:
    """The text under a heading, up to the next of the same rank or a higher one."""
    text = text_of(document)
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"{document} has no heading '{heading}'"
    following = re.compile(rf"^#{{1,{len(found[1])}}} ", re.MULTILINE).search(text, found.end())
    return text[found.end() : following.start() if following else len(text)]
