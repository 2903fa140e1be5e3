"""The three times of a page, as its address gives them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Query

from projections.answering import Asked
from services.api.parameters import AskedFor, Day
from services.api.problems import InvalidParameters

Known = Literal["then", "today", "on"]
"""Whose eyes: those of the day itself, those of today, or those of the day `known_on`."""


class Times(NamedTuple):
    """The day that a page is about, whose eyes it has, and the edition of the record."""

    as_of: date
    known: Known
    known_on: date
    asked: Asked
    today: date

    @property
    def eyes(self) -> date | None:
        """The day by whose eyes every day is read; None where each day is read by its own."""
        return None if self.known == "then" else self.known_on


class TimesGiven(NamedTuple):
    """The times as the address gives them; what is left out depends on the day on which the page is asked for."""

    as_of: date | None
    known: Known | None
    known_on: date | None
    asked: Asked

    def on(self, today: date) -> Times:
        """
        The times on a day. By default the present day, by its own eyes, in the present record.

        Raises InvalidParameters where the eyes are those of a day, and the day is missing.
        """
        as_of = today if self.as_of is None else self.as_of
        known = self.known or ("then" if self.known_on is None else "on")
        if known == "then":
            return Times(as_of, known, as_of, self.asked, today)
        if known == "today":
            return Times(as_of, known, today, self.asked, today)
        if self.known_on is None:
            sentence = "Give the day by whose eyes the page is read, as in 2020-03-01."
            wrong = [{"parameter": "known_on", "sentence": sentence}]
            raise InvalidParameters(f"'known_on': {sentence}", parameters=wrong)
        return Times(as_of, known, self.known_on, self.asked, today)


async def times_given(
    asked: AskedFor,
    as_of: Annotated[Day | None, Query()] = None,
    known: Annotated[Known | None, Query()] = None,
    known_on: Annotated[Day | None, Query()] = None,
) -> TimesGiven:
    """The times that the address of a page gives."""
    return TimesGiven(as_of, known, known_on, asked)


GivenTimes = Annotated[TimesGiven, Depends(times_given)]
