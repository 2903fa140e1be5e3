"""What was recorded, on a page: the stream of one measure, and the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from projections.answers import FieldChange, History, LogPage
from services.cli.page import Page
from services.cli.program import again
from services.cli.rendering.acts import show_act
from services.cli.rendering.differences import show_differences
from services.cli.sources import act_in
from services.cli.wording import edition_facts
from services.wording import count, moment, value_in_words, words

Entry = dict[str, object]

_RECORDING = {"position", "revision", "recorded_at", "recorded_by", "batch", "superseded_by", "verification"}
_ACT = {"type", "act", "announced_on", "act_title", "authority", "citation", "sources", "place"}


def show_history(page: Page, answer: History) -> None:
    """Every entry with its act and its sources."""
    page.heading(
        f"{answer.measure}: {count(len(answer.entries), 'entry', 'entries')}",
        edition_facts(answer.position, answer.recorded_at, answer.rules),
    )
    for entry in answer.entries:
        _show_entry(page, entry)


def _show_entry(page: Page, entry: Entry) -> None:
    superseded = entry["superseded_by"]
    note = "" if superseded is None else f"  (superseded at position {superseded})"
    page.write((f"{entry['position']}  {words(str(entry['type']))}", "bold"), (note, "yellow"))
    page.write(("recorded ", "dim"), _recording(entry), indent=4)
    if (verified := entry.get("verification")) is not None:
        page.write(("verified: ", "dim"), _verification(cast("Entry", verified)), indent=4)
    if "announced_on" in entry:
        act = act_in(entry)
        page.write(("by ", "dim"), act.authority, indent=4)
        show_act(page, act, indent=4)
    elif "act" in entry:
        page.write(("act ", "dim"), str(entry["act"]), indent=4)
    for name, value in entry.items():
        if name == "actions":
            _show_instead(page, cast("Sequence[Entry]", value))
        elif name == "changed":
            page.write(("changed:", "dim"), indent=4)
            show_differences(page, cast("Sequence[FieldChange]", value), indent=6)
        elif name not in _RECORDING | _ACT and value not in (None, [], (), {}):
            page.write((f"{words(name)}: ", "dim"), value_in_words(value), indent=4)


def _recording(entry: Entry) -> str:
    batch = "" if entry["batch"] is None else f", batch {entry['batch']}"
    at = entry["recorded_at"]
    assert isinstance(at, datetime)
    return f"{moment(at)} by {entry['recorded_by']}{batch}"


def _verification(verified: Entry) -> str:
    at = verified["at"]
    assert isinstance(at, datetime)
    return f"{words(str(verified['level']))}, by {verified['by']}, {moment(at)}"


def _show_instead(page: Page, actions: Sequence[Entry]) -> None:
    """What a correction put in the place of the act's actions on this measure."""
    if not actions:
        page.write(("instead: ", "dim"), "nothing on this measure", indent=4)
    for action in actions:
        terms = [f"{words(name)} {value_in_words(value)}" for name, value in action.items() if name not in _ACT]
        page.write(("instead: ", "dim"), "; ".join([words(str(action["type"])), *terms]), indent=4)


def show_log(page: Page, answer: LogPage, options: Sequence[str] = ()) -> None:
    """A line an event, and how to go on with the same options."""
    page.heading(
        f"The log: {count(len(answer.events), 'event')}",
        edition_facts(answer.position, answer.recorded_at, answer.rules),
    )
    if not answer.events:
        page.write("This edition of the record has no event after this position.")
    for event in answer.events:
        show_event(page, event)
    page.gap()
    if answer.next is not None:
        page.write(f"More: {again('log', '--after', str(answer.next), *options)}.")
    page.write(
        f"Sources: {again('log', '--json', *options)} gives the events whole, "
        f"{again('history', 'MEASURE')} those of a measure."
    )


def show_event(page: Page, event: Entry) -> None:
    """An event of the log on a line."""
    page.write(
        (str(event["position"]), "bold"),
        "  ",
        (words(str(event["name"])), "cyan"),
        f"  {event['stream']}",
        f"  {_act_of(event['event'])}",
        (f"  recorded {_recording(event)}", "dim"),
    )


def _act_of(event: object) -> str:
    assert isinstance(event, dict)
    act = event.get("act") or event.get("replacement")
    if isinstance(act, dict):
        return f"act {act['act']} of {act['announced_on']}: {act['title']}"
    return f"act {act}" if act else f"reviewed on {event.get('reviewed_on')}"
