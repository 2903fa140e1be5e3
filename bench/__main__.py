"""`./run bench`: measures what the project promises about speed and size, and prints it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from bench.answers import answering
from bench.bulk import bulk
from bench.correcting import correcting
from bench.exporting import exporting
from bench.figures import Figures
from bench.growth import doubling
from bench.pages import paging
from bench.peering import compare
from bench.posting import posting
from bench.server import Place, temporary_place

PARTS = ("bulk", "doubling", "answers", "pages", "correction", "post", "export")
PEERS = ("peers", "world", "http", "past")
"""Parts that compare with what one would use instead, upon one world."""


def run() -> None:
    """Reads the arguments, measures, prints. Bounds are shown beside the figures; none makes the run fail."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join((*PARTS, *PEERS))}")
    parser.add_argument("--peers", action="store_true", help=f"also these, which take longer: {', '.join(PEERS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument(
        "--events", type=events_of, default=20_000, help="events of the import and of the compared world (20k)"
    )
    parser.add_argument("--actions", type=int, default=10_000, help="actions of the longer life (10000)")
    parser.add_argument("--questions", type=int, default=2_000, help="states asked of each kind (2000)")
    parser.add_argument("--pages", type=int, default=100, help="pages asked of each kind (100)")
    parser.add_argument("--posts", type=int, default=400, help="acts posted over loopback (400)")
    parser.add_argument("--exported", type=int, default=200_000, help="actions exported (200000)")
    parser.add_argument("--repeat", type=int, default=3, help="imports whose median counts (3)")
    parser.add_argument("--seed", type=int, default=20191120)
    given = parser.parse_args()
    if unknown := set(given.parts) - {*PARTS, *PEERS}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join((*PARTS, *PEERS))}")
    parts = {*(given.parts or PARTS), *(PEERS if given.peers else ())}
    figures = Figures()
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    try:
        with temporary_place() as place:
            for part in PARTS:
                if part in parts:
                    _measure(part, place, figures, given)
            if compared := [part for part in PEERS if part in parts]:
                print(f"comparing: {', '.join(compared)}", file=sys.stderr, flush=True)
                compare(place, figures, compared, events=given.events, questions=given.questions, seed=given.seed)
    finally:  # also what was measured before it was broken off
        figures.show(console)
        if given.json is not None:
            figures.write(given.json, given.seed)


def events_of(text: str) -> int:
    """A number of events: `20000`, `10k`, `1m`. Raises ValueError for anything else, and for less than one."""
    factor = {"k": 1000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    events = int(text if factor == 1 else text[:-1]) * factor
    if events < 1:
        raise ValueError(text)
    return events


def _measure(part: str, place: Place, figures: Figures, given: argparse.Namespace) -> None:
    print(f"measuring: {part}", file=sys.stderr, flush=True)
    match part:
        case "bulk":
            bulk(place, figures, events=given.events, seed=given.seed, repeat=given.repeat)
        case "doubling":
            doubling(place, figures, actions=given.actions)
        case "answers":
            answering(place, figures, questions=given.questions, seed=given.seed)
        case "pages":
            paging(place, figures, pages=given.pages, seed=given.seed)
        case "export":
            exporting(place, figures, actions=given.exported, seed=given.seed)
        case "post":
            posting(place, figures, posts=given.posts, seed=given.seed)
        case _:
            correcting(place, figures, repeat=15)


if __name__ == "__main__":
    run()
