"""The form of an act with its sources, links and actions, and the body that says the same to the reading of records."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from msgspec import Struct

from events.vocabulary import Instrument, LinkType, Manner, Obliged
from projections.answers import Word
from projections.codebook import codebook
from services.intake.actions import SHAPES
from services.web.fields import Field, Kind, Option, Problems, filled, shown, told
from services.web.forms import Form
from services.wording import words

MOST_ITEMS = 60
"""Sources, links or actions of an act at most that a form shows. An act of more is recorded in another way."""

_DAY = "2019-05-20, or 2019-05, or 2019; 2019-05~ for about; [2019-10-11..2019-10-20] for one day within."


def options(names: Iterable[str], book: Iterable[Word] = ()) -> tuple[Option, ...]:
    """Words to choose from, as the code book calls them where it has them."""
    known = {each.word: each for each in book}
    return tuple(
        Option(name, known[name].label, known[name].definition)
        if name in known
        else Option(name, words(name).capitalize())
        for name in names
    )


def _kinds() -> tuple[dict[str, Kind], dict[str, Kind], dict[str, Kind], dict[str, Kind]]:
    book = codebook()
    act = {
        "act": Kind(
            label="Name of the act",
            help="Small letters, digits, hyphens; one name everywhere, as in us-tgl-ext-2019-08.",
            is_needed=True,
        ),
        "announced_on": Kind(
            label="Announced on",
            widget="day",
            help=f"The first day on which the public could know. {_DAY}",
            is_needed=True,
        ),
        "published_on": Kind(label="Published on", widget="day", help="In the official journal."),
        "authority": Kind(label="Authority", is_needed=True),
        "instrument": Kind(
            label="Instrument",
            widget="choice",
            options=options(get_args(Instrument), book.instruments),
            is_needed=True,
        ),
        "title": Kind(label="Title of the act", is_needed=True),
        "citation": Kind(label="Citation", help="As the law is cited: 84 FR 23468."),
        "summary": Kind(label="Summary", widget="text", help="One line, in your own words."),
        "confidence": Kind(
            label="Confidence",
            widget="choice",
            options=options((each.word for each in book.confidence), book.confidence),
        ),
        "note": Kind(label="Note on the record", widget="text", help="A caveat about what is recorded here."),
        "after": Kind(
            label="Stands after the act", help="Only where the days do not tell which of two acts came first: its name."
        ),
    }
    source = {
        "name": Kind(label="Name of the source", is_needed=True),
        "url": Kind(label="Address on the web", help="It begins with http:// or https://."),
        "date": Kind(label="Date of the source", widget="day"),
        "basis": Kind(
            label="Basis", suggested="bases", help="stored page: it was read. public record: known by citation."
        ),
        "passage": Kind(label="Passage", widget="text"),
        "archived_url": Kind(label="Address of a stored copy"),
        "sha256": Kind(label="SHA-256 of the copy"),
        "kept": Kind(
            label="Other fields of the source", widget="values", help='Named texts, one a line, as in docket: "19-121"'
        ),
    }
    link = {
        "type": Kind(label="Relation", widget="choice", options=options(get_args(LinkType)), is_needed=True),
        "to": Kind(label="To the measure", help="JURISDICTION/slug, as in US/huawei-entity-listing.", is_needed=True),
    }
    action = {
        "title": Kind(label="Title of the measure"),
        "effects": Kind(
            label="Effects",
            widget="choices",
            options=options((each.word for each in book.effects), _words(book.effects)),
            nothing="none",
        ),
        "subjects": Kind(label="Subjects", widget="words", suggested="subjects", nothing="none"),
        "scope": Kind(label="Scope", widget="words", suggested="scopes", nothing="none"),
        "targets": Kind(
            label="Aimed at",
            widget="words",
            suggested="jurisdictions",
            nothing="nobody",
            help="Codes of jurisdictions.",
        ),
        "values": Kind(
            label="Values", widget="values", nothing="none", help="Named values, one a line, as in level: 2"
        ),
        "effective_on": Kind(label="First day in force", widget="day"),
        "expires_on": Kind(label="Last day in force", widget="day"),
        "retroactive": Kind(
            label="Reaches back before its announcement",
            widget="flag",
            help="Where the first day is known in part only.",
        ),
        "applies_on": Kind(label="Applies from", widget="day", help="Left out: from the announcement."),
        "applies_until": Kind(label="Applies until, the last day", widget="day", help="Left out: for good."),
        "until": Kind(label="Until, the last day", widget="day"),
        "lifts": Kind(label="Lifts the stay of the act", help="Only where it concerns one of several stays: its name."),
        "manner": Kind(label="Manner", widget="choice", options=options(get_args(Manner))),
        "deadline": Kind(label="Name of the deadline", help="Small letters, digits, hyphens.", is_needed=True),
        "due": Kind(label="Due on", widget="day", nothing="no day is fixed", is_needed=True),
        "obliged": Kind(
            label="Who must act",
            widget="choice",
            options=options(get_args(Obliged), book.obliged),
            is_needed=True,
        ),
        "met_on": Kind(label="Met on", widget="day", is_needed=True),
        "note": Kind(label="Note", widget="text"),
    }
    return act, source, link, action


def _words(effects: Iterable[Any]) -> Iterator[Word]:
    return (Word(word=each.word, label=each.label, definition=each.definition) for each in effects)


_ACT, SOURCE, LINK, _ACTION = _kinds()
ACTS: Mapping[str, Mapping[str, Kind]] = {
    "act": {**_ACT, "again": Kind(label="It was retracted, and is recorded again", widget="flag")},
    "replacement": _ACT,
}
"""The fields of an act that is recorded, and of one as it should read, in the order in which they are shown."""

_OTHERWISE: Mapping[tuple[str, str], Kind] = {
    ("rescheduled", "effective_on"): Kind(
        label="New first day in force", widget="day", nothing="delayed, no day is known"
    ),
    ("rescheduled", "expires_on"): Kind(label="New last day in force", widget="day", nothing="none: permanent"),
    ("extended", "expires_on"): Kind(
        label="New last day in force", widget="day", nothing="none: permanent", is_needed=True
    ),
    ("extended", "effective_on"): Kind(
        label="In force again from", widget="day", help="Only where the extension bridges a gap."
    ),
    ("suspended", "effective_on"): Kind(label="Stopped from", widget="day", help="Left out: from the announcement."),
    ("reinstated", "effective_on"): Kind(label="Lifted from", widget="day", help="Left out: from the announcement."),
    ("ended", "effective_on"): Kind(
        label="First day on which it no longer holds", widget="day", help="Left out: the day of the announcement."
    ),
    ("deadline_moved", "due"): Kind(
        label="Moved to", widget="day", nothing="postponed, no day is fixed", is_needed=True
    ),
}
"""Fields that one type of action means otherwise than the others."""

MEANINGS: Mapping[str, str] = {
    "proposed": "a bill, a draft, a notice of proposed rulemaking",
    "announced": "a position, an intention, an agreement, without legal force of its own",
    "adopted": "signed, enacted, issued, decided",
    "amended": "its terms change",
    "rescheduled": "the entry into force or the last day is moved",
    "extended": "a new last day in force",
    "suspended": "stopped by a court or an authority",
    "reinstated": "a stay or an end is lifted",
    "ended": "repealed, withdrawn, annulled, replaced, lapsed, revoked, fulfilled",
    "deadline_set": "a day by which something must be done",
    "deadline_moved": "the day slips",
    "deadline_met": "it was done",
    "noted": "worth keeping; changes nothing",
}
"""What each type of action is for, in the order of the record format."""

_MEASURE = Kind(
    label="Measure",
    help="Its slug, as in supplier-decree, or with its jurisdiction, XA/supplier-decree.",
    is_needed=True,
)
_TYPE = Kind(
    label="What was done",
    widget="choice",
    options=tuple(Option(each, f"{words(each).capitalize()}: {MEANINGS[each]}") for each in SHAPES),
    is_needed=True,
)


def kinds_of(action: str) -> dict[str, Kind]:
    """The fields of a type of action, in the order in which they are shown; of no type, those of all."""
    named = SHAPES[action].fields if action in SHAPES else {}
    own = {name: _OTHERWISE.get((action, name), kind) for name, kind in _ACTION.items() if name in named}
    return {"type": _TYPE, "measure": _MEASURE, **own, "note": _ACTION["note"]}


class Item(Struct, frozen=True, kw_only=True):
    """
    A source, a link or an action on its way.

    `kept` are fields that were filled in before another type was chosen, and come back with theirs.
    """

    number: int
    name: str
    fields: tuple[Field, ...]
    kept: tuple[tuple[str, str], ...] = ()


class Sheet(Struct, frozen=True, kw_only=True):
    """The form of an act as it is shown; `missing` are what is wrong with its lists as such, by their names."""

    name: str
    fields: Mapping[str, Field]
    sources: tuple[Item, ...]
    links: tuple[Item, ...]
    actions: tuple[Item, ...]
    missing: Mapping[str, tuple[str, ...]]


_ITEM = re.compile(r"(.+\.(?:sources|links|actions))\[([0-9]{1,4})\]\.(.+)")


def arranged(form: Form, *, more: str = "", less: str = "") -> Form:
    """
    The form with its items in a row, from 0. Items without anything filled in are left out.

    `more` is a list to which an empty item is added, with all others left as they are; `less` an item to take out.
    """
    plain: list[tuple[str, str]] = []
    items: dict[str, dict[int, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for name, value in form.pairs():
        if (at := _ITEM.fullmatch(name)) is not None:
            items[at[1]][int(at[2])].append((at[3], value))
        else:
            plain.append((name, value))
    for group, found in items.items():
        kept = [
            fields
            for number, fields in sorted(found.items())
            if f"{group}[{number}]" != less and (more or any(value.strip() for _, value in fields))
        ]
        for number, fields in enumerate(kept):
            plain += ((f"{group}[{number}].{name}", value) for name, value in fields)
    if more:
        plain.append((f"{more}[{len(items.get(more, ()))}].{_FIRST[more.rpartition('.')[2]]}", ""))
    return Form(plain)


_FIRST = {"sources": "name", "links": "type", "actions": "type"}


LISTS = ("sources", "links", "actions")
"""The lists of an act."""


def numbers(form: Form, group: str) -> range:
    """The places of the items in a list of a form that is arranged."""
    found = {int(at[2]) for name in form if (at := _ITEM.fullmatch(name)) is not None and at[1] == group}
    return range(len(found))


def is_too_long(form: Form, name: str) -> bool:
    """Whether a form that is arranged has more items in one of its lists than are shown."""
    return any(len(numbers(form, f"{name}.{each}")) > MOST_ITEMS for each in LISTS)


def sheet(form: Form, name: str, problems: Problems) -> Sheet:
    """The form of an act as it is shown, filled in so far; at least with one source and one action."""

    def items(group: str, kinds: Mapping[str, Kind], called: str, least: int) -> tuple[Item, ...]:
        places = numbers(form, f"{name}.{group}") or range(least)
        return tuple(_item(form, f"{name}.{group}[{at}]", at, kinds, f"{called} {at + 1}, ", problems) for at in places)

    fields = {each: shown(form, f"{name}.{each}", kind, problems) for each, kind in ACTS[name].items()}
    missing = {each: problems.at(f"{name}.{each}", each.capitalize(), whole=False) for each in LISTS}
    sources = items("sources", SOURCE, "Source", 1)
    links = items("links", LINK, "Link", 0)
    places = numbers(form, f"{name}.actions") or range(1)
    actions = tuple(_action(form, f"{name}.actions[{at}]", at, problems) for at in places)
    return Sheet(name=name, fields=fields, sources=sources, links=links, actions=actions, missing=missing)


def _item(form: Form, name: str, number: int, kinds: Mapping[str, Kind], within: str, problems: Problems) -> Item:
    fields = tuple(shown(form, f"{name}.{each}", kind, problems, within) for each, kind in kinds.items())
    return Item(number=number, name=name, fields=fields)


def _action(form: Form, name: str, number: int, problems: Problems) -> Item:
    kinds = kinds_of(form.text(f"{name}.type"))
    item = _item(form, name, number, kinds, f"Action {number + 1}, ", problems)
    others = {f"{name}.{each}" for each in _ACTION if each not in kinds}
    kept = tuple((each, value) for each, value in form.pairs() if each.removesuffix(".nothing") in others and value)
    return Item(number=item.number, name=item.name, fields=item.fields, kept=kept)


def act_of(form: Form, name: str) -> dict[str, Any]:
    """The act of a form that is arranged, as a body has it."""
    act = told(form, f"{name}.", ACTS[name])
    for group, kinds in (("sources", SOURCE), ("links", LINK)):
        if found := [told(form, f"{name}.{group}[{at}].", kinds) for at in numbers(form, f"{name}.{group}")]:
            act[group] = found
    actions = [f"{name}.actions[{at}]." for at in numbers(form, f"{name}.actions")]
    if actions:
        act["actions"] = [told(form, each, kinds_of(form.text(f"{each}type"))) for each in actions]
    return act


def form_of(act: Mapping[str, Any], name: str) -> Form:
    """The form of an act as it reads, with its actions."""
    found = list(filled(f"{name}.", ACTS[name], act))
    for group, kinds in (("sources", SOURCE), ("links", LINK)):
        for at, each in enumerate(act.get(group, ())):
            found += filled(f"{name}.{group}[{at}].", kinds, each)
    for at, each in enumerate(act["actions"]):
        found += filled(f"{name}.actions[{at}].", kinds_of(each["type"]), each)
    return Form(found)
