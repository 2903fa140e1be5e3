"""How long an answer about the dossier takes in process, shaped and written as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from bench.figures import Figures
from bench.server import Place, fresh_service, restarted, timed_import
from projections.answering import HEAD, Asked
from projections.answers import encode

DOSSIER = Path(__file__).resolve().parent.parent / "dossier"
FIRST, LAST = date(2012, 1, 1), date(2026, 11, 1)


def answering(place: Place, figures: Figures, *, questions: int, seed: int) -> None:
    """States of random jurisdictions on random days: as known then, in hindsight, and of an earlier edition."""
    with fresh_service(place) as built:
        imported, seconds = timed_import(built, DOSSIER)
        figures.add("dossier", f"import of {imported.events} events, s", seconds)
        with restarted(built) as again:
            started = perf_counter()
            again.answering.state("NL", as_of=date(2019, 11, 20))
            figures.add("dossier", "first state after a start, ms", (perf_counter() - started) * 1000)
        codes = [row.jurisdiction for row in built.answering.jurisdictions().jurisdictions]
        half = Asked(position=imported.events // 2)
        hindsight = date(2026, 11, 24)
        for what, known_on, asked in (
            ("state, as known then", None, HEAD),
            ("state, in hindsight", hindsight, HEAD),
            ("state, of an earlier edition", None, half),
        ):
            random = Random(seed)

            def ask(known_on: date | None = known_on, asked: Asked = asked, random: Random = random) -> None:
                day = FIRST + timedelta(days=random.randrange((LAST - FIRST).days))
                encode(built.answering.state(random.choice(codes), as_of=day, known_on=known_on, asked=asked))

            _measure(figures, what, ask, questions)
        random = Random(seed)

        def ask_all() -> None:
            day = FIRST + timedelta(days=random.randrange((LAST - FIRST).days))
            encode(built.answering.world(as_of=day))

        _measure(figures, "world matrix", ask_all, max(questions // 40, 10), target=None)

        def ask_series() -> None:
            encode(built.answering.series(from_=date(2013, 1, 1), to=date(2026, 12, 31)))

        _measure(figures, "series of 168 months", ask_series, max(questions // 40, 10), target=None)


def _measure(figures: Figures, what: str, ask: Callable[[], None], questions: int, target: float | None = 5) -> None:
    took = []
    for _ in range(questions):
        started = perf_counter()
        ask()
        took.append((perf_counter() - started) * 1000)
    figures.add("dossier", f"{what}, ms (median)", median(took), at_most=target)
    figures.add(
        "dossier", f"{what}, ms (99th percentile)", quantiles(took, n=100, method="inclusive")[98], at_most=target
    )
    figures.add("dossier", f"{what}, ms (slowest)", max(took))
