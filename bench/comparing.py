"""Dateline beside what one would use instead: the state of one jurisdiction on a day, and of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from statistics import median
from time import perf_counter

from bench.agreement import check_states, check_worlds
from bench.compared import (
    BY_MEASURE,
    BY_RANGES,
    COVERING,
    OURS,
    Compared,
    Recorded,
    recorded_world,
    say,
)
from bench.figures import Figures
from bench.living import FIRST, LAST
from bench.peers.ours import Ours, as_served, following, read_all
from bench.peers.system import System
from bench.rounds import Contender, Taken, in_turns, ratio
from bench.server import Place, restarted
from bench.workload import MEASURES
from projections.answering import Asked

SMALL = 10_000
"""Events of the world that growth is measured from."""

LARGE = 900_000
"""Events from which on the bounds are wanted: they are promised of a million."""

LONG = 5_000
"""Actions of the jurisdiction that is asked about at a past position."""

CHECKED, CHECKED_WORLDS = 300, 10
"""Questions on which every system is held against the oracle before it is timed."""

KILO = 1000

FIRSTS = 20
"""Jurisdictions that are asked about by a service that remembers nothing."""

Asking = tuple[str, date]


def random_day(random: Random) -> date:
    """A day of the fifteen years."""
    return FIRST + timedelta(days=random.randrange((LAST - FIRST).days + 1))


def some_questions(codes: Sequence[str], count: int, seed: int) -> list[Asking]:
    """Random jurisdictions on random days."""
    random = Random(f"{seed} asks")
    return [(random.choice(codes), random_day(random)) for _ in range(count)]


def compare_states(compared: Compared, small: Recorded | None, figures: Figures, *, questions: int, seed: int) -> None:
    """The state of a jurisdiction: checked, then timed in turns. `small` is a world of 10,000 events, for growth."""
    codes, aggregated = compared.archive.codes(), list(compared.aggregated)
    group = f"state, {compared.recorded.events:,} events"
    tables = [compared.by_measure, *compared.tables]
    ours = [compared.ours]
    say("checking every system's states against the oracle")
    check_states([*ours, *tables], compared.archive, some_questions(codes, CHECKED, seed))
    check_states(compared.aggregates, compared.archive, some_questions(aggregated, CHECKED // 10, seed))
    if small is not None:
        ours.append(Ours(small.built, f"{OURS}, {small.events:,} events"))
        check_states(ours[1:], small.archive, some_questions(codes, CHECKED, seed))
    figures.add(group, "rows of the bitemporal table", compared.rows)
    figures.add(group, "jurisdictions in the aggregates", len(aggregated))
    firsts = _firsts(compared.recorded, Random(seed).sample(codes, min(FIRSTS, len(codes))))
    figures.add(group, f"{OURS}, first answer about a jurisdiction, ms (median)", median(firsts))
    say("reading all that may be asked, as a server does that nobody asks for a while")
    for built in [compared.recorded.built, *([] if small is None else [small.built])]:
        started = perf_counter()
        read_all(built)
        if built is compared.recorded.built:
            figures.add(group, f"{OURS}, reading all of it once, s", perf_counter() - started)
            figures.add(group, f"{OURS}, MB kept of it", built.encoding.kept()[2] / KILO / KILO)
    contenders = [Contender(system.name, system.state) for system in (*ours, *tables)]
    contenders += [_of_few(system, codes, aggregated) for system in compared.aggregates]
    asked = some_questions(codes, questions, seed + 1)
    say("timing states")
    with as_served():
        taken = in_turns(contenders, asked, rounds=20)
    for contender in contenders:
        taken[contender.name].show(figures, group, contender.name)
    sized: tuple[System, ...] = compared.ours, compared.by_measure
    for system in sized:
        size = median(len(system.state(*question)) for question in asked[:200])
        figures.add(group, f"{system.name}, kB of an answer (median)", size / KILO)
    _show_ratios(figures, group, taken, _large(compared, {COVERING: 4.0, BY_MEASURE: 4.0}))
    for each in ours[1:]:
        times = ratio(taken, OURS, each.name)
        figures.add(group, f"{OURS}, growth from {SMALL:,} events, times", times, at_most=2)


def _of_few(system: System, codes: Sequence[str], known: Sequence[str]) -> Contender:
    """One that knows some jurisdictions, and is slow: asked little, always about one of them."""
    instead = {code: known[number % len(known)] for number, code in enumerate(codes)}
    return Contender(system.name, lambda code, day: system.state(instead[code], day), share=0.01)


def _large(compared: Compared, wanted: Mapping[str, float]) -> Mapping[str, float]:
    """What is wanted of a large world, none of any other."""
    return wanted if compared.recorded.events >= LARGE else {}


def _show_ratios(figures: Figures, group: str, taken: Mapping[str, Taken], wanted: Mapping[str, float]) -> None:
    for name in taken:
        if not name.startswith(OURS):
            what = f"{name} / {OURS}, times as long"
            figures.add(group, what, ratio(taken, name, OURS), at_least=wanted.get(name))


def compare_worlds(compared: Compared, figures: Figures, *, questions: int, seed: int) -> None:
    """The strictest effect in force and the counts by status of every jurisdiction on a day: checked, then timed."""
    group = f"world matrix, {compared.recorded.events:,} events"
    random = Random(f"{seed} asks about the world")
    systems = [compared.ours, compared.by_ranges, *compared.tables]
    say("checking every system's world against the oracle")
    check_worlds(systems, compared.archive, [random_day(random) for _ in range(CHECKED_WORLDS)])
    say("timing worlds")
    days = [(random_day(random),) for _ in range(max(questions, 20))]
    with as_served():
        taken = in_turns([Contender(system.name, system.world) for system in systems], days, rounds=10)
    for system in systems:
        taken[system.name].show(figures, group, system.name)
    _show_ratios(figures, group, taken, _large(compared, {COVERING: 5.0, BY_RANGES: 5.0, "DuckDB": 1.0}))


def ask_the_past(place: Place, figures: Figures, *, repeat: int, seed: int) -> None:
    """A jurisdiction of 5,000 actions at a past position: by a service that remembers nothing, then asked again."""
    code = "NL"
    with recorded_world(place, LONG * 11 // 10, seed, [code], MEASURES) as recorded:
        position = _position_of(recorded, LONG)
        asked, days = Asked(position=position), some_questions([code], repeat, seed)
        cold: list[float] = []
        again: list[float] = []
        another: list[float] = []
        for _, day in days:
            with restarted(recorded.built) as built, following(built), as_served():
                system = Ours(built)
                for taken, on in ((cold, day), (again, day), (another, day + timedelta(days=30))):
                    started = perf_counter()
                    system.state(code, on, asked)
                    taken.append((perf_counter() - started) * 1000)
    group = f"past position, {LONG:,} actions"
    figures.add(group, "cold, ms (median)", median(cold), at_most=30)
    figures.add(group, "cold, ms (slowest)", max(cold))
    figures.add(group, "asked again, ms (median)", median(again), at_most=1)
    figures.add(group, "asked again, ms (slowest)", max(again))
    figures.add(group, "another day of it, ms (median)", median(another))


def _position_of(recorded: Recorded, actions: int) -> int:
    """The first position at which so many actions stand."""
    with recorded.built.pool.connection() as connection:
        row = connection.execute(
            "select recorded_from from dateline.action order by recorded_from limit 1 offset %s", [actions - 1]
        ).fetchone()
    assert row is not None, f"there are not {actions} actions"
    return int(row[0])


def _firsts(recorded: Recorded, codes: Sequence[str]) -> list[float]:
    """What the first answer about each jurisdiction takes by a service that remembers nothing, in milliseconds."""
    took = []
    with restarted(recorded.built) as built, following(built):
        system = Ours(built)
        for code in codes:
            started = perf_counter()
            system.state(code, LAST)
            took.append((perf_counter() - started) * 1000)
    return took
