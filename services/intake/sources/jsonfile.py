"""A download in JSON: whole, in UTF-8, or told what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

from services.intake.problems import Problem, Problems
from services.intake.sources.mapping import name_of

LARGEST = 512 * 1024 * 1024
"""How many bytes a download may have."""


def text_of(path: Path, problems: Problems) -> str | None:
    """The text of a file, without a byte order mark; None, and a problem, where it cannot be read."""
    name = name_of(path)
    try:
        if path.stat().st_size > LARGEST:
            problems.add(Problem(name, None, "", f"is larger than {LARGEST // 2**20} MiB: split it"))
            return None
        raw = path.read_bytes()
    except OSError as error:
        problems.add(Problem(name, None, "", f"it cannot be read: {error.strerror or error}"))
        return None
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        problems.add(Problem(name, None, "", "the file is empty: download it again"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        sentence = f"byte {error.start + 1} of the file is not UTF-8: save the file as UTF-8, or download it again"
        problems.add(Problem(name, line, "", sentence))
        return None


def json_of(path: Path, problems: Problems) -> object:
    """The value that a file holds; None, and a problem, where it holds none."""
    text = text_of(path, problems)
    if text is None:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or "Unterminated" in error.msg
        what = "it ends in the middle" if cut else f"{error.msg} at column {error.colno}"
        problems.add(Problem(name_of(path), error.lineno, "", f"this is not whole JSON: {what}; download it again"))
    except (RecursionError, ValueError) as error:
        problems.add(Problem(name_of(path), None, "", f"this is not JSON: {error}"))
    return None
