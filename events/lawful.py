"""
What may not come next in a measure's life (record format, "What is refused").

The rules look at the life that the acts before it led, and at nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from events.actions import (
    Action,
    AnyAction,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
    MeasureAdopted,
    MeasureAmended,
    MeasureEnded,
    MeasureExtended,
    MeasureReinstated,
    MeasureRescheduled,
    MeasureSuspended,
)
from events.dates import span
from events.errors import (
    AfterTheEnd,
    DeadlineNotSet,
    EntryHasHappened,
    ExpiresBeforeEffective,
    NoSuchStay,
    NotBegun,
    Refusal,
)
from events.lifecycle import Lifecycle
from events.lives import Adoption


def refusal(lifecycle: Lifecycle, action: AnyAction) -> Refusal | None:
    """The rule that forbids this action as the next one, or None. Nothing is remembered."""
    rule = _RULES.get(type(action))
    return None if rule is None else rule(lifecycle, action)


def has_entered(adoption: Adoption, action: Action) -> bool:
    """Whether an adoption surely took force before the announcement of an action, which then cannot move that."""
    if adoption.effective_on is None:
        return False
    entered = span(adoption.effective_on)
    last = entered.last
    if not entered.exact and not adoption.action.retroactive:
        last = max(last, span(adoption.action.act.announced_on).last)
    return last < span(action.act.announced_on).first


def _expiry_refusal(
    action: Action,
    effective: str | None,
    expires: str | None,
    first_field: str = "effective_on",
    last_field: str = "expires_on",
) -> Refusal | None:
    if effective is None or expires is None or span(effective).first <= span(expires).last:
        return None
    return ExpiresBeforeEffective.of(action, first_field, effective, last_field, expires)


def _of_adopted(_: Lifecycle, action: MeasureAdopted) -> Refusal | None:
    return _expiry_refusal(action, action.effective_on, action.expires_on)


def _of_change(lifecycle: Lifecycle, action: Action) -> Refusal | None:
    return None if lifecycle.lives else NotBegun.of(action)


def _of_going_on(lifecycle: Lifecycle, action: Action) -> Refusal | None:
    if lifecycle.lives and lifecycle.lives[-1].standing_end():
        return AfterTheEnd.of(action)
    return _of_change(lifecycle, action)


def _of_amended(lifecycle: Lifecycle, action: MeasureAmended) -> Refusal | None:
    return _of_going_on(lifecycle, action) or _expiry_refusal(
        action, action.applies_on, action.applies_until, "applies_on", "applies_until"
    )


def _of_suspended(lifecycle: Lifecycle, action: MeasureSuspended) -> Refusal | None:
    return _of_going_on(lifecycle, action) or _expiry_refusal(
        action, action.effective_on, action.until, "effective_on", "until"
    )


def _of_extended(lifecycle: Lifecycle, action: MeasureExtended) -> Refusal | None:
    return _of_going_on(lifecycle, action) or _expiry_refusal(action, action.effective_on, action.expires_on)


def _of_rescheduled(lifecycle: Lifecycle, action: MeasureRescheduled) -> Refusal | None:
    if not lifecycle.lives:
        return NotBegun.of(action)
    adoption = lifecycle.latest_adoption
    if action.effective_on is not UNSET and adoption is not None and has_entered(adoption, action):
        assert adoption.effective_on is not None
        return EntryHasHappened.of(action, adoption.effective_on)
    effective = None if action.effective_on is UNSET else action.effective_on
    expires = None if action.expires_on is UNSET else action.expires_on
    return _expiry_refusal(action, effective, expires)


def _of_reinstated(lifecycle: Lifecycle, action: MeasureReinstated) -> Refusal | None:
    if lifecycle.lives and action.lifts is not None and action.lifts not in lifecycle.stays.by_act:
        return NoSuchStay.of(action, action.lifts)
    return _of_change(lifecycle, action)


def _of_setting(lifecycle: Lifecycle, action: DeadlineSet) -> Refusal | None:
    return NotBegun.of(action) if lifecycle.count == 0 else None


def _of_deadline(lifecycle: Lifecycle, action: DeadlineMoved | DeadlineMet) -> Refusal | None:
    return None if action.deadline in lifecycle.deadlines else DeadlineNotSet.of(action, action.deadline)


_RULES: dict[type[Action], Callable[[Lifecycle, Any], Refusal | None]] = {
    MeasureAdopted: _of_adopted,
    MeasureAmended: _of_amended,
    MeasureRescheduled: _of_rescheduled,
    MeasureExtended: _of_extended,
    MeasureSuspended: _of_suspended,
    MeasureReinstated: _of_reinstated,
    MeasureEnded: _of_change,
    DeadlineSet: _of_setting,
    DeadlineMoved: _of_deadline,
    DeadlineMet: _of_deadline,
}
"""What may forbid an action, by its type; types that are missing are always lawful. A look-up is far quicker than a
match, which asks of one type after the other."""
