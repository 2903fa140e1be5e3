"""The demonstration: the dossier imported, and what the rules were on one day in three countries."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from events.errors import Refusal
from projections.answering import Asked
from projections.state import Filters
from services.cli.importing import import_shown, outcome
from services.cli.page import Page
from services.cli.program import again, program
from services.cli.rendering.briefs import show_brief
from services.cli.sources import acts_of
from services.cli.wording import time_facts
from services.operations.wiring import Service

DAY = date(2019, 10, 29)
COUNTRIES = ("US", "NL", "NO")
QUESTIONS = (
    ("state", "NL", "--as-of 2019-11-20", "--known-on 2020-03-31"),
    ("changes", "US", "--from 2019-05-01", "--to 2019-12-31"),
    ("world", "--as-of 2020-01-01"),
    ("--help",),
)
LIVE = Filters(statuses=("in_force", "suspended", "adopted", "announced", "proposed"))


class DossierMissing(Refusal):
    """The demonstration reads the dossier that is kept beside the program."""

    type = "dossier-missing"


def dossier() -> Path:
    """The folder of the dossier, at the top of the project. Raises DossierMissing."""
    folder = Path(__file__).resolve().parents[2] / "dossier"
    if not folder.is_dir():
        raise DossierMissing(
            f"The dossier is not there: the demo reads the folder {folder}, which comes with the source of Dateline. "
            "Run it from a copy of the source, or import files of your own with "
            f"{again('import', 'PATH')}.",
            folder=str(folder),
        )
    return folder


def demonstrate(service: Service, folder: Path, *, recorded_by: str) -> None:
    """Imports the dossier and prints the answers, all of one edition of the record."""
    page = Page()
    page.write(outcome(import_shown(service, [folder], recorded_by=recorded_by)))
    page.gap()
    position = service.answering.log(limit=1).position
    answers = [
        service.answering.state(code, as_of=DAY, asked=Asked(position=position), filters=LIVE) for code in COUNTRIES
    ]
    first = answers[0]
    page.heading(
        f"What the rules were on {DAY.day} {DAY:%B %Y}",
        time_facts(first.as_of, first.known_on, first.position, first.recorded_at, first.rules),
    )
    for answer in answers:
        show_brief(page, answer, acts_of(service.answering, [*answer.measures, *answer.inherited], position))
        page.gap()
    page.write("All sources with their addresses:")
    for code in COUNTRIES:
        page.write(f"{program()} state {code} --as-of {DAY} --sources", indent=2)
    page.write("Ask on:")
    for question in QUESTIONS:
        page.write(" ".join([program(), *question]), indent=2)
