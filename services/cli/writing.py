"""The commands that write single acts, corrections, retractions and reviews, and undo batches: the API's writes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from msgspec import convert

from events.vocabulary import MEASURE, VERIFICATIONS, RetractionReason, is_slug
from services.cli import options
from services.cli.keeping import pseudonym
from services.cli.opening import opened, settings

if TYPE_CHECKING:
    from events.commands import AnyCommand
    from projections.answers import Preview, Written
    from services.operations.wiring import Service


def act_slug(text: str) -> str:
    """The slug of an act."""
    if not is_slug(text):
        raise typer.BadParameter(f"'{text}' does not name an act: write its slug, as in us-eo-13873.")
    return text


def rested(text: str) -> tuple[str, int]:
    """`US/eo-13873=3`: the revision of a measure that a write rests on."""
    import re

    measure, _, revision = text.partition("=")
    if not re.fullmatch(MEASURE, measure):
        raise typer.BadParameter(f"'{text}' is not a revision of a measure: write it as US/eo-13873=3.")
    return measure, options.place(revision)


Act = Annotated[str, typer.Argument(metavar="ACT", parser=act_slug, help="The slug of an act on record.")]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The body of the API's request (.json), a file as for import, or - for standard input."
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        metavar="REASON",
        parser=options.one_of(get_args(RetractionReason)),
        help=f"Any of {options.listed(get_args(RetractionReason))}.",
    ),
]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="One line, kept in the log.")]
Expected = Annotated[
    list[str],
    typer.Option(
        metavar="MEASURE=REVISION",
        help="Record only if the measure is at this revision, as in US/eo-13873=3; may repeat.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show each measure before and after, record nothing.")]
RecordedBy = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A pseudonym of who records. Default: DATELINE_RECORDED_BY, or operator."),
]


def record(
    file: File,
    expected: Expected = [],  # noqa: B006
    dry_run: DryRun = False,
    recorded_by: RecordedBy = None,
    json: options.Json = False,
) -> None:
    """Record one act, or up to a thousand, in one transaction: all of it, or nothing."""
    from services.intake.single import acts_in

    asked = acts_in(file)
    _write(asked.commands, {**asked.expected, **_revisions(expected)}, dry_run, recorded_by, json)


def correct(
    act: Act,
    file: File,
    expected: Expected = [],  # noqa: B006
    dry_run: DryRun = False,
    recorded_by: RecordedBy = None,
    json: options.Json = False,
) -> None:
    """Say how an act should have read, whole, and why. What was recorded stays in the log."""
    from services.intake.single import correction_in

    asked = correction_in(file, act)
    _write(asked.commands, {**asked.expected, **_revisions(expected)}, dry_run, recorded_by, json)


def retract(
    act: Act,
    reason: Reason,
    note: Note = None,
    expected: Expected = [],  # noqa: B006
    dry_run: DryRun = False,
    recorded_by: RecordedBy = None,
    json: options.Json = False,
) -> None:
    """Say that an act should never have been recorded, and why. What was recorded stays in the log."""
    from events.commands import RetractAct

    command = RetractAct(act=act, reason=convert(reason, RetractionReason), note=_line(note))
    _write([command], _revisions(expected), dry_run, recorded_by, json)


def verify(
    act: Act,
    level: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            parser=options.one_of(VERIFICATIONS),
            help=f"On what it rests: {options.listed(VERIFICATIONS)}, the strongest first.",
        ),
    ],
    note: Note = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where it was read, http or https.")] = None,
    expected: Expected = [],  # noqa: B006
    dry_run: DryRun = False,
    recorded_by: RecordedBy = None,
    json: options.Json = False,
) -> None:
    """Say on what an act rests, having held it against its sources: not for who recorded it, or corrected it last."""
    from services.intake.bodies import verification

    recorder = _recorder(recorded_by)
    command = verification(act, {"level": level, "note": note, "url": url}, recorder)
    _write([command], _revisions(expected), dry_run, recorder, json)


def review(
    country: options.Country,
    on: Annotated[
        date, typer.Option(metavar="DAY", parser=options.day, help="The day on which it was looked through.")
    ],
    note: Note = None,
    expected: Expected = [],  # noqa: B006
    dry_run: DryRun = False,
    recorded_by: RecordedBy = None,
    json: options.Json = False,
) -> None:
    """Say that a jurisdiction was looked through on a day and nothing new was found."""
    from events.commands import ReviewJurisdiction

    command = ReviewJurisdiction(jurisdiction=country, reviewed_on=on.isoformat(), note=_line(note))
    _write([command], _revisions(expected), dry_run, recorded_by, json)


def undo(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="As an import or a write names it when it is done.")],
    reason: Reason,
    note: Note = None,
    expected: Expected = [],  # noqa: B006
    dry_run: DryRun = False,
    recorded_by: RecordedBy = None,
    json: options.Json = False,
) -> None:
    """Bring every act of an import or a write back to where it stood before: all of them, or nothing."""
    from projections.undoing import Why

    why, revisions = Why(convert(reason, RetractionReason), _line(note)), _revisions(expected)

    def write(service: Service, recorder: str) -> Written | Preview:
        if dry_run:
            return service.recording.preview_undo(batch, why, on=service.clock().date(), expected=revisions)
        return service.recording.undo(batch, why, recorded_by=recorder, expected=revisions)

    _done(write, recorded_by, json)


WRITES = (record, correct, retract, verify, review, undo)


def _write(
    commands: Sequence[AnyCommand], expected: dict[str, int], dry_run: bool, recorded_by: str | None, json: bool
) -> None:
    def write(service: Service, recorder: str) -> Written | Preview:
        if dry_run:
            return service.recording.preview(commands, on=service.clock().date(), expected=expected)
        return service.recording.write(commands, recorded_by=recorder, expected=expected)

    _done(write, recorded_by, json)


def _done(write: Callable[[Service, str], Written | Preview], recorded_by: str | None, json: bool) -> None:
    from services.cli.rendering.writes import show_write

    recorder = _recorder(recorded_by)
    with opened() as service:
        answer = write(service, recorder)
    if json:
        from projections.answers import encode

        sys.stdout.buffer.write(encode(answer) + b"\n")
        sys.stdout.buffer.flush()
        return
    from services.cli.page import Page

    show_write(Page(), answer)


def _recorder(given: str | None) -> str:
    """The pseudonym of who records. Raises RecorderMisnamed."""
    return settings().recorded_by if given is None else pseudonym(given)


def _revisions(expected: Sequence[str]) -> dict[str, int]:
    return dict(rested(each) for each in expected)


def _line(note: str | None) -> str | None:
    """The note as a body would have it. Raises InvalidBody."""
    from services.intake.bodies import note as checked

    return checked(note)
