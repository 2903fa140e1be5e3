"""
The fields of forms for recording: how each is filled in, and what a record is told by it.

A field is called as the reading of records calls its place, `act.actions[0].effective_on`: what is found wrong there is
shown beside it. Nothing is judged here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, NoReturn

from msgspec import UNSET, Struct

from services.intake.plain import field
from services.intake.problems import Finding
from services.web.forms import Form

Widget = Literal["line", "day", "text", "choice", "choices", "words", "values", "flag"]
"""How a field is filled in: a line, a day, a text; a word of some, or several; several lines; named values; a tick."""

NOTHING = ".nothing"
"""What the name of a tick ends with that says that a field is told, and told to be nothing."""

SPARE = 2
"""How many empty places a list has at the end."""


class Option(NamedTuple):
    """A word that may be chosen, as it is called, and what it means."""

    word: str
    label: str
    meaning: str = ""


class Kind(Struct, frozen=True, kw_only=True):
    """
    What a field is like.

    `nothing` is what its being told to be nothing is called, where that is not the same as being left out. `suggested`
    names a list of words that are known. `is_needed` is a hint to who fills it in.
    """

    label: str
    widget: Widget = "line"
    help: str = ""
    nothing: str = ""
    options: tuple[Option, ...] = ()
    suggested: str = ""
    is_needed: bool = False


class Field(Struct, frozen=True, kw_only=True):
    """A field as it is shown: filled in so far, with what was found wrong."""

    name: str
    kind: Kind
    values: tuple[str, ...]
    is_nothing: bool
    problems: tuple[str, ...]

    @property
    def id(self) -> str:
        """The name of its element."""
        return id_of(self.name)


class Problems:
    """What was found wrong, by the places where it is."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._found = [(field(each.path), each.sentence) for each in findings]
        self._shown: dict[str, tuple[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def at(self, name: str, label: str, *, whole: bool = True) -> tuple[str, ...]:
        """What is wrong with a field, called by its label; `whole`: with whatever is in it, too."""
        within = (f"{name}.", f"{name}[")
        found = [
            (place, sentence)
            for place, sentence in self._found
            if place == name or (whole and place.startswith(within))
        ]
        self._shown.update(dict.fromkeys((place for place, _ in found), (id_of(name), label)))
        return tuple(sentence for _, sentence in found)

    def told(self) -> Iterator[tuple[str, str, str]]:
        """
        Each with the element and the label of its field, in the order in which these are shown.

        What is wrong where no field is shown comes first, without an element, by its place.
        """
        order = {place: number for number, place in enumerate(self._shown)}
        for place, sentence in sorted(self._found, key=lambda each: order.get(each[0], -1)):
            element, label = self._shown.get(place, ("", place))
            yield element, label, sentence


def id_of(name: str) -> str:
    """The name of the element of a field: `act-actions-0-effective_on`."""
    return name.replace("].", "-").replace("[", "-").replace("]", "").replace(".", "-")


def shown(form: Form, name: str, kind: Kind, problems: Problems, within: str = "") -> Field:
    """A field as a form has it; `within` is what it is part of, for whoever reads of its problems elsewhere."""
    match kind.widget:
        case "words" | "choices":
            given = form.all(name)
            values = (*given, *[""] * SPARE)
        case _:
            values = (form.text(name),)
    return Field(
        name=name,
        kind=kind,
        values=values,
        is_nothing=form.text(name + NOTHING) != "",
        problems=problems.at(name, f"{within}{kind.label}"),
    )


def called(kind: Kind, value: str) -> str:
    """What was filled in, as it is shown: of words to choose from, as the word is called."""
    return next((each.label for each in kind.options if each.word == value), value)


def told(form: Form, prefix: str, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """What a record is told by some fields. What was not filled in is left out."""
    found = {name: _told(form, f"{prefix}{name}", kind) for name, kind in kinds.items()}
    return {name: value for name, value in found.items() if value is not UNSET}


def _told(form: Form, name: str, kind: Kind) -> Any:
    is_nothing = form.text(name + NOTHING) != ""
    match kind.widget:
        case "flag":
            return True if form.text(name) else UNSET
        case "words" | "choices":
            return [each.strip() for each in form.all(name)] or ([] if is_nothing else UNSET)
        case "values":
            return values_in(form.text(name)) or ({} if is_nothing else UNSET)
        case "text":
            text = form.text(name)
            return text if text.strip() else None if is_nothing else UNSET
        case _:
            return form.text(name).strip() or (None if is_nothing else UNSET)


def filled(prefix: str, kinds: Mapping[str, Kind], record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that tell what a record says."""
    for name, kind in kinds.items():
        value = record.get(name, UNSET)
        if value is UNSET:
            continue
        if kind.nothing and not value:
            yield f"{prefix}{name}{NOTHING}", "on"
        elif isinstance(value, dict):
            yield f"{prefix}{name}", values_text(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from ((f"{prefix}{name}", str(each)) for each in value)
        elif value is True:
            yield f"{prefix}{name}", "on"
        elif value:
            yield f"{prefix}{name}", str(value)


def values_in(text: str) -> dict[str, Any] | str:
    """
    Named values, one a line, `level: 2`; text that could be read as something else stands in quotes.

    What is not written so is given as it is, for the reading of records to say what is wrong with it.
    """
    values: dict[str, Any] = {}
    for line in filter(str.strip, text.split("\n")):
        try:
            name, rest = _name_in(line.strip())
        except ValueError:
            return text
        if name in values:
            return text
        values[name] = _scalar_in(rest.strip())
    return values


def values_text(values: Mapping[str, Any]) -> str:
    """Named values as `values_in` reads them."""
    return "\n".join(f"{_name_text(name)}: {_scalar_text(value)}" for name, value in values.items())


def _name_in(line: str) -> tuple[str, str]:
    if line.startswith('"'):
        name, end = json.JSONDecoder().raw_decode(line)
        rest = line[end:].lstrip()
        colon = rest[:1]
    else:
        name, colon, rest = line.partition(":")
        rest = f":{rest}"
    if colon != ":" or not isinstance(name, str):
        raise ValueError(line)
    return name.strip() if not line.startswith('"') else name, rest[1:]


def _name_text(name: str) -> str:
    is_plain = name == name.strip() and name and not set(name) & set(':"\r\n')
    return name if is_plain else json.dumps(name, ensure_ascii=False)


def _scalar_in(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text


def _scalar_text(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = value == value.strip() and value and not set(value) & set("\r\n") and _scalar_in(value) is value
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)
