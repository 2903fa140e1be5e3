"""A file that holds one write: the body of a request as JSON, or acts or one correction in the form of an import."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from events.commands import AnyCommand, CorrectAct, RecordAct
from services.intake import bodies, jsonlines
from services.intake.bodies import MOST_ACTS, Asked, InvalidBody
from services.intake.documents import LARGEST
from services.intake.files import JSON_LINES, YAML, read
from services.intake.plain import field, printable
from services.intake.problems import Finding, InvalidRecord, Problem, Problems
from services.intake.yamltext import Unreadable, load

STANDARD_INPUT = "-"


def acts_in(path: Path) -> Asked:
    """Up to a thousand acts; `-` is standard input. Raises InvalidRecord with every problem at its place."""
    asked = _asked(path, bodies.acts)
    other = next((each for each in asked.commands if not isinstance(each, RecordAct)), None)
    if other is not None:
        raise _refused(path, "holds what is no act: it is recorded by another command, or by an import", other)
    if not asked.commands:
        raise _refused(path, "holds no act")
    if len(asked.commands) > MOST_ACTS:
        raise _refused(path, f"holds {len(asked.commands)} acts: {MOST_ACTS} are the most at once; import them")
    return asked


def correction_in(path: Path, act: str) -> Asked:
    """The correction of an act, and nothing else. Raises InvalidRecord."""
    asked = _asked(path, lambda raw: bodies.correction_of(act, raw))
    first = asked.commands[0] if asked.commands else None
    if not isinstance(first, CorrectAct) or len(asked.commands) > 1:
        raise _refused(path, "holds something else than one correction: several are recorded by an import", first)
    if first.replacement.act != act:
        raise _refused(path, f"corrects act {first.replacement.act}, not {act}: name that act, or mend the file", first)
    return asked


def _asked(path: Path, of_body: Callable[[bytes], Asked]) -> Asked:
    if str(path) != STANDARD_INPUT and path.suffix.lower() in (*YAML, *JSON_LINES):
        return Asked(read([path]).commands, {})
    raw = _raw(path)
    if not _is_body(raw):
        return Asked(_lines(raw, _name(path)), {})
    try:
        asked = of_body(raw)
    except InvalidBody as refusal:
        problems = [_placed(path, raw, each) for each in refusal.findings]
        raise InvalidRecord(tuple(problems), len(problems)) from None
    return asked


def _raw(path: Path) -> bytes:
    try:
        if str(path) == STANDARD_INPUT:
            raw = sys.stdin.buffer.read(LARGEST + 1)
        elif path.suffix.lower() != ".json":
            raise _refused(path, "is of an unknown kind: give it a name that ends in .json, .yaml, .yml, .jsonl")
        else:
            with path.open("rb") as stream:
                raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise _refused(path, f"it cannot be read: {printable(error.strerror or str(error), 200)}") from None
    if len(raw) > LARGEST:
        raise _refused(path, f"is larger than {LARGEST // 2**20} MiB: import it as JSON Lines")
    return raw.removeprefix(b"\xef\xbb\xbf")


def _is_body(raw: bytes) -> bool:
    """Whether this is one JSON text, and not lines of them; also where it is neither."""
    text = raw.decode("utf-8", "replace").strip()
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return True
    return end == len(text) and not (isinstance(value, dict) and {"correct", "retract", "review"} & value.keys())


def _lines(raw: bytes, name: str) -> list[AnyCommand]:
    problems = Problems()
    commands = list(jsonlines.commands(BytesIO(raw), name, problems, None))
    problems.refuse()
    return commands


def _placed(path: Path, raw: bytes, finding: Finding) -> Problem:
    return Problem(_name(path), _line(raw.decode("utf-8", "replace"), finding), field(finding.path), finding.sentence)


def _line(text: str, finding: Finding) -> int | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        return None
    try:
        return load(text).line(finding.path, of_name=finding.of_name)
    except Unreadable:  # JSON that is no YAML
        return None


def _refused(path: Path, sentence: str, command: AnyCommand | None = None) -> InvalidRecord:
    origin = command.origin if command is not None and command.origin is not None else ""
    line = origin.rpartition(", line ")[2]
    return InvalidRecord((Problem(_name(path), int(line) if line.isdecimal() else None, "", sentence),), 1)


def _name(path: Path) -> str:
    return "standard input" if str(path) == STANDARD_INPUT else printable(str(path), 4_096)
