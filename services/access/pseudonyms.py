"""What those who record are called."""

from __future__ import annotations

import re

PSEUDONYM_RULE = (
    "use 1 to 64 letters, digits, spaces, dots, hyphens or underscores, beginning with a letter or digit. It is "
    "written into the log, which never forgets: not a name, not an e-mail address."
)


def is_pseudonym(text: str) -> bool:
    """Whether a text keeps to PSEUDONYM_RULE."""
    return re.fullmatch(r"[^\W_][\w .-]{0,63}", text) is not None
