"""Undoing a batch: the commands that bring every act back to where it stood before the batch came."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from events.actions import AnyAction
from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct
from events.errors import Refusal
from events.log import Log
from events.recorder import Connection
from events.vocabulary import CorrectionReason, RetractionReason
from projections.present import decode_action

BACK: CorrectionReason = "reclassified"
"""The reason of the corrections that put back what a batch had corrected; their note names the batch."""


class UnknownBatch(Refusal):
    """Only a batch that is on record can be undone."""

    type = "unknown-batch"


class Why(Struct, frozen=True):
    """Why a batch should never have been recorded."""

    reason: RetractionReason
    note: str | None = None


class Undoing(Struct, frozen=True):
    """The commands that undo a batch, and what of it they leave: each the act or review, and why."""

    commands: list[AnyCommand]
    left: list[dict[str, str]]


class _Row(Struct, frozen=True):
    """An edition of an act: a row of the table `act`."""

    edition: int
    kind: str
    content: bytes | None
    note: str | None
    is_ours: bool


def undoing(connection: Connection, log: Log, batch: str, why: Why) -> Undoing:
    """
    What undoes a batch now. Asked again after it was done, the same commands, which are then repeats.

    An act that the batch recorded is retracted, even where it was corrected since. An act that was on record before is
    put back as it stood: what the batch corrected by a correction, what it retracted by recording it again. What others
    corrected, retracted or recorded after the batch is their decision and stays, as do reviews and verifications: it is
    `left`.
    Linear in what the acts of the batch have on record. Raises UnknownBatch.
    """
    editions = log.editions_of(batch, connection=connection)
    if not editions:
        raise UnknownBatch(
            f"There is no batch {batch}. A write and an import name theirs when they are done, and so does each event.",
            batch=batch,
        )
    said = f"{why.note} (undoes batch {batch})" if why.note else f"undoes batch {batch}"
    stories = _stories(connection, editions, said)
    firsts = {slug: _first(rows) for slug, rows in stories.items()}
    stood = {slug: rows[firsts[slug] - 1] for slug, rows in stories.items() if _stood(rows, firsts[slug])}
    contents = _contents(connection, {slug: stories[slug][firsts[slug]].edition - 1 for slug in stood})
    commands: list[AnyCommand] = []
    left: list[dict[str, str]] = []
    for slug, rows in stories.items():
        last = rows[-1]
        if " " in slug:
            left.append({"review": slug.removeprefix("review "), "why": "a review stays: it was made"})
        elif slug in stood and last.content == stood[slug].content and last.note != said:
            continue  # it stands as it stood
        elif not last.is_ours and not (slug not in stood and last.kind != "retracted" and _began_with_us(rows)):
            left.append({"act": slug, "why": f"it was {last.kind} since, by another batch"})
        elif slug not in stood:
            commands.append(RetractAct(act=slug, reason=why.reason, note=said))
        else:
            act, actions = contents[slug][0].act, tuple(contents[slug])
            if last.kind == "retracted":
                commands.append(RecordAct(act=act, actions=actions, again=True))
            else:
                commands.append(CorrectAct(replacement=act, actions=actions, reason=BACK, note=said))
    left += [
        {"act": slug, "why": "it was verified: that stands until it is verified anew, corrected or retracted"}
        for slug in _verified(connection, editions)
    ]
    return Undoing(commands, left)


def _verified(connection: Connection, editions: Sequence[int]) -> list[str]:
    """The acts that the batch did nothing with but verify."""
    rows = connection.execute("select act from dateline.verification where position = any(%s)", [list(editions)])
    return [slug for (slug,) in rows]


def _stories(connection: Connection, editions: Sequence[int], said: str) -> dict[str, list[_Row]]:
    """Every edition of the acts of a batch, by slug, in the order in which the batch came to them."""
    ours = set(editions)
    slugs = dict.fromkeys(
        slug
        for (slug,) in connection.execute(
            "select act from dateline.act where edition = any(%s) order by edition, place", [list(editions)]
        )
    )
    stories: dict[str, list[_Row]] = {slug: [] for slug in slugs}
    for slug, edition, kind, content, note in connection.execute(
        "select act, edition, kind, content, note from dateline.act where act = any(%s) order by act, edition, place",
        [list(slugs)],
    ):
        stories[slug].append(_Row(edition, kind, content, note, edition in ours or note == said))
    return stories


def _first(rows: Sequence[_Row]) -> int:
    """Which edition of an act was the first that the batch made."""
    return next(number for number, row in enumerate(rows) if row.is_ours)


def _stood(rows: Sequence[_Row], first: int) -> bool:
    """Whether the act stood just before the batch came to it."""
    return first > 0 and rows[first - 1].kind != "retracted"


def _began_with_us(rows: Sequence[_Row]) -> bool:
    """Whether it was the batch that recorded the act as it stands, corrections since aside."""
    last = next(row for row in reversed(rows) if row.kind == "recorded")
    return last.is_ours


def _contents(connection: Connection, at: dict[str, int]) -> dict[str, list[AnyAction]]:
    """The actions of acts, each as it stood at an edition of its own, in their places."""
    found: dict[str, list[AnyAction]] = {slug: [] for slug in at}
    rows = connection.execute(
        "select e.act, a.data::text from unnest(%s::text[], %s::bigint[]) as at (act, edition)"
        " join dateline.entry e using (act) join dateline.action a using (position)"
        " where a.recorded_from <= at.edition"
        " and (a.recorded_to is null or a.recorded_to > at.edition)",
        [list(at), list(at.values())],
    )
    for slug, data in rows:
        found[slug].append(decode_action(data))
    return {slug: sorted(actions, key=_place) for slug, actions in found.items()}


def _place(action: AnyAction) -> int:
    return action.place
