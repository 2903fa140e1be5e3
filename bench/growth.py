"""What a long life costs: twice the actions of a measure, and one more action upon them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from time import perf_counter

from bench.figures import Figures
from bench.generating import Line, act_line, one_measure, panel, write
from bench.server import Place, fresh_service, restarted, timed_import
from services.intake.files import read
from services.operations.wiring import Service

TABLES = ("event", "action", "act", "period")
MOST = 2.2
"""Twice the actions cost at most so many times as much."""


def doubling(place: Place, figures: Figures, *, actions: int) -> None:
    """Two kinds of life, each with so many actions and with half of them; then live actions on the longer one."""
    histories = (("one measure", one_measure, _another), ("a panel", panel, _another_value))
    for name, lives, more in histories:
        with fresh_service(place) as built:
            half = _measured(built, place, lives(actions // 2))
        with fresh_service(place) as built:
            whole = _measured(built, place, lives(actions))
            figures.add(name, f"import of {actions} actions, s", whole["import, s"])
            for what, value in whole.items():
                if what == "import, s" or half[what] > 100:
                    ratio = value / half[what]
                    bound = None if what.endswith("on disk") else MOST  # whole pages: too coarse for a bound
                    figures.add(name, f"{actions // 2} → {actions}: {what}, times", ratio, at_most=bound)
            _live(built, place, figures, name, more, actions)


def _measured(built: Service, place: Place, lines: Sequence[Line]) -> dict[str, float]:
    path = write(lines, place.folder / "growth.jsonl")
    imported, seconds = timed_import(built, path)
    assert imported.events == len(lines), f"{imported.events} events instead of {len(lines)}"
    found = {"import, s": seconds}
    with built.pool.connection() as connection:
        for table in TABLES:
            row = connection.execute(
                f"select count(*), coalesce(sum(pg_column_size(t.*)), 0), pg_total_relation_size('dateline.{table}')"
                f" from dateline.{table} t"
            ).fetchone()
            assert row is not None
            for what, value in zip(("rows", "bytes", "bytes on disk"), row, strict=True):
                found[f"{table}, {what}"] = float(value)
    return found


def _live(built: Service, place: Place, figures: Figures, name: str, more: Callable[[int], Line], actions: int) -> None:
    """One more act, by the service that imported the others, then by one that has just been started."""
    with restarted(built) as again:
        for who, by, turns in (("after the import", built, 2), ("after a restart", again, 2)):
            for turn in range(1, turns + 1):
                actions += 1
                commands = read([write([more(actions)], place.folder / "live.jsonl")]).commands
                started = perf_counter()
                by.recording.record(commands, recorded_by="bench")
                recorded = perf_counter()
                by.answering.state("US", as_of=date(2026, 1, 1))
                answered = perf_counter()
                figures.add(name, f"live action {who}, no. {turn}, ms", (recorded - started) * 1000, at_most=100)
                figures.add(name, f"the state {who}, no. {turn}, ms", (answered - recorded) * 1000)


def _another(n: int) -> Line:
    until = date(2160, 1, 1) + timedelta(days=n)
    action = {"type": "extended", "expires_on": until.isoformat()}
    return act_line(f"live-{n}", "US/long-measure", date(2025, 1, 1), action)


def _another_value(n: int) -> Line:
    return act_line(f"live-{n}", "US/panel", date(2025, 1, 1), {"type": "amended", "values": {"level": n % 5}})
