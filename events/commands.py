"""What is asked of the record, in the imperative. Deciding turns a command into events or refuses it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from events.actions import Act, AnyAction
from events.vocabulary import CorrectionReason, RetractionReason, Verification


class Command(Struct, frozen=True, kw_only=True, gc=False):
    """
    Who asks, and for a replay of another register's record also when it was recorded there (aware, UTC).

    `origin` says where the command was read ("dossier/NL.yaml, line 12"), for refusals.
    """

    recorded_by: str | None = None
    recorded_at: datetime | None = None
    origin: str | None = None


class RecordAct(Command, frozen=True, kw_only=True):
    """Record an act with its actions, in their order. `again` is needed to record a retracted act once more."""

    act: Act
    actions: tuple[AnyAction, ...]
    again: bool = False


class CorrectAct(Command, frozen=True, kw_only=True):
    """State how a recorded act should have read, whole; `actions` carry `replacement` as their act. The slug stays."""

    replacement: Act
    actions: tuple[AnyAction, ...]
    reason: CorrectionReason
    note: str | None = None


class RetractAct(Command, frozen=True, kw_only=True):
    """State that a recorded act should never have been recorded."""

    act: str
    reason: RetractionReason
    note: str | None = None


class VerifyAct(Command, frozen=True, kw_only=True):
    """
    State on what a recorded act rests, having held it against its sources; `url` is where it was read.

    The command names the verifier, on whom it depends whether it is lawful.
    """

    recorded_by: str
    act: str
    level: Verification
    note: str | None = None
    url: str | None = None


class ReviewJurisdiction(Command, frozen=True, kw_only=True):
    """State that a jurisdiction was looked through on a day and nothing new was found."""

    jurisdiction: str
    reviewed_on: str
    note: str | None = None


AnyCommand = RecordAct | CorrectAct | RetractAct | VerifyAct | ReviewJurisdiction
