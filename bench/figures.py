"""What was measured: collected, printed as a table, written as JSON."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Figure(NamedTuple):
    """One number, and what it is held against, if anything."""

    group: str
    what: str
    value: float
    at_most: float | None
    at_least: float | None

    @property
    def meets(self) -> bool | None:
        """Whether the number is on the right side of its bound; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:,g}"


class Figures:
    """The figures of one run, in the order of measuring."""

    def __init__(self) -> None:
        self.all: list[Figure] = []

    def add(
        self, group: str, what: str, value: float, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """Keeps a figure."""
        self.all.append(Figure(group, what, value, at_most, at_least))

    def show(self, console: Console) -> None:
        """Prints the table."""
        table = Table(title="Dateline, measured in one run", title_justify="left")
        for heading, justify in (("", "left"), ("measured", "left"), ("value", "right"), ("wanted", "left")):
            table.add_column(heading, justify=justify)  # type: ignore[arg-type]
        last = None
        for figure in self.all:
            if last is not None and figure.group != last:
                table.add_section()
            verdict = {None: "", True: f"{figure.bound}: yes", False: f"{figure.bound}: NO"}[figure.meets]
            table.add_row(figure.group if figure.group != last else "", figure.what, _number(figure.value), verdict)
            last = figure.group
        console.print(table)

    def write(self, path: Path, seed: int) -> None:
        """Writes everything as JSON, with what it was measured on."""
        document = {
            "seed": seed,
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "figures": [figure._asdict() | {"meets": figure.meets} for figure in self.all],
        }
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"
