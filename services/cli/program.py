"""How this program is called by whoever reads its hints: what they paste must work."""

from __future__ import annotations

import shutil
from pathlib import Path


def program() -> str:
    """`dateline` where the shell finds it; otherwise `./run dateline`, which works in the folder of the source."""
    door = Path(__file__).resolve().parents[2] / "run"
    return "./run dateline" if shutil.which("dateline") is None and door.is_file() else "dateline"


def again(*arguments: str) -> str:
    """A command in quotes, as a hint gives it: `'dateline state NL'`."""
    return f"'{' '.join([program(), *arguments])}'"
