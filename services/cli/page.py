"""The page that answers are written on: wrapped and styled on a terminal, plain unbroken lines everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Part = str | tuple[str, str]
"""Some text, or some text with a rich style. Nothing in it is read as markup."""

HANGING = 2
"""How much further the second line of what is wrapped stands in."""

_UNSEEN = {
    **dict.fromkeys([*range(32), *range(127, 160)], " "),  # escape codes of a recorded title stay harmless
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], ""),  # and so does text that turns around
}


def clean(text: str) -> str:
    """The text on one line, without the characters that would steer a terminal."""
    return text.translate(_UNSEEN)


class Page:
    """
    Writes an answer to standard output.

    On a terminal lines are wrapped under their indent; elsewhere nothing is wrapped, cut or coloured, so that lines
    can be searched and counted. NO_COLOR is heard.
    """

    def __init__(self, console: Console | None = None) -> None:
        if console is None and sys.stdout.isatty():
            console = Console(highlight=False, markup=False, emoji=False)
        self._console = console

    def heading(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """What was asked, and under which times."""
        if self._console is None:
            print(clean(title))
            width = max((len(name) for name, _ in facts), default=0)
            for name, value in facts:
                print(f"  {name.ljust(width)}  {clean(value)}")
            print()
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in facts:
            grid.add_row(name, Text(clean(value)))
        self._console.print(Panel(grid, title=Text(clean(title), style="bold"), title_align="left", expand=False))

    def section(self, title: str) -> None:
        """A heading within the page, after an empty line."""
        self.gap()
        self.write((title, "bold underline"))

    def write(self, *parts: Part, indent: int = 0) -> None:
        """A line."""
        if self._console is None:
            print(" " * indent + clean("".join(part if isinstance(part, str) else part[0] for part in parts)))
            return
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(clean(words), style=style)
        width = max(self._console.width - indent - HANGING, 20)
        for number, line in enumerate(text.wrap(self._console, width)):
            line.rstrip()
            self._console.print(Text(" " * (indent + HANGING * (number > 0))) + line, soft_wrap=True)

    def gap(self) -> None:
        """An empty line."""
        self.write("")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under their columns; a cell that is too wide for the terminal is folded, never cut."""
        cells = [[clean(cell) for cell in row] for row in rows]
        if self._console is None:
            widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
            for row in (columns, *cells):
                print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            return
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)
