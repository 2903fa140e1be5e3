"""How facts are put into words at every door: statuses, days, headlines, deadlines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from events.vocabulary import jurisdiction_of
from projections.answers import DeadlineLine, Headline, Match, MeasureLine, Understood, UnknownWord, WorldDeadline
from projections.brief import Group
from projections.differences import differences
from projections.jurisdictions import name_of

if TYPE_CHECKING:
    from projections.appointments import Appointment
    from projections.news_items import Item
    from projections.topics import Topic

HEADINGS: Mapping[Group, str] = {
    "in_force": "In force",
    "suspended": "Suspended",
    "adopted": "Adopted, not yet in force",
    "proposed": "Proposed",
    "announced": "Announced, not yet in force",
    "declared": "Declared, without legal force of its own",
    "expired": "Expired",
    "ended": "Ended",
    "perhaps": "Perhaps not there yet",
}
"""Over the measures of a group of a brief."""

NO_RECORD = "no record (which is not a statement that there is no ban)"


def words(name: str) -> str:
    """`in force` of `in_force`."""
    return name.replace("_", " ")


def listed(names: Iterable[str]) -> str:
    """Names in words, separated by commas."""
    return ", ".join(words(name) for name in names)


def value_in_words(value: object) -> str:
    """A recorded value: text as it stands, lists with commas, what is built of parts as JSON."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value) or "none"
    return msgspec.json.encode(value).decode()


def field_in_words(value: object) -> str:
    """A field of a record before or after a correction: as `value_in_words`, or that it was not given."""
    return "not given" if value is UNSET else value_in_words(value)


def called(code: str) -> str:
    """`Netherlands (NL)`; a code that has no name stands for itself."""
    name = name_of(code)
    return name if f"({code})" in name or name == code else f"{name} ({code})"


def count(number: int, one: str, many: str = "") -> str:
    """`1 day`, `17 days`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def moment(at: datetime) -> str:
    """A moment in RFC 3339, in UTC, as it can be given to --recorded-at."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def clock(at: datetime) -> str:
    """A moment as it is read, to the second: `2026-11-24 08:00:00 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def eyes(day: str, known_on: str) -> str:
    """Whose eyes these are."""
    if known_on == day:
        return f"{known_on} (as people knew it then)"
    return f"{known_on} ({'in hindsight' if known_on > day else 'as known beforehand'})"


def as_known(day: date, known_on: date) -> str:
    """Whose eyes these are, after the day in a heading: `Netherlands on 2019-11-20, as known the same day`."""
    if known_on == day:
        return "as known the same day"
    return f"as known on {known_on}, in hindsight" if known_on > day else f"as known beforehand, on {known_on}"


def some(names: Sequence[str], most: int) -> str:
    """The first names, and how many others there are: `Huawei, ZTE and 3 others`."""
    others = len(names) - most
    return ", ".join(names[:most]) + (f" and {count(others, 'other')}" if others > 0 else "")


def terms(line: MeasureLine) -> Iterator[str]:
    """What a measure says on a day, part by part: `restricts`, `on Huawei`, `in force since 2020-03-01`."""
    if line.effects:
        yield "no effect of its own" if line.effects == ("none",) else listed(line.effects)
    if line.subjects:
        yield f"on {some(line.subjects, 4)}"
    if line.scope:
        yield f"scope {some([words(each) for each in line.scope], 6)}"
    if line.targets:
        yield f"aimed at {some([called(code) for code in line.targets], 8)}"
    for name, value in (line.values or {}).items():
        yield f"{words(name)} {value_in_words(value)}"
    if line.since is not None:
        yield f"{words(line.status)} since {line.since}"
    yield from _validity(line)
    if line.verified is not None:
        yield f"verified: {words(line.verified)}"


def _validity(line: MeasureLine) -> Iterator[str]:
    first, last = line.effective_on, line.expires_on
    if line.status == "adopted":
        yield f"in force from {first}" if first else "the first day in force is not known"
    elif first is not None and line.status in ("in_force", "suspended") and first != line.since:
        yield f"first day in force {first}"
    if last is not None:
        yield f"last day in force {last}"


def did(action: Mapping[str, Any]) -> str:
    """What an act did to a measure, by the fields of its action: `Adopted: prohibits; in force from 2020-03-01`."""
    said = _DID[action["type"]](action)
    parts = [*_given(action), *said[1:]]
    return said[0] + (f": {'; '.join(parts)}" if parts else "")


def _given(action: Mapping[str, Any]) -> Iterator[str]:
    effects = action.get("effects")
    if effects is not None:
        yield listed(effects) or "no effect"
    if subjects := action.get("subjects"):
        yield f"on {', '.join(subjects)}"
    if scope := action.get("scope"):
        yield f"scope {listed(scope)}"
    if targets := action.get("targets"):
        yield f"aimed at {', '.join(called(code) for code in targets)}"
    for name, value in (action.get("values") or {}).items():
        yield f"{words(name)} {value_in_words(value)}"


def _adopted(action: Mapping[str, Any]) -> list[str]:
    first, last = action.get("effective_on"), action.get("expires_on")
    said = ["Adopted", f"in force from {first}" if first else "in force from a day that is not told"]
    said += [f"to {last}, its last day"] if last else []
    return said + (["reaching back"] if action.get("retroactive") else [])


def _amended(action: Mapping[str, Any]) -> list[str]:
    first, last = action.get("applies_on"), action.get("applies_until")
    return ["Amended", *([f"from {first}"] if first else []), *([f"until {last}"] if last else [])]


def _rescheduled(action: Mapping[str, Any]) -> list[str]:
    said = ["Rescheduled"]
    if "effective_on" in action:
        first = action["effective_on"]
        said.append(f"entry into force moved to {first}" if first else "entry into force put off without a date")
    if "expires_on" in action:
        last = action["expires_on"]
        said.append(f"last day in force moved to {last}" if last else "no last day in force any more")
    return said


def _extended(action: Mapping[str, Any]) -> list[str]:
    last, first = action.get("expires_on"), action.get("effective_on")
    return [f"Extended to {last}" if last else "Extended without an end", *([f"from {first}"] if first else [])]


def _stopped(verb: str, action: Mapping[str, Any]) -> list[str]:
    first, last = action.get("effective_on"), action.get("until")
    return [verb + (f" from {first}" if first else "") + (f" until {last}" if last else "")]


def _reinstated(action: Mapping[str, Any]) -> list[str]:
    lifts = action.get("lifts")
    return _stopped("Reinstated", action) + ([f"what act {lifts} stopped"] if lifts else [])


def _ended(action: Mapping[str, Any]) -> list[str]:
    manner = action.get("manner")
    return _stopped("Ended" + (f" ({words(manner)})" if manner else ""), action)


def _deadline_set(action: Mapping[str, Any]) -> list[str]:
    due = action.get("due")
    obliged = {"authority": "the authority itself", "addressees": "those addressed", "nobody": "nobody: a window"}
    told = f"due {due}" if due else "without a date"
    return [f"Set the deadline {action['deadline']}", told, f"for {obliged[action['obliged']]}"]


def _deadline_moved(action: Mapping[str, Any]) -> list[str]:
    due = action.get("due")
    return [f"Moved the deadline {action['deadline']} " + (f"to {due}" if due else "without a new date")]


def _deadline_met(action: Mapping[str, Any]) -> list[str]:
    return [f"Met the deadline {action['deadline']} on {action['met_on']}"]


_DID: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "proposed": lambda _: ["Proposed"],
    "announced": lambda _: ["Announced"],
    "adopted": _adopted,
    "amended": _amended,
    "rescheduled": _rescheduled,
    "extended": _extended,
    "suspended": lambda action: _stopped("Suspended", action),
    "reinstated": _reinstated,
    "ended": _ended,
    "deadline_set": _deadline_set,
    "deadline_moved": _deadline_moved,
    "deadline_met": _deadline_met,
    "noted": lambda _: ["Noted"],
}


def headline(line: Headline | None) -> str:
    """The strictest effect with its status and its measures, or that there is none."""
    if line is None:
        return "nothing"
    return f"{words(line.effect)}, {words(line.status)} ({', '.join(line.measures)})"


def matched(matches: Iterable[Match]) -> str:
    """By which class alone something was found: `Huawei through the class vendors from China (origin)`."""
    return "; ".join(f"{each.subject} through the class {each.through} ({words(each.reach)})" for each in matches)


def unknown(word: UnknownWord) -> str:
    """That what a filter asked for is nowhere on record here, with the nearest that is known."""
    near = f" Did you mean {' or '.join(word.near)}?" if word.near else ""
    return f"The {word.parameter} '{word.given}' is neither in the code book nor anywhere on record here.{near}"


def understood(meant: Understood) -> str:
    """Which name of what the words of a search are taken for."""
    if meant.parameter == "jurisdiction":
        return f"“{meant.given}” is also {called(meant.word)}."
    return f"“{meant.given}” is also the {meant.parameter} {meant.word}, under all its names."


def no_record(jurisdiction: str) -> str:
    """That a jurisdiction asked for has no record: `NO_RECORD`, by its name."""
    return f"{called(jurisdiction)}: {NO_RECORD}."


def deadline(line: DeadlineLine | WorldDeadline) -> str:
    """What became of a deadline: `overdue by 17 days (due 2019-10-12, not met)`."""
    due = f"due {line.due}" if line.due is not None else "without a date"
    match line.status:
        case "overdue":
            days = "" if line.days_overdue is UNSET else f" by {count(line.days_overdue, 'day')}"
            text = f"overdue{days} ({due}, not met)"
        case "met":
            text = f"met on {line.met_on}{_lateness(line)} ({due})"
        case _:
            text = f"{line.status} ({due})"
    obliged = {"authority": "", "addressees": ", for those addressed", "nobody": ", binding nobody"}
    text += obliged.get(line.obliged, "")
    for move in line.moves:
        text += f"; moved on {move.on} from {move.from_ or 'no date'} to {move.to or 'no date'} by {move.act}"
    return text


def _lateness(line: DeadlineLine | WorldDeadline) -> str:
    if line.days_late is UNSET or line.days_late is None:
        return ""
    if line.days_late <= 0:
        return ", in time"
    return f", {count(line.days_late, 'day')} late"


def topic(on: Topic) -> str:
    """What somebody wants news of: `Netherlands (NL), on Huawei`; `the world`."""
    where = [called(code) for code in on.jurisdictions]
    told = list(on.measures) or where or ["the world"]
    if on.measures and where:
        told.append(f"of {listed(where)}")
    if on.subjects:
        told.append(f"on {', '.join(on.subjects)}" + (" and classes that reach it" if on.classes else ""))
    return ", ".join(told)


_COMES = {
    "took_effect": "first day in force",
    "expired": "last day in force",
    "suspended": "suspended from today",
    "reinstated": "reinstated from today",
    "ended": "no longer in force from today",
    "terms_changed": "other terms from today",
    "deadline_met": "deadline met",
}


def news_title(item: Item) -> str:
    """One piece of news in a line: `Netherlands (NL): adopted – Decree on suppliers`."""
    where = called(jurisdiction_of(item.measure))
    if item.change is not None:
        what = _COMES.get(item.change.what, f"deadline {item.change.deadline} is due")
        return f"{where}, {item.updated.date()}: {what} – {item.act.title}"
    assert item.action is not None
    said = did(msgspec.to_builtins(item.action)).partition(":")[0]
    corrected = "corrected: " if item.what == "corrected" else ""
    return f"{where}: {corrected}{said[0].lower()}{said[1:]} – {item.act.title}"


def news(item: Item) -> Iterator[str]:
    """One piece of news, a sentence or a part a line: what was done or has come, by whom, what a correction changed."""
    if item.change is not None:
        yield f"{item.change.summary}."
        yield f"It was told for {item.change.on}, and stood so in the record when the day began (UTC)."
    else:
        assert item.action is not None
        yield f"{did(msgspec.to_builtins(item.action))}."
    act = item.act
    cited = f", {act.citation}" if act.citation else ""
    yield f"By {act.authority}, {words(act.instrument)}{cited}, announced on {act.announced_on}: {act.title}."
    if act.summary:
        yield act.summary
    if item.reason is not None:
        note = f": {item.note}" if item.note else ""
        yield f"Corrected ({words(item.reason)}){note}."
    if item.before is not None and item.action is not None:
        for each in differences(msgspec.to_builtins(item.before), msgspec.to_builtins(item.action)):
            yield f"{each.field}: from {field_in_words(each.from_)} to {field_in_words(each.to)}"


def news_withdrawn(item: Item) -> str:
    """Why a piece of news was taken back: `Taken back (duplicate): recorded twice`."""
    note = f": {item.note}" if item.note else ""
    return f"Taken back ({words(item.reason or '')}){note}"


def appointment_title(date_of: Appointment) -> str:
    """A date of a measure in a line: `Netherlands (NL): deadline report is due – Decree on suppliers`."""
    what = {"entry": "first day in force", "expiry": "last day in force"}
    said = what.get(date_of.kind, f"deadline {date_of.deadline} is due")
    return f"{called(jurisdiction_of(date_of.measure))}: {said} – {date_of.title}"


def appointment(date_of: Appointment) -> Iterator[str]:
    """How a date of a measure stands, a sentence a line: the day as recorded, who is obliged, what became of it."""
    if date_of.cancelled is not None:
        yield f"This date does not stand: {date_of.cancelled}. It was {date_of.text}."
    elif date_of.standing == "tentative":
        yield f"The day is not fully known: {date_of.text}."
    else:
        yield f"The day is {date_of.text}."
    if date_of.obliged is not None:
        obliged = {"authority": "The authority itself is obliged.", "addressees": "Those addressed are obliged."}
        yield obliged.get(date_of.obliged, "Nobody is obliged: a window closes.")
    if date_of.met_on is not None:
        yield f"Met on {date_of.met_on}."
    for act in date_of.acts:
        cited = f", {act.citation}" if act.citation else ""
        yield f"{act.authority}, {words(act.instrument)}{cited}, announced on {act.announced_on}: {act.title}."
        for source in act.sources:
            yield f"Source: {source.name}" + (f" {source.url}" if source.url else "")
