"""Importing as the command line shows it: a bar on a terminal, a sentence at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from events.errors import Refusal
from projections.standing import standing_acts
from services.intake.files import JSON_LINES, Reading
from services.intake.importing import Imported, Progress, import_files, import_read
from services.intake.sources import Asked, Mapped, commands_of, mapped, review_text
from services.operations.wiring import Service
from services.wording import count


class ReviewNotWritten(Refusal):
    """A review is written into a new file of JSON Lines."""

    type = "review-not-written"


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A bar with the time to go on standard error where that is a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("to go:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show


def import_shown(
    service: Service,
    paths: Sequence[Path],
    *,
    recorded_by: str,
    replay: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Imports files and folders, showing how far it is. Raises what `import_files` raises."""
    with progress_bar("Importing") as progress:
        return import_files(
            service.recording,
            paths,
            recorded_by=recorded_by,
            clock=service.clock,
            replay=replay,
            dry_run=dry_run,
            progress=progress,
        )


def mapped_shown(service: Service, name: str, asked: Asked) -> Mapped:
    """What files of a source come to upon what is on record; what is doubtful is told. Raises InvalidRecord."""
    with service.pool.connection() as connection:
        found = mapped(name, asked, lambda beginning: standing_acts(connection, beginning))
    for note in found.notes:
        print(note, file=sys.stderr)
    return found


def import_mapped(service: Service, found: Mapped, asked: Asked, *, recorded_by: str, dry_run: bool) -> Imported:
    """Imports what files of a source came to, showing how far it is. Raises what `import_files` raises."""
    reading = Reading(commands_of(found, replay=asked.replay), tuple(map(str, asked.files)))
    with progress_bar("Importing") as progress:
        return import_read(
            service.recording,
            reading,
            recorded_by=recorded_by,
            clock=service.clock,
            replay=asked.replay,
            dry_run=dry_run,
            progress=progress,
        )


def write_review(found: Mapped, asked: Asked, path: Path) -> str:
    """Writes the lines to a file, whole or not at all, and says so. Raises ReviewNotWritten."""
    commands_of(found, replay=asked.replay)
    beside = path.with_name(f".{path.name}.part")
    if path.exists() or path.suffix.lower() not in JSON_LINES:
        what = "there is such a file already" if path.exists() else "JSON Lines have a name that ends in .jsonl"
        raise ReviewNotWritten(f"--review {path}: {what}; nothing was written: choose another name.", file=str(path))
    try:
        with beside.open("w", encoding="utf-8") as out:
            out.writelines(review_text(found))
        beside.rename(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ReviewNotWritten(f"--review {path} cannot be written: {error.strerror}.", file=str(path)) from None
    how = f"dateline import {path}{' --replay' if asked.replay else ''}"
    wrote = f"Wrote {count(len(found.lines), 'line')} to {path}, recorded nothing"
    return f"{wrote}: read them, and record them with {how}"


def outcome(imported: Imported) -> str:
    """What an import came to, in a sentence."""
    read = f"{count(imported.commands, 'entry', 'entries')} of {count(len(imported.files), 'file')}"
    if imported.dry_run:
        return f"Read {read}: {count(imported.events, 'event')} would be recorded. Nothing was recorded (dry run)."
    if imported.positions is None:
        return f"Read {read}: all of it was on record already, nothing new was recorded."
    first, last = imported.positions
    places = f"position {first}" if first == last else f"positions {first} to {last}"
    return f"Read {read}: recorded {count(imported.events, 'event')} at {places}, batch {imported.batch}."
