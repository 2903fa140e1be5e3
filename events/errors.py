"""Refusals. Each class is a rule: the message says what happened and what to do, the attributes carry the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.actions import Action


class Refusal(Exception):
    """Something asked of the record that is not done. `facts` are the attributes as members for a problem document."""

    type: str = "refused"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class UnlawfulAction(Refusal):
    """An action that cannot follow on what the record says of its measure, in the order of announcement."""

    type = "unlawful-action"

    @classmethod
    def about(cls, action: Action, sentence: str, **facts: object) -> Self:
        """The refusal of one action; its measure, act and type are among the facts."""
        kind = type(action).type
        message = f"{action.measure}: '{kind}' by act {action.act.act} ({action.act.announced_on}) {sentence}"
        return cls(message, measure=action.measure, act=action.act.act, action=kind, **facts)


class NotBegun(UnlawfulAction):
    """A measure begins by being proposed, announced, adopted or noted; only what was begun can be changed."""

    type = "not-begun"

    @classmethod
    def of(cls, action: Action) -> Self:
        return cls.about(
            action,
            "has no base: nothing was proposed, announced or adopted before it. "
            "Record the act that began the measure in the same import, or first.",
        )


class AfterTheEnd(UnlawfulAction):
    """What has ended cannot be extended, amended or suspended unless it began again or the end was lifted."""

    type = "after-the-end"

    @classmethod
    def of(cls, action: Action) -> Self:
        return cls.about(
            action,
            "comes after the measure was ended. Record first how it began again or was reinstated; "
            "if both acts are of one day, order them with 'after'.",
        )


class DeadlineNotSet(UnlawfulAction):
    """Only a deadline that was set can be moved or met."""

    type = "deadline-not-set"

    @classmethod
    def of(cls, action: Action, deadline: str) -> Self:
        return cls.about(
            action,
            f"names the deadline '{deadline}', which was not set before it. Record its setting.",
            deadline=deadline,
        )


class EntryHasHappened(UnlawfulAction):
    """An entry into force can be moved until the day on which it happens."""

    type = "entry-has-happened"

    @classmethod
    def of(cls, action: Action, effective_on: str) -> Self:
        return cls.about(
            action,
            f"moves an entry into force that has happened ({effective_on}). "
            "Record a suspension, an end or a new adoption.",
            effective_on=effective_on,
        )


class ExpiresBeforeEffective(UnlawfulAction):
    """A last day does not lie before the first."""

    type = "expires-before-effective"

    @classmethod
    def of(cls, action: Action, first_field: str, first: str, last_field: str, last: str) -> Self:
        return cls.about(action, f"has {last_field} {last} before {first_field} {first}. Correct one of them.")


class NoSuchStay(UnlawfulAction):
    """`lifts` names an act that suspended the measure before."""

    type = "no-such-stay"

    @classmethod
    def of(cls, action: Action, lifts: str) -> Self:
        return cls.about(
            action, f"lifts the stay of act {lifts}, which did not suspend this measure before it.", lifts=lifts
        )


class AfterContradicted(Refusal):
    """`after` orders acts whose days do not; it cannot contradict their days, nor run in a circle."""

    type = "after-contradicted"


class UnknownAct(Refusal):
    """A correction, a retraction or `after` names an act that is recorded."""

    type = "unknown-act"


class OtherContent(Refusal):
    """A slug means one act everywhere."""

    type = "other-content"


class RetractedAct(Refusal):
    """To record a retracted act once more says so."""

    type = "retracted-act"


class SelfVerification(Refusal):
    """An act is verified by somebody else than who recorded it or corrected it last."""

    type = "self-verification"


class LeavesWithoutBase(Refusal):
    """A correction or retraction does not take from later acts what they stand on."""

    type = "leaves-without-base"


class RefusedTogether(Refusal):
    """Commands are judged as a whole, and nothing is recorded where any of them is refused."""

    type = "refused-together"
    refusals: Sequence[Refusal] = ()

    def __init__(self, message: str, refusals: Sequence[Refusal]) -> None:
        super().__init__(message, refusals=[refusal.message for refusal in refusals])
        self.refusals = list(refusals)

    @classmethod
    def of(cls, refusals: Sequence[Refusal]) -> Refusal:
        """The one refusal itself, or all of them together."""
        if len(refusals) == 1:
            return refusals[0]
        return cls(f"{len(refusals)} things are refused; nothing was recorded.", refusals)
