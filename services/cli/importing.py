"""Importing as the command line shows it: a bar on a terminal, a sentence at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.intake.importing import Imported, Progress, import_files
from services.operations.wiring import Service
from services.wording import count


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A bar on standard error where that is a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
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
