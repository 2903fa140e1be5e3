"""The command that exports: a table of an edition to a file or to standard output, or all of it as a data package."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import convert

from services.cli import options
from services.cli.opening import opened, say

if TYPE_CHECKING:
    from projections.answering import Asked
    from services.operations.wiring import Service
    from services.outlets.exports import Wanted
    from services.outlets.formats import FormatName

WHAT = ("state", "panel", "changes", "deadlines", "measures", "acts", "sources", "actions", "periods", "log")
FORMATS = ("csv", "jsonl", "xlsx", "parquet")

What = Annotated[
    str | None, typer.Argument(metavar="[WHAT]", parser=options.one_of(WHAT), help=f"Any of {', '.join(WHAT)}.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        parser=options.one_of(FORMATS),
        help=f"Any of {', '.join(FORMATS)}. Default: by the ending of --output, or csv.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write this file, whole or not at all. Default: standard output, for text."),
]
Package = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Write a data package into a new or empty folder: all of it, with schemas and checksums."
    ),
]
From = Annotated[
    date | None, typer.Option("--from", metavar="DAY", parser=options.day, help="The first day of a panel, or changes.")
]
To = Annotated[
    date | None,
    typer.Option(metavar="DAY", parser=options.day, help="The last day of a panel, or changes. Default: today (UTC)."),
]
KnownOn = Annotated[
    date | None,
    typer.Option(
        metavar="DAY",
        parser=options.day,
        help="Whose eyes. Default: the day asked about; of changes the last; of a panel each day's own.",
    ),
]
Of = Annotated[
    str | None,
    typer.Option(
        metavar="headline|measure",
        parser=options.one_of(("headline", "measure")),
        help="A panel of jurisdictions by headline, or of measures by status. Default: headline.",
    ),
]
Shape = Annotated[
    str | None,
    typer.Option(
        metavar="long|wide",
        parser=options.one_of(("long", "wide")),
        help="A panel with a row for each, or with a column for each. Default: long.",
    ),
]


def export(
    what: What = None,
    format: Format = None,
    output: Output = None,
    package: Package = None,
    as_of: options.AsOf = None,
    known_on: KnownOn = None,
    from_: From = None,
    to: To = None,
    of: Of = None,
    shape: Shape = None,
    jurisdiction: options.Countries = [],  # noqa: B006
    position: options.Position = None,
    recorded_at: options.RecordedAt = None,
) -> None:
    """Write what the record says, or the record itself, as CSV, JSON Lines, XLSX or Parquet, or as a data package."""
    from projections.answering import Asked
    from services.outlets.exports import Wanted

    asked = Asked(position, recorded_at)
    if package is not None:
        if what is not None or format is not None or output is not None or any((from_, to, of, shape, jurisdiction)):
            raise typer.BadParameter("A package is all of it: give --package with days and an edition alone.")
        with opened() as service:
            _write_package(service, package, asked, as_of, known_on)
        return
    if what is None:
        raise typer.BadParameter(f"Say what to export, any of {', '.join(WHAT)}, or write a --package.")
    wanted = convert(
        {
            "what": what,
            "as_of": as_of,
            "known_on": known_on,
            "from_": from_,
            "to": to,
            "of": of,
            "shape": shape,
            "jurisdictions": tuple(jurisdiction),
        },
        Wanted,
    )
    chosen = _format(format, output)
    with opened() as service:
        _write(service, wanted, asked, chosen, output)


def _format(named: str | None, output: Path | None) -> FormatName:
    """The format asked for by its name, or by the ending of the file."""
    ending = "" if output is None else output.suffix.removeprefix(".").lower()
    chosen = named or (ending if ending in FORMATS else "csv")
    if named is None and ending not in ("", *FORMATS):
        raise typer.BadParameter(f"'.{ending}' is no ending of a format: give --format, any of {', '.join(FORMATS)}.")
    if output is None and chosen in ("xlsx", "parquet"):
        raise typer.BadParameter(f"{chosen} is not text: give --output FILE.")
    return chosen  # type: ignore[return-value]


def _write(service: Service, wanted: Wanted, asked: Asked, chosen: FormatName, output: Path | None) -> None:
    from services.outlets.exports import export_of
    from services.outlets.files import write_file
    from services.outlets.formats import FORMAT

    FORMAT[chosen].check()
    found = export_of(service.exporting, wanted, asked)
    pieces = FORMAT[chosen].write(found.columns, found.rows(), found.edition.recorded_at)
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    size = write_file(pieces, output)
    say(f"{output}: {size:,} bytes. {found.citation}")


def _write_package(service: Service, folder: Path, asked: Asked, as_of: date | None, known_on: date | None) -> None:
    from services.outlets.package import write_package

    written = write_package(service.exporting, folder, asked, as_of=as_of, known_on=known_on)
    say(f"{folder}: {len(written.files)} files. {written.citation}")
