"""
Answers at the head that leave as bytes: put together from what is held in memory, without a line being made anew.

They are the bytes that the same question asked in full comes to (`projections.state`), which is what they are tested
against. What is not held so is read on the way; what cannot be, such as a question with filters, is not answered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from projections.answers import RULES, Edition, Matrix, encode
from projections.citing import cited
from projections.frames import frame_of, headlined
from projections.headlines import headlines_at
from projections.index import NotInMemory, OnRecord
from projections.jurisdictions import is_member
from projections.outlines import Kinds, Outlines
from projections.sheets import Sheet, Sheets, Stretch, Track
from projections.state import UNION

Folds = Callable[[str], OnRecord]
"""Gives what is on record of a jurisdiction, folded: asked only where something is read for the first time."""


def not_at_hand(jurisdiction: str) -> OnRecord:
    """Gives nothing: only what was read before is answered. Raises NotInMemory."""
    raise NotInMemory(f"not all of {jurisdiction} was read before")


def state_of(
    jurisdiction: str,
    as_of: date,
    known_on: date,
    edition: Edition,
    editions: Mapping[str, int],
    sheets: Sheets,
    folds: Folds,
    licence: str,
) -> bytes | None:
    """
    The state of a jurisdiction at the head, which is `edition`; `editions` are those that touched jurisdictions last.

    None where the eyes are neither those of the day nor see everything that is known.
    """
    day, known = as_of.toordinal(), known_on.toordinal()
    own = _stretches(jurisdiction, day, known, editions, sheets, folds)
    if own is None:
        return None
    union = None
    if jurisdiction != UNION and is_member(jurisdiction, as_of):
        union = _stretches(UNION, day, known, editions, sheets, folds)
        if union is None:
            return None
    sheet, tracks, stretches = own
    reviewed_on = sheet.reviewed_on if sheet is not None else None
    frame = frame_of(jurisdiction, edition, reviewed_on, licence, is_recorded=bool(tracks))
    pieces = [frame.opened(as_of.isoformat(), known_on.isoformat())]
    _add_lines(pieces, b'"measures":[', stretches, day)
    _add_lines(pieces, b',"inherited":[', () if union is None else union[2], day)
    measures = () if sheet is None else sheet.measures
    pieces += headlined(*headlines_at([each.place for each in stretches], measures)), frame.after
    return b"".join(pieces)


def _stretches(
    jurisdiction: str, day: int, known: int, editions: Mapping[str, int], sheets: Sheets, folds: Folds
) -> tuple[Sheet | None, Sequence[Track], Sequence[Stretch]] | None:
    """The sheet of a jurisdiction, None for one that is not on record, its tracks, and what they have on a day."""
    edition = editions.get(jurisdiction)
    if edition is None:
        return None, (), ()
    hindsight = day != known
    sheet = sheets.of(jurisdiction, edition)
    found: OnRecord | None = None
    if sheet is None or hindsight not in sheet.tracks:
        found = folds(jurisdiction)
        sheet = sheets.made(jurisdiction, edition, found.folds, found.revisions, found.reviewed_on, hindsight=hindsight)
        sheets.keep(jurisdiction, sheet)
    tracks = sheet.tracks[hindsight]
    if hindsight and any(known < track.known_from for track in tracks):
        return None
    stretches = sheet.on(day, hindsight=hindsight)
    if None in stretches:
        found = folds(jurisdiction) if found is None else found
        for track, stretch in zip(tracks, stretches, strict=True):
            if stretch is None:
                track.read(found.folds[track.measure], day)
        sheets.keep(jurisdiction, sheet)
        stretches = sheet.on(day, hindsight=hindsight)
    return sheet, tracks, stretches  # type: ignore[return-value]  # every one of them has been read


def _add_lines(pieces: list[bytes], joint: bytes, stretches: Iterable[Stretch], day: int) -> None:
    """Adds the lines of an array that `joint` opens. Every line ends with a comma, the last one's is taken off."""
    pieces.append(joint)
    bare = len(pieces)
    for stretch in stretches:
        at = len(pieces)
        pieces += stretch.pieces  # type: ignore[arg-type]  # bytes alone, but for the places that follow
        for place in stretch.counts:
            pieces[at + place] = b"%d" % (day - pieces[at + place])  # type: ignore[operator]  # a day
    if len(pieces) > bare:
        pieces[-1] = pieces[-1][:-1]
    pieces.append(b"]")


def matrix_of(
    as_of: date, known_on: date, edition: Edition, world: Mapping[str, Outlines], kinds: Kinds, licence: str
) -> bytes | None:
    """The world matrix at the head, which is `edition`, in outlines of these kinds. None as for a state."""
    day, known = as_of.toordinal(), known_on.toordinal()
    hindsight = day != known
    there = {code: outlines for code, outlines in world.items() if outlines.has_measures}
    if hindsight and any(known < outlines.known_from for outlines in there.values()):
        return None
    matrix = Matrix(
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        position=edition.position,
        recorded_at=edition.recorded_at,
        rules=RULES,
        jurisdictions=tuple([outlines.row(code, day, kinds, hindsight=hindsight) for code, outlines in there.items()]),
    )
    return encode(cited(matrix, "state of the world", "/v1/state", {}, licence))
