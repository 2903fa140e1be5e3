"""Dateline beside what one would use instead: the state of one jurisdiction on a day, and of the world."""

from __future__ import annotations

from collections.abc import Sequence
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
from bench.peers.ours import Ours, following
from bench.rounds import Contender, in_turns, ratio
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
    say("checking every system's states against the oracle")
    tables = [compared.by_measure, *compared.tables]
    check_states([compared.ours, *tables], compared.archive, some_questions(codes, CHECKED, seed))
    check_states(compared.aggregates, compared.archive, some_questions(aggregated, CHECKED // 10, seed))
    asked = some_questions(codes, questions, seed + 1)
    contenders = [Contender(system.name, system.state) for system in (compared.ours, *tables)]
    if small is not None:
        earlier = Ours(small.built, f"{OURS}, {small.events:,} events")
        check_states([earlier], small.archive, some_questions(codes, CHECKED, seed))
        contenders.insert(1, Contender(earlier.name, earlier.state))
    places = {code: aggregated[number % len(aggregated)] for number, code in enumerate(codes)}
    for system in compared.aggregates:
        contenders.append(
            Contender(system.name, lambda code, day, system=system: system.state(places[code], day), share=0.01)
        )
    firsts = _firsts([contender for contender in contenders if contender.name.startswith(OURS)], codes)
    say("timing states")
    taken = in_turns(contenders, asked, rounds=20)
    figures.add(group, "rows of the bitemporal table", compared.rows)
    figures.add(group, "jurisdictions in the aggregates", len(aggregated))
    figures.add(group, f"{OURS}, first answer about a jurisdiction, ms (median)", median(firsts))
    for contender in contenders:
        taken[contender.name].show(figures, group, contender.name)
    for system in (compared.ours, compared.by_measure):
        size = median(len(system.state(*question)) for question in asked[:200])
        figures.add(group, f"{system.name}, kB of an answer (median)", size / KILO)
    for system in (*tables, *compared.aggregates):
        least = 4 if system.name in (COVERING, BY_MEASURE) and compared.recorded.events >= LARGE else None
        times = ratio(taken, system.name, OURS)
        figures.add(group, f"{system.name} / {OURS}, times as long", times, at_least=least)
    if small is not None:
        times = ratio(taken, OURS, contenders[1].name)
        figures.add(group, f"{OURS}, growth from {small.events:,} events, times", times, at_most=2)


def compare_worlds(compared: Compared, figures: Figures, *, questions: int, seed: int) -> None:
    """The strictest effect in force and the counts by status of every jurisdiction on a day: checked, then timed."""
    group = f"world matrix, {compared.recorded.events:,} events"
    random = Random(f"{seed} asks about the world")
    systems = [compared.ours, compared.by_ranges, *compared.tables]
    say("checking every system's world against the oracle")
    check_worlds(systems, compared.archive, [random_day(random) for _ in range(CHECKED_WORLDS)])
    say("timing worlds")
    days = [(random_day(random),) for _ in range(max(questions, 20))]
    taken = in_turns([Contender(system.name, system.world) for system in systems], days, rounds=10)
    for system in systems:
        taken[system.name].show(figures, group, system.name)
    for system in systems[1:]:
        wanted = {COVERING: 5.0, BY_RANGES: 5.0, "DuckDB": 1.0} if compared.recorded.events >= LARGE else {}
        least = wanted.get(system.name)
        figures.add(group, f"{system.name} / {OURS}, times as long", ratio(taken, system.name, OURS), at_least=least)


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
            with restarted(recorded.built) as built, following(built):
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


def _firsts(contenders: Sequence[Contender], codes: Sequence[str]) -> list[float]:
    """Asks about every jurisdiction once, and gives what the first of the contenders took, in milliseconds."""
    took = []
    for number, contender in enumerate(contenders):
        for code in codes:
            started = perf_counter()
            contender.ask(code, LAST)
            if number == 0:
                took.append((perf_counter() - started) * 1000)
    return took
