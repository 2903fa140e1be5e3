"""A file read by two processes says what one would say of it: the same commands, and problems each at its line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import pytest

from bench.generating import Line, many_measures, write
from services.intake import InvalidRecord, Reading, halves, read
from services.intake.jsonlines import LONGEST_LINE


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that were started; every file is large."""
    monkeypatch.setattr(halves, "LARGE", 1)
    found: list[subprocess.Popen[bytes]] = []

    class Noting(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noting)
    return found


def told(number: int) -> list[Line]:
    """Acts, some of two actions, with corrections, retractions and reviews among them."""
    lines = many_measures(number, seed=5)
    for line in lines[::7]:
        line["act"]["actions"].append({"measure": "another", "type": "noted"})
    replacement = {**lines[0]["act"], "title": "As it should have read"}
    code = lines[0]["jurisdiction"]
    correction = {"jurisdiction": code, "correct": replacement["act"], "reason": "typo", "replacement": replacement}
    retraction = {"jurisdiction": "NL", "retract": lines[1]["act"]["act"], "reason": "duplicate"}
    review = {"jurisdiction": "NL", "review": "2026-11-20", "note": "all of it"}
    return [*lines, correction, retraction, review, retraction, *many_measures(3, seed=6)]


def as_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """The same file, read by this process alone."""
    with monkeypatch.context() as patched:
        patched.setattr(halves, "LARGE", 1 << 40)
        return read([path])


@pytest.mark.parametrize("number", [2, 3, 60, 2500])
def test_the_commands_are_those_of_a_single_reading(
    number: int, tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(told(number), tmp_path / "acts.jsonl")
    found = read([path])
    assert len(started) == 1
    assert found == as_one(path, monkeypatch)
    assert len(found.commands) == number + 7


def test_every_line_may_be_the_middle_one(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte order mark, empty lines, no end of the last line, one line that is longer than all others."""
    acts = [json.dumps(line) for line in told(4)]
    for at in range(0, len(acts), 3):
        path = tmp_path / f"{at}.jsonl"
        lines = [*acts[:at], "", " " * 20_000, *acts[at:]]
        path.write_bytes(b"\xef\xbb\xbf" + "\n".join(lines).encode())
        assert read([path]) == as_one(path, monkeypatch)
    assert len(started) == 4


def test_the_problems_are_those_of_a_single_reading(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = told(300)
    for at in (*range(3, 60, 2), *range(200, 300)):
        lines[at]["act"]["announced_on"] = "2020-02-31"
    path = write(lines, tmp_path / "acts.jsonl")
    with pytest.raises(InvalidRecord) as found:
        read([path])
    with pytest.raises(InvalidRecord) as expected:
        as_one(path, monkeypatch)
    assert (found.value.problems, found.value.count) == (expected.value.problems, expected.value.count)
    assert (len(found.value.problems), found.value.count) == (100, 129)
    assert [each.line for each in found.value.problems[28:30]] == [60, 201]
    assert len(started) == 1


def test_a_half_whose_process_ends_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(told(40), tmp_path / "acts.jsonl")
    expected = read([path])
    monkeypatch.setattr(halves, "LARGE", 1)
    monkeypatch.setattr(halves, "sys", type("Elsewhere", (), {"executable": "/bin/false"}))
    assert read([path]) == expected


_ENDING = """
import os
from itertools import islice
from services.intake import halves

whole, message = halves._written, halves._message
halves._AT_ONCE = 700
halves._written = lambda found: islice(whole(found), {})
halves._message = lambda kind, told: os._exit(3) if kind == len(halves._KINDS) else message(kind, told)
halves.run()
"""
"""Ends after some messages, before it tells that this was all."""


@pytest.mark.parametrize("messages", [1, 2])
def test_what_a_process_read_before_it_ended_is_not_read_again(
    messages: int, tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(told(5000), tmp_path / "acts.jsonl")
    monkeypatch.setattr(halves, "PROGRAM", _ENDING.format(messages))
    assert read([path]) == as_one(path, monkeypatch)
    assert started[0].wait() == 3


def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_was(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = write(told(40), tmp_path / "acts.jsonl"), write(told(41), tmp_path / "other.jsonl")
    expected = as_one(path, monkeypatch)
    found = halves._middle

    def replacing(file: BinaryIO) -> tuple[int, int]:
        other.replace(path)
        return found(file)

    monkeypatch.setattr(halves, "_middle", replacing)
    assert read([path]) == expected
    assert [process.poll() for process in started] == [1]


def test_without_a_folder_for_temporary_files_all_is_read_here(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(told(40), tmp_path / "acts.jsonl")
    monkeypatch.setattr(halves, "TemporaryFile", nowhere)
    assert read([path]) == as_one(path, monkeypatch)
    assert started == []


def nowhere() -> None:
    """As a temporary file ends where there is no folder for one."""
    raise FileNotFoundError("No usable temporary directory found")


def test_what_has_no_second_line_is_read_here_and_held_no_more_of_than_a_line_may_have(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    path = tmp_path / "zeros.jsonl"
    with path.open("wb") as file:
        file.truncate(3 * LONGEST_LINE)
    with pytest.raises(InvalidRecord) as found:
        read([path])
    assert [each.sentence for each in found.value.problems] == [
        f"the line is longer than {LONGEST_LINE} bytes: split it into several acts"
    ]
    assert started == []


def test_nobody_is_told_that_whoever_asked_has_ended(tmp_path: Path) -> None:
    path = write(told(2500), tmp_path / "acts.jsonl")
    with TemporaryFile() as file, path.open("rb") as which:
        command = [sys.executable, "-c", halves.PROGRAM, str(file.fileno())]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=[file.fileno()], text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            process.stdin.write(json.dumps([str(path), halves._which(which), "acts.jsonl", 0, 0]) + "\n")
            process.stdin.close()
            assert process.stderr.read() == ""


def test_a_reading_that_is_left_leaves_no_process(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    path = write(told(2500), tmp_path / "acts.jsonl")
    reading = halves.commands(path, "acts.jsonl", halves.Problems())
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert started[0].poll() is not None
