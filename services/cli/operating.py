"""The commands that operate a deployment: backing up and restoring, checking it, upgrading its data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.opening import say, settings
from services.wording import count, moment

if TYPE_CHECKING:
    from services.operations.backup import Description

To = Annotated[Path, typer.Argument(metavar="TO", help="A new or empty directory, best on another disk.")]
FromFolder = Annotated[Path, typer.Argument(metavar="FROM", help="The directory that 'dateline backup' made.")]


def backup(
    to: To,
    check: Annotated[
        bool, typer.Option("--check", help="Take none: verify the one that is in the directory, file by file.")
    ] = False,
) -> None:
    """Back up the whole database while it is used, and verify the backup. Whole, or not at all."""
    from services.operations import backup as backing_up
    from services.operations import restore as restoring
    from services.operations.wiring import present, while_it_answers

    if check:
        description = restoring.check(to, say)
        print(f"{to} is whole: {_described(description)}.")
        return
    known = settings()
    if known.database_url is None:
        made = backing_up.back_up_embedded(known.data_dir, to, present, say)
    else:
        with while_it_answers():
            made = backing_up.back_up_server(known.database_url, to, present, say)
    print(f"{made.folder} is made and verified, {made.size / 1_000_000:.0f} MB: {_described(made.description)}.")
    if made.description.kind == "embedded":
        held = "the keys of the API as hashes, and the password of the database"
    else:
        held = "the keys of the API and the passwords of the roles, as hashes"
    print(f"It holds {held}: keep it as you keep the data.")


def restore(from_: FromFolder) -> None:
    """Restore a backup into DATELINE_DATA_DIR, which must be new or empty, and compare its log with the backup's."""
    from services.operations import restore as restoring

    known = settings()
    if known.database_url is not None:
        raise restoring.RestoreRefused(
            "A backup is restored into a data directory, and DATELINE_DATABASE_URL is set: unset it to restore into "
            "DATELINE_DATA_DIR. The backup of a server is restored on the machine of the server, as docs/operations.md "
            "says."
        )
    restored = restoring.restore(from_, known.data_dir, say)
    log = restored.description.log
    more = restored.head - log.position
    print(f"Restored into {restored.data_dir}: {_described(restored.description)}.")
    print(f"The log is the same up to position {log.position}: sha256 {log.sha256}.")
    if more:
        print(f"{count(more, 'more event')} came while the backup was taken; the head is {restored.head}.")


def upgrade() -> None:
    """Bring an embedded database of an older PostgreSQL to the present one. The old one is kept beside it."""
    from services.operations import upgrade as upgrading

    known = settings()
    if known.database_url is not None:
        raise upgrading.UpgradeRefused(
            "The server of DATELINE_DATABASE_URL is upgraded with its own means (pg_upgrade). Unset the variable to "
            "upgrade the embedded database of DATELINE_DATA_DIR."
        )
    done = upgrading.upgrade(known.data_dir, say)
    if done is None:
        print("The database is of the present PostgreSQL: there is nothing to do.")
        return
    same = f"the log is the same up to position {done.log.position}"
    print(f"Upgraded from PostgreSQL {done.before} to {done.after}: {same}.")
    print(f"The old database is kept in {done.kept}: delete it when you have seen that all is well.")


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check this deployment: what is well, what to look at, what has failed and what to do. 1 where anything failed."""
    from projections.answers import encode
    from services.cli.page import Page
    from services.operations.doctor import diagnose_embedded, diagnose_server
    from services.operations.wiring import present

    known = settings()
    if known.database_url is None:
        diagnosis = diagnose_embedded(known.data_dir, present, say)
    else:
        diagnosis = diagnose_server(known.database_url, present)
    if json:
        sys.stdout.buffer.write(encode(diagnosis) + b"\n")
        sys.stdout.buffer.flush()
    else:
        page = Page()
        rows = [[each.check, each.state, each.found] for each in diagnosis.findings]
        page.table(("check", "state", "found"), rows)
        advice = [each for each in diagnosis.findings if each.what_to_do is not None]
        if advice:
            page.section("What to do")
            for each in advice:
                page.write(f"{each.check}: {each.what_to_do}", indent=2)
    if not diagnosis.healthy:
        raise typer.Exit(1)


def _described(description: Description) -> str:
    of = "the embedded PostgreSQL" if description.kind == "embedded" else "a PostgreSQL"
    return f"{of} {description.postgres} of {moment(description.made_at)}, log to position {description.log.position}"
