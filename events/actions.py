"""Every event type, as frozen structs. An action is what an authority did to a measure; each carries its act."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from msgspec import UNSET, Struct, UnsetType

from events.vocabulary import (
    Confidence,
    CorrectionReason,
    Effect,
    Instrument,
    LinkType,
    Manner,
    Obliged,
    RetractionReason,
    Verification,
)

Scalar = str | int | float | bool | None
"""A named value of a measure, for panels of indicators."""


class Source(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """
    Where a fact was read. `date` and `basis` are free text; `url` and `archived_url` are http or https.

    `kept` are fields of the source that the record has no place for, by the names that the source gives them.
    """

    name: str
    url: str | None = None
    date: str | None = None
    basis: str | None = None
    passage: str | None = None
    archived_url: str | None = None
    sha256: str | None = None
    kept: dict[str, str] = {}


class Link(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A relation of an act to a measure, addressed `US/slug`."""

    type: LinkType
    to: str


class Act(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """
    The one thing an authority did on one day. `act` is its slug, unique everywhere.

    `announced_on` is the first day the public could know, in the forms of the record format; `after` names an act
    that stands before this one where their days do not tell.
    """

    act: str
    announced_on: str
    authority: str
    instrument: Instrument
    title: str
    sources: tuple[Source, ...]
    published_on: str | None = None
    citation: str | None = None
    summary: str | None = None
    confidence: Confidence | None = None
    links: tuple[Link, ...] = ()
    after: str | None = None
    note: str | None = None


class Action(
    Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", gc=False
):
    """
    What an act did to a measure (`US/slug`). `place` is its place among the actions of the act, from 0.

    A field that is UNSET was not given; one that is None was given as null. Dates are the texts of the record format.
    """

    type: ClassVar[str]
    measure: str
    act: Act
    place: int
    note: str | None = None


class _Terms(Action, frozen=True, omit_defaults=True, kw_only=True):
    title: str | None = None
    effects: tuple[Effect, ...] | UnsetType = UNSET
    subjects: tuple[str, ...] | UnsetType = UNSET
    scope: tuple[str, ...] | UnsetType = UNSET
    targets: tuple[str, ...] | UnsetType = UNSET
    values: dict[str, Scalar] | UnsetType = UNSET


class MeasureProposed(_Terms, frozen=True, kw_only=True, tag="proposed"):
    """A bill, a draft, a notice of proposed rulemaking."""

    type: ClassVar[str] = "proposed"


class MeasureAnnounced(_Terms, frozen=True, kw_only=True, tag="announced"):
    """A position, an intention, a statement, an agreement: known, without legal force of its own."""

    type: ClassVar[str] = "announced"


class MeasureAdopted(_Terms, frozen=True, kw_only=True, tag="adopted"):
    """Signed, enacted, issued, decided. `effective_on` is the first day in force, `expires_on` the last."""

    type: ClassVar[str] = "adopted"
    effective_on: str | None = None
    expires_on: str | None = None
    retroactive: bool = False


class MeasureAmended(_Terms, frozen=True, kw_only=True, tag="amended"):
    """Changes terms from `applies_on` (default: the announcement), to the last day `applies_until` if given."""

    type: ClassVar[str] = "amended"
    applies_on: str | None = None
    applies_until: str | None = None


class MeasureRescheduled(Action, frozen=True, kw_only=True, tag="rescheduled"):
    """Moves the entry into force (null: delayed without a date) or the last day in force (null: permanent)."""

    type: ClassVar[str] = "rescheduled"
    effective_on: str | UnsetType | None = UNSET
    expires_on: str | UnsetType | None = UNSET


class MeasureExtended(Action, frozen=True, kw_only=True, tag="extended"):
    """A new last day in force (null: permanent); `effective_on` where it bridges a gap."""

    type: ClassVar[str] = "extended"
    expires_on: str | None
    effective_on: str | None = None


class MeasureSuspended(Action, frozen=True, kw_only=True, tag="suspended"):
    """The measure is stopped from `effective_on` (default: the announcement), to the last day `until` if given."""

    type: ClassVar[str] = "suspended"
    effective_on: str | None = None
    until: str | None = None


class MeasureReinstated(Action, frozen=True, kw_only=True, tag="reinstated"):
    """A stay or an end is lifted from `effective_on` (default: the announcement); `lifts`: the act of one stay."""

    type: ClassVar[str] = "reinstated"
    effective_on: str | None = None
    lifts: str | None = None


class MeasureEnded(Action, frozen=True, kw_only=True, tag="ended"):
    """`effective_on` (default: the announcement) is the first day on which the measure no longer holds."""

    type: ClassVar[str] = "ended"
    effective_on: str | None = None
    manner: Manner | None = None


class DeadlineSet(Action, frozen=True, kw_only=True, tag="deadline_set"):
    """A day by which something must be done (null: not fixed). Set again under the same name, it starts anew."""

    type: ClassVar[str] = "deadline_set"
    deadline: str
    due: str | None
    obliged: Obliged


class DeadlineMoved(Action, frozen=True, kw_only=True, tag="deadline_moved"):
    """The slip; `due` null: postponed without a date."""

    type: ClassVar[str] = "deadline_moved"
    deadline: str
    due: str | None


class DeadlineMet(Action, frozen=True, kw_only=True, tag="deadline_met"):
    """Done on `met_on`, in time or late."""

    type: ClassVar[str] = "deadline_met"
    deadline: str
    met_on: str


class MeasureNoted(Action, frozen=True, kw_only=True, tag="noted"):
    """Known and worth keeping; changes nothing."""

    type: ClassVar[str] = "noted"


AnyAction = (
    MeasureProposed
    | MeasureAnnounced
    | MeasureAdopted
    | MeasureAmended
    | MeasureRescheduled
    | MeasureExtended
    | MeasureSuspended
    | MeasureReinstated
    | MeasureEnded
    | DeadlineSet
    | DeadlineMoved
    | DeadlineMet
    | MeasureNoted
)
KINDS: tuple[type[Action], ...] = get_args(AnyAction)
ACTIONS = frozenset[type](KINDS)
"""The same, to look up the type of an event in: `isinstance` takes some ten times as long."""

Beginning = MeasureProposed | MeasureAnnounced | MeasureAdopted
Termed = MeasureProposed | MeasureAnnounced | MeasureAdopted | MeasureAmended


class ActCorrected(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """
    On each measure it touches: the act's actions there as they should have read, perhaps none, and why.

    `replacement` is the act as it should have read; its slug stays. Actions carry the same act.
    """

    measure: str
    replacement: Act
    actions: tuple[AnyAction, ...]
    reason: CorrectionReason
    note: str | None = None


class ActRetracted(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """On each measure the act touched: it should never have been recorded."""

    measure: str
    act: str
    reason: RetractionReason
    note: str | None = None


class ActVerified(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """
    On each measure the act touches: somebody else held it against its sources.

    `level` is what it rests on by that; `url` (http or https) is where the verifier read it.
    """

    measure: str
    act: str
    level: Verification
    note: str | None = None
    url: str | None = None


class JurisdictionReviewed(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A jurisdiction was looked through on a day and nothing new was found: silence becomes readable."""

    jurisdiction: str
    reviewed_on: str
    note: str | None = None


Event = AnyAction | ActCorrected | ActRetracted | ActVerified | JurisdictionReviewed

ActionType = Literal[
    "proposed",
    "announced",
    "adopted",
    "amended",
    "rescheduled",
    "extended",
    "suspended",
    "reinstated",
    "ended",
    "deadline_set",
    "deadline_moved",
    "deadline_met",
    "noted",
]


EntryType = Literal[ActionType, "corrected", "retracted", "verified", "reviewed"]
"""What the log and histories call an event."""

ENTRY_TYPES: tuple[EntryType, ...] = get_args(EntryType)


def stream_of(event: Event) -> str:
    """The name of the stream an event belongs to: its measure, or for a review its jurisdiction."""
    return event.jurisdiction if isinstance(event, JurisdictionReviewed) else event.measure
