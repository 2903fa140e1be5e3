"""Files and folders as commands, in recording order: all of them right, or none recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from events.commands import AnyCommand
from services.intake import documents, halves, jsonlines
from services.intake.plain import printable
from services.intake.problems import Problem, Problems

YAML = (".yaml", ".yml")
JSON_LINES = (".jsonl", ".ndjson")
NAMED_ONLY = (".json",)
"""Read as JSON Lines if named itself; in a folder such a file may be anything, and is left alone."""


class Reading(Struct, frozen=True):
    """What files ask to be recorded, in the order of recording, and the files that were read."""

    commands: list[AnyCommand]
    files: tuple[str, ...]


def read(paths: Sequence[Path], *, replay: bool = False) -> Reading:
    """
    Reads files and folders, whole. Raises InvalidRecord with every problem of every file if there is any.

    A folder stands for its YAML and JSON Lines files in the order of their names, not for folders within it; all else
    in it is left alone. Files are read in the order given, and one named twice is read once. Whether the commands are
    lawful upon the record is not judged here. In a `replay`, every file is JSON Lines whose every line says when it
    was recorded.
    """
    problems = Problems()
    found = _files(paths, problems)
    commands: list[AnyCommand] = []
    for command in _commands(found, problems, replay):
        if problems.count:
            commands.clear()
        else:
            commands.append(command)
    problems.refuse()
    return Reading(commands, tuple(_name(path) for path in found))


def stream(paths: Sequence[Path], *, replay: bool = False) -> Iterator[AnyCommand]:
    """
    The same commands one by one, without holding them; YAML files are held one at a time, JSON Lines line by line.

    Raises InvalidRecord at the end, with every problem: until then nothing that came out of it may be kept.
    """
    problems = Problems()
    yield from _commands(_files(paths, problems), problems, replay)
    problems.refuse()


def _files(paths: Sequence[Path], problems: Problems) -> list[Path]:
    found: dict[Path, Path] = {}
    if not paths:
        problems.add(Problem("", None, "", "no file is named: name files or folders to read"))
    for path in paths:
        for file in _files_at(Path(path), problems):
            try:
                found.setdefault(file.resolve(), file)
            except (OSError, RuntimeError, ValueError):
                found.setdefault(file, file)
    return list(found.values())


def _files_at(path: Path, problems: Problems) -> list[Path]:
    def trouble(sentence: str) -> list[Path]:
        problems.add(Problem(_name(path), None, "", sentence))
        return []

    try:
        if path.is_dir():
            inside = [each for each in path.iterdir() if not each.name.startswith(".")]
            files = [each for each in inside if each.suffix.lower() in (*YAML, *JSON_LINES) and each.is_file()]
            files.sort(key=lambda each: each.name)
            wanted = ", ".join((*YAML, *JSON_LINES))
            return files or trouble(f"the folder holds no file to read: their names end in {wanted}")
        if not path.exists():
            return trouble("there is no such file or folder: look at the path")
        if not path.is_file():
            return trouble("this is neither a file nor a folder: name one of them")
    except (OSError, ValueError) as error:
        return trouble(f"it cannot be read: {_reason(error)}")
    if path.suffix.lower() not in (*YAML, *JSON_LINES, *NAMED_ONLY):
        wanted = ", ".join((*YAML, *JSON_LINES))
        return trouble(f"it is not known what this file holds: give it a name that ends in {wanted}")
    return [path]


def _commands(files: Sequence[Path], problems: Problems, replay: bool) -> Iterator[AnyCommand]:
    moments = jsonlines.Replay() if replay else None
    for path in files:
        name = _name(path)
        try:
            if path.suffix.lower() not in YAML and not replay and path.stat().st_size >= halves.LARGE:
                yield from halves.commands(path, name, problems)
            elif path.suffix.lower() not in YAML:
                with path.open("rb") as lines:
                    yield from jsonlines.commands(lines, name, problems, moments)
            elif replay:
                sentence = "a replay is read from JSON Lines, where every line says recorded_at: convert the file"
                problems.add(Problem(name, None, "", sentence))
            elif (text := _text(path, name, problems)) is not None:
                yield from documents.commands(text, name, problems)
        except OSError as error:
            problems.add(Problem(name, None, "", f"it cannot be read: {_reason(error)}"))


def _text(path: Path, name: str, problems: Problems) -> str | None:
    with path.open("rb") as stream:
        raw = stream.read(documents.LARGEST + 1)
    if len(raw) > documents.LARGEST:
        sentence = f"the file is larger than {documents.LARGEST // 2**20} MiB: split it, or write JSON Lines"
        problems.add(Problem(name, None, "", sentence))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sentence = f"byte {error.start + 1} of the file is not UTF-8: save the file as UTF-8"
        problems.add(Problem(name, raw.count(b"\n", 0, error.start) + 1, "", sentence))
        return None


def _name(path: Path) -> str:
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"), 4_096)


def _reason(error: Exception) -> str:
    return printable((error.strerror or str(error)) if isinstance(error, OSError) else str(error), 200)
