"""A service upon an empty record of the test's own, with a clock that the test sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction
from services.intake.importing import Imported, import_files
from services.operations.wiring import Service, service

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def opened(database_url: str, clock: Clock) -> Iterator[Service]:
    with service(database_url, clock) as opened:
        yield opened


Importing = Callable[..., Imported]


@pytest.fixture
def importing(opened: Service, clock: Clock, tmp_path: Path) -> Importing:
    """Imports commands, written as JSON Lines; a list of commands is a file of its own."""
    folders = iter(range(1000))

    def importing(*files: list[AnyCommand], **options: Any) -> Imported:
        folder = tmp_path / str(next(folders))
        folder.mkdir()
        for number, commands in enumerate(files):
            lines = "".join(json.dumps(line(command)) + "\n" for command in commands)
            (folder / f"{number:03}.jsonl").write_text(lines, "utf-8")
        return import_files(opened.recording, [folder], recorded_by="ada", clock=clock, **options)

    return importing


def line(command: AnyCommand) -> dict[str, Any]:
    """A command as a line of JSON Lines."""
    match command:
        case RecordAct():
            told = {"act": _act(command) | ({"again": True} if command.again else {})}
        case CorrectAct():
            told = {"correct": command.replacement.act, "replacement": _act(command), "reason": command.reason}
        case RetractAct():
            told = {"retract": command.act, "reason": command.reason}
        case ReviewJurisdiction():
            told = {"review": command.reviewed_on}
    note = getattr(command, "note", None)
    by = {"recorded_by": command.recorded_by} if command.recorded_by is not None else {}
    moment = command.recorded_at
    at = {"recorded_at": moment.isoformat().replace("+00:00", "Z")} if moment is not None else {}
    return {"jurisdiction": "XA", **told, **({"note": note} if note is not None else {}), **by, **at}


def _act(command: RecordAct | CorrectAct) -> dict[str, Any]:
    actions = []
    for action in command.actions:
        told = msgspec.to_builtins(action)
        told["measure"] = action.measure.partition("/")[2]
        del told["act"], told["place"]
        actions.append(told)
    act = command.act if isinstance(command, RecordAct) else command.replacement
    return {**msgspec.to_builtins(act), "actions": actions}
