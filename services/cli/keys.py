"""The commands of API keys. There is no other way to make one: whoever has the shell is the administrator."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import options
from services.cli.keeping import INSUFFICIENT_PRIVILEGE, OwnerNeeded
from services.cli.opening import opened, say

if TYPE_CHECKING:
    from services.access.keys import Keys

ROLES = ("reader", "recorder", "reviewer", "admin")

keys = typer.Typer(
    help="Make, list and revoke the keys of the API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@keys.command()
def make(
    name: Annotated[
        str, typer.Option(metavar="PSEUDONYM", help="Who records with it: a pseudonym, for the log never forgets.")
    ],
    role: Annotated[
        str,
        typer.Option(metavar="ROLE", parser=options.one_of(ROLES), help=f"One of {', '.join(ROLES)}."),
    ],
    expires_on: Annotated[
        date | None,
        typer.Option(metavar="DAY", parser=options.day, help="The last day (UTC) on which it is taken. Default: none."),
    ] = None,
) -> None:
    """Make a key and print it: this once, for only its hash is kept."""
    from services.access import roles

    with _keys() as known:
        made = known.make(name, roles.ROLES[role], expires_on)
    until = "until it is revoked" if expires_on is None else f"through {expires_on} (UTC)"
    say(f"Key {made.key.id} of {name}, {role}, taken {until}. Keep it now: it is not shown again.")
    print(made.token)


@keys.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="Print the keys as JSON.")] = False,
) -> None:
    """Show every key that was ever made, without its text."""
    from projections.answers import encode
    from services.access.keys import KeyList, Keys
    from services.cli.page import Page
    from services.wording import moment

    with opened() as service:
        known = Keys(service.pool, service.clock).all()
        now = service.clock()
    if json:
        sys.stdout.buffer.write(encode(KeyList(known)) + b"\n")
        sys.stdout.buffer.flush()
        return
    if not known:
        print("There are no keys.")
        return
    rows = [
        [
            key.id,
            key.name,
            key.role,
            moment(key.made_at),
            "" if key.expires_on is None else str(key.expires_on),
            f"revoked {moment(key.revoked_at)}" if key.revoked_at else "taken" if key.is_good(now) else "expired",
        ]
        for key in known
    ]
    Page().table(("id", "name", "role", "made at", "last day", "state"), rows)


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The id of the key, as the list shows it.")],
) -> None:
    """Take a key back: it is refused from the next request on."""
    from services.wording import moment

    with _keys() as known:
        revoked = known.revoke(key)
    assert revoked.revoked_at is not None
    print(f"Key {revoked.id} of {revoked.name} is revoked since {moment(revoked.revoked_at)}.")


@contextmanager
def _keys() -> Iterator[Keys]:
    """The keys, to be changed. Raises OwnerNeeded."""
    from services.access.keys import Keys

    with opened() as service:
        try:
            yield Keys(service.pool, service.clock)
        except Exception as error:
            if getattr(error, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
                raise
            raise OwnerNeeded(
                "Keys are made and revoked by the owner of the tables, not by the application: run this with "
                "DATELINE_DATABASE_URL naming the role that owns them."
            ) from None
