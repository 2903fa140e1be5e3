"""JSON Lines as commands, one object a line: for bulk, for streams, and for the replay of another register's record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, NoReturn

from events.commands import AnyCommand, CorrectAct, RecordAct, RetractAct, ReviewJurisdiction
from services.intake import fields
from services.intake.acts import RETRACTION, REVIEW, act, correction, same_act
from services.intake.jsontext import parsed
from services.intake.ordinary import ordinary_act
from services.intake.plain import field, shown
from services.intake.problems import Finding, Problem, Problems, Wrong, wrong

LONGEST_LINE = 4 * 1024 * 1024
"""How many bytes a line may have."""

_FORMS = {"act": "act", "correct": "correct", "retract": "retract", "review": "review", "reviewed_on": "review"}


class Replay:
    """The moments of a replay, over all its lines and files: they never run backwards."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def follow(self, moment: datetime) -> None:
        """Goes on to the moment of the next line. Raises Wrong if it is before the one reached."""
        if self._last is not None and moment < self._last:
            last = self._last.isoformat().replace("+00:00", "Z")
            sentence = (
                f"runs backwards: the line before was recorded at {last}; put the lines in the order of recording"
            )
            raise Wrong([Finding(("recorded_at",), sentence)])
        self._last = moment


def commands(
    stream: BinaryIO,
    file: str,
    problems: Problems,
    replay: Replay | None,
    *,
    after: int = 0,
    until: int | None = None,
) -> Iterator[AnyCommand]:
    """
    The commands of a file, line by line; problems are added to `problems`, and their lines left out.

    One line at a time is held. Without a `replay`, lines that say when or by whom they were recorded are problems. The
    stream may stand `after` some lines, and be read up to the end of a line only, `until` so many bytes.
    """
    some = after > 0 or until is not None
    for number, raw in _lines(stream, after, until):
        if raw is not None and (not raw or raw.isspace()):
            continue
        some = True
        try:
            if raw is None:
                raise wrong(f"the line is longer than {LONGEST_LINE} bytes: split it into several acts")
            origin = f"{file}, line {number}"
            act = ordinary_act(raw, origin) if replay is None else None
            yield command(parsed(raw, "line"), replay, origin) if act is None else act
        except Wrong as found:
            for each in found.findings:
                problems.add(Problem(file, number, field(each.path), each.sentence))
    if not some:
        problems.add(Problem(file, 1, "", "the file is empty: write one JSON object a line, or take it away"))


def _lines(stream: BinaryIO, number: int, until: int | None) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number; None for one that is too long."""
    while (until is None or until > 0) and (raw := stream.readline(LONGEST_LINE + 1)):
        number += 1
        if until is not None:
            until -= len(raw)
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                until = None if until is None else until - len(rest)
            until = None if until is None else until - len(rest)
            yield number, None
        else:
            yield number, raw


def command(line: object, replay: Replay | None, origin: str) -> AnyCommand:
    """The command that a line is. Raises Wrong."""
    if not isinstance(line, dict):
        raise wrong(f'is {shown(line)} and not an object: write {{"jurisdiction": …, "act": {{…}}}}')
    form = _form(line)
    clean = _line(fields.home_of(line), form, replay is not None)(line)
    if replay is not None:
        replay.follow(clean["recorded_at"])
    del clean["jurisdiction"]
    if form == "act":
        told = clean.pop("act")
        return RecordAct(act=told.act, actions=told.actions, again=told.again, origin=origin, **clean)
    if form == "correct":
        told = clean.pop("replacement")
        del clean["correct"]
        return CorrectAct(replacement=told.act, actions=told.actions, origin=origin, **clean)
    if form == "retract":
        return RetractAct(act=clean.pop("retract"), origin=origin, **clean)
    if "review" in clean:
        clean["reviewed_on"] = clean.pop("review")
    return ReviewJurisdiction(jurisdiction=line["jurisdiction"], origin=origin, **clean)


def _form(line: Mapping[str, object]) -> str:
    named = [name for name in _FORMS if name in line]
    if len(named) == 1:
        return _FORMS[named[0]]
    if not named:
        near = next((near for name in line if (near := fields.nearest(name, _FORMS))), "")
        raise wrong(f"says nothing to record{near}: write one of act, correct, retract, review")
    raise wrong(f"says {' and '.join(named)} at once: write one of them a line")


@lru_cache(maxsize=2048)
def _line(home: str | None, form: str, replay: bool) -> fields.Kind:
    kinds: dict[str, fields.Kind]
    required: tuple[str, ...]
    if form == "act":
        kinds, required = {"act": act(home)}, ("act",)
    elif form == "correct":
        kinds, required = {"correct": fields.slug, **correction(home)}, ("correct", "reason", "replacement")
    elif form == "retract":
        kinds, required = {"retract": fields.slug, **RETRACTION}, ("retract", "reason")
    else:
        kinds, required = {**REVIEW, "review": fields.day}, ()
    return fields.record(
        "a line",
        {"jurisdiction": fields.jurisdiction, **kinds, **(_RECORDED if replay else _NOT_RECORDED)},
        required=("jurisdiction", *required, *(("recorded_at",) if replay else ())),
        together=(lambda clean: same_act("correct", clean)) if form == "correct" else None,
    )


def _replay_only(value: object) -> NoReturn:
    raise wrong("is the record of another register: ask for a replay to keep it, or leave it out")


_RECORDED: dict[str, fields.Kind] = {"recorded_at": fields.moment, "recorded_by": fields.text(200)}
_NOT_RECORDED: dict[str, fields.Kind] = {"recorded_at": _replay_only, "recorded_by": _replay_only}
