"""How the command line fails: a sentence on standard error and a code, never a traceback."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

from events.errors import Refusal, RefusedTogether
from services.cli.program import program

REFUSED = 2
TROUBLE = 3

MOST_TOLD = 100
"""So many of the things that are refused together are told."""


def tell_refusal(refusal: Refusal) -> int:
    """The refusal, with everything that was refused with it. Gives the exit code."""
    from services.intake.problems import InvalidRecord

    if isinstance(refusal, InvalidRecord):
        for problem in refusal.problems:
            _tell(str(problem))
        untold = refusal.count - len(refusal.problems)
        _tell(f"and {untold} more") if untold else None
        found = "1 problem" if refusal.count == 1 else f"{refusal.count} problems"
        _tell(f"{found} found, nothing was recorded: put it right and import again.")
        return REFUSED
    _tell(_placed(refusal))
    if isinstance(refusal, RefusedTogether):
        for each in refusal.refusals[:MOST_TOLD]:
            _tell(f"  {_placed(each)}")
        untold = len(refusal.refusals) - MOST_TOLD
        _tell(f"  and {untold} more") if untold > 0 else None
    return REFUSED


def tell_notes(error: BaseException) -> None:
    """Tells what was said of an error on its way (`add_note`): what had been done before it."""
    for note in getattr(error, "__notes__", ()):
        _tell(note)


def _placed(refusal: Refusal) -> str:
    """The sentence, behind the file and line that asked for what is refused where that is known."""
    origin = refusal.facts.get("origin")
    return refusal.message if origin is None else f"{origin}: {refusal.message}"


def tell_misuse(misuse: Exception) -> int:
    """A command line that cannot be read, with where help is found. Gives the exit code."""
    context = getattr(misuse, "ctx", None)
    message = misuse.format_message()  # type: ignore[attr-defined]
    if not message:  # called without a command: the help was shown
        return REFUSED
    _tell(message)
    _tell(f"'{context.command_path if context is not None else program()} --help' says how it is used.")
    return REFUSED


def tell_unforeseen(error: Exception) -> int:
    """What nobody foresaw and how to report it, or that the database is gone. Gives the exit code."""
    said = " ".join(str(error).split())[:300] or "no reason given"
    if _is_full(error):
        from services.operations.room import StorageFull

        _tell(StorageFull.now().message)
        return TROUBLE
    if _is_read_only(error):
        from events.recorder import LogReadOnly

        return tell_refusal(LogReadOnly.now())
    if _is_of_database(error):
        _tell(f"The database does not answer any more ({said}). See that it runs, and ask again.")
        return TROUBLE
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        _tell(f"{error.object[:80]!a} has bytes that are no text in UTF-8. Write it in UTF-8, and ask again.")
        return REFUSED
    where = _report(error)
    details = f"attach {where}, which holds the details" if where is not None else "say which command it was"
    _tell(
        f"Something went wrong that nobody foresaw ({type(error).__name__}: {said}). "
        f"Please report it as a bug of Dateline: {details}."
    )
    return TROUBLE


def _is_of_database(error: Exception) -> bool:
    try:
        from services.operations.wiring import is_unavailable
    except ImportError:  # that may be the very error
        return False
    return is_unavailable(error)


def _is_full(error: Exception) -> bool:
    try:
        from services.operations.wiring import is_full
    except ImportError:
        return False
    return is_full(error)


def _is_read_only(error: Exception) -> bool:
    try:
        from services.operations.wiring import is_read_only
    except ImportError:
        return False
    return is_read_only(error)


def _report(error: Exception) -> Path | None:
    """Writes the details to a file that only this account can read."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="dateline-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            traceback.print_exception(error, file=file)
            return Path(file.name)
    except OSError:
        return None


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)
