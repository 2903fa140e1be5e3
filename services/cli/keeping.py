"""The commands that keep the record: importing files, making the read model anew, bringing tables up to date."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from events.errors import Refusal
from services.cli import options
from services.cli.opening import opened, say, settings

INSUFFICIENT_PRIVILEGE = "42501"

SOURCES = ("federal-register", "panel", "screening-list")
"""The names of services.intake.sources, which is imported when it is needed."""


class RecorderMisnamed(Refusal):
    """Who records is told by a pseudonym: the log never forgets."""

    type = "recorder-misnamed"


class OwnerNeeded(Refusal):
    """Tables are changed by their owner alone."""

    type = "owner-needed"


def _source_name(text: str) -> str:
    if text not in SOURCES:
        raise typer.BadParameter(f"'{text}' is no source that is known: write one of {', '.join(SOURCES)}.")
    return text


def import_(
    paths: options.Paths,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and judge everything, say what it would come to, record nothing.")
    ] = False,
    replay: Annotated[
        bool,
        typer.Option("--replay", help="Keep recorded_at and recorded_by as the lines (.jsonl) say, in their order."),
    ] = False,
    log: Annotated[
        bool,
        typer.Option(
            "--log", help="Bring back a whole log, as 'export log --format jsonl' wrote it, into an empty database."
        ),
    ] = False,
    recorded_by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A pseudonym of who records. Default: DATELINE_RECORDED_BY, or operator."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what it came to as JSON.")] = False,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME",
            parser=_source_name,
            help=f"The files are of another source: {', '.join(SOURCES)}.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --from: a YAML file that says what the source does not.")
    ] = None,
    published: Annotated[
        list[datetime],
        typer.Option(metavar="MOMENT", parser=options.moment, help="With --from: when each file was published (UTC)."),
    ] = [],  # noqa: B006
    removes_at_most: Annotated[
        int,
        typer.Option(
            metavar="PERCENT",
            parser=options.number_within(0, 100),
            help="With --from: how much of what stands a newer file may leave out.",
        ),
    ] = 10,
    review: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --from: write what would be recorded (.jsonl), and record nothing."),
    ] = None,
) -> None:
    """Record files and folders: all of it is right and lawful, or nothing is recorded. Repeats change nothing."""
    from projections.answers import encode
    from services.cli.importing import import_mapped, import_shown, mapped_shown, outcome, write_review
    from services.intake.sources import Asked

    if source is None and (mapping is not None or published or review is not None):
        raise typer.BadParameter("--mapping, --published and --review go with --from, which names the source.")

    if log:
        if len(paths) != 1 or replay or recorded_by is not None or source is not None:
            raise typer.BadParameter("--log brings back one file, as it was recorded: give it alone.")
        _bring_back(paths[0], dry_run, json)
        return
    known = settings()
    recorder = known.recorded_by if recorded_by is None else pseudonym(recorded_by)
    with opened(known) as service:
        if source is None:
            imported = import_shown(service, paths, recorded_by=recorder, replay=replay, dry_run=dry_run)
        else:
            asked = Asked(
                files=tuple(paths),
                mapping=mapping,
                published=tuple(published),
                removes_at_most=removes_at_most,
                replay=replay,
            )
            found = mapped_shown(service, source, asked)
            if review is not None:
                print(write_review(found, asked, review))
                return
            imported = import_mapped(service, found, asked, recorded_by=recorder, dry_run=dry_run)
    if json:
        sys.stdout.buffer.write(encode(imported) + b"\n")
        sys.stdout.buffer.flush()
    else:
        print(outcome(imported))


def _bring_back(path: Path, dry_run: bool, json: bool) -> None:
    from projections.answers import encode
    from services.cli.importing import progress_bar
    from services.intake.log import replay_log
    from services.wording import count

    with opened() as service, progress_bar("Bringing back") as progress:
        replayed = replay_log(
            service.recording, service.log, path, clock=service.clock, dry_run=dry_run, progress=progress
        )
    if json:
        sys.stdout.buffer.write(encode(replayed) + b"\n")
        sys.stdout.buffer.flush()
        return
    read = f"Read a log of {count(replayed.events, 'event')}"
    if dry_run:
        print(f"{read}: {replayed.recorded} would be recorded. Nothing was recorded (dry run).")
    elif not replayed.recorded:
        print(f"{read}: all of it was on record already, nothing new was recorded.")
    else:
        print(f"{read}: recorded {replayed.recorded}, as they were.")


def rebuild() -> None:
    """
    Make the tables of the read model anew from the log, beside the live ones, and put them in their place.

    Broken off, it goes on where it was when it is run again.
    """
    from projections.rebuild import rebuild as rebuild_tables
    from services.cli.importing import progress_bar
    from services.operations.wiring import room
    from services.wording import count

    with opened() as service, progress_bar("Rebuilding") as progress:
        rebuilt = rebuild_tables(service.pool, service.log, progress=progress, may_write=room(settings()))
    went_on = ", going on where one was broken off" if rebuilt.resumed else ""
    print(f"Rebuilt{went_on} from {count(rebuilt.events, 'event')}: {count(rebuilt.measures, 'measure')}.")


def migrate() -> None:
    """Bring the tables of the database up to date. Needs the rights of their owner where anything is to be done."""
    from services.operations import wiring
    from services.operations.migrate import migrate_and_grant

    with wiring.database(settings(), say=say) as url:
        try:
            migrate_and_grant(url)
        except Exception as error:
            if getattr(error, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
                raise
            raise OwnerNeeded(
                "The tables are up to date for this application, but the role of DATELINE_DATABASE_URL may not change "
                "them or give rights to them: run this with the role that owns them."
            ) from None
    print("The tables are up to date.")


def pseudonym(text: str) -> str:
    """The name, if it is a pseudonym. Raises RecorderMisnamed."""
    from services.access.pseudonyms import PSEUDONYM_RULE, is_pseudonym

    if not is_pseudonym(text):
        raise RecorderMisnamed(f"--recorded-by '{text}' is not a pseudonym: {PSEUDONYM_RULE}", recorded_by=text)
    return text
