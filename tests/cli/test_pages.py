"""Pages: wrapped on a terminal and never cut, harmless whatever was recorded."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from services.cli.page import Page


def on_a_terminal(width: int, **how: object) -> tuple[Page, io.StringIO]:
    written = io.StringIO()
    return Page(Console(file=written, width=width, force_terminal=True, **how)), written  # type: ignore[arg-type]


def test_a_long_line_is_wrapped_under_its_indent() -> None:
    page, written = on_a_terminal(30, no_color=True)
    page.write("one two three four five six seven eight", indent=4)
    assert written.getvalue() == "    one two three four five\n      six seven eight\n"


def test_a_narrow_table_folds_its_cells_and_loses_nothing() -> None:
    page, written = on_a_terminal(40)
    page.table(["Code", "What"], [["NL", "abcdefghij" * 10]])
    assert "".join(written.getvalue().split()).count("abcdefghij") > 5
    assert "…" not in written.getvalue()


def test_colours_are_left_out_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    page, written = on_a_terminal(40)
    page.write(("in force", "red"))
    assert "\x1b[31m" not in written.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_recorded_escape_codes_do_not_reach_the_terminal(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    page, written = on_a_terminal(40) if terminal else (Page(), io.StringIO())
    page.write("a\x1b[31mb\u202ec\nd", indent=2)
    page.table(["T"], [["a\x1b]0;x\x07"]])
    page.heading("t\x1b[2J", [("n", "v\r")])
    text = written.getvalue() + capsys.readouterr().out
    assert "\x1b[31mb" not in text
    assert "\x1b]0" not in text
    assert "\x1b[2J" not in text
    assert "\u202e" not in text


def test_brackets_of_an_open_date_are_not_read_as_markup() -> None:
    page, written = on_a_terminal(60, no_color=True)
    page.write("due [2019-10-11..2019-10-20] [bold]")
    assert written.getvalue() == "due [2019-10-11..2019-10-20] [bold]\n"
