"""The command that writes a report, and tells which lines of an earlier one read differently now."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import options
from services.cli.opening import opened

if TYPE_CHECKING:
    from projections.answers import Report

FORMATS = ("md", "html", "pdf", "json")


def report(
    country: options.AnyCountry = None,
    as_of: options.AsOf = None,
    known_on: options.KnownOn = None,
    since: Annotated[
        date | None,
        typer.Option(metavar="DAY", parser=options.day, help="Also what changed from this day on, this day included."),
    ] = None,
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(FORMATS),
            parser=options.one_of(FORMATS),
            help="Default: what the name of the file ends with, else md. pdf needs the extra 'pdf'.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it. Default: to standard output."),
    ] = None,
    restated: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tell which lines of an earlier report read differently now, and why."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="With --restated: as JSON.")] = False,
) -> None:
    """A country on a day in brief, with a note for every line: as Markdown, HTML, PDF or JSON."""
    if restated is not None:
        if any(each is not None for each in (country, as_of, known_on, since, position, recorded_at, format, output)):
            raise typer.BadParameter("An earlier report says itself what it was asked: give --restated FILE alone.")
        _restate(restated, json)
        return
    if country is None:
        raise typer.BadParameter("Give the country that the report is on, or --restated with an earlier report.")
    if json:
        raise typer.BadParameter("--json goes with --restated; a report as JSON is --format json.")
    format = _format_of(output) if format is None else format
    if format == "pdf" and output is None and sys.stdout.isatty():
        raise typer.BadParameter("A PDF is no text for a terminal: give --output FILE.")
    from projections.answering import Asked

    with opened() as service:
        asked = Asked(position, recorded_at)
        answer = service.answering.report(country, as_of=as_of, known_on=known_on, since=since, asked=asked)
    _write(_written(answer, format), output)


def _format_of(output: Path | None) -> str:
    """The format that the name of a file tells."""
    told = "md" if output is None else output.suffix.removeprefix(".").lower()
    if told not in FORMATS:
        raise typer.BadParameter(f"The name {output} tells no format: give --format {', '.join(FORMATS)}.")
    return told


def _written(answer: Report, format: str) -> bytes:
    from projections.answers import encode
    from services.outlets.reports.document import document_of
    from services.outlets.reports.html import html
    from services.outlets.reports.markdown import markdown
    from services.outlets.reports.pdf import pdf

    if format == "json":
        return encode(answer) + b"\n"
    return {"md": markdown, "html": html, "pdf": pdf}[format](document_of(answer))


def _write(written: bytes, output: Path | None) -> None:
    """To a file beside first, so that whatever stood there stays whole until all of it is there."""
    if output is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
        return
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        beside.write_bytes(written)
        beside.replace(output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise typer.BadParameter(f"{output} cannot be written ({error.strerror}): give another --output.") from None


def _restate(file: Path, json: bool) -> None:
    from projections.answers import encode
    from services.cli.page import Page
    from services.cli.rendering.reports import show_restated
    from services.outlets.reports.earlier import earlier_report

    earlier = earlier_report(file)
    with opened() as service:
        answer = service.auditing.report_restated(
            earlier.jurisdiction,
            position=earlier.position,
            as_of=earlier.as_of,
            known_on=earlier.known_on,
            since=earlier.since,
        )
    if json:
        sys.stdout.buffer.write(encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    else:
        show_restated(Page(), answer, str(file))
