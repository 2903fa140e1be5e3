"""The roles: what a caller may do. Each may do what those below it may."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """Ordered: reader < recorder < reviewer < admin. Written and stored as a word, `role.word`."""

    READER = 1
    RECORDER = 2
    REVIEWER = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        return self.name.lower()


ROLES = {role.word: role for role in Role}
"""The roles by their words, in their order."""
