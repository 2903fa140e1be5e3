"""Measures as the tables have them at the head: their standing actions and their boxes, read once for whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import psycopg

from events.actions import AnyAction
from events.dates import NEVER
from events.recorder import literals
from events.vocabulary import jurisdictions_of
from projections.boxes import Box

_decoder: msgspec.json.Decoder[AnyAction] = msgspec.json.Decoder(AnyAction)
_decoder_of_all: msgspec.json.Decoder[list[AnyAction]] = msgspec.json.Decoder(list[AnyAction])

Row = Sequence[Any]


def decode_action(data: str) -> AnyAction:
    """An action from a row of the table `action`."""
    return _decoder.decode(data)


def decode_actions(data: str) -> list[AnyAction]:
    """Actions from rows of the table `action`, with commas between what they say."""
    return _decoder_of_all.decode(f"[{data}]")


def questions(connection: psycopg.Connection, measures: Sequence[str], schema: str = "dateline") -> list[str]:
    """The queries whose rows a Present of these measures is made of."""
    literal = literals(connection)
    codes, names = (", ".join(map(literal, each)) for each in (jurisdictions_of(measures), measures))
    named = f"jurisdiction = any(array[{codes}]::text[]) and measure = any(array[{names}]::text[])"
    return [
        f"select measure, data::text from {schema}.action where {named} and recorded_to is null"
        " order by measure, position, place",
        "select measure, kind, name, lower(valid) - date '0001-01-01', upper(valid) - date '0001-01-01',"
        " lower(known) - date '0001-01-01', upper(known) - date '0001-01-01', status, exact, value::text"
        f" from {schema}.period where {named}",
    ]


class Present:
    """
    Measures as they stand, within one transaction that holds the lock of the log.

    `read` are measures that were read together with the lock, with the rows of what `questions` asks; others are asked
    for when they are needed. Nothing is asked, or decoded, twice.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        read: Iterable[str] = (),
        found: Sequence[Iterable[Row]] = ((), ()),
        schema: str = "dateline",
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._rows: dict[str, list[str]] = {measure: [] for measure in read}
        self._box_rows: dict[str, list[Row]] = {measure: [] for measure in self._rows}
        self._actions: dict[str, list[AnyAction]] = {}
        self._boxes: dict[str, list[Box]] = {}
        of_actions, of_boxes = found
        for measure, data in of_actions:
            self._rows[measure].append(data)
        for row in of_boxes:
            self._box_rows[row[0]].append(row)

    def actions(self, measures: Iterable[str]) -> Mapping[str, list[AnyAction]]:
        """The standing actions of measures, in the order of recording."""
        measures = list(measures)
        if missing := [each for each in measures if each not in self._actions and each not in self._rows]:
            self._rows |= {measure: [] for measure in missing}
            for measure, data in self._connection.execute(
                questions(self._connection, missing, self._schema)[0].encode()
            ):
                self._rows[measure].append(data)
        for measure in measures:
            if measure not in self._actions:
                self._actions[measure] = [decode_action(data) for data in self._rows.pop(measure)]
        return {measure: self._actions[measure] for measure in measures}

    def boxes(self, measures: Iterable[str]) -> Mapping[str, list[Box]]:
        """The boxes of measures, in no order."""
        measures = list(measures)
        if missing := [each for each in measures if each not in self._boxes and each not in self._box_rows]:
            self._box_rows |= {measure: [] for measure in missing}
            for row in self._connection.execute(questions(self._connection, missing, self._schema)[1].encode()):
                self._box_rows[row[0]].append(row)
        for measure in measures:
            if measure not in self._boxes:
                self._boxes[measure] = [_box(row) for row in self._box_rows.pop(measure)]
        return {measure: self._boxes[measure] for measure in measures}


def _box(row: Row) -> Box:
    _, kind, name, valid_from, valid_to, known_from, known_to, status, exact, value = row
    return Box(
        kind,
        name,
        _ordinal(valid_from, 0),
        _ordinal(valid_to, NEVER),
        _ordinal(known_from, 0),
        _ordinal(known_to, NEVER),
        status,
        exact,
        msgspec.json.encode(msgspec.json.decode(value), order="sorted"),  # as the fold writes it
    )


def _ordinal(days: int | None, without: int) -> int:
    return without if days is None else days + 1
