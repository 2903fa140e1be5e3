"""
Ordinary lines of JSON Lines: acts with which nothing is wrong, read in one step, as most lines of bulk are.

Which names stand in an object, and of what type their values are, is checked while the text is read; what a type does
not say is judged by the same kinds of fields as everywhere. What is wrong is not told here, nor looked for: such a line
is read again in full, and so is one that gives what it could as well leave out (null, false, nothing in a list).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Union

import msgspec
from msgspec import NODEFAULT, UNSET, Struct
from msgspec.structs import FieldInfo, asdict

from events.actions import Act, Action, Link, Source
from events.commands import RecordAct
from events.vocabulary import is_slug
from services.intake import fields
from services.intake.actions import SHAPES
from services.intake.acts import MOST_ACTIONS, MOST_SOURCES
from services.intake.fields import LONGEST_LIST, LONGEST_NAME, LONGEST_TEXT, Together
from services.intake.problems import Wrong


def _unordinary() -> Wrong:
    return Wrong([])


def _slug(value: str) -> str:
    if not is_slug(value):
        raise _unordinary()
    return value


_day = lru_cache(maxsize=65536)(fields.day)
_jurisdiction = lru_cache(maxsize=4096)(fields.jurisdiction)


def _text(value: str) -> str:
    """A text that is not blank; how long it is, and what characters it holds, is asked of the line as a whole."""
    if not value or value.isspace():
        raise _unordinary()
    return value


@lru_cache(maxsize=65536)
def _name(value: str) -> str:
    """A name, held once however often it is read."""
    if len(value) > LONGEST_NAME:
        raise _unordinary()
    return _text(value)


@lru_cache(maxsize=65536)
def _names(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([_name(each) for each in _few(value)])


def _few(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(value) > LONGEST_LIST:
        raise _unordinary()
    return value


@lru_cache(maxsize=65536)
def _jurisdictions(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([_jurisdiction(each) for each in _few(value)])


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "title": _text,
    "effects": lru_cache(maxsize=4096)(_few),
    "subjects": _names,
    "scope": _names,
    "targets": _jurisdictions,
    "values": fields.scalars,
    "deadline": _slug,
    "lifts": _slug,
    **dict.fromkeys(("effective_on", "expires_on", "applies_on", "applies_until", "until", "due", "met_on"), _day),
}
"""What of an action is to be judged beside the types of its values and its measure."""


def _shape(of: Iterable[FieldInfo], *more: tuple[str, Any, Any], tag: str | None = None) -> type[Struct]:
    """What an object looks like that gives these fields, and more, in their order."""
    told: list[Any] = [
        (each.name, each.type) if each.default is NODEFAULT else (each.name, each.type, each.default) for each in of
    ]
    return msgspec.defstruct(
        "Shape", [*told, *more], kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False, tag=tag
    )


class _Reading(NamedTuple):
    """How actions of one type are read."""

    event: type[Action]
    kinds: tuple[tuple[str, Callable[[Any], Any]], ...]
    together: Together | None

    def action(self, act: Act, place: int, measure: str, told: Struct) -> Any:
        """An action as it is told, on a measure. Raises Wrong."""
        given = asdict(told)
        given["measure"] = measure
        for name, kind in self.kinds:
            value = given[name]
            if value is UNSET:
                del given[name]
            elif value is not None:
                given[name] = kind(value)
        if self.together is not None and self.together(given):
            raise _unordinary()
        return self.event(act=act, place=place, **given)


_READINGS: dict[type[Struct], _Reading] = {}
for _tag, _of in SHAPES.items():
    _told = [each for each in msgspec.structs.fields(_of.event) if each.name not in ("act", "place")]
    _judged = tuple([(each.name, _KINDS[each.name]) for each in _told if each.name in _KINDS])
    _READINGS[_shape(_told, tag=_tag)] = _Reading(_of.event, _judged, _of.together)

_ACT = msgspec.structs.fields(Act)
_Line = msgspec.defstruct(
    "Line",
    [
        ("jurisdiction", str),
        ("act", _shape(_ACT, ("again", bool, False), ("actions", tuple[Union[tuple(_READINGS)], ...], ()))),  # type: ignore[misc]  # noqa: UP007
    ],
    forbid_unknown_fields=True,
    gc=False,
)
_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def ordinary_act(raw: bytes, origin: str) -> RecordAct | None:
    """The act that a line records, as reading it in full finds it; None where there is more to say about the line."""
    try:
        line: Any = _decode(raw)
        written = _encode(line)
        # A name that stands twice counts once when it is read: written again, the line has fewer quotation marks.
        if raw.count(b'"') != written.count(b'"') or (_BACKSLASH in raw and b"\\u0022" in raw):
            return None
        if not _is_plain(written):
            return None
        return _act(line.act, _jurisdiction(line.jurisdiction), origin)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Wrong):
        return None


def _is_plain(written: bytes) -> bool:
    """Whether no text of JSON, as it is written here, is too long, or holds other control characters than line ends."""
    if len(written) > LONGEST_TEXT:
        return False
    if written.isascii() and _BACKSLASH not in written and _DELETE not in written:
        return True
    return not any(each in written for each in _ESCAPES) and not fields.CONTROL.search(written.decode())


_BACKSLASH, _DELETE = b"\\\x7f"
"""As numbers, which are found in bytes much faster than bytes are."""

_ESCAPES = (b"\\u", b"\\b", b"\\f")
"""How characters are written that are to be looked at, whatever else may be written so."""


def _act(told: Any, home: str, origin: str) -> RecordAct:
    """The act. Raises Wrong."""
    _slug(told.act)
    if told.after is not None and _slug(told.after) == told.act:
        raise _unordinary()
    if not 1 <= len(told.sources) <= MOST_SOURCES or not 1 <= len(told.actions) <= MOST_ACTIONS:
        raise _unordinary()
    for source in told.sources:
        _judge_source(source)
    act = Act(
        act=told.act,
        announced_on=_day(told.announced_on),
        authority=_name(told.authority),
        instrument=told.instrument,
        title=_text(told.title),
        sources=told.sources,
        published_on=None if told.published_on is None else _day(told.published_on),
        citation=told.citation,
        summary=told.summary,
        confidence=told.confidence,
        links=tuple([_link(each, home) for each in _few(told.links)]) if told.links else (),
        after=told.after,
        note=told.note,
    )
    measure = fields.measure(home)
    actions = [
        _READINGS[type(each)].action(act, place, measure(each.measure), each) for place, each in enumerate(told.actions)
    ]
    return RecordAct(act=act, actions=tuple(actions), again=told.again, origin=origin)


def _judge_source(told: Source) -> None:
    """Raises Wrong."""
    _text(told.name)
    if told.url is not None:
        fields.url(told.url)
    if told.date is not None:
        _day(told.date)
    if told.archived_url is not None:
        fields.url(told.archived_url)
    if told.sha256 is not None:
        fields.sha256(told.sha256)
    if told.kept:
        fields.texts(told.kept)


def _link(told: Link, home: str) -> Link:
    return Link(told.type, fields.measure(home, foreign=True)(told.to))
