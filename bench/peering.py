"""The parts that compare with what one would use instead."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack

from bench.compared import compared_world, recorded_world
from bench.comparing import SMALL, ask_the_past, compare_states, compare_worlds
from bench.figures import Figures
from bench.requesting import compare_requests
from bench.server import Place
from bench.workload import world_codes

ASKED_IN_PROCESS = {"peers", "world"}

SECONDS = 3
"""How long each application is asked over HTTP in each of its turns."""


def compare(place: Place, figures: Figures, parts: Collection[str], *, events: int, questions: int, seed: int) -> None:
    """The parts asked for, upon one world: `peers` (states), `world`, `http`; `past` has a world of its own."""
    if {*ASKED_IN_PROCESS, "http"} & set(parts):
        codes = world_codes()
        with ExitStack() as stack:
            in_all_hands = bool(ASKED_IN_PROCESS & set(parts))
            compared = stack.enter_context(compared_world(place, events, seed, codes, in_all_hands=in_all_hands))
            if "peers" in parts:
                small = None
                if events > SMALL:
                    small = stack.enter_context(recorded_world(place, SMALL, seed, codes))
                compare_states(compared, small, figures, questions=questions, seed=seed)
            if "world" in parts:
                compare_worlds(compared, figures, questions=max(questions // 20, 10), seed=seed)
            if "http" in parts:
                compare_requests(compared, figures, seconds=SECONDS, seed=seed)
    if "past" in parts:
        ask_the_past(place, figures, repeat=9, seed=seed)
