"""Refusals. Each class is a rule: the message says what happened and what to do, the attributes carry the facts."""

from __future__ import annotations


class Refusal(Exception):
    """Something asked of the record that is not done. `facts` are the attributes as members for a problem document."""

    type: str = "refused"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts
