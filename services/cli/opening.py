"""Opening the service for one command: settings, database, service, in that order, and closed in the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events.seen import Seen
    from services.operations.settings import Settings
    from services.operations.wiring import Service


def say(sentence: str) -> None:
    """Tells what takes long, beside the answer: on standard error."""
    print(sentence, file=sys.stderr, flush=True)


def settings() -> Settings:
    """The settings of the environment. Raises SettingRefused."""
    from services.operations.settings import read_settings

    return read_settings()


@contextmanager
def opened(known: Settings | None = None, seen: Seen | None = None) -> Iterator[Service]:
    """The service upon the database of the settings, as long as the block lasts; `seen` is shared with its like."""
    from services.operations import wiring

    known = settings() if known is None else known
    with (
        wiring.database(known, say=say) as url,
        wiring.service(
            url,
            admission=known.admission,
            licence=known.data_licence,
            may_record=wiring.room(known),
            seen=seen,
            memory=known.memory_bytes,
        ) as service,
    ):
        yield service


@contextmanager
def kept_open(known: Settings) -> Iterator[None]:
    """The database of the settings, up to date and running as long as the block lasts, for others to use."""
    from services.operations import wiring

    with wiring.database(known, say=say):
        yield
