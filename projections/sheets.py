"""
The lines of measures on every day, held as the bytes that answers are made of.

By the eyes of its own day (known_on = as_of), and by eyes that know everything, a measure's line changes on few days
and is the same in between, but for how long a deadline is overdue. Each of these stretches is read when it is first
asked about, the first of a measure by itself, others with those beside them, and is found by halving from then on.
Nothing is encoded twice.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import getsizeof
from threading import Lock

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.dates import NEVER
from projections.answers import DeadlineLine, MeasureLine, encode
from projections.fold import MeasureFold
from projections.headlines import NO_PLACE, Place, place_of
from projections.state import read_line

BLOCK = 16
"""So many stretches are read together, but for the first: the lifecycle is gone on with from one to the next."""

_NO_DEADLINES = b'"deadlines":[]'
"""
In a line this is the field, and never part of a text: there a quotation mark has a backslash before it.

A line is taken apart here, so that those that differ elsewhere have a piece in common. To fetch a piece from memory
takes as long as to copy it, and each takes some memory of its own: more pieces would save nothing.
"""

_OVERDUE = b'"days_overdue":'
_HOLE = _OVERDUE + b"0"
"""Where days overdue are counted; there are never none."""

_OF_STRETCH, _OF_PIECE = 120, 100
"""What a stretch and a piece take in memory beside the bytes that they say."""

ERA, MANY = 64, 32
"""Days in which few stretches of a measure begin; and how many it has from which on they are looked for in these."""

_DAYS: dict[int, int] = {}
"""Each day once, for all tracks: what is searched lies close together in memory."""

Piece = bytes | int
"""Bytes; or the day, as an ordinal, from which on the days overdue are counted that stand here."""


class Stretch(Struct, frozen=True, gc=False):
    """A line between two days, in pieces, and where it stands among headlines. No pieces: it is absent."""

    pieces: Sequence[Piece]
    counts: Sequence[int]
    """The places of the pieces that count days."""
    place: Place


class Track:
    """
    The lines of one measure through time, at one revision of its stream.

    `known_on` is None for the eyes of each day itself; otherwise they are eyes that know everything there is.
    """

    __slots__ = ("_common", "days", "known", "known_from", "measure", "size", "stretches", "unread")

    def __init__(self, fold: MeasureFold, known_on: int | None) -> None:
        self.measure = fold.measure
        self.known = known_on
        self.known_from = fold.last_announced
        self.days = [_DAYS.setdefault(day, day) for day in fold.boundaries]
        self.stretches: list[Stretch | None] = [None] * (len(self.days) + 1)
        self.stretches[0] = NOWHERE
        self.unread = len(self.days)
        """How many stretches are not read yet."""
        self.size = 8 * len(self.days)
        """Bytes that it takes, about."""
        self._common: dict[bytes, bytes] = {}

    def read(self, fold: MeasureFold, day: int) -> None:
        """
        Reads the line of a day from the measure's fold, with those beside it.

        The first by itself: who asks about a jurisdiction for the first time waits for all of its measures.
        """
        at = bisect_right(self.days, day)
        is_first = self.unread == len(self.days)
        first, count = (at, 1) if is_first else ((at - 1) // BLOCK * BLOCK + 1, BLOCK)
        days = self.days[first - 1 : first - 1 + count]
        if self.known is None:
            lives = fold.lives(days)
        else:
            lives = (fold.life(self.known) for _ in days)
        for number, (on, life) in enumerate(zip(days, lives, strict=True), first):
            if self.stretches[number] is None:
                line = read_line(fold, on, on if self.known is None else self.known, life)
                self.stretches[number] = self._stretch(line, on)
        self.unread = self.stretches.count(None)

    def read_on(self, fold: MeasureFold) -> None:
        """Reads the first of what is not read yet, with those beside it; nothing where others were quicker."""
        try:
            first = self.stretches.index(None)
        except ValueError:
            self.unread = 0
        else:
            self.read(fold, self.days[first - 1])

    def _stretch(self, line: MeasureLine, on: int) -> Stretch:
        if line.status == "absent" and line.certainty == "certain":
            return NOWHERE
        pieces = tuple(self._pieces(line, on))
        self.size += _OF_STRETCH + 8 * len(pieces)
        counts = tuple([place for place, piece in enumerate(pieces) if not isinstance(piece, bytes)])
        return Stretch(pieces, counts, place_of(line.status, line.effects, line.targets))

    def _pieces(self, line: MeasureLine, on: int) -> Iterable[Piece]:
        before, _, after = encode(replace(line, deadlines=())).partition(_NO_DEADLINES)
        yield self._shared(before)
        late = [each.days_overdue for each in line.deadlines if each.days_overdue is not UNSET]
        *others, last = _array(line.deadlines).split(_HOLE)
        for piece, days in zip(others, late, strict=True):
            yield self._shared(piece + _OVERDUE)
            yield on - days
        yield self._shared(last)
        yield self._shared(after + b",")

    def _shared(self, piece: bytes) -> bytes:
        found = self._common.setdefault(piece, piece)
        if found is piece:
            self.size += _OF_PIECE + len(piece)
        return found


def _array(deadlines: Sequence[DeadlineLine]) -> bytes:
    """Deadlines as the field of a line, with a hole where it says how many days one is overdue."""
    told = [each if each.days_overdue is UNSET else replace(each, days_overdue=0) for each in deadlines]
    return b'"deadlines":' + msgspec.json.encode(told)


NOWHERE = Stretch((), (), NO_PLACE)


class Sheet:
    """The tracks of all measures of a jurisdiction, in order of name, from one edition that touched it to the next."""

    def __init__(
        self, edition: int, reviewed_on: str | None, measures: Sequence[str], revisions: Mapping[str, int]
    ) -> None:
        self.edition = edition
        self.reviewed_on = reviewed_on
        self.measures = measures
        self.revisions = revisions
        """Those of the measures, by name."""
        self.tracks: dict[bool, Sequence[Track]] = {}
        """With hindsight (True), and by the eyes of each day (False); as far as they were asked for."""
        self._eras: dict[bool, tuple[int, list[array[int]]]] = {}
        """The first era by its number; for it, the later ones and one more, how many days of each track come before."""

    def on(self, day: int, *, hindsight: bool) -> list[Stretch | None]:
        """The lines of all measures on a day, each None if it was not read before."""
        tracks = self.tracks[hindsight]
        laid = self._eras.get(hindsight)
        if laid is None:
            return [track.stretches[bisect_right(track.days, day)] for track in tracks]
        first, before = laid
        era = min(max(day // ERA - first, 0), len(before) - 2)
        return [
            track.stretches[bisect_right(track.days, day, low, high)]
            for track, low, high in zip(tracks, before[era], before[era + 1], strict=True)
        ]

    def lay_out(self) -> None:
        """
        Has days found with less searching: to fetch what a search looks at takes longer than to look at it.

        Worth its while, a thousandth of a second for forty measures, where all has been read and there are many days.
        """
        laid = {}
        for hindsight, tracks in self.tracks.items():
            many = sum(len(track.days) for track in tracks)
            if many > MANY * len(tracks):
                ends = [day for track in tracks for day in (*track.days[:1], *track.days[-1:])]
                eras = range(min(ends) // ERA, max(ends) // ERA + 2)
                if len(eras) <= many:  # or some day is centuries away
                    before = [array("I", [bisect_left(track.days, era * ERA) for track in tracks]) for era in eras]
                    laid[hindsight] = eras[0], before
        self._eras = laid  # at once: others look at it meanwhile

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        of_eras = sum(getsizeof(era) for _, before in self._eras.values() for era in before)
        return of_eras + sum(track.size for tracks in self.tracks.values() for track in tracks)

    def unread(self) -> Iterator[Track]:
        """The tracks that are not read to their end."""
        return (track for tracks in list(self.tracks.values()) for track in tracks if track.unread)


class Sheets:
    """Sheets of jurisdictions within a number of bytes, the least used dropped first. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Sheet] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._total = 0
        self._lock = Lock()

    def counts(self) -> tuple[int, int]:
        """How many sheets are kept, and how many bytes they take, about."""
        with self._lock:
            return len(self._kept), self._total

    def of(self, jurisdiction: str, edition: int) -> Sheet | None:
        """The sheet of a jurisdiction as it was last touched by an edition, if it is kept."""
        with self._lock:
            sheet = self._kept.get(jurisdiction)
            if sheet is None or sheet.edition != edition:
                return None
            self._kept.move_to_end(jurisdiction)
            return sheet

    def unread(self) -> tuple[str, Sheet] | None:
        """A jurisdiction whose sheet is not all read, the one asked about last; None where none is, or no room left."""
        with self._lock:
            if self._total > self._most * 9 // 10:
                return None
            kept = list(reversed(self._kept.items()))
        return next(((code, sheet) for code, sheet in kept if next(sheet.unread(), None) is not None), None)

    def drop(self, jurisdiction: str, sheet: Sheet) -> None:
        """Forgets a sheet, if it is the one that is kept."""
        with self._lock:
            if self._kept.get(jurisdiction) is sheet:
                del self._kept[jurisdiction]
                self._total -= self._sizes.pop(jurisdiction)

    def made(
        self,
        jurisdiction: str,
        edition: int,
        folds: Mapping[str, MeasureFold],
        revisions: Mapping[str, int],
        reviewed_on: str | None,
        *,
        hindsight: bool,
    ) -> Sheet:
        """A sheet with tracks of one kind at least; those of measures that were not told of since are gone on with."""
        with self._lock:
            kept = self._kept.get(jurisdiction)
        sheet = Sheet(edition, reviewed_on, sorted(folds), dict(revisions))
        there: dict[str, Track] = {}
        if kept is not None:
            if kept.edition == edition:
                sheet.tracks.update(kept.tracks)
            there = {
                track.measure: track
                for track in kept.tracks.get(hindsight, ())
                if kept.revisions.get(track.measure) == revisions.get(track.measure)
            }
        sheet.tracks[hindsight] = [
            there.get(measure) or Track(folds[measure], NEVER if hindsight else None) for measure in sheet.measures
        ]
        return sheet

    def keep(self, jurisdiction: str, sheet: Sheet) -> None:
        """Keeps a sheet, new or grown, unless a later one is kept, and drops others where all are too much."""
        with self._lock:
            there = self._kept.get(jurisdiction)
            if there is not None and there.edition > sheet.edition:
                return
            self._kept[jurisdiction] = sheet
            self._kept.move_to_end(jurisdiction)
            self._total += sheet.size - self._sizes.get(jurisdiction, 0)
            self._sizes[jurisdiction] = sheet.size
            while self._total > self._most and len(self._kept) > 1:
                dropped, _ = self._kept.popitem(last=False)
                self._total -= self._sizes.pop(dropped)
