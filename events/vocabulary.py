"""The words of the record: what may stand in a field, and how measures and jurisdictions are named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, get_args
from uuid import UUID, uuid5

NAMESPACE = UUID("5d1f2b0e-7a67-5c0f-9a35-0d8b2f6c41aa")
"""The namespace of stream ids. It never changes: every stored stream is found by it."""

Effect = Literal[
    "prohibits",
    "restricts",
    "requires_approval",
    "requires_security_measures",
    "permits_temporarily",
    "declares_no_ban",
    "urges_others",
    "none",
]
Instrument = Literal[
    "executive_order",
    "statute",
    "bill",
    "rule",
    "proposed_rule",
    "administrative_order",
    "listing",
    "general_licence",
    "procurement_ban",
    "court_ruling",
    "security_requirement",
    "agreement_mou",
    "guidance",
    "announcement",
    "letter_statement",
]
LinkType = Literal[
    "implements", "exempts_from", "replaces", "reverses", "responds_to", "follows", "upholds", "amends", "part_of"
]
Confidence = Literal["high", "medium", "low"]
Manner = Literal["repealed", "withdrawn", "annulled", "replaced", "lapsed", "revoked", "fulfilled"]
Obliged = Literal["authority", "addressees", "nobody"]
CorrectionReason = Literal[
    "typo", "wrong_date", "wrong_subject", "misattribution", "source_corrected", "reclassified", "late_discovery"
]
RetractionReason = Literal["duplicate", "unfounded", "out_of_scope"]
Verification = Literal["official_document", "official_statement", "two_independent", "single_press"]
"""On what an act rests, held against its sources by somebody else; the strongest first."""
Status = Literal["absent", "proposed", "announced", "adopted", "in_force", "suspended", "expired", "ended"]
DeadlineStatus = Literal["open", "overdue", "passed", "closed", "postponed", "met", "void"]

EFFECTS: tuple[Effect, ...] = get_args(Effect)
STATUSES: tuple[Status, ...] = get_args(Status)
VERIFICATIONS: tuple[Verification, ...] = get_args(Verification)
DEADLINE_STATUSES: tuple[DeadlineStatus, ...] = get_args(DeadlineStatus)

STRICTNESS: tuple[Effect, ...] = (
    "prohibits",
    "restricts",
    "requires_approval",
    "requires_security_measures",
    "permits_temporarily",
    "declares_no_ban",
    "none",
)
"""The order of headlines, strictest first. `urges_others` is aimed at others and never a headline."""

SLUG = r"[a-z0-9][a-z0-9._-]{0,199}"
JURISDICTION = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
MEASURE = f"{JURISDICTION}/{SLUG}"

_JURISDICTION = re.compile(JURISDICTION)
_SLUG = re.compile(SLUG)


def is_jurisdiction_code(text: str) -> bool:
    """Whether the text has the form of ISO 3166-1 alpha-2, 3166-2, EU or a user-assigned code. Its form, no more."""
    return _JURISDICTION.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    """Whether the text may name an act, a measure within its jurisdiction, or a deadline."""
    return _SLUG.fullmatch(text) is not None


def least_verified(levels: Iterable[Verification | None]) -> Verification | None:
    """The weakest of some levels; None where any is missing, or there are none."""
    least: Verification | None = None
    for level in levels:
        if level is None:
            return None
        if least is None or not is_as_strong(level, least):
            least = level
    return least


def is_as_strong(level: Verification | None, least: Verification | None) -> bool:
    """Whether a level, or none, is enough for who accepts no less than another, or anything."""
    if least is None:
        return True
    return level is not None and VERIFICATIONS.index(level) <= VERIFICATIONS.index(least)


def jurisdiction_of(measure: str) -> str:
    """`US` of `US/huawei-temporary-general-licence`."""
    return measure.partition("/")[0]


def jurisdictions_of(measures: Iterable[str]) -> list[str]:
    """The jurisdictions of some measures, each once, in order: tables are looked up by these first."""
    return sorted(set(map(jurisdiction_of, measures)))


def stream_id(name: str) -> UUID:
    """The stream of a measure (`US/slug`) or, for reviews, of a jurisdiction (`US`)."""
    return uuid5(NAMESPACE, name)
