"""How long the server works on a page, and how large it is when it is sent: of the dossier, and of larger records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from importlib.resources import files
from random import Random
from statistics import median, quantiles
from time import perf_counter

from bench.answers import DOSSIER, FIRST, LAST
from bench.figures import Figures
from bench.generating import many_measures, write
from bench.server import Place, fresh_service, timed_import
from bench.serving import served

KILO = 1000


def paging(place: Place, figures: Figures, *, pages: int, seed: int) -> None:
    """Pages of random days: of the dossier, of 200 jurisdictions, of one jurisdiction with 2,000 measures."""
    with fresh_service(place) as built, served(built) as address:
        timed_import(built, DOSSIER)
        for what, path in (
            ("the world", "/?"),
            ("a country", "/jurisdictions/US?"),
            ("a measure", "/measures/US/huawei-temporary-general-licence?"),
            ("the deadlines", "/deadlines?"),
        ):
            _measure(figures, "pages of the dossier", what, address, path, pages, seed, ms=30, kilobytes=120)
    codes = sorted(code for code in json.loads((files("services.web") / "map.json").read_bytes())["places"])[:200]
    many = write(many_measures(20_000, seed, codes), place.folder / "world.jsonl")
    with fresh_service(place) as built, served(built) as address:
        timed_import(built, many)
        _measure(figures, "200 jurisdictions", "the world", address, "/?", pages, seed, ms=150, kilobytes=KILO)
    long = write(many_measures(20_000, seed, ["US"]), place.folder / "country.jsonl")
    with fresh_service(place) as built, served(built) as address:
        timed_import(built, long)
        for what, path in (
            ("the country", "/jurisdictions/US?"),
            ("the world", "/?"),
            ("the deadlines", "/deadlines?"),
        ):
            _measure(figures, "2,000 measures of one", what, address, path, pages, seed, ms=150, kilobytes=KILO)


def _measure(
    figures: Figures,
    group: str,
    what: str,
    address: tuple[str, int],
    path: str,
    pages: int,
    seed: int,
    *,
    ms: float,
    kilobytes: float,
) -> None:
    random = Random(seed)
    took, sizes = [], []
    with _connected(address) as connection:
        for number in range(pages + 1):
            day = FIRST + timedelta(days=random.randrange((LAST - FIRST).days))
            started = perf_counter()
            size = _asked(connection, f"{path}as_of={day}")
            if number:  # the first one folds what all others find in memory
                took.append((perf_counter() - started) * 1000)
            sizes.append(size / KILO)
    figures.add(group, f"{what}, ms (median)", median(took), at_most=ms)
    figures.add(group, f"{what}, ms (99th percentile)", quantiles(took, n=100, method="inclusive")[98])
    figures.add(group, f"{what}, kB compressed (largest)", max(sizes), at_most=kilobytes)


def _asked(connection: HTTPConnection, path: str) -> int:
    """Asks for a page, and gives the bytes of its body as it was sent."""
    connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return len(body)


@contextmanager
def _connected(address: tuple[str, int]) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(*address, timeout=60)
    try:
        yield connection
    finally:
        connection.close()
