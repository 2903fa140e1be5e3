"""
YAML text as plain data, with the line of every node.

Only the plain part of YAML is taken: one document of mappings with text for names, lists and scalars. Aliases, tags
and deep nesting are refused, so that a small file stays small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from services.intake.plain import Bare, Doubled, Path, Step, printable
from services.intake.problems import TOLD

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml: the same, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

DEEPEST = 20

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})\.[0-9]{1,30}([eE][-+][0-9]{1,3})?")
_TAG = "tag:yaml.org,2002:"
_TRUE = ("yes", "true", "on")
_KINDS = {f"{_TAG}bool": "boolean", f"{_TAG}int": "number", f"{_TAG}float": "number", f"{_TAG}timestamp": "date"}


class Trouble(NamedTuple):
    """Something in a text that keeps it from being read at all."""

    line: int
    path: Path
    sentence: str


class Unreadable(Exception):
    """The text is not YAML, or not the plain part of it."""

    def __init__(self, troubles: list[Trouble]) -> None:
        super().__init__(troubles)
        self.troubles = troubles


class Document:
    """A YAML document: its plain data, and the lines of its nodes."""

    def __init__(self, data: object, lines: Lines) -> None:
        self.data = data
        self._lines = lines

    def line(self, path: Path, *, of_name: bool = False) -> int:
        """The line of what stands at `path`, or of what would hold it if it is missing; of its name if `of_name`."""
        here: Any = self.data
        line = self._lines.top
        for place, step in enumerate(path):
            lines = self._lines.inside.get(id(here))
            if lines is None or step not in lines:
                break
            name_line, line = lines[step]
            if of_name and place == len(path) - 1:
                return name_line
            here = here[step]
        return line


class Lines:
    """The lines of the nodes of one document: of the top node, and of those inside each list and mapping by its id."""

    def __init__(self) -> None:
        self.top = 1
        self.inside: dict[int, dict[Step, tuple[int, int]]] = {}


def load(text: str) -> Document:
    """Reads one document. Raises Unreadable, with the line, if the text is anything else."""
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        sentence = f"the control character U+{ord(found[0]):04X} stands here: take it out"
        raise Unreadable([Trouble(line, (), sentence)])
    try:
        return _Composer().compose(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        raise Unreadable([_syntax(error, text)]) from None
    except yaml.YAMLError as error:
        raise Unreadable([Trouble(1, (), f"this is not YAML: {printable(str(error), 300)}")]) from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise Unreadable([Trouble(1, (), f"this is not YAML that can be read: {printable(str(error), 300)}")]) from None


class _Open:
    """A list or mapping that is being read; in a mapping, `name` is the name whose value comes next."""

    def __init__(self, node: dict[str, object] | list[object], line: int) -> None:
        self.node = node
        self.line = line
        self.name: str | None = None
        self.name_line = line
        self.lines: dict[Step, tuple[int, int]] = {}
        self.twice: list[str] = []


class _Composer:
    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._lines = Lines()
        self._resolver = Resolver()
        self._troubles: list[Trouble] = []
        self._data: object = None

    def compose(self, events: Iterator[Event]) -> Document:
        documents = 0
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            if isinstance(event, ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                self._start(event, line)
            elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self._end()
            elif isinstance(event, AliasEvent):
                self._trouble(line, f"*{printable(str(event.anchor))} is an alias: write out what it stands for")
                self._put(None, line)
            elif isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable([*self._troubles, Trouble(line, (), _SECOND)])
        if not documents:
            raise Unreadable([Trouble(1, (), "the file is empty: write jurisdiction and acts, or take it away")])
        if self._troubles:
            raise Unreadable(self._troubles)
        return Document(self._data, self._lines)

    def _scalar(self, event: ScalarEvent, line: int) -> None:
        value: object = event.value
        if event.tag not in (None, "!", f"{_TAG}str"):
            self._trouble(line, f"the tag {printable(str(event.tag))} is not taken: write the value without it")
        elif event.tag is None and event.implicit[0]:
            value = self._resolved(event.value)
        self._put(value, line)

    def _start(self, event: MappingStartEvent | SequenceStartEvent, line: int) -> None:
        if event.tag not in (None, "!"):
            self._trouble(line, f"the tag {printable(str(event.tag))} is not taken: write the value without it")
        if len(self._open) >= DEEPEST:
            self._trouble(line, f"is nested more than {DEEPEST} deep: nothing in a record is")
            raise Unreadable(self._troubles)
        self._open.append(_Open({} if isinstance(event, MappingStartEvent) else [], line))

    def _end(self) -> None:
        closed = self._open.pop()
        node: object = closed.node
        if closed.twice and isinstance(node, dict):
            node = Doubled(node, closed.twice)
        self._lines.inside[id(node)] = closed.lines
        self._put(node, closed.line)

    def _put(self, value: object, line: int) -> None:
        if not self._open:
            self._data = value
            self._lines.top = line
            return
        here = self._open[-1]
        if isinstance(here.node, list):
            here.lines[len(here.node)] = (line, line)
            here.node.append(value)
        elif here.name is None:
            here.name = self._name(value, line)
            here.name_line = line
        else:
            if here.name in here.node:
                here.twice.append(here.name)
            here.node[here.name] = value
            here.lines[here.name] = (here.name_line, line)
            here.name = None

    def _name(self, value: object, line: int) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Bare):
            meaning = f"{str(value.value).lower()}" if value.kind == "boolean" else f"a {value.kind}"
            sentence = f"the name {printable(value.text)} is read as {meaning} in YAML: put it in quotes"
            self._trouble(line, f"{sentence}, '{printable(value.text)}'")
            return value.text
        what = "nothing" if value is None else "a list or a mapping"
        self._trouble(line, f"{what} stands where a name should: write a name and a colon")
        return ""

    def _resolved(self, word: str) -> object:
        tag = self._resolver.resolve(ScalarNode, word, (True, False))  # type: ignore[no-untyped-call]
        if tag == f"{_TAG}null":
            return None
        kind = _KINDS.get(tag)
        if kind == "boolean":
            return Bare("boolean", word, word.lower() in _TRUE)
        if kind == "number":
            return Bare("number", word, _number(word))
        if kind == "date":
            return Bare("date", word, None)
        return word

    def _trouble(self, line: int, sentence: str) -> None:
        path: list[Step] = []
        for each in self._open:
            if isinstance(each.node, list):
                path.append(len(each.node))
            elif each.name is not None:
                path.append(each.name)
        self._troubles.append(Trouble(line, tuple(path), sentence))
        if len(self._troubles) >= TOLD:
            raise Unreadable(self._troubles)


_SECOND = "a second document begins here: write one a file, without a line of ---"


def _number(word: str) -> int | float | None:
    if _WHOLE.fullmatch(word):
        return int(word)
    return float(word) if _DECIMAL.fullmatch(word) else None


def _syntax(error: yaml.MarkedYAMLError, text: str) -> Trouble:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    rows = text.split("\n")
    row = rows[line - 1] if line <= len(rows) else ""
    if "\t" in row[: len(row) - len(row.lstrip())] or (mark is not None and row[mark.column : mark.column + 1] == "\t"):
        return Trouble(line, (), "a tab stands here: YAML is indented with spaces")
    said = ", ".join(printable(part, 200) for part in (error.context, error.problem) if part)
    return Trouble(line, (), f"this is not YAML: {said or 'it cannot be read'}")
