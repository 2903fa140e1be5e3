"""
Other people's files, mapped into the record format: each source a file of its own, and their names here.

A mapping reads files and what is on record of its acts, and tells lines of the record format. It records nothing: the
lines go through the ordinary import, or into a file for review.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.problems import Problems
from services.intake.sources import federal_register, panel, screening_list
from services.intake.sources.mapping import Asked, Mapped, OnRecord, Source, commands_of, review_text

__all__ = ["SOURCES", "Asked", "Mapped", "OnRecord", "commands_of", "mapped", "review_text"]

SOURCES: Mapping[str, Source] = {
    "federal-register": federal_register.mapped,
    "panel": panel.mapped,
    "screening-list": screening_list.mapped,
}
"""By the name that `--from` gives."""


def mapped(name: str, asked: Asked, on_record: OnRecord) -> Mapped:
    """What the files of a source come to. Raises InvalidRecord with every problem, at its place, if there is any."""
    problems = Problems()
    found = SOURCES[name](asked, on_record, problems)
    problems.refuse()
    return found
