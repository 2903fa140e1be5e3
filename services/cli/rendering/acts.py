"""The acts on which a line rests, alone or with their sources."""

from __future__ import annotations

from collections.abc import Sequence

from events.actions import Source
from services.cli.page import Page, Part
from services.cli.sources import ActRead, Acts


def show_acts(page: Page, slugs: Sequence[str], acts: Acts | None, *, indent: int) -> None:
    """The acts in order; with `acts`, each with its day, title, citation and sources."""
    if acts is None:
        page.write(("acts: ", "dim"), ", ".join(slugs), indent=indent)
        return
    for slug in slugs:
        if slug in acts:
            show_act(page, acts[slug], indent=indent)
        else:
            page.write(("act ", "dim"), slug, indent=indent)


def show_act(page: Page, act: ActRead, *, indent: int) -> None:
    """One act with its sources."""
    cited = "" if act.citation is None else f" [{act.citation}]"
    page.write(("act ", "dim"), act.act, f" of {act.announced_on}: {act.title}{cited}", indent=indent)
    for source in act.sources:
        show_source(page, source, indent=indent + 2)


def show_source(page: Page, source: Source, *, indent: int) -> None:
    """Where the act can be read."""
    day = "" if source.date is None else f" ({source.date})"
    parts: list[Part] = [("source ", "dim"), f"{source.name}{day}"]
    if source.url is not None:
        is_one_word = source.url.isprintable() and " " not in source.url
        parts += ["  ", (source.url, f"dim link {source.url}" if is_one_word else "dim")]
    page.write(*parts, indent=indent)
