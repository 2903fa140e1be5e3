"""The acts whose slugs begin alike, as they stand at the head: what a mapping of another source goes on from."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from events.actions import AnyAction
from events.recorder import Connection
from projections.present import decode_action


class Standing(Struct, frozen=True):
    """
    What is on record of such acts.

    `actions` by the slug of their act, in their order; `retracted` are the slugs of acts that were taken back and do
    not stand; `notes` is what was noted with corrections and retractions of any of them.
    """

    actions: Mapping[str, tuple[AnyAction, ...]]
    retracted: frozenset[str]
    notes: frozenset[str]


NOTHING = Standing({}, frozenset(), frozenset())


def standing_acts(connection: Connection, beginning: str) -> Standing:
    """All acts whose slug has this beginning, in one reading; linear in what is on record of them."""
    connection.execute("set transaction isolation level repeatable read, read only")
    rows = connection.execute(
        "select entry.act, data::text from dateline.entry join dateline.action using (position)"
        " where starts_with(entry.act, %s) and recorded_to is null order by entry.act, place, position",
        [beginning],
    )
    actions: dict[str, list[AnyAction]] = {}
    for act, data in rows:
        actions.setdefault(act, []).append(decode_action(data))
    rows = connection.execute(
        "select act, note from dateline.act where starts_with(act, %s) and (note is not null or kind = 'retracted')",
        [beginning],
    )
    told = rows.fetchall()
    return Standing(
        {act: tuple(sorted(each, key=lambda one: one.place)) for act, each in actions.items()},
        frozenset(act for act, _ in told if act not in actions),
        frozenset(note for _, note in told if note is not None),
    )
